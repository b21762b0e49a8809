"""What forms about obligations offer to choose: those that can be acted on, their sides, measures, scans; the digest of a change."""
from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.domain.case import Act, Refusal
from chalicelib.domain.codes import PAID, EvidenceKind, Measure, Role
from chalicelib.domain.moves.breach import MONEY
from chalicelib.domain.obligation import Amendment, Obligation
from chalicelib.domain.parts import Evidence
from chalicelib.domain.process import MOVES
from chalicelib.web.asking import Asking, Option, obligation_called

ABOUT_ONE = frozenset(name for name, move in MOVES.items() if "obligation" in move.parameters)
"""Moves about one obligation."""
ANYTHING = "-"
"""What stands for whatever is not tried."""


def acted_on(ask: Asking) -> list[Obligation]:
    """The obligations that a move can be taken on; the one that the form of staff is about is kept, and refused by name."""
    mine = [owed for owed in ask.case.owed if ask.seen.obligation in ("", owed.id)]
    return [owed for owed in mine if (ask.seen.obligation and not ask.seen.party) or can(ask, owed)]


def can(ask: Asking, owed: Obligation) -> bool:
    """Whether the move can be taken on this obligation, whatever else the form says."""
    if ask.move == "take_measure":
        return any(_measured(ask, owed, measure) is None for measure in Measure)
    refusal = refused(ask, owed, side=sides_of(ask, owed)[0])
    return refusal is None or refusal.field != "obligation"


def refused(ask: Asking, owed: Obligation, **said: Any) -> Refusal | None:
    """What the domain answers to the move on an obligation: tried on the case, with nothing written."""
    who, role = ask.seen.who, Role.FOLLOWUP
    if ask.seen.party:
        who, role = ask.seen.party, ask.case.party(ask.seen.party).role
    act, move = Act(who, role, ask.seen.now or datetime.min.replace(tzinfo=UTC), "", ""), MOVES[ask.move]
    said = {name: value for name, value in said.items() if name in move.parameters}
    try:
        move.do(ask.case, act, **{**dict.fromkeys(move.parameters, ANYTHING), **({"by": date.max} if "by" in move.parameters else {}),
                                  **{name: {} for name in move.given}, **said, "obligation": owed.id})
    except Refusal as refusal:
        return refusal
    return None


def options(ask: Asking) -> Iterator[Option]:
    """Of a move about one obligation those it can be taken on, else all that is owed; staff read to whom."""
    for owed in acted_on(ask) if ask.move in ABOUT_ONE else ask.case.owed:
        whom = "" if ask.seen.party else ask.bound(owed.to)
        yield Option(owed.id, " → ".join(filter(None, (obligation_called(ask.language, owed, ask.today), whom))))


def sides_of(ask: Asking, owed: Obligation) -> tuple[str, ...]:
    """For whom staff can write a change down: either side proposes it; the other one agrees to it."""
    own = owed.proposed.by_side if ask.move == "agree_change" and owed.proposed else ""
    return tuple(side for side in (owed.debtor, owed.to) if side != own)


def sides(ask: Asking) -> Iterator[Option]:
    """Those sides by name."""
    return (Option(side, ask.bound(side)) for side in dict.fromkeys(side for owed in acted_on(ask) for side in sides_of(ask, owed)))


def measures(ask: Asking) -> Collection[Measure]:
    """What can follow the breach now."""
    return {measure for measure in Measure for owed in acted_on(ask) if _measured(ask, owed, measure) is None}


def _measured(ask: Asking, owed: Obligation, measure: Measure) -> Refusal | None:
    return refused(ask, owed, measure=measure, amount=1 if measure in MONEY else None)


def proposal(ask: Asking) -> Amendment | None:
    """The change that waits for an answer, where there is one to choose."""
    found = [owed.proposed for owed in acted_on(ask) if owed.proposed]
    return found[0] if len(found) == 1 else None


def digest(ask: Asking) -> str:
    """What is signed: the text of an agreement, or of a change of more than the date."""
    if ask.move == "agree_change":
        asked = proposal(ask)
        return (asked.digest if asked else None) or ""
    return ask.case.agreement.digest if ask.case.agreement else ""


def newer(ask: Asking, piece: Evidence) -> bool:
    """Whether a file can be the scan of a signature: of a change, not one that was there before it was proposed."""
    asked = proposal(ask) if ask.move == "agree_change" else None
    return piece.kind == EvidenceKind.FILE and (asked is None or piece.at >= asked.at)


def unasked(ask: Asking) -> tuple[str, ...]:
    """What the form of a change does not ask: of what is no money an amount; a scan where only the date changes, which is read out."""
    if ask.move == "propose_change":
        return () if any(owed.kind in PAID for owed in acted_on(ask)) else ("amount",)
    return (("read_back",) if digest(ask) else ("scan", "digest")) if ask.move == "agree_change" else ()

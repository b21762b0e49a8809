"""Form options about obligations: obligations, sides, measures, scans; the digest of a change."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.engine.declare import MOVES, able
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.case_records import Evidence
from chalicelib.domain.model.codes import PAID, EvidenceKind, Role
from chalicelib.domain.model.obligation import Amendment, Obligation
from chalicelib.domain.moves.changing import agree_change, propose_change, sides_owed
from chalicelib.web.forms.form_context import Asking, Option, obligation_called


def acted_on(ask: Asking) -> list[Obligation]:
    """Return the obligations that the move accepts. A staff form about one obligation keeps it, so that the
    move can refuse it by name."""
    mine = [owed for owed in ask.case.open_obligations if ask.seen.obligation in ("", owed.id)]
    kept = ask.seen.obligation and not ask.seen.party
    theirs = () if kept else able(MOVES[ask.move], ask.case, _act(ask))
    return [owed for owed in mine if kept or owed.id in theirs]


def _act(ask: Asking) -> Act:
    """Return an act of the user; staff act as follow-up officer."""
    party = ask.case.party(ask.seen.party) if ask.seen.party else None
    now = ask.seen.now or datetime.min.replace(tzinfo=UTC)
    return Act(party.id if party else ask.seen.who, party.role if party else Role.FOLLOWUP, now, "", "")


def options(ask: Asking) -> Iterator[Option]:
    """Yield the obligations that the move accepts; for a move that is not about one, yield all open ones.
    Staff also see the creditor."""
    for owed in acted_on(ask) if MOVES[ask.move].about_one else ask.case.open_obligations:
        whom = "" if ask.seen.party else ask.bound(owed.to)
        yield Option(
            owed.id, " → ".join(filter(None, (obligation_called(ask.language, owed, ask.seen.now), whom)))
        )


def sides(ask: Asking) -> Iterator[Option]:
    """Return the sides that can propose a change of these obligations, or agree to it."""
    return (
        Option(side, ask.bound(side))
        for side in dict.fromkeys(
            side
            for owed in acted_on(ask)
            for side in sides_owed(owed, answers=ask.move == agree_change.__name__)
        )
    )


def of_each(ask: Asking, codes: Callable[[Case, Act, str], Collection[Any]]) -> Collection[Any]:
    """Return the codes that a parameter accepts for any of these obligations."""
    return {code for owed in acted_on(ask) for code in codes(ask.case, _act(ask), owed.id)}


def proposal(ask: Asking) -> Amendment | None:
    """Return the proposed change; None unless exactly one obligation has one."""
    found = [owed.proposed for owed in acted_on(ask) if owed.proposed]
    return found[0] if len(found) == 1 else None


def digest(ask: Asking) -> str:
    """Return the digest of the text to sign: of the agreement, or of a change beyond the date. It is empty if
    there is none."""
    if ask.move == agree_change.__name__:
        asked = proposal(ask)
        return (asked.digest if asked else None) or ""
    return ask.case.talks.agreement.digest if ask.case.talks.agreement else ""


def newer(ask: Asking, piece: Evidence) -> bool:
    """Return whether a piece of evidence is a file that can be the scan of a signature. Under a change, it
    must be no older than the proposal."""
    asked = proposal(ask) if ask.move == agree_change.__name__ else None
    return piece.kind == EvidenceKind.FILE and (asked is None or piece.at >= asked.at)


def omitted_fields(ask: Asking) -> tuple[str, ...]:
    """Return the fields that the form of a change omits. A proposal omits `amount` unless money is owed. An
    answer omits `read_back` if there is a text to sign, else `scan` and `digest`: a new date is only read
    out."""
    if ask.move == propose_change.__name__:
        return () if any(owed.kind in PAID for owed in acted_on(ask)) else ("amount",)
    return (
        (("read_back",) if digest(ask) else ("scan", "digest")) if ask.move == agree_change.__name__ else ()
    )

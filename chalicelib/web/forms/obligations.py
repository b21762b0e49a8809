"""Form options about obligations: obligations, sides, codes, scans; and the digest of a change to sign."""

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
    """Return the open obligations on which the user can take the form's move. If staff opened the form for
    one obligation, return it even if the move refuses it: the refusal then names the reason."""
    mine = [owed for owed in ask.case.open_obligations if ask.seen.obligation in ("", owed.id)]
    kept = ask.seen.obligation and not ask.seen.party
    theirs = () if kept else able(MOVES[ask.move], ask.case, _act(ask))
    return [owed for owed in mine if kept or owed.id in theirs]


def _act(ask: Asking) -> Act:
    """Return an act of the user, with which to check whether the user can take a move. Staff act as follow-up
    officer."""
    party = ask.case.party(ask.seen.party) if ask.seen.party else None
    now = ask.seen.now or datetime.min.replace(tzinfo=UTC)
    return Act(party.id if party else ask.seen.who, party.role if party else Role.FOLLOWUP, now, "", "")


def options(ask: Asking) -> Iterator[Option]:
    """Yield the obligations on which the user can take the move. If the move is not about a single
    obligation, yield all open ones. For staff the label names the creditor too."""
    for owed in acted_on(ask) if MOVES[ask.move].about_one else ask.case.open_obligations:
        whom = "" if ask.seen.party else ask.bound(owed.to)
        yield Option(
            owed.id, " → ".join(filter(None, (obligation_called(ask.language, owed, ask.seen.now), whom)))
        )


def sides(ask: Asking) -> Iterator[Option]:
    """Return the sides that can propose a change of the obligations in `acted_on`. For the move
    `agree_change`, return the sides that can answer the proposal."""
    return (
        Option(side, ask.bound(side))
        for side in dict.fromkeys(
            side
            for owed in acted_on(ask)
            for side in sides_owed(owed, answers=ask.move == agree_change.__name__)
        )
    )


def of_each(ask: Asking, codes: Callable[[Case, Act, str], Collection[Any]]) -> Collection[Any]:
    """Return the codes that a parameter accepts for at least one of the obligations in `acted_on`. `codes`
    returns the accepted codes for a case, an act and the id of an obligation."""
    return {code for owed in acted_on(ask) for code in codes(ask.case, _act(ask), owed.id)}


def proposal(ask: Asking) -> Amendment | None:
    """Return the proposed change of the obligation that the form is about. Return None if no obligation in
    `acted_on` has a proposal, or several have."""
    found = [owed.proposed for owed in acted_on(ask) if owed.proposed]
    return found[0] if len(found) == 1 else None


def digest(ask: Asking) -> str:
    """Return the digest of the text to sign: of the proposed change for `agree_change`, otherwise of the
    agreement. It is empty if there is nothing to sign, as for a change of only the date."""
    if ask.move == agree_change.__name__:
        asked = proposal(ask)
        return (asked.digest if asked else None) or ""
    return ask.case.talks.agreement.digest if ask.case.talks.agreement else ""


def newer(ask: Asking, piece: Evidence) -> bool:
    """Return whether a piece of evidence can be the scan of a signed paper: it must be a file. For
    `agree_change` it must also be no older than the proposal."""
    asked = proposal(ask) if ask.move == agree_change.__name__ else None
    return piece.kind == EvidenceKind.FILE and (asked is None or piece.at >= asked.at)


def omitted_fields(ask: Asking) -> tuple[str, ...]:
    """Return the names of the parameters that the form leaves out. `propose_change` leaves out `amount`
    unless money is owed. `agree_change` leaves out `read_back` if there is a text to sign, otherwise `scan`
    and `digest`: the officer then only reads the new date out."""
    if ask.move == propose_change.__name__:
        return () if any(owed.kind in PAID for owed in acted_on(ask)) else ("amount",)
    return (
        (("read_back",) if digest(ask) else ("scan", "digest")) if ask.move == agree_change.__name__ else ()
    )

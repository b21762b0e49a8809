"""Options in the forms about obligations: obligations, sides, codes, scans. Also the digest of a text to
sign."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.engine.declare import MOVES, able
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.case_records import Evidence
from chalicelib.domain.model.codes import PAID, EvidenceKind, Role
from chalicelib.domain.model.obligation import Amendment, Obligation
from chalicelib.domain.moves.changing import agree_change, propose_change, refuse_change, sides_owed
from chalicelib.web.forms.form_context import Asking, Option, obligation_called


def acted_on(ask: Asking) -> list[Obligation]:
    """Return the open obligations on which the user can take the move of this form. If staff opened the form
    for a certain obligation, return this obligation even if the move is not possible, because the refusal
    then tells the reason."""
    mine = [owed for owed in ask.case.open_obligations if ask.seen.obligation in ("", owed.id)]
    kept = ask.seen.obligation and not ask.seen.party
    theirs = () if kept else able(MOVES[ask.move], ask.case, _act(ask))
    return [owed for owed in mine if kept or owed.id in theirs]


def _act(ask: Asking) -> Act:
    """Return an act by the user. It only serves to check whether the user can take a move. Staff act as
    follow-up officer."""
    party = ask.case.party(ask.seen.party) if ask.seen.party else None
    now = ask.seen.now or datetime.min.replace(tzinfo=UTC)
    return Act(party.id if party else ask.seen.who, party.role if party else Role.FOLLOWUP, now, "", "")


def options(ask: Asking) -> Iterator[Option]:
    """Yield the obligations on which the user can take the move, as options. If the move is not about a
    single obligation, yield all open obligations. For staff, the label also names the creditor."""
    for owed in acted_on(ask) if MOVES[ask.move].about_one else ask.case.open_obligations:
        whom = "" if ask.seen.party else ask.bound(owed.to)
        yield Option(
            owed.id, " → ".join(filter(None, (obligation_called(ask.language, owed, ask.seen.now), whom)))
        )


def sides(ask: Asking) -> Iterator[Option]:
    """Return, as options, the sides that can propose a change of the obligations that `acted_on` returns. For
    the moves `agree_change` and `refuse_change`, return the sides that can answer the proposal."""
    answers = ask.move in (agree_change.__name__, refuse_change.__name__)
    return (
        Option(side, ask.bound(side))
        for side in dict.fromkeys(
            side for owed in acted_on(ask) for side in sides_owed(owed, answers=answers)
        )
    )


def of_each(ask: Asking, codes: Callable[[Case, Act, str], Collection[Any]]) -> Collection[Any]:
    """Return the codes that a parameter accepts for at least one of the obligations that `acted_on` returns.
    `codes`: the function that returns the accepted codes for a case, an act and the id of an obligation."""
    return {code for owed in acted_on(ask) for code in codes(ask.case, _act(ask), owed.id)}


def proposal(ask: Asking) -> Amendment | None:
    """Return the proposed change of the obligation that the form is about. Return None unless exactly one of
    the obligations that `acted_on` returns has a proposed change."""
    found = [owed.proposed for owed in acted_on(ask) if owed.proposed]
    return found[0] if len(found) == 1 else None


def digest(ask: Asking) -> str:
    """Return the digest of the text to sign. For `agree_change` it is the text of the proposed change. For
    any other move it is the text of the agreement. Return an empty string if there is nothing to sign: a
    change of only the date is not signed."""
    if ask.move == agree_change.__name__:
        asked = proposal(ask)
        return (asked.digest if asked else None) or ""
    return ask.case.talks.agreement.digest if ask.case.talks.agreement else ""


def newer(ask: Asking, piece: Evidence) -> bool:
    """Return whether a piece of evidence can be the scan of a signed paper. It must be a file. For
    `agree_change` the piece must also be no older than the proposed change."""
    asked = proposal(ask) if ask.move == agree_change.__name__ else None
    return piece.kind == EvidenceKind.FILE and (asked is None or piece.at >= asked.at)


def omitted_fields(ask: Asking) -> tuple[str, ...]:
    """Return the names of the parameters that the form leaves out. `propose_change` leaves out `amount`
    unless money is owed.

    `agree_change` leaves out `read_back` if there is a text to sign. Without such a text it leaves out `scan`
    and `digest`, because the officer then only reads the new date out. No other move leaves out
    parameters."""
    if ask.move == propose_change.__name__:
        return () if any(owed.kind in PAID for owed in acted_on(ask)) else ("amount",)
    return (
        (("read_back",) if digest(ask) else ("scan", "digest")) if ask.move == agree_change.__name__ else ()
    )

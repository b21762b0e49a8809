"""Obligations in the interface. Staff see debtor and creditor of each obligation. A side sees only whether it
is the debtor (`owes`)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated

from chalicelib.domain.model.case_records import Term
from chalicelib.domain.model.obligation import Amendment, Consequence, Obligation
from chalicelib.view.obligation import Denial, ObligationView, Terms, change_of, denial_of, ledger
from chalicelib.view.reader import Reader
from chalicelib.web.api.values import AnswerShape, PlainOf, Told

TERM = PlainOf("StaffTerm", Term)
SIDE_TERM = PlainOf("SideTerm", Term, left="debtor creditor")
CONSEQUENCE = AnswerShape("Consequence", Consequence, "measure at amount")
VERSION = AnswerShape("Version", Terms, "by amount what", what=str | None)
CHANGE = {
    "until": datetime | None,
    "old": Annotated[Told, VERSION],
    "new": Annotated[Told, VERSION],
    "reason": str | None,
}
PROPOSED = AnswerShape("Proposed", Amendment, "by_side at until digest old new reason", **CHANGE)
PROPOSED_TO_SIDE = AnswerShape(
    "ProposedToSide", Amendment, "at until digest old new reason own", own=bool, **CHANGE
)
DENIED = AnswerShape("Denied", Denial, "reason done_on accepted why")
FIELDS = (
    "id matter kind by after of offer state amount due_at waits_for notice cure_until found term measures"
    " proposed done_on denied "
)
MADE = {
    "due_at": datetime | None,
    "waits_for": str | None,
    "cure_until": datetime | None,
    "done_on": date | None,
    "denied": Annotated[Told, DENIED] | None,
    "measures": list[Annotated[Told, CONSEQUENCE]],
}
STAFF_OBLIGATION = AnswerShape(
    "StaffObligation",
    ObligationView,
    FIELDS + "debtor to since claimed_by entry way",
    term=Annotated[Told, TERM] | None,
    proposed=Annotated[Told, PROPOSED] | None,
    **MADE,
)
OBLIGATION = AnswerShape(
    "Obligation",
    ObligationView,
    FIELDS + "owes",
    term=Annotated[Told, SIDE_TERM] | None,
    proposed=Annotated[Told, PROPOSED_TO_SIDE] | None,
    **MADE,
)


def obligations(reader: Reader, only: Collection[Obligation] | None = None) -> list[Told]:
    """Return the obligations that the reader may know. `only`: if given, those of them to return. For staff,
    an obligation names its debtor and its creditor. For a side, it only says whether the side owes, and
    whether a proposed change is the side's own."""
    house = reader.principal is None
    told, term = (STAFF_OBLIGATION, TERM) if house else (OBLIGATION, SIDE_TERM)
    return [
        told(
            owed,
            due_at=owed.due if owed.open else None,
            waits_for=owed.waits_for and owed.waits_for.id,
            cure_until=owed.cure if owed.open else None,
            term=owed.term and term(owed.term),
            done_on=owed.done_on,
            denied=(denial := denial_of(reader, owed)) and DENIED(denial),
            measures=[CONSEQUENCE(taken) for taken in owed.measures],
            proposed=owed.proposed and _proposed(reader, owed, owed.proposed),
        )
        for owed in ledger(reader, only)
    ]


def _proposed(reader: Reader, owed: ObligationView, asked: Amendment) -> Told:
    change = change_of(reader, owed, asked.entry)
    return (PROPOSED if reader.principal is None else PROPOSED_TO_SIDE)(
        asked,
        until=owed.agree_by,
        old=VERSION(change.old, what=change.old.what.said),
        new=VERSION(change.new, what=change.new.what.said),
        reason=change.reason,
        own=asked.by_side == reader.principal,
    )

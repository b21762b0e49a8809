"""Evidence that people add to a case: described in words, or a file that has been checked."""

from typing import Annotated

from chalicelib.domain.engine.declare import Shows, move
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import Filed
from chalicelib.domain.model.codes import OPEN, EvidenceKind, Role as R
from chalicelib.domain.model.field_marks import Given, Text

MOST_PIECES, MOST_TOGETHER = 50, 20
"""How many pieces of evidence one person may add themselves, alone on a case or in a joint one; more of them
only staff can add."""
MOST_OF_ALL = 200
"""How many all people of a joint case together may add."""


@move(
    at=OPEN,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.NEGOTIATOR | R.MEDIATOR | R.FOLLOWUP | R.PARTNER,
    shows=Shows(words=("shows",), about_one=True),
    part="always",
    rank=1,
    even=("unchecked", "by_phrase"),
)
def add_evidence(
    case: Case, act: Act, *, shows: Text, file: Annotated[Filed | None, Given(noted=True)] = None
) -> Case:
    """Add something that shows what happened, and say what it shows; what comes after the answer is marked as
    late, not refused.

    A file is added by the worker that has checked it, in the name of whoever sent it.
    """
    return shown(case, act, file)


def shown(case: Case, act: Act, file: Filed | None) -> Case:
    """The case with one more piece of evidence, a file or words. Raises Refusal for a file that is there
    already, and for somebody who has added as many as they may."""
    if act.role in R.PARTY:
        room_for(case, act.who)
    refuse_if(file and any(piece.file == file.id for piece in case.evidence), "evidence_known")
    return case.with_evidence(
        EvidenceKind.FILE if file else EvidenceKind.STATEMENT, act, file.id if file else None
    )


def most_pieces(case: Case) -> int:
    """How many pieces of evidence one person may add to this case themselves."""
    return MOST_TOGETHER if case.joint else MOST_PIECES


def room_for(case: Case, who: str) -> None:
    """Raise the Refusal for a person on the case who has added as many as they may."""
    if sum(1 for piece in case.evidence if piece.by == who) >= most_pieces(case):
        raise Refusal("too_many_pieces", most=most_pieces(case))
    people = {party.id for party in case.parties}
    refuse_if(
        case.joint and sum(1 for piece in case.evidence if piece.by in people) >= MOST_OF_ALL,
        "too_many_together",
        most=MOST_OF_ALL,
    )

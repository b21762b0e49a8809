"""Evidence that people add to a case: words, or a file that was checked."""

from typing import Annotated

from chalicelib.domain.engine.declare import Shows, move
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import CheckedFile
from chalicelib.domain.model.codes import OPEN, EvidenceKind, Role as R
from chalicelib.domain.model.field_marks import Given, Text

MOST_PIECES, MOST_TOGETHER = 50, 20
"""The most pieces of evidence that a party may add: `MOST_PIECES` on a case of their own, `MOST_TOGETHER` on
a joint case. Staff can add more for them."""
MOST_OF_ALL = 200
"""The most pieces of evidence that all people of a joint case may add together."""


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
    case: Case, act: Act, *, shows: Text, file: Annotated[CheckedFile | None, Given(noted=True)] = None
) -> Case:
    """Add evidence: the words of `shows`, or a file; `shows` then says what the file shows. Evidence that
    comes after the answer is accepted too, and marked as late.

    A `file` is added by the worker that checked it, in the name of its sender."""
    return with_evidence(case, act, file)


def with_evidence(case: Case, act: Act, file: CheckedFile | None) -> Case:
    """Return the case with one more piece of evidence: the file, or the words of this entry if `file` is
    None. Raises Refusal if the case has the file already, or if a party has reached their limit."""
    if act.role in R.PARTY:
        room_for(case, act.who)
    refuse_if(file and any(piece.file == file.id for piece in case.evidence), "evidence_known")
    return case.with_evidence(
        EvidenceKind.FILE if file else EvidenceKind.STATEMENT, act, file.id if file else None
    )


def most_pieces(case: Case) -> int:
    """Return how many pieces of evidence a party may add to this case."""
    return MOST_TOGETHER if case.joint else MOST_PIECES


def room_for(case: Case, who: str) -> None:
    """Raise Refusal if the person `who` has added as much evidence to this case as one person may. Raise
    Refusal if all people of a joint case together have added as much as they may."""
    if sum(1 for piece in case.evidence if piece.by == who) >= most_pieces(case):
        raise Refusal("too_many_pieces", most=most_pieces(case))
    people = {party.id for party in case.parties}
    refuse_if(
        case.joint and sum(1 for piece in case.evidence if piece.by in people) >= MOST_OF_ALL,
        "too_many_together",
        most=MOST_OF_ALL,
    )

"""A record that was changed from outside: the mark on the case, and two people who let it stand
(issue 14)."""

from typing import Annotated

from chalicelib.domain.engine.declare import Second, move
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import Doubt
from chalicelib.domain.model.codes import EVERY, Fault, Role as R
from chalicelib.domain.model.field_marks import Number, Text

MOST_ENTRIES = 1_000_000


@move(at=EVERY, by=R.CLOCK, tells="record_doubted → role:supervisor, record_doubted → role:executive")
def doubt_record(
    case: Case, act: Act, *, entry: Annotated[int, Number(1, MOST_ENTRIES)], fault: Fault
) -> Case:
    """The check of the record has found a place that was changed from outside: decisions, closings,
    seals and what silence means wait until two people have examined it. A place is noted once,
    since what was written stays as it is; a row that belongs to no entry again if it is still there
    once they let the record stand."""
    refuse_if(noted(case, entry, fault), "doubted_before")
    return replace(case, doubts=(*case.doubts, Doubt(entry, fault, act.now, case.entries + 1)))


def noted(case: Case, entry: int, fault: Fault) -> bool:
    """Whether it is recorded on the case already that this place was changed."""
    return any(
        (doubt.entry, doubt.fault) == (entry, fault) and not (doubt.cleared and fault == Fault.ROW)
        for doubt in case.doubts
    )


@move(at=EVERY, by=R.SUPERVISOR | R.EXECUTIVE, second=Second(), fits=lambda case: case.doubted)
def clear_doubt(case: Case, act: Act, *, reason: Text) -> Case:
    """Two people have examined what was changed from outside and let the record stand as it is now, with what
    was found and done about it; what was found only after they were asked is not cleared with it."""
    asked = case.said_by(act)
    return replace(
        case,
        doubts=tuple(
            replace(doubt, cleared=doubt.cleared or act.now) if doubt.noted < asked else doubt
            for doubt in case.doubts
        ),
    )

"""The progress of a complaint: the stages that it has left, its present stage, and the stages that normally
follow."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Stage

ROAD = (Stage.RECEIVED, Stage.INVESTIGATING, Stage.ANSWERED, Stage.PERFORMING, Stage.CLOSED)
"""The stages of a complaint that is accepted, answered and performed, in order."""
AS_FAR_AS = {
    Stage.DECLINED: Stage.PERFORMING,
    Stage.UNDER_RECONSIDERATION: Stage.ANSWERED,
    Stage.NEGOTIATING: Stage.ANSWERED,
    Stage.MEDIATING: Stage.ANSWERED,
    Stage.SIGNING: Stage.ANSWERED,
    Stage.BREACHED: Stage.PERFORMING,
}
"""For each stage that is not in `ROAD`, the stage of `ROAD` that is equally far advanced."""


class Stretch(NamedTuple):
    """One stage in the progress of a complaint. `place`: "behind" for a stage that the case has left, "now"
    for the present stage, "ahead" for a stage that normally follows. `since`, `until`: when the case entered
    and left the stage (UTC), the last time it did; None if it has not."""

    stage: Stage
    place: Literal["behind", "now", "ahead"]
    since: datetime | None = None
    until: datetime | None = None


def road(case: Case) -> Iterator[Stretch]:
    """Yield the stages of a complaint in order: those that it has left, the present one, and those that
    normally follow. If it entered a stage several times, only the last time is included."""
    *before, now = case.stays
    behind = {stay.stage: stay for stay in reversed(before) if stay.stage != now.stage}
    for stay in reversed(behind.values()):
        yield Stretch(stay.stage, "behind", stay.since, stay.until)
    yield Stretch(now.stage, "now", now.since)
    here = AS_FAR_AS.get(case.place, case.place)
    for stage in ROAD[ROAD.index(here) + 1 :]:
        yield Stretch(stage, "ahead")

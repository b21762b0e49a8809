"""The course of a complaint: the stages behind it, the present stage, and the stages that would normally
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
"""For each stage outside ROAD, the stage of ROAD that is as far along."""


class Stretch(NamedTuple):
    """One stage in the course of a complaint. `place`: whether it is behind, now or ahead. `since`, `until`:
    the last stay in the stage (UTC); None where it has not begun or ended."""

    stage: Stage
    place: Literal["behind", "now", "ahead"]
    since: datetime | None = None
    until: datetime | None = None


def road(case: Case) -> Iterator[Stretch]:
    """Yield the stages of this complaint: those behind it, the present one, and those that normally follow. A
    stage that was entered several times is shown once, at its last stay."""
    *before, now = case.spells
    behind = {stay.stage: stay for stay in reversed(before) if stay.stage != now.stage}
    for stay in reversed(behind.values()):
        yield Stretch(stay.stage, "behind", stay.since, stay.until)
    yield Stretch(now.stage, "now", now.since)
    here = AS_FAR_AS.get(case.place, case.place)
    for stage in ROAD[ROAD.index(here) + 1 :]:
        yield Stretch(stage, "ahead")

"""The path of a complaint: past stages, the current stage, and the further stages of the normal course."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Stage

ROAD = (Stage.RECEIVED, Stage.INVESTIGATING, Stage.ANSWERED, Stage.PERFORMING, Stage.CLOSED)
"""The stages of a complaint that is accepted, answered and performed."""
AS_FAR_AS = {
    Stage.DECLINED: Stage.PERFORMING,
    Stage.UNDER_RECONSIDERATION: Stage.ANSWERED,
    Stage.NEGOTIATING: Stage.ANSWERED,
    Stage.MEDIATING: Stage.ANSWERED,
    Stage.SIGNING: Stage.ANSWERED,
    Stage.BREACHED: Stage.PERFORMING,
}
"""The stages off this path, each with the path stage that it corresponds to."""


class Stretch(NamedTuple):
    """A stage on the path, with the start and the end of the last stay in it (UTC; None for a stage
    ahead)."""

    stage: Stage
    place: Literal["behind", "now", "ahead"]
    since: datetime | None = None
    until: datetime | None = None


def road(case: Case) -> Iterator[Stretch]:
    """Yield the current path of this case. A repeated stage appears at its last position."""
    *before, now = case.spells
    behind = {stay.stage: stay for stay in reversed(before) if stay.stage != now.stage}
    for stay in reversed(behind.values()):
        yield Stretch(stay.stage, "behind", stay.since, stay.until)
    yield Stretch(now.stage, "now", now.since)
    here = AS_FAR_AS.get(case.place, case.place)
    for stage in ROAD[ROAD.index(here) + 1 :]:
        yield Stretch(stage, "ahead")

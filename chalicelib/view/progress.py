"""The road of a complaint: the stages behind it, the one it is in, and those that lie ahead if nothing else
happens."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Stage

ROAD = (Stage.RECEIVED, Stage.INVESTIGATING, Stage.ANSWERED, Stage.PERFORMING, Stage.CLOSED)
"""The stages of a complaint that is accepted, answered and made good."""
AS_FAR_AS = {
    Stage.DECLINED: Stage.PERFORMING,
    Stage.UNDER_RECONSIDERATION: Stage.ANSWERED,
    Stage.NEGOTIATING: Stage.ANSWERED,
    Stage.MEDIATING: Stage.ANSWERED,
    Stage.SIGNING: Stage.ANSWERED,
    Stage.BREACHED: Stage.PERFORMING,
}
"""Stages off this road, each with the stage as far as which the complaint has come by then."""


class Stretch(NamedTuple):
    """A stage on the road: since when, and until when, the case was last in it (UTC; None ahead)."""

    stage: Stage
    place: Literal["behind", "now", "ahead"]
    since: datetime | None = None
    until: datetime | None = None


def road(case: Case) -> Iterator[Stretch]:
    """The road of this case as it is now; a stage it came back to stands where it was last."""
    *before, now = case.spells
    behind = {stay.stage: stay for stay in reversed(before) if stay.stage != now.stage}
    for stay in reversed(behind.values()):
        yield Stretch(stay.stage, "behind", stay.since, stay.until)
    yield Stretch(now.stage, "now", now.since)
    here = AS_FAR_AS.get(case.place, case.place)
    for stage in ROAD[ROAD.index(here) + 1 :]:
        yield Stretch(stage, "ahead")

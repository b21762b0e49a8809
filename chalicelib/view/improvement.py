"""An improvement action as whoever reads it may know it: how far it has come, and what each look at the
figures has shown."""

from datetime import date, datetime
from typing import NamedTuple

from chalicelib.domain.engine.action_deadlines import next_look
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Counted
from chalicelib.domain.model.codes import Verdict
from chalicelib.domain.recurrence import per_thousand


class Rate(NamedTuple):
    """How often a cause was there from one local day to another: in so many of so many complaints whose cause
    was found, and per thousand (None: there were none)."""

    since: date
    until: date
    cause: int
    complaints: int
    per_thousand: float | None


class LookView(NamedTuple):
    """A look at the figures: when, by whom, before and after, by how much it changed, and the verdict; of one
    for which there were no figures only the first two and that it cannot be told."""

    at: datetime
    by: str
    before: Rate | None
    after: Rate | None
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict


class ActionView(NamedTuple):
    """What has come of an action: its looks, the latest first, and the day from which the next one can be
    taken by somebody."""

    looks: tuple[LookView, ...]
    next_look: date | None


def action_view(case: Case) -> ActionView:
    """An improvement action as it stands."""
    action, following = case.improvement, next_look(case) if case.stage == "verifying" else None
    looks = (
        LookView(
            look.at,
            look.by,
            _rate(look.before),
            _rate(look.after),
            look.ratio,
            look.low,
            look.high,
            look.verdict,
        )
        for look in reversed(action.looks if action else ())
    )
    return ActionView(tuple(looks), following[1] if following else None)


def _rate(counted: Counted | None) -> Rate | None:
    if counted is None:
        return None
    rate = per_thousand(counted.cause, counted.complaints)
    return Rate(counted.since, counted.until, counted.cause, counted.complaints, rate)

"""The view of an improvement action: its progress, and the result of each look at the figures."""

from datetime import date, datetime
from typing import NamedTuple

from chalicelib.domain.engine.action_deadlines import next_look, verification
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Counted
from chalicelib.domain.model.codes import Verdict
from chalicelib.domain.policy import policy
from chalicelib.domain.recurrence import per_thousand


class Rate(NamedTuple):
    """The rate of a cause between two local days, among complaints with a known cause. `per_thousand` is None
    without such complaints."""

    since: date
    until: date
    cause: int
    complaints: int
    per_thousand: float | None


class LookView(NamedTuple):
    """A look at the figures: time, officer, rates before and after, the change, and the verdict. Without
    figures only time, officer and an undecided verdict are set."""

    at: datetime
    by: str
    before: Rate | None
    after: Rate | None
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict


class ActionView(NamedTuple):
    """The results of an action: its looks, the latest first, and the first day for a manual next look."""

    looks: tuple[LookView, ...]
    next_look: date | None


def action_view(case: Case) -> ActionView:
    """Return the current state of an improvement action."""
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


def look_lengths(case: Case) -> list[str]:
    """Return the lengths of time after which the figures of an action are looked at."""
    return [*policy(case.policy).rules[verification.__name__].lengths.values()]


def _rate(counted: Counted | None) -> Rate | None:
    if counted is None:
        return None
    rate = per_thousand(counted.cause, counted.complaints)
    return Rate(counted.since, counted.until, counted.cause, counted.complaints, rate)

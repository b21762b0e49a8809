"""The view of an improvement action: how far it is, and what each check of its effect found."""

from datetime import date, datetime
from typing import NamedTuple

from chalicelib.domain.engine.action_deadlines import next_look, verification
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Counted
from chalicelib.domain.model.codes import Verdict
from chalicelib.domain.policy import policy
from chalicelib.domain.recurrence import per_thousand


class Rate(NamedTuple):
    """How often a cause occurred from one local day to another, among complaints with a known cause. `cause`:
    complaints with this cause. `complaints`: all of them. `per_thousand`: the rate; None without
    complaints."""

    since: date
    until: date
    cause: int
    complaints: int
    per_thousand: float | None


class LookView(NamedTuple):
    """One check of an action's effect. `by`: who made it. `before`, `after`: the rates before and after the
    action. `ratio`: the rate after divided by the rate before; `low`, `high`: its confidence interval.
    Without figures, all these are None, and `verdict` says that the effect cannot be told."""

    at: datetime
    by: str
    before: Rate | None
    after: Rate | None
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict


class ActionView(NamedTuple):
    """The results of an improvement action. `looks`: the checks of its effect, the latest first. `next_look`:
    the first local day on which a person can make the next check; None if no check is due."""

    looks: tuple[LookView, ...]
    next_look: date | None


def action_view(case: Case) -> ActionView:
    """Return the results of the improvement action in `case`."""
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
    """Return how long after an action's completion each check of its effect is made, as lengths of the
    policy."""
    return [*policy(case.policy).rules[verification.__name__].lengths.values()]


def _rate(counted: Counted | None) -> Rate | None:
    if counted is None:
        return None
    rate = per_thousand(counted.cause, counted.complaints)
    return Rate(counted.since, counted.until, counted.cause, counted.complaints, rate)

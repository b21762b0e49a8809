"""The view of an improvement action: the results of the checks of its effect, and the day of the next
check."""

from datetime import date, datetime
from typing import NamedTuple

from chalicelib.domain.engine.action_deadlines import next_look, verification
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Counted
from chalicelib.domain.model.codes import Verdict
from chalicelib.domain.policy import policy
from chalicelib.domain.recurrence import per_thousand


class Rate(NamedTuple):
    """How often one cause occurred in complaints received from the local day `since` to the local day
    `until`. `cause`: the number of complaints with this main cause. `complaints`: the number of complaints
    with any known main cause. `per_thousand`: complaints with this cause per thousand; None if there were no
    complaints."""

    since: date
    until: date
    cause: int
    complaints: int
    per_thousand: float | None


class LookView(NamedTuple):
    """One check of the effect of an action. `by`: the id of the person who made it. `before`, `after`: the
    rates of the cause before and after the action. `ratio`: the rate after the action, divided by the rate
    before. `low`, `high`: the ends of the confidence interval of `ratio`. If the check had no figures, these
    five are None, and `verdict` is CANNOT_BE_TOLD."""

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
    the first local day on which people can make the next check; None if they need to make none."""

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
    """Return the lengths of time after the completion of an action at which its effect is checked. They are
    texts such as "30d", as in the policy."""
    return [*policy(case.policy).rules[verification.__name__].lengths.values()]


def _rate(counted: Counted | None) -> Rate | None:
    if counted is None:
        return None
    rate = per_thousand(counted.cause, counted.complaints)
    return Rate(counted.since, counted.until, counted.cause, counted.complaints, rate)

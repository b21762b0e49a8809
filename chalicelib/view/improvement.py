"""The view of an improvement action: the days of the checks of its effect."""

from datetime import date

from chalicelib.domain.engine.action_deadlines import next_look, verification
from chalicelib.domain.model.case import Case
from chalicelib.domain.policy import policy


def next_look_day(case: Case) -> date | None:
    """Return the first local day on which people can make the next check of the action in `case`. Return None
    if they need to make none."""
    following = next_look(case) if case.stage == "verifying" else None
    return following[1] if following else None


def look_lengths(case: Case) -> list[str]:
    """Return the lengths of time after the completion of an action at which its effect is checked. They are
    texts such as "30d", as in the policy."""
    return [*policy(case.policy).rules[verification.__name__].lengths.values()]

"""The lengths of deadlines in words, so that pages take every number from the policy in force."""

from collections.abc import Mapping
from functools import cache

from chalicelib.domain.calendar import length
from chalicelib.domain.policy import policy
from chalicelib.web.pages import say


def lasts(language: str, text: str) -> str:
    """Return a length of a policy in words. It is empty if each run has its own due date. Hours that make
    several whole days are given as days."""
    if not text:
        return ""
    found = length(text)
    days, rest = divmod(found.n, 24)
    if found.unit == "h" and days > 1 and not rest:
        return say(language, "process.many.whole", n=days)
    return say(language, f"process.{'one' if found.n == 1 else 'many'}.{found.unit}", n=found.n)


@cache
def lengths(language: str, rules: str) -> Mapping[str, str]:
    """Return the length of each deadline under a policy, by name, as slots for sentences."""
    return {name: lasts(language, rule.length) for name, rule in policy(rules).rules.items()}

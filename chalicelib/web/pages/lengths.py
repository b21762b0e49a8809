"""How long deadlines last, in words, so that a page names what the policy in force says and no number of its
own."""

from collections.abc import Mapping
from functools import cache

from chalicelib.domain.calendar import length
from chalicelib.domain.policy import policy
from chalicelib.web.pages import say


def lasts(language: str, text: str) -> str:
    """A length of a policy; empty where each run has its own day. Hours that make up several whole days are
    told as these."""
    if not text:
        return ""
    found = length(text)
    days, rest = divmod(found.n, 24)
    if found.unit == "h" and days > 1 and not rest:
        return say(language, "process.many.whole", n=days)
    return say(language, f"process.{'one' if found.n == 1 else 'many'}.{found.unit}", n=found.n)


@cache
def lengths(language: str, rules: str) -> Mapping[str, str]:
    """How long each deadline lasts under a policy, by its name: the slots of sentences that say so."""
    return {name: lasts(language, rule.length) for name, rule in policy(rules).rules.items()}

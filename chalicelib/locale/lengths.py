"""The numbers that a policy sets, in words, so that texts take every number from the policy in force."""

from collections.abc import Mapping
from functools import cache

from chalicelib.domain.calendar import length
from chalicelib.domain.engine.link_expiry import LINK_LASTS
from chalicelib.domain.moves.reconsideration import PANEL
from chalicelib.domain.policy import policy
from chalicelib.locale.formats import texts


def lasts(language: str, text: str) -> str:
    """Return a length of a policy in words. It is empty if each run has its own due date. Hours that make
    several whole days are given as days."""
    if not text:
        return ""
    found, words = length(text), texts(language)["page"]["process"]
    days, rest = divmod(found.n, 24)
    if found.unit == "h" and days > 1 and not rest:
        return str(words["many"]["whole"].format(n=days))
    return str(words["one" if found.n == 1 else "many"][found.unit].format(n=found.n))


@cache
def lengths(language: str, rules: str) -> Mapping[str, str]:
    """Return the numbers of a policy as slots for sentences.

    They are the length of each deadline by its name, and its first extension as `more_` with that name; the
    notice of a meeting, the life of a link, and the smallest panel."""
    found = policy(rules)
    return {
        **{name: lasts(language, rule.length) for name, rule in found.rules.items()},
        **{
            f"more_{name}": lasts(language, rule.extensions[0])
            for name, rule in found.rules.items()
            if rule.extensions
        },
        "meeting_notice": lasts(language, found.meeting_notice),
        "link": lasts(language, f"{LINK_LASTS.days}d"),
        "panel": str(PANEL),
    }


def under(language: str, name: str, rules: str) -> str:
    """Return a number that a policy sets, as a letter gives it. Raises KeyError for an unknown name."""
    return lengths(language, rules)[name]

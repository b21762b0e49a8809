"""The numbers that a policy sets, in words: lengths of deadlines and some others. Texts take these numbers
from the policy in force."""

from collections.abc import Mapping
from functools import cache

from chalicelib.domain.calendar import length
from chalicelib.domain.data_kinds import backed_up
from chalicelib.domain.engine.link_expiry import LINK_LASTS
from chalicelib.domain.moves.reconsideration import PANEL
from chalicelib.domain.policy import policy
from chalicelib.locale.formats import texts


def lasts(language: str, text: str, exact: bool = False) -> str:
    """Return a length of time in words. `text` is the length as a policy writes it, or "", which gives "".
    Hours that make several whole days are given as days, unless it must be `exact`."""
    if not text:
        return ""
    found, words = length(text), texts(language)["page"]["process"]
    days, rest = divmod(found.n, 24)
    if found.unit == "h" and days > 1 and not rest and not exact:
        return str(words["many"]["whole"].format(n=days))
    return str(words["one" if found.n == 1 else "many"][found.unit].format(n=found.n))


@cache
def lengths(language: str, rules: str) -> Mapping[str, str]:
    """Return the numbers that a policy sets, in words, by the name that texts use for them. `rules` is the
    policy.

    The name of a deadline gives its length. `more_NAME` gives the length of the first extension of the
    deadline NAME. `meeting_notice` is the notice for a meeting. `link` is how long an access link is valid.
    `panel` is the smallest number of panel members. `backup` is how long deleted data stay in backups."""
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
        "backup": lasts(language, f"{backed_up().days}d"),
    }


def under(language: str, name: str, rules: str) -> str:
    """Return the number `name` that the policy `rules` sets, in words, for a letter. `name` is a key of
    `lengths`. Raises KeyError for an unknown name."""
    return lengths(language, rules)[name]

"""Early signs: of which kind more came in within a week than its own past explains.

The last seven days are compared with the eight weeks before them. Where complaints of a kind come in one by
one and independently, and at the same rate, the week's share of all nine is binomial with one in nine
(Przyborowski and Wilenski, Biometrika 31, 1940); it is a sign where so many in a week would be that unlikely.
How unlikely is set so that in a whole year, looked at every day and over all kinds together, at most
`FALSE_A_YEAR` signs are expected by chance alone (union bound, Bonferroni): the test of a made year replays
it. A kind that comes in bursts for reasons of its own, such as a season, gives more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from chalicelib.domain.engine.sending_limits import EARLY, GROUP
from chalicelib.domain.recurrence import at_least

WEEK = timedelta(days=7)
PAST = 8
"""With how many weeks the last one is compared."""
FALSE_A_YEAR = 1.0
"""How many signs a year are expected, at most, where there is nothing to see."""
BEGINNING = WEEK * (PAST + 5)
"""Nothing is told before so long after the first complaint of which the same was known (its type, its cause,
its region): there is no past to compare with."""
LEAST = 5
"""Fewer complaints than this in a week are no sign, however rare they are."""
GROUPS = frozenset({"type", "sub_type", "class", "company", "region"})
"""Kinds that say that many people may have the same complaint; the others say that something with us may be
wrong."""


class Sign(NamedTuple):
    """More than usual: of what, how many in the week up to `day` (not included), how many in an ordinary one,
    and how likely that is by chance."""

    facet: str
    code: str
    day: date
    found: int
    usual: float
    chance: float


class Counts:
    """How many there were by `day`, `facet` and `code`, as rows say it."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._counts = defaultdict[tuple[str, str], dict[date, int]](dict)
        for row in rows:
            self._counts[row["facet"], row["code"]][row["day"]] = row["n"]
        self._first: dict[str, date] = {}
        for (facet, _), days in self._counts.items():
            self._first[facet] = min(*days, self._first.get(facet, date.max))

    def signs(self, today: date) -> list[Sign]:
        """The signs of the week before a day (China), the least likely first."""
        known = {facet for facet, first in self._first.items() if first + BEGINNING <= today}
        unlikely = FALSE_A_YEAR / 365 / max(len(self._counts), 1)
        found = (_sign(*kind, days, today) for kind, days in self._counts.items() if kind[0] in known)
        return sorted((one for one in found if one.chance <= unlikely), key=lambda one: one.chance)


def _sign(facet: str, code: str, days: Mapping[date, int], today: date) -> Sign:
    *past, week = (_within(days, today - WEEK * n) for n in range(PAST + 1, 0, -1))
    usual = sum(past) / PAST
    chance = at_least(week, week + sum(past), 1 / (1 + PAST)) if week >= max(LEAST, usual) else 1.0
    return Sign(facet, code, today, week, usual, chance)


def _within(days: Mapping[date, int], begun: date) -> int:
    return sum(days.get(begun + timedelta(days=n), 0) for n in range(WEEK.days))


def letters(found: Iterable[Sign]) -> Iterator[tuple[str, Sign]]:
    """Each sign with the letter that tells of it."""
    return ((GROUP if one.facet in GROUPS else EARLY, one) for one in found)

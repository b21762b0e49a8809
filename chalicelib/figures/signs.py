"""Early signs: the kinds of complaint with more cases in a week than their own past explains.

The last seven days are compared with the eight weeks before. Suppose that complaints of a kind arrive
independently at a constant rate. The week's share of all nine weeks is then binomial with 1/9 (Przyborowski
and Wilenski, Biometrika 31, 1940). A week is a sign if its number is that improbable. The threshold allows at
most `FALSE_A_YEAR` signs a year by chance, over all days and kinds together (union bound, Bonferroni). A test
replays it on a simulated year. A kind with bursts of its own, such as a season, gives more signs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from chalicelib.domain.engine.sending_limits import EARLY, GROUP
from chalicelib.domain.recurrence import at_least

WEEK = timedelta(days=7)
PAST = 8
"""The number of weeks for the comparison."""
FALSE_A_YEAR = 1.0
"""The maximum expected number of false signs a year."""
BEGINNING = WEEK * (PAST + 5)
"""The minimum history before any sign, counted from the first complaint with a known value of the facet
(type, cause, region). Before that the past is too short for a comparison."""
LEAST = 5
"""The minimum number of complaints for a sign, however improbable."""
GROUPS = frozenset({"type", "sub_type", "class", "company", "region"})
"""The facets that indicate a problem of many people. The others indicate a fault of ours."""


class Sign(NamedTuple):
    """An unusual increase: its facet and code, the number in the week up to `day` (exclusive), the usual
    weekly number, and its probability by chance."""

    facet: str
    code: str
    day: date
    found: int
    usual: float
    chance: float


class Counts:
    """The numbers of complaints by `day`, `facet` and `code`, from rows."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._counts = defaultdict[tuple[str, str], dict[date, int]](dict)
        for row in rows:
            self._counts[row["facet"], row["code"]][row["day"]] = row["n"]
        self._first: dict[str, date] = {}
        for (facet, _), days in self._counts.items():
            self._first[facet] = min(*days, self._first.get(facet, date.max))

    def signs(self, today: date) -> list[Sign]:
        """Return the signs of the week before a day (China), the least probable first."""
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
    """Yield each sign with the name of its letter."""
    return ((GROUP if one.facet in GROUPS else EARLY, one) for one in found)

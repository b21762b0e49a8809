"""Early signs. A sign is a kind of complaint that is much more frequent this week than its own past explains.
The last seven days are compared with the eight weeks before.

Suppose that complaints of a kind arrive independently at a constant rate. The number in the week is then
binomial, with the probability 1/9 for each complaint of all nine weeks (Przyborowski and Wilenski, Biometrika
31, 1940). The week is a sign if so high a number is too improbable.

The threshold allows at most `FALSE_A_YEAR` signs a year by chance, over all days and kinds together (union
bound, Bonferroni). A test checks this number on a simulated year. A kind of complaint that comes in bursts,
such as a seasonal one, gives more signs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from chalicelib.domain.engine.sending_limits import EARLY, GROUP
from chalicelib.domain.recurrence import at_least

WEEK = timedelta(days=7)
PAST = 8
"""The number of earlier weeks with which the last seven days are compared."""
FALSE_A_YEAR = 1.0
"""The maximum expected number of signs a year that come only by chance."""
BEGINNING = WEEK * (PAST + 5)
"""How long a breakdown (facet: type, cause, region, …) must have been recorded before one of its codes can be
a sign. The time is counted from the first complaint with a code of this facet."""
LEAST = 5
"""The minimum number of complaints of a kind in a week for an early sign of a problem. A smaller number is no
sign, however improbable it is."""
GROUPS = frozenset({"type", "sub_type", "class", "company", "region"})
"""The facets whose signs point to a problem that many people have. A sign of any other facet points to a
fault of our own."""


class Sign(NamedTuple):
    """An unusual increase of the complaints with one `code` of a `facet`. `found`: their number in the seven
    days before `day`. `usual`: their mean number in a week, over the `PAST` weeks before. `chance`: the
    probability that so many come by chance."""

    facet: str
    code: str
    day: date
    found: int
    usual: float
    chance: float


class Counts:
    """The number of complaints by day, facet and code. `rows` are mappings with the keys `day`, `facet`,
    `code` and `n`."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._counts = defaultdict[tuple[str, str], dict[date, int]](dict)
        for row in rows:
            self._counts[row["facet"], row["code"]][row["day"]] = row["n"]
        self._first: dict[str, date] = {}
        for (facet, _), days in self._counts.items():
            self._first[facet] = min(*days, self._first.get(facet, date.max))

    def signs(self, today: date) -> list[Sign]:
        """Return the signs of the seven days before `today` (China), the least probable first."""
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
    """Yield each sign as a pair: the name of the letter that reports it, and the sign."""
    return ((GROUP if one.facet in GROUPS else EARLY, one) for one in found)

"""Early signs. A sign is a kind of complaint that is much more frequent this week than its own past explains.
The last seven days are compared with the six weeks before.

Expected is the kind's rate in those weeks in relation to the other complaints of its facet, applied to the
others of this week. So growth, weekdays and everything else that all kinds have in common cancel out. Each
week is counted as it had been recorded at its own end. So a kind that is entered late is not taken for rare.

The number in a week follows a negative binomial distribution. Its variance has three parts: chance, the
ordinary fluctuation of the kind among the others, and the error of the expected number itself. The
fluctuation is measured: each earlier week is forecast from the six weeks before it (`_Facet.spread`).

A kind is a sign if so high a number has a probability below `A_YEAR`/365 divided by the number of kinds. In a
week that touches a holiday or a sale, in which people buy and complain about other things, the threshold is
`STRICTER` times lower. `make worlds` measures how many signs come by chance, and how many problems are found.
The table of rates is in the runbook."""

import json
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Set
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from math import exp, lgamma, log, log1p, sqrt
from operator import sub
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.domain.calendar import Calendar
from chalicelib.domain.engine.sending_limits import EARLY, GROUP
from chalicelib.domain.policy import Sale

DAYS = 7
WEEK = timedelta(days=DAYS)
PAST = 6
"""The number of earlier weeks with which the last seven days are compared."""
A_YEAR = 1.25
"""The number of signs a year by chance that the threshold allows if every estimate is exact (Bonferroni over
all days and kinds). Neighbouring days share six of seven days, so that fewer come."""
STRICTER = 20
"""How many times lower the threshold is in a week that touches a holiday or a sale."""
BEGINNING = WEEK * 13
"""How long a breakdown (facet: type, cause, region, …) must have been recorded before one of its codes can be
a sign. The time is counted from the first complaint with a code of this facet."""
KNOWN = 4
"""The minimum number of earlier weeks with complaints of the facet. Weeks without any were not recorded."""
LEAST = 5
"""The minimum number of complaints of a kind in a week for an early sign of a problem. A smaller number is no
sign, however improbable it is."""
EXCESS = 1.25
"""The minimum ratio of the found number to the expected one. A smaller increase is no sign, however many
complaints there are."""
HISTORY = 26
"""The maximum number of earlier weeks that are forecast, to measure the ordinary fluctuation."""
OWN = 0.25
"""The weight of a kind's own fluctuation. The rest is that of all kinds of the facet together, because six
to 26 weeks of one kind tell little. It is never taken for steadier than all together."""
FLOOR = 0.01
"""The minimum of the squared fluctuation from week to week: 10 % up or down."""
PRIOR = 0.5
"""What is added to the earlier number of a kind, so that a kind without a past has an expected number
(Jeffreys' prior for a Poisson rate)."""
SURELY = 2.5
"""A number that is fewer standard deviations above the expected one is never so improbable that it is a sign.
So its probability is not computed."""
BAND = 0.025
"""The probability of a number below the expected band, and of one above it."""
COOL = timedelta(days=28)
"""How long no other letter reports a kind after the day of its letter."""
NOTHING = 1e-12
"""A sum of probabilities stops when the next term is smaller than this part of the sum."""
TINY = 1e-290
"""A sum of probabilities also stops at a term as small as this."""
GROUPS = frozenset({"type", "sub_type", "class", "company", "region"})
"""The facets whose signs point to a problem that many people have. A sign of any other facet points to a
fault of our own."""

Kind = tuple[str, str]
"""A kind of complaint: its facet, and its code in it."""
Weeks = Mapping[str, Mapping[str, Mapping[int, int]]]
"""The number of complaints in each week, by facet, code and the ordinal of the day after the week. A week is
counted as it had been recorded at its end."""


class Sign(NamedTuple):
    """An unusual increase of the complaints with one `code` of a `facet`. `found`: their number in the seven
    days before `day`. `usual`: the expected number. `low`, `high`: the ends of the expected band.
    `chance`: the probability that so many come by chance.

    `weeks`: the number in each of the `PAST` weeks before, the oldest first. `others`: how the number of the
    other complaints of the facet compares with their mean of these weeks (1 is equal). `spread`: the ordinary
    fluctuation of the kind from week to week (0.1 is 10 %). `special`: the holiday or sale that the week
    touches, or ""."""

    facet: str
    code: str
    day: date
    found: int
    usual: float
    low: int
    high: int
    chance: float
    weeks: tuple[int, ...]
    others: float
    spread: float
    special: str = ""

    @property
    def kind(self) -> Kind:
        """The kind of complaint."""
        return self.facet, self.code


def weeks(rows: Iterable[Mapping[str, Any]]) -> Weeks:
    """Count complaints by week. `rows` are mappings with the keys `day` (of receipt), `late` (the number of
    days until it was recorded), `facet`, `code` and `n`. An empty code is a complaint without a code of the
    facet, or with one that may be a person's name."""
    counts = defaultdict[str, dict[str, dict[int, int]]](lambda: defaultdict(lambda: defaultdict(int)))
    for row in rows:
        day, days = row["day"].toordinal(), counts[row["facet"]][row["code"]]
        for end in range(day + row["late"] + 1, day + DAYS + 1):
            days[end] += row["n"]
    return counts


def special_days(calendar: Calendar, sales: Iterable[Sale], today: date) -> dict[date, str]:
    """Return each day of the year before `today` that belongs to a holiday of the calendar or to a sale, with
    the name of that."""
    rest = (one for year in (today.year - 1, today.year) for one in calendar.holidays(year))
    shops = (one.of(year) for year in (today.year - 1, today.year) for one in sales)
    return {
        holiday.since + timedelta(days=n): holiday.name
        for holiday in (*shops, *rest)
        for n in range((holiday.until - holiday.since).days + 1)
    }


class Counts:
    """The complaints of each week, and the signs in them. `special`: the days that belong to a holiday or a
    sale, with its name."""

    def __init__(self, counted: Weeks, special: Mapping[date, str] | None = None) -> None:
        self._special = {
            day.toordinal() + n: name for day, name in (special or {}).items() for n in range(1, DAYS + 1)
        }
        self._facets = [_Facet(facet, codes, self._special) for facet, codes in counted.items()]
        self._kinds = max(sum(len(one.codes) for one in self._facets), 1)

    def signs(self, today: date) -> list[Sign]:
        """Return the signs of the seven days before `today` (China), the least probable first."""
        special = self._special.get(today.toordinal(), "")
        unlikely = A_YEAR / 365 / self._kinds / (STRICTER if special else 1)
        found = (one for facet in self._facets for one in facet.signs(today, unlikely))
        return sorted((one._replace(special=special) for one in found), key=lambda one: one.chance)


class _Facet:
    """The weekly counts of a facet. `all`: those of each code. `codes`: the same without the empty code.
    `total`: those of all codes together. `special`: the weeks that touch a holiday or a sale, by the ordinal
    of the day after the week."""

    def __init__(self, name: str, counted: Mapping[str, Mapping[int, int]], special: Container[int]) -> None:
        self.name, self.all, self.special = name, counted, special
        self.codes = {code: weeks for code, weeks in counted.items() if code}
        self.total = defaultdict[int, int](int)
        for weeks in counted.values():
            for end, n in weeks.items():
                self.total[end] += n
        self.first = min(self.total, default=1) - 1

    def signs(self, today: date, unlikely: float) -> Iterator[Sign]:
        """Yield the kinds whose number in the seven days before `today` has at most this probability."""
        now, pool = today.toordinal(), None
        ends = range(now - DAYS * PAST, now, DAYS)
        totals = [self.total.get(end, 0) for end in ends]
        known = PAST - totals.count(0)
        if now < self.first + BEGINNING.days or known < KNOWN:
            return
        for code, weeks in self.codes.items():
            if (found := weeks.get(now, 0)) < LEAST:
                continue
            past = [weeks.get(end, 0) for end in ends]
            before, beside = sum(past) + PRIOR, max(sum(totals) - sum(past), PRIOR)
            others = max(self.total[now] - found, PRIOR)
            usual, error = others * before / beside, 1 / before + 1 / others
            steady = FLOOR + error
            least = usual + SURELY * sqrt(usual + steady * usual**2)
            if found < max(EXCESS * usual, least) or _above(found, usual, steady) > unlikely:
                continue
            pool = self.spread(self.all.values(), now) if pool is None else pool
            own = self.spread([weeks], now)
            spread = max(pool, OWN * own + (1 - OWN) * pool, FLOOR)
            factor = spread + error
            if (chance := _above(found, usual, factor)) <= unlikely:
                low, high = band(usual, factor)
                rise, share = known * others / beside, spread**0.5
                yield Sign(self.name, code, today, found, usual, low, high, chance, tuple(past), rise, share)

    def spread(self, kinds: Iterable[Mapping[int, int]], now: int) -> float:
        """Return the squared fluctuation of these kinds from week to week, beyond chance. It may be below 0.

        Each of the last `HISTORY` weeks is forecast from the `PAST` weeks before it. The squared errors of
        all forecasts, less what chance explains, are divided by the squared forecasts (method of moments).
        Weeks that touch a holiday or a sale are left out if enough other weeks remain."""
        count = min(HISTORY + PAST, (now - self.first) // DAYS)
        ends = range(now - DAYS * count, now, DAYS)
        ordinary = [n for n in range(PAST, count) if ends[n] not in self.special]
        forecast = ordinary if len(ordinary) >= KNOWN else range(PAST, count)
        totals, beyond, squares = [self.total.get(end, 0) for end in ends], 0.0, 0.0
        for weeks in kinds:
            numbers = [weeks.get(end, 0) for end in ends]
            sums = [*accumulate(numbers, initial=0)]
            beside = [*accumulate(map(sub, totals, numbers), initial=0)]
            for n in forecast:
                before = sums[n] - sums[n - PAST] + PRIOR
                apart = max(beside[n] - beside[n - PAST], PRIOR)
                if before > apart:  # with most of its facet, a kind only mirrors the others
                    continue
                rate = before / apart
                expected = (totals[n] - numbers[n]) * rate
                by_chance = expected * (1 + rate) + expected**2 * (1 / before + 1 / apart)
                beyond += (numbers[n] - expected) ** 2 - by_chance
                squares += expected**2
        return beyond / squares if squares else 0.0


def _above(k: int, mean: float, factor: float) -> float:
    """Return the probability of `k` or more under the negative binomial distribution with this mean and the
    variance mean + factor · mean². The sum starts at the term nearest to the mean."""
    if k <= 0 or mean <= 0:
        return 1.0 if k <= 0 else 0.0
    size = 1 / factor
    share, upper = mean / (size + mean), k > mean
    i = k if upper else k - 1
    start = lgamma(i + size) - lgamma(size) - lgamma(i + 1) + i * log(share) - size * log1p(mean * factor)
    term = total = exp(start)
    # a term below `TINY` may be rounded to itself for ever
    while term > max(total * NOTHING, TINY) and (upper or i):
        term *= (i + size) / (i + 1) * share if upper else i / (i - 1 + size) / share
        i += 1 if upper else -1
        total += term
    return min(total, 1.0) if upper else max(1 - total, 0.0)


def band(mean: float, factor: float) -> tuple[int, int]:
    """Return the ends of the expected band: a number below or above it has at most the probability `BAND`,
    for each side."""
    return _last(mean, factor, 1 - BAND), _last(mean, factor, BAND)


def _last(mean: float, factor: float, chance: float) -> int:
    """Return the smallest number that is exceeded with at most this probability."""
    low, high = -1, 1
    while _above(high + 1, mean, factor) > chance:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _above(middle + 1, mean, factor) > chance else (low, middle)
    return high


def reported(
    signs: Iterable[Sign], cases: Mapping[Kind, Collection[str]], told: Mapping[Kind, date], today: date
) -> tuple[list[list[Sign]], dict[Kind, date], dict[Kind, date]]:
    """Return the groups of signs that get a letter today, the day of the last letter of each kind, and of the
    other signs the day of the letter that covers them.

    `signs` are those of today, the least probable first. `cases`: the complaints of the week by kind. `told`:
    the day of the last letter of each kind. A kind gets no letter for `COOL` after its last one. Nor does a
    kind that has half of its complaints in common with such a kind, because these complaints were reported.
    Nor does a kind whose number would be in its expected band without these complaints. Such a kind is looked
    at again every day, because it can have a second problem.

    Any other sign joins the first group whose first sign shares half of the complaints of the smaller of the
    two kinds. Each group is one letter; its first sign is the least probable."""
    after = {kind: day for kind, day in told.items() if today - day < COOL}
    known = [(kind, set(cases.get(kind, ()))) for kind in after]
    groups, covered = list[list[Sign]](), dict[Kind, date]()
    for sign in (one for one in signs if one.kind not in after):
        own = set(cases.get(sign.kind, ()))
        earlier = next((after[kind] for kind, of in known if _known(sign, own, of)), None)
        if earlier:
            covered[sign.kind] = earlier
        else:
            after[sign.kind] = today
            near = (group for group in groups if together(own, cases.get(group[0].kind, ())))
            if group := next(near, None):
                group.append(sign)
            else:
                groups.append([sign])
    return groups, after, covered


def _known(sign: Sign, own: Set[str], reported_before: Set[str]) -> bool:
    """Return whether complaints that were reported before explain a sign, which has the complaints `own`."""
    shared = len(own & reported_before)
    return shared > 0 and (2 * shared >= len(own) or sign.found - shared <= sign.high)


def together(some: Collection[str], others: Collection[str]) -> bool:
    """Return whether two kinds share half of the complaints of the smaller one."""
    return 2 * len({*some} & {*others}) >= min(len(some), len(others)) > 0


def letter(group: Iterable[Sign]) -> str:
    """Return the name of the letter that reports a group of signs."""
    return GROUP if any(one.facet in GROUPS for one in group) else EARLY


@cache
def measured() -> Mapping[str, Any]:
    """Return the rates that `make worlds` has measured: an entry for each trial."""
    found: Mapping[str, Any] = json.loads(Path(__file__).with_name("measured.json").read_text("utf-8"))
    return found

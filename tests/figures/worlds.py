"""Simulated worlds for early signs: tables of counts by facet and code, without single complaints.

The calendar of every simulated year is that of 2026, with 13 weeks before it. A complaint has a code in each
facet; the facets are drawn apart from each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from statistics import mean
from typing import NamedTuple

import numpy as np

from chalicelib.domain.calendar import published
from chalicelib.domain.policy import policy
from chalicelib.figures.signs import BEGINNING, COOL, Counts, Kind, Sign, Weeks, reported, special_days, weeks
from tests.trials import Trial

BEGUN, ENDED = date(2026, 1, 1) - BEGINNING, date(2027, 1, 1)
DAYS = (ENDED - BEGUN).days
FACETS: Mapping[str, tuple[float, ...]] = {
    "type": (30, 18, 14, 10, 8, 6, 5, 4, 3, 2),
    "sub_type": (12, 10, 8, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 1.5, 1.5, 1.5, 1, 1, 1, 0.5, 0.5, 0.5),
    "class": (25, 20, 15, 10, 8, 7, 5, 4, 3, 2, 1),
    "company": (50, 20, 10, 5, 5, 4, 3, 2, 1),
    "region": (*(6,) * 6, *(4,) * 10, *(2,) * 10, *(1,) * 4),
    "right": (40, 30, 20, 10),
    "team": (50, 30, 20),
    "cause": (18, 15, 12, 10, 9, 8, 7, 5, 4, 3, 3, 2, 2, 1, 1),
}
"""The weights of the codes of each facet. The first company is all those that the policy does not list."""
WEEKDAYS = (1.15, 1.1, 1.05, 1.0, 1.0, 0.85, 0.85)
PROBLEMS: Mapping[str, tuple[Kind, float]] = {
    "product ×2": (("class", "3"), 2.0),
    "province ×2.5": (("region", "7"), 2.5),
    "cause ×2.5": (("cause", "5"), 2.5),
    "rare sub-type ×3": (("sub_type", "17"), 3.0),
    "company ×1.6": (("company", "2"), 1.6),
}
"""Problems that begin on a day: the kind of which more complaints come, and how many times as many."""
REQUIRED = [*PROBLEMS][:4]
"""The problems that must be found in four of five runs."""
WITHIN = 10
"""The number of days within which a problem must be found."""


class World(NamedTuple):
    """A world in which nothing is wrong. `volume`: complaints a day. `shock`: the standard deviation of the
    logarithm of a kind's weekly rate, with an autocorrelation of 0.5.

    `season`: the amplitude of a yearly wave of each share. `drift`: the standard deviation of a share's
    random walk in a week. `growth`: how much higher all rates are after a year. `sales`: holidays and sales
    change the volume and, by up to so much, the shares. `late`: the share of the complaints of each second
    kind that is recorded six days late."""

    name: str
    volume: float = 100
    shock: float = 0.0
    season: float = 0.0
    drift: float = 0.0
    growth: float = 0.0
    sales: float = 0.0
    late: float = 0.0


ALL = World("all", season=0.2, drift=0.02, growth=0.3, sales=0.3)
WORLDS = (
    World("Poisson"),
    World("growth and season", season=0.2, growth=0.3),
    World("mix drift", drift=0.05),
    World("sales and holidays", sales=0.3),
    World("shock 0.10", shock=0.10),
    World("shock 0.15", shock=0.15),
    World("shock 0.20", shock=0.20),
    World("late entry", late=0.3, shock=0.10),
    ALL._replace(name="all, 33 a day", volume=33, shock=0.15),
    ALL._replace(name="all, 100 a day", shock=0.15),
    ALL._replace(name="all, 330 a day", volume=330, shock=0.15),
    ALL._replace(name="all, 100 a day, shock 0.20", shock=0.20),
    ALL._replace(name="all, 330 a day, shock 0.20", volume=330, shock=0.20),
)
"""The worlds in which the false letters of a supervisor are counted."""


@cache
def special() -> Mapping[date, str]:
    """Return the holidays and sales of the simulated years."""
    return special_days(published(), policy("default-1").sales, ENDED)


def drawn(world: World, rng: np.random.Generator, times: Mapping[Kind, tuple[int, float]] = {}) -> Weeks:
    """Draw a year, and return its weekly counts. `times` are problems: from which day on of the simulated
    time a kind is how many times as frequent. With problems only their facets have counts."""
    day = np.arange(DAYS)
    sale = np.array([(BEGUN + timedelta(days=n)) in special() for n in range(DAYS)])
    total = world.volume * (1 + world.growth) ** (day / 365)
    total *= np.array(WEEKDAYS)[(day + BEGUN.weekday()) % 7]
    total *= np.where(sale, 1 + 2 * world.sales, 1)
    found: dict[str, dict[str, dict[int, int]]] = {}
    for facet, weights in FACETS.items():
        if times and facet not in {name for name, _ in times}:
            found[facet] = {str(n): {} for n in range(len(weights))}
            continue
        share = np.array(weights) / sum(weights)
        rate = np.log(share)[:, None] + _moved(world, rng, len(share), sale)
        rate = total * np.exp(rate) / np.exp(rate).sum(axis=0)
        for n, code in enumerate(map(str, range(len(share)))):
            if (facet, code) in times:
                since, more = times[facet, code]
                rate[n, since:] *= more
        late = np.where(np.arange(len(share)) % 2, 0.0, world.late)[:, None]
        soon, later = rng.poisson(rate * (1 - late)), rng.poisson(rate * late)
        counted = _weekly(soon, 0) + _weekly(later, 6)
        ends = range(BEGUN.toordinal() + 1, ENDED.toordinal() + 1)
        hidden = {"0": ""} if facet == "company" else {}
        found[facet] = {
            hidden.get(str(n), str(n)): dict(zip(ends, line, strict=True))
            for n, line in enumerate(counted.tolist())
        }
    return found


def _moved(world: World, rng: np.random.Generator, codes: int, sale: np.ndarray) -> np.ndarray:
    """Return how far the logarithm of each code's rate lies from its usual value on each day."""
    day, count = np.arange(DAYS), DAYS // 7 + 1
    moved = world.season * np.sin(2 * np.pi * (day / 365 + rng.random((codes, 1))))
    noise = rng.normal(size=(codes, count)) * world.shock
    for n in range(1, count):
        noise[:, n] = 0.5 * noise[:, n - 1] + 0.75**0.5 * noise[:, n]
    walk = np.cumsum(rng.normal(size=(codes, count)) * world.drift, axis=1)
    moved = moved + np.repeat(noise + walk, 7, axis=1)[:, :DAYS]
    return moved + np.log1p(world.sales * rng.uniform(-1, 1, (codes, 1))) * sale


def _weekly(days: np.ndarray, late: int) -> np.ndarray:
    """Return for each day the number of the seven days up to it. Those that are recorded `late` days later
    count only if they were recorded by then."""
    sums = np.cumsum(np.pad(days, ((0, 0), (7, 0))), axis=1)
    back = np.roll(sums, late, axis=1)
    return back[:, 7:] - sums[:, :-7] if late else sums[:, 7:] - sums[:, :-7]


def letters(counts: Counts, first: date, last: date) -> Iterator[Sign]:
    """Yield the signs that a letter reports from the first to the last day, with the cool-down of each kind.
    The facets have no common complaints here, so each sign has a letter of its own."""
    told: dict[Kind, date] = {}
    for n in range((last - first).days):
        today = first + timedelta(days=n)
        for sign in counts.signs(today):
            kind = sign.facet, sign.code
            if today - told.get(kind, date.min) >= COOL:
                told[kind] = today
                yield sign


@cache
def false_letters(world: World, years: int, seed: int = 37) -> list[int]:
    """Return the number of letters in each simulated year, in which nothing is wrong."""
    rng = np.random.default_rng([seed, WORLDS.index(world)])
    begun = date(2026, 1, 1)
    return [sum(1 for _ in letters(Counts(drawn(world, rng), special()), begun, ENDED)) for _ in range(years)]


def found_in_time(problem: str, world: World, runs: int, seed: int = 37) -> float:
    """Return in which share of the runs a letter reports a problem within `WITHIN` days. The problem begins
    on a random day of an ordinary week."""
    rng = np.random.default_rng([seed, [*PROBLEMS].index(problem), int(100 * world.shock), int(world.volume)])
    kind, more = PROBLEMS[problem]
    ordinary = [
        n
        for n in range(BEGINNING.days, DAYS - WITHIN)
        if not any((BEGUN + timedelta(days=n + i)) in special() for i in range(-7, WITHIN))
    ]
    hits = 0
    for _ in range(runs):
        since = int(rng.choice(ordinary))
        day = BEGUN + timedelta(days=since)
        counts = Counts(drawn(world, rng, {kind: (since, more)}), special())
        told = letters(counts, day - COOL, day + timedelta(days=WITHIN + 1))
        hits += any((one.facet, one.code) == kind and one.day > day for one in told)
    return hits / runs


def found(problems: Iterable[str], runs: int, volume: float, shock: float) -> dict[str, float]:
    """Return in which share of the runs each problem is found, in a world with everything."""
    world = ALL._replace(volume=volume, shock=shock)
    return {one: found_in_time(one, world, runs) for one in problems}


def found_company(runs: int) -> dict[str, float]:
    """Return in which share of the runs a company with many more complaints is found, in several worlds."""
    calm = World("", volume=330)
    worlds = {
        "Poisson": calm,
        "30 % entered six days late": calm._replace(late=0.3),
        "all, shock 0.10": ALL._replace(volume=330, shock=0.10),
        "all, shock 0.20": ALL._replace(volume=330, shock=0.20),
    }
    return {name: found_in_time("company ×1.6", world, runs) for name, world in worlds.items()}


EVENT: Mapping[str, int] = {"type": 3, "sub_type": 7, "class": 3, "region": 7, "cause": 5}
"""An event: all of its complaints have these codes."""
QUIET, MORE = 200, 15
"""The day on which an event begins, and how many complaints it brings a day."""
CLUSTERS: Mapping[str, tuple[float, float]] = {
    "no shock": (100, 0.0),
    "shock 0.10": (100, 0.10),
    "shock 0.20": (100, 0.20),
    "33 a day, shock 0.15": (33, 0.15),
}
"""Worlds of single complaints: how many there are a day, and the shock of each combination."""
SECOND: Kind = ("company", "5")
"""A second problem, which brings `MORE` complaints a day too. Some of them have the codes of the event."""
AFTER = 7
"""The number of days from the beginning of the event to that of the second problem."""
SHARED = (0.0, 0.3, 0.5, 0.7)
"""Which part of the complaints of the second problem have the codes of the event."""


@cache
def clusters(volume: float, shock: float, runs: int) -> tuple[float, float, float]:
    """Return for a world of single complaints: in which share of the runs an event gets a letter within
    `WITHIN` days, how many letters it gets if it gets one, and how many false letters come in the 91 days
    before, for a year. Type and sub-type, and goods and company, depend on each other."""
    rng, told, false = np.random.default_rng(61), list[int](), 0
    for _ in range(runs):
        cases = _cases(rng, volume, shock)
        counts = Counts(weeks(_rows(cases)), {})
        kept: dict[Kind, date] = {}
        after = 0
        for n in range(QUIET - 91, QUIET + WITHIN + 1):
            found = counts.signs(BEGUN + timedelta(days=n))
            of = {one.kind: _refs(cases, one.kind, n) for one in found} | {
                kind: _refs(cases, kind, n) for kind in kept
            }
            groups, kept, _ = reported(found, of, kept, BEGUN + timedelta(days=n))
            of_event = [any((one.facet, one.code) in EVENT_KINDS for one in group) for group in groups]
            after += len(groups) if n > QUIET and any(of_event) else 0
            false += len(groups) if n <= QUIET else 0
        told.append(after)
    hits = [n for n in told if n]
    return len(hits) / runs, mean(hits) if hits else 0.0, false / runs * 365 / 91


EVENT_KINDS = {(facet, str(code)) for facet, code in EVENT.items()}


def found_second(volume: float, shock: float, shared: float, runs: int) -> float:
    """Return in which share of the runs a letter reports a second problem within `WITHIN` days, although an
    event was reported in the week before. `shared`: see `SHARED`."""
    rng, hits = np.random.default_rng(67), 0
    for _ in range(runs):
        cases = _cases(rng, volume, shock, AFTER, shared)
        counts, kept, hit = Counts(weeks(_rows(cases)), {}), dict[Kind, date](), False
        for n in range(QUIET + 1, QUIET + AFTER + WITHIN + 1):
            today = BEGUN + timedelta(days=n)
            found = counts.signs(today)
            of = {kind: _refs(cases, kind, n) for kind in {*kept, *(one.kind for one in found)}}
            groups, kept, _ = reported(found, of, kept, today)
            hit |= n > QUIET + AFTER and any(one.kind == SECOND for group in groups for one in group)
        hits += hit
    return hits / runs


def second(runs: int) -> dict[str, float]:
    """Return in which share of the runs a second problem is found, by world and shared part."""
    worlds = {name: CLUSTERS[name] for name in ("no shock", "shock 0.10")}
    return {
        f"{name}, {round(100 * shared)} % shared": found_second(*world, shared, runs)
        for name, world in worlds.items()
        for shared in SHARED
    }


def _cases(
    rng: np.random.Generator, volume: float, shock: float, after: int = 0, shared: float | None = None
) -> dict[str, np.ndarray]:
    """Draw single complaints: the day and the code in each facet of all of them. Those of the event come
    last. With `shared`, a second problem begins so many days `after` the event."""
    days = QUIET + after + WITHIN + 1
    n = rng.poisson(volume * days)
    found = {"day": rng.integers(0, days, n)}
    for facet, weights in FACETS.items():
        share = (
            np.log(np.array(weights) / sum(weights))[:, None]
            + rng.normal(size=(len(weights), days // 7 + 1)) * shock
        )
        lot = share[:, found["day"] // 7] + rng.gumbel(size=(len(weights), n))
        found[facet] = lot.argmax(axis=0)
    sub_types, classes = len(FACETS["sub_type"]), len(FACETS["class"])
    found["sub_type"] = np.where(rng.random(n) < 0.8, found["type"] * 2 % sub_types, found["sub_type"])
    found["company"] = np.where(
        rng.random(n) < 0.5, found["class"] * len(FACETS["company"]) // classes, found["company"]
    )
    added = [found, _event(rng, QUIET, days, EVENT)]
    if shared is not None:
        facet, code = SECOND
        more = _event(rng, QUIET + after, days, {facet: int(code)})
        both = rng.random(len(more["day"])) < shared
        added.append(more | {name: np.where(both, of_event, more[name]) for name, of_event in EVENT.items()})
    return {name: np.concatenate([each[name] for each in added]) for name in found}


def _event(
    rng: np.random.Generator, since: int, until: int, codes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Draw the complaints of an event, which all have these codes, from the day `since` on."""
    each_day = rng.poisson(MORE, until - since)
    total = int(each_day.sum())
    more = {
        facet: rng.choice(len(weights), total, p=np.array(weights) / sum(weights))
        for facet, weights in FACETS.items()
    }
    more |= {facet: np.full(total, code) for facet, code in codes.items()}
    return more | {"day": np.repeat(np.arange(since, until), each_day)}


def _rows(cases: Mapping[str, np.ndarray]) -> Iterator[dict[str, object]]:
    for facet in FACETS:
        (pairs, often) = np.unique(np.stack([cases["day"], cases[facet]]), axis=1, return_counts=True)
        for (day, code), n in zip(pairs.T.tolist(), often.tolist(), strict=True):
            yield {"day": BEGUN + timedelta(days=day), "late": 0, "facet": facet, "code": str(code), "n": n}


def _refs(cases: Mapping[str, np.ndarray], kind: Kind, day: int) -> list[str]:
    """Return the complaints of a kind in the seven days before a day."""
    facet, code = kind
    there = (cases["day"] < day) & (cases["day"] >= day - 7) & (cases[facet] == int(code))
    return np.flatnonzero(there).astype(str).tolist()


def of_clusters(place: int) -> Callable[[int], dict[str, float]]:
    """Return the function of a trial that measures one of the numbers of `clusters` in each world."""
    return lambda runs: {name: clusters(*world, runs)[place] for name, world in CLUSTERS.items()}


FRESH = (2029, 2030)
"""Seeds of the worlds that no choice of a method has seen."""


def fresh(runs: int) -> dict[str, float]:
    """Return the number of false letters a year in worlds with fresh seeds and other strengths."""
    worlds = {
        "season 0.3, drift 0.03, shock 0.12": World("", 150, 0.12, season=0.3, drift=0.03),
        "growth 60 %, sales 0.2, shock 0.18": World("", 60, 0.18, growth=0.6, sales=0.2),
    }
    found = dict[str, float]()
    for seed, (name, world) in zip(FRESH, worlds.items(), strict=True):
        rng = np.random.default_rng(seed)
        years = (Counts(drawn(world, rng), special()) for _ in range(runs))
        found[name] = mean(sum(1 for _ in letters(one, date(2026, 1, 1), ENDED)) for one in years)
    return found


SIGNS = (
    Trial(
        "false_letters",
        "early signs: false letters a supervisor and year",
        lambda years: {one.name: mean(false_letters(one, years)) for one in WORLDS},
        100,
        at_most=4,
        share=False,
    ),
    Trial(
        "worst_year",
        "early signs: false letters in the worst year",
        lambda years: {one.name: max(false_letters(one, years)) for one in WORLDS},
        100,
        share=False,
    ),
    Trial(
        "found",
        "early signs: found within ten days, 330 complaints a day, shock 0.10",
        lambda runs: found(REQUIRED, runs, 330, 0.10),
        200,
        at_least=0.8,
    ),
    Trial(
        "found_in_small",
        "early signs: the same, 100 complaints a day",
        lambda runs: found(PROBLEMS, runs, 100, 0.10),
        100,
    ),
    Trial(
        "found_in_noise",
        "early signs: the same, 330 complaints a day, shock 0.20",
        lambda runs: found(PROBLEMS, runs, 330, 0.20),
        100,
    ),
    Trial(
        "found_company",
        "early signs: company ×1.6 found within ten days, 330 complaints a day",
        found_company,
        100,
    ),
    Trial(
        "fresh",
        "early signs: false letters a year, seeds and strengths that were not used before",
        fresh,
        20,
        share=False,
    ),
    Trial(
        "cluster_found",
        "early signs: an event of 15 complaints a day in five kinds gets a letter",
        of_clusters(0),
        30,
    ),
    Trial("cluster_letters", "early signs: letters about one event", of_clusters(1), 30, share=False),
    Trial(
        "cluster_false", "early signs: false letters a year, dependent kinds", of_clusters(2), 30, share=False
    ),
    Trial(
        "cluster_second",
        f"early signs: a second problem {AFTER} days after an event, found within ten days",
        second,
        30,
    ),
)
"""The trials of early signs."""

"""Random companies whose public figures are attacked: how often a number from one to nine follows.

The reader of the attack has all counts and shares of both editions of three months. The reader also knows
which codes never occur, and how the numbers belong together. All parts of a month have one total. Each
complaint has a right. An edition has the complaints of the former one. What was received is closed or open.
What has a step within three days has it within four weeks. `LEFT_OUT` names the numbers that are not
attacked.

A public edition has only its month. There are no public numbers of teams, quarters or years, and no running
sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, product
from random import Random
from typing import Any, NamedTuple

from chalicelib.domain.model.codes import TYPES, Cause, Channel, GoodsClass, Outcome, Right
from chalicelib.figures.editions import FINAL, PROVISIONAL, edition, finished
from chalicelib.figures.protection import LEAST, STEP, counted
from chalicelib.figures.report import AGES, ENDS, HOUSE, READ
from tests.figures.disclosure import Key, Known, at_most, equal, exact, rounded
from tests.trials import Trial

MONTHS = [date(2026, n, 1) for n in (1, 2, 3)]
PARTS: Mapping[str, Sequence[str]] = {"type": [*TYPES], "channel": [*Channel], "class": [*GoodsClass]}
CODES: Mapping[str, Sequence[str]] = {
    **PARTS,
    "right": [*Right],
    "cause": [*Cause],
    "closed": [*Outcome][:3],
    "open": AGES,
}
TABLES = {
    **{part: f"received_by_{part}" for part in (*PARTS, "right")},
    "cause": "main_causes",
    "closed": "closed_by_outcome",
    "open": "open_by_age",
    "promise": "promises_by_end",
}
"""The table of an edition with the numbers of each kind."""
GROWING = (*PARTS, "right", "cause")
"""The kinds of numbers to which a final edition adds what was entered or found later."""
STEPS: Mapping[str, Sequence[str]] = {
    "acknowledged": ("within_24h",),
    "answered": ("within_3_days", "within_4_weeks", "within_8_weeks"),
}
"""The steps with the times by which a share of the complaints has them. A provisional edition has the first
share of each step, and cannot tell the others yet."""
LATER = "later"
"""The code of complaints that do not have a step within the longest time."""
ATTACKED = {"received", "received_by_entry", *TABLES.values()} | {
    f"{step}_{by}" for step, times in STEPS.items() for by in times
}
"""The published tables and shares that the attack has."""
LEFT_OUT = {
    "times": "a time of ten complaints or more, in whole hours or days; no number of people",
    "clock": "a share of the acts of our own clock; no number of people",
    "satisfaction": "the survey of the same month in the internal reports, which survey_worlds attacks",
    "overturned": "a share of matters whose number is not published; hidden if of fewer than ten complaints",
}
"""The published tables and shares that the attack does not have, with the reason."""
Counts = Mapping[Key, int]
"""The number of complaints with each key: month, kind of number, code, and whether they were entered late.
The code of a promise is its end in the provisional edition and in the final one."""
OFF = range(-2 * STEP, 2 * STEP + 1, STEP)
"""How far a total may be shown from the nearest multiple."""


class Shown(NamedTuple):
    """A number that was published: the keys of the complaints that it counts, and the rounded numbers that
    `fit` what is shown. `total`: whether it is the total of a month, which may be rounded otherwise."""

    keys: list[Key]
    fit: Sequence[int | None]
    total: bool = False


class World(NamedTuple):
    """A kind of company. `sizes`: how many complaints a month may have. `codes`: how many codes each part
    has. `late`: the share that is entered late. `corner`: whether numbers lie where rounding tells most."""

    sizes: tuple[int, ...]
    codes: int
    late: float = 0.1
    corner: bool = False


WORLDS: Mapping[str, World] = {
    "20 to 40 a month": World((20, 28, 40), 4),
    "60 to 140 a month": World((60, 90, 140), 7),
    "300 a month": World((250, 300, 350), 12, late=0.03),
    "two codes": World((18, 24, 30), 2, late=0.3),
    "corners": World((), 4, corner=True),
}


def complaints(world: World, dice: Random) -> Counts:
    """Return random numbers of complaints. Those that were entered late are open at the end of the month."""
    found = Counter[Key]()
    before = more = 0
    for month in MONTHS:
        soon, late = _corner(dice) if world.corner else _usual(world, dice)
        crafted = dice.choice(("type", "right")) if world.corner else "type"
        for is_late, given in ((False, soon), (True, late)):
            for part in PARTS:
                often = given if part == crafted else _spread(sum(given), world.codes or 4, dice)
                found.update(_keyed(month, part, often, is_late))
            often = given if crafted == "right" else _rights(sum(given), dice)
            found.update(_keyed(month, "right", often, is_late))
            found.update(_keyed(month, "cause", _spread(sum(given) // 2, world.codes, dice), is_late))
            for step, times in STEPS.items():
                often = _spread(sum(given), len(times) + 1, dice)
                found.update(_keyed(month, step, often, is_late, (*times, LATER)))
        closed = dice.randint(0, before + sum(soon))
        before, more = before + sum(soon) - closed, more + sum(late)
        found.update(_keyed(month, "closed", _spread(closed, 3, dice)))
        found.update(_keyed(month, "open", _spread(before, len(AGES), dice)))
        found.update(_keyed(month, "open", _spread(more, len(AGES), dice), late=True))
        for was, often in zip(ENDS, _spread(sum(soon) // 2, len(ENDS), dice), strict=True):
            ends = ENDS if was == "open" else (was,)
            codes = [f"{was} {end}" for end in ends]
            found.update(_keyed(month, "promise", _spread(often, len(ends), dice), codes=codes))
    there = {key[1:3] for key in found}
    return {
        (month, *one, late): found[month, *one, late]
        for month, one, late in product(MONTHS, sorted(there), (False, True))
    }


def _keyed(
    month: date, kind: str, often: Sequence[int], late: bool = False, codes: Sequence[str] = ()
) -> Iterator[Key]:
    """Yield the key of each complaint, if the codes of this kind occur so often."""
    for code, n in zip(codes or CODES[kind], often, strict=False):
        yield from [(month, kind, code, late)] * n


def _rights(size: int, dice: Random) -> list[int]:
    """Return how many of so many complaints claim each right. Some claim two."""
    each = ({*dice.choices(range(4), (8, 4, 2, 1), k=dice.choice((1, 1, 2)))} for _ in range(size))
    found = Counter(chain(*each))
    return [found[n] for n in range(4)]


def _usual(world: World, dice: Random) -> tuple[list[int], list[int]]:
    """Return the numbers of each type in a month, entered in time and entered late."""
    size = dice.choice(world.sizes)
    late = sum(dice.random() < world.late for _ in range(size))
    return _spread(size, world.codes, dice), _spread(late, world.codes, dice)


def _spread(size: int, codes: int, dice: Random) -> list[int]:
    """Return random numbers with this sum. The first codes are common, the others are rare."""
    found = Counter(dice.choices(range(codes), [1 / (n + 1) for n in range(codes)], k=size))
    return [found[n] for n in range(codes)]


def _corner(dice: Random) -> tuple[list[int], list[int]]:
    """Return numbers of each type that rounding alone would tell. Either each number is rounded down as far
    as possible and the total up, or four numbers grow by one late complaint each to the next multiple."""
    if dice.random() < 0.5:
        shown, nines = dice.choice(((0, 2), (2, 1), (3, 3), (1, 4)))
        return [*(dice.choice((12, 17, 22)) for _ in range(shown)), *[9] * nines], []
    return [dice.choice((12, 17, 22)) for _ in range(4)], [1] * 4


def number(counts: Counts, keys: Iterable[Key]) -> int:
    """Return the number of complaints with these keys."""
    return sum(counts[key] for key in keys)


def whole(month: date, counts: Counts, lates: Iterable[bool], kind: str = "type") -> list[Key]:
    """Return the keys of all complaints of a month, by the codes of a kind."""
    return [key for key in counts for late in lates if (key[0], key[1], key[3]) == (month, kind, late)]


def published(counts: Counts) -> Iterator[Shown]:
    """Yield each published number of both editions of each month."""
    for month in MONTHS:
        former = None
        for lates in ((False,), (False, True)):
            cells = _cells(counts, month, lates)
            told = _edition(counts, month, lates, cells, former)
            former = former or told
            yield Shown(whole(month, counts, lates), [told["received"]], total=True)
            for (kind, code), keys in cells.items():
                yield Shown(keys, [told["tables"][TABLES[kind]].get(code)])
            if True in lates:
                later = told["tables"]["received_by_entry"].get("later")
                yield Shown(whole(month, counts, (True,)), [later])
            for step, by in ((step, by) for step, times in STEPS.items() for by in times):
                share = told[f"{step}_{by}"]
                if told["received"] and not (share and share["percent"] is None):
                    fitting = (n for n in range(LEAST, 2 * told["received"], STEP))
                    same = [n for n in fitting if share == _percent(n, told["received"])]
                    yield Shown(in_time(month, counts, lates, step, by), same if share else [None])


def _percent(part: int, total: int) -> Mapping[str, int]:
    """Return a share as an edition shows it."""
    return {"percent": min(100, round(100 * part / total)), "rounded_to": 1}


def _cells(counts: Counts, month: date, lates: tuple[bool, ...]) -> dict[tuple[str, str], list[Key]]:
    """Return the keys of each cell of an edition's tables, by kind and code. A final edition, with late
    complaints, has the ends of promises as they are then."""
    cells: dict[tuple[str, str], list[Key]] = {}
    for kind, code in dict.fromkeys(key[1:3] for key in counts if key[1] in TABLES):
        name = code.split()[len(lates) - 1] if kind == "promise" else code
        cells.setdefault((kind, name), []).extend((month, kind, code, late) for late in lates)
    return cells


def in_time(month: date, counts: Counts, lates: Iterable[bool], step: str, by: str) -> list[Key]:
    """Return the keys of the complaints of a month that have a step by then."""
    times = STEPS[step][: STEPS[step].index(by) + 1]
    return [key for key in whole(month, counts, lates, step) if key[2] in times]


def _edition(
    counts: Counts,
    month: date,
    lates: tuple[bool, ...],
    cells: Mapping[tuple[str, str], list[Key]],
    former: Any,
) -> Mapping[str, Any]:
    """Return the edition of a month, with complaints that were entered late if `lates` says so."""
    row = {"month": month, "team": HOUSE, "facet": "all", "code": "all", "debtor": "business"}
    n, late = (number(counts, whole(month, counts, some)) for some in (lates, (True,)))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*READ, "clock")}
    rows["received"] = [{**row, "n": n}]
    rows["entered"] = [{**row, "entered": "later", "n": late}] if True in lates else []
    statements = {"closed": "closed", "open": "stock", "cause": "causes", "promise": "promises"}
    for (kind, code), keys in cells.items():
        some = number(counts, keys)
        found = {**row, "n": some, "main": some, "complaints": some}
        if kind in statements:
            named = dict.fromkeys(("outcome", "age", "cause", "ended"), code)
            rows[statements[kind]].append({**found, **named})
        else:
            rows["received"].append({**found, "facet": kind, "code": code})
    for step, times in STEPS.items():
        known = {by: number(counts, in_time(month, counts, lates, step, by)) / n for by in times}
        untold = {} if True in lates else dict.fromkeys(times[1:])
        hours = {"median_hours": None, "p90_hours": None}
        rows["times"].append({**row, "step": step, "n": n, **hours, **known, **untold})
    if True not in lates:
        return edition(rows, month, PROVISIONAL, "2026-06-01")
    return finished(edition(rows, month, FINAL, "2026-06-01", former), former)


def relations(counts: Counts) -> Iterator[Known]:
    """Yield how the numbers belong together."""
    for month, late in product(MONTHS, (False, True)):
        types = whole(month, counts, (late,))
        for kind in ("channel", "class", *STEPS):
            yield equal(types, whole(month, counts, (late,), kind))
        rights = whole(month, counts, (late,), "right")
        yield at_most(types, rights)
        yield from (at_most([one], types) for one in rights)
    open_before = list[Key]()
    for month in MONTHS:
        still = whole(month, counts, (False,), "open")
        came = [*whole(month, counts, (False,)), *open_before]
        yield equal(came, [*still, *whole(month, counts, (False,), "closed")])
        open_before = still


def fits(one: Shown, wary: bool) -> Known:
    """Return what a published number tells. `wary`: to a reader who knows that totals may be rounded
    otherwise."""
    off = [(n or LEAST) + off for n in one.fit for off in OFF] if wary and one.total else []
    some = [*one.fit, *(n for n in off if n >= LEAST)]
    each = [rounded(one.keys, shown) for shown in some]
    return each[0]._replace(low=min(one.low for one in each), high=max(one.high for one in each))


def told(counts: Counts, shown: Iterable[Shown]) -> set[Key]:
    """Return the names of the groups whose number from one to nine follows from what is shown: of each cell,
    of those of a cell that were entered late, and of those that had a step between two times."""
    given = [one for one in shown if one.keys]
    late = [[key for key in one.keys if key[3]] for one in given if one.keys[0][1] in GROWING]
    between = [
        [(month, step, by, late) for late in lates]
        for month, (step, times), lates in product(MONTHS, STEPS.items(), ((False,), (False, True)))
        for by in (*times, LATER)
        if (month, step, by, True) in counts
    ]
    targets = {
        tuple(keys): keys
        for keys in (*(one.keys for one in given), *late, *between)
        if 0 < number(counts, keys) < LEAST
    }
    facts = [*relations(counts)]
    readers = ([*facts, *(fits(one, wary) for one in given)] for wary in (False, True))
    return set[Key]().union(*(exact(known, targets) for known in readers))


def telling(world: World, runs: int, alone: bool = False) -> float:
    """Return in which share of random companies a number from one to nine follows. `alone`: as if totals were
    only rounded to the nearest multiple."""
    hits = 0
    for seed in range(runs):
        counts = complaints(world, Random(seed))
        shown = (
            one._replace(fit=[counted(number(counts, one.keys))]) if alone and one.total else one
            for one in published(counts)
        )
        hits += bool(told(counts, shown))
    return hits / runs


DISCLOSURE = (
    Trial(
        "disclosure",
        "public figures: a number from one to nine follows from both editions of three months",
        lambda runs: {name: telling(world, runs) for name, world in WORLDS.items()},
        200,
        at_most=0,
    ),
    Trial(
        "disclosure_alone",
        "public figures: the same, if each total were only rounded to the nearest multiple",
        lambda runs: {name: telling(world, runs, alone=True) for name, world in WORLDS.items()},
        200,
    ),
)
"""The trials of the protection."""

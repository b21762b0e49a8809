"""Random companies whose public figures are attacked: how often a number from one to nine follows.

The reader of the attack has both editions of three months. The reader also knows which codes never occur, and
how the numbers belong together: all parts of a month have one total, an edition has the complaints of the
former one, and what was received is closed or open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise, product
from random import Random
from typing import Any, NamedTuple

from chalicelib.domain.model.codes import TYPES, Channel, GoodsClass, Outcome
from chalicelib.figures.editions import FINAL, PROVISIONAL, edition, finished
from chalicelib.figures.protection import LEAST, STEP, counted, percent
from chalicelib.figures.report import AGES, HOUSE, READ
from tests.figures.disclosure import Key, Known, exact, rounded
from tests.trials import Trial

MONTHS = [date(2026, n, 1) for n in (1, 2, 3)]
PARTS: Mapping[str, Sequence[str]] = {"type": [*TYPES], "channel": [*Channel], "class": [*GoodsClass]}
FLOWS: Mapping[str, Sequence[str]] = {"closed": [*Outcome][:3], "open": AGES}
WITHIN = ("within_3_days", "within_4_weeks", "within_8_weeks")
TABLES = {
    **{part: f"received_by_{part}" for part in PARTS},
    "closed": "closed_by_outcome",
    "open": "open_by_age",
}
"""The table of an edition with the numbers of each kind."""
TRIED = 24
"""The maximum number of groups that are attacked in a company. All of them would take long."""
Counts = Mapping[Key, int]
"""The number of complaints with each key: month, kind of number, code, and whether they were entered late."""
Shown = tuple[list[Key], int | None]
"""A number that was published: the keys of the complaints that it counts, and what is shown."""


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
        for part in PARTS:
            for is_late, given in ((False, soon), (True, late)):
                often = given if part == "type" else _spread(sum(given), world.codes or 4, dice)
                found.update(_keyed(month, part, often, is_late))
        closed = dice.randint(0, before + sum(soon))
        before, more = before + sum(soon) - closed, more + sum(late)
        found.update(_keyed(month, "closed", _spread(closed, 3, dice)))
        found.update(_keyed(month, "open", _spread(before, len(AGES), dice)))
        found.update(_keyed(month, "open", _spread(more, len(AGES), dice), late=True))
        steps = sorted(dice.randint(0, sum(soon) + sum(late)) for _ in WITHIN)
        found.update({(month, "within", code, True): n for code, n in zip(WITHIN, steps, strict=True)})
    there = {key[1:3] for key in found}
    return {
        (month, *one, late): found[month, *one, late]
        for month, one, late in product(MONTHS, sorted(there), (False, True))
    }


def _keyed(month: date, kind: str, often: Sequence[int], late: bool = False) -> Iterator[Key]:
    """Yield the key of each complaint, if the codes of this kind occur so often."""
    codes = {**PARTS, **FLOWS}[kind]
    for code, n in zip(codes, often, strict=False):
        yield from [(month, kind, code, late)] * n


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
            cells = {
                (kind, code): [(month, kind, code, late) for late in lates]
                for kind, code in dict.fromkeys(key[1:3] for key in counts if key[1] in TABLES)
            }
            told = _edition(counts, month, lates, cells, former)
            former = former or told
            yield whole(month, counts, lates), told["received"]
            yield from (
                (keys, told["tables"][TABLES[kind]].get(code)) for (kind, code), keys in cells.items()
            )
            if True in lates:
                yield whole(month, counts, (True,)), told["tables"]["received_by_entry"].get("later")
                for code in WITHIN:
                    share = told[f"answered_{code}"]
                    if share and told["received"]:
                        fitting = [
                            n
                            for n in range(0, told["received"] + 1, STEP)
                            if percent(n, told["received"]) == share["percent"]
                        ]
                        if len(fitting) == 1:
                            yield [(month, "within", code, True)], fitting[0]


def _edition(
    counts: Counts,
    month: date,
    lates: tuple[bool, ...],
    cells: Mapping[tuple[str, str], list[Key]],
    former: Any,
) -> Mapping[str, Any]:
    """Return the edition of a month, with complaints that were entered late if `lates` says so."""
    row = {"month": month, "team": HOUSE, "facet": "all", "code": "all"}
    n, late = (number(counts, whole(month, counts, some)) for some in (lates, (True,)))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*READ, "clock")}
    rows["received"] = [{**row, "n": n}]
    rows["entered"] = [{**row, "entered": "later", "n": late}] if True in lates else []
    for (kind, code), keys in cells.items():
        found = {**row, "n": number(counts, keys), "outcome": code, "age": code}
        if kind in FLOWS:
            rows[{"closed": "closed", "open": "stock"}[kind]].append(found)
        else:
            rows["received"].append({**found, "facet": kind, "code": code})
    shares = {code: counts[month, "within", code, True] / n for code in WITHIN} | {"within_24h": None}
    known = {"median_hours": None, "p90_hours": None, **shares}
    if True not in lates:
        return edition(rows, month, PROVISIONAL, "2026-06-01")
    rows["times"] = [{**row, "step": step, "n": n, **known} for step in ("acknowledged", "answered")]
    return finished(edition(rows, month, FINAL, "2026-06-01", former), former)


def relations(counts: Counts) -> Iterator[Known]:
    """Yield how the numbers belong together."""
    for month, late in product(MONTHS, (False, True)):
        types = whole(month, counts, (late,))
        for kind in ("channel", "class"):
            yield equal(types, whole(month, counts, (late,), kind))
    open_before = list[Key]()
    for month in MONTHS:
        still = whole(month, counts, (False,), "open")
        came = [*whole(month, counts, (False,)), *open_before]
        yield equal(came, [*still, *whole(month, counts, (False,), "closed")])
        open_before = still
        steps = [[(month, "within", code, True)] for code in WITHIN]
        for less, more in pairwise([*steps, whole(month, counts, (False, True))]):
            yield Known({**dict.fromkeys(less, 1.0), **dict.fromkeys(more, -1.0)}, float("-inf"), 0)


def equal(some: Iterable[Key], others: Iterable[Key]) -> Known:
    """Return that two groups have the same number of complaints."""
    weights = Counter[Key]()
    weights.update(some)
    weights.subtract(others)
    return Known(dict(weights), 0, 0)


def told(counts: Counts, shown: Iterable[Shown]) -> set[Key]:
    """Return the names of the groups whose number from one to nine follows from what is shown."""
    given = [*shown]
    late = [[key for key in keys if key[3]] for keys, _ in given if keys[0][1] in PARTS]
    targets = {
        tuple(keys): keys
        for keys in (*(keys for keys, _ in given), *late)
        if 0 < number(counts, keys) < LEAST
    }
    some = Random(1).sample([*targets], min(len(targets), TRIED))
    return exact(
        [*relations(counts), *(rounded(keys, n) for keys, n in given)], {one: targets[one] for one in some}
    )


def telling(world: World, runs: int, alone: bool = False) -> float:
    """Return in which share of random companies a number from one to nine follows. `alone`: as if totals were
    only rounded to the nearest multiple."""
    hits = 0
    for seed in range(runs):
        counts = complaints(world, Random(seed))
        shown = [(keys, counted(number(counts, keys)) if alone else n) for keys, n in published(counts)]
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

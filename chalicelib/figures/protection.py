"""The protection of published numbers and of survey results. Every count that leaves to the public, and every
count of a survey, goes through `counted`.

A count below `LEAST` is hidden, and zero too. Any other count is rounded to a multiple of `STEP`. This is the
10-5 rule of the Office for National Statistics. Shares follow from the rounded counts. No further cells are
hidden, because rounded numbers nearly always leave several values possible for a number below `LEAST`.

`total` finds the rare tables in which they leave one. For example two codes have nine complaints each, and no
other code has any. A total of 20 would tell that, because only 9 and 9 reach it. So 15 is shown. A total that
is rounded to the second nearest multiple tells more than a hidden one, and leaves many numbers possible.
Two tables can tell a number without their total: `tells` finds those."""

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from typing import NamedTuple

LEAST = 10
"""The smallest number of people behind a number that is shown."""
STEP = 5
"""The number to whose multiples counts are rounded."""


def counted(n: int, people: int | None = None) -> int | None:
    """Return the count `n` as it may be shown: rounded to `STEP`, or None (hidden) if it is below `LEAST`.
    `people`: how many distinct people the count is about, if somebody can be in it more than once. The count
    is also hidden if they are fewer than `LEAST`."""
    return None if min(n, n if people is None else people) < LEAST else (n + STEP // 2) // STEP * STEP


def cells(numbers: Mapping[str, int], people: Mapping[str, int] = {}) -> dict[str, int | None]:
    """Return the cells of a table as they may be shown, by code. The code "" stands for all other codes.
    Their numbers are hidden, so that they cannot be told from zero. `people`: how many distinct people or
    complaints a cell is about, if somebody can be in it more than once."""
    shown = {code: counted(n, people.get(code)) for code, n in numbers.items()}
    return {code: n for code, n in shown.items() if n is not None} | {"": None}


def percent(part: int, total: int) -> int | None:
    """Return how many percent `part` is of `total`, computed from the two numbers as they may be shown.
    Return None if one of them is hidden."""
    shown, of = counted(part), counted(total)
    return None if shown is None or of is None else round(100 * shown / of)


def summed(people: int, total: int, largest: int) -> int | None:
    """Return the `total` of the amounts of money of so many distinct `people`, in fen, as it may be shown:
    the nearest multiple of `money_step`. Return None if they are fewer than `LEAST`, or if the `largest` sum
    of one of them is more than half of the total: it could be estimated from the total (dominance rule).
    Return None too if only zero is near enough.

    So two sums that differ by one person leave this person's amount open, whatever the sums are of: parts,
    periods, or provisional and final numbers. A total in the middle between two multiples is rounded down.
    Otherwise equal amounts could follow from their total."""
    if not people:
        return 0
    step = money_step(largest)
    shown = -((step - 2 * total) // (2 * step)) * step
    return None if people < LEAST or 2 * largest > total else shown or None


def money_step(largest: int) -> int:
    """Return the step in fen to which a sum of money is rounded. `largest`: the largest part of one person.
    The step is the first of 1, 3, 10, 30, … yuan that is at least twice as large. The steps are so far apart
    that they do not tell the largest part."""
    step, next_step = 100, 300
    while step < 2 * largest:
        step, next_step = next_step, 10 * step
    return step


Range = tuple[int, int]
"""The lowest and the highest value of a number, as far as a reader knows."""
ANY: Range = (0, 10**9)
Cell = tuple[Range, Range, Range]
"""What a reader knows of a cell: its number in the provisional edition, how many were entered later, and its
number in the final edition. The first two add up to the third."""


def fitting(shown: int | None, off: int = STEP // 2) -> Range:
    """Return the numbers that are shown like this. `off`: how far a number may be rounded."""
    return (0, LEAST - 1) if shown is None else (max(shown - off, LEAST), shown + off)


class Reader(NamedTuple):
    """The numbers that a reader knows: the cells of several tables of the same complaints, their total in the
    provisional edition (`before`), and how many were entered later."""

    tables: Iterable[Iterable[Cell]]
    before: Range = ANY
    later: Range = ANY


def total(n: int, readers: Collection[Reader]) -> int | None:
    """Return the total `n` of some tables as it may be shown, or None: the nearest multiple of `STEP` that
    tells no reader a number below `LEAST`. A multiple that contradicts the tables is the last choice, because
    a reader would look for the fault."""
    if counted(n) is None:
        return None
    near = sorted(range(LEAST, n + LEAST, STEP), key=lambda shown: abs(shown - n))[:4]
    told = {shown: tells(readers, fitting(shown)) for shown in near}
    return next((shown for found in (False, None) for shown in near if told[shown] is found), None)


def tells(readers: Iterable[Reader], whole: Range = ANY) -> bool | None:
    """Return whether one of the readers can work out a number below `LEAST` from the total `whole`. Return
    None if none can, and one of them knows numbers that contradict each other."""
    found = {_follows(one.tables, (one.before, one.later, whole)) for one in readers}
    return True if True in found else None if None in found else False


def _follows(tables: Iterable[Iterable[Cell]], whole: Cell) -> bool | None:
    """Return whether a number below `LEAST` follows from these tables and their total `whole`. The limits of
    a cell are exact, because cells and totals form a network of flows. Return None if the tables contradict
    each other, as they do after complaints have changed their type."""
    known = [[*map(_tight, cells)] for cells in tables]
    sums = [reduce(_plus, cells, ((0, 0), (0, 0), (0, 0))) for cells in known]
    all_ = reduce(_common, sums, _tight(whole))
    limits = [*all_]
    for cells, of in zip(known, sums, strict=True):
        for cell in cells:
            others = [(low - less, high - more) for (low, high), (less, more) in zip(of, cell, strict=True)]
            rest = [(low - more, high - less) for (low, high), (less, more) in zip(all_, others, strict=True)]
            limits += _common(cell, (rest[0], rest[1], rest[2]))
    if any(low > high for low, high in limits):
        return None
    return any(low == high < LEAST for low, high in limits)


def _tight(cell: Cell) -> Cell:
    """Return the ranges of a cell without those values that do not add up."""
    (a, b), (c, d), (e, f) = cell
    return (max(a, e - d), min(b, f - c)), (max(c, e - b), min(d, f - a)), (max(e, a + c), min(f, b + d))


def _plus(one: Cell, other: Cell) -> Cell:
    first, later, both = ((a + c, b + d) for (a, b), (c, d) in zip(one, other, strict=True))
    return first, later, both


def _common(one: Cell, other: Cell) -> Cell:
    """Return the ranges of a cell that two sources leave."""
    first, later, both = ((max(a, c), min(b, d)) for (a, b), (c, d) in zip(one, other, strict=True))
    return _tight((first, later, both))

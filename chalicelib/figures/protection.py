"""The protection of published numbers and of survey results. Every count that leaves to the public, and every
count of a survey, goes through `counted`.

A count below `LEAST` is hidden, and zero too. Any other count is rounded to a multiple of `STEP`. This is the
10-5 rule of the Office for National Statistics. Shares follow from the rounded counts. No further cells are
hidden, because a difference of rounded numbers leaves several values possible for a number below `LEAST`."""

from collections.abc import Mapping

LEAST = 10
"""The smallest number of people behind a number that is shown."""
STEP = 5
"""The number to whose multiples counts are rounded."""


def counted(n: int, people: int | None = None) -> int | None:
    """Return the count `n` as it may be shown: rounded to `STEP`, or None (hidden) if it is below `LEAST`.
    `people`: how many distinct people the count is about, if somebody can be in it more than once. The count
    is also hidden if they are fewer than `LEAST`."""
    return None if min(n, n if people is None else people) < LEAST else (n + STEP // 2) // STEP * STEP


def cells(numbers: Mapping[str, int]) -> dict[str, int | None]:
    """Return the cells of a table as they may be shown, by code. The code "" stands for all other codes.
    Their numbers are hidden, so that they cannot be told from zero."""
    shown = {code: counted(n) for code, n in numbers.items()}
    return {code: n for code, n in shown.items() if n is not None} | {"": None}


def percent(part: int, total: int) -> int | None:
    """Return how many percent `part` is of `total`, computed from the two numbers as they may be shown.
    Return None if one of them is hidden."""
    shown, of = counted(part), counted(total)
    return None if shown is None or of is None else round(100 * shown / of)


def summed(people: int, total: int, largest: int) -> int | None:
    """Return the `total` of the amounts of money of so many distinct `people`, in fen. Return None if they
    are fewer than `LEAST`, or if the `largest` sum of one of them is more than half of the total: it could be
    estimated from the total (dominance rule)."""
    return None if people < LEAST or 2 * largest > total else total

"""A linear-programming attack on published numbers. A reader knows which people each number counts, and
how it was rounded or hidden. For each number below ten, the attack finds the smallest and the largest
value that fit everything published. If they are equal, the number is known exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import ceil, floor, inf
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from chalicelib.figures.protection import LEAST, STEP, counted

INFEASIBLE = 2
"""The status of a linear program that no numbers solve."""
NEARLY = 1e-6
"""How far a computed number may be from a whole one."""
Key = tuple[object, ...]
Weights = Mapping[Key, float]
"""A weighted sum of unknown numbers of people, each by its key."""


class Known(NamedTuple):
    """Something that a reader knows: the weighted sum of some numbers lies between `low` and `high`."""

    weights: Weights
    low: float
    high: float


def rounded(keys: Iterable[Key], shown: int | None) -> Known:
    """Return what a count tells that the protection has rounded or hidden: the numbers that it shows in this
    way."""
    fitting = [n for n in range((shown or LEAST) + 2 * STEP) if counted(n) == shown]
    return Known(dict.fromkeys(keys, 1.0), fitting[0], fitting[-1])


def threshold(keys: Iterable[Key], n: int) -> Known:
    """Return what a count tells that is exact from ten on, and hidden below."""
    weights = dict.fromkeys(keys, 1.0)
    return Known(weights, n, n) if n >= LEAST else Known(weights, 0, LEAST - 1)


def at_most(some: Iterable[Key], others: Iterable[Key]) -> Known:
    """Return that a group has at most as many complaints as another."""
    return equal(some, others)._replace(low=float("-inf"))


def equal(some: Iterable[Key], others: Iterable[Key]) -> Known:
    """Return that two groups have the same number of complaints."""
    weights = Counter[Key]()
    weights.update(some)
    weights.subtract(others)
    return Known(dict(weights), 0, 0)


def exact(known: Sequence[Known], targets: Mapping[Key, Sequence[Key]]) -> set[Key]:
    """Return the names of those `targets` whose number is below ten and follows from the known numbers."""
    found = limits(known, targets, lambda low, high: ceil(low - NEARLY) < floor(high + NEARLY))
    return {name for name, (low, _) in found.items() if ceil(low - NEARLY) < LEAST}


def limits(
    known: Sequence[Known], targets: Mapping[Key, Sequence[Key]], wide: Callable[[float, float], bool]
) -> dict[Key, tuple[float, float]]:
    """Return the smallest and the largest number that fit everything known, for those `targets` for which
    they are not `wide` apart. A target is a name and the keys of the numbers that add up to it. Return none
    if the known numbers contradict each other: a total was rounded otherwise than the reader believes."""
    if not targets:
        return {}
    keys = {key for one in known for key in one.weights}
    columns = {key: n for n, key in enumerate(sorted(keys, key=repr))}
    bounds = [(sign, bound, one) for one in known for sign, bound in ((1, one.high), (-1, -one.low))]
    finite = [each for each in bounds if each[1] < inf]  # a sum can have one bound only
    matrix = _matrix([{key: sign * n for key, n in one.weights.items()} for sign, _, one in finite], columns)
    system = matrix, np.array([bound for _, bound, _ in finite])
    wanted = _matrix([dict.fromkeys(keys, 1.0) for keys in targets.values()], columns)
    least, most = np.full(len(targets), inf), np.full(len(targets), -inf)
    each = (row.toarray().ravel() for row in (wanted[[n]] for n in range(len(targets))))
    goals: Iterator[tuple[int | None, np.ndarray]] = enumerate(each)
    for n, goal in chain([(None, np.asarray(wanted.sum(axis=0)).ravel())], goals):
        for sign in (1, -1):
            if n is not None and wide(least[n], most[n]):
                break
            if (fitting := _fitting(sign * goal, *system)) is None:
                return {}
            least, most = np.minimum(least, wanted @ fitting), np.maximum(most, wanted @ fitting)
    found = zip(targets, map(float, least), map(float, most), strict=True)
    return {name: (low, high) for name, low, high in found if not wide(low, high)}


def _matrix(rows: Sequence[Weights], columns: Mapping[Key, int]) -> csr_array:
    """Return the matrix with these weights in each row."""
    cells = [(n, columns[key], weight) for n, row in enumerate(rows) for key, weight in row.items()]
    row, column, weight = zip(*cells, strict=True)
    return csr_array((weight, (row, column)), shape=(len(rows), len(columns)))


def _fitting(goal: np.ndarray, matrix: csr_array, bounds: np.ndarray) -> np.ndarray | None:
    """Return the numbers with the smallest weighted sum `goal`; None if no numbers fit."""
    result = linprog(goal, matrix, bounds, method="highs")
    assert result.status in (0, INFEASIBLE), result.message
    return np.asarray(result.x) if result.status == 0 else None

"""A linear-programming attack on published numbers. A reader knows which people each number counts, and
how it was rounded or hidden. For each number below ten, the attack finds the smallest and the largest
value that fit everything published. If they are equal, the number is known exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, inf
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from chalicelib.figures.protection import LEAST, STEP, counted

INFEASIBLE = 2
"""The status of a linear program that no numbers solve."""
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


def exact(known: Sequence[Known], targets: Mapping[Key, Sequence[Key]]) -> set[Key]:
    """Return the names of those `targets` whose number follows from the known numbers. A target is a name
    and the keys of the numbers that add up to it. Return none if the known numbers contradict each other:
    a total was rounded otherwise than the reader believes."""
    columns = {
        key: n for n, key in enumerate(sorted({key for one in known for key in one.weights}, key=repr))
    }
    rows = [sign * _row(one.weights, columns) for one in known for sign in (1, -1)]
    bounds = [bound for one in known for bound in (one.high, -one.low)]
    finite = [n for n, bound in enumerate(bounds) if bound < inf]  # a sum can have one bound only
    system = csr_array(np.array(rows)[finite]), np.array(bounds)[finite]
    found = set()
    for name, keys in targets.items():
        wanted = _row(dict.fromkeys(keys, 1.0), columns)
        if (least := _optimum(wanted, *system)) is None:
            return set()
        if ceil(least - 1e-6) >= LEAST:
            continue
        most = _optimum(-wanted, *system)
        if most is not None and ceil(least - 1e-6) == floor(1e-6 - most):
            found.add(name)
    return found


def _row(weights: Weights, columns: Mapping[Key, int]) -> np.ndarray:
    row = np.zeros(len(columns))
    for key, weight in weights.items():
        row[columns[key]] = weight
    return row


def _optimum(wanted: np.ndarray, matrix: csr_array, bounds: np.ndarray) -> float | None:
    """Return the smallest weighted sum; None if no numbers fit."""
    result = linprog(wanted, matrix, bounds, method="highs")
    assert result.status in (0, INFEASIBLE), result.message
    return float(result.fun) if result.status == 0 else None

"""A statistical test: has a cause of complaints become rarer? It compares the counts of two periods.

Complaints arrive independently, so the count of a rare cause follows a Poisson distribution. Given the total
of both periods, the count of the second period follows a binomial distribution. Its share falls when the rate
of the cause falls (Przyborowski and Wilenski, Biometrika 31, 1940).

The interval for this share is the exact one of Clopper and Pearson (Biometrika 26, 1934). It covers the true
share at least as often as its confidence says. For a cause that is not rare the interval is wider than
necessary."""

from collections.abc import Callable
from math import exp, inf, lgamma, log
from typing import NamedTuple

from chalicelib.domain.model.codes import Verdict

CONFIDENCE = 0.95
"""The confidence of the interval: the true ratio lies in the interval with at least this probability."""
NOTHING = 1e-12
"""A sum of probabilities stops when the next term is smaller than this part of the sum."""
STEPS = 50
"""How often the search for an end of the interval halves its range. After 50 halvings the end is exact to
2^-50."""


class Recurrence(NamedTuple):
    """The comparison of the rates of a cause in two periods. `ratio` is the second rate divided by the first,
    or None if it cannot be computed. `low` and `high` are the ends of its confidence interval. `high` is None
    if the interval has no upper end. `verdict` says whether the rate fell, rose, or cannot be told."""

    ratio: float | None
    low: float
    high: float | None
    verdict: Verdict


def compared(before: tuple[int, int], after: tuple[int, int]) -> Recurrence:
    """Compare how often a cause occurred in two periods. `before` and `after` are each a pair: the number of
    complaints with the cause, and the number of all complaints.

    The verdict is "fell" if the whole interval of the ratio is below 1. It is "rose" if the whole interval is
    above 1. Else the verdict is "cannot be told", for example if a period had no complaints."""
    (first, of_first), (second, of_second) = before, after
    found = first + second
    if not found or not of_first or not of_second:
        return Recurrence(None, 0.0, None, Verdict.CANNOT_BE_TOLD)
    scale, tail = of_first / of_second, (1 - CONFIDENCE) / 2
    low = _share(lambda share: at_least(second, found, share) >= tail) if second else 0.0
    high = _share(lambda share: at_least(second + 1, found, share) >= 1 - tail) if first else 1.0
    ends = [_odds(share) * scale for share in (low, high)]
    verdict = Verdict.FELL if ends[1] < 1 else Verdict.ROSE if ends[0] > 1 else Verdict.CANNOT_BE_TOLD
    return Recurrence(
        second / first * scale if first else None, ends[0], None if ends[1] == inf else ends[1], verdict
    )


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else inf


def _share(beyond: Callable[[float], bool]) -> float:
    """Return the smallest share (0 to 1) for which `beyond` returns true. `beyond` must return true for all
    larger shares."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2


def at_least(k: int, n: int, share: float) -> float:
    """Return the binomial probability of `k` or more successes in `n` trials. Each trial succeeds with
    probability `share`. The sum starts at its largest term and goes on in both directions until the terms are
    negligible."""
    if k > n:
        return 0.0
    peak, odds = max(k, int(n * share)), share / (1 - share)
    top = total = exp(
        lgamma(n + 1)
        - lgamma(peak + 1)
        - lgamma(n - peak + 1)
        + peak * log(share)
        + (n - peak) * log(1 - share)
    )
    for rising in (True, False):
        term, i = top, peak
        while term > total * NOTHING and (i < n if rising else i > k):
            term *= (n - i) / (i + 1) * odds if rising else i / (n - i + 1) / odds
            total, i = total + term, i + 1 if rising else i - 1
    return min(total, 1.0)

"""Test whether a cause of complaints has become rarer: two counts are compared, with a confidence.

Complaints arrive one by one and independently, so the counts of a rare cause are Poisson. Given the total of
both periods, the count of the second one is binomial. Its share falls with the rate (Przyborowski and
Wilenski, Biometrika 31, 1940).

The interval of that share is the exact one of Clopper and Pearson (Biometrika 26, 1934). It covers the true
value at least as often as its confidence says. Where the cause is not rare the interval is wider than
needed."""

from collections.abc import Callable
from math import exp, inf, lgamma, log
from typing import NamedTuple

from chalicelib.domain.model.codes import Verdict

CONFIDENCE = 0.95
"""The smallest probability with which the interval contains the true ratio."""
NOTHING = 1e-12
"""The smallest relative term that is still added to a sum."""
STEPS = 50
"""The number of times that the range of an interval's end is halved."""


class Recurrence(NamedTuple):
    """The comparison of two rates: the `ratio` of the second to the first, between `low` and `high`. None:
    the ratio has no value, or the interval has no upper end."""

    ratio: float | None
    low: float
    high: float | None
    verdict: Verdict


def compared(before: tuple[int, int], after: tuple[int, int]) -> Recurrence:
    """Compare two periods, each given as the count of the cause and of all complaints.

    The verdict is that the rate fell or rose where the whole interval is below or above 1. It cannot be told
    where the interval contains 1, the cause was not counted at all, or a period had no complaints."""
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


def per_thousand(cause: int, complaints: int) -> float | None:
    """Return the count of a cause per thousand complaints; None without complaints."""
    return 1000 * cause / complaints if complaints else None


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else inf


def _share(beyond: Callable[[float], bool]) -> float:
    """Return the share from which on a probability that grows with it is large enough."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2


def at_least(k: int, n: int, share: float) -> float:
    """Return the binomial probability of at least `k` out of `n`, each with this share. The sum starts at the
    largest term and goes to both sides until the terms are negligible."""
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

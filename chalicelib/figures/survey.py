"""The results of survey answers as they may be shown: counts by `figures.protection`, the mean of the scores
and the share of content people, each with its 95 % interval."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, sqrt
from random import Random
from typing import Any

from chalicelib.figures.protection import LEAST, STEP, counted, percent

SCORES = ("one", "two", "three", "four", "five")
"""The columns with the number of answers of each score from 1 to 5."""
CONTENT = 4
"""The lowest score of a content person."""
MEAN_STEPS = (0.1, 0.2, 0.5)
"""The steps to which a mean is rounded."""
POINTS = 5
"""A step of a mean stands for at least so many points of score. So the mean and the interval of ten answers
seldom tell how often each score was given."""
FEW = 20
"""The shown number of answers up to which the interval of their mean follows from the mean. With the interval
of their scores, a reader who tries all possible answers finds how often some score was given. Up to it the
share of content people is hidden, too. Otherwise a reader would know that a hidden one stands for fewer than
ten, and the other parts of the survey could tell how many."""
PRIOR = 0.2
"""The parameter of each score in the Dirichlet prior. All five together weigh as much as one answer."""
DRAWS, SEED = 1_000, 1
"""The number of draws behind an interval of a mean, and their seed. Equal answers have equal intervals."""
TAIL = 0.025
"""The probability beyond each end of an interval."""
WIDE = 1.96
"""The width of a 95 % interval on each side, in standard deviations."""


def results(often: Sequence[int], people: int) -> Mapping[str, Any] | None:
    """Return the results of a question, or None if they are hidden. `often`: how many gave each score from 1
    to 5. `people`: how many distinct people answered.

    The result holds the number of answers (`n`) and of each score (`scores`), the `mean` and its interval
    (`low`, `high`), and the share of scores from `CONTENT` on (`content`), in percent with its interval. The
    mean is None if nine in ten or more gave the same score. `scores` is empty if one of them is hidden,
    because it could follow from `n` or `content` and the others."""
    n = sum(often)
    if (shown := counted(n, people)) is None:
        return None
    step = mean_step(n)
    mean = None if 10 * max(often) >= 9 * n else round(_mean(often) / step) * step
    low, high = mean_interval(often) if shown > FEW else few_interval(mean, shown)
    return {
        "n": shown,
        "mean": mean and round(mean, 1),
        "low": round(floor(low / step) * step, 1),
        "high": round(ceil(high / step) * step, 1),
        "scores": [] if None in (scores := [*map(counted, often)]) else scores,
        "content": share(sum(often[CONTENT - 1 :]), n) if shown > FEW else None,
    }


def mean_step(n: int) -> float:
    """Return the step to which the mean of `n` answers is rounded."""
    return next((step for step in MEAN_STEPS if step * n >= POINTS), MEAN_STEPS[-1])


def mean_interval(often: Sequence[int]) -> tuple[float, float]:
    """Return the 95 % interval of the mean score: the quantiles of the mean under the Dirichlet posterior of
    the five shares. `often`: how many gave each score from 1 to 5."""
    gamma = Random(SEED).gammavariate
    means = sorted(_mean([gamma(n + PRIOR, 1) for n in often]) for _ in range(DRAWS))
    return means[round(DRAWS * TAIL) - 1], means[-round(DRAWS * TAIL)]


def few_interval(mean: float | None, shown: int) -> tuple[float, float]:
    """Return an interval of the mean of few answers that follows from the mean and the number of answers as
    they are `shown`: that of Wilson for a share, on the scale of scores. It is wider than the other one.
    Without a mean it is the whole scale."""
    if mean is None:
        return 1, len(SCORES)
    most = len(SCORES) - 1
    n = max(shown - STEP // 2, LEAST)
    low, high = wilson(n * (mean - 1) / most, n)
    return 1 + most * low, 1 + most * high


def share(part: int, total: int) -> Mapping[str, int] | None:
    """Return the share `part` of `total` in whole percent with its 95 % interval (Wilson), or None if it is
    hidden. Everything follows from the rounded counts. So the interval is widened: `part` may be off by two,
    and `total` by one."""
    told, k, n = percent(part, total), counted(part), counted(total)
    if told is None or k is None or n is None:
        return None
    low, high = wilson(k - STEP // 2, n + 1)[0], wilson(min(k + STEP // 2, n - 1), n - 1)[1]
    return {"percent": told, "low": floor(100 * low), "high": ceil(100 * high)}


def wilson(part: float, total: int) -> tuple[float, float]:
    """Return the 95 % interval of the share `part` of `total` (Wilson), from 0 to 1."""
    share, more = part / total, WIDE**2 / total
    middle, half = share + more / 2, WIDE * sqrt((share * (1 - share) + more / 4) / total)
    return (middle - half) / (1 + more), (middle + half) / (1 + more)


def _mean(often: Sequence[float]) -> float:
    return sum(score * n for score, n in enumerate(often, 1)) / sum(often)

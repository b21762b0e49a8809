"""The verdict on an improvement action: has its cause of complaints become rarer? It compares the counts of
two periods, before and after the action.

Counts of complaints vary more than chance alone explains: by season, by growth, and from week to week. So the
other causes, against which nobody took this action, serve as placebos. The variance between their changes is
estimated by the method of DerSimonian and Laird (Controlled Clinical Trials 7, 1986). It counts as part of
the error of the action's own change. Counts of weeks do not tell this variance, because a bad time lasts for
weeks.

A verdict needs two comparisons that agree: the cause by itself, and the cause against the median of the other
causes. An action for a part of the complaints needs a third one: the same cause in the other parts. Each
comparison has the full confidence, because all of them must agree (intersection–union test; Berger,
Technometrics 24, 1982).

If the numbers of customers are known, the cause by itself is compared per customer. Growth then counts for no
change. The comparison with the other causes needs no customers, because all causes have the same ones."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import atan, ceil, cos, exp, log, pi, sin, sqrt
from statistics import NormalDist, mean, median
from typing import NamedTuple

from chalicelib.domain.model.case_records import RateChange
from chalicelib.domain.model.codes import Unclear, Verdict

AGE = timedelta(days=28)
"""Only complaints whose cause is found within this time of their receipt are counted. So a cause that is
found slowly does not seem to have become rarer in the newest weeks."""
BASELINE, BEFORE_OPENING = timedelta(weeks=52), timedelta(weeks=8)
"""The time before an action with which the time after it is compared, and how long before the opening of the
action it ends. An action is opened because its cause was frequent in the last weeks. These weeks do not
count, because a cause is rarer after its worst weeks by itself (regression to the mean)."""
LEAST_BASELINE = timedelta(weeks=26)
"""The minimum time before an action that was counted. Below it nothing can be told."""
ALPHA = 0.025
"""The probability of a wrong verdict, in either direction, at each of the two checks of an action."""
CONFIDENCE = 1 - ALPHA
"""The confidence of each interval."""
POWER = 0.8
"""The probability with which a cause that was halved shall be found."""
LEAST_OTHERS = 8
"""The minimum number of other causes from which the variance is estimated."""
LEAST_BEFORE = 5
"""The minimum number of complaints before the action with which another cause is one of these."""
HALF = 0.5
"""This is added to each count, so that a count of zero has a logarithm (Haldane 1956, Anscombe 1956)."""
STEPS = 60
"""How often the search for a quantile halves its range."""


Pair = tuple[int, int]
"""The counts of a cause: before the action, and after it."""


class Recurrence(NamedTuple):
    """The result of comparing two periods. `unclear` says why nothing can be told; None if something can.

    `own`: the change of the cause by itself. `beside`: its change against that of other causes. `outside`:
    its change against the same cause in other parts; None for an action without a scope. Each is None if
    it cannot be computed.

    `expected` is the number of complaints that the second period would have without any change. `needed` is
    the expected number with which a halved cause would be found; None if no number is enough."""

    verdict: Verdict
    unclear: Unclear | None = None
    own: RateChange | None = None
    beside: RateChange | None = None
    outside: RateChange | None = None
    expected: float | None = None
    needed: int | None = None


def judged(
    days: Pair,
    cause: Pair,
    others: Sequence[Pair],
    outside: Pair | None = None,
    growth: tuple[float, float] = (1.0, 1.0),
) -> Recurrence:
    """Compare how often a cause occurred before and after an action. `days` are the lengths of the two
    periods. `cause` are the counts of the cause, and `others` those of all other causes. `outside` are those
    of the same cause in the parts that the action does not reach; None for an action without a scope.
    `growth`: the growth factors of the customers whom the action reaches, and of the others. The default
    compares numbers a day."""
    if days[0] < LEAST_BASELINE.days:
        return Recurrence(Verdict.CANNOT_BE_TOLD, Unclear.SHORT_BASELINE)
    placebos = [_effect(days, one) for one in others if one[0] >= LEAST_BEFORE]
    if len(placebos) < LEAST_OTHERS:
        why = Unclear.FEW_CAUSES if any(cause) else Unclear.NO_COMPLAINTS
        return Recurrence(Verdict.CANNOT_BE_TOLD, why)
    between, usual = between_variance(placebos), median(effect for effect, _ in placebos)
    blur = pi / 2 * (between + mean(error for _, error in placebos)) / len(placebos)
    effect, chance = _effect(days, cause)
    factor = student(1 - ALPHA / 2, len(placebos) - 1)
    own, elsewhere = map(log, growth)
    comparisons = [(own, 0.0), (usual, blur)]
    if outside:
        change, error = _effect(days, outside)
        comparisons.append((change + own - elsewhere, error))
    needed = _needed(days, between + max(error for _, error in comparisons), factor)
    if not any(cause):
        return Recurrence(Verdict.CANNOT_BE_TOLD, Unclear.NO_COMPLAINTS, needed=needed)
    changes = [_change(effect - other, chance + between + error, factor) for other, error in comparisons]
    verdict = changes[0].verdict if agree(changes) else Verdict.CANNOT_BE_TOLD
    return Recurrence(
        verdict,
        Unclear.TOO_FEW if verdict == Verdict.CANNOT_BE_TOLD else None,
        changes[0],
        changes[1],
        changes[2] if outside else None,
        round(cause[0] * days[1] / days[0] * exp(usual), 1),
        needed,
    )


def agree(changes: Iterable[RateChange]) -> bool:
    """Return whether several comparisons say the same of a cause."""
    return len({one.verdict for one in changes}) == 1


def _effect(days: Pair, counts: Pair) -> tuple[float, float]:
    """Return the logarithm of the ratio of two rates a day, and its variance by chance."""
    before, after = (n + HALF for n in counts)
    return log(after / days[1]) - log(before / days[0]), 1 / before + 1 / after


def _change(effect: float, variance: float, factor: float) -> RateChange:
    width = factor * sqrt(variance)
    return RateChange(*(round(exp(end), 3) for end in (effect, effect - width, effect + width)))


def _needed(days: Pair, variance: float, factor: float) -> int | None:
    """Return the expected number of complaints after the action with which a halved cause is found with the
    probability `POWER`. Return None if no number is enough. `variance` is the part that more complaints of
    this cause do not make smaller."""
    left = (log(2) / (factor + NormalDist().inv_cdf(POWER))) ** 2 - variance
    return ceil((2 + days[1] / days[0]) / left) if left > 0 else None


def between_variance(effects: Sequence[tuple[float, float]]) -> float:
    """Return the variance between true effects that the method of DerSimonian and Laird estimates. Each of
    the `effects` is a pair: an estimate and its variance by chance."""
    weights = [1 / variance for _, variance in effects]
    total = sum(weights)
    centre = sum(weight * effect for weight, (effect, _) in zip(weights, effects, strict=True)) / total
    spread = sum(
        weight * (effect - centre) ** 2 for weight, (effect, _) in zip(weights, effects, strict=True)
    )
    excess = spread - (len(effects) - 1)
    return max(0.0, excess / (total - sum(weight**2 for weight in weights) / total))


def student(share: float, freedom: int) -> float:
    """Return the quantile of Student's t distribution for a `share` above one half. `freedom` is the number
    of degrees of freedom, at least 1."""
    low, high = 0.0, 1e6
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _below(value: float, freedom: int) -> float:
    """Return the probability that Student's t is below a `value` above zero. The sums are those of Abramowitz
    and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4."""
    angle = atan(value / sqrt(freedom))
    odd = freedom % 2
    term = total = 0.0 if freedom == 1 else cos(angle) if odd else 1.0
    for n in range(3 if odd else 2, freedom - 1, 2):
        term *= cos(angle) ** 2 * (n - 1) / n
        total += term
    between = 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
    return (1 + between) / 2

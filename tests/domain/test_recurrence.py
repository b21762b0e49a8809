"""The verdict on an improvement action: its comparisons, its estimates, and what it does without a basis."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings, strategies as st

from chalicelib.domain.model.codes import Unclear, Verdict
from chalicelib.domain.recurrence import (
    LEAST_BASELINE,
    LEAST_BEFORE,
    LEAST_OTHERS,
    Pair,
    Recurrence,
    between_variance,
    judged,
    student,
)
from tests.domain.actions import OTHERS

DAYS = (364, 63)
EQUAL = tuple((n, round(n * 63 / 364)) for n in (400, 350, 300, 250, 200, 150, 100, 80, 60))
"""Other causes that did not change."""


def verdict(cause: Pair, others: tuple[Pair, ...] = EQUAL, outside: Pair | None = None) -> Recurrence:
    """Return the result of these counts in periods of the usual lengths."""
    return judged(DAYS, cause, others, outside)


@pytest.mark.parametrize(
    ("cause", "others", "said"),
    [
        ((520, 45), EQUAL, "fell"),
        ((520, 90), EQUAL, "cannot_be_told"),
        ((520, 180), EQUAL, "rose"),
        ((520, 0), EQUAL, "fell"),
        ((0, 30), EQUAL, "rose"),
        ((12, 1), EQUAL, "cannot_be_told"),
        # all causes halved: the cause by itself fell, but not relative to the others
        ((520, 45), tuple((before, after // 2) for before, after in EQUAL), "cannot_be_told"),
        # the others doubled: the cause fell relative to them, but not by itself
        ((520, 90), tuple((before, after * 2) for before, after in EQUAL), "cannot_be_told"),
        # the other causes jump up and down as far as this one
        ((520, 45), tuple((n, (8, 1)[i % 2] * n // 20) for i, (n, _) in enumerate(EQUAL)), "cannot_be_told"),
    ],
)
def test_verdict_needs_the_cause_alone_and_beside_the_others(
    cause: Pair, others: tuple[Pair, ...], said: str
) -> None:
    """A cause fell or rose only if its own change and its change relative to other causes both say so."""
    assert verdict(cause, others).verdict == said


def test_scope_needs_the_same_cause_outside_unchanged() -> None:
    """A cause that fell in the same way outside the scope is no success of the action."""
    assert verdict((520, 45), outside=(520, 90)).verdict == Verdict.FELL
    assert verdict((520, 45), outside=(520, 45)).verdict == Verdict.CANNOT_BE_TOLD
    assert verdict((520, 45), outside=(0, 0)).verdict == Verdict.CANNOT_BE_TOLD


@given(st.tuples(st.floats(0.2, 5), st.floats(0.2, 5)), st.integers(1, 900), st.integers(1, 900))
def test_growth_divides_the_change_by_itself(growth: tuple[float, float], own: int, elsewhere: int) -> None:
    """With the growth of the customers, the change by itself is that per customer, and so is the difference
    from the same cause outside the scope. The comparison with the other causes stays."""
    plain = judged(DAYS, (520, own), EQUAL, (520, elsewhere))
    grown = judged(DAYS, (520, own), EQUAL, (520, elsewhere), growth)
    assert plain.own and grown.own and plain.outside and grown.outside  # noqa: PT018
    assert grown.own.ratio == pytest.approx(plain.own.ratio / growth[0], rel=0.05, abs=0.001)
    others = plain.outside.ratio * growth[1] / growth[0]
    assert grown.outside.ratio == pytest.approx(others, rel=0.05, abs=0.001)
    assert (grown.beside, grown.expected, grown.needed) == (plain.beside, plain.expected, plain.needed)


def test_halved_cause_is_found_although_customers_doubled() -> None:
    """If customers double and a cause is halved per customer, its number stays. It is found per customer in
    four of five runs, and not by the number alone. Without a change, growth is no verdict."""
    dice = np.random.default_rng(41)
    said: dict[tuple[float, float], list[Verdict]] = {(share, g): [] for share in (0.5, 1) for g in (1, 2)}
    for _ in range(200):
        shocks = np.exp(dice.normal(0, 0.1, 10))
        before = dice.poisson([600, 400, 350, 300, 250, 200, 150, 100, 80, 60])
        for share in (0.5, 1):
            rates = np.array([600 * share, 400, 350, 300, 250, 200, 150, 100, 80, 60])
            after = dice.poisson(rates * shocks * 2 * 182 / 364)
            counts = [(int(b), int(a)) for b, a in zip(before, after, strict=True)]
            for g in (1, 2):
                said[share, g].append(judged((364, 182), counts[0], counts[1:], growth=(g, g)).verdict)
    assert said[0.5, 2].count(Verdict.FELL) >= 160
    assert said[0.5, 1].count(Verdict.FELL) <= 10
    assert said[1, 2].count(Verdict.CANNOT_BE_TOLD) >= 190


@pytest.mark.parametrize(
    ("days", "cause", "others", "why"),
    [
        ((LEAST_BASELINE.days - 1, 63), (520, 45), EQUAL, Unclear.SHORT_BASELINE),
        ((1, 1), (0, 0), (), Unclear.SHORT_BASELINE),
        (DAYS, (0, 0), EQUAL, Unclear.NO_COMPLAINTS),
        (DAYS, (520, 45), EQUAL[: LEAST_OTHERS - 1], Unclear.FEW_CAUSES),
        (DAYS, (520, 45), (*EQUAL[: LEAST_OTHERS - 1], (4, 90)), Unclear.FEW_CAUSES),
        (DAYS, (520, 80), EQUAL, Unclear.TOO_FEW),
    ],
)
def test_reason_is_given_if_nothing_can_be_told(
    days: Pair, cause: Pair, others: tuple[Pair, ...], why: Unclear
) -> None:
    """A short baseline, a cause without complaints, and too few other causes give no verdict. The number of
    complaints that it would take is there if the other causes tell it."""
    found = judged(days, cause, others)
    assert (found.verdict, found.unclear) == (Verdict.CANNOT_BE_TOLD, why)
    enough = days[0] >= LEAST_BASELINE.days and sum(n >= LEAST_BEFORE for n, _ in others) >= LEAST_OTHERS
    assert (found.needed is not None) == enough


def test_needed_number_would_be_enough() -> None:
    """The stated number of expected complaints finds a halved cause; the other causes can make it
    impossible."""
    found = verdict((60, 8))
    assert found.needed
    enough = found.needed * 364 / 63
    # with the margin that finds it in four of five runs, the expected count itself is a clear verdict
    assert verdict((round(enough), round(found.needed / 2))).verdict == Verdict.FELL
    wild = tuple((n, (8, 1)[i % 2] * n // 20) for i, (n, _) in enumerate(EQUAL))
    assert verdict((60, 8), wild).needed is None


def test_expected_number_follows_the_other_causes() -> None:
    """Half as many days of the same rate give the same share, and other causes that rose raise it."""
    assert verdict((364, 45)).expected == pytest.approx(63, rel=0.02)
    more = tuple((before, round(after * 1.5)) for before, after in EQUAL)
    assert verdict((364, 45), more).expected == pytest.approx(63 * 1.5, rel=0.03)


COUNTS = st.tuples(st.integers(0, 600), st.integers(0, 120))


@settings(max_examples=40)
@given(COUNTS)
def test_intervals_contain_their_ratio(cause: Pair) -> None:
    """Each interval contains its ratio, and one more complaint afterwards raises both of its ends."""
    found, more = verdict(cause), verdict((cause[0], cause[1] + 1))
    if any(cause):
        for one, other in ((found.own, more.own), (found.beside, more.beside)):
            assert one
            assert other
            assert one.low <= one.ratio <= one.high
            assert one.low <= other.low
            assert one.ratio <= other.ratio


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 8, 11, 29, 30])
@pytest.mark.parametrize("share", [0.6, 0.95, 0.9875])
def test_student_is_the_quantile_of_scipy(share: float, freedom: int) -> None:
    """The quantile by bisection agrees with scipy."""
    assert student(share, freedom) == pytest.approx(scipy.stats.t.ppf(share, freedom), rel=1e-8)


def test_between_variance_is_the_published_one() -> None:
    """The variance agrees with that of statsmodels 0.15.0 (`combine_effects`, method "dl")."""
    effects = [(0.12, 0.02), (-0.3, 0.05), (0.45, 0.01), (0.0, 0.08), (0.8, 0.03), (-0.1, 0.02), (0.2, 0.2)]
    assert between_variance(effects) == pytest.approx(0.10467053978526256, rel=1e-12)
    assert between_variance([(0.1, 1.0)] * 9) == 0.0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 1)), min_size=2, max_size=20))
def test_between_variance_solves_the_moment_equation(effects: list[tuple[float, float]]) -> None:
    """The weighted spread of the effects has the expectation that the estimated variance gives it."""
    effect, within = np.array(effects).T
    weight = 1 / within
    spread = float(np.sum(weight * (effect - np.average(effect, weights=weight)) ** 2))
    found = between_variance(effects)
    expected = len(effects) - 1 + found * float(weight.sum() - (weight**2).sum() / weight.sum())
    assert expected == pytest.approx(max(spread, len(effects) - 1), rel=1e-6)


def test_comparison_is_the_textbook_one() -> None:
    """The interval is that of two Poisson rates and Student's t if the other causes did not change."""
    found = verdict((520, 45), OTHERS).own
    assert found
    centre = log(45.5 / 63) - log(520.5 / 364)
    width = scipy.stats.t.ppf(0.9875, len(OTHERS) - 1) * (1 / 45.5 + 1 / 520.5) ** 0.5
    assert found.ratio == pytest.approx(exp(centre), abs=1e-3)
    assert (found.low, found.high) == pytest.approx((exp(centre - width), exp(centre + width)), abs=1e-3)

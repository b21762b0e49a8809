"""Comparison of two rates, with its confidence interval."""

from __future__ import annotations

from collections import Counter
from datetime import date
from math import comb, exp
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.model.case_records import Counted
from chalicelib.domain.model.codes import Verdict
from chalicelib.domain.recurrence import CONFIDENCE, at_least, compared

totals = st.integers(1, 5_000)
COUNTS = st.tuples(st.integers(0, 60), totals)
OTHER_WAY = {Verdict.FELL: Verdict.ROSE, Verdict.ROSE: Verdict.FELL}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((30, 1000), (12, 1000), "fell"),
        ((12, 1000), (30, 1000), "rose"),
        ((3, 100), (2, 100), "cannot_be_told"),
        ((30, 1000), (0, 10), "cannot_be_told"),
        ((0, 1000), (6, 1000), "rose"),
        ((0, 1000), (0, 1000), "cannot_be_told"),
        ((5, 1000), (0, 0), "cannot_be_told"),
        ((0, 0), (5, 1000), "cannot_be_told"),
    ],
)
def test_the_verdict_is_what_the_figures_bear(
    before: tuple[int, int], after: tuple[int, int], verdict: str
) -> None:
    """A count fell or rose only if the whole interval says so; a month without complaints gives no
    verdict."""
    assert compared(before, after).verdict == verdict


def test_the_interval_is_the_published_one() -> None:
    """Clopper and Pearson give the share 0.449 to 0.922 for 11 of 15: the odds are 0.815 to 11.8."""
    found = compared((4, 1000), (11, 1000))
    assert found.high
    assert (found.low, found.high) == pytest.approx((0.449 / 0.551, 0.922 / 0.078), rel=0.01)


@settings(max_examples=40)
@given(COUNTS, COUNTS)
def test_before_and_after_can_change_places(before: tuple[int, int], after: tuple[int, int]) -> None:
    """The ratio, its interval and the verdict are then inverted."""
    there, back = compared(before, after), compared(after, before)
    assert back.verdict == OTHER_WAY.get(there.verdict, there.verdict)
    if there.ratio and there.high:
        assert back.ratio == pytest.approx(1 / there.ratio)
        assert back.low == pytest.approx(1 / there.high, rel=1e-6)


@settings(max_examples=40)
@given(COUNTS, st.integers(0, 60), totals)
def test_more_cases_raise_the_interval(before: tuple[int, int], found: int, of: int) -> None:
    """One more case afterwards raises both ends of the interval, which contains the ratio."""
    less, more = compared(before, (found, of)), compared(before, (found + 1, of))
    assert more.low >= less.low
    assert less.high is None or more.high is None or more.high >= less.high
    assert more.ratio is None or more.low <= more.ratio <= (more.high or more.ratio)


def test_the_interval_has_the_true_ratio_in_it_as_often_as_it_says() -> None:
    """The test draws two thousand times from rates of which the second is half of the first."""
    draw, true = Random(17), 0.5

    def poisson(mean: float) -> int:
        found, left, least = 0, draw.random(), exp(-mean)
        while left > least:
            found, left = found + 1, left * draw.random()
        return found

    drawn = Counter((poisson(16.0), poisson(8.0)) for _ in range(2_000))
    ends = {pair: compared((pair[0], 1000), (pair[1], 1000)) for pair in drawn}
    held = {pair: at.low <= true and (at.high is None or true <= at.high) for pair, at in ends.items()}
    assert sum(drawn[pair] for pair in drawn if held[pair]) / 2_000 >= CONFIDENCE


def test_a_rate_is_per_thousand_complaints() -> None:
    """A rate without complaints is None."""
    day = date(2026, 3, 1)
    rates = [Counted(day, day, complaints, cause).per_thousand for cause, complaints in ((3, 1200), (0, 0))]
    assert rates == [2.5, None]


@given(n=st.integers(0, 60), k=st.integers(0, 61), share=st.floats(0.01, 0.99))
def test_a_tail_is_the_sum_of_its_terms(n: int, k: int, share: float) -> None:
    """The tail is right on either side of the largest term."""
    exact = sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1))
    assert at_least(k, n, share) == pytest.approx(exact, rel=1e-6, abs=1e-15)

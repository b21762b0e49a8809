"""The run chart of a cause: its limits by an independent computation, and its marks."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from chalicelib.figures.run_chart import LEAST_WEEKS, Week, run_chart

BEGUN, WEEK = date(2025, 1, 6), timedelta(days=7)
FROZEN = BEGUN + 52 * WEEK


def weeks(found: list[int], complaints: list[int]) -> list[Week]:
    """Return weeks with these counts."""
    pairs = enumerate(zip(found, complaints, strict=True))
    return [Week(BEGUN + n * WEEK, all_, cause) for n, (cause, all_) in pairs]


def test_limits_are_laneys() -> None:
    """Centre and limits agree with the published formulas, computed with numpy; later weeks do not move
    them."""
    dice = np.random.default_rng(7)
    size = dice.integers(60, 140, 70)
    found = dice.poisson(0.1 * size * np.exp(dice.normal(0, 0.3, 70)))
    found[60:] *= 4
    chart = run_chart(weeks(found.tolist(), size.tolist()), FROZEN)
    assert chart
    centre = found[:52].sum() / size[:52].sum()
    z = (found / size - centre) / np.sqrt(centre / size)
    width = 3 * np.sqrt(centre / size) * np.abs(np.diff(z[:52])).mean() / 1.128
    assert chart.centre == pytest.approx(centre)
    assert [point.high for point in chart.points] == pytest.approx(centre + width)
    assert [point.low for point in chart.points] == pytest.approx(np.maximum(0, centre - width))
    assert [point.beyond for point in chart.points] == (found / size > centre + width).tolist()


def test_ninth_week_on_one_side_is_marked() -> None:
    """Nine weeks in a row below the centre mark the ninth and those after it; a week above ends the run."""
    found = [9, 11] * 26 + [9] * 10 + [11]
    chart = run_chart(weeks(found, [100] * len(found)), FROZEN)
    assert chart
    assert [n for n, point in enumerate(chart.points) if point.run] == [60, 61]
    assert not any(point.beyond for point in chart.points)


def test_weeks_without_a_basis_give_no_chart() -> None:
    """A chart needs twenty weeks before the action, and the cause in one of them. A week without complaints
    has no point."""
    enough = [3] * LEAST_WEEKS
    assert run_chart(weeks(enough[1:], [50] * (LEAST_WEEKS - 1)), FROZEN) is None
    assert run_chart(weeks([0] * 60, [50] * 60), FROZEN) is None
    assert run_chart([], FROZEN) is None
    chart = run_chart(weeks([*enough, 0], [50] * LEAST_WEEKS + [0]), FROZEN)
    assert chart
    assert len(chart.points) == LEAST_WEEKS

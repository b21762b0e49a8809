"""Plots: the marks of an axis, the forms of series, and what a plot says."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from math import log10

import pytest
from hypothesis import example, given, strategies as st

from chalicelib.web.pages import say
from chalicelib.web.pages.desk.run_plot import run_plot
from chalicelib.web.pages.plots import FOOT, HIGH, TOP, WIDE, Axes, Scale, months_scale, plots_of, ticks
from tests.domain.actions import Action

MONTHS = [f"2026-{n:02}" for n in range(1, 13)]


@given(st.integers(0, 5), st.integers(0, 10**12))
@example(0, 0)
@example(1, 5)
@example(0, 1)
@example(0, 9_999_999_999)
def test_marks_of_whole_numbers_are_few_and_round_and_cover(low: int, more: int) -> None:
    """An axis has three to six marks at equal distances. They are multiples of 1, 2 or 5 times a power of
    ten, and cover the numbers with less than three empty steps."""
    marks = ticks(low, low + more)
    step = Fraction(marks[1]) - Fraction(marks[0])
    assert 3 <= len(marks) <= 6
    assert marks[0] <= low
    assert low + more <= marks[-1]
    assert {Fraction(b) - Fraction(a) for a, b in pairwise(marks)} == {step}
    assert all(isinstance(mark, int) for mark in marks)
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert marks[-1] - (low + more) <= 2 * step


@given(st.floats(0, 1e9, allow_subnormal=False))
@example(0.3)
@example(0.05)
def test_marks_of_fractions_cover_the_numbers(most: float) -> None:
    """An axis of fractions has three to six round marks too, and no step below the least."""
    marks = ticks(0, most, 0.1)
    assert 3 <= len(marks) <= 6
    assert marks[-1] >= most
    assert marks[1] >= 0.1
    assert f"{marks[1] / 10 ** round(log10(marks[1]), 0):g}"[:3] in {"1", "2", "0.5", "5", "0.2"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_plot_stays_within_its_picture(language: str) -> None:
    """Ten-digit numbers, two years of months and a single month leave no text or bar outside the picture."""
    for months, most in ((MONTHS, 9_999_999_999), ([*MONTHS, *MONTHS], 3), (MONTHS[:1], 0)):
        scale = months_scale(language, months, "complaints")
        (plot,) = plots_of(language, scale, {"x": [most] * len(months)}, {"x": ""}, {"x": [1] * len(months)})
        for word in plot.words:
            assert 0 <= word.x <= WIDE
            assert 0 < word.y < HIGH
        names = [word for word in plot.words if word.y == FOOT + 16]
        assert names[-1].text == scale.names[-1]
        assert all(b.x - a.x > 20 for a, b in pairwise(names))
        places = re.findall(r"M([\d.]+) ([\d.]+)", "".join(shape.path for shape in plot.shapes))
        assert all(float(x) <= WIDE and TOP <= float(y) <= FOOT for x, y in places)


def test_year_before_is_a_broken_line_and_hidden_numbers_have_a_mark() -> None:
    """The line of the year before has a piece for each run of months, and a dot for a month between two
    gaps. Keys name each form. Without a year before, there is neither line nor key."""
    scale = months_scale("en", MONTHS[:6], "complaints")
    values, before = [5, None, 0, 4, 4, 4], [1, 2, None, 3, None, None]
    (plot,) = plots_of("en", scale, {"x": values}, {"x": "4"}, {"x": before})
    shapes = {shape.kind: shape.path for shape in plot.shapes}
    assert re.sub(r"[\d. ]+", "", shapes["before"].replace("h0", "o")) == "MLMo"
    assert shapes["bar"].count("M") == 4
    assert shapes["few"].count("M") == 1
    assert [kind for kind, _ in plot.keys] == ["bar", "before", "few"]
    assert "complaints" in plot.alt
    assert "January 2026 to June 2026" in plot.alt
    (alone,) = plots_of("en", scale, {"x": [1] * 6}, {"x": "1"}, {"x": [None] * 6})
    assert [shape.kind for shape in alone.shapes] == ["grid", "bar"]
    assert alone.keys == ()


def test_stacked_bars_stand_on_each_other() -> None:
    """The foot of a stacked bar is the top of the bar below."""
    axes = Axes("en", Scale(["a"], "", "", 10))
    low, high = axes.bars("1", [4], [0]), axes.bars("2", [6], [4])
    (_, first), (second, _) = (re.findall(r" ([\d.]+)v-([\d.]+)h", one.path)[0] for one in (low, high))
    assert float(second) == FOOT - float(first)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_run_chart_of_an_action_breaks_where_a_week_has_no_complaint(language: str) -> None:
    """The chart has a point for each week with complaints, a mark for each unusual one, and lines at the
    opening of the action with their name. A chart without enough weeks is not drawn."""
    action = Action().case
    first = action.recorded_at.date() - timedelta(weeks=60)
    weeks = [(first + n * timedelta(weeks=1), 50, 5 + n % 3) for n in range(70)]
    weeks[30] = (weeks[30][0], 0, 0)
    weeks[65] = (weeks[65][0], 50, 40)
    found = run_plot(language, action, weeks)
    assert found
    shapes = {shape.kind: shape.path for shape in found.plot.shapes}
    assert shapes["run"].count("M") == 2
    assert shapes["marked"].count("M") >= 1
    assert shapes["moment"].count("M") == 1
    assert {kind for kind, _ in found.plot.keys} == {"run", "limit", "centre", "marked"}
    assert say(language, "actions.chart.opened") in [word.text for word in found.plot.words]
    assert len(found.lines) == 69
    assert run_plot(language, action, weeks[:5]) is None

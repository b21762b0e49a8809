"""The run chart of an improvement action, drawn as an SVG plot with axes, and as a table."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from chalicelib.domain.calendar import published
from chalicelib.domain.model.case import Case
from chalicelib.domain.moves.improvement import before_action
from chalicelib.figures.run_chart import RUN, Point, Week, run_chart
from chalicelib.locale.formats import date_called
from chalicelib.web.pages import say

LEFT, WIDE, HIGH = 44, 7, 120
"""Measures of the plot, in its own units. LEFT: the width of the numbers of the y-axis. WIDE: the width of a
week. HIGH: the height of the plot."""


class RunPlot(NamedTuple):
    """A run chart. `says`: what it shows, as a sentence. `line`, `limits`, `centre`: SVG paths. `dots`: the
    place of each marked week. `marks`: the numbers of the y-axis, each with its height. `moments`: the
    opening and the completion of the action, each with its place. `ends`: the first and the last week.
    `lines`: the table, the newest week first."""

    says: str
    wide: float
    line: str
    limits: str
    centre: str
    dots: list[tuple[float, float]]
    marks: list[tuple[str, float]]
    moments: list[tuple[str, float]]
    ends: list[str]
    lines: list[list[str]]


def run_plot(language: str, action: Case, weeks: Iterable[tuple[date, int, int]]) -> RunPlot | None:
    """Return the run chart of an action; None if there are too few weeks before it."""
    improvement = action.improvement
    chart = run_chart((Week(*week) for week in weeks), before_action(action)[1])
    if chart is None or improvement is None:
        return None
    points = chart.points
    begun = points[0].week.since
    full = _full(max(max(point.share, point.high) for point in points))

    def x(day: date) -> float:
        return LEFT + WIDE * (day - begun).days / 7 + WIDE / 2

    def y(share: float) -> float:
        return round(HIGH - HIGH * share / full, 1)

    places = [(x(point.week.since), y(point.share)) for point in points]
    steps = [
        [(at, y(limit)) for (at, _), limit in zip(places, ends, strict=True)] for ends in _limits(points)
    ]
    wide = places[-1][0] + WIDE
    marked = [point for point in points if point.beyond or point.run]
    moments = {"opened": action.recorded_at, "done": improvement.finished}
    return RunPlot(
        say(language, "actions.chart.says", weeks=len(points), n=len(marked)),
        wide,
        _path(places),
        "".join(map(_path, steps)),
        f"M{LEFT} {y(chart.centre)}H{wide}",
        [place for place, point in zip(places, points, strict=True) if point.beyond or point.run],
        [(f"{100 * full * part:g}", HIGH - HIGH * part) for part in (0, 0.5, 1)],
        [
            (say(language, f"actions.chart.{name}"), x(published().day_of(at)))
            for name, at in moments.items()
            if at and x(published().day_of(at)) < wide
        ],
        [date_called(language, point.week.since) for point in (points[0], points[-1])],
        [_line(language, point) for point in reversed(points)],
    )


def _limits(points: list[Point]) -> tuple[list[float], list[float]]:
    return [point.low for point in points], [point.high for point in points]


def _path(places: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in places)


def _line(language: str, point: Point) -> list[str]:
    """Return a line of the table: the week, its numbers, the limits, and its mark."""
    marks = {"beyond": point.beyond, "run": point.run}
    said = [say(language, f"actions.chart.{name}", n=RUN) for name, holds in marks.items() if holds]
    limits = "–".join(f"{100 * limit:.1f}" for limit in (point.low, point.high))
    return [
        date_called(language, point.week.since),
        f"{point.week.cause}",
        f"{point.week.complaints}",
        f"{100 * point.share:.1f}",
        limits,
        say(language, "actions.and").join(said),
    ]


def _full(most: float) -> float:
    """Return the share at the top of the y-axis: the next of 1, 2, 4, 10, 20, 40 or 100 percent."""
    return next((full for full in (0.01, 0.02, 0.04, 0.1, 0.2, 0.4) if most <= full), max(1.0, most))

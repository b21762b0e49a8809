"""The run chart of an improvement action, as a plot and as a table."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from chalicelib.domain.calendar import published
from chalicelib.domain.model.case import Case
from chalicelib.domain.moves.improvement import before_action
from chalicelib.figures.run_chart import RUN, Point, RunChart, Week, run_chart
from chalicelib.locale.formats import date_called
from chalicelib.web.pages import say
from chalicelib.web.pages.plots import FOOT, TOP, WIDE, Axes, Plot, Shape, Word, plot, weeks_scale

WEEK, LEAST = timedelta(weeks=1), 0.1
"""A week, and the least step of the y-axis in percent."""
KEYS = ("run", "limit", "centre", "marked")
"""The kinds of the shapes of a run chart, in the order of their keys."""


class RunPlot(NamedTuple):
    """A run chart. `says`: what it shows, as a sentence. `lines`: the table, the newest week first."""

    says: str
    plot: Plot
    lines: list[list[str]]


def run_plot(language: str, action: Case, weeks: Iterable[tuple[date, int, int]]) -> RunPlot | None:
    """Return the run chart of an action; None if there are too few weeks before it."""
    improvement = action.improvement
    chart = run_chart((Week(*week) for week in weeks), before_action(action)[1])
    if chart is None or improvement is None:
        return None
    points = chart.points
    marked = [point for point in points if point.beyond or point.run]
    moments = {
        say(language, f"actions.chart.{name}"): published().day_of(at)
        for name, at in {"opened": action.recorded_at, "done": improvement.finished}.items()
        if at
    }
    says = say(language, "actions.chart.says", weeks=len(points), n=len(marked))
    drawn = _drawn(
        language, chart, {name: day for name, day in moments.items() if day <= points[-1].week.since}
    )
    return RunPlot(says, drawn, [_line(language, point) for point in reversed(points)])


def _drawn(language: str, chart: RunChart, moments: Mapping[str, date]) -> Plot:
    """Return the plot of a chart. A week has its place by its first day, and a week without complaints has no
    point. `moments`: the days of the action, which have an upright line each."""
    points = chart.points
    first, last = points[0].week.since, points[-1].week.since
    days = [first + n * WEEK for n in range((last - first) // WEEK + 1)]
    found = {point.week.since: point for point in points}
    every = [found.get(day) for day in days]
    most = 100 * max(max(point.share, point.high) for point in points)
    scale = weeks_scale(language, days, "weeks", say(language, "actions.chart.unit"), most)
    axes = Axes(language, scale._replace(least=LEAST))
    places = {name: axes.x((day - first) / WEEK) for name, day in moments.items()}
    shapes = [
        axes.grid,
        Shape("moment", "".join(f"M{x:g} {TOP - 2}V{FOOT}" for x in places.values())),
        axes.line("limit", [one and 100 * one.low for one in every]),
        axes.line("limit", [one and 100 * one.high for one in every]),
        Shape("centre", f"M{axes.left:g} {axes.y(100 * chart.centre):g}H{WIDE}"),
        axes.line("run", [one and 100 * one.share for one in every]),
        Shape(
            "marked",
            "".join(
                f"M{axes.x(n):g} {axes.y(100 * one.share):g}h0"
                for n, one in enumerate(every)
                if one and (one.beyond or one.run)
            ),
        ),
    ]
    drawn = plot(
        language,
        say(language, "actions.chart.y"),
        "",
        axes,
        shapes,
        {kind: say(language, f"actions.chart.key.{kind}") for kind in KEYS},
    )
    named = [
        Word(name, x, TOP - 5, "end" if n == 0 else "start") for n, (name, x) in enumerate(places.items())
    ]
    return drawn._replace(words=[*drawn.words, *named])


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

"""A run chart of a cause: its share of each week's complaints, with limits. It shows the course of an
improvement action and never decides about it.

The limits are those of Laney's u′ chart (Quality Engineering 14, 2002; ISO 7870-2). They are frozen: only the
weeks before the action count. Two rules of Nelson mark a week (Journal of Quality Technology 16, 1984). It is
beyond a limit, or it ends a run of nine weeks on the same side of the centre."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from math import sqrt
from statistics import mean
from typing import NamedTuple

RUN = 9
"""The number of weeks in a row on one side of the centre that mark the last of them."""
WIDTH = 3
"""How many standard deviations a limit is away from the centre."""
MEAN_RANGE = 1.128
"""The expected difference of two neighbouring values, in standard deviations."""
LEAST_WEEKS = 20
"""The minimum number of weeks from which limits are computed."""


class Week(NamedTuple):
    """A week of receipts. `since`: its first local day. `complaints`: how many had a cause that was found in
    time. `cause`: how many of them had the cause of the action."""

    since: date
    complaints: int
    cause: int


class Point(NamedTuple):
    """A week on the chart. `share`, `low` and `high`: complaints with the cause for each complaint, and the
    limits of this share. `beyond`: the share is beyond a limit. `run`: it ends a run on one side."""

    week: Week
    share: float
    low: float
    high: float
    beyond: bool
    run: bool


class RunChart(NamedTuple):
    """The points of a chart, and the share at its centre."""

    centre: float
    points: list[Point]


def run_chart(weeks: Iterable[Week], frozen_until: date) -> RunChart | None:
    """Return the chart of these weeks. The limits are computed from the weeks that begin before the day
    `frozen_until`. Weeks without complaints are left out. Return None if there are too few weeks before."""
    counted = [week for week in weeks if week.complaints]
    frozen = [week for week in counted if week.since < frozen_until]
    centre = sum(week.cause for week in frozen) / max(sum(week.complaints for week in frozen), 1)
    if len(frozen) < LEAST_WEEKS or not centre:
        return None
    values = [(week.cause / week.complaints - centre) / sqrt(centre / week.complaints) for week in frozen]
    spread = mean(abs(later - earlier) for earlier, later in pairwise(values)) / MEAN_RANGE
    points = list[Point]()
    for week in counted:
        share, width = week.cause / week.complaints, WIDTH * spread * sqrt(centre / week.complaints)
        low, high = max(0.0, centre - width), centre + width
        run = _one_side([*(point.share for point in points[1 - RUN :]), share], centre)
        points.append(Point(week, share, low, high, not low <= share <= high, run))
    return RunChart(centre, points)


def _one_side(shares: Sequence[float], centre: float) -> bool:
    """Return whether the newest `RUN` shares lie on the same side of the centre."""
    return len(shares) == RUN and (
        all(share > centre for share in shares) or all(share < centre for share in shares)
    )

"""The template's alarms, judged over recorded metrics as CloudWatch does, so that tests see them rise.

Source: Amazon CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing
data".
"""

import json
import operator
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from infra.resources import Stack

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
FARTHER = 2
"""How many periods before the last N count when some of those are missing, as in the guide."""
MINUTE = timedelta(minutes=1)
STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
EXPRESSION = re.compile(r"SUM\(METRICS\(\)\)(?: - (\w+))?")
"""The metric math that we use: the sum of all metrics with a value, perhaps without one metric, which must
then have a value. Any other expression raises ValueError."""


class Metric(NamedTuple):
    """One metric of one resource."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


class Point(NamedTuple):
    """One reported value."""

    metric: Metric
    at: datetime
    value: float


def points_of(line: str) -> list[Point]:
    """Return the points that CloudWatch takes from a line of embedded metric format: one value for each set
    of dimensions."""
    if not line.startswith('{"_aws"'):
        return []
    said = json.loads(line)
    at = datetime.fromtimestamp(said["_aws"]["Timestamp"] / 1000, UTC)
    return [
        Point(Metric(one["Namespace"], name, frozenset((key, said[key]) for key in keys)), at, said[name])
        for one in said["_aws"]["CloudWatchMetrics"]
        for keys in one["Dimensions"]
        for name in (metric["Name"] for metric in one["Metrics"])
    ]


class Record:
    """Every reported point, by metric in the order of time."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._points = defaultdict[Metric, list[tuple[datetime, float]]](list)
        for metric, at, value in sorted(points, key=lambda point: point.at):
            self._points[metric].append((at, value))

    def __contains__(self, metric: Metric) -> bool:
        return metric in self._points

    def between(self, metric: Metric, start: datetime, end: datetime) -> list[float]:
        """Return the values from `start` on and before `end`."""
        found = self._points.get(metric, [])
        first, last = (bisect_left(found, (moment,)) for moment in (start, end))
        return [value for _, value in found[first:last]]


@dataclass(frozen=True)
class Alarm:
    """An alarm of the template with its references resolved."""

    name: str
    properties: Mapping[str, Any]
    metrics: Mapping[str, tuple[Metric, str, timedelta]] = field(default_factory=dict)
    """The watched metrics by their ids in the expression: metric, statistic, period."""

    @classmethod
    def of(cls, name: str, properties: Mapping[str, Any], stack: Stack) -> "Alarm":
        """Return an alarm of a template."""
        given = stack.resolve(properties)
        if "Metrics" in given:
            stats = {one["Id"]: one["MetricStat"] for one in given["Metrics"] if "MetricStat" in one}
        else:
            stats = {"": {"Metric": given, "Stat": given["Statistic"], "Period": given["Period"]}}
        return cls(
            name,
            given,
            {
                id: (_metric(one["Metric"]), one["Stat"], timedelta(seconds=one["Period"]))
                for id, one in stats.items()
            },
        )

    @cached_property
    def period(self) -> timedelta:
        """The length of one evaluation period, which is the same for all its metrics."""
        (period,) = {period for _, _, period in self.metrics.values()}
        return period

    @cached_property
    def missing(self) -> str:
        """How the alarm treats missing data. An alarm on a table's metric ignores it, whatever the template
        says."""
        of_table = any(metric.namespace == "AWS/DynamoDB" for metric, _, _ in self.metrics.values())
        return "ignore" if of_table else str(self.properties.get("TreatMissingData", "missing"))

    def states(self, record: Record, start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
        """Yield the alarm's state at each minute from `start` to `end`. Before `start` there is no data."""
        state, at = UNKNOWN, start
        compare, threshold = COMPARISONS[self.properties["ComparisonOperator"]], self.properties["Threshold"]
        many, enough = self.properties["EvaluationPeriods"], self.properties["DatapointsToAlarm"]
        while at <= end:
            values = (self._value(record, at - n * self.period) for n in range(many + FARTHER))
            found = [None if value is None else compare(value, threshold) for value in values]
            state = judged(found, many, enough, self.missing, state)
            yield at, state
            at += MINUTE

    def _value(self, record: Record, end: datetime) -> float | None:
        """Return the value to compare with the threshold, for the period that ends at `end`; None without
        data. Raises ValueError for an unknown expression."""
        values = {
            id: STATISTICS[stat](found)
            for id, (metric, stat, period) in self.metrics.items()
            if (found := record.between(metric, end - period, end))
        }
        if "" in self.metrics:
            return values.get("")
        (expression,) = (one["Expression"] for one in self.properties["Metrics"] if "Expression" in one)
        known = EXPRESSION.fullmatch(expression)
        if known is None:
            raise ValueError(f"{self.name}: {expression} is not known here")
        without = known[1]
        if not values or (without and without not in values):
            return None
        return sum(values.values()) - (values[without] if without else 0)


def judged(found: Sequence[bool | None], many: int, enough: int, missing: str, state: str) -> str:
    """Return the new state from periods, the newest first. Each tells whether it breaches; None has no data.

    With `many` real values the newest decide. With fewer, missing data counts as `missing` says.
    """
    real = [breaches for breaches in found if breaches is not None]
    if len(real) >= many:
        return ALARM if sum(real[:many]) >= enough else OK
    if missing in ("breaching", "notBreaching"):
        return ALARM if sum(real) + (many - len(real)) * (missing == "breaching") >= enough else OK
    if sum(real) >= enough:
        return ALARM
    if all(real):  # no period contradicts an alarm, or there is no data at all
        return state if missing == "ignore" else ALARM if real else UNKNOWN
    return OK


def _metric(of: Mapping[str, Any]) -> Metric:
    dimensions = frozenset((one["Name"], one["Value"]) for one in of.get("Dimensions", ()))
    return Metric(of["Namespace"], of["MetricName"], dimensions)

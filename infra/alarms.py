"""An evaluator of the template's CloudWatch alarms. It computes from recorded metrics when an alarm rises, so
that tests can check the alarms without AWS. Source: Amazon CloudWatch User Guide, "Alarm evaluation" and
"Configuring how CloudWatch alarms treat missing data"."""

import json
import operator
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from typing import Any, NamedTuple

from infra.resources import Stack

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
FARTHER = 2
"""The number of periods that CloudWatch looks at in addition to the periods of an alarm. These periods are
older, and replace periods without data."""
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
"""The only metric math that the template may use: the sum of all metrics that have a value, or this sum minus
one named metric. If the named metric has no value, the result has no value either."""


TERM = re.compile(r'\(?ALARM\("\w+"\)( AND NOT ALARM\("\w+"\))*\)?')
"""The only form that a part of a composite alarm's rule may have. The parts are joined by OR."""


class Metric(NamedTuple):
    """A metric of CloudWatch: its namespace, its name, and its dimensions as pairs of a name and a value."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


class Point(NamedTuple):
    """A value that was reported for a metric at a moment."""

    metric: Metric
    at: datetime
    value: float


def points_of(line: str) -> list[Point]:
    """Return the values that CloudWatch would record from a log line (embedded metric format): one for each
    metric in the line and each set of its dimensions. Return [] for any other line."""
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
    """All recorded values. `metric in record` is true if a value of this metric was recorded."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._points = defaultdict[Metric, list[tuple[datetime, float]]](list)
        for metric, at, value in sorted(points, key=lambda point: point.at):
            self._points[metric].append((at, value))

    def __contains__(self, metric: Metric) -> bool:
        return metric in self._points

    def between(self, metric: Metric, start: datetime, end: datetime) -> list[float]:
        """Return the values of a metric from `start` (inclusive) to `end` (exclusive), the oldest first."""
        found = self._points.get(metric, [])
        first, last = (bisect_left(found, (moment,)) for moment in (start, end))
        return [value for _, value in found[first:last]]


@dataclass(frozen=True)
class Alarm:
    """An alarm of the template. `properties` are its properties in the template, in which references are
    replaced by their values."""

    name: str
    properties: Mapping[str, Any]
    metrics: Mapping[str, tuple[Metric, str, timedelta]] = field(default_factory=dict)
    """The metrics that the alarm watches, each with its statistic and its period. The key is the metric's id
    in the alarm's expression; a single metric without an expression has the key ""."""

    @classmethod
    def of(cls, name: str, properties: Mapping[str, Any], stack: Stack) -> "Alarm":
        """Return an alarm from its name and properties in the template. `stack` resolves the references in
        them."""
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
        """The length of a period of the alarm. All metrics of the alarm must have the same length."""
        (period,) = {period for _, _, period in self.metrics.values()}
        return period

    @cached_property
    def missing(self) -> str:
        """How the alarm treats a period without data: "missing", "ignore", "breaching" or "notBreaching".
        CloudWatch always uses "ignore" for a metric of DynamoDB, whatever the template says."""
        of_table = any(metric.namespace == "AWS/DynamoDB" for metric, _, _ in self.metrics.values())
        return "ignore" if of_table else str(self.properties.get("TreatMissingData", "missing"))

    def states(self, record: Record, start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
        """Yield each minute from `start` to `end`, with the state of the alarm at that minute. The alarm
        starts without data at `start`."""
        state, at = UNKNOWN, start
        compare, threshold = COMPARISONS[self.properties["ComparisonOperator"]], self.properties["Threshold"]
        many, enough = self.properties["EvaluationPeriods"], self.properties["DatapointsToAlarm"]
        value_at = cache(partial(self._value, record))
        while at <= end:
            values = (value_at(at - n * self.period) for n in range(many + FARTHER))
            found = [None if value is None else compare(value, threshold) for value in values]
            state = judged(found, many, enough, self.missing, state)
            yield at, state
            at += MINUTE

    def _value(self, record: Record, end: datetime) -> float | None:
        """Return the value that is compared with the threshold, for the period that ends at `end`. Return
        None if there is no data. Raises ValueError if the alarm's expression is none that `EXPRESSION`
        matches."""
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


class Composite(NamedTuple):
    """A composite alarm of the template. `rule` is its rule, in which references are replaced by their
    values."""

    rule: str

    def holds(self, risen: Set[str]) -> bool:
        """Return whether the alarm is raised while the alarms with the names in `risen` are. Raises
        ValueError if a part of the rule does not match `TERM`."""
        terms = self.rule.split(" OR ")
        if not all(map(TERM.fullmatch, terms)):
            raise ValueError(f"{self.rule} is not known here")
        parts = (re.findall(r'"(\w+)"', term) for term in terms)
        return any(one in risen and risen.isdisjoint(held) for one, *held in parts)


def judged(found: Sequence[bool | None], many: int, enough: int, missing: str, state: str) -> str:
    """Return the new state of an alarm; `state` is its state before.

    `found` tells for each period, the newest first, whether the value breaches the threshold; None means no
    data. The alarm rises if `enough` of `many` periods breach. The newest `many` periods with data decide. If
    fewer periods have data, `missing` tells how a period without data counts."""
    real = [breaches for breaches in found if breaches is not None]
    if len(real) >= many:
        return ALARM if sum(real[:many]) >= enough else OK
    if missing in ("breaching", "notBreaching"):
        return ALARM if sum(real) + (many - len(real)) * (missing == "breaching") >= enough else OK
    if sum(real) >= enough:
        return ALARM
    if all(real):  # every period with data breaches, or no period has data
        return state if missing == "ignore" else ALARM if real else UNKNOWN
    return OK


def _metric(of: Mapping[str, Any]) -> Metric:
    dimensions = frozenset((one["Name"], one["Value"]) for one in of.get("Dimensions", ()))
    return Metric(of["Namespace"], of["MetricName"], dimensions)

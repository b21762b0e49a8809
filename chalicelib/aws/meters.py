"""The metrics for operations, in CloudWatch's embedded metric format: a metric is a line of JSON in the log,
so that no call is needed."""

import json
from collections.abc import Callable
from datetime import datetime

NAMESPACE = "Redress"


class Emf:
    """The metrics, printed for CloudWatch. Each has the stack's name as a dimension, which keeps the metrics
    of two stacks apart."""

    def __init__(self, stack: str, now: Callable[[], datetime]) -> None:
        self._stack, self._now = stack, now

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Report one value of the metric `name` for the whole company. With `team`, report it also for that
        team."""
        of = {"Stack": self._stack} | ({"Team": team} if team else {})
        dimensions = [["Stack"], ["Stack", "Team"]] if team else [["Stack"]]
        metric = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": [{"Name": name, "Unit": unit}]}
        at = int(self._now().timestamp() * 1000)
        about = {"Timestamp": at, "CloudWatchMetrics": [metric]}
        print(json.dumps({"_aws": about, name: value, **of}), flush=True)

"""The metrics of operations in the embedded metric format: one line of JSON each, no call."""

import json
from collections.abc import Callable
from datetime import datetime

NAMESPACE = "Redress"


class Emf:
    """The metrics, printed for CloudWatch. Each has the stack's name as a dimension, to keep stacks apart."""

    def __init__(self, stack: str, now: Callable[[], datetime]) -> None:
        self._stack, self._now = stack, now

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Report one value for the whole company, and also for the team where one is given."""
        of = {"Stack": self._stack} | ({"Team": team} if team else {})
        dimensions = [["Stack"], ["Stack", "Team"]] if team else [["Stack"]]
        metric = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": [{"Name": name, "Unit": unit}]}
        at = int(self._now().timestamp() * 1000)
        about = {"Timestamp": at, "CloudWatchMetrics": [metric]}
        print(json.dumps({"_aws": about, name: value, **of}), flush=True)

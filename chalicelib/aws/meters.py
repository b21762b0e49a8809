"""What operations watch, as metrics in the embedded metric format: one line of JSON each, no call."""
from __future__ import annotations

import json
import time

NAMESPACE = "Redress"


class Emf:
    """Metrics printed for CloudWatch to read."""

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Report one value, of the whole house or of one team."""
        of = {"Team": team} if team else {}
        metric = {"Namespace": NAMESPACE, "Dimensions": [[*of]], "Metrics": [{"Name": name, "Unit": unit}]}
        print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}, name: value, **of}), flush=True)

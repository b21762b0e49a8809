"""Lambda events for the functions."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

ID = "8a1f0c3e-0000-4000-8000-000000000001"


def context() -> SimpleNamespace:
    """Return a Lambda context with time left."""
    return SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000, aws_request_id=ID)


def message(body: Any) -> dict[str, Any]:
    """Return a batch of one message with the id `m1`."""
    return {"Records": [{"messageId": "m1", "body": json.dumps(body)}]}


def schedule() -> dict[str, str]:
    """Return the event of a schedule."""
    named = ("version", "id", "account", "time", "region", "source", "detail-type", "resources", "detail")
    return dict.fromkeys(named, "")

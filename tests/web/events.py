"""Events as Lambda hands them to the functions."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

ID = "8a1f0c3e-0000-4000-8000-000000000001"


def context() -> SimpleNamespace:
    """A run of a function with time left."""
    return SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000, aws_request_id=ID)


def message(body: Any) -> dict[str, Any]:
    """A batch of one message, of the id `m1`."""
    return {"Records": [{"messageId": "m1", "body": json.dumps(body)}]}


def schedule() -> dict[str, str]:
    """What a schedule wakes a function with."""
    named = ("version", "id", "account", "time", "region", "source", "detail-type", "resources", "detail")
    return dict.fromkeys(named, "")

"""A batch of queued tasks: each on its own, the failed ones reported, those not begun in time handed back."""
from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

HAND_BACK_MS = 10_000
"""Records not begun with this much time left are handed back to the queue."""
log = logging.getLogger("redress")
LeftMs = Callable[[], int]


def each(event: Any, do: Callable[[dict[str, Any], LeftMs], object]) -> dict[str, Any]:
    """Do every task of an SQS event; the answer names the messages that SQS must keep."""
    left: LeftMs = event.context.get_remaining_time_in_millis
    failed = []
    for record in event.to_dict()["Records"]:
        try:
            if left() < HAND_BACK_MS:
                raise TimeoutError("handed back")
            do(json.loads(record["body"]), left)
        except Exception:  # one broken task must not send the good ones round again
            log.exception("task failed", extra={"id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}

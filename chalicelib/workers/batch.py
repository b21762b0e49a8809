"""Runs the tasks of a worker: a single scheduled task, or a batch of tasks from a queue, each of which can
fail alone. Failures are logged here."""

import json
from collections.abc import Callable
from typing import Any

from chalicelib.cases.casework import MovesHeld
from chalicelib.logs import carry, carrying, log

HAND_BACK_MS = 10_000
"""If less time than this is left (milliseconds), no further task of a batch is begun. The tasks that are not
begun go back to the queue."""
LeftMs = Callable[[], int]


class ScheduleFailed(Exception):
    """A scheduled task or a request of another function failed. The text of this error is only the kind of
    the task's error, because Lambda logs the text."""


def do_each(event: Any, do: Callable[[dict[str, Any], LeftMs], object]) -> dict[str, Any]:
    """Do every task of an SQS event. `do` gets the task, and a function that returns the remaining
    milliseconds. Return the ids of the messages that SQS must deliver again, in the form that SQS expects."""
    left: LeftMs = event.context.get_remaining_time_in_millis
    failed = []
    for record in event.to_dict()["Records"]:
        with carrying(correlation=record["messageId"]):
            try:
                if left() < HAND_BACK_MS:
                    raise TimeoutError("handed back")
                task = json.loads(record["body"])
                if isinstance(ref := task.get("ref"), str):
                    carry(ref=ref)
                do(task, left)
            except Exception:  # one failed task must not make the queue repeat the others
                log.exception("task failed")
                failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def do_scheduled(event: Any, do: Callable[[LeftMs], object]) -> None:
    """Run a scheduled task. `do` gets a function that returns the remaining milliseconds. If it fails, log
    the error and raise ScheduleFailed, so that Lambda counts an error of the function. While all changes are
    held, a task that needs one has not failed: its next run does it."""
    with carrying(correlation=event.context.aws_request_id):
        try:
            do(event.context.get_remaining_time_in_millis)
        except MovesHeld:
            log.info("waits, since all changes are held")
        except Exception as error:
            log.exception("schedule failed")
            raise ScheduleFailed(type(error).__name__) from None


def do_asked(event: dict[str, Any], context: Any, do: Callable[[dict[str, Any]], Any]) -> Any:
    """Return the answer of `do` to another function that waits for it. If it fails, log the error and raise
    ScheduleFailed."""
    with carrying(correlation=context.aws_request_id):
        try:
            return do(event)
        except Exception as error:
            log.exception("request failed")
            raise ScheduleFailed(type(error).__name__) from None

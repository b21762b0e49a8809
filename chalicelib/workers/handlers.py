"""The functions that schedules and queues start, all but the site. None imports a page or a route, so that
they start faster."""

import gc
from typing import Any

from chalice import Blueprint, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib import logs
from chalicelib.wiring import product
from chalicelib.workers.batch import alone, each

logs.set_up()  # the site imports this module too
gc.freeze()  # the garbage collector need not look through what has been made until now
woken = Blueprint(__name__)


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def clock(event: CloudWatchEvent) -> None:
    """Ask for a walk of each shard with due rows, once a minute."""
    alone(event, lambda: product.clockwork.tick())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def cover(event: CloudWatchEvent) -> None:
    """Report roles that will be empty within 48 hours and mediators' qualifications that end soon, once an
    hour."""
    alone(event, lambda: product.cover.watch())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def record(event: CloudWatchEvent) -> None:
    """Ask for the hourly check of the record, shard by shard."""
    alone(event, lambda: product.record.hour())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def night(event: CloudWatchEvent) -> None:
    """Export each finished day (UTC) that is not exported yet and compute the figures, once an hour."""
    alone(event, lambda: product.figures.night())


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def accounts(event: CloudWatchEvent) -> None:
    """Disable members of staff whose accounts were disabled or removed, twice a minute in one run."""
    alone(event, lambda: product.watch_accounts())


@woken.on_sqs_message(queue="redress-clock", batch_size=1)
def walk(event: SQSEvent) -> dict[str, Any]:
    """Walk a shard of cases, the oldest due first."""
    return each(event, lambda task, left: product.clockwork.walk(task["shard"], left))


@woken.on_sqs_message(queue="redress-record", batch_size=1)
def watch(event: SQSEvent) -> dict[str, Any]:
    """Compare the heads of a shard with the signed lists, and check its cases."""
    return each(event, lambda task, left: product.record.watch(task["shard"], left, task.get("rest", False)))


@woken.on_sqs_message(queue="redress-post", batch_size=1)
def post(event: SQSEvent) -> dict[str, Any]:
    """Walk a shard of letters, the urgent ones first."""
    return each(event, lambda task, left: product.clockwork.walk_letters(task["shard"], left))


@woken.on_sqs_message(queue="redress-letters", batch_size=10)
def letters(event: SQSEvent) -> dict[str, Any]:
    """Send letters that a move has just owed, repeat an access link, or send the survey about the process."""
    return each(event, product.letters_asked)


@woken.on_sqs_message(queue="redress-post-events", batch_size=10)
def post_events(event: SQSEvent) -> dict[str, Any]:
    """Record the mail provider's reports on letters: sent, bounced."""
    return each(event, lambda task, left: product.provider_says(task))


@woken.on_sqs_message(queue="redress-documents", batch_size=1)
def documents(event: SQSEvent) -> dict[str, Any]:
    """Make, seal and keep the papers of an agreement in force, or make a requested copy of a complaint or
    report."""
    return each(event, lambda task, left: product.documents.make(task["ref"], task.get("copy", "")))


@woken.on_sqs_message(queue="redress-files", batch_size=1)
def files(event: SQSEvent) -> dict[str, Any]:
    """Check evidence files that have arrived."""
    return each(event, product.store_says)

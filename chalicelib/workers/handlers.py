"""The functions that schedules and queues wake: all but the site. None of them imports a page or a route, so
that they start faster."""

import gc
from typing import Any

from chalice import Blueprint, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib import logs
from chalicelib.wiring import product
from chalicelib.workers.batch import alone, each

logs.set_up()  # the site imports this module too
gc.freeze()  # what has been made until now stays, and is no longer looked through for garbage
woken = Blueprint(__name__)


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def clock(event: CloudWatchEvent) -> None:
    """Once a minute: which shards have something due?"""
    alone(event, lambda: product.clockwork.tick())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def cover(event: CloudWatchEvent) -> None:
    """Once an hour: which roles will be empty within 48 hours, whose qualification ends soon?"""
    alone(event, lambda: product.cover.watch())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def record(event: CloudWatchEvent) -> None:
    """Ask for the hourly check of the record, shard by shard."""
    alone(event, lambda: product.record.hour())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def night(event: CloudWatchEvent) -> None:
    """Once an hour: is a day (UTC) over that is not exported yet? Then the figures are reckoned anew."""
    alone(event, lambda: product.figures.night())


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def accounts(event: CloudWatchEvent) -> None:
    """Twice a minute, in one run: whose account has been disabled or removed?"""
    alone(event, lambda: product.watch_accounts())


@woken.on_sqs_message(queue="redress-clock", batch_size=1)
def walk(event: SQSEvent) -> dict[str, Any]:
    """Walk a shard of cases, oldest first."""
    return each(event, lambda task, left: product.clockwork.walk(task["shard"], left))


@woken.on_sqs_message(queue="redress-record", batch_size=1)
def watch(event: SQSEvent) -> dict[str, Any]:
    """Compare the heads of a shard with the signed lists, and check its cases."""
    return each(event, lambda task, left: product.record.watch(task["shard"], left, task.get("rest", False)))


@woken.on_sqs_message(queue="redress-post", batch_size=1)
def post(event: SQSEvent) -> dict[str, Any]:
    """Walk a shard of letters, the urgent first."""
    return each(event, lambda task, left: product.clockwork.walk_letters(task["shard"], left))


@woken.on_sqs_message(queue="redress-letters", batch_size=10)
def letters(event: SQSEvent) -> dict[str, Any]:
    """Send the letters that a move has just owed, the access link that somebody asks for again,
    or the question to people who were drawn."""
    return each(event, product.letters_asked)


@woken.on_sqs_message(queue="redress-post-events", batch_size=10)
def post_events(event: SQSEvent) -> dict[str, Any]:
    """What the mail provider tells of letters: sent, bounced."""
    return each(event, lambda task, left: product.provider_says(task))


@woken.on_sqs_message(queue="redress-documents", batch_size=1)
def documents(event: SQSEvent) -> dict[str, Any]:
    """Make, seal and keep the papers of an agreement that has come into force; make the copy of a complaint
    or of a report that was asked for."""
    return each(event, lambda task, left: product.documents.make(task["ref"], task.get("copy", "")))


@woken.on_sqs_message(queue="redress-files", batch_size=1)
def files(event: SQSEvent) -> dict[str, Any]:
    """Check evidence files that have arrived."""
    return each(event, product.store_says)

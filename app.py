"""The index of everything that can wake the system: route groups, schedules and queues."""

from __future__ import annotations

from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib import logs
from chalicelib.batch import alone, each
from chalicelib.web import pages
from chalicelib.web.api import openapi
from chalicelib.web.routes import address, api, consumer, desk, handed, mediators
from chalicelib.web.routes import files as file_routes
from chalicelib.web.routes import reads as read_routes
from chalicelib.web.routes import record as record_routes
from chalicelib.web.routes import roster as roster_routes
from chalicelib.web.routes import sessions as session_routes
from chalicelib.web.routes import stories as story_routes
from chalicelib.web.routes import verify as verify_routes
from chalicelib.wiring import product

logs.set_up()
app = Chalice(app_name="redress", configure_logs=False)
app.api.binary_types[:] = []
app.register_middleware(pages.observe, "http")
for routes in (
    api.routes,
    openapi.routes,
    consumer.routes,
    address.routes,
    handed.routes,
    desk.routes,
    file_routes.routes,
    roster_routes.routes,
    mediators.routes,
    verify_routes.routes,
    story_routes.routes,
    record_routes.routes,
    read_routes.routes,
    session_routes.routes,
):
    app.register_blueprint(routes)


@app.schedule(Rate(1, unit=Rate.MINUTES))
def clock(event: CloudWatchEvent) -> None:
    """Once a minute: which shards have something due?"""
    alone(event, lambda: product.clockwork.tick())


@app.schedule(Rate(1, unit=Rate.HOURS))
def cover(event: CloudWatchEvent) -> None:
    """Once an hour: which roles will be empty within 48 hours, whose qualification ends soon?"""
    alone(event, lambda: product.cover.watch())


@app.schedule(Rate(1, unit=Rate.HOURS))
def record(event: CloudWatchEvent) -> None:
    """Once an hour: are the records of cases what their timelines say? Signed lists of yesterday's are
    kept."""
    alone(event, lambda: product.record.hour())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def accounts(event: CloudWatchEvent) -> None:
    """Once a minute: whose account has been disabled or removed?"""
    alone(event, lambda: product.watch_accounts())


@app.on_sqs_message(queue="redress-clock", batch_size=1)
def walk(event: SQSEvent) -> dict[str, Any]:
    """Walk a shard of cases, oldest first."""
    return each(event, lambda task, left: product.clockwork.walk(task["shard"], left))


@app.on_sqs_message(queue="redress-post", batch_size=1)
def post(event: SQSEvent) -> dict[str, Any]:
    """Walk a shard of letters, the urgent first."""
    return each(event, lambda task, left: product.clockwork.walk_letters(task["shard"], left))


@app.on_sqs_message(queue="redress-letters", batch_size=10)
def letters(event: SQSEvent) -> dict[str, Any]:
    """Send the letters that a move has just owed."""
    return each(
        event,
        lambda task, left: product.correspondence.nudged(
            task["ref"], task["letters"], task.get("posts", ()), left
        ),
    )


@app.on_sqs_message(queue="redress-post-events", batch_size=10)
def post_events(event: SQSEvent) -> dict[str, Any]:
    """What the mail provider tells of letters: sent, bounced."""
    return each(event, lambda task, left: product.provider_says(task))


@app.on_sqs_message(queue="redress-documents", batch_size=1)
def documents(event: SQSEvent) -> dict[str, Any]:
    """Make, seal and keep the papers of an agreement that has come into force."""
    return each(event, lambda task, left: product.documents.make(task["ref"]))


@app.on_sqs_message(queue="redress-files", batch_size=1)
def files(event: SQSEvent) -> dict[str, Any]:
    """Check evidence files that have arrived."""
    return each(event, lambda task, left: product.store_says(task))

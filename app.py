"""The index: every route group, schedule and queue that can wake the system."""
from __future__ import annotations

import logging
from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib.batch import each
from chalicelib.web import api, consumer, desk, openapi, pages
from chalicelib.wiring import product

logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", force=True)
logging.getLogger("redress").setLevel(logging.INFO)
app = Chalice(app_name="redress", configure_logs=False)
app.api.binary_types[:] = []
app.register_middleware(pages.observe, "http")
for routes in (api.routes, openapi.routes, consumer.routes, desk.routes):
    app.register_blueprint(routes)


@app.schedule(Rate(1, unit=Rate.MINUTES))
def clock(event: CloudWatchEvent) -> None:
    """Once a minute: which shards have something due?"""
    product.clockwork.tick()


@app.on_sqs_message(queue="redress-clock", batch_size=1)
def walk(event: SQSEvent) -> dict[str, Any]:
    """Walk a shard, oldest first."""
    return each(event, lambda task, left: product.clockwork.walk(task["shard"], left))


@app.on_sqs_message(queue="redress-letters", batch_size=10)
def letters(event: SQSEvent) -> dict[str, Any]:
    """Send the letters that a move has just owed."""
    return each(event, lambda task, left: product.correspondence.nudged(task["ref"], task["letters"]))


@app.on_sqs_message(queue="redress-post-events", batch_size=10)
def post_events(event: SQSEvent) -> dict[str, Any]:
    """What the mail provider tells of letters: sent, bounced."""
    return each(event, lambda task, left: product.provider_says(task))

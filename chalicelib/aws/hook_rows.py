"""The endpoints of webhooks, and the log of their deliveries. They have partitions of their own. The function
that sends webhooks has rights to these and to those of changes, and to none of a case."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import RowShape
from chalicelib.cases.casework import Newer, Unavailable, Unreadable, WriteConflict
from chalicelib.domain.calendar import stamp
from chalicelib.domain.frozen import frozen
from chalicelib.hooks.endpoint import Delivery, Endpoint
from chalicelib.logs import log

LOGGED = timedelta(days=30)
"""How long the log of deliveries is kept."""
TRIES = 5
"""How often a change of an endpoint is tried, because the sender or its owner may change it at that time."""


@frozen
class Run:
    """The deliveries of a run of the sender to one endpoint."""

    deliveries: tuple[Delivery, ...]


class LoggedRun(NamedTuple):
    """A line of the log: the moment of the run, and its deliveries."""

    at: str
    deliveries: tuple[Delivery, ...]


ENDPOINT, RUN = RowShape(Endpoint), RowShape(Run)


class HookRows:
    """The endpoints, all under one partition key because they are few, and a log for each."""

    def every(self) -> list[Endpoint]:
        """Return all endpoints. One that cannot be read is left out, and does not stop the others."""
        found = []
        for row in Row.query(rows.HOOKS, consistent_read=True):
            try:
                found.append(ENDPOINT.read(row))
            except Newer:  # a release that can read it sends its webhooks
                log.info("left to a newer release", extra={"endpoint": row.sk})
            except Unreadable:
                log.error("an endpoint cannot be read", extra={"endpoint": row.sk})
        return found

    def find(self, id: str) -> Endpoint | None:
        """Return the endpoint with this id; None if there is none."""
        row = Row.find(rows.HOOKS, id)
        return ENDPOINT.read(row) if row else None

    def add(self, endpoint: Endpoint) -> None:
        """Store a new endpoint."""
        body = ENDPOINT.written(endpoint).decode()
        Row(rows.HOOKS, endpoint.id, body=body).save(condition=Row.pk.does_not_exist())

    def change(self, id: str, step: Callable[[Endpoint], Endpoint]) -> Endpoint | None:
        """Apply a step to an endpoint as it is stored now, and return the result; None if the endpoint was
        deleted. An unchanged endpoint is not written. Raises Unavailable if others change it all the time."""
        for _ in range(TRIES):
            row = Row.find(rows.HOOKS, id)
            if row is None:
                return None
            before = ENDPOINT.read(row)
            after = step(before)
            body = ENDPOINT.written(after).decode()
            if after == before or Row(rows.HOOKS, id).updated([Row.body.set(body)], Row.body == row.body):
                return after
        raise Unavailable("endpoint")

    def drop(self, id: str) -> None:
        """Delete an endpoint. Its log ends by itself."""
        with suppress(WriteConflict):
            Row(rows.HOOKS, id).delete()

    def log(self, id: str, at: datetime, deliveries: Sequence[Delivery]) -> None:
        """Write the deliveries of a run to the log of an endpoint."""
        body = RUN.written(Run(tuple(deliveries))).decode()
        ttl = int((at + LOGGED).timestamp())
        Row(rows.hook_log(id), stamp(at), body=body, ttl=ttl).save()

    def logged(self, id: str, before: str, limit: int) -> list[LoggedRun]:
        """Return the last runs in the log of an endpoint, the newest first. `before`: only runs before this
        moment, as in `LoggedRun.at`; "" for the newest ones."""
        within = Row.sk < before if before else None
        found = Row.query(rows.hook_log(id), within, scan_index_forward=False, limit=limit)
        return [LoggedRun(row.sk, RUN.read(row).deliveries) for row in found]

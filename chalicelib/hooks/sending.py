"""Sends the webhooks of all endpoints, once a minute. Each endpoint has its own thread and its own place in
the changes, so an endpoint that fails or hangs does not delay another."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import NamedTuple, Protocol

from chalicelib.access.links import PurposeKeys
from chalicelib.cases.casework import Meters, Unavailable
from chalicelib.domain.calendar import stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.holds import HOOKS
from chalicelib.hooks.endpoint import AT_ONCE, Delivery, DeliveryFault, Endpoint, Failing, WebhookKind, secret
from chalicelib.hooks.https import IN_ALL_S, Answer
from chalicelib.logs import log
from chalicelib.view.changes import Changed

VERSION, TEST = 1, "test"
"""The version of the payload, which a new field does not change, and the type of a test event."""
A_RUN, TOGETHER = 500, 32
"""How many webhooks an endpoint gets in one run at most, and to how many endpoints we send at once."""
GONE = 410
"""The status with which a receiver ends webhooks for good (RFC 9110, section 15.5.11)."""
KEEPS_MS = 5_000
"""How much time a run keeps to write down what was sent (milliseconds). No webhook is begun that could
take longer than until then."""


class Changes(Protocol):
    """The changes of a partner's complaints in order. `after` returns at most `limit` changes after a
    position, and the position after them. `since` returns the position before all changes from a moment
    on."""

    def after(self, feed: str, position: str, limit: int) -> tuple[list[Changed], str]: ...
    def since(self, at: datetime) -> str: ...


class Endpoints(Protocol):
    """The stored endpoints. `change` applies a step to the endpoint as it is stored now, and returns the
    result; None if the endpoint was deleted. `log` writes down the deliveries of a run."""

    def every(self) -> list[Endpoint]: ...
    def change(self, id: str, step: Callable[[Endpoint], Endpoint]) -> Endpoint | None: ...
    def log(self, id: str, at: datetime, deliveries: Sequence[Delivery]) -> None: ...


class Poster(Protocol):
    """Posts a webhook to an address and returns what it led to."""

    def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer: ...


class Webhook(NamedTuple):
    """A webhook to be sent: its id, whether it is live, replayed or a test, its body, and the moment of its
    change (None for a test). `n`: its number in the page of changes that was read."""

    id: str
    kind: WebhookKind
    body: str
    at: datetime | None = None
    n: int = 0


class Batch(NamedTuple):
    """The webhooks of an endpoint in a run, in this order, signed with `secrets`. `after`, `replayed`: the
    positions after the new changes, and after those that are sent again. `after` is None if it was not read.
    `ends`: nothing is left to send again. `deliveries`: what became of the first webhooks."""

    endpoint: Endpoint
    webhooks: list[Webhook]
    secrets: Sequence[bytes]
    deliveries: list[Delivery]
    after: str | None = None
    replayed: str = ""
    ends: bool = False

    def hangs(self) -> None:
        """Add a failure for the first webhook without a delivery. The thread that sends may still wait, and
        what it adds later does not count."""
        left = self.webhooks[len(self.deliveries) :]
        silent = (None, DeliveryFault.SILENT, int(IN_ALL_S * 1000))
        self.deliveries.extend(Delivery(one.id, one.kind, one.at, *silent) for one in left[:1])


class Sender:
    """Sends the webhooks of all endpoints. `keys` returns the keys of the secrets, and may raise Unavailable.
    `held` returns the parts of the system that are stopped (`domain/holds.py`)."""

    def __init__(
        self,
        endpoints: Endpoints,
        changes: Changes,
        keys: Callable[[], PurposeKeys],
        poster: Poster,
        meters: Meters,
        now: Callable[[], datetime],
        held: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._endpoints, self._changes, self._keys = endpoints, changes, keys
        self._poster, self._meters, self._now, self._held = poster, meters, now, held
        self._ran: datetime | None = None
        self.longest_s = IN_ALL_S

    def run(self, left_ms: Callable[[], int]) -> None:
        """Send what is due to all endpoints, and write down what became of it. `left_ms` returns the
        worker's remaining milliseconds.

        An endpoint that took webhooks costs two writes, whatever their number: its place, and a line of its
        log. The first failure costs the same. Further failures cost none, until the endpoint is disabled."""
        now = self._now()
        held = HOOKS in self._held()
        self._meters.count("HooksHeld", float(held))
        if not held:
            before, self._ran = self._ran or now - AT_ONCE, now
            until = monotonic() + (left_ms() - KEEPS_MS) / 1000 - self.longest_s
            batches = [*self._batches(now, before)]
            failing = sum(one.endpoint.failing is not None for one in batches)
            # those that fail come last, so that they cannot occupy all threads
            batches.sort(key=lambda batch: batch.endpoint.failing is not None)
            pool = ThreadPoolExecutor(TOGETHER)
            sent = {pool.submit(self._send, batch, until): batch for batch in batches}
            try:
                for future in as_completed(sent, until + self.longest_s - monotonic()):
                    self._end(sent.pop(future), now, future.result)
            except TimeoutError:  # a name server may not answer for longer than a receiver may take
                for future, batch in sent.items():
                    if not future.cancel():  # what was not begun has not failed
                        self._end(batch, now, batch.hangs)
            pool.shutdown(wait=False, cancel_futures=True)
            log.info("webhooks", extra={"endpoints": len(batches), "failing": failing})
        self._meters.count("HooksHeartbeat")

    @contextmanager
    def _apart(self, endpoint: Endpoint) -> Iterator[None]:
        """Keep an error with one endpoint from the others. The endpoint is tried again next minute."""
        try:
            yield
        except Unavailable as error:
            self._meters.count("Transient")
            log.warning("no webhooks sent", extra={"endpoint": endpoint.id, "error": str(error)})
        except Exception as error:
            self._meters.count("UnhandledError")
            log.exception("no webhooks sent", extra={"endpoint": endpoint.id, "error": type(error).__name__})

    def _batches(self, now: datetime, before: datetime) -> Iterator[Batch]:
        """Yield what each endpoint gets now. An endpoint that fails gets one webhook, as a try."""
        for endpoint in self._endpoints.every():
            with self._apart(endpoint):
                batch = self._batch(endpoint, endpoint.off is None and endpoint.due(now, before))
                if batch.webhooks or batch.replayed:
                    yield batch

    def _batch(self, endpoint: Endpoint, due: bool) -> Batch:
        """Return what an endpoint gets. If it fails, that is the webhook that it did not take, which is read
        from no feed."""
        webhooks = [test_event(endpoint.test, self._now())] if endpoint.test else []
        if not due and not webhooks:
            return Batch(endpoint, [], (), [])
        keys = self._keys()
        secrets = [secret(keys, endpoint.id, one) for one in endpoint.signing(self._now())]
        if due and (failing := endpoint.failing):
            webhooks.append(Webhook(failing.webhook, failing.kind, failing.body, failing.at, 1))
        elif due:
            return self._read(Batch(endpoint, webhooks, secrets, []))
        return Batch(endpoint, webhooks, secrets, [])

    def _read(self, batch: Batch) -> Batch:
        """Return a batch with the changes that the endpoint has not got yet, and those to be sent again."""
        endpoint, webhooks = batch.endpoint, batch.webhooks
        found, after = self._changes.after(endpoint.feed, endpoint.after, A_RUN)
        webhooks += [event(change, WebhookKind.LIVE, n) for n, change in enumerate(found, 1)]
        asked, left = endpoint.replay, A_RUN - len(found)
        if asked is None or not left:
            return batch._replace(after=after)
        again, replayed = self._changes.after(endpoint.feed, asked.after, left)
        replays = (
            event(change, WebhookKind.REPLAY, n)
            for n, change in enumerate(again, 1)
            if change.at <= asked.until
        )
        webhooks += [one for one in replays if asked.only in ("", one.id)]
        ends = len(again) < left or again[-1].at > asked.until
        return batch._replace(after=after, replayed=replayed or asked.after, ends=ends)

    def _stopped(self) -> bool:
        """Return whether webhooks are held, or the table does not say."""
        try:
            return HOOKS in self._held()
        except Unavailable:
            return True

    def _send(self, batch: Batch, until: float) -> None:
        """Send the webhooks of an endpoint in order, until one fails, the time runs out, or webhooks are
        held. This runs in a thread of its own. It writes no table, and reads only what is held."""
        for webhook in batch.webhooks:
            if monotonic() > until or self._stopped():
                break
            said = headers(webhook, self._now(), batch.secrets)
            answer = self._poster.post(batch.endpoint.url, said, webhook.body.encode())
            batch.deliveries.append(Delivery(webhook.id, webhook.kind, webhook.at, *answer))
            if answer.fault and webhook.kind != WebhookKind.TEST:
                break

    def _end(self, batch: Batch, now: datetime, sent: Callable[[], None]) -> None:
        """Write down what became of a batch, if it can be written. `sent` completes its deliveries, and
        raises the error of its thread."""
        with self._apart(batch.endpoint):
            sent()
            self._written(batch, [*batch.deliveries], now)

    def _written(self, batch: Batch, deliveries: list[Delivery], now: datetime) -> None:
        """Write down the deliveries of a batch. Nothing is written if an endpoint still fails."""
        before = batch.endpoint
        after = self._position(batch, deliveries, WebhookKind.LIVE, before.after, batch.after)
        asked = before.replay
        replay = asked
        if asked and batch.replayed:
            at = self._position(batch, deliveries, WebhookKind.REPLAY, asked.after, batch.replayed)
            replay = None if batch.ends and at == batch.replayed else replace(asked, after=at)

        def step(endpoint: Endpoint) -> Endpoint:
            if endpoint.replay == asked:  # else another replay was asked for meanwhile
                endpoint = replace(endpoint, replay=replay)
            return self._ended(batch, deliveries, replace(endpoint, after=after), now)

        if step(before) == before:
            return
        if deliveries:
            self._endpoints.log(before.id, now, deliveries)
        ended = self._endpoints.change(before.id, step)
        if ended and ended.off and not before.off:
            self._meters.count("HookDisabled")

    def _position(
        self, batch: Batch, deliveries: list[Delivery], kind: WebhookKind, start: str, end: str | None
    ) -> str:
        """Return the position after the last webhook of a kind that was taken. `start` and `end` are the
        positions before and after all of them. If only some were taken, their changes are read again to get
        the position."""
        wanted = [one for one in batch.webhooks if one.kind == kind]
        taken = {one.webhook for one in deliveries if one.kind == kind and not one.fault}
        reached = [one.n for one in wanted if one.id in taken]
        if end is not None and len(reached) == len(wanted):
            return end
        return self._changes.after(batch.endpoint.feed, start, reached[-1])[1] if reached else start

    def _ended(self, batch: Batch, deliveries: list[Delivery], endpoint: Endpoint, now: datetime) -> Endpoint:
        """Return the endpoint after these deliveries. A test does not tell whether it fails."""
        if any(one.webhook == endpoint.test for one in deliveries):
            endpoint = replace(endpoint, test="")
        real = [one for one in deliveries if one.kind != WebhookKind.TEST]
        if any(not one.fault for one in real):
            endpoint = replace(endpoint, failing=None)
        if real and (fault := real[-1].fault) and not endpoint.off:
            [of] = (one for one in batch.webhooks if one[:2] == (real[-1].webhook, real[-1].kind))
            about = Failing(now, fault, real[-1].status, of.id, of.kind, of.body, of.at)
            return endpoint.failed(about, real[-1].status == GONE, now)
        return endpoint


def webhook_id(change: Changed) -> str:
    """Return the id of the webhook about a change. It is the same however often the webhook is sent, so a
    receiver can drop what it has already."""
    return f"msg_{change.number}_{change.entry}"


def event(change: Changed, kind: WebhookKind, n: int) -> Webhook:
    """Return the webhook about a change. Its payload has no words of people and names nobody."""
    said = {
        "type": f"complaint.{change.move}",
        "timestamp": stamp(change.at),
        "data": {
            "version": VERSION,
            "number": change.number,
            "external_id": change.external_id,
            "move": change.move,
            "entry": change.entry,
            "stage": change.stage,
        },
    }
    return Webhook(webhook_id(change), kind, _json(said), change.at, n)


def test_event(id: str, now: datetime) -> Webhook:
    """Return a test event with this id, which is about no complaint."""
    return Webhook(
        id, WebhookKind.TEST, _json({"type": TEST, "timestamp": stamp(now), "data": {"version": VERSION}})
    )


def headers(webhook: Webhook, at: datetime, secrets: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of a webhook that is sent at the moment `at`, signed with each of the secrets."""
    from standardwebhooks import Webhook as Signer

    signed = (Signer(one).sign(webhook.id, at, webhook.body) for one in secrets)
    return {
        "Content-Type": "application/json",
        "User-Agent": "redress-webhooks/1",
        "webhook-id": webhook.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _json(said: Mapping[str, object]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

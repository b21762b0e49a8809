"""An endpoint of a partner: its secrets, its place in the partner's changes, and when it is tried."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.access.links import PurposeKeys
from chalicelib.domain.frozen import frozen, replace

BOTH = timedelta(days=1)
"""How long after a rotation webhooks are signed with both secrets."""
FIRST, LONGEST_WAIT, DOUBLED = timedelta(minutes=1), timedelta(hours=1), 6
"""The back-off of an endpoint that fails: the first wait, and the longest. Each wait is twice the one before,
which is `DOUBLED` times shorter than the longest one."""
DOUBLING = FIRST * ((1 << DOUBLED) - 1)
"""How long the waits are doubled."""
GIVEN_UP = timedelta(days=5)
"""An endpoint that has failed for this long is disabled. Standard Webhooks asks for about a day at least."""
AT_ONCE = timedelta(minutes=1)
"""The time between two runs of the sender."""


class Why(StrEnum):
    """Why an endpoint gets no webhooks. `FAILED`: it failed for `GIVEN_UP`. `GONE`: it answered 410, with
    which a receiver ends webhooks. `PAUSED`: the partner or the administrator has paused it."""

    FAILED, GONE, PAUSED = "failed", "gone", "paused"


class DeliveryFault(StrEnum):
    """Why a delivery failed. `ADDRESS`: the host has an address that is not public, or none. `TLS`: the
    certificate or the encryption is invalid. `SILENT`: no answer in time. `CLOSED`: no connection, or one
    that was closed. `REDIRECT` and `STATUS`: the answer is a redirect, or another one that is no success.
    `LONG`: the answer is too long, or no HTTP."""

    ADDRESS, TLS, SILENT, CLOSED = "address", "tls", "silent", "closed"
    REDIRECT, STATUS, LONG = "redirect", "status", "long"


class WebhookKind(StrEnum):
    """Why a webhook is sent: a new change, a change that is sent again, or a test."""

    LIVE, REPLAY, TEST = "live", "replay", "test"


@frozen
class Delivery:
    """A delivery, as the log keeps it: the id of the webhook, its kind, the moment of its change, the status
    of the answer, the fault, and the milliseconds."""

    webhook: str
    kind: WebhookKind
    at: datetime | None
    status: int | None
    fault: DeliveryFault | None
    ms: int


@frozen
class Signing:
    """A secret of an endpoint: its generation, the id of the key that it is made from, and until when it
    signs (None: until it is replaced)."""

    generation: int
    key: str
    until: datetime | None = None


@frozen
class Failing:
    """Since when an endpoint fails, and the first fault with the status of that answer. The webhook that it
    did not take is stored too: its id, its kind, its body, and the moment of its change. So a further try
    needs no reading."""

    since: datetime
    fault: DeliveryFault
    status: int | None
    webhook: str
    kind: WebhookKind
    body: str
    at: datetime | None


@frozen
class Off:
    """Since when an endpoint gets no webhooks, and why. `told`: the letter about it is written."""

    since: datetime
    why: Why
    told: bool = False


@frozen
class Replay:
    """Earlier changes that are sent again: those after the position `after`, up to the moment `until`.
    `only`: the id of the one webhook that is wanted, or "" for all."""

    after: str
    until: datetime
    only: str = ""


@frozen
class Endpoint:
    """An endpoint. `contact`: the e-mail address that gets the letter when the endpoint is disabled, in
    `language`. `after`: the position in the partner's changes up to which the endpoint has taken them all.
    `test`: the id of a test event that is to be sent, or ""."""

    id: str
    partner: str
    url: str
    contact: str
    language: str
    made: datetime
    secrets: tuple[Signing, ...]
    after: str = ""
    failing: Failing | None = None
    off: Off | None = None
    replay: Replay | None = None
    test: str = ""

    @property
    def feed(self) -> str:
        """The name of the partner's changes, which is the partner as a caller."""
        return f"partner:{self.partner}"

    def due(self, now: datetime, before: datetime) -> bool:
        """Return whether the endpoint is tried now. `before` is the moment of the run before. While the
        endpoint fails, it is tried if the moment of a try lies between these two; so no try is stored."""
        if self.failing is None:
            return True
        return tries(now - self.failing.since) > tries(before - self.failing.since)

    def next_try(self, now: datetime) -> datetime:
        """Return the moment of the next try of an endpoint that fails."""
        assert self.failing
        return self.failing.since + after_tries(tries(now - self.failing.since) + 1)

    def failed(self, failing: Failing, gone: bool, now: datetime) -> Endpoint:
        """Return the endpoint after a try failed. It is disabled after `GIVEN_UP`, or at once if the receiver
        wants no more webhooks (`gone`). Otherwise a failure after the first one changes nothing."""
        failing = self.failing or failing
        if gone or now - failing.since >= GIVEN_UP:
            return replace(self, failing=failing, off=Off(now, Why.GONE if gone else Why.FAILED))
        return replace(self, failing=failing)

    def paused(self, now: datetime) -> Endpoint:
        """Return the endpoint without webhooks until it is resumed. No letter is written about it."""
        return self if self.off else replace(self, off=Off(now, Why.PAUSED, told=True))

    def resumed(self) -> Endpoint:
        """Return the endpoint with webhooks again. They go on with the first change that was not taken."""
        return replace(self, off=None, failing=None)

    def rotated(self, key: str, now: datetime) -> Endpoint:
        """Return the endpoint with a new secret. The one before also signs for `BOTH`; any earlier one
        ends at once. `key`: the id of the key that makes the new secret."""
        last = self.secrets[0]
        return replace(self, secrets=(Signing(last.generation + 1, key), replace(last, until=now + BOTH)))

    def signing(self, now: datetime) -> tuple[Signing, ...]:
        """Return the secrets that sign now, the newest first."""
        return tuple(one for one in self.secrets if one.until is None or now < one.until)


def tries(elapsed: timedelta) -> int:
    """Return how many tries after the first failure lie within the time `elapsed` since then."""
    if elapsed < FIRST:
        return 0
    if elapsed < DOUBLING + LONGEST_WAIT:
        return min((elapsed // FIRST + 1).bit_length() - 1, DOUBLED)
    return DOUBLED + (elapsed - DOUBLING) // LONGEST_WAIT


def after_tries(n: int) -> timedelta:
    """Return how long after the first failure the n-th try follows."""
    return FIRST * ((1 << min(n, DOUBLED)) - 1) + LONGEST_WAIT * max(0, n - DOUBLED)


def secret(keys: PurposeKeys, endpoint: str, signing: Signing) -> bytes:
    """Return a secret of an endpoint. It is computed from a key that only this purpose has, so it is stored
    nowhere. Raises KeyError if the key with this id does not exist any more."""
    return keys.digest(f"hook|{endpoint}|{signing.generation}", signing.key)


def shown_secret(secret: bytes) -> str:
    """Return a secret in the form of Standard Webhooks, in which its owner gets it."""
    return f"whsec_{b64encode(secret).decode()}"

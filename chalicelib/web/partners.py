"""Keys of partner systems: their scopes, their expiry and their last use."""

import hmac
import re
import secrets
from collections.abc import Collection, Iterator
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from typing_extensions import TypedDict

from chalicelib.access.authorization import Caller
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.case import Refusal, required
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.web.api.values import Moment
from chalicelib.web.problems import Unauthenticated
from chalicelib.wiring import product


class Scope(StrEnum):
    """A scope of a partner's key: file complaints, add to those that it filed, read those, record absences of
    staff. Additions are words, files, and what a partner records for the consumer."""

    FILE, ADD, READ, ABSENCES = "file", "add", "read", "absences"


class Key(TypedDict):
    """A partner's key without its secret, and when it was last used."""

    id: str
    partner: str
    channel: Channel
    scopes: list[Scope]
    given: Moment
    until: Moment
    used: Moment | None


FILES = (Scope.FILE, Scope.ADD, Scope.READ)
"""The scopes that a partner needs to file complaints. Every key from before scopes has them."""
KEY = "rk_"
"""The prefix of every key, by which scanners for leaked secrets know it."""
FORM = re.compile(rf"{KEY}([a-z0-9-]+_\d)_[\w-]+")
"""The format of a key: it names its partner and its place, and the rest is secret."""
AT_ONCE = 2
"""The most keys of a partner at one time: the key in use and its replacement."""
KEPT_AS, OF_PARTNERS = "KEY", "partners"
"""The kind under which a key is stored, and the holder under which all keys are found."""
USED_EVERY = timedelta(hours=1)
"""The shortest time between two records of a key's use."""


def caller(key: str, scope: Scope | None) -> Caller:
    """Return the partner system of a key.

    Raises Unauthenticated for an unknown, revoked or expired key, and Refusal for a key without the `scope`.
    With `scope` None, another check refuses what no partner may do."""
    named = FORM.fullmatch(key)
    id = named[1] if named else key  # a key from before ids is stored under the key itself
    kept = product.sessions.find(KEPT_AS, id, product.now())
    if kept is None or (named and not hmac.compare_digest(kept["hash"], _hash(key))):
        raise Unauthenticated
    if scope and scope not in _scopes(kept):
        product.meters.count("KeyOverScope")
        raise Refusal("key_scope", scope=str(scope))
    if named and (kept["used"] is None or product.now() - instant(kept["used"]) >= USED_EVERY):
        product.sessions.change(KEPT_AS, id, kept | {"used": stamp(product.now())})
    return Caller(f"partner:{kept['partner']}", Role.PARTNER, channel=Channel(kept["channel"]))


def give(partner: str, channel: Channel, scopes: Collection[Scope], lasts: timedelta) -> tuple[str, Key]:
    """Return a new key and its stored record; the key itself is not stored. Raises Refusal (`two_keys`) for a
    partner that has two."""
    now = product.now()
    unused = (id for id in _ids(partner) if product.sessions.find(KEPT_AS, id, now) is None)
    free = required(next(unused, None), "two_keys", field="partner", most=AT_ONCE)
    key = f"{KEY}{free}_{secrets.token_urlsafe(32)}"
    kept: Key = {
        "id": free,
        "partner": partner,
        "channel": channel,
        "scopes": sorted(scopes),
        "given": stamp(now),
        "until": stamp(now + lasts),
        "used": None,
    }
    product.sessions.keep(KEPT_AS, free, {**kept, "hash": _hash(key)}, now + lasts, OF_PARTNERS)
    return key, kept


def valid_keys() -> Iterator[Any]:
    """Yield every valid key, without its secret."""
    now = product.now()
    for id in sorted(held.kept["id"] for held in product.sessions.held(KEPT_AS, OF_PARTNERS, now)):
        if kept := product.sessions.find(KEPT_AS, id, now):
            yield {name: kept[name] for name in kept if name != "hash"}


def revoke(key: str) -> None:
    """End a key at once, by its id or by the whole key. A key from before ids is found only by the whole
    key."""
    named = FORM.fullmatch(key)
    id = named[1] if named else key
    product.sessions.end(KEPT_AS, id, "" if id.startswith(KEY) else OF_PARTNERS)


def _ids(partner: str) -> list[str]:
    return [f"{partner}_{n}" for n in range(1, AT_ONCE + 1)]


def _scopes(kept: dict[str, Any]) -> list[str]:
    """Return the scopes of a key. A key from before scopes says only whether it records absences."""
    return list(kept.get("scopes", (*FILES, Scope.ABSENCES) if kept.get("absences") else FILES))


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()

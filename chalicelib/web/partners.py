"""Keys of partner systems: what each may do, until when, and when it was last used (issue 14)."""

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
    """What a key may do: file complaints, add to those it filed (words, files, what a partner records for the
    consumer), read them, record who of the staff is away."""

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
"""What a partner that files complaints needs, and what every key could that was given before there were
scopes."""
KEY = "rk_"
"""What a key begins with, so that scanners for leaked secrets know it."""
FORM = re.compile(rf"{KEY}([a-z0-9-]+_\d)_[\w-]+")
"""A key names its partner and its place; the rest is secret."""
AT_ONCE = 2
"""How many keys a partner may have at one time: the next one beside the one that it replaces."""
KEPT_AS, OF_PARTNERS = "KEY", "partners"
"""The kind under which a key is kept, and the holder under which all keys are found."""
USED_EVERY = timedelta(hours=1)
"""How often at most it is written down that a key was used."""


def caller(key: str, scope: Scope | None) -> Caller:
    """The partner system whose key this is. Raises Unauthenticated for one that is unknown, revoked or over,
    and the Refusal for one that may not do this; `scope` None: what no partner may do is refused
    elsewhere."""
    named = FORM.fullmatch(key)
    id = named[1] if named else key  # a key from before there were ids is kept under itself
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
    """A new key, which is not kept, and what is kept of it. Raises the Refusal for a partner that has two."""
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


def listed() -> Iterator[Any]:
    """Every key that is good now, without its secret."""
    now = product.now()
    for id in sorted(held.kept["id"] for held in product.sessions.held(KEPT_AS, OF_PARTNERS, now)):
        if kept := product.sessions.find(KEPT_AS, id, now):
            yield {name: kept[name] for name in kept if name != "hash"}


def revoke(key: str) -> None:
    """End a key at once: by its id, or whole; one of before is found under itself alone."""
    named = FORM.fullmatch(key)
    id = named[1] if named else key
    product.sessions.end(KEPT_AS, id, "" if id.startswith(KEY) else OF_PARTNERS)


def _ids(partner: str) -> list[str]:
    return [f"{partner}_{n}" for n in range(1, AT_ONCE + 1)]


def _scopes(kept: dict[str, Any]) -> list[str]:
    """What a key may do. One from before there were scopes says only whether it records absences."""
    return list(kept.get("scopes", (*FILES, Scope.ABSENCES) if kept.get("absences") else FILES))


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()

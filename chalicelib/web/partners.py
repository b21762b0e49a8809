"""Keys of partner systems: creation, check, scopes, expiry, revocation."""

import base64
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
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.case import Refusal, required
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.web.api.values import Moment
from chalicelib.web.problems import Unauthenticated
from chalicelib.wiring import product


class Scope(StrEnum):
    """A permission of a partner's key. `FILE`: file complaints. `ADD`: add words and files to its own
    complaints, and record steps for the consumer. `READ`: read its own complaints. `ABSENCES`: record
    absences of staff. `HOOKS`: manage its own webhooks."""

    FILE, ADD, READ, ABSENCES, HOOKS = "file", "add", "read", "absences", "hooks"


class PartnerKey(TypedDict):
    """The record of a partner's key, without the secret. `given`: when the key was created. `until`: when it
    expires. `used`: when it was last used, or None if never. `partner`: the name of the partner. `channel`:
    the channel that is recorded for its complaints. `scopes`: what the key permits.

    `by`: the id of the administrator who gave it, "" for an operator's command. It is None for a key that an
    earlier release gave."""

    id: str
    partner: str
    channel: Channel
    scopes: list[Scope]
    given: Moment
    until: Moment
    used: Moment | None
    by: str | None


FILES = (Scope.FILE, Scope.ADD, Scope.READ)
"""The scopes of a partner that files complaints. A key that was stored before there were scopes has these
three."""
KEY = "rk_"
"""The first characters of every key. Scanners for leaked secrets recognise a key by them."""
FORM = re.compile(rf"{KEY}([a-z0-9-]+_\d)_[\w-]+")
"""The format of a key. Its group is the id of the key: the partner's name and a number. The rest of the key
is secret."""
AT_ONCE = 2
"""The most keys of a partner at one time: the key in use and its replacement."""
KEPT_AS, OF_PARTNERS = "KEY", "partners"
"""`KEPT_AS`: the kind of row under which a key is stored. `OF_PARTNERS`: the holder under which all keys are
listed."""
BY_FORM = "GIVEN"
"""The kind of row that says which key a form gave, and whether the key was shown."""
LONGEST = timedelta(days=730)
"""The longest lifetime of a key."""
PRESSED_TWICE = timedelta(seconds=10)
"""The longest time between the two pages that follow from a double press of one button."""
USED_EVERY = timedelta(hours=1)
"""The shortest time between two writes of a key's last use."""


def caller(key: str, scope: Scope | None) -> Caller:
    """Return the partner system to which a key belongs, as a caller. `scope`: what the key must permit, or
    None if a later check refuses partners.

    Raises Unauthenticated for an unknown, revoked or expired key. Raises Refusal `key_scope` for a key
    without `scope`."""
    named = FORM.fullmatch(key)
    id = named[1] if named else key  # keys made before there were ids are stored under the key itself
    kept = product.sessions.find(KEPT_AS, id, product.now())
    if kept is None or (named and not _fits(kept, key)):
        raise Unauthenticated
    if scope and scope not in _scopes(kept):
        product.meters.count("KeyOverScope")
        raise Refusal("key_scope", scope=str(scope))
    if named and (kept["used"] is None or product.now() - instant(kept["used"]) >= USED_EVERY):
        product.sessions.change(KEPT_AS, id, kept | {"used": stamp(product.now())})
    return Caller(f"partner:{kept['partner']}", Role.PARTNER, channel=Channel(kept["channel"]))


def give(
    partner: str, channel: Channel, scopes: Collection[Scope], lasts: timedelta, by: str, form: str = ""
) -> tuple[str, PartnerKey]:
    """Create and store a key for a partner. Return the key and its record; the key itself is not stored.
    `lasts`: its lifetime. `by`: see `PartnerKey`. `form`: the random text of a form. The same form, posted at
    the same time, gets the same key. Raises Refusal `two_keys` if the partner has two already."""
    now = product.now()
    secret = _of_form(form) if form else secrets.token_urlsafe(32)
    held = {id: product.sessions.find(KEPT_AS, id, now) for id in _ids(partner)}
    for id, kept in held.items():
        if kept and form and _fits(kept, f"{KEY}{id}_{secret}"):
            return f"{KEY}{id}_{secret}", _record(kept)
    unused = (id for id, kept in held.items() if kept is None)
    free = required(next(unused, None), "two_keys", field="partner", most=AT_ONCE)
    key, until = f"{KEY}{free}_{secret}", now + lasts
    given: PartnerKey = {
        "id": free,
        "partner": partner,
        "channel": channel,
        "scopes": sorted(scopes),
        "given": stamp(now),
        "until": stamp(until),
        "used": None,
        "by": by,
    }
    try:
        product.sessions.keep(KEPT_AS, free, {**given, "hash": _hash(key)}, until, OF_PARTNERS, new=now)
    except WriteConflict:  # another request took this id meanwhile
        return give(partner, channel, scopes, lasts, by, form)
    return key, given


def give_by_form(
    form: str, partner: str, channel: Channel, scopes: Collection[Scope], lasts: timedelta, by: str
) -> None:
    """Give a key as `give` does, and let `show_once` show it. A form that was posted before gives nothing
    again, even if its key was revoked since."""
    if product.sessions.find(BY_FORM, form, product.now()) is None:
        _, kept = give(partner, channel, scopes, lasts, by, form)
        product.sessions.keep(BY_FORM, form, {"id": kept["id"], "shown": None}, product.now() + LONGEST)


def show_once(form: str) -> str:
    """Return the key that a form gave. Return "" if it was revoked, if it was shown more than `PRESSED_TWICE`
    ago, or if the form gave none. After a double press the browser drops the first page, so the second one
    shows the key too."""
    now = product.now()
    posted = product.sessions.find(BY_FORM, form, now)
    if posted is None or (posted["shown"] and now - instant(posted["shown"]) > PRESSED_TWICE):
        return ""
    if not posted["shown"]:
        product.sessions.change(BY_FORM, form, posted | {"shown": stamp(now)})
    key = f"{KEY}{posted['id']}_{_of_form(form)}"
    kept = product.sessions.find(KEPT_AS, posted["id"], product.now())
    return key if kept and _fits(kept, key) else ""


def valid_keys() -> Iterator[PartnerKey]:
    """Yield the record of every valid key, without its secret."""
    now = product.now()
    for id in sorted(held.kept["id"] for held in product.sessions.held(KEPT_AS, OF_PARTNERS, now)):
        if kept := product.sessions.find(KEPT_AS, id, now):
            yield _record(kept)


def lasts_for(key: PartnerKey) -> timedelta:
    """Return for how long a key is still valid."""
    return instant(key["until"]) - product.now()


def revoke(key: str) -> None:
    """Revoke a key at once. `key` is its id or the whole key. A key made before there were ids is found only
    by the whole key."""
    named = FORM.fullmatch(key)
    id = named[1] if named else key
    product.sessions.end(KEPT_AS, id, "" if id.startswith(KEY) else OF_PARTNERS)


def _ids(partner: str) -> list[str]:
    return [f"{partner}_{n}" for n in range(1, AT_ONCE + 1)]


def _scopes(kept: dict[str, Any]) -> list[str]:
    """Return the scopes of a stored key. A key that was stored before there were scopes has `FILES`, and
    `ABSENCES` if it may record absences."""
    return list(kept.get("scopes", (*FILES, Scope.ABSENCES) if kept.get("absences") else FILES))


def _record(kept: dict[str, Any]) -> PartnerKey:
    return {name: kept.get(name) for name in PartnerKey.__annotations__}  # type: ignore[return-value]


def _of_form(form: str) -> str:
    """Return the secret part of the key that a form gives. It is a keyed hash, so that it need not be stored
    to be shown after the redirect, and a browser cannot choose it."""
    return base64.urlsafe_b64encode(product.links.keys.digest(f"key|{form}")).decode().rstrip("=")


def _fits(kept: dict[str, Any], key: str) -> bool:
    return hmac.compare_digest(kept["hash"], _hash(key))


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()

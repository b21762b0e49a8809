"""The endpoints of partners: who may manage which, and what is done with them. The interface and the page of
administrators use the same functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal, NamedTuple

from typing_extensions import TypedDict

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.domain.calendar import stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Refusal, refuse_if, required
from chalicelib.domain.model.codes import Language, Role
from chalicelib.hooks.endpoint import (
    BOTH,
    DeliveryFault,
    Endpoint,
    Replay,
    Signing,
    WebhookKind,
    secret,
    shown_secret,
)
from chalicelib.hooks.target import target
from chalicelib.web import callers
from chalicelib.web.api.values import Moment
from chalicelib.web.partners import PRESSED_TWICE, Scope
from chalicelib.web.problems import forbid_unless
from chalicelib.wiring import product

MOST = 5
"""The most endpoints of a partner."""
SHOWN, SEARCHED = 20, 1_000
"""How many runs a page of the log has, and in how many deliveries a webhook that is to be sent again is
searched."""
EARLIEST = timedelta(days=90)
"""How far back webhooks can be sent again, which is as long as changes are stored."""
ID = re.compile(r"[0-9a-z]{1,26}")
"""The format of the id of an endpoint."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
"""The format of a place in the log: the moment of a run."""
PARTNER = "partner:"
"""The beginning of the id of a partner as a caller."""


class SigningSecret(TypedDict):
    """A secret that signs webhooks, without the secret itself. `generation`: the number of the secret, which
    grows with each replacement. `until`: when it ends, or None for the present one."""

    generation: int
    until: Moment | None


class EndpointAnswer(TypedDict):
    """An endpoint of webhooks.

    `partner`: the name of the partner. `url`: the address to which webhooks go. `contact`: the e-mail address
    that gets a letter when the endpoint is stopped. `language`: the language of that letter. `made`: when the
    endpoint was created.

    `state`: `active`; or `failing`, while it is tried again; or why it gets no webhooks: `failed` for five
    days, `gone` by an answer 410, or `paused`. `since`: since when it is in this state. `fault`: why the
    first webhook failed. `status`: the status of that answer. `webhook_id`: the id of that webhook.
    `next_try`: when it is tried again. `secrets`: the secrets that sign webhooks now. `replaying`: whether
    earlier webhooks are being sent again.
    """

    id: str
    partner: str
    url: str
    contact: str
    language: Language
    made: Moment
    state: Literal["active", "failing", "failed", "gone", "paused"]
    since: Moment | None
    fault: DeliveryFault | None
    status: int | None
    webhook_id: str | None
    next_try: Moment | None
    secrets: list[SigningSecret]
    replaying: bool


class LoggedDelivery(TypedDict):
    """A delivery in the log. Of a failing endpoint, only the first failure is in the log.

    `webhook_id`: the id of the webhook. `kind`: `live` for a new change, `replay` for a change sent again, or
    `test`. `at`: when the run of the sender began. `changed`: when the change happened. `status`: the status
    of the answer. `fault`: why it failed. `ms`: how many milliseconds it took.
    """

    webhook_id: str
    kind: WebhookKind
    at: Moment
    changed: Moment | None
    status: int | None
    fault: DeliveryFault | None
    ms: int


class EndpointSettings(NamedTuple):
    """The settings of an endpoint: its address, the contact for letters about it, and their language."""

    url: str
    contact: str
    language: Language


def manager(request: Any) -> Caller:
    """Return the caller who manages endpoints: a partner whose key permits it, or the administrator. Raises
    AccessForbidden for others."""
    caller = callers.bearer(request, Scope.HOOKS)
    forbid_unless(caller.roles & (Role.PARTNER | Role.ADMINISTRATOR))
    return caller


def of(caller: Caller) -> list[Endpoint]:
    """Return the endpoints that a caller manages, the oldest first: a partner its own, an administrator
    all."""
    found = (one for one in product.endpoints.every() if _manages(caller, one))
    return sorted(found, key=lambda one: (one.partner, one.made, one.id))


def found(caller: Caller, id: str) -> Endpoint:
    """Return an endpoint that a caller manages. Raises NotFound for any other."""
    endpoint = product.endpoints.find(id) if ID.fullmatch(id) else None
    if endpoint is None or not _manages(caller, endpoint):
        raise NotFound(id)
    return endpoint


def made_by(caller: Caller, form: str) -> Endpoint | None:
    """Return the endpoint that a form with this id made. Return None if the form has made none."""
    with suppress(NotFound):
        return found(caller, form)
    return None


def add(caller: Caller, partner: str, wanted: EndpointSettings, id: str = "") -> tuple[Endpoint, str]:
    """Create an endpoint of a partner. Return it and its secret, which is shown only now. It gets the changes
    from now on. `id`: its id; any other text for a new one. Raises Refusal for a bad address, without a
    partner, or for too many endpoints, and WriteConflict if the id is taken."""
    if caller.roles & Role.PARTNER:
        partner = caller.who.removeprefix(PARTNER)
    refuse_if(not partner, "hook_partner", field="partner")
    target(wanted.url, product.loopback)
    now = product.now()
    mine = sum(one.partner == partner for one in product.endpoints.every())
    refuse_if(mine >= MOST, "hooks_full", most=MOST)
    endpoint = Endpoint(
        id if ID.fullmatch(id) else product.casework.fresh().lower(),
        partner,
        wanted.url,
        wanted.contact,
        wanted.language,
        now,
        (Signing(1, product.hook_keys.current),),
        product.changed_rows.since(now),
    )
    product.endpoints.add(endpoint)
    return endpoint, _secret(endpoint)


def change(endpoint: Endpoint, wanted: EndpointSettings) -> Endpoint:
    """Change an endpoint. If it fails, it is tried at once at a new address."""
    target(wanted.url, product.loopback)

    def step(one: Endpoint) -> Endpoint:
        return replace(one, **wanted._asdict(), failing=one.failing if wanted.url == one.url else None)

    return _changed(endpoint, step)


def delete(endpoint: Endpoint) -> None:
    """Delete an endpoint. Its log ends by itself."""
    product.endpoints.drop(endpoint.id)


def pause(endpoint: Endpoint) -> Endpoint:
    """Send no webhooks to an endpoint until it is resumed."""
    return _changed(endpoint, lambda one: one.paused(product.now()))


def resume(endpoint: Endpoint) -> Endpoint:
    """Send webhooks again, beginning with the first that was not taken."""
    return _changed(endpoint, Endpoint.resumed)


def rotate(endpoint: Endpoint) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret, after that of the generation it has. Return it with the secret, which is
    shown only now."""
    key = product.hook_keys.current
    changed = _changed(endpoint, lambda one: one.rotated(key, product.now()))
    return changed, _secret(changed)


def just_made(endpoint: Endpoint) -> str:
    """Return the present secret of an endpoint if it was made at most `PRESSED_TWICE` ago. Return "" for an
    older one. After a double press the browser drops the first answer, so the second one shows it too."""
    former = [one.until - BOTH for one in endpoint.secrets[1:] if one.until]
    made = max([endpoint.made, *former])
    return _secret(endpoint) if product.now() - made <= PRESSED_TWICE else ""


def send_test(endpoint: Endpoint) -> str:
    """Have a test event sent within a minute. Return the id of its webhook."""
    id = f"test_{product.casework.fresh().lower()}"
    _changed(endpoint, lambda one: replace(one, test=id))
    return id


def replay(endpoint: Endpoint, since: datetime, until: datetime) -> None:
    """Have the webhooks of a time range sent again, with the ids they had. Raises Refusal `hook_range` for a
    range that is empty or too long ago."""
    now = product.now()
    refuse_if(not now - EARLIEST <= since < until, "hook_range", field="from", days=EARLIEST.days)
    _replay(endpoint, Replay(product.changed_rows.since(since), until))


def replay_one(endpoint: Endpoint, webhook_id: str) -> None:
    """Have one webhook sent again, with the id it had. Raises Refusal `hook_unknown` if it is not in the
    log."""
    at = next(
        (one["changed"] for one in islice(_log(endpoint), SEARCHED) if one["webhook_id"] == webhook_id), None
    )
    moment = datetime.fromisoformat(required(at, "hook_unknown", field="webhook_id"))
    _replay(endpoint, Replay(product.changed_rows.since(moment), moment, webhook_id))


def log_page(endpoint: Endpoint, before: str = "") -> tuple[list[LoggedDelivery], str | None]:
    """Return a page of the log of an endpoint, the newest first, and the `before` of the next page; None if
    it is the last. Raises Refusal `bad_cursor` for a `before` that no page gave."""
    refuse_if(before and not MOMENT.fullmatch(before), "bad_cursor", field="cursor")
    runs = product.endpoints.logged(endpoint.id, before, SHOWN)
    items = [_delivery(run.at, one) for run in runs for one in reversed(run.deliveries)]
    return items, runs[-1].at if len(runs) == SHOWN else None


def answer(endpoint: Endpoint) -> EndpointAnswer:
    """Return an endpoint as its managers see it."""
    now, failing, off = product.now(), endpoint.failing, endpoint.off
    return {
        "id": endpoint.id,
        "partner": endpoint.partner,
        "url": endpoint.url,
        "contact": endpoint.contact,
        "language": Language(endpoint.language),
        "made": stamp(endpoint.made),
        "state": off.why.value if off else "failing" if failing else "active",
        "since": stamp(off.since) if off else stamp(failing.since) if failing else None,
        "fault": failing.fault if failing else None,
        "status": failing.status if failing else None,
        "webhook_id": failing.webhook if failing else None,
        "next_try": stamp(endpoint.next_try(now)) if failing and not off else None,
        "secrets": [
            {"generation": one.generation, "until": stamp(one.until) if one.until else None}
            for one in endpoint.signing(now)
        ],
        "replaying": endpoint.replay is not None,
    }


def _manages(caller: Caller, endpoint: Endpoint) -> bool:
    return bool(caller.roles & Role.ADMINISTRATOR) or endpoint.feed == caller.who


def _changed(endpoint: Endpoint, step: Callable[[Endpoint], Endpoint]) -> Endpoint:
    changed = product.endpoints.change(endpoint.id, step)
    if changed is None:
        raise NotFound(endpoint.id)
    return changed


def _replay(endpoint: Endpoint, replay: Replay) -> None:
    refuse_if(endpoint.off, "hook_off")

    def step(one: Endpoint) -> Endpoint:
        if one.replay:
            raise Refusal("hook_replaying")
        return replace(one, replay=replay)

    _changed(endpoint, step)


def _secret(endpoint: Endpoint) -> str:
    return shown_secret(secret(product.hook_keys, endpoint.id, endpoint.secrets[0]))


def _log(endpoint: Endpoint) -> Iterator[LoggedDelivery]:
    before: str | None = ""
    while before is not None:
        items, before = log_page(endpoint, before)
        yield from items


def _delivery(at: str, one: Any) -> LoggedDelivery:
    return {
        "webhook_id": one.webhook,
        "kind": one.kind,
        "at": at,
        "changed": stamp(one.at) if one.at else None,
        "status": one.status,
        "fault": one.fault,
        "ms": one.ms,
    }

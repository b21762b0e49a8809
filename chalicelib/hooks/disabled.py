"""The letters about endpoints that were disabled. The function that sends webhooks cannot write letters, so
another one looks for these endpoints each hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.sending_limits import HOOK
from chalicelib.domain.frozen import replace
from chalicelib.hooks.endpoint import Endpoint, Why
from chalicelib.hooks.target import target


class Endpoints(Protocol):
    """The stored endpoints."""

    def every(self) -> list[Endpoint]: ...
    def change(self, id: str, step: Callable[[Endpoint], Endpoint]) -> Endpoint | None: ...


def tell_disabled(endpoints: Endpoints, owe: Callable[[str, str, str, Mapping[str, Any]], None]) -> None:
    """Queue a letter to the contact of each endpoint that was disabled. `owe` queues a letter by its
    recipient, id, name and facts. A letter with the same id is queued once, so a crash between the two writes
    tells nobody twice."""
    for endpoint in endpoints.every():
        off, failing = endpoint.off, endpoint.failing
        if off is None or off.told:
            continue
        gone = off.why == Why.GONE
        facts = {
            "endpoint": endpoint.id,
            "url": endpoint.url,
            "host": target(endpoint.url, loopback=True).host,
            "contact": endpoint.contact,
            "language": endpoint.language,
            "gone": gone,
            "since": stamp(failing.since if failing and not gone else off.since),
        }
        owe(endpoint.partner, f"{HOOK}.{endpoint.id}.{stamp(off.since)}", HOOK, facts)
        endpoints.change(endpoint.id, lambda one: replace(one, off=one.off and replace(one.off, told=True)))

"""A client of the interface with a partner's key. It repeats a request that may succeed later, and waits as
long as the site asks for."""

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

LATER = frozenset({408, 429, 500, 502, 503, 504})
"""The statuses after which the same request may succeed."""
HOPELESS = frozenset({401, 403, 404, 405})
"""The statuses that no other record would change: the run ends."""
TRIES = 8
"""How often a request is sent without an answer that says when to come again. The run then ends, to be begun
again later: with the pauses that is about four minutes."""
LONGEST_PAUSE_S = 60.0
TIMEOUT = urllib3.Timeout(connect=10, read=60)


class Stopped(Exception):
    """The error that ends a run, in words for a person. What was filed is known in the next run."""


class Answer(NamedTuple):
    """An answer of the site. `body` is None if it is not JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Client:
    """The interface at an address, for several threads. A pause that the site asks for holds all of them.
    `pause` and `clock` are those of the machine by default."""

    def __init__(
        self,
        address: str,
        key: str,
        language: str = "en",
        threads: int = 1,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.site = checked(address)
        self._headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}
        self._pool = urllib3.PoolManager(maxsize=threads, retries=False, timeout=TIMEOUT)
        self._pause, self._clock = pause, clock
        self._free_at, self._lock = 0.0, threading.Lock()
        self.waits_until = 0.0
        self.stopping = False

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET. Raises Stopped."""
        return self._sent("GET", path, query)

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        """Return the answer to a POST of JSON with an idempotency key. Raises Stopped."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self._sent("POST", path, None, json.dumps(body, ensure_ascii=False).encode(), headers)

    def _sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        tries = 0
        while True:
            self._wait()
            answer = self._once(method, path, query, body, self._headers | dict(headers))
            if answer is not None and answer.status in HOPELESS:
                raise Stopped(f"{method} {self.site}{path}: {answer.status} {_title(answer)}".strip())
            if answer is not None and 300 <= answer.status < 400:
                raise Stopped(
                    f"{method} {self.site}{path}: the site redirects; give the address that it names"
                )
            if answer is not None and answer.status not in LATER:
                return answer
            named = _retry_after(answer.headers.get("Retry-After", "")) if answer else None
            tries += named is None
            if tries >= TRIES:
                said = answer.status if answer else "no answer"
                raise Stopped(f"{method} {self.site}{path}: {said} after {tries} tries; begin again later")
            back_off = min(LONGEST_PAUSE_S, 2.0**tries) * (0.5 + random.random() / 2)
            self._hold(back_off if named is None else named)

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer | None:
        try:
            got = self._pool.request(
                method, self.site + path, fields=query, body=body, headers=headers, redirect=False
            )
        except HTTPError:
            return None
        said = None
        with suppress(ValueError):
            said = json.loads(got.data)
        return Answer(got.status, said, got.headers)

    def _hold(self, seconds: float) -> None:
        with self._lock:
            self._free_at = max(self._free_at, self._clock() + seconds)
            self.waits_until = self._free_at

    def _wait(self) -> None:
        """Wait until no pause holds the requests. Raises Stopped if the run is to end."""
        while not self.stopping and (left := self._free_at - self._clock()) > 0:
            self._pause(min(left, 1.0))
        if self.stopping:
            raise Stopped("stopped")


def checked(address: str) -> str:
    """Return the address of a site without a slash at its end. Raises Stopped for an address to which a key
    must not go: anything but https, except on this machine."""
    parts = urlsplit(address)
    host, here = parts.hostname or "", parts.hostname == "localhost"
    with suppress(ValueError):
        here = here or ip_address(host).is_loopback
    if not host or parts.query or parts.username or parts.scheme not in ("https", "http"):
        raise Stopped(f"{address!r} is no address of a site; write it as https://complaints.example")
    if parts.scheme != "https" and not here:
        raise Stopped("the address must begin with https, because the key goes there")
    return address.rstrip("/")


def _title(answer: Answer) -> str:
    return str(answer.body.get("title", "")) if isinstance(answer.body, dict) else ""


def _retry_after(said: str) -> float | None:
    """Return the seconds that a Retry-After header asks for, at least one; None if it says nothing."""
    if said.strip().isdecimal():
        return max(1.0, float(said))
    with suppress(ValueError, TypeError):
        return max(1.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    return None

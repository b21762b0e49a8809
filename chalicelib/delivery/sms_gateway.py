"""Short messages through a gateway of any provider: one POST over HTTPS, whose body is a template."""

import json
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from chalicelib.delivery.correspondence import Standstill
from chalicelib.domain.frozen import frozen

WAITS_S, READ = 8, 10_000
"""How long an answer is waited for, in seconds, and how much of it is read, in bytes."""


@frozen
class Gateway:
    """A provider's address, and how it is asked. In `body` {number} and {text} stand for the number (E.164)
    and the text; it is JSON when it begins with a brace, else a form. `headers` gives the secret ones, and
    may raise Unavailable. `taken` is what an answer contains when the message was taken, for providers that
    answer 200 to everything; `fresh` makes an id."""

    url: str
    body: str
    taken: str
    headers: Callable[[], Mapping[str, str]]
    fresh: Callable[[], str]

    def send(self, to: str, text: str) -> str:
        """Send a text to a number; gives an id of ours. Raises Standstill when the gateway does not take it,
        for whatever reason: what does not leave within an hour is told by staff."""
        is_json = self.body.lstrip().startswith("{")
        kind = "application/json" if is_json else "application/x-www-form-urlencoded"
        said = self.body
        for name, value in (("{number}", to), ("{text}", text)):
            said = said.replace(name, json.dumps(value)[1:-1] if is_json else quote(value, safe=""))
        asked = Request(self.url, said.encode(), {"Content-Type": kind, **self.headers()})
        try:
            with build_opener(Straight).open(asked, timeout=WAITS_S) as answer:
                found = answer.read(READ).decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            raise Standstill(f"{urlsplit(self.url).hostname}: {error}") from error
        if self.taken not in found:
            raise Standstill(f"{urlsplit(self.url).hostname}: not taken")
        return self.fresh()


class Straight(HTTPRedirectHandler):
    """Follows no redirection, so that secret headers go to no other address."""

    def redirect_request(self, *asked: Any) -> None:
        """A redirection is an error."""

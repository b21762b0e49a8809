"""Short messages through the HTTP gateway of any provider. Each is one HTTPS POST, whose body is made from a
template. The provider's report on a message names it by an id: ours, if the template sends it, or the one in
the provider's answer."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from chalicelib.delivery.correspondence import Standstill
from chalicelib.domain.frozen import frozen

WAITS_S, READ = 8, 10_000
"""How many seconds we wait for the gateway's answer, and how many bytes of the answer are read at most."""


@frozen
class Gateway:
    """The address and the request format of a provider. `body` is a template: for short messages {number} is
    replaced by the phone number (E.164), {text} by the text and {id} by our id of the message. A template
    that begins with a brace is JSON, any other a form. `headers` returns the secret headers and may raise
    Unavailable. `fresh` returns a new id. `taken` is the text by which an answer confirms that the message
    was accepted, because some providers answer 200 to everything. `answer_id` names the field of the answer
    that has the provider's id, such as "data.sid"; "" if our id counts."""

    url: str
    body: str
    taken: str
    headers: Callable[[], Mapping[str, str]]
    fresh: Callable[[], str]
    answer_id: str = ""

    def send(self, to: str, text: str) -> str:
        """Send a text to a phone number and return the id by which the provider reports on it. Raises
        Standstill if the gateway does not accept the text. If the text has not left after an hour, staff read
        it out."""
        return self.post({"number": to, "text": text})

    def post(self, values: Mapping[str, str]) -> str:
        """Post the template with these values for its names, and return the id of the message. Raises
        Standstill if the gateway does not accept it."""
        id = self.fresh()
        values = {"id": id, **values}
        is_json = self.body.lstrip().startswith("{")
        kind = "application/json" if is_json else "application/x-www-form-urlencoded"
        written = {
            name: json.dumps(value)[1:-1] if is_json else quote(value, safe="")
            for name, value in values.items()
        }
        said = re.sub(r"{(\w+)}", lambda found: written.get(found[1], found[0]), self.body)
        asked = Request(self.url, said.encode(), {"Content-Type": kind, **self.headers()})
        try:
            with build_opener(Straight).open(asked, timeout=WAITS_S) as answer:
                found = answer.read(READ).decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            raise Standstill(f"{urlsplit(self.url).hostname}: {error}") from error
        if self.taken not in found:
            raise Standstill(f"{urlsplit(self.url).hostname}: not taken")
        with suppress(ValueError):  # the message was taken, whatever the rest of the answer is
            return (self.answer_id and field(json.loads(found), self.answer_id)) or id
        return id


def field(value: Any, name: str) -> str:
    """Return a field of a JSON value as text; "" if there is none. Dots in its name lead into objects and
    lists, as in "data.0.sid"."""
    for part in name.split("."):
        if isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int | float) else ""


class Straight(HTTPRedirectHandler):
    """Follows no redirect, so that the secret headers reach no other address."""

    def redirect_request(self, *request: Any) -> None:
        """Return None, so that a redirect is an error."""

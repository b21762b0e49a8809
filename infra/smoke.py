"""The test of a new stack that files nothing: pages and interface answer, and every function starts."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from infra import deploy, releases

MINUTE: dict[str, Any] = dict.fromkeys(
    ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources"), ""
)
SCHEDULED = ("Clock", "Cover", "Destroy", "Fetch", "Hooks", "Night", "Record", "Words")
ASKED_BY_SITE = ("Seek",)
"""The functions that answer the site. Their request without work is empty."""
ASKED: tuple[tuple[str, str, str, int], ...] = (
    ("GET", "/", "", 200),
    ("GET", "/openapi.json", "", 200),
    ("GET", "/desk", "", 303),
    ("GET", "/v1/cases/000000000000", "", 401),
    ("POST", "/v1/verify", json.dumps({"sha256": "0" * 64}), 200),
)
"""The requests of the test with the status that each must have: the form, the interface, the way to the
sign-in page, a refusal, and a look into the table."""


class _Site(http.client.HTTPSConnection):
    """A connection to a site by its name, at another host: the domain's DNS record may be missing yet."""

    def __init__(self, name: str, host: str) -> None:
        super().__init__(name, timeout=30, context=ssl.create_default_context())
        self._at = host

    def connect(self) -> None:
        """Open the connection. The certificate must be one for the site's name."""
        plain = socket.create_connection((self._at, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]


def site(address: str, host: str = "") -> Iterator[str]:
    """Yield a message for each request that a site at `address` does not answer as it should. `host` is where
    it can be reached, if not at the address itself."""
    parts = urlsplit(address)
    for method, path, body, status in ASKED:
        connection = (
            _Site(str(parts.hostname), host or str(parts.hostname))
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.netloc, timeout=30)
        )
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, parts.path.rstrip("/") + path, body or None, headers)
            answered = connection.getresponse().status
        except OSError as error:
            yield f"{address} does not answer: {error}"
            return
        finally:
            connection.close()
        if answered != status:
            yield f"{method} {path} is answered {answered}, not {status}: read the log of the stack."


def functions(stack: str, scheduled: bool = True, clients: deploy.Clients = deploy.client) -> list[str]:
    """Start every function once without work, so that users do not wait for its first start. Return a message
    for each function that fails.

    Three functions are left out. The site has been called already. The check of accounts would take half a
    minute, and CodeDeploy has called the check of a release. The scheduled functions are started only if
    `scheduled`: on a stack with data they find work."""
    found = deploy.made(clients("cloudformation"), stack, releases.DEPLOYED)

    def call(name: str) -> str:
        idle: dict[str, Any] = {} if name in ASKED_BY_SITE else {"Records": []}
        event = MINUTE if name in SCHEDULED else idle
        answer = clients("lambda").invoke(
            FunctionName=found[name], Qualifier=releases.ALIAS, Payload=json.dumps(event)
        )
        return (
            f"The function {name} fails: {answer['Payload'].read().decode()[:500]}"
            if "FunctionError" in answer
            else ""
        )

    with ThreadPoolExecutor(2) as pool:
        left_out = {"APIHandler", "Accounts", *releases.OF_AWS, *(() if scheduled else SCHEDULED)}
        return list(filter(None, pool.map(call, found.keys() - left_out)))

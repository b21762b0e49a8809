"""Sends a webhook by HTTPS to an address that was checked. The checked address is the connected one."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException
from io import BufferedReader, RawIOBase
from ipaddress import ip_address
from typing import Any, NamedTuple

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Refusal
from chalicelib.hooks.endpoint import DeliveryFault
from chalicelib.hooks.target import PORTS, Target, public, target

IN_ALL_S, MOST = 10.0, 64 * 1024
"""How many seconds a delivery takes at most, from the name to the answer, and how many bytes of the answer
are read at most."""


class Answer(NamedTuple):
    """The result of a delivery: the status of the answer, if one came, and the fault, if it failed. `ms`: how
    long it took in milliseconds."""

    status: int | None
    fault: DeliveryFault | None
    ms: int


class TooLong(Exception):
    """The answer is longer than `MOST` bytes."""


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which they should be tried. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@cache
def trusted() -> ssl.SSLContext:
    """Return the settings of TLS, with the certificates that this system trusts."""
    return ssl.create_default_context()


@frozen
class Https:
    """Sends webhooks by HTTPS. `resolve` returns the addresses of a host. `context` returns the settings of
    TLS. `loopback`: the local machine is allowed, too; only the local run sets that. `own`: the host name of
    our site, which gets no webhooks."""

    own: str = ""
    loopback: bool = False
    resolve: Callable[[str, int], list[str]] = resolved
    context: Callable[[], ssl.SSLContext] = trusted
    seconds: float = IN_ALL_S

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a webhook to the address `url`, and return what it led to. The body of the answer is not read,
        and no redirect is followed."""
        began = time.monotonic()
        status: int | None = None
        fault: DeliveryFault | None = None
        try:
            status = self._status(url, headers, body, began + self.seconds)
            if not 200 <= status < 300:
                fault = DeliveryFault.REDIRECT if 300 <= status < 400 else DeliveryFault.STATUS
        except (Refusal, socket.gaierror):
            fault = DeliveryFault.ADDRESS
        except ssl.SSLError:
            fault = DeliveryFault.TLS
        except TimeoutError:
            fault = DeliveryFault.SILENT
        except OSError:
            fault = DeliveryFault.CLOSED
        except (TooLong, HTTPException, ValueError):
            fault = DeliveryFault.LONG
        return Answer(status, fault, int((time.monotonic() - began) * 1000))

    def _status(self, url: str, headers: Mapping[str, str], body: bytes, until: float) -> int:
        """Return the status of the answer. Raises Refusal `hook_url` for an address that is not allowed, and
        OSError or HTTPException if no answer came."""
        to = target(url, self.loopback)
        addresses = self.resolve(to.host, to.port)
        outside = public(addresses) and to.host != self.own
        if not outside and not (self.loopback and _local(to, addresses)):
            raise Refusal("hook_url")
        line = HTTPConnection(to.host, to.port)
        line.default_port = PORTS[to.scheme]  # the header Host then leaves the port out
        line.sock = self._connected(to, addresses, until)
        try:
            line.request("POST", to.path, body, dict(headers))
            return line.getresponse().status
        finally:
            line.close()

    def _connected(self, to: Target, addresses: list[str], until: float) -> Any:
        """Return a connection to the first of the checked addresses that takes one. The certificate must be
        that of the host's name."""
        for n, address in enumerate(addresses, 1):
            try:
                raw = socket.create_connection((address, to.port), _left(until))
                break
            except OSError:
                if n == len(addresses):
                    raise
        if to.scheme == "https":
            raw.settimeout(_left(until))
            raw = self.context().wrap_socket(raw, server_hostname=to.host)
        return Bounded(raw, until)


class Bounded(RawIOBase):
    """The answer of a receiver, of which at most `MOST` bytes are read. No step on the connection outlasts
    the moment `until` (of `time.monotonic`). An HTTP connection uses this object in place of a socket."""

    def __init__(self, raw: socket.socket, until: float) -> None:
        self._raw, self._until, self._most = raw, until, MOST

    def sendall(self, data: bytes) -> None:
        """Send bytes. Raises OSError."""
        self._raw.settimeout(_left(self._until))
        self._raw.sendall(data)

    def makefile(self, mode: str) -> BufferedReader:
        """Return what the answer is read from."""
        return BufferedReader(self)

    def readable(self) -> bool:
        """Return True, which BufferedReader asks for."""
        return True

    def readinto(self, into: Any) -> int:
        """Read bytes. Raises TooLong beyond the limit, and OSError."""
        if not self._most:
            raise TooLong
        self._raw.settimeout(_left(self._until))
        got = self._raw.recv_into(into, min(len(into), self._most))
        self._most -= got
        return got

    def close(self) -> None:
        """Close the connection at once, whatever still comes. The answer can be closed after it."""
        self._raw.close()


def _left(until: float) -> float:
    """Return the seconds that are left until a moment. Raises TimeoutError if none are left."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _local(to: Target, addresses: list[str]) -> bool:
    return to.host in ("127.0.0.1", "localhost") and all(ip_address(one).is_loopback for one in addresses)

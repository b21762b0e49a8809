"""Deliveries to receivers that behave well and badly, over real connections on the local machine."""

from __future__ import annotations

import socket
import ssl
import time
from itertools import count

import pytest

from chalicelib.hooks.endpoint import DeliveryFault
from chalicelib.hooks.https import Answer, Https
from tests.hooks.receiver import Serve, answering, certificates, receiving

BODY = b'{"type":"complaint.accept"}'


def post(serve: Serve | None = None, name: str = "localhost", seconds: float = 1) -> Answer:
    """Post a webhook to a receiver with this behaviour, whose certificate is for `name`."""
    with receiving(serve, name) as receiver:
        sender = Https(loopback=True, context=lambda: certificates(name).trusting, seconds=seconds)
        return sender.post(receiver.url, {"webhook-id": "msg_1"}, BODY)


def test_a_receiver_gets_headers_and_body() -> None:
    """The request has our headers, the host without another name, and the body as it was signed."""
    with receiving() as receiver:
        sender = Https(loopback=True, context=lambda: certificates("localhost").trusting)
        answer = sender.post(receiver.url, {"webhook-id": "msg_1"}, BODY)
    head, _, body = receiver.got[0].partition(b"\r\n\r\n")
    assert answer[:2] == (204, None)
    assert body == BODY
    assert head.startswith(b"POST /hooks?of=redress HTTP/1.1\r\nHost: localhost:")
    assert b"webhook-id: msg_1" in head


@pytest.mark.parametrize(
    ("answer", "status", "fault"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, None),
        (b"HTTP/1.1 302 Found\r\nLocation: https://169.254.169.254/\r\n\r\n", 302, DeliveryFault.REDIRECT),
        (b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\n\r\n", 307, DeliveryFault.REDIRECT),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", 400, DeliveryFault.STATUS),
        (b"HTTP/1.1 410 Gone\r\n\r\n", 410, DeliveryFault.STATUS),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", 503, DeliveryFault.STATUS),
        (b"SSH-2.0-OpenSSH_9.6\r\n", None, DeliveryFault.LONG),
        (b"", None, DeliveryFault.CLOSED),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", None, DeliveryFault.LONG),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X: " + b"\r\nX: ".join([b"x" * 700] * 99) + b"\r\n\r\n",
            None,
            DeliveryFault.LONG,
        ),
    ],
)
def test_an_answer_is_success_or_fault(
    answer: bytes, status: int | None, fault: DeliveryFault | None
) -> None:
    """Only 2xx is success. A redirect is not followed, and long headers are not read to their end."""
    assert post(answering(answer))[:2] == (status, fault)


def test_an_endless_answer_is_not_read() -> None:
    """A receiver that answers with a gigabyte does not cost us one."""
    sent = count()

    def endless(line: ssl.SSLSocket, head: bytes) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while next(sent) < 16_000:
            line.sendall(b"x" * 65536)

    began = time.monotonic()
    answer = post(endless)
    assert answer[:2] == (200, None)
    assert time.monotonic() - began < 1
    assert next(sent) < 1_000


@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_a_receiver_that_hangs_is_left_in_time(part: bytes) -> None:
    """A receiver that never ends its answer is silent once the time is over."""

    def hang(line: ssl.SSLSocket, head: bytes) -> None:
        line.sendall(part)
        time.sleep(3)

    began = time.monotonic()
    assert post(hang, seconds=0.5)[:2] == (None, DeliveryFault.SILENT)
    assert time.monotonic() - began < 1


def test_a_receiver_that_drips_is_left_in_time() -> None:
    """A byte now and then does not extend the time in all."""

    def drip(line: ssl.SSLSocket, head: bytes) -> None:
        for _ in range(50):
            line.sendall(b"H")
            time.sleep(0.1)

    began = time.monotonic()
    assert post(drip, seconds=0.5)[:2] == (None, DeliveryFault.SILENT)
    assert time.monotonic() - began < 1


def test_a_receiver_without_tls_is_left_in_time() -> None:
    """A port that takes connections and says nothing does not hold us in the handshake."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://localhost:{silent.getsockname()[1]}/"
        began = time.monotonic()
        assert Https(loopback=True, seconds=0.5).post(url, {}, BODY)[:2] == (None, DeliveryFault.SILENT)
    assert time.monotonic() - began < 1


def test_a_certificate_for_another_name_is_refused() -> None:
    """The certificate must be that of the host's name."""
    assert post(name="other.example")[:2] == (None, DeliveryFault.TLS)


def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    """The certificate must come from an authority that the system trusts."""
    with receiving() as receiver:
        assert Https(loopback=True).post(receiver.url, {}, BODY)[:2] == (None, DeliveryFault.TLS)
    assert receiver.got == []


def test_a_closed_port_is_a_fault() -> None:
    """Nobody listens."""
    with receiving() as receiver:
        url = receiver.url
    assert Https(loopback=True).post(url, {}, BODY)[:2] == (None, DeliveryFault.CLOSED)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        [],
    ],
)
@pytest.mark.parametrize("loopback", [False, True])
def test_a_host_with_a_private_address_is_not_connected(addresses: list[str], loopback: bool) -> None:
    """A name that leads to a private network is refused, and nothing is connected."""
    sender = Https(loopback=loopback, resolve=lambda host, port: addresses, seconds=0.5)
    assert sender.post("https://crm.example.com/", {}, BODY)[:2] == (None, DeliveryFault.ADDRESS)


def test_the_checked_address_is_the_connected_one() -> None:
    """A name is resolved once. A name that becomes private at its second resolution cannot lead us there."""
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with receiving() as receiver:
        sender = Https(
            loopback=True, resolve=rebinding, context=lambda: certificates("localhost").trusting, seconds=1
        )
        first = sender.post(receiver.url, {}, BODY)
        second = sender.post(receiver.url, {}, BODY)
    assert first[:2] == (204, None)
    assert second[:2] == (None, DeliveryFault.ADDRESS)
    assert len(asked) == 2
    assert len(receiver.got) == 1


def test_a_name_without_address_is_a_fault() -> None:
    """A name that does not resolve."""

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    answer = Https(resolve=unknown).post("https://crm.example.com/", {}, BODY)
    assert answer[:2] == (None, DeliveryFault.ADDRESS)


def test_the_local_run_sends_to_its_own_host() -> None:
    """There the site and the receiver have the same host."""
    with receiving() as receiver:
        trusting = certificates("localhost").trusting
        sender = Https("localhost", loopback=True, context=lambda: trusting)
        assert sender.post(receiver.url, {}, BODY)[:2] == (204, None)


def test_our_own_site_gets_no_webhooks() -> None:
    """An endpoint that is our own site would make us call ourselves."""
    sender = Https("complaints.example.com", resolve=lambda host, port: ["93.184.216.34"])
    answer = sender.post("https://complaints.example.com/v1/cases", {}, BODY)
    assert answer[:2] == (None, DeliveryFault.ADDRESS)

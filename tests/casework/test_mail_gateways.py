"""Mail without SES: through an HTTPS gateway or an SMTP server, whole and once."""

from __future__ import annotations

import json
import smtplib
import ssl
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from chalicelib.cases.casework import Unavailable
from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.delivery.mail_gateway import HttpsMail, SmtpMail
from chalicelib.delivery.sms_gateway import Gateway
from chalicelib.letters import Attachment, Rendered
from tests.scenario import WANG, Scenario

SENDER, TO = "complaints@house.example", "wang@mail.example"
LETTER = Rendered("您的投诉", "第一行\n{to} “引号”", "<p>第一行</p>", company="公司")
WITH_FILE = LETTER._replace(attachments=(Attachment("约定.pdf", "application/pdf", b"%PDF"),))


class Provider(BaseHTTPRequestHandler):
    """A provider of mail that keeps what is posted to it."""

    taken: ClassVar[list[bytes]] = []
    headed: ClassVar[list[str]] = []
    status: ClassVar[int] = 200
    said: ClassVar[bytes] = b'{"code": "OK"}'

    def do_POST(self) -> None:
        """Take a mail, or refuse it."""
        self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.headed.append(self.headers.get("X-Key", ""))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a provider that takes mail."""
    Provider.taken.clear()
    Provider.headed.clear()
    Provider.status, Provider.said = 200, b'{"code": "OK"}'
    server = HTTPServer(("127.0.0.1", 0), Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/mail"
    server.shutdown()
    server.server_close()


JSON = '{"to": "{to}", "title": "{subject}", "text": "{text}", "html": "{html}", "raw": "{message}"}'


def https(address: str, body: str = JSON) -> HttpsMail:
    """Return the gateway at an address."""
    return HttpsMail(Gateway(address, body, "OK", lambda: {"X-Key": "k"}, lambda: "made"), SENDER)


def test_mail_is_posted_whole(address: str) -> None:
    """The template gets the parts of the mail and all of it, and a part with a placeholder in its words stays
    as it is. The secret headers go with it."""
    assert https(address).send(TO, WITH_FILE, "1", "l", "receipt") == "made"
    found = json.loads(Provider.taken[0])
    assert (found["to"], found["title"], found["text"]) == (TO, LETTER.subject, LETTER.text)
    whole = message_from_bytes(b64decode(found["raw"]), policy=policy.default)
    assert (whole["To"], whole["Subject"]) == (TO, LETTER.subject)
    (file,) = whole.iter_attachments()  # type: ignore[attr-defined]
    assert (file.get_filename(), file.get_content()) == ("约定.pdf", b"%PDF")
    assert Provider.headed == ["k"]


@pytest.mark.parametrize("status", [400, 422])
def test_gateway_that_refuses_one_mail_delays_only_this_one(address: str, status: int) -> None:
    """Its request was wrong, not our account."""
    Provider.status = status
    with pytest.raises(Unavailable):
        https(address).send(TO, LETTER, "1", "l", "receipt")


@pytest.mark.parametrize(
    ("status", "said"), [(401, b"OK"), (429, b"OK"), (500, b"OK"), (302, b"OK"), (200, b'{"code": "Limit"}')]
)
def test_mail_that_is_not_taken_waits(address: str, status: int, said: bytes) -> None:
    """An error, a redirect, and an answer without the word of success are no success."""
    Provider.status, Provider.said = status, said
    with pytest.raises(Standstill):
        https(address).send(TO, LETTER, "1", "l", "receipt")


def test_file_is_never_left_out(address: str) -> None:
    """A template without the whole mail sends no letter with files, so staff tell it."""
    gateway = https(address, '{"to": "{to}", "text": "{text}"}')
    with pytest.raises(Unreachable):
        gateway.send(TO, WITH_FILE, "1", "l", "receipt")
    assert Provider.taken == []
    assert gateway.send(TO, LETTER, "1", "l", "receipt") == "made"


class Server(smtplib.SMTP_SSL):
    """A connection to an SMTP server without a network. `answers` maps a recipient to the server's answer."""

    opened: ClassVar[list[tuple[str, int]]] = []
    taken: ClassVar[list[tuple[str, str, bytes]]] = []
    users: ClassVar[list[tuple[str, str]]] = []
    answers: ClassVar[dict[str, int]] = {}
    fault: ClassVar[Exception | None] = None
    fault_of_text: ClassVar[Exception | None] = None

    def __init__(self, host: str, port: int, timeout: float, context: ssl.SSLContext) -> None:
        if self.fault:
            raise self.fault
        assert context.verify_mode == ssl.CERT_REQUIRED
        self.opened.append((host, port))

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def login(self, user: str, password: str, **_: Any) -> Any:
        """Take a user."""
        self.users.append((user, password))

    def sendmail(self, sender: str, to: Any, mail: Any, *_: Any, **__: Any) -> Any:
        """Take a mail, or refuse its recipient."""
        if self.fault_of_text:
            raise self.fault_of_text
        if code := self.answers.get(to[0]):
            raise smtplib.SMTPRecipientsRefused({to[0]: (code, b"no")})
        self.taken.append((sender, to[0], mail))


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> SmtpMail:
    """A provider's SMTP server that takes mail."""
    for kept in (Server.opened, Server.taken, Server.users):
        kept.clear()
    Server.answers, Server.fault, Server.fault_of_text = {}, None, None
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    return SmtpMail("smtp.example", 465, lambda: {"user": "u", "password": "p"}, SENDER, lambda: "made")


def test_mail_goes_to_the_server_signed_in(smtp: SmtpMail) -> None:
    """The server gets the whole mail from our address, by TLS with a checked certificate."""
    assert smtp.send(TO, WITH_FILE, "1", "l", "receipt") == "made"
    [(sender, to, mail)] = Server.taken
    assert (sender, to, Server.users) == (SENDER, TO, [("u", "p")])
    assert message_from_bytes(mail, policy=policy.default)["Subject"] == LETTER.subject
    assert Server.opened == [("smtp.example", 465)]


@pytest.mark.parametrize(
    ("code", "error"), [(550, Unreachable), (450, Unavailable), (451, Unavailable), (421, Standstill)]
)
def test_refused_address_is_told_apart_from_a_busy_server(
    smtp: SmtpMail, code: int, error: type[Exception]
) -> None:
    """An answer of 5xx is for good, 421 says that the server closes, any other delays this letter."""
    Server.answers = {TO: code}
    with pytest.raises(error):
        smtp.send(TO, LETTER, "1", "l", "receipt")


@pytest.mark.parametrize(("code", "error"), [(451, Unavailable), (554, Unavailable), (421, Standstill)])
def test_refused_text_delays_only_its_letter(smtp: SmtpMail, code: int, error: type[Exception]) -> None:
    """Nothing is given up, because a server can also refuse all that we send in this way."""
    Server.fault_of_text = smtplib.SMTPDataError(code, b"no")
    with pytest.raises(error):
        smtp.send(TO, LETTER, "1", "l", "receipt")


def test_letter_to_a_mailbox_that_is_full_delays_no_other(scenario: Scenario, smtp: SmtpMail) -> None:
    """The other letters leave, staff call after an hour, and the letter still leaves once it is taken."""
    product, full = scenario.product, "full@mail.example"
    product.__dict__["correspondence"] = replace(product.correspondence, post=smtp)
    product.__dict__.pop("clockwork", None)
    Server.answers = {full: 452}
    late = scenario.submit(person={"name": "李梅", "email": full})
    scenario.move(WANG, "ask_information", late.ref, items=["photos"], why="看不清。")
    scenario.post()
    scenario.submit()
    scenario.post()
    assert [to for _, to, _ in Server.taken] == ["wang.fang@mail.example"]
    assert product.mail.outage(scenario.time) is None
    for _ in range(7):
        scenario.later(timedelta(minutes=17))
        scenario.minute()
    assert [task.party for task in product.file.load(late.ref).tellings] == ["p1"]
    assert product.mail.outage(scenario.time) is None
    Server.answers = {}
    scenario.later(timedelta(minutes=17))
    scenario.minute()
    assert full in [to for _, to, _ in Server.taken]


@pytest.mark.parametrize(
    "fault", [TimeoutError(), smtplib.SMTPAuthenticationError(535, b"no"), ssl.SSLError()]
)
def test_server_that_cannot_be_used_stands_still(smtp: SmtpMail, fault: Exception) -> None:
    """Nothing is given up while the server, the network or our password fails."""
    Server.fault = fault
    with pytest.raises(Standstill):
        smtp.send(TO, LETTER, "1", "l", "receipt")


def test_mail_of_a_gateway_is_entered_in_the_ledger(scenario: Scenario, address: str) -> None:
    """No event tells that the mail left, so the worker enters it. A restored table sends it once only."""
    product = scenario.product
    product.__dict__["correspondence"] = replace(product.correspondence, post=https(address))
    product.__dict__.pop("clockwork", None)
    case = scenario.submit()
    scenario.post()
    assert Provider.taken
    left = [one for one in product.ledger.since(scenario.time) if one.ref == case.ref]
    assert [one.name for one in left] == ["receipt"]

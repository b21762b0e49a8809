"""Reports by mail that a letter cannot be delivered. They count for the letter and address that they name,
and only for those."""

from __future__ import annotations

import smtplib
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from chalicelib.delivery.mail_gateway import SmtpMail
from chalicelib.domain.model.case import Case
from chalicelib.incoming.reports import failed
from tests.casework.arrived import PUBLIC, SETTINGS, WANG_FANG, address, arrives
from tests.casework.deliveries import states
from tests.casework.post import FakePost
from tests.scenario import WANG, Scenario


class Server:
    """An SMTP server that takes each mail. `taken` are the mails."""

    taken: ClassVar[list[bytes]] = []

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def login(self, *_: Any) -> None:
        """Let anybody in."""

    def sendmail(self, sender: str, to: Any, mail: bytes) -> None:
        """Take a mail."""
        self.taken.append(mail)


@pytest.fixture
def letter(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case with a request for information that left by SMTP."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    Server.taken.clear()
    FakePost.into(scenario)
    product = scenario.product
    ids = iter(f"01J{n:023}" for n in range(99))
    own = SmtpMail(
        "smtp.house.example", 465, lambda: {"user": "u", "password": "p"}, PUBLIC, lambda: next(ids)
    )
    product.__dict__["correspondence"] = replace(product.correspondence, post=own)
    product.__dict__.pop("replies", None)
    case = scenario.submit()
    case = scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    scenario.post()
    return case


def report(
    to: str, returned: bytes, *, status: str = "5.1.1", action: str = "failed", recipient: str = WANG_FANG
) -> bytes:
    """Return a report on a returned mail, as servers write it."""
    head = returned.partition(b"\r\n\r\n")[0]
    return (
        (
            f"From: MAILER-DAEMON@mx.mail.example\r\nTo: {to}\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\n"
            "MIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.mail.example\r\n\r\n"
            f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
            "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        ).encode()
        + head
        + b"\r\n\r\n--b--\r\n"
    )


@pytest.mark.parametrize("status", ["5.1.1", "5.7.1"])
def test_report_counts_as_a_bounce(scenario: Scenario, letter: Case, status: str) -> None:
    """Staff tell the letter, however often the report comes. Only an address that does not exist gets no
    letters any more."""
    for _ in range(3):
        arrives(scenario, report(PUBLIC, Server.taken[-1], status=status))
    assert scenario.moves(letter.ref).count("letter_failed") == 1
    assert states(scenario, letter.ref)[1] == ("information_request", "bounced")
    product = scenario.product
    assert bool(product.addresses.refusing(product.lookups.of(WANG_FANG))) == (status == "5.1.1")


@pytest.mark.parametrize(
    "changed",
    [
        {"recipient": "eve@other.example"},
        {"status": "4.2.2"},
        {"status": "2.0.0"},
        {"action": "delayed"},
        {"status": "5.1.1\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed\r\nStatus: 5.1.1"},
    ],
)
def test_other_reports_change_nothing(scenario: Scenario, letter: Case, changed: dict[str, str]) -> None:
    """A report on another address, for now, of success, or on several recipients is none of ours."""
    arrives(scenario, report(PUBLIC, Server.taken[-1], **changed))
    assert states(scenario, letter.ref)[1] == ("information_request", "sent")


@pytest.mark.parametrize("id", [b"1", b"01J00000000000000000000099", b"' OR 1=1", b"01J" + b"0" * 24])
def test_forged_report_changes_nothing(scenario: Scenario, letter: Case, id: bytes) -> None:
    """A forger may know a case's number, reply address and mail address, but not the id of a letter."""
    forged = b"X-Complaint-Letter: " + id + b"\r\nReply-To: " + address(scenario.product, letter.ref).encode()
    arrives(scenario, report(address(scenario.product, letter.ref), forged + b"\r\n\r\n"))
    assert states(scenario, letter.ref)[1] == ("information_request", "sent")
    product = scenario.product
    assert not product.addresses.refusing(product.lookups.of(WANG_FANG))


def test_two_returned_letters_in_one_report_are_none() -> None:
    """A report is on one mail."""
    one, other = (b"X-Complaint-Letter: 01J%023d\r\n" % n for n in (1, 2))
    assert failed(report(PUBLIC, one + b"\r\n")) == ("01J" + f"{1:023}", (WANG_FANG,), True)
    assert failed(report(PUBLIC, one + other + b"\r\n")) is None

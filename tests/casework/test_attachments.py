"""A letter with files is one message that every mail program reads, sent like any other letter."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest

from chalicelib.aws.post import Ses
from chalicelib.delivery.correspondence import Unreachable
from chalicelib.letters import OURS, Attachment, Rendered
from tests.letters.invitations import invitation, read
from tests.scenario import Scenario

LETTER = Rendered(
    "调解通知书（编号4821-0936-5174）：2026年12月8日（星期二）14:30",
    "王芳，您好：\n\n调解会议。\n",
    "<p>王芳，您好：</p>",
    company="投诉受理",
)
INVITE = Attachment("invite.ics", "text/calendar; method=REQUEST; charset=utf-8", invitation())
SEALED = Attachment("调解协议书.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff")


class Recorded:
    """A mail service that records the request."""

    def send_email(self, **said: Any) -> dict[str, str]:
        """Record one mail."""
        self.said = said
        return {"MessageId": "m-1"}


def sent(letter: Rendered, to: str = "wang.fang@mail.example") -> dict[str, Any]:
    """Return the request to the mail service for a letter."""
    ses = Recorded()
    post = Ses(lambda: ses, "complaints@redress.example", "the-set")
    assert post.send(to, letter, "482109365174", "12.0", "meeting_notice") == "m-1"
    return ses.said


def message(*files: Attachment) -> EmailMessage:
    """Return the message that is sent for a letter with these files."""
    raw = sent(LETTER._replace(attachments=files))["Content"]["Raw"]["Data"]
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not [part.defects for part in found.walk() if part.defects]
    return found


def test_a_letter_without_files_goes_as_before() -> None:
    """Only a letter with files is composed as a raw message."""
    assert [*sent(LETTER)["Content"]] == ["Simple"]


def test_header_lines_of_a_letter() -> None:
    """A mail names where replies go, its thread, and that no person wrote it. Without a reply address and a
    thread, only the last remains."""
    to, thread = "a-p1-1-x@reply.example", "<1@redress.example>"
    answered = LETTER._replace(reply_to=to, thread=thread)
    expected = {"Reply-To": to, "References": thread, "Auto-Submitted": "auto-generated"}
    for files in ((), (INVITE,)):
        assert lines(answered._replace(attachments=files)) == expected
        assert lines(LETTER._replace(attachments=files)) == {"Auto-Submitted": "auto-generated"}
        assert lines(LETTER._replace(attachments=files, automatic=False)) == {}


def lines(letter: Rendered) -> dict[str, str]:
    """Return the header lines about replies with which a letter leaves through SES."""
    said = sent(letter)
    if "Simple" in (content := said["Content"]):
        headers = {one["Name"]: one["Value"] for one in content["Simple"]["Headers"]}
        headers |= dict(zip(["Reply-To"], said["ReplyToAddresses"], strict=False))
        assert headers.pop(OURS)
        return headers
    raw = message_from_bytes(content["Raw"]["Data"], policy=policy.default)
    assert raw[OURS]
    return {name: raw[name] for name in ("Reply-To", "References", "Auto-Submitted") if raw[name]}


def test_a_letter_with_files_keeps_its_marks() -> None:
    """Recipient, configuration set and tags are the same with and without files; provider events are matched
    by them.
    """
    plain, filed = sent(LETTER), sent(LETTER._replace(attachments=(INVITE,)))
    assert {**plain, "Content": None} == {**filed, "Content": None}
    assert parseaddr(str(make_header(decode_header(plain["FromEmailAddress"])))) == (
        "投诉受理",
        "complaints@redress.example",
    )
    assert filed["EmailTags"][1] == {"Name": "letter", "Value": "12_0"}
    assert filed["ConfigurationSetName"] == "the-set"


def test_the_letter_reads_the_same_with_a_file() -> None:
    """Subject, sender, text and HTML arrive unchanged, in Chinese as well."""
    found = message(INVITE)
    assert (found["Subject"], found["To"]) == (LETTER.subject, "wang.fang@mail.example")
    assert found["From"].addresses[0].display_name == "投诉受理"
    assert found["From"].addresses[0].addr_spec == "complaints@redress.example"
    text, html = found.get_body(("plain",)), found.get_body(("html",))
    assert text
    assert text.get_content().splitlines() == LETTER.text.splitlines()
    assert html
    assert html.get_content().splitlines() == LETTER.html.splitlines()


def test_an_inbox_shows_an_invitation_as_one() -> None:
    """The invitation is the richest alternative, with its method (RFC 6047), and also a file; both are the
    same.
    """
    found = message(INVITE, SEALED)
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
        "application/pdf",
    ]
    inline = next(part for part in found.walk() if part.get_content_type() == "text/calendar")
    assert dict(inline["Content-Type"].params) == {"charset": "utf-8", "method": "REQUEST"}
    assert not inline.is_attachment()
    assert inline.get_payload(decode=True) == INVITE.content
    assert read(INVITE.content).uid.value
    assert {file.get_filename(): file.get_content() for file in found.iter_attachments()} == {
        "invite.ics": INVITE.content,
        "调解协议书.pdf": SEALED.content,
    }


def test_an_address_that_no_header_holds_is_refused_for_good() -> None:
    """An address with a line break raises `Unreachable`, since the break would begin another header."""
    with pytest.raises(Unreachable):
        sent(LETTER._replace(attachments=(INVITE,)), to="wang@mail.example\r\nBcc: eve@mail.example")


def test_provider_accepts_the_message(scenario: Scenario) -> None:
    """SES accepts the composed message."""
    assert scenario.product.correspondence.post.send(
        "wang.fang@mail.example",
        LETTER._replace(attachments=(INVITE,)),
        "482109365174",
        "1.0",
        "meeting_notice",
    )
    (mail,) = scenario.sent()
    assert (mail["to"], mail["subject"], mail["text"].strip()) == (
        "wang.fang@mail.example",
        LETTER.subject,
        LETTER.html,
    )
    assert mail["files"] == {"invite.ics": INVITE.content}

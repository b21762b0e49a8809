"""Mails that are made to break their reader. They are read in part, in a time that grows with their length,
and nothing is raised."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from chalicelib.incoming.charsets import decoded
from chalicelib.incoming.headers import mailboxes, parameters, words
from chalicelib.incoming.mail import LARGEST, MOST_PARTS, Fault, Received, read
from chalicelib.incoming.markup import plain
from chalicelib.incoming.quotes import cut
from tests.incoming.mails import OURS_ZH, OWN, REPLIES, SAID_ZH, alternative, html, mail, part, several

MEGABYTE = 1024 * 1024
SLOW = 20.0
"""How many seconds of CPU a hostile mail takes at most on a busy machine. A quadratic reader takes hours."""


@contextmanager
def soon(seconds: float = SLOW) -> Iterator[None]:
    """Fail if the block takes longer, in seconds of CPU."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


def got(raw: bytes) -> Received:
    """Return what is read of a mail, which must be readable, and soon."""
    with soon():
        found = read(raw, OWN)
    assert Fault.UNREADABLE not in found.faults
    return found


def nested(depth: int) -> bytes:
    """Return parts within one another."""
    body = part("deepest", "text/plain")
    for n in range(depth):
        body = several("mixed", body, boundary=f"b{n}")
    return body


def within(depth: int, how: str) -> bytes:
    """Return a mail in a mail in a mail."""
    body = mail(part("deepest", "text/plain"))
    for _ in range(depth):
        body = mail(part(body, "message/rfc822", how=how))
    return body


BOMBS = {
    "parts": lambda: mail(several("mixed", part("x", "text/plain"), *[part("x", "image/png")] * 50_000)),
    "empty_parts": lambda: mail(b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\n" * 500_000),
    "boundary_in_lines": lambda: mail(
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"x--a" * 500_000
    ),
    "depth": lambda: mail(nested(400)),
    "mails_in_mails": lambda: within(200, "8bit"),
    "mails_in_base64": lambda: within(30, "base64"),
    "base64_without_end": lambda: mail(part(b"", "application/pdf") + b"A" * 3 * MEGABYTE),
    "base64_of_padding": lambda: mail(part(b"", "application/pdf") + b"A=" * MEGABYTE),
    "quoted_printable": lambda: mail(part(b"", "text/plain", how="quoted-printable") + b"=" * 2 * MEGABYTE),
    "uuencoded": lambda: mail(part(b"", "image/png", how="x-uuencode") + b"M\n" * MEGABYTE),
    "long_header": lambda: mail(part("x", "text/plain"), more=f"X-A: {'a' * 3 * MEGABYTE}\r\n"),
    "long_subject": lambda: mail(part("x", "text/plain"), "=?utf-8?q?" * 200_000),
    "long_from": lambda: mail(part("x", "text/plain"), sender='"' * 200_000),
    "commented_from": lambda: mail(part("x", "text/plain"), sender="(" * 200_000),
    "escaped_from": lambda: mail(part("x", "text/plain"), sender='"\\' * 200_000),
    "recipients": lambda: mail(part("x", "text/plain"), to=",".join(["a@example.net"] * 100_000)),
    "headers": lambda: mail(part("x", "text/plain"), more="X-A: b\r\n" * 200_000),
    "folded_header": lambda: mail(part("x", "text/plain"), more="X-A: b\r\n" + " \r\n x\r\n" * 200_000),
    "parameters": lambda: mail(b"Content-Type: text/plain" + b"; a=b" * 100_000 + b"\r\n\r\nx"),
    "sections": lambda: mail(b"Content-Type: text/plain" + b"; name*9*=b" * 100_000 + b"\r\n\r\nx"),
    "references": lambda: mail(part("x", "text/plain"), more=f"References: {'<' * 300_000}\r\n"),
    "authentication": lambda: mail(
        part("x", "text/plain"),
        above="Received: by a; x\r\nAuthentication-Results: amazonses.com;"
        f"{'(' * 200_000}{';a=b' * 90_000}\r\n",
    ),
    "tags": lambda: mail(part("<div><p>" * 300_000, "text/html")),
    "open_tags": lambda: mail(part("<a " * 600_000, "text/html")),
    "open_values": lambda: mail(part("<a x='\">" * 300_000, "text/html")),
    "comments": lambda: mail(part("<!--" * 500_000, "text/html")),
    "entities": lambda: mail(part("&#" + "9" * MEGABYTE, "text/html")),
    "quotes_in_quotes": lambda: mail(part("<blockquote>" * 200_000 + "x<br>" * 200_000, "text/html")),
    "marks": lambda: mail(part("> " * MEGABYTE, "text/plain")),
    "marked_lines": lambda: mail(part("> a\nb\n" * 200_000, "text/plain")),
    "fields": lambda: mail(part("From: a@b.cn\nSent: 1\n" * 90_000, "text/plain")),
    "dividers": lambda: mail(part("-----Original Message-----\n" * 90_000, "text/plain")),
    "writers": lambda: mail(part("On 2026-01-01 10:00 a@b.cn\n" * 90_000, "text/plain")),
    "devices": lambda: mail(part("发自我的iPhone\n" * 90_000, "text/plain")),
    "spaces": lambda: mail(part(" " * 3 * MEGABYTE + "wrote:", "text/plain")),
    "calendar": lambda: mail(part('ATTENDEE;A="\n' * 200_000, "text/calendar; method=REPLY")),
    "no_line_end": lambda: b"A" * 3 * MEGABYTE,
    "only_line_ends": lambda: b"\n" * 3 * MEGABYTE,
    "nulls": lambda: bytes(3 * MEGABYTE),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_read_in_time(name: str) -> None:
    """Bombs of parts, depth, encodings, headers, tags and quotes."""
    found = got(BOMBS[name]())
    assert len(found.files) <= MOST_PARTS


def test_what_is_left_out_is_told() -> None:
    """The first parts are read, and the mail says that more was there."""
    many = got(BOMBS["parts"]())
    assert (many.text, Fault.TOO_MANY_PARTS in many.faults) == ("x", True)
    deep = got(BOMBS["depth"]())
    assert (deep.text, Fault.TOO_DEEP in deep.faults) == ("", True)
    assert got(mail(nested(8))).text == "deepest"
    large = got(mail(several("mixed", part(SAID_ZH, "text/plain"), part(bytes(LARGEST), "application/pdf"))))
    assert (large.text, Fault.TOO_LARGE in large.faults) == (SAID_ZH, True)
    long = got(mail(part("长" * MEGABYTE, "text/plain")))
    assert (len(long.whole), long.faults) == (500_000, {Fault.TEXT_CUT})


def test_mail_that_ends_too_soon_is_read() -> None:
    """The words before the end, and the part of the file that came."""
    raw = mail(
        several("mixed", part(SAID_ZH, "text/plain"), part(b"%PDF-1.7" * 99, "application/pdf; name=a.pdf"))
    )
    found = got(raw[:-200])
    assert (found.text, found.files[0].content[:8]) == (SAID_ZH, b"%PDF-1.7")


def test_parts_without_boundary_are_read_as_text() -> None:
    """The header promises parts, and there are none."""
    assert got(mail(b"Content-Type: multipart/mixed\r\n\r\nhello")).text == "hello"
    assert got(mail(b"Content-Type: multipart/mixed; boundary=a\r\n\r\nhello")).text == "hello"


def test_headers_cannot_be_added_by_words() -> None:
    """Line ends in encoded words are spaces."""
    subject = f"=?utf-8?B?{b64encode(b'a' + bytes([13, 10]) + b'Bcc: b@example.net').decode()}?="
    found = got(mail(part("x", "text/plain"), subject))
    assert found.subject == "a Bcc: b@example.net"
    assert found.recipients == ("noreply@mail.example-shop.cn",)


RAW = st.one_of(
    st.binary(max_size=2000),
    st.sampled_from([mail(one.body, one.subject) for one in REPLIES]),
    st.lists(
        st.sampled_from(
            [
                b"\r\n",
                b"\n",
                b"Content-Type: multipart/mixed; boundary=a",
                b"--a",
                b"--a--",
                b"From: ",
                b"a@b.cn",
                b"<",
                b"Content-Type: text/html",
                b"Content-Transfer-Encoding: base64",
                b"Subject: =?gbk?B?",
                b"?=",
                b"=\xb7",
                b"Content-Type: message/rfc822",
                b"Content-Type: text/calendar",
                b"filename*0*=",
                b"'",
                b'"',
                b";",
                b"\x1b$B",
                b"Content-Disposition: attachment;",
                b"Received: ",
                b"Date: ",
                b"99999",
                b"charset=utf-16",
                b"charset=idna",
                b"Content-Type: multipart/alternative; boundary=a",
                b"&#99999999;",
                b"<blockquote>",
                b"> ",
                b"\x00",
                b"\xff\xfe",
            ]
        ),
        max_size=60,
    ).map(b"".join),
)


@given(RAW, st.integers(0, 2000), st.binary(max_size=20), st.booleans())
@example(b"", 0, b"", False)
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_raise(raw: bytes, at: int, changed: bytes, end: bool) -> None:
    """Any bytes, and real mails that are cut off or changed somewhere."""
    raw = raw[:at] + changed + (b"" if end else raw[at + len(changed) :])
    with soon(5):
        found = read(raw, OWN)
    assert Fault.UNREADABLE not in found.faults
    assert found.verified is False
    assert found.forward or cut(found.text, OWN.senders) == found.text


LINES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "> a",
            ">500元",
            ">> b",
            "From: a@b.cn",
            "Sent: 2026-10-03 18:28",
            "To: c",
            "Subject: d",
            "发件人 x@y.cn",
            "日期 2026",
            "-----Original Message-----",
            "------ 原始邮件 ------",
            "Original",
            "On 2026-10-03 18:28, X <a@b.cn>",
            "wrote:",
            "<a@b.cn> 写道：",
            "在 2026年10月3日 18:28，甲 <a@b.cn> 写道：",
            "发自我的iPhone",
            "Sent from my iPhone",
            "见下方",
            "________________________________",
            "---- 转发的邮件 ----",
            "你好",
            "03.10.2026, 18:28, x <a@b.cn>:",
        ]
    ),
)


@given(st.lists(LINES, max_size=30).map("\n".join))
@settings(deadline=None, max_examples=500)
def test_cutting_again_changes_nothing(text: str) -> None:
    """A second cut changes nothing. Each line that remains is a line of the text, in the same order."""
    once = cut(text)
    assert cut(once) == once
    lines = iter(text.split("\n"))
    assert [line for line in once.split("\n") if line and line not in lines] == []


@given(st.text(max_size=300))
@settings(deadline=None)
def test_text_without_marks_is_kept(text: str) -> None:
    """The cut keeps each line of letters only, because such a line is no quote and names no device."""
    assert [line for line in text.split("\n") if line.isalpha() and line not in cut(text).split("\n")] == []


@given(st.text(alphabet="ab<>/!-=\"' \n&#;xdivpre", max_size=300))
@settings(deadline=None)
def test_any_markup_is_read(text: str) -> None:
    """No tag raises, and only marks of quotes and line breaks are added."""
    assert {*plain(text)} - {*text} <= {*"> \n"} | {*unescape(text)}


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "gbk", "utf-8", "utf-16", "big5", "idna", "punycode", "\x00", "utf-7", "hz"]),
)
@settings(deadline=None)
def test_any_bytes_are_decoded(content: bytes, declared: str) -> None:
    """No label raises."""
    assert isinstance(decoded(content, declared), str)


@given(
    st.one_of(
        st.tuples(st.text(max_size=200), st.just("utf-8")),
        st.tuples(
            st.text(alphabet=SAID_ZH + OURS_ZH, max_size=200), st.sampled_from(["gbk", "gb18030", "utf-8"])
        ),
    )
)
@settings(deadline=None)
def test_right_labels_are_believed(said: tuple[str, str]) -> None:
    """Bytes in the character set of their label are read as the same text that the program wrote."""
    text, charset = said
    content = text.encode(charset, "ignore")
    marked = content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or b"\x1b" in content
    assert marked or decoded(content, charset) == content.decode(charset)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_header_is_read(text: str) -> None:
    """No header raises."""
    assert "\n" not in words(text)
    assert [one for one in mailboxes(text) if one.address.count("@") > 1] == []
    assert isinstance(parameters(f"a; {text}"), dict)


def test_text_in_both_forms_is_read_once() -> None:
    """Alternatives are not added up."""
    assert got(mail(alternative(SAID_ZH, html(SAID_ZH)))).whole == SAID_ZH

"""The parts of a mail: texts in two forms, files and their names, forwarded mails, answers of calendars, and
mails that programs wrote."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from chalicelib.incoming.mail import Attached, Automatic, Fault, read
from chalicelib.letters.ics import Address, calendar
from tests.incoming.mails import (
    OURS_ZH,
    OWN,
    PERSON,
    SAID_ZH,
    SHOP,
    alternative,
    header,
    html,
    mail,
    part,
    quote_lines,
    several,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PDF = b"%PDF-1.7\nx"


class Named(NamedTuple):
    """The headers of a file and the name that they mean."""

    kind: str
    placed: str
    name: str


NAMES = [
    Named("application/pdf", 'attachment; filename="invoice.pdf"', "invoice.pdf"),
    Named("application/pdf", "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
    Named("application/pdf", "attachment; filename*=gb18030''%B7%A2%C6%B1.pdf", "发票.pdf"),
    Named("application/pdf", "attachment; filename*=us-ascii''%B7%A2%C6%B1.pdf", "发票.pdf"),
    Named(
        "application/pdf",
        "attachment; filename*0*=UTF-8''%E5%8F%91;\r\n filename*1*=%E7%A5%A8.pdf",
        "发票.pdf",
    ),
    Named(
        "application/pdf",
        "attachment; filename*1*=%A5%A8.pdf;\r\n filename*0*=UTF-8''%E5%8F%91%E7",
        "发票.pdf",
    ),
    Named(
        "application/pdf",
        "attachment; filename=\"x.pdf\"; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf",
        "发票.pdf",
    ),
    Named("application/pdf", f'attachment; filename="{header("发票.pdf", "gbk")}"', "发票.pdf"),
    Named("application/pdf", f"attachment; filename={header('发票.pdf', 'gb2312')}", "发票.pdf"),
    Named("application/pdf", "attachment; filename=my invoice.pdf", "my invoice.pdf"),
    Named(f'application/pdf; name="{header("发票.pdf")}"', "attachment", "发票.pdf"),
    Named("application/pdf", 'attachment; filename="../../etc/发票.pdf"', "发票.pdf"),
    Named("application/pdf", 'attachment; filename="C:\\\\a\\\\发票.pdf"', "发票.pdf"),
    Named("application/pdf", "attachment; filename=" + header("发票\u202efdp.exe"), "发票fdp.exe"),
    Named("application/pdf", "attachment; filename=" + header("发票\r\nX: y.pdf"), "发票X: y.pdf"),
    Named("application/pdf", 'attachment; filename="' + "长" * 400 + '.pdf"', "长" * 146 + ".pdf"),
    Named("application/pdf", "attachment", ""),
    Named("application/octet-stream", 'inline; filename="..."', ""),
]


@pytest.mark.parametrize("one", NAMES, ids=str)
def test_file_names_are_read_in_every_form(one: Named) -> None:
    """RFC 2231, RFC 2047, plain bytes and wrong labels; no folder and no misleading character is left."""
    file = part(PDF, one.kind, more=f"Content-Disposition: {one.placed}\r\n".encode().decode("utf-8"))
    got = read(mail(several("mixed", part(SAID_ZH, "text/plain"), file)), OWN)
    assert got.files == (Attached(one.name, one.kind.partition(";")[0], PDF),)
    assert got.text == SAID_ZH


def test_plain_bytes_as_a_name_are_read() -> None:
    """Old programs write the name as it is, in GBK."""
    placed = b'Content-Disposition: attachment; filename="\xb7\xa2\xc6\xb1.pdf"\r\n'
    body = several("mixed", part(SAID_ZH, "text/plain"), placed + part(PDF, "application/pdf"))
    assert [file.name for file in read(mail(body), OWN).files] == ["发票.pdf"]


def test_a_word_broken_between_two_encoded_words_is_whole() -> None:
    """Some programs break a character between two words, or a word between two lines."""
    content = "关于我的投诉".encode("gbk")
    halves = [b64encode(piece).decode() for piece in (content[:3], content[3:])]
    broken = f"=?gbk?B?{halves[0]}?=\r\n =?gbk?B?{halves[1]}?="
    folded = f"=?gbk?B?{b64encode(content).decode()[:5]}\r\n {b64encode(content).decode()[5:]}?="
    for subject in (broken, folded):
        assert read(mail(part("x", "text/plain"), subject), OWN).subject == "关于我的投诉"


def test_headers_without_encoding_are_read() -> None:
    """Subjects as plain bytes in GBK or UTF-8, and with wrong labels."""
    for charset in ("gbk", "utf-8"):
        raw = mail(part("x", "text/plain"), "关于投诉".encode(charset).decode("utf-8", "surrogateescape"))
        assert read(raw, OWN).subject == "关于投诉"
    labelled = f"=?us-ascii?B?{b64encode('关于投诉'.encode('gbk')).decode()}?="
    assert read(mail(part("x", "text/plain"), labelled), OWN).subject == "关于投诉"


def test_hidden_words_scripts_and_pictures_are_left_out() -> None:
    """Only what a reader of the HTML text sees is taken."""
    shown = (
        "<style>p{color:red}</style><script>alert('a')</script><!-- comment --><title>t</title>"
        '<div style="display:none">hidden</div><span style="font-size:0px">tiny</span><p>看得见 1 &lt; 2</p>'
        '<img src="https://track.example/p.gif?u=1" width="1"><div style="mso-hide:all"><p>hidden</div>after'
    )
    assert read(mail(part(shown, "text/html")), OWN).text == "看得见 1 < 2\nafter"


def test_text_form_is_preferred_unless_it_says_nothing() -> None:
    """A short text form of a long HTML text only says that the program is too old. The reader takes the
    HTML."""
    assert read(mail(alternative(SAID_ZH, html(SAID_ZH))), OWN).text == SAID_ZH
    old = alternative("Please use an HTML viewer.", html(SAID_ZH * 9))
    assert read(mail(old), OWN).text == "\n".join(SAID_ZH * 9 for _ in "1")
    assert read(mail(alternative(" \n", html(SAID_ZH))), OWN).text == SAID_ZH


def test_quote_that_only_html_marks_is_cut() -> None:
    """Some programs put the quoted letter into the text form without any mark."""
    body = alternative(f"{SAID_ZH}\n{OURS_ZH}", f"{html(SAID_ZH)}<blockquote>{html(OURS_ZH)}</blockquote>")
    got = read(mail(body), OWN)
    assert got.text == SAID_ZH
    assert OURS_ZH in got.whole


def test_inline_pictures_and_texts_between_are_kept() -> None:
    """Apple Mail writes text, picture, text."""
    picture = part(
        PNG, "image/png", more='Content-Disposition: inline; filename="a.png"\r\nContent-ID: <1@x>\r\n'
    )
    body = several("mixed", part("前", "text/plain"), picture, part("后", "text/plain"))
    got = read(mail(body), OWN)
    assert got.text == "前\n\n后"
    assert got.files == (Attached("a.png", "image/png", PNG),)


def test_lines_broken_for_old_terminals_are_joined() -> None:
    """RFC 3676: a space at the end of a line means that the line goes on."""
    flowed = part("发票我今天 \n寄出了。\n完", "text/plain; format=flowed; delsp=yes")
    assert read(mail(flowed), OWN).text == "发票我今天寄出了。\n完"


def test_forwarded_mail_is_what_the_sender_wants_to_say() -> None:
    """The reader takes the headers and words of an attached mail as text, and keeps its files. A mail
    forwarded as text stays in the text."""
    inner = mail(
        several("mixed", part("商家的答复：不退。", "text/plain"), part(PDF, "application/pdf")),
        "答复",
        "shop@example.net",
    )
    attached = several(
        "mixed",
        part("请看附件", "text/plain"),
        b"Content-Type: message/rfc822\r\n\r\n" + inner,
        boundary="outer",
    )
    got = read(mail(attached, "Fw: 答复"), OWN)
    assert (got.forward, got.text.split("\n")[0], "商家的答复：不退。" in got.text) == (
        True,
        "请看附件",
        True,
    )
    assert "shop@example.net" in got.text
    assert [file.content for file in got.files] == [PDF]
    below = (
        "请看\n\n-------- 转发邮件信息 --------\n发件人：shop <shop@example.net>\n"
        "发送日期：2026-10-03\n收件人：李华\n主题：答复\n\n商家的答复：不退。"
    )
    assert "商家的答复：不退。" in read(mail(part(below, "text/plain"), "转发：答复"), OWN).text
    assert "商家的答复：不退。" in read(mail(part(below, "text/plain"), "我的投诉"), OWN).text


@pytest.mark.parametrize(
    ("answer", "means"),
    [("ACCEPTED", "accepted"), ("DECLINED", "declined"), ("TENTATIVE", "tentative"), ("NEEDS-ACTION", None)],
)
def test_answer_of_a_calendar_is_read(answer: str, means: str | None) -> None:
    """The answer names our invitation by its `uid`."""
    invitation = calendar(
        "REQUEST",
        uid="26-000123-M1@example-shop.cn",
        sequence=0,
        start=datetime(2026, 10, 5, 2, tzinfo=UTC),
        minutes=60,
        summary="x",
        location="",
        description="x",
        organizer=Address("Shop", SHOP),
        attendee=Address("李华", PERSON),
        stamp=datetime(2026, 10, 3, tzinfo=UTC),
        url="https://example-shop.cn/case",
    ).decode()
    reply = invitation.replace("METHOD:REQUEST", "METHOD:REPLY").replace("NEEDS-ACTION", answer)
    body = several(
        "alternative", part("李华 已接受", "text/plain"), part(reply, "text/calendar; method=REPLY")
    )
    got = read(mail(body, "已接受: 会议"), OWN).calendar
    assert (got and (got.uid, got.answer, got.attendee)) == (
        means and ("26-000123-M1@example-shop.cn", means, PERSON)
    )


def test_an_invitation_is_no_answer() -> None:
    """An invitation from others is kept as a file."""
    ics = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1@x\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.cn\n"
        "END:VEVENT\nEND:VCALENDAR"
    )
    got = read(
        mail(several("mixed", part("x", "text/plain"), part(ics, "text/calendar; method=REQUEST"))), OWN
    )
    assert got.calendar is None
    assert [file.media_type for file in got.files] == ["text/calendar"]


def test_signed_and_encrypted_parts_are_kept_as_files() -> None:
    """S/MIME and PGP; the text of a signed mail is read."""
    signature = part(b"sig", "application/pkcs7-signature; name=smime.p7s")
    signed = read(mail(several("signed", part(SAID_ZH, "text/plain"), signature)), OWN)
    assert (signed.text, [file.name for file in signed.files], signed.faults) == (
        SAID_ZH,
        ["smime.p7s"],
        frozenset(),
    )
    sealed = read(
        mail(part(b"\x30\x80", "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m")), OWN
    )
    assert (sealed.text, [file.name for file in sealed.files], sealed.faults) == (
        "",
        ["smime.p7m"],
        {Fault.ENCRYPTED},
    )
    pgp = several(
        "encrypted",
        part("Version: 1", "application/pgp-encrypted", ""),
        part(b"x", "application/octet-stream"),
    )
    assert read(mail(pgp), OWN).faults == {Fault.ENCRYPTED}
    assert len(read(mail(pgp), OWN).files) == 2


def test_winmail_is_kept_as_a_file() -> None:
    """Outlook's own format is not unpacked."""
    body = several(
        "mixed",
        part(SAID_ZH, "text/plain"),
        part(b"\x78\x9f\x3e\x22", 'application/ms-tnef; name="winmail.dat"'),
    )
    assert [(file.name, file.media_type) for file in read(mail(body), OWN).files] == [
        ("winmail.dat", "application/ms-tnef")
    ]


def test_uuencoded_files_are_decoded() -> None:
    """Very old programs."""
    coded = b"begin 644 a.pdf\n*)5!$1BTQ+C<*>```\n`\nend\n"
    got = read(mail(part(coded, "application/pdf; name=a.pdf", how="x-uuencode")), OWN)
    assert got.files[0].content.startswith(PDF)


AUTOMATIC = {
    "Auto-Submitted: auto-replied\r\n": Automatic.REPLY,
    "Auto-Submitted: auto-generated; owner-email=x\r\n": Automatic.REPLY,
    "Auto-Submitted: no\r\n": None,
    "X-Auto-Response-Suppress: All\r\n": Automatic.REPLY,
    "X-Autoreply: yes\r\n": Automatic.REPLY,
    "Precedence: auto_reply\r\n": Automatic.REPLY,
    "Precedence: bulk\r\n": Automatic.LIST,
    "Precedence: list\r\n": Automatic.LIST,
    "List-Id: <a.example.net>\r\n": Automatic.LIST,
    "List-Unsubscribe: <mailto:x@example.net>\r\n": Automatic.LIST,
    "Return-Path: <>\r\n": Automatic.REPLY,
    f"Return-Path: <{PERSON}>\r\n": None,
    "X-Failed-Recipients: a@example.net\r\n": Automatic.REPORT,
    "X-Complaint-Letter: 1\r\n": Automatic.OWN,
    "": None,
}


@pytest.mark.parametrize(("more", "means"), AUTOMATIC.items())
def test_headers_tell_what_a_program_wrote(more: str, means: Automatic | None) -> None:
    """Automatic answers, reports, lists and our own letters."""
    assert read(mail(part(SAID_ZH, "text/plain"), more=more), OWN).automatic == means


@pytest.mark.parametrize(
    ("subject", "means"),
    [
        ("自动回复：您的来信已收到", Automatic.REPLY),
        ("自动回复:Re: 26-000123", Automatic.REPLY),
        ("自動回覆: 26-000123", Automatic.REPLY),
        ("[自动回复] 26-000123", Automatic.REPLY),
        ("Automatic reply: 26-000123", Automatic.REPLY),
        ("Out of Office: 26-000123", Automatic.REPLY),
        ("Auto-reply: 26-000123", Automatic.REPLY),
        ("Re: 自动回复：我的投诉", None),
        ("你们的自动回复没有用", None),
        ("退款还没到", None),
    ],
)
def test_subjects_of_absent_people_are_known(subject: str, means: Automatic | None) -> None:
    """Some Chinese providers mark their automatic answers only in the subject."""
    assert read(mail(part(SAID_ZH, "text/plain"), header(subject)), OWN).automatic == means


def test_reports_of_mail_servers_are_known() -> None:
    """RFC 3464, receipts, and the pages that 163 and QQ send."""
    dsn = several(
        "report", part("未送达", "text/plain"), part("Action: failed", "message/delivery-status", "")
    )
    assert read(mail(dsn, "failure notice"), OWN).automatic == Automatic.REPORT
    for sender in ("Postmaster@163.com", "MAILER-DAEMON@example.net"):
        assert read(mail(part("x", "text/html"), "系统退信", sender), OWN).automatic == Automatic.REPORT
    bounced = read(
        mail(part("x", "text/html"), header("系统退信/Systems bounce"), more="Return-Path: <>\r\n"), OWN
    )
    assert bounced.automatic == Automatic.REPORT


def test_our_own_mail_is_known_by_its_sender() -> None:
    """A letter of ours that comes back must not begin a loop."""
    for sender in (SHOP, SHOP.upper(), "r-1@reply.example-shop.cn", f"客服 <{SHOP}>"):
        assert read(mail(part("x", "text/plain"), sender=sender), OWN).automatic == Automatic.OWN
    assert read(mail(part("x", "text/plain"), sender="staff@example-shop.cn"), OWN).automatic is None


def test_recipients_references_and_moment_are_read() -> None:
    """The address that the server wrote stands first; the moment is that of our server."""
    received = (
        "Received: from a by b\r\n for <R-7k2m@reply.example-shop.cn>; Sat, 3 Oct 2026 18:31:00 +0800\r\n"
    )
    more = (
        "References: <a@x> <b@x>\r\n <a@x>\r\nIn-Reply-To: <c@x>\r\nCc: x@example.net, Y <y@example.net>\r\n"
    )
    got = read(mail(part("x", "text/plain"), more=more, above=received), OWN)
    assert got.recipients == ("r-7k2m@reply.example-shop.cn", SHOP, "x@example.net", "y@example.net")
    assert (got.message_id, got.references) == ("<m1@example-post.cn>", ("<a@x>", "<b@x>", "<c@x>"))
    assert got.at == datetime(2026, 10, 3, 10, 31, tzinfo=UTC)


def test_marks_alone_are_kept_if_nothing_else_is_written() -> None:
    """Some people indent all their words."""
    assert read(mail(part(quote_lines(SAID_ZH), "text/plain")), OWN).text == quote_lines(SAID_ZH)

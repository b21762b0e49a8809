"""The check of a mail's sender: only the lines that our own server wrote above the mail count."""

from __future__ import annotations

import pytest

from chalicelib.incoming.mail import Fault, Received, Receiver, read
from tests.incoming.mails import OWN, PERSON, header, mail, part, verdict

SES = (
    "spf={spf} (spfCheck: domain of example-post.cn designates 192.0.2.7 as permitted sender) "
    "client-ip=192.0.2.7; envelope-from=lihua@example-post.cn; helo=mx.example-post.cn;\r\n"
    " dkim={dkim} header.i=@{signer};\r\n dmarc={dmarc} header.from=example-post.cn;"
)
BODY = part("x", "text/plain")


def ses(spf: str = "none", dkim: str = "none", dmarc: str = "none", signer: str = "example-post.cn") -> str:
    """Return the results as SES writes them."""
    return SES.format(spf=spf, dkim=dkim, dmarc=dmarc, signer=signer)


def got(above: str, own: Receiver = OWN, sender: str = f"Li Hua <{PERSON}>", more: str = "") -> Received:
    """Return what is read of a mail with these lines above it."""
    return read(mail(BODY, above=above, sender=sender, more=more), own)


@pytest.mark.parametrize(
    ("results", "genuine"),
    [
        (ses(dmarc="pass"), True),
        (ses(dkim="pass"), True),
        (ses(spf="pass"), True),
        (ses(dkim="pass", signer="mail.example-post.cn"), False),
        (ses(dkim="pass", signer="cn"), False),
        (ses(dkim="pass", signer="evil.example"), False),
        (ses(dkim="pass", signer="ample-post.cn"), False),
        (ses(spf="pass", dmarc="fail"), False),
        (ses(dkim="pass", dmarc="fail"), False),
        (ses(spf="softfail", dkim="fail", dmarc="fail"), False),
        (ses(), False),
        ("none", False),
        ("spf=pass smtp.mailfrom=lihua@example-post.cn", True),
        ("spf=pass smtp.mailfrom=lihua@evil.example", False),
        ("dmarc=pass header.from=evil.example", False),
        ("dmarc=pass (p=none dis=none) header.from=example-post.cn", True),
        ('dkim=pass header.d=evil.example header.s="x; dkim=pass header.d=example-post.cn"', False),
        ('spf=pass smtp.mailfrom="a;dkim=pass header.d=example-post.cn"@evil.example', False),
        ("spf=pass (a; dkim=pass header.d=example-post.cn) smtp.mailfrom=evil.example", False),
        ('spf=pass smtp.mailfrom="(" ; dkim=pass header.d=example-post.cn', True),
    ],
)
def test_verdicts_of_our_server_are_believed_for_the_domain_of_the_sender(
    results: str, genuine: bool
) -> None:
    """DMARC, or DKIM or SPF of the same domain or one above it; nothing within quotes or comments."""
    assert got(verdict(results)).verified is genuine


def test_verdicts_of_others_count_for_nothing() -> None:
    """Another server, a lower line, no server at all, and a server that we do not know."""
    good = "dmarc=pass header.from=example-post.cn"
    forged = f"Authentication-Results: amazonses.com; {good}\r\n"
    assert got(verdict(good), Receiver()).verified is False
    assert got(verdict(good, "evil.example")).verified is False
    assert got(verdict("dmarc=fail header.from=example-post.cn"), more=forged).verified is False
    assert got("", more=forged).verified is False
    assert got(forged).verified is False
    lines = verdict(good).replace("Authentication-Results", "X-Other")
    assert got(lines, more=forged).verified is False
    assert got(verdict(good, "mx.evil.example", forged.replace("amazonses", "evil"))).verified is False


def test_server_with_two_lines_is_believed_above_the_third() -> None:
    """Some servers write a line for their own mailbox above that of their entrance."""
    good = "dmarc=pass header.from=example-post.cn"
    inside = "Received: by 2001:db8::1 with SMTP id a; Sat, 3 Oct 2026 03:30:06 -0700\r\n"
    lines, two = inside + verdict(good, "mx.example.net"), Receiver(("mx.example.net:2",))
    assert got(lines, two).verified is True
    assert got(lines, Receiver(("mx.example.net",))).verified is False
    forged = f"Authentication-Results: mx.example.net; {good}\r\n"
    without = inside + verdict("", "x").replace("Authentication-Results", "X-Other")
    assert got(without, two, more=forged).verified is False
    assert got(inside, two, more=forged).verified is False


def test_name_of_the_other_server_cannot_add_a_verdict() -> None:
    """The other server chooses the name that appears in the results, so this name proves nothing."""
    lines = verdict(
        "spf=pass client-ip=1; envelope-from=a@evil.example; helo=a; dkim=pass header.i=@example-post.cn"
    )
    assert got(lines.replace("from mx.example-post.cn (", "from a; dkim=pass (", 1)).verified is False


def test_spam_and_viruses_are_told_only_by_our_server() -> None:
    """A spam or virus line below the lines of our server counts for nothing."""
    assert got(verdict("none").replace("Virus-Verdict: PASS", "Virus-Verdict: FAIL")).faults == {Fault.VIRUS}
    assert got(verdict("none").replace("Spam-Verdict: PASS", "Spam-Verdict: FAIL")).faults == {Fault.SPAM}
    assert got(verdict("none"), more="X-SES-Virus-Verdict: FAIL\r\n").faults == frozenset()


@pytest.mark.parametrize(
    ("sender", "address", "name", "faults"),
    [
        (f"{header('李华')} <{PERSON}>", PERSON, "李华", set()),
        (f'"{header("李华", "gbk")}" <{PERSON}>', PERSON, "李华", set()),
        (f'"Li, Hua" <{PERSON}>', PERSON, "Li, Hua", set()),
        (f"{PERSON} (Li Hua)", PERSON, "", set()),
        (PERSON, PERSON, "", set()),
        (f"<{PERSON.replace('cn', 'CN')}>", PERSON, "", set()),
        (f'"{PERSON}" <{PERSON}>', PERSON, "", set()),
        (f'"boss@example.net" <{PERSON}>', PERSON, "", {Fault.NAME_IS_ADDRESS}),
        (f"{header('boss@example.net')} <{PERSON}>", PERSON, "", {Fault.NAME_IS_ADDRESS}),
        (f"{header('boss＠example.net')} <{PERSON}>", PERSON, "", {Fault.NAME_IS_ADDRESS}),
        (header(f"Li Hua <{PERSON}>"), "", "", {Fault.NAME_IS_ADDRESS, Fault.NO_SENDER}),
        (f"<{header(PERSON)}>", "", "", {Fault.NO_SENDER}),
        (f"a@example.net, {PERSON}", "a@example.net", "", {Fault.SEVERAL_SENDERS}),
        (f"<a@example.net> <{PERSON}>", "", "", {Fault.NO_SENDER}),
        (f"{header('李华' + chr(13) + chr(10) + 'Bcc: x')} <{PERSON}>", PERSON, "李华 Bcc: x", set()),
        (f"{header('李华' + chr(0x202E) + 'x')} <{PERSON}>", PERSON, "李华 x", set()),
        ("Li Hua", "", "Li Hua", {Fault.NO_SENDER}),
        ("(((((((((((", "", "(((((((((((", {Fault.NO_SENDER}),
        ("a@b@example.net", "", "", {Fault.NAME_IS_ADDRESS, Fault.NO_SENDER}),
        ('"a b"@example.net', "", "", {Fault.NAME_IS_ADDRESS, Fault.NO_SENDER}),
        ("a@localhost", "", "", {Fault.NAME_IS_ADDRESS, Fault.NO_SENDER}),
    ],
)
def test_sender_is_the_address_that_stands_in_the_header(
    sender: str, address: str, name: str, faults: set[Fault]
) -> None:
    """No address is taken out of a name, and a name that is an address is left out."""
    read_of = got("", sender=sender)
    assert (read_of.sender, read_of.sender_name, read_of.faults) == (address, name, faults)


def test_several_senders_are_never_verified() -> None:
    """Programs show either of two headers."""
    good = verdict("dmarc=pass header.from=example-post.cn")
    assert got(good).verified is True
    assert got(good, more="From: evil@example.net\r\n").verified is False
    assert got(good, sender=f"{PERSON}, evil@example.net").verified is False
    assert Fault.SEVERAL_SENDERS in got(good, more="From: evil@example.net\r\n").faults

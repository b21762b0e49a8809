"""Reading of mails that arrive. Any bytes can arrive, so nothing here raises. The time grows only with the
length of the mail.

The parts of a mail are split here and not by Python's parser, whose time grows with the depth of the parts,
too. Python's parser reads the headers of each part. Their values are read by `headers`: Python's own reading
raises on some headers of real mails, and takes quadratic time for others."""

import re
from binascii import Error, a2b_qp, a2b_uu
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.frozen import frozen
from chalicelib.incoming import verdicts
from chalicelib.incoming.charsets import decoded
from chalicelib.incoming.headers import FOLD, UNSEEN, Mailbox, base64, mailboxes, parameters, split, words
from chalicelib.incoming.markup import plain
from chalicelib.incoming.quotes import cut
from chalicelib.letters import OURS

LARGEST = 40 * 1024 * 1024
"""How many bytes of a mail are read. SES takes no larger ones."""
MOST_PARTS, DEEPEST = 200, 10
"""How many parts of a mail are read, and how deep they lie in one another."""
LONGEST_TEXT, LONGEST_HTML = 500_000, 4_000_000
"""How many characters of a text are kept, and how many of an HTML text are read."""
MOST_ADDRESSES, MOST_REFERENCES, LONGEST_NAME = 100, 50, 150
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
ID = re.compile(r"<[^<>\s]{1,250}>")
FOR = re.compile(r"\bfor\s{1,9}<?([^\s<>;@]{1,64}@[^\s<>;@]{1,255})>?")
FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|转发|轉寄|轉發)\s*[:：]", re.IGNORECASE)
AWAY = re.compile(
    r"\s*[\[【(（]?\s*(?:自动回复|自動回[复覆]|自动答复|自动应答|假期自动回复|外出自动回复|休假自动回复"
    r"|auto(?:matic)?[\s-]?(?:reply|response|replied)|out of (?:the )?office|vacation (?:reply|notice))",
    re.IGNORECASE,
)
"""Subjects of answers that a program writes while a person is away."""
BOUNCED = re.compile(
    r"\s*(?:系统退信|系統退信|退信|邮件退信|已读[:：]|已读回执|undeliver|delivery (?:status|failure|has failed)"
    r"|mail delivery (?:failed|system)|returned mail|failure notice|未送达|无法送达)",
    re.IGNORECASE,
)
DAEMON = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)
FIELD = re.compile(
    r"(UID|ATTENDEE|METHOD|SEQUENCE)((?:;[^:\"]*+(?:\"[^\"]*+\"[^:\"]*+)*+)?):(.*)", re.IGNORECASE
)
PARTSTAT = re.compile(r";PARTSTAT=\"?(ACCEPTED|DECLINED|TENTATIVE)", re.IGNORECASE)
NEWLINE = ord("\n")
TRANSFER = ("base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "uue")


class Automatic(StrEnum):
    """A mail that no person wrote to us: an automatic answer, a report of a mail server, a mail to a list, or
    a letter of ours that came back."""

    REPLY = "reply"
    REPORT = "report"
    LIST = "list"
    OWN = "own"


class Fault(StrEnum):
    """What is wrong with a mail. `TOO_LARGE`, `TOO_MANY_PARTS`, `TOO_DEEP` and `TEXT_CUT`: something was left
    out. `ENCRYPTED`: a part is kept as a file, unread. `NAME_IS_ADDRESS`: the name of the sender was another
    address, and is left out. `SPAM` and `VIRUS`: our mail server says so."""

    TOO_LARGE = "too_large"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_DEEP = "too_deep"
    TEXT_CUT = "text_cut"
    NO_SENDER = "no_sender"
    SEVERAL_SENDERS = "several_senders"
    NAME_IS_ADDRESS = "name_is_address"
    ENCRYPTED = "encrypted"
    SPAM = "spam"
    VIRUS = "virus"
    UNREADABLE = "unreadable"


@frozen
class Receiver:
    """Ourselves. `authserv_ids` are the names under which our mail server writes its verdicts; see
    `verdicts.verified`. Nobody is verified without one. `senders` are the addresses from which we send, or
    domains such as "@reply.example" from which only we send. Each letter of ours has the header `header`."""

    authserv_ids: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    header: str = OURS


@frozen
class Attached:
    """A file of a mail. `name` can be empty. `media_type` is what the sender declared; nobody checked it."""

    name: str
    media_type: str
    content: bytes


@frozen
class CalendarReply:
    """The answer of a calendar program to the invitation `uid`. `answer` is "accepted", "declined" or
    "tentative". `attendee` is the answering address, as the program wrote it. `sequence` counts the changes
    of the meeting that the program knew; None if it names none."""

    uid: str
    answer: str
    attendee: str
    sequence: int | None = None


@frozen
class Received:
    """A mail. `sender` is empty if it names none. `text` is what the sender wrote, without the mail that it
    answers; `whole` is all of it. `verified` means that our mail server found the sender to be genuine.
    `forward` means that the sender passes on a mail of others. `at` is when our server received it."""

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    message_id: str
    references: tuple[str, ...]
    subject: str
    text: str
    whole: str
    files: tuple[Attached, ...]
    automatic: Automatic | None
    verified: bool
    at: datetime | None
    calendar: CalendarReply | None
    faults: frozenset[Fault]
    forward: bool


def read(raw: bytes, own: Receiver) -> Received:
    """Return what a mail says. Never raises: a mail that cannot be read has the fault `UNREADABLE`."""
    try:
        return _Mail(raw).received(own)
    except Exception:
        at, faults = None, frozenset({Fault.UNREADABLE, Fault.NO_SENDER})
        return Received("", "", (), "", (), "", "", "", (), None, False, at, None, faults, False)


class _Words(NamedTuple):
    """A piece of the text in its two forms. An empty one is missing."""

    plain: str
    html: str


class _Part(NamedTuple):
    """A part of the mail: its headers, where its body lies, and what they say of it."""

    headers: list[tuple[str, str]]
    raw: bytes
    start: int
    end: int
    kind: str
    about: dict[str, str]
    name: str | None
    attached: bool

    def content(self) -> bytes:
        """Return the body, decoded."""
        how = first(self.headers, "content-transfer-encoding").strip().lower()
        body = self.raw[self.start : self.end]
        if how == "base64":
            return base64(body)
        if how == "quoted-printable":
            return a2b_qp(body)
        return _uudecoded(body) if how in TRANSFER else body


class _Mail:
    """The parts of a mail, found in their order."""

    def __init__(self, raw: bytes) -> None:
        self.files: list[Attached] = []
        self.words: list[_Words] = []
        self.faults: set[Fault] = {Fault.TOO_LARGE} if len(raw) > LARGEST else set()
        self.calendar: CalendarReply | None = None
        self._parts = 0
        raw = raw[:LARGEST]
        self.top = self._part(raw, 0, len(raw))
        self.words = self._read(self.top, 0)

    def received(self, own: Receiver) -> Received:
        """Return what the mail says."""
        headers = self.top.headers
        flat = [(name, " ".join(FOLD.sub(" ", value).split())) for name, value in headers]
        sender = self._sender()
        subject = words(first(headers, "subject"))
        forward = bool(FORWARD.match(subject))
        whole, text = self._texts(forward, [one.lower() for one in own.senders])
        domain = sender.address.rpartition("@")[2]
        several = Fault.SEVERAL_SENDERS in self.faults
        for fault, header in ((Fault.SPAM, "x-ses-spam-verdict"), (Fault.VIRUS, "x-ses-virus-verdict")):
            if verdicts.fails(flat, header):
                self.faults.add(fault)
        return Received(
            sender=sender.address,
            sender_name=sender.name,
            recipients=self._recipients(),
            message_id=next(iter(ID.findall(first(headers, "message-id"))), ""),
            references=self._references(),
            subject=subject,
            text=text,
            whole=whole,
            files=tuple(self.files),
            automatic=self._automatic(own, sender, subject),
            verified=not several and verdicts.verified(flat, own.authserv_ids, domain),
            at=_moment(first(headers, "received").rpartition(";")[2]) or _moment(first(headers, "date")),
            calendar=self.calendar,
            faults=frozenset(self.faults),
            forward=forward,
        )

    def _part(self, raw: bytes, start: int, end: int, kind: str = "text/plain") -> _Part:
        """Return the part that lies there. `kind` is its type, if it names none."""
        headers, body = split(raw, start, end)
        said, placed = (
            FOLD.sub(" ", first(headers, name)) for name in ("content-type", "content-disposition")
        )
        kinds = re.match(r"\s*([\w.+-]{1,60}/[\w.+-]{1,90})", said)
        about, of_file = parameters(said), parameters(placed)
        name = of_file.get("filename", about.get("name"))
        attached = placed.strip().lower().startswith("attachment")
        found = kinds[1].lower() if kinds else kind
        return _Part(headers, raw, body, end, found, about, name, attached)

    def _read(self, part: _Part, depth: int) -> list[_Words]:
        """Return the words of a part and keep its files."""
        self._parts += 1
        if depth > DEEPEST:
            self.faults.add(Fault.TOO_DEEP)
            return []
        if self._parts > MOST_PARTS:
            self.faults.add(Fault.TOO_MANY_PARTS)
            return []
        main, _, sub = part.kind.partition("/")
        if main == "multipart":
            if places := self._places(part):
                return self._several(part, sub, places, depth)
            main, sub = "text", "plain"  # there are no parts, whatever the header says
        if main == "message" and sub in ("rfc822", "global"):
            content = part.content()
            inner = self._part(content, 0, len(content))
            shown = [
                f"{name.title()}: {words(first(inner.headers, name))}"
                for name in ("from", "date", "subject")
                if first(inner.headers, name)
            ]
            return [_Words("\n".join(shown), ""), *self._read(inner, depth + 1)]
        if part.kind == "text/calendar" and self.calendar is None:
            self.calendar = _answer(decoded(part.content(), part.about.get("charset", "utf-8")))
            if self.calendar:
                return []
        if (
            main != "text"
            or part.attached
            or part.name is not None
            or sub not in ("plain", "html", "enriched")
        ):
            if "pkcs7-mime" in sub or sub == "pgp-encrypted":
                self.faults.add(Fault.ENCRYPTED)
            self.files.append(Attached(file_name(part.name or ""), part.kind, part.content()))
            return []
        text = _clean(decoded(part.content()[: 4 * LONGEST_HTML], part.about.get("charset", "")))
        if sub == "html":
            if len(text) > LONGEST_HTML:
                self.faults.add(Fault.TEXT_CUT)
            return [_Words("", plain(text[:LONGEST_HTML]))]
        return [_Words(_unflowed(text, part.about), "")]

    def _several(self, part: _Part, sub: str, places: list[tuple[int, int]], depth: int) -> list[_Words]:
        """Return the words of the parts of a part. Of alternatives one of each form is taken."""
        of_digest = "message/rfc822" if sub == "digest" else "text/plain"
        if sub == "report":  # its further parts are for programs
            places = places[:1]
        found: list[_Words] = []
        for start, end in places:
            if self._parts > MOST_PARTS:
                self.faults.add(Fault.TOO_MANY_PARTS)
                break
            found += self._read(self._part(part.raw, start, end, of_digest), depth + 1)
        if sub == "encrypted":
            self.faults.add(Fault.ENCRYPTED)
        if sub == "alternative":
            forms = zip(*found, strict=True)
            found = [_Words(*("\n".join(filter(str.strip, form)) for form in forms))] if found else []
        return found

    def _places(self, part: _Part) -> list[tuple[int, int]]:
        """Return where the parts of a part lie. The list is empty if it has no boundary, or none is found."""
        boundary = part.about.get("boundary", "").encode("utf-8", "surrogateescape")
        places: list[tuple[int, int]] = []
        if not boundary:
            return places
        mark, at, begun = b"--" + boundary, part.start, -1
        while (at := part.raw.find(mark, at, part.end)) >= 0:
            if at > part.start and part.raw[at - 1] != NEWLINE:
                at += len(mark)
                continue
            line = part.raw.find(b"\n", at, part.end)
            line = line if line >= 0 else part.end
            rest = part.raw[at + len(mark) : min(line, at + len(mark) + 100)].strip()
            if rest in (b"", b"--"):
                if begun >= 0:
                    places.append((begun, max(begun, at - 1 - part.raw.endswith(b"\r\n", begun, at))))
                begun = min(line + 1, part.end) if not rest else -1
                if rest or len(places) > MOST_PARTS:
                    break
            at += len(mark)
        if begun >= 0:  # the last boundary is missing: the mail was cut off
            places.append((begun, part.end))
        return places

    def _texts(self, forward: bool, ours: list[str]) -> tuple[str, str]:
        """Return all the words of the mail, and those of its sender."""
        forms = {
            kind: "\n\n".join(form for one in self.words if (form := _form(one, kind).strip("\n")))
            for kind in ("plain", "html")
        }
        brief = len(forms["plain"]) * 4 < len(forms["html"])  # "your program cannot show this mail"
        chosen = "html" if brief else "plain"
        if len(forms[chosen]) > LONGEST_TEXT:
            self.faults.add(Fault.TEXT_CUT)
        whole = forms[chosen][:LONGEST_TEXT].strip()
        if forward:
            return whole, whole
        text = cut(whole, ours)
        if text == whole and not brief:  # some programs mark what they quote only in HTML
            html = forms["html"][:LONGEST_TEXT].strip()
            other = cut(html, ours)
            text = other if other.strip() and other != html else text
        return whole, text.strip()

    def _sender(self) -> Mailbox:
        """Return the sender. A mail with several of them is never verified."""
        values = [value for name, value in self.top.headers if name == "from"]
        people = [one for value in values for one in mailboxes(value[:4000]) if one.name or one.address]
        found = [one for one in people if one.address]
        if len(values) > 1 or len(people) > 1:
            self.faults.add(Fault.SEVERAL_SENDERS)
        if not found:
            self.faults.add(Fault.NO_SENDER)
        sender = (found or people or [Mailbox("", "")])[0]
        if "@" in sender.name or "＠" in sender.name:
            if sender.name.lower() != sender.address.lower():
                self.faults.add(Fault.NAME_IS_ADDRESS)
            return Mailbox("", sender.address)
        return Mailbox(sender.name[:LONGEST_NAME], sender.address)

    def _recipients(self) -> tuple[str, ...]:
        """Return the addresses to which the mail came, first those that mail servers wrote."""
        headers = self.top.headers
        found = FOR.findall(FOLD.sub(" ", first(headers, "received")))
        for kind in ("delivered-to", "x-original-to", "envelope-to", "x-forwarded-to", "to", "cc"):
            for name, value in headers:
                if name == kind and len(found) < MOST_ADDRESSES:
                    found += [one.address for one in mailboxes(value) if one.address]
        return tuple(dict.fromkeys(address.lower() for address in found))[:MOST_ADDRESSES]

    def _references(self) -> tuple[str, ...]:
        said = " ".join(first(self.top.headers, name) for name in ("references", "in-reply-to"))
        return tuple(dict.fromkeys(ID.findall(said)))[-MOST_REFERENCES:]

    def _automatic(self, own: Receiver, sender: Mailbox, subject: str) -> Automatic | None:
        """Return which kind of program wrote the mail, or None if a person did."""
        headers = {name: value.strip().lower() for name, value in reversed(self.top.headers)}
        address = sender.address.lower()
        ours = [one.lower() for one in own.senders]
        if own.header.lower() in headers or (
            address and (address in ours or f"@{address.rpartition('@')[2]}" in ours)
        ):
            return Automatic.OWN
        nobody = headers.get("return-path", "-").replace(" ", "") in ("<>", "")
        if (
            self.top.kind == "multipart/report"
            or "x-failed-recipients" in headers
            or DAEMON.match(sender.address)
            or (nobody and BOUNCED.match(subject))
        ):
            return Automatic.REPORT
        submitted = headers.get("auto-submitted", "no").partition(";")[0].strip()
        precedence = headers.get("precedence", "")
        marks = (
            "x-autoreply",
            "x-autorespond",
            "x-autoresponder",
            "x-auto-response-suppress",
            "x-mail-autoreply",
        )
        if (
            submitted not in ("no", "")
            or nobody
            or precedence == "auto_reply"
            or any(name in headers for name in marks)
            or AWAY.match(subject)
        ):
            return Automatic.REPLY
        listed = any(name.startswith("list-") or name == "x-mailing-list" for name in headers)
        return Automatic.LIST if listed or precedence in ("bulk", "list", "junk") else None


def first(headers: list[tuple[str, str]], name: str) -> str:
    """Return the first header of a name as it stands; empty if there is none."""
    return next((value for one, value in headers if one == name), "")


def file_name(name: str) -> str:
    """Return the name of a file without folders, and without characters that could mislead a reader. A long
    one is shortened before its ending."""
    last = UNSEEN.sub("", re.split(r"[/\\]", FOLD.sub("", name))[-1]).strip(". ")
    stem, dot, ending = last.rpartition(".")
    if len(last) <= LONGEST_NAME or not dot or len(ending) > 10:
        return last[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _form(piece: _Words, kind: str) -> str:
    """Return a piece of the text in one form, or in the other if it has only this."""
    return (piece.html or piece.plain) if kind == "html" else (piece.plain or piece.html)


def _clean(text: str) -> str:
    """Return a text with plain line ends, without control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATE.sub("\ufffd", CONTROL.sub("", text))


def _unflowed(text: str, about: dict[str, str]) -> str:
    """Return a text whose lines are joined again that a mail program broke (RFC 3676)."""
    if about.get("format", "").lower() != "flowed":
        return text
    glue = "" if about.get("delsp", "").lower() == "yes" else " "
    lines: list[str] = []
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        quoted = line.startswith(">")
        if before.endswith(" ") and before != "-- " and quoted == before.startswith(">"):
            lines[-1] = before[:-1] + glue + line.lstrip(">").removeprefix(" ")
        else:
            lines.append(line)
    return "\n".join(lines)


def _uudecoded(body: bytes) -> bytes:
    """Return a body in the oldest encoding of files, decoded; lines that are none are left out."""
    lines: list[bytes] = []
    for line in body.splitlines():
        with suppress(Error):
            lines.append(a2b_uu(line) if not line.startswith((b"begin ", b"end")) else b"")
    return b"".join(lines)


def _answer(text: str) -> CalendarReply | None:
    """Return the answer that a calendar file gives to an invitation (RFC 5546), if it is one."""
    found: dict[str, tuple[str, str]] = {}
    for line in re.sub(r"\n[ \t]", "", text[:LONGEST_TEXT].replace("\r", "")).split("\n"):
        if field := FIELD.match(line):
            found.setdefault(field[1].upper(), (field[2], field[3].strip()))
    about, attendee = found.get("ATTENDEE", ("", ""))
    answer = PARTSTAT.search(about)
    uid = found.get("UID", ("", ""))[1]
    if found.get("METHOD", ("", ""))[1].upper() != "REPLY" or not answer or not uid:
        return None
    known = re.fullmatch(r"[0-9]{1,9}", found.get("SEQUENCE", ("", ""))[1])
    sequence = int(known[0]) if known else None
    return CalendarReply(uid[:250], answer[1].lower(), re.sub(r"(?i)^mailto:", "", attendee)[:250], sequence)


def _moment(text: str) -> datetime | None:
    """Return the moment that a header names, in UTC, or None."""
    try:
        found = parsedate_to_datetime(" ".join(text[:100].split()))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError):
        return None

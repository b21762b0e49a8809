"""What becomes of a mail that arrives. A mail to the reply address of a person becomes a message on the case,
or the answer to our request for information; its files become evidence. A mail to our public address opens a
complaint. Nothing that gives something up is taken from a mail.

A mail counts as the person's only if it comes from their own address, and our mail server vouches for the
sender and does not call it spam. Any other mail is kept apart until the person confirms it on their page. A
mail that no person wrote changes nothing and gets no answer, so that two programs never answer each other."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from unicodedata import category

from chalicelib.access.authorization import CLOCK, Caller, NotFound, acting
from chalicelib.access.links import ReplyAddresses
from chalicelib.cases.casework import ANSWER, Casework, Once
from chalicelib.domain.addresses import mailbox
from chalicelib.domain.engine.sending_limits import A_DAY
from chalicelib.domain.frozen import frozen
from chalicelib.domain.guesses import guesses
from chalicelib.domain.model.case import Case, Party, Refusal
from chalicelib.domain.model.case_records import Matter
from chalicelib.domain.model.codes import Channel, FiledAs, Hurt, Language, MailFault, MailOutcome, Role, Type
from chalicelib.domain.model.field_marks import MESSAGE, SENTENCES, STORY
from chalicelib.domain.moves.intake import Account, Consents, Person
from chalicelib.domain.moves.messages import message, note_mail
from chalicelib.evidence import file_types
from chalicelib.evidence.uploads import ANY, Uploads, safe_file_name, wrong_size
from chalicelib.incoming.mail import Attached, Automatic, CalendarReply, Fault, Received, Receiver, read
from chalicelib.incoming.quotes import AMOUNT, QUOTED
from chalicelib.incoming.reports import failed
from chalicelib.letters import without_links
from chalicelib.logs import log

OPENED = "mail"
"""Under what the complaints are counted that a sender opens by mail in a day. No more than `A_DAY` are."""
MOST_MESSAGES = 5
"""The most messages that one mail becomes, if it is longer than a message can be."""
MOST_NAMED = 10
"""The most files that an answer names."""
LEFT_OUT = frozenset({Fault.TOO_LARGE, Fault.TOO_MANY_PARTS, Fault.TOO_DEEP})
"""The faults of a mail of which a part was not read."""
REFUSED = {
    "too_many_files": MailFault.TOO_MANY,
    "too_many_pieces": MailFault.TOO_MANY,
    "too_many_together": MailFault.TOO_MANY,
    "case_files_full": MailFault.FULL,
    "file_too_large": MailFault.TOO_LARGE,
    "file_empty": MailFault.EMPTY,
}
"""The reason that a letter gives for a file that was not taken, by the code of the refusal."""
MOST_LETTERS = 20
"""In how many of our letters a quoted line is looked for."""
SURE = 12
"""How many characters are enough to recognise a line that a mail program broke."""
NO_NAME = "—"
"""The name of a file, or of a person, that has none."""


class Refused(NamedTuple):
    """A file of a mail that was not taken, and why."""

    name: str
    why: MailFault


@frozen
class Replies:
    """Takes mails that arrive. `addresses` returns the maker of reply addresses; it may raise Unavailable.
    `receiver` says which verdicts count and which mails are our own. `public` is the address to which anybody
    may write a complaint; "" if there is none. `keep` stores the original of a mail: it takes the number of
    the case, the id of the party, an id of the mail, and its bytes. It may raise Unavailable. `returned`
    takes what a report says of a letter that failed, and returns whether it counts; see `Correspondence`."""

    casework: Casework
    uploads: Uploads
    addresses: Callable[[], ReplyAddresses]
    receiver: Receiver
    keep: Callable[[str, str, str, bytes], None]
    public: str = ""
    returned: Callable[[str, tuple[str, ...], bool], bool] = lambda *_: False

    def arrived(self, raw: bytes, *, whole: bool = True) -> None:
        """Take a mail as it arrived. A mail that was taken before changes nothing. `whole`: False if only its
        beginning was read, because it is too large. Raises Unavailable if it could not be taken now."""
        mail = read(raw, self.receiver)
        id = mail.message_id or sha256(raw).hexdigest()
        if mail.automatic == Automatic.REPORT and (report := failed(raw)) and self.returned(*report):
            return None
        if mail.automatic not in (None, Automatic.REPLY if mail.calendar else None):
            return self._left(f"automatic {mail.automatic}")
        if not mail.sender or Fault.VIRUS in mail.faults:
            return self._left("no sender" if not mail.sender else "virus")
        whose = next(filter(None, map(self.addresses().whose, mail.recipients)), None)
        if whose:
            return self._replied(mail, raw, id, *whose, whole=whole)
        if self.public and self.public in map(mailbox, mail.recipients):
            if Fault.SPAM in mail.faults:
                return self._left("spam")
            return self._opens(mail, raw, id, whole=whole)
        return self._left("unknown address")

    def _left(self, why: str) -> None:
        """Report a mail that changes nothing. It stays in the store of mails until it expires there."""
        self.casework.meters.count("MailLeft")
        log.warning("a mail changes nothing", extra={"why": why})

    def _replied(self, mail: Received, raw: bytes, id: str, ref: str, party: str, *, whole: bool) -> None:
        """Take a mail to the reply address of a party."""
        try:
            case = self.casework.file.load(ref)
        except NotFound:
            return self._left("unknown case")
        person = next((one for one in case.parties if one.id == party and not one.left), None)
        if person is None:
            return self._left("left the case")
        key = f"mail\n{ref}\n{party}\n{mailbox(mail.sender)}\n{id}"
        self.keep(ref, party, _short(key), raw)
        own = self.casework.file.dossier_of(case).people.get(party, {}).get("email") or ""
        if not own or mailbox(own) != mailbox(mail.sender):
            said = self._unconfirmed(mail, MailOutcome.ELSEWHERE)
        elif not mail.verified or Fault.SPAM in mail.faults:
            said = self._unconfirmed(mail, MailOutcome.UNVERIFIED)
        else:
            said = self._taken(mail, case, person, key, whole=whole)
        if said:
            self._note(ref, {"party": party, **said}, key)
        return None

    def _note(self, ref: str, said: Mapping[str, Any], key: str) -> None:
        """Record what became of a mail, and owe its answer."""
        try:
            self.casework.move(note_mail.__name__, ref, CLOCK, said, _once(key, "note"))
        except Refusal as refusal:
            self._left(refusal.code)

    def _unconfirmed(self, mail: Received, became: MailOutcome) -> dict[str, Any]:
        """Return the facts of a mail that its supposed sender must confirm. Its files are not taken."""
        if mail.calendar:
            return {}
        text = _words(mail)[:MESSAGE].strip()
        refused = (Refused(file.name, MailFault.UNCONFIRMED) for file in mail.files)
        return {"became": became, "text": text or NO_NAME, **_told(refused)}

    def _taken(self, mail: Received, case: Case, person: Party, key: str, *, whole: bool) -> dict[str, Any]:
        """Take a mail of a party, and return the facts of its note. Return {} if it needs none."""
        if mail.calendar:
            meeting = _invited(mail.calendar, mail.sender, case)
            return {"became": _attends(mail.calendar.answer), "meeting": meeting} if meeting else {}
        caller = Caller(person.id, person.role, ref=case.ref, party=person.id, channel=Channel.EMAIL)
        text = _words(mail)
        began_with_words = mail.whole.strip().startswith(text[:SURE])
        if not began_with_words and self._repeats(text, case, person):
            text = ""
        became = self._worded(text, case, caller, key)
        refused = [*self._filed(mail, case.ref, caller, key, whole=whole)]
        if became == MailOutcome.EMPTY and len(mail.files) > len(refused):
            became = MailOutcome.FILES
        if became == MailOutcome.ANSWER and not refused:
            return {}  # the letter that thanks for the answer says all
        return {"became": became, **_told(refused)}

    def _repeats(self, text: str, case: Case, person: Party) -> bool:
        """Return whether a text has only lines of our newest letters to the person. Many mail programs quote
        a letter without marks, so the quoted lines look like words of the person."""
        letters = self.casework.file.dossier_of(case).letters.newest(MOST_LETTERS)
        kept = [one.get("sent") or {} for one in letters if one["to"] == f"party:{person.id}"]
        ours = [_packed(line) for sent in kept for line in str(sent.get("text", "")).split("\n")]
        whole = "".join(ours)
        lines = map(_packed, without_links(text).split("\n"))
        return all(line in ours or (len(line) >= SURE and line in whole) for line in lines if line)

    def _worded(self, text: str, case: Case, caller: Caller, key: str) -> MailOutcome:
        """Record the words of a mail as the party's answer or message. Return what became of them."""
        answers = self.casework.answers(case, acting(case, caller))
        name, field_, most = (ANSWER, "answer", STORY) if answers else (message.__name__, "text", MESSAGE)
        rest, became = text, MailOutcome.ANSWER if answers else MailOutcome.MESSAGE
        for n in range(MOST_MESSAGES):
            if not rest.strip():
                return became if n else MailOutcome.EMPTY
            said = {field_: rest[:most].strip(), "mail": _short(key)}
            try:
                self.casework.move(name, case.ref, caller, said, _once(key, f"words {n}"))
            except Refusal as refusal:
                return MailOutcome.TOO_MANY if refusal.code == "too_many_messages" else MailOutcome.NOT_NOW
            rest, name, field_, most = rest[most:], message.__name__, "text", MESSAGE
        return became

    def _filed(self, mail: Received, ref: str, caller: Caller, key: str, *, whole: bool) -> Iterator[Refused]:
        """Send the files of a mail to their check, and yield those that are not taken."""
        for n, file in enumerate(mail.files if whole else ()):
            if why := self._refused(file, mail, ref, caller, _once(key, f"file {n}")):
                yield Refused(file.name, why)
        if not whole or mail.faults & LEFT_OUT:
            yield Refused("", MailFault.REST)

    def _refused(
        self, file: Attached, mail: Received, ref: str, caller: Caller, once: Once
    ) -> MailFault | None:
        """Send one file to its check. Return the reason if it is not taken."""
        if wrong := wrong_size(len(file.content)):
            return REFUSED[wrong]
        if not file_types.type_of(file.content):
            return MailFault.TYPE
        name = safe_file_name(file.name)
        shows = (name or mail.subject or NO_NAME)[:SENTENCES]
        said = {"type": ANY, "shows": shows, "name": name, "size": len(file.content)}
        try:
            upload = self.uploads.declare(ref, caller, said, once)
        except Refusal as refusal:
            return REFUSED.get(refusal.code, MailFault.NOT_NOW)
        self.uploads.send(upload, file.content)
        return None

    def _opens(self, mail: Received, raw: bytes, id: str, *, whole: bool) -> None:
        """Open a complaint from a mail to our public address, and ask for the missing parts. A sender can
        open `A_DAY` complaints in a day."""
        from email_validator import EmailNotValidError, validate_email

        key = f"mail\n{mailbox(mail.sender)}\n{id}"
        try:
            email = validate_email(mail.sender, check_deliverability=False).normalized
            caller = Caller("consumer", Role.CONSUMER, channel=Channel.EMAIL)
            text = _words(mail) or _plain(mail.whole).strip()  # it answers no letter of ours
            said = _complaint(mail, email, f"{mail.subject}\n\n{text}".strip()[:STORY])
            once = _once(key, "opens")
            own = self.casework.lookups(mailbox(email))[0]
            if not self.casework.addresses.counted(own, OPENED, _short(key), A_DAY, self.casework.now()):
                return self._left("too many of one sender")
            case = self.casework.submit(caller, said, once, network=f"mail {mailbox(email)}")
        except (EmailNotValidError, Refusal) as error:
            return self._left(type(error).__name__)
        party = case.parties[0]
        self.keep(case.ref, party.id, _short(key), raw)
        by = Caller(party.id, party.role, ref=case.ref, party=party.id, channel=Channel.EMAIL)
        refused = self._filed(mail, case.ref, by, key, whole=whole)
        return self._note(
            case.ref, {"party": party.id, "became": MailOutcome.COMPLAINT, **_told(refused)}, key
        )


def _invited(reply: CalendarReply, sender: str, case: Case) -> str:
    """Return the id of the coming meeting that the sender's calendar answers. Return "" for any other
    meeting, for the answer of another person, and for an answer to a time that was changed since."""
    mediation = case.talks.mediation
    if not mediation or mailbox(reply.attendee) != mailbox(sender):
        return ""
    about = reply.uid.partition("@")[0]
    return next(
        (
            one.id
            for one in mediation.meetings
            if about == f"{case.ref}-{one.id}" and one.upcoming and reply.sequence in (None, one.sequence)
        ),
        "",
    )


def _attends(answer: str) -> MailOutcome:
    """Return whether a person comes to a meeting, from the answer that their calendar gave."""
    match answer:
        case "accepted":
            return MailOutcome.ATTENDS
        case "declined":
            return MailOutcome.ABSENT
    return MailOutcome.PERHAPS


def _complaint(mail: Received, email: str, story: str) -> dict[str, Any]:
    """Return the fields of the complaint that a mail makes. What it is about is guessed from its words. If
    they speak of a danger, the complaint reports a danger."""
    kind, _, sub_type = next(iter(guesses(story)), "other/other").partition("/")
    danger = kind == Type.SAFETY.value
    chinese = any("\u4e00" <= character <= "\u9fff" for character in story)
    name = " ".join(_plain(mail.sender_name).split())[:200] or email.partition("@")[0]
    return {
        "person": Person(name=name, email=email, language=Language.ZH if chinese else Language.EN),
        "account": Account(story=story or NO_NAME),
        "matters": (Matter(Type[kind.upper()], sub_type),),
        "consents": Consents(truthful=False, data_use=False),
        "hurt": Hurt.COULD_BE if danger else Hurt.UNKNOWN,
        "filed_as": FiledAs.COMPLAINT,
        "by_mail": True,
    }


def _words(mail: Received) -> str:
    """Return what a mail says, without the quoted letter. Return "" if it only quotes."""
    text = _plain(mail.text).strip()
    lines = [line for line in text.split("\n") if line.strip()]
    amounts = all(AMOUNT.match(line) for line in lines)
    return "" if all(QUOTED.match(line) for line in lines) and not amounts else text


def _packed(line: str) -> str:
    """Return a line without blanks, since mail programs change them."""
    return "".join(line.split())


def _plain(text: str) -> str:
    """Return a text without the characters that no text of a case has."""
    return "".join(c for c in text if c in "\n\t" or category(c) not in ("Cc", "Cs"))


def _told(refused: Iterator[Refused] | list[Refused]) -> dict[str, Any]:
    """Return files that were not taken as the facts of a note."""
    if not (found := [*refused][:MOST_NAMED]):
        return {}
    return {
        "unfiled": "\n".join(f"{n}. {one.name or NO_NAME}" for n, one in enumerate(found, 1))[:SENTENCES],
        "file_faults": tuple(one.why for one in found),
    }


def _short(key: str) -> str:
    """Return the id of a mail, made from its `key`."""
    return sha256(key.encode()).hexdigest()[:16]


def _once(key: str, part: str) -> Once:
    """Return the idempotency record of one part of what a mail does."""
    made = sha256(f"{key}\n{part}".encode()).hexdigest()
    return Once(made, made)

"""Posts of the gateway of short messages: reports on our messages, and messages that people send back.

A message from a number becomes a message on the case of that number. It proves nothing beyond the number, and
gives nothing up. If the case takes none, its words are noted there, and the person gets a letter. A word such
as STOP or 退订 ends our messages to the number; staff then read out what matters."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from pydantic_core import from_json

from chalicelib.access.authorization import CLOCK, Caller, NotFound
from chalicelib.cases.casework import Casework, Once
from chalicelib.delivery.correspondence import Correspondence
from chalicelib.delivery.sms_gateway import field
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party, Refusal
from chalicelib.domain.model.codes import Channel, MailOutcome, Stage, Way
from chalicelib.domain.model.field_marks import MESSAGE
from chalicelib.domain.moves.messages import message, note_mail
from chalicelib.domain.reference import read as number_of
from chalicelib.logs import log

STOP = re.compile(
    r"(?:回复?|回覆)?(?:stop|stopall|unsubscribe|optout|td|t|退订|退訂|退定|取消订阅|拒收)", re.IGNORECASE
)
"""The words that end our messages to a number."""
START = re.compile(r"(?:回复?|回覆)?(?:start|unstop|恢复|恢复短信)", re.IGNORECASE)
"""The words by which the messages begin again."""
BESIDE = " \t\r\n.,!。，！'\"“”‘’「」[]【】()（）"
"""Marks that people write beside such a word."""
MOST = 100
"""How many reports and messages of one post are read."""
NUMBER = re.compile(r"(?<!\d)\d[\d\s-]{10,16}\d(?!\d)")
"""What can be the number of a complaint in a text."""


@frozen
class Fields:
    """The names of the fields in a post of the gateway, as the provider calls them; dots lead into objects
    and lists. `inside` is the field that holds the list of reports and messages; "" if the post is one of
    them, or a list. `id` is the id of our message, `state` what became of it. A state in `delivered` means
    that it reached the telephone, one in `waits` that nobody knows yet, any other that it never will.
    `number` and `text` are the number that writes back and its words, `key` the provider's id of them.
    `answer` is what the provider wants to be answered."""

    id: str = ""
    state: str = ""
    delivered: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    number: str = ""
    text: str = ""
    key: str = ""
    inside: str = ""
    answer: str = "OK"

    @classmethod
    def of(cls, setting: str) -> "Fields":
        """Return the fields that a setting names (JSON)."""
        said = json.loads(setting)
        lists = {name: tuple(map(str, said[name])) for name in ("delivered", "waits") if name in said}
        return cls(**{**said, **lists})


class Report(NamedTuple):
    """A report on our message with the id `id`. `delivered` is None while nobody knows yet."""

    id: str
    delivered: bool | None


class Text(NamedTuple):
    """A message from a number. `key` tells it from any other, however often it is posted."""

    number: str
    text: str
    key: str


def read(raw: bytes, fields: Fields) -> Iterator[Report | Text]:
    """Yield what a post says: JSON or a form. Raises ValueError for one that is neither."""
    said = raw.decode("utf-8")
    as_json = said.lstrip().startswith(("{", "["))
    post = from_json(said) if as_json else dict(parse_qsl(said, max_num_fields=MOST))
    if fields.inside:
        post = _inside(post, fields.inside)
    for one in (post if isinstance(post, list) else [post])[:MOST]:
        state, text = (field(one, name) if name else "" for name in (fields.state, fields.text))
        if fields.number and text:
            number = field(one, fields.number)
            again = field(one, fields.key) if fields.key else json.dumps(one, sort_keys=True)
            yield Text(number, text, again)
        elif state and fields.id and (id := field(one, fields.id)):
            yield Report(id, None if state in fields.waits else state in fields.delivered)


def _inside(post: Any, name: str) -> Any:
    """Return the part of a post that holds the list. Some providers post it as JSON within a form."""
    for part in name.split("."):
        post = post.get(part) if isinstance(post, dict) else None
        if isinstance(post, str):
            post = from_json(post)
    return post or []


@frozen
class Texts:
    """Takes the posts of the gateway, whose fields are `fields`."""

    casework: Casework
    correspondence: Correspondence
    fields: Fields

    def posted(self, raw: bytes) -> bool:
        """Take a post. What was taken before changes nothing. Return False if it reports on a message that we
        do not know, or do not know yet, so that the gateway reports again. Raises ValueError."""
        known = True
        for one in read(raw, self.fields):
            if isinstance(one, Text):
                self._arrived(one)
            elif one.delivered is not None:
                known &= self.correspondence.texted(one.id, one.delivered, self.casework.now())
        return known

    def _arrived(self, text: Text) -> None:
        """Take a message. Of a number that no case has, nothing is kept."""
        number = _phone(text.number)
        found = [*self._whose(number)] if number else []
        if not found:
            return log.warning("a short message came from an unknown number")
        keys, word = self.casework.lookups(number), text.text.strip(BESIDE)
        if STOP.fullmatch(word):
            return self.casework.addresses.refuses(keys[0], "stop", self.casework.now())
        if START.fullmatch(word):
            return self.casework.addresses.release(keys)
        case, party = self._meant(found, text.text)
        digest = sha256(f"text\n{case.ref}\n{number}\n{text.key}".encode()).hexdigest()
        caller = Caller(party.id, party.role, ref=case.ref, party=party.id, channel=Channel.PHONE)
        said = {"text": text.text[:MESSAGE].strip(), "mail": f"sms-{digest[:12]}"}
        try:
            self.casework.move(message.__name__, case.ref, caller, said, Once(digest, digest))
        except Refusal as refusal:
            log.warning("a short message was not taken", extra={"ref": case.ref, "why": refusal.code})
            many = refusal.code == "too_many_messages"
            became = MailOutcome.TOO_MANY if many else MailOutcome.NOT_NOW
            told = {"party": party.id, "became": became, "text": said["text"]}
            with suppress(Refusal):
                self.casework.move(note_mail.__name__, case.ref, CLOCK, told, Once(f"{digest}n", digest))
        return None

    def _whose(self, number: str) -> Iterator[tuple[Case, Party]]:
        """Yield the cases of a number, each with the person whose number it is, the newest case first."""
        keys = self.casework.lookups(number)
        for ref in sorted(
            {ref for key in keys for ref in self.casework.file.found("person", key)}, reverse=True
        ):
            with suppress(NotFound):
                dossier = self.casework.file.whole(ref)
                for party in dossier.case.parties:
                    if not party.left and dossier.people.get(party.id, {}).get("phone") == number:
                        yield dossier.case, party
                        break

    def _meant(self, found: list[tuple[Case, Party]], text: str) -> tuple[Case, Party]:
        """Return the case that a message means: the one whose number it names. Else the open case to whose
        person we last sent a short message, because people answer what they have just read. Without one, the
        newest."""
        named = {number_of(one) for one in NUMBER.findall(text)}
        by_number = [one for one in found if one[0].ref in named]
        running = [one for one in found if one[0].stage != Stage.CLOSED] or found
        if by_number or len(running) == 1:
            return (by_number or running)[0]
        return max(running, key=self._last_sent)

    def _last_sent(self, whose: tuple[Case, Party]) -> str:
        """Return when the newest short message to this person left; "" if none did."""
        letters = self.casework.file.dossier_of(whose[0]).letters.newest(MOST)
        sent: list[Mapping[str, Any]] = [
            one["sent"]
            for one in letters
            if one.get("way") == Way.SMS and one["to"] == f"party:{whose[1].id}" and one["state"] == "sent"
        ]
        return max((str(one.get("at", "")) for one in sent), default="")


def _phone(said: str) -> str:
    """Return a telephone number in its normal form (E.164); "" if it is none. Without a country it is one of
    mainland China."""
    import phonenumbers

    try:
        number = phonenumbers.parse(said, "CN")
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

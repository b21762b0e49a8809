"""The form in which staff record a complaint while the caller talks. It asks twelve things; all other
parameters of `submit` are folded until they are needed. It also shows the open complaints of the caller's
number, so that no complaint is recorded twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

from pydantic_core import PydanticCustomError

from chalicelib.access.authorization import Caller, Thing, may_read
from chalicelib.cases.casework import HINTS, Newer, Unavailable, Unreadable
from chalicelib.domain.alike import alike
from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import frozen
from chalicelib.domain.guesses import guesses
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import OPEN, Channel
from chalicelib.domain.moves.call_tasks import record_telling
from chalicelib.domain.reference import read
from chalicelib.web import forms, read_log
from chalicelib.web.forms.form_context import Option
from chalicelib.web.pages import Form, say
from chalicelib.web.pages.consumer.complaint import TYPE, WRITTEN, as_asked, type_called
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.paging import Position
from chalicelib.web.request_models import CONTACTS
from chalicelib.wiring import product

WISHES, MORE_WISHES, GUESS = "wishes", "wishes.more", "guess"
"""The field for the main wish, the field for further wishes, and the field for a proposed type. Only the
first is a field of the move."""
ASKED = (
    "account.story",
    "hurt",
    "person.name",
    "person.phone",
    WISHES,
    TYPE,
    "account.business",
    "account.product",
    "matters.0.amount",
    "happened_on",
    "consents.truthful",
    "consents.data_use",
)
"""The fields that the form always shows, in the order in which a caller tells these things."""
FOLDS: Mapping[str, tuple[str, ...]] = {
    "danger": ("account.where", "region", "account.evidence"),
    "somebody": ("person.on_behalf_of", "person.capacity"),
    "reach": ("person",),
    "sensitive": ("consents.sensitive",),
    "wishes": (MORE_WISHES, "wish_amount", "account.fair"),
    "bought": ("account.shop", "account.order", "subject"),
    "matters": ("matters", "account.problem"),
    "tried": ("asked_business", "account.tried", "outside", "account.outside_number"),
    "heard": ("channel", "received_at", "late_reason", "external_id"),
    "others": ("filed_as", "consents"),
}
"""The folded parts of the form: name of the part → names of its fields. A name stands for all fields inside
it, too. A field belongs to the most exact name."""
BEGINS = {
    "channel": Channel.PHONE.value,
    "person.language": "zh",
    "person.capacity": "self",
    "asked_business": "unknown",
    "filed_as": "complaint",
}
"""The options that are selected at first. They open no part."""
HEARD = [channel for channel in Channel if channel not in (Channel.WEB, Channel.API, Channel.APP)]
"""The channels on which staff hear a complaint and record it, such as the telephone."""
SPOKEN = frozenset({Channel.PHONE, Channel.COUNTER})
"""The channels on which the person listens while staff record the complaint."""
LISTED = 10
"""The number of newest letters in which the receipt of a new complaint is searched."""


@frozen
class EarlierComplaint:
    """An open complaint with the same number or mailbox. `name` and `story` are empty if the officer may not
    know the people on the case."""

    case: Case
    name: str
    story: str


def arranged(language: str, fields: Iterable[forms.Field], form: Form | None) -> list[forms.Field]:
    """Return the fields of `submit` in the order of this form, without the groups around them. The main wish
    is a list, and further wishes are boxes in a field of their own. A further matter has fields if it has a
    value or an error, or if the button for more was pressed."""
    found: dict[str, forms.Field] = {}
    leaves = [one for one in forms.with_parts(fields) if not one.parts and one.name not in WRITTEN]
    rows = {_row(one.name) for one in leaves if one.values or one.error}
    rows |= {max(rows | {0}) + 1} if form and form["more"] else set()
    for field in (as_asked(language, one) for one in leaves if _row(one.name) in rows | {0}):
        if field.name == "channel":
            heard = tuple(option for option in field.options if option.code in HEARD)
            field = field.changed(options=heard, values=field.values if form else (BEGINS["channel"],))
        if field.name == WISHES:
            first, *more = field.values or ("",)
            label = say(language, "desk.complain.more_wishes")
            boxes = field.changed(
                name=MORE_WISHES, label=label, values=tuple(more), required=False, error="", hint=""
            )
            found[MORE_WISHES] = boxes
            field = field.changed(widget="select", values=tuple(filter(None, [first])), hint="", known=True)
        if field.name == "account.story":  # a small box, so that the next fields stay in sight
            field = field.changed(widget="text")
        if field.name.endswith(".sub_type"):  # the story proposes types, so everyday words need not be sent
            field = field.changed(options=_unsearched(field.options))
        if n := _row(field.name):
            field = field.changed(label=say(language, "desk.complain.nth", label=field.label, n=n + 1))
        found[field.name] = field
    return sorted(found.values(), key=lambda field: _place(field.name))


@lru_cache(4)
def _unsearched(options: tuple[Option, ...]) -> tuple[Option, ...]:
    return tuple(one._replace(search="") for one in options)


def _row(name: str) -> int:
    """Return the number of the matter to which a field belongs; 0 for any other field."""
    return int(name.split(".")[1]) if name.startswith("matters.") else 0


@lru_cache(1_000)
def _place(name: str) -> tuple[int, int]:
    """Return the place of a field on the form: the part and the place in it. The twelve come first."""
    if name in ASKED:
        return -1, ASKED.index(name)
    near = [
        (len(under), part, n)
        for part, names in enumerate(FOLDS.values())
        for n, under in enumerate(names)
        if f"{name}.".startswith(f"{under}.")
    ]
    _, part, n = max(near)
    return part, n


def folds(fields: Sequence[forms.Field]) -> list[tuple[str, list[forms.Field], bool]]:
    """Return the folded parts of the form as (name, fields, open). A part is open if one of its fields was
    filled in or has an error. `fields`: as `arranged` returns them."""
    parts: dict[str, list[forms.Field]] = {name: [] for name in FOLDS}
    for field in fields:
        if field.name not in ASKED:
            parts[[*FOLDS][_place(field.name)[0]]].append(field)
    return [(name, inside, any(map(_needed, inside))) for name, inside in parts.items() if inside]


def _needed(field: forms.Field) -> bool:
    return bool(field.error or (field.values and field.value != BEGINS.get(field.name)))


def sendable(form: Form) -> Form:
    """Return the posted form with the fields of the move only. The main wish and the further wishes become
    one list, and a proposed type is the type if no other was chosen."""
    wishes = dict.fromkeys([*form.all(WISHES), *form.all(MORE_WISHES)])
    kept = [pair for pair in form.pairs() if pair[0] not in (WISHES, MORE_WISHES, GUESS)]
    guessed = [] if form[TYPE] else [(TYPE, form[GUESS])]
    return Form([*kept, *((WISHES, wish) for wish in wishes), *guessed])


def proposed(language: str, field: forms.Field, story: str) -> forms.Field:
    """Return a field with the types that a story probably means. It has no options if there are none.
    `field`: the field for the type, with all types."""
    listed = {option.code: option for option in field.options}
    options = [Option(code, type_called(language, listed[code])) for code in guesses(story) if code in listed]
    return field.changed(
        name=GUESS,
        widget="radios",
        label=say(language, "desk.complain.guessed"),
        hint="",
        error="",
        options=tuple(options),
        values=tuple(value for value in field.values if value in [option.code for option in options]),
    )


def earlier_complaints(caller: Caller, *typed: str) -> list[EarlierComplaint]:
    """Return the open complaints that the caller may read and that match a number, mailbox or case number in
    `typed`, the newest first. Each read is recorded. Return none if they cannot be read now, because nothing
    may block a new complaint."""
    try:
        return [*_earlier(caller, typed)]
    except Unavailable:
        return []


def _earlier(caller: Caller, typed: Iterable[str]) -> Iterator[EarlierComplaint]:
    contacts = [contact for one in typed for kind in ("phone", "email") if (contact := _normal(kind, one))]
    keys = product.casework.server.hashes(*contacts)
    numbers = {ref for one in typed if (ref := read(one))}
    refs = sorted(numbers | {ref for key in keys for ref in product.file.found("person", key)})
    found = []
    for ref in refs[-HINTS:]:
        with suppress(Newer, Unreadable):
            case = product.casework.server.complaint(ref)
            if case and case.stage in OPEN and may_read(case, Thing.TIMELINE, caller, product.now()):
                found.append(case)
    for case in sorted(found, key=lambda case: case.received_at, reverse=True):
        known = may_read(case, Thing.PEOPLE, caller, product.now())
        read_log.log_read(case, Thing.PEOPLE if known else Thing.TIMELINE, caller)
        dossier = product.file.dossier_of(case)
        name = dossier.people.get(case.parties[0].id, {}).get("name") if known else ""
        account = dossier.entry(1)[1].get("account") if known else {}
        yield EarlierComplaint(case, name or "", (account or {}).get("story") or "")


def _normal(kind: str, typed: str) -> str:
    """Return a telephone number or a mailbox in its normal form; "" if it is invalid."""
    try:
        return str(CONTACTS[kind](typed.strip()))
    except PydanticCustomError:
        return ""


def repeated(earlier: Iterable[EarlierComplaint], story: str) -> list[EarlierComplaint]:
    """Return the earlier complaints whose story is nearly the same."""
    return [one for one in earlier if alike(one.story, story)]


def receipt(reading: Reading, turn: Position) -> Mapping[str, object]:
    """Return the data of the page with the receipt of a new complaint. `text`: the words to read aloud; "" if
    no receipt is found. `task`: the call task that the reading fulfils; None if staff need not record it.
    `how`: the channel that the record names. `shown`: what the form posts about the text. `person`: the data
    of the complainant."""
    rows = reading.dossier.letters.newest(LISTED, "")
    row = next((one for one in rows if one["name"] == "receipt" and one["to"].startswith("party:")), None)
    task = next((one for one in reading.calls if row and one.id == row["id"]), None)
    text = reading.script(task) if task else ""
    if row and not task and reading.reader.reads_letter(row):
        now = instant(row["at"])
        text = product.correspondence.aloud(reading.dossier, row, row["to"][6:], reading.roster, now)
    channel = reading.case.channel
    tells = text and channel in SPOKEN and record_telling.__name__ in reading.offers
    return {
        "text": text,
        "task": task if tells else None,
        "how": channel,
        "shown": [*reading.shown_texts()] if task else [],
        "person": reading.dossier.people.get(reading.case.parties[0].id, {}),
    }

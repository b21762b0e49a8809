"""Canned texts in the forms of the desk: the choice that a form offers, and the wording of a text on a
case."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.access.authorization import NotFound
from chalicelib.domain.calendar import published
from chalicelib.domain.canned_texts import DUE, CannedText, Slot, filled
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.reference import shown
from chalicelib.locale.formats import LANGUAGES, date_called, label, moment
from chalicelib.locale.slot_names import slot_names
from chalicelib.web.forms import Field, Option
from chalicelib.web.pages import Form
from chalicelib.web.pages.desk.reading import Reading

CHOSEN = "canned."
"""The prefix of the name of a list of canned texts. The name of its box follows."""
BOXES = ("text", "story")
"""The widgets of free text into which canned texts are inserted."""


def offering(reading: Reading, move: str, form: Form | None, fields: list[Field]) -> list[Field]:
    """Return the fields of the form of a move, each box for free text with the texts that suit the move.
    `form`: the last post."""
    found = offered(reading, move, form)

    def with_texts(field: Field) -> Field:
        if field.parts:
            return field.changed(parts=tuple(map(with_texts, field.parts)))
        return field.changed(canned=found) if field.widget in BOXES else field

    return [with_texts(field) for field in fields] if found else fields


def offered(reading: Reading, move: str, form: Form | None) -> tuple[Option, ...]:
    """Return the canned texts that suit a move on a case, those in the language of the letter's reader first.
    The label of a text in another language names that language."""
    if reading.closed or not reading.reader.known:
        return ()
    store, own = reading.product.canned_texts, _language(reading, move, form)
    teams = dict.fromkeys((reading.case.team, ""))
    texts = [text for team in teams for text in store.of_team(team) if text.suits(move)]
    return tuple(
        Option.of(_key(text), text.title, "" if text.language == own else _called(reading, text))
        for text in sorted(texts, key=lambda text: text.language != own)
    )


def inserted(reading: Reading, move: str, form: Form) -> Form:
    """Return a posted form with the chosen canned text at the end of the box whose button was pressed. If
    nothing was chosen, or the text was removed meanwhile, the form stays as it is."""
    name = form["insert"]
    text = _found(reading, form[CHOSEN + name])
    if text is None:
        return form
    said = "\n\n".join(filter(None, (form[name].rstrip(), wording(reading, move, form, text))))
    others = ((key, value) for key, value in form.pairs() if key not in (name, CHOSEN + name))
    return Form([*others, (name, said)])


def one_text(reading: Reading, move: str, form: Form) -> str:
    """Return the wording on the case of the canned text that `form` names in its field `text`. Raises
    NotFound if there is none."""
    text = _found(reading, form["text"])
    if text is None or move not in reading.offers:
        raise NotFound(form["text"])
    return wording(reading, move, form, text)


def wording(reading: Reading, move: str, form: Form, text: CannedText) -> str:
    """Return a canned text with the values of a case in its slots. A slot without a value keeps its name in
    braces. `form` names the person who is written to, if the move asks for one."""
    names, values = slot_names(text.language), _values(reading, move, form, text.language)
    ends = due(reading.case)

    def value(code: str) -> str:
        if code.startswith(DUE):
            end = ends.get(code.removeprefix(DUE))
            found = moment(text.language, end) if end else ""
        else:
            found = values[Slot(code)]() if code in [*Slot] else ""
        return found or f"{{{names.get(code, code)}}}"

    return filled(text.text, value)


def _values(reading: Reading, move: str, form: Form | None, language: str) -> dict[Slot, Callable[[], str]]:
    team = reading.roster.teams.get(reading.case.team)
    me = reading.roster.member(reading.caller.who)
    account = reading.dossier.entry(1)[1].get("account") or {}
    return {
        Slot.NAME: lambda: str(
            reading.dossier.people.get(_reader(reading, move, form), {}).get("name") or ""
        ),
        Slot.NUMBER: lambda: shown(reading.case.ref),
        Slot.PRODUCT: lambda: str(account.get("product") or ""),
        Slot.COMPANY: lambda: str(account.get("business") or account.get("shop") or ""),
        Slot.OFFICER: lambda: me.name if me else reading.caller.name,
        Slot.TEAM: lambda: team.label.get(language, "") if team else "",
        Slot.PHONE: lambda: team.phone if team else "",
        Slot.TODAY: lambda: date_called(language, published().day_of(reading.now)),
    }


def _reader(reading: Reading, move: str, form: Form | None) -> str:
    """Return the id of the party that a move writes to: the one that the form names, else the first
    complainant."""
    case, asked = reading.case, MOVES[move].naming("party")
    named = form[asked] if form and asked else ""
    known = named if any(party.id == named for party in case.parties) else ""
    return known or next((party.id for party in case.consumers), "")


def _language(reading: Reading, move: str, form: Form | None) -> str:
    """Return the language whose texts come first. It is that of the letter's reader, or that of the page for
    words to colleagues."""
    if MOVES[move].confided == "colleagues":
        return reading.language
    person = reading.dossier.people.get(_reader(reading, move, form), {})
    spoken = str(person.get("language") or "")
    return spoken if spoken in LANGUAGES else LANGUAGES[0]


def _key(text: CannedText) -> str:
    return f"{text.team}.{text.id}"


def _called(reading: Reading, text: CannedText) -> str:
    return label(reading.language, text.language, "language")


def _found(reading: Reading, key: str) -> CannedText | None:
    team, _, id = key.rpartition(".")
    if team not in (reading.case.team, "") or not reading.reader.known:
        return None
    texts = reading.product.canned_texts.of_team(team)
    return next((text for text in texts if text.id == id), None)

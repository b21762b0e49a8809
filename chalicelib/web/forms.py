"""Forms made from the moves' declarations: which fields a form asks, and the request body that a posted form says.

A field's name is its path in the body with dots (`person.name`, `matters.0.amount`, `grounds.2`), so an error's pointer finds it.
"""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, is_dataclass
from dataclasses import fields as parts_of
from datetime import date, datetime
from enum import StrEnum
from inspect import Parameter
from types import NoneType, UnionType
from typing import Any, NamedTuple, Protocol, Union, get_args, get_origin, get_type_hints

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.case import Case, Matter
from chalicelib.domain.codes import TYPES, Ground, Known, Missing
from chalicelib.domain.process import MOVES
from chalicelib.domain.roster import Roster
from chalicelib.domain.said import Contact, Fen, Words
from chalicelib.letters.saying import label, moment, texts
from chalicelib.models import DECIDED_LATER, MOST_ITEMS

LINE = 200
"""Words of at most so many characters are asked in one line, ..."""
PAGE = 2_000
"""... and of so many in a small box."""
ROWS = 3
"""How many rows a list of values has on a page that works without script."""
FEW = 5
"""Up to so many choices are shown at once."""
SECTIONS: dict[type, str] = {Ground: "decline_ground", Missing: "missing_item", Known: "asked_business"}
"""Lists whose labels are not found under their own name."""
NOTES = {"decline_ground": "decline_ground_must_say", "route": "route_note"}
"""Lists that have a sentence beside each label."""


class Posted(Protocol):
    """A posted form: every value of a name."""

    def all(self, name: str) -> list[str]: ...


class Option(NamedTuple):
    """A choice: its code, its label, a sentence beside it, and the heading it stands under."""

    code: str
    label: str
    note: str = ""
    under: str = ""

    @property
    def item(self) -> dict[str, Any]:
        """The choice as GOV.UK's macros take it."""
        return {"value": self.code, "text": self.label, "hint": {"text": self.note} if self.note else None}


@dataclass(frozen=True)
class Field:
    """One thing a form asks, with what was said so far. `widget` names the macro that renders it; `parts` are inside it."""

    name: str
    widget: str
    label: str
    hint: str = ""
    required: bool = True
    options: tuple[Option, ...] = ()
    parts: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()
    error: str = ""

    @property
    def value(self) -> str:
        """The last value said."""
        return self.values[-1] if self.values else ""


def fields(move: str, case: Case | None, language: str, *, roster: Roster | None = None, form: Posted | None = None,
           errors: Iterable[Mapping[str, str]] = (), leave: Collection[str] = ()) -> list[Field]:
    """What the form of a move asks, in the order of its declaration, without the parameters to `leave` out.

    `form` is what was posted before, `errors` what was wrong with it; `roster` is needed where a colleague is chosen.
    """
    sheet = _Sheet(case, language, roster or Roster(), form, {_place(error): error["message"] for error in errors})
    return [sheet.field(name, hint, default) for name, (hint, default) in MOVES[move].parameters.items() if name not in leave]


def body(move: str, form: Posted, leave: Collection[str] = ()) -> str:
    """The request body that a posted form says; what was left blank is left out."""
    asked = {name: about for name, about in MOVES[move].parameters.items() if name not in leave}
    said = {name: _read(hint, name, form, default is Parameter.empty) for name, (hint, default) in asked.items()}
    return json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False)


def summary(language: str, asked: Iterable[Field], errors: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The lines of an error summary, each with the link to its field."""
    labels = {field.name: field.label for field in _all(asked)}
    lines, line = {}, texts(language)["page"]["form"]["line"]
    for error in errors:
        name = _place(error)
        lines[name] = {"text": error["message"]}
        if name in labels:
            lines[name] = {"href": f"#{name}", "text": line.format(label=labels[name], message=error["message"])}
    return list(lines.values())


def matter_called(language: str, n: int, matter: Matter) -> str:
    """A matter by its number and what it is about."""
    about = {"type": label(language, matter.type, "type"), "sub_type": label(language, matter.sub_type, "sub_type", matter.type)}
    return str(texts(language)["page"]["form"]["matter"].format(n=n, **about))


def section(codes: type[StrEnum]) -> str:
    """Where the labels of a code list stand."""
    return SECTIONS.get(codes, re.sub(r"(?<!^)(?=[A-Z])", "_", codes.__name__).lower())


def shape(hint: Any, name: str) -> tuple[str, Any]:
    """The kind of field that asks for a type, and what is inside. Raises TypeError for a type that no form can ask."""
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, Words):
            return "line" if mark.most <= LINE else "text" if mark.most <= PAGE else "story", None
        if isinstance(mark, Contact | Fen):
            return mark.kind if isinstance(mark, Contact) else "money", None
    if hasattr(hint, "__metadata__"):
        return shape(hint.__origin__, name)
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return shape(next(part for part in inside if part is not NoneType), name)
    if origin is tuple:
        return "rows" if is_dataclass(inside[0]) else "many", inside[0]
    if origin is dict:
        return "each", inside[1]
    if hint in SIMPLE:
        return SIMPLE[hint], None
    if hint is str and name in PICKS:
        return "pick", PICKS[name]
    if is_dataclass(hint):
        return "group", hint
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "one", hint
    raise TypeError(f"no form can ask for {name}: {hint}")


@dataclass(frozen=True)
class _Sheet:
    """A form being made: on which case, for whom, with what was said before."""

    case: Case | None
    language: str
    roster: Roster
    form: Posted | None
    errors: Mapping[str, str]

    def field(self, name: str, wanted: Any, default: Any, said: str = "") -> Field:
        """The field of one parameter or part."""
        own = name.rpartition(".")[2]
        kind, inside = shape(wanted, own)
        called = said or label(self.language, next((part for part, other in TOGETHER.items() if other == own), own), "label")
        required = default is Parameter.empty or default is MISSING
        options = self.options(kind, inside)
        widget = {"one": "radios" if len(options) <= FEW and default is not None else "select", "pick": "select"}.get(kind, kind)
        if kind == "bool":          # what asks is answered yes or no, what states is ticked
            widget, options = ("radios", self.yes_or_no()) if called.startswith("是否") or called.endswith("?") else ("tick", ())
        hint, parts = texts(self.language)["hint"].get(own, ""), self.parts(name, kind, inside, default)
        values = self.values(name, default, options if required else ())
        return Field(name, widget, called, hint, required, options, parts, values, self.errors.get(name, ""))

    def parts(self, name: str, kind: str, inside: Any, default: Any = None) -> tuple[Field, ...]:
        """The fields inside a field."""
        if kind == "group":
            return tuple(self.field(f"{name}.{part}", hint, default) for part, hint, default in parts(inside))
        if kind == "each" and self.case:
            return tuple(self.field(f"{name}.{n}", inside, default, matter_called(self.language, n, matter))
                         for n, matter in enumerate(self.case.matters, 1))
        if kind == "rows":
            return tuple(Field(f"{name}.{n}", "group", f"{n + 1}", required=n == 0, parts=self.parts(f"{name}.{n}", "group", inside),
                               error=self.errors.get(f"{name}.{n}", "")) for n in range(ROWS))
        return ()

    def options(self, kind: str, inside: Any) -> tuple[Option, ...]:
        """What can be chosen."""
        if kind == "pick":
            return tuple(inside(self))
        if kind not in ("one", "many"):
            return ()
        listed = section(inside)
        notes = texts(self.language).get(NOTES.get(listed, ""), {})
        return tuple(Option(code.value, label(self.language, code.value, listed), notes.get(code.value, "")) for code in inside)

    def values(self, name: str, default: Any, only: tuple[Option, ...]) -> tuple[str, ...]:
        """What was said before, else the default, else the one thing there is to choose."""
        if self.form is not None:
            return tuple(value for value in self.form.all(name) if value)
        if isinstance(default, StrEnum):
            return (default.value,)
        return (only[0].code,) if len(only) == 1 else ()

    def yes_or_no(self) -> tuple[Option, ...]:
        """The answers to a question."""
        words = texts(self.language)["page"]["form"]
        return Option("true", words["yes"]), Option("false", words["no"])


def _approvals(sheet: _Sheet) -> Iterator[Option]:
    for asked in sheet.case.approvals if sheet.case else ():
        asker = sheet.roster.member(asked.by)
        said = (label(sheet.language, asked.move, "move"), asker.name if asker else asked.by, moment(sheet.language, asked.at, end=False))
        yield Option(asked.id, " · ".join(said))


def _tellings(sheet: _Sheet) -> Iterator[Option]:
    for telling in sheet.case.tellings if sheet.case else ():
        yield Option(telling.id, f"{label(sheet.language, telling.letter, 'letter')} · {moment(sheet.language, telling.since, end=False)}")


def _colleagues(sheet: _Sheet) -> Iterator[Option]:
    team = sheet.roster.teams.get(sheet.case.team) if sheet.case else None
    people = [(member, role) for role, members in team.duty.items() for member in members] if team else []
    for member in {member.id: member for member, _ in people}.values():
        roles = (label(sheet.language, role, "role") for other, role in people if other.id == member.id)
        yield Option(member.id, f"{member.name} · {', '.join(roles)}")


def _problems(sheet: _Sheet) -> Iterator[Option]:
    """One choice says type and sub-type together, so that the two cannot disagree."""
    for kind, subs in TYPES.items():
        for sub in subs:
            yield Option(f"{kind}/{sub}", label(sheet.language, sub, "sub_type", kind), under=label(sheet.language, kind, "type"))


SIMPLE: dict[Any, str] = {bool: "bool", date: "date", datetime: "moment", Case: "number"}
PICKS: dict[str, Callable[[_Sheet], Iterator[Option]]] = {
    "approval": _approvals, "telling": _tellings, "to": _colleagues, "sub_type": _problems}
"""Parameters that name something open on the case, a colleague, or a code that depends on another."""
TOGETHER = {"type": "sub_type"}
"""Parts that are said together with another one."""


def parts(kind: type) -> Iterator[tuple[str, Any, Any]]:
    """The parts of a value that a form asks: name, type, default."""
    hints = get_type_hints(kind, include_extras=True)
    for part in parts_of(kind):
        if part.name not in DECIDED_LATER.get(kind.__name__, ()) and not (part.name in TOGETHER and TOGETHER[part.name] in hints):
            yield part.name, hints[part.name], part.default


def _read(hint: Any, name: str, form: Posted, required: bool) -> Any:
    """What a form says for one parameter or part; None when it was left blank."""
    kind, inside = shape(hint, name.rpartition(".")[2])
    if kind == "group":
        found = {part: _read(type_, f"{name}.{part}", form, default is MISSING) for part, type_, default in parts(inside)}
        said = {part: value for part, value in found.items() if value is not None}
        for part, other in TOGETHER.items():
            if other in said:
                said[part], _, said[other] = said[other].partition("/")
        return said or ({} if required else None)
    if kind == "rows":
        rows = [_read(inside, f"{name}.{n}", form, False) for n in range(ROWS)]
        while rows and rows[-1] is None:
            rows.pop()
        return [row or {} for row in rows] or None
    if kind == "each":
        each = {n: _read(inside, f"{name}.{n}", form, False) for n in range(1, MOST_ITEMS + 1)}
        return {str(n): value for n, value in each.items() if value is not None} or None
    given = [value for value in form.all(name) if value.strip()]
    if not given:
        return None
    return given if kind == "many" else SAID.get(kind, str)(given[-1])


def _local(value: str) -> str:
    """A moment of a form is local time; what is no moment is left for the model to refuse."""
    try:
        said = datetime.fromisoformat(value)
    except ValueError:
        return value
    return said.isoformat() if said.tzinfo else said.replace(tzinfo=SHANGHAI).isoformat()


SAID: dict[str, Callable[[str], Any]] = {
    "bool": lambda value: value == "true",
    "moment": _local,
    "date": str.strip,
    "money": lambda value: {"amount": re.sub(r"[\s,，]", "", value)},
}
"""How the text of a field becomes a value of the body."""


def _all(asked: Iterable[Field]) -> Iterator[Field]:
    for field in asked:
        yield field
        yield from _all(field.parts)


def _place(error: Mapping[str, str]) -> str:
    """The name of the field where an error is shown."""
    before, dot, part = error["pointer"][1:].replace("/", ".").rpartition(".")
    return before + dot + (TOGETHER.get(part, part) if dot else part)

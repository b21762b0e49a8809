"""Forms built from the declarations of moves: their fields, and the request body of a posted form.

The name of a field is its path in the body, with dots (`person.name`, `matters.0.amount`, `grounds.2`). The
pointer of an error therefore identifies its field."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields as parts_of
from datetime import datetime
from inspect import Parameter
from typing import Any, Protocol

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.declare import MOVES, Move, has_annotation
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Matter
from chalicelib.domain.model.codes import Region
from chalicelib.domain.model.field_marks import RowNumber
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import label, texts
from chalicelib.locale.lengths import lengths
from chalicelib.web import inputs
from chalicelib.web.forms import choices, obligations as owed
from chalicelib.web.forms.choices import open_matters
from chalicelib.web.forms.form_context import Asking, Option as Option, Seen, matter_called
from chalicelib.web.forms.shapes import TOGETHER, key, parts, section, shape
from chalicelib.web.problems import TooLarge
from chalicelib.web.request_models import MOST_ITEMS

ROWS = 3
"""The number of rows that a list shows at first, and that its button for more adds: pages work without
script."""
MOST_ROWS: Mapping[type, int] = {Matter: 30}
"""The highest number of rows of a list, where it is below MANY_ROWS: each matter takes much room on a
page."""
MANY_ROWS = 100
"""The highest number of rows of any other list: an agreement may have an obligation for each of a hundred
people."""
FEW = 5
"""The highest number of options shown as radio buttons; more become a select list."""
LONG = 15
"""The number of options above which a page with script lets people search a list by typing."""
KNOWN = Region
"""The one long list without a search: people know the order of its options."""
NOTES = {"decline_ground": "decline_ground_must_say", "route": "route_note"}
"""Code lists whose options have a note: the section of their labels, and the section of the notes."""


class Posted(Protocol):
    """A posted form, read by field name."""

    def all(self, name: str) -> list[str]: ...


@frozen
class Field:
    """A field of a form with the values entered so far. `widget` names the macro that renders it; `parts` are
    its inner fields.

    `open`: the page shows this row at once. `grows`: the user can add rows. `offered`: suggestions for a free
    text field. `known`: people know the order of its options."""

    name: str
    widget: str
    label: str
    hint: str = ""
    required: bool = True
    options: tuple[Option, ...] = ()
    parts: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()
    error: str = ""
    open: bool = True
    grows: bool = False
    offered: tuple[str, ...] = ()
    known: bool = False

    @property
    def value(self) -> str:
        """Return the last value entered, or an empty string."""
        return self.values[-1] if self.values else ""

    @property
    def long(self) -> bool:
        """Return whether a page with script lets people search the options by typing."""
        return self.widget == "select" and len(self.options) > LONG and not self.known


def fields(
    move: str,
    case: Case | None,
    language: str,
    *,
    roster: Roster | None = None,
    form: Posted | None = None,
    errors: Iterable[Mapping[str, str]] = (),
    leave: Collection[str] = (),
    seen: Seen | None = None,
    grows: bool = False,
) -> list[Field]:
    """Return the fields of a move's form in the order of its declaration, without the parameters in `leave`.

    `form` is the earlier post and `errors` are its errors. The choice of a colleague needs `roster`; the
    choice of an item of the case needs `seen`. `grows`: the page handles the button for more rows."""
    asking = Asking(move, case, language, roster or Roster(), seen or Seen())
    form = _prefilled(asking) if form is None else form
    packed = None if form is None else _Packed.of(move, form)
    sheet = _Sheet(
        move, asking, language, packed, {_place(error): error["message"] for error in errors}, grows
    )
    asked = list(
        sheet.fields_of((name, *about) for name, about in MOVES[move].parameters.items() if name not in leave)
    )
    return _by_matter(asked, MOVES[move])


def _by_matter(asked: list[Field], move: Move) -> list[Field]:
    """Group the fields by matter if the move limits the matters of several. The first blank part shows the
    error of a whole field."""
    each = [field for field in asked if field.widget == "each" and move.choice(field.name).matters]
    if len(each) < 2:
        return asked
    found: dict[str, list[Field]] = {}
    for field in each:
        blank = next((part for part in field.parts if not part.value), None)
        for part in field.parts:
            error = part.error or (field.error if part is blank else "")
            found.setdefault(part.label, []).append(
                replace(part, label=field.label, hint=field.hint, error=error)
            )
    groups = [
        Field(parts[0].name.partition(".")[2] + ".matter", "group", label, parts=tuple(parts))
        for label, parts in found.items()
    ]
    return [*groups, *(field for field in asked if field not in each)]


def body(move: str, form: Posted, leave: Collection[str] = ()) -> str:
    """Return the request body of a posted form as JSON, without the blank fields."""
    asked = {name: about for name, about in MOVES[move].parameters.items() if name not in leave}
    packed = _Packed.of(move, form)
    said = {
        name: _read(hint, name, packed, default is Parameter.empty) for name, (hint, default) in asked.items()
    }
    return json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False)


def summary(
    language: str, fields: Iterable[Field], errors: Iterable[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Return the lines of an error summary in the order of the fields, each with the link to its field. An
    error without a field comes first and has no link."""
    every, line = list(_all(fields)), texts(language)["page"]["form"]["line"]
    labels, order = {field.name: field.label for field in every}, [field.name for field in every]
    lines: dict[str, dict[str, str]] = {}
    for error in errors:
        name = _place(error)
        inside = sorted(
            (f for f in every if name not in labels and f.name.startswith(f"{name}.")),
            key=lambda f: not f.error,
        )
        name = inside[0].name if inside else name
        row = name.rpartition(".")[0]
        numbered = row.rpartition(".")[2].isdecimal() and not labels.get(row, "0").isdecimal()
        places = (row, name) if numbered else (name,)
        called = " ".join(labels[place] for place in places) if name in labels else ""
        said = {"href": f"#{name}", "text": line.format(label=called, message=error["message"])}
        lines[name] = said if called else {"text": error["message"]}
    for field in every:
        if field.error and not field.parts and field.name not in lines:
            said = line.format(label=field.label, message=field.error)
            lines[field.name] = {"href": f"#{field.name}", "text": said}
    return [lines[name] for name in sorted(lines, key=lambda n: order.index(n) if n in order else -1)]


def word(language: str, kind: str, move: str, name: str, hint: Any = None) -> str:
    """Return the `label` or `hint` of a parameter or part of this type. The text for this place (`move.name`,
    or `whole.part` inside another) overrides the general one, and that of a name the one of the type. A
    missing hint is an empty string. Raises KeyError for a missing label."""
    whole, part = [part for part in f"{move}.{name}".split(".") if not part.isdecimal()][-2:]
    own = next((one for one, other in TOGETHER.items() if other == part), part)
    words, type_ = texts(language)[kind], key(hint) if hint else own
    for place in (f"{whole}.{part}", f"{whole}.{type_}", own, type_):
        if place in words:
            return str(words[place])
    if kind == "label":
        raise KeyError(f"no label for {whole}.{part} in locale/{language}/forms.json")
    return ""


@frozen
class _Sheet:
    """The builder of one form: its move, its case, and the values and errors of an earlier post."""

    move: str
    asking: Asking
    language: str
    form: Posted | None
    errors: Mapping[str, str]
    grows: bool

    def fields_of(self, parameters: Iterable[tuple[str, Any, Any]], before: str = "") -> tuple[Field, ...]:
        """Return the fields of parameters or parts (name, type, default). Omit an optional choice without an
        alternative, and an empty text to show."""
        made = (
            (self.field(before + name, hint, default), *shape(hint))
            for name, hint, default in parameters
            if choices.asks(self.asking, before + name)
        )
        return tuple(
            field
            for field, kind, inside in made
            if field.required
            or (
                field.values
                if kind == "shown"
                else kind not in CHOSEN
                or len(field.options) > (kind != "picks" and inside.kind not in choices.ALSO_ONE)
            )
        )

    def field(self, name: str, wanted: Any, default: Any, said: str = "", few: int = FEW) -> Field:
        """Return the field of one parameter or part; `said` is its label if it has no name of its own. Up to
        `few` options become radio buttons."""
        asked, part = choices.asked_as(self.move, name)
        kind, inside = shape(wanted)
        called = said or word(self.language, "label", self.move, name, wanted)
        hint = "" if said or part in asked.unhinted else word(self.language, "hint", self.move, name, wanted)
        if self.asking.head:
            hint = hint.format(**lengths(self.language, self.asking.head.policy))
        required = default is Parameter.empty or default is MISSING or choices.must(self.asking, name)
        never = asked.never.get(part)
        options = tuple(option for option in self.options(kind, inside, name) if option.code != never)
        default = None if str(default) == never else default
        radios = len(options) <= few and default is not None
        widgets = {
            "one": "radios" if radios else "select",
            "scale": "radios",
            "picks": "many",
            "pick": "select",
            "index": "select",
            "question": "radios",
        }
        widget = widgets.get(kind, kind)
        parts = self.parts(name, kind, inside, default)
        only = options if required and kind != "picks" else ()
        values = self.values(name, default, only, kind == "shown")
        grows = self.grows and kind == "rows"
        return Field(
            name,
            widget,
            called,
            hint,
            required,
            options,
            parts,
            values,
            self.errors.get(name) or ("" if values or parts else self.lacks(name)),
            grows=grows,
            offered=choices.offered(wanted),
            known=inside is KNOWN,
        )

    def lacks(self, name: str) -> str:
        """Return the error of a blank part that only this form requires, else an empty string. The request
        model accepts the blank. The error joins the others of the form, so that the user sees all at once."""
        whole, _, part = name.partition(".")
        asked = MOVES[self.move].form_rule(whole)
        if self.form is None or not self.errors:
            return ""
        if part in asked.one_of[:1] and not any(
            value.strip() for other in asked.one_of for value in self.form.all(f"{whole}.{other}")
        ):
            return str(texts(self.language)["refusal"]["contact_needed"])
        return str(texts(self.language)["field"]["missing"]) if choices.must(self.asking, name) else ""

    def parts(self, name: str, kind: str, inside: Any, default: Any = None) -> tuple[Field, ...]:
        """Return the fields inside a field."""
        if kind == "group":
            return self.fields_of(parts(inside), f"{name}.")
        if kind == "each" and self.asking.head:
            return tuple(
                self.field(f"{name}.{n}", inside, default, matter_called(self.language, n, matter))
                for n, matter in open_matters(self.asking.case, self.move, name).items()
            )
        if kind == "keyed":
            codes, value = inside
            needed = dict.fromkeys(MOVES[self.move].form_rule(name).codes or codes, Parameter.empty)
            called = {code: label(self.language, code, section(codes)) for code in codes}
            return tuple(
                self.field(f"{name}.{code}", value, needed.get(code), called[code], few=0) for code in codes
            )
        if kind == "ordered":
            codes, most = inside
            names = [self.asking.text("further" if n else "first", n=n + 1) for n in range(most)]
            return tuple(
                self.field(f"{name}.{n}", codes, None if n else default, said, few=0)
                for n, said in enumerate(names)
            )
        return tuple(self.rows(name, inside, default)) if kind == "rows" else ()

    def rows(self, name: str, inside: Any, default: Any) -> Iterator[Field]:
        """Yield the rows of a list: ROWS at first, ROWS more after the button for more. The first row, the
        filled rows and the first new row are open."""
        there, more = (
            (_rows(name, inside, self.form), name in self.form.all("more")) if self.form else (0, False)
        )
        first_new, numbered = (
            max(ROWS, there),
            any(has_annotation(part, RowNumber) for _, part, _ in parts(inside)),
        )
        for n in range(min(first_new + (ROWS if more else 0), MOST_ROWS.get(inside, MANY_ROWS))):
            row = f"{name}.{n}"
            asked = self.parts(row, "group", inside)
            # a default choice alone must not count as a filled row
            if self.form is None and (n or default is not Parameter.empty):
                asked = tuple(replace(field, values=()) for field in asked)
            told = any(field.values or field.error for field in asked)
            called = self.asking.text("clause", n=n + 1) if numbered else f"{n + 1}"
            yield Field(
                row,
                "group",
                called,
                required=n == 0,
                parts=asked,
                error=self.errors.get(row, ""),
                open=n == 0 or told or (more and n == first_new),
            )

    def options(self, kind: str, inside: Any, name: str) -> tuple[Option, ...]:
        """Return the options of a field, none for a kind without options."""
        if kind in CHOSEN:
            return tuple(choices.PICKS[inside.kind](self.asking, name))
        if kind == "question":
            words = texts(self.language)["page"]["form"]
            return Option("true", words["yes"]), Option("false", words["no"])
        if kind == "scale":
            points = range(inside.most, inside.least - 1, -1)
            return tuple(Option(str(n), label(self.language, str(n), inside.scale)) for n in points)
        if kind not in ("one", "many"):
            return ()
        listed, groups = section(inside), choices.GROUPS.get(inside, {})
        only = choices.chosen(self.asking, name, name.partition(".")[2]) if self.asking.head else None
        notes = texts(self.language).get(NOTES.get(listed, ""), {})
        search = texts(self.language)["search"].get(listed, {})
        codes = [code for code in choices.choosable(inside) if only is None or code in only]
        return tuple(
            Option(
                code.value,
                label(self.language, code.value, listed),
                notes.get(code.value, ""),
                label(self.language, groups[code.value], f"{listed}_group") if groups else "",
                search.get(code.value, ""),
            )
            for code in codes
        )

    def values(self, name: str, default: Any, only: tuple[Option, ...], digest: bool) -> tuple[str, ...]:
        """Return the posted values, else the default, else the only option. The digest of a text is always
        the current one."""
        if digest:
            return tuple(filter(None, [owed.digest(self.asking)]))
        if self.form is not None:
            return tuple(value for value in self.form.all(name) if value)
        if isinstance(default, str):
            return (str(default),)
        return (only[0].code,) if len(only) == 1 else ()


CHOSEN = frozenset({"pick", "picks", "index"})
"""Kinds of fields for a thing on the case, whose options are not a code list."""


def _read(hint: Any, name: str, form: Posted, required: bool) -> Any:
    """Return the posted value of one parameter or part; None if it is blank. A blank group that is required
    is an empty mapping."""
    kind, inside = shape(hint)
    if kind == "group":
        found = {
            part: _read(type_, f"{name}.{part}", form, default is MISSING)
            for part, type_, default in parts(inside)
        }
        said = {part: value for part, value in found.items() if value is not None}
        for part, other in TOGETHER.items():
            if other in said:
                said[part], _, said[other] = said[other].partition("/")
        return said or ({} if required else None)
    if kind in ("rows", "ordered"):
        row, count = (inside, _rows(name, inside, form)) if kind == "rows" else inside
        rows = [_read(row, f"{name}.{n}", form, False) for n in range(count)]
        return [row for row in rows if row is not None] or None
    if kind in ("each", "keyed"):
        keys, value = (range(1, MOST_ITEMS + 1), inside) if kind == "each" else inside
        each = {str(key): _read(value, f"{name}.{key}", form, False) for key in keys}
        return {key: said for key, said in each.items() if said is not None} or None
    given = [value for value in form.all(name) if value.strip()]
    if not given:
        return None
    if kind == "lines":
        return [line.strip() for line in given[-1].splitlines() if line.strip()]
    return given if kind in ("many", "picks") else SAID.get(kind, str)(given[-1])


def _rows(name: str, inside: type, form: Posted) -> int:
    """Return the number of rows of a posted list. A form posts at least one field of each row, even if it is
    blank. Raise TooLarge above the number that a page can show."""
    posted = (
        n for n in range(MOST_ITEMS) if any(form.all(f"{name}.{n}.{part.name}") for part in parts_of(inside))
    )
    count = max(posted, default=-1) + 1
    if count > MOST_ROWS.get(inside, MANY_ROWS):
        raise TooLarge
    return count


class _Kept(dict[str, list[str]]):
    """A form made of known values, with the interface of a posted one."""

    def all(self, name: str) -> list[str]:
        """Return every value of a name."""
        return self.get(name, [])


def _prefilled(asking: Asking) -> Posted | None:
    """Return a form prefilled with the current values of the case; None if the move prefills nothing."""
    kept, move = _Kept(), MOVES[asking.move]
    for name, value in move.begins(asking.head, asking.seen.said).items() if asking.head else ():
        _post(move.parameters[name][0], name, value, kept)
    return kept or None


def _post(hint: Any, name: str, value: Any, kept: _Kept) -> None:
    """Add a value to `kept` as a form would post it; the reverse of `_read`. A group can also be the mapping
    that an entry stores."""
    kind, inside = shape(hint)
    if kind == "rows":
        for n, row in enumerate(value):
            _post(inside, f"{name}.{n}", row, kept)
    elif kind == "group":
        for part, type_, _ in parts(inside):
            before = next(
                (f"{getattr(value, said)}/" for said, other in TOGETHER.items() if other == part), ""
            )
            whole = value.get(part) if isinstance(value, Mapping) else getattr(value, part)
            _post(type_, f"{name}.{part}", f"{before}{whole}" if before else whole, kept)
    elif value is not None:
        said = (
            value
            if kind in ("many", "picks")
            else [
                f"{value // 100}.{value % 100:02}" if kind == "money" else "true" if value is True else value
            ]
        )
        kept[name] = [str(one) for one in said]


@frozen
class _Packed:
    """A posted form with its blank rows moved to the end. Its row numbers then match those of the body, so
    that errors point to the right row."""

    form: Posted
    order: Mapping[str, list[int]]
    numbers: Collection[str]

    @classmethod
    def of(cls, move: str, form: Posted) -> _Packed:
        """Return the posted form of a move with its blank rows last."""
        order, numbers = dict[str, list[int]](), list[str]()
        for name, (hint, _) in MOVES[move].parameters.items():
            kind, inside = shape(hint)
            if kind == "rows":
                blank = [
                    _read(inside, f"{name}.{n}", form, False) is None
                    for n in range(_rows(name, inside, form))
                ]
                order[name] = sorted(range(len(blank)), key=blank.__getitem__)
                numbers += [
                    f"{name}.{part}" for part, type_, _ in parts(inside) if has_annotation(type_, RowNumber)
                ]
        return cls(form, order, numbers)

    def all(self, name: str) -> list[str]:
        """Return every value of a name. The number of another row becomes that row's new number."""
        head, _, rest = name.partition(".")
        n, _, part = rest.partition(".")
        if part and head in self.order:
            kept = self.order[head]
            said = self.form.all(f"{head}.{kept[int(n)]}.{part}") if int(n) < len(kept) else []
            moved = (
                {str(old + 1): str(new) for new, old in enumerate(kept, 1)}
                if f"{head}.{part}" in self.numbers
                else {}
            )
            return [moved.get(value.strip(), value) for value in said]
        return self.form.all(name)


def _local(value: str) -> str:
    """Return a moment with its time zone, Asia/Shanghai by default. Return invalid text unchanged, for the
    request model to reject."""
    try:
        said = datetime.fromisoformat(value)
    except ValueError:
        return value
    return said.isoformat() if said.tzinfo else said.replace(tzinfo=SHANGHAI).isoformat()


SAID: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tick", "question"), lambda value: value == "true"),
    **dict.fromkeys(
        ("index", "count", "scale", "number"),
        lambda value: value if (n := inputs.whole_number(value)) is None else n,
    ),
    "moment": _local,
    "date": str.strip,
    "money": lambda value: {"amount": value},
}
"""Conversions from the text of a field to a value of the body, by kind of field."""


def posted_values(form: Posted, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return the posted values of a form without a move, by the `kinds` of its fields. Blank fields are
    omitted."""
    given = {name: [value.strip() for value in form.all(name) if value.strip()] for name in kinds}
    return {
        name: values if kinds[name] == "many" else SAID.get(kinds[name], str)(values[-1])
        for name, values in given.items()
        if values
    }


def _all(asked: Iterable[Field]) -> Iterator[Field]:
    for field in asked:
        yield field
        yield from _all(field.parts)


def _place(error: Mapping[str, str]) -> str:
    """Return the name of the field that shows an error."""
    before, dot, part = error["pointer"][1:].replace("/", ".").rpartition(".")
    return before + dot + (TOGETHER.get(part, part) if dot else part)

"""HTML forms for moves. The fields of a form are made from the parameters of the move. The request body is
made from the posted form.

A field is named by its path in the request body, with dots between the steps: `person.name`,
`matters.0.amount`, `grounds.2`. The pointer of an error is the same path, so the page shows the error at this
field."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields as parts_of
from datetime import datetime
from enum import StrEnum
from functools import cache, cached_property
from inspect import Parameter
from typing import Any, Protocol

from chalicelib.domain.engine.declare import MOVES, Move, has_annotation
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case_records import Matter
from chalicelib.domain.model.codes import Region, Role
from chalicelib.domain.model.field_marks import RowNumber
from chalicelib.domain.written_time import day_written, moment_written, written
from chalicelib.locale.formats import label, texts
from chalicelib.locale.lengths import lengths
from chalicelib.web import inputs
from chalicelib.web.forms import choices, obligations as owed
from chalicelib.web.forms.choices import open_matters
from chalicelib.web.forms.form_context import Asking, Option as Option, matter_called
from chalicelib.web.forms.shapes import TOGETHER, key, parts, section, shape
from chalicelib.web.problems import TooLarge
from chalicelib.web.request_models import MOST_ITEMS
from chalicelib.wiring import product

ROWS = 3
"""The number of rows that a list has on a fresh form. The button for more rows adds the same number. The
button posts the form because pages must work without script."""
MOST_ROWS: Mapping[type, int] = {Matter: 30}
"""The highest number of rows that a list in a form can have. The key is the type of a row. The limit for
matters is lower than MANY_ROWS because a matter takes much room on a page."""
MANY_ROWS = 100
"""The highest number of rows of a list whose type of row is not in MOST_ROWS. The number is high because an
agreement may have an obligation for each of a hundred people."""
FEW = 5
"""A field with up to this number of options shows radio buttons. A field with more options shows a select
list."""
LONG = 15
"""In a select list with more than this number of options, users can search by typing. The search needs
script."""
KNOWN = Region
"""The code list of the regions. Its select list has no search although it is long, because people know the
order of the regions."""
NOTES = {"decline_ground": "decline_ground_must_say", "route": "route_note"}
"""Code lists whose options have a note, a hint below the label. The key is the section of `locale/` with the
labels of the codes. The value is the section with the notes."""


class Posted(Protocol):
    """A posted form. `all(name)` returns every value posted under this field name."""

    def all(self, name: str) -> list[str]: ...


@frozen
class Field:
    """A field of a form with the values entered so far.

    `widget`: the name of the template macro that renders the field. `hint`: the help text below the label.
    `parts`: the fields inside this field. `open`: the page shows this row of a list without a click. `grows`:
    the list has a button for more rows. `offered`: suggestions for a free-text field. `known`: people know
    the order of the options, so a long list needs no search. `canned`: the canned texts that staff can insert
    into a free-text field. `form`: the prefix of the field's id on a page with several forms. `folded`:
    the page shows the field only after a click, because it is rarely filled in."""

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
    of_case: bool = False
    canned: tuple[Option, ...] = ()
    form: str = ""
    folded: bool = False

    @property
    def id(self) -> str:
        """Return the id of the field on its page."""
        return f"{self.form}.{self.name}" if self.form else self.name

    @property
    def value(self) -> str:
        """Return the last value entered, or an empty string."""
        return self.values[-1] if self.values else ""

    @property
    def touched(self) -> bool:
        """Return whether the field, or a field inside it, has a value or an error."""
        return bool(self.values or self.error or any(part.touched for part in self.parts))

    @property
    def long(self) -> bool:
        """Return whether the field gets a search by typing, on a page with script."""
        return self.widget == "select" and len(self.options) > LONG and not self.known

    def changed(self, **values: Any) -> Field:
        """Return this field with other values in some of its attributes."""
        return replace(self, **values)


def fields(
    asking: Asking,
    *,
    form: Posted | None = None,
    errors: Iterable[Mapping[str, str]] = (),
    leave: Collection[str] = (),
    grows: bool = False,
) -> list[Field]:
    """Return the fields of the form of a move, in the order of the move's parameters. `leave`: the names of
    parameters that get no field.

    `form`: the posted form to show again. Without `form`, the fields show the values that the move's
    declaration prefills from the case. `errors`: the errors in `form`, each with `pointer` and `message`.
    `grows`: the page handles the button for more rows."""
    form = _prefilled(asking) if form is None else form
    packed = None if form is None else _Packed.of(asking.move, form)
    sheet = _Sheet(asking, packed, {_place(error): error["message"] for error in errors}, grows)
    move = MOVES[asking.move]
    asked = sheet.fields_of((name, *about) for name, about in move.parameters.items() if name not in leave)
    return _by_matter(list(asked), move, asking.language)


def _by_matter(asked: list[Field], move: Move, language: str) -> list[Field]:
    """Group the fields of a form by matter. Return a group of fields for each matter, then all other fields
    of `asked`.

    Only fields with a value for each matter are grouped, and only if `move` declares the matters. With fewer
    than two such fields, return `asked` unchanged. An error of a whole field is shown at its first part
    without a value. A group of which every field is folded is folded itself."""
    each = [field for field in asked if field.widget == "each" and move.choice(field.name).matters]
    if len(each) < 2:
        return asked
    found: dict[str, list[Field]] = {}
    for field in each:
        blank = next((part for part in field.parts if not part.value), None)
        for part in field.parts:
            found.setdefault(part.label, []).append(
                part.changed(
                    label=field.label,
                    hint=field.hint,
                    error=part.error or (field.error if part is blank else ""),
                )
            )
    line = texts(language)["page"]["form"]["line"]
    groups = [
        Field(
            parts[0].name.partition(".")[2] + ".matter",
            "group",
            line.format(label=parts[0].label, message=label) if folded else label,
            required=not folded,
            parts=tuple(part.changed(folded=False) for part in parts),
            folded=folded,
        )
        for label, parts in found.items()
        for folded in (all(part.folded for part in parts),)
    ]
    return [*groups, *(field for field in asked if field not in each)]


def body(move: str, form: Posted, leave: Collection[str] = ()) -> str:
    """Return the request body for a posted form of the move `move`, as JSON. The body has no blank fields.
    `leave`: the names of parameters that are left out too."""
    asked = {name: about for name, about in MOVES[move].parameters.items() if name not in leave}
    packed = _Packed.of(move, form)
    said = {
        name: _read(hint, name, packed, default is Parameter.empty) for name, (hint, default) in asked.items()
    }
    return json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False)


def summary(
    language: str, fields: Iterable[Field], errors: Iterable[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Return the lines of the error summary at the top of a form, in the order of `fields`. Each line is
    {href, text}; `href` links to the field with the error. An error that belongs to no field comes first,
    without `href`. `errors`: each with `pointer` and `message`."""
    every, line = list(with_parts(fields)), texts(language)["page"]["form"]["line"]
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
    """Return the label or the hint of a form field. `kind`: "label" or "hint". `name`: the path of the field.
    The argument `hint` is the type of the parameter.

    The result is the first of these texts that exists: the text for the field in this move or parameter
    (`move.name`, `parameter.part`), the text for the name alone, the text for the type. Return an empty
    string if there is no hint. Raise KeyError if there is no label."""
    whole, part = [part for part in f"{move}.{name}".split(".") if not part.isdecimal()][-2:]
    own = next((one for one, other in TOGETHER.items() if other == part), part)
    words, type_ = texts(language)[kind], key(hint) if hint else own
    for place in (f"{whole}.{part}", f"{whole}.{type_}", own, type_):
        if place in words:
            return str(words[place])
    if kind == "label":
        raise KeyError(f"no label for {whole}.{part} in locale/{language}/forms.json")
    return ""


def hinted(language: str, kind: str, hint: str) -> str:
    """Return the hint of a field of this kind. The hint of a day or a moment ends with an example of how to
    write it."""
    example = texts(language)["page"]["form"]["example"].get(kind)
    return ("" if language == "zh" else " ").join(filter(None, (hint, example)))


@frozen
class _Sheet:
    """The builder of the fields of one form. `form`: the posted form or the prefilled values; None if there
    is neither. `errors`: the error messages by name of the field. `grows`: the page handles the button for
    more rows."""

    asking: Asking
    form: Posted | None
    errors: Mapping[str, str]
    grows: bool

    @cached_property
    def _picks(self) -> dict[tuple[str, str], tuple[Option, ...]]:
        """The options of fields that name a thing, by the kind of the thing and the parameter. All rows of a
        list have the same."""
        return {}

    def fields_of(self, parameters: Iterable[tuple[str, Any, Any]], before: str = "") -> tuple[Field, ...]:
        """Return the fields for `parameters`, each given as (name, type, default). `before`: the text put
        before each name, such as `person.`.

        An optional field is left out if it is a choice without an alternative, or if it shows the digest of a
        text and there is no text. So is one that asks for a choice for each matter, and has no options. No
        field is made for each matter of a case without open matters."""
        made = (
            (self.field(before + name, hint, default), *shape(hint))
            for name, hint, default in parameters
            if choices.asks(self.asking, before + name)
        )
        if self.asking.head:
            made = (one for one in made if one[1] != "each" or one[0].parts)
        return tuple(
            field
            for field, kind, inside in made
            if field.required
            or (
                field.values
                if kind == "shown"
                else any(part.options for part in field.parts)
                if kind == "each" and shape(inside)[0] in CHOSEN
                else kind not in CHOSEN
                or len(field.options) > (kind != "picks" and inside.kind not in choices.ALSO_ONE)
            )
        )

    def field(self, name: str, type_: Any, default: Any, label: str = "", few: int = FEW) -> Field:
        """Return the field for a parameter, or for a part of a parameter. `name`: the path of the field.
        `type_`: the type of the parameter or part. `default`: its default value. `label` replaces the label
        from `locale/`, and such a field has no hint. `few`: with up to this number of options, the field can
        show radio buttons."""
        asked, part = choices.asked_as(self.asking.move, name)
        kind, inside = shape(type_)
        called = label or word(self.asking.language, "label", self.asking.move, name, type_)
        hint = (
            ""
            if label or part in asked.unhinted
            else word(self.asking.language, "hint", self.asking.move, name, type_)
        )
        if self.asking.head:
            hint = hint.format(**lengths(self.asking.language, self.asking.head.policy))
        hint = hinted(self.asking.language, kind, hint)
        required = default is Parameter.empty or default is MISSING or choices.must(self.asking, name)
        never, options = asked.never.get(part), self.options(kind, inside, name)
        if never:
            options = tuple(option for option in options if option.code != never)
        default = None if str(default) == never else default
        widgets = {
            "one": "radios" if (len(options) <= few and default is not None) else "select",
            "scale": "radios",
            "picks": "many",
            "pick": "select",
            "index": "select",
            "question": "radios",
        }
        parts = self.parts(name, kind, inside, default)
        only = options if required and kind != "picks" else ()
        values = self.values(name, default, only, kind)
        return Field(
            name,
            widgets.get(kind, kind),
            called,
            hint,
            required,
            options,
            parts,
            values,
            self.errors.get(name) or ("" if values or parts else self.lacks(name)),
            grows=self.grows and kind == "rows",
            offered=choices.offered(type_),
            known=inside is KNOWN,
            folded=not part and asked.folded,
            of_case=kind in CHOSEN,
        )

    def lacks(self, name: str) -> str:
        """Return the message that the blank field `name` must be filled in. Return an empty string if this
        form does not require the field.

        The request model allows such a field to be blank, so only the form reports it. The form does so when
        it is shown again because of other errors, so that users see all errors at once."""
        whole, _, part = name.partition(".")
        asked = MOVES[self.asking.move].form_rule(whole)
        if self.form is None or not self.errors:
            return ""
        if part in asked.one_of[:1] and not any(
            value.strip() for other in asked.one_of for value in self.form.all(f"{whole}.{other}")
        ):
            return str(texts(self.asking.language)["refusal"]["contact_needed"])
        return str(texts(self.asking.language)["field"]["missing"]) if choices.must(self.asking, name) else ""

    def parts(self, name: str, kind: str, inside: Any, default: Any = None) -> tuple[Field, ...]:
        """Return the fields inside the field `name`; empty for a field without parts. `kind` and `inside`:
        the result of `shape` for the type of the field. `default`: the default value of the field."""
        if kind == "group":
            return self.fields_of(parts(inside), f"{name}.")
        if kind == "each" and self.asking.head:
            return tuple(
                self.field(f"{name}.{n}", inside, default, matter_called(self.asking.language, n, matter))
                for n, matter in open_matters(self.asking.case, self.asking.move, name).items()
            )
        if kind == "keyed":
            codes, value = inside
            needed = dict.fromkeys(MOVES[self.asking.move].form_rule(name).codes or codes, Parameter.empty)
            called = {code: label(self.asking.language, code, section(codes)) for code in codes}
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
        """Yield the rows of the list `name` as fields. `inside`: the type of a row. `default`: the default
        value of the list. A fresh form has ROWS rows, and the button for more rows adds ROWS.

        Rows with a value or an error are open on the page, and so are the first row and the first added row.
        All other rows are folded."""
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
            # an untouched row must stay blank, so it does not show the default choices of its fields
            if self.form is None and (n or default is not Parameter.empty):
                asked = tuple(field.changed(values=()) for field in asked)
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
        """Return the options of the field `name`; empty if the field is not a choice. `kind` and `inside`:
        the result of `shape` for the type of the field."""
        if kind in CHOSEN:
            picked = inside.kind, name.partition(".")[0]
            if picked not in self._picks:
                self._picks[picked] = tuple(choices.PICKS[inside.kind](self.asking, picked[1]))
            return self._picks[picked]
        if kind == "question":
            words = texts(self.asking.language)["page"]["form"]
            return Option("true", words["yes"]), Option("false", words["no"])
        if kind == "scale":
            points = range(inside.most, inside.least - 1, -1)
            return tuple(Option(str(n), label(self.asking.language, str(n), inside.scale)) for n in points)
        if kind not in ("one", "many"):
            return ()
        every = coded(self.asking.language, inside, tuple(choices.choosable(inside)))
        if not self.asking.head:
            return tuple(every.values())
        only = choices.chosen(self.asking, name, name.partition(".")[2])
        missing = {code: choices.missing(self.asking, code) for code in every if only is None or code in only}
        return tuple(
            every[code]._replace(
                label=self.asking.text("not_now", label=every[code].label, why=why), disabled=True
            )
            if why
            else every[code]
            for code, why in missing.items()
            if not (why and self.asking.seen.party)
        )

    def values(self, name: str, default: Any, only: tuple[Option, ...], kind: str) -> tuple[str, ...]:
        """Return the values that the field `name` shows. These are the posted values. If no form was posted,
        return the default, else the only option in `only`. `kind`: the kind of the field. A field with the
        digest of the current text to sign, or with the texts that the page shows, has that value, whatever
        was posted."""
        if kind == "unseen":
            return tuple(self.asking.seen.shown())
        if kind == "shown":
            return tuple(filter(None, [owed.digest(self.asking)]))
        if self.form is not None:
            return tuple(value for value in self.form.all(name) if value)
        if isinstance(default, str):
            return (str(default),)
        return (only[0].code,) if len(only) == 1 else ()


@cache
def coded(language: str, listed: type[StrEnum], codes: tuple[StrEnum, ...]) -> Mapping[StrEnum, Option]:
    """Return the options for codes of a code list, each with its label, note, group, and words to search
    by."""
    name, groups = section(listed), choices.GROUPS.get(listed, {})
    notes = texts(language).get(NOTES.get(name, ""), {})
    search = texts(language)["search"].get(name, {})
    return {
        code: Option(
            code.value,
            label(language, code.value, name),
            notes.get(code.value, ""),
            label(language, groups[code.value], f"{name}_group") if groups else "",
            search.get(code.value, ""),
        )
        for code in codes
    }


CHOSEN = frozenset({"pick", "picks", "index"})
"""The kinds of fields in which the user chooses a thing on the case, such as a party or an obligation. The
options of such a field come from the case, not from a code list."""


def _read(hint: Any, name: str, form: Posted, required: bool) -> Any:
    """Return the posted value of the field `name` for the request body; None if the field is blank. `hint`:
    the type of the field. `required`: a blank group of fields is returned as an empty mapping instead of
    None."""
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
    return given if kind in ("many", "picks", "unseen") else SAID.get(kind, str)(given[-1])


def _rows(name: str, inside: type, form: Posted) -> int:
    """Return the number of rows posted for the list `name`. `inside`: the type of a row. Blank rows count
    too, because a browser also posts their fields. Raise TooLarge for more rows than a page can show."""
    if isinstance(form, _Packed) and name in form.order:
        return len(form.order[name])
    fields = [part.name for part in parts_of(inside)]
    posted = (n for n in range(MOST_ITEMS) if any(form.all(f"{name}.{n}.{field}") for field in fields))
    count = max(posted, default=-1) + 1
    if count > MOST_ROWS.get(inside, MANY_ROWS):
        raise TooLarge
    return count


class _Kept(dict[str, list[str]]):
    """A form that we fill with values from the case. It can be read like a posted form. The key is the name
    of a field, the value is its list of values."""

    def all(self, name: str) -> list[str]:
        """Return every value of the field `name`."""
        return self.get(name, [])


def _prefilled(asking: Asking) -> Posted | None:
    """Return a form filled with the present values of the case. The declaration of the move names these
    values in `begins`. Return None if the move prefills nothing."""
    kept, move = _Kept(), MOVES[asking.move]
    for name, value in move.begins(asking.head, asking.seen.said).items() if asking.head else ():
        _post(move.parameters[name][0], name, value, kept)
    return kept or None


def _post(hint: Any, name: str, value: Any, kept: _Kept) -> None:
    """Write `value` to the field `name` of the form `kept`, as a browser would post it. This is the reverse
    of `_read`. `hint`: the type of the value. The value of a group of fields is an object, or the mapping
    that a timeline entry stores."""
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
                f"{value // 100}.{value % 100:02}"
                if kind == "money"
                else "true"
                if value is True
                else written(value)
                if isinstance(value, datetime)
                else value
            ]
        )
        kept[name] = [str(one) for one in said]


@frozen
class _Packed:
    """A posted form in which the blank rows of each list come last. The request body leaves out blank rows.
    Without the new order, a row would have different numbers in the form and in the body, and an error would
    point to the wrong row.

    `order`: for each list, the posted numbers of its rows in the new order. `numbers`: the names of fields
    that hold the number of another row."""

    form: Posted
    order: Mapping[str, list[int]]
    numbers: Collection[str]

    @classmethod
    def of(cls, move: str, form: Posted) -> _Packed:
        """Return the posted form of a move with the blank rows of each list at its end."""
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
        """Return every value of the field `name`. A value that is the number of a row is replaced by the new
        number of that row."""
        head, _, rest = name.partition(".")
        n, _, part = rest.partition(".")
        if part and head in self.order:
            kept = self.order[head]
            if int(n) >= len(kept):
                return []
            said = self.form.all(f"{head}.{kept[int(n)]}.{part}")
            moved = (
                {str(old + 1): str(new) for new, old in enumerate(kept, 1)}
                if f"{head}.{part}" in self.numbers
                else {}
            )
            return [moved.get(value.strip(), value) for value in said]
        return self.form.all(name)


def _moment(value: str) -> str:
    """Return a posted moment in ISO format with its time zone. A text that is not understood gets no zone,
    and the request model rejects it."""
    said = moment_written(value, product.today())
    return said.isoformat() if said else value.strip()


def _day(value: str) -> str:
    """Return a posted day in ISO format. A text that is not understood is returned unchanged, and the
    request model rejects it."""
    said = day_written(value, product.today())
    return said.isoformat() if said else value.strip()


SAID: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tick", "question"), lambda value: value == "true"),
    **dict.fromkeys(
        ("index", "count", "scale", "number"),
        lambda value: value if (n := inputs.whole_number(value)) is None else n,
    ),
    "moment": _moment,
    "date": _day,
    "money": lambda value: {"amount": value},
}
"""The functions that convert the posted text of a field to the value in the request body. The key is the kind
of the field. A field of any other kind keeps its text."""


TYPED = frozenset(
    (
        "line",
        "text",
        "story",
        "lines",
        "email",
        "phone",
        "contact",
        "money",
        "date",
        "moment",
        "count",
        "number",
    )
)
"""The kinds of fields into which people type. In fields of all other kinds they choose, or a page posts an id
or a digest."""


def typed(form: Posted, kinds: Mapping[str, str]) -> list[str]:
    """Return what somebody typed into a form. `kinds`: the kind of each field, by its name."""
    return [text for name, kind in kinds.items() if kind in TYPED for text in form.all(name) if text.strip()]


def kinds(move: str, names: Iterable[str]) -> dict[str, str]:
    """Return the kind of each of the posted fields `names` for which the form of a move asks. There are none
    for a name that is no move, and for a move of the clock, which has no form."""
    taken = move in MOVES and MOVES[move].takers & ~Role.CLOCK
    return {name: kind for name in names if (kind := _kind(move, name))} if taken else {}


def _kind(move: str, name: str) -> str:
    """Return the kind of a field of a move, or of a part of it; "" if the move has no such field."""
    first, *steps = name.split(".")
    if first not in MOVES[move].parameters:
        return ""
    kind, inside = shape(MOVES[move].parameters[first][0])
    for step in steps:
        if kind == "rows":
            kind = "group"
            continue
        asked = {part: hint for part, hint, _ in parts(inside)} if kind == "group" else {}
        if kind not in ("each", "keyed", "ordered") and step not in asked:
            return ""
        hint = asked[step] if asked else inside if kind == "each" else inside[kind == "keyed"]
        kind, inside = shape(hint)
    return kind


def posted_values(form: Posted, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return the posted values of a form that belongs to no move, by name of the field. `kinds`: the kind of
    each field, by its name. Blank fields are left out."""
    given = {name: [value.strip() for value in form.all(name) if value.strip()] for name in kinds}
    return {
        name: values if kinds[name] == "many" else SAID.get(kinds[name], str)(values[-1])
        for name, values in given.items()
        if values
    }


def with_parts(asked: Iterable[Field]) -> Iterator[Field]:
    """Yield the fields in `asked`, each followed by the fields inside it."""
    for field in asked:
        yield field
        yield from with_parts(field.parts)


def _place(error: Mapping[str, str]) -> str:
    """Return the name of the field at which the page shows the error. An error of `type` is shown at
    `sub_type`, because one field asks for the two."""
    before, dot, part = error["pointer"][1:].replace("/", ".").rpartition(".")
    return before + dot + (TOGETHER.get(part, part) if dot else part)

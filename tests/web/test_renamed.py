"""Forms of renamed parameters: a field hangs on the type of a parameter, never on its name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from inspect import Parameter, Signature
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from chalicelib.domain.engine.declare import MOVES, Move
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role, Severity
from chalicelib.domain.model.field_marks import (
    Brand,
    ByStaff,
    EvidenceIds,
    MatterNumber,
    Money,
    Names,
    PartyId,
    Short,
    Text,
    Words,
    YesNo,
)
from chalicelib.locale.formats import texts
from chalicelib.web import forms, request_models
from chalicelib.web.forms import Field, word
from chalicelib.web.forms.choices import PICKS
from chalicelib.web.forms.shapes import key, shape
from chalicelib.web.problems import field_errors
from tests.scenario import T0
from tests.web.forms import CASE, HOUSE, MEDIATING, OWN_TIME, SEEN, Posted, fields_on

PEOPLES = sorted(name for name, move in MOVES.items() if move.takers != Role.CLOCK)
LANGUAGES = ("zh", "en")
Names_ = Mapping[str, str]


def declared(move: Move, parameters: Mapping[str, tuple[Any, Any]]) -> Move:
    """Return a move with other parameters. Nobody can take it."""

    def do(case: Case, act: Any) -> Case:
        """Do nothing."""
        return case

    do.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=default)
            for name, (_, default) in parameters.items()
        ]
    )
    do.__annotations__ = {name: hint for name, (hint, _) in parameters.items()}
    return replace(move, do=do)


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that gives a parameter its words in a language, as a new move would."""

    def give(name: str, language: str, label: str, hint: str = "") -> None:
        monkeypatch.setitem(texts(language)["label"], name, label)
        monkeypatch.setitem(texts(language)["hint"], name, hint)

    yield give
    request_models.body_of.cache_clear()  # the models of the moves as the test declared them


def odd(fields: list[Field] | tuple[Field, ...], names: Names_) -> list[Field]:
    """Return fields under the odd names."""

    def renamed_path(name: str) -> str:
        first, *rest = name.split(".")
        if first.isdecimal() and rest == ["matter"]:  # a group of the fields about one matter
            return name
        return ".".join([names[first], *rest])

    return [replace(one, name=renamed_path(one.name), parts=tuple(odd(one.parts, names))) for one in fields]


@pytest.mark.parametrize("move", PEOPLES)
def test_a_renamed_parameter_keeps_its_field(move: str, words: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every parameter of every move gets another name. Its picker, options, label, tick or question, box and
    errors stay. The label of a thing comes from its type, any other label from the locale."""
    was, case = MOVES[move], OWN_TIME.get(move, CASE)
    names = {name: f"odd{n}" for n, name in enumerate(was.parameters)}
    whole = was.parameters.items()
    before = {language: form_of(move, case, language) for language in LANGUAGES}
    for language in LANGUAGES:
        for name, (hint, _) in whole:
            said, own = (word(language, kind, move, name, hint) for kind in ("hint", "label"))
            if names_a_thing(hint):
                monkeypatch.setitem(texts(language)["hint"], f"{move}.{key(hint)}", said)
            else:
                words(names[name], language, own, said)
                copied(language, name, names[name], monkeypatch)
    new = declared(was, {names[name]: about for name, about in whole})

    def begins(case: Case, said: Any) -> Names_:
        return {names[name]: value for name, value in was.begins(case, said).items()}

    monkeypatch.setitem(MOVES, move, replace(new, begins=begins))
    request_models.body_of.cache_clear()
    for language in LANGUAGES:
        assert form_of(move, case, language) == [odd(fields, names) for fields in before[language]]


def names_a_thing(hint: Any) -> bool:
    """Return whether a type names things, so that it has a label of its own."""
    return isinstance(shape(hint)[1], Names)


def copied(language: str, name: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy the words of the parts of a parameter to another name."""
    for kind in ("label", "hint"):
        parts = [one for one in texts(language)[kind] if one.startswith(f"{name}.")]
        for part in parts:
            new_part = new + part.removeprefix(name)
            monkeypatch.setitem(texts(language)[kind], new_part, texts(language)[kind][part])


def form_of(move: str, case: Case, language: str) -> list[list[Field]]:
    """Return the fields of a move's form, blank and after a blank post."""
    more: dict[str, Any] = {"roster": HOUSE, "seen": SEEN, "grows": True}
    blank, errors = Posted({"nothing": [""]}), list[dict[str, str]]()
    try:
        request_models.arguments(move, forms.body(move, blank), T0)
    except ValidationError as error:
        errors = field_errors(language, error)
    again = {"form": blank, "errors": errors}
    return [fields_on(move, case, language, **more, **posted) for posted in ({}, again)]


ODD: dict[str, tuple[Any, str]] = {
    "zebra": (bool, "tick"),
    "yak": (YesNo, "radios"),
    "walrus": (Text, "text"),
    "vole": (Annotated[str, Words(500)], "text"),
    "urchin": (Annotated[str, Words(500, box="line")], "line"),
    "toad": (Annotated[str, Words(1_000, box="story")], "story"),
    "stoat": (Short, "line"),
    "rook": (Brand, "line"),
    "quail": (Money, "money"),
    "pike": (tuple[Text, ...], "lines"),
    "otter": (Annotated[bool, ByStaff()], "tick"),
}
"""Oddly named parameters of types with words of their own, and the widget of each."""
NAMED: dict[str, tuple[Any, str, str]] = {
    "newt": (PartyId, "select", "party"),
    "mole": (Annotated[PartyId | None, ByStaff()], "select", "party"),
    "lynx": (EvidenceIds, "many", "evidence"),
    "koala": (MatterNumber, "select", "matter"),
    "jackal": (Severity, "radios", "severity"),
    **{
        f"ibis_{kind}": (Annotated[str, Names(kind)], "select", kind)
        for kind in PICKS.keys() & texts("zh")["label"].keys()
    },
}
"""Oddly named parameters of types with a label of their own, the widget and the key of the label."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_move_needs_no_line_for_the_fields_of_its_parameters(
    language: str, words: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new move with odd names gets the right fields. The locale has only the words of this move."""
    for name in ODD:
        words(name, language, f"{name} in words")
    hints = {name: hint for name, (hint, *_) in [*ODD.items(), *NAMED.items()]}
    new = declared(MOVES["note"], {name: (hint, Parameter.empty) for name, hint in hints.items()})
    monkeypatch.setitem(MOVES, "stroke", new)
    found = {one.name: one for one in fields_on("stroke", MEDIATING, language, roster=HOUSE, seen=SEEN)}
    assert list(found) == list(hints)
    assert {name: found[name].widget for name in ODD} == {name: widget for name, (_, widget) in ODD.items()}
    assert {found[name].label for name in ODD} == {f"{name} in words" for name in ODD}
    assert {name: found[name].widget for name in NAMED} == {name: to for name, (_, to, _) in NAMED.items()}
    labels = texts(language)["label"]
    assert {name: found[name].label for name in NAMED} == {
        name: labels[own] for name, (*_, own) in NAMED.items()
    }
    assert [option.code for option in found["newt"].options] == ["p1", "p2"]
    assert [option.code for option in found["lynx"].options] == ["E1", "E2", "Q1", "Q2"]


def test_line_breaks_hang_on_the_type(words: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words in a text box of any length keep their line breaks. Words of one line become one line."""
    hints = {"vole": Annotated[str, Words(500)], "urchin": Annotated[str, Words(5_000, box="line")]}
    new = declared(MOVES["note"], {name: (hint, Parameter.empty) for name, hint in hints.items()})
    monkeypatch.setitem(MOVES, "stroke", new)
    said = json.dumps(dict.fromkeys(hints, "一\n二"))
    assert request_models.arguments("stroke", said, T0) == {"vole": "一\n二", "urchin": "一 二"}


def test_a_question_ends_as_one() -> None:
    """The label of a question asks, and that of a statement to tick does not. A type that disagrees with its
    label is a slip: use `YesNo` for a question, `bool` for a statement."""
    wrong = [
        (move, name)
        for move in PEOPLES
        for name, (hint, _) in MOVES[move].parameters.items()
        for asks in [word("zh", "label", move, name, hint)]
        if (shape(hint)[0] == "question") != (asks.startswith("是否") or asks.endswith("？"))
        and shape(hint)[0] in ("question", "tick")
    ]
    assert not wrong, (
        f"the label of {wrong} in chalicelib/locale/zh/forms.json and its type disagree on whether it asks: "
        "decide between `YesNo`, whose label begins with 是否 or ends with ？, and `bool`"
    )

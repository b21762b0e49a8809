"""Forms are made from the declarations: whatever a move asks has a field, and what a field says reaches the move."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib import models
from chalicelib.domain import moves
from chalicelib.domain.case import Approval, Case, Matter, Party, Telling
from chalicelib.domain.codes import TYPES, Channel, Language, Role, Route, Stage, Type, Way
from chalicelib.domain.process import MOVES
from chalicelib.domain.reference import reference
from chalicelib.web import forms
from chalicelib.web.forms import Field
from chalicelib.web.problems import field_errors
from tests.house import T0, roster

PEOPLES = sorted(name for name, move in MOVES.items() if (move.by | move.recorded_by) != Role.CLOCK)
CHOICES, GROUPS = {"radios", "select", "many"}, {"group", "rows", "each"}
NUMBER = reference(7)
CASE = Case("100000000005", "default-1", Stage.RECEIVED, Channel.WEB, T0, T0, "general", (Party("p1", Way.PHONE, Language.ZH),),
            (Matter(Type("quality"), "defect"), Matter(Type("warranty"), "parts")),
            approvals=(Approval("a1", "decline", {}, "wang", "intake", T0, ("lead",), 2),), tellings=(Telling("t1", "receipt", "p1", T0),))
assert moves.__all__


class Posted(dict[str, list[str]]):
    """A posted form."""

    def all(self, name: str) -> list[str]:
        """Every value of a name."""
        return self.get(name, [])


def asked(move: str, language: str = "zh", **more: Any) -> list[Field]:
    """The fields of a move's form on a case with something of everything open."""
    return forms.fields(move, CASE, language, roster=roster(), **more)


def leaves(fields: list[Field] | tuple[Field, ...]) -> Iterator[Field]:
    """Every field that takes a value."""
    for field in fields:
        yield from leaves(field.parts) if field.parts else (field,)


SAYS: dict[str, tuple[str, Any]] = {
    "line": ("  王芳 ‘a’ ", "王芳 ‘a’"), "text": ("一\r\n二 <b>&amp;", "一\n二 <b>&amp;"), "story": ("长" * 9000, "长" * 9000),
    "email": ("Fang@mail.example", "Fang@mail.example"), "phone": ("138 0013 8000", "+8613800138000"), "money": ("1,655.5", 165550),
    "date": ("2026-01-31", date(2026, 1, 31)), "moment": ("2026-02-12T08:30", datetime(2026, 2, 12, 0, 30, tzinfo=UTC)),
    "number": (NUMBER, NUMBER),
    "tick": ("true", True),
}
"""What is typed into a field of each kind, and what the move is told."""


def filled(field: Field) -> tuple[list[str], Any]:
    """What is posted for a field, and what the move is told."""
    if field.widget == "many":
        codes = [option.code for option in field.options[:2]]
        return codes, tuple(codes)
    if field.widget in ("radios", "select"):
        code = field.options[-1].code
        return [code], {"true": True, "false": False}.get(code, code.rpartition("/")[2])
    said, told = SAYS[field.widget]
    return [said], told


def at(said: Any, name: str) -> Any:
    """The value at a field's path."""
    for part in name.split("."):
        said = said[int(part)] if part.isdecimal() else said[part] if isinstance(said, dict) else getattr(said, part)
    return said


@pytest.mark.parametrize("move", PEOPLES)
def test_a_filled_form_says_to_the_move_what_was_filled_in(move: str) -> None:
    """Every field of every move round-trips through the request body and the strict model, and is shown again as it was posted."""
    fields = list(leaves(asked(move)))
    form = Posted({field.name: filled(field)[0] for field in fields})
    said = models.said(move, forms.body(move, form), T0)
    assert set(said) == set(MOVES[move].parameters)
    assert {field.name: at(said, field.name) for field in fields} == {field.name: filled(field)[1] for field in fields}
    assert {field.name: list(field.values) for field in leaves(asked(move, form=form))} == dict(form)


@pytest.mark.parametrize("move", PEOPLES)
def test_a_blank_form_says_nothing_and_each_complaint_finds_its_field(move: str) -> None:
    """Blank fields are left out; what is missing then is shown at a field of the form, in both languages."""
    try:
        models.said(move, forms.body(move, Posted({"nothing": [""]})), T0)
    except ValidationError as error:
        for language in ("zh", "en"):
            errors = field_errors(language, error)
            lines = forms.summary(language, asked(move, language), errors)
            assert lines
            assert all("href" in line for line in lines)
            assert sum(bool(field.error) for field in _every(asked(move, language, errors=errors))) == len(lines)


def _every(fields: list[Field] | tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _every(field.parts)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_field_has_a_widget_and_words(language: str) -> None:
    """Nothing that a move asks is left without a widget, a label, or, where there is a choice, something to choose."""
    for move in PEOPLES:
        for field in _every(asked(move, language)):
            assert field.widget in SAYS.keys() | CHOICES | GROUPS
            assert field.label
            assert bool(field.options) == (field.widget in CHOICES), field.name


def test_a_type_that_no_form_can_ask_is_found_at_once() -> None:
    """A parameter of a new kind fails loudly instead of being asked as text."""
    with pytest.raises(TypeError, match="weight"):
        forms.shape(float, "weight")
    with pytest.raises(TypeError, match="nickname"):
        forms.shape(str, "nickname")


def test_questions_are_answered_and_statements_are_ticked() -> None:
    """A yes-or-no that asks offers both answers; one that states is ticked; both languages agree which is which."""
    chinese, english = ({field.name: field.widget for move in PEOPLES for field in leaves(asked(move, language))}
                        for language in ("zh", "en"))
    assert chinese == english
    assert english["told"] == "radios"
    assert english["consents.truthful"] == "tick"


def test_type_and_sub_type_are_one_choice() -> None:
    """Nobody can choose a sub-type of another type; every pair can be chosen."""
    sub_type = next(field for field in leaves(asked("submit")) if field.name == "matters.0.sub_type")
    assert [option.code for option in sub_type.options] == [f"{kind}/{sub}" for kind, subs in TYPES.items() for sub in subs]
    said = models.said("submit", forms.body("submit", _least({"matters.0.sub_type": ["price/hidden_fee"]})), T0)
    assert (said["matters"][0].type, said["matters"][0].sub_type) == ("price", "hidden_fee")


def _least(more: dict[str, list[str]]) -> Posted:
    return Posted({"person.phone": ["13800138000"], "account.story": ["坏了"], "matters.0.sub_type": ["quality/defect"],
                   "wishes": ["refund"], "hurt": ["no"], "consents.truthful": ["true"], "consents.data_use": ["true"]} | more)


def test_a_parameter_can_be_left_out_of_form_and_body() -> None:
    """What a form does not ask, nobody can slip in."""
    left = ("channel", "received_at", "late_reason")
    assert not {field.name for field in forms.fields("submit", None, "zh", leave=left)} & set(left)
    said = models.said("submit", forms.body("submit", _least({"received_at": ["2026-02-01T00:00"], "channel": ["phone"]}), left), T0)
    assert not set(said) & set(left)


def test_unfilled_rows_are_dropped_and_errors_stay_with_their_row() -> None:
    """Empty rows at the end are no matters; a bad row keeps its place."""
    form = _least({"matters.2.amount": ["-1"]})
    with pytest.raises(ValidationError) as raised:
        models.said("submit", forms.body("submit", form), T0)
    assert {"/matters/2/amount"} <= {error["pointer"] for error in field_errors("en", raised.value)}
    assert len(models.said("submit", forms.body("submit", _least({})), T0)["matters"]) == 1


def test_each_matter_is_asked_by_its_number() -> None:
    """Grounds and reasons are asked once per matter, under what the matter is about."""
    grounds = next(field for field in asked("decline", "en") if field.name == "grounds")
    assert [(part.name, part.label) for part in grounds.parts] == [
        ("grounds.1", "Matter 1: Quality, defect or failure"), ("grounds.2", "Matter 2: After-sales, parts")]
    assert all(part.required for part in grounds.parts)
    declined = next(field for field in asked("accept", "en") if field.name == "declined")
    assert not any(part.required for part in declined.parts)


def test_the_one_thing_to_choose_is_chosen() -> None:
    """With one open approval it is the one meant; with two the person says which."""
    assert asked("approve")[0].value == "a1"
    two = replace(CASE, approvals=(*CASE.approvals, replace(CASE.approvals[0], id="a2")))
    assert forms.fields("approve", two, "zh")[0].value == ""


def test_choices_say_what_they_mean() -> None:
    """A ground tells what a decline on it must say; a route tells when it fits."""
    assert all(option.note for option in asked("decline")[0].parts[0].options)
    assert all(option.note for field in asked("decline") if field.name == "routes" for option in field.options)
    assert {option.code for field in asked("decline") if field.name == "routes" for option in field.options} == set(Route)

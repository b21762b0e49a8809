"""Forms made from the declarations: every fact of a move has a field, and every field's value reaches the
move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.domain import moves
from chalicelib.domain.engine.declare import MOVES, has_annotation
from chalicelib.domain.model.case_records import Matter, Offer
from chalicelib.domain.model.codes import TYPES, Cause, Region, Reply, Result, Right, Role, Route, Side, Stage
from chalicelib.domain.model.field_marks import Future, Number
from chalicelib.domain.reference import reference
from chalicelib.web import forms, request_models
from chalicelib.web.forms import Field
from chalicelib.web.forms.form_context import Seen
from chalicelib.web.problems import field_errors
from tests.scenario import T0, complaint
from tests.web.forms import (
    ASKED,
    CASE,
    EARLIER,
    HOUSE,
    REVIEWED,
    SEEN,
    TALKING,
    Posted,
    fields_on,
    form_fields,
    leaves,
)

PEOPLES = sorted(name for name, move in MOVES.items() if (move.by | move.recorded_by) != Role.CLOCK)
CHOICES, GROUPS = {"radios", "select", "many"}, {"group", "rows", "each", "keyed", "ordered"}
NUMBER = reference(7)
assert moves.__all__


SAYS: dict[str, tuple[str, Any]] = {
    "line": ("  王芳 ‘a’ ", "王芳 ‘a’"),
    "text": ("一\r\n二 <b>&amp;", "一\n二 <b>&amp;"),
    "story": ("长" * 5000, "长" * 5000),
    "email": ("Fang@mail.example", "Fang@mail.example"),
    "phone": ("138 0013 8000", "+8613800138000"),
    "money": ("¥1,655.50元", 165550),
    "date": ("2026-01-31", date(2026, 1, 31)),
    "moment": ("2026-02-12T08:30", datetime(2026, 2, 12, 0, 30, tzinfo=UTC)),
    "number": (NUMBER, NUMBER),
    "count": (" 7", 7),
    "shown": ("d" * 64, "d" * 64),
    "unseen": ("e" * 16, ("e" * 16,)),
    "tick": ("true", True),
    "lines": ("甲 乙\n\n 丙", ("甲 乙", "丙")),
}
"""The input of a field of each kind, and the value that the move gets."""
AHEAD: dict[str, tuple[list[str], Any]] = {
    "date": (["2026-03-31"], date(2026, 3, 31)),
    "moment": (["2026-03-31T08:30"], datetime(2026, 3, 31, 0, 30, tzinfo=UTC)),
}
"""The input and the value for fields that must lie in the future."""


def filled(field: Field, move: str = "") -> tuple[list[str], Any]:
    """Return the input of a field and the value that the move gets."""
    if field.widget in ("date", "moment") and has_annotation(
        MOVES[move].parameters[field.name.partition(".")[0]][0], Future
    ):
        return AHEAD[field.widget]
    if field.widget == "many":
        codes = [option.code for option in field.options[:2]]
        return codes, tuple(codes)
    if field.widget in ("radios", "select"):
        code = field.options[-1].code
        counted = code.isdecimal() and code not in {*Region, EARLIER.ref}
        return [code], {"true": True, "false": False}.get(
            code, int(code) if counted else code.rpartition("/")[2]
        )
    kind = MOVES[move].parameters.get(field.name, (None, None))[0] if move else None
    if limits := next((mark for mark in getattr(kind, "__metadata__", ()) if isinstance(mark, Number)), None):
        return [str(limits.least)], limits.least
    said, told = SAYS[field.widget]
    return [said], told


def at(said: Any, name: str) -> Any:
    """Return the value at a field's path."""
    for part in name.split("."):
        said = (
            said[int(part)]
            if part.isdecimal()
            else said[part]
            if isinstance(said, dict)
            else getattr(said, part)
        )
    return said


@pytest.mark.parametrize("move", PEOPLES)
def test_a_filled_form_says_to_the_move_what_was_filled_in(move: str) -> None:
    """Every field of every move reaches the move through the strict request model. The form shows it again as
    posted."""
    fields = list(leaves(form_fields(move)))
    form = Posted({field.name: filled(field, move)[0] for field in fields})
    said = request_models.arguments(move, forms.body(move, form), T0)
    unasked = {name for name in MOVES[move].parameters if "" in MOVES[move].form_rule(name).without}
    assert set(said) == MOVES[move].parameters.keys() - unasked
    assert {field.name: at(said, field.name) for field in fields} == {
        field.name: filled(field, move)[1] for field in fields
    }
    assert {field.name: list(field.values) for field in leaves(form_fields(move, form=form))} == dict(form)


@pytest.mark.parametrize("move", PEOPLES)
def test_a_blank_form_says_nothing_and_each_complaint_finds_its_field(move: str) -> None:
    """Blank fields are left out of the body. Each missing field has its error in the form, in both
    languages."""
    try:
        request_models.arguments(move, forms.body(move, Posted({"nothing": [""]})), T0)
    except ValidationError as error:
        for language in ("zh", "en"):
            errors = field_errors(language, error)
            lines = forms.summary(language, form_fields(move, language), errors)
            assert lines
            assert all("href" in line for line in lines)
            assert sum(
                bool(field.error) for field in _every(form_fields(move, language, errors=errors))
            ) == len(lines)


def _every(fields: list[Field] | tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _every(field.parts)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_field_has_a_widget_and_words(language: str) -> None:
    """Every field has a widget, a label and, for a choice, its options."""
    for move in PEOPLES:
        for field in _every(form_fields(move, language)):
            assert field.widget in SAYS.keys() | CHOICES | GROUPS
            assert field.label
            assert bool(field.options) == (field.widget in CHOICES), field.name


def test_a_type_that_no_form_can_ask_is_found_at_once() -> None:
    """A parameter of an unknown kind raises `TypeError` instead of becoming a text field."""
    for hint in (float, str):
        with pytest.raises(TypeError, match=hint.__name__):
            forms.shape(hint)


def test_questions_are_answered_and_statements_are_ticked() -> None:
    """A yes-or-no question offers both answers, and a statement has a tick. Both languages agree on the
    widgets."""
    chinese, english = (
        {field.name: field.widget for move in PEOPLES for field in leaves(form_fields(move, language))}
        for language in ("zh", "en")
    )
    assert chinese == english
    assert english["told"] == "radios"
    assert english["consents.truthful"] == "tick"


def test_type_and_sub_type_are_one_choice() -> None:
    """The choice offers every pair of type and sub-type, and no mixed pair."""
    sub_type = next(field for field in leaves(form_fields("submit")) if field.name == "matters.0.sub_type")
    assert [option.code for option in sub_type.options] == [
        f"{kind}/{sub}" for kind, subs in TYPES.items() for sub in subs
    ]
    said = request_models.arguments(
        "submit", forms.body("submit", _least({"matters.0.sub_type": ["price/hidden_fee"]})), T0
    )
    assert (said["matters"][0].type, said["matters"][0].sub_type) == ("price", "hidden_fee")


def _least(more: dict[str, list[str]]) -> Posted:
    return Posted(
        {
            "person.phone": ["13800138000"],
            "account.story": ["坏了"],
            "matters.0.sub_type": ["quality/defect"],
            "wishes": ["refund"],
            "hurt": ["no"],
            "consents.truthful": ["true"],
            "consents.data_use": ["true"],
        }
        | more
    )


def test_a_parameter_can_be_left_out_of_form_and_body() -> None:
    """A posted field that the form does not ask is ignored."""
    left = ("channel", "received_at", "late_reason")
    assert not {field.name for field in fields_on("submit", None, "zh", leave=left)} & set(left)
    said = request_models.arguments(
        "submit",
        forms.body("submit", _least({"received_at": ["2026-02-01T00:00"], "channel": ["phone"]}), left),
        T0,
    )
    assert not set(said) & set(left)


def test_unfilled_rows_are_dropped_and_errors_stay_with_what_was_typed() -> None:
    """Blank rows are dropped, also between others. Later rows move up together with their errors."""
    form = _least({"matters.1.amount": [""], "matters.2.amount": ["-1"]})
    with pytest.raises(ValidationError) as raised:
        request_models.arguments("submit", forms.body("submit", form), T0)
    errors = field_errors("en", raised.value)
    assert {"/matters/1/amount"} <= {error["pointer"] for error in errors}
    bad = [
        field for field in leaves(fields_on("submit", None, "en", form=form, errors=errors)) if field.error
    ]
    assert ("matters.1.amount", "-1") in [(field.name, field.value) for field in bad]
    assert (
        len(
            request_models.arguments("submit", forms.body("submit", _least({"matters.1.amount": [""]})), T0)[
                "matters"
            ]
        )
        == 1
    )


def test_form_adds_rows_and_keeps_typed_values() -> None:
    """The form has three rows, and the button adds three, the first of them open. A typed row is never closed
    or lost."""
    form = _least({"matters.1.amount": [""], "matters.2.amount": ["5"], "more": ["matters"]})
    rows = next(
        field for field in fields_on("submit", None, "en", form=form, grows=True) if field.name == "matters"
    )
    assert rows.grows
    assert [row.open for row in rows.parts] == [True, True, False, True, False, False]
    assert [part.value for row in rows.parts for part in row.parts if part.name.endswith("amount")] == [
        "",
        "5",
        "",
        "",
        "",
        "",
    ]
    there = {f"matters.{n}.sub_type": ["quality/defect"] for n in range(forms.MOST_ROWS[Matter])}
    full = {
        field.name: field
        for field in fields_on("submit", None, "en", form=_least({**there, "more": ["matters"]}))
    }
    assert len(full["matters"].parts) == forms.MOST_ROWS[Matter]


def test_evidence_is_chosen_from_the_cases_own() -> None:
    """Each piece has number, kind, day and first words. An unanswered question past its deadline counts as
    evidence; other questions do not."""

    def offered(**when: Any) -> dict[str, str]:
        found = next(
            field
            for field in leaves(form_fields("file_report", "en", **when))
            if field.name == "findings.0.evidence"
        )
        return {option.code: option.label for option in found.options}

    assert offered()["E1"] == "E1 · statement · Thursday 12 February 2026 · 第1条"
    assert list(offered()) == ["E1", "E2", "Q1", "Q2"]
    assert offered()["Q1"].startswith("Q1 · no answer from the department by its date · Repair")
    assert list(offered(seen=replace(SEEN, now=T0))) == ["E1", "E2"]


def test_a_party_is_offered_what_is_theirs_and_no_names() -> None:
    """A party sees only their own promises and representatives. Other people have a number, no name."""
    own = Seen(party="p1")
    assert [option.code for option in form_fields("confirm_done", seen=own)[0].options] == ["O1"]
    assert [option.code for option in form_fields("end_representation", seen=own)[0].options] == ["p3"]
    assert [option.code for option in form_fields("confirm_done", seen=Seen(party="p3"))[0].options] == ["O1"]
    labels = [
        option.label for option in form_fields("appoint_joint_representatives", "en", seen=own)[0].options
    ]
    assert labels == ["Person 1 · consumer", "Person 2 · consumer"]


def test_the_main_cause_is_the_first() -> None:
    """A report has one main cause and at most two more, from a grouped list. The first place is the main
    cause."""
    causes = next(field for field in form_fields("file_report", "en") if field.name == "causes")
    assert [part.required for part in causes.parts] == [True, False, False]
    assert {option.code for option in causes.parts[0].options} == set(Cause)
    assert len({option.under for option in causes.parts[0].options}) == 8
    form = Posted({"causes.0": [""], "causes.1": ["handoff"], "causes.2": ["attitude"]})
    assert '"causes": ["handoff", "attitude"]' in forms.body("file_report", form)


def test_each_right_has_its_answer() -> None:
    """The four rights of every report are required, the others optional."""
    rights = next(field for field in form_fields("file_report") if field.name == "rights")
    assert [part.name for part in rights.parts if part.required] == [
        f"rights.{right}" for right in (Right.KNOW, Right.CHOOSE, Right.FAIR_TRADE, Right.SAFETY)
    ]
    assert len(rights.parts) == len(Right)


def test_only_accepted_matters_are_concluded() -> None:
    """A partly accepted case asks nothing about a declined matter."""
    matters = (replace(CASE.matters[0], accepted=True), replace(CASE.matters[1], accepted=False))
    part = replace(CASE, stage=Stage.INVESTIGATING, matters=matters)
    found = {field.name: field for field in fields_on("file_report", part, "zh", roster=HOUSE)}
    assert [field.name for field in found["1.matter"].parts] == ["conclusions.1", "reasons.1"]
    assert [option.code for option in found["findings"].parts[0].parts[0].options] == ["1"]


def test_a_form_begins_with_what_is_to_be_changed() -> None:
    """The form that edits matters begins with the current ones; sent unchanged, it keeps them. A contact is
    not prefilled."""
    form = Posted(
        {field.name: list(field.values) or [""] for field in leaves(form_fields("edit_matters"))}
        | {"reason": ["拆分"]}
    )
    assert (
        request_models.arguments("edit_matters", forms.body("edit_matters", form), T0)["matters"]
        == CASE.matters
    )
    powers = next(field for field in form_fields("check_authority") if field.name == "powers")
    assert powers.values == ("submit", "answer")
    assert not [field.name for field in leaves(form_fields("change_contact")) if field.values]


def test_single_consumer_is_not_asked_for() -> None:
    """A form does not ask for the party of a fact if the case has one consumer."""
    alone = replace(CASE, parties=CASE.parties[:1])
    assert "party" not in {
        field.name.rpartition(".")[2]
        for move in ("message", "leave_case", "settle_at_once")
        for field in leaves(fields_on(move, alone, "zh", roster=HOUSE))
    }


def test_blank_remedies_are_none() -> None:
    """Blank remedies are left out, also with a single matter to choose."""
    one = replace(CASE, parties=CASE.parties[:1], matters=CASE.matters[:1])
    form = Posted(
        {
            field.name: list(field.values) or [""]
            for field in leaves(fields_on("file_report", one, "zh", roster=HOUSE))
        }
    )
    assert "remedies" not in forms.body("file_report", form)


def test_a_court_is_chosen_among_courts() -> None:
    """A move that takes only some codes of a list offers only these."""
    assert {option.code for option in form_fields("close_in_court")[0].options} == {"court", "arbitration"}
    assert {option.code for option in form_fields("reply_outside")[0].options} == {"samr_12315", "court"}
    heard = next(field for field in form_fields("invite_interview", "en") if field.name == "how")
    assert [option.label for option in heard.options] == ["by phone", "in person"]


def test_each_matter_is_asked_by_its_number() -> None:
    """Grounds and reasons are asked once per matter, labelled with its type."""
    grounds = next(field for field in form_fields("decline", "en") if field.name == "grounds")
    assert [(part.name, part.label) for part in grounds.parts] == [
        ("grounds.1", "Matter 1: Quality, defect or failure"),
        ("grounds.2", "Matter 2: After-sales, parts"),
    ]
    assert all(part.required for part in grounds.parts)
    declined = [field for field in form_fields("accept", "en") if field.name.endswith(".matter")]
    assert [(field.label, field.folded) for field in declined] == [
        ("Declined matters: Matter 1: Quality, defect or failure", True),
        ("Declined matters: Matter 2: After-sales, parts", True),
    ]
    assert not any(part.required for field in declined for part in field.parts)


def test_the_one_thing_to_choose_is_chosen() -> None:
    """A single open approval is preselected; of two, the person chooses. Evidence is never preselected."""
    assert form_fields("approve")[0].value == "a1"
    alone = replace(CASE, evidence=CASE.evidence[:1], inquiry=replace(CASE.inquiry, questions=()))
    found = [
        field
        for field in leaves(fields_on("file_report", alone, "zh", roster=HOUSE))
        if field.name.endswith("evidence")
    ]
    assert found
    assert not any(field.values for field in found)
    two = replace(CASE, approvals=(*CASE.approvals, replace(CASE.approvals[0], id="a2")))
    assert fields_on("approve", two, "zh")[0].value == ""


def test_choices_say_what_they_mean() -> None:
    """A ground has a note on what the decline must say, and a route on when it fits."""
    assert all(option.note for option in form_fields("decline")[0].parts[0].options)
    assert all(
        option.note for field in form_fields("decline") if field.name == "routes" for option in field.options
    )
    assert {
        option.code for field in form_fields("decline") if field.name == "routes" for option in field.options
    } == set(Route)


def test_vote_form_asks_each_matter() -> None:
    """Each matter asks its result and its reasons. An error of the whole appears at the blank field."""
    form = Posted({"results.1": ["confirmed"], "reasons.1": ["有据"]})
    errors = [{"pointer": "/results/2", "message": "Fill in"}, {"pointer": "/reasons", "message": "Each one"}]
    first, second = form_fields("vote", "en", form=form, errors=errors)
    assert [[part.name for part in matter.parts] for matter in (first, second)] == [
        ["results.1", "reasons.1"],
        ["results.2", "reasons.2"],
    ]
    assert [[part.error for part in matter.parts] for matter in (first, second)] == [
        ["", ""],
        ["Fill in", "Each one"],
    ]
    assert [line["href"] for line in forms.summary("en", (first, second), errors)] == [
        "#results.2",
        "#reasons.2",
    ]


def test_only_what_was_answered_is_sent_back_and_once() -> None:
    """Only an investigated matter can be sent back, and a case can be sent back only once."""
    mixed = (REVIEWED.matters[0], replace(REVIEWED.matters[1], accepted=False))

    def offered(**changes: Any) -> list[list[str]]:
        fields = fields_on("vote", replace(REVIEWED, **changes), "en", roster=HOUSE)
        return [[option.code for option in matter.parts[0].options] for matter in fields]

    assert offered(matters=mixed) == [["confirmed", "changed", "sent_back"], ["confirmed", "changed"]]
    assert offered(recourse=replace(REVIEWED.recourse, sent_back=True)) == [["confirmed", "changed"]] * 2


def test_decision_form_requires_conclusions_of_changed_matters() -> None:
    """New conclusions are required, for changed matters only."""
    voted = tuple(
        replace(seat, declared=T0, votes={1: Result.CHANGED, 2: Result.CONFIRMED}) for seat in ASKED.panel
    )
    fields = fields_on(
        "decide_reconsideration",
        replace(REVIEWED, recourse=replace(REVIEWED.recourse, reconsideration=replace(ASKED, panel=voted))),
        "en",
        roster=HOUSE,
        leave=("results",),
    )
    assert [
        [(part.name, part.required) for part in matter.parts]
        for matter in fields
        if matter.name.endswith(".matter")
    ] == [[("conclusions.1", True), ("reasons.1", True)], [("reasons.2", True)]]


def test_a_panel_is_chosen_from_whoever_has_no_part_in_the_case() -> None:
    """The choice gives name and team. It omits handlers and recused officers. A panel can be replaced by
    another."""
    offered = form_fields("appoint_panel", "en", seen=replace(SEEN, handled=lambda: ["wang", "sun"]))
    members = {option.code: option.label for option in offered[0].options}
    assert "wang" not in members
    assert "sun" not in members
    # the executive decides if no panel can be formed, so wu is omitted
    assert members["zhou"] == "Zhou · Customer rights team"
    assert "wu" not in members
    again = {field.name: field.values for field in fields_on("appoint_panel", REVIEWED, "en", roster=HOUSE)}
    assert again == {"members": ("wu", "he", "shi"), "chair": ("wu",)}


def test_a_name_is_one_line() -> None:
    """A name with a line break is refused, so that it cannot imitate a signature line. Other short text
    becomes one line; long text keeps its lines."""
    person = {"name": "马店长\n梧桐家电有限公司 已签署", "email": "ma@shop.example"}
    with pytest.raises(ValidationError):
        request_models.arguments("name_business_representative", json.dumps({"person": person}), T0)
    account = {"story": "不退。", "order": "D-7712\n已签署"}
    assert (
        request_models.arguments("submit", json.dumps(complaint(account=account)), T0)["account"].order
        == "D-7712 已签署"
    )
    assert (
        request_models.arguments("state_position", json.dumps({"text": "第一行。\n第二行。"}), T0)["text"]
        == "第一行。\n第二行。"
    )


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("2026-03-15 24:00", "2026-03-16T00:00:00+08:00"),
        ("2026年3月15日（星期日）09:30", "2026-03-15T09:30:00+08:00"),
        ("2026-03-15", "2026-03-15"),
        ("whenever", "whenever"),
    ],
)
def test_moment_field_reads_what_people_write(typed: str, sent: str) -> None:
    """A moment gets the zone of China. A text that is no moment is sent without a zone, and so refused."""
    body = json.loads(forms.body("record_safety_report", Posted({"reported_at": [typed]})))
    assert body["reported_at"] == sent


def test_every_day_and_moment_shows_an_example() -> None:
    """The hint of each field for a day or a moment ends with how to write one."""
    for move in PEOPLES:
        for field in leaves(form_fields(move)):
            if field.widget in ("date", "moment"):
                assert "2026-03-15" in field.hint, (move, field.name)


SAID = {
    1: {"account": {"business": "某某家电"}},
    7: {"terms": "协议生效后10日内退还货款。"},
    8: {"terms": "2026年3月20日前上门修好。"},
    9: {"terms": "3日内取货，10日内退款。"},
}


def drafted(entry: int, amount: int | None = 89900, **changes: Any) -> dict[str, tuple[str, ...]]:
    """Return the filled-in fields of the form of a draft after an offer was accepted. `entry`: the entry with
    its terms."""
    offer = Offer("F1", Side.BUSINESS, entry, T0, T0.date(), amount, Reply.ACCEPTED, T0)
    talks = replace(TALKING.talks, dispute=replace(TALKING.talks.dispute, offers=(offer,)))
    case = replace(TALKING, talks=talks, **changes)
    seen = replace(SEEN, said=lambda n: SAID.get(n, {}))
    return {
        field.name: field.values
        for field in leaves(fields_on("draft_agreement", case, "zh", roster=HOUSE, seen=seen))
        if field.values
    }


def test_an_accepted_offer_fills_the_draft() -> None:
    """Company, debtor, creditor, what, amount and the time in the terms are filled in; people can change
    them."""
    alone = drafted(7, parties=TALKING.parties[:1], mails=(), forwards=(), obligations=())
    assert alone["company"] == ("某某家电",)
    assert (alone["clauses.0.debtor"], alone["clauses.0.creditor"]) == (("business",), ("p1",))
    assert alone["clauses.0.what"] == ("协议生效后10日内退还货款。",)
    assert alone["clauses.0.amount"] == ("899.00",)
    assert alone["clauses.0.proof"] == ("payment_record",)
    assert alone["clauses.0.days"] == ("10",)


def test_a_day_in_the_terms_fills_the_day() -> None:
    """A day is written as the form writes it. Terms with two times fill none."""
    assert drafted(8, None)["clauses.0.by"] == ("2026-03-20",)
    assert not {"clauses.0.by", "clauses.0.days"} & drafted(9).keys()


def test_a_joint_offer_has_a_clause_for_each_person() -> None:
    """The amount of each person is for the drafter to say."""
    joint = drafted(7)
    people = [party.id for party in TALKING.consumers]
    assert len(people) > 1
    assert [joint[f"clauses.{n}.creditor"] for n in range(len(people))] == [(id,) for id in people]
    assert "clauses.0.amount" not in joint

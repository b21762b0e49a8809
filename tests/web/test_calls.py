"""Complaints by telephone, as staff record them at the desk."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.domain.reference import shown
from chalicelib.web import forms
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.pages.desk import call
from tests.scenario import DAY, Scenario
from tests.web.browser import Browser
from tests.web.desk import Desk, visible
from tests.web.own import open_case_page

STORY = "在望京店买的洗衣机用了两次就漏水，打了三次电话都说没有配件，也不给退。"
SAID = {
    "key": "call-1",
    "account.story": STORY,
    "hurt": "no",
    "person.name": "李雷",
    "person.phone": "139 0013 9000",
    "wishes": "refund",
    "matters.0.sub_type": "quality/defect",
    "account.business": "某某家电",
    "account.product": "滚筒洗衣机",
    "matters.0.amount": "2399",
    "happened_on": "上个月",
    "consents.truthful": "true",
    "consents.data_use": "true",
    "channel": "phone",
}
FOUND = {"account": {"story": STORY}, "person": {"name": "李雷", "phone": "13900139000"}}


@pytest.fixture
def wang(client: Any, scenario: Scenario) -> Desk:
    """An intake officer at the desk."""
    return Desk(client, scenario, "wang")


def cases(scenario: Scenario) -> int:
    """Return how many complaints name the caller's number."""
    keys = scenario.product.casework.lookups("+8613900139000")
    return len({ref for key in keys for ref in scenario.product.file.found("person", key)})


def test_twelve_fields_are_always_shown() -> None:
    """The form shows twelve fields before the officer unfolds a part."""
    assert len(call.ASKED) == 12


def test_the_first_page_is_small(wang: Desk) -> None:
    """The empty form has at most 58 kB; the frame of the desk comes around it."""
    main = wang.get("/desk/complain").partition("<main")[2].partition("</main>")[0]
    assert 30_000 < len(main.encode()) <= 58_000


def test_every_parameter_of_a_complaint_is_in_one_place(scenario: Scenario) -> None:
    """The form of a call has every field of the form of `submit`, open or folded."""
    fields = forms.fields(Asking("submit", None, "zh"), leave=("happened_until",))
    whole = {
        one.name for one in forms.with_parts(fields) if not one.parts and not one.name.startswith("matters.")
    }
    there = {one.name for one in call.arranged("zh", fields, None)}
    assert whole - {"account.when", "account.sums"} <= there
    folded = [one.name for _, inside, _ in call.folds(call.arranged("zh", fields, None)) for one in inside]
    assert len(folded) == len(set(folded))
    assert {*folded, *call.ASKED} >= there


def test_nothing_is_folded_that_has_a_value(wang: Desk) -> None:
    """A part with something typed in it comes back open, and the other parts closed."""
    page = wang.post("/desk/complain", {**SAID, "look": "true", "person.on_behalf_of": "李老太太"}, 200)
    assert '<details class="govuk-details" id="part-somebody" open' in page
    assert '<details class="govuk-details" id="part-tried">' in page


def test_further_wishes_and_a_proposed_type_are_recorded(wang: Desk, scenario: Scenario) -> None:
    """The main wish and the boxes make one list without doubles. A proposal counts if no type is chosen."""
    said = {**SAID, "wishes.more": ["refund", "apology"], "matters.0.sub_type": "", "guess": "quality/defect"}
    ref = wang.post("/desk/complain", said).split("/")[3]
    case = scenario.product.file.load(ref)
    assert case.intake.wishes == ("refund", "apology")
    assert case.matters[0].sub_type == "defect"


def test_the_story_proposes_types(wang: Desk) -> None:
    """The button for looking brings proposals, and keeps everything that was typed."""
    page = wang.post("/desk/complain", {**SAID, "matters.0.sub_type": "", "look": "true"}, 200)
    assert page.count('name="guess"') == 3
    assert STORY in page


def test_open_complaints_of_a_number_are_shown_to_who_may_read_them(
    client: Any, wang: Desk, scenario: Scenario
) -> None:
    """The list has number, type, stage and a way to a message. Each read is recorded. A closed complaint and
    one of another person are not on it."""
    mine, other = scenario.submit(**FOUND), scenario.submit()
    page = wang.post("/desk/complain", {"person.phone": "+86 13900139000", "look": "true"}, 200)
    assert shown(mine.ref) in page
    assert shown(other.ref) not in page
    assert f"/desk/cases/{mine.ref}/moves/message" in page
    assert "李雷" in page
    assert f"/desk/cases/{mine.ref}" in Desk(client, scenario, "zhou").get("/desk/reads/wang").replace(
        "/reads", ""
    )
    scenario.move(scenario.party(mine), "withdraw", mine.ref)
    page = wang.post("/desk/complain", {"person.phone": "13900139000", "look": "true"}, 200)
    assert shown(mine.ref) not in page
    assert "none of this number is open" in page


def test_a_number_of_a_complaint_is_found_as_well(wang: Desk, scenario: Scenario) -> None:
    """A caller may say the number of the complaint instead."""
    mine = scenario.submit(**FOUND)
    page = wang.post("/desk/complain", {"person.phone": shown(mine.ref), "look": "true"}, 200)
    assert f"/desk/cases/{mine.ref}" in page


def test_complaints_of_another_team_are_not_shown(client: Any, scenario: Scenario) -> None:
    """An officer learns nothing of a complaint that they may not read."""
    from tests.web import desk

    desk.GROUPS["outside"] = ["role:intake", "team:repair"]
    mine = scenario.submit(**FOUND)
    page = Desk(client, scenario, "outside").post(
        "/desk/complain", {"person.phone": "13900139000", "look": "true"}, 200
    )
    assert shown(mine.ref) not in page
    del desk.GROUPS["outside"]


def test_the_same_call_is_not_recorded_twice(client: Any, wang: Desk, scenario: Scenario) -> None:
    """A double click records once. A colleague sees the first complaint before a second one is recorded,
    loses nothing, and can record it nevertheless."""
    assert len({wang.post("/desk/complain", SAID) for _ in range(2)}) == 1
    sun = Desk(client, scenario, "sun")
    page = sun.post("/desk/complain", {**SAID, "key": "call-2"}, 200)
    assert "may be recorded already" in page
    assert STORY in page
    assert cases(scenario) == 1
    sun.post("/desk/complain", {**SAID, "key": "call-2", "apart": "true"})
    assert cases(scenario) == 2


def test_a_report_of_danger_is_never_held_back(client: Any, wang: Desk, scenario: Scenario) -> None:
    """A second report of the same danger is recorded at once, even without a name or number."""
    danger = {**SAID, "hurt": "could_be", "matters.0.sub_type": "safety/hazard"}
    wang.post("/desk/complain", danger)
    wang.post("/desk/complain", {**danger, "key": "call-2"})
    assert cases(scenario) == 2
    nameless = {name: value for name, value in danger.items() if not name.startswith("person.")}
    address = wang.post("/desk/complain", {**nameless, "key": "call-3"})
    page = visible(wang.get(address))
    phrase = scenario.product.links.phrase(address.split("/")[3], "p1", 1)
    assert phrase in page
    assert "go to a doctor" in page.casefold() or "医" in page


def test_a_caller_without_number_is_asked_for_one(wang: Desk) -> None:
    """The form comes back with the reason and with everything that was typed."""
    page = wang.post("/desk/complain", {**SAID, "person.phone": ""}, 422)
    assert 'href="#person.phone"' in page
    assert STORY in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("010-62221234转801", "+861062221234;ext=801"),
        ("010-62221234 分机 801", "+861062221234;ext=801"),
        ("+86 10 6222 1234 ext. 801", "+861062221234;ext=801"),
        ("0571-8888 6666-803", "+8657188886666;ext=803"),
        ("（021）62345678－12", "+862162345678;ext=12"),
        ("021-6234-5678", "+862162345678"),
        ("+44 20 7946 0958", "+442079460958"),
        ("13900139000", "+8613900139000"),
    ],
)
def test_the_number_is_kept_with_its_extension(wang: Desk, scenario: Scenario, typed: str, kept: str) -> None:
    """An extension is part of a number; a number abroad is taken with its country code."""
    ref = wang.post("/desk/complain", {**SAID, "person.phone": typed}).split("/")[3]
    assert scenario.product.file.whole(ref).people["p1"]["phone"] == kept


@pytest.mark.parametrize(
    ("language", "written"), [("zh", "+861062221234转801"), ("en", "+861062221234 ext. 801")]
)
def test_an_extension_is_shown_as_people_write_it(
    client: Any, scenario: Scenario, language: str, written: str
) -> None:
    """The case, the calls and the page of the consumer show an extension in words. The link of staff has it
    as telephones read it."""
    ref = scenario.submit(person={"name": "王芳", "phone": "010-62221234转801"}).ref
    scenario.post()
    for path in (f"/desk/cases/{ref}", "/desk/calls"):
        page = Desk(client, scenario, "wang", language).get(path)
        assert f'href="tel:+861062221234;ext=801">{written}</a>' in page
        assert ";ext=801" not in visible(page)
    assert written in open_case_page(Browser(client, language), scenario, ref, "p1", "complaint")


def test_a_complaint_heard_earlier_needs_its_time_and_reason(wang: Desk, scenario: Scenario) -> None:
    """The time is taken as people write it, and the part with time and reason comes back open."""
    late = {**SAID, "received_at": "昨天 下午3点"}
    page = wang.post("/desk/complain", late, 422)
    assert 'id="part-heard" open' in page
    assert "昨天 下午3点" in page
    ref = wang.post("/desk/complain", {**late, "late_reason": "系统故障"}).split("/")[3]
    assert f"{scenario.product.file.load(ref).received_at:%d %H:%M}" == f"{scenario.time - DAY:%d} 07:00"


def test_the_receipt_is_read_from_the_page_and_told_once(wang: Desk, scenario: Scenario) -> None:
    """The page has number, next step and the whole receipt. One press records that it was read out."""
    address = wang.post("/desk/complain", SAID)
    ref, page = address.split("/")[3], wang.get(address)
    assert shown(ref) in page
    assert "by Friday 13 February 2026, 09:00" in visible(page)
    assert "您的投诉已经登记" in page
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    for _ in range(2):
        wang.post(f"/desk/cases/{ref}/moves/record_telling", hidden)
    assert scenario.moves(ref) == ["submit", "record_telling"]
    assert "I have read it out" not in wang.get(address)


def test_a_receipt_by_mail_needs_no_call(wang: Desk) -> None:
    """The officer can read out a receipt that leaves by mail, but has no call to record."""
    page = wang.get(wang.post("/desk/complain", {**SAID, "person.email": "li.lei@mail.example"}))
    assert "您的投诉已经登记" in page
    assert "I have read it out" not in page


def test_the_receipt_is_for_people_who_may_know_the_caller(client: Any, scenario: Scenario) -> None:
    """An auditor cannot open the receipt, because auditors see no people."""
    case = scenario.submit(**FOUND)
    Desk(client, scenario, "auditor").get(f"/desk/cases/{case.ref}/receipt", 403)


def test_a_call_that_breaks_off_is_kept_as_a_draft(client: Any, wang: Desk, scenario: Scenario) -> None:
    """The desk keeps an unfinished call as a draft for its officer alone, until the officer records or
    discards it."""
    typed = {"account.story": STORY, "person.phone": "13900139000", "wishes.more": "apology", "auto": "yes"}
    wang.post("/desk/complain", typed, 204)
    assert cases(scenario) == 0
    page = wang.get("/desk/complain")
    assert STORY in page
    assert "Your draft of Thursday 12 February 2026, 09:00" in page
    assert STORY not in Desk(client, scenario, "sun").get("/desk/complain")
    wang.post("/desk/complain", {"drop": "yes"})
    assert STORY not in wang.get("/desk/complain")
    assert wang.post("/desk/complain", {**typed, "auto": "", "keep": "yes"}) == "/desk"
    wang.post("/desk/complain", SAID)
    assert STORY not in wang.get("/desk/complain")

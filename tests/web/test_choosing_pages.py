"""Tests of the pages on which people of a joint complaint choose who speaks for them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.domain.reference import shown
from chalicelib.locale.formats import label
from chalicelib.view.party import reader_of
from chalicelib.web.api.cases import open_case
from tests.casework.joint import OTHER
from tests.life.contested import talking
from tests.scenario import SUN, WANG, Scenario
from tests.web.browser import Browser, hidden, text
from tests.web.desk import GROUPS, Desk
from tests.web.mediated import ABOUT, MA, registered
from tests.web.own import acting, joint, open_case_page, own
from tests.web.talks import case_by_interface, load

NAMES = ("王芳", "赵敏", "13800138000", "zhao.min@")
"""What one of the people must not read of the other."""


def asked(scenario: Scenario) -> str:
    """Return the number of a joint complaint in talks, without speakers, that is invited to mediation."""
    registered(scenario)
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(acting(load(scenario, ref)), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    scenario.move(MA, "invite_mediation", ref)
    return ref


def test_people_choose_a_speaker_who_then_answers(browser: Browser, scenario: Scenario) -> None:
    """The invitation leads each person to the choice. One proposes, the other agrees, and the chosen one is
    asked about mediation. People are numbers to each other."""
    ref = asked(scenario)
    page = open_case_page(browser, scenario, ref, "p2")
    assert own(browser, "parts.joint.choose_first") in page
    assert "/case/moves/consent_mediation" not in browser.get("/case").body.decode()
    form = browser.get("/case/moves/appoint_joint_representatives")
    assert own(browser, "move.appoint_joint_representatives.says") in text(form)
    assert not [name for name in NAMES[:1] if name in text(form)]
    browser.post("/case/moves/appoint_joint_representatives", {**hidden(form), "representatives": "p1"})
    assert load(scenario, ref).together.choice
    page = open_case_page(browser, scenario, ref, "p1")
    assert own(browser, "parts.joint.proposed", numbers="1") in page
    assert NAMES[1] not in page
    form = browser.get("/case/moves/agree_representatives?agrees=true")
    browser.post("/case/moves/agree_representatives", {**hidden(form), "agrees": "true"})
    assert [person.speaks for person in load(scenario, ref).consumers] == [True, False]
    assert "/case/moves/consent_mediation" in browser.get("/case").body.decode()
    other = open_case_page(browser, scenario, ref, "p2")
    assert own(browser, "parts.joint.choose_first") not in other
    assert "/case/moves/consent_mediation" not in browser.get("/case").body.decode()


def test_open_choice_is_seen_at_the_desk_and_by_the_interface(
    client: Any, browser: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People replace their speaker by the same form. The desk names who proposed whom and who has agreed. By
    the interface, staff read ids, and a person only numbers."""
    ref = asked(scenario)
    said = {"representatives": ["p1"], "each_agrees": True}
    scenario.move(SUN, "appoint_joint_representatives", ref, **said)
    page = open_case_page(browser, scenario, ref, "p2")
    assert own(browser, "parts.joint.speak", numbers="1") in page
    form = browser.get("/case/moves/appoint_joint_representatives")
    browser.post("/case/moves/appoint_joint_representatives", {**hidden(form), "representatives": "p2"})
    monkeypatch.setitem(GROUPS, "sun", ["role:lead", "team:general"])
    desk = Desk(client, scenario, "sun", "zh").get(f"/desk/cases/{ref}")
    assert "推选代表人" in desk
    assert all(words in desk for words in ("被提名", "由其提名", "尚未答复"))
    entries = re.sub("<[^>]+>", "", desk)
    assert "现在的代表人：王芳" in entries
    assert "继续担任代表人的：王芳" in entries
    choice = {"numbers": ["2"], "agreed": 1, "asked": 2}
    for id, own_answer in (("p1", False), ("p2", True)):
        told = case_by_interface(client, scenario, ref, id)["joint"]
        assert told["speak"] == ["1"]
        assert told["choice"] == {**choice, "own": own_answer}
    assert "joint" not in case_by_interface(client, scenario, ref, load(scenario, ref).business.id)
    reader = reader_of(scenario.product.file.dossier_of(load(scenario, ref)), scenario.time, SUN)
    staff = open_case(reader, {}, scenario.product.file.roster)["joint"]
    assert staff["choice"] == {"speakers": ["p2"], "asked": ["p1", "p2"], "agreed": ["p2"]}


@pytest.mark.parametrize("agrees", ["true", "false"])
def test_staff_write_down_an_answer_by_telephone(scenario: Scenario, agrees: str) -> None:
    """The officer names the person; a no ends the proposal."""
    ref = asked(scenario)
    scenario.move(acting(load(scenario, ref)), "appoint_joint_representatives", ref, representatives=["p1"])
    scenario.move(WANG, "agree_representatives", ref, party="p2", agrees=agrees == "true")
    assert load(scenario, ref).together.choice is None
    assert load(scenario, ref).party("p1").speaks == (agrees == "true")


def test_joining_page_says_whose_complaint_it_is(browser: Browser, scenario: Scenario) -> None:
    """It names the problem, the number of people and the stage. After joining, the person's own case is part
    of the other and not closed."""
    ref = scenario.submit().ref
    other = scenario.submit(person=OTHER).ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    open_case_page(browser, scenario, other)
    form = browser.get("/case/moves/join_case")
    assert own(browser, "parts.joint.n", n=1) in text(form)
    assert own(browser, "parts.joint.what") in text(form)
    assert own(browser, "parts.joint.whose") in text(form)
    person = scenario.product.file.whole(ref).people["p1"]
    assert not [word for word in (person["name"], person["phone"], person["email"]) if word in text(form)]
    browser.post("/case/moves/join_case", {**hidden(form), "own_wish": "true"})
    page = text(browser.get("/case"))
    language = browser.headers["accept-language"]
    joined = load(scenario, ref)
    assert load(scenario, other).together.joined
    assert (
        own(browser, "case.part_of", number=shown(ref), stage=label(language, joined.stage, "stage")) in page
    )
    assert label(language, "closed", "stage") not in page


def test_joint_complaint_that_takes_in_nobody_offers_no_joining(client: Any, scenario: Scenario) -> None:
    """An invited person is not led to a form that can only be refused, on the page and by the interface."""
    ref, browser = scenario.submit().ref, Browser(client, "zh")
    other = scenario.submit(person=OTHER).ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    open_case_page(browser, scenario, other)
    assert "/case/moves/join_case" in browser.get("/case").body.decode()
    assert "join_case" in case_by_interface(client, scenario, other, "p1")["moves"]
    scenario.move(acting(load(scenario, ref)), "withdraw", ref)
    assert "/case/moves/join_case" not in browser.get("/case").body.decode()
    assert "join_case" not in case_by_interface(client, scenario, other, "p1")["moves"]


@pytest.mark.parametrize("words", ["", "另一个窗口写的理由"])
def test_withdrawal_pressed_in_two_windows_is_said_once(
    browser: Browser, scenario: Scenario, words: str
) -> None:
    """The second press is told when the first was registered, and keeps the words that were not."""
    ref = scenario.submit().ref
    open_case_page(browser, scenario, ref)
    first = hidden(browser.get("/case/moves/withdraw"))
    second = hidden(browser.get("/case/moves/withdraw"))
    browser.post("/case/moves/withdraw", first)
    page = browser.post("/case/moves/withdraw", {**second, "reason": words})
    assert page.status_code == 200
    assert own(browser, "case.before", move=own(browser, "move.withdraw.name"), at="|").partition("|")[2] in (
        text(page)
    )
    assert (own(browser, "case.before_unsent") in text(page)) == bool(words)
    assert words in text(page)
    assert 'action="/case/moves/withdraw"' not in page.body.decode()
    assert scenario.moves(ref) == ["submit", "withdraw"]


def test_page_after_withdrawal_begins_with_the_way_back(browser: Browser, scenario: Scenario) -> None:
    """The button to undo stands above everything else that the page offers, and its time is the policy's."""
    ref = scenario.submit().ref
    open_case_page(browser, scenario, ref)
    browser.post("/case/moves/withdraw", hidden(browser.get("/case/moves/withdraw")))
    page = browser.get("/case").body.decode()
    main = page[page.index("<main") :]
    assert re.findall(r'href="/case/moves/(\w+)"', main)[0] == "undo_withdrawal"
    assert "answer_survey" not in main
    assert "publish" not in main


def test_status_box_names_what_is_missing(browser: Browser, scenario: Scenario) -> None:
    """Each item that was asked for stands in the box with the button, before everything else."""
    ref, language = scenario.submit().ref, browser.headers["accept-language"]
    items = ["photos", "purchase_proof"]
    scenario.move(WANG, "ask_information", ref, items=items, why="看不清。")
    page = open_case_page(browser, scenario, ref)
    box = page[: page.index(own(browser, "case.stages"))]
    assert [item for item in items if label(language, item, "missing_item") not in box] == []

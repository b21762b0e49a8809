"""Improvement actions on the desk: opened, listed, done and verified by forms, with figures as text and
table."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.casework.actions import CONTAINED, counted, counting, finish, open_action
from tests.life.complaint import report
from tests.scenario import DAY, SUN, WANG, ZHAO, Scenario
from tests.web.desk import GROUPS, Desk, visible


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return the desk of a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def test_an_action_is_opened_by_its_form(at: Any, scenario: Scenario) -> None:
    """Each error links to its field and typed text is not lost. The new action is on the lists of its team
    and owner."""
    desk = at("sun", "zh")
    key = re.search(r'name="key" value="([^"]+)"', desk.get("/desk/open-action"))
    assert key
    said = {
        "key": key[1],
        "cause": "not_told",
        "source": "survey",
        "why": "没有看到退货说明。",
        "measure": "改写退货说明。",
        "due": "2026-03-20",
    }
    wrong = desk.post("/desk/open-action", said, 422)
    assert "改写退货说明。" in wrong
    assert 'href="#owner"' in wrong
    where = desk.post("/desk/open-action", {**said, "owner": "zhao"})
    page = visible(desk.get(where))
    assert "改进中" in page
    assert "告知不足" in page
    assert "改写退货说明。" in page
    assert "Zhao" in page
    assert desk.post("/desk/open-action", {**said, "owner": "zhao"}) == where, "two clicks are one action"
    number = re.search(r"actions/(\d+)", where)
    assert number
    for path, who in (
        ("/desk/actions", "sun"),
        ("/desk?list=mine", "zhao"),
        ("/desk/actions?team=general", "wu"),
    ):
        assert f"/desk/actions/{number[1]}" in at(who, "zh").get(path)
    assert f"/desk/actions/{number[1]}" not in at("sun").get("/desk?list=team&team=general")


def test_page_of_actions_opens_without_a_team(at: Any, scenario: Scenario) -> None:
    """Somebody who has a role and no team yet sees an empty list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GROUPS, "wang", ["role:intake"])
        assert "Improvement actions" in at("wang").get("/desk/actions")


def test_the_form_begins_with_what_led_to_it(at: Any, scenario: Scenario) -> None:
    """The form takes the cause and number from the complaint that links to it. Only a role that can open one
    sees the link."""
    case = scenario.move(WANG, "accept", scenario.submit().ref)
    scenario.move(ZHAO, "file_report", case.ref, **report(scenario.time.date(), 1, 2))
    link = re.search(r'href="(/desk/open-action[^"]+)"', at("sun").get(f"/desk/cases/{case.ref}"))
    assert link
    form = at("sun").get(link[1])
    assert f'value="{case.ref}"' in form
    assert 'value="manufacture" selected' in form
    assert "/desk/open-action" not in at("zhao").get(f"/desk/cases/{case.ref}")


def test_action_is_done_and_verified_by_forms(at: Any, scenario: Scenario) -> None:
    """Each role is offered its own move. The page gives the figures in words and in a table."""
    counting(scenario, counted(scenario.time.date(), 3, 1))
    case = open_action(scenario)
    assert "moves/finish_action" not in at("sun").get(f"/desk/actions/{case.ref}")
    before = at("zhao").get(f"/desk/actions/{case.ref}")
    assert "moves/contain" in before
    assert "moves/finish_action" not in before
    at("zhao").take(case, "contain", **CONTAINED)
    assert (
        at("zhao").take(case, "finish_action", done="改好了。")
        == f"/desk/actions/{case.ref}?done=finish_action"
    )
    assert "moves/verify_action" not in at("zhou").get(f"/desk/actions/{case.ref}")
    scenario.live(91 * DAY, case.ref)
    assert "moves/verify_action" in at("zhou").get(f"/desk/actions/{case.ref}")
    at("zhou").take(case, "verify_action", finding="新说明已上线。")
    page = visible(at("zhou", "zh").get(f"/desk/actions/{case.ref}"))
    for words in (
        "63件，每周7.0件",
        "以前每周21.0件，以后每周7.0件，是以前的0.34倍",
        "这63天里大约会有190件，实际有63件",
        "97.5%置信区间：",
        "与其他原因相比：",
        "下降",
        "不像是偶然",
        "新说明已上线。",
        "共108周",
        "每100件查明原因的投诉中",
        "连续9周在均值同一侧",
    ):
        assert words in page, words
    assert f"/desk/actions/{case.ref}" in at("sun").get("/desk/actions?list=verifying")


def test_verify_form_reports_missing_figures(at: Any, scenario: Scenario) -> None:
    """A form refused for lack of figures says so and keeps the typed text."""
    case = open_action(scenario)
    finish(scenario, case.ref)
    scenario.live(92 * DAY, case.ref)
    page = at("zhou", "zh").take(case, "verify_action", 409, finding="看过页面。")
    assert "统计数字还不完整" in page
    assert "看过页面。" in page


def test_an_action_has_no_complaint_page_and_a_complaint_no_action_page(at: Any, scenario: Scenario) -> None:
    """An action has its own page, to which its number redirects on the complaint page. A complaint is not
    found among the actions. Other teams see neither."""
    case, complaint = open_action(scenario), scenario.submit()
    answer = at("sun").client.http.get(f"/desk/cases/{case.ref}", headers=at("sun").headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/actions/{case.ref}")
    at("sun").get(f"/desk/actions/{complaint.ref}", 404)
    at("stranger").get(f"/desk/actions/{case.ref}", 404)
    at("zheng").get("/desk/actions", 403)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_it_reads_whole(at: Any, scenario: Scenario, language: str) -> None:
    """Every page of an action has all its words at each stage, also when empty. An auditor sees no free
    text."""
    assert "None" not in visible(at("sun", language).get("/desk/actions?list=improved"))
    counting(scenario, counted(scenario.time.date(), 1, 4))
    case = open_action(scenario, complaint=scenario.submit().ref)
    for who in ("sun", "zhao", "zhou", "auditor"):
        page = visible(at(who, language).get(f"/desk/actions/{case.ref}"))
        assert "None" not in page
        assert ("退货说明" in page) == (who != "auditor")
    scenario.move(SUN, "note", case.ref, text="已经问过法务。")
    at("zhao", language).take(case, "contain", **CONTAINED)
    at("zhao", language).take(case, "finish_action", done="改好了。")
    scenario.live(91 * DAY, case.ref)
    at("zhou", language).take(case, "verify_action")
    page = visible(at("sun", language).get(f"/desk/actions/{case.ref}"))
    assert "None" not in page
    assert {"zh": "上升", "en": "It rose"}[language] in page


def test_action_for_a_part_of_the_complaints_is_opened_by_its_form(at: Any, scenario: Scenario) -> None:
    """The page names the part. A second part is refused at its field, and the typed text stays."""
    desk = at("sun", "zh")
    key = re.search(r'name="key" value="([^"]+)"', desk.get("/desk/open-action"))
    assert key
    due = str(scenario.time.date() + 30 * DAY)
    said = {
        "key": key[1],
        "cause": "not_told",
        "source": "survey",
        "why": "没有看到退货说明。",
        "owner": "zhao",
    }
    said |= {"measure": "改写退货说明。", "due": due, "region": "440000"}
    wrong = desk.post("/desk/open-action", {**said, "of_team": "general"}, 422)
    assert "最多选一个范围" in wrong
    assert "改写退货说明。" in wrong
    page = visible(desk.get(desk.post("/desk/open-action", said)))
    assert "广东" in page
    assert "还没有记录" in page


def test_action_for_a_part_without_complaints_cannot_be_judged(at: Any, scenario: Scenario) -> None:
    """The verification is accepted, and its page says that the complaints of this part never had the cause.
    Those of other parts count for nothing."""
    counting(scenario, counted(scenario.time.date(), 3, 1))
    case = open_action(scenario, region="440000")
    finish(scenario, case.ref)
    scenario.live(91 * DAY, case.ref)
    at("zhou").take(case, "verify_action", finding="广东没有这样的投诉。")
    page = visible(at("zhou", "zh").get(f"/desk/actions/{case.ref}"))
    assert "广东" in page
    assert "这个改进项所涉及的投诉中，以前和以后都没有查明这个原因的" in page

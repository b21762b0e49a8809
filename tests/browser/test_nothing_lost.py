"""Tests of the desk in a browser: letters shown before they leave, refusals with their reason, and drafts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from chalicelib.aws.sessions import Sessions
from chalicelib.web import signin
from tests.browser.served import Road, site
from tests.browser.visitors import sized
from tests.scenario import SUN, WANG, ZHAO, Scenario

pytestmark = pytest.mark.browser
DESK_SIZE, PHONE_SIZE = (1280, 900), (390, 844)
INTAKE = ("role:intake", "team:general")
CARD = "6222021001116245702"


@pytest.fixture(params=["zh-CN", "en-GB"])
def road(client: Any, scenario: Scenario, chromium: Browser, axe: str, request: Any) -> Iterator[Road]:
    """The desk in a language."""
    with site(client) as address:
        yield Road("nothing-lost", scenario, chromium, address, request.param, axe)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_letters_stand_on_the_page_before_they_leave(road: Road, scenario: Scenario, script: bool) -> None:
    """The whole letter with its readers is shown on a desktop and on a phone; then it is sent."""
    case = scenario.submit()
    page = sized(road.staff("wang", case.ref, *INTAKE, script=script).page, DESK_SIZE)
    page.goto(f"{road.address}/desk/cases/{case.ref}/moves/ask_information")
    page.check("main form [name=items][value=photos]")
    page.fill("main form [name=why]", "照片看不清序列号。")
    page.click("main form [data-send], main form button[type=submit]:not([name])")
    page.wait_for_selector("main form [name=shown]", state="attached")
    assert "照片看不清序列号。" in page.inner_text(".desk-leaving")
    if script:  # the checks of a picture need script
        road.photograph(page, "letters")
        road.photograph(sized(page, PHONE_SIZE), "letters-phone")
    with page.expect_navigation():
        page.click("main form button[type=submit]:not([name])")
    assert scenario.moves(case.ref)[-1] == "ask_information"


def test_a_refusal_shows_the_difference(road: Road, scenario: Scenario) -> None:
    """The refused form shows the old and the new stage, the colleague who changed it, and the typed text, on
    a desktop and on a phone."""
    case = scenario.submit()
    page = sized(road.staff("wang", case.ref, *INTAKE).page, DESK_SIZE)
    page.goto(f"{road.address}/desk/cases/{case.ref}/moves/set_severity")
    page.check("main form [name=severity][value=S2]")
    page.fill("main form [name=why]", "多人受影响。")
    scenario.move(SUN, "accept", case.ref)
    with page.expect_navigation():
        page.click("main form button[type=submit]:not([name])")
    assert page.input_value("main form [name=why]") == "多人受影响。"
    assert page.locator("main s").count() == 1
    road.photograph(page, "difference")
    road.photograph(sized(page, PHONE_SIZE), "difference-phone")


def test_words_outlive_a_pause_and_the_session(road: Road, scenario: Scenario) -> None:
    """The desk saves typed text after a short pause, fills the form with it again, and keeps it when the
    session ends."""
    case = scenario.submit()
    page = sized(road.staff("wang", case.ref, *INTAKE).page, DESK_SIZE)
    place = f"{road.address}/desk/cases/{case.ref}/moves/note"
    page.goto(place)
    page.fill("main form [name=text]", "写到一半")
    page.locator("[data-kept]").filter(has_not_text="").wait_for()
    page.wait_for_function("document.querySelector('[data-kept]').textContent")
    page.goto(f"{road.address}/desk/cases/{case.ref}")
    scenario.move(WANG, "note", case.ref, text="别处写的")
    road.photograph(page, "case-with-draft")
    page.goto(place)
    assert page.input_value("main form [name=text]") == "写到一半"
    road.photograph(page, "draft")
    page.fill("main form [name=text]", "写到一半，又写完了")
    claims = Sessions().find(signin.SESSION, "wang", scenario.time)
    assert claims
    Sessions().keep(signin.SESSION, "wang", claims, scenario.time - timedelta(hours=1))
    page.click("main form button[type=submit]:not([name])")
    road.photograph(page, "session-over")
    Sessions().keep(signin.SESSION, "wang", claims, scenario.time + timedelta(hours=8))
    page.goto(place)
    assert page.input_value("main form [name=text]") == "写到一半，又写完了"


@pytest.mark.parametrize("road", ["zh-CN"], indirect=True)
def test_words_whose_letter_is_shown_first_stay_a_draft(road: Road, scenario: Scenario) -> None:
    """Somebody presses the button at once, and the letter is shown before it leaves. Nothing is sent yet, so
    the words are kept."""
    case = scenario.submit()
    page = sized(road.staff("wang", case.ref, *INTAKE).page, DESK_SIZE)
    page.goto(f"{road.address}/desk/cases/{case.ref}/moves/message")
    page.fill("main form [name=text]", "周三上午有人上门")
    page.click("main form button[data-send]")
    page.locator("[data-kept]:not(:empty)").wait_for()
    assert page.locator("[data-letters] [role=group]").count() == 1
    page.reload()
    assert page.input_value("main form [name=text]") == "周三上午有人上门"
    assert scenario.moves(case.ref) == ["submit"]


def test_reveal_on_the_case_keeps_what_is_typed(road: Road, scenario: Scenario) -> None:
    """A reveal by script changes its own part of the page only: in the conversation, in the letter that a
    form would send, and in a request to approve. Without script it opens a new tab."""
    case = scenario.submit(account={"story": f"退到我的卡{CARD}。"})
    scenario.move(WANG, "accept", case.ref)
    scenario.move(ZHAO, "ask_extension", case.ref, reason="complex", why=f"卡号{CARD}要核对。")
    page = sized(road.staff("sun", case.ref, "role:lead", "team:general").page, DESK_SIZE)
    page.goto(f"{road.address}/desk/cases/{case.ref}")
    page.fill("#act-note [name=text]", "写到一半")
    page.fill("#act-message [name=text]", f"退到{CARD}吗？")
    page.locator("#act-message .desk-leaving").wait_for()
    for part in ("#entry-1", "#act-message .desk-leaving", "#act-approve [data-part='3']"):
        assert CARD not in page.locator(part).first.inner_text(), part
        button = page.locator(f"{part} button[name=reveal]")
        button.first.click()
        button.first.wait_for(state="detached")
        assert CARD in page.locator(part).first.inner_text(), part
    road.photograph(page, "revealed")
    assert page.input_value("#act-note [name=text]") == "写到一半"
    with page.expect_navigation():
        page.click("#act-message [data-send]")
    assert scenario.moves(case.ref)[-2:] == ["ask_extension", "message"]
    plain = road.staff("sun", case.ref, "role:lead", "team:general", script=False).page
    plain.goto(f"{road.address}/desk/cases/{case.ref}")
    with plain.context.expect_page() as tab:
        plain.click("#entry-1 button[name=reveal]")
    tab.value.wait_for_load_state()
    assert CARD in tab.value.inner_text("#entry-1")


def test_news_are_marked(road: Road, scenario: Scenario) -> None:
    """A line at the top of the case leads to each new entry."""
    case = scenario.submit()
    page = sized(road.staff("wang", case.ref, *INTAKE).page, DESK_SIZE)
    page.goto(f"{road.address}/desk/cases/{case.ref}")
    scenario.move(scenario.party(case), "message", case.ref, text="发票找到了。")
    scenario.move(SUN, "note", case.ref, text="电话里很着急")
    page.goto(f"{road.address}/desk/cases/{case.ref}")
    assert page.locator(".desk-since a").count() == 2
    road.photograph(page, "news")
    road.photograph(sized(page, PHONE_SIZE), "news-phone")

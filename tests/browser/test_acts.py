"""Tests of the common acts at the desk: their clicks and page loads with and without script, their keys, and
the length of a report."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from chalicelib.web.pages import STATIC
from tests.browser.hands import Hand
from tests.browser.pictures import PICTURES, picture
from tests.browser.served import Road, site
from tests.browser.visitors import PHONE, found, sized
from tests.scenario import WANG, ZHAO, Scenario
from tests.web.desk import GROUPS
from tests.web.own import REFUND, investigated

pytestmark = pytest.mark.browser
DESKTOP = (1280, 900)
TWO_SCREENS = 2 * DESKTOP[1]
MATTER = {"type": "quality", "sub_type": "defect", "amount": {"amount": "1655.00", "currency": "CNY"}}
ANGRY = "打了七次电话没人理！！！😡 " * 40
Look = Callable[..., Page]


def filed(scenario: Scenario) -> str:
    """Return a new complaint of one matter."""
    return scenario.submit(matters=[MATTER]).ref


def unassigned(scenario: Scenario) -> str:
    """Return an accepted complaint that nobody handles."""
    ref = filed(scenario)
    scenario.move(WANG, "accept", ref)
    return ref


def in_hand(scenario: Scenario) -> str:
    """Return a complaint of one matter that Zhao investigates."""
    return investigated(scenario, matters=[MATTER])


def reported(scenario: Scenario) -> str:
    """Return a complaint whose report waits for the lead's answer."""
    ref = in_hand(scenario)
    said = {
        "findings": [{"matter": 1, "fact": "查明。", "evidence": ["E1"]}],
        "rights": dict.fromkeys(("know", "choose", "fair_trade", "safety"), "not_infringed"),
        "rules": [{"law": "consumer_protection_2013", "article": "第二十四条"}],
        "conclusions": {"1": "upheld"},
        "reasons": {"1": "机器确有缺陷。"},
        "causes": ["manufacture"],
        "remedies": [REFUND],
        "terms": "退到原付款账户。",
    }
    scenario.move(ZHAO, "file_report", ref, **said)
    return ref


def asked_twice(scenario: Scenario) -> str:
    """Return a complaint of which a second request for information waits for the lead's approval."""
    ref = filed(scenario)
    said = {"items": ["purchase_proof"], "why": "没有购买凭证。"}
    scenario.move(WANG, "ask_information", ref, **said)
    scenario.move(scenario.by_link(ref), "give_information", ref, answer="找不到了。")
    scenario.move(WANG, "ask_information", ref, items=["order_number"], why="请告诉我们订单号。")
    return ref


def untold(scenario: Scenario) -> str:
    """Return a complaint of a person without e-mail, whose receipt waits to be read out."""
    ref = scenario.submit(person={"name": "李雷", "phone": "13800138001"}, matters=[MATTER]).ref
    scenario.post()
    return ref


class Act(NamedTuple):
    """An act: who takes it, on which case, how its form is filled in, and the limit of its clicks from the
    list with script. `further`: how many clicks more it takes without script. `page`: the form has a page of
    its own."""

    who: str
    case: Callable[[Scenario], str]
    fill: dict[str, str]
    clicks: int
    further: int = 1
    page: bool = False


ACTS = {
    "accept": Act("wang", filed, {}, 2),
    "approve": Act("sun", asked_twice, {}, 2),
    "answer": Act("sun", reported, {}, 3),
    "file_report": Act(
        "zhao",
        in_hand,
        {
            "conclusions.1": "not_upheld",
            "reasons.1": ANGRY,
            **{f"rights.{right}": "not_infringed" for right in ("know", "choose", "fair_trade", "safety")},
            "findings.0.fact": ANGRY,
            "findings.0.evidence": "E1",
            "rules.0.law": "consumer_protection_2013",
            "rules.0.article": "第二十四条",
            "causes.0": "manufacture",
        },
        3,
        further=0,
        page=True,
    ),
    "record_telling": Act("wang", untold, {"how": "phone", "told": "true", "said": ANGRY}, 2, further=0),
    "ask_information": Act("wang", filed, {"items": "photos", "why": ANGRY}, 2),
    "assign": Act("sun", unassigned, {"to": "zhao"}, 2),
    "message": Act("zhao", in_hand, {"text": ANGRY}, 2),
    "note": Act("zhao", in_hand, {"text": ANGRY}, 2, further=0),
}
"""The acts that are taken on the page of a case."""


@pytest.fixture(params=["zh-CN", "en-GB"])
def desk(request: Any, client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Look]:
    """A function that opens the desk for a member of staff, with script or without, in each language."""
    with site(client) as address:
        road = Road("acts", scenario, chromium, address, request.param, axe)

        def open_desk(who: str, script: bool = True, path: str = "/desk") -> Page:
            page = sized(road.staff(who, "", *GROUPS[who], script=script).page, DESKTOP)
            page.goto(address + path)
            return page

        open_desk.road = road  # type: ignore[attr-defined]
        yield open_desk


HANDS = pytest.mark.parametrize(
    ("desk", "script"), [("zh-CN", True), ("en-GB", False)], ids=["script", "plain"], indirect=["desk"]
)
"""A desk with script, and one without in the other language."""
ONE_LANGUAGE = pytest.mark.parametrize("desk", ["en-GB"], indirect=True)
"""The desk in one language: what keys do depends on none."""


def listed(page: Page, ref: str) -> str:
    """Return the selector of the line of a case on the list that is open."""
    return f"main a[href$='/desk/cases/{ref}']"


def taken(hand: Hand, ref: str, move: str, act: Act, script: bool) -> None:
    """Take an act as its officer does, from the list until it is done."""
    hand.clicks_on(listed(hand.page, ref))
    if act.page:
        hand.clicks_on(f"#acts a[href$='/moves/{move}']")
    form = "main form.desk-form" if act.page else f"#act-{move}"
    hand.fills(form, act.fill)
    if script and hand.page.locator(f"{form}[data-preview]").count() and not act.page:
        hand.page.locator(f"{form} [data-letters] .desk-leaving").wait_for()
    hand.clicks_on(f"{form} > .desk-send button, {form} > button[data-send], {form} > button[type=submit]")
    if "/moves/" in hand.page.url and not script:
        hand.clicks_on("main form button[type=submit]")


@HANDS
def test_a_case_is_taken_by_one_click_on_its_line(desk: Any, scenario: Scenario, script: bool) -> None:
    """Script shows the letter that names the handler while the pointer is on the button. Without script, a
    page of its own shows it. The list comes back, and says that the case was taken."""
    ref = unassigned(scenario)
    hand = Hand(desk("zhao", script))
    button = f"main form[action$='/desk/cases/{ref}/moves/take'] button"
    if script:
        hand.page.hover(button)
        hand.page.locator(".work .desk-leaving [role=group]").wait_for()
        desk.road.photograph(hand.page, "take")
    hand.clicks_on(button)
    if not script:
        assert hand.page.locator("main .desk-leaving [role=group]").count() == 1
        hand.clicks_on("main form button[type=submit]")
    assert (hand.clicks, hand.loads) == ((1, 1) if script else (2, 2))
    assert scenario.product.file.load(ref).owner == "zhao"
    assert hand.page.locator("main [role=status]").count()
    assert hand.page.locator(listed(hand.page, ref)).count()


@HANDS
@pytest.mark.parametrize("move", ACTS)
def test_a_common_act_takes_few_clicks(desk: Any, scenario: Scenario, move: str, script: bool) -> None:
    """An act takes no more clicks and loads than its limit, with script or without, and then one click leads
    to the next case."""
    act = ACTS[move]
    ref = act.case(scenario)
    before = len(scenario.moves(ref))
    page = desk(act.who, script)
    hand = Hand(page)
    taken(hand, ref, move, act, script)
    done = page.inner_text("main")
    assert scenario.moves(ref)[before:] == [move], done
    assert f"done={move}" in page.url
    assert hand.clicks <= act.clicks + (0 if script else act.further), (move, hand.clicks)
    assert hand.loads <= hand.clicks, (move, hand.loads)
    assert page.locator(f"main a[href$='/desk/next?after={ref}']").count()


def test_a_report_of_one_matter_fits_two_screens(desk: Any, scenario: Scenario) -> None:
    """The form of a report has at most the height of two screens, also where a colleague has long names. On a
    phone it does not scroll sideways."""
    page = desk("zhao", path=f"/desk/cases/{in_hand(scenario)}/moves/file_report")
    assert page.evaluate("document.documentElement.scrollHeight") <= TWO_SCREENS
    desk.road.photograph(page, "report")
    sized(page, PHONE)
    desk.road.photograph(page, "report-phone")


@ONE_LANGUAGE
def test_accepting_opens_with_accepting(desk: Any, scenario: Scenario) -> None:
    """The form of `accept` folds the fields for declined matters and other bodies, and an error unfolds only
    the fields in use."""
    page = desk("wang", path=f"/desk/cases/{filed(scenario)}/moves/accept")
    button = page.locator("main form button[type=submit]").last
    assert button.bounding_box()["y"] < DESKTOP[1] / 2  # type: ignore[index]
    assert not page.locator("[name='declined.1']").is_visible()
    assert not page.locator("[name=routes]").first.is_visible()
    page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    page.select_option("[name='declined.1']", index=1)
    with page.expect_navigation():
        button.click()
    assert page.locator("[name='declined.1']").is_visible()
    assert not page.locator("[name=routes]").first.is_visible()


SHOWN = {
    "new": ("wang", filed),
    "told": ("wang", untold),
    "lead": ("sun", asked_twice),
    "hand": ("zhao", in_hand),
    "reported": ("sun", reported),
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_forms_of_acts_are_used_on_phone_and_desktop(desk: Any, scenario: Scenario, name: str) -> None:
    """The page of a case with its forms breaks no rule of axe, with every fold open and in dark colours as
    well, and scrolls sideways on no screen."""
    who, case = SHOWN[name]
    page = desk(who, path=f"/desk/cases/{case(scenario)}")
    page.wait_for_load_state("networkidle")
    for screen, size in (("desktop", DESKTOP), ("phone", PHONE)):
        sized(page, size)
        desk.road.photograph(page, f"{name}-{screen}")
    page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    assert found(page, desk.road.axe) == []
    page.emulate_media(color_scheme="dark")
    assert found(page, desk.road.axe) == []


@ONE_LANGUAGE
def test_keys_lead_to_lines_and_forms(desk: Any, scenario: Scenario) -> None:
    """The keys j and k select a line and Enter opens it. A key on the case opens its form, and only Enter
    takes the act; the keys g and l open the lists."""
    refs = [filed(scenario) for _ in range(3)]
    page = desk("wang", path="/desk")
    lines = page.locator("main [data-line]")
    keys = page.keyboard
    keys.press("j"), keys.press("j"), keys.press("k"), keys.press("j")
    ref = str(lines.nth(1).get_attribute("href"))[-12:]
    assert ref in refs
    with page.expect_navigation():
        keys.press("Enter")
    keys.press("m")
    assert page.evaluate("document.activeElement.id") == "message.text"
    keys.press("Escape")
    page.locator("#act-accept [data-letters] .desk-leaving").wait_for()
    keys.press("a")
    assert page.evaluate("document.activeElement.closest('form').id") == "act-accept"
    assert "accept" not in scenario.moves(ref)
    with page.expect_navigation():
        keys.press("Enter")
    assert "accept" in scenario.moves(ref)
    keys.press("g")
    with page.expect_navigation():
        keys.press("l")
    assert page.url.endswith("/desk")


@ONE_LANGUAGE
def test_lines_are_ticked_one_after_another_by_keys(desk: Any, scenario: Scenario) -> None:
    """From the box of a line, j and k go to the next line and the one before, because ticking is not
    typing."""
    for _ in range(3):
        unassigned(scenario)
    page = desk("sun", path="/desk")
    keys, line = (
        page.keyboard,
        "[...document.querySelectorAll('[data-line]')].indexOf(document.activeElement)",
    )
    for key in ("j", "j", "Shift+Tab", "Space"):
        keys.press(key)
    assert page.locator("main [name=line]").nth(1).is_checked()
    keys.press("j")
    assert page.evaluate(line) == 2
    for key in ("Shift+Tab", "Space", "k"):
        keys.press(key)
    assert page.evaluate(line) == 1
    assert page.locator("main [name=line]:checked").count() == 2


@ONE_LANGUAGE
def test_keys_do_nothing_while_somebody_types(desk: Any, scenario: Scenario) -> None:
    """A key opens nothing in a field, with a modifier, or while an input method composes Chinese."""
    page = desk("wang", path=f"/desk/cases/{filed(scenario)}")
    page.focus("[id='note.text']")
    page.keyboard.type("jkmatn.?gl/")
    assert page.input_value("[id='note.text']") == "jkmatn.?gl/"
    assert page.evaluate("document.activeElement.id") == "note.text"
    page.evaluate("document.activeElement.blur()")
    for how in (
        {"isComposing": True},
        {"keyCode": 229},
        {"ctrlKey": True},
        {"altKey": True},
        {"metaKey": True},
    ):
        page.evaluate(
            """how => document.body.dispatchEvent(
                new KeyboardEvent("keydown", {key: "m", bubbles: true, cancelable: true, ...how}))""",
            how,
        )
        assert page.evaluate("document.activeElement.tagName") == "BODY", how


def test_single_keys_can_be_turned_off(desk: Any, scenario: Scenario) -> None:
    """The sheet opens with ?, lists each key once, and turns single keys off in this browser; its button
    still opens it, and turns them on again."""
    page = desk("wang", path=f"/desk/cases/{filed(scenario)}")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    assert found(page, desk.road.axe) == []
    picture(page, PICTURES / "acts" / f"keys-{desk.road.locale[:2]}.png", full_page=False)
    listed = page.locator("#keys dt").all_inner_texts()
    assert len(listed) == len(set(listed))
    page.locator("#keys input").uncheck()
    page.locator("#keys button").click()
    page.reload()
    for key in ("m", "?", "."):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    assert not page.locator("#keys").is_visible()
    page.locator("#keys-open").click()
    page.locator("#keys input").check()
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    assert page.evaluate("document.activeElement.id") == "message.text"


def test_scripts_of_the_desk_are_small() -> None:
    """The scripts for keys and letters take at most 3 kB compressed, and the script for keys at most 3 kB
    uncompressed."""
    sent = [Path(STATIC / name).read_bytes() for name in ("keys.js", "letters.js")]
    assert sum(len(gzip.compress(one)) for one in sent) <= 3_000
    assert len(sent[0]) <= 3_000

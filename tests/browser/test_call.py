"""A complaint by telephone: an officer records it on one page while the caller talks, and reads the receipt
from the next."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from chalicelib.aws.sessions import Sessions
from chalicelib.web import signin
from tests.browser.served import Road, site
from tests.browser.visitors import DESKTOP, PHONE, sized
from tests.scenario import HOUR, WANG, Scenario

pytestmark = pytest.mark.browser
STORY = "在望京店买的洗衣机用了两次就漏水，打了三次电话都说没有配件，也不给退。"
CARD = "6222021001116245702"
OFFICER = ("wang", "role:intake", "team:general")


def officer(road: Road, script: bool = True) -> Page:
    """Return the page of an intake officer with the empty form."""
    who, *groups = OFFICER
    page = road.staff(who, "", *groups, script=script).page
    page.set_viewport_size(DESKTOP)
    page.goto(f"{road.address}/desk/complain")
    return page


def shown_fields(page: Page) -> list[str]:
    """Return the names of the fields that the page shows: one for all boxes or buttons of a name."""
    return page.evaluate(
        "[...new Set([...document.querySelectorAll('main form [name]')]"
        ".filter(field => field.checkVisibility() && !['hidden', 'submit'].includes(field.type))"
        ".map(field => field.name))]"
    )


def tell(page: Page, phone: str = "13900139000") -> None:
    """Type a complaint as the caller tells it, into the twelve fields."""
    page.fill("[name='account.story']", STORY)
    page.check("[name=hurt][value=no]")
    page.fill("[name='person.name']", "李雷")
    page.fill("[name='person.phone']", phone)
    page.select_option("[name=wishes]", "refund")
    page.fill("[name='account.business']", "某某家电")
    page.fill("[name='account.product']", "滚筒洗衣机")
    page.fill("[name='matters.0.amount']", "2399")
    page.fill("[name=happened_on]", "上个月")
    page.check("[name='consents.truthful']")
    page.check("[name='consents.data_use']")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_call_is_recorded_in_twelve_fields_and_its_receipt_read_out(
    client: Any, scenario: Scenario, chromium: Browser, axe: str, locale: str, script: bool
) -> None:
    """A call takes twelve open fields, one click for the proposed type, and one click to record that the
    officer read out the receipt."""
    with site(client) as address:
        road = Road("call" if script else "call without script", scenario, chromium, address, locale, axe)
        page = officer(road, script)
        assert len(shown_fields(page)) == 12
        look = road.photograph if script else (lambda page, what: None)  # axe needs script
        look(page, "empty")
        tell(page)
        if not script:
            page.click("[name=look]")
        page.check("[name=guess] >> nth=0")
        look(page, "typed")
        sized(page, PHONE)
        look(page, "phone")
        sized(page, (DESKTOP["width"], DESKTOP["height"]))
        with page.expect_navigation():
            page.click("main form > button.govuk-button:not([name])")
        assert "/receipt" in page.url, page.inner_text("main")
        look(page, "receipt")
        ref = page.url.split("/")[5]
        with page.expect_navigation():
            page.click("main form button")
        assert scenario.moves(ref) == ["submit", "record_telling"]
        assert scenario.product.file.load(ref).tellings == ()


def test_a_second_call_about_the_same_thing_shows_the_first(
    client: Any, scenario: Scenario, chromium: Browser, axe: str
) -> None:
    """A typed telephone number shows the open complaint of its owner, and no requested URL contains the
    number."""
    case = scenario.submit(person={"name": "李雷", "phone": "13900139000"}, account={"story": STORY})
    with site(client) as address:
        road = Road("call again", scenario, chromium, address, "zh-CN", axe)
        page = officer(road)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        tell(page)
        page.locator("#earlier .site-card").wait_for()
        road.photograph(page, "earlier")
        assert f"/desk/cases/{case.ref}/moves/message" in page.locator("#earlier").inner_html()
        assert not [url for url in asked if "139" in url]
        page.check("[name=guess] >> nth=0")
        page.click("main form > button.govuk-button:not([name])")
        road.photograph(page, "repeated")
        assert page.locator("[name=apart]").count() == 1
        assert page.input_value("[name='account.story']") == STORY


def test_the_advice_opens_when_somebody_was_hurt(
    client: Any, scenario: Scenario, chromium: Browser, axe: str
) -> None:
    """The safety advice unfolds as soon as the officer ticks that somebody was hurt."""
    with site(client) as address:
        road = Road("call of danger", scenario, chromium, address, "en-GB", axe)
        page = officer(road)
        page.check("[name=hurt][value=hurt]")
        assert page.locator("#part-danger").evaluate("part => part.open")
        road.photograph(page, "danger")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_letters_are_read_out_one_after_another(
    client: Any, scenario: Scenario, chromium: Browser, axe: str, locale: str
) -> None:
    """Three letters are open on one page and words are typed about two. One call is recorded: its line says
    when to call next, and the others stay as they are. What cannot be sent stays too. A fourth letter opens
    by itself, and after the last call the page of the rest."""
    refs = [
        scenario.submit(
            person={"name": f"李雷{n}", "phone": f"1390013900{n}"}, account={"story": STORY + str(n)}
        ).ref
        for n in range(4)
    ]
    with site(client) as address:
        road = Road("calls", scenario, chromium, address, locale, axe)
        page = officer(road)
        page.goto(f"{address}/desk/calls")
        ids = page.locator("section[id^=call-]").evaluate_all("all => all.map(one => one.id)")
        lines = [f"[id='{id}']" for id in ids]
        loads = page.evaluate("performance.timeOrigin")
        for line in lines[1:3]:
            page.locator(f"{line} a[data-line]").focus()
            page.keyboard.press("o")
            page.locator(f"{line} form").wait_for()
            assert page.evaluate("document.activeElement.dataset.line") == ""
        for line, words in zip(lines[1:3], ("他说：“别再打了！”", "女儿代接 <晚上>"), strict=True):
            page.locator(f"{line} summary").click()
            page.fill(f"{line} [name=note]", words)
        page.check(f"{lines[1]} [name=outcome][value=not_reached]")
        road.photograph(page, "open")
        page.context.set_offline(True)
        page.click(f"{lines[1]} form .govuk-button")
        page.locator(f"{lines[1]} [data-unsent]:not(:empty)").wait_for()
        page.context.set_offline(False)
        page.dblclick(f"{lines[1]} form .govuk-button")
        page.locator(f"{lines[1]} form").wait_for(state="detached")
        assert "09:00" in page.inner_text("#recorded")
        told = page.inner_text(lines[1])
        assert ("09:00" in told.splitlines()[-1], page.locator(f"{lines[1]} p").count()) == (True, 2)
        assert page.input_value(f"{lines[2]} [name=note]") == "女儿代接 <晚上>"
        assert page.locator(f"{lines[2]} [data-line]").evaluate("one => one === document.activeElement")
        sized(page, PHONE)
        road.photograph(page, "recorded")
        page.click(f"{lines[2]} form .govuk-button")
        page.locator(f"{lines[2]} .govuk-error-message").wait_for()
        page.locator(f"{lines[2]} [data-kept]:not(:empty)").wait_for()
        assert page.input_value(f"{lines[2]} [name=note]") == "女儿代接 <晚上>"
        page.check(f"{lines[2]} [name=outcome][value=call_back]")
        assert page.locator(f"{lines[2]} [name=call_at]").is_visible()
        for line in (lines[2], lines[3], lines[0]):
            assert page.evaluate("performance.timeOrigin") == loads
            page.locator(f"{line} form").wait_for()
            page.check(f"{line} [name=outcome][value=told]")
            page.click(f"{line} form .govuk-button")
        page.wait_for_url("**done=told**")
        page.click("#later summary")
        road.photograph(page, "rest")
        road.photograph(page, "rest again")
    assert [scenario.moves(ref) for ref in refs] == [["submit", "record_telling"]] * 4


def test_two_persons_with_two_letters_each_are_called(
    client: Any, scenario: Scenario, chromium: Browser, axe: str
) -> None:
    """Two letters wait for each of two persons. After a call in vain neither letter of the first is to be
    read now, and one of the other opens, with the telephone number in sight. A masked detail in the other
    letter is revealed in its place. What cannot be sent because the session is over is sent after a new
    sign-in."""
    refs = [
        scenario.submit(person={"name": f"李雷{n}", "phone": f"1390013900{n}"}, account={"story": STORY}).ref
        for n in range(2)
    ]
    scenario.post()
    scenario.move(WANG, "accept", refs[0])
    scenario.move(WANG, "message", refs[1], text=f"退到您的卡{CARD}，对吗？")
    scenario.post()
    letters = [task.id for task in scenario.product.file.load(refs[0]).tellings]
    with site(client) as address:
        road = Road("one person", scenario, chromium, address, "zh-CN", axe)
        page = officer(road)
        page.goto(f"{address}/desk/calls?call={letters[0]}")
        first, second = (f"[id='call-{id}']" for id in letters)
        page.check(f"{first} [value=not_reached]")
        page.click(f"{first} form .govuk-button")
        third, fourth = page.locator(f"section[id^=call-]:not({first}):not({second})").all()
        third.locator("form").wait_for()
        assert third.locator("a[href^=tel]").evaluate("one => one.getBoundingClientRect().top >= 0")
        assert "09:00" in page.inner_text(second)
        assert page.locator(f"{second} [data-line]").count() == 0
        fourth.locator("a[data-line]").click()
        fourth.locator("button[name=reveal]").click()
        fourth.locator("button[name=reveal]").wait_for(state="detached")
        assert CARD in fourth.inner_text()
        third.locator("[value=told]").check()
        claims = Sessions().find(signin.SESSION, "wang", scenario.time)
        assert claims
        Sessions().keep(signin.SESSION, "wang", claims, scenario.time - HOUR)
        third.locator("form .govuk-button").click()
        third.locator("[data-unsent]").filter(has_text="登录已到期").wait_for()
        Sessions().keep(signin.SESSION, "wang", claims, scenario.time + HOUR)
        third.locator("form .govuk-button").click()
        third.locator("form").wait_for(state="detached")
        assert fourth.locator("[data-line]").evaluate("one => one === document.activeElement")
    assert len(scenario.product.file.load(refs[1]).tellings) == 1

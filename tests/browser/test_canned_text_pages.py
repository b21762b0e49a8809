"""Canned texts in a browser, inserted into a message by script and without, and the administrator's page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from chalicelib.aws import rows
from tests.browser.served import Person, Road, site
from tests.browser.visitors import DESKTOP, PHONE, sized
from tests.scenario import Scenario

pytestmark = pytest.mark.browser
Begin = Callable[[str], Road]
SWITCH = "main form[action$='/administration/hold'] button"
TEXT = "{投诉人姓名}您好，您的投诉{投诉编号}我们已经收到。"


@pytest.fixture(params=["zh-CN", "en-GB"])
def begin(request: Any, client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Begin]:
    """A function that begins a road by its name, in each language."""
    with site(client) as address:
        yield lambda name: Road(name, scenario, chromium, address, request.param, axe)


def adds(lead: Person) -> None:
    """Store a canned text by the form of the lead's team."""
    lead.goes("/desk/texts/add?team=general")
    lead.page.fill("[name=title]", "收到")
    lead.page.check("[name=language][value=zh]")
    lead.page.fill("[name=text]", TEXT)
    lead.presses("main form button:not([name])")


def opens(page: Page, road: Road, ref: str) -> None:
    """Open the form of a message, and its choice of canned texts with the text chosen."""
    page.goto(f"{road.address}/desk/cases/{ref}/moves/message")
    page.fill("textarea[name=text]", "AB")
    page.click(".desk-canned summary")
    page.select_option("select[name='canned.text']", index=1)


def test_a_text_is_inserted_at_the_caret_by_script(begin: Begin, scenario: Scenario) -> None:
    """The script inserts the text at the caret, and a page without script appends it to the typed text."""
    case, road = scenario.submit(), begin("canned")
    lead = road.staff("sun", "", "role:lead", "team:general")
    adds(lead)
    lead.page.set_viewport_size(DESKTOP)
    lead.goes("/desk/texts?team=general")
    officer = road.staff("wang", case.ref, "role:intake", "team:general")
    opens(officer.page, road, case.ref)
    road.photograph(officer.page, "choice")
    officer.page.evaluate("document.getElementById('text').setSelectionRange(1, 1)")
    officer.page.click("button[name=insert]")
    expect(officer.page.locator("textarea[name=text]")).to_have_value(re.compile("^A王芳您好.*B$"))
    assert "/texts" not in officer.page.url
    officer.page.goto(f"{road.address}/desk/cases/{case.ref}")
    officer.page.click("#act-note .desk-canned summary")
    officer.page.select_option("#act-note select", index=1)
    officer.page.click("#act-note button[name=insert]")
    expect(officer.page.locator("#act-note textarea")).to_have_value(re.compile("^王芳您好"))
    plain = road.staff("wang", case.ref, "role:intake", "team:general", script=False)
    opens(plain.page, road, case.ref)
    plain.presses("button[name=insert]")
    assert plain.page.input_value("textarea[name=text]").startswith("AB\n\n王芳您好")
    assert scenario.moves(case.ref) == ["submit"]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_of_the_administrator_keeps_the_rules_of_axe(
    begin: Begin, scenario: Scenario, screen: Any
) -> None:
    """The page with a parked row and a retried row passes axe on a wide screen and on a phone. So do the
    question before the hold switch is used, and the page after it."""
    road = begin("administration")
    for _ in range(2):
        scenario.submit()
    for row in rows.Row.scan(rows.Row.sk == rows.HEAD):
        row.update(actions=[rows.Row.shard.set(rows.PARKED), rows.Row.faults.set(7)])
    admin = road.staff("zheng", "", "role:administrator")
    width, height = (screen["width"], screen["height"]) if isinstance(screen, dict) else screen
    sized(admin.page, (width, height))
    admin.goes("/desk/administration")
    admin.presses("main table form button >> nth=0")
    admin.goes("/desk/administration")
    for part in ("mail", "moves"):
        admin.page.check(f"[name=parts][value={part}]")
    admin.presses(SWITCH)
    assert "?" not in admin.page.url
    assert admin.page.locator("#why-error").count() == 1
    admin.page.fill("[name=why]", "有一批信件的文字错了，改好以前先停下。")
    road.photograph(admin.page, "hold-refused")
    admin.presses(SWITCH)
    road.photograph(admin.page, "hold-ask-moves")
    admin.presses(SWITCH)
    road.photograph(admin.page, "hold-moves")
    admin.page.uncheck("[name=parts][value=moves]")
    admin.page.check("[name=parts][value=clock]")
    admin.page.fill("[name=why]", "只有信件的文字有问题。")
    admin.presses(SWITCH)
    road.photograph(admin.page, "hold-ask-mail")
    admin.presses(SWITCH)
    assert scenario.product.held == {"mail", "clock"}

"""The story comes first in the complaint form: its pages in a browser, with counted taps, questions and
heights, with script and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.pictures import picture
from tests.browser.served import Road, site
from tests.browser.visitors import DESKTOP, PHONE, SCREENS, guest, number
from tests.scenario import Scenario

pytestmark = pytest.mark.browser
STORIES = {
    "zh-CN": "保险公司说我住院前没有如实告知，拒绝理赔。打了五次电话，都说再等等。",
    "en-GB": "The airline lost my suitcase three weeks ago. I called five times, and they only say wait.",
}
RIGHT = {"zh-CN": "insurance/claim_refused", "en-GB": "flight/baggage"}
MOST_TAPS, MOST_QUESTIONS, MOST_PAGES = 24, 12, 8
FIELDS = "main form :is(input:not([type=hidden]), select, textarea)"


@pytest.fixture(params=["zh-CN", "en-GB"])
def road(request: Any, client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Road]:
    """A road from the start page, in each language."""
    with site(client) as address:
        yield Road("story", scenario, chromium, address, request.param, axe)


def answers(road: Road) -> list[dict[str, str]]:
    """Return the answers of a plain complaint, page by page."""
    return [
        {"hurt": "no"},
        {"account.story": STORIES[road.locale]},
        {"wishes": "compensate", "wish_amount": "1655"},
        {"matters.0.sub_type": RIGHT[road.locale]},
        {"account.business": "某某公司"},
        {"asked_business": "no"},
        {"person.name": "王芳", "person.phone": "13800138000"},
        {"consents.truthful": "true", "consents.data_use": "true"},
    ]


def photograph(road: Road, page: Page, what: str, script: bool) -> None:
    """Photograph a page. axe itself is a script, so without script only the picture is taken."""
    if script:
        road.photograph(page, what)
    else:
        picture(page, road.pictures / f"{what}.png")


@pytest.mark.parametrize(("script", "screen"), [(True, PHONE), (False, PHONE), (True, None)])
def test_story_is_filed_with_few_taps_and_questions(road: Road, script: bool, screen: Any) -> None:
    """From the start page to the number: at most 24 taps, 12 questions and 8 pages of at most 3 screens."""
    size = {"width": screen[0], "height": screen[1]} if screen else DESKTOP
    page = guest(road.chromium, script, road.locale, size)
    road.pictures = road.pictures / f"{'script' if script else 'plain'}-{size['width']}"
    page.goto(road.address)
    page.click("a.govuk-button--start")
    taps, questions, shown = 1, set[str](), 0
    for said in answers(road):
        shown += 1
        seen = page.locator(FIELDS).evaluate_all(
            "all => all.filter(one => one.checkVisibility() && one.name).map(one => one.name)"
        )
        questions |= {name.partition(".")[0] if name.startswith("consents") else name for name in seen}
        for name, value in said.items():
            field = page.locator(f"main [name='{name}']")
            if field.first.evaluate("one => one.type") in ("radio", "checkbox"):
                page.check(f"main [name='{name}'][value='{value}']")
            else:
                field.fill(value)
            taps += 1
        photograph(road, page, f"page {shown}", script)
        if screen:
            assert page.evaluate("document.documentElement.scrollHeight") <= SCREENS * screen[1]
        page.click("main form button[type=submit]")
        taps += 1
    photograph(road, page, "sent", script)
    assert number(page.inner_text("main"))
    assert (taps <= MOST_TAPS, len(questions) <= MOST_QUESTIONS, shown <= MOST_PAGES) == (True, True, True)


@pytest.mark.parametrize("script", [True, False])
def test_three_wrong_guesses_lead_to_the_list_by_search(road: Road, script: bool) -> None:
    """The type is found by a word that somebody types, and the story is still there."""
    page = guest(road.chromium, script, road.locale)
    road.pictures = road.pictures / f"none-{script}"
    page.goto(f"{road.address}/complain")
    for said in answers(road)[:3]:
        for name, value in said.items():
            field = page.locator(f"main [name='{name}']")
            if field.first.evaluate("one => one.type") in ("radio", "checkbox"):
                page.check(f"main [name='{name}'][value='{value}']")
            else:
                field.fill(value)
        page.click("main form button[type=submit]")
    page.check("[name='matters.0.sub_type'][value=none]")
    page.click("main form button[type=submit]")
    photograph(road, page, "list", script)
    word = "诈骗" if road.locale == "zh-CN" else "scam"
    if script:
        page.fill("[id='matters.0.sub_type-narrow']", word)
        page.select_option("[name='matters.0.sub_type']", "fraud/fake_seller")
    else:
        page.fill("[name=find]", word)
        page.click("[name=look]")
        photograph(road, page, "found", script)
        page.check("[name='matters.0.sub_type'][value='fraud/fake_seller']")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/complain/business")
    page.goto(f"{road.address}/complain/story")
    assert page.locator("[name='account.story']").input_value() == STORIES[road.locale]

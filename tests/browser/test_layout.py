"""How pages lie on a screen and are gone through with the keyboard: their length on a phone, 320 pixels and
400 %, tab order and focus (WCAG 2.2: 1.4.10, 2.1.1, 2.1.2, 2.4.1, 2.4.7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium, Page

from tests.browser.screen import ADDRESS, screen
from tests.browser.visitors import found
from tests.house import House
from tests.web.browser import Browser
from tests.web.conftest import provider as provider
from tests.web.desk import Desk
from tests.web.feedback import closed
from tests.web.mediated import YAN, bound, breached, drafted, mediating, meeting, negotiating, unopposed
from tests.web.own import answered, opened
from tests.web.provider import Provider
from tests.web.talks import load

pytestmark = pytest.mark.browser
PHONE, SCREENS = (390, 844), 3
"""A phone of today in CSS pixels, and how many screens of it a page may be long before anything is unfolded
(issue 16)."""
NARROW = (320, 256)
"""What is left of 1280 × 1024 pixels at 400 %, which is also the narrowest phone."""


def met(house: House) -> str:
    """In mediation, with a meeting ahead."""
    ref = mediating(house)
    unopposed(house, ref)
    house.move(YAN, "call_meeting", ref, **meeting(house))
    return ref


def signing(house: House) -> str:
    """A text waits for signatures."""
    ref = mediating(house)
    drafted(house, ref)
    return ref


def performing(house: House) -> str:
    """An agreement is in force, and both sides owe something by it."""
    return bound(house, mediating(house)).ref


STAGES: dict[str, Callable[[House], str]] = {
    "answered": answered,
    "answered with nothing": lambda house: answered(house, remedies=(), first="not_established"),
    "negotiating": negotiating,
    "mediating": met,
    "signing": signing,
    "performing": performing,
    "breached": breached,
    "closed": closed,
}


@pytest.mark.parametrize("stage", STAGES)
def test_no_page_of_a_case_is_longer_than_three_phone_screens(
    chromium: Chromium, client: Any, house: House, axe: str, stage: str
) -> None:
    """Whatever there is to say at a stage, to either side, in English to the consumer since that is longer:
    the rest is folded. Nor does the case page, or what is owed, break a rule of axe."""
    ref, long, broken = STAGES[stage](house), {}, {}
    house.post()
    business = load(house, ref).business
    for party, language in (("p1", "en"), (business.id, "zh")) if business else (("p1", "en"),):
        browser = Browser(client, language)
        opened(browser, house, ref, party)
        page = screen(chromium, browser, *PHONE)
        for path in ("/case", *sections(browser)):
            page.goto(ADDRESS + path)
            height = page.evaluate("document.documentElement.scrollHeight")
            if height > SCREENS * PHONE[1]:
                long[party, path] = height
            if path in ("/case", "/case/promises") and (wrong := found(page, axe)):
                broken[party, path] = wrong
        page.close()
    assert (long, broken) == ({}, {})


def sections(browser: Browser) -> list[str]:
    """The pages beside the case page that is open."""
    listed = browser.get("/case").body.decode().partition("site-sections")[2].partition("</nav>")[0]
    return re.findall(r'href="(/case/\w+)"', listed)


FILING = ("/", "/complain", "/complain/business", "/complain/story", "/complain/you", "/case/link")
MOVES = ("message", "sign", "refuse_to_sign", "withdraw", "raise_dispute", "add_representative")


@pytest.fixture(params=["zh", "en"])
def reader(client: Any, house: House, request: Any) -> Browser:
    """The consumer of a case with a text to sign, who has begun another complaint too."""
    browser = Browser(client, request.param)
    opened(browser, house, signing(house))
    browser.post("/complain/safety", {"hurt": "no"})
    return browser


CUT = """() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")].filter(one => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || style.clip !== "auto") return false;
    if (one.closest(".govuk-visually-hidden, .govuk-skip-link")) return false;
    if (one.closest("[role=region][tabindex], .site-scroll")) return false;
    return box.right > wide + 1 || box.left < -1
      || (style.overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1);
  }).map(one => one.outerHTML.slice(0, 160));
}"""
"""What does not lie within the width of the screen, or is cut off there."""


def fits(page: Page, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """Of these pages, what is to be scrolled to sideways or is cut off."""
    wide = {}
    for path in paths:
        page.goto(ADDRESS + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        if cut := page.evaluate(CUT):
            wide[path] = cut
    return wide


def test_at_400_per_cent_nothing_is_cut_off(chromium: Chromium, reader: Browser) -> None:
    """On the pages of the form, of the case with everything unfolded, and of what can be done."""
    page = screen(chromium, reader, *NARROW)
    paths = (*FILING, "/case", *sections(reader), *(f"/case/moves/{move}" for move in MOVES))
    assert fits(page, paths) == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_desk_fits_too(
    chromium: Chromium, client: Any, house: House, provider: Provider, language: str
) -> None:
    """Lists, a case, a form; tables are scrolled by themselves."""
    ref = signing(house)
    desk = Desk(client, house, "sun", language)
    browser = Browser(client, language)
    browser.cookies = dict(one.split("=") for one in desk.headers["Cookie"].split("; "))
    paths = ("/desk", f"/desk/cases/{ref}", f"/desk/cases/{ref}/moves/message", "/desk/sessions")
    assert fits(screen(chromium, browser, *NARROW), paths) == {}


CONTROLS = """() => {
  window.look = one => {
    const ring = /radio|checkbox/.test(one.type) && getComputedStyle(one.nextElementSibling, "::before");
    return [getComputedStyle(one), ...ring ? [ring] : []]
      .map(style => [style.outline, style.boxShadow, style.backgroundColor, style.borderColor].join()).join();
  };
  window.called = one => one.type === "radio" ? `radio ${one.name}` : one.dataset.n;
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  return [...document.querySelectorAll(controls)]
    .filter(one => one.checkVisibility() && !one.disabled)
    .map((one, n) => { one.dataset.n = n; one.plain = look(one); return called(one); });
}"""
"""Every control of a page that is not folded away; radio buttons of one name are one."""
FOCUSED = """() => {
  const one = document.activeElement, box = one?.getBoundingClientRect();
  return !one || one === document.body ? null : [
    called(one),
    look(one) !== one.plain && box.bottom > 0 && box.top < innerHeight && box.width > 0,
    one.outerHTML.slice(0, 120),
  ];
}"""
"""The control that has the focus, and whether that is to be seen."""


def walked(page: Page, most: int) -> Iterator[tuple[str, bool, str]]:
    """What the tab key comes to, from the top of a page until it leaves it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            return
        yield at


@pytest.mark.parametrize(
    "path", ["/complain/you", "/complain/story", "/case", "/case/moves/sign", "/case/moves/raise_dispute"]
)
@pytest.mark.parametrize("reader", ["zh"], indirect=True)
def test_the_keyboard_alone_reaches_everything(chromium: Chromium, reader: Browser, path: str) -> None:
    """Each control once and in the order of the page, with its focus to be seen, and out again at the end;
    the first leads past the head of the page."""
    page = screen(chromium, reader, *PHONE)
    page.goto(ADDRESS + path)
    controls = list(dict.fromkeys(page.evaluate(CONTROLS)))
    seen = list(walked(page, 2 * len(controls) + 9))
    assert list(dict.fromkeys(name for name, _, _ in seen)) == controls and len(seen) < 2 * len(controls)
    # a date has stops of its own inside
    assert {name for name, _, _ in seen} == {name for name, visible, _ in seen if visible}
    page.goto(ADDRESS + path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")

"""Visitors of the pages in a browser: consumers with an old phone, staff at the desk."""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from playwright.sync_api import Browser, Page, ViewportSize

OLD_PHONE, DESKTOP = ViewportSize(width=360, height=640), ViewportSize(width=1280, height=800)
PHONE, SCREENS = (390, 844), 3
"""A phone of today in CSS pixels, and the limit of its screens for a page with everything folded."""
PATIENCE = 20_000
STORY = "十月三日买的洗衣机，二十天就漏水！打了七次电话没人来😡\n" * 300


class Site(NamedTuple):
    """The running stack: its address, and the passwords of the demo staff."""

    address: str
    passwords: dict[str, str]


VISITORS: list[Page] = []
"""The pages of visitors, who leave at the end of the test."""


def visitor(
    chromium: Browser, script: bool = True, locale: str = "zh-CN", screen: ViewportSize = OLD_PHONE
) -> Page:
    """Return the page of a new visitor, on an old phone unless another screen is given."""
    page = opened(chromium, script, locale)
    page.set_viewport_size(screen)
    VISITORS.append(page)
    return page


def opened(chromium: Browser, script: bool, locale: str) -> Page:
    """Return a page of a browser that knows nothing."""
    page = chromium.new_context(locale=locale, java_script_enabled=script).new_page()
    page.set_default_timeout(PATIENCE)
    return page


Kind = tuple[Browser, bool, str]
"""What a page cannot change: its browser, whether it runs scripts, and its locale."""
LENT: dict[Page, Kind] = {}
FREE: defaultdict[Kind, list[Page]] = defaultdict(list)
"""The pages of guests, and the pages that guests have left."""


def guest(
    chromium: Browser, script: bool = True, locale: str = "zh-CN", screen: ViewportSize = OLD_PHONE
) -> Page:
    """Return the page of a new visitor, who leaves at the end of the test at the latest. A page that another
    guest has left is used again, because a new one takes Chromium as long as four page loads. So a test that
    adds handlers to a page, or slows its line, uses `visitor`."""
    kind = (chromium, script, locale)
    page = FREE[kind].pop() if FREE[kind] else opened(*kind)
    LENT[page] = kind
    page.set_viewport_size(screen)
    return page


def leave(page: Page) -> None:
    """Forget what the browser knows about a guest, and keep the page for another one."""
    for other in page.context.pages:
        if other != page:
            other.close()
    page.evaluate("try { localStorage.clear(); sessionStorage.clear() } catch { }")
    page.goto("about:blank")
    page.context.clear_cookies()
    page.emulate_media(media="null", color_scheme="null", forced_colors="null")
    FREE[LENT[page]].append(page)
    del LENT[page]


SEND = "main form button[type=submit]:not([name=way]), main form button:not([type]):not([name])"
"""The button that sends a form."""
SHOWN = "main form [name=shown]"
"""The mark of a form of the desk that shows the letters that would leave."""


def sends(page: Page) -> None:
    """Press the button that sends a form of the desk, and once more if that has shown the letters first. A
    page may have shown them before the first press."""
    page.evaluate(f"document.querySelectorAll('body, {SHOWN}').forEach(one => one.dataset.before = '')")
    page.click(SEND)
    page.wait_for_selector(f"body:not([data-before]), {SHOWN}:not([data-before])", state="attached")
    page.wait_for_load_state()
    if "/moves/" in page.url and page.locator(SHOWN).count():
        with page.expect_navigation():
            page.click(SEND)


def sized(page: Page, size: tuple[int, int]) -> Page:
    """Return the page on a screen of this size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return page


ANSWERS: Sequence[Sequence[tuple[str, str]]] = (
    [("hurt", "no")],
    [("account.story", STORY)],
    [("wishes", "refund"), ("wish_amount", "1655.00")],
    [("matters.0.sub_type", "quality/defect")],
    [("account.business", "某某家电")],
    [("asked_business", "no")],
    [("person.name", "王芳"), ("person.phone", "13800138000"), ("person.email", "wang.fang@mail.example")],
    [("consents.truthful", "true"), ("consents.data_use", "true")],
)
"""The fields of a plain complaint, page by page."""
MOST_TAPS = 24
"""The limit of taps from the start page to the number."""


def file(
    page: Page,
    site: Site,
    look: Callable[[str], None] = lambda where: None,
    add: Callable[[], None] = lambda: None,
) -> str:
    """File a complaint as a person does, counting taps, and return its number. Call `look` on each page, and
    `add` on the page of the story."""
    page.goto(site.address)
    page.click("a.govuk-button--start")
    mailbox = f"wang.fang.{secrets.token_hex(3)}@mail.example"  # filings of one address a day are limited
    taps = 1
    for n, answers in enumerate(ANSWERS, 1):
        look(f"page {n}")
        for name, said in answers:
            field = page.locator(f"main [name='{name}']")
            kind = field.first.evaluate("field => field.type")
            if kind in ("radio", "checkbox"):
                page.check(f"[name='{name}'][value='{said}']")
            elif kind.startswith("select"):
                field.select_option(said)
            else:
                field.fill(mailbox if name == "person.email" else said)
            taps += 2 if kind.startswith("select") else 1
        if ("account.story", STORY) in answers:
            add()
        with page.expect_navigation():
            page.click("main form button[type=submit]")
        taps += 1
    assert taps <= MOST_TAPS
    look("sent")
    return number(page.inner_text("main"))


def number(text: str) -> str:
    """Return the number of a complaint in the text of a page."""
    found = re.search(r"\d{4}-\d{4}-\d{4}", text)
    assert found, text
    return found[0].replace("-", "")


def desk(chromium: Browser, site: Site, who: str, locale: str = "zh-CN") -> Page:
    """Return the desk's page for a member of staff, who has signed in on the provider's page."""
    page = visitor(chromium, locale=locale)
    page.goto(f"{site.address}/desk")
    page.fill("input[name=username]", f"{who}@redress.example")
    page.fill("input[name=password]", site.passwords[who])
    page.click("button[type=submit], input[type=submit], button")
    page.wait_for_url(re.compile("/desk"))
    return page


LOOKS = """() => {
  const looks = new Set();
  const look = (one, grounds) => {
    const style = getComputedStyle(one);
    const ground = [style.backgroundColor, style.backgroundImage, style.opacity].join();
    if (ground !== "rgba(0, 0, 0, 0),none,1") grounds = `${grounds} on ${ground}`;
    const written = [...one.childNodes].some(part => part.nodeType === Node.TEXT_NODE && part.data.trim());
    if ((written || one.matches("input, select, textarea")) && one.checkVisibility())
      looks.add([style.color, style.fontSize, style.fontWeight, grounds].join());
    for (const part of one.children) look(part, grounds);
  };
  look(document.documentElement, "");
  return [...looks];
}"""
"""A script that returns how the texts of a page look: their colour, size and weight, and the grounds below
them. A contrast follows from nothing else."""
MEASURED = set[str]()
"""The looks whose contrasts are enough, because a page with them broke no rule."""
AUDIT = """async contrasts => (await axe.run(document, {
  rules: contrasts ? {} : {"color-contrast": {enabled: false}},
  resultTypes: ["violations"],
  selectors: false,
})).violations.map(rule => [rule.id, rule.nodes[0].html.slice(0, 200)])"""


def found(page: Page, axe: str) -> list[tuple[str, str]]:
    """Return the broken rules of axe on a page, each with an element. Contrasts take more time than all other
    rules together, so they are measured only on a page with a text that looks like none
    before."""
    page.wait_for_load_state()  # a click returns before the next page has loaded
    page.evaluate(axe)
    looks = {*page.evaluate(LOOKS)}
    broken = page.evaluate(AUDIT, not looks <= MEASURED)
    if not broken:
        MEASURED.update(looks)
    return [(rule, element) for rule, element in broken]

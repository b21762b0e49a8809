"""The work list in a browser: how many whole lines fit on a screen, and that it breaks no rule of axe. Its
lines are of people, products and companies as they really are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from chalicelib.domain.model.case import Case
from tests.browser.pictures import picture
from tests.browser.served import Road, site
from tests.browser.visitors import PHONE, leave, sized
from tests.casework.actions import open_action
from tests.casework.joint import two
from tests.casework.trainings import recorded
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario, once

pytestmark = pytest.mark.browser
SCREEN = (1280, 900)
WHOLE, TALLEST = 18, 44
"""How many whole lines a screen shows at least, and how many pixels a line has at most."""
WHO = ("sun", "role:lead", "role:investigator", "team:general")
NAMES = (
    *("王芳", "欧阳娜娜", "阿依古丽·买买提江·阿布都热西提", "Jean-François Müller-Lüdenscheidt", "陈小二"),
    *("O'Brien, Siobhán Máire Ní Dhomhnaill", "刘洋", "🙂", "迪丽热巴·迪力木拉提", "李"),
)
PRODUCTS = (
    "滚筒洗衣机 XQG80-14（带烘干，2025年款，银色，送货到山区）",
    "iPhone 17 Pro Max 512G",
    "健身年卡",
    "",
    "Ultra-Deluxe 5-Door French Refrigerator with Ice Dispenser and Wi-Fi",
    "沙发（三人位，米白）",
)
COMPANIES = (
    "杭州梧桐树下电子商务有限责任公司（原杭州梧桐贸易）上海第二分公司",
    "",
    "Wutong Home Appliances International Trading (Shanghai) Co., Ltd.",
    "梧桐家电",
)


@once
def messy(scenario: Scenario) -> list[str]:
    """Return the numbers of 30 cases that wait for a lead who also investigates.

    Some are late, suspended, joint, dangerous or severe, and one is an improvement action."""
    refs = []
    for n in range(28):
        account = {
            "story": "坏了，商家不管。",
            "product": PRODUCTS[n % len(PRODUCTS)],
            "business": COMPANIES[n % len(COMPANIES)],
        }
        case = scenario.submit(
            person={"name": NAMES[n % len(NAMES)], "email": f"person{n}@mail.example"},
            account={name: said for name, said in account.items() if said},
            matters=[{"type": "quality", "sub_type": "defect"}]
            if n % 2
            else [{"type": "price", "sub_type": "overcharge"}],
            **({"hurt": "could_be"} if n % 9 == 0 else {}),
        )
        refs.append(case.ref)
        scenario.move(WANG, "accept", case.ref)
        if n % 4 == 0:
            scenario.move(SUN, "set_severity", case.ref, severity="S2", why="涉及老人。")
        if n % 3 == 0:
            scenario.move(SUN, "assign", case.ref, to="sun")
        scenario.time += 3 * HOUR
    scenario.move(ZHAO, "message", refs[1], text="已经联系商家，请稍候。")
    in_test(scenario, refs[3])
    refs.append(two(scenario)[0])
    open_action(scenario, owner="sun")
    recorded(scenario)
    scenario.time += 4 * DAY
    scenario.minute()
    return refs


def in_test(scenario: Scenario, ref: str) -> Case:
    """Let an expert test start, which suspends the time of the investigation."""
    said = {"laboratory": "市质检所", "question": "是否有缺陷", "custody": "封存", "cost": "企业承担"}
    scenario.move(ZHAO, "propose_appraisal", ref, **said)
    scenario.move(scenario.by_link(ref), "consent_appraisal", ref, agrees=True)
    scenario.move(ZHAO, "consent_appraisal", ref, agrees=True, side="business")
    return scenario.move(ZHAO, "start_appraisal", ref, expected=str(scenario.time.date() + 20 * DAY))


@pytest.fixture
def look(client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Callable[[str], Road]]:
    """A function that begins a road in a language, with the messy cases."""
    messy(scenario)
    with site(client) as address:
        yield lambda locale: Road("work-list", scenario, chromium, address, locale, axe)


def lines(page: Page) -> list[tuple[float, float]]:
    """Return the top and the bottom of each line of the list, in pixels."""
    found: list[tuple[float, float]] = page.locator(".work > li").evaluate_all(
        "all => all.map(one => [one.getBoundingClientRect().top, one.getBoundingClientRect().bottom])"
    )
    return found


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_screen_shows_eighteen_whole_lines(look: Callable[[str], Road], locale: str) -> None:
    """A screen of 1280 × 900 pixels shows 18 whole lines, each at most 44 pixels tall. The line that a key
    has chosen shows its whole name, product and company, and moves no other."""
    road = look(locale)
    page = sized(road.staff(WHO[0], "", *WHO[1:]).page, SCREEN)
    page.goto(f"{road.address}/desk")
    placed = lines(page)
    road.photograph(page, "desk")
    picture(page, road.pictures / "screen.png", full_page=False)
    assert max(bottom - top for top, bottom in placed) <= TALLEST
    assert sum(bottom <= SCREEN[1] for _, bottom in placed) >= WHOLE
    cut = page.locator(".work-name", has_text=NAMES[5]).first
    is_cut = "one => one.scrollWidth > one.clientWidth"
    assert cut.evaluate(is_cut)
    cut.evaluate("one => one.closest('li').previousElementSibling.querySelector('[data-line]').focus()")
    page.keyboard.press("j")
    assert not cut.evaluate(is_cut)
    chosen = [bottom - top for top, bottom in lines(page)]
    assert chosen == pytest.approx([bottom - top for top, bottom in placed]), "the list stays where it was"
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    road.photograph(page, "desk-open")
    page.click("main a[rel=next]")
    road.photograph(page, "desk-next")
    page = sized(page, PHONE)
    page.goto(f"{road.address}/desk")
    road.photograph(page, "desk-phone")
    leave(page)

"""A day of each role at the desk of a team with 200 open cases: what they open and do, one thing after the
other, with clicks and loads counted."""

from __future__ import annotations

from itertools import cycle
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.browser.busy import busy
from tests.browser.hands import Hand
from tests.browser.served import Road, site
from tests.browser.visitors import leave, sized
from tests.scenario import Scenario

pytestmark = pytest.mark.browser
DESKTOP = (1280, 900)
TYPED = "已经打过三次电话，第三次才接通。请财务今天核对退款，明天上午再联系本人。" * 3
LINE = "main [data-line]"
"""The link of a case on the list."""
NEXT = "main a[href*='/desk/next']"


class Day(NamedTuple):
    """The working day of one role.

    `groups`: the groups at the identity provider. `acts`: the moves on one case after another, each with its
    typed fields. `pages`: the further pages of the day. `list`: the path of the first list. `finds`: the
    texts of the searches by keys and by words."""

    groups: tuple[str, ...]
    acts: tuple[tuple[str, dict[str, str]], ...] = ()
    pages: tuple[str, ...] = ()
    list: str = "/desk"
    finds: tuple[str, ...] = ()


OF_TEAM = "team:general"
DAYS = {
    "wang": Day(
        ("role:intake", OF_TEAM),
        (
            ("accept", {}),
            ("accept", {}),
            ("ask_information", {"items": "photos", "why": TYPED}),
            ("note", {"text": TYPED}),
        ),
        ("/desk/complain", "/desk/calls"),
        finds=("王芳", "洗衣机"),
    ),
    "zhao": Day(
        ("role:investigator", OF_TEAM),
        (("message", {"text": TYPED}), ("note", {"text": TYPED}), ("message", {"text": TYPED})),
        ("/desk/calendar", "/desk/sessions"),
    ),
    "sun": Day(
        ("role:lead", OF_TEAM),
        (("assign", {"to": "zhao"}), ("assign", {"to": "zhao"}), ("note", {"text": TYPED})),
        ("/desk/board", "/desk/texts", "/desk/roster"),
        "/desk?act=assign",
    ),
    "zhou": Day(("role:supervisor", OF_TEAM), (("note", {"text": TYPED}),), ("/desk/board", "/desk/what-if")),
    "feng": Day(("role:followup", OF_TEAM), (("note", {"text": TYPED}),), ("/desk/calls",)),
    "ma": Day(("role:negotiator", OF_TEAM), (("message", {"text": TYPED}),)),
    "yan": Day(("role:mediator",)),
    "qian": Day(("role:safety", OF_TEAM)),
    "wu": Day(("role:executive", OF_TEAM), (), ("/desk/board",)),
    "zheng": Day(("role:administrator", OF_TEAM), (), ("/desk/texts", "/desk/routing", "/desk/keys")),
    "auditor": Day(("role:auditor",), (), ("/desk/record",)),
}
"""The days of the people of a team, by person."""


def test_a_day_of_each_role_is_worked_from_the_list(
    client: Any, scenario: Scenario, chromium: Browser, axe: str
) -> None:
    """The people of a team work on the same cases, one after the other, in Chinese and in English by turns.
    Each act takes at most two clicks and two loads after the list is open, and then the next case is one
    click away. Each page is photographed, and breaks no rule of axe."""
    refs = busy(scenario)
    with site(client) as address:
        after = entries(scenario, refs)
        for (who, day), locale in zip(DAYS.items(), cycle(("zh-CN", "en-GB")), strict=False):
            before = after
            road = Road(f"day/{who}", scenario, chromium, address, locale, axe)
            hand = worked(road, who, day)
            after = entries(scenario, refs)
            taken = [
                move for ref in refs if after[ref] > (n := before[ref]) for move in scenario.moves(ref)[n:]
            ]
            assert sorted(taken) == sorted(move for move, _ in day.acts), who
            assert hand.clicks <= 2 * len(day.acts) + 2 * len(day.finds), who
            assert hand.loads <= 1 + 2 * len(day.acts) + len(day.pages) + 4 * len(day.finds), who


def entries(scenario: Scenario, refs: list[str]) -> dict[str, int]:
    """Return how many entries each case has."""
    return {ref: scenario.product.file.load(ref).entries for ref in refs}


def worked(road: Road, who: str, day: Day) -> Hand:
    """Work the day of a person, and return the hand that counted."""
    page = sized(road.staff(who, "", *day.groups).page, DESKTOP)
    hand = Hand(page)
    page.goto(road.address + day.list)
    road.photograph(page, "list")
    for move, said in day.acts:
        _acts(road, hand, move, said)
    for path in day.pages:
        page.goto(road.address + path)
        road.photograph(page, path.rpartition("/")[2])
    for words in day.finds:
        road.scenario.product.word_writer.run(lambda: 600_000)
        for button in ("button:not([name])", "button[name=in]"):
            page.goto(f"{road.address}/desk/find")
            page.fill("main [name=words]", words)
            hand.clicks_on(f"main form.desk-find {button}")
            road.photograph(page, "found")
    leave(page)
    return hand


def _acts(road: Road, hand: Hand, move: str, said: dict[str, str]) -> None:
    """Take an act on the next case of the list."""
    form = f"#act-{move}"
    hand.clicks_on(NEXT if hand.page.locator(NEXT).count() else LINE)
    road.photograph(hand.page, move)
    hand.fills(form, said)
    if hand.page.locator(f"{form}[data-preview]").count():
        hand.page.locator(f"{form} [data-letters] .desk-leaving").wait_for()
    hand.clicks_on(f"{form} .desk-send button")
    assert f"done={move}" in hand.page.url, hand.page.inner_text("main")

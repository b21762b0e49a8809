"""States and live regions in the accessibility tree (WCAG 2.2: 3.3.1, 4.1.2, 4.1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.served import Road, site
from tests.browser.tree import node, tree, wrong_in_tree
from tests.scenario import Scenario
from tests.web.own import answered

pytestmark = pytest.mark.browser
Look = Callable[[str], Road]


@pytest.fixture
def look(client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Look]:
    """A function that begins a road in a language."""
    with site(client) as address:
        yield lambda locale: Road("tree", scenario, chromium, address, locale, axe)


PUBLIC = (
    "/",
    "/complain",
    "/case/link",
    "/verify",
    "/stories",
    "/figures",
    "/process",
    "/easy",
    "/easy/next",
)
OF_A_CASE = (
    "",
    "/history",
    "/letters",
    "/deadlines",
    "/complaint",
    "/rights",
    "/files",
    "/files/add",
    "/easy",
)


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_every_element_has_a_role_and_a_name(look: Look, scenario: Scenario, locale: str) -> None:
    """On public pages and on those of a case, nothing that people operate lacks a name, and the landmarks and
    headings are in order."""
    road, wrong = look(locale), {}
    reader = road.party(answered(scenario))
    for path in (*PUBLIC, *(f"/case{part}" for part in OF_A_CASE)):
        reader.page.goto(road.address + path)
        if found := wrong_in_tree(reader.page):
            wrong[path] = found
    assert wrong == {}, wrong


def test_a_wrong_field_is_invalid_and_says_why(look: Look, scenario: Scenario) -> None:
    """The field has the state, its error is its description, and the summary is an alert that takes the
    focus."""
    road = look("en-GB")
    page = road.party(answered(scenario)).page
    page.goto(f"{road.address}/case/moves/message")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".govuk-error-summary")
    field = next(one for one in tree(page) if one.role == "textbox" and one.states.get("invalid") == "true")
    assert field.name
    described = str(page.locator("textarea").get_attribute("aria-describedby")).split()[-1]
    assert "Please" in page.locator(f"[id='{described}']").inner_text()
    assert any(one.role == "alert" for one in tree(page))


def test_what_is_folded_says_so(look: Look, scenario: Scenario) -> None:
    """A fold has the state `expanded`, which changes when it is opened."""
    road = look("en-GB")
    page = road.party(answered(scenario)).page
    page.goto(f"{road.address}/case")
    fold = page.locator("summary").first
    name = fold.inner_text().strip()
    assert node(page, "DisclosureTriangle", name).states["expanded"] is False
    fold.click()
    assert node(page, "DisclosureTriangle", name).states["expanded"] is True


def test_news_is_in_a_live_region(look: Look, scenario: Scenario) -> None:
    """What was done, and what becomes of files that are being sent, is announced without moving the focus."""
    road = look("en-GB")
    person = road.party(answered(scenario))
    person.does("message", text="Please call me in the morning.")
    assert any(one.role == "status" and one.states.get("live") == "polite" for one in tree(person.page))
    person.page.goto(f"{road.address}/case/files/add")
    assert any(one.role == "status" and one.states.get("live") == "polite" for one in tree(person.page))

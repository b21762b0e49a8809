"""Tests of the pages of a case whose window our outage has moved: the new end and the reason."""

from __future__ import annotations

import pytest

from chalicelib.domain.outages import Outage, Part
from tests.scenario import DAY, HOUR, WANG, Scenario
from tests.web.browser import Browser, text
from tests.web.desk import Desk, visible
from tests.web.own import open_case_page

SAYS = {
    "zh": "因为我们的邮件自2026年2月13日（星期五）09:00至2026年2月13日（星期五）15:00无法发出，"
    "这个期限由2026年2月24日（星期二）24:00延至2026年2月25日（星期三）24:00",
    "en": "Because our mail could not be sent from Friday 13 February 2026, 09:00 "
    "to Friday 13 February 2026, 15:00, this time ends",
}


def request_photos(scenario: Scenario) -> str:
    """Ask for photos, then record a mail outage of six hours on the next day; return the case number."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(2 * DAY, ref)
    began = scenario.time - DAY
    scenario.product.outages.enter(Outage(Part.MAIL, began, began + 6 * HOUR, entered=scenario.time))
    return ref


@pytest.mark.parametrize("path", ["/case", "/case/deadlines", "/case/moves/give_information"])
def test_the_pages_of_a_case_say_it(browser: Browser, scenario: Scenario, path: str) -> None:
    """The moved end shows on the case page, among the deadlines, and above the form that uses the window."""
    open_case_page(browser, scenario, request_photos(scenario))
    page = text(browser.get(path))
    assert SAYS[browser.headers["accept-language"]] in page


@pytest.mark.parametrize("language", SAYS)
def test_the_desk_says_it(client: object, scenario: Scenario, language: str) -> None:
    """The moved end shows among the deadlines of the desk."""
    ref = request_photos(scenario)
    page = visible(Desk(client, scenario, "wang", language).get(f"/desk/cases/{ref}"))
    assert SAYS[language] in page

"""An auditor in a browser with the record of a case, and a colleague whom a note mentions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.served import Road, site
from tests.browser.visitors import DESKTOP, PHONE, sized
from tests.scenario import WANG, Scenario

pytestmark = pytest.mark.browser
Begin = Callable[[str], Road]


@pytest.fixture(params=["zh-CN", "en-GB"])
def begin(request: Any, client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Begin]:
    """A function that begins a road by its name, in each language."""
    with site(client) as address:
        yield lambda name: Road(name, scenario, chromium, address, request.param, axe)


def test_an_auditor_reads_a_case_and_asks_for_its_record(begin: Begin, scenario: Scenario) -> None:
    """The page of the record keeps the rules of axe before and after the PDF is asked for."""
    case, road = scenario.submit(), begin("auditor")
    scenario.move(WANG, "note", case.ref, text="@Sun 请看一下这件投诉。")
    auditor = road.staff("auditor", case.ref, "role:auditor")
    sized(auditor.page, PHONE)
    auditor.goes(f"/desk/cases/{case.ref}/record")
    auditor.presses("main form button")
    auditor.goes(f"/desk/cases/{case.ref}/record")
    lead = road.staff("sun", case.ref, "role:lead", "team:general")
    lead.page.set_viewport_size(DESKTOP)
    lead.page.goto(f"{road.address}/desk?list=mine")
    lead.page.screenshot(path=road.pictures / "mine.png", full_page=True)
    lead.page.goto(f"{road.address}/desk/cases/{case.ref}")
    lead.page.screenshot(path=road.pictures / "mentioned.png", full_page=True)
    assert lead.page.locator("#mention").count() == 1

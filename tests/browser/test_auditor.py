"""People with a small part in a case, in a browser: an auditor, a colleague whom a note mentions, a panel
member, a department, and an officer who compares closed complaints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from chalicelib.figures.comparable import by_type, comparable_key
from tests.browser.pictures import picture
from tests.browser.served import Road, site
from tests.browser.visitors import DESKTOP, PHONE, leave, sized
from tests.figures.closed_rows import row
from tests.scenario import CHEN, DAY, FENG, HE, SUN, WANG, ZHAO, ZHOU, Scenario
from tests.web.desk import GROUPS
from tests.web.own import answered

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
    assert auditor.page.goto(f"{road.address}/desk")
    road.photograph(auditor.page, "desk")
    auditor.goes(f"/desk/cases/{case.ref}/record")
    auditor.presses("main form button")
    auditor.goes(f"/desk/cases/{case.ref}/record")
    lead = road.staff("sun", case.ref, "role:lead", "team:general")
    lead.page.set_viewport_size(DESKTOP)
    lead.page.goto(f"{road.address}/desk?list=mine")
    picture(lead.page, road.pictures / "mine.png")
    lead.page.goto(f"{road.address}/desk/cases/{case.ref}")
    picture(lead.page, road.pictures / "mentioned.png")
    assert lead.page.locator("#mention").count() == 1


def test_panel_department_and_officer_see_their_part(begin: Begin, scenario: Scenario) -> None:
    """The pages keep the rules of axe on a phone. They are the list and the case of a panel member who has
    declared, the question to a department, comparable complaints, and a board without figures."""
    ref, asked = answered(scenario), scenario.submit(account={"story": "修了三次还漏水。"}).ref
    scenario.later(DAY)
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"2": "维修单在我手里。"})
    scenario.move(ZHOU, "appoint_panel", ref, members=["feng", "chen", "he"], chair="feng")
    for member in (FENG, CHEN, HE):
        scenario.move(member, "declare_interest", ref, interest=False)
    scenario.move(WANG, "accept", asked)
    scenario.move(SUN, "assign", asked, to="zhao")
    scenario.move(ZHAO, "ask_department", asked, department="repair", question="修过几次？", papers="维修单")
    [(type, kept)] = by_type([row(n, 100 * n) for n in range(12)])
    scenario.product.shelf.put(comparable_key(type), json.dumps(kept).encode())
    road = begin("parts")
    visits = (
        ("feng", GROUPS["feng"], ("/desk", f"/desk/cases/{ref}")),
        ("he", ["role:department", "team:repair"], ("/desk", f"/desk/cases/{asked}/moves/answer_department")),
        ("zhao", GROUPS["zhao"], (f"/desk/cases/{asked}/moves/file_report",)),
        ("zhou", GROUPS["zhou"], ("/desk/board",)),
    )
    for who, groups, paths in visits:
        person = road.staff(who, asked, *groups)
        sized(person.page, PHONE)
        for n, path in enumerate(paths):
            person.page.goto(road.address + path)
            person.page.evaluate("document.querySelector('#comparable')?.setAttribute('open', '')")
            road.photograph(person.page, f"{who}-{n}")
        leave(person.page)

"""Negotiations, and what the case pages show of them."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from tests.scenario import Scenario
from tests.web.browser import Browser
from tests.web.own import everything, open_case_page

ABOUT = "只肯修，不肯退，我要退款。"


def load(scenario: Scenario, ref: str) -> Case:
    """Return the case as it is stored now."""
    return scenario.product.file.load(ref)


def shop(scenario: Scenario, ref: str) -> Caller:
    """Return the current representative of the company."""
    business = load(scenario, ref).business
    assert business
    return scenario.by_link(ref, business.id)


def seen(browser: Browser, scenario: Scenario, ref: str, party: str) -> str:
    """Return everything that a party can reach by their link: the pages, every form they offer, and the
    interface."""
    found = (
        open_case_page(browser, scenario, ref, party)
        + browser.get("/case").body.decode()
        + everything(browser)
    )
    for move in sorted(set(re.findall(r"/case/moves/(\w+)", found))):
        found += browser.get(f"/case/moves/{move}").body.decode()
    found += browser.get("/complain/done").body.decode()
    token = scenario.product.links.token(ref, party, load(scenario, ref).party(party).generation)
    for path in ("", "/timeline?limit=100", "/deadlines", "/files"):
        answer = browser.client.http.get(
            f"/v1/cases/{ref}{path}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200
        found += json.dumps(answer.json_body, ensure_ascii=False)
    return unescape(found)


def case_by_interface(client: Any, scenario: Scenario, ref: str, party: str) -> dict[str, Any]:
    """Return the case as a party's own program reads it."""
    token = scenario.product.links.token(ref, party, load(scenario, ref).party(party).generation)
    answer: dict[str, Any] = client.http.get(
        f"/v1/cases/{ref}", headers={"Authorization": f"Bearer {token}"}
    ).json_body
    return answer

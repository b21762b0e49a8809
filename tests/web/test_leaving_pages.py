"""Tests of leaving the talks: the page says before what it means, and both sides get a letter about it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.wiring import product
from tests.scenario import Scenario, sent_code
from tests.web.browser import Browser, hidden, text
from tests.web.mediated import mediating, negotiating
from tests.web.own import open_case_page, own
from tests.web.talks import shop


def letters(scenario: Scenario, since: int) -> dict[str, str]:
    """Return the texts of the mails that left since then, by their address."""
    scenario.post()
    return {mail["to"]: mail["text"] for mail in scenario.sent()[since:]}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_consumer_leaves_a_mediation_on_their_page(client: Any, scenario: Scenario, language: str) -> None:
    """The page says what ends and what follows, and the code confirms it. No letter names the side."""
    ref, browser = mediating(scenario), Browser(client, language, confirms=False)
    scenario.confirm(ref)
    open_case_page(browser, scenario, ref)
    assert "/case/moves/leave_talks" in browser.get("/case").body.decode()
    form = browser.get("/case/moves/leave_talks")
    for path in ("move.leave_talks.says", "move.leave_talks.gives_up", "parts.talks.leads.investigating"):
        assert own(browser, path) in text(form)
    asked = browser.post("/case/moves/leave_talks", hidden(form))
    assert scenario.product.file.load(ref).stage == "mediating"
    since = len(scenario.sent())
    browser.post("/case/moves/leave_talks", {**hidden(asked), "code": sent_code(product, ref)})
    assert scenario.product.file.load(ref).stage == "investigating"
    found = letters(scenario, since)
    assert {"wang.fang@mail.example", "qin@shop.example", "yan@mediators.example"} <= found.keys()
    for mail in found.values():
        assert not re.search("消费者退出|企业退出|consumer left|business left", mail)


def test_company_learns_before_that_mediation_is_still_asked(client: Any, scenario: Scenario) -> None:
    """Its page says that the negotiation ends, and that mediation is still offered to both sides."""
    ref, browser = negotiating(scenario), Browser(client, "zh")
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    form = browser.get("/case/moves/leave_talks")
    assert own(browser, "parts.talks.leads.mediating") in text(form)
    scenario.move(shop(scenario, ref), "leave_talks", ref)
    assert "/case/moves/refuse_mediation" in browser.get("/case").body.decode()

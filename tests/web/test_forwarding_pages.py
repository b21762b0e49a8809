"""The pages about a complaint that is passed on to another business: the consumer consents to exactly what is
shown."""

from __future__ import annotations

import re
from typing import Any

from tests.scenario import DAY, ZHAO, Scenario
from tests.web.browser import Browser, hidden, text
from tests.web.desk import Desk
from tests.web.own import investigated, joint, open_case_page, own

PROPOSAL = {
    "company": "城东家电维修中心",
    "contact": "电话0571-88001234",
    "sent": "空调维修后不制冷，收据编号7712。",
    "kept": "我们核对收费。",
}


def until_slot(said: str) -> str:
    """Return the longest part of a sentence that has no slot."""
    return max(re.split(r"{\w+}", said), key=len)


def proposed(scenario: Scenario) -> str:
    """Return a case that staff propose to pass on."""
    ref = investigated(scenario)
    scenario.move(ZHAO, "refer_outside", ref, **PROPOSAL)
    return ref


def test_the_consumer_consents_to_what_the_page_shows(browser: Browser, scenario: Scenario) -> None:
    """Case page and form show receiver, contact and text; after the yes the page says by when it is sent."""
    ref = proposed(scenario)
    page = open_case_page(browser, scenario, ref)
    assert all(word in page for word in PROPOSAL.values())
    form = browser.get("/case/moves/consent_forward")
    assert all(word in text(form) for word in PROPOSAL.values())
    assert ' name="read_back"' not in form.body.decode()
    page = text(browser.post("/case/moves/consent_forward", {**hidden(form), "agrees": "true"}))
    assert until_slot(own(browser, "parts.forward.state.agreed")) in page
    assert scenario.product.file.load(ref).forwards[0].state == "agreed"


def test_the_page_follows_the_forward(browser: Browser, scenario: Scenario) -> None:
    """Sent, confirmed with number and contact; the consent can be taken back by the page."""
    ref = proposed(scenario)
    scenario.move(scenario.by_link(ref), "consent_forward", ref, forward="W1", agrees=True)
    scenario.move(ZHAO, "send_forward", ref, forward="W1")
    assert until_slot(own(browser, "parts.forward.state.sent")) in open_case_page(browser, scenario, ref)
    today = scenario.time.date().isoformat()
    answer = {"forward": "W1", "takes": True, "on": today, "number": "CD-18", "contact": "何师傅"}
    scenario.move(ZHAO, "record_forward", ref, **answer)
    page = text(browser.get("/case"))
    assert own(browser, "parts.forward.state.confirmed") in page
    assert all(word in page for word in ("CD-18", "何师傅"))
    form = browser.get("/case/moves/stop_forward")
    page = text(browser.post("/case/moves/stop_forward", hidden(form)))
    assert own(browser, "parts.forward.state.stopped_sent") in page


def test_others_of_a_joint_case_see_nothing_of_it(browser: Browser, scenario: Scenario) -> None:
    """Neither page nor interface shows a forward to other people of the case."""
    ref = joint(scenario)
    scenario.move(ZHAO, "refer_outside", ref, **PROPOSAL, party="p2")
    assert PROPOSAL["sent"] in open_case_page(browser, scenario, ref, "p2")
    assert PROPOSAL["sent"] not in open_case_page(browser, scenario, ref, "p1")


def test_a_forward_whose_complaint_was_withdrawn_is_followed(browser: Browser, scenario: Scenario) -> None:
    """After the withdrawal the page still says what became of it."""
    ref = proposed(scenario)
    scenario.move(scenario.by_link(ref), "consent_forward", ref, forward="W1", agrees=True)
    scenario.move(ZHAO, "send_forward", ref, forward="W1")
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    scenario.live(25 * DAY, ref)
    assert "forward_answered" in scenario.letters(ref)
    assert own(browser, "parts.forward.state.silent") in open_case_page(browser, scenario, ref)


def test_a_person_who_leaves_keeps_the_answer_of_the_receiver(
    browser: Browser, client: Any, scenario: Scenario
) -> None:
    """After the split, the own page shows receiver, text, number and contact. So does the desk."""
    ref = joint(scenario)
    scenario.move(ZHAO, "refer_outside", ref, **PROPOSAL, party="p2")
    scenario.move(scenario.by_link(ref, "p2"), "consent_forward", ref, forward="W1", agrees=True)
    scenario.move(ZHAO, "send_forward", ref, forward="W1")
    today = scenario.time.date().isoformat()
    answer = {"forward": "W1", "takes": True, "on": today, "number": "CD-18", "contact": "何师傅"}
    scenario.move(ZHAO, "record_forward", ref, **answer)
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    (left,) = scenario.lines(ref, "leave_case")
    page = open_case_page(browser, scenario, left["own"])
    shown = (*PROPOSAL.values(), "CD-18", "何师傅")
    assert [word for word in shown if word not in page] == []
    assert "CD-18" not in open_case_page(browser, scenario, ref)
    desk = Desk(client, scenario, "sun").get(f"/desk/cases/{left['own']}")
    unlinked = re.sub(r"</?a\b[^>]*>", "", desk)  # a telephone number is a link
    assert [word for word in shown if word not in unlinked] == []
    assert "{'" not in desk

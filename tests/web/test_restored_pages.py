"""Pages after a restore of the table: what a lost number says, and what a case with missing entries says."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.locale.formats import texts
from tests.casework.restored import Restorable
from tests.scenario import HOUR, WANG, Scenario
from tests.web.browser import Browser, text
from tests.web.own import open_case_page

RECEIVED = {"zh": "2026年2月12日（星期四）11:00", "en": "Thursday 12 February 2026, 11:00"}


@pytest.fixture
def lost(scenario: Scenario) -> str:
    """The number of a complaint that a restore undid; its receipt had left."""
    table = Restorable(scenario)
    table.copied()
    scenario.later(2 * HOUR)
    ref = scenario.submit().ref
    table.deliver()
    table.restore()
    table.reconcile()
    return ref


def test_link_of_a_lost_number_says_so(browser: Browser, scenario: Scenario, lost: str) -> None:
    """The page says that the content is lost, when it had reached us and whom to call, and opens the form."""
    answer = browser.get(scenario.product.links.path(lost, "p1", 1))
    page, language = text(answer), browser.headers["accept-language"]
    assert answer.status_code == 410
    assert RECEIVED[language] in page
    assert texts(language)["page"]["common"]["problem"]["lost"] in page
    assert "400-800-1234" in page
    assert 'href="/complain"' in answer.body.decode()
    assert browser.get("/complain").status_code == 200


def test_open_page_of_a_lost_number_says_so(browser: Browser, scenario: Scenario, lost: str) -> None:
    """A browser that had the case open holds its token in a cookie."""
    browser.cookies["__Host-case"] = f"{lost}.{scenario.product.links.token(lost, 'p1', 1)}"
    answer = browser.get("/case")
    assert answer.status_code == 410
    assert RECEIVED[browser.headers["accept-language"]] in text(answer)


def test_passphrase_of_a_lost_number_says_so(browser: Browser, scenario: Scenario, lost: str) -> None:
    """So does number and passphrase; a wrong passphrase learns nothing."""
    phrase = scenario.product.links.phrase(lost, "p1", 1)
    assert browser.post("/case/find", {"number": lost, "phrase": phrase}).status_code == 410
    assert browser.post("/case/find", {"number": lost, "phrase": "1234 1234 1234"}).status_code == 404


def test_strangers_learn_nothing_of_a_lost_number(client: Any, scenario: Scenario, lost: str) -> None:
    """A wrong token, or that of another number, is answered as for a number that never was."""
    for ref, token in (
        (lost, f"p1-1-{'a' * 26}"),
        (lost, scenario.product.links.token("123456789012", "p1", 1)),
        ("123456789012", scenario.product.links.token(lost, "p1", 1)),
    ):
        assert client.http.get(f"/case/{ref}/{token}").status_code == 404


def test_interface_answers_gone(client: Any, scenario: Scenario, lost: str) -> None:
    """A program gets the code and the sentence."""
    token = scenario.product.links.token(lost, "p1", 1)
    answer = client.http.get(f"/v1/cases/{lost}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 410
    assert answer.json_body["type"] == "/problems/case_lost"


def test_case_with_missing_entries_says_so(browser: Browser, scenario: Scenario) -> None:
    """The history has an entry about the restore, and the case goes on."""
    table = Restorable(scenario)
    ref = scenario.submit().ref
    table.deliver()
    table.copied()
    scenario.later(HOUR)
    scenario.move(WANG, "accept", ref)
    table.deliver()
    table.restore()
    table.reconcile()
    open_case_page(browser, scenario, ref)
    language = browser.headers["accept-language"]
    assert texts(language)["page"]["consumer"]["entry"]["record_restored"] in text(
        browser.get("/case/history")
    )
    assert scenario.move(WANG, "accept", ref).stage == "investigating"

"""Pages after a restore of the table: what a lost number says, and what a case with missing entries says."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.model.codes import Channel
from chalicelib.locale.formats import label, moment, texts
from chalicelib.web import partners
from tests.casework.restored import Restorable
from tests.scenario import DAY, HOUR, WANG, Scenario
from tests.web.browser import Browser, text
from tests.web.calls import EN, bearing, post
from tests.web.desk import Desk, visible as text_of
from tests.web.own import open_case_page
from tests.web.provider import Provider

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


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", ["wang", "zhou", "auditor", "stranger"])
def test_desk_says_that_a_number_is_lost(
    client: Any, scenario: Scenario, lost: str, who: str, language: str
) -> None:
    """Staff of every team read what the consumer reads, since the consumer calls them. They get the desk's
    own form."""
    desk = Desk(client, scenario, who, language)
    for path in (f"/desk/cases/{lost}", f"/desk/cases/{lost}/moves/accept"):
        page = desk.get(path, 410)
        assert RECEIVED[language] in page
        assert texts(language)["page"]["common"]["problem"]["lost"] in page
        assert 'href="/desk/complain"' in page


def test_move_on_a_lost_number_says_so(client: Any, scenario: Scenario, lost: str) -> None:
    """The form was open before the restore, and is sent after it."""
    desk = Desk(client, scenario, "wang")
    assert RECEIVED["en"] in desk.post(f"/desk/cases/{lost}/moves/accept", {"seen": "1", "key": "k"}, 410)


def test_check_of_a_lost_number_says_so(client: Any, scenario: Scenario, lost: str) -> None:
    """The record of a lost case cannot be checked, but the number is known."""
    assert RECEIVED["en"] in Desk(client, scenario, "auditor").post("/desk/record", {"number": lost}, 410)


def test_interface_tells_staff_of_a_lost_number(
    client: Any, scenario: Scenario, provider: Provider, lost: str
) -> None:
    """Reading it and moving on it are answered with the code."""
    provider.now = scenario.time
    wang = bearing(provider, "wang", "role:intake")
    read = client.http.get(f"/v1/cases/{lost}", headers=wang)
    moved = post(client, f"/v1/cases/{lost}/moves/accept", {}, wang)
    for answer in (read, moved):
        assert (answer.status_code, answer.json_body["type"]) == (410, "/problems/case_lost")


@pytest.mark.parametrize("role", ["department", "mediator", "administrator"])
def test_others_at_the_desk_learn_nothing_of_a_lost_number(
    client: Any, scenario: Scenario, provider: Provider, lost: str, role: str
) -> None:
    """They handle no complaints by number, so a lost number is like one that never was."""
    provider.now = scenario.time
    for ref in (lost, "123456789012"):
        who = bearing(provider, "somebody", f"role:{role}")
        assert client.http.get(f"/v1/cases/{ref}", headers=who).status_code == 404


def test_partner_learns_nothing_of_a_lost_number(client: Any, lost: str) -> None:
    """Nothing proves that the partner filed it."""
    key, _ = partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
    for ref in (lost, "123456789012"):
        answer = client.http.get(f"/v1/cases/{ref}", headers={**EN, "Authorization": f"Bearer {key}"})
        assert answer.status_code == 404


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
    since = moment(language, table.moment, end=False)
    told = texts(language)["page"]["consumer"]["entry"]["record_restored"].format(since=since)
    assert told in text(browser.get("/case/history"))
    assert scenario.move(WANG, "accept", ref).stage == "investigating"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_desk_lists_missing_steps(client: Any, scenario: Scenario, language: str) -> None:
    """The officer reads which steps are missing, by whom and when, and whom they concern, in words."""
    table = Restorable(scenario)
    ref = scenario.submit().ref
    table.deliver(), table.copied()
    scenario.later(HOUR)
    scenario.move(WANG, "accept", ref)
    scenario.move(scenario.by_link(ref), "message", ref, text="发票在附件里。")
    table.deliver()
    at = moment(language, scenario.time, end=False)
    table.restore()
    table.reconcile(table.former)
    page = text_of(Desk(client, scenario, "wang", language).get(f"/desk/cases/{ref}"))
    comma = "，" if language == "zh" else ", "
    for role, move in (("intake", "accept"), ("consumer", "message")):
        assert comma.join((at, label(language, role, "role"), label(language, move, "move"))) in page
    assert comma.join((at, label(language, "accepted", "letter"))) in page
    for raw in ("undone", "accepted.0", "T02:", "heads"):
        assert raw not in page


def test_desk_of_an_unproved_loss_names_nobody(client: Any, scenario: Scenario) -> None:
    """Without the former table only the moment and the letters are known."""
    table = Restorable(scenario)
    ref = scenario.submit().ref
    table.deliver(), table.copied()
    scenario.later(HOUR)
    scenario.move(WANG, "accept", ref)
    table.deliver(), table.restore(), table.reconcile()
    page = text_of(Desk(client, scenario, "wang").get(f"/desk/cases/{ref}"))
    assert "Missing steps" not in page
    assert "Letters that left after that" in page

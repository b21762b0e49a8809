"""Tests of the hold of all changes (`Hold=moves`): everything can be read, nothing of a case is written, and
nobody loses what they typed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.aws.rows import HEAD, Row
from chalicelib.cases.casework import MovesHeld
from chalicelib.domain.calendar import stamp
from chalicelib.locale.formats import texts
from chalicelib.web.pages.consumer import complaint as complaint_form
from chalicelib.workers import handlers
from infra import ops
from tests.scenario import HOUR, WANG, Scenario, complaint
from tests.web.browser import Browser, hidden, text, value
from tests.web.calls import link, post
from tests.web.desk import Desk, hidden as hidden_fields
from tests.web.events import context, schedule
from tests.web.own import open_case_page

PHONE = "400-800-1234"
STORY = "洗衣机漏水，商家不退。"
SAID = {
    "hurt": "no",
    "account.business": "某某电器",
    "matters.0.sub_type": "quality/defect",
    "account.story": STORY,
    "asked_business": "no",
    "wishes": "refund",
    "wish_amount": "1655",
    "person.name": "王芳",
    "person.phone": "13800138000",
    "consents.truthful": "true",
    "consents.data_use": "true",
}
"""A complaint as form input."""


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that holds all changes, and one that releases them."""

    def held(parts: str = "mail,hooks,clock,moves") -> None:
        monkeypatch.setenv("HOLD", parts)

    return held


def content() -> dict[tuple[str, str], dict[str, Any]]:
    """Return all rows of cases, as stored. Who read or opened a case is left out, because that is always
    recorded."""
    found = {(row.pk, row.sk): row.serialize() for row in Row.scan()}
    return {key: row for key, row in found.items() if not key[0].startswith(("READS#", "DESK#"))}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_filing_by_the_interface_says_when_to_come_again(client: Any, hold: Any, language: str) -> None:
    """The answer is a problem document with the number to call, in the caller's language."""
    before = content()
    hold()
    answer = post(client, "/v1/complaints", complaint(), {"accept-language": language})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "900")
    said = json.loads(answer.body)
    assert said["type"] == "/problems/held"
    assert texts(language)["refusal"]["held"] in said["title"]
    assert PHONE in said["title"]
    assert content() == before


def test_complaint_is_sent_after_the_hold(browser: Browser, scenario: Scenario, hold: Any) -> None:
    """The form comes back with the number to call; what was typed on all its pages is still there."""
    hold()
    refused = browser.complain(SAID)
    language = browser.headers["accept-language"]
    assert refused.status_code == 503
    assert texts(language)["refusal"]["held"] in text(refused)
    assert PHONE in text(refused)
    assert value(browser.get("/complain/story"), "account.story") == SAID["account.story"]
    hold("")
    last = {name: SAID[name] for name in SAID if complaint_form.is_on_page(complaint_form.LAST, name)}
    assert browser.post(f"/complain/{complaint_form.LAST}", last).status_code == 200
    (filed,) = (row for row in Row.scan() if row.sk == HEAD)
    assert scenario.product.file.load(filed.pk.removeprefix("CASE#")).matters[0].type == "quality"


def test_party_reads_and_keeps_their_words(browser: Browser, scenario: Scenario, hold: Any) -> None:
    """The page of the case opens with the link; a message comes back with its text."""
    ref = scenario.submit().ref
    before = content()
    hold()
    open_case_page(browser, scenario, ref)
    page = browser.get("/case/moves/message")
    refused = browser.post("/case/moves/message", {**hidden(page), "text": STORY})
    assert refused.status_code == 503
    assert value(refused, "text") == STORY
    assert PHONE in text(refused)
    assert content() == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_desk_reads_and_keeps_its_words(client: Any, scenario: Scenario, hold: Any, language: str) -> None:
    """Staff find and see the case, and a move comes back with its text; the record of the reading is
    written."""
    case = scenario.submit()
    scenario.move(WANG, "take", case.ref)
    before = content()
    hold()
    desk = Desk(client, scenario, "wang", language)
    assert STORY[:3] in desk.get(f"/desk/cases/{case.ref}")
    assert case.ref in desk.post("/desk/find", {"words": "王芳"}, 200)
    letters = desk.take(case, "message", 200, text=STORY)
    refused = desk.post(f"/desk/cases/{case.ref}/moves/message", hidden_fields(letters), 503)
    assert STORY in refused
    assert PHONE in refused
    assert content() == before
    assert [row for row in Row.scan() if row.pk.startswith("READS#")]


def test_suggestion_comes_back(browser: Browser, hold: Any) -> None:
    """A public form that belongs to no case keeps its text too."""
    hold()
    refused = browser.post("/suggestions", {"text": STORY, "topic": "letters"})
    assert refused.status_code == 503
    assert value(refused, "text") == STORY


def test_link_of_the_interface_reads(client: Any, scenario: Scenario, hold: Any) -> None:
    """A party's token reads the case, and takes no move."""
    filed = post(client, "/v1/complaints", complaint())
    ref = json.loads(filed.body)["number"]
    hold()
    assert client.http.get(f"/v1/cases/{ref}", headers=link(filed)).status_code == 200
    answer = post(client, f"/v1/cases/{ref}/moves/message", {"text": STORY}, link(filed))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "900")


def test_workers_change_nothing(scenario: Scenario, hold: Any) -> None:
    """The clock, the worker of events and the check of the record write nothing, and do not take the case for
    changed."""
    case = scenario.submit()
    scenario.post()
    letter = scenario.product.file.whole(case.ref).letters[0]["id"]
    hold("moves")
    before = content()
    mail = {"messageId": "m-1", "tags": {"ref": [case.ref], "letter": [letter.replace(".", "_")]}}
    with pytest.raises(MovesHeld):
        scenario.product.provider_says({"eventType": "Send", "mail": mail})
    with pytest.raises(MovesHeld):
        scenario.confirm(case.ref)
    scenario.product.__dict__.pop("record", None)
    assert scenario.product.record.held
    assert scenario.product.record.watch(0, lambda: 900_000) == []
    assert content() == before


def test_a_schedule_waits_without_an_error(scenario: Scenario, hold: Any) -> None:
    """A scheduled task that needs a change does nothing during a hold, and raises no alarm. Its next run does
    it."""
    scenario.submit()
    scenario.later(HOUR)
    hold()
    before = content()
    handlers.words(schedule(), context())
    handlers.destroy(schedule(), context())
    assert content() == before


def test_signed_out_staff_stay_out(scenario: Scenario, hold: Any) -> None:
    """Whom operators sign out during a hold is out at once."""
    hold()
    scenario.product.staff.disable("zhao")
    assert scenario.product.staff.standing("zhao", scenario.time).disabled


def test_other_holds_let_moves_pass(scenario: Scenario, hold: Any) -> None:
    """A hold of mail and clock refuses no complaint."""
    hold("mail,hooks,clock")
    assert scenario.submit().ref


def test_operator_is_told_in_a_sentence(
    scenario: Scenario, hold: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command of an operator that changes a row says what holds it."""
    began, ended = (stamp(scenario.time - hours * HOUR) for hours in (2, 1))
    hold()
    with pytest.raises(SystemExit, match="All changes are held: finish the restore"):
        ops.main(["outage", "--of", "site", "--from", began, "--to", ended, "--do"], lambda *_: None)

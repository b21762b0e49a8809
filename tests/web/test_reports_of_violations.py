"""A report of a violation (举报) beside a complaint (投诉): told apart at the start, taken as information, led to
the authority."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.domain.model.codes import FiledAs
from chalicelib.locale.formats import label
from chalicelib.web import pages
from chalicelib.web.pages.consumer import complaint as complaint_form
from tests.scenario import SUN, WANG, Scenario, complaint
from tests.web.browser import Browser, text

REPORT: dict[str, Any] = {
    "hurt": "no",
    "filed_as": "report",
    "account.business": "城北超市",
    "account.product": "散装酒",
    "matters.0.sub_type": "information/false_advertising",
    "account.story": "货架上写着“保证治病”，已经好几个月。",
    "asked_business": "unknown",
    "consents.truthful": "true",
    "consents.data_use": "true",
}


def told(browser: Browser, path: str) -> str:
    """Return a text of the complaint form in the browser's language."""
    return pages.say(browser.headers["accept-language"], f"consumer.{path}")


def reported(scenario: Scenario, **changes: Any) -> Any:
    """Return the case of a report of a violation."""
    return scenario.submit(**{"filed_as": "report", "wishes": [], **changes})


def test_a_report_is_told_apart_before_anything_is_asked(browser: Browser) -> None:
    """After the first page a reporter reads the difference and the authority, and can go back."""
    browser.get("/complain")
    page = browser.post("/complain/safety", {"hurt": "no", "filed_as": "report"})
    language = browser.headers["accept-language"]
    assert told(browser, "complain.report.report") in text(page)
    assert label(language, "samr_12315", "route") in text(page)
    page = browser.post("/complain/safety", {"hurt": "no", "filed_as": "complaint"})
    assert told(browser, "complain.part.story") in text(page)


def test_a_danger_goes_first_in_a_report_too(browser: Browser) -> None:
    """Who reports a danger sees the safety advice, not the page about reports."""
    browser.get("/complain")
    page = browser.post("/complain/safety", {"hurt": "could_be", "filed_as": "report"})
    assert told(browser, "parts.safety.title") in text(page)
    assert told(browser, "complain.report.report") not in text(page)


def test_the_facts_can_be_left_without_a_name(browser: Browser, scenario: Scenario) -> None:
    """The form asks for no wish, and takes the report without name and address."""
    for page in complaint_form.PAGES:
        if page != "wish":
            names = [name for name in REPORT if complaint_form.is_on_page(page, name)]
            answer = browser.post(f"/complain/{page}", {name: REPORT[name] for name in names})
    language = browser.headers["accept-language"]
    assert told(browser, "done.report") in text(answer)
    assert label(language, "samr_12315", "route") in text(answer)
    ref = browser.cookies["__Host-case"].partition(".")[0]
    case = scenario.product.file.load(ref)
    assert (case.anonymous, case.intake.filed_as, case.intake.wishes) == (True, FiledAs.REPORT, ())


def test_a_report_with_wishes_is_no_report(client: Any) -> None:
    """The message names the field, and nothing is filed."""
    body = json.dumps({**complaint(), "filed_as": "report", "wishes": ["refund"]})
    answer = client.http.post("/v1/complaints", headers={"content-type": "application/json"}, body=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json_body["errors"]] == ["/wishes"]


def test_a_complaint_needs_a_wish(client: Any) -> None:
    """Only a report goes without."""
    body = json.dumps({key: said for key, said in complaint().items() if key != "wishes"})
    answer = client.http.post("/v1/complaints", headers={"content-type": "application/json"}, body=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json_body["errors"]] == ["/wishes"]


def test_the_interface_names_the_authority(client: Any, scenario: Scenario) -> None:
    """The answer to a report says what we do with it, and where it belongs."""
    body = json.dumps({**complaint(), "filed_as": "report", "wishes": []} | {"person": {}})
    body = json.dumps({key: said for key, said in json.loads(body).items() if key != "wishes"})
    answer = client.http.post("/v1/complaints", headers={"content-type": "application/json"}, body=body)
    assert answer.status_code == 201
    assert answer.json_body["routes"] == ["samr_12315", "gov_12345"]
    assert answer.json_body["report"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_is_closed_as_information_and_the_letter_names_the_authority(
    scenario: Scenario, language: str
) -> None:
    """The lead closes it with the name of the department; the sender's letter says who examines it."""
    ref = reported(scenario, person={"name": "王芳", "email": "fang@mail.example", "language": language}).ref
    scenario.move(SUN, "close_information", ref, passed_to="合规部", reason="已转合规部核查。")
    scenario.post()
    mail = [mail for mail in scenario.sent() if mail["to"] == "fang@mail.example"]
    authority = label(language, "samr_12315", "route")
    assert all(authority in one["text"] for one in (mail[0], mail[-1]))
    assert scenario.product.file.load(ref).outcome == "information_only"


def test_a_complaint_that_reports_a_violation_too_stays_a_complaint(scenario: Scenario) -> None:
    """Its words change nothing, and it cannot be closed as information."""
    case = scenario.submit(account={"story": "另外我要举报：店里卖过期食品。"})
    assert case.intake.filed_as == FiledAs.COMPLAINT
    with pytest.raises(Exception, match="somebody_to_answer"):
        scenario.move(SUN, "close_information", case.ref, passed_to="合规部", reason="转办。")
    assert scenario.move(WANG, "accept", case.ref).stage == "investigating"

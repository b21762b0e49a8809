"""Tests of the record check on the desk: the allowed staff, its result, the mark on a changed record."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.reference import shown
from tests.casework.recorded import life, tamper
from tests.scenario import Scenario
from tests.web.bearer import bearing, call
from tests.web.calls import EN
from tests.web.desk import Desk, visible
from tests.web.links import held
from tests.web.provider import Provider

SAYS = {
    "zh": ("记录完整", "已经标记", "第2条", "被改动或者删除"),
    "en": ("record is whole", "now marked", "Entry 2", "was changed or removed"),
}


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return a function that opens the desk as a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_auditor_checks_a_record_and_finds_what_was_changed(
    at: Any, scenario: Scenario, language: str
) -> None:
    """The page confirms an intact record. Of a changed one it names the entry, and marks and lists it."""
    ref, desk = life(scenario), at("auditor", language)
    whole, changed, place, fault = SAYS[language]
    assert whole in visible(desk.post("/desk/record", {"number": shown(ref)}, 200))
    tamper(ref, "line")
    page = visible(desk.post("/desk/record", {"number": ref}, 200))
    assert changed in page
    assert place in page
    assert fault in page
    assert f"/desk/cases/{ref}" in desk.get("/desk/record")
    assert scenario.product.file.load(ref).doubted
    assert fault in visible(at("zhou", language).get(f"/desk/cases/{ref}"))
    desk.post("/desk/record", {"number": "1234"}, 404)


def test_only_those_who_see_every_case_check_one(
    at: Any, client: Any, provider: Provider, scenario: Scenario
) -> None:
    """Desk and interface refuse other staff, and the desk shows them no link."""
    ref = life(scenario)
    for who in ("wang", "sun", "zheng"):
        at(who).get("/desk/record", 403)
        assert 'href="/desk/record"' not in at(who).get("/desk/sessions")
    assert 'href="/desk/record"' in at("auditor").get("/desk/sessions")
    assert call(client, "POST", f"/v1/cases/{ref}/check", bearing(provider, "sun"), {}).status_code == 403
    said = call(client, "POST", f"/v1/cases/{ref}/check", bearing(provider, "zhou"), {})
    assert said.status_code == 200
    assert said.json_body == {"number": ref, "whole": True, "faults": []}


@pytest.mark.parametrize("n", range(1, 5), ids=["complaint", "acceptance", "message", "report"])
@pytest.mark.parametrize("left", [None, "{"], ids=["deleted", "unreadable"])
def test_a_case_of_which_an_entry_is_gone_is_read_and_goes_on(
    client: Any, scenario: Scenario, provider: Provider, at: Any, n: int, left: str | None
) -> None:
    """Pages and interface omit this entry and show the others; the party's messages are still accepted."""
    ref = life(scenario)
    row = Row.get(rows.case(ref), rows.entry(n))
    row.update(actions=[Row.body.set(left)]) if left else row.delete()
    scenario.product.record.check(ref)
    page, staff = held(scenario, ref), bearing(provider, "zhou")
    own = {**EN, "Authorization": f"Bearer {page['Cookie'].partition(f'{ref}.')[2]}"}
    assert client.http.get("/case", headers=page).status_code == 200
    assert "was changed or removed" in visible(at("zhou").get(f"/desk/cases/{ref}"))
    for caller in (own, staff):
        assert client.http.get(f"/v1/cases/{ref}", headers=caller).status_code == 200
        items = client.http.get(f"/v1/cases/{ref}/timeline", headers=caller).json_body["items"]
        assert items
        assert n not in [entry["n"] for entry in items]
    assert client.http.get(f"/v1/cases/{ref}/timeline/{n}", headers=staff).status_code == 404
    assert (
        call(client, "POST", f"/v1/cases/{ref}/moves/message", own, {"text": "还在吗？"}).status_code == 200
    )


@pytest.mark.parametrize("left", [None, "{"], ids=["deleted", "unreadable"])
def test_a_case_of_which_a_new_entry_is_gone_is_opened_again(
    scenario: Scenario, at: Any, left: str | None
) -> None:
    """An entry that was made and lost since the reader last opened the case does not count as new; the
    others do."""
    ref, desk = life(scenario), at("zhou")
    desk.get(f"/desk/cases/{ref}")
    for text in ("第一条", "第二条"):
        scenario.move(scenario.by_link(ref), "message", ref, text=text)
    row = Row.get(rows.case(ref), rows.entry(6))
    row.update(actions=[Row.body.set(left)]) if left else row.delete()
    scenario.product.record.check(ref)
    page = desk.get(f"/desk/cases/{ref}")
    assert "Since you looked at" in page
    assert 'id="entry-7"' in page
    assert 'id="entry-6"' not in page
    assert page.count("govuk-tag--blue") == 2, "the second message, and the mark on the record"

"""Tests of read records: written once an hour before anything is shown, listed by case and by reader for
staff who see every case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.access.authorization import Caller, ReaderRole, Thing
from chalicelib.aws import rows
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.reference import shown
from chalicelib.web import partners
from chalicelib.web.pages import say
from tests.aws_calls import Calls
from tests.scenario import DAY, HOUR, Scenario
from tests.web.desk import GROUPS, Desk, visible
from tests.web.provider import Provider

SHOP = Caller("partner:shop", Role.PARTNER, channel=Channel.API)


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return a function that opens the desk as a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def read_records(scenario: Scenario, ref: str) -> list[tuple[str, str, str]]:
    """Return reader, role and section of each read record of a case, newest first."""
    return [
        (item["who"], item["as"], item["thing"]) for item in scenario.product.reads.of_case(ref, "", 100)[0]
    ]


def test_a_read_is_one_row_an_hour_and_one_write(calls: Calls, at: Any, scenario: Scenario) -> None:
    """The first read of an hour costs one more write, and the first opening of a case one that marks it as
    read on lists; reloads cost none, on any server. The next hour writes again.
    """
    ref = scenario.submit().ref
    desk = at("wang")
    for puts in ({"PutItem": 2}, {}):
        calls.made()
        desk.get(f"/desk/cases/{ref}")
        made = calls.made()
        assert {
            name: n for name, n in made.items() if name in ("PutItem", "UpdateItem", "TransactWriteItems")
        } == puts
    scenario.product.__dict__.pop("reads")  # another process, in the same hour
    desk.get(f"/desk/cases/{ref}")
    assert read_records(scenario, ref) == [("wang", "handler", "case")]
    scenario.later(HOUR)
    desk.get(f"/desk/cases/{ref}")
    assert read_records(scenario, ref) == [("wang", "handler", "case")] * 2


def test_a_party_is_shown_the_head_that_their_link_was_found_on(
    client: Any, calls: Calls, scenario: Scenario
) -> None:
    """A party's program needs one read of the case row for both authentication and answer."""
    ref = scenario.submit().ref
    token = {"Authorization": f"Bearer {scenario.product.links.token(ref, 'p1', 1)}"}
    scenario.product.file.load(ref)  # the register of outages is cached for a minute
    calls.made()
    assert client.http.get(f"/v1/cases/{ref}", headers=token).status_code == 200
    assert calls.made() == {"GetItem": 1}


def test_only_successful_reads_of_other_cases_are_recorded(client: Any, at: Any, scenario: Scenario) -> None:
    """Only a successful read of somebody else's case is recorded."""
    ref = scenario.submit().ref
    token = scenario.product.links.token(ref, "p1", 1)
    assert client.http.get("/case", headers={"Cookie": f"__Host-case={ref}.{token}"}).status_code == 200
    assert (
        client.http.get(f"/v1/cases/{ref}/timeline", headers={"Authorization": f"Bearer {token}"}).status_code
        == 200
    )
    at("stranger").get(f"/desk/cases/{ref}", 404), at("auditor").get(f"/desk/cases/{ref}/files", 403)
    assert read_records(scenario, ref) == []


def test_read_by_a_partner_is_recorded(client: Any, at: Any, scenario: Scenario) -> None:
    """The record names the partner's system, which has a page like a staff member."""
    ref = scenario.submit(SHOP).ref
    key, _ = partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
    for path in ("", "/timeline", "/files"):
        assert (
            client.http.get(f"/v1/cases/{ref}{path}", headers={"Authorization": f"Bearer {key}"}).status_code
            == 200
        )
    assert sorted(read_records(scenario, ref)) == [
        ("partner:shop", "partner", thing) for thing in ("case", "sent", "timeline")
    ]
    link = next(iter(re.findall(r"/desk/reads/partner[^\"]*", at("auditor").get(f"/desk/cases/{ref}/reads"))))
    assert at("auditor").get(link).count(f"/desk/cases/{ref}") == 3


def test_a_request_that_is_repeated_shows_nothing_unseen(client: Any, scenario: Scenario) -> None:
    """The repetition does nothing and adds no entry. Its answer shows the current case and is recorded."""
    ref = scenario.submit(SHOP).ref
    key, _ = partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": "one"}
    for _ in range(2):
        answer = client.http.post(f"/v1/cases/{ref}/moves/message", headers=headers, body=b'{"text": "?"}')
        assert answer.status_code == 200
        assert answer.json_body["stage"]
        scenario.later(HOUR)
    assert scenario.moves(ref).count("message") == 1
    assert read_records(scenario, ref) == [("partner:shop", "partner", "case")] * 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_unrecorded_read_answers_503(
    down: set[str], client: Any, at: Any, scenario: Scenario, provider: Provider, language: str
) -> None:
    """Pages and interface answer 503 with Retry-After, and show nothing of the case."""
    ref = scenario.submit().ref
    desk = at("wang", language)
    provider.now = scenario.time
    bearer = {"Authorization": f"Bearer {provider.token(sub='wang', **{'cognito:groups': GROUPS['wang']})}"}

    down.add("PutItem")
    page = desk.get(f"/desk/cases/{ref}", 503)
    answer = client.http.get(f"/v1/cases/{ref}", headers=bearer)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "王芳" not in page + answer.body.decode()
    assert read_records(scenario, ref) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_reads_are_listed_by_case_and_by_reader(at: Any, scenario: Scenario, language: str) -> None:
    """Both lists are newest first and link to each other; the case links to its list for authorized staff.
    Records are kept for three years.
    """
    first, second = scenario.submit().ref, scenario.submit().ref
    for who, ref in (("wang", first), ("wang", second), ("zhao", first)):
        at(who).get(f"/desk/cases/{ref}")
        scenario.later(HOUR)
    auditor = at("auditor", language)
    assert f"/desk/cases/{first}/reads" in auditor.get(f"/desk/cases/{first}")
    assert "/reads" not in at("wang", language).get(f"/desk/cases/{first}")
    page = auditor.get(f"/desk/cases/{first}/reads")
    assert "Zhao" in visible(page)
    assert say(language, "desk.reads.as.handler") in page
    assert page.index("/desk/reads/zhao") < page.rindex("/desk/reads/wang")
    page = auditor.get("/desk/reads/wang")
    assert page.index(f"/desk/cases/{first}") < page.index(f"/desk/cases/{second}")
    assert shown(second) in page
    assert say(language, "desk.reads.thing.case") in page
    (
        at("wang", language).get(f"/desk/cases/{first}/reads", 403),
        at("wang", language).get("/desk/reads/wang", 403),
    )
    row = next(iter(rows.Row.query(rows.reads(second))))
    assert row.ttl
    assert row.ttl > (scenario.time + timedelta(days=3 * 365)).timestamp()


def test_the_newest_comes_first_within_an_hour_too(scenario: Scenario) -> None:
    """The order is that of the events, not of the readers' names."""
    for who in ("wang", "chen"):
        scenario.product.reads.record(who, ReaderRole.HANDLER, "000000000001", Thing.CASE)
        scenario.later(timedelta(minutes=1))
    assert [item["who"] for item in scenario.product.reads.of_case("000000000001", "", 9)[0]] == [
        "chen",
        "wang",
    ]


def test_the_interface_lists_both_page_by_page(client: Any, scenario: Scenario, provider: Provider) -> None:
    """Pages neither skip nor repeat a record; an invalid cursor is refused."""
    ref = scenario.submit().ref
    for n in range(120):
        scenario.product.reads.record(f"someone{n:03}", ReaderRole.HANDLER, ref, Thing.CASE)
        scenario.product.reads.record("zhao", ReaderRole.HANDLER, f"{n:012}", Thing.CASE)
    provider.now = scenario.time
    bearer = {
        "Authorization": f"Bearer {provider.token(sub='auditor', **{'cognito:groups': GROUPS['auditor']})}"
    }
    for path, own in ((f"/v1/cases/{ref}/reads", "who"), ("/v1/reads/zhao", "number")):
        found, after = [], ""
        while after is not None:
            answer = client.http.get(
                f"{path}?{urlencode({'cursor': after})}" if after else path, headers=bearer
            )
            assert answer.status_code == 200
            assert len(answer.json_body["items"]) <= 50
            found += [item[own] for item in answer.json_body["items"] if item["who"] != "auditor"]
            after = answer.json_body["next"]
        assert len(found) == len(set(found)) == 120
        wrong = client.http.get(f"{path}?cursor=x", headers=bearer)
        assert (wrong.status_code, wrong.json_body["errors"][0]["pointer"]) == (422, "/cursor")

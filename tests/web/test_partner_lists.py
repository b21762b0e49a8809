"""Tests of a partner's own numbers and lists: one complaint for each number, other content is refused, lists
by state and day in both orders, and cursors that belong to one list."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.operations.destruction import WAITS
from tests.aws_calls import Calls
from tests.casework.destroyed import WHY, holds, hour, stored
from tests.casework.joint import OTHER
from tests.scenario import DAY, HOUR, SUN, WANG, WU, ZHOU, Scenario, complaint
from tests.web.calls import EN, ZH, bearing, post
from tests.web.links import shop
from tests.web.provider import Provider

SHOP = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
MARKET = Caller("partner:market", Role.PARTNER, channel=Channel.API)
BRAND_NEW = {"person": {"name": "李雷", "phone": "13900139000"}}


def listed(client: Any, headers: dict[str, str], **query: Any) -> Any:
    """Return the answer to a request for a list."""
    return client.http.get(f"/v1/cases?{urlencode(query)}", headers=headers)


def numbers(answer: Any) -> list[str]:
    """Return the partner's own numbers on a page of a list."""
    return [item["external_id"] for item in answer.json_body["items"]]


def test_the_same_content_again_is_the_same_complaint(client: Any, provider: Provider) -> None:
    """A repeat is 200 with the same number, whatever its key, its order of fields and its spaces."""
    headers, said = shop(client, provider), complaint(external_id="CC-1")
    first = post(client, "/v1/complaints", said, headers)
    assert (first.status_code, first.json_body["external_id"]) == (201, "CC-1")
    turned = json.dumps(dict(reversed(said.items())), indent=2)
    for body, key in ((said, {}), (turned, {}), (said, {"Idempotency-Key": "k"}), (said, {})):
        again = post(client, "/v1/complaints", body, headers | key)
        assert (again.status_code, again.json_body["number"]) == (200, first.json_body["number"])


@pytest.mark.parametrize("headers", [EN, ZH])
def test_other_content_under_a_number_is_refused_by_name(
    client: Any, scenario: Scenario, provider: Provider, headers: dict[str, str]
) -> None:
    """The answer is 409 with the number of the complaint, which stays as it was."""
    key = shop(client, provider) | headers
    number = post(client, "/v1/complaints", complaint(external_id="CC-1"), key).json_body["number"]
    before = scenario.product.file.load(number)
    for other in (
        complaint(external_id="CC-1", **BRAND_NEW),
        complaint(external_id=" cc-1", wishes=["repair"]),
    ):
        answer = post(client, "/v1/complaints", other, key)
        assert (answer.status_code, answer.json_body["type"]) == (409, "/problems/external_id_taken")
        assert number in answer.json_body["title"]
        assert answer.json_body["number"] == number
        assert answer.json_body["errors"][0]["pointer"] == "/external_id"
    assert scenario.product.file.load(number).entries == before.entries


def test_another_partner_has_numbers_of_its_own(client: Any, scenario: Scenario, provider: Provider) -> None:
    """The number of one partner is free for another one."""
    scenario.submit(MARKET, external_id="CC-1")
    answer = post(client, "/v1/complaints", complaint(external_id="CC-1"), shop(client, provider))
    assert answer.status_code == 201


def test_a_danger_is_taken_in_under_a_number_that_is_taken(client: Any, provider: Provider) -> None:
    """A report of danger is filed as a complaint of its own, and the answer asks for another number."""
    headers = shop(client, provider)
    first = post(client, "/v1/complaints", complaint(external_id="CC-1"), headers).json_body["number"]
    answer = post(client, "/v1/complaints", complaint(external_id="CC-1", hurt="hurt"), headers)
    assert answer.status_code == 201
    assert answer.json_body["number"] != first
    assert "/external_id" in [part["pointer"] for part in answer.json_body["asked"]]


def test_a_number_that_an_earlier_release_stored_is_a_repeat(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A lookup without a digest accepts any content, and its complaint is found by the number."""
    headers = shop(client, provider)
    number = post(client, "/v1/complaints", complaint(external_id="CC-1"), headers).json_body["number"]
    for key in scenario.product.casework.lookups("external partner:shop CC-1"):
        Row(rows.lookup("external", key), rows.ONE, ref=number).save()
    for pk in {row.pk for row in Row.scan() if row.pk.startswith("FIND#filed")}:
        for row in [*Row.query(pk)]:
            row.delete()
    answer = post(client, "/v1/complaints", complaint(external_id="CC-1", **BRAND_NEW), headers)
    assert (answer.status_code, answer.json_body["number"]) == (200, number)
    assert numbers(listed(client, headers, external_id="CC-1")) == ["CC-1"]


def test_a_complaint_is_found_by_the_partners_own_number(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """Another partner finds nothing; staff find it by partner and number, if they may see it."""
    ref = scenario.submit(SHOP, external_id="CC-1").ref
    scenario.submit(MARKET, external_id="CC-2")
    headers = shop(client, provider)
    item = {"number": ref, "external_id": "CC-1", "state": "open", "stage": "received"}
    found = listed(client, headers, external_id="cc-1").json_body
    assert found == {"items": [item | {"filed_at": "2026-02-12T01:00:00Z"}], "next": None}
    assert listed(client, headers, external_id="CC-2").json_body["items"] == []
    staff = bearing(provider, "wang", "role:intake")
    assert numbers(listed(client, staff, partner="shop", external_id="CC-1")) == ["CC-1"]
    assert numbers(listed(client, staff, partner="market", external_id="CC-1")) == []
    away = {**staff, "Authorization": _elsewhere(provider)}
    assert numbers(listed(client, away, partner="shop", external_id="CC-1")) == []


def _elsewhere(provider: Provider) -> str:
    groups = ["role:intake", "team:other"]
    return f"Bearer {provider.token(sub='wang', **{'cognito:groups': groups})}"


def test_lists_have_a_state_days_and_an_order(client: Any, scenario: Scenario, provider: Provider) -> None:
    """A closed complaint moves to the other list. Days are days in China, and both ends belong to a list."""
    headers = shop(client, provider)
    for n in range(4):
        ref = scenario.submit(SHOP, external_id=f"CC-{n}").ref
        if n == 1:
            scenario.move(SHOP, "withdraw", ref, reason="不想投诉了")
        scenario.later(DAY)
    assert numbers(listed(client, headers)) == ["CC-3", "CC-2", "CC-1", "CC-0"]
    assert numbers(listed(client, headers, order="oldest")) == ["CC-0", "CC-1", "CC-2", "CC-3"]
    assert numbers(listed(client, headers, state="closed")) == ["CC-1"]
    assert numbers(listed(client, headers, state="open")) == ["CC-3", "CC-2", "CC-0"]
    days = {"from": "2026-02-13", "to": "2026-02-14"}
    assert numbers(listed(client, headers, **days)) == ["CC-2", "CC-1"]
    assert numbers(listed(client, headers, order="oldest", **days)) == ["CC-1", "CC-2"]


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_lead_through_the_whole_list_once(
    client: Any, scenario: Scenario, provider: Provider, order: str
) -> None:
    """Complaints of one second are neither lost nor doubled, and a new one shifts no page."""
    headers = shop(client, provider)
    for n in range(7):
        scenario.submit(SHOP, external_id=f"CC-{n}")
        scenario.later(HOUR * (n % 2))
    found, cursor = list[str](), ""
    for _ in range(9):
        page = listed(client, headers, order=order, limit=2, **({"cursor": cursor} if cursor else {}))
        found += numbers(page)
        cursor = page.json_body["next"]
        if not cursor:
            break
        if order == "newest":
            scenario.later(HOUR)
            scenario.submit(SHOP, external_id=f"new-{len(found)}")
    assert sorted(found) == [f"CC-{n}" for n in range(7)]
    assert found == numbers(listed(client, headers, order=order, limit=100))[-7:]


def test_a_cursor_belongs_to_its_list(client: Any, scenario: Scenario, provider: Provider) -> None:
    """A cursor with another state, day, order or partner gets `cursor_of_another_list`. A text that is no
    cursor gets `bad_cursor`."""
    for _ in range(3):
        scenario.submit(SHOP)
        scenario.submit(MARKET)
    headers = shop(client, provider)
    cursor = listed(client, headers, limit=1).json_body["next"]
    assert listed(client, headers, cursor=cursor, limit=5).status_code == 200
    for query in ({"state": "open"}, {"order": "oldest"}, {"from": "2026-02-01"}):
        answer = listed(client, headers, cursor=cursor, **query)
        assert (answer.status_code, answer.json_body["type"]) == (422, "/problems/cursor_of_another_list")
    administrator = bearing(provider, "zheng", "role:administrator")
    key = post(client, "/v1/keys", {"partner": "market"}, administrator).json_body["key"]
    other = listed(client, {**EN, "Authorization": f"Bearer {key}"}, cursor=cursor)
    assert other.json_body["type"] == "/problems/cursor_of_another_list"
    for bad in ("x", f"{cursor}0", "2026-02-12T01:00:00Z_1_00000000"):
        assert listed(client, headers, cursor=bad).json_body["type"] == "/problems/bad_cursor"


def test_only_a_partner_that_may_read_has_lists(client: Any, scenario: Scenario, provider: Provider) -> None:
    """A key without `read`, a party, nobody and staff without a number get none."""
    case = scenario.submit(SHOP, external_id="CC-1")
    administrator = bearing(provider, "zheng", "role:administrator")
    said = {"partner": "shop", "scopes": ["file"]}
    key = post(client, "/v1/keys", said, administrator).json_body["key"]
    refused = listed(client, {**EN, "Authorization": f"Bearer {key}"})
    assert (refused.status_code, refused.json_body["type"]) == (403, "/problems/key_scope")
    assert listed(client, EN).status_code == 401
    token = scenario.product.links.token(case.ref, "p1", 1)
    assert listed(client, {**EN, "Authorization": f"Bearer {token}"}).status_code == 404
    staff = bearing(provider, "wang", "role:intake")
    for query in ({}, {"partner": "shop"}, {"external_id": "CC-1"}):
        assert listed(client, staff, **query).status_code == 403
    headers = shop(client, provider)
    assert listed(client, headers, partner="market").json_body["type"] == "/problems/only_for_others"


@pytest.mark.parametrize("query", [{"state": "lost"}, {"limit": 0}, {"limit": 101}, {"from": "x"}, {"by": 1}])
def test_a_list_that_does_not_exist_is_refused_by_name(
    client: Any, provider: Provider, query: dict[str, Any]
) -> None:
    """The answer names the faulty part of the query."""
    answer = listed(client, shop(client, provider), **query)
    assert answer.status_code == 422
    assert answer.json_body["errors"][0]["pointer"] == f"/{next(iter(query))}"


def test_lists_cost_no_call_of_a_move_and_one_query_a_state(
    client: Any, calls: Calls, scenario: Scenario, provider: Provider
) -> None:
    """A row is written with the move that changes it, and only then; a list reads no case."""
    headers = shop(client, provider)
    scenario.submit()
    calls.made()
    scenario.submit()
    plain = calls.made()
    ref = scenario.submit(SHOP, external_id="CC-1").ref
    assert calls.made() == plain
    written = Row.find(rows.lookup("filed", "partner:shop#open"), f"2026-02-12T01:00:00Z#{ref}")
    scenario.move(WANG, "set_severity", ref, severity="S3", why="一般")
    again = Row.find(rows.lookup("filed", "partner:shop#open"), f"2026-02-12T01:00:00Z#{ref}")
    assert (written and written.body, written and written.stage) == (again and again.body, "received")
    listed(client, headers)
    calls.made()
    assert numbers(listed(client, headers)) == ["CC-1"]
    assert calls.made()["Query"] == 2


def test_a_destroyed_complaint_loses_the_partners_number(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The number leaves the case and its list; the complaint stays on the list by our number. The feed of
    changes keeps it for its 90 days."""
    headers, case = shop(client, provider), scenario.submit(SHOP, external_id="CC-8812")
    scenario.move(SHOP, "withdraw", case.ref)
    scenario.agreed(case.ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    assert hour(scenario) == 1
    [item] = listed(client, headers, state="closed").json_body["items"]
    assert (item["number"], item["external_id"]) == (case.ref, None)
    for row in [row for row in Row.scan() if row.pk.startswith("CHANGED#")]:
        row.delete()
    assert not holds(stored(scenario), "CC-8812")


def test_who_leaves_a_joint_complaint_takes_the_partner_along(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The partner finds the person's new case under its number, and no more the case of the others."""
    shared = scenario.submit(SHOP, external_id="CC-1").ref
    second = scenario.submit(person=OTHER).ref
    scenario.move(SUN, "invite_to_join", second, leading=shared)
    scenario.move(scenario.by_link(second), "join_case", second, own_wish=True)
    scenario.move(WANG, "accept", shared)
    scenario.move(scenario.by_link(shared), "leave_case", shared)
    own = scenario.product.file.load(shared).party("p1").own
    headers = shop(client, provider)
    for query in ({}, {"external_id": "CC-1"}):
        assert [item["number"] for item in listed(client, headers, **query).json_body["items"]] == [own]
    assert client.http.get(f"/v1/cases/{shared}", headers=headers).status_code == 404

"""Webhooks about real complaints: from the move to the receiver, the log, the letter, and the rights."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.hooks.endpoint import DeliveryFault, Endpoint, Replay, Signing, Why
from chalicelib.hooks.https import Answer
from chalicelib.hooks.sending import Sender
from tests.aws_calls import observed_calls
from tests.casework.post import FakePost
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario

SHOP = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
MINUTE = timedelta(minutes=1)
WELL, ILL = Answer(204, None, 5), Answer(503, DeliveryFault.STATUS, 5)


class Receiver:
    """A receiver with a set answer."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.answer = WELL

    def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Take a webhook."""
        self.ids.append(headers["webhook-id"])
        self.got.append(json.loads(body))
        return self.answer


@pytest.fixture
def receiver(scenario: Scenario) -> Receiver:
    """A receiver of the webhooks of a shop, which has an endpoint."""
    receiver, product = Receiver(), scenario.product
    product.__dict__["webhooks"] = Sender(
        product.endpoints,
        product.changed_rows,
        lambda: product.hook_keys,
        receiver,
        product.meters,
        lambda: scenario.time,
    )
    signing = (Signing(1, product.hook_keys.current),)
    product.endpoints.add(
        Endpoint("e1", "shop", "https://shop.example.com/in", "it@shop.example", "en", scenario.time, signing)
    )
    return receiver


def run(scenario: Scenario, minutes: int = 1) -> Endpoint:
    """Let minutes pass, each with a run of the sender. Return the endpoint."""
    for _ in range(minutes):
        scenario.product.webhooks.run(lambda: 55_000)
        scenario.later(MINUTE)
    found = scenario.product.endpoints.find("e1")
    assert found
    return found


def test_a_partner_is_told_of_each_move_it_may_see(scenario: Scenario, receiver: Receiver) -> None:
    """The partner gets each move from the filing on, in the order of the entries. Internal moves and words of
    people are left out."""
    case = scenario.submit(SHOP, external_id="A-1")
    scenario.later(HOUR)
    scenario.move(WANG, "set_severity", case.ref, severity="S3", why="无人受伤。")
    scenario.move(WANG, "accept", case.ref)
    scenario.submit()
    run(scenario, 2)
    assert [(one["type"], one["data"]["entry"]) for one in receiver.got] == [
        ("complaint.submit", 1),
        ("complaint.accept", 3),
    ]
    assert receiver.got[1]["data"] == {
        "version": 1,
        "number": case.ref,
        "external_id": "A-1",
        "move": "accept",
        "entry": 3,
        "stage": "investigating",
    }
    assert not re.search("[一-鿿]", json.dumps(receiver.got, ensure_ascii=False))


def test_only_partitions_of_endpoints_and_changes_are_touched(scenario: Scenario, receiver: Receiver) -> None:
    """The sender touches only the partitions that its function's policy allows."""
    case = scenario.submit(SHOP)
    scenario.move(WANG, "accept", case.ref)
    touched: set[str] = set()

    def hears(model: Any, params: Any, **_: Any) -> None:
        if model.service_model.service_name == "dynamodb":
            touched.update(re.findall(r'"([A-Z]+)#[^"]*"', params["body"].decode()))

    with observed_calls("before-call", hears):
        run(scenario)
        receiver.answer = ILL
        run(scenario, 3)
    assert touched == {"HOOK", "CHANGED", "FENCE"}


def test_a_failing_endpoint_is_disabled_with_a_letter(
    scenario: Scenario, receiver: Receiver, post: FakePost
) -> None:
    """After five days it is off. Within the hour its contact gets one letter, in its language."""
    scenario.submit(SHOP)
    receiver.answer = ILL
    assert run(scenario).failing
    scenario.later(5 * DAY)
    off = run(scenario).off
    assert off
    assert off.why == Why.FAILED
    for _ in range(2):
        scenario.product.look_ahead()
    letters = [row for row in Row.query(rows.staff_letters("shop")) if row.sk.startswith("LETTER")]
    assert len(letters) == 1
    scenario.product.correspondence.deliver(letters[0].pk, rows.kind(letters[0].sk)[1], scenario.time)
    [letter] = [letter for to, _, letter in post.taken if to == "it@shop.example"]
    assert "shop.example.com" in letter.subject
    assert "POST /v1/webhooks/e1/resume" in letter.text


def test_a_range_is_replayed_from_the_stored_changes(scenario: Scenario, receiver: Receiver) -> None:
    """The changes of a range are sent again with the ids that they had."""
    first = scenario.submit(SHOP)
    scenario.later(DAY)
    since = scenario.time
    scenario.move(SUN, "assign", first.ref, to="zhao")
    scenario.move(WANG, "accept", first.ref)
    until = scenario.time
    scenario.later(DAY)
    scenario.submit(SHOP)
    run(scenario)
    had = [*receiver.ids]
    again = Replay(scenario.product.changed_rows.since(since), until)
    scenario.product.endpoints.change("e1", lambda one: replace(one, replay=again))
    assert run(scenario, 2).replay is None
    assert receiver.ids[len(had) :] == [id for id in had if id.startswith(f"msg_{first.ref}_")][1:]


def test_the_log_has_what_was_sent(scenario: Scenario, receiver: Receiver) -> None:
    """Deliveries are listed by run, the newest first, and end by themselves after 30 days."""
    scenario.submit(SHOP)
    run(scenario)
    receiver.answer = ILL
    scenario.submit(SHOP)
    run(scenario, 4)
    newest, oldest = scenario.product.endpoints.logged("e1", "", 10)
    assert [one.status for run in (newest, oldest) for one in run.deliveries] == [503, 204]
    [row, _] = Row.query(rows.hook_log("e1"))
    assert timedelta(seconds=int(row.ttl or 0) - int(scenario.time.timestamp())) < 30 * DAY


def test_an_unknown_field_of_a_newer_release_survives(scenario: Scenario, receiver: Receiver) -> None:
    """Two releases run side by side: a field that this one does not know stays on the endpoint."""
    row = Row.find(rows.HOOKS, "e1")
    assert row
    body = json.loads(row.body or "") | {"moves": ["accept"]}
    row.update(actions=[Row.body.set(json.dumps(body))])
    scenario.submit(SHOP)
    run(scenario)
    changed = Row.find(rows.HOOKS, "e1")
    assert changed
    assert json.loads(changed.body or "")["moves"] == ["accept"]
    assert receiver.ids


def test_an_endpoint_that_cannot_be_read_stops_no_other(scenario: Scenario, receiver: Receiver) -> None:
    """A row that somebody broke is left out."""
    Row(rows.HOOKS, "e0", body="{").save()
    scenario.submit(SHOP)
    run(scenario)
    assert len(receiver.ids) == 1

"""The sending of webhooks: what is sent, what is written, and that one endpoint delays no other."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from chalicelib.access.links import PurposeKeys
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.frozen import replace
from chalicelib.hooks.endpoint import (
    GIVEN_UP,
    Delivery,
    DeliveryFault,
    Endpoint,
    Replay,
    Signing,
    WebhookKind,
    Why,
    secret,
)
from chalicelib.hooks.https import Answer, Https
from chalicelib.hooks.sending import A_RUN, Sender, event, headers
from chalicelib.view.changes import Changed
from tests.hooks.receiver import certificates, receiving
from tests.scenario import DAY, T0

MINUTE = timedelta(minutes=1)
KEYS = PurposeKeys("1", {"1": "k" * 64})
WELL, ILL = Answer(204, None, 5), Answer(500, DeliveryFault.STATUS, 5)


def endpoint(id: str = "e1", **more: object) -> Endpoint:
    """Return an endpoint of the partner acme."""
    made = Endpoint(id, "acme", "https://crm.example.com/", "it@a.example", "en", T0, (Signing(1, "1"),))
    return replace(made, **more)


def change(n: int, at: datetime = T0) -> Changed:
    """Return the n-th change of a complaint."""
    return Changed("260212000018", "order-7", "accept", n, at, "investigating")


@dataclass
class World:
    """Endpoints, changes, a clock, and receivers that answer as `answers` says, by endpoint's address. It
    counts what was read and written."""

    kept: dict[str, Endpoint] = field(default_factory=dict)
    changes: list[Changed] = field(default_factory=list)
    now: datetime = T0
    answers: Callable[[str, str], Answer] = lambda url, id: WELL
    got: list[tuple[datetime, str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    logged: list[tuple[str, tuple[Delivery, ...]]] = field(default_factory=list)
    count_: Counter[str] = field(default_factory=Counter)

    def every(self) -> list[Endpoint]:
        """Return all endpoints."""
        return [*self.kept.values()]

    def change(self, id: str, step: Callable[[Endpoint], Endpoint]) -> Endpoint | None:
        """Change an endpoint."""
        after = step(self.kept[id])
        self.count_["writes"] += after != self.kept[id]
        self.kept[id] = after
        return after

    def log(self, id: str, at: datetime, deliveries: Sequence[Delivery]) -> None:
        """Write a line of the log."""
        self.count_["writes"] += 1
        self.logged.append((id, tuple(deliveries)))

    def after(self, feed: str, position: str, limit: int) -> tuple[list[Changed], str]:
        """Return changes after a position, which is a number here."""
        self.count_["reads"] += 1
        assert feed == "partner:acme"
        begin = int(position or 0)
        found = self.changes[begin : begin + limit]
        return found, str(begin + len(found)) if found else position

    def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Take a webhook."""
        self.got.append((self.now, url, headers["webhook-id"]))
        self.bodies.append(body)
        return self.answers(url, headers["webhook-id"])

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Count a metric."""
        self.count_[name] += int(value)

    def sender(self, poster: object = None, *held: str) -> Sender:
        """Return the sender."""
        to: Any = poster or self
        return Sender(self, self, lambda: KEYS, to, self, lambda: self.now, lambda: held)

    def minutes(self, many: int, sender: Sender | None = None) -> None:
        """Let minutes pass, each with a run."""
        sender = sender or self.sender()
        for _ in range(many):
            sender.run(lambda: 55_000)
            self.now += MINUTE

    @property
    def ids(self) -> list[str]:
        """The ids of the webhooks that were posted."""
        return [id for _, _, id in self.got]


@pytest.fixture
def world() -> World:
    """A world with one endpoint and three changes."""
    return World({"e1": endpoint()}, [change(n) for n in (1, 2, 3)])


def test_each_change_is_sent_once_in_order(world: World) -> None:
    """Two writes for a run, whatever the number of webhooks, and none when nothing is new."""
    world.minutes(1)
    assert world.ids == [f"msg_260212000018_{n}" for n in (1, 2, 3)]
    assert world.count_["writes"] == 2
    world.minutes(5)
    assert len(world.ids) == 3
    assert world.count_["writes"] == 2


def test_a_payload_has_no_words_of_people(world: World) -> None:
    """The payload has codes, numbers and moments."""
    world.minutes(1)
    assert json.loads(world.bodies[0]) == {
        "type": "complaint.accept",
        "timestamp": "2026-02-12T01:00:00Z",
        "data": {
            "version": 1,
            "number": "260212000018",
            "external_id": "order-7",
            "move": "accept",
            "entry": 1,
            "stage": "investigating",
        },
    }


def test_the_same_webhook_is_tried_until_it_is_taken(world: World) -> None:
    """The id and the body stay, later changes wait, and then go on in order."""
    well = T0 + timedelta(minutes=10)
    world.answers = lambda url, id: WELL if world.now >= well or id.endswith("_1") else ILL
    world.minutes(20)
    assert world.ids == [f"msg_260212000018_{n}" for n in (1, 2, 2, 2, 2, 2, 3)]
    assert len({*world.bodies}) == 3
    assert [at - T0 for at, _, id in world.got if id.endswith("_2")] == [n * MINUTE for n in (0, 1, 3, 7, 15)]
    assert world.kept["e1"].failing is None


def test_a_dead_endpoint_costs_no_write_and_no_read_a_try(world: World) -> None:
    """The first failure writes the endpoint and a line of the log. Further tries read and write nothing,
    until the endpoint is disabled after five days."""
    world.answers = lambda url, id: ILL
    world.minutes(2)
    before = Counter(world.count_)
    world.minutes(GIVEN_UP // MINUTE - 5)
    assert len(world.got) > 110
    assert (world.count_ - before)["writes"] == 0
    assert (world.count_ - before)["reads"] == 0
    world.minutes(70)
    off = world.kept["e1"].off
    assert off
    assert (off.why, off.told) == (Why.FAILED, False)
    assert world.count_["writes"] == 4
    assert world.count_["HookDisabled"] == 1
    tried = len(world.got)
    world.minutes(120)
    assert len(world.got) == tried


def test_an_endpoint_that_was_resumed_gets_what_it_missed(world: World) -> None:
    """The place is kept while it is disabled."""
    world.answers = lambda url, id: Answer(410, DeliveryFault.STATUS, 5)
    world.minutes(1)
    assert world.kept["e1"].off
    world.answers = lambda url, id: WELL
    world.kept["e1"] = world.kept["e1"].resumed()
    world.minutes(1)
    assert world.ids == [f"msg_260212000018_{n}" for n in (1, 1, 2, 3)]


def test_a_range_is_sent_again_with_the_same_ids(world: World) -> None:
    """A replay sends the changes of a range again, after the new ones."""
    world.changes = [change(n, T0 + n * DAY) for n in range(1, 6)]
    world.kept["e1"] = endpoint(after="5", replay=Replay("1", T0 + 3 * DAY))
    world.minutes(3)
    assert world.ids == ["msg_260212000018_2", "msg_260212000018_3"]
    assert world.kept["e1"].replay is None
    assert world.kept["e1"].after == "5"
    assert {one.kind for _, run in world.logged for one in run} == {WebhookKind.REPLAY}


def test_one_webhook_is_sent_again(world: World) -> None:
    """A replay of one webhook finds it among the others."""
    world.kept["e1"] = endpoint(after="3", replay=Replay("", T0 + DAY, "msg_260212000018_2"))
    world.minutes(2)
    assert world.ids == ["msg_260212000018_2"]
    assert world.kept["e1"].replay is None


def test_a_long_replay_goes_on_where_it_stopped(world: World) -> None:
    """A replay of more than fits into a run, whose receiver fails in between, loses nothing."""
    world.changes = [change(n) for n in range(1, A_RUN + 50)]
    world.kept["e1"] = endpoint(after=str(len(world.changes)), replay=Replay("", T0 + DAY))
    fails = iter([WELL] * 120 + [ILL] + [WELL] * 2000)
    world.answers = lambda url, id: next(fails)
    world.minutes(6)
    assert [*dict.fromkeys(world.ids)] == [f"msg_260212000018_{n}" for n in range(1, A_RUN + 50)]
    assert len(world.ids) <= A_RUN + 49 + 2
    assert world.kept["e1"].replay is None


def test_a_test_event_is_sent_even_to_a_disabled_endpoint(world: World) -> None:
    """The log gets the result of the test event. The endpoint stays as it was."""
    world.kept["e1"] = endpoint(test="test_1").paused(T0)
    world.answers = lambda url, id: ILL
    world.minutes(2)
    assert world.ids == ["test_1"]
    assert world.kept["e1"] == endpoint().paused(T0)
    [(_, [logged])] = world.logged
    assert (logged.kind, logged.fault) == (WebhookKind.TEST, DeliveryFault.STATUS)


def test_held_hooks_send_nothing(world: World) -> None:
    """While operators hold webhooks, nothing is sent and read. Afterwards everything is."""
    world.minutes(3, world.sender(None, "hooks"))
    assert (world.got, world.count_["reads"], world.count_["HooksHeld"]) == ([], 0, 3)
    world.minutes(1)
    assert len(world.got) == 3


def test_a_hold_stops_webhooks_on_their_way(world: World) -> None:
    """The record keeps the webhooks that were sent before the hold. The rest follows after the
    release."""
    asked = iter([(), (), ("hooks",)])
    sender = Sender(world, world, lambda: KEYS, world, world, lambda: world.now, lambda: next(asked))
    world.minutes(1, sender)
    assert len(world.got) == 1
    world.minutes(1)
    assert len(world.got) == len({*world.ids}) == 3


def test_a_broken_endpoint_does_not_stop_the_others(world: World) -> None:
    """An endpoint whose changes cannot be read is tried again; the others get theirs."""
    world.kept["e0"] = endpoint("e0", after="broken")
    world.kept = dict(sorted(world.kept.items()))
    world.minutes(1)
    assert len(world.got) == 3
    assert world.count_["UnhandledError"] == 1


def test_an_outage_of_the_keys_delays_only(world: World) -> None:
    """Without the keys nothing is sent, and nothing is lost."""

    def away() -> PurposeKeys:
        raise Unavailable("secrets")

    sender = world.sender()
    sender._keys = away
    world.minutes(2, sender)
    assert world.got == []
    world.minutes(1)
    assert len(world.got) == 3


def test_an_endpoint_that_hangs_delays_no_other() -> None:
    """Twenty endpoints hang until their time is over; the one that works gets its webhooks at once, over real
    connections."""
    arrived: list[float] = []
    began = time.monotonic()

    def well(line: object, head: bytes) -> None:
        arrived.append(time.monotonic() - began)
        line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")  # type: ignore[attr-defined]

    with receiving(lambda line, head: time.sleep(2)) as hanging, receiving(well) as working:
        kept = {f"e{n:02}": endpoint(f"e{n:02}", url=hanging.url) for n in range(20)}
        kept["e99"] = endpoint("e99", url=working.url)
        world = World(kept, [change(1), change(2)])
        https = Https(loopback=True, context=lambda: certificates("localhost").trusting, seconds=1.5)
        world.sender(https).run(lambda: 55_000)
    assert len(arrived) == 2
    assert max(arrived) < 1.2
    assert len(hanging.got) == 20
    assert time.monotonic() - began < 4


def test_a_name_server_that_hangs_delays_no_other(world: World) -> None:
    """A name whose resolution outlasts the run counts as a failure. The run ends in time."""

    def slow(host: str, port: int) -> list[str]:
        time.sleep(2 if host == "slow.example.com" else 0)
        return ["93.184.216.34"]

    class Poster(Https):
        def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            self.resolve(url.split("/")[2], 443)
            return world.post(url, dict(headers), body)

    world.kept = {"e0": endpoint("e0", url="https://slow.example.com/"), "e1": endpoint()}
    began, sender = time.monotonic(), world.sender(Poster(resolve=slow))
    sender.longest_s = 0.2
    sender.run(lambda: 5_600)
    assert time.monotonic() - began < 1.5
    assert len([one for one in world.got if one[1] == "https://crm.example.com/"]) == 3
    failing = world.kept["e0"].failing
    assert failing
    assert failing.fault == DeliveryFault.SILENT


def test_no_webhook_begins_that_the_worker_may_not_end(world: World) -> None:
    """A run without time left sends nothing, and keeps the place."""
    world.sender().run(lambda: 14_000)
    assert world.got == []
    world.minutes(1)
    assert len(world.got) == 3


def test_webhooks_verify_with_either_secret_while_rotating() -> None:
    """A receiver that still has the secret before, and one that has the new one, both verify."""
    of = endpoint().rotated("1", T0)
    now = datetime.now(T0.tzinfo)
    made = [secret(KEYS, of.id, one) for one in of.signing(T0)]
    webhook = event(change(1), WebhookKind.LIVE, 1)
    sent = headers(webhook, now, made)
    assert len(made) == 2
    for one in made:
        assert Verifier(one).verify(webhook.body, sent) == json.loads(webhook.body)

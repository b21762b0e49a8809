"""Webhook endpoints in the interface: owners, secrets, states, log, replay and tests."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.calendar import stamp
from chalicelib.hooks.endpoint import DeliveryFault
from chalicelib.hooks.https import Answer
from chalicelib.hooks.sending import Sender
from chalicelib.web.webhooks import MOST
from tests.scenario import DAY, WANG, Scenario
from tests.web.calls import EN, bearing, post
from tests.web.provider import Provider

GOOD = {"url": "https://crm.example.com/hooks", "contact": "it@shop.example", "language": "en"}


class Shop:
    """A partner with a key for its webhooks, and a receiver with a set answer."""

    def __init__(self, client: Any, scenario: Scenario, headers: dict[str, str]) -> None:
        self.client, self.scenario, self.headers = client, scenario, headers
        self.answer, self.got = Answer(204, None, 12), list[tuple[str, str]]()
        product = scenario.product
        product.__dict__["webhooks"] = Sender(
            product.endpoints,
            product.changed_rows,
            lambda: product.hook_keys,
            self,
            product.meters,
            lambda: scenario.time,
        )

    def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Take a webhook."""
        self.got.append((headers["webhook-id"], headers["webhook-signature"]))
        return self.answer

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the interface."""
        sent = b"" if body is None else json.dumps(body).encode()
        return self.client.http.request(method, path, headers=self.headers, body=sent)

    def made(self, **more: Any) -> Any:
        """Create an endpoint."""
        return self.call("POST", "/v1/webhooks", {**GOOD, **more}).json_body

    def minutes(self, many: int = 1) -> None:
        """Let minutes pass, each with a run of the sender."""
        for _ in range(many):
            self.scenario.product.webhooks.run(lambda: 55_000)
            self.scenario.later(timedelta(minutes=1))

    def files(self) -> str:
        """File a complaint."""
        return str(self.scenario.submit(caller(self)).ref)


def caller(shop: Shop) -> Any:
    """Return the partner as a caller."""
    from chalicelib.web import partners

    return partners.caller(shop.headers["Authorization"].removeprefix("Bearer "), None)


def partner(client: Any, scenario: Scenario, provider: Provider, name: str, *scopes: str) -> Shop:
    """Return a partner with a key for these scopes."""
    wanted = {"partner": name, "scopes": scopes or ("file", "hooks")}
    key = post(client, "/v1/keys", wanted, bearing(provider, "zheng", "role:administrator")).json_body["key"]
    return Shop(client, scenario, {**EN, "Authorization": f"Bearer {key}"})


@pytest.fixture
def shop(client: Any, scenario: Scenario, provider: Provider) -> Shop:
    """A partner."""
    return partner(client, scenario, provider, "shop")


def test_a_partner_keeps_its_own_endpoints(
    shop: Shop, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A partner creates, lists, changes and deletes its endpoints. Another partner cannot see them, but the
    administrator can."""
    made = shop.made()
    here = f"/v1/webhooks/{made['id']}"
    assert (made["partner"], made["state"]) == ("shop", "active")
    changed = shop.call("PUT", here, {**GOOD, "url": "https://other.example.com/"}).json_body
    assert changed["url"] == "https://other.example.com/"
    assert "secret" not in changed
    other = partner(client, scenario, provider, "mall")
    for method, path, body in (
        ("GET", here, None),
        ("PUT", here, GOOD),
        ("DELETE", here, None),
        ("GET", f"{here}/deliveries", None),
        *(("POST", f"{here}/{deed}", {}) for deed in ("pause", "resume", "secret", "test")),
    ):
        assert other.call(method, path, body).status_code == 404, (method, path)
    assert other.call("GET", "/v1/webhooks").json_body["items"] == []
    listed = client.http.get("/v1/webhooks", headers=bearing(provider, "zheng", "role:administrator"))
    assert [one["id"] for one in listed.json_body["items"]] == [made["id"]]
    assert shop.call("DELETE", here).json_body == {"deleted": True}
    assert shop.call("GET", here).status_code == 404


def test_others_manage_no_endpoints(shop: Shop, client: Any, scenario: Scenario, provider: Provider) -> None:
    """A key without the scope, staff, a party and a stranger get no list of endpoints."""
    lacking = partner(client, scenario, provider, "mall", "file", "read")
    assert lacking.call("GET", "/v1/webhooks").json_body["type"] == "/problems/key_scope"
    lead = bearing(provider, "sun", "role:lead")
    assert client.http.get("/v1/webhooks", headers=lead).status_code == 403
    assert client.http.get("/v1/webhooks", headers=EN).status_code == 401
    ref = shop.files()
    token = scenario.product.links.token(ref, "p1", 1)
    assert client.http.get("/v1/webhooks", headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_the_administrator_names_the_partner(client: Any, scenario: Scenario, provider: Provider) -> None:
    """Without a name there is no endpoint; a partner cannot name another one."""
    zheng = bearing(provider, "zheng", "role:administrator")
    assert post(client, "/v1/webhooks", GOOD, zheng).json_body["errors"][0]["pointer"] == "/partner"
    assert post(client, "/v1/webhooks", {**GOOD, "partner": "shop"}, zheng).json_body["partner"] == "shop"
    mall = partner(client, scenario, provider, "mall")
    assert mall.made(partner="shop")["partner"] == "mall"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("url", "http://crm.example.com/"),
        ("url", "https://user:password@crm.example.com/"),
        ("url", "https://crm.example.com:8443/"),
        ("url", "https://[::1]/"),
        ("url", "https://169.254.169.254/"),
        ("url", "https://客服.example.com/"),
        ("url", "https://localhost/"),
        ("contact", "nobody"),
        ("contact", "it@shop.example\r\nBcc: all@shop.example"),
        ("language", "fr"),
        ("partner", "Shop!"),
    ],
)
def test_bad_input_is_refused_by_field(shop: Shop, field: str, said: str) -> None:
    """The answer names the field, in words."""
    answer = shop.call("POST", "/v1/webhooks", {**GOOD, field: said})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json_body["errors"]] == [f"/{field}"]
    assert shop.call("GET", "/v1/webhooks").json_body["items"] == []


def test_a_partner_has_five_endpoints(shop: Shop) -> None:
    """A sixth is refused."""
    for _ in range(MOST):
        shop.made()
    assert shop.made()["type"] == "/problems/hooks_full"


def test_a_secret_is_shown_once_and_rotated(shop: Shop) -> None:
    """The answer that creates a secret is the only one that shows it. Both secrets sign for a day after a
    rotation."""
    made = shop.made()
    here = f"/v1/webhooks/{made['id']}"
    secret = made["secret"]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert len(b64decode(secret.removeprefix("whsec_"))) == 32
    rotated = shop.call("POST", f"{here}/secret", {})
    assert rotated.status_code == 201
    assert rotated.json_body["secret"] != secret
    assert [one["generation"] for one in rotated.json_body["secrets"]] == [2, 1]
    shown = shop.call("GET", here).body.decode() + shop.call("GET", "/v1/webhooks").body.decode()
    assert "whsec_" not in shown
    shop.files()
    shop.minutes()
    assert len(shop.got[0][1].split(" ")) == 2
    shop.scenario.later(DAY)
    shop.files()
    shop.minutes()
    assert len(shop.got[-1][1].split(" ")) == 1


def test_an_endpoint_shows_its_state(shop: Shop) -> None:
    """The endpoint shows that it is active, failing with its fault and next try, paused, and active again."""
    here = f"/v1/webhooks/{shop.made()['id']}"
    ref = shop.files()
    shop.answer = Answer(503, DeliveryFault.STATUS, 12)
    shop.minutes(2)
    failing = shop.call("GET", here).json_body
    assert (failing["state"], failing["fault"], failing["status"]) == ("failing", "status", 503)
    assert failing["webhook_id"] == f"msg_{ref}_1"
    assert failing["next_try"] == stamp(shop.scenario.time + timedelta(minutes=1))
    assert shop.call("POST", f"{here}/pause", {}).json_body["state"] == "paused"
    shop.answer = Answer(204, None, 12)
    shop.minutes(3)
    assert len(shop.got) == 2
    assert shop.call("POST", f"{here}/resume", {}).json_body["state"] == "active"
    shop.minutes()
    assert shop.got[-1][0] == f"msg_{ref}_1"


def test_the_log_is_paged_and_its_webhooks_are_sent_again(shop: Shop) -> None:
    """A page has twenty runs. One webhook of the log, or a range, is sent again with the ids of before."""
    here = f"/v1/webhooks/{shop.made()['id']}"
    began = shop.scenario.time
    refs = []
    for _ in range(21):
        refs.append(shop.files())
        shop.minutes()
    first = shop.call("GET", f"{here}/deliveries").json_body
    second = shop.call("GET", f"{here}/deliveries?cursor={first['next']}").json_body
    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 1, None)
    assert first["items"][0]["webhook_id"] == f"msg_{refs[-1]}_1"
    oldest = f"msg_{refs[0]}_1"
    answer = shop.call("POST", f"{here}/deliveries/{oldest}", {})
    assert (answer.status_code, answer.json_body["replaying"]) == (202, True)
    again = shop.call("POST", f"{here}/deliveries/{oldest}", {})
    assert again.json_body["type"] == "/problems/hook_replaying"
    shop.minutes(2)
    assert [id for id, _ in shop.got[21:]] == [oldest]
    until = began + timedelta(minutes=3, seconds=30)
    answer = shop.call("POST", f"{here}/replay", {"since": stamp(began), "until": stamp(until)})
    assert answer.status_code == 202
    shop.minutes(2)
    assert [id for id, _ in shop.got[22:]] == [f"msg_{ref}_1" for ref in refs[:4]]
    assert shop.call("GET", f"{here}/deliveries").json_body["items"][0]["kind"] == "replay"


@pytest.mark.parametrize(("since", "until"), [(-1, -2), (0, 0), (-91, -1)])
def test_an_impossible_range_is_refused(shop: Shop, since: int, until: int) -> None:
    """A range that is empty, or begins before changes are stored."""
    here, now = f"/v1/webhooks/{shop.made()['id']}", shop.scenario.time
    said = {"since": stamp(now + since * DAY), "until": stamp(now + until * DAY)}
    assert shop.call("POST", f"{here}/replay", said).json_body["type"] == "/problems/hook_range"


@pytest.mark.parametrize("id", ["msg_1_1", "test_1", "x" * 150])
def test_an_unknown_webhook_is_not_sent_again(shop: Shop, id: str) -> None:
    """Only a webhook about a change that is in the log."""
    here = f"/v1/webhooks/{shop.made()['id']}"
    assert shop.call("POST", f"{here}/deliveries/{id}", {}).json_body["type"] == "/problems/hook_unknown"


def test_a_test_event_is_sent_and_logged(shop: Shop) -> None:
    """The sender delivers the test event within a minute, and the log has the answer."""
    here = f"/v1/webhooks/{shop.made()['id']}"
    answer = shop.call("POST", f"{here}/test", {})
    assert answer.status_code == 202
    shop.minutes()
    [logged] = shop.call("GET", f"{here}/deliveries").json_body["items"]
    assert (logged["webhook_id"], logged["kind"], logged["status"]) == (
        answer.json_body["webhook_id"],
        "test",
        204,
    )


def test_a_new_endpoint_begins_with_now(shop: Shop) -> None:
    """The sender does not automatically send a new endpoint any event from before its creation."""
    ref = shop.files()
    shop.scenario.later(timedelta(minutes=1))
    shop.made()
    shop.scenario.later(timedelta(minutes=1))
    shop.scenario.move(WANG, "accept", ref)
    shop.minutes()
    assert [id for id, _ in shop.got] == [f"msg_{ref}_2"]

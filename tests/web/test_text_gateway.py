"""The address to which the gateway of short messages posts: its secret part, its forms, and its answers."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.casework.messages import BY_TEXT, Messages
from tests.scenario import Scenario
from tests.web.desk import Desk, visible

NAMES = {"id": "sid", "state": "state", "delivered": ["0"], "number": "mobile", "text": "content"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def gateway(scenario: Scenario, client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns a function that posts as the gateway does, with the right key unless another is given."""
    monkeypatch.setenv("SMS_REPORTS", json.dumps({**NAMES, "answer": '{"code": 0}'}))
    Messages(scenario)

    def post(body: Any, key: str = "", kind: str = "application/json") -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        path = f"/texts/{key or scenario.product.text_keys[0]}"
        return client.http.post(path, headers={"Content-Type": kind}, body=raw)

    return post


def test_gateway_is_answered_as_it_wants(scenario: Scenario, gateway: Any) -> None:
    """A message in JSON or as a form is taken, and answered with the words of the setting."""
    case = scenario.submit(person=BY_TEXT)
    said = {"mobile": "13800138000", "content": "发票寄了"}
    for body, kind in ((said, "application/json"), (urlencode(said).encode(), FORM)):
        answer = gateway(body, kind=kind)
        assert (answer.status_code, answer.json_body) == (200, {"code": 0})
    assert len(scenario.product.file.load(case.ref).messages) == 1


def test_reports_on_unknown_messages_are_asked_for_again(scenario: Scenario, gateway: Any) -> None:
    """404 makes a gateway repeat; a report on our message is taken."""
    scenario.submit(person=BY_TEXT)
    assert gateway({"sid": "message-1", "state": "0"}).status_code == 404
    scenario.post()
    assert gateway({"sid": "message-1", "state": "0"}).status_code == 200


@pytest.mark.parametrize(("language", "words"), [("en", "reached the telephone"), ("zh", "已送达手机")])
def test_desk_says_that_a_message_arrived(
    scenario: Scenario, client: Any, gateway: Any, language: str, words: str
) -> None:
    """The list of letters tells a message that was shown from one that was only sent."""
    case, desk = scenario.submit(person=BY_TEXT), Desk(client, scenario, "wang", language)
    scenario.post()
    assert words not in visible(desk.get(f"/desk/cases/{case.ref}/letters"))
    gateway({"sid": "message-1", "state": "0"})
    assert words in visible(desk.get(f"/desk/cases/{case.ref}/letters"))


@pytest.mark.parametrize("key", ["x", "0" * 40, "é"])
def test_wrong_key_takes_nothing(scenario: Scenario, gateway: Any, key: str) -> None:
    """A stranger who guesses the address gets 404, as if it did not exist."""
    case = scenario.submit(person=BY_TEXT)
    assert gateway({"mobile": "13800138000", "content": "x"}, key=key).status_code == 404
    assert scenario.product.file.load(case.ref).messages == ()


def test_address_does_not_exist_without_the_setting(
    scenario: Scenario, gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without names of fields nothing is taken."""
    monkeypatch.delenv("SMS_REPORTS")
    assert gateway({"mobile": "13800138000", "content": "x"}).status_code == 404


@pytest.mark.parametrize("body", [b"{", b"[" * 10_000, b"\xff", b"a=1&" * 500])
def test_what_cannot_be_read_is_refused(gateway: Any, body: bytes) -> None:
    """A body that is neither JSON nor a short form gets 400."""
    assert gateway(body).status_code == 400

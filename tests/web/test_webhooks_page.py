"""The page of webhooks on the desk: endpoints, secrets that are shown once, states and the log."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.hooks.endpoint import Delivery, DeliveryFault, Failing, Off, WebhookKind, Why
from chalicelib.web.webhooks import MOST
from tests.scenario import DAY, Scenario
from tests.web.desk import FORM, Desk, visible

SECRET = re.compile(r"whsec_[\w+/=]+")
GOOD = {
    "partner": "shop",
    "url": "https://crm.example.com/hooks",
    "contact": "it@shop.example",
    "language": "en",
}


@pytest.fixture
def desk(client: Any, scenario: Scenario) -> Desk:
    """The administrator, in English."""
    return Desk(client, scenario, "zheng", "en")


def new_form(desk: Desk) -> dict[str, str]:
    """Open the form for a new endpoint; return it filled in."""
    found = re.search(r'name="id" value="([0-9a-f]{26})"', desk.get("/desk/webhooks/new"))
    assert found
    return {**GOOD, "id": found[1]}


def sent(desk: Desk, deed: str, form: dict[str, str]) -> Any:
    """Post a form; return the answer."""
    body = urlencode(form).encode()
    return desk.client.http.post(f"/desk/webhooks/{deed}", headers={**desk.headers, **FORM}, body=body)


def test_a_new_secret_is_shown_on_the_answer_only(desk: Desk, scenario: Scenario) -> None:
    """The same form later makes no second endpoint and shows no secret; neither does the list."""
    form = new_form(desk)
    answer = sent(desk, "new", form)
    assert len(SECRET.findall(answer.body.decode())) == 1
    assert answer.headers["Cache-Control"] == "no-store"
    scenario.later(timedelta(seconds=11))
    again = sent(desk, "new", form)
    assert again.headers["Location"].endswith("/desk/webhooks")
    page = desk.get("/desk/webhooks")
    assert "crm.example.com" in visible(page)
    assert SECRET.findall(page) == []
    assert len(scenario.product.endpoints.every()) == 1


def test_a_double_press_shows_the_secret_of_its_only_endpoint(desk: Desk, scenario: Scenario) -> None:
    """The browser drops the answer to the first press. The last endpoint that a partner may have is none too
    many at the second press."""
    for _ in range(MOST - 1):
        sent(desk, "new", new_form(desk))
    form = new_form(desk)
    first, second = (SECRET.findall(sent(desk, "new", form).body.decode()) for _ in range(2))
    assert len(first) == 1
    assert second == first
    assert len(scenario.product.endpoints.every()) == MOST


def test_a_secret_is_replaced_once(desk: Desk, scenario: Scenario) -> None:
    """The question comes first. A form that is posted again replaces nothing."""
    form = new_form(desk)
    first = SECRET.findall(sent(desk, "new", form).body.decode())
    assert "Replace the secret" in visible(desk.get(f"/desk/webhooks/rotate?id={form['id']}"))
    asked = {"id": form["id"], "generation": "1"}
    second = SECRET.findall(sent(desk, "rotate", asked).body.decode())
    assert len(second) == 1
    assert second != first
    assert SECRET.findall(sent(desk, "rotate", asked).body.decode()) == second
    scenario.later(timedelta(seconds=11))
    assert sent(desk, "rotate", asked).status_code == 303
    [endpoint] = scenario.product.endpoints.every()
    assert [one.generation for one in endpoint.secrets] == [2, 1]


def test_mistakes_keep_what_was_typed(desk: Desk, scenario: Scenario) -> None:
    """The form names the field, and changes nothing."""
    answer = sent(desk, "new", {**new_form(desk), "url": "https://10.0.0.1/in"})
    assert answer.status_code == 422
    page = answer.body.decode()
    assert "no IP address" in visible(page)
    assert 'value="https://10.0.0.1/in"' in page
    assert sent(desk, "new", {**new_form(desk), "partner": ""}).status_code == 422
    assert scenario.product.endpoints.every() == []


def test_buttons_do_what_they_say(desk: Desk, scenario: Scenario) -> None:
    """Change, pause, resume, test and delete."""
    form = new_form(desk)
    sent(desk, "new", form)
    id, endpoints = form["id"], scenario.product.endpoints

    def state() -> Any:
        return endpoints.find(id)

    sent(desk, "change", {**form, "url": "https://other.example.com/"})
    assert state().url == "https://other.example.com/"
    sent(desk, "pause", {"id": id})
    assert state().off.why == Why.PAUSED
    assert "paused" in visible(desk.get("/desk/webhooks"))
    sent(desk, "resume", {"id": id})
    assert state().off is None
    sent(desk, "test", {"id": id})
    assert state().test.startswith("test_")
    assert "cannot be undone" in visible(desk.get(f"/desk/webhooks/delete?id={id}"))
    sent(desk, "delete", {"id": id})
    assert state() is None


def test_a_failure_is_told_in_words(desk: Desk, scenario: Scenario) -> None:
    """The list shows the first fault, since when, and the next try; after five days that it was stopped."""
    form = new_form(desk)
    sent(desk, "new", form)
    failing = Failing(
        scenario.time, DeliveryFault.TLS, None, "msg_1_1", WebhookKind.LIVE, "{}", scenario.time
    )
    scenario.product.endpoints.change(form["id"], lambda one: replace(one, failing=failing))
    shown = visible(desk.get("/desk/webhooks"))
    assert "the certificate or encryption is invalid" in shown
    assert "Next try" in shown
    off = Off(scenario.time + 5 * DAY, Why.FAILED)
    scenario.product.endpoints.change(form["id"], lambda one: replace(one, off=off))
    shown = visible(desk.get("/desk/webhooks"))
    assert "stopped" in shown
    assert "Next try" not in shown


def test_the_log_offers_to_send_again(desk: Desk, scenario: Scenario) -> None:
    """Each delivery of a change that was taken; a failed one is sent again by itself."""
    form = new_form(desk)
    sent(desk, "new", form)
    deliveries = [
        Delivery("msg_1_1", WebhookKind.LIVE, scenario.time, 204, None, 12),
        Delivery("test_2", WebhookKind.TEST, None, 200, None, 12),
        Delivery("msg_1_3", WebhookKind.LIVE, scenario.time, 500, DeliveryFault.STATUS, 12),
    ]
    scenario.product.endpoints.log(form["id"], scenario.time, deliveries)
    page = desk.get(f"/desk/webhooks/log?id={form['id']}")
    assert re.findall(r'name="webhook" value="(\w+)"', page) == ["msg_1_1"]
    assert "the answer is an error (500)" in visible(page)
    sent(desk, "again", {"id": form["id"], "webhook": "msg_1_1"})
    replay = scenario.product.endpoints.find(form["id"]).replay
    assert replay.only == "msg_1_1"


def test_only_the_administrator_opens_it(client: Any, scenario: Scenario) -> None:
    """The supervisor cannot open the pages or create an endpoint."""
    other = Desk(client, scenario, "zhou", "en")
    for path in ("/desk/webhooks", "/desk/webhooks/new", "/desk/webhooks/log?id=1"):
        assert client.http.get(path, headers=other.headers).status_code == 403
    assert sent(other, "new", GOOD).status_code == 403

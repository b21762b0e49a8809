"""Tests that shared telephone numbers are refused wherever a person's own number is asked for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.scenario import Scenario
from tests.web.calls import post as call
from tests.web.links import FORM, held

OWN = {**FORM, "Sec-Fetch-Site": "same-origin"}
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def change(client: Any, scenario: Scenario, ref: str, key: str = "k", **said: str) -> Any:
    """Change the consumer's contact on the page."""
    body = urlencode({"key": key, **said}).encode()
    return client.http.post("/case/moves/change_contact", headers={**held(scenario, ref), **OWN}, body=body)


SHARED = ["4008001234", "8008101234", "16896888", "+1 900 555 1234", "+33 899 12 34 56", "+44 7012 345678"]


@LANGUAGES
@pytest.mark.parametrize("phone", SHARED)
def test_a_number_that_is_not_one_persons_is_refused(
    client: Any, scenario: Scenario, phone: str, language: str
) -> None:
    """Premium-rate, shared-cost and freephone numbers are refused on page and interface, for the party and
    for a representative. The sentence says what to give instead.
    """
    ref = scenario.submit().ref
    headers = {
        "Authorization": f"Bearer {scenario.product.links.token(ref, 'p1', 1)}",
        "Accept-Language": language,
    }
    said = {"zh": "不是个人的号码", "en": "premium-rate, shared-cost"}[language]
    tries = {
        f"/v1/cases/{ref}/moves/change_contact": {"phone": phone, "way": "sms"},
        f"/v1/cases/{ref}/moves/add_representative": {
            "person": {"name": "李雪", "phone": phone, "capacity": "agent"},
            "powers": ["submit"],
        },
    }
    for path, body in tries.items():
        answer = call(client, path, body, headers)
        assert answer.status_code == 422
        assert said in json.dumps(answer.json_body, ensure_ascii=False)
    body = urlencode({"key": "k", "phone": phone}).encode()
    cookie = {"Cookie": held(scenario, ref)["Cookie"] + f"; __Host-lang={language}"}
    shown = client.http.post("/case/moves/change_contact", headers={**cookie, **OWN}, body=body)
    assert said in shown.body.decode()
    assert scenario.moves(ref) == ["submit"]


def test_a_landline_is_called_and_gets_no_text(client: Any, scenario: Scenario) -> None:
    """A landline is accepted as a person's own number, but not for short messages."""
    ref = scenario.submit().ref
    assert change(client, scenario, ref, phone="010-6552 9988").status_code == 303
    refused = change(client, scenario, ref, "k2", phone="010-6552 9988", way="sms")
    assert "短信只发到中国大陆的手机号码" in refused.body.decode()

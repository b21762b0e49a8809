"""Tests that every contact form refuses our own addresses, at the field, with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.cases.casework import Unavailable
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.register import Register
from tests.domain.registered import mediator
from tests.scenario import WANG, Scenario, complaint
from tests.web.calls import EN, ZH, bearing, post
from tests.web.limits import bearer
from tests.web.links import shop
from tests.web.provider import Provider

OURS = ["info@complaints.example", "info@mail.соmplaints.example", "Sun+1@House.example", "ѕun@hоuse.example"]


@pytest.mark.parametrize("address", OURS)
@pytest.mark.parametrize("by", ["anybody", "partner", "desk"])
def test_no_complaint_is_filed_with_an_address_of_ours(
    scenario: Scenario, client: Any, provider: Provider, address: str, by: str
) -> None:
    """Every channel refuses it; the answer names the field in both languages."""
    headers = {
        "anybody": dict[str, str],
        "partner": lambda: shop(client, provider),
        "desk": lambda: bearing(provider, "wang", "role:intake"),
    }[by]()
    body = complaint(person={"name": "王芳", "email": address})
    for spoken, words in ((EN, "belongs to our company"), (ZH, "是我们公司")):
        refused = post(client, "/v1/complaints", body, {**headers, **spoken})
        assert refused.status_code == 422
        [error] = refused.json_body["errors"]
        assert (error["pointer"], error["code"]) == ("/person/email", "own_address")
        assert words in error["message"]
    telephone = complaint(person={"name": "王芳", "phone": "13800138000"})
    assert post(client, "/v1/complaints", telephone, {**headers, **EN}).status_code == 201


@pytest.mark.parametrize("address", OURS)
def test_addresses_of_ours_are_refused_for_people_on_a_case(
    scenario: Scenario, client: Any, address: str
) -> None:
    """A new contact, a representative and a successor are all refused."""
    ref = scenario.submit().ref
    agent = {"name": "李律师", "email": address, "capacity": "lawyer"}
    for move, field, body in (
        ("change_contact", "/email", {"email": address}),
        ("add_representative", "/person/email", {"person": agent, "powers": ["answer"]}),
    ):
        refused = post(client, f"/v1/cases/{ref}/moves/{move}", body, EN | bearer(scenario, ref))
        [error] = refused.json_body["errors"]
        assert (refused.status_code, error["pointer"], error["code"]) == (422, field, "own_address")
    heir = {"name": "王小芳", "email": address}
    with pytest.raises(Refusal, match="own_address"):
        scenario.move(
            WANG, "substitute_party", ref, party="p1", person=heir, document="公证书", reason="继承"
        )
    assert scenario.moves(ref) == ["submit"]


def test_the_address_of_a_mediator_is_nobody_elses(scenario: Scenario, client: Any) -> None:
    """A mediator's address is refused once it is registered, because the letters to the mediator go there."""
    body = complaint(person={"name": "王芳", "email": mediator().email})
    assert post(client, "/v1/complaints", body).status_code == 201
    scenario.product.file.keep_register(Register({"ma": mediator()}))
    assert post(client, "/v1/complaints", body).status_code == 422


@pytest.mark.parametrize("address", OURS)
def test_a_danger_is_kept_and_the_address_set_aside(scenario: Scenario, client: Any, address: str) -> None:
    """A report of danger is accepted: the address is kept unread, no mail goes to it, and the answer asks for
    another.
    """
    body = complaint(hurt="hurt", person={"name": "王芳", "phone": "13800138000", "email": address})
    told = post(client, "/v1/complaints", body)
    assert told.status_code == 201
    assert "/person/email" in [one["pointer"] for one in told.json_body["asked"]]
    dossier = scenario.product.file.whole(told.json_body["number"])
    assert dossier.entry(1)[1]["unread"] == {"/person/email": address}
    assert "email" not in dossier.people["p1"]


def test_a_roster_that_cannot_be_read_stops_no_complaint(scenario: Scenario, client: Any) -> None:
    """Our domains are known without the roster."""
    scenario.product.file.__dict__["roster"] = _unavailable
    try:
        assert post(client, "/v1/complaints", complaint()).status_code == 201
        body = complaint(person={"name": "王芳", "email": "info@complaints.example"})
        assert post(client, "/v1/complaints", body).status_code == 422
    finally:
        del scenario.product.file.__dict__["roster"]


def _unavailable() -> Any:
    raise Unavailable("case file")

"""The interface: clear answers for good and bad input, in the caller's language, and nothing written when refused."""
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.house import WANG, House, complaint
from tests.web.provider import Provider

JSON = {"Content-Type": "application/json"}
ZH, EN = {**JSON, "Accept-Language": "zh-CN"}, {**JSON, "Accept-Language": "en-GB,en;q=0.9"}


def post(client: Any, path: str, body: Any, headers: dict[str, str] = EN) -> Any:
    """Post JSON, or raw text as it is."""
    return client.http.post(path, headers=headers, body=(body if isinstance(body, str) else json.dumps(body)).encode())


def rows(house: House) -> int:
    """How many items the table holds."""
    from chalicelib.aws.rows import Row
    return sum(1 for _ in Row.scan())


def link(answer: Any) -> dict[str, str]:
    """The headers of the consumer who got this answer."""
    return {**EN, "Authorization": f"Bearer {answer.json_body['token']}"}


def test_filing_answers_with_number_link_and_what_happens_next(client: Any, house: House) -> None:
    """201 with the number, the link, and by when the decision will be told."""
    answer = post(client, "/v1/complaints", complaint())
    assert answer.status_code == 201
    body = answer.json_body
    assert body["link"].startswith("https://complaints.example/case/") and body["stage"] == "received"
    assert {"what": "acknowledgement", "by": "2026-02-13T01:00:00Z"} in body["next"]
    assert "passphrase" not in body


def test_every_bad_field_is_named_in_the_callers_language(client: Any, house: House) -> None:
    """Missing, wrong, extra, oversized and future values are all told at once, and nothing is written."""
    bad = complaint(person={"phone": "12", "email": "x@"}, happened_on="2031-01-01", colour="red", account={"story": "长" * 20_001},
                    matters=[{"type": "quality", "sub_type": "defect", "amount": {"amount": "1.001"}}], received_at="2099-01-01T00:00:00Z")
    before = rows(house)
    answer = post(client, "/v1/complaints", bad, ZH)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json; charset=utf-8")
    codes = {error["pointer"]: error["code"] for error in answer.json_body["errors"]}
    assert codes == {"/person/phone": "phone", "/person/email": "email", "/happened_on": "date_future", "/colour": "extra",
                     "/account/story": "string_too_long", "/matters/0/amount": "money", "/received_at": "date_future"}
    assert any("电话" in error["message"] for error in answer.json_body["errors"])
    assert rows(house) == before


@pytest.mark.parametrize(("body", "status", "code"), [
    ("{", 400, "bad_json"), ("[]", 422, "fields"), ('"x"', 422, "fields"), ('{"person": "\\ud800"}', 400, "bad_json"),
    ("x" * 300_000, 413, "body_too_large"),
    (json.dumps({}), 422, "fields"), (json.dumps(complaint(person={})), 422, "contact_needed"),
    (json.dumps(complaint(matters=[{"type": "quality", "sub_type": "rude"}])), 422, "sub_type_of_another_type"),
    (json.dumps(complaint(matters=[])), 422, "fields"), (json.dumps(complaint(wishes=[])), 422, "fields"),
    (json.dumps(complaint(consents={"truthful": True, "data_use": False})), 422, "consent_needed")])
def test_a_body_that_cannot_be_a_complaint_gets_a_clear_problem(client: Any, house: House, body: str, status: int, code: str) -> None:
    """Each kind of bad body has its own status and code."""
    answer = post(client, "/v1/complaints", body)
    assert (answer.status_code, answer.json_body["type"]) == (status, f"/problems/{code}")


def test_a_long_angry_narrative_in_any_script_is_kept_whole(client: Any, house: House) -> None:
    """20,000 characters with emoji, right-to-left text and control characters: taken, control characters dropped."""
    story = ("气死了！！！😡🤬 مرحبا שלום नमस्ते 𠮷野家\n" * 1000)[:19_990].strip()
    answer = post(client, "/v1/complaints", complaint(account={"story": f"\x00{story}\x07"}))
    assert answer.status_code == 201
    words = house.product.file.whole(answer.json_body["number"]).entries[0].words
    assert json.loads(words["account"][1])["story"] == story


def test_one_key_makes_one_complaint(client: Any, house: House) -> None:
    """A retry with the same key gives the same case; the same key with another body is refused."""
    keyed = {**EN, "Idempotency-Key": "7b1f"}
    first, again = (post(client, "/v1/complaints", complaint(), keyed) for _ in range(2))
    assert again.json_body["number"] == first.json_body["number"]
    other = post(client, "/v1/complaints", complaint(wishes=["apology"]), keyed)
    assert (other.status_code, other.json_body["type"]) == (422, "/problems/wrong_key_reuse")


def test_unknown_number_and_wrong_token_look_alike(client: Any, house: House) -> None:
    """404 for both, so that numbers cannot be guessed."""
    filed = post(client, "/v1/complaints", complaint())
    unknown = client.http.get("/v1/cases/123456789018", headers=link(filed))
    stranger = {**EN, "Authorization": "Bearer p1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa"}
    wrong = client.http.get(f"/v1/cases/{filed.json_body['number']}", headers=stranger)
    assert unknown.status_code == wrong.status_code == 404
    assert unknown.body == wrong.body
    assert client.http.get(f"/v1/cases/{filed.json_body['number']}", headers=EN).status_code == 401


def test_a_consumer_sees_the_case_and_answers_by_link(client: Any, house: House) -> None:
    """Stage, deadlines and what can be done now; then the answer to a request."""
    filed = post(client, "/v1/complaints", complaint())
    ref = filed.json_body["number"]
    house.move(WANG, "ask_information", ref, items=["purchase_proof"], why="核对订单")
    shown = client.http.get(f"/v1/cases/{ref}", headers=link(filed)).json_body
    assert shown["stage"] == "awaiting_information" and "give_information" in shown["moves"] and "owner" not in shown
    answer = post(client, f"/v1/cases/{ref}/moves/give_information", {"answer": "订单号 8812"}, link(filed))
    assert answer.status_code == 200 and answer.json_body["stage"] == "received"


@pytest.mark.parametrize(("move", "body", "status", "code"), [
    ("accept", {}, 403, "move_not_allowed_for_role"), ("give_information", {"answer": "x"}, 409, "move_not_allowed_in_stage"),
    ("nonsense", {}, 404, "unknown_move"), ("take_step", {}, 404, "unknown_move"), ("withdraw", {"x": 1}, 422, "fields")])
def test_a_refused_move_writes_nothing(client: Any, house: House, move: str, body: Any, status: int, code: str) -> None:
    """Stage, role, unknown moves and bad bodies are refused by name."""
    filed = post(client, "/v1/complaints", complaint())
    before = rows(house)
    answer = post(client, f"/v1/cases/{filed.json_body['number']}/moves/{move}", body, link(filed))
    assert (answer.status_code, answer.json_body["type"], rows(house)) == (status, f"/problems/{code}", before)


def test_a_form_made_from_an_older_state_is_a_conflict(client: Any, house: House) -> None:
    """If-Match with an old ETag: 409, nothing written."""
    filed = post(client, "/v1/complaints", complaint())
    ref = filed.json_body["number"]
    house.move(WANG, "take", ref)
    answer = post(client, f"/v1/cases/{ref}/moves/withdraw", {}, {**link(filed), "If-Match": '"1"'})
    assert (answer.status_code, answer.json_body["type"]) == (409, "/problems/stage_or_version_changed")


def test_the_openapi_document_names_every_move_and_its_body(client: Any, house: House) -> None:
    """Each move is a path with its own request schema; moves of the clock are not there."""
    document = client.http.get("/openapi.json").json_body
    assert "/v1/cases/{ref}/moves/accept" in document["paths"] and "/v1/cases/{ref}/moves/take_step" not in document["paths"]
    body = document["paths"]["/v1/complaints"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert {"person", "account", "matters", "wishes"} <= set(document["components"]["schemas"][body.rsplit("/", 1)[1]]["properties"])


def bearing(provider: Provider, who: str, *groups: str) -> dict[str, str]:
    """The headers of a member of staff."""
    return {**EN, "Authorization": f"Bearer {provider.token(sub=who, **{'cognito:groups': [*groups, 'team:general']})}"}


def test_staff_work_by_bearer_token(client: Any, house: House, provider: Provider) -> None:
    """The work list by queue, moves with the caller's role, another team's list refused."""
    ref = post(client, "/v1/complaints", complaint()).json_body["number"]
    intake = bearing(provider, "wang", "role:intake")

    def listed(queue: str) -> list[str]:
        return [item["ref"] for item in client.http.get(f"/v1/work?queue={queue}", headers=intake).json_body["items"]]
    assert listed("unassigned") == [ref]
    assert post(client, f"/v1/cases/{ref}/moves/take", {}, intake).json_body["owner"] == "wang"
    assert (listed("mine"), listed("unassigned")) == ([ref], [])
    assert client.http.get("/v1/work?queue=team&team=other", headers=intake).status_code == 403


def test_a_part_that_is_declined_needs_its_reason(client: Any, house: House, provider: Provider) -> None:
    """No matter is declined without words for the consumer, whichever move declines it."""
    ref, intake = post(client, "/v1/complaints", complaint()).json_body["number"], bearing(provider, "wang", "role:intake")
    answer = post(client, f"/v1/cases/{ref}/moves/accept", {"declined": {"2": "not_our_business"}}, intake)
    assert (answer.status_code, answer.json_body["type"]) == (422, "/problems/every_ground_needs_a_reason")


def test_the_roster_is_the_administrators(client: Any, house: House, provider: Provider) -> None:
    """Anybody of the staff reads it; only the administrator replaces it, and what is not a roster is refused."""
    intake, administrator = bearing(provider, "wang", "role:intake"), bearing(provider, "zheng", "role:administrator")
    kept = client.http.get("/v1/roster", headers=intake)
    assert kept.json_body["teams"]["general"]["duty"]["lead"][0]["id"] == "sun"
    assert client.http.put("/v1/roster", headers=intake, body=kept.body).status_code == 403
    assert client.http.put("/v1/roster", headers=administrator, body=kept.body).status_code == 200
    assert client.http.put("/v1/roster", headers=administrator, body=b'{"teams": {"general": {}}}').status_code == 422


def test_a_partner_records_for_a_consumer_with_a_key(client: Any, house: House, provider: Provider) -> None:
    """Its channel is the key's, its own number makes one complaint, it sees its own cases only, and a revoked key opens nothing."""
    administrator = bearing(provider, "zheng", "role:administrator")
    key = post(client, "/v1/keys", {"partner": "call-centre", "channel": "phone"}, administrator).json_body["key"]
    partner = {**EN, "Authorization": f"Bearer {key}"}
    said = complaint(external_id="CC-1", received_at="2026-02-12T00:30:00Z")
    first, again = (post(client, "/v1/complaints", said, partner).json_body["number"] for _ in range(2))
    assert first == again
    case = house.product.file.load(first)
    assert (case.channel, case.partner, case.received_at.minute) == ("phone", "partner:call-centre", 30)
    other = post(client, "/v1/complaints", complaint()).json_body["number"]
    assert client.http.get(f"/v1/cases/{first}", headers=partner).status_code == 200
    assert client.http.get(f"/v1/cases/{other}", headers=partner).status_code == 404
    client.http.delete("/v1/keys", headers=administrator, body=json.dumps({"key": key}).encode())
    assert post(client, "/v1/complaints", said, partner).status_code == 401


def test_a_consumer_does_not_say_when_or_how_it_was_heard(client: Any, house: House) -> None:
    """Channel and time of receipt are for those who record for somebody."""
    answer = post(client, "/v1/complaints", complaint(received_at="2026-02-01T00:00:00Z"))
    assert (answer.status_code, answer.json_body["type"]) == (422, "/problems/only_for_others")


def test_earlier_complaints_of_the_same_person_are_found(client: Any, house: House) -> None:
    """By phone or e-mail, whatever else differs; nobody else's."""
    one = house.submit()
    two = house.submit(person={"name": "W. Fang", "phone": "+86 138 0013 8000", "email": "other@mail.example"})
    house.submit(person={"name": "李雷", "phone": "13900139000"})
    assert house.product.casework.related(house.product.file.load(one.ref)) == [two.ref]

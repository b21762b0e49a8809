"""The interface: clear answers to good and bad input in the caller's language. A refused request writes
nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws.sessions import Sessions
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.web import partners
from tests.casework.actions import CONTAINED
from tests.scenario import DAY, SUN, T0, WANG, ZHAO, Scenario, complaint
from tests.web.calls import EN, ZH, bearing, link, post
from tests.web.provider import Provider


def rows(scenario: Scenario) -> int:
    """Return the number of items in the table, without the attempt counts."""
    from chalicelib.aws.rows import CEILING, Row

    return sum(1 for row in Row.scan() if row.sk != CEILING)


def test_filing_answers_with_number_link_and_what_happens_next(client: Any, scenario: Scenario) -> None:
    """Filing returns 201 with the number, the link and the deadline of the decision."""
    answer = post(client, "/v1/complaints", complaint())
    assert answer.status_code == 201
    body = answer.json_body
    assert body["link"].startswith("https://complaints.example/case/")
    assert body["stage"] == "received"
    assert {"what": "acknowledgement", "by": "2026-02-13T01:00:00Z"} in body["next"]
    assert "passphrase" not in body


def test_every_bad_field_is_named_in_the_callers_language(client: Any, scenario: Scenario) -> None:
    """Missing, wrong, extra, oversized and future values are all reported at once. Nothing is written."""
    bad = complaint(
        person={"phone": "12345", "email": "x@"},
        happened_on="2031-01-01",
        colour="red",
        account={"story": "长" * 50_001},
        matters=[{"type": "quality", "sub_type": "defect", "amount": {"amount": "1.001"}}],
        received_at="2031-01-01T00:00:00Z",
        wish_amount={"amount": "¥100/$15"},
    )
    before = rows(scenario)
    answer = post(client, "/v1/complaints", bad, ZH)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        422,
        "application/problem+json; charset=utf-8",
    )
    codes = {error["pointer"]: error["code"] for error in answer.json_body["errors"]}
    assert codes == {
        "/person/phone": "phone",
        "/person/email": "email",
        "/happened_on": "date_future",
        "/colour": "extra",
        "/account/story": "string_too_long",
        "/matters/0/amount": "money",
        "/received_at": "date_future",
        "/wish_amount": "money_currency",
    }
    assert any("电话" in error["message"] for error in answer.json_body["errors"])
    assert rows(scenario) == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "bad_json"),
        ("[]", 422, "fields"),
        ('"x"', 422, "fields"),
        ('{"person": "\\ud800"}', 400, "bad_json"),
        ("x" * 600_000, 413, "body_too_large"),
        (json.dumps({}), 422, "fields"),
        (json.dumps(complaint(person={})), 422, "contact_needed"),
        (
            json.dumps(complaint(matters=[{"type": "quality", "sub_type": "rude"}])),
            422,
            "sub_type_of_another_type",
        ),
        (json.dumps(complaint(matters=[])), 422, "fields"),
        (json.dumps(complaint(wishes=[])), 422, "wish_needed"),
        (json.dumps(complaint(consents={"truthful": True, "data_use": False})), 422, "consent_needed"),
    ],
)
def test_a_body_that_cannot_be_a_complaint_gets_a_clear_problem(
    client: Any, scenario: Scenario, body: str, status: int, code: str
) -> None:
    """Each kind of bad body has its own status and code."""
    answer = post(client, "/v1/complaints", body)
    assert (answer.status_code, answer.json_body["type"]) == (status, f"/problems/{code}")


@pytest.mark.parametrize(
    ("body", "kept", "asked"),
    [
        (
            {"hurt": "hurt"},
            {},
            {
                "/person",
                "/account",
                "/matters",
                "/wishes",
                "/consents",
                "/consents/truthful",
                "/consents/data_use",
                "/consents/sensitive",
            },
        ),
        (complaint(hurt="hurt"), {}, {"/consents/sensitive"}),
        (
            complaint(
                hurt="could_be",
                person={"name": "王芳", "phone": "一三八", "help": ["elderly"]},
                happened_on="2031-01-01",
                channel="phone",
                received_at="2031-01-01T00:00:00Z",
                colour="red",
                outside={"due": "2026-03-01"},
                account={"story": "烟" * 50_001},
            ),
            {
                "/person/phone": "一三八",
                "/happened_on": "2031-01-01",
                "/received_at": "2031-01-01T00:00:00Z",
                "/colour": "red",
                "/channel": "phone",
                "/outside": '{"due": "2026-03-01"}',
                "/account/story": "烟",
            },
            {"/consents/sensitive"},
        ),
        (
            complaint(
                hurt="hurt",
                matters=[
                    {"type": "safety", "sub_type": "injury"},
                    {"type": "quality", "sub_type": "rude"},
                    {"type": 7},
                ],
            ),
            {"/matters/1": '{"type": "quality", "sub_type": "rude"}', "/matters/2": '{"type": 7}'},
            {"/consents/sensitive"},
        ),
        (
            complaint(hurt=None, matters=[{"type": "safety", "sub_type": "fire_explosion"}], person="王芳"),
            {"/person": "王芳"},
            {"/hurt", "/consents/sensitive"},
        ),
    ],
    ids=["nothing else", "no consent", "wrong fields", "wrong matters", "not answered"],
)
def test_a_report_of_danger_is_never_refused(
    client: Any, scenario: Scenario, body: Any, kept: dict[str, str], asked: set[str]
) -> None:
    """The answer begins with safety advice. Unreadable fields are stored as typed, and the answer asks for
    them."""
    answer = post(client, "/v1/complaints", body)
    assert answer.status_code == 201
    assert next(iter(answer.json_body)) == "advice"
    assert "call 119" in answer.json_body["advice"][0]
    dossier = scenario.product.file.whole(answer.json_body["number"])
    unread = dossier.entry(1)[1].get("unread", {})
    assert dossier.case.unsafe
    assert {place: said for place, said in unread.items() if said} == kept
    assert {one["pointer"] for one in answer.json_body["asked"]} == asked | kept.keys()
    assert dossier.case.intake.wishes == (("refund",) if "wishes" in body else ())


def test_safety_matter_without_danger_needs_a_contact(client: Any, scenario: Scenario) -> None:
    """A safety matter is like any other complaint if the consumer says that nobody was or could be hurt."""
    calm = complaint(hurt="no", matters=[{"type": "safety", "sub_type": "hazard"}], person={})
    assert post(client, "/v1/complaints", calm).json_body["type"] == "/problems/contact_needed"


def test_a_long_angry_narrative_in_any_script_is_kept_whole(client: Any, scenario: Scenario) -> None:
    """A story of 20,000 characters with emoji and right-to-left text is stored; control characters are
    dropped."""
    story = ("气死了！！！😡🤬 مرحبا שלום नमस्ते 𠮷野家\n" * 1000)[:19_990].strip()
    answer = post(client, "/v1/complaints", complaint(account={"story": f"\x00{story}\x07"}))
    assert answer.status_code == 201
    words = scenario.product.file.whole(answer.json_body["number"]).entries[0].words
    assert json.loads(words["account"][1])["story"] == story


def test_one_key_makes_one_complaint(client: Any, scenario: Scenario) -> None:
    """A retry with the same key returns the same case. The same key with another body is refused."""
    keyed = {**EN, "Idempotency-Key": "7b1f"}
    first, again = (post(client, "/v1/complaints", complaint(), keyed) for _ in range(2))
    assert again.json_body["number"] == first.json_body["number"]
    other = post(client, "/v1/complaints", complaint(wishes=["apology"]), keyed)
    assert (other.status_code, other.json_body["type"]) == (422, "/problems/wrong_key_reuse")


def test_interface_creates_actions_and_trainings_once(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """An action and its training are each created once for a key, and read and moved like a case. Other roles
    get 403, and a wrong field is named."""
    lead, handler = bearing(provider, "sun", "role:lead"), bearing(provider, "zhao", "role:investigator")
    action = {
        "cause": "not_told",
        "source": "survey",
        "why": "没有看到退货说明。",
        "measure": "改写退货说明。",
        "owner": "zhao",
        "due": str(scenario.time.date() + DAY),
        "training": "complaint_handling",
    }
    keyed = {**lead, "Idempotency-Key": "8c2a"}
    made, again = (post(client, "/v1/actions", action, keyed) for _ in range(2))
    ref = made.json_body["number"]
    assert (made.status_code, made.headers["Location"]) == (201, f"/v1/cases/{ref}")
    assert again.json_body["number"] == ref
    assert made.json_body["improvement"]["cause"] == "not_told"
    lesson = {
        "topic": "complaint_handling",
        "held": str(scenario.time.date()),
        "people": ["zhao"],
        "what": "受理期限和告知。",
        "proof": "签到表。",
        "action": ref,
    }
    held = post(client, "/v1/trainings", lesson, lead).json_body
    assert (held["stage"], held["training"]["answers"]) == ("trained", ref)
    post(client, f"/v1/cases/{ref}/moves/contain", CONTAINED, handler)
    done = post(client, f"/v1/cases/{ref}/moves/finish_action", {"done": "改好了。"}, handler).json_body
    assert done["stage"] == "verifying"
    for path, body in (("/v1/actions", action), ("/v1/trainings", lesson)):
        assert post(client, path, body, handler).status_code == 403
        assert post(client, path, body).status_code == 401
    wrong = post(client, "/v1/actions", {**action, "owner": "nobody"}, lead)
    assert (wrong.status_code, wrong.json_body["type"]) == (422, "/problems/unknown_person")


def test_unknown_number_and_wrong_token_look_alike(client: Any, scenario: Scenario) -> None:
    """An unknown number and a wrong token both return 404, so that nobody can guess numbers."""
    filed = post(client, "/v1/complaints", complaint())
    unknown = client.http.get("/v1/cases/123456789018", headers=link(filed))
    stranger = {**EN, "Authorization": "Bearer p1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa"}
    wrong = client.http.get(f"/v1/cases/{filed.json_body['number']}", headers=stranger)
    assert unknown.status_code == wrong.status_code == 404
    said = [answer.json_body | {"instance": ""} for answer in (unknown, wrong)]
    assert said[0] == said[1]
    assert client.http.get(f"/v1/cases/{filed.json_body['number']}", headers=EN).status_code == 401


def test_a_consumer_sees_the_case_and_answers_by_link(client: Any, scenario: Scenario) -> None:
    """The consumer reads stage, deadlines and available moves, then answers a request."""
    filed = post(client, "/v1/complaints", complaint())
    ref = filed.json_body["number"]
    scenario.move(WANG, "ask_information", ref, items=["purchase_proof"], why="核对订单")
    shown = client.http.get(f"/v1/cases/{ref}", headers=link(filed)).json_body
    assert shown["stage"] == "awaiting_information"
    assert "give_information" in shown["moves"]
    assert "owner" not in shown
    demanded = next(run for run in shown["deadlines"] if run["deadline"] == "statutory_remedy")
    assert demanded["due"]
    assert not demanded["stopped"]
    answer = post(client, f"/v1/cases/{ref}/moves/give_information", {"answer": "订单号 8812"}, link(filed))
    assert answer.status_code == 200
    assert answer.json_body["stage"] == "received"


@pytest.mark.parametrize(
    ("move", "body", "status", "code"),
    [
        ("accept", {}, 403, "move_not_allowed_for_role"),
        ("give_information", {"answer": "x"}, 409, "move_not_allowed_in_stage"),
        ("nonsense", {}, 404, "unknown_move"),
        ("take_step", {}, 404, "unknown_move"),
        ("withdraw", {"x": 1}, 422, "fields"),
    ],
)
def test_a_refused_move_writes_nothing(
    client: Any, scenario: Scenario, move: str, body: Any, status: int, code: str
) -> None:
    """A wrong stage, a wrong role, an unknown move and a bad body are each refused by name."""
    filed = post(client, "/v1/complaints", complaint())
    before = rows(scenario)
    answer = post(client, f"/v1/cases/{filed.json_body['number']}/moves/{move}", body, link(filed))
    assert (answer.status_code, answer.json_body["type"], rows(scenario)) == (
        status,
        f"/problems/{code}",
        before,
    )


def test_a_form_made_from_an_older_state_fails_its_condition(client: Any, scenario: Scenario) -> None:
    """`If-Match` with an old ETag returns 412 and writes nothing."""
    filed = post(client, "/v1/complaints", complaint())
    ref = filed.json_body["number"]
    scenario.move(WANG, "take", ref)
    answer = post(client, f"/v1/cases/{ref}/moves/withdraw", {}, {**link(filed), "If-Match": '"1"'})
    assert (answer.status_code, answer.json_body["type"]) == (412, "/problems/stage_or_version_changed")


def test_the_openapi_document_names_every_move_and_its_body(client: Any, scenario: Scenario) -> None:
    """Each move is a path with its own request schema. Moves of the clock are missing."""
    document = client.http.get("/openapi.json").json_body
    assert "/v1/cases/{ref}/moves/accept" in document["paths"]
    assert "/v1/cases/{ref}/moves/take_step" not in document["paths"]
    body = document["paths"]["/v1/complaints"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]["$ref"]
    assert {"person", "account", "matters", "wishes"} <= set(
        document["components"]["schemas"][body.rsplit("/", 1)[1]]["properties"]
    )


def test_staff_work_by_bearer_token(client: Any, scenario: Scenario, provider: Provider) -> None:
    """Staff read the work list by queue and take moves with their role. Another team's list is refused."""
    ref = post(client, "/v1/complaints", complaint()).json_body["number"]
    intake = bearing(provider, "wang", "role:intake")

    def listed(queue: str) -> list[str]:
        return [
            item["ref"]
            for item in client.http.get(f"/v1/work?queue={queue}", headers=intake).json_body["items"]
        ]

    assert listed("unassigned") == [ref]
    assert post(client, f"/v1/cases/{ref}/moves/take", {}, intake).json_body["owner"] == "wang"
    assert (listed("mine"), listed("unassigned")) == ([ref], [])
    assert client.http.get("/v1/work?queue=team&team=other", headers=intake).status_code == 403


def test_a_part_that_is_declined_needs_its_reason(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """No matter is declined without a reason for the consumer, whichever move declines it."""
    ref, intake = (
        post(client, "/v1/complaints", complaint()).json_body["number"],
        bearing(provider, "wang", "role:intake"),
    )
    answer = post(client, f"/v1/cases/{ref}/moves/accept", {"declined": {"2": "not_our_business"}}, intake)
    assert (answer.status_code, answer.json_body["type"]) == (422, "/problems/every_ground_needs_a_reason")


def test_the_roster_is_the_administrators(client: Any, scenario: Scenario, provider: Provider) -> None:
    """Any staff member reads the roster; only the administrator replaces it. An invalid roster is refused."""
    intake, administrator = (
        bearing(provider, "wang", "role:intake"),
        bearing(provider, "zheng", "role:administrator"),
    )
    kept = client.http.get("/v1/roster", headers=intake)
    assert kept.json_body["teams"]["general"]["duty"]["lead"][0]["id"] == "sun"
    assert client.http.put("/v1/roster", headers=intake, body=kept.body).status_code == 403
    assert client.http.put("/v1/roster", headers=administrator, body=kept.body).status_code == 428
    administrator["If-Match"] = kept.headers["ETag"]
    assert client.http.put("/v1/roster", headers=administrator, body=kept.body).status_code == 200
    administrator["If-Match"] = "*"
    assert (
        client.http.put("/v1/roster", headers=administrator, body=b'{"teams": {"general": {}}}').status_code
        == 422
    )


def test_a_partner_records_for_a_consumer_with_a_key(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The key sets the partner's channel. Its own number makes one complaint, it sees only its own cases, and
    a revoked key opens nothing."""
    administrator = bearing(provider, "zheng", "role:administrator")
    key = post(client, "/v1/keys", {"partner": "call-centre", "channel": "phone"}, administrator).json_body[
        "key"
    ]
    partner = {**EN, "Authorization": f"Bearer {key}"}
    said = complaint(external_id="CC-1", received_at="2026-02-12T00:30:00Z")
    first, again = (post(client, "/v1/complaints", said, partner).json_body["number"] for _ in range(2))
    assert first == again
    case = scenario.product.file.load(first)
    assert (case.channel, case.intake.partner, case.received_at.minute) == (
        "phone",
        "partner:call-centre",
        30,
    )
    other = post(client, "/v1/complaints", complaint()).json_body["number"]
    assert client.http.get(f"/v1/cases/{first}", headers=partner).status_code == 200
    assert client.http.get(f"/v1/cases/{other}", headers=partner).status_code == 404
    client.http.delete("/v1/keys", headers=administrator, body=json.dumps({"key": key}).encode())
    assert post(client, "/v1/complaints", said, partner).status_code == 401


ASKS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("file", "POST", "/v1/complaints", complaint()),
    ("read", "GET", "/v1/cases/{ref}", {}),
    ("read", "GET", "/v1/cases/{ref}/timeline", {}),
    ("read", "GET", "/v1/cases/{ref}/files", {}),
    ("read", "GET", "/v1/changes", {}),
    ("add", "POST", "/v1/cases/{ref}/moves/message", {"text": "还要多久？"}),
    ("add", "POST", "/v1/cases/{ref}/files", {"shows": "发票", "type": "image/*"}),
    ("absences", "POST", "/v1/absences", {"who": "sun", "until": stamp(T0 + DAY)}),
]


@pytest.mark.parametrize(("scope", "method", "path", "said"), ASKS, ids=[" ".join(ask[:3]) for ask in ASKS])
def test_a_key_does_what_it_was_given_for_and_nothing_else(
    client: Any,
    scenario: Scenario,
    provider: Provider,
    capsys: pytest.CaptureFixture[str],
    scope: str,
    method: str,
    path: str,
    said: dict[str, Any],
) -> None:
    """A key without the scope is refused by name and counted. A key made before scopes existed keeps its
    rights."""
    administrator = bearing(provider, "zheng", "role:administrator")
    ref = scenario.submit(Caller("partner:shop", Role.PARTNER, channel=Channel.API)).ref

    def request_with_key(key: str) -> Any:
        body = json.dumps(said).encode() if said else b""
        headers = {**(EN if said else {}), "Authorization": f"Bearer {key}"}
        return client.http.request(method, path.format(ref=ref), headers=headers, body=body)

    for scopes in ([scope], sorted({"file", "read", "add", "absences"} - {scope})):
        key = post(client, "/v1/keys", {"partner": "shop", "scopes": scopes}, administrator).json_body["key"]
        answer = request_with_key(key)
        if scopes == [scope]:
            assert answer.status_code in (200, 201)
        else:
            assert (answer.status_code, answer.json_body["type"]) == (403, "/problems/key_scope")
            assert scope in answer.json_body["title"]
            assert '"KeyOverScope": 1' in capsys.readouterr().out
    before = {"partner": "shop", "channel": "api", "absences": scope == "absences"}
    scenario.product.sessions.keep("KEY", "rk_of-before", before, scenario.time + DAY)
    assert request_with_key("rk_of-before").status_code in (200, 201)


def test_keys_are_listed_without_their_secret_and_two_at_a_time(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The list gives each key's scopes, expiry and last use, to the hour. A third key and an expired one are
    refused."""
    administrator = bearing(provider, "zheng", "role:administrator")
    new = {"partner": "shop", "scopes": ["file"], "days": 10}
    one, two, three = (post(client, "/v1/keys", new, administrator) for _ in range(3))
    assert (three.status_code, three.json_body["type"]) == (422, "/problems/two_keys")
    for later in (0, 30, 40):
        scenario.later(timedelta(minutes=later))
        post(client, "/v1/complaints", complaint(), {**EN, "Authorization": f"Bearer {one.json_body['key']}"})

    provider.now = scenario.time
    administrator = bearing(provider, "zheng", "role:administrator")

    def listed() -> list[dict[str, Any]]:
        answer = client.http.get("/v1/keys", headers={"Authorization": administrator["Authorization"]})
        assert not any(key.json_body["key"] in answer.body.decode() for key in (one, two))
        items: list[dict[str, Any]] = answer.json_body["items"]
        return items

    assert [(key["id"], key["scopes"], key["used"]) for key in listed()] == [
        ("shop_1", ["file"], stamp(T0 + timedelta(minutes=70))),
        ("shop_2", ["file"], None),
    ]
    client.http.delete("/v1/keys", headers=administrator, body=json.dumps({"key": "shop_1"}).encode())
    assert [key["id"] for key in listed()] == ["shop_2"]
    assert post(client, "/v1/keys", new, administrator).status_code == 201
    scenario.later(9 * DAY)
    last = {**EN, "Authorization": f"Bearer {two.json_body['key']}"}
    assert post(client, "/v1/complaints", complaint(), last).status_code == 201
    scenario.later(DAY)
    assert post(client, "/v1/complaints", complaint(), last).status_code == 401


def test_keys_that_are_given_at_one_moment_are_all_listed(scenario: Scenario) -> None:
    """Two keys given at the same time are both listed: the second is given while the first is being
    written."""

    class Slow(Sessions):
        """Sessions during whose first write another key is given."""

        def keep(self, *kept: Any, **more: Any) -> None:
            """Give the other key first."""
            scenario.product.sessions = Sessions()
            partners.give("late", Channel.API, partners.FILES, DAY, "zheng")
            super().keep(*kept, **more)

    scenario.product.sessions = Slow()
    partners.give("early", Channel.API, partners.FILES, DAY, "zheng")
    assert [key["id"] for key in partners.valid_keys()] == ["early_1", "late_1"]


def test_a_consumer_does_not_say_when_or_how_it_was_heard(client: Any, scenario: Scenario) -> None:
    """Only people who record for somebody else may name channel and time of receipt."""
    answer = post(client, "/v1/complaints", complaint(received_at="2026-02-01T00:00:00Z"))
    assert (answer.status_code, answer.json_body["type"]) == (422, "/problems/only_for_others")


def test_earlier_complaints_of_the_same_person_are_found(client: Any, scenario: Scenario) -> None:
    """Complaints with the same phone or e-mail are found, whatever else differs. Other people's are not."""
    one = scenario.submit()
    two = scenario.submit(
        person={"name": "W. Fang", "phone": "+86 138 0013 8000", "email": "other@mail.example"}
    )
    scenario.submit(person={"name": "李雷", "phone": "13900139000"})
    assert scenario.product.casework.related(scenario.product.file.load(one.ref)) == [two.ref]


@pytest.mark.parametrize("etag", ["abc", '"-1"', "1" * 5000, '"1", "x"', "", "W/", '"²"'])
def test_a_condition_that_is_none_is_refused(client: Any, scenario: Scenario, etag: str) -> None:
    """An `If-Match` that we never gave returns 400 and writes nothing. "*" and our ETag, weak or not, are
    accepted."""
    filed = post(client, "/v1/complaints", complaint())
    path, before = f"/v1/cases/{filed.json_body['number']}/moves/message", rows(scenario)
    answer = post(client, path, {"text": "x"}, {**link(filed), "If-Match": etag})
    assert (answer.status_code, answer.json_body["type"], rows(scenario)) == (
        400,
        "/problems/bad_if_match",
        before,
    )
    for good in ('W/"1"', "*"):
        assert post(client, path, {"text": "x"}, {**link(filed), "If-Match": good}).status_code == 200


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "=",
        "🙂",
        *(
            b64encode(json.dumps(said).encode()).decode()
            for said in ({}, None, {"pk": 1}, dict.fromkeys(("pk", "sk", "seat", "next_due"), 1))
        ),
    ],
)
def test_a_page_that_was_never_given_is_refused(
    client: Any, scenario: Scenario, provider: Provider, cursor: str
) -> None:
    """A spoilt cursor is the caller's mistake (422), not a fault of ours."""
    answer = client.http.get(
        f"/v1/work?queue=team&cursor={quote(cursor)}", headers=bearing(provider, "wang", "role:intake")
    )
    assert (answer.status_code, answer.json_body["type"]) == (422, "/problems/bad_cursor")


def test_a_list_goes_on_where_its_page_ended(
    client: Any, scenario: Scenario, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages of a work list name every case exactly once."""
    monkeypatch.setattr("chalicelib.web.routes.api.PAGE", 2)
    filed, found, cursor = {scenario.submit().ref for _ in range(5)}, [], ""
    while True:
        page = client.http.get(
            f"/v1/work?queue=team&cursor={quote(cursor)}", headers=bearing(provider, "wang", "role:intake")
        ).json_body
        found += [item["ref"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert sorted(found) == sorted(filed)


def test_a_department_learns_nothing_by_answering(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A department reads its question by number. Its work list and the answer to its move give no more."""
    ref = post(client, "/v1/complaints", complaint()).json_body["number"]
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(
        ZHAO, "ask_department", ref, department="repair", question="这台机器修过几次？", papers="维修单"
    )
    department = {
        **EN,
        "Authorization": "Bearer "
        + provider.token(sub="he", **{"cognito:groups": ["role:department", "team:repair"]}),
    }
    [item] = client.http.get("/v1/work?queue=team", headers=department).json_body["items"]
    assert item == {"ref": ref, "next_due": item["next_due"], "asked": True, "next": "answer_department"}
    shown = client.http.get(f"/v1/cases/{ref}", headers=department).json_body
    assert shown["questions"] == [
        {
            "id": "Q1",
            "due": shown["questions"][0]["due"],
            "question": "这台机器修过几次？",
            "papers": "维修单",
        }
    ]
    answer = post(
        client, f"/v1/cases/{ref}/moves/answer_department", {"question": "Q1", "answer": "两次。"}, department
    )
    assert answer.status_code == 200
    assert answer.json_body.keys() == {"number", "moves", "etag"}
    assert client.http.get(f"/v1/cases/{ref}", headers=department).status_code == 404
    administrator = bearing(provider, "zheng", "role:administrator")
    assert client.http.get("/v1/work", headers=administrator).status_code == 403


def test_words_that_staff_wrote_of_a_danger_stay_inside(client: Any, scenario: Scenario) -> None:
    """A party reads what a party wrote, not what staff wrote, in the interface as on the page."""
    filed = post(client, "/v1/complaints", complaint())
    ref = filed.json_body["number"]
    scenario.move(WANG, "tag_safety", ref, facts="工作人员的判断")
    scenario.move(WANG, "note_outside_proceeding", ref, body="samr_12315", number="NB-77")
    read = client.http.get(f"/v1/cases/{ref}/timeline?limit=100", headers=link(filed))
    assert "tag_safety" in read.body.decode()
    assert "工作人员的判断" not in read.body.decode()
    assert "NB-77" not in read.body.decode()


def test_a_reply_to_a_linked_case_says_where_it_went_and_no_more(client: Any, scenario: Scenario) -> None:
    """A reply to a linked case reaches the leading case, which only its own link opens."""
    first, second = post(client, "/v1/complaints", complaint()), post(client, "/v1/complaints", complaint())
    leading, ref = first.json_body["number"], second.json_body["number"]
    scenario.move(WANG, "link_duplicate", ref, leading=leading)
    answer = post(client, f"/v1/cases/{ref}/moves/message", {"text": "还有一张照片"}, link(second))
    assert answer.status_code == 200
    assert answer.json_body == {"number": leading, "moves": [], "etag": answer.json_body["etag"]}


def test_joint_settlement_shows_only_own_amounts(client: Any, scenario: Scenario) -> None:
    """Everybody reads the common text and only their own amounts."""
    filed = post(client, "/v1/complaints", complaint())
    ref = filed.json_body["number"]
    other = scenario.submit(person={"name": "赵敏", "email": "zhao.min@mail.example"}).ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    shares = [
        {
            "matter": 1,
            "kind": "refund",
            "by": "2026-03-20",
            "amount": {"amount": f"{n}77.00"},
            "party": f"p{n}",
        }
        for n in (1, 2)
    ]
    scenario.move(WANG, "ask_consent", ref, settlement="各退一部分。", remedies=shares)
    items = client.http.get(f"/v1/cases/{ref}/timeline?limit=100", headers=link(filed)).json_body["items"]
    asked = next(item for item in items if item["move"] == "ask_consent")
    assert [owed["amount"] for owed in asked["facts"]["remedies"]] == [
        {"amount": "177.00", "currency": "CNY"}
    ]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"happened_on": "0001-01-01"}, "/happened_on", "date_range"),
        ({"happened_on": "9999-12-31"}, "/happened_on", "date_range"),
        ({"outside": {"body": "court", "due": "2099-01-01"}}, "/outside/due", "date_range"),
        ({"matters": []}, "/matters", "too_short"),
        ({"wishes": ["refund"] * 60}, "/wishes", "too_long"),
    ],
)
def test_dates_and_lists_that_nobody_means_are_refused(
    client: Any, scenario: Scenario, changes: Any, pointer: str, code: str
) -> None:
    """An impossible date or list is an error at its field, not a fault of the server."""
    answer = post(client, "/v1/complaints", complaint(**changes))
    assert answer.status_code == 422
    assert {(error["pointer"], error["code"]) for error in answer.json_body["errors"]} == {(pointer, code)}


def test_a_report_needs_its_rules(client: Any, scenario: Scenario, provider: Provider) -> None:
    """A required list must have an item, also where its content is personal."""
    ref = scenario.submit().ref
    zhao = bearing(provider, "zhao", "role:investigator")
    answer = post(client, f"/v1/cases/{ref}/moves/file_report", {"rules": [], "findings": []}, zhao)
    found = {error["pointer"]: error["code"] for error in answer.json_body["errors"]}
    assert found["/rules"] == found["/findings"] == "too_short"


def test_missing_party_means_the_leading_consumer(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A missing party means the leading consumer; an empty name is an error."""
    ref = scenario.submit().ref
    other = scenario.submit(person={"name": "赵敏", "email": "zhao.min@mail.example"}).ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    lead = bearing(provider, "sun", "role:lead")
    assert post(client, f"/v1/cases/{ref}/moves/leave_case", {"party": ""}, lead).status_code == 422
    assert post(client, f"/v1/cases/{ref}/moves/leave_case", {"party": None}, lead).status_code == 200
    assert [party.id for party in scenario.product.file.load(ref).consumers] == ["p2"]


def test_a_partner_reads_what_is_the_consumers_they_filed_for(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A partner reads nothing of other consumers in a joint complaint. The case of a consumer who has left is
    closed to it."""
    administrator = bearing(provider, "zheng", "role:administrator")
    key = post(client, "/v1/keys", {"partner": "market", "channel": "api"}, administrator).json_body["key"]
    partner = {**EN, "Authorization": f"Bearer {key}"}
    ref = post(client, "/v1/complaints", complaint(), partner).json_body["number"]
    other = scenario.submit(person={"name": "赵敏", "email": "zhao.min@mail.example"}).ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    scenario.move(scenario.by_link(ref, "p1"), "message", ref, text="第一个人的话")
    scenario.move(scenario.by_link(ref, "p2"), "message", ref, text="第二个人的病情")
    read = client.http.get(f"/v1/cases/{ref}/timeline?limit=100", headers=partner).body.decode()
    assert "第一个人的话" in read
    assert "第二个人的病情" not in read
    assert other not in read
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    assert client.http.get(f"/v1/cases/{other}", headers=partner).status_code == 404
    assert post(client, f"/v1/cases/{other}/moves/withdraw", {}, partner).status_code == 404


def test_a_linked_complaint_of_one_person_is_not_told_to_the_others(client: Any, scenario: Scenario) -> None:
    """The number of a linked complaint stands only on the timeline of its own consumer."""
    filed = post(client, "/v1/complaints", complaint())
    ref, neighbour = filed.json_body["number"], {"name": "赵敏", "email": "zhao.min@mail.example"}
    own, again = scenario.submit(person=neighbour).ref, scenario.submit(person=neighbour).ref
    scenario.move(WANG, "invite_to_join", own, leading=ref)
    scenario.move(scenario.by_link(own), "join_case", own, own_wish=True)
    scenario.move(WANG, "link_duplicate", again, leading=ref)
    assert (
        again not in client.http.get(f"/v1/cases/{ref}/timeline?limit=100", headers=link(filed)).body.decode()
    )
    token = scenario.product.links.token(ref, "p2", 1)
    assert (
        again
        in client.http.get(
            f"/v1/cases/{ref}/timeline?limit=100", headers={**EN, "Authorization": f"Bearer {token}"}
        ).body.decode()
    )

"""The headers of the interface: ETag and conditions, the challenge of a 401, limits, old forms; and the one
form of an amount."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from app import app
from chalicelib.access.rate_limits import CEILINGS
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.field_marks import Fen
from chalicelib.web.api.openapi import document
from chalicelib.web.api.values import MONEY
from tests.scenario import DAY, WANG, Scenario, complaint
from tests.web.calls import EN, bearing, link, post
from tests.web.limits import HERE, used_up
from tests.web.links import shop
from tests.web.own import answered
from tests.web.provider import Provider

OLD = {"Prefer": "respond-async, old-forms"}


@pytest.fixture
def filed(client: Any, scenario: Scenario) -> Any:
    """Return the answer to a filed complaint."""
    return post(client, "/v1/complaints", complaint())


def get(client: Any, filed: Any, headers: dict[str, str] | None = None, more: str = "") -> Any:
    """Read the case, or a part of it, as its consumer."""
    path = f"/v1/cases/{filed.json_body['number']}{more}"
    return client.http.get(path, headers={**link(filed), **(headers or {})})


def test_case_that_is_known_is_not_sent_again(client: Any, scenario: Scenario, filed: Any) -> None:
    """The ETag is strong and begins with the version; with it, the answer is 304 without a body."""
    read = get(client, filed)
    tag = read.headers["ETag"]
    assert re.fullmatch(rf'"{read.json_body["etag"]}-[0-9a-f]{{16}}"', tag)
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = get(client, filed, {"If-None-Match": known})
        assert (again.status_code, again.body, again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Cache-Control"] == "no-store"
    scenario.move(WANG, "take", filed.json_body["number"])
    changed = get(client, filed, {"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_answer_that_changes_with_time_has_another_tag(client: Any, scenario: Scenario, filed: Any) -> None:
    """A deadline that becomes late changes the answer, although nothing was recorded."""
    before = get(client, filed)
    scenario.later(3 * DAY)
    after = get(client, filed)
    assert before.json_body != after.json_body
    assert before.json_body["etag"] == after.json_body["etag"]
    assert before.headers["ETag"] != after.headers["ETag"]


@pytest.mark.parametrize("path", ["/v1/stories", "/openapi.json"])
def test_every_read_has_a_tag(client: Any, scenario: Scenario, path: str) -> None:
    """Lists and the document have an ETag, too."""
    tag = client.http.get(path).headers["ETag"]
    assert client.http.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"1"', "1", '"0", {tag}'])
def test_failed_condition_is_412(client: Any, scenario: Scenario, filed: Any, form: str) -> None:
    """The tag of the header and the number in the body both work; a stale one writes nothing."""
    tag = get(client, filed).headers["ETag"]
    ref = filed.json_body["number"]
    told = {**link(filed), "If-Match": form.format(tag=tag)}
    scenario.move(WANG, "take", ref)
    before = scenario.moves(ref)
    stale = post(client, f"/v1/cases/{ref}/moves/message", {"text": "您好"}, told)
    assert (stale.status_code, stale.json_body["status"]) == (412, 412)
    assert stale.json_body["type"] == "/problems/stage_or_version_changed"
    assert scenario.moves(ref) == before


def test_condition_that_holds_gives_the_next_tag(client: Any, scenario: Scenario, filed: Any) -> None:
    """The answer to a move has the ETag for the next condition."""
    told, ref = link(filed), filed.json_body["number"]
    tag = get(client, filed).headers["ETag"]
    for text in ("一", "二"):
        sent = post(client, f"/v1/cases/{ref}/moves/message", {"text": text}, {**told, "If-Match": tag})
        assert sent.status_code == 200
        tag = sent.headers["ETag"]
    other = post(client, f"/v1/cases/{ref}/moves/message", {"text": "三"}, {**told, "If-Match": '"x"'})
    assert (other.status_code, other.json_body["type"]) == (400, "/problems/bad_if_match")


def test_old_forms_go_on_until_a_stated_day(client: Any, scenario: Scenario, filed: Any) -> None:
    """A client that prefers old forms gets 409 for a failed condition. The answer gives the day when this
    ends."""
    ref = filed.json_body["number"]
    scenario.move(WANG, "take", ref)
    stale = {**link(filed), "If-Match": '"1"', **OLD}
    answer = post(client, f"/v1/cases/{ref}/moves/message", {"text": "您好"}, stale)
    assert answer.status_code == 409
    assert answer.headers["Preference-Applied"] == "old-forms"
    assert answer.headers["Deprecation"] == "@1796083200"
    assert answer.headers["Sunset"] == "Wed, 01 Dec 2027 00:00:00 GMT"
    assert "Sunset" not in get(client, filed).headers


def test_refusal_without_condition_stays_409(client: Any, scenario: Scenario, filed: Any) -> None:
    """A move that the stage does not allow is no failed condition, with or without one."""
    path = f"/v1/cases/{filed.json_body['number']}/moves/give_information"
    for more in ({}, {"If-Match": get(client, filed).headers["ETag"]}):
        assert post(client, path, {"answer": "x"}, {**link(filed), **more}).status_code == 409


def test_401_names_the_scheme(client: Any, scenario: Scenario) -> None:
    """A missing credential is challenged; an invalid one is called invalid (RFC 6750)."""
    missing = client.http.get("/v1/work", headers=EN)
    assert (missing.status_code, missing.headers["WWW-Authenticate"]) == (401, 'Bearer realm="complaints"')
    for wrong in ("Bearer rk_shop_1_x", "Basic YTpi", "Bearer a.b.c"):
        invalid = client.http.get("/v1/work", headers={**EN, "Authorization": wrong})
        said = 'Bearer realm="complaints", error="invalid_token"'
        assert (invalid.status_code, invalid.headers["WWW-Authenticate"]) == (401, said)


def test_partner_sees_what_is_left_of_its_own_limit(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The limit counts the partner's key alone. So the answer gives the number left and the seconds until the
    window ends."""
    headers, most = shop(client, provider), CEILINGS["filing"][("key",)].most
    for n in (1, 2):
        told = post(client, "/v1/complaints", complaint(), headers).headers
        assert told["RateLimit-Policy"] == f'"filing-key";q={most};w=3600'
        assert re.fullmatch(rf'"filing-key";r={most - n};t=\d+', told["RateLimit"])
    used_up(scenario, "filing", key="partner:shop")
    refused = post(client, "/v1/complaints", complaint(), headers)
    assert refused.status_code == 429
    assert refused.headers["RateLimit"].startswith('"filing-key";r=0;t=')


def test_stranger_learns_nothing_of_others(client: Any, scenario: Scenario) -> None:
    """Other people share the counts of the network and the address, so the answer gives only the policy."""
    told = post(client, "/v1/complaints", complaint()).headers
    assert told["RateLimit-Policy"] == '"filing-network-address";q=10;w=86400, "filing-network";q=300;w=3600'
    assert "RateLimit" not in told
    used_up(scenario, "verify", network=HERE)
    refused = post(client, "/v1/verify", {"sha256": "0" * 64})
    assert refused.status_code == 429
    assert "RateLimit" not in refused.headers


def test_answer_without_a_limit_has_no_limit(client: Any, scenario: Scenario, filed: Any) -> None:
    """The limits of one request are not told in the answer to the next one."""
    assert not {"RateLimit", "RateLimit-Policy"} & {*get(client, filed).headers}


def test_upload_limit_is_told_in_bytes(client: Any, scenario: Scenario, filed: Any) -> None:
    """A file counts by its megabytes, which the policy says as content-bytes."""
    path = f"/v1/cases/{filed.json_body['number']}/files"
    told = post(client, path, {"shows": "发票", "type": "image/png", "size": 3_000_000}, link(filed)).headers
    assert '"megabytes-network";q=10485760000;qu="content-bytes";w=86400' in told["RateLimit-Policy"]
    assert re.fullmatch(r'"upload-account";r=199;t=\d+', told["RateLimit"])


def test_amounts_have_one_form(client: Any, scenario: Scenario, provider: Provider) -> None:
    """An amount in an entry's facts or in a report is in yuan, unless the caller prefers the old forms."""
    ref, sun = answered(scenario), bearing(provider, "sun", "role:lead")
    yuan = {"amount": "1655.00", "currency": "CNY"}

    def read(path: str, **headers: str) -> Any:
        return client.http.get(f"/v1/cases/{ref}{path}", headers={**sun, **headers}).json_body

    assert read("")["report"]["remedies"][0]["amount"] == yuan
    assert read("/timeline/1")["facts"]["matters"][0]["amount"] == yuan
    assert read("", **OLD)["report"]["remedies"][0]["amount"] == 165_500
    assert read("/timeline/1", **OLD)["facts"]["matters"][0]["amount"] == 165_500
    assert read("", **OLD)["matters"][0]["amount"] == yuan


def test_every_amount_of_the_domain_is_known_by_its_name() -> None:
    """Amounts in facts are found by the names in `MONEY`, so every field that is marked as money has one."""
    found, seen = set[str](), set[type]()

    def look(hint: Any, name: str) -> None:
        if any(isinstance(mark, Fen) for mark in getattr(hint, "__metadata__", ())):
            found.add(name)
        if is_dataclass(hint) and isinstance(hint, type) and hint not in seen:
            seen.add(hint)
            for field, kind in get_type_hints(hint, include_extras=True).items():
                look(kind, field)
        for part in get_args(hint):
            look(part, name)

    for move in MOVES.values():
        for name, hint in move.hints.items():
            look(hint, name)
    assert found
    assert found <= {*MONEY}


def test_no_schema_has_an_amount_in_another_form() -> None:
    """An amount is an object with text and currency, in bodies and in answers."""
    schemas = document(app)["components"]["schemas"]
    amounts = {
        f"{name}.{field}": declared
        for name, schema in schemas.items()
        for field, declared in schema.get("properties", {}).items()
        if field in MONEY and name != "Money"
    }
    assert len(amounts) > 20
    assert not [place for place, declared in amounts.items() if "integer" in str(declared)]

"""Answers beyond a rate limit: 429 with `Retry-After`, to programs and to people. Other callers are not
stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.access.rate_limits import By
from chalicelib.aws import rows
from chalicelib.web.callers import CASE_COOKIE, network
from chalicelib.web.pages.consumer import complaint as form
from tests.scenario import HOUR, WANG, Scenario, complaint
from tests.web.calls import post
from tests.web.limits import HERE, JSON, bearer, enclosed, filed, posted, token, used_up
from tests.web.links import shop
from tests.web.provider import Provider


def complained(client: Any) -> Any:
    """Fill in the complaint form page by page, and send it."""
    cookie = ""
    for page in form.PAGES:
        said = {name: value for name, value in form.COMPLETE.items() if form.is_on_page(page, name)}
        answer = posted(client, f"/complain/{page}", cookie, **said)
        cookie = answer.headers.get("Set-Cookie", [cookie])[0].partition(";")[0]
    return answer


@pytest.fixture
def ref(scenario: Scenario) -> str:
    """Return the number of a case that another person filed long ago."""
    return scenario.submit(person={"name": "李雷", "phone": "13900139000"}).ref


Asks = Callable[[Any, Scenario, str], Any]
ASKS: dict[str, tuple[str, By, Asks]] = {
    "filing": ("filing", ("network", "address"), lambda client, scenario, ref: filed(client)),
    "filing_page": ("filing", ("network",), lambda client, scenario, ref: complained(client)),
    "draft_page": (
        "draft",
        ("network",),
        lambda client, scenario, ref: posted(client, "/complain/safety", hurt="no"),
    ),
    "enclosure_page": ("enclosure", ("network",), lambda client, scenario, ref: enclosed(client)),
    "link": (
        "finding",
        ("network", "address"),
        lambda client, scenario, ref: client.http.post(
            "/v1/links",
            headers=JSON,
            body=json.dumps({"number": ref, "contact": "wang.fang@mail.example"}).encode(),
        ),
    ),
    "link_page": (
        "finding",
        ("network",),
        lambda client, scenario, ref: posted(
            client, "/case/link", number=ref, contact="wang.fang@mail.example"
        ),
    ),
    "phrase_page": (
        "passphrase",
        ("network", "number"),
        lambda client, scenario, ref: posted(client, "/case/find", number=ref, phrase="0000 0000"),
    ),
    "verify": (
        "verify",
        ("network",),
        lambda client, scenario, ref: client.http.post(
            "/v1/verify", headers=JSON, body=json.dumps({"sha256": "0" * 64}).encode()
        ),
    ),
    "verify_page": (
        "verify",
        ("network",),
        lambda client, scenario, ref: posted(client, "/verify", sha256="0" * 64),
    ),
    "verify_upload": (
        "upload",
        ("network",),
        lambda client, scenario, ref: client.http.post("/v1/verify/uploads", headers=JSON, body=b""),
    ),
    "verify_result": (
        "verify",
        ("network",),
        lambda client, scenario, ref: client.http.get("/v1/verify/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ),
    "suggestion_page": (
        "suggestion",
        ("network",),
        lambda client, scenario, ref: posted(client, "/suggestions", text="多写几句"),
    ),
    "message": (
        "message",
        ("account",),
        lambda client, scenario, ref: client.http.post(
            f"/v1/cases/{ref}/moves/message",
            headers=JSON | bearer(scenario, ref),
            body=json.dumps({"text": "喂"}).encode(),
        ),
    ),
    "message_page": (
        "message",
        ("account",),
        lambda client, scenario, ref: posted(
            client, "/case/moves/message", f"{CASE_COOKIE}={ref}.{token(scenario, ref)}", text="喂", key="k"
        ),
    ),
    "file": (
        "upload",
        ("account",),
        lambda client, scenario, ref: client.http.post(
            f"/v1/cases/{ref}/files",
            headers=JSON | bearer(scenario, ref),
            body=json.dumps({"shows": "发票", "type": "image/*"}).encode(),
        ),
    ),
    "file_page": (
        "upload",
        ("account",),
        lambda client, scenario, ref: posted(
            client,
            "/case/files/add",
            f"{CASE_COOKIE}={ref}.{token(scenario, ref)}",
            shows="发票",
            type="image/*",
            key="k",
        ),
    ),
}
"""Requests, each with the kind and key of the limit that is used up before."""


def shown(ref: str) -> dict[str, str]:
    """Return the parts of the keys under which the requests above are counted."""
    return {"address": "wang.fang@mail.example", "network": HERE, "number": ref, "account": f"{ref}/p1"}


def row_keys() -> set[tuple[str, str]]:
    """Return the keys of all rows except the counts."""
    return {(row.pk, row.sk) for row in rows.Row.scan() if row.sk != rows.CEILING}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("asked", ASKS)
def test_beyond_a_ceiling_everybody_is_told_when_to_come_again(
    client: Any, scenario: Scenario, ref: str, asked: str, language: str
) -> None:
    """The answer is 429 with `Retry-After` until the window ends, in the caller's language. The next window
    accepts the request."""
    kind, by, ask = ASKS[asked]
    ceiling = used_up(scenario, kind, **{part: shown(ref)[part] for part in by})
    before = row_keys()
    refused = ask(_Speaking(client, language), scenario, ref)
    ends = ceiling.ends(scenario.time)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(int((ends - scenario.time).total_seconds()))
    said = refused.body.decode()
    assert ("次数太多" if language == "zh" else "Too many attempts") in said
    assert "400-800-1234" in said
    assert asked.endswith("_page") or json.loads(said)["type"] == "/problems/rate_limited"
    assert row_keys() == before
    scenario.time = ends
    assert ask(_Speaking(client, language), scenario, ref).status_code != 429


class _Speaking:
    """A client whose browser prefers a language."""

    def __init__(self, client: Any, language: str) -> None:
        self.http, self._client, self._language = self, client, language

    def post(self, path: str, headers: dict[str, str], body: bytes) -> Any:
        """Post in that language."""
        return self._client.http.post(path, headers={**headers, "Accept-Language": self._language}, body=body)

    def get(self, path: str) -> Any:
        """Get in that language."""
        return self._client.http.get(path, headers={"Accept-Language": self._language})


def test_a_danger_beyond_a_ceiling_is_kept_without_a_mail(client: Any, scenario: Scenario) -> None:
    """The report is on the safety officer's list. The case page shows receipt and advice, and no mail
    leaves."""
    used_up(scenario, "filing", network=HERE, address="wang.fang@mail.example")
    answer = filed(client, hurt="hurt")
    assert answer.status_code == 201
    assert answer.json_body["advice"]
    ref = answer.json_body["number"]
    assert scenario.post() == 0
    assert scenario.sent() == []
    case, letters = scenario.product.file.load(ref), scenario.product.file.whole(ref).letters
    assert case.unsafe
    assert {letter["name"]: letter["state"] for letter in letters} == {
        "receipt": "skipped",
        "safety_advice": "skipped",
    }
    items, _ = scenario.product.file.work("TEAM#general#safety", None, 50)
    assert [item["ref"] for item in items] == [ref]


def test_a_hundred_refused_filings_slow_down_nobody(client: Any, scenario: Scenario) -> None:
    """A person with another address can still file from the same network."""
    used_up(scenario, "filing", network=HERE, address="wang.fang@mail.example")
    assert {filed(client).status_code for _ in range(100)} == {429}
    assert filed(client, person={"name": "李雷", "email": "li.lei@mail.example"}).status_code == 201


def test_staff_and_partners_are_counted_by_themselves(scenario: Scenario, client: Any) -> None:
    """A call centre is one network, so its staff have a limit of their own instead of the network's."""
    from chalicelib.web import filing

    used_up(scenario, "filing", network=HERE)
    case, _ = filing.file(WANG, json.dumps(complaint(channel="phone")), None, HERE)
    assert case.received_at == scenario.time


def test_a_partner_is_counted_on_each_case_by_itself(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A partner's limit counts each case separately; its other cases are not affected."""
    partner = shop(client, provider)
    first, second = (
        post(client, "/v1/complaints", complaint(), partner).json_body["number"] for _ in range(2)
    )
    used_up(scenario, "message", account=f"{first}/partner:shop")
    used_up(scenario, "upload", account=f"{first}/partner:shop")
    for path, body in (("moves/message", {"text": "喂"}), ("files", {"shows": "发票", "type": "image/*"})):
        answers = [
            post(client, f"/v1/cases/{ref}/{path}", body, partner).status_code for ref in (first, second)
        ]
        assert answers[0] == 429
        assert answers[1] in (200, 201)


def test_the_page_of_documents_gives_no_upload_form_beyond_its_ceiling(
    client: Any, scenario: Scenario
) -> None:
    """The page says that uploads are limited now. A digest can still be checked."""
    used_up(scenario, "upload", network=HERE)
    page = client.http.get("/verify", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert "multipart/form-data" not in page.body.decode()
    assert "Too many attempts" in page.body.decode()
    assert 'id="sha256"' in page.body.decode()
    scenario.later(HOUR)
    assert "multipart/form-data" in client.http.get("/verify").body.decode()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::9", "2001:0db8:0001:0002"),
    ],
)
def test_a_network_is_what_the_gateway_saw(address: str, counted: str) -> None:
    """A network is an IPv4 address or an IPv6 /64, as the gateway saw it. Headers of the caller do not change
    it."""
    headers = {"x-forwarded-for": "198.51.100.1"}
    assert network(SimpleNamespace(headers=headers, context={"identity": {"sourceIp": address}})) == counted

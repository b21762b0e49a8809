"""Confirmation of an address: only the link sent to the mailbox opens it, and only its button confirms."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.reference import reference
from tests.aws_calls import Calls
from tests.casework.post import FakePost
from tests.scenario import WANG, Scenario
from tests.web.desk import FORM, Desk

JSON = {"Content-Type": "application/json"}
OWN = {**FORM, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def post(scenario: Scenario) -> FakePost:
    """Return the mailboxes, filled by the letters of the scenario."""
    return FakePost.into(scenario)


def link(post: FakePost) -> str:
    """Return the path of the link at the end of the latest letter."""
    found = re.search(r"/address/\d+/[\w-]+", post.taken[-1][2].text)
    assert found
    return found[0]


def test_the_owner_of_the_mailbox_confirms_it_with_one_button(
    client: Any, scenario: Scenario, post: FakePost
) -> None:
    """The link opens a question in the language of the letter. Opening it again changes nothing."""
    case = scenario.submit()
    scenario.post()
    for _ in range(2):
        page = client.http.get(link(post)).body.decode()
    assert 'lang="zh-CN"' in page
    assert "是我的邮箱" in page
    assert "王芳" not in page
    assert scenario.moves(case.ref) == ["submit"]
    assert (
        "Yes, this is my mailbox"
        in client.http.get(link(post), headers={"Cookie": "__Host-lang=en"}).body.decode()
    )
    for _ in range(2):
        answer = client.http.post(link(post), headers=OWN, body=b"")
        assert (answer.status_code, answer.headers["Location"]) == (303, link(post))
    assert "邮箱已经确认" in client.http.get(link(post)).body.decode()
    assert scenario.moves(case.ref) == ["submit", "confirm_address"]
    assert scenario.product.file.load(case.ref).party("p1").confirmed


def test_confirm_address_rejects_other_credentials(client: Any, scenario: Scenario, post: FakePost) -> None:
    """Access links, other sites, the desk, the page of letters and the interface cannot confirm an
    address."""
    case = scenario.submit()
    scenario.post()
    path, token = link(post), scenario.product.links.token(case.ref, "p1", 1)
    assert client.http.get(f"/address/{case.ref}/{token}").status_code == 404
    assert (
        client.http.post(path, headers={**FORM, "Sec-Fetch-Site": "cross-site"}, body=b"").status_code == 403
    )
    page = client.http.get(
        "/case/letters", headers={"Cookie": f"__Host-case={case.ref}.{token}"}
    ).body.decode()
    assert "/address/" not in page
    assert "请点这里确认：…" in page
    assert "还没有确认" in page
    assert path not in Desk(client, scenario, "wang").get(f"/desk/cases/{case.ref}")
    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = client.http.post(
        f"/v1/cases/{case.ref}/moves/confirm_address", headers=bearer, body=b'{"party": "p1"}'
    )
    assert answer.status_code in (403, 404, 409)
    assert scenario.moves(case.ref) == ["submit"]


def test_a_link_of_an_earlier_address_confirms_nothing(
    client: Any, scenario: Scenario, post: FakePost
) -> None:
    """A link of an earlier address confirms nothing once another is confirmed. Links with a wrong number or
    token are not found."""
    case, other = scenario.submit(), scenario.submit()
    scenario.post()
    path = link(post)
    token = path.rpartition("/")[2]
    scenario.move(WANG, "change_contact", other.ref, email="new@mail.example")
    scenario.confirm(other.ref)
    assert (
        client.http.get(path).status_code == client.http.post(path, headers=OWN, body=b"").status_code == 404
    )
    for bad in (f"/address/{case.ref}/{token}", f"/address/{other.ref}/x", "/address/1/p1-1-a"):
        assert client.http.get(bad).status_code == 404


ASKED = [
    ("known", {}, True),
    ("by telephone number", {"contact": "138 0013 8000"}, True),
    ("another address", {"contact": "somebody@mail.example"}, False),
    ("no such case", {"number": reference(7)}, False),
]


@pytest.mark.parametrize(("said", "goes"), [one[1:] for one in ASKED], ids=[one[0] for one in ASKED])
def test_a_lost_link_is_sent_again_and_nobody_learns_whose_case_it_is(
    client: Any, scenario: Scenario, calls: Calls, said: dict[str, str], goes: bool
) -> None:
    """The answer and the calls before it are the same whether number and contact belong together or not. A
    worker compares them later. The link goes to the address on record."""
    ref = scenario.submit().ref
    scenario.post()
    asked = {"number": ref, "contact": "wang.fang@mail.example", **said}
    calls.made()
    answer = client.http.post("/v1/links", headers=JSON, body=json.dumps(asked).encode())
    assert calls.made() == {"UpdateItem": 2, "SendMessage": 1}
    assert all("/case/link" in client.http.get(path).body.decode() for path in ("/", "/case/link"))
    page = client.http.post("/case/link", headers=OWN, body=urlencode(asked).encode())
    scenario.post(), scenario.post()
    assert (answer.status_code, answer.json_body, page.status_code) == (202, {"sent": "if_known"}, 200)
    assert "如果编号和联系方式与一件投诉相符" in page.body.decode()
    assert 'href="/case/link?lang=en"' in page.body.decode()
    # The page's request came too soon after the first, so one letter is enough.
    assert [mail["to"] for mail in scenario.sent()[1:]] == ["wang.fang@mail.example"] * goes
    assert all("/case/" in mail["text"] for mail in scenario.sent()[1:])


def test_link_request_names_each_wrong_field(client: Any, scenario: Scenario) -> None:
    """The page and the interface name each wrong field. The page keeps the typed text."""
    said = {"number": "12", "contact": "x@"}
    page = client.http.post("/case/link", headers=OWN, body=urlencode(said).encode())
    shown = ("#link_number", "#link_contact", 'value="x@"')
    assert page.status_code == 422
    assert all(part in page.body.decode() for part in shown)
    answer = client.http.post("/v1/links", headers=JSON, body=json.dumps(said).encode())
    errors = {error["pointer"]: error["code"] for error in answer.json_body["errors"]}
    assert errors == {"/number": "reference", "/contact": "contact"}
    document = client.http.get("/openapi.json").json_body
    asked = document["paths"]["/v1/links"]["post"]
    assert {} in asked["security"]
    assert "202" in asked["responses"]
    assert "200" not in asked["responses"]
    assert document["components"]["schemas"]["LinkAsked"]["required"] == ["number", "contact"]


def test_link_page_shows_the_phone_number(client: Any, scenario: Scenario) -> None:
    """The page shows the team's phone number after its two forms. The form that needs least comes first."""
    page = client.http.get("/case/link", headers={"Accept-Language": "zh"}).body.decode()
    parts = ('action="/case/link"', 'action="/case/find"', "请致电400-800-1234")
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)


def test_link_request_without_mail_becomes_a_call_task(client: Any, scenario: Scenario) -> None:
    """Staff get a call task with the words to say. The task does not contain the passphrase."""
    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}).ref
    scenario.product.casework.ask_link(ref, "+8613800138000")
    scenario.post()
    page = Desk(client, scenario, "wang", "zh").get(f"/desk/cases/{ref}")
    assert "口令找不到了的，我们现在就为您换发" in page
    assert scenario.product.links.phrase(ref, "p1", 1) not in page


def test_a_link_that_cannot_be_asked_for_now_is_said_to_be_so(
    client: Any, scenario: Scenario, down: set[str]
) -> None:
    """A request that the queue did not take returns 503, so that nobody waits for a link in vain."""
    asked = {"number": scenario.submit().ref, "contact": "wang.fang@mail.example"}
    down.add("SendMessage")
    answer = client.http.post("/v1/links", headers=JSON, body=json.dumps(asked).encode())
    assert answer.status_code == 503

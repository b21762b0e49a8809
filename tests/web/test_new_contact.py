"""Tests of a new e-mail address or telephone on the case page, the desk, the interface and the confirmation
page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.engine.declare import MOVES
from tests.casework.messages import BY_TEXT, NEW, Messages
from tests.casework.post import FakePost
from tests.closed import complete
from tests.scenario import WANG, Scenario
from tests.web.calls import post as call
from tests.web.desk import Desk
from tests.web.links import FORM, held

OWN = {**FORM, "Sec-Fetch-Site": "same-origin"}
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
NUMBERED = re.compile(r"<strong>[0-9a-f]{8}</strong>")
"""The error id on a page, by which operations find the error."""
SAID: dict[str, dict[str, Any]] = {
    "change_contact": {"email": "{}@new.example"},
    "add_representative": {
        "person": {"name": "李雪", "email": "{}@new.example", "capacity": "agent"},
        "powers": ["submit"],
    },
}
"""The input of each move that reaches a new recipient; `{}` makes each address different."""


@pytest.fixture
def post(scenario: Scenario) -> FakePost:
    """Return the mailboxes of the test."""
    return FakePost.into(scenario)


def page(client: Any, scenario: Scenario, ref: str, language: str, path: str = "/case") -> str:
    """Return a page of a case as its consumer sees it."""
    cookie = held(scenario, ref)["Cookie"] + f"; __Host-lang={language}"
    answer = client.http.get(path, headers={"Cookie": cookie})
    assert answer.status_code == 200
    return str(answer.body.decode())


def change(client: Any, scenario: Scenario, ref: str, key: str = "k", **said: str) -> Any:
    """Change the consumer's contact on the page."""
    body = urlencode({"key": key, **said}).encode()
    return client.http.post("/case/moves/change_contact", headers={**held(scenario, ref), **OWN}, body=body)


def link(text: str) -> str:
    """Return the path of the confirmation link in a message."""
    found = re.search(r"/address/\d+/[\w-]+", text)
    assert found
    return found[0]


@LANGUAGES
def test_the_case_page_says_what_waits_and_how_letters_come_until_then(
    client: Any, scenario: Scenario, language: str
) -> None:
    """Staff call a consumer whose old mailbox was never confirmed. The new address is masked."""
    ref = scenario.submit().ref
    assert change(client, scenario, ref, email="lei.neu@mail.example").status_code == 303
    said = {
        "zh": ("新邮箱l…@mail.example等待确认", "确认信已经发往新邮箱", "由工作人员打电话告诉您"),
        "en": ("l…@mail.example waits to be confirmed", "sending a letter to the new", "our staff call you"),
    }[language]
    for path in ("/case", "/case/letters"):
        shown = page(client, scenario, ref, language, path)
        for part in said:
            assert part in shown
        assert "lei.neu" not in shown


@LANGUAGES
def test_contact_page_names_the_confirmed_mailbox(client: Any, scenario: Scenario, language: str) -> None:
    """The page no longer mentions the new address after its confirmation."""
    ref = scenario.submit().ref
    scenario.confirm(ref)
    change(client, scenario, ref, email="new@mail.example")
    said = {"zh": "来信仍然发到原来的邮箱", "en": "letters still go to your earlier e-mail address"}[language]
    assert said in page(client, scenario, ref, language)
    scenario.confirm(ref)
    after = page(client, scenario, ref, language)
    assert said not in after
    assert 'id="contact"' not in after


@LANGUAGES
def test_beyond_the_limit_the_change_is_saved_and_the_page_says_when_the_message_leaves(
    client: Any, scenario: Scenario, post: FakePost, language: str
) -> None:
    """The page names the day on which the message to the fourth address of the day leaves."""
    ref = scenario.submit().ref
    for n in range(4):
        assert change(client, scenario, ref, f"k{n}", email=f"n{n}@mail.example").status_code == 303
    scenario.post()
    shown = page(client, scenario, ref, language)
    said = {
        "zh": ("变更已经保存", "2月13日", "09:00"),
        "en": ("Your change is saved", "13 February", "09:00"),
    }
    for part in said[language]:
        assert part in shown
    assert "n3@mail.example" not in [to for to, _, _ in post.taken]


@LANGUAGES
def test_the_page_of_a_new_mailbox_only_confirms(
    client: Any, scenario: Scenario, post: FakePost, language: str
) -> None:
    """Reading the page changes nothing; its one button confirms. It never has a link to the case."""
    ref = scenario.submit().ref
    change(client, scenario, ref, email="new@mail.example")
    scenario.post()
    path = link(next(letter.text for to, _, letter in post.taken if to == "new@mail.example"))
    spoken = {"Cookie": f"__Host-lang={language}"}
    for _ in range(2):
        shown = client.http.get(path, headers=spoken).body.decode()
    said = {
        "zh": ("新的联系方式", "不再给这个邮箱发信"),
        "en": ("new contact", "nothing more to this mailbox"),
    }
    for part in said[language]:
        assert part in shown
    for hidden in ("王芳", "/case/", "13800138000"):
        assert hidden not in shown
    assert scenario.moves(ref) == ["submit", "change_contact"]
    for _ in range(2):
        assert client.http.post(path, headers={**OWN, **spoken}, body=b"").status_code == 303
    done = client.http.get(path, headers=spoken).body.decode()
    assert {"zh": "邮箱已经确认", "en": "The mailbox is confirmed"}[language] in done
    assert scenario.moves(ref) == ["submit", "change_contact", "confirm_address"]


@LANGUAGES
def test_a_telephone_is_confirmed_on_a_page_that_speaks_of_it(
    client: Any, scenario: Scenario, language: str
) -> None:
    """The same holds for a number that gets short messages."""
    messages = Messages(scenario)
    ref = scenario.submit(person=BY_TEXT).ref
    change(client, scenario, ref, phone="13900139000")
    scenario.post()
    path = link(next(text for to, text in messages.taken if to == NEW))
    spoken = {"Cookie": f"__Host-lang={language}"}
    shown = client.http.get(path, headers=spoken).body.decode()
    assert {"zh": "这是您的手机吗？", "en": "Is this your phone?"}[language] in shown
    assert client.http.post(path, headers={**OWN, **spoken}, body=b"").status_code == 303
    assert {"zh": "手机号码已经确认", "en": "The number is confirmed"}[language] in client.http.get(
        path, headers=spoken
    ).body.decode()
    said = {"zh": "您的手机号码已经确认", "en": "Your mobile number is confirmed"}[language]
    assert said in page(client, scenario, ref, language, "/case/letters")


def test_the_link_of_a_replaced_address_answers_like_an_unknown_one(
    client: Any, scenario: Scenario, post: FakePost
) -> None:
    """The replaced link answers like an unknown one to GET and POST, and confirms no later address."""
    ref = scenario.submit().ref
    change(client, scenario, ref, "k1", email="first@mail.example")
    scenario.post()
    path = link(next(letter.text for to, _, letter in post.taken if to == "first@mail.example"))
    assert client.http.get(path).status_code == 200
    change(client, scenario, ref, "k2", email="second@mail.example")
    unknown = f"/address/{ref}/p1-1-{'a' * 26}"
    for ask in (client.http.get, lambda at: client.http.post(at, headers=OWN, body=b"")):
        answer, other = ask(path), ask(unknown)
        assert (answer.status_code, other.status_code) == (404, 404)
        told, usual = (NUMBERED.sub("", one.body.decode()) for one in (answer, other))
        assert told.replace(path, unknown) == usual
    assert scenario.moves(ref) == ["submit", "change_contact", "change_contact"]


def test_the_access_link_confirms_nothing(client: Any, scenario: Scenario) -> None:
    """An access link cannot confirm a mailbox; only the message in that mailbox can."""
    ref = scenario.submit().ref
    change(client, scenario, ref, email="thief@mail.example")
    for generation in (1, 2):
        token = scenario.product.links.token(ref, "p1", generation)
        assert client.http.post(f"/address/{ref}/{token}", headers=OWN, body=b"").status_code == 404


@LANGUAGES
def test_the_desk_shows_what_waits_and_whom_to_call(client: Any, scenario: Scenario, language: str) -> None:
    """The desk shows the whole address, because staff call the person. A decision is on the call list."""
    ref = scenario.submit().ref
    for n in range(4):
        change(client, scenario, ref, f"k{n}", email=f"n{n}@mail.example")
    scenario.move(WANG, "accept", ref)
    shown = Desk(client, scenario, "wang", language).get(f"/desk/cases/{ref}")
    said = {
        "zh": ("n3@mail.example", "已达每天的上限", "由我们打电话"),
        "en": ("n3@mail.example", "daily limit reached", "on the list of calls"),
    }[language]
    for part in said:
        assert part in shown
    assert "13800138000" in shown
    assert "True" not in shown
    assert ref in str(scenario.product.file.work("TEAM#general#tellings", None, 50)[0])


def test_the_interface_tells_it_and_goes_on_with_a_token(client: Any, scenario: Scenario) -> None:
    """`contact` has the confirmed and the pending contact; the answer has the token that stays valid."""
    ref = scenario.submit().ref
    bearer = {"Authorization": f"Bearer {scenario.product.links.token(ref, 'p1', 1)}"}
    before = client.http.get(f"/v1/cases/{ref}", headers=bearer).json_body["contact"]
    assert before == {
        "way": "email",
        "confirmed": False,
        "letters": "sent",
        "new_way": None,
        "new_address": None,
        "asked_at": None,
    }
    answer = call(client, f"/v1/cases/{ref}/moves/change_contact", {"email": "lei.neu@mail.example"}, bearer)
    contact = answer.json_body["contact"]
    assert (contact["new_way"], contact["new_address"]) == ("email", "l…@mail.example")
    assert (contact["letters"], contact["asked_at"]) == ("called", "2026-02-12T01:00:00Z")
    assert "message_at" not in answer.json_body
    token = answer.json_body["token"]
    scenario.confirm(ref)
    after = client.http.get(f"/v1/cases/{ref}", headers={"Authorization": f"Bearer {token}"})
    assert (after.status_code, after.json_body["contact"]["confirmed"]) == (200, True)
    assert client.http.get(f"/v1/cases/{ref}", headers=bearer).status_code == 404


def by_page(client: Any, scenario: Scenario, ref: str, move: str, said: dict[str, Any], n: int) -> None:
    """Take a move on the case page."""
    flat = {
        f"{name}.{part}" if part else name: one
        for name, value in said.items()
        for part, one in (value.items() if isinstance(value, dict) else [("", value)])
    }
    body = urlencode({"key": f"k{n}", **flat}, doseq=True).encode()
    answer = client.http.post(f"/case/moves/{move}", headers={**held(scenario, ref), **OWN}, body=body)
    assert answer.status_code == 303, answer.body.decode()


def by_interface(client: Any, scenario: Scenario, ref: str, move: str, said: dict[str, Any], n: int) -> None:
    """Take a move through the interface."""
    bearer = {"Authorization": f"Bearer {scenario.product.links.token(ref, 'p1', 1)}"}
    answer = call(client, f"/v1/cases/{ref}/moves/{move}", said, bearer)
    assert answer.status_code == 200, answer.json_body


@pytest.mark.parametrize("route", [by_page, by_interface])
@pytest.mark.parametrize("move", sorted(SAID))
def test_a_move_that_reaches_somebody_new_is_limited_by_every_route(
    client: Any, scenario: Scenario, post: FakePost, move: str, route: Callable[..., None]
) -> None:
    """The limits are three messages a case and thirty a network; other moves of a party do not count."""
    refs = [scenario.submit().ref for _ in range(11)]
    scenario.post()
    filed = len(post.taken)
    for ref in refs:
        for n in range(3):
            said = json.loads(json.dumps(SAID[move]).replace("{}", f"{ref}-{n}"))
            route(client, scenario, ref, move, said, n)
            scenario.post()
    new = [to for to, _, _ in post.taken[filed:] if to.endswith("@new.example")]
    assert len(new) == 30


def test_every_limited_move_is_tried_by_every_route() -> None:
    """A new limited move must be added to `SAID`."""
    complete(
        SAID,
        {name for name, move in MOVES.items() if move.limited},
        "SAID in tests/web/test_new_contact.py",
        "give the body with which each route tries to reach a new address",
    )


def test_an_answer_beyond_the_limit_says_when_the_message_leaves(client: Any, scenario: Scenario) -> None:
    """`message_at` is set for the party's own address and for a representative's; the OpenAPI document has
    it.
    """
    ref = scenario.submit().ref
    bearer = {"Authorization": f"Bearer {scenario.product.links.token(ref, 'p1', 1)}"}
    for n in range(4):
        said = json.loads(json.dumps(SAID["add_representative"]).replace("{}", f"r{n}"))
        answer = call(client, f"/v1/cases/{ref}/moves/add_representative", said, bearer).json_body
    assert answer["message_at"] == "2026-02-13T01:00:00Z"
    assert "2月13日" in page(client, scenario, ref, "zh", "/case/complaint")
    document = client.http.get("/openapi.json").json_body["components"]["schemas"]
    assert {"contact", "message_at"} <= document["PartyCase"]["properties"].keys()

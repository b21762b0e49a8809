"""Tests of number and passphrase: they open stage and deadlines, and add words, files and reports of danger;
nothing else.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.access.rate_limits import TooMany
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Role
from tests.scenario import HOUR, WANG, Scenario
from tests.web.links import FORM, OPENS
from tests.web.own import performing

PERSON = {"name": "王芳", "phone": "13800138000"}


def found(client: Any, scenario: Scenario, ref: str, phrase: str = "") -> Any:
    """Post number and passphrase, the right one by default; return the answer."""
    generation = scenario.product.file.load(ref).party("p1").generation
    said = phrase or scenario.product.links.phrase(ref, "p1", generation)
    body = urlencode({"number": ref, "phrase": said}).encode()
    return client.http.post("/case/find", headers=FORM, body=body)


def session_headers(client: Any, scenario: Scenario, ref: str) -> dict[str, str]:
    """Return the cookie header of a browser after number and passphrase were entered."""
    answer = found(client, scenario, ref)
    assert answer.status_code == 303
    return {"Cookie": answer.headers["Set-Cookie"][0].partition(";")[0]}


@pytest.fixture
def ref(scenario: Scenario) -> str:
    """Return a complaint of a person without mail that waits for their information."""
    ref = scenario.submit(person=PERSON).ref
    scenario.move(WANG, "ask_information", ref, items=["purchase_proof"], why="核对订单")
    return ref


def test_a_passphrase_is_twelve_digits_in_groups_of_four(scenario: Scenario) -> None:
    """The passphrase can be said on the phone and is too long to guess. Spaces and full-width digits are
    accepted.
    """
    links = scenario.product.links
    phrase = links.phrase("1", "p1", 1)
    assert re.fullmatch(r"\d{4} \d{4} \d{4}", phrase)
    wide = phrase.translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert all(links.says(said, "1", "p1", 1) for said in (phrase, phrase.replace(" ", ""), wide))
    assert not links.says(phrase[:-1], "1", "p1", 1)


def test_invalid_number_or_passphrase_names_its_field(client: Any, scenario: Scenario) -> None:
    """The form comes back with the number, but without the passphrase."""
    said = {"number": "1234", "phrase": "0000 0000"}
    page = client.http.post("/case/find", headers=FORM, body=urlencode(said).encode())
    shown = page.body.decode()
    assert page.status_code == 422
    assert all(part in shown for part in ('href="#number"', 'href="#phrase"'))
    assert "0000 0000" not in shown
    assert 'value="1234"' in shown


def test_passphrase_page_shows_stage_and_deadlines_only(client: Any, scenario: Scenario, ref: str) -> None:
    """The page shows no contact data, words, letters or links; the cookie opens nothing else."""
    cookie = session_headers(client, scenario, ref)
    page = client.http.get("/case", headers=cookie).body.decode()
    assert "待补充" in page
    assert "/case/moves/message" in page
    assert "/case/files/add" in page
    for secret in ("王芳", "13800138000", "洗衣机坏了"):
        assert secret not in page
    assert not OPENS.search(page)
    assert "change_contact" not in page
    assert "withdraw" not in page
    token = cookie["Cookie"].partition(f"{ref}.")[2]
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.http.get(f"/v1/cases/{ref}", headers=bearer).status_code == 404
    assert client.http.get(f"/case/{ref}/{token}").status_code == 404
    assert client.http.get("/complain/done", headers=cookie).headers["Location"] == "/case"
    assert client.http.get("/case/agreement", headers=cookie).status_code == 403


def test_passphrase_page_denies_no_deadline(client: Any, scenario: Scenario) -> None:
    """A promise has a date that this page does not show; so the page does not say "nothing runs"."""
    ref = performing(scenario, person=PERSON)
    page = client.http.get("/case", headers=session_headers(client, scenario, ref)).body.decode()
    assert "现在没有正在计算的期限" not in page


def test_passphrase_access_adds_words_files_and_dangers(client: Any, scenario: Scenario, ref: str) -> None:
    """The passphrase also answers our questions."""
    cookie = session_headers(client, scenario, ref) | FORM
    for move, said in (
        ("message", {"text": "还要多久？"}),
        ("tag_safety", {"facts": "电池鼓包。"}),
        ("give_information", {"answer": "发票号是一二三。"}),
    ):
        body = urlencode({"key": move, **said}).encode()
        answer = client.http.post(f"/case/moves/{move}", headers=cookie, body=body)
        assert answer.status_code == 303, move
    sent = client.http.post(
        "/case/files/add",
        headers=cookie,
        body=urlencode({"shows": "发票", "type": "image/*", "key": "f"}).encode(),
    )
    upload, cookie = sent.headers["Location"], {"Cookie": cookie["Cookie"]}
    assert client.http.get(upload, headers=cookie).status_code == 200
    assert client.http.get(upload.removesuffix("/upload"), headers=cookie).status_code == 404


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, move in MOVES.items()
        if move.by & Role.PARTY and move.at and "by_phrase" not in move.even
    ),
)
def test_passphrase_access_is_refused_other_moves(client: Any, scenario: Scenario, name: str) -> None:
    """Every other move of a party is refused by code, on its page too."""
    ref = scenario.submit(person=PERSON).ref
    caller = Caller("p1", Role.CONSUMER, ref=ref, party="p1", by_phrase=True)
    with pytest.raises(Refusal, match="passphrase_only_adds"):
        scenario.product.casework.move(name, ref, caller, {})
    assert name not in scenario.product.casework.offered(scenario.product.file.whole(ref), caller)


def test_passphrase_access_ends_after_an_hour(client: Any, scenario: Scenario, ref: str) -> None:
    """An access by passphrase ends after an hour, so that a public computer forgets it. Staff can give
    another passphrase.
    """
    first = session_headers(client, scenario, ref)
    scenario.later(HOUR + timedelta(seconds=1))
    second = session_headers(client, scenario, ref)
    assert [client.http.get("/case", headers=cookie).status_code for cookie in (first, second)] == [401, 200]
    before = scenario.product.links.phrase(ref, "p1", 1)
    scenario.move(WANG, "renew_link", ref)
    assert client.http.get("/case", headers=second).status_code == 401
    assert found(client, scenario, ref, before).status_code == 404
    assert client.http.get("/case", headers=session_headers(client, scenario, ref)).status_code == 200


def test_person_with_mail_has_no_passphrase(client: Any, scenario: Scenario) -> None:
    """A person with mail gets their link by mail instead."""
    assert found(client, scenario, scenario.submit().ref).status_code == 404


def test_wrong_ones_from_elsewhere_keep_nobody_out(
    client: Any, scenario: Scenario, ref: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A guesser must wait after the tenth attempt, and each is counted. The owner still gets in from another
    network.
    """
    elsewhere = "203.0.113.9"
    for _ in range(1_000):
        with suppress(TooMany):
            scenario.product.ceilings.take("passphrase", number=ref, network=elsewhere)
    assert found(client, scenario, ref).status_code == 303
    answers = [found(client, scenario, ref, f"{n:012}") for n in range(10)]
    assert [answer.status_code for answer in answers] == [404] * 9 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert capsys.readouterr().out.count('"WrongPassphrase": 1') == 9

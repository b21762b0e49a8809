"""Tests of access links: their holders, what they open, when they end."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.letters import SECRET
from chalicelib.web.callers import CASE_COOKIE
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario, complaint
from tests.web.calls import EN, bearing, link, post
from tests.web.desk import Desk
from tests.web.feedback import closed
from tests.web.links import FORM, OPENS, held, shop
from tests.web.provider import Provider


def test_filing_for_a_consumer_returns_no_link(client: Any, scenario: Scenario, provider: Provider) -> None:
    """Staff and partners get the number and the next steps; only consumers who file for themselves get a
    link.
    """
    key = post(
        client, "/v1/keys", {"partner": "call-centre"}, bearing(provider, "zheng", "role:administrator")
    ).json_body["key"]
    for caller in (bearing(provider, "wang", "role:intake"), {**EN, "Authorization": f"Bearer {key}"}):
        answer = post(client, "/v1/complaints", complaint(), caller)
        assert answer.status_code == 201
        assert answer.json_body["next"]
        assert not OPENS.search(answer.body.decode())
    assert OPENS.search(post(client, "/v1/complaints", complaint()).body.decode())


def test_one_key_takes_a_move_once_however_the_number_is_written(client: Any, scenario: Scenario) -> None:
    """Dashes or spaces in the number change neither the case nor the idempotency key."""
    filed = post(client, "/v1/complaints", complaint())
    ref, keyed = filed.json_body["number"], {**link(filed), "Idempotency-Key": "one"}
    for spelt in (ref, f"{ref[:4]}-{ref[4:8]}-{ref[8:]}", f"{ref[:6]} {ref[6:]}"):
        answer = post(client, f"/v1/cases/{spelt}/moves/message", {"text": "请问进展如何？"}, keyed)
        assert answer.status_code == 200
    assert scenario.moves(ref) == ["submit", "message"]


def opens(client: Any, ref: str, headers: dict[str, str]) -> list[int]:
    """Return the status codes for a link and its cookie: page, link, interface."""
    token = headers["Cookie"].partition(f"{ref}.")[2]
    api = client.http.get(f"/v1/cases/{ref}", headers={**EN, "Authorization": f"Bearer {token}"})
    page, link = client.http.get("/case", headers=headers), client.http.get(f"/case/{ref}/{token}")
    return [page.status_code, link.status_code, api.status_code]


@pytest.mark.parametrize(("move", "said"), [("renew_link", {}), ("change_contact", {"phone": "13700137000"})])
@pytest.mark.parametrize("by", ["party", "staff"])
def test_a_renewed_link_ends_the_one_before_and_its_cookie_at_once(
    client: Any, scenario: Scenario, move: str, said: dict[str, str], by: str
) -> None:
    """The new link goes to the person by mail. A person who renews their own link stays signed in."""
    ref = scenario.submit().ref
    scenario.post()
    before = held(scenario, ref)
    assert opens(client, ref, before) == [200, 303, 200]
    if by == "staff":
        scenario.move(WANG, move, ref, **said)
    else:
        body = urlencode({"key": "k", **said}).encode()
        answer = client.http.post(f"/case/moves/{move}", headers={**before, **FORM}, body=body)
        assert answer.status_code == 303
        assert held(scenario, ref)["Cookie"] in answer.headers["Set-Cookie"][0]
    assert opens(client, ref, before) == [404, 404, 404]
    assert opens(client, ref, held(scenario, ref)) == [200, 303, 200]
    scenario.post()
    token = held(scenario, ref)["Cookie"].partition(f"{ref}.")[2]
    told = [mail["to"] for mail in scenario.sent() if token in mail["text"]]
    assert told == ["wang.fang@mail.example"]


@pytest.mark.parametrize("by", ["party", "staff"])
def test_the_old_link_ends_when_the_new_address_is_confirmed(
    client: Any, scenario: Scenario, by: str
) -> None:
    """Until the confirmation the old link and the link of the device that named the address both open the
    case. Afterwards only the device's link does, and the new address gets it too.
    """
    ref = scenario.submit().ref
    scenario.post()
    old, new = held(scenario, ref), held(scenario, ref, 2)
    assert opens(client, ref, new) == [404, 404, 404]
    if by == "staff":
        scenario.move(WANG, "change_contact", ref, email="new@mail.example")
    else:
        body = urlencode({"key": "k", "email": "new@mail.example"}).encode()
        answer = client.http.post("/case/moves/change_contact", headers={**old, **FORM}, body=body)
        assert new["Cookie"] in answer.headers["Set-Cookie"][0]
    assert opens(client, ref, old) == opens(client, ref, new) == [200, 303, 200]
    scenario.post(), scenario.confirm(ref), scenario.post()
    assert opens(client, ref, old) == [404, 404, 404]
    assert opens(client, ref, new) == [200, 303, 200]
    token = new["Cookie"].partition(f"{ref}.")[2]
    assert [mail["to"] for mail in scenario.sent() if token in mail["text"]] == ["new@mail.example"]


def test_a_renewed_link_ends_the_one_of_the_device_too(client: Any, scenario: Scenario) -> None:
    """A link renewal by staff also ends the link of the device that named a new address."""
    ref = scenario.submit().ref
    scenario.move(scenario.by_link(ref), "change_contact", ref, email="thief@mail.example")
    old, thief = held(scenario, ref), held(scenario, ref, 2)
    scenario.move(WANG, "change_contact", ref, email="wang.fang@mail.example")
    scenario.move(WANG, "renew_link", ref)
    assert opens(client, ref, old) == opens(client, ref, thief) == [404, 404, 404]
    assert opens(client, ref, held(scenario, ref)) == [200, 303, 200]
    assert scenario.product.file.load(ref).party("p1").pending is None


def test_filing_again_with_an_old_key_gets_no_renewed_link(client: Any, scenario: Scenario) -> None:
    """Repeating the request or the form with the same key does not return the renewed link."""
    keyed = {**EN, "Idempotency-Key": "one"}
    ref = post(client, "/v1/complaints", complaint(), keyed).json_body["number"]
    scenario.move(WANG, "renew_link", ref)
    again = post(client, "/v1/complaints", complaint(), keyed)
    assert again.json_body["number"] == ref
    assert not OPENS.search(again.body.decode())


def test_filing_again_with_an_old_key_gets_no_renewed_passphrase(client: Any, scenario: Scenario) -> None:
    """A repeated request, and the desk of the clerk who recorded the complaint, do not show the renewed
    passphrase.
    """
    by_phone, keyed = (
        complaint(person={"name": "王芳", "phone": "13800138000"}),
        {**EN, "Idempotency-Key": "one"},
    )
    first = post(client, "/v1/complaints", by_phone, keyed).json_body
    scenario.move(WANG, "renew_link", first["number"])
    again = post(client, "/v1/complaints", by_phone, keyed).json_body
    assert first["passphrase"]
    assert again["number"] == first["number"]
    assert "passphrase" not in again
    ref = scenario.submit(WANG, person=by_phone["person"], channel="phone").ref
    page, before = f"/desk/cases/{ref}?done=submit", scenario.product.links.phrase(ref, "p1", 1)
    assert before in Desk(client, scenario, "wang").get(page)
    scenario.move(SUN, "renew_link", ref)
    shown = Desk(client, scenario, "wang").get(page)
    assert before not in shown
    assert scenario.product.links.phrase(ref, "p1", 2) not in shown


def test_a_renewed_link_parts_nobody_from_their_other_case(client: Any, scenario: Scenario) -> None:
    """A person in a joint complaint still reaches the joint case from their own; their successor does not."""
    others = {"name": "赵敏", "email": "zhao.min@mail.example"}
    ref, own = scenario.submit(person=others).ref, scenario.submit().ref
    scenario.move(WANG, "invite_to_join", own, leading=ref)
    scenario.move(scenario.by_link(own), "join_case", own, own_wish=True)
    scenario.move(WANG, "renew_link", ref, party="p2")
    page = client.http.get("/case", headers=held(scenario, own)).body.decode()
    assert scenario.product.links.path(ref, "p2", 2) in page
    heir = {"name": "王明", "phone": "13500135000"}
    scenario.move(SUN, "substitute_party", ref, party="p2", person=heir, document="公证书", reason="继承。")
    assert f"/case/{ref}/" not in client.http.get("/case", headers=held(scenario, own)).body.decode()


def test_renewed_link_is_shown_to_people_without_mail(client: Any, scenario: Scenario) -> None:
    """The page shows the renewed link, because this person cannot read it anywhere else."""
    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}).ref
    client.http.post("/case/moves/renew_link", headers={**held(scenario, ref), **FORM}, body=b"key=k")
    page = client.http.get("/case?done=renew_link", headers=held(scenario, ref)).body.decode()
    assert scenario.product.links.path(ref, "p1", 2) in page


def test_only_the_mail_itself_has_a_live_link(client: Any, scenario: Scenario) -> None:
    """The stored letter, its page, the desk and the desk's preview show the link masked."""
    case, desk = scenario.submit(), Desk(client, scenario, "wang", "zh")
    scenario.post()
    assert all(f"/{of}/{case.ref}/" in scenario.sent()[0]["text"] for of in ("case", "address"))
    kept = json.dumps([*scenario.product.file.whole(case.ref).letters], ensure_ascii=False)
    own = client.http.get("/case/letters", headers=held(scenario, case.ref)).body.decode()
    sent = desk.get(f"/desk/cases/{case.ref}/letters")
    pages = (own, sent, desk.take(case, "message", 200, text="请稍候。"))
    for text in (kept, *pages):
        assert "投诉页面：…" in text
        assert not SECRET.search(text)


def test_on_paper_stands_a_passphrase_and_no_link(scenario: Scenario) -> None:
    """A link on paper would be known to the people who print and post the letter."""
    case = scenario.submit(
        person={"name": "王芳", "address": "上海市黄浦区", "phone": "13800138000", "way": "post"}
    )
    dossier, roster = scenario.product.file.whole(case.ref), scenario.product.file.roster()
    row = next(row for row in dossier.letters if row["way"] == "telling")
    text = scenario.product.correspondence.printed(dossier, row, roster, scenario.time).text
    assert scenario.product.links.phrase(case.ref, "p1", 1) in text
    assert not OPENS.search(text)


def test_an_ended_link_says_so_and_can_be_asked_for_again(client: Any, scenario: Scenario) -> None:
    """Only the right link gets the answer "ended"; a wrong link opens nothing. The requested new link works,
    and the ended one stays ended.
    """
    ref = closed(scenario)
    before, wrong = held(scenario, ref), {"Cookie": f"{CASE_COOKIE}={ref}.p1-1-{'a' * 26}"}
    assert opens(client, ref, before) == [200, 303, 200]
    scenario.live(400 * DAY, ref)
    assert opens(client, ref, before) == [410, 410, 410]
    assert opens(client, ref, wrong) == [404, 404, 404]
    page = client.http.get("/case", headers={**before, "Accept-Language": "zh"}).body.decode()
    assert "这个链接已经失效" in page
    assert 'action="/case/link"' in page
    asked = {"number": ref, "contact": "wang.fang@mail.example"}
    assert post(client, "/v1/links", asked).status_code == 202
    scenario.post()
    assert opens(client, ref, before) == [404, 404, 404]
    assert opens(client, ref, held(scenario, ref)) == [200, 303, 200]


def test_a_link_of_another_case_opens_nothing(
    client: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A foreign link fails on page and interface like any wrong link, and is counted."""
    own, other = scenario.submit().ref, scenario.submit().ref
    stolen = held(scenario, own)["Cookie"].partition(f"{own}.")[2]
    assert opens(client, other, {"Cookie": f"{CASE_COOKIE}={other}.{stolen}"}) == [404, 404, 404]
    assert capsys.readouterr().out.count('"WrongLink": 1') == 3


def test_a_hand_over_link_has_the_consumers_own_link_mailed_to_them_once(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The hand-over page shows number and stage and opens nothing; reading it does not use it up. After use
    or one day it is gone, and the page offers to request a link.
    """
    partner = shop(client, provider)
    one, late = (post(client, "/v1/complaints", complaint(), partner).json_body for _ in range(2))
    path = one["hand_over"].removeprefix("https://complaints.example")
    for _ in range(2):
        page = client.http.get(path).body.decode()
        assert one["number"][:4] in page
        assert not any(word in page for word in ("王芳", "wang.fang", "洗衣机"))
        assert not OPENS.search(page)
    scenario.post()
    scenario.later(HOUR)
    before, token = len(scenario.sent()), held(scenario, one["number"])["Cookie"].partition(".")[2]
    answer = client.http.post(path, headers=FORM, body=b"")
    scenario.post()
    assert answer.status_code == 200
    assert not OPENS.search(answer.body.decode())
    sent = [(mail["to"], token in mail["text"]) for mail in scenario.sent()[before:]]
    assert sent == [("wang.fang@mail.example", True)]
    scenario.later(DAY)
    for gone in (path, late["hand_over"].removeprefix("https://complaints.example")):
        for answer in (client.http.get(gone), client.http.post(gone, headers=FORM, body=b"")):
            assert answer.status_code == 404
            assert 'action="/case/link"' in answer.body.decode()


def test_a_hand_over_link_is_used_up_only_once_the_mail_is_owed(
    down: set[str], client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A hand-over link still works after a failed write."""
    answer = post(client, "/v1/complaints", complaint(), shop(client, provider)).json_body
    path, ref = answer["hand_over"].removeprefix("https://complaints.example"), answer["number"]
    scenario.later(HOUR)
    down.add("TransactWriteItems")
    assert client.http.post(path, headers=FORM, body=b"").status_code == 503
    down.clear()
    assert client.http.post(path, headers=FORM, body=b"").status_code == 200
    assert "send_link" in scenario.moves(ref)


def test_partner_gets_a_passphrase_for_people_without_mail(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """For a person without mail a partner gets number and passphrase instead."""
    by_phone = complaint(person={"name": "王芳", "phone": "13800138000"})
    answer = post(client, "/v1/complaints", by_phone, shop(client, provider)).json_body
    assert "hand_over" not in answer
    assert answer["passphrase"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_link_without_its_token_leads_to_finding_the_case(
    client: Any, scenario: Scenario, language: str
) -> None:
    """The number is filled in already, in any spelling, and the page does not tell whether there is such a
    case. In the browser in which the case is open, it opens."""
    ref, headers = scenario.submit().ref, {"accept-language": language}
    spelt = f"{ref[:4]}-{ref[4:8]}-{ref[8:]}"
    pages = [client.http.get(f"/case/{one}", headers=headers) for one in (ref, spelt, "123456789015")]
    assert [page.status_code for page in pages[:2]] == [200, 200]
    assert pages[0].body == pages[1].body
    assert f'value="{ref}"' in pages[0].body.decode()
    cut = client.http.get(f"/case/{ref[:-1]}", headers=headers)
    assert cut.status_code == 404
    assert 'action="/case/find"' in cut.body.decode()
    cookie = client.http.get(scenario.product.links.path(ref, "p1", 1)).headers["Set-Cookie"][0]
    opened = client.http.get(f"/case/{ref}", headers={**headers, "Cookie": cookie.partition(";")[0]})
    assert (opened.status_code, opened.headers["Location"]) == (303, "/case")

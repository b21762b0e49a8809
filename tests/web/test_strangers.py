"""Tests that a stranger who knows an address or a number cannot block its owner. A repeated request gets the
first answer again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chalice.local import LambdaEventConverter

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import once
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.sending_limits import UNCONFIRMED_A_DAY, next_morning
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.moves.parties import LINK_AGAIN
from chalicelib.web import filing
from chalicelib.web.callers import ANYBODY, CASE_COOKIE
from tests.aws_calls import Calls
from tests.casework.deliveries import states
from tests.casework.post import FakePost
from tests.scenario import DAY, HOUR, WANG, Scenario, complaint
from tests.web.calls import EN, bearing, post
from tests.web.limits import HERE, bearer, filed, posted, token, used_up
from tests.web.links import shop
from tests.web.provider import Provider

VICTIM, PHONE = "wang.fang@mail.example", "13900139000"
BY_PHONE = {"name": "李雷", "phone": PHONE}
MANY = 15
"""More filings or link requests than one network may send for one address."""


@contextmanager
def network(address: str) -> Iterator[None]:
    """Let requests come from this network."""
    before = LambdaEventConverter.LOCAL_SOURCE_IP
    LambdaEventConverter.LOCAL_SOURCE_IP = address
    try:
        yield
    finally:
        LambdaEventConverter.LOCAL_SOURCE_IP = before


def request_victims_link(client: Any, ref: str) -> int:
    """Ask for the victim's link through the interface; return the status."""
    answer = post(client, "/v1/links", {"number": ref, "contact": VICTIM})
    return int(answer.status_code)


def posted_all(scenario: Scenario) -> None:
    """Send all pending letters, and those that follow from them."""
    while scenario.post():
        pass


@pytest.fixture
def mails(scenario: Scenario) -> FakePost:
    """Return the mail provider of the test."""
    return FakePost.into(scenario)


def test_requests_for_a_link_by_a_stranger_keep_it_from_nobody(
    scenario: Scenario, client: Any, mails: FakePost
) -> None:
    """The stranger is refused after ten requests; the victim still gets their link."""
    ref = filed(client).json_body["number"]
    posted_all(scenario)
    with network("198.51.100.1"):
        assert [request_victims_link(client, ref) for _ in range(MANY)].count(202) == 10
    posted_all(scenario)
    scenario.later(LINK_AGAIN)
    assert request_victims_link(client, ref) == 202
    posted_all(scenario)
    assert [name for name, state in states(scenario, ref) if state == "sent"] == [
        "receipt",
        *["access_link"] * 2,
    ]
    assert len(mails.to(VICTIM)) == 3


def test_filings_by_a_stranger_keep_nothing_from_whom_they_name(
    scenario: Scenario, client: Any, mails: FakePost
) -> None:
    """The stranger can file ten complaints, and three of them are mailed on that day. The victim's own
    receipt, link, decision and code leave at once.
    """
    with network("2001:db8:1:2::1"):
        assert [filed(client).status_code for _ in range(MANY)] == [201] * 10 + [429] * 5
    with network("2001:db8:1:2:ffff::9"):
        assert filed(client).status_code == 429
    posted_all(scenario)
    assert len(mails.to(VICTIM)) == UNCONFIRMED_A_DAY
    own = filed(client)
    ref = own.json_body["number"]
    assert own.status_code == 201
    assert request_victims_link(client, ref) == 202
    scenario.move(WANG, "accept", ref)
    posted_all(scenario)
    assert states(scenario, ref) == [("receipt", "sent"), ("accepted", "sent"), ("access_link", "sent")]
    scenario.confirm(ref)
    code = post(client, f"/v1/cases/{ref}/codes", {"move": "waive", "said": {}}, EN | bearer(scenario, ref))
    assert code.status_code != 429


def test_a_customer_with_many_networks_fills_no_mailbox(
    scenario: Scenario, client: Any, mails: FakePost
) -> None:
    """A customer may have 65,536 IPv6 networks (a /48). Each can file, but all share the mails of one sender.
    The victim's own letters leave from elsewhere.
    """
    for n in range(8):
        with network(f"2001:db8:1:{n:x}::1"):
            assert filed(client).status_code == 201
    posted_all(scenario)
    assert len(mails.to(VICTIM)) == UNCONFIRMED_A_DAY
    with network("2001:db8:2:1::1"):
        assert filed(client).status_code == 201
    posted_all(scenario)
    assert len(mails.to(VICTIM)) == UNCONFIRMED_A_DAY + 1


def test_one_heavy_sender_stops_nobody_of_a_household(scenario: Scenario, client: Any) -> None:
    """A school or a call centre has one network: filings for other addresses there are still accepted."""
    used_up(scenario, "filing", network=HERE, address=VICTIM)
    used_up(scenario, "finding", network=HERE, address=VICTIM)
    others = [filed(client, person={"name": "李雷", "email": f"p{n}@mail.example"}) for n in range(40)]
    assert {answer.status_code for answer in others} == {201}
    last = others[-1].json_body["number"]
    found = post(client, "/v1/links", {"number": last, "contact": "p39@mail.example"})
    assert found.status_code == 202


def test_a_mailbox_has_one_count_however_it_is_written(scenario: Scenario, client: Any) -> None:
    """Capitals and plus tags do not change the mailbox."""
    used_up(scenario, "filing", network=HERE, address=VICTIM)
    for email in ("Wang.Fang@Mail.example", "wang.fang+a@mail.example", "wang.fang+2@mail.example"):
        assert filed(client, person={"name": "王芳", "email": email}).status_code == 429


@pytest.mark.parametrize("by", ["partner", "desk"])
def test_staff_and_partners_are_never_refused_for_whom_they_file_for(
    scenario: Scenario, client: Any, provider: Provider, by: str
) -> None:
    """The eleventh and twelfth complaint of a day for one telephone number still run their 24 hours."""
    headers = shop(client, provider) if by == "partner" else bearing(provider, "wang", "role:intake")
    made = [post(client, "/v1/complaints", complaint(person=BY_PHONE), headers) for _ in range(12)]
    assert [answer.status_code for answer in made] == [201] * 12
    for answer in made:
        case = scenario.product.file.load(answer.json_body["number"])
        assert due(case)["acknowledgement"] == scenario.time + DAY


@pytest.mark.parametrize("by", ["partner", "desk"])
def test_a_receipt_that_waits_is_told_on_the_phone(
    scenario: Scenario, client: Any, provider: Provider, mails: FakePost, by: str
) -> None:
    """Above the daily mail limit the complaint is accepted and its 24 hours run. Its person is on the call
    list until the mail leaves in the morning.
    """
    headers = shop(client, provider) if by == "partner" else bearing(provider, "wang", "role:intake")
    made = [post(client, "/v1/complaints", complaint(), headers) for _ in range(UNCONFIRMED_A_DAY + 1)]
    assert [answer.status_code for answer in made] == [201] * (UNCONFIRMED_A_DAY + 1)
    posted_all(scenario)
    assert len(mails.to(VICTIM)) == UNCONFIRMED_A_DAY
    ref = made[-1].json_body["number"]
    case = scenario.product.file.load(ref)
    assert [telling.letter for telling in case.tellings] == ["receipt"]
    assert due(case)["acknowledgement"] == scenario.time + DAY
    listed, _ = scenario.product.file.work("TEAM#general#tellings", None, 50)
    assert [item["ref"] for item in listed] == [ref]
    assert scenario.lines(ref, "letter_failed") == [
        {"letter": "receipt", "id": case.tellings[0].id, "party": "p1", "why": "waits"}
    ]
    scenario.time = next_morning(scenario.time)
    for shard in scenario.product.post_index.shards():
        scenario.product.clockwork.walk_letters(shard, lambda: 120_000)
    assert len(mails.to(VICTIM)) == UNCONFIRMED_A_DAY + 1
    assert scenario.product.file.load(ref).tellings == ()


def test_a_receipt_that_was_told_leaves_all_the_same(
    scenario: Scenario, client: Any, provider: Provider, mails: FakePost
) -> None:
    """The person also gets it in writing; it counts as delivered since the call."""
    headers = shop(client, provider)
    *_, last = [post(client, "/v1/complaints", complaint(), headers) for _ in range(UNCONFIRMED_A_DAY + 1)]
    posted_all(scenario)
    ref = last.json_body["number"]
    scenario.later(HOUR)
    assert scenario.tell(ref) == 1
    told = scenario.product.file.load(ref).told["receipt"]
    scenario.time = next_morning(scenario.time)
    for shard in scenario.product.post_index.shards():
        scenario.product.clockwork.walk_letters(shard, lambda: 120_000)
    assert states(scenario, ref)[0] == ("receipt", "sent")
    assert scenario.product.file.load(ref).told["receipt"] == told


def test_a_danger_that_a_partner_reports_is_told_to_the_safety_officer_each_time(
    scenario: Scenario, client: Any, provider: Provider, mails: FakePost
) -> None:
    """The safety officer is alerted each time, however many reports of the day name the same number."""
    headers = shop(client, provider)
    body = complaint(person=BY_PHONE, hurt="could_be")
    made = [post(client, "/v1/complaints", body, headers).status_code for _ in range(12)]
    assert made == [201] * 12
    posted_all(scenario)
    assert len(mails.to("qian@house.example")) == 12


def test_waiting_receipt_of_an_online_filing_causes_no_call(
    scenario: Scenario, client: Any, mails: FakePost
) -> None:
    """The person has seen number and link on the page, and a flood of filings must not cause calls."""
    made = [filed(client) for _ in range(UNCONFIRMED_A_DAY + 2)]
    posted_all(scenario)
    assert {scenario.product.file.load(one.json_body["number"]).tellings for one in made} == {()}


Repeats = Callable[[Scenario, Any, Provider, str], Callable[[], Any]]
KEY = {"Idempotency-Key": "k-1"}


def of_filing(scenario: Scenario, client: Any, provider: Provider, ref: str) -> Callable[[], Any]:
    """Return a function that files a complaint with an idempotency key; others use up its ceiling."""
    return lambda: post(client, "/v1/complaints", complaint(), EN | KEY)


def of_partner(scenario: Scenario, client: Any, provider: Provider, ref: str) -> Callable[[], Any]:
    """Return a function that files a complaint with a partner's own number and without a key."""
    headers = shop(client, provider)
    return lambda: post(client, "/v1/complaints", complaint(external_id="8812"), headers)


def of_message(scenario: Scenario, client: Any, provider: Provider, ref: str) -> Callable[[], Any]:
    """Return a function that sends a message with a key."""
    headers = EN | KEY | bearer(scenario, ref)
    return lambda: post(client, f"/v1/cases/{ref}/moves/message", {"text": "喂"}, headers)


def of_file(scenario: Scenario, client: Any, provider: Provider, ref: str) -> Callable[[], Any]:
    """Return a function that declares a file with a key."""
    headers = EN | KEY | bearer(scenario, ref)
    return lambda: post(client, f"/v1/cases/{ref}/files", {"shows": "发票", "type": "image/*"}, headers)


REPEATED: dict[str, tuple[Repeats, str, dict[str, str]]] = {
    "filing": (of_filing, "filing", {"network": HERE, "address": VICTIM}),
    "filing_network": (of_filing, "filing", {"network": HERE}),
    "external_id": (of_partner, "filing", {"key": "partner:shop"}),
    "message": (of_message, "message", {"account": "{ref}/p1"}),
    "file": (of_file, "upload", {"account": "{ref}/p1"}),
}


@pytest.mark.parametrize("what", REPEATED)
def test_a_repeated_request_is_answered_before_anything_is_counted(
    scenario: Scenario, client: Any, provider: Provider, what: str
) -> None:
    """The eleventh answer is like the first, although the ceiling was reached meanwhile; a new request is
    refused.
    """
    of, kind, parts = REPEATED[what]
    ref = scenario.submit(person={"name": "李雷", "phone": PHONE}).ref
    send = of(scenario, client, provider, ref)
    first = send()
    assert first.status_code in (200, 201)
    used_up(scenario, kind, **{part: said.format(ref=ref) for part, said in parts.items()})
    again = [send() for _ in range(11)]
    assert {answer.status_code for answer in again} == {200 if what == "external_id" else first.status_code}
    assert {_made(answer) for answer in again} == {_made(first)}


def _made(answer: Any) -> str:
    """Return the case number or the file id in an answer."""
    return str(answer.json_body.get("id") or answer.json_body["number"])


def test_a_form_that_is_sent_again_is_not_counted(scenario: Scenario, client: Any) -> None:
    """The key of the page's form is known; a form with another key is refused."""
    ref = scenario.submit(person={"name": "李雷", "phone": PHONE}).ref
    cookie = f"{CASE_COOKIE}={ref}.{token(scenario, ref)}"

    def message_status(key: str) -> int:
        return int(posted(client, "/case/moves/message", cookie, text="喂", key=key).status_code)

    assert message_status("k") == 303
    used_up(scenario, "message", account=f"{ref}/p1")
    assert message_status("k") == 303
    assert message_status("other") == 429


def test_a_complaint_of_the_page_that_is_sent_again_is_not_counted(scenario: Scenario) -> None:
    """The draft holds the key: filing it again returns the same number, although the network has reached its
    ceiling.
    """
    body = json.dumps(complaint())
    key = once(ANYBODY, "submit", "key of the draft", body)
    first, _ = filing.file(ANYBODY, body, key, HERE)
    used_up(scenario, "filing", network=HERE, address=VICTIM)
    used_up(scenario, "filing", network=HERE)
    again, _ = filing.file(ANYBODY, body, key, HERE)
    assert again.ref == first.ref


def test_a_file_of_a_draft_that_is_sent_again_is_not_counted(scenario: Scenario, client: Any) -> None:
    """A repeated upload finds its file in the draft."""
    begun = posted(client, "/complain/safety", hurt="no")
    [cookie] = [one.partition(";")[0] for one in begun.headers["Set-Cookie"]]

    def added(key: str) -> int:
        return int(posted(client, "/complain/files/add", cookie, shows="发票", key=key).status_code)

    assert added("k") == 303
    used_up(scenario, "enclosure", network=HERE)
    assert added("k") == 303
    assert added("other") == 429


def test_a_key_costs_one_read_and_no_more(calls: Calls, scenario: Scenario, client: Any) -> None:
    """A complaint without a key reads nothing. A key and a partner's own number are looked up in one read. A
    repeated complaint is not counted.
    """
    scenario.submit()
    scenario.product.file.roster()
    calls.made()
    body = json.dumps(complaint())
    new = {"UpdateItem": 2, "TransactWriteItems": 1, "SendMessage": 1}
    filing.file(ANYBODY, body, None, HERE)
    assert calls.made() == new
    key = once(ANYBODY, "submit", "k", body)
    filing.file(ANYBODY, body, key, HERE)
    assert calls.made() == new | {"BatchGetItem": 1}
    filing.file(ANYBODY, body, key, HERE)
    assert "UpdateItem" not in calls.made()
    partner = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
    numbered = json.dumps(complaint(external_id="8812"))
    filing.file(partner, numbered, once(partner, "submit", "k", numbered), HERE)
    assert calls.made() == {"BatchGetItem": 1, "UpdateItem": 1, "TransactWriteItems": 1, "SendMessage": 1}


def test_a_key_of_a_message_costs_one_read(calls: Calls, scenario: Scenario, client: Any) -> None:
    """A message without a key is counted without a read."""
    ref = scenario.submit().ref
    made = []
    for more in ({}, {}, KEY):  # the first reads the secrets
        calls.made()
        headers = EN | more | bearer(scenario, ref)
        answer = post(client, f"/v1/cases/{ref}/moves/message", {"text": "喂"}, headers)
        assert answer.status_code == 200
        made.append(calls.made())
    _, without, with_key = made
    assert with_key == {**without, "GetItem": without["GetItem"] + 1}

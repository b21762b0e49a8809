"""Short messages lead the reader to the letter and contain no free text.

Staff tell a letter whose short message cannot be sent.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws.sms import Sns
from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.delivery.sms_gateway import Gateway
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Undelivered
from chalicelib.letters.short import most
from tests.casework.deliveries import MINUTE, states
from tests.casework.messages import BY_TEXT, MOBILE, NEW, Messages
from tests.life.complaint import answer
from tests.scenario import DAY, HOUR, WANG, ZHAO, Scenario


@pytest.fixture
def messages(scenario: Scenario) -> Messages:
    """The gateway of the scenario."""
    return Messages(scenario)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_short_message_leads_to_the_letter_and_quotes_nobody(
    scenario: Scenario, messages: Messages, language: str
) -> None:
    """The message names the number, the letter, the end of its window and the reader's link, within two
    messages.

    The page shows the whole letter, and no mail is sent.
    """
    case = scenario.submit(person={**BY_TEXT, "language": language})
    scenario.move(WANG, "ask_information", case.ref, items=["purchase_proof"], why="核对订单号的秘密")
    scenario.post()
    link = f"https://complaints.example{scenario.product.links.path(case.ref, 'p1', 1)}"
    (to, receipt), (_, asks) = messages.taken
    number = f"{case.ref[:4]}-{case.ref[4:8]}-{case.ref[8:]}"
    assert to == MOBILE
    assert all(number in text and text.endswith(link) for text in (receipt, asks))
    until = {"zh": "请在2月2", "en": "before 2"}[language]
    assert until not in receipt
    assert any(said in asks for said in (until, "2026"))
    assert all(len(text) <= most(text) for _, text in messages.taken)
    assert not any(words in text for _, text in messages.taken for words in ("王芳", "洗衣机", "秘密"))
    kept = next(one for one in scenario.product.file.whole(case.ref).letters if one["name"] == "receipt")[
        "sent"
    ]
    assert number in kept["text"]
    assert kept["digest"] in kept["text"]
    assert link not in json.dumps(kept)
    assert scenario.sent() == []
    assert scenario.product.file.load(case.ref).tellings == ()


def test_a_number_that_takes_none_is_called_instead(scenario: Scenario, messages: Messages) -> None:
    """A letter that opens a window becomes a call task, and its window waits; others end with a reason."""
    messages.trouble = Unreachable(Undelivered.BOUNCE)
    case = scenario.submit(person=BY_TEXT)
    scenario.move(WANG, "ask_information", case.ref, items=["purchase_proof"], why="核对")
    scenario.post()
    after = scenario.product.file.load(case.ref)
    assert [telling.letter for telling in after.tellings] == ["information_request"]
    assert after.told["information_request"] is None
    assert ("receipt", "skipped") in states(scenario, case.ref)


def test_a_gateway_that_fails_is_tried_for_an_hour_and_then_staff_call(
    scenario: Scenario, messages: Messages
) -> None:
    """Mail goes on, since it has another provider."""
    messages.trouble = Standstill("no answer")
    case = scenario.submit(person=BY_TEXT)
    scenario.move(WANG, "ask_information", case.ref, items=["purchase_proof"], why="核对")
    scenario.submit()
    scenario.post()
    assert len(scenario.sent()) == 1
    assert scenario.product.mail.outage(scenario.time) is None
    for _ in range(8):
        scenario.later(10 * MINUTE), scenario.minute()
    assert [telling.letter for telling in scenario.product.file.load(case.ref).tellings] == [
        "information_request"
    ]
    messages.trouble = None
    scenario.later(HOUR), scenario.minute()
    assert messages.taken == []


def test_a_gateway_that_works_again_sends_what_waited_once(scenario: Scenario, messages: Messages) -> None:
    """Within the hour there is no call task."""
    messages.trouble = Standstill("no answer")
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    messages.trouble = None
    for _ in range(3):
        scenario.later(5 * MINUTE), scenario.minute()
    assert len(messages.taken) == 1
    assert states(scenario, case.ref) == [("receipt", "sent")]


def test_repetitions_by_the_clock_stand_on_the_page(scenario: Scenario, messages: Messages) -> None:
    """Repetitions would cost money and not be read, so they are only on the page. The first message about
    each duty that is late leaves.
    """
    case = scenario.submit(person=BY_TEXT)
    scenario.move(WANG, "accept", case.ref)
    scenario.live(60 * DAY, case.ref)
    steps = scenario.lines(case.ref, "take_step")
    missed = {step["due"] for step in steps if step.get("consumer") == "overdue"} - {
        step["due"] for step in steps if step["deadline"] == "overdue_notice"
    }
    late = [way for name, way in ways(scenario, case.ref) if name == "overdue"]
    assert late[0] == "sms"
    assert late.count("sms") == len(missed)
    assert len(late) > 2 * len(missed)
    assert set(late) == {"sms", "page"}


def test_the_survey_goes_once_by_short_message(scenario: Scenario, messages: Messages) -> None:
    """The message leads to the page, which shows the reminder without another message."""
    case = scenario.submit(person=BY_TEXT, wishes=["explanation"])
    scenario.move(WANG, "accept", case.ref)
    scenario.move(ZHAO, "take", case.ref)
    answer(scenario, case.ref, conclusion="not_upheld")
    scenario.move(scenario.party(case), "accept_answer", case.ref)
    scenario.live(10 * DAY, case.ref)
    sent = [(name, way) for name, way in ways(scenario, case.ref) if name.startswith("survey")]
    assert sent == [("survey", "sms"), ("survey_reminder", "page")]
    assert case.ref[-4:] in messages.taken[-1][1]
    assert "怎么样" in messages.taken[-1][1]


def ways(scenario: Scenario, ref: str) -> list[tuple[str, str]]:
    """Return (letter, channel) of the person's letters in order."""
    found = (one for one in scenario.product.file.whole(ref).letters if one["to"] == "party:p1")
    return [(one["name"], one["way"]) for one in sorted(found, key=lambda one: (one["at"], one["id"]))]


def test_missing_gateway_turns_short_messages_into_calls(scenario: Scenario) -> None:
    """Without a gateway important letters become call tasks."""
    case = scenario.submit(person=BY_TEXT)
    scenario.move(WANG, "ask_information", case.ref, items=["purchase_proof"], why="核对")
    scenario.post()
    assert [telling.letter for telling in scenario.product.file.load(case.ref).tellings] == [
        "information_request"
    ]


@pytest.mark.parametrize("phone", ["010-6552 9988", "+44 7911 123456"])
def test_only_mobile_numbers_of_the_mainland_get_short_messages(scenario: Scenario, phone: str) -> None:
    """Other numbers are refused when chosen.

    A gateway reports messages to fixed lines as sent, and fraudsters would name numbers abroad that earn by
    each message.
    """
    with pytest.raises(Refusal, match="mobile_needed"):
        scenario.submit(person={**BY_TEXT, "phone": phone})


def test_another_number_ends_the_link_and_the_old_one_hears_of_it(
    scenario: Scenario, messages: Messages
) -> None:
    """The holder of the old telephone has the old link, so a new number ends it, as a new mailbox does.

    The new number gets a link that only confirms, and its own link after that.
    """
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    scenario.move(scenario.party(case), "change_contact", case.ref, phone="13900139000")
    scenario.post()
    told = dict(messages.taken[1:])
    assert told.keys() == {MOBILE, NEW}
    assert "/case/" not in told[MOBILE]
    assert "400-800-1234" in told[MOBILE]
    assert "/case/" not in told[NEW]
    assert "/address/" in told[NEW]
    assert not any(words in told[NEW] for words in ("王芳", "洗衣机"))
    assert len(told[NEW]) <= most(told[NEW])
    scenario.confirm(case.ref)
    scenario.post()
    to, text = messages.taken[-1]
    assert to == NEW
    assert scenario.product.links.path(case.ref, "p1", 2) in text
    party = scenario.product.file.load(case.ref).party("p1")
    assert (party.generation, party.phone_confirmed, party.confirmed) == (2, True, False)


def test_a_confirmed_telephone_goes_on_getting_letters_until_the_next_is_confirmed(
    scenario: Scenario, messages: Messages
) -> None:
    """An unconfirmed number is called instead; a confirmed one gets its messages."""
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    scenario.move(scenario.party(case), "change_contact", case.ref, phone="13900139000")
    scenario.confirm(case.ref)
    scenario.move(scenario.party(case), "change_contact", case.ref, phone="13700137000")
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    assert {to for to, text in messages.taken if "/case/" in text} == {MOBILE, NEW}
    assert scenario.product.file.load(case.ref).tellings == ()


def test_change_of_channel_warns_the_earlier_mailbox(scenario: Scenario, messages: Messages) -> None:
    """A thief of the link could otherwise direct every letter to their own telephone unnoticed."""
    case = scenario.submit()
    scenario.post()
    scenario.move(scenario.party(case), "change_contact", case.ref, phone="13900139000", way="sms")
    scenario.post()
    (warned,) = scenario.sent()[1:]
    assert warned["to"] == "wang.fang@mail.example"
    assert "/case/" not in warned["text"]
    assert [(to, "/case/" in text) for to, text in messages.taken] == [(NEW, False)]


def test_a_lost_link_comes_as_a_short_message(scenario: Scenario, messages: Messages) -> None:
    """The link is sent to a person who chose short messages and asks by their number."""
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    scenario.product.casework.ask_link(case.ref, MOBILE)
    scenario.post(), scenario.post()
    (_, text), told = messages.taken[-1], scenario.product.links.path(case.ref, "p1", 1)
    assert told in text
    assert "您的投诉页面链接" in text
    assert len(messages.taken) == 2


@pytest.mark.parametrize(("code", "error"), [("InvalidParameter", Unreachable), ("Throttling", Standstill)])
def test_sns_tells_a_wrong_number_from_its_own_trouble(code: str, error: type[Exception]) -> None:
    """A wrong number ends the message, and the gateway's own trouble repeats it.

    Accepted messages are transactional.
    """
    asked: list[dict[str, Any]] = []

    def publish(**said: Any) -> dict[str, str]:
        asked.append(said)
        if len(asked) > 1:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "Publish")
        return {"MessageId": "m1"}

    sns = Sns(lambda: SimpleNamespace(publish=publish))
    assert sns.send(MOBILE, "喂") == "m1"
    assert asked[0]["PhoneNumber"] == MOBILE
    assert "TopicArn" not in asked[0]
    assert asked[0]["MessageAttributes"]["AWS.SNS.SMS.SMSType"]["StringValue"] == "Transactional"
    with pytest.raises(error):
        sns.send(MOBILE, "喂")


class Provider(BaseHTTPRequestHandler):
    """A provider of short messages that records its requests."""

    asked: ClassVar[list[tuple[str, str]]] = []
    answers: ClassVar[list[tuple[int, bytes]]] = []

    def do_POST(self) -> None:
        """Record a message and send the next prepared answer."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append((self.headers.get("Authorization", ""), body))
        status, answer = self.answers.pop(0)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


def test_a_gateway_is_asked_as_its_template_says_and_believed_as_it_answers() -> None:
    """Number and text are escaped in JSON or a form.

    A rejected, redirected or refused request is an error, since no other report comes.
    """
    server = HTTPServer(("127.0.0.1", 0), Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/send"
        secret = lambda: {"Authorization": "key"}  # noqa: E731
        as_json = Gateway(
            url, '{"to": "{number}", "params": {"text": "{text}"}}', '"OK"', secret, lambda: "m1"
        )
        Provider.answers = [(200, b'{"code": "OK"}'), (200, b'{"code": "LIMIT"}'), (302, b""), (500, b"")]
        assert as_json.send(MOBILE, '说"好"') == "m1"
        authorization, body = Provider.asked[0]
        assert authorization == "key"
        assert json.loads(body) == {"to": MOBILE, "params": {"text": '说"好"'}}
        for _ in range(3):
            with pytest.raises(Standstill):
                as_json.send(MOBILE, "喂")
        Provider.answers = [(200, b"1")]
        Gateway(url, "to={number}&text={text}", "", dict, str).send(MOBILE, "a&b")
        assert Provider.asked[-1][1] == "to=%2B8613800138000&text=a%26b"
    finally:
        server.shutdown(), server.server_close()

"""Posts of the gateway of short messages: reports on our messages, and messages that people send back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.delivery.sms_gateway import field
from chalicelib.domain.model.codes import Undelivered
from chalicelib.domain.moves.messages import message
from chalicelib.incoming.texts import Fields, Report, Text, Texts, read
from tests.casework.deliveries import states
from tests.casework.messages import BY_TEXT, MOBILE, NEW, Messages
from tests.scenario import DAY, WANG, Scenario

NAMES = {
    "id": "sid",
    "state": "report.status",
    "delivered": ["DELIVRD", 0],
    "waits": ["ACCEPTD"],
    "number": "mobile",
    "text": "content",
}
FIELDS = Fields.of(json.dumps(NAMES))


@pytest.fixture
def messages(scenario: Scenario) -> Messages:
    """The gateway of the scenario."""
    return Messages(scenario)


def posted(scenario: Scenario, *said: Mapping[str, Any]) -> bool:
    """Post reports and messages, as the gateway does."""
    product = scenario.product
    return Texts(product.casework, product.correspondence, FIELDS).posted(json.dumps(said).encode())


def report(id: str, status: str | int) -> dict[str, Any]:
    """Return a report on a message of ours."""
    return {"sid": id, "report": {"status": status}}


def written(text: str, number: str = MOBILE, **more: str) -> dict[str, Any]:
    """Return a message that a person sends back."""
    return {"mobile": number, "content": text, **more}


def words(scenario: Scenario, ref: str) -> list[str]:
    """Return the words of the messages on a case, the oldest first."""
    dossier = scenario.product.file.whole(ref)
    lines = (json.loads(entry.line) for entry in dossier.entries)
    return [str(dossier.entry(line["n"])[1]["text"]) for line in lines if line["move"] == message.__name__]


def failure_reasons(scenario: Scenario, ref: str) -> list[str]:
    """Return why letters did not arrive, in order."""
    return [str(facts["why"]) for facts in scenario.lines(ref, "letter_failed")]


@pytest.mark.parametrize(
    ("post", "fields", "said"),
    [
        ('[{"sid": "1", "report": {"status": "DELIVRD"}}]', NAMES, [Report("1", True)]),
        ('{"sid": 1, "report": {"status": 0}}', NAMES, [Report("1", True)]),
        ('{"sid": "1", "report": {"status": "UNDELIV"}}', NAMES, [Report("1", False)]),
        ('{"sid": "1", "report": {"status": "ACCEPTD"}}', NAMES, [Report("1", None)]),
        ('{"data": {"list": [{"mobile": "1", "content": "x"}]}}', {**NAMES, "inside": "data.list"}, ["1"]),
        (urlencode({"mobile": "1", "content": "好 的"}), NAMES, ["1"]),
        (urlencode({"sms": '[{"mobile": "1", "content": "x"}]'}), {**NAMES, "inside": "sms"}, ["1"]),
        ("{}", NAMES, []),
        ('{"sid": "1"}', NAMES, []),
        ('["x", 1, null]', NAMES, []),
        ('{"data": 1}', {**NAMES, "inside": "data.list"}, []),
    ],
)
def test_posts_of_any_provider_are_read(post: str, fields: dict[str, Any], said: list[Any]) -> None:
    """Lists, single objects, forms, and lists within either; what has no meaning is left out."""
    found = [*read(post.encode(), Fields.of(json.dumps(fields)))]
    assert [one.number if isinstance(one, Text) else one for one in found] == said


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='[]{}":,=&%12sidcontentmobile', max_size=200).map(str.encode),
    )
)
@settings(deadline=None)
def test_any_post_is_read_or_refused(raw: bytes) -> None:
    """The reader of a post raises ValueError and no other error."""
    try:
        found = [*read(raw, FIELDS)]
    except ValueError:
        return
    assert all(isinstance(one, Report | Text) for one in found)


def test_fields_of_an_answer_are_found_by_name() -> None:
    """Dots lead into objects and lists."""
    assert field({"data": [{"sid": 7}]}, "data.0.sid") == "7"
    assert [field({"data": [1]}, name) for name in ("data", "data.9", "data.x", "x.y", "")] == [""] * 5


def test_message_that_never_arrives_is_read_out(scenario: Scenario, messages: Messages) -> None:
    """A report that a message failed gives staff a call task, once, and the letter came back."""
    case = scenario.submit(person=BY_TEXT)
    scenario.move(WANG, "ask_information", case.ref, items=["purchase_proof"], why="x")
    scenario.post()
    id = f"message-{len(messages.taken)}"
    assert posted(scenario, report(id, "ACCEPTD"))
    assert failure_reasons(scenario, case.ref) == []
    for _ in range(2):
        assert posted(scenario, report(id, "MK:0012"))
    assert failure_reasons(scenario, case.ref) == [Undelivered.BOUNCE]
    assert ("information_request", "bounced") in states(scenario, case.ref)


def test_delivered_message_is_told_to_staff_and_changes_nothing(
    scenario: Scenario, messages: Messages
) -> None:
    """The moment stands beside what was sent; a later report of failure is not needed for it."""
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    assert posted(scenario, report("message-1", "DELIVRD"))
    (receipt,) = scenario.product.file.whole(case.ref).letters
    assert (receipt["state"], "arrived" in receipt["sent"]) == ("sent", True)
    assert receipt["sent"]["text"]
    assert scenario.product.record.check(case.ref) == []


def test_report_does_not_vouch_for_a_changed_letter(scenario: Scenario, messages: Messages) -> None:
    """A delivery report does not renew the MAC of a letter's record that somebody changed in the table."""
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    (receipt,) = scenario.product.file.whole(case.ref).letters
    row = Row.find(rows.case(case.ref), rows.letter(receipt["id"]))
    assert row is not None
    row.updated([Row.sent.set(str(row.sent).replace("message-1", "message-2"))], Row.pk.exists())
    assert posted(scenario, report("message-1", "DELIVRD"))
    after = Row.find(rows.case(case.ref), rows.letter(receipt["id"]))
    assert after is not None
    assert "arrived" not in str(after.sent)
    assert scenario.product.record.check(case.ref)


def test_report_on_an_unknown_message_is_asked_for_again(scenario: Scenario, messages: Messages) -> None:
    """The report can come before we have recorded that the message left."""
    assert not posted(scenario, report("message-9", "DELIVRD"))
    assert posted(scenario, report("message-9", "ACCEPTD"))


def test_answer_becomes_a_message_on_the_case_of_the_number_once(
    scenario: Scenario, messages: Messages
) -> None:
    """A post that is repeated changes nothing, and nothing is given up by it."""
    case = scenario.submit(person=BY_TEXT)
    for _ in range(2):
        assert posted(scenario, written("退款收到了，我撤诉", "13800138000", key="a"))
    assert words(scenario, case.ref) == ["退款收到了，我撤诉"]
    found = scenario.product.file.load(case.ref)
    assert found.stage == case.stage
    assert len(found.messages) == 1
    assert posted(scenario, written("退款收到了，我撤诉", "+86 138 0013 8000", key="b"))
    assert len(words(scenario, case.ref)) == 2


def test_message_by_text_holds_a_window_only_once(scenario: Scenario, messages: Messages) -> None:
    """A number is easily forged, so texts do not hold a window for ever. Staff see how the words came."""
    case = scenario.submit(person=BY_TEXT)
    scenario.move(WANG, "ask_information", case.ref, items=["purchase_proof"], why="x")
    scenario.post()
    posted(scenario, written("等一下", key="a"))
    (first,) = scenario.product.file.load(case.ref).messages
    assert first.holds
    (line,) = scenario.lines(case.ref, message.__name__)
    assert line["mail"].startswith("sms-")
    scenario.move(WANG, "message", case.ref, text="好的，请尽快。")
    posted(scenario, written("再等一下", key="b"))
    (second,) = scenario.product.file.load(case.ref).messages
    assert second.holds == ()


def test_message_of_several_cases_goes_to_the_one_that_is_meant(
    scenario: Scenario, messages: Messages
) -> None:
    """The number in its text decides; else the case of which we wrote last; closed cases only if none is
    open."""
    first, second = (scenario.submit(person=BY_TEXT) for _ in range(2))
    scenario.post()
    posted(scenario, written(f"关于{first.ref[:4]}-{first.ref[4:8]}-{first.ref[8:]}，发票寄了"))
    assert [len(words(scenario, case.ref)) for case in (first, second)] == [1, 0]
    scenario.later(DAY)
    scenario.move(WANG, "ask_information", first.ref, items=["purchase_proof"], why="x")
    scenario.post()
    posted(scenario, written("发票号码12345"))
    assert [len(words(scenario, case.ref)) for case in (first, second)] == [2, 0]
    scenario.move(scenario.party(first), "withdraw", first.ref, reason="不想再等了，算了。")
    scenario.later(4 * DAY)
    posted(scenario, written("还在吗"))
    assert [len(words(scenario, case.ref)) for case in (first, second)] == [2, 1]


def test_strangers_leave_nothing(scenario: Scenario, messages: Messages) -> None:
    """A number that no case has, no number at all, and a number that somebody replaced."""
    case = scenario.submit(person=BY_TEXT)
    for number in (NEW, "10690000", "x", ""):
        assert posted(scenario, written("你好", number))
    assert words(scenario, case.ref) == []
    assert not scenario.product.casework.addresses.refusing(scenario.product.casework.lookups(NEW))


@pytest.mark.parametrize("word", ["STOP", "退订", "td", " T ", "【退订】", "回复TD", "回T", "Stop."])
def test_word_that_ends_messages_is_honoured(scenario: Scenario, messages: Messages, word: str) -> None:
    """No further message leaves; what matters is read out, and the word is no message. START begins again."""
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    posted(scenario, written(word))
    scenario.move(WANG, "ask_information", case.ref, items=["purchase_proof"], why="x")
    scenario.post()
    assert len(messages.taken) == 1
    assert failure_reasons(scenario, case.ref) == [Undelivered.SUPPRESSED]
    assert words(scenario, case.ref) == []
    posted(scenario, written("恢复"))
    other = scenario.submit(person=BY_TEXT)
    scenario.post()
    assert len(messages.taken) == 2, other.ref


@pytest.mark.parametrize("text", ["N", "取消我的订单", "我要退订会员", "end", "stop calling me"])
def test_other_words_are_messages(scenario: Scenario, messages: Messages, text: str) -> None:
    """Only the word alone ends messages."""
    case = scenario.submit(person=BY_TEXT)
    posted(scenario, written(text))
    assert words(scenario, case.ref) == [text]


def test_flood_of_messages_is_bounded(scenario: Scenario, messages: Messages) -> None:
    """A number can send as many messages a day as its page allows. The case keeps the words of each further
    message once, and the person gets a letter. The gateway need not repeat it."""
    case = scenario.submit(person=BY_TEXT)
    for n in (*range(52), 51):
        assert posted(scenario, written(f"还没退款{n}", key=str(n)))
    assert len(words(scenario, case.ref)) == 50
    dossier = scenario.product.file.whole(case.ref)
    noted = [n for n in range(1, dossier.case.entries + 1) if dossier.line(n)["move"] == "note_mail"]
    assert [dossier.entry(n)[1]["text"] for n in noted] == ["还没退款50", "还没退款51"]
    assert [one["became"] for one in scenario.lines(case.ref, "note_mail")] == ["too_many"] * 2
    assert len(dossier.case.messages) == 1
    scenario.post()
    assert ("mail_noted", "sent") in states(scenario, case.ref)

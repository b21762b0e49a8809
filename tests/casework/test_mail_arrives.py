"""The result of an incoming mail: a message, an answer, evidence, a complaint, or nothing."""

from __future__ import annotations

from collections import Counter
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.cases.casework import Unavailable, WriteConflict
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Channel, Hurt
from tests.aws_calls import observed_calls
from tests.casework.arrived import PHOTO, PUBLIC, SETTINGS, WANG_FANG, address, arrives, eml
from tests.cloud.scenario import account
from tests.scenario import DAY, SUN, WANG, Scenario
from tests.web.mediated import YAN, mediating, meeting

STRANGER = "eve@other.example"


@pytest.fixture(autouse=True)
def mailed(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that takes mail."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    scenario.product.__dict__.pop("replies", None)


@pytest.fixture
def case(scenario: Scenario) -> Case:
    """A complaint whose consumer has confirmed their mailbox."""
    ref = scenario.submit().ref
    found = scenario.confirm(ref)
    scenario.post()
    account()[0].mails.clear()
    return found


def last(scenario: Scenario) -> str:
    """Return the text of the last mail to the consumer."""
    return [mail.plain for mail in account()[0].mails if mail.to == WANG_FANG][-1]


def test_mail_becomes_message(scenario: Scenario, case: Case) -> None:
    """A mail to the secret address is a message of its person, and its answer says so."""
    arrives(scenario, eml(address(scenario.product, case.ref), "什么时候有结果？"))
    found = scenario.product.file.whole(case.ref)
    assert [waiting.by for waiting in found.case.messages] == ["p1"]
    written = next(n for n in range(1, found.case.entries + 1) if found.line(n)["move"] == "message")
    assert found.entry(written)[1]["text"] == "什么时候有结果？"
    assert scenario.lines(case.ref, "note_mail")[0]["became"] == "message"
    assert "内容作为留言记入了投诉" in last(scenario)
    assert account()[0].mails[-1].headers["Auto-Submitted"] == "auto-generated"


def test_mail_twice_counts_once(scenario: Scenario, case: Case) -> None:
    """The same Message-ID changes nothing again, by whatever way the mail came twice."""
    mail = eml(address(scenario.product, case.ref), "什么时候有结果？", files={"a.png": PHOTO})
    for _ in range(3):
        arrives(scenario, mail)
    assert scenario.moves(case.ref).count("message") == 1
    assert scenario.moves(case.ref).count("note_mail") == 1
    assert len(scenario.product.file.whole(case.ref).files) == 1
    assert len(account()[0].mails) == 1


def test_mail_answers_what_was_asked(scenario: Scenario, case: Case) -> None:
    """A mail during a request for information is the answer to it, as any text of the consumer is."""
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    arrives(scenario, eml(address(scenario.product, case.ref), "照片见附件。", files={"a.png": PHOTO}))
    assert scenario.product.file.load(case.ref).stage == "received"
    assert scenario.lines(case.ref, "give_information")
    assert "note_mail" not in scenario.moves(case.ref)
    (file,) = scenario.product.file.whole(case.ref).files.values()
    assert file["name"] == "a.png"


@pytest.mark.parametrize(
    ("changed", "became"),
    [
        ({"sender": STRANGER}, "elsewhere"),
        ({"verdict": "fail"}, "unverified"),
        ({"by": "mx.other.example"}, "unverified"),
    ],
)
def test_other_sender_must_be_confirmed(
    scenario: Scenario, case: Case, changed: dict[str, str], became: str
) -> None:
    """A mail from another address, with a forged sender or a forged verdict counts for nothing until the
    person confirms it. The person's own address is asked; the sender's gets nothing."""
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    scenario.post()
    arrives(scenario, eml(address(scenario.product, case.ref), "我撤回。", files={"a.png": PHOTO}, **changed))
    found = scenario.product.file.load(case.ref)
    assert found.stage == "awaiting_information"
    assert not found.messages
    assert scenario.lines(case.ref, "note_mail")[0]["became"] == became
    assert not scenario.product.file.whole(case.ref).files
    assert {mail.to for mail in account()[0].mails} == {WANG_FANG}
    assert "我撤回" not in last(scenario)
    (waits,) = found.mails
    after = scenario.move(scenario.party(found), "confirm_mail", case.ref, mail=waits.id, mine=True)
    assert after.stage == "received"
    assert not after.mails
    answered = scenario.product.file.whole(case.ref)
    assert answered.entry(after.entries)[1]["answer"] == "我撤回。"


def test_confirmed_mail_is_a_message(scenario: Scenario, case: Case) -> None:
    """Outside a request for information it waits for a reply. Any other mail counts for nothing."""
    for n in (1, 2):
        arrives(
            scenario,
            eml(address(scenario.product, case.ref), "结果？", sender=STRANGER, id=f"<{n}@other.example>"),
        )
    first, second = (mail.id for mail in scenario.product.file.load(case.ref).mails)
    party = scenario.party(case)
    assert not scenario.move(party, "confirm_mail", case.ref, mail=first, mine=False).messages
    assert scenario.move(party, "confirm_mail", case.ref, mail=second, mine=True).messages
    with pytest.raises(Refusal, match="mail_unknown"):
        scenario.move(party, "confirm_mail", case.ref, mail=second, mine=True)


def test_mail_never_gives_up(scenario: Scenario, case: Case) -> None:
    """A mail makes no decision. The case keeps its words, and the answer names the page for decisions."""
    arrives(scenario, eml(address(scenario.product, case.ref), "我接受你们的答复，撤回投诉，同意和解。"))
    after = scenario.product.file.load(case.ref)
    assert after.stage == "received"
    assert scenario.moves(case.ref)[-2:] == ["message", "note_mail"]
    assert "回复邮件不算，请在投诉页面上办理" in last(scenario)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"subject": "自动回复: 您好"},
        {"List_Id": "<all.mail.example>"},
        {"X_Complaint_Letter": "1"},
        {"sender": "mailer-daemon@mail.example"},
    ],
)
@pytest.mark.parametrize("public", [False, True])
def test_programs_get_no_answer(
    scenario: Scenario, case: Case, headers: dict[str, str], public: bool
) -> None:
    """An automatic reply, a report, a list and our own mail change nothing and are not answered."""
    before = case.entries
    to = PUBLIC if public else address(scenario.product, case.ref)
    arrives(scenario, eml(to, "我不在办公室。", **headers))
    assert scenario.product.file.load(case.ref).entries == before
    assert not account()[0].mails


def test_our_answer_to_our_answer_ends(scenario: Scenario, case: Case) -> None:
    """Our own letter that comes back to a reply address changes nothing."""
    arrives(scenario, eml(address(scenario.product, case.ref), "结果？"))
    sent = account()[0].mails[-1]
    entries = scenario.product.file.load(case.ref).entries
    back = {name.replace("-", "_"): value for name, value in sent.headers.items() if name != "Reply-To"}
    arrives(scenario, eml(address(scenario.product, case.ref), sent.plain, id="<9@mail.example>", **back))
    assert scenario.product.file.load(case.ref).entries == entries


def test_guessed_addresses_reach_nobody(scenario: Scenario, case: Case) -> None:
    """The number of the case is no help to write to its people."""
    right = address(scenario.product, case.ref)
    for wrong in (right.replace("-p1-", "-p2-"), f"{case.ref}-p1-1-aaaa@reply.house.example", f"x{right}"):
        arrives(scenario, eml(wrong, "结果？"))
    assert scenario.product.file.load(case.ref).entries == case.entries
    assert not account()[0].mails


def test_files_that_are_not_taken_are_named(scenario: Scenario, case: Case) -> None:
    """The answer names each with its reason. The others become evidence."""
    files = {"空.png": b"", "a.exe": b"MZ" + bytes(50), "b.png": PHOTO}
    arrives(scenario, eml(address(scenario.product, case.ref), "见附件。", files=files))
    assert scenario.lines(case.ref, "note_mail")[0]["file_faults"] == ["empty", "type"]
    assert "1. 空.png" in last(scenario)
    assert "第2个：不能接收这种类型的文件" in last(scenario)
    assert [file["name"] for file in scenario.product.file.whole(case.ref).files.values()] == ["b.png"]


def test_large_mail_says_how_to_upload(scenario: Scenario, case: Case) -> None:
    """A mail that is too large counts with its words only. The answer asks the sender to upload files on the
    page."""
    mail = eml(address(scenario.product, case.ref), "视频见附件。", files={"v.mp4": bytes(60_000)})
    arrives(scenario, mail[:20_000], whole=False)
    assert scenario.lines(case.ref, "note_mail")[0]["became"] == "message"
    assert "邮件太大，没有全部读到" in last(scenario)
    assert "请在投诉页面上传" in last(scenario)


def test_mail_to_a_closed_case(scenario: Scenario, case: Case) -> None:
    """A mail to a closed case becomes a message. The answer says that the case stays closed and that files
    cannot be added now."""
    closed = scenario.move(scenario.party(case), "withdraw", case.ref)
    assert closed.stage == "closed"
    arrives(scenario, eml(address(scenario.product, case.ref), "我还有照片。", files={"b.png": PHOTO}))
    assert scenario.product.file.load(case.ref).messages
    assert "投诉仍然是结案状态" in last(scenario)
    assert "现在不能添加文件" in last(scenario)


def test_reply_holds_a_window_once(scenario: Scenario, case: Case) -> None:
    """A mail on the last day keeps the case open until staff have replied. Another mail in the same window
    does not hold it again."""
    ref, to = case.ref, address(scenario.product, case.ref)
    scenario.move(
        WANG,
        "decline",
        ref,
        grounds={"1": "not_our_business", "2": "not_our_business"},
        reasons={"1": "不是我们的商品。", "2": "不是我们的商品。"},
        instead={"1": "某商场", "2": "某商场"},
        routes=["association"],
    )
    scenario.live(29 * DAY, ref)
    arrives(scenario, eml(to, "我不同意。"))
    scenario.live(5 * DAY, ref)
    assert scenario.product.file.load(ref).stage == "declined"
    scenario.move(SUN, "message", ref, text="请在页面上申请复议。")
    arrives(scenario, eml(to, "我还是不同意。", id="<2@mail.example>"))
    assert scenario.product.file.load(ref).messages
    scenario.live(5 * DAY, ref)
    assert scenario.product.file.load(ref).stage == "closed"


def test_too_many_mails_of_a_day(scenario: Scenario, case: Case) -> None:
    """Beyond the limit of a day a mail is not recorded, and nothing waits for ever."""
    for n in range(55):
        arrives(scenario, eml(address(scenario.product, case.ref), f"第{n}封", id=f"<{n}@mail.example>"))
    outcomes = [facts["became"] for facts in scenario.lines(case.ref, "note_mail")]
    assert outcomes.count("message") == 50
    assert outcomes.count("too_many") == 5
    assert len(account()[0].mails) <= 11, "answers are limited by address and day"


def test_mail_opens_complaint(scenario: Scenario) -> None:
    """A mail to the public address opens a complaint without an account. The answer asks for the missing
    facts."""
    mail = eml(
        PUBLIC,
        "我买的洗衣机坏了，商家不给退款。",
        subject="投诉",
        sender="li@mail.example",
        files={"a.png": PHOTO},
    )
    for _ in range(2):
        arrives(scenario, mail)
    sent = {mail.tags["name"]: mail for mail in account()[0].mails if mail.to == "li@mail.example"}
    assert sent.keys() == {"receipt", "mail_noted"}
    ref = sent["receipt"].tags["ref"]
    found = scenario.product.file.whole(ref)
    assert found.case.channel == Channel.EMAIL
    assert found.case.intake.hurt == Hurt.UNKNOWN
    assert "洗衣机" in found.entry(1)[1]["account"]["story"]
    assert len(found.files) == 1
    assert "您希望怎样解决" in sent["mail_noted"].plain


def test_mail_about_danger_takes_the_safety_lane(scenario: Scenario) -> None:
    """A mail that speaks of a danger is a report of danger."""
    arrives(
        scenario,
        eml(PUBLIC, "充电宝自燃，起火烧伤了孩子的手。", subject="爆炸起火", sender="li@mail.example"),
    )
    ref = next(mail.tags["ref"] for mail in account()[0].mails if mail.to == "li@mail.example")
    assert scenario.product.file.load(ref).unsafe


def test_flood_to_the_public_address(scenario: Scenario) -> None:
    """One sender opens no more complaints in a day than by the form."""
    for n in range(14):
        arrives(scenario, eml(PUBLIC, f"第{n}件", sender="li@mail.example", id=f"<{n}@mail.example>"))
    refs = {mail.tags["ref"] for mail in account()[0].mails}
    assert len(refs) <= 10


def test_replies_while_the_store_is_away(scenario: Scenario) -> None:
    """160 replies arrive while one call in six fails. Those that could not be taken are delivered again, as
    the queue does; in the end each is on its case once, and so is each file."""
    chance, away = Random(1), True
    refs = [scenario.submit(person={"name": "王芳", "email": WANG_FANG}).ref for _ in range(20)]

    def answer(model: Any, **_: Any) -> Any:
        refused = {"Error": {"Code": "InternalServerError", "Message": ""}, "ResponseMetadata": {}}
        return (SimpleNamespace(status_code=500), refused) if away and chance.random() < 1 / 6 else None

    files: list[dict[str, bytes]] = [{"a.png": PHOTO}, *[{}] * 9]
    waiting = [
        eml(
            address(scenario.product, refs[n % 20]), f"第{n}封", id=f"<{n}@mail.example>", files=files[n % 10]
        )
        for n in range(160)
    ]
    tries = 0
    with observed_calls("before-call", answer):
        while waiting:
            again = []
            for mail in waiting:
                tries += 1
                try:
                    scenario.product.replies.arrived(mail)
                except (Unavailable, WriteConflict):
                    again.append(mail)
            waiting, away = again, len(again) > 16
    assert tries > 208, "the store was away"
    words, sent = Counter[str](), 0
    for ref in refs:
        dossier = scenario.product.file.whole(ref)
        words.update(
            dossier.entry(n)[1]["text"]
            for n in range(1, dossier.case.entries + 1)
            if dossier.line(n)["move"] == "message"
        )
        sent += len(dossier.files)
        assert scenario.moves(ref).count("note_mail") == 8
    assert words == Counter(f"第{n}封" for n in range(160))
    assert sent == 16


def calendar(to: str, uid: str, answer: str, *, attendee: str = WANG_FANG, sequence: int = 0) -> bytes:
    """Return the answer of a calendar program to an invitation."""
    reply = (
        f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{uid}@complaints.example\r\n"
        f"SEQUENCE:{sequence}\r\nATTENDEE;PARTSTAT={answer}:mailto:{attendee}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    raw = eml(to, "x", id=f"<{uid}{answer}{attendee}{sequence}@mail.example>").replace(
        b"Content-Type: text/plain;", b"Content-Type: text/calendar; method=REPLY;"
    )
    return raw.partition(b"\n\n")[0] + b"\n\n" + reply.encode()


@pytest.fixture
def invited(scenario: Scenario) -> str:
    """The number of a mediation with a meeting to which both sides are invited."""
    ref = mediating(scenario)
    scenario.live(14 * DAY, ref)
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario))
    scenario.post()
    return ref


@pytest.mark.parametrize(
    ("answer", "became", "said"),
    [
        ("ACCEPTED", "attends", "您参加"),
        ("DECLINED", "absent", "您不能参加"),
        ("TENTATIVE", "perhaps", "您还不确定"),
    ],
)
def test_calendar_reply_is_noted(
    scenario: Scenario, invited: str, answer: str, became: str, said: str
) -> None:
    """The reply records whether the person comes. It is no message and leaves the meeting as it is. The
    answer repeats it."""
    before = scenario.product.file.load(invited)
    arrives(scenario, calendar(address(scenario.product, invited), f"{invited}-M1", answer))
    (noted,) = scenario.lines(invited, "note_mail")
    assert (noted["became"], noted["meeting"]) == (became, "M1")
    after = scenario.product.file.load(invited)
    assert after.talks.mediation == before.talks.mediation
    assert after.messages == before.messages
    assert said in last(scenario)


@pytest.mark.parametrize(
    "changed",
    [{"uid": "{ref}-M9"}, {"uid": "M1"}, {"uid": "202601010001-M1"}, {"attendee": STRANGER}, {"sequence": 1}],
)
def test_calendar_reply_about_anything_else_changes_nothing(
    scenario: Scenario, invited: str, changed: dict[str, Any]
) -> None:
    """An unknown meeting, the meeting of another case, the answer of another person, an unknown time."""
    said = {"uid": "{ref}-M1", **changed}
    uid = said.pop("uid").format(ref=invited)
    arrives(scenario, calendar(address(scenario.product, invited), uid, "ACCEPTED", **said))
    assert scenario.lines(invited, "note_mail") == []


def test_calendar_reply_to_a_time_that_was_changed(scenario: Scenario, invited: str) -> None:
    """The case notes only a reply to the new time. A reply to a cancelled meeting leaves no note."""
    scenario.move(
        YAN, "change_meeting", invited, meeting="M1", reason="场地", at=meeting(scenario, days=25)["at"]
    )
    to, uid = address(scenario.product, invited), f"{invited}-M1"
    arrives(scenario, calendar(to, uid, "ACCEPTED"))
    assert scenario.lines(invited, "note_mail") == []
    arrives(scenario, calendar(to, uid, "DECLINED", sequence=1))
    assert [one["became"] for one in scenario.lines(invited, "note_mail")] == ["absent"]
    scenario.move(YAN, "change_meeting", invited, meeting="M1", reason="先电话谈", cancel=True)
    arrives(scenario, calendar(to, uid, "ACCEPTED", sequence=2))
    assert len(scenario.lines(invited, "note_mail")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "> 您的投诉已经受理。\n> 编号见下。",
        "在 2026年2月11日 10:00，投诉处理 <{own}> 写道：\n> 您的投诉已经受理。",
        "On Wed, Feb 11, 2026 at 10:00 AM Complaints <{own}> wrote:\n> We received your complaint.",
        "\n\n发自我的iPhone",
    ],
)
def test_reply_without_words_is_no_message(scenario: Scenario, case: Case, text: str) -> None:
    """Our own letter, quoted, is not what the person says. The answer tells it, and the original is kept."""
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    own = scenario.product.setting("MAIL_FROM")
    arrives(scenario, eml(address(scenario.product, case.ref), text.format(own=own)))
    found = scenario.product.file.load(case.ref)
    assert found.stage == "awaiting_information"
    assert not found.messages
    assert scenario.lines(case.ref, "note_mail")[0]["became"] == "empty"
    assert "没有找到您写的文字" in last(scenario)
    assert f"evidence/{case.ref}/mail-p1-" in str(vars(account()[0].files))


@pytest.mark.parametrize("words", ["", "好的", "https://photos.example/1"])
def test_letter_quoted_without_marks_is_no_message(scenario: Scenario, case: Case, words: str) -> None:
    """A reply in QQ or Foxmail quotes our letter without marks. Words that the person wrote below the quote
    are kept together with it."""
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    scenario.post()
    own, asked = scenario.product.setting("MAIL_FROM"), last(scenario)
    quoted = (
        f"\n\n------------------ 原始邮件 ------------------\n发件人: 投诉处理 <{own}>\n"
        f"发送时间: 2026年2月11日\n收件人: {WANG_FANG}\n主题: 补充材料告知书\n\n{asked}\n{words}"
    )
    arrives(scenario, eml(address(scenario.product, case.ref), quoted))
    assert scenario.product.file.load(case.ref).stage == ("received" if words else "awaiting_information")
    assert [one["became"] for one in scenario.lines(case.ref, "note_mail")] == ([] if words else ["empty"])


def test_lines_with_amounts_are_words(scenario: Scenario, case: Case) -> None:
    """A line may begin with ">" because it means "more than"."""
    arrives(scenario, eml(address(scenario.product, case.ref), "> 3000元"))
    assert scenario.lines(case.ref, "note_mail")[0]["became"] == "message"


def spam(raw: bytes) -> bytes:
    """Return a mail that our own server calls spam."""
    return b"X-SES-Spam-Verdict: FAIL\n" + raw


def test_spam_opens_no_complaint(scenario: Scenario) -> None:
    """A spam mail to the public address opens no complaint and gets no answer. A verdict that the sender
    wrote counts for nothing."""
    mail = eml(PUBLIC, "洗衣机坏了，商家不退款。", sender="li@mail.example")
    arrives(scenario, spam(mail))
    assert not account()[0].mails
    head, _, body = mail.partition(b"\n")
    arrives(scenario, head + b"\nReceived: from a by b; x\nX-SES-Spam-Verdict: FAIL\n" + body)
    assert account()[0].mails


def test_spam_in_the_name_of_a_person_must_be_confirmed(scenario: Scenario, case: Case) -> None:
    """A spam mail in a person's name answers no question and holds no window until the person confirms
    it."""
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    arrives(scenario, spam(eml(address(scenario.product, case.ref), "照片见附件。")))
    found = scenario.product.file.load(case.ref)
    assert found.stage == "awaiting_information"
    assert not found.messages
    assert len(found.mails) == 1
    assert scenario.lines(case.ref, "note_mail")[0]["became"] == "unverified"


def test_original_is_kept_beside_the_evidence(scenario: Scenario, case: Case) -> None:
    """The original mail is stored with the evidence. The erasure of the case's files removes it."""
    raw = eml(address(scenario.product, case.ref), "结果？")
    arrives(scenario, raw)
    store = account()[0].files
    kept = f"evidence/{case.ref}/mail-p1-"
    assert kept in str(vars(store))
    scenario.product.vault.erase(case.ref)
    assert kept not in str(vars(store))

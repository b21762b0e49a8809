"""Letters of a mediation: the running dates for each side and the mediator, and the limits of what each
may read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.domain.model.codes import Conclusion, Conflict, Ending, MeetingWay, Side
from chalicelib.letters import render
from chalicelib.locale import formats
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    PERSON,
    REGISTER,
    SHOP,
    answered,
    called,
    disputed,
    heard,
    held,
    mediated,
    mediating,
    mediation,
    on_duty,
    speaker,
    talking,
    triaged,
)
from tests.letters.mediated import (
    KNOWN,
    OF_THE_SIDES,
    mediation_without_mediator,
    to_both,
    to_mediator,
    with_mediator,
)
from tests.letters.rendered import RenderedLife, rendered_life
from tests.letters.sample import MIDNIGHT, meeting, slots

BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)


def with_meeting(life: RenderedLife | None = None) -> RenderedLife:
    """Return a case with a called meeting."""
    life = life or with_mediator()
    called(life, papers="发票和保修卡。")
    return life


def meeting_start(life: RenderedLife) -> datetime:
    """Return the start of the meeting to be held."""
    called_ = mediation(life).meeting
    assert called_
    return called_.at


def moved(at: datetime, language: str) -> str:
    """Return a moment that is no end of a day, as text."""
    return formats.moment(language, at, end=False)


@BOTH
def test_proposed_mediator_reads_names_and_subject_only(language: str) -> None:
    """A proposed mediator reads names and subject, enough to declare a conflict, and the deadline to
    answer. Contact data and statements are omitted."""
    life = mediation_without_mediator()
    life.take("appoint_mediator", "sun", mediator="yan")
    text = to_mediator(life, "mediator_engagement", language)
    for part in (
        KNOWN.name,
        PERSON.name,
        SHOP.name,
        formats.label(language, "amount", "nature"),
        formats.label(language, "quality", "type"),
        life.until("mediator_appointment", language),
        "/desk/cases/",
    ):
        assert part
        assert part in text
    assert not any(part in text for part in (*OF_THE_SIDES, "一分不退", "请依合同", "洗衣机坏了"))


@BOTH
def test_both_sides_read_who_mediates_and_until_when_their_own_side_can_object(language: str) -> None:
    """Both sides read the mediator's data and earlier cases, and their own deadline to object. A side that
    must be called reads no date."""
    life = mediation_without_mediator(BY_PHONE)
    life.take("appoint_mediator", "sun", mediator="yan")
    life.take("accept_appointment", "yan", independent=True, past_cases="去年调解过一件洗衣机的纠纷。")
    consumer, business = to_both(life, "mediator_appointed", language)
    for text in (consumer, business):
        for part in (
            KNOWN.name,
            KNOWN.body,
            KNOWN.qualification,
            KNOWN.number,
            KNOWN.experience,
            "去年调解过一件洗衣机的纠纷。",
            "登记册上有2件" if language == "zh" else "2 in our register",
            life.until("first_meeting", language),
            life.until("mediation", language),
            formats.choice(language, "challenge_mediator"),
        ):
            assert part in text
        assert not any(part in text for part in OF_THE_SIDES)
    assert life.until("challenge#business", language) in business
    assert life.until("challenge#business", language) not in consumer
    life.later(2 * DAY)
    while life.case.tellings:
        life.tell()
    assert life.until("challenge#2026", language) != life.until("challenge#business", language)


@BOTH
def test_a_body_that_is_not_lawfully_established_is_named_as_such(language: str) -> None:
    """The letter says that a body which is not lawfully established excludes judicial confirmation."""
    life = mediation_without_mediator()
    mediated(life, "ren")
    assert ("不能申请司法确认" if language == "zh" else "cannot be asked for") in life.text(
        "mediator_appointed", language
    )


@BOTH
@pytest.mark.parametrize("upheld", [False, True])
def test_an_objection_stops_the_time_and_is_decided_with_a_reason(language: str, upheld: bool) -> None:
    """Both sides and the mediator read the challenging side, the date of the decision, the decision, and
    the new dates. Only the supervisor reads the reason of the challenge."""
    life = with_mediator()
    life.later(DAY).says(
        "challenge_mediator",
        speaker(life, Side.BUSINESS),
        conflict=Conflict.BUSINESS_TIE,
        reason="他替我们写过合同。",
    )
    decided = life.until("challenge_decision", language)
    consumer, business = to_both(life, "challenge_received", language)
    for text in (consumer, business, to_mediator(life, "challenge_received", language)):
        assert decided in text
        assert "他替我们写过合同。" not in text
    assert (
        ("企业申请" in consumer and "您一方申请" in business)
        if language == "zh"
        else ("The business objects" in consumer and "Your side objects" in business)
    )
    task = life.text("task", language, to="role:supervisor")
    assert all(
        part in task
        for part in (formats.label(language, "challenge_mediator", "task"), decided, "他替我们写过合同。")
    )
    life.later(DAY).take("decide_challenge", "zhou", upheld=upheld, reason="没有发现业务关系。")
    for text in (
        *to_both(life, "challenge_decided", language),
        to_mediator(life, "challenge_decided", language),
    ):
        assert all(
            part in text for part in ("没有发现业务关系。", KNOWN.name, life.until("mediation", language))
        )
    if upheld:
        again = life.until("mediator_appointment", language)
        assert again in life.text("challenge_decided", language)
        assert again in life.text("task", language, to="role:lead")


@BOTH
def test_a_meeting_is_told_with_zone_place_papers_and_what_absence_means(language: str) -> None:
    """Both sides and the mediator read notice, change with both times, reminder, and cancellation with its
    reason."""
    life = with_meeting()
    at = meeting_start(life)
    means = "两次没有正当理由缺席" if language == "zh" else "absent twice without good reason"
    for text in (
        *to_both(life, "meeting_notice#M1", language),
        to_mediator(life, "meeting_notice#M1", language),
    ):
        for part in (
            moved(at, language),
            "市民中心三楼调解室。",
            "发票和保修卡。",
            KNOWN.name,
            KNOWN.body,
            formats.label(language, "in_person", "meeting_way"),
            "北京时间" if language == "zh" else "UTC+8",
        ):
            assert part in text
        assert not any(part in text for part in OF_THE_SIDES)
    assert all(means in text for text in to_both(life, "meeting_notice#M1", language))
    life.says("ask_meeting_change", "p1", meeting="M1", reason="那天要住院。")
    task = to_mediator(life, "task", language)
    assert all(
        part in task
        for part in (
            "那天要住院。",
            moved(at, language),
            formats.label(language, "ask_meeting_change", "task"),
        )
    )
    later = at + 2 * DAY
    life.take(
        "change_meeting",
        "yan",
        meeting="M1",
        reason="一方住院。",
        at=later,
        way=MeetingWay.ONLINE,
        place="https://meet.example/8",
    )
    for text in (
        *to_both(life, "meeting_changed#M1", language),
        to_mediator(life, "meeting_changed#M1", language),
    ):
        assert all(
            part in text
            for part in (
                moved(at, language),
                moved(later, language),
                "一方住院。",
                "发票和保修卡。",
                formats.label(language, "online", "meeting_way"),
                "https://meet.example/8",
            )
        )
        assert "市民中心" not in text
    life.live(later - life.time - HOUR)
    for text in (
        *to_both(life, "meeting_reminder#M1", language),
        to_mediator(life, "meeting_reminder#M1", language),
    ):
        assert all(part in text for part in (moved(later, language), "https://meet.example/8"))
    life.take("change_meeting", "yan", meeting="M1", reason="会议室停电。", cancel=True)
    for text in (
        *to_both(life, "meeting_cancelled#M1", language),
        to_mediator(life, "meeting_cancelled#M1", language),
    ):
        assert all(
            part in text
            for part in (moved(later, language), "会议室停电。", life.until("mediation", language))
        )


def test_each_letter_about_a_meeting_names_it_as_it_was_then() -> None:
    """A late letter describes the meeting as of its own entry. The calendar uid stays the same and the
    sequence number rises."""
    life = with_meeting()
    first = life.letters[-1]
    at = meeting_start(life)
    life.take("change_meeting", "yan", meeting="M1", reason="改期。", at=at + DAY)
    life.take("change_meeting", "yan", meeting="M1", reason="换地方。", place="二楼。")
    last = life.letters[-1]
    then, now = (life.slots(life.case, letter)["meeting"] for letter in (first, last))
    assert (then.at, then.sequence, then.place, then.was) == (at, 0, "市民中心三楼调解室。", None)
    assert (now.at, now.sequence, now.place, now.was) == (at + DAY, 2, "二楼。", None)
    assert then.uid == now.uid == f"{life.case.ref}-M1@redress.example"


@BOTH
def test_minutes_go_to_both_and_the_absent_side_is_asked_why(language: str) -> None:
    """Both sides read the minutes and until when to correct them. Only the absent side is asked for a
    reason."""
    life = with_meeting()
    at = meeting_start(life)
    life.live(at - life.time + HOUR)
    life.take(
        "record_meeting",
        "yan",
        meeting="M1",
        present=(Side.CONSUMER,),
        minutes="消费者说明了情况。",
        next_step="再约时间。",
    )
    until = life.until("party_reply#minutes#M1", language)
    for text in to_both(life, "minutes#M1", language):
        assert all(part in text for part in ("消费者说明了情况。", "再约时间。", KNOWN.name, until))
        assert ("企业：没有参加" if language == "zh" else "The business: not there") in text
    asked = life.text("absence_asked#M1#business", language)
    for part in (life.until("party_reply#absence_asked#M1", language), moved(at, language)):
        assert part in asked
    assert "absence_asked" not in life.letters_to("party:p1")
    assert not any("minutes" in name for name in life.letters_to("staff:yan"))


@BOTH
def test_extension_of_mediation_is_told_to_all_three(language: str) -> None:
    """Both sides and the mediator read the new end."""
    life = with_mediator()
    before = life.until("mediation", language)
    for who in ("p1", speaker(life, Side.BUSINESS)):
        life.says("agree_extension", who)
    life.take("agree_extension", "yan")
    after = life.until("mediation", language)
    assert after != before
    for text in (
        *to_both(life, "mediation_extended", language),
        to_mediator(life, "mediation_extended", language),
    ):
        assert after in text
        assert before not in text


@BOTH
@pytest.mark.parametrize("upheld", [False, True])
def test_the_end_names_ground_and_what_is_left_and_blames_nobody(language: str, upheld: bool) -> None:
    """The letter names the ground without blame. A closed case has the time to reopen and other ways; a
    promised remedy stays due."""
    life = rendered_life()
    life.roster = replace(on_duty(), mediators=REGISTER.entered([KNOWN]))
    mediating(talking(disputed(answered(Conclusion.UPHELD if upheld else Conclusion.NOT_UPHELD, life))))
    heard(with_mediator(life)).take(
        "end_mediation", "yan", ending=Ending.NO_PROSPECT, reason="金额的分歧没有缩小。"
    )
    consumer, business = to_both(life, "mediation_ended", language)
    for text in (consumer, business, to_mediator(life, "mediation_ended", language)):
        assert all(
            part in text
            for part in (
                formats.label(language, "no_prospect", "ending"),
                "金额的分歧没有缩小。",
                "不是认定哪一方有错" if language == "zh" else "blames neither side",
            )
        )
    assert formats.label(language, "court", "route") in consumer
    assert formats.label(language, "court", "route") not in business
    if upheld:
        assert formats.money(language, 165500) in consumer
    else:
        for part in (life.until("reopen_window", language), formats.choice(language, "reopen")):
            assert part in consumer


@BOTH
def test_lapse_letter_omits_the_internal_note(language: str) -> None:
    """The letter names the lapse as its ground, and omits the internal note."""
    life = with_mediator()
    held(life).take("tag_safety", "sun", facts="漏电。")
    triaged(life).live(70 * DAY)
    life.take("lapse_mediation", "sun", reason="内部已经核对。")
    for text in (*to_both(life, "mediation_ended", language), to_mediator(life, "mediation_ended", language)):
        assert formats.label(language, "out_of_time", "ending") in text
        assert "内部已经核对。" not in text


@BOTH
def test_mediation_letters_omit_confidential_statements(language: str) -> None:
    """Confidential statements and reasons for absence or another date are in no letter to a party."""
    life = with_mediator()
    for side in Side:
        life.says("state_position", speaker(life, side), text="我的底线是五百。")
    with_meeting(life)
    life.says("ask_meeting_change", "p1", meeting="M1", reason="那天要住院。")
    at = meeting_start(life)
    life.live(at - life.time + HOUR)
    life.take(
        "record_meeting", "yan", meeting="M1", nobody=True, minutes="双方都没有到。", next_step="再约。"
    )
    life.take(
        "decide_absence",
        "yan",
        meeting="M1",
        side=Side.CONSUMER,
        good=True,
        reason="住院有证明。",
        explained="住院。",
    )
    life.live(70 * DAY)
    theirs = [text for _, to, spoken, text in life.texts if to.startswith("party:") and spoken == language]
    assert not any(part in text for text in theirs for part in ("底线", "住院", *OF_THE_SIDES[1:]))


@BOTH
@pytest.mark.parametrize(
    "name",
    [
        "challenge_received",
        "challenge_decided",
        "meeting_notice",
        "meeting_changed",
        "meeting_cancelled",
        "meeting_reminder",
        "mediation_extended",
        "mediation_ended",
        "draft_agreement",
        "draft_changed",
        "not_signed",
        "in_force",
    ],
)
def test_the_mediator_reads_at_the_desk(name: str, language: str) -> None:
    """The mediator's letter links to the desk and omits the consumer's options."""
    filled = slots(side=None, stage="mediating", link="https://redress.example/desk/cases/482109365174")
    text = render(name, language, filled).text
    assert filled["link"] in text
    theirs = (
        "投诉页面",
        "complaint page",
        "其他合法途径",
        "turn to other places",
        "家人",
        formats.choice(language, "challenge_mediator"),
    )
    assert not any(part in text for part in theirs)


@BOTH
def test_opening_of_mediation_names_its_deadlines(language: str) -> None:
    """Both sides read the deadlines for mediator and mediation; the lead gets a task."""
    life = mediation_without_mediator()
    for text in to_both(life, "mediation_opened", language):
        assert all(life.until(name, language) in text for name in ("mediator_appointment", "mediation"))
    task = life.text("task", language, to="role:lead")
    assert formats.label(language, "consent_mediation", "task") in task
    assert life.until("mediator_appointment", language) in task


@BOTH
def test_a_time_that_has_no_end_is_not_told_as_one(language: str) -> None:
    """A meeting at midnight belongs to the day that begins."""
    subject = render("meeting_notice", language, slots(meeting=meeting(at=MIDNIGHT))).subject
    assert moved(MIDNIGHT, language) in subject
    assert formats.moment(language, MIDNIGHT) not in subject


def test_meeting_sends_one_notice_per_person() -> None:
    """Each side and the mediator get one notice of a meeting."""
    life = with_meeting()
    notices = [letter.to for letter in life.letters if letter.name == "meeting_notice"]
    assert sorted(notices) == ["party:p1", "party:p2", "staff:yan"]


@BOTH
@pytest.mark.parametrize("name", ["mediation_ended", "negotiation_ended"])
def test_a_suspicion_is_told_to_nobody(name: str, language: str) -> None:
    """A suspected offence is named as the ground, and the reason is omitted, so that no side is warned or
    accused."""
    said = {
        ending: render(
            name, language, slots(facts={"ending": ending}, words={"reason": "疑似伪造发票。"})
        ).text
        for ending in ("suspected_crime", "no_prospect")
    }
    assert "疑似伪造发票" not in said["suspected_crime"]
    assert "疑似伪造发票" in said["no_prospect"]
    assert formats.label(language, "suspected_crime", "ending") in said["suspected_crime"]

"""Formal mediation: the mediator, and the objections of each side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import SHANGHAI, Length, published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    Ending,
    Language,
    MeetingWay,
    PauseReason,
    Power,
    Role,
    Side,
)
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    PERSON,
    REGISTER,
    SHOP,
    T0,
    Life,
    accepted,
    answered,
    disputed,
    drafted,
    held,
    joint,
    mediated,
    mediating,
    mediation,
    represented,
    speaker,
    talking,
    text,
)

OBJECTS: dict[str, Any] = {"conflict": Conflict.BUSINESS_TIE, "reason": "他给这家企业当过法律顾问。"}


def registered(life: Life, id: str = "yan", **changes: Any) -> Life:
    """Return a life with a changed register entry of one mediator."""
    known = life.roster.mediators.entries[id]
    life.roster = replace(life.roster, mediators=life.roster.mediators.entered([replace(known, **changes)]))
    return life


def objected(life: Life | None = None, side: Side = Side.CONSUMER, **said: Any) -> Life:
    """Bring a life into mediation with an objection of one side to the mediator."""
    life = life or mediated()
    life.says("challenge_mediator", speaker(life, side), **{**OBJECTS, **said})
    return life


# The mediator


def test_mediator_is_due_within_five_working_days() -> None:
    """Five working days run from both consents. Then the lead is reminded, and two working days later the
    supervisor, until a mediator has accepted."""
    life = mediating()
    assert life.due["mediator_appointment"] == (T0 + 7 * DAY).replace(hour=16)
    life.live(12 * DAY)
    told = [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "mediator_appointment"]
    assert told == ["sun", "zhou"]
    life.take("appoint_mediator", "sun", mediator="yan")
    assert "mediator_appointment" in life.running, "to be asked is not to have taken it on"
    life.take("accept_appointment", "yan", independent=True)
    assert not {"mediator_appointment", "assignment"} & set(life.running)
    assert life.case.owner == "yan"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"suspended": True}, "mediator_suspended"),
        ({"ties": "曾任该企业顾问"}, "mediator_tied"),
        ({"until": date(2026, 3, 4)}, "mediator_expired"),
        ({"until": date(2026, 3, 5)}, ""),
        ({"fields": ("price",)}, "mediator_unfit"),
        ({"fields": ("quality",)}, "mediator_unfit"),
        ({"fields": ("quality", "warranty")}, ""),
        ({"languages": (Language.EN,)}, "mediator_language"),
    ],
)
def test_the_register_decides_who_is_fit(changes: dict[str, Any], code: str) -> None:
    """A mediator who is suspended, tied to the company, expired, or without the field or language is refused.
    The last day of a qualification still counts."""
    life = registered(mediating(), **changes)
    if code:
        assert life.refused("appoint_mediator", "sun", mediator="yan") == code
    else:
        assert mediated(life).case.mediator == "yan"


def test_appoint_mediator_rejects_staff_and_unregistered_people() -> None:
    """A mediator is refused who is unknown, whose qualification has expired, or who is staff of any team,
    also if registered."""
    life = mediating()
    assert life.refused("appoint_mediator", "sun", mediator="nobody") == "mediator_unknown"
    assert life.refused("appoint_mediator", "sun", mediator="xie") == "mediator_expired"
    for who in ("zhao", "ma", "he", "mei"):
        life.roster = replace(
            life.roster, mediators=REGISTER.entered([replace(REGISTER.entries["yan"], id=who)])
        )
        assert life.refused("appoint_mediator", "sun", mediator=who) == "mediator_of_the_house"
    for by in ("wang", "zhao", "ma", "yan", "feng", "wu", "li"):
        assert life.refused("appoint_mediator", by, mediator="yan") == "move_not_allowed_for_role"
    life.take("appoint_mediator", "zhou", mediator="yan")


def test_party_is_refused_as_mediator() -> None:
    """A party or the company's representative under an address of the register is refused."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity="S4")
    life.take("name_business_representative", "ma", person=replace(SHOP, email="Yan@mediators.example"))
    assert mediating(life).refused("appoint_mediator", "sun", mediator="yan") == "mediator_tied"
    assert mediated(life, "ren").case.mediator == "ren"


def test_both_sides_languages_count_and_declined_matters_do_not() -> None:
    """An English-speaking consumer needs a mediator with English; a declined matter needs no expertise."""
    english = mediating(
        talking(
            disputed(answered(Conclusion.NOT_UPHELD, accepted(person=replace(PERSON, language=Language.EN))))
        )
    )
    assert (
        registered(english, languages=(Language.ZH,)).refused("appoint_mediator", "sun", mediator="yan")
        == "mediator_language"
    )
    part = mediating()
    part.case = replace(
        part.case, matters=(part.case.matters[0], replace(part.case.matters[1], accepted=False))
    )
    assert mediated(registered(part, fields=("quality",))).case.mediator == "yan"


def test_the_mediator_is_asked_and_declares_to_be_independent() -> None:
    """The mediator gets a letter, and sees and does nothing before they declare independence. Both sides
    learn their name and their earlier cases with the company."""
    life = mediating()
    life.take("appoint_mediator", "sun", mediator="yan")
    assert life.letters_to("staff:yan") == ["mediator_engagement"]
    assert "mediator_appointed" not in life.letters_to()
    assert (
        life.refused("end_mediation", "yan", ending=Ending.NO_PROSPECT, reason="谈不拢。") == "accept_first"
    )
    assert life.refused("accept_appointment", "ren", independent=True) == "not_the_mediator"
    assert life.refused("accept_appointment", "yan", independent=False) == "independence_needed"
    life.take("accept_appointment", "yan", independent=True, past_cases="2024年调解过一件。")
    assert life.letters_to()[-1] == "mediator_appointed" == life.letters_to("party:p2")[-1]
    assert life.words(life.case.entries) == {"past_cases": "2024年调解过一件。"}
    assert life.refused("accept_appointment", "yan", independent=True) == "mediator_accepted"
    assert life.refused("appoint_mediator", "sun", mediator="ren") == "mediator_accepted"


@pytest.mark.parametrize(
    "changes", [{"until": date(2026, 3, 4)}, {"suspended": True}, {"ties": "配偶在该企业工作"}]
)
def test_accept_appointment_rejects_an_expired_qualification(changes: dict[str, Any]) -> None:
    """A qualification can end between the question and the acceptance; then another is asked."""
    life = mediating()
    life.take("appoint_mediator", "sun", mediator="yan")
    assert (
        registered(life, **changes)
        .refused("accept_appointment", "yan", independent=True)
        .startswith("mediator_")
    )
    life.take("appoint_mediator", "sun", mediator="ren")
    life.take("accept_appointment", "ren", independent=True)
    assert life.case.mediator == "ren"
    assert not mediation(life).lawful


def test_a_body_that_is_lawfully_established_is_remembered() -> None:
    """The body decides whether a court can confirm the agreement."""
    assert mediation(mediated()).lawful
    assert not mediation(mediated(by="ren")).lawful


def test_recused_mediator_is_not_asked_again() -> None:
    """A mediator who was asked may be recused instead. The lead gets a task, and the five working days start
    again."""
    life = mediating()
    life.take("appoint_mediator", "sun", mediator="yan")
    life.later(DAY).take("recuse", "yan", conflict=Conflict.RELATIVE, reason="店长是我表弟。")
    assert life.case.mediator is None
    assert mediation(life).past == ("yan",)
    assert life.letters_to("role:lead")[-1] == "task"
    assert life.running["mediator_appointment"].start == life.time
    assert life.refused("appoint_mediator", "sun", mediator="yan") == "mediator_rejected"
    assert mediated(life, "ren").case.owner == "ren"


def test_accept_appointment_rejects_barred_people() -> None:
    """Both are refused even if they are registered and have left the company."""
    life = mediating()
    assert life.case.talks.dispute
    life.case = replace(
        life.case, talks=replace(life.case.talks, dispute=replace(life.case.talks.dispute, barred=("yan",)))
    )
    life.take("appoint_mediator", "sun", mediator="yan")
    assert life.refused("accept_appointment", "yan", independent=True) == "not_neutral"


def test_the_mediator_of_another_case_is_a_stranger() -> None:
    """Registration gives no access: each move of the talks is refused to any other mediator."""
    life = mediated()
    for name, said in {
        "end_mediation": {"ending": Ending.NO_PROSPECT, "reason": "谈不拢。"},
        "agree_extension": {},
        "state_position": {"text": "依合同。", "side": Side.CONSUMER},
        "message": {"text": "您好"},
    }.items():
        assert life.refused(name, "ren", **said) == "not_the_mediator", name


# Objection


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(0, 10 * 24), told=st.integers(0, 5 * 24), side=st.sampled_from(Side))
def test_each_side_objects_inside_its_own_window(hours: int, told: int, side: Side) -> None:
    """Each side has three working days from the letter that names the mediator; later it needs a ground that
    could not be known before."""
    life = mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))))))
    assert deadlines(life.case)["challenge"].stopped == "undelivered"
    # the consumer gets a call some hours later, the company a mail at once
    if side == Side.CONSUMER:
        life.later(timedelta(hours=told))
        while life.case.tellings:
            life.tell()
    end = published().ends(life.time, Length(3, "w"), generous=True, pauses=[], zone=SHANGHAI).at
    life.later(timedelta(hours=hours))
    if life.time >= end:
        who = life.case.party(speaker(life, side))
        assert life.refused("challenge_mediator", who.id, who.role, **OBJECTS) == "challenge_window_over"
        objected(life, side, unknown_before="昨天才在新闻里看到。")
    assert mediation(life if mediation(life).challenge else objected(life, side)).challenge


def test_objection_window_waits_for_the_letter() -> None:
    """A side that has not learned who mediates can object, however late."""
    life = mediated(
        mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE)))))
    ).later(20 * DAY)
    assert mediation(objected(life)).challenge


@settings(max_examples=40, deadline=None)
@given(pending=st.integers(0, 40 * 24), upheld=st.booleans(), side=st.sampled_from(Side))
def test_an_objection_moves_the_sixty_days(pending: int, upheld: bool, side: Side) -> None:
    """An open objection stops the time of the mediation, which ends later by each midnight that passed."""
    life = mediated()
    before = life.due["mediation"]
    assert before == (T0 + 60 * DAY).replace(hour=16)
    objected(life, side)
    assert life.running["mediation"].stopped == PauseReason.CHALLENGE
    assert life.running["first_meeting"].stopped == PauseReason.CHALLENGE
    first = life.time.astimezone(SHANGHAI).date()
    life.later(timedelta(hours=pending)).take("decide_challenge", "zhou", upheld=upheld, reason="理由。")
    assert life.due["mediation"] == before + (life.time.astimezone(SHANGHAI).date() - first)


def test_a_person_decides_on_an_objection_within_three_working_days() -> None:
    """The supervisor, who gets a task at once, or the executive decides; the mediator, the lead and the
    parties cannot. If it is late, the executive is reminded."""
    life = objected()
    assert (
        life.letters_to()[-1]
        == "challenge_received"
        == life.letters_to("party:p2")[-1]
        == life.letters_to("staff:yan")[-1]
    )
    assert life.letters_to("role:supervisor")[-1] == "task"
    assert life.due["challenge_decision"] == (T0 + 5 * DAY).replace(hour=16)
    for by in ("yan", "sun", "ma", "li", "feng"):
        assert (
            life.refused("decide_challenge", by, upheld=False, reason="无。") == "move_not_allowed_for_role"
        )
    life.live(9 * DAY)
    assert [
        facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "challenge_decision"
    ] == ["zhou", "wu"]
    life.take("decide_challenge", "wu", upheld=False, reason="没有利害关系。")
    assert life.refused("decide_challenge", "wu", upheld=False, reason="无。") == "no_challenge"


def test_waiting_objection_blocks_other_moves() -> None:
    """Another objection, a meeting, a draft, and an end by the mediator objected to are refused."""
    life = objected()
    assert life.refused("challenge_mediator", "li", **OBJECTS) == "challenge_waits"
    assert (
        life.refused("end_mediation", "yan", ending=Ending.NO_PROSPECT, reason="谈不拢。")
        == "challenge_waits"
    )
    assert life.refused("draft_agreement", "yan", **text(life)) == "challenge_waits"
    assert (
        life.refused(
            "call_meeting", "ma", at=life.time + 20 * DAY, minutes=60, way=MeetingWay.PHONE, place="电话"
        )
        == "challenge_waits"
    )


def test_an_objection_that_is_not_upheld_leaves_the_mediator() -> None:
    """All get the decision, and the stopped deadlines go on."""
    life = objected().later(DAY)
    life.take("decide_challenge", "zhou", upheld=False, reason="没有利害关系。")
    assert life.case.mediator == "yan" == life.case.owner
    assert mediation(life).challenge is None
    assert (
        life.letters_to()[-1]
        == "challenge_decided"
        == life.letters_to("party:p2")[-1]
        == life.letters_to("staff:yan")[-1]
    )
    assert life.due["mediation"]
    assert mediation(life).past == ()


def test_an_objection_that_is_upheld_brings_another_mediator() -> None:
    """The rejected mediator never returns. The lead has five working days, no deadline is late at once, and
    both can object to the new one."""
    life = mediated()
    life.says("agree_extension", "p1")
    life.take("agree_extension", "yan")
    life.later(2 * DAY)
    objected(life, Side.BUSINESS).later(DAY).take(
        "decide_challenge", "zhou", upheld=True, reason="有业务关系。"
    )
    assert life.case.mediator is None is life.case.owner
    assert mediation(life).past == ("yan",)
    assert not mediation(life).lawful
    # the mediator's yes to an extension ended with their appointment
    assert mediation(life).extends == (Side.CONSUMER,)
    assert life.letters_to("role:lead")[-1] == "task"
    assert life.letters_to("staff:yan")[-1] == "challenge_decided"
    assert life.running["mediator_appointment"].start == life.time
    assert not {"challenge", "challenge_decision", "first_meeting"} & set(life.running)
    assert life.refused("challenge_mediator", "li", **OBJECTS) == "no_mediator"
    assert life.refused("appoint_mediator", "sun", mediator="yan") == "mediator_rejected"
    assert life.refused("state_position", "yan", side=Side.CONSUMER, text="依合同。") == "not_the_mediator"
    assert not life.live(2 * HOUR)
    mediated(life, "ren")
    assert life.running["challenge"].start == life.time
    assert objected(life).case.talks.mediation


def test_a_mediator_who_stands_back_leaves_no_clock_standing_still() -> None:
    """A recusal ends an open objection too: the sixty days go on, and the mediator's waiting approvals are
    dropped."""
    life = mediated()
    life.ask_approval("end_mediation", "yan", ending=Ending.SUSPECTED_CRIME, reason="涉嫌诈骗。")
    objected(life).later(DAY).take("recuse", "yan", conflict=Conflict.OTHER_DOUBT)
    assert life.running["mediation"].due
    assert not life.case.approvals
    assert mediation(life).challenge is None
    assert life.case.inquiry.recused == ("yan",)
    assert life.refused("appoint_mediator", "sun", mediator="yan") == "mediator_rejected"


def test_staff_write_an_objection_down_and_representatives_need_the_power() -> None:
    """Staff other than the mediator record an objection of the side they name; a representative needs the
    power to negotiate."""
    life = mediated()
    assert life.refused("challenge_mediator", "sun", **OBJECTS) == "side_needed"
    assert (
        life.refused("challenge_mediator", "yan", **OBJECTS, side=Side.CONSUMER)
        == "move_not_allowed_for_role"
    )
    life.take("challenge_mediator", "ma", **OBJECTS, side=Side.BUSINESS)
    challenge = mediation(life).challenge
    assert challenge
    assert challenge.side == Side.BUSINESS
    agent = represented(mediated(), powers=(Power.SUBMIT,))
    assert agent.refused("challenge_mediator", "p3", Role.REPRESENTATIVE, **OBJECTS) == "power_missing"


def test_joint_representatives_object_for_all() -> None:
    """Only the chosen representatives speak for all."""
    life = talking(disputed(answered(Conclusion.NOT_UPHELD, joint(3, accepted())[0])))
    life.take("appoint_joint_representatives", "sun", representatives=("p1",), each_agrees=True)
    mediated(mediating(life))
    assert life.refused("challenge_mediator", "p2", Role.CONSUMER, **OBJECTS) == "representatives_decide"
    assert mediation(objected(life)).challenge


def test_calls_are_the_leads_and_messages_the_mediators() -> None:
    """A waiting call goes to the lead, since a mediator calls nobody for the company; a meeting or a message
    is the mediator's."""
    life = mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))))))
    life.says("message", "p2", text="什么时候开会？")
    life.live(5 * DAY)
    told = {
        (facts["deadline"], facts["to"], facts["role"])
        for facts in life.facts("take_step")
        if facts["step"] == 0
    }
    assert ("telling", "sun", "lead") in told
    assert ("message_reply", "yan", "owner") in told


def test_a_mediator_is_not_replaced_as_a_handler() -> None:
    """A party with a doubt objects, and the supervisor decides; an earlier request for another handler
    lapses."""
    life = talking()
    life.says("ask_handler_change", "p1", reason="态度差")
    mediated(mediating(life))
    assert life.refused("decide_handler_change", "sun", change=True, reason="换人。") == "challenge_instead"
    life.take("decide_handler_change", "sun", change=False, reason="已经由调解员主持。")
    assert life.refused("ask_handler_change", "li", reason="态度差") == "challenge_instead"
    assert life.case.mediator == "yan"


def test_open_objection_suspends_the_mediator() -> None:
    """The mediator objected to decides nothing over that side and sends it nothing, but may be recused."""
    life = held(mediated(), Side.CONSUMER)
    life = objected(life, Side.BUSINESS, unknown_before="昨天才知道。")
    absent = {
        "meeting": "M1",
        "side": Side.BUSINESS,
        "good": False,
        "reason": "不想来。",
        "explained": "没来。",
    }
    for move, said in (
        ("decide_absence", absent),
        ("message", {"text": "请撤回。"}),
        ("agree_extension", {}),
        ("record_on_the_spot", {"done": "退了。", "consumer_confirms": True, "business_confirms": True}),
    ):
        assert life.refused(move, "yan", **said) == "challenge_waits"
    assert life.take("recuse", "yan", conflict=Conflict.BUSINESS_TIE).case.mediator is None


def test_negotiator_cannot_replace_the_mediator() -> None:
    """A negotiator cannot take the mediator's place, and none can be put there."""
    life = mediated()
    assert life.refused("take", "ma") == "mediator_accepted"
    drafted(life)
    assert life.refused("take", "ma") == "mediator_accepted"
    assert life.refused("assign", "sun", to="ma") == "mediator_accepted"
    assert life.case.owner == "yan"

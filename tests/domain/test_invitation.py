"""The way from negotiation to mediation: each side's answer, the silence of either, and the stage after a
refusal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.calendar import Length, published
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.model.case_records import Appraisal, Dispute
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    Ending,
    HelpNeed,
    Outcome,
    Power,
    ReopenReason,
    Role,
    Severity,
    Side,
    Stage,
    Undelivered,
    Wish,
)
from chalicelib.domain.moves.dispute import ENOUGH_TRIES
from chalicelib.domain.moves.invitation import ENDS, WITHOUT_MEDIATION
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    PERSON,
    SHOP,
    T0,
    Life,
    accepted,
    answered,
    both_heard,
    disputed,
    invited,
    joint,
    offered,
    performing,
    reported,
    represented,
    speaker,
    talking,
    triaged,
)

SIDES = pytest.mark.parametrize("side", Side)
NO: dict[str, Any] = {"reason": "总部不同意。"}
ENDED: dict[str, Any] = {"ending": Ending.NO_PROSPECT, "reason": "差距太大。"}


def talks(life: Life) -> Dispute:
    """Return the dispute of a case."""
    assert life.case.talks.dispute
    return life.case.talks.dispute


def says(life: Life, name: str, side: Side, **said: Any) -> Life:
    """Take a move of a side by its link."""
    life.says(name, speaker(life, side), **said)
    return life


def company_refuses(life: Life, by: str = "zhou") -> Life:
    """Let the company refuse mediation, and the supervisor confirm it."""
    says(life, "refuse_mediation", Side.BUSINESS, **NO)
    life.take("approve", by, approval=life.case.approvals[-1].id)
    return life


def steps(life: Life, deadline: str) -> list[tuple[datetime, str | None, str | None]]:
    """Return every step of a deadline: its time, its recipient, and the letter to a party."""
    lines = [json.loads(entry.line) for entry in life.entries]
    return [
        (datetime.fromisoformat(line["at"]), line["facts"].get("to"), line["facts"].get("consumer"))
        for line in lines
        if line["move"] == "take_step" and line["facts"]["deadline"] == deadline
    ]


# The invitation


@SIDES
def test_mediation_request_counts_as_consent(side: Side) -> None:
    """The other side is asked once. Its yes begins the mediation, and the lead holds the case until there is
    a mediator."""
    life = talking().later(HOUR)
    says(life, "invite_mediation", side)
    assert talks(life).consents == {side: True}
    assert life.letters[-1].to == f"party:{speaker(life, side.other)}"
    assert [letter.name for letter in life.letters].count("mediation_invitation") == 1
    assert life.refused("invite_mediation", "ma") == "invited_before"
    assert {"mediation_consent", "company_consent"} & life.running.keys() == {
        "company_consent" if side == Side.CONSUMER else "mediation_consent"
    }
    says(life, "consent_mediation", side.other)
    assert (life.case.stage, life.case.owner) == (Stage.MEDIATING, None)
    assert talks(life).ended is None
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "mediation_opened"
    assert life.due["mediation"] == life.time.replace(hour=16) + 60 * DAY
    assert "negotiation" not in life.running


@pytest.mark.parametrize("by", ["ma", "sun"])
def test_staff_ask_both_and_agree_for_nobody(by: str) -> None:
    """Each side has its own answer and a week to give it; staff can record the consumer's."""
    life = talking()
    life.take("invite_mediation", by)
    assert talks(life).consents == {}
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "mediation_invitation"
    assert {"negotiation", "mediation_consent", "company_consent"} <= life.running.keys()
    assert life.refused("consent_mediation", by) == "side_needed"
    life.take("consent_mediation", by, side=Side.CONSUMER)
    assert life.refused("consent_mediation", "p1") == "consented_before"
    assert life.case.stage == Stage.NEGOTIATING
    for said in ({"side": Side.BUSINESS}, {"side": Side.CONSUMER}):
        assert (
            life.refused("consent_mediation", "p1", **said)
            == life.refused("refuse_mediation", "p1", **said)
            == "only_for_others"
        )
    life.says("consent_mediation", "p2")
    assert life.case.stage == Stage.MEDIATING


def test_answer_requires_an_invitation() -> None:
    """A yes or no without an invitation is refused, by link and on the phone."""
    life = talking()
    assert life.refused("consent_mediation", "p1") == life.refused("refuse_mediation", "p1") == "not_invited"


def test_a_representative_consents_only_with_the_power_to_negotiate() -> None:
    """A representative needs the power to negotiate; in a joint case only the chosen representatives
    consent."""
    life = represented(answered(Conclusion.NOT_UPHELD), powers=(Power.SUBMIT, Power.ANSWER))
    disputed(life).take("invite_mediation", "sun")
    for name in ("consent_mediation", "refuse_mediation"):
        assert life.refused(name, "p2") == "power_missing"
    many, _ = joint(2, accepted())
    many.take("appoint_joint_representatives", "sun", representatives=("p2",), each_agrees=True)
    many.says("raise_dispute", "p2", nature="amount", about="太少。")
    assert many.refused("invite_mediation", "p1") == "representatives_decide"
    many.says("invite_mediation", "p2")
    assert many.refused("refuse_mediation", "p1") == "representatives_decide"


@SIDES
def test_a_side_that_said_no_may_still_say_yes_but_not_no_again(side: Side) -> None:
    """A side can change its no to yes while the talks go on; each recipient gets one letter about it."""
    life = talking()
    life.take("invite_mediation", "ma")
    if side == Side.BUSINESS:
        company_refuses(life)
    else:
        says(life, "refuse_mediation", side)
    assert (
        life.refused("refuse_mediation", speaker(life, side), life.case.party(speaker(life, side)).role, **NO)
        == "refused_before"
    )
    says(says(life, "consent_mediation", side), "consent_mediation", side.other)
    assert life.case.stage == Stage.MEDIATING


# The consumer's refusal


def test_a_refusal_while_the_sides_talk_closes_nothing() -> None:
    """The other side gets a letter, and the ten working days run on. Nobody is asked for an answer that no
    longer matters, and at their end the talks are over."""
    life = talking()
    life.take("invite_mediation", "ma")
    says(life, "refuse_mediation", Side.CONSUMER)
    assert life.case.stage == Stage.NEGOTIATING
    assert life.letters_to("party:p2")[-1] == "mediation_answered"
    assert {"mediation_consent", "company_consent"} & life.running.keys() == set()
    assert "negotiation" in life.running
    life.over("negotiation")
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.NOT_SETTLED)
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "negotiation_ended"
    assert steps(life, "company_consent") == []


def test_a_refusal_after_the_talks_closes() -> None:
    """A case that was answered and owes nothing closes as not settled. Both sides get a letter, and can
    reopen it for thirty days."""
    life = says(invited(), "refuse_mediation", Side.CONSUMER)
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.NOT_SETTLED)
    assert set(life.running) == {"reopen_window", "survey"}
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "negotiation_ended"


def test_only_a_reason_that_was_given_can_be_told() -> None:
    """The consumer need not give a reason; telling the other side a missing one is refused with a code."""
    life = invited()
    assert life.refused("refuse_mediation", "p1", Role.CONSUMER, share=True) == "reason_needed"
    says(life, "refuse_mediation", Side.CONSUMER, share=True, reason="我想去法院。")
    assert life.facts("refuse_mediation")[-1]["share"]


def test_the_consumers_silence_means_no() -> None:
    """A reminder goes on the fourth day at nine; after a week the answer is no."""
    life = invited()
    life.says("consent_mediation", "p2")
    life.live(9 * DAY)
    assert steps(life, "mediation_consent") == [
        (T0.replace(hour=1) + 4 * DAY, None, "mediation_invitation_reminder")
    ]
    assert life.letters_to().count("mediation_invitation_reminder") == 1
    assert life.letters_to("party:p2").count("mediation_invitation_reminder") == 0
    assert (life.case.outcome, talks(life).consents) == (
        Outcome.NOT_SETTLED,
        {Side.BUSINESS: True, Side.CONSUMER: False},
    )


def test_silence_while_the_sides_talk_is_a_no_that_closes_nothing() -> None:
    """The company gets a letter; the sides may still agree, on the matter or on mediation."""
    life = talking()
    says(life, "invite_mediation", Side.BUSINESS).live(9 * DAY)
    assert talks(life).consents[Side.CONSUMER] is False
    assert life.case.stage == Stage.NEGOTIATING
    assert life.letters_to("party:p2")[-1] == "mediation_answered"
    assert says(life, "consent_mediation", Side.CONSUMER).case.stage == Stage.MEDIATING


def test_an_invitation_that_did_not_arrive_runs_out_on_nobody() -> None:
    """The week of a bounced invitation is stopped; a phone call starts it afresh. A party reached by phone
    only gets the same."""
    life = invited()
    sent = next(
        letter for letter in life.letters if letter.name == "mediation_invitation" and letter.to == "party:p1"
    )
    life.later(DAY).take(
        "letter_failed", "clock", letter=sent.key, id=sent.id, party="p1", why=Undelivered.BOUNCE
    )
    assert life.running["mediation_consent"].stopped == "undelivered"
    life.live(20 * DAY)
    assert life.case.stage == Stage.NEGOTIATING
    assert [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "telling"]
    life.tell("ma")
    assert life.running["mediation_consent"].start == life.time
    life.live(10 * DAY)
    assert life.case.outcome == Outcome.NOT_SETTLED
    called = talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE)), "wang"))
    called.take("invite_mediation", "ma")
    assert called.running["mediation_consent"].stopped == "undelivered"


# The company's refusal


def test_the_company_refuses_with_a_reason_that_the_supervisor_confirms() -> None:
    """Until the supervisor confirms it, the company has not refused and gets no reminder. One request waits
    at a time; a no of the supervisor starts the company's clock again."""
    life = invited()
    assert life.refused("refuse_mediation", "p2", Role.BUSINESS_REP) == "reason_needed"
    says(life, "refuse_mediation", Side.BUSINESS, **NO)
    (asked,) = life.case.approvals
    assert talks(life).consents == {}
    assert "company_consent" not in life.running
    assert life.letters_to("role:supervisor")[-1] == "approval_request"
    assert life.refused("refuse_mediation", "p2", Role.BUSINESS_REP, **NO) == "refusal_asked"
    assert (
        life.refused("approve", "sun", approval=asked.id)
        == life.refused("approve", "wu", approval=asked.id)
        == "approver_level"
    )
    life.take("refuse_approval", "zhou", approval=asked.id, reason="应当参加。")
    assert life.letters_to("party:p2")[-1] == "approval_decided"
    assert "company_consent" in life.running
    company_refuses(life)
    assert life.case.outcome == Outcome.NOT_SETTLED
    assert {"negotiation_ended", "approval_decided"} <= set(life.letters_to("party:p2"))
    assert life.letters_to()[-1] == "negotiation_ended"
    assert life.words(life.case.entries - 1)["reason"] == NO["reason"]


def test_refusal_recorded_for_the_company_needs_the_supervisor() -> None:
    """The officer who asked for the company's refusal learns the decision; a refusal recorded for the
    consumer needs no second person."""
    life = talking()
    life.take("invite_mediation", "ma")
    life.take("refuse_mediation", "ma", side=Side.BUSINESS, **NO)
    life.take("approve", "zhou", approval=life.case.approvals[0].id)
    assert life.letters_to("staff:ma")[-1] == "approval_decided"
    assert life.letters_to()[-1] == "mediation_answered"
    assert talks(life).consents == {Side.BUSINESS: False}
    assert "mediation_consent" not in life.running
    direct = invited()
    direct.take("refuse_mediation", "sun", side=Side.CONSUMER)
    assert direct.case.outcome == Outcome.NOT_SETTLED
    assert direct.case.approvals == ()


def test_the_consumer_can_refuse_while_the_companys_refusal_waits() -> None:
    """The consumer's no needs no second person. A request that waits in the talks ends with them, and is
    absent from later talks."""
    life = invited(talking(disputed(performing())))
    says(life, "refuse_mediation", Side.BUSINESS, **NO)
    says(life, "refuse_mediation", Side.CONSUMER)
    assert life.case.stage == Stage.PERFORMING
    assert life.case.approvals == ()
    life = invited(talking(disputed(accepted())))
    says(life, "refuse_mediation", Side.BUSINESS, **NO)
    life.live(20 * DAY)
    assert life.case.stage == Stage.INVESTIGATING
    assert life.case.approvals == ()


def test_a_company_that_agrees_after_all_has_refused_nothing() -> None:
    """The company's yes cancels the refusal that waits for the supervisor; so does a yes of both."""
    life = invited()
    says(says(life, "refuse_mediation", Side.BUSINESS, **NO), "consent_mediation", Side.BUSINESS)
    assert life.case.approvals == ()
    assert talks(life).consents == {Side.BUSINESS: True}
    says(says(life, "refuse_mediation", Side.BUSINESS, **NO), "consent_mediation", Side.CONSUMER)
    assert life.case.stage == Stage.MEDIATING
    assert life.case.approvals == ()


@pytest.mark.parametrize("named", [True, False])
def test_the_companys_silence_goes_up_and_never_refuses(named: bool) -> None:
    """The supervisor is reminded on the fourth day, with a letter to the company's representative, and on the
    seventh. Two working days later the executive is, and again. Until then the company can agree."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    if named:
        life.take("name_business_representative", "ma", person=SHOP)
    says(life, "invite_mediation", Side.CONSUMER).live(20 * DAY)
    told = [(at, to) for at, to, _ in steps(life, "company_consent")]
    assert told[:3] == [
        (T0.replace(hour=1) + 4 * DAY, "zhou"),
        (T0.replace(hour=16) + 7 * DAY, "zhou"),
        (T0.replace(hour=16) + 11 * DAY, "wu"),
    ]
    assert {to for _, to in told[3:]} == {"wu"}
    assert (life.case.stage, talks(life).consents) == (Stage.NEGOTIATING, {Side.CONSUMER: True})
    assert talks(life).ended
    assert life.letters_to("party:p2").count("mediation_invitation_reminder") == named
    assert look_at(life.case)
    life.take("consent_mediation", "sun", side=Side.BUSINESS)
    assert life.case.stage == Stage.MEDIATING


@pytest.mark.parametrize(
    ("made", "stage", "outcome"),
    [
        (accepted, Stage.INVESTIGATING, None),
        (performing, Stage.PERFORMING, None),
        (lambda: answered(Conclusion.NOT_UPHELD), Stage.CLOSED, Outcome.NOT_SETTLED),
    ],
)
def test_a_company_that_never_answers_ends_the_talks(made: Any, stage: Stage, outcome: Any) -> None:
    """The talks end twenty working days after both the question and the end of the negotiation. Both sides
    get the ground. An unanswered case is investigated, obligations are performed, any other case closes
    and can be reopened."""
    life = says(invited(talking(disputed(made()))), "consent_mediation", Side.CONSUMER)
    end = published().ends(life.time, Length(20, "w")).at
    assert life.due["company_silence"] == end
    life.live(end - life.time - timedelta(seconds=1))
    assert life.case.stage == Stage.NEGOTIATING
    life.live(timedelta(seconds=1))
    assert (life.case.stage, life.case.outcome) == (stage, outcome)
    assert life.facts("lapse_consent")[-1] == {"side": "business", "ending": "company_silent"}
    assert (
        life.letters_to().count("negotiation_ended")
        == life.letters_to("party:p2").count("negotiation_ended")
        == 2
    )
    assert talks(life).consents == {Side.CONSUMER: True}, "silence is no refusal"
    if outcome:
        life.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="还是想谈。")
        assert life.case.stage == Stage.NEGOTIATING


def test_no_silence_counts_while_the_sides_still_negotiate_or_were_not_told() -> None:
    """For an early question the days count from the end of the negotiation; for a party on the phone from the
    call."""
    life = says(talking(), "invite_mediation", Side.CONSUMER)
    assert "company_silence" not in life.running
    life.over("negotiation")
    assert talks(life).ended
    assert life.running["company_silence"].start == talks(life).ended
    phoned = disputed()
    phoned.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    by_phone = replace(SHOP, email=None, phone="+8613900000001")
    phoned.take("name_business_representative", "ma", person=by_phone)
    says(invited(phoned), "consent_mediation", Side.CONSUMER).live(40 * DAY)
    assert phoned.running["company_silence"].stopped == "undelivered"
    while phoned.case.tellings:
        phoned.tell("ma")
    assert phoned.running["company_silence"].start == phoned.time


def test_lead_decides_on_company_silence_for_vulnerable_consumers() -> None:
    """The lead ends the talks with a reason, and only after the company's time is over; the company's yes
    ends the review."""
    life = accepted(person=replace(PERSON, help=(HelpNeed.ELDERLY,)))
    life = invited(talking(disputed(answered(Conclusion.NOT_UPHELD, life))))
    says(life, "consent_mediation", Side.CONSUMER).over("company_silence")
    assert life.case.stage == Stage.NEGOTIATING
    assert life.case.clock.review
    assert life.letters_to("staff:sun")[-1] == "task"
    said = {"side": Side.BUSINESS, "reason": "企业一直不答复。"}
    assert life.refused("lapse_consent", "sun", side=Side.CONSUMER, reason="x") == "side_answered"
    early = replace(talks(life), ended=life.time)
    kept, life.case = life.case, replace(life.case, talks=replace(life.case.talks, dispute=early))
    assert life.refused("lapse_consent", "sun", **said) == "company_has_time"
    life.case = kept
    life.take("lapse_consent", "sun", **said)
    assert life.case.outcome == Outcome.NOT_SETTLED


def test_new_representative_answers_the_open_invitation() -> None:
    """The company's week runs before a representative is named; the new one sees the question on their
    page."""
    life = disputed()
    life.take("invite_mediation", "sun")
    assert life.running["company_consent"].start == life.time
    talking(life.later(2 * DAY))
    life.says("consent_mediation", "p2")
    assert "company_consent" not in life.running


def test_a_new_dispute_asks_anew() -> None:
    """An invitation of earlier talks starts no clock of later ones, also without a representative to write
    to."""
    life = says(invited(talking(disputed(accepted()))), "refuse_mediation", Side.CONSUMER)
    life.case = replace(life.case, parties=life.case.parties[:1])
    disputed(life.later(3 * DAY)).later(DAY).take("invite_mediation", "sun")
    assert life.running["company_consent"].start == life.running["mediation_consent"].start == life.time


# How the talks end


@SIDES
def test_both_are_heard_before_the_talks_are_ended(side: Side) -> None:
    """Each side needs a statement or two recorded tries; the refusal names the missing side."""
    life = talking()
    says(life, "state_position", side, text="请依合同。")
    assert life.refused("end_negotiation", "ma", **ENDED) == "hear_first"
    for n in range(ENOUGH_TRIES):
        assert life.refused("end_negotiation", "ma", **ENDED) == "hear_first"
        life.take("record_try", "ma", side=side.other, what=f"第{n + 1}次无人接听。")
    life.take("end_negotiation", "ma", **ENDED)
    assert talks(life).ended == life.time
    assert life.case.stage == Stage.NEGOTIATING


@pytest.mark.parametrize("ground", Ending)
def test_the_officer_ends_on_listed_grounds_only(ground: Ending) -> None:
    """An agreement, a lapse, an absence and a withdrawal have their own moves."""
    life = both_heard()
    if ground not in ENDS:
        assert life.refused("end_negotiation", "ma", **{**ENDED, "ending": ground}) == "ground_not_here"
        return
    if ground == Ending.APPRAISAL_COST:
        test = Appraisal(T0, 1, refused=(Side.CONSUMER,), ended=T0)
        life.case = replace(life.case, inquiry=replace(life.case.inquiry, appraisals=(test,)))
    life.take("end_negotiation", "ma", **{**ENDED, "ending": ground})
    if ground == Ending.SUSPECTED_CRIME:
        assert life.case.stage == Stage.NEGOTIATING
        assert "negotiation_ended" not in life.letters_to()
        assert life.letters_to("role:supervisor")[-1] == "approval_request"
        assert life.refused("approve", "sun", approval=life.case.approvals[0].id) == "approver_level"
        life.take("approve", "zhou", approval=life.case.approvals[0].id)
        assert "negotiation_ended" in life.letters_to()
    # nothing is left to mediate
    assert life.case.stage == (Stage.CLOSED if ground in WITHOUT_MEDIATION else Stage.NEGOTIATING)
    again = "move_not_allowed_in_stage" if ground in WITHOUT_MEDIATION else "negotiation_over"
    assert life.refused("end_negotiation", "ma", **{**ENDED, "ending": ground}) == again
    assert life.facts("end_negotiation")[0]["ending"] == ground
    assert not [line for line in life.entries if "差距" in line.line]


@pytest.mark.parametrize("how", ["ended", "lapsed"])
def test_the_end_asks_both_whether_they_want_mediation(how: str) -> None:
    """The letter about the end asks for mediation, and an open offer lapses. A side that had answered is not
    asked again."""
    life = both_heard()
    offered(life, Side.BUSINESS, 25)
    if how == "ended":
        life.take("end_negotiation", "sun", **ENDED)
    else:
        life.live(14 * DAY)
        assert life.case.talks.dispute
        assert not life.case.talks.dispute.ended
        life.live(DAY)
        assert len(life.facts("lapse_negotiation")) == 1
    assert talks(life).ended
    assert talks(life).open is None
    assert talks(life).invited == talks(life).ended
    for who in ("party:p1", "party:p2"):
        assert life.letters_to(who)[-2:] == ["negotiation_ended", "mediation_invitation"]
    assert {"mediation_consent", "company_consent"} <= life.running.keys()
    assert "negotiation" not in life.running
    asked = both_heard()
    says(asked, "invite_mediation", Side.CONSUMER).take("end_negotiation", "ma", **ENDED)
    assert asked.letters_to()[-1] == "negotiation_ended"
    assert asked.letters_to("party:p2").count("mediation_invitation") == 1


def test_ended_talks_that_somebody_had_refused_to_mediate_close_at_once() -> None:
    """After a refusal of mediation no answer is left to wait for."""
    life = both_heard()
    life.take("invite_mediation", "ma")
    company_refuses(life).take("end_negotiation", "ma", **ENDED)
    assert life.case.outcome == Outcome.NOT_SETTLED
    assert life.letters_to().count("negotiation_ended") == 1


# The stage after the talks


def test_refused_mediation_returns_an_unanswered_case_to_its_investigator() -> None:
    """The investigation keeps its date, which ran all the while, without a new promise. Steps missed
    meanwhile were taken then."""
    life = accepted(wishes=(Wish.REFUND,))
    ends, promises = life.due["investigation"], life.case.promises
    says(invited(talking(disputed(life.later(DAY)))), "refuse_mediation", Side.CONSUMER)
    assert (life.case.stage, life.case.owner, life.case.outcome) == (Stage.INVESTIGATING, "zhao", None)
    assert life.due["investigation"] == ends
    assert life.case.promises == promises
    assert "assignment" not in life.running
    life.take("file_report", "zhao", **reported(life, Conclusion.NOT_UPHELD))
    life.take("answer", "zhou")
    assert life.case.stage == Stage.ANSWERED


@pytest.mark.parametrize("how", ["nobody", "stood back"])
def test_with_nobody_left_to_investigate_somebody_is_named_anew(how: str) -> None:
    """A working day for it starts with the return, not earlier; an investigator recused meanwhile does not
    get it back."""
    life = Life()
    life.take("accept", "wang")
    if how == "stood back":
        life.take("take", "zhao")
    talking(disputed(life))
    if how == "stood back":
        life.take("recuse", "zhao", conflict=Conflict.RELATIVE)
    invited(life.later(4 * DAY))
    says(life, "refuse_mediation", Side.CONSUMER)
    assert (life.case.stage, life.case.owner) == (Stage.INVESTIGATING, None)
    assert life.running["assignment"].start == life.time
    assert life.clock() == []
    if how == "nobody":
        # the next owner did not hold the talks, and may report
        life.take("assign", "sun", to="zhao")
        life.take("file_report", "zhao", **reported(life))


def test_failed_talks_keep_owed_remedies_and_drop_offers() -> None:
    """An upheld remedy is performed, with a letter that no agreement was reached; an offer in the answer
    lapses with the talks."""
    owed = says(invited(talking(disputed(answered()))), "refuse_mediation", Side.CONSUMER)
    assert (owed.case.stage, owed.case.outcome, len(owed.case.open_obligations)) == (
        Stage.PERFORMING,
        None,
        2,
    )
    assert owed.letters_to()[-1] == owed.letters_to("party:p2")[-1] == "negotiation_ended"
    assert "obligation" in owed.running
    offer = says(invited(talking(disputed(answered(Conclusion.OFFER)))), "refuse_mediation", Side.CONSUMER)
    assert (offer.case.outcome, offer.case.obligations) == (Outcome.NOT_SETTLED, ())


@pytest.mark.parametrize("back", ["answered", "investigating"])
@pytest.mark.parametrize("how", ["tagged", "critical", "help"])
def test_a_shielded_case_is_not_closed_by_silence(how: str, back: str) -> None:
    """The lead decides with a reason within a working day, else the task goes up; silence still leads back to
    an investigation."""
    life = accepted(person=replace(PERSON, help=(HelpNeed.ELDERLY,)) if how == "help" else PERSON)
    life = talking(disputed(life if back == "investigating" else answered(Conclusion.NOT_UPHELD, life)))
    if how == "tagged":
        life.take("tag_safety", "ma", facts="冒烟。")
        triaged(life)
    elif how == "critical":
        life.case = replace(life.case, severity=Severity.S1)
    both_heard(life).take("end_negotiation", "ma", **ENDED)
    life.live(14 * DAY)
    if back == "investigating":
        assert life.case.stage == Stage.INVESTIGATING
        return
    assert life.case.stage == Stage.NEGOTIATING
    assert life.case.clock.review
    assert life.letters_to("staff:sun")[-1] == "task"
    assert [to for _, to, _ in steps(life, "lapse_review")] == ["zhou", "wu"]
    assert "mediation_consent" not in life.running
    assert life.refused("lapse_consent", "sun") == "reason_needed"
    life.take("lapse_consent", "sun", reason="三次电话均未接。")
    assert life.case.outcome == Outcome.NOT_SETTLED


def test_a_shielded_consumer_who_answers_after_all_is_reviewed_no_more() -> None:
    """The consumer's yes ends the review; then only the company's answer is missing."""
    life = talking(
        disputed(answered(Conclusion.NOT_UPHELD, accepted(person=replace(PERSON, help=(HelpNeed.ELDERLY,)))))
    )
    both_heard(life).take("end_negotiation", "ma", **ENDED)
    life.live(9 * DAY)
    says(life, "consent_mediation", Side.CONSUMER)
    assert life.case.clock.review is None
    assert set(life.due) == {"company_consent", "company_silence", "overdue_notice"}
    assert life.refused("lapse_consent", "sun", reason="没有回音。") == "lapse_not_barred"


def test_a_shielded_case_whose_talks_run_out_is_reviewed_and_can_still_be_settled() -> None:
    """Mediation had been refused, so the end would close the case: the lead decides. An offer accepted
    meanwhile prevents the closing."""
    life = talking(
        disputed(answered(Conclusion.NOT_UPHELD, accepted(person=replace(PERSON, help=(HelpNeed.ELDERLY,)))))
    )
    says(says(life, "invite_mediation", Side.BUSINESS), "refuse_mediation", Side.CONSUMER).live(15 * DAY)
    assert life.case.stage == Stage.NEGOTIATING
    assert life.case.clock.review
    assert "negotiation" not in life.running
    offered(life, Side.BUSINESS)
    says(life, "accept_offer", Side.CONSUMER, offer="F1")
    assert life.case.clock.review is None
    assert set(life.due) == {"drafting"}
    assert life.refused("lapse_negotiation", "sun", reason="期满。") == "lapse_not_barred"


def test_staff_cannot_lapse_talks_early() -> None:
    """A lead cannot shorten the talks or the week."""
    life = invited()
    for name in ("lapse_consent", "lapse_negotiation"):
        assert life.refused(name, "sun", reason="太久。") == "lapse_not_barred"
        assert life.refused(name, "ma", reason="太久。") == "move_not_allowed_for_role"


# Reopening


@pytest.mark.parametrize("outcome", [Outcome.NOT_SETTLED, Outcome.PERFORMED_ON_THE_SPOT])
def test_reopened_talks_begin_anew_with_the_same_people_barred(outcome: Outcome) -> None:
    """The talks have fresh clocks, no earlier statement or offer, and the same people barred; the disputed
    answer remains."""
    life = both_heard()
    if outcome == Outcome.NOT_SETTLED:
        life.take("end_negotiation", "ma", **ENDED)
        says(life, "refuse_mediation", Side.CONSUMER)
    else:
        life.take("record_on_the_spot", "ma", done="换新。", consumer_confirms=True, business_confirms=True)
    assert life.case.outcome == outcome
    report, barred = life.case.inquiry.report, talks(life).barred
    life.later(10 * DAY).take("reopen", "li", cause=ReopenReason.REMEDY_FAILED, facts="还是不转。")
    again = talks(life)
    assert (life.case.stage, life.case.owner, life.case.inquiry.report, again.barred) == (
        Stage.NEGOTIATING,
        None,
        report,
        barred,
    )
    assert (again.statements, again.tries, again.offers, again.consents, again.invited, again.ended) == (
        (),
        (),
        (),
        {},
        None,
        None,
    )
    assert life.running["negotiation"].start == life.running["assignment"].start == life.time
    assert "reopen_window" not in life.running
    assert life.refused("end_negotiation", "sun", **ENDED) == "hear_first"
    life.take("assign_negotiator", "sun", to="bai")
    life.live(30 * DAY)
    assert life.case.outcome == Outcome.NOT_SETTLED
    assert life.whole()


def test_an_answer_can_still_be_decided_anew_after_talks_that_were_reopened() -> None:
    """The window of an answer loses no day to talks, also repeated ones; they give no second
    reconsideration."""
    life = says(invited(), "refuse_mediation", Side.CONSUMER)
    life.case = replace(life.case, recourse=replace(life.case.recourse, reviewed=(2,)))
    life.later(DAY).take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="还是要谈。")
    says(
        invited(talking(life) if life.case.owner is None and not life.case.business else life),
        "refuse_mediation",
        Side.CONSUMER,
    )
    assert life.case.recourse.reviewed == (2,)
    assert life.refused("ask_reconsideration", "li", reasons={2: "不服。"}) == "reconsidered_before"
    life.take("ask_reconsideration", "li", reasons={1: "不服。"})
    assert life.case.stage == Stage.UNDER_RECONSIDERATION


def test_reopened_unanswered_case_returns_to_the_investigation() -> None:
    """Talks that began before any answer ended on the spot, and were reopened. The investigation starts
    again, and silence leads back to it."""
    life = talking(disputed(accepted()))
    life.take("record_on_the_spot", "ma", done="换新。", consumer_confirms=True, business_confirms=True)
    life.later(DAY).take("reopen", "li", cause=ReopenReason.REMEDY_FAILED, facts="又坏了。")
    assert life.running["investigation"].start == life.time
    life.take("assign_negotiator", "sun", to="ma")
    life.live(40 * DAY)
    assert (life.case.stage, life.case.owner) == (Stage.INVESTIGATING, "zhao")

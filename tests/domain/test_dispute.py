"""A dispute: when it is raised or identified, by which roles, and what goes on during the talks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import Length, Span, published
from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Act, Case, Refusal
from chalicelib.domain.model.codes import (
    Conclusion,
    Ending,
    Nature,
    Outcome,
    PauseReason,
    Power,
    ReopenReason,
    Role,
    Route,
    Severity,
    Side,
    Stage,
    Undelivered,
    Way,
    Wish,
)
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.moves.reconsideration import contestable
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    DISPUTE,
    HOUR,
    MINUTE,
    ROLES,
    Life,
    accepted,
    answered,
    both_heard,
    bound,
    dispute,
    disputed,
    held,
    joint,
    leave,
    mediated,
    mediating,
    offered,
    on_duty,
    performing,
    represented,
    speaker,
    talking,
)

IDENTIFIED: dict[str, Any] = {
    "nature": Nature.FACTS,
    "about": "双方各执一词。",
    "severity": Severity.S4,
    "agrees": True,
}


# Raised


@settings(max_examples=40, deadline=None)
@given(before=st.integers(0, 28), talks=st.integers(0, 70), minutes=st.integers(0, 1439))
def test_the_time_to_contest_stands_still_while_the_sides_talk(before: int, talks: int, minutes: int) -> None:
    """No day of the window passes between the opening of a dispute and the end of the talks, and silence has
    no effect. The parties see it as stopped; afterwards the remaining days run on."""
    life = answered(Conclusion.NOT_UPHELD).later(before * DAY + minutes * MINUTE)
    start, opened = life.running["answer_window"].start, life.time
    talking(disputed(life)).later(talks * DAY)
    run = life.running["answer_window"]
    assert (run.stopped, run.due, run.at) == (PauseReason.TALKS, None, None)
    assert start
    for side in Side:
        life.says("state_position", speaker(life, side), text="请依合同。")
    life.take("end_negotiation", "ma", ending=Ending.SETTLED_PRIVATELY, reason="双方自行和解。")
    assert life.case.outcome == Outcome.NOT_SETTLED
    expected = published().ends(start, Length(30, "d"), generous=True, pauses=[Span(opened, life.time)]).at
    (run,) = running_of(life.case, "answer_window")
    assert run.due == expected
    life.time = expected - timedelta(seconds=1)
    life.take("ask_reconsideration", "li", reasons={1: "我不同意。"})
    assert life.case.stage == Stage.UNDER_RECONSIDERATION
    assert life.case.recourse.reconsideration


def test_a_mediation_does_not_use_up_the_time_to_contest() -> None:
    """After sixty days of mediation the thirty days are not over: the consumer can still ask for
    reconsideration."""
    life = held(mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD).later(10 * DAY))))))
    life.live(45 * DAY)
    assert life.case.outcome == Outcome.NOT_SETTLED
    life.take("ask_reconsideration", "li", reasons={1: "我不同意。"})
    assert life.case.stage == Stage.UNDER_RECONSIDERATION


def test_a_window_that_was_over_before_the_talks_stays_over() -> None:
    """Later talks do not open an ended window, and a matter settled by an agreement cannot be contested."""
    life = both_heard(talking(disputed()))
    life.take("end_negotiation", "ma", ending=Ending.SETTLED_PRIVATELY, reason="双方自行和解。")
    life.live(29 * DAY)
    life.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="没有和解成。")
    assert life.running["answer_window"].stopped == PauseReason.TALKS
    late = both_heard(talking(disputed(answered(Conclusion.NOT_UPHELD).later(20 * DAY))))
    late.take("end_negotiation", "ma", ending=Ending.SETTLED_PRIVATELY, reason="双方自行和解。")
    late.live(29 * DAY)
    late.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="没有和解成。")
    assert "answer_window" not in late.running
    assert late.clock() == []
    assert contestable(bound().case) == ()


def closed(life: Life | None = None) -> Life:
    """A complaint with an accepted answer that gave no remedy."""
    life = life or answered(Conclusion.NOT_UPHELD)
    life.take("accept_answer", "li")
    return life


@pytest.mark.parametrize(
    ("make", "back"),
    [
        (accepted, Stage.INVESTIGATING),
        (answered, Stage.ANSWERED),
        (performing, Stage.ANSWERED),
        (closed, Stage.ANSWERED),
    ],
)
def test_a_dispute_is_raised_while_it_is_investigated_or_can_be_contested(make: Any, back: Stage) -> None:
    """Both sides get a letter about the talks. The lead names a negotiator within a working day, who has ten;
    the obligations stay owed."""
    life = make().later(HOUR)
    owner, owed = life.case.owner, life.case.open_obligations
    disputed(life)
    assert (life.case.stage, life.case.outcome, life.case.owner, life.case.open_obligations) == (
        Stage.NEGOTIATING,
        None,
        None,
        owed,
    )
    assert (dispute(life).back, dispute(life).owner, dispute(life).at) == (back, owner, life.time)
    assert life.letters_to()[-1] == "dispute_opened"
    assert life.letters_to("role:lead")[-1] == "task"
    assert life.due["assignment"] == (life.time + DAY).replace(hour=16)
    assert life.due["negotiation"] == life.time.replace(hour=16) + 14 * DAY
    assert ("investigation" in life.running) == (back == Stage.INVESTIGATING)
    assert life.words(life.case.entries)["about"] == DISPUTE["about"]


def not_disputable() -> list[tuple[str, Life, str]]:
    """Return complaints that cannot be disputed, each with its refusal code."""
    declined, asked, gone = Life(), accepted(), accepted()
    declined.take("decline", "wang", **DECLINED)
    asked.take("ask_information", "zhao", **ASK)
    gone.take("withdraw", "li")
    lapsed = declined_for_good()
    return [
        ("received", Life(), "move_not_allowed_in_stage"),
        ("declined", declined, "move_not_allowed_in_stage"),
        ("asked", asked, "move_not_allowed_in_stage"),
        ("withdrawn", gone, "nothing_to_dispute"),
        ("declined for good", lapsed, "nothing_to_dispute"),
        ("disputed", disputed(), "move_not_allowed_in_stage"),
    ]


def declined_for_good() -> Life:
    """A complaint with every matter declined, after its window."""
    life = Life()
    life.take("decline", "wang", **DECLINED)
    life.live(40 * DAY)
    return life


@pytest.mark.parametrize(
    ("life", "code"), [each[1:] for each in not_disputable()], ids=[each[0] for each in not_disputable()]
)
def test_dispute_requires_an_answered_complaint(life: Life, code: str) -> None:
    """An undecided, declined or withdrawn complaint cannot be disputed, and none twice."""
    assert life.refused("raise_dispute", "li", **DISPUTE) == code


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(0, 60 * 24), owes=st.booleans())
def test_acceptance_leaves_the_dispute_window_unchanged(hours: int, owes: bool) -> None:
    """Acceptance and performance leave the window its whole length, and never open it again."""
    life = answered(Conclusion.UPHELD if owes else Conclusion.NOT_UPHELD)
    ends = life.due["answer_window"]
    life.take("accept_answer", "li")
    life.later(timedelta(hours=hours))
    if life.time < ends:
        assert disputed(life).case.stage == Stage.NEGOTIATING
    else:
        assert life.refused("raise_dispute", "li", **DISPUTE) == "dispute_window_over"


def test_an_answer_that_did_not_arrive_can_still_be_disputed() -> None:
    """The window is stopped until the consumer gets the answer, whatever else went on meanwhile."""
    life = answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))
    life.take("accept_answer", "wang")
    life.later(90 * DAY)
    assert disputed(life, "wang").case.stage == Stage.NEGOTIATING


@pytest.mark.parametrize("who", ROLES)
def test_only_the_consumer_raises_a_dispute_or_who_writes_it_down(who: str) -> None:
    """The consumer, a representative, intake and the partner on their behalf raise a dispute; nobody else."""
    life = represented(answered(Conclusion.NOT_UPHELD))
    if ROLES[who] in Role.C | Role.INTAKE | Role.PARTNER:
        assert disputed(life, who).case.stage == Stage.NEGOTIATING
    else:
        assert life.refused("raise_dispute", who, **DISPUTE) == "move_not_allowed_for_role"


def test_a_representative_needs_the_power_to_negotiate() -> None:
    """Raising a dispute, stating and consenting need the power to negotiate; offering and accepting, which
    bind, the power to settle. An unchecked representative can do none of it."""
    life = represented(answered(Conclusion.NOT_UPHELD), powers=(Power.SUBMIT, Power.ANSWER))
    assert life.refused("raise_dispute", "p2", **DISPUTE) == "power_missing"
    assert {
        name: MOVES[name].power
        for name in (
            "raise_dispute",
            "state_position",
            "share_statement",
            "refuse_offer",
            "invite_mediation",
            "consent_mediation",
            "refuse_mediation",
        )
    } == dict.fromkeys(
        (
            "raise_dispute",
            "state_position",
            "share_statement",
            "refuse_offer",
            "invite_mediation",
            "consent_mediation",
            "refuse_mediation",
        ),
        Power.NEGOTIATE,
    )
    assert MOVES["offer"].power == MOVES["accept_offer"].power == Power.SETTLE
    new = answered(Conclusion.NOT_UPHELD)
    new.take(
        "add_representative",
        "li",
        person=Person("李雪", phone="+8613900139000", capacity="agent"),
        powers=tuple(Power),
    )
    assert new.refused("raise_dispute", "p2", **DISPUTE) == "authority_unchecked"


def test_joint_representatives_raise_the_dispute() -> None:
    """Only the chosen representatives start talks for all; each person can still leave and go on alone."""
    life, _ = joint(3, accepted())
    life.take("appoint_joint_representatives", "sun", representatives=("p2",), each_agrees=True)
    assert life.refused("raise_dispute", "p1", Role.CONSUMER, **DISPUTE) == "representatives_decide"
    life.says("raise_dispute", "p2", **DISPUTE)
    assert [life.letters_to(f"party:{p.id}")[-1] for p in life.case.consumers] == ["dispute_opened"] * 3


def test_talks_end_a_proposed_settlement() -> None:
    """A settlement put to each person ends with its answers when the talks begin."""
    life, _ = joint(2, accepted())
    life.take("ask_consent", "sun", settlement="每人退款。")
    disputed(life, "p1")
    assert life.case.together.proposal is None
    assert "party_reply" not in life.running


# Identified by staff


def test_staff_identify_a_dispute_only_when_the_consumer_agrees_to_negotiate() -> None:
    """The person who deals with the case records its nature, its severity and that the consumer agrees, from
    the investigation or the answer."""
    life = accepted()
    assert (
        life.refused("identify_dispute", "zhao", **{**IDENTIFIED, "agrees": False}) == "consumer_agrees_first"
    )
    assert life.refused("identify_dispute", "li", **IDENTIFIED) == "move_not_allowed_for_role"
    assert closed().refused("identify_dispute", "sun", **IDENTIFIED) == "move_not_allowed_in_stage"
    life.take("identify_dispute", "zhao", **IDENTIFIED, others=(Nature.RULE,))
    assert (life.case.severity, dispute(life).nature, dispute(life).others) == (
        Severity.S4,
        Nature.FACTS,
        (Nature.RULE,),
    )
    assert life.letters_to()[-1] == "dispute_opened"
    assert life.case.stage == Stage.NEGOTIATING


@pytest.mark.parametrize("before", [None, *Severity])
@pytest.mark.parametrize("after", Severity)
@pytest.mark.parametrize("move", ["identify_dispute", "assign_negotiator"])
def test_a_critical_case_is_never_made_less_so_this_way(
    move: str, before: Severity | None, after: Severity
) -> None:
    """Lowering from critical or major needs the supervisor; raising to them informs the executive or the
    supervisor at once, once."""
    life = accepted() if move == "identify_dispute" else disputed()
    life.case = replace(life.case, severity=before)
    said: dict[str, Any] = (
        {**IDENTIFIED, "severity": after} if move == "identify_dispute" else {"to": "ma", "severity": after}
    )
    if before in ("S1", "S2") and after > before:
        assert life.refused(move, "sun", **said) == "severity_not_lowered"
        return
    change = life.take(move, "sun", **said)
    alarmed = {"S1": ["role:executive"], "S2": ["role:supervisor"]}.get(after, []) if before != after else []
    assert life.case.severity == after
    assert [
        sent.to
        for sent in change.letters
        if sent.name == "task" and sent.to in ("role:executive", "role:supervisor")
    ] == alarmed


@pytest.mark.parametrize("how", ["raised", "identified"])
def test_mediation_that_the_company_offered_beforehand_is_put_to_the_consumer_at_once(how: str) -> None:
    """Where the executive decided alone the company has consented already: the consumer's yes alone opens
    mediation, once."""
    life = answered(Conclusion.NOT_UPHELD)
    life.case = replace(life.case, talks=replace(life.case.talks, mediation_offered=True))
    if how == "raised":
        disputed(life)
    else:
        life.take("identify_dispute", "sun", **IDENTIFIED)
    assert dispute(life).consents == {Side.BUSINESS: True}
    assert not life.case.talks.mediation_offered
    assert "mediation_invitation" in life.letters_to()
    assert "mediation_consent" in life.running
    assert "company_consent" not in life.running
    life.take("consent_mediation", "li")
    assert life.case.stage == Stage.MEDIATING


def test_a_decline_that_was_upheld_by_the_executive_alone_can_be_mediated() -> None:
    """The case is closed as declined with an offer of mediation, which the consumer can accept only within
    the window."""
    life = declined_for_good()
    life.case = replace(
        life.case,
        talks=replace(life.case.talks, mediation_offered=True),
        told={"reconsideration_decision": life.time},
        taken={**life.case.taken, "decide_reconsideration": life.time},
    )
    late = Life()
    late.case, late.time = life.case, life.time + 60 * DAY
    assert late.refused("raise_dispute", "li", **DISPUTE) == "dispute_window_over"
    assert disputed(life).case.stage == Stage.NEGOTIATING
    assert "mediation_invitation" in life.letters_to()


# Deadlines during the talks, and ends from outside


def test_talks_leave_the_dates_of_an_unanswered_case() -> None:
    """The investigation's date and the statutory one run on and warn in time; after an answer neither
    runs."""
    life = accepted(wishes=(Wish.REFUND,))
    before = {name: life.due[name] for name in ("investigation", "statutory_remedy")}
    talking(disputed(life))
    assert {name: life.due[name] for name in before} == before
    assert "progress" not in life.running
    life.live(16 * DAY)
    late = {facts["deadline"] for facts in life.facts("take_step") if not facts["early"]}
    assert late >= set(before)
    told = talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(wishes=(Wish.REFUND,)))))
    assert not {"investigation", "statutory_remedy"} & told.running.keys()


def test_a_court_or_a_danger_in_the_middle() -> None:
    """A court ends the talks and their clocks for good; the clock of a danger runs until two people have
    cleared it."""
    life = both_heard()
    life.says("tag_safety", "p2", facts="电池鼓包。")
    assert life.case.unsafe
    assert "safety_triage" in life.running
    assert "negotiation" in life.running
    life.take("close_in_court", "sun", body=Route.COURT, number="民初1号")
    assert life.case.outcome == Outcome.IN_COURT
    assert set(life.running) == {"safety_triage", "survey"}
    assert life.refused("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="判了。") == "complain_anew"


def test_leaver_of_a_joint_case_leaves_the_talks() -> None:
    """The leaver's case returns to its stage and owner before the talks, without anything that others said;
    the talks go on."""
    life, own = joint(3, accepted())
    talking(disputed(life, "p1"))
    life.says("state_position", "p1", text="我只对协商员说。")
    life.take("invite_mediation", "ma")
    alone = leave(life.later(DAY), "p2", own["p2"])
    assert (alone.case.stage, alone.case.owner, alone.case.talks.dispute) == (
        Stage.INVESTIGATING,
        "zhao",
        None,
    )
    assert look_at(alone.case)
    assert life.case.stage == Stage.NEGOTIATING
    assert life.case.talks.dispute
    assert len(life.case.talks.dispute.statements) == 1
    disputed(alone).take("invite_mediation", "ma")
    # the earlier invitation was to the others' talks
    assert alone.running["company_consent"].start == alone.time


def accepted_by_all(life: Life) -> Life:
    """A joint complaint that is being investigated by zhao."""
    life.take("accept", "wang")
    life.take("take", "zhao")
    return life


def test_leaver_after_the_talks_takes_no_statement_along() -> None:
    """The separate case takes over no statement and no offer of the joint timeline."""
    life, own = joint(2)
    disputed(performing(life=accepted_by_all(life)), "p1")
    for side in Side:
        life.says(
            "state_position", speaker(life, side), text="请依合同。"
        ) if side == Side.CONSUMER else life.take("record_try", "sun", side=side, what="电话无人接。")
    life.take("record_try", "sun", side=Side.BUSINESS, what="电话无人接。")
    life.take("end_negotiation", "sun", ending="no_prospect", reason="对方不理。")
    # one person cannot refuse for the others
    assert life.refused("refuse_mediation", "p1") == "representatives_first"
    life.take("appoint_joint_representatives", "sun", representatives=("p1",), each_agrees=True)
    life.take("refuse_mediation", "p1")
    assert life.case.stage == Stage.PERFORMING
    assert dispute(life).ended
    assert leave(life, "p2", own["p2"]).case.talks.dispute is None


def test_accepted_offer_closes_the_case_to_newcomers() -> None:
    """A newcomer cannot join: the accepted offer was never put to them."""
    life, _ = joint(2, accepted())
    talking(disputed(life, "p1"))
    other = Life(replace(BY_PHONE, phone="+8613611112222"))
    other.take("invite_to_join", "sun", leading=life.case)
    offered(life, Side.BUSINESS)
    life.take("ask_consent", "ma", settlement="每人退三百元。")
    for party in life.case.consumers:
        life.says("consent_represented", party.id, agrees=True)
    life.says("accept_offer", "p1", offer="F1")
    assert other.refused("join_case", "li", own_wish=True, joint=life.case) == "cannot_be_joined"


def test_a_letter_to_somebody_who_left_stops_nothing() -> None:
    """A bounced letter to a leaver causes no task; one to a former representative causes a call to the person
    they spoke for."""
    life, own = joint(2, accepted())
    leave(life, "p2", own["p2"])
    life.take("letter_failed", "clock", letter="accepted@p2", id="gone", party="p2", why=Undelivered.BOUNCE)
    assert life.case.tellings == ()
    agent = represented(accepted())
    agent.take("end_representation", "li", representative="p2")
    agent.take("letter_failed", "clock", letter="accepted", id="late", party="p2", why=Undelivered.BOUNCE)
    assert [t.party for t in agent.case.tellings] == ["p1"]


def test_every_move_of_the_talks_needs_talks() -> None:
    """A move of the talks without talks is refused with `no_dispute`; a case in talks always has them."""
    life = talking()
    bare: Case = replace(life.case, talks=replace(life.case.talks, dispute=None))
    for name, said in {
        "state_position": {"text": "x"},
        "end_negotiation": {"ending": "no_prospect", "reason": "x"},
    }.items():
        with pytest.raises(Refusal, match="no_dispute"):
            take(
                name,
                bare,
                Act("ma", Role.NEGOTIATOR, life.time, "a", "s"),
                **said,
                **({"side": Side.BUSINESS} if "text" in said else {}),
            )


@pytest.mark.parametrize("by", [Way.EMAIL, Way.PHONE])
def test_a_dispute_told_on_the_phone_has_its_telling(by: Way) -> None:
    """The talks begin at once, also where the letter is read out on the phone: they are no window of the
    consumer's."""
    life = disputed(
        answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE) if by == Way.PHONE else accepted())
    )
    assert ("dispute_opened" in {t.letter for t in life.case.tellings}) == (by == Way.PHONE)
    assert "negotiation" in life.running
    assert on_duty().member("ma")
    assert all(run.name for run in deadlines(life.case).values())

"""The investigation: questions to departments, interviews, appraisals, news for the consumer, and more
time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.codes import (
    EvidenceKind,
    ExtensionReason,
    PauseReason,
    Role,
    Side,
    Stage,
    Talk,
    Way,
    Wish,
)
from chalicelib.domain.moves.answer import Finding
from chalicelib.domain.moves.intake import Account
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    HOUR,
    MORE_TIME,
    T0,
    Life,
    accepted,
    extended,
    joint,
    on_duty,
    reported,
)

ASKED = {"department": "repair", "question": "这台洗衣机修过几次？", "papers": "维修单。"}
TEST = {
    "laboratory": "市质检院",
    "question": "电机是否合格",
    "custody": "双方封存，由质检院保管",
    "cost": "企业先付",
}
BESIDE = ("statutory_remedy", "return_refund", "outside_due")


def under_test(life: Life, expected: int = 6) -> Life:
    """Begin an appraisal that both sides agreed to."""
    life.take("propose_appraisal", "zhao", **TEST)
    life.take("consent_appraisal", "li", agrees=True)
    life.take("consent_appraisal", "zhao", agrees=True, side=Side.BUSINESS)
    life.take("start_appraisal", "zhao", expected=published().day_of(life.time) + expected * DAY)
    return life


def steps(life: Life, deadline: str) -> list[tuple[str, list[str]]]:
    """Return the recipients of a ladder's steps."""
    return [
        (facts["to"], facts.get("also", []))
        for facts in life.facts("take_step")
        if facts["deadline"] == deadline
    ]


# Questions to departments


def test_a_question_goes_to_the_departments_own_contact() -> None:
    """A question has a number and three working days, and is a task for the person on duty in the
    department."""
    life = accepted()
    life.take("ask_department", "zhao", **ASKED)
    assert [(q.id, q.department, q.answered) for q in life.case.inquiry.questions] == [("Q1", "repair", None)]
    assert life.letters_to("role:department@repair") == ["task"]
    # Thursday, three working days
    assert f"{life.due['department_answer'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-11 00:00"


def test_a_question_may_have_a_day_of_its_own() -> None:
    """A question with its own day is due at that day's end, however near or far."""
    life = accepted()
    life.take("ask_department", "zhao", **ASKED, due=(T0 + DAY).date())
    assert f"{life.due['department_answer'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-07 00:00"


@pytest.mark.parametrize(
    ("department", "code"), [("general", "department_handles"), ("nowhere", "department_unknown")]
)
def test_a_question_goes_to_a_department_that_answers_questions(department: str, code: str) -> None:
    """The team that handles the case cannot be asked, nor a department that is not on the roster."""
    assert accepted().refused("ask_department", "zhao", **{**ASKED, "department": department}) == code


def test_ask_department_rejects_the_handling_department() -> None:
    """A department cannot be asked if its team handles the case, or if its own contact is the handler."""
    life = accepted()
    life.case = replace(life.case, team="repair")
    assert life.refused("ask_department", "zhao", **ASKED) == "department_handles"
    other = accepted()
    other.case = replace(other.case, owner="he")
    assert other.refused("ask_department", "zhao", **ASKED) == "department_handles"


def test_an_answer_becomes_evidence() -> None:
    """An answer is numbered like all evidence, and the owner gets a task; only that question's clock ends."""
    life = accepted()
    life.take("ask_department", "zhao", **ASKED)
    life.take("ask_department", "zhao", **{**ASKED, "question": "谁修的？"})
    life.take("answer_department", "he", question="Q1", answer="修过两次。")
    assert [(e.id, e.kind) for e in life.case.evidence] == [
        ("E1", EvidenceKind.STATEMENT),
        ("E2", EvidenceKind.DEPARTMENT),
    ]
    assert life.letters_to("staff:zhao")[-1] == "task"
    assert [run.id for run in deadlines(life.case).values() if run.name == "department_answer"] == ["Q2"]


def test_only_the_department_asked_answers_and_once() -> None:
    """Another team's contact, an unknown question and an answered one are refused alike."""
    life = accepted()
    life.take("ask_department", "zhao", **ASKED)
    assert (
        life.refused("answer_department", "wang", Role.DEPARTMENT, question="Q1", answer="我来说。")
        == "question_unknown"
    )
    assert life.refused("answer_department", "he", question="Q7", answer="我来说。") == "question_unknown"
    life.take("answer_department", "he", question="Q1", answer="修过两次。")
    assert life.refused("answer_department", "he", question="Q1", answer="又想起来了。") == "question_unknown"


def test_a_silent_department_is_climbed_to_its_head() -> None:
    """The contact is reminded a working day before and on the day, then with the owner. The department's head
    follows after one more day, the supervisor after two, and again two working days later."""
    life = accepted()
    life.take("ask_department", "zhao", **ASKED)
    life.live(12 * DAY)
    assert steps(life, "department_answer") == [
        ("he", []),
        ("he", ["zhao"]),
        ("shi", []),
        ("zhou", []),
        ("zhou", []),
    ]


def test_a_department_without_a_contact_does_not_swallow_a_question() -> None:
    """A step to an absent contact goes on to somebody who is there, and says why."""
    life = accepted(roster=on_duty("he"))
    life.take("ask_department", "zhao", **ASKED)
    life.live(7 * DAY)
    assert all(to or also for to, also in steps(life, "department_answer"))


def test_the_report_goes_on_without_the_departments_answer() -> None:
    """After its date the report may name the unanswered question by its number as a finding; before, it may
    not."""
    life = accepted()
    life.take("ask_department", "zhao", **ASKED)
    silence = reported(
        life, findings=(Finding(1, "维修部未作说明。", ("Q1",)), Finding(2, "同上。", ("E1",)))
    )
    assert life.refused("file_report", "zhao", **silence) == "evidence_unknown"
    life.live(7 * DAY)
    life.take("file_report", "zhao", **silence)
    assert life.case.inquiry.report
    assert life.case.inquiry.report.by == "zhao"


# Interviews


def test_a_note_counts_once_it_was_shown() -> None:
    """A note is evidence only once it was shown or read back to the person."""
    life = accepted()
    said = {"person": "店长", "note": "当天没有货。"}
    assert life.refused("record_interview", "zhao", **said, shown=False) == "note_not_shown"
    life.take("record_interview", "zhao", **said, shown=True)
    assert life.case.evidence[-1].kind == EvidenceKind.INTERVIEW
    assert "店长" not in life.entries[-1].line
    assert life.words(life.case.entries)["person"] == "店长"


def test_an_invitation_goes_to_the_person_invited() -> None:
    """Only the invited person gets the letter. An invitation to somebody who is not on the case is refused,
    and so is one in a way in which nobody can be heard."""
    life, _ = joint(3)
    life.take("accept", "wang")
    said = {"how": Way.PHONE, "purpose": "了解经过。", "meeting": life.time + HOUR}
    life.take("invite_interview", "zhao", party="p2", **said)
    assert [letter.to for letter in life.letters if letter.name == "interview_invitation"] == ["party:p2"]
    assert life.refused("invite_interview", "zhao", party="p9", **said) == "unknown_person"
    for how in {*Talk} - {Talk.PHONE, Talk.COUNTER}:
        assert life.refused("invite_interview", "zhao", **said | {"how": how}) == "talk_otherwise", how


def test_a_cancelled_interview_is_told_to_the_person_invited() -> None:
    """The person gets a letter with the time, and the interview is over for calendars. Without a coming
    interview, and once its time has come, there is nothing to cancel."""
    life, _ = joint(3)
    life.take("accept", "wang")
    at, why = life.time + HOUR, {"reason": "您在电话里已经说清楚了。"}
    for party in ("p1", "p2"):
        life.take("invite_interview", "zhao", party=party, how=Way.PHONE, purpose="了解经过。", meeting=at)
    life.take("cancel_interview", "zhao", party="p2", **why)
    assert [letter.to for letter in life.letters if letter.name == "interview_cancelled"] == ["party:p2"]
    assert life.case.inquiry.interviews == {"p1": at}
    assert life.refused("cancel_interview", "zhao", party="p2", **why) == "interview_unknown"
    life.later(HOUR)
    assert life.refused("cancel_interview", "zhao", party="p1", **why) == "interview_unknown"


# Appraisals


def test_a_test_begins_when_both_sides_have_agreed() -> None:
    """The yes of only one side is refused with `both_sides_agree`."""
    life = accepted()
    start = {"expected": (T0 + 6 * DAY).date()}
    assert life.refused("start_appraisal", "zhao", **start) == "appraisal_not_proposed"
    life.take("propose_appraisal", "zhao", **TEST)
    assert life.letters_to()[-1] == "appraisal_proposal"
    assert life.refused("start_appraisal", "zhao", **start) == "both_sides_agree"
    life.take("consent_appraisal", "li", agrees=True)
    assert life.refused("start_appraisal", "zhao", **start) == "both_sides_agree"
    assert life.refused("consent_appraisal", "zhao", agrees=True) == "side_needed"
    life.take("consent_appraisal", "zhao", agrees=True, side=Side.BUSINESS)
    life.take("start_appraisal", "zhao", **start)
    assert life.running["investigation"].stopped == PauseReason.APPRAISAL
    assert life.letters_to()[-1] == "appraisal_started"


@pytest.mark.parametrize("side", Side)
def test_a_refusal_ends_the_proposal(side: Side) -> None:
    """A refusal is recorded the same way; it starts no pause, and another appraisal can be proposed."""
    life = accepted()
    life.take("propose_appraisal", "zhao", **TEST)
    assert life.refused("propose_appraisal", "zhao", **TEST) == "appraisal_open"
    life.take("consent_appraisal", "zhao", agrees=False, side=side, reason="不相信质检院。")
    assert life.case.appraisal is None
    assert life.case.inquiry.appraisals[0].refused == (side,)
    assert life.case.clock.halts == ()
    life.take("propose_appraisal", "zhao", **TEST)
    assert life.case.appraisal


def test_a_test_pauses_exactly_as_long_as_it_lasts() -> None:
    """An appraisal from day 3 to day 10 adds seven days, as a new promise with its reason; its result is
    evidence."""
    life = accepted()
    before = life.due["investigation"]
    under_test(life.later(3 * DAY)).live(7 * DAY)
    life.take("end_appraisal", "zhao", result="电机不合格。")
    assert life.due["investigation"] == before + 7 * DAY == life.case.promised
    assert life.case.promises[-1].reason == "end_appraisal"
    assert life.case.evidence[-1].kind == EvidenceKind.APPRAISAL
    assert life.letters_to()[-1] == "appraisal_result"


def test_a_test_that_takes_too_long_is_chased() -> None:
    """On the day agreed with the laboratory the owner is reminded, five working days later the lead. Sixty
    days later the supervisor is, again and again."""
    life = under_test(accepted())
    life.live(80 * DAY)
    told = [to for to, _ in steps(life, "appraisal")]
    assert told[:3] == ["zhao", "sun", "zhou"]
    assert {*told[3:]} == {"zhou"}


def test_a_result_needs_a_test_under_way() -> None:
    """A result is refused before the test began and after it ended."""
    life = accepted()
    assert life.refused("end_appraisal", "zhao", result="x") == "appraisal_not_running"
    life.take("propose_appraisal", "zhao", **TEST)
    assert life.refused("end_appraisal", "zhao", result="x") == "appraisal_not_running"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["appraisal", "information"]), st.integers(0, 4), st.integers(1, 5)),
        max_size=4,
    )
)
def test_a_pause_never_shortens(pauses: list[tuple[str, int, int]]) -> None:
    """Pauses never make the end earlier, and make it later by at most their length and a day of rounding
    each. A statutory day does not move."""
    life = accepted(wishes=(Wish.REFUND,))
    plain, law, still = life.due["investigation"], life.due["statutory_remedy"], timedelta(0)
    for why, wait, lasts in pauses:
        life.live(wait * HOUR)
        if why == "appraisal":
            under_test(life).live(lasts * DAY)
            life.take("end_appraisal", "zhao", result="合格。")
        else:
            life.take("ask_information", "sun", **ASK)
            life.live(lasts * DAY)
            life.take("give_information", "li", answer="在这里。")
        still += lasts * DAY
    assert plain <= life.due["investigation"] <= plain + still + len(pauses) * DAY
    assert life.due["statutory_remedy"] == law
    assert all(one.by <= two.by for one, two in zip(life.case.promises, life.case.promises[1:], strict=False))


# News for the consumer


def test_the_consumer_hears_every_seven_days() -> None:
    """Seven days run from the last news. The owner is reminded, then the lead; a progress letter starts them
    again."""
    life = accepted()
    assert f"{life.due['progress'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-13 00:00"
    life.live(9 * DAY)
    assert steps(life, "progress") == [("zhao", [])]
    life.take("tell_progress", "zhao", done="问了维修部。", upcoming="等厂家。")
    assert life.letters_to()[-1] == "progress"
    assert life.running["progress"].start == life.time
    assert life.running["progress"].done == 0


# More time


def test_extension_needs_a_second_person() -> None:
    """No date moves until the yes. Then fifteen days more are a new promise with its reason, and the old one
    stays visible."""
    life = accepted()
    first = life.case.promised
    approval = life.ask_approval("ask_extension", "zhao", **MORE_TIME)
    assert life.due["investigation"] == first
    assert "extension" not in life.letters_to()
    assert life.refused("approve", "zhao", Role.LEAD, approval=approval) == "own_request"
    assert life.refused("ask_extension", "zhao", **MORE_TIME) == "extension_asked"
    life.take("approve", "sun", approval=approval)
    assert first
    assert life.due["investigation"] == first + 15 * DAY == life.case.promised
    assert [(p.by, p.reason) for p in life.case.promises] == [
        (first, None),
        (first + 15 * DAY, ExtensionReason.COMPLEX),
    ]
    assert life.letters_to()[-1] == "extension"


def test_a_no_leaves_the_date_where_it_was() -> None:
    """A refused request was no extension, so another is possible."""
    life = accepted()
    before = life.due["investigation"]
    life.take(
        "refuse_approval",
        "sun",
        approval=life.ask_approval("ask_extension", "zhao", **MORE_TIME),
        reason="来得及。",
    )
    assert life.due["investigation"] == before
    assert life.case.clock.extensions == ()
    assert extended(life).due["investigation"] == before + 15 * DAY


def test_the_ordinary_rules_extend_once() -> None:
    """An extension beyond the policy's number is refused with a code."""
    assert extended(accepted()).refused("ask_extension", "zhao", **MORE_TIME) == "extensions_used_up"


def test_policy_without_extension_refuses_it() -> None:
    """A policy without an extension refuses the first."""
    assert accepted(policy="telecom-1").refused("ask_extension", "zhao", **MORE_TIME) == "extensions_used_up"


def test_a_banks_second_extension_is_the_supervisors() -> None:
    """A bank has fifteen and fifteen days. Thirty more need the supervisor's yes, not the lead's; a third
    extension is refused."""
    life = accepted(policy="bank-1")
    first = life.due["investigation"]
    assert extended(life).due["investigation"] == first + 15 * DAY
    approval = life.ask_approval("ask_extension", "zhao", **MORE_TIME)
    assert life.refused("approve", "sun", approval=approval) == "approver_level"
    assert life.letters_to("role:supervisor")[-1] == "approval_request"
    life.take("approve", "zhou", approval=approval)
    assert life.due["investigation"] == first + 45 * DAY == life.case.promised
    assert life.refused("ask_extension", "zhao", **MORE_TIME) == "extensions_used_up"


def test_extension_request_after_the_date_is_refused() -> None:
    """A request after the date is refused. A request before the date can be approved after it."""
    life = accepted()
    first = life.due["investigation"]
    life.live(first - life.time - HOUR)
    approval = life.ask_approval("ask_extension", "zhao", **MORE_TIME)
    life.live(2 * DAY)
    assert "overdue" in life.letters_to()
    life.take("approve", "sun", approval=approval)
    assert life.case.promised == life.due["investigation"] == first + 15 * DAY
    assert life.letters_to()[-1] == "extension"
    late = accepted()
    late.later(late.due["investigation"] - late.time)
    assert late.refused("ask_extension", "zhao", **MORE_TIME) == "extension_after_due"


def apologies(life: Life) -> int:
    """Return how often the consumer was told that the answer is late."""
    told = (facts for facts in life.facts("take_step") if facts["deadline"] == "investigation")
    return sum(facts.get("consumer") == "overdue" for facts in told)


def test_a_new_date_that_is_missed_is_escalated_again() -> None:
    """The second apology follows the new date, as the first followed the old one."""
    life = accepted()
    life.live(life.due["investigation"] - life.time - HOUR)
    approval = life.ask_approval("ask_extension", "zhao", **MORE_TIME)
    life.live(2 * DAY)
    life.take("approve", "sun", approval=approval)
    due = life.due["investigation"]
    life.live(due - life.time - HOUR)
    before = apologies(life)
    life.live(2 * HOUR)
    assert apologies(life) == before + 1


def test_extension_to_a_past_date_is_not_granted() -> None:
    """A yes after the new date too is refused. The request stays, and can be refused."""
    life = accepted()
    approval = life.ask_approval("ask_extension", "zhao", **MORE_TIME)
    life.later(life.due["investigation"] - life.time + 15 * DAY)
    before = life.case
    assert life.refused("approve", "sun", approval=approval) == "extension_over"
    assert life.case == before
    life.take("refuse_approval", "sun", approval=approval, reason="已经过期。")


def test_stopped_date_cannot_be_extended() -> None:
    """An appraisal stops the date, so nobody can ask for more time."""
    assert under_test(accepted()).refused("ask_extension", "zhao", **MORE_TIME) == "extension_after_due"


# Days that do not move


def everything(life: Life) -> None:
    """Take questions, an extension and an appraisal, one after the other."""
    life.take("ask_department", "zhao", **ASKED)
    extended(life)
    under_test(life).live(5 * DAY)
    life.take("end_appraisal", "zhao", result="合格。")
    life.take("ask_information", "zhao", **ASK)
    life.live(DAY)
    life.take("give_information", "li", answer="在这里。")


def test_statutory_days_are_not_extended() -> None:
    """Fifteen days from the demand, seven from the return of the goods, and another body's day do not move.
    Questions, extensions, appraisals and requests leave them, and the earliest leads."""
    life = accepted(wishes=(Wish.RETURN, Wish.REFUND))
    life.take("record_return", "zhao", received_on=T0.date())
    life.take("note_outside_proceeding", "zhao", body="samr_12315", number="A1", due=(T0 + 12 * DAY).date())
    before = {name: life.due[name] for name in BESIDE}
    everything(life)
    assert {name: life.due[name] for name in BESIDE} == before
    assert life.due["investigation"] > before["statutory_remedy"]


@pytest.mark.parametrize(
    ("wish", "runs"),
    [(wish, wish in {Wish.REPAIR, Wish.REPLACE, Wish.RETURN, Wish.REFUND, Wish.COMPENSATE}) for wish in Wish],
)
def test_only_a_demand_starts_the_fifteen_days(wish: Wish, runs: bool) -> None:
    """Repair, replacement, return, refund and compensation start them; an apology or an explanation does
    not."""
    account = Account("洗衣机坏了。", fair="换一台。")
    assert ("statutory_remedy" in accepted(wishes=(wish,), account=account).due) == runs


def test_the_fifteen_days_end_at_the_answer() -> None:
    """The fifteen days are visible from the first day, also before acceptance. If they pass, the supervisor
    is reminded."""
    life = Life(wishes=(Wish.REFUND,))
    assert life.due["statutory_remedy"] == datetime(2026, 3, 20, 16, tzinfo=T0.tzinfo)
    life.take("accept", "wang")
    life.take("take", "zhao")
    life.live(16 * DAY)
    assert steps(life, "statutory_remedy") == [("zhao", []), ("zhao", []), ("zhao", ["zhou"])]
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "sun")
    assert "statutory_remedy" not in life.due


def test_goods_cannot_come_back_tomorrow() -> None:
    """The day of a return is in the past. The refund is due seven days later, and the owner is reminded two
    days before."""
    life = accepted()
    assert life.refused("record_return", "zhao", received_on=(T0 + DAY).date()) == "received_in_future"
    life.take("record_return", "zhao", received_on=(T0 - DAY).date())
    assert f"{life.due['return_refund'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-12 00:00"
    life.live(8 * DAY)
    assert steps(life, "return_refund") == [("zhao", []), ("zhao", ["sun"])]


def test_evidence_after_the_answer_is_marked_late() -> None:
    """Late evidence is accepted, with a mark."""
    life = accepted()
    life.take("add_evidence", "li", shows="照片。")
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "sun")
    life.take("add_evidence", "li", shows="发票。")
    assert [piece.late for piece in life.case.evidence] == [False, False, True]
    assert life.case.stage == Stage.ANSWERED


def test_a_promise_told_on_the_phone_is_the_same_promise() -> None:
    """An extension for a person without e-mail is a promise at once; the call is due within four open
    hours."""
    life = extended(accepted(person=BY_PHONE))
    assert life.case.promised == life.due["investigation"]
    assert life.case.tellings[-1].letter == "extension"
    assert life.due["telling"] <= life.time + 4 * HOUR

"""Reopening of a closed case: the stage by its outcome, fresh clocks, the window, and requests after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.model.codes import Conclusion, Duty, Outcome, ReopenReason, Route, Stage, Wish
from tests.domain.life import ASK, DAY, DECLINED, Life, accepted, answered, joint, performing, settle


def brought_to(outcome: Outcome) -> Life:
    """Return a case closed with this outcome."""
    life = (
        Life() if outcome in (Outcome.DECLINED, Outcome.SETTLED_AT_ONCE, Outcome.NOT_PURSUED) else accepted()
    )
    if outcome == Outcome.DECLINED:
        life.take("decline", "wang", **DECLINED)
        life.live(40 * DAY)
    elif outcome == Outcome.NOT_PURSUED:
        life.take("ask_information", "wang", **ASK)
        life.live(12 * DAY)
    elif outcome == Outcome.SETTLED_AT_ONCE:
        life.take("settle_at_once", "wang", **settle(remedies=()))
    elif outcome == Outcome.ANSWERED_ACCEPTED:
        answered(Conclusion.NOT_UPHELD, life).take("accept_answer", "li")
    elif outcome == Outcome.ANSWERED_NOT_CONTESTED:
        answered(Conclusion.NOT_ESTABLISHED, life).live(40 * DAY)
    elif outcome == Outcome.FULFILLED:
        life = performing()
        for owed in life.case.open_obligations:
            life.take("confirm_done", "li", obligation=owed.id)
        life.live(timedelta(minutes=2))
    else:
        life.take("withdraw", "li")
    assert life.case.outcome == outcome
    return life


@pytest.mark.parametrize(
    ("outcome", "stage", "runs"),
    [
        (Outcome.DECLINED, Stage.RECEIVED, "scope_decision"),
        (Outcome.NOT_PURSUED, Stage.RECEIVED, "scope_decision"),
        (Outcome.WITHDRAWN, Stage.INVESTIGATING, "investigation"),
        (Outcome.SETTLED_AT_ONCE, Stage.INVESTIGATING, "investigation"),
        (Outcome.ANSWERED_ACCEPTED, Stage.INVESTIGATING, "investigation"),
        (Outcome.ANSWERED_NOT_CONTESTED, Stage.INVESTIGATING, "investigation"),
        (Outcome.FULFILLED, Stage.PERFORMING, "breach_decision"),
    ],
)
def test_each_outcome_reopens_where_it_belongs_with_fresh_clocks(
    outcome: Outcome, stage: Stage, runs: str
) -> None:
    """Each deadline counts from the reopening, whatever was used up before; the old report and extension are
    gone."""
    life = brought_to(outcome).later(10 * DAY)
    life.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="还是不转。")
    assert (life.case.stage, life.case.outcome) == (stage, None)
    assert life.running[runs].start == life.time
    assert life.case.inquiry.report is None
    assert life.case.clock.extensions == ()
    assert "reopen_window" not in life.running
    assert look_at(life.case)
    assert life.letters_to()[-1] == "reopened"
    assert life.whole()


def test_fulfilled_case_reopens_within_ninety_days() -> None:
    """A proof may be wrong and a repair may fail, so the window is three times the usual one; an officer
    checks each obligation again."""
    life = brought_to(Outcome.FULFILLED).later(80 * DAY)
    life.take("reopen", "li", cause=ReopenReason.REMEDY_FAILED, facts="又坏了。")
    assert {o.state for o in life.case.obligations} == {Duty.DISPUTED}
    late = brought_to(Outcome.FULFILLED).later(95 * DAY)
    assert (
        late.refused("reopen", "li", cause=ReopenReason.REMEDY_FAILED, facts="又坏了。")
        == "reopen_window_over"
    )
    late.take("reopen", "sun", cause=ReopenReason.PROOF_WRONG, facts="凭证有误。")
    assert late.case.stage == Stage.PERFORMING


def test_no_window_runs_in_which_a_reopening_would_be_refused() -> None:
    """The consumer can reopen once, and never a case that went to court."""
    life = brought_to(Outcome.WITHDRAWN)
    assert "reopen_window" in life.running
    life.take("reopen", "li", cause=ReopenReason.RETURNED, facts="还是要说。")
    life.take("withdraw", "li")
    assert "reopen_window" not in life.running
    assert life.refused("reopen", "li", cause=ReopenReason.RETURNED, facts="还是要说。") == "reopened_before"
    court = accepted()
    court.take("close_in_court", "sun", body=Route.COURT, number="民初1号")
    assert "reopen_window" not in court.running
    assert court.refused("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="x") == "complain_anew"


def test_a_demand_made_anew_has_its_fifteen_days_anew() -> None:
    """The statutory days count from the reopening."""
    life = accepted(wishes=(Wish.REFUND,))
    answered(Conclusion.NOT_UPHELD, life).take("accept_answer", "li")
    life.later(5 * DAY).take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="有检测报告。")
    assert life.running["statutory_remedy"].start == life.time


def test_a_message_on_day_45_after_closing_is_answered() -> None:
    """The consumer can no longer reopen, but gets a reply in two working days; the ladder runs, and the lead
    may reopen."""
    life = brought_to(Outcome.ANSWERED_ACCEPTED).later(45 * DAY)
    assert life.refused("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="x") == "reopen_window_over"
    life.take("message", "li", text="洗衣机又坏了，我还能说吗？")
    assert life.case.stage == Stage.CLOSED
    assert life.due["message_reply"] > life.time
    assert look_at(life.case)
    life.live(8 * DAY)
    assert [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "message_reply"][
        -1
    ] == "zhou"
    life.take("message", "sun", text="可以，我们重新处理。")
    assert "message_reply" not in life.running
    assert life.letters_to()[-1] == "message_reply"
    life.take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="再次损坏。")
    assert life.case.stage == Stage.INVESTIGATING
    assert life.case.recourse.reopened == 0


def test_the_lead_says_no_to_whoever_asks_too_late() -> None:
    """The lead gives a reason and the other ways; that answers the message, and with new facts the lead can
    still reopen."""
    life = brought_to(Outcome.ANSWERED_ACCEPTED).later(45 * DAY)
    life.take("message", "li", text="洗衣机又响了，请重新处理。")
    life.take("refuse_reopening", "sun", reason="没有新的事实。")
    assert life.letters_to()[-1] == "reopening_refused"
    assert "message_reply" not in life.running
    life.take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="检测报告说明确有故障。")
    assert life.case.stage == Stage.INVESTIGATING


def test_refusal_waits_for_the_end_of_the_reopening_window() -> None:
    """A refusal is not allowed while the consumer can reopen themselves, and is allowed after that or for a
    case in court."""
    life, said = brought_to(Outcome.WITHDRAWN), {"reason": "没有新的事实。"}
    assert life.refused("refuse_reopening", "sun", **said) == "may_reopen"
    assert life.refused("refuse_reopening", "zhou", **said) == "move_not_allowed_for_role"
    life.take("reopen", "li", cause=ReopenReason.RETURNED, facts="还是要。")
    life.take("withdraw", "li")
    life.take("refuse_reopening", "sun", **said)
    court = accepted()
    court.take("close_in_court", "sun", body=Route.COURT, number="1")
    court.take("refuse_reopening", "sun", **said)
    assert [each.letters_to()[-1] for each in (life, court)] == ["reopening_refused"] * 2


def test_refusal_reaches_only_people_who_asked() -> None:
    """A refusal goes only to a person who asked."""
    life, _ = joint(2, accepted())
    answered(Conclusion.NOT_ESTABLISHED, life).live(80 * DAY)
    life.says("message", "p2", text="请重新处理。")
    life.take("refuse_reopening", "sun", reason="没有新的事实。")
    assert ("reopening_refused" in life.letters_to("party:p2"), "reopening_refused" in life.letters_to()) == (
        True,
        False,
    )

"""Performance of an obligation: reminded, claimed, confirmed or disputed by the creditor, decided by an
officer, and closed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.model.case import Party, Refusal
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import (
    Conclusion,
    Duty,
    Language,
    Outcome,
    Proof,
    Remedy,
    ReopenReason,
    Route,
    Side,
    Stage,
    Talk,
    Way,
)
from tests.domain.life import DAY, T0, Life, accepted, answered, joint, leave, performing, settle

TODAY = published().day_of(T0)
ONE = {
    "remedies": (Owed(1, Remedy.REFUND, TODAY + 10 * DAY, 165500), Owed(2, Remedy.APOLOGY, TODAY + 10 * DAY))
}
PROOF = {"proof": Proof.PAYMENT_RECORD, "what": "已退回支付账户。"}


def duty_state(life: Life, id: str = "O1") -> Duty:
    """Return the state of one obligation."""
    return next(o.state for o in life.case.obligations if o.id == id)


def runs(life: Life, name: str) -> set[str]:
    """Return the obligations for which a deadline runs."""
    return {running.id for running in deadlines(life.case).values() if running.name == name}


def steps(life: Life, deadline: str) -> list[tuple[str, list[str], str | None]]:
    """Return the recipients of a ladder's steps: person, others, letter to the consumer."""
    return [
        (f["to"], f.get("also", []), f.get("consumer"))
        for f in life.facts("take_step")
        if f["deadline"] == deadline
    ]


def finish(life: Life) -> Life:
    """Let the creditors confirm every obligation, and the clock close the case."""
    for o in life.case.open_obligations:
        life.says("confirm_done", o.to, obligation=o.id)
    life.live(timedelta(minutes=2))
    return life


def test_the_follow_up_officer_takes_over() -> None:
    """Each obligation runs from the acceptance of the answer to the end of its own day; the case has no
    investigator any more."""
    life = performing(**ONE)
    assert life.case.owner is None
    assert set(life.due) == {"obligation", "follow_up_visit"}
    assert runs(life, "obligation") == {"O1", "O2"}
    assert f"{life.due['obligation'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-16 00:00"


def test_the_ladder_of_a_promise() -> None:
    """The officer and the debtor are reminded three days before, the officer and both sides at 09:00 of the
    day. After it the debtor gets a cure notice, and the creditor is asked."""
    life = performing(
        remedies=(Owed(1, Remedy.REFUND, TODAY + 10 * DAY, 100), Owed(2, Remedy.APOLOGY, TODAY))
    )
    life.take("confirm_done", "li", obligation="O2")
    life.live(12 * DAY)
    assert steps(life, "obligation") == [
        ("feng", [], "obligation_reminder#O1"),
        ("feng", [], "obligation_due#O1"),
    ]
    assert life.keys()[-2:] == ["obligation_due#O1", "performance_question#O1"]
    assert duty_state(life) == Duty.IN_CURE
    assert runs(life, "cure") == {"O1"}
    assert not runs(life, "creditor_answer")
    assert len(life.facts("send_cure_notice")) == 1


def test_a_claim_asks_the_creditor() -> None:
    """A claim has a proof. The creditor gets a letter about that obligation, and seven generous days to
    answer; the obligation's own ladder ends."""
    life = performing(**ONE)
    life.take("claim_done", "feng", obligation="O1", **PROOF)
    assert duty_state(life) == Duty.CLAIMED
    assert life.keys()[-1] == "performance_question#O1"
    assert runs(life, "creditor_answer") == {"O1"}
    assert runs(life, "obligation") == {"O2"}
    assert life.refused("claim_done", "feng", obligation="O1", **PROOF) == "claimed_before"
    assert "已退回" not in life.entries[-1].line


def test_everything_confirmed_closes_by_itself() -> None:
    """The case closes as fulfilled within a minute of the last confirmation, with a letter, and may be
    reopened for ninety days."""
    life = performing(**ONE)
    life.take("confirm_done", "li", obligation="O1")
    assert "closing" not in life.running
    assert life.refused("confirm_done", "li", obligation="O1") == "obligation_unknown"
    life.take("confirm_done", "li", obligation="O2")
    life.live(timedelta(minutes=2))
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.FULFILLED)
    assert life.letters_to()[-1] == "fulfilled"
    assert life.due["reopen_window"] - life.time >= 89 * DAY
    assert life.whole()


def test_open_obligation_prevents_closing() -> None:
    """A closing by the clock is refused."""
    life = performing(**ONE)
    life.take("confirm_done", "li", obligation="O1")
    assert life.refused("close_fulfilled", "clock") == "still_owed"


def test_a_dispute_goes_to_an_officer_who_did_not_bring_the_proof() -> None:
    """Three working days run. The officer who claimed cannot decide; a colleague accepts, and the creditor
    gets a letter."""
    life = performing(**ONE)
    life.take("claim_done", "feng", obligation="O1", **PROOF)
    life.take("dispute_done", "li", obligation="O1", reason="没收到。")
    assert duty_state(life) == Duty.DISPUTED
    assert life.letters_to("role:followup")[-1] == "task"
    assert runs(life, "breach_decision") == {"O1"}
    assert life.refused("dispute_done", "li", obligation="O1", reason="没收到。") == "disputed_before"
    assert (
        life.refused("decide_proof", "feng", obligation="O1", accepted=True, reason="我确认。") == "own_proof"
    )
    life.take("decide_proof", "chen", obligation="O1", accepted=True, reason="银行回单。")
    assert duty_state(life) == Duty.ACCEPTED
    assert life.keys()[-1] == "proof_decided#O1"
    assert not runs(life, "breach_decision")


def test_dispute_done_waits_for_the_due_day_or_a_claim() -> None:
    """An obligation can be disputed from the day after its day, or once somebody has claimed it."""
    life = performing(**ONE)
    assert life.refused("dispute_done", "li", obligation="O1", reason="还没退。") == "not_due_yet"
    life.time = life.due["obligation"] - timedelta(seconds=1)
    assert life.refused("dispute_done", "li", obligation="O1", reason="还没退。") == "not_due_yet"
    # the clock is late
    life.later(timedelta(seconds=1)).take("dispute_done", "li", obligation="O1", reason="还没退。")
    assert duty_state(life) == Duty.DISPUTED
    assert runs(life, "breach_decision") == {"O1"}
    life.clock()
    assert duty_state(life, "O2") == Duty.IN_CURE


def test_a_no_after_the_demand_is_recorded_and_moves_no_time() -> None:
    """The creditor can say that it is still not done. The state and the time to make it good stay, and the
    same cannot be said twice."""
    life = performing(**ONE)
    life.time = life.due["obligation"]
    life.clock()
    assert duty_state(life) == Duty.IN_CURE
    before, ends = life.case.obligation("O1"), life.due["cure"]
    life.take("dispute_done", "li", obligation="O1", reason="还没退。")
    after = life.case.obligation("O1")
    assert (after.state, after.since, after.denied) == (before.state, before.since, life.case.entries)
    assert life.due["cure"] == ends
    assert life.refused("dispute_done", "li", obligation="O1", reason="还没退。") == "disputed_before"


def test_proof_that_is_not_accepted_leaves_it_owed_by_its_day() -> None:
    """The ladder starts again and the old claim is gone, so a bad proof buys no time."""
    life = performing(**ONE)
    life.take("claim_done", "feng", obligation="O1", **PROOF)
    life.take("dispute_done", "li", obligation="O1", reason="金额不对。")
    life.later(DAY).take("decide_proof", "chen", obligation="O1", accepted=False, reason="金额不对。")
    assert duty_state(life) == Duty.PENDING
    assert not runs(life, "creditor_answer")
    assert runs(life, "obligation") == {"O1", "O2"}
    (run,) = [run for run in deadlines(life.case).values() if run.id == "O1"]
    assert run.done == 0
    assert run.due
    assert f"{run.due.astimezone(SHANGHAI):%m-%d %H:%M}" == "03-16 00:00"
    life.take("claim_done", "feng", obligation="O1", **PROOF)
    assert duty_state(life) == Duty.CLAIMED


def test_a_silent_creditor_is_no_yes() -> None:
    """The creditor is reminded on day 4. After seven days an officer decides, else the supervisor learns of
    it; the case stays open."""
    life = performing(**ONE)
    life.take("claim_done", "feng", obligation="O1", **PROOF)
    life.take("confirm_done", "li", obligation="O2")
    life.live(6 * DAY)
    assert life.letters_to()[-1] == "answer_reminder"
    life.live(5 * DAY)
    assert duty_state(life) == Duty.CLAIMED
    assert runs(life, "breach_decision") == {"O1"}
    life.live(10 * DAY)
    assert life.case.stage == Stage.PERFORMING
    assert steps(life, "breach_decision")[0][:2] == ("feng", ["zhou"])
    life.take("decide_proof", "chen", obligation="O1", accepted=True, reason="回单核实。")
    life.live(timedelta(minutes=2))
    assert life.case.outcome == Outcome.FULFILLED


def test_decision_on_performance_requires_proof_or_dispute() -> None:
    """An officer decides only on proof or a dispute; an unknown obligation is refused."""
    life = performing(**ONE)
    assert (
        life.refused("decide_proof", "feng", obligation="O1", accepted=True, reason="x") == "nothing_claimed"
    )
    for name, by, said in [
        ("claim_done", "feng", PROOF),
        ("confirm_done", "li", {}),
        ("dispute_done", "li", {"reason": "x"}),
        ("decide_proof", "feng", {"accepted": True, "reason": "x"}),
    ]:
        assert life.refused(name, by, obligation="O9", **said) == "obligation_unknown"


def test_each_side_acts_on_its_own_side_only() -> None:
    """The debtor claims, the creditor confirms or disputes; another person of a joint complaint can do
    neither."""
    life, _ = joint(2)
    life.take("accept", "wang")
    answered(life=life, **ONE)
    for id in ("p1", "p2"):
        life.says("accept_answer", id)
    life.case = life.case.with_party(Party("b1", Way.EMAIL, Language.ZH, side=Side.BUSINESS))
    to = {o.to: o.id for o in life.case.open_obligations}
    for name, by, said in [
        ("claim_done", "p1", PROOF),
        ("confirm_done", "p2", {}),
        ("dispute_done", "p2", {"reason": "x"}),
        ("confirm_done", "b1", {}),
        ("dispute_done", "b1", {"reason": "x"}),
    ]:
        assert (
            life.refused(name, by, life.case.party(by).role, obligation=to["p1"], **said)
            == "other_sides_obligation"
        )
    life.says("claim_done", "b1", obligation=to["p1"], **PROOF)
    life.says("confirm_done", "p1", obligation=to["p1"])
    assert duty_state(life, to["p1"]) == Duty.CONFIRMED


def test_letters_about_an_obligation_reach_its_creditor_alone() -> None:
    """Reminders and questions about an obligation reach its creditor alone, and each person has their own
    clock."""
    life, _ = joint(3)
    life.take("accept", "wang")
    answered(life=life, **ONE)
    for party in life.case.consumers:
        life.says("accept_answer", party.id)
    life.live(12 * DAY)
    for party in life.case.consumers:
        mine = {o.id for o in life.case.obligations if o.to == party.id}
        assert {key.partition("#")[2] for key in life.keys(f"party:{party.id}") if "#" in key} == mine
    assert runs(life, "cure") == {o.id for o in life.case.open_obligations}


def test_a_person_on_the_phone_stops_nobody_elses_clock() -> None:
    """A question that has not reached a creditor waits for a phone call; the windows of the others run."""
    life, _ = joint(2)
    life.case = life.case.with_party(replace(life.case.party("p2"), way=Way.PHONE))
    life.take("accept", "wang")
    answered(life=life, **ONE)
    for id in ("p1", "p2"):
        life.says("accept_answer", id)
    for o in life.case.open_obligations:
        life.take("claim_done", "feng", obligation=o.id, **PROOF)
    waits = {
        running.id: running.stopped
        for running in deadlines(life.case).values()
        if running.name == "creditor_answer"
    }
    assert {life.case.obligation(id).to for id, stopped in waits.items() if stopped} == {"p2"}
    assert {life.case.obligation(id).to for id, stopped in waits.items() if not stopped} == {"p1"}


@pytest.mark.parametrize("end", ["court", "withdrawn"])
def test_obligation_runs_on_after_a_withdrawal(end: str) -> None:
    """After a court or a withdrawal an obligation is still reminded, asked about and confirmed; an offer
    lapses."""
    life = (
        performing(**ONE)
        if end == "withdrawn"
        else answered(
            Conclusion.UPHELD,
            remedies=ONE["remedies"],
            conclusions={1: Conclusion.UPHELD, 2: Conclusion.OFFER},
        )
    )
    if end == "court":
        life.take("close_in_court", "sun", body=Route.COURT, number="(2026)民初1号")
    else:
        life.take("withdraw", "li")
    assert life.case.stage == Stage.CLOSED
    assert {o.id for o in life.case.open_obligations} == ({"O1"} if end == "court" else {"O1", "O2"})
    life.live(12 * DAY)
    assert life.keys().count("performance_question#O1") == 1
    assert life.case.outcome in (Outcome.IN_COURT, Outcome.WITHDRAWN)
    life.take("claim_done", "feng", obligation="O1", **PROOF)
    life.take("confirm_done", "li", obligation="O1")
    assert duty_state(life) == Duty.CONFIRMED
    assert life.whole()


def test_the_officer_visits_every_thirty_days() -> None:
    """While something is owed, the creditor is asked how things are at the end of each thirty days, and the
    officer gets a task. After two working days a missed visit goes to the supervisor. A visit that was
    made starts the next thirty days."""
    life = performing(
        remedies=(Owed(1, Remedy.REFUND, TODAY + 190 * DAY, 100), Owed(2, Remedy.APOLOGY, TODAY + 190 * DAY))
    )
    life.live(31 * DAY)
    assert steps(life, "follow_up_visit") == [("feng", [], "visit")]
    assert life.letters_to()[-1] == "visit"
    life.live(5 * DAY)
    assert steps(life, "follow_up_visit")[1:] == [("zhou", [], None)]
    life.live(30 * DAY)
    assert steps(life, "follow_up_visit")[2:] == [("feng", ["zhou"], "visit")]
    life.take("record_visit", "feng", how=Way.PHONE, said="还没有收到。")
    assert life.due["follow_up_visit"] - life.time > 29 * DAY
    life.live(31 * DAY)
    assert len(steps(life, "follow_up_visit")) == 4
    assert "follow_up_visit" not in finish(life).running
    assert life.refused("record_visit", "feng", how=Way.PHONE, said="x")


def test_visit_is_recorded_in_a_way_in_which_people_talk() -> None:
    """A visit by "not yet agreed" is refused."""
    life = performing(**ONE)
    assert life.refused("record_visit", "feng", how=Talk.NONE, said="没有联系。") == "talk_otherwise"


def test_a_dispute_in_the_last_minute_keeps_the_case_open() -> None:
    """One obligation is disputed just before the other is confirmed: the case stays open."""
    life = performing(**ONE)
    life.take("claim_done", "feng", obligation="O2", **PROOF)
    life.take("dispute_done", "li", obligation="O2", reason="没道歉。")
    life.take("confirm_done", "li", obligation="O1")
    life.live(timedelta(minutes=5))
    assert life.case.stage == Stage.PERFORMING
    assert runs(life, "breach_decision") == {"O2"}


def test_a_settlement_is_performed_like_an_answer() -> None:
    """A settlement on the phone has the same clocks, proof and end; the amount is the agreed one."""
    life = Life()
    life.take("settle_at_once", "wang", **settle())
    assert life.case.open_obligations[0].amount == 30000
    assert set(life.due) == {"obligation", "follow_up_visit"}
    assert finish(life).case.outcome == Outcome.FULFILLED


def test_leaver_takes_their_obligations_along() -> None:
    """The leaver's case performs their obligations, the joint one the rest; either closes with nothing left
    to perform."""
    life, own = joint(2)
    life.take("accept", "wang")
    answered(
        life=life,
        remedies=(
            Owed(1, Remedy.REFUND, TODAY + 10 * DAY, 100, "p1"),
            Owed(2, Remedy.REFUND, TODAY + 10 * DAY, 200, "p1"),
            Owed(1, Remedy.COMPENSATE, TODAY + 10 * DAY, 300, "p2"),
        ),
    )
    for id in ("p1", "p2"):
        life.says("accept_answer", id)
    alone = leave(life, "p2", own["p2"])
    assert [o.amount for o in life.case.open_obligations] == [100, 200]
    assert [(o.amount, o.to) for o in alone.case.open_obligations] == [(300, "p1")]
    assert finish(alone).case.outcome == finish(life).case.outcome == Outcome.FULFILLED


def test_leaver_without_obligations_closes() -> None:
    """A leaver without obligations closes, and so does a joint case whose obligations all left."""
    life, own = joint(2)
    life.take("accept", "wang")
    answered(life=life, remedies=tuple(Owed(n, Remedy.REFUND, TODAY + DAY, 100, "p2") for n in (1, 2)))
    for id in ("p1", "p2"):
        life.says("accept_answer", id)
    alone = leave(life, "p2", own["p2"])
    life.live(timedelta(minutes=2))
    assert life.case.stage == Stage.CLOSED
    assert finish(alone).case.stage == Stage.CLOSED


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["claim_done", "confirm_done", "dispute_done", "accept", "reject"]),
            st.sampled_from(["O1", "O2", "O3"]),
            st.integers(0, 9),
        ),
        max_size=14,
    )
)
def test_obligations_never_vanish(said: list[tuple[str, str, int]]) -> None:
    """Every obligation keeps its amount through any order of claims, answers and silence. The case closes
    exactly when all are confirmed or accepted; until then somebody is asked next."""
    life = performing(
        remedies=(
            Owed(1, Remedy.REFUND, TODAY + 3 * DAY, 100),
            Owed(2, Remedy.REFUND, TODAY + 9 * DAY, 200),
            Owed(2, Remedy.COMPENSATE, TODAY + 9 * DAY, 300),
        )
    )
    for name, id, days in said:
        facts = {
            "claim_done": ("feng", PROOF),
            "confirm_done": ("li", {}),
            "dispute_done": ("li", {"reason": "x"}),
            "accept": ("chen", {"accepted": True, "reason": "x"}),
            "reject": ("chen", {"accepted": False, "reason": "x"}),
        }[name]
        with suppress(Refusal):
            life.take(name if name.endswith("_done") else "decide_proof", facts[0], obligation=id, **facts[1])
        life.live(days * DAY)
        assert [o.amount for o in life.case.obligations] == [100, 200, 300]
        assert (life.case.stage == Stage.CLOSED) == (not life.case.open_obligations) or days == 0
        assert life.case.stage == Stage.CLOSED or look_at(life.case)


def test_wrong_proof_comes_to_light_after_closing() -> None:
    """An officer checks each obligation of the reopened case again; it closes when all of them hold."""
    life = finish(performing(**ONE))
    life.later(30 * DAY).take("reopen", "li", cause=ReopenReason.PROOF_WRONG, facts="退款被撤回了。")
    assert runs(life, "breach_decision") == {"O1", "O2"}
    assert life.case.outcome is None
    for id in ("O1", "O2"):
        life.take("decide_proof", "chen", obligation=id, accepted=True, reason="核实。")
    life.live(timedelta(minutes=2))
    assert life.case.outcome == Outcome.FULFILLED


def test_a_refund_ends_the_seven_days_of_a_return() -> None:
    """The refund after a return is due within seven days until its proof is there; another remedy does not
    end that."""
    life = accepted()
    life.take("record_return", "zhao", received_on=TODAY)
    answered(life=life, **ONE)
    life.take("accept_answer", "li")
    assert "return_refund" in life.running
    life.take("claim_done", "feng", obligation="O2", **PROOF)
    assert "return_refund" in life.running
    life.take("claim_done", "feng", obligation="O1", **PROOF)
    assert "return_refund" not in life.running
    life.take("dispute_done", "li", obligation="O1", reason="没收到。")
    assert "return_refund" in life.running


def test_reopened_case_keeps_the_days_of_its_obligations() -> None:
    """Withdrawn in performance and reopened, the refund stays owed by its day, is reminded, and can be
    confirmed."""
    life = performing(**ONE)
    life.take("withdraw", "li")
    life.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="又坏了。")
    assert life.case.open_obligations
    assert runs(life, "obligation") == {"O1", "O2"}


def test_linking_a_duplicate_keeps_obligations_running() -> None:
    """An obligation keeps its clock and its officer on one of the two cases, or joining is refused."""
    life, leading = performing(**ONE), Life()
    with suppress(Refusal):
        leading.keep(life.take("link_duplicate", "wang", leading=leading.case).also[0])
    assert runs(life, "obligation") | runs(leading, "obligation")

"""Cases up to the last obligation: performed, late, breached, changed, excused or referred. Clock, mail
and both sides' links take part."""

from __future__ import annotations

from chalicelib.domain.engine.deadlines import due
from tests.life.complaint import PROOF, refusal
from tests.life.contested import answered
from tests.life.promised import NOT_DONE, breached, called_on, of, settled, until
from tests.scenario import CHEN, DAY, FENG, HOUR, ZHOU, Scenario

ARRIVED = {"proof": "delivery_record", "what": "已经交给上门取件的人员，有取件单。"}


def test_both_sides_keep_their_word(scenario: Scenario) -> None:
    """Obligations performed in time lead to a reminder, a notice on the due day, and `fulfilled` for both
    sides, without any demand."""
    ref, consumer, shop = settled(scenario)
    scenario.live(8 * DAY, ref)
    assert scenario.letters(ref)[-1] == "obligation_reminder"
    scenario.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    scenario.move(shop, "confirm_done", ref, obligation="O1")
    scenario.live(7 * DAY + HOUR, ref)
    assert scenario.letters(ref)[-1] == scenario.letters(ref, f"party:{shop.who}")[-1] == "obligation_due"
    scenario.move(shop, "claim_done", ref, obligation="O2", **PROOF)
    scenario.move(consumer, "confirm_done", ref, obligation="O2")
    scenario.live(HOUR, ref)
    case = scenario.product.file.load(ref)
    assert (case.stage, case.outcome) == ("closed", "fulfilled")
    assert "send_cure_notice" not in scenario.moves(ref)
    assert scenario.letters(ref)[-1] == scenario.letters(ref, f"party:{shop.who}")[-1] == "fulfilled"
    assert not scenario.late(ref) & {"breach_decision", "measure", "follow_up_visit"}


def test_one_of_two_is_broken_and_made_good(scenario: Scenario) -> None:
    """An unpaid compensation leads to demand, breach and agreed penalty, although the refund was paid. The
    case is `breached` until payment, stays open for the penalty, and ends `fulfilled_after_breach`."""
    day = (scenario.time + 21 * DAY).date().isoformat()
    owed = {"debtor": "business", "creditor": "p1", "proof": "payment_record", "what": "转账。", "by": day}
    ref, consumer, shop = settled(
        scenario,
        clauses=[
            {**owed, "kind": "refund", "amount": {"amount": "800.00"}, "measure": "interest"},
            {
                **owed,
                "kind": "compensate",
                "amount": {"amount": "300.00"},
                "measure": "agreed_penalty",
                "penalty": {"amount": "60.00"},
            },
        ],
    )
    scenario.move(shop, "claim_done", ref, obligation="O1", **PROOF)
    scenario.move(consumer, "confirm_done", ref, obligation="O1")
    assert breached(scenario, ref, "O2").stage == "breached"
    assert (
        refusal(
            scenario,
            FENG,
            "take_measure",
            ref,
            obligation="O2",
            measure="agreed_penalty",
            basis="协议C2。",
            amount={"amount": "60.01"},
        )
        == "penalty_above_agreed"
    )
    scenario.move(
        FENG,
        "take_measure",
        ref,
        obligation="O2",
        measure="agreed_penalty",
        basis="协议C2。",
        amount={"amount": "60.00"},
    )
    scenario.live(DAY, ref)
    scenario.move(shop, "claim_done", ref, obligation="O2", **PROOF)
    assert scenario.product.file.load(ref).stage == "breached"
    scenario.move(consumer, "confirm_done", ref, obligation="O2")
    scenario.live(HOUR, ref)
    assert scenario.product.file.load(ref).stage == "performing"
    assert of(scenario, ref, "O3") == "pending"
    scenario.move(shop, "claim_done", ref, obligation="O3", **PROOF)
    scenario.move(consumer, "confirm_done", ref, obligation="O3")
    scenario.live(HOUR, ref)
    assert scenario.product.file.load(ref).outcome == "fulfilled_after_breach"
    assert [
        name
        for name in scenario.letters(ref, f"party:{shop.who}")
        if name in ("cure_notice", "breach_found", "measure")
    ] == ["cure_notice", "breach_found", "measure"]


def test_broken_and_passed_on(scenario: Scenario) -> None:
    """A failed measure is followed by a weightier one, then by referral. Each next step waits until the
    running measure ends. A referred case cannot be reopened; the consumer files a new complaint."""
    day = (scenario.time + 20 * DAY).date().isoformat()
    ref, consumer, _ = settled(
        scenario,
        clauses=[
            {
                "debtor": "business",
                "creditor": "p1",
                "kind": "refund",
                "what": "转账。",
                "by": day,
                "amount": {"amount": "800.00"},
                "proof": "payment_record",
                "measure": "interest",
            }
        ],
    )
    breached(scenario, ref)
    scenario.move(FENG, "take_measure", ref, obligation="O1", measure="interest", basis="协议C1。")
    assert (
        refusal(scenario, FENG, "take_measure", ref, obligation="O1", measure="budget_charge", basis="规定。")
        == "measure_runs"
    )
    until(scenario, ref, "measure")
    assert "measure" in scenario.late(ref)
    scenario.agreed(
        ref,
        FENG,
        ZHOU,
        "take_measure",
        obligation="O1",
        measure="report_regulator",
        basis="消费者权益保护法第五十六条。",
    )
    assert (
        refusal(scenario, FENG, "refer_breach", ref, obligation="O1", reason="各项措施都没有结果。")
        == "measure_runs"
    )
    until(scenario, ref, "measure")
    case = scenario.agreed(
        ref, FENG, ZHOU, "refer_breach", obligation="O1", reason="各项措施都没有结果，企业方明确拒绝付款。"
    )
    assert (case.stage, case.outcome) == ("closed", "referred")
    assert "breach_referred" in scenario.letters(ref)
    assert refusal(scenario, consumer, "reopen", ref, cause="new_facts", facts="x") == "complain_anew"


def test_the_refund_waits_for_the_goods(scenario: Scenario) -> None:
    """The refund obligation is pending until the goods are returned, so the company cannot be in breach.
    Its seven days start with the confirmed return."""
    ref, consumer, shop = settled(scenario)
    called_on(scenario, ref)
    assert of(scenario, ref, "O2") == "pending"
    assert refusal(scenario, FENG, "send_cure_notice", ref, obligation="O2") == "other_side_first"
    assert refusal(scenario, FENG, "find_breach", ref, obligation="O2", **NOT_DONE) == "other_side_first"
    assert refusal(scenario, FENG, "find_breach", ref, obligation="O1", **NOT_DONE) == "cure_runs"
    scenario.live(2 * DAY, ref)
    scenario.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    case = scenario.move(shop, "confirm_done", ref, obligation="O1")
    assert case.open_obligations[0].by == (scenario.time + 8 * HOUR).date() + 7 * DAY
    assert of(scenario, ref, "O1") == "confirmed"


def test_a_creditor_who_says_nothing(scenario: Scenario) -> None:
    """A silent creditor is asked and reminded; then an officer decides on the proof and both sides get a
    letter. Silence alone confirms nothing."""
    ref, consumer, shop = settled(scenario)
    scenario.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    until(scenario, ref, "creditor_answer")
    assert of(scenario, ref, "O1") == "claimed"
    assert "breach_decision" in due(scenario.product.file.load(ref))
    scenario.move(FENG, "decide_proof", ref, obligation="O1", accepted=True, reason="取件单和物流轨迹一致。")
    assert of(scenario, ref, "O1") == "accepted"
    assert scenario.letters(ref)[-1] == scenario.letters(ref, f"party:{shop.who}")[-1] == "proof_decided"


def test_a_date_that_is_changed_twice(scenario: Scenario) -> None:
    """A date changes only with the other side's agreement. No demand is sent for the replaced dates."""
    ref, consumer, shop = settled(scenario)
    for asks, agrees, days in ((consumer, shop, 12), (shop, consumer, 40)):
        day = (scenario.time + days * DAY).date().isoformat()
        scenario.move(asks, "propose_change", ref, obligation="O1", by=day, reason="我要出差，回来再交。")
        assert refusal(scenario, asks, "agree_change", ref, obligation="O1") == "own_proposal"
        scenario.move(agrees, "agree_change", ref, obligation="O1")
        scenario.live(4 * DAY, ref)
    scenario.live(20 * DAY, ref)
    assert of(scenario, ref, "O1") == "pending"
    assert "send_cure_notice" not in scenario.moves(ref)
    called_on(scenario, ref)


def test_excused_by_force_majeure(scenario: Scenario) -> None:
    """Force majeure, found by the officer and confirmed by the supervisor, first moves the date and then
    excuses the obligation. The refund that waited for it becomes due."""
    ref, consumer, shop = settled(scenario)
    called_on(scenario, ref)
    day = (scenario.time + 20 * DAY).date().isoformat()
    scenario.agreed(
        ref,
        FENG,
        ZHOU,
        "excuse",
        obligation="O1",
        ground="force_majeure",
        reason="当地洪水，道路中断。",
        by=day,
    )
    assert of(scenario, ref, "O1") == "pending"
    assert scenario.letters(ref)[-1] == "no_breach"
    called_on(scenario, ref)
    case = scenario.agreed(
        ref,
        FENG,
        ZHOU,
        "excuse",
        obligation="O1",
        ground="force_majeure",
        reason="洗衣机被洪水冲走，无法交还。",
    )
    assert of(scenario, ref, "O1") == "excused"
    assert case.open_obligations[0].by
    scenario.move(shop, "claim_done", ref, obligation="O2", **PROOF)
    scenario.move(consumer, "confirm_done", ref, obligation="O2")
    scenario.live(HOUR, ref)
    assert scenario.product.file.load(ref).outcome == "fulfilled"


def test_unpaid_promise_ends_in_breach_and_payment(scenario: Scenario) -> None:
    """An unpaid promise of an answer is found in breach and paid first by the company. The lead is
    alerted, and the consumer learns each step."""
    ref = answered(scenario, conclusion="upheld")
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "accept_answer", ref)
    assert breached(scenario, ref).stage == "breached"
    assert "task" in scenario.letters(ref, "role:lead")
    scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation="O2", **NOT_DONE)
    for id in ("O1", "O2"):
        scenario.agreed(
            ref,
            FENG,
            ZHOU,
            "take_measure",
            obligation=id,
            measure="pay_first",
            basis="先行赔付制度。",
            amount={"amount": "1655.00"},
        )
        scenario.move(FENG, "claim_done", ref, obligation=id, **PROOF)
        assert refusal(scenario, FENG, "record_cure", ref, obligation=id, what="已付。") == "own_proof"
    scenario.move(CHEN, "record_cure", ref, obligation="O1", what="先行赔付已到账。")
    case = scenario.move(consumer, "confirm_done", ref, obligation="O2")
    assert case.stage == "performing"
    scenario.live(HOUR, ref)
    assert scenario.product.file.load(ref).outcome == "fulfilled_after_breach"
    assert {"obligation_due", "performance_question", "breach_found", "measure", "cured", "fulfilled"} <= {
        *scenario.letters(ref)
    }

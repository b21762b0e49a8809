"""Cases up to the last obligation: performed, late, breached, changed, excused or referred. Clock, mail
and both sides' links take part."""

from __future__ import annotations

from chalicelib.domain.engine.deadlines import due
from tests.house import CHEN, DAY, FENG, HOUR, ZHOU, House
from tests.life.complaint import PROOF, refusal
from tests.life.contested import answered
from tests.life.promised import NOT_DONE, breached, called_on, of, settled, until

ARRIVED = {"proof": "delivery_record", "what": "已经交给上门取件的人员，有取件单。"}


def test_both_sides_keep_their_word(house: House) -> None:
    """Obligations performed in time lead to a reminder, a notice on the due day, and `fulfilled` for both
    sides, without any demand."""
    ref, consumer, shop = settled(house)
    house.live(8 * DAY, ref)
    assert house.letters(ref)[-1] == "obligation_reminder"
    house.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    house.move(shop, "confirm_done", ref, obligation="O1")
    house.live(7 * DAY + HOUR, ref)
    assert house.letters(ref)[-1] == house.letters(ref, f"party:{shop.who}")[-1] == "obligation_due"
    house.move(shop, "claim_done", ref, obligation="O2", **PROOF)
    house.move(consumer, "confirm_done", ref, obligation="O2")
    house.live(HOUR, ref)
    case = house.product.file.load(ref)
    assert (case.stage, case.outcome) == ("closed", "fulfilled")
    assert "send_cure_notice" not in house.moves(ref)
    assert house.letters(ref)[-1] == house.letters(ref, f"party:{shop.who}")[-1] == "fulfilled"
    assert not house.late(ref) & {"breach_decision", "measure", "follow_up_visit"}


def test_one_of_two_is_broken_and_made_good(house: House) -> None:
    """An unpaid compensation leads to demand, breach and agreed penalty, although the refund was paid. The
    case is `breached` until payment, stays open for the penalty, and ends `fulfilled_after_breach`."""
    day = (house.time + 21 * DAY).date().isoformat()
    owed = {"debtor": "business", "creditor": "p1", "proof": "payment_record", "what": "转账。", "by": day}
    ref, consumer, shop = settled(
        house,
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
    house.move(shop, "claim_done", ref, obligation="O1", **PROOF)
    house.move(consumer, "confirm_done", ref, obligation="O1")
    assert breached(house, ref, "O2").stage == "breached"
    assert (
        refusal(
            house,
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
    house.move(
        FENG,
        "take_measure",
        ref,
        obligation="O2",
        measure="agreed_penalty",
        basis="协议C2。",
        amount={"amount": "60.00"},
    )
    house.live(DAY, ref)
    house.move(shop, "claim_done", ref, obligation="O2", **PROOF)
    assert house.product.file.load(ref).stage == "breached"
    house.move(consumer, "confirm_done", ref, obligation="O2")
    house.live(HOUR, ref)
    assert house.product.file.load(ref).stage == "performing"
    assert of(house, ref, "O3") == "pending"
    house.move(shop, "claim_done", ref, obligation="O3", **PROOF)
    house.move(consumer, "confirm_done", ref, obligation="O3")
    house.live(HOUR, ref)
    assert house.product.file.load(ref).outcome == "fulfilled_after_breach"
    assert [
        name
        for name in house.letters(ref, f"party:{shop.who}")
        if name in ("cure_notice", "breach_found", "measure")
    ] == ["cure_notice", "breach_found", "measure"]


def test_broken_and_passed_on(house: House) -> None:
    """A failed measure is followed by a weightier one, then by referral. Each next step waits until the
    running measure ends. A referred case cannot be reopened; the consumer files a new complaint."""
    day = (house.time + 20 * DAY).date().isoformat()
    ref, consumer, _ = settled(
        house,
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
    breached(house, ref)
    house.move(FENG, "take_measure", ref, obligation="O1", measure="interest", basis="协议C1。")
    assert (
        refusal(house, FENG, "take_measure", ref, obligation="O1", measure="budget_charge", basis="规定。")
        == "measure_runs"
    )
    until(house, ref, "measure")
    assert "measure" in house.late(ref)
    house.agreed(
        ref,
        FENG,
        ZHOU,
        "take_measure",
        obligation="O1",
        measure="report_regulator",
        basis="消费者权益保护法第五十六条。",
    )
    assert (
        refusal(house, FENG, "refer_breach", ref, obligation="O1", reason="各项措施都没有结果。")
        == "measure_runs"
    )
    until(house, ref, "measure")
    case = house.agreed(
        ref, FENG, ZHOU, "refer_breach", obligation="O1", reason="各项措施都没有结果，企业方明确拒绝付款。"
    )
    assert (case.stage, case.outcome) == ("closed", "referred")
    assert "breach_referred" in house.letters(ref)
    assert refusal(house, consumer, "reopen", ref, cause="new_facts", facts="x") == "complain_anew"


def test_the_refund_waits_for_the_goods(house: House) -> None:
    """The refund obligation is pending until the goods are returned, so the company cannot be in breach.
    Its seven days start with the confirmed return."""
    ref, consumer, shop = settled(house)
    called_on(house, ref)
    assert of(house, ref, "O2") == "pending"
    assert refusal(house, FENG, "send_cure_notice", ref, obligation="O2") == "other_side_first"
    assert refusal(house, FENG, "find_breach", ref, obligation="O2", **NOT_DONE) == "other_side_first"
    assert refusal(house, FENG, "find_breach", ref, obligation="O1", **NOT_DONE) == "cure_runs"
    house.live(2 * DAY, ref)
    house.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    case = house.move(shop, "confirm_done", ref, obligation="O1")
    assert case.open_obligations[0].by == (house.time + 8 * HOUR).date() + 7 * DAY
    assert of(house, ref, "O1") == "confirmed"


def test_a_creditor_who_says_nothing(house: House) -> None:
    """A silent creditor is asked and reminded; then an officer decides on the proof and both sides get a
    letter. Silence alone confirms nothing."""
    ref, consumer, shop = settled(house)
    house.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    until(house, ref, "creditor_answer")
    assert of(house, ref, "O1") == "claimed"
    assert "breach_decision" in due(house.product.file.load(ref))
    house.move(FENG, "decide_proof", ref, obligation="O1", accepted=True, reason="取件单和物流轨迹一致。")
    assert of(house, ref, "O1") == "accepted"
    assert house.letters(ref)[-1] == house.letters(ref, f"party:{shop.who}")[-1] == "proof_decided"


def test_a_date_that_is_changed_twice(house: House) -> None:
    """A date changes only with the other side's agreement. No demand is sent for the replaced dates."""
    ref, consumer, shop = settled(house)
    for asks, agrees, days in ((consumer, shop, 12), (shop, consumer, 40)):
        day = (house.time + days * DAY).date().isoformat()
        house.move(asks, "propose_change", ref, obligation="O1", by=day, reason="我要出差，回来再交。")
        assert refusal(house, asks, "agree_change", ref, obligation="O1") == "own_proposal"
        house.move(agrees, "agree_change", ref, obligation="O1")
        house.live(4 * DAY, ref)
    house.live(20 * DAY, ref)
    assert of(house, ref, "O1") == "pending"
    assert "send_cure_notice" not in house.moves(ref)
    called_on(house, ref)


def test_excused_by_force_majeure(house: House) -> None:
    """Force majeure, found by the officer and confirmed by the supervisor, first moves the date and then
    excuses the obligation. The refund that waited for it becomes due."""
    ref, consumer, shop = settled(house)
    called_on(house, ref)
    day = (house.time + 20 * DAY).date().isoformat()
    house.agreed(
        ref,
        FENG,
        ZHOU,
        "excuse",
        obligation="O1",
        ground="force_majeure",
        reason="当地洪水，道路中断。",
        by=day,
    )
    assert of(house, ref, "O1") == "pending"
    assert house.letters(ref)[-1] == "no_breach"
    called_on(house, ref)
    case = house.agreed(
        ref,
        FENG,
        ZHOU,
        "excuse",
        obligation="O1",
        ground="force_majeure",
        reason="洗衣机被洪水冲走，无法交还。",
    )
    assert of(house, ref, "O1") == "excused"
    assert case.open_obligations[0].by
    house.move(shop, "claim_done", ref, obligation="O2", **PROOF)
    house.move(consumer, "confirm_done", ref, obligation="O2")
    house.live(HOUR, ref)
    assert house.product.file.load(ref).outcome == "fulfilled"


def test_what_an_answer_promised_is_never_paid(house: House) -> None:
    """An unpaid promise of an answer is found in breach and paid first by the company. The lead is
    alerted, and the consumer learns each step."""
    ref = answered(house, conclusion="upheld")
    consumer = house.by_link(ref)
    house.move(consumer, "accept_answer", ref)
    assert breached(house, ref).stage == "breached"
    assert "task" in house.letters(ref, "role:lead")
    house.agreed(ref, FENG, ZHOU, "find_breach", obligation="O2", **NOT_DONE)
    for id in ("O1", "O2"):
        house.agreed(
            ref,
            FENG,
            ZHOU,
            "take_measure",
            obligation=id,
            measure="pay_first",
            basis="先行赔付制度。",
            amount={"amount": "1655.00"},
        )
        house.move(FENG, "claim_done", ref, obligation=id, **PROOF)
        assert refusal(house, FENG, "record_cure", ref, obligation=id, what="已付。") == "own_proof"
    house.move(CHEN, "record_cure", ref, obligation="O1", what="先行赔付已到账。")
    case = house.move(consumer, "confirm_done", ref, obligation="O2")
    assert case.stage == "performing"
    house.live(HOUR, ref)
    assert house.product.file.load(ref).outcome == "fulfilled_after_breach"
    assert {"obligation_due", "performance_question", "breach_found", "measure", "cured", "fulfilled"} <= {
        *house.letters(ref)
    }

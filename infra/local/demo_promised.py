"""The performance of the agreement in the demo. The goods go back in time. One payment gets another date.
Another payment is made only after a breach was found. Then the consumer answers the survey."""

from datetime import UTC, datetime, timedelta

from infra.local.demo_stage import Complaint, today, yuan

NOT_PAID = {
    "obligation": "O2",
    "reason": "宽限期满，没有收到付款证明。",
    "counter": "消费者已经交还冰箱，企业方也确认收到，没有其他应当先履行的义务。",
}


def kept_in_the_end(case: Complaint) -> None:
    """Play the performance of all obligations of the agreement: the fridge goes back (O1), the refund (O2)
    falls due after that, and the compensation (O3) gets another date."""
    _goods_back(case)
    _another_date(case)
    _called_on(case)
    _breached(case)
    _paid(case)
    _asked_how_we_did(case)


def _goods_back(case: Complaint) -> None:
    """Let the consumer prove that the fridge was fetched, and the shop confirm it. The consumer owes this
    obligation, so the consumer cannot confirm it."""
    case.refused("followup", "send_cure_notice", obligation="O2")  # O2 is due only after the fridge is back
    case.do("李䶮", "claim_done", obligation="O1", proof="delivery_record", what="今天上午取走了，有取件单。")
    case.refused("李䶮", "confirm_done", obligation="O1")
    case.do("马店长", "confirm_done", obligation="O1")


def _another_date(case: Complaint) -> None:
    """Let the shop ask twice for a later date for the compensation (O3). Only the consumer can agree. Then
    the shop pays, the consumer disputes the payment, and an officer decides."""
    for days, why in ((15, "总部月底才放款。"), (20, "放款又推迟了五天。")):
        case.do("马店长", "propose_change", obligation="O3", by=today(days), reason=why)
        case.refused("马店长", "agree_change", obligation="O3")
        case.do("李䶮", "agree_change", obligation="O3")
    case.do("马店长", "claim_done", obligation="O3", proof="payment_record", what="提前付了，回单见附件。")
    case.do("李䶮", "dispute_done", obligation="O3", reason="我没看到五百元。")
    case.do(
        "followup",
        "decide_proof",
        obligation="O3",
        accepted=True,
        reason="银行回单的账号与本人提供的一致，已经请本人查明细。",
    )


def _called_on(case: Complaint) -> None:
    """Let the day of the refund (O2) pass without payment. The clock then demands performance."""
    due = case.due("obligation")
    case.wait(
        "the clock to call on the shop to pay",
        lambda: any(e["move"] == "send_cure_notice" for e in case.entries()),
        due,
    )
    # Refused, because the shop still has time to perform.
    case.refused("followup", "find_breach", **NOT_PAID)


def _breached(case: Complaint) -> None:
    """Let the time to perform end. An officer finds a breach, and the supervisor confirms it. Only the
    damages in the agreement can be claimed."""
    over = case.due("cure")
    case.wait(
        "the time to make it good to be over", lambda: datetime.now(UTC) > over + timedelta(seconds=1), over
    )
    case.do("followup", "find_breach", **NOT_PAID)
    case.approve("supervisor")
    measure = {
        "obligation": "O2",
        "measure": "agreed_penalty",
        "basis": "协议C2：逾期不退款的，支付违约金200元。",
    }
    case.refused("followup", "take_measure", **measure, amount=yuan("300.00"))
    case.do("followup", "take_measure", **measure, amount=yuan("200.00"))
    case.do(
        "followup", "record_visit", how="phone", said="电话回访：消费者说还没有收到退款，企业方答应今天付清。"
    )


def _paid(case: Complaint) -> None:
    """Let the shop pay the refund (O2) and the damages, which are an obligation of their own (O4). The
    consumer confirms both payments, and the case is closed as fulfilled after a breach."""
    for owed, what in (
        ("O2", "货款4399元已经转账，回单见附件。"),
        ("O4", "违约金200元已经转账，回单见附件。"),
    ):
        case.do("马店长", "claim_done", obligation=owed, proof="payment_record", what=what)
        case.do("李䶮", "confirm_done", obligation=owed, remark="钱到了。")
    case.wait_for_stage("closed", case.due("closing"))


def _asked_how_we_did(case: Complaint) -> None:
    """Let the consumer answer the survey that a letter asks for. A second answer is refused. The consumer's
    story is stored without their identity. A supervisor who had no part in the case publishes it, and the
    consumer withdraws it."""
    case.wait(
        "the letter that asks how we did",
        lambda: any("办得怎么样" in mail["Subject"] for mail in case.stack.letters(case.number)),
        datetime.now(UTC) + timedelta(minutes=2),
    )
    scores = {"overall": 3, "ease": 3, "speed": 2, "fairness": 4, "clarity": 4}
    case.do("李䶮", "answer_survey", **scores, comment="拖得太久，不过最后都兑现了。")
    case.refused("李䶮", "answer_survey", **scores)
    case.do(
        "李䶮",
        "consent_story",
        text="我是李䶮，电话13800138000。冰箱修了四次没修好，调解以后退了货。",
        agrees=True,
    )
    case.refused("supervisor", "release_story", story="S1")
    case.do("supervisor2", "release_story", story="S1")
    case.do("李䶮", "withdraw_story")

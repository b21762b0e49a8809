"""A demo complaint up to an agreement in force. The complaint is answered, reconsidered and disputed. The
shop objects to the first mediator, and a second one mediates. Three people sign the agreement. The module
`demo_promised` then plays the performance of the agreement."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.calendar import instant, stamp
from infra.local.demo_promised import kept_in_the_end
from infra.local.demo_stage import (
    CONSENTS,
    Complaint,
    Json,
    Stack,
    Trouble,
    file,
    link,
    mailbox,
    say,
    today,
    yuan,
)

MEETING_IN = timedelta(minutes=1)
"""How soon the meeting takes place after it is called. Both sides waive the period of notice, so that nobody
who watches the demo has to wait for it."""
COMPANY = "四海家电有限公司"


def whole(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint from the first report to the last obligation. The answer grants nothing, a panel
    confirms the answer, and the dispute goes to formal mediation. The shop objects to the first mediator. The
    second mediator helps both sides to an agreement that three people sign.

    The fridge goes back in time, and one payment gets another date. The refund is not paid, so a demand, a
    finding of breach, and agreed damages follow. At last the shop pays."""
    case = sealed(stack, life)
    kept_in_the_end(case)
    return [case]


def sealed(stack: Stack, life: str) -> Complaint:
    """Play the complaint of `whole` only until its agreement is sealed, and return it."""
    case = talked(stack, life)
    _signed(case)
    _sealed(case)
    return case


def talked(stack: Stack, life: str) -> Complaint:
    """Play the complaint of `whole` only until both sides have met with the mediator, and return it. The next
    step would be to draft the agreement."""
    case = file(
        stack,
        life,
        "李䶮",
        {
            "person": {"name": "李䶮", "email": mailbox("li.yan")},
            "account": {
                "story": "冰箱三个月修了四次还是不制冷，一冰箱的菜全坏了。店里说过了退货期只能修，我不想再修了，我要退。"
            },
            "matters": [{"type": "quality", "sub_type": "repeat_failure", "amount": yuan("4399.00")}],
            "wishes": ["refund", "return"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    _answered(case)
    _confirmed_by_others(case)
    _to_mediation(case)
    _replaced(case)
    _met(case)
    return case


def _answered(case: Complaint) -> None:
    """Accept the complaint and investigate it. Then let an officer who did not investigate answer it. The
    answer grants nothing."""
    staff = case.stack.staff
    case.do("intake", "accept")
    case.do("lead", "assign", to=staff["investigator"]["id"])
    case.do("investigator", "ask_department", department="repair", question="四次维修各换了什么？")
    case.do(
        "department",
        "answer_department",
        question="Q1",
        answer="两次充氟，两次换传感器，最后一次更换压缩机。",
    )
    case.do(
        "investigator",
        "file_report",
        findings=[
            {"matter": 1, "fact": "三个月内维修四次，最后一次更换了压缩机。", "evidence": ["E1", "E2"]}
        ],
        rights={
            "know": "not_infringed",
            "choose": "not_infringed",
            "fair_trade": "not_established",
            "safety": "not_examined",
        },
        unexamined="不涉及人身安全。",
        rules=[{"law": "consumer_protection_2013", "article": "第二十四条"}],
        causes=["skill"],
        conclusions={"1": "not_upheld"},
        reasons={"1": "已超过退货期，仍在保修期内，可以继续免费维修。"},
    )
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])


def _confirmed_by_others(case: Complaint) -> None:
    """Let three people who had no part in the case reconsider the answer, and confirm it. The company's
    decision is then final, but the ways outside the company, such as mediation, stay open."""
    panel = ("chair", "panel", "panel3")
    case.do("李䶮", "ask_reconsideration", reasons={"1": "修了四次都没修好，还叫我接着修？"})
    case.do(
        "supervisor",
        "appoint_panel",
        members=[case.stack.staff[name]["id"] for name in panel],
        chair=case.stack.staff["chair"]["id"],
    )
    for name in panel:
        case.do(name, "declare_interest", interest=False)
    for name in panel:
        case.do(
            name, "vote", results={"1": "confirmed"}, reasons={"1": "退货期已过，新压缩机的使用时间还短。"}
        )
    case.do("chair", "decide_reconsideration", reasons={"1": "维持原答复；是否退货可以由双方协商。"})


def _to_mediation(case: Complaint) -> None:
    """Let both sides state their positions in negotiation without agreement, and then ask for a mediator from
    outside."""
    case.do("李䶮", "raise_dispute", nature="remedy", about="不修了，要退货退款。")
    case.do("lead", "assign_negotiator", to=case.stack.staff["negotiator"]["id"], severity="S4")
    case.do(
        "negotiator",
        "name_business_representative",
        person={"name": "马店长", "email": mailbox("ma", "shop")},
    )
    case.names["p2"] = "马店长"
    case.tokens["马店长"] = link(case, mailbox("ma", "shop"))
    case.do("李䶮", "state_position", text="四次维修单都在，最后一次修完只好了两天。", share=True)
    case.do("马店长", "state_position", text="超过了三包的退货期，但可以商量折价。", share=True)
    case.do("negotiator", "invite_mediation")
    case.do("李䶮", "consent_mediation")
    case.do("马店长", "consent_mediation")


def _replaced(case: Complaint) -> None:
    """Replace the first mediator, who has worked for a competitor of the shop. The shop objects in time, the
    supervisor agrees, and another mediator is appointed."""
    first, second = (case.stack.staff[name]["id"] for name in ("mediator2", "mediator"))
    case.do("lead", "appoint_mediator", mediator=first)
    case.refused("mediator", "accept_appointment", independent=True)
    case.do("mediator2", "accept_appointment", independent=True)
    case.do(
        "马店长",
        "challenge_mediator",
        conflict="business_tie",
        reason="这位调解员去年是同城另一家家电商场的顾问。",
    )
    case.do("supervisor", "decide_challenge", upheld=True, reason="查证属实，可能影响公正。")
    case.refused("lead", "appoint_mediator", mediator=first)
    case.do("lead", "appoint_mediator", mediator=second)
    case.do(
        "mediator",
        "accept_appointment",
        independent=True,
        past_cases="两年前调解过一次涉及该企业的纠纷，达成协议。",
    )


def _met(case: Complaint) -> None:
    """Hold the meeting with both sides present, after moving it once."""
    called = {"minutes": 60, "way": "in_person", "both_waive": "双方电话同意不等五个工作日。"}
    # The meeting cannot be called yet, because the sides can still object to the mediator.
    case.refused("mediator", "call_meeting", place="市民中心三楼", at=_in(MEETING_IN), **called)
    until = max(
        instant(run["due"])
        for run in case.look()["deadlines"]
        if run["deadline"] == "challenge" and run["due"]
    )
    case.wait("the time to object to be over", lambda: datetime.now(UTC) > until, until)
    case.do(
        "mediator",
        "call_meeting",
        at=_in(3 * MEETING_IN),
        place="市民中心三楼调解一室",
        papers="四次维修单、购买发票",
        **called,
    )
    case.do("马店长", "ask_meeting_change", meeting="M1", reason="那个时间店里盘点。")
    at = datetime.now(UTC) + MEETING_IN
    case.do(
        "mediator",
        "change_meeting",
        meeting="M1",
        reason="应企业方申请提前。",
        at=stamp(at),
        both_waive="双方电话同意。",
    )
    case.wait("the meeting to be over", lambda: datetime.now(UTC) > at + timedelta(seconds=1), at)
    case.do(
        "mediator",
        "record_meeting",
        meeting="M1",
        present=["consumer", "business"],
        next_step="由调解员拟定协议文本。",
        minutes="双方核对了四次维修记录。企业方同意退货退款，消费者同意配合取件。",
    )


def agreed_text(case: Complaint, **changes: Any) -> Json:
    """Return the facts of the move that drafts the agreement. In it the fridge goes back, and then the shop
    pays. `changes` are terms that replace those of the third clause."""
    back = {
        "debtor": "p1",
        "creditor": "business",
        "kind": "return_goods",
        "what": "在家中把冰箱交给企业方上门取件的人员，取件费用由企业方承担。",
        "proof": "delivery_record",
        "measure": "hold_counter",
        "by": today(5),
    }
    refund = {
        "debtor": "business",
        "creditor": "p1",
        "kind": "refund",
        "what": "按原支付方式退还冰箱货款。",
        "amount": yuan("4399.00"),
        "after": 1,
        "days": 7,
        "proof": "payment_record",
        "measure": "agreed_penalty",
        "penalty": yuan("200.00"),
    }
    paid = {
        "debtor": "business",
        "creditor": "p1",
        "kind": "compensate",
        "what": "赔偿变质食材的损失。",
        "amount": yuan("300.00"),
        "by": today(10),
        "proof": "payment_record",
        "measure": "interest",
        **changes,
    }
    facts = "消费者三个月内因不制冷四次报修，最后一次维修后两日再次发生故障。双方对维修记录没有争议。"
    return {"company": COMPANY, "facts": facts, "clauses": [back, refund, paid]}


def _signed(case: Complaint) -> None:
    """Draft, change and sign the agreement. A text that no agreement may contain is refused. After one
    signature the text is changed, so this signature is void. Then all three sign the same text."""
    case.refused(
        "mediator",
        "draft_agreement",
        **agreed_text(case, what="赔偿损失，消费者今后不得再就此投诉或者起诉。"),
    )
    case.do("mediator", "draft_agreement", **agreed_text(case))
    first = digest(case)
    case.do("李䶮", "sign", digest=first)
    case.do(
        "mediator",
        "amend_draft",
        changed="食材损失由300元改为500元。",
        **agreed_text(case, amount=yuan("500.00")),
    )
    case.refused("马店长", "sign", digest=first)
    for who in ("马店长", "李䶮", "mediator"):
        case.do(who, "sign", digest=digest(case))
    case.refused("李䶮", "withdraw")


def digest(case: Complaint) -> str:
    """Return the digest of the text that is to be signed, as the interface gives it to the consumer."""
    return str(case.ask("李䶮", "GET")["agreement"]["digest"])


def _sealed(case: Complaint) -> None:
    """Wait until the agreement is sealed and archived. Check its digest on the public page, as anybody can.
    Then let both sides agree to ask a court for confirmation."""

    def sealed() -> Json | None:
        found: Json | None = case.ask("李䶮", "GET")["agreement"]["sealed"]
        return found

    case.wait("the document to be sealed", sealed, datetime.now(UTC) + timedelta(seconds=30))
    sha256 = (sealed() or {})["sha256"]
    for said, verdict in ((sha256, "authentic"), ("0" * 64, "unknown")):
        found = case.stack.call("anybody", "", "POST", "/v1/verify", {"sha256": said})
        if found["verdict"] != verdict:
            raise Trouble(f"The digest {said} is {found['verdict']}, and should be {verdict}.")
        say(
            case.life,
            f"✓ anybody checks {said[:12]}…: {found['verdict']}, signatures: {found['signatures'] or 0}",
        )
    for who in ("李䶮", "马店长"):
        case.do(who, "record_confirmation", step="agrees")


def _in(by: timedelta) -> str:
    return stamp(datetime.now(UTC) + by)

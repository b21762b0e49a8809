"""The lives. A life is a function that plays one demo complaint, or several connected ones, from start to
end. It takes the moves of the people in order. Between them it waits until the clock has acted.

The arguments of a life are the running stack, and the name under which its progress is printed. A life
returns the played complaints. The demo prints the docstring of the life before them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chalicelib.domain.calendar import stamp
from infra.local.demo_agreed import whole
from infra.local.demo_ends import disputed, overturned, warned
from infra.local.demo_forwarded import forwarded
from infra.local.demo_late import unmediated
from infra.local.demo_learned import learned
from infra.local.demo_mailed import mailed
from infra.local.demo_moved import moved
from infra.local.demo_partner import followed
from infra.local.demo_stage import (
    CONSENTS,
    Complaint,
    Json,
    Stack,
    Trouble,
    file,
    link,
    mailbox,
    picture,
    today,
    yuan,
)

SOON = timedelta(minutes=1)


def seven_day_return(stack: Stack, life: str) -> list[Complaint]:
    """Play the complaint of a consumer whose return of goods was refused, although the seven days for it were
    not over. Within the hour the consumer agrees to a refund on the phone. The refund is paid and confirmed,
    and the case is closed."""
    case = file(
        stack,
        life,
        "王芳",
        {
            "person": {"name": "王芳", "phone": "13800138000", "email": mailbox("wang.fang")},
            "account": {
                "story": "网购的电热水壶第三天申请七日无理由退货，没拆封，客服说特价商品不退。",
                "order": "20261122-3391",
            },
            "matters": [{"type": "return_refund", "sub_type": "no_reason_refused", "amount": yuan("399.00")}],
            "wishes": ["return", "refund"],
            "wish_amount": yuan("399.00"),
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    case.do(
        "intake",
        "settle_at_once",
        read_back=True,
        agreement="十点二十分电话联系王女士，双方同意：全额退款，运费由我方承担，水壶由快递上门取回。",
        causes=["not_told", "policy"],
        terms="全额退还货款399元，原路退回。",
        remedies=[{"matter": 1, "kind": "refund", "by": today(), "amount": yuan("399.00")}],
    )
    case.do("followup", "take")
    case.do(
        "followup",
        "claim_done",
        obligation="O1",
        proof="payment_record",
        what="已原路退回399元，支付平台流水尾号7731。",
    )
    case.wait_for_letter("performance_question", "王芳", "zh", datetime.now(UTC))
    case.do("王芳", "confirm_done", obligation="O1", remark="收到了，谢谢。")
    case.wait_for_stage("closed", case.due("closing"))
    return [case]


def battery(stack: Stack, life: str) -> list[Complaint]:
    """Play an accident: an e-bike battery has caught fire and injured a person. The complaint is made late in
    the evening by a caller who has only a phone."""
    case = file(
        stack,
        life,
        "赵国强",
        {
            "person": {"name": "赵国强", "phone": "13900139000"},
            "account": {
                "story": "电动自行车买了两个月，今晚充电时电池起火，我右手烫伤，车棚也熏黑了。（23点50分来电）",
                "product": "飞驰牌48伏锂电池",
            },
            "matters": [
                {"type": "safety", "sub_type": "injury", "amount": yuan("860.00")},
                {"type": "quality", "sub_type": "defect", "amount": yuan("2399.00")},
            ],
            "wishes": ["refund", "compensate"],
            "hurt": "hurt",
            "subject": {"kind": "goods", "goods_class": "e_bike"},
            "channel": "phone",
            "received_at": stamp(datetime.now(UTC) - timedelta(seconds=45)),
            "consents": {**CONSENTS, "sensitive": True},
        },
        by="intake",
    )
    case.tell("intake")
    _made_safe(case)
    _looked_into(case)
    _answered_by_two(case)
    _performed(case)
    return [case]


def _made_safe(case: Complaint) -> None:
    """Handle the danger: triage, a stop of sale, and a report to the authority."""
    case.do(
        "safety",
        "triage_safety",
        real=True,
        reportable=True,
        reason="同批次另有两起冒烟反映，属于可能危及人身安全的缺陷。",
    )
    case.do(
        "safety",
        "decide_stop_sale",
        stop=True,
        departments=["repair"],
        product="飞驰牌48伏锂电池，2026年8月批次",
        reason="查明原因之前先停止销售、停止维修更换同批次电池。",
    )
    case.approve("supervisor")
    case.do(
        "safety",
        "record_safety_report",
        body="上海市市场监督管理局",
        number="缺陷报告2026-1187",
        reported_at=stamp(datetime.now(UTC)),
    )


def _looked_into(case: Complaint) -> None:
    """Collect the evidence: a photo, the department's answer, and an interview. The first report is returned
    to the investigator, and a better one is filed."""
    case.do("intake", "accept")
    case.tell("intake")
    case.do("lead", "set_severity", severity="S2", why="有人受伤，同批次产品可能涉及多人。")
    case.do("lead", "assign", to=case.stack.staff["investigator"]["id"])
    case.tell("intake")
    case.show("intake", "赵先生的儿子带到柜台的照片：烧毁的电池和充电插座", picture())
    case.do(
        "investigator",
        "ask_department",
        department="repair",
        question="这一批电池的电芯供应商是谁？出厂检验有没有过温保护记录？",
        papers="批次检验记录、供应商合同",
    )
    case.do(
        "department",
        "answer_department",
        question="Q1",
        answer="电芯换过供应商，过温保护板抽检有百分之三不合格，当时按让步接收处理。",
    )
    case.do(
        "investigator",
        "invite_interview",
        meeting=stamp(datetime.now(UTC) + timedelta(minutes=3)),
        how="phone",
        purpose="了解充电和起火的经过",
    )
    case.tell("intake")
    case.do(
        "investigator",
        "record_interview",
        person="赵国强",
        shown=True,
        note="晚上十点开始充电，用原装充电器，约一个半小时后冒烟起火。已念给本人听，本人确认。",
    )
    report = _report(case)
    case.do("investigator", "file_report", **report, causes=["supplier"])
    case.do("lead", "return_report", reason="让步接收是我方自己的决定，主要原因不能只写供应商。")
    case.do("investigator", "file_report", **report, causes=["wrong_decision", "supplier"])


def _report(case: Complaint) -> Json:
    """Return the facts of the move that files the report on the battery: findings, evidence, conclusions and
    remedies."""
    known: dict[str, str] = {piece["kind"]: piece["id"] for piece in case.look()["evidence"]}
    return {
        "findings": [
            {
                "matter": 1,
                "fact": "充电时电池起火，赵先生右手烫伤。",
                "evidence": [known["statement"], known["file"], known["interview"]],
            },
            {
                "matter": 2,
                "fact": "该批过温保护板抽检不合格，仍予接收出厂。",
                "evidence": [known["department"], known["file"]],
            },
        ],
        "rights": {
            "know": "not_infringed",
            "choose": "not_infringed",
            "fair_trade": "infringed",
            "safety": "infringed",
        },
        "rules": [
            {"law": "consumer_protection_2013", "article": "第十八条、第四十九条"},
            {"law": "product_quality_2018", "article": "第四十一条"},
        ],
        "conclusions": {"1": "upheld", "2": "upheld"},
        "reasons": {
            "1": "产品缺陷造成人身损害，医疗费由我方赔偿。",
            "2": "电池不符合保障人身安全的要求，应当退货退款。",
        },
        "remedies": [
            {"matter": 1, "kind": "compensate", "by": today(3), "amount": yuan("860.00")},
            {"matter": 2, "kind": "refund", "by": today(3), "amount": yuan("2399.00")},
        ],
        "terms": "医疗费860元和货款2399元转入赵先生指定的银行账户；旧电池由我方派人上门取回，请不要自行邮寄。",
    }


def _answered_by_two(case: Complaint) -> None:
    """Let the lead answer the complaint, and the supervisor approve the answer. Two people also approve that
    the danger is over. The person accepts the answer on the phone."""
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])
    case.approve("supervisor")
    case.tell("intake")
    case.do("safety", "clear_safety", reason="同批次已全部停售并下架，监管部门已收到报告，召回另案进行。")
    case.approve("supervisor")
    case.do("intake", "accept_answer", read_back=True)


def _performed(case: Complaint) -> None:
    """Perform the two promised obligations. The person confirms one on the phone and disputes the other. An
    officer who did not bring the proof decides the disputed one."""
    case.do("followup", "take")
    for owed in ("O1", "O2"):
        case.do(
            "followup",
            "claim_done",
            obligation=owed,
            proof="payment_record",
            what=f"银行转账已成功，回单见{owed}附件。",
        )
    case.tell("followup")
    case.do("followup2", "confirm_done", obligation="O1", remark="电话确认：860元已到账。")
    case.do("followup", "dispute_done", obligation="O2", reason="电话里说：2399元没看到。")
    case.do(
        "followup2",
        "decide_proof",
        obligation="O2",
        accepted=True,
        reason="银行回单显示已于今日入账，尾号与本人提供的一致；已请其再查账户明细。",
    )
    case.tell("followup2")
    case.wait_for_stage("closed", case.due("closing"))
    case.tell("followup2")


def silent_department(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint on which the asked department never answers, so that its silence is evidence. The
    consumer is silent too, until the offer has lapsed and the case is closed."""
    case = file(
        stack,
        life,
        "Anna Weber",
        {
            "person": {"name": "Anna Weber", "email": mailbox("anna.weber"), "language": "en"},
            "account": {
                "story": "My washing machine was repaired twice and still leaks. The second repair was "
                "charged although it was under warranty, and nobody ever told me what was wrong."
            },
            "matters": [
                {"type": "warranty", "sub_type": "repair_charge", "amount": yuan("320.00")},
                {"type": "warranty", "sub_type": "repair_delay"},
            ],
            "wishes": ["refund", "explanation"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    case.do("intake", "accept")
    case.do("lead", "assign", to=stack.staff["investigator2"]["id"])
    case.do(
        "investigator2",
        "ask_department",
        department="repair",
        question="为什么保修期内第二次上门收取320元？两次维修各换了什么零件？",
    )
    due = case.due("department_answer")
    case.wait_for_step("department_answer", "department", due - SOON)
    case.confirm("Anna Weber")  # Without this, her fourth letter of the day would wait for the morning.
    case.do(
        "investigator2",
        "ask_extension",
        reason="third_party",
        why="The repair department has not answered yet; without its record the charge cannot be judged.",
    )
    case.approve("lead")
    case.wait_for_step("department_answer", "investigator2", due)
    case.wait_for_step("department_answer", "department_head", due + SOON)
    _reported_on_silence(case)
    case.wait_for_letter("answer_reminder", "Anna Weber", "en", case.due("answer_window") - 2 * SOON)
    case.wait_for_stage("closed", case.due("answer_window"))
    if case.look()["outcome"] != "answered_not_contested" or case.look()["obligations"]:
        raise Trouble("The offer should have lapsed, and the case be closed as answered and not contested.")
    case.do("Anna Weber", "message", text="I was away. Is there still a way to get the 160 yuan?")
    case.do(
        "investigator2",
        "message",
        text="Your offer has lapsed, but you can ask us to take the case up again on your page.",
    )
    return [case]


def _reported_on_silence(case: Complaint) -> None:
    """File the report on the complaint that the department never answered. Its evidence is the consumer's
    statement (E1), and the question that the department left unanswered (Q1). The report proposes an offer
    without admission."""
    case.do(
        "investigator2",
        "file_report",
        findings=[
            {
                "matter": 1,
                "fact": "No record shows why a repair under warranty was charged.",
                "evidence": ["E1", "Q1"],
            },
            {
                "matter": 2,
                "fact": "The machine was repaired twice within three weeks.",
                "evidence": ["E1", "Q1"],
            },
        ],
        rights={
            "know": "not_established",
            "choose": "not_infringed",
            "fair_trade": "not_established",
            "safety": "not_examined",
        },
        unexamined="Nobody was or could be hurt.",
        rules=[{"law": "consumer_protection_2013", "article": "第二十四条"}],
        conclusions={"1": "offer", "2": "not_upheld"},
        causes=["handoff"],
        reasons={
            "1": "We cannot show what the charge was for, and offer half of it back.",
            "2": "Both repairs were made within the time that the warranty allows.",
        },
        remedies=[{"matter": 1, "kind": "refund", "by": today(7), "amount": yuan("160.00")}],
        terms="Half of the repair charge, paid back.",
    )
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])


def contested(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint whose answer is reconsidered. One of three panel members steps back, and the panel
    overturns the answer. The two sides then negotiate the open matter, make counter-offers, and settle on the
    spot."""
    case = file(
        stack,
        life,
        "顾晓梅",
        {
            "person": {"name": "顾晓梅", "email": mailbox("gu.xiaomei")},
            "account": {
                "story": "定制的沙发晚了六周，送来颜色不对。店里说不退不换，客服说合同写了有色差，我等了两个月，一肚子气。"
            },
            "matters": [
                {"type": "contract", "sub_type": "late", "amount": yuan("600.00")},
                {"type": "quality", "sub_type": "not_as_standard", "amount": yuan("5800.00")},
            ],
            "wishes": ["compensate", "replace"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    _refused_at_first(case)
    _decided_by_others(case)
    _negotiated(case)
    return [case]


def _refused_at_first(case: Complaint) -> None:
    """Answer the complaint: nothing is granted for the delay or for the colour."""
    case.do("intake", "accept")
    case.do("lead", "set_severity", severity="S3", why="标的额超过五千元。")
    case.do("lead", "assign", to=case.stack.staff["investigator"]["id"])
    case.do(
        "investigator",
        "file_report",
        findings=[
            {"matter": 1, "fact": "约定三周交付，实际九周。", "evidence": ["E1"]},
            {"matter": 2, "fact": "面料与样品有色差。", "evidence": ["E1"]},
        ],
        rights={
            "know": "not_infringed",
            "choose": "not_infringed",
            "fair_trade": "not_established",
            "safety": "not_examined",
        },
        unexamined="不涉及人身安全。",
        rules=[{"law": "contract", "article": "第六条"}],
        causes=["supplier"],
        conclusions={"1": "not_upheld", "2": "not_upheld"},
        reasons={"1": "合同约定工期可顺延。", "2": "合同写明允许色差。"},
    )
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])


def _decided_by_others(case: Complaint) -> None:
    """Let a panel reconsider the answer; nobody on it has handled the case. A member whose sister works in
    the shop steps back. Two of the three members decide for the consumer."""
    case.do(
        "顾晓梅",
        "ask_reconsideration",
        reasons={"1": "顺延也不能没有期限，六周太久。", "2": "这不是色差，样品是灰的，送来是绿的。"},
    )
    staff = {name: case.stack.staff[name]["id"] for name in ("chair", "panel", "panel2", "panel3")}
    case.refused(
        "supervisor",
        "appoint_panel",
        chair=staff["chair"],
        members=[staff["chair"], staff["panel"], case.stack.staff["investigator"]["id"]],
    )
    case.do(
        "supervisor",
        "appoint_panel",
        members=[staff["chair"], staff["panel"], staff["panel2"]],
        chair=staff["chair"],
    )
    case.do("chair", "declare_interest", interest=False)
    case.do("panel", "declare_interest", interest=False)
    case.do("panel2", "declare_interest", interest=True, conflict="relative", reason="我姐姐在这家店工作。")
    case.do(
        "supervisor",
        "appoint_panel",
        members=[staff["chair"], staff["panel"], staff["panel3"]],
        chair=staff["chair"],
    )
    case.do("panel3", "declare_interest", interest=False)
    changed, kept = {"1": "changed", "2": "changed"}, {"1": "changed", "2": "confirmed"}
    for name, results in (("panel", changed), ("panel3", kept), ("chair", changed)):
        case.do(
            name,
            "vote",
            results=results,
            reasons={"1": "顺延应当合理并提前告知。", "2": "样品与实物不是一种颜色。"},
        )
    case.do(
        "chair",
        "decide_reconsideration",
        reasons={"1": "顺延六周未告知，应当赔偿。", "2": "颜色与样品不符，由双方商定退换办法。"},
        conclusions={"1": "upheld", "2": "offer"},
        terms="迟延赔偿六百元；面料免费更换。",
        remedies=[
            {"matter": 1, "kind": "compensate", "by": today(7), "amount": yuan("600.00")},
            {"matter": 2, "kind": "replace", "by": today(30)},
        ],
    )


def _negotiated(case: Complaint) -> None:
    """Negotiate the open matter, led by a neutral officer who had no part in the case. The shop acts through
    its own link. Each side makes an offer, and the second offer is accepted."""
    case.do("顾晓梅", "raise_dispute", nature="remedy", about="换面料还要再等一个月，我要退货。")
    case.do("lead", "assign_negotiator", to=case.stack.staff["negotiator"]["id"])
    case.do(
        "negotiator",
        "name_business_representative",
        person={"name": "秦店长", "email": mailbox("qin", "shop")},
    )
    case.names["p2"] = "秦店长"
    case.tokens["秦店长"] = link(case, mailbox("qin", "shop"))
    case.do("顾晓梅", "state_position", text="沙发还没拆封，我只想退掉，再也不想等了。")
    case.do("秦店长", "state_position", text="定制的退回来卖不掉，但可以让一些价。", share=True)
    case.do("秦店长", "offer", terms="沙发留用，退还货款一千元。", amount=yuan("1000.00"), until=today(3))
    case.do(
        "顾晓梅",
        "offer",
        terms="沙发留用，退还货款一千八百元，另加迟延赔偿六百元，今天到账。",
        amount=yuan("2400.00"),
        until=today(2),
        counters="F1",
    )
    case.do("秦店长", "accept_offer", offer="F2")
    case.do(
        "negotiator",
        "record_on_the_spot",
        done="店方当面转账二千四百元，消费者查看到账。",
        fulfils=["O1"],
        consumer_confirms=True,
        business_confirms=True,
    )


PEOPLE = ("陈静", "刘洋", "黄磊", "周敏", "吴刚", "郑爽")


def joint(stack: Stack, life: str) -> list[Complaint]:
    """Play a joint complaint of six people about a gym that closed. Five people agree to the settlement. One
    does not agree, and continues alone."""
    cases = [
        file(
            stack,
            life,
            name,
            {
                "person": {"name": name, "email": mailbox(f"member{n}")},
                "account": {"story": f"健身房关门，年卡还剩{n}00元没有退。"},
                "matters": [{"type": "prepaid", "sub_type": "closed_shop", "amount": yuan(f"{n}00.00")}],
                "wishes": ["refund"],
                "hurt": "no",
                "consents": CONSENTS,
            },
        )
        for n, name in enumerate(PEOPLE, 1)
    ]
    together, alone = cases[0], cases[-1]
    for n, own in enumerate(cases[1:], 2):
        own.do("intake", "invite_to_join", leading=together.number)
        own.do(PEOPLE[n - 1], "join_case", own_wish=True)
        together.names[f"p{n}"] = PEOPLE[n - 1]
        together.tokens[PEOPLE[n - 1]] = link(together, mailbox(f"member{n}"))
    shares = [
        {"matter": 1, "kind": "refund", "by": today(7), "amount": yuan(f"{n}00.00"), "party": f"p{n}"}
        for n in range(1, len(PEOPLE) + 1)
    ]
    together.do("lead", "ask_consent", settlement="每人按剩余金额退款，七日内原路退回。", remedies=shares)
    for name in PEOPLE:
        together.do(name, "consent_represented", agrees=name != PEOPLE[-1])
    together.do(PEOPLE[-1], "leave_case", reason="我不同意，我要求另外赔偿。")
    del together.tokens[PEOPLE[-1]]
    together.do(
        "lead",
        "settle_at_once",
        agreement="五人均已在各自页面同意。",
        causes=["merchant"],
        terms="按各人剩余金额退款。",
        remedies=shares[:-1],
    )
    for n, name in enumerate(PEOPLE[:-1], 1):
        together.do("followup", "claim_done", obligation=f"O{n}", proof="payment_record", what="已原路退回。")
        together.do(name, "confirm_done", obligation=f"O{n}")
    alone.do("intake", "accept")
    together.wait_for_stage("closed", together.due("closing"))
    return [together, alone]


class LifeReport(Protocol):
    """The result of a life, for each complaint that was played. `lines_in` yields the lines to print in a
    language."""

    def lines_in(self, language: str) -> Iterator[str]: ...


Life = Callable[[Stack, str], Sequence[LifeReport]]
LIVES: dict[str, Life] = {
    "return": seven_day_return,
    "battery": battery,
    "silence": silent_department,
    "contested": contested,
    "whole": whole,
    "overturned": overturned,
    "warned": warned,
    "disputed": disputed,
    "learned": learned,
    "unmediated": unmediated,
    "forwarded": forwarded,
    "moved": moved,
    "partner": followed,
    "mail": mailed,
    "joint": joint,
}
USUAL = tuple(name for name in LIVES if name != "joint")


def chosen(names: str) -> dict[str, Life]:
    """Return the lives (demo complaints) to play, by name. `names` are their names, separated by commas; ""
    means all but `joint`. Raises Trouble for an unknown name."""
    wanted = tuple(filter(None, names.split(","))) or USUAL
    if unknown := [name for name in wanted if name not in LIVES]:
        raise Trouble(
            f"There is no life “{unknown[0]}”: LIVES= takes {', '.join(LIVES)}, with commas between."
        )
    return {name: LIVES[name] for name in wanted}

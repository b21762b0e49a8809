"""Demo complaints that go on after they seem to be over: a declined complaint whose decline is overturned, an
anonymous warning that is answered, and a closed case that is disputed."""

from datetime import UTC, datetime

from chalicelib.domain.calendar import stamp
from infra.local.demo_stage import CONSENTS, Complaint, Json, Stack, Trouble, file, link, mailbox, today, yuan


def overturned(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint that is declined in every matter. The consumer contests the decline, and people who
    never saw the case overturn it. So the complaint is investigated, answered and performed after all."""
    case = file(
        stack,
        life,
        "沈建华",
        {
            "person": {"name": "沈建华", "email": mailbox("shen.jianhua")},
            "account": {
                "story": "买的净水器滤芯是翻新的，包装上还有别人的名字！你们客服推给门店，门店推给厂家，三个星期了没有一个人给我准话。",
                "product": "清源牌净水器滤芯",
                "shop": "清源旗舰店",
                "order": "QY-20261103-118",
            },
            "matters": [{"type": "quality", "sub_type": "used_as_new", "amount": yuan("268.00")}],
            "wishes": ["refund"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    case.do(
        "intake",
        "decline",
        grounds={"1": "not_our_business"},
        reasons={"1": "没有找到这一订单，应当是在别的店铺买的。"},
        instead={"1": "订单所在的店铺，联系方式见订单页面"},
        routes=["samr_12315"],
    )
    case.do("沈建华", "ask_reconsideration", reasons={"1": "订单号第一天就写了，是你们自己的旗舰店。"})
    panel = ("chair", "panel", "panel3")
    ids = [stack.staff[name]["id"] for name in panel]
    case.do("supervisor", "appoint_panel", members=ids, chair=ids[0])
    for name in panel:
        case.do(name, "declare_interest", interest=False)
    for name in panel:
        case.do(name, "vote", results={"1": "changed"}, reasons={"1": "订单在旗舰店的系统里，能够查到。"})
    case.do("chair", "decide_reconsideration", reasons={"1": "订单属实，应当受理。"})
    case.do("lead", "assign", to=stack.staff["investigator"]["id"])
    case.do("investigator", "file_report", **_found("upheld", "与描述不符，应当退货退款。"))
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])
    case.do("沈建华", "accept_answer")
    case.do(
        "followup",
        "claim_done",
        obligation="O1",
        proof="payment_record",
        what="已原路退回268元，平台流水尾号5520。",
    )
    case.do("沈建华", "confirm_done", obligation="O1", remark="收到了。")
    case.wait_for_stage("closed", case.due("closing"))
    return [case]


def warned(stack: Stack, life: str) -> list[Complaint]:
    """Play an anonymous warning of danger, in which the person leaves no contact. The warning is taken in,
    triaged at once, and passed on. The person can see the result with the number and the passphrase of the
    warning."""
    case = file(
        stack,
        life,
        "不愿留名的人",
        {
            "account": {
                "story": "你们店里卖的充电宝在我包里冒烟，我扔掉了，别人还在买。我不想留名字。",
                "product": "充电宝",
            },
            "matters": [{"type": "safety", "sub_type": "hazard"}],
            "wishes": ["stop"],
            "hurt": "could_be",
            "consents": CONSENTS,
        },
    )
    case.do("safety", "triage_safety", real=True, reportable=True, reason="冒烟可能引起火灾，同款在售。")
    case.do(
        "safety",
        "decide_stop_sale",
        stop=True,
        departments=["repair"],
        product="同款充电宝全部批次",
        reason="查明以前先停售。",
    )
    case.approve("supervisor")
    case.do(
        "safety",
        "record_safety_report",
        body="上海市市场监督管理局",
        number="缺陷报告2026-1190",
        reported_at=stamp(datetime.now(UTC)),
    )
    case.do("safety", "clear_safety", reason="已全部下架，召回另案办理。")
    case.approve("supervisor")
    case.do("lead", "close_information", passed_to="质量部", reason="同款已经停售，按召回办理。")
    if case.look()["outcome"] != "information_only":
        raise Trouble("The warning should have been passed on inside the house.")
    return [case]


def disputed(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint that is closed after its answer was accepted. The consumer disputes the result in
    time, and the two sides settle."""
    case = file(
        stack,
        life,
        "Priya Nair",
        {
            "person": {"name": "Priya Nair", "email": mailbox("priya.nair"), "language": "en"},
            "account": {
                "story": (
                    "The air conditioner drips onto the bed. The fitter said that is normal. It is not, my "
                    "mattress is wet!"
                ),
                "product": "air conditioner",
            },
            "matters": [{"type": "warranty", "sub_type": "installation", "amount": yuan("450.00")}],
            "wishes": ["redo", "explanation"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    case.do("intake", "accept")
    case.do("lead", "assign", to=stack.staff["investigator2"]["id"])
    case.do(
        "investigator2",
        "file_report",
        **_found("not_upheld", "The drain was tested on site and does not leak."),
    )
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])
    case.do("Priya Nair", "accept_answer")
    case.do(
        "Priya Nair",
        "raise_dispute",
        nature="quality_test",
        about="It drips again, from the very same joint. I have a film of it.",
    )
    case.do("lead", "assign_negotiator", to=stack.staff["negotiator"]["id"], severity="S4")
    case.do(
        "negotiator",
        "name_business_representative",
        person={"name": "秦店长", "email": mailbox("qin", "shop")},
    )
    case.names["p2"] = "秦店长"
    case.tokens["秦店长"] = link(case, mailbox("qin", "shop"))
    case.do(
        "秦店长",
        "offer",
        terms="今天上门重新安装排水管，并补偿床垫清洗费450元。",
        amount=yuan("450.00"),
        until=today(2),
    )
    case.do("Priya Nair", "accept_offer", offer="F1")
    case.do(
        "negotiator",
        "record_on_the_spot",
        done="排水管已经重装，450元当面转账。",
        consumer_confirms=True,
        business_confirms=True,
    )
    return [case]


def _found(conclusion: str, reason: str) -> Json:
    """Return the facts of a simple report on one matter. `conclusion` is the code of the conclusion, and
    `reason` the reason for it. If the matter is upheld, the report proposes a refund."""
    gives: Json = {
        "remedies": [{"matter": 1, "kind": "refund", "by": today(2), "amount": yuan("268.00")}],
        "terms": "全额退款，原路退回。",
    }
    return {
        "findings": [
            {
                "matter": 1,
                "fact": "商品与订单描述不符。" if conclusion == "upheld" else reason,
                "evidence": ["E1"],
            }
        ],
        "rights": dict.fromkeys(("know", "choose", "fair_trade", "safety"), "not_infringed"),
        "rules": [{"law": "consumer_protection_2013", "article": "第二十四条"}],
        "causes": ["merchant"],
        "conclusions": {"1": conclusion},
        "reasons": {"1": reason},
        **(gives if conclusion == "upheld" else {}),
    }

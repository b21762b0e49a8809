"""A demo complaint that the rules send to one team, and that this team hands over to another."""

from datetime import UTC, datetime

from infra.local.demo_stage import CONSENTS, Abandoned, Complaint, Stack, Trouble, file, mailbox, today, yuan

CONSUMER = "高洁"


def moved(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint from Beijing. The rules send it to the northern team, where the clock assigns it by
    rotation. The investigator hands it over to the team for household appliances, where the clock assigns it
    by load. No date moves, the consumer gets the new contact, and the refund is paid."""
    case = file(
        stack,
        life,
        CONSUMER,
        {
            "person": {"name": CONSUMER, "email": mailbox("gao.jie")},
            "account": {
                "story": "在北京的门店买的洗碗机，用了两次就漏水，地板都泡了。门店让我找厂里，厂里又让我找门店。"
            },
            "region": "110000",
            "matters": [{"type": "quality", "sub_type": "defect", "amount": yuan("2999.00")}],
            "wishes": ["refund"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    _alone(case, "north")
    case.do("north-intake", "accept")
    first = _assigned(case, "north")
    case.confirm(CONSUMER)  # Without this, the fourth letter of the day would wait for the morning.
    due = case.due("investigation")
    case.do(first, "change_team", to="household", reason="洗碗机的检测和退换由家电组办理。")
    if case.due("investigation") > due:
        raise Trouble("The investigation should end no later than before the hand-over.")
    case.wait_for_letter("team_changed", CONSUMER, "zh", datetime.now(UTC))
    _alone(case, "household")
    case.refused(first, "message", text="请问您何时方便上门检测？")
    _decided(case, _assigned(case, "household"))
    return [case]


def _alone(case: Complaint, team: str) -> None:
    """Check that the lead of this team reads the case, and that the leads of the other teams do not."""
    leads = {"general": "lead", "household": "household-lead", "north": "north-lead"}
    if case.look()["team"] != team:
        raise Trouble(f"The case should be with the team {team}.")
    case.ask(leads.pop(team), "GET")
    for other in leads.values():
        try:
            case.ask(other, "GET")
        except Abandoned:
            raise
        except Trouble:
            continue
        raise Trouble(f"{case.called(other)} should not read a case of another team.")


def _assigned(case: Complaint, team: str) -> str:
    """Wait until the clock has given the case to a person of this team. Return their account."""
    case.wait(
        f"the clock to assign the case in the team {team}", lambda: case.look()["owner"], datetime.now(UTC)
    )
    owner = case.look()["owner"]
    return next(account for account, person in case.stack.staff.items() if person["id"] == owner)


def _decided(case: Complaint, investigator: str) -> None:
    """Answer the complaint in the new team, and perform what was promised."""
    case.do(
        investigator,
        "file_report",
        findings=[{"matter": 1, "fact": "进水阀密封圈不合格，第二次使用时漏水。", "evidence": ["E1"]}],
        rights={
            "know": "not_infringed",
            "choose": "not_infringed",
            "fair_trade": "infringed",
            "safety": "not_examined",
        },
        unexamined="漏水没有造成人身危险。",
        rules=[{"law": "consumer_protection_2013", "article": "第二十四条"}],
        causes=["supplier"],
        conclusions={"1": "upheld"},
        reasons={"1": "洗碗机不符合质量要求，自收货起七日内可以退货。"},
        remedies=[{"matter": 1, "kind": "refund", "by": today(3), "amount": yuan("2999.00")}],
        terms="全额退还货款2999元，由我方上门取回洗碗机。",
    )
    case.do("household-lead", "answer", routes=["samr_12315", "association", "court"])
    case.do(CONSUMER, "accept_answer")
    case.do("followup", "take")
    case.do(
        "followup",
        "claim_done",
        obligation="O1",
        proof="payment_record",
        what="已原路退回2999元，流水尾号2208。",
    )
    case.wait_for_letter("performance_question", CONSUMER, "zh", datetime.now(UTC))
    case.do(CONSUMER, "confirm_done", obligation="O1", remark="收到了。")
    case.wait_for_stage("closed", case.due("closing"))

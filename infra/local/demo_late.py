"""A demo complaint for which no mediator is appointed in time. We apologise, the time of the mediation is
suspended, and the mediation continues once a mediator is appointed."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.calendar import instant, stamp
from infra.local.demo_stage import CONSENTS, Complaint, Json, Stack, Trouble, file, link, mailbox, say, yuan


def unmediated(stack: Stack, life: str) -> list[Complaint]:
    """Play a mediation for which nobody is appointed in time. Both sides get an apology that says who is
    responsible now. The ladder goes up to the supervisor, and the sixty days of the mediation are suspended.

    The supervisor promises a new date. Then a mediator takes the case on, the mediation ends later by the
    time of our delay, and an agreement on the spot closes the case."""
    case = _asked_for_a_mediator(stack, life)
    ends = case.due("mediation")
    _nobody_appointed(case)
    _appointed_after_all(case, ends)
    case.do(
        "mediator",
        "record_on_the_spot",
        done="企业方当场退款680元，消费者确认收到。",
        consumer_confirms=True,
        business_confirms=True,
    )
    return [case]


def _asked_for_a_mediator(stack: Stack, life: str) -> Complaint:
    """File, answer and dispute a complaint, until both sides agree to a mediator from outside."""
    case = file(
        stack,
        life,
        "宋岚",
        {
            "person": {"name": "宋岚", "email": mailbox("song.lan")},
            "account": {"story": "健身房关门了，还有八个月的卡，店长说只能转到十公里外的分店。"},
            "matters": [{"type": "prepaid", "sub_type": "balance_refund", "amount": yuan("680.00")}],
            "wishes": ["refund"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    case.do("intake", "accept")
    case.do("lead", "assign", to=stack.staff["investigator"]["id"])
    case.do("investigator", "file_report", **_report())
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])
    # An unconfirmed mailbox gets few letters a day, and the apology would wait until the next morning.
    case.confirm("宋岚")
    case.do("宋岚", "raise_dispute", nature="remedy", about="转店太远，只要退款。")
    case.do("lead", "assign_negotiator", to=stack.staff["negotiator"]["id"], severity="S4")
    case.do(
        "negotiator",
        "name_business_representative",
        person={"name": "卢店长", "email": mailbox("lu", "shop")},
    )
    case.names["p2"] = "卢店长"
    case.tokens["卢店长"] = link(case, mailbox("lu", "shop"))
    case.do("negotiator", "invite_mediation")
    case.do("宋岚", "consent_mediation")
    case.do("卢店长", "consent_mediation")
    return case


def _nobody_appointed(case: Complaint) -> None:
    """Let the time to find a mediator pass. Check that the consumer gets an apology, and that the mediation
    is suspended. Then promise a new date, which only the level that the ladder has reached may do."""
    due = case.due("mediator_appointment")
    case.wait_for_step("mediator_appointment", "lead", due)
    case.wait_for_letter("overdue", "宋岚", "zh", due)
    case.wait("the mediation to stand still", lambda: _mediation(case)["stopped"] == "late", due)
    case.wait_for_step("mediator_appointment", "supervisor", due + timedelta(minutes=1))
    new: Json = {
        "deadline": "mediator_appointment",
        "by": str((datetime.now(UTC) + timedelta(days=2)).date()),
        "reason": "登记册上合适的调解员都在办案，正在请邻区的调解委员会派人。",
    }
    case.refused("lead", "promise_anew", **new)
    case.do("supervisor", "promise_anew", **new)


def _appointed_after_all(case: Complaint, ends: datetime) -> None:
    """Let a mediator take the case on. Check that the mediation runs again, and ends later than it would
    have ended without our delay (`ends`)."""
    case.do("lead", "appoint_mediator", mediator=case.stack.staff["mediator"]["id"])
    case.do("mediator", "accept_appointment", independent=True)
    now = _mediation(case)
    if now["stopped"] or not now["due"] or instant(now["due"]) <= ends:
        raise Trouble(f"The mediation should end after {stamp(ends)}, by as long as we were late: {now}")
    say(case.life, f"✓ the mediation ends at {now['due']} instead of {stamp(ends)}, since we were late")


def _mediation(case: Complaint) -> Json:
    """Return the deadline of the mediation as the consumer gets it from the interface."""
    items: list[Json] = case.ask("宋岚", "GET", "/deadlines")["items"]
    return next(item for item in items if item["deadline"] == "mediation")


def _report() -> Json:
    """Return a report that refuses the refund."""
    return {
        "findings": [{"matter": 1, "fact": "合同写明关店可以转到其他分店。", "evidence": ["E1"]}],
        "rights": {
            "know": "not_infringed",
            "choose": "not_established",
            "fair_trade": "not_established",
            "safety": "not_examined",
        },
        "unexamined": "不涉及人身安全。",
        "rules": [{"law": "consumer_protection_2013", "article": "第五十三条"}],
        "causes": ["policy"],
        "conclusions": {"1": "not_upheld"},
        "reasons": {"1": "合同约定可以转店，不符合退款条件。"},
    }

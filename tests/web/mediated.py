"""A builder of mediations: a complaint in mediation, its mediator, its meetings, and a text to sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Duty, Role
from tests.domain.life import REGISTER
from tests.life.contested import MA, staffed, talking
from tests.scenario import CHEN, DAY, FENG, HOUR, SUN, WANG, WU, ZHOU, Scenario, once
from tests.web.talks import ABOUT, load, shop

YAN, REN = (Caller(who, Role.MEDIATOR, name=f"{who}@mediators.example") for who in ("yan", "ren"))
"""A mediator of a lawfully established body, and one of another body."""
FACTS = "消费者于2026年1月购买洗衣机一台，使用中不脱水。"
REFUNDS, RETURNS = "原路退回货款。", "把洗衣机交给上门取件的人员。"
"""The company's obligation, and the consumer's obligation after it."""
OF_THE_CONSUMER = (
    "王芳的回避理由",
    "王芳不能来的理由",
    "王芳不签的理由",
    "王芳的底线",
    "13800138000",
    "wang.fang@",
)
"""Words that only the consumers may read of a mediation."""
OF_THE_COMPANY = (
    "企业的回避理由",
    "企业不能来的理由",
    "企业缺席的解释",
    "企业缺席的认定",
    "企业的底线",
    "企业的留言",
    "qin@shop",
)
"""Words that only the company's side may read."""
OF_THE_HOUSE = ("双方电话里都同意提前", "双方都说不必等")
"""Words that neither side may read."""


@once
def registered(scenario: Scenario) -> None:
    """Set up the scenario with a negotiator and a register of mediators."""
    staffed(scenario)
    scenario.product.file.keep_register(REGISTER)


@once
def negotiating(scenario: Scenario, **changes: Any) -> str:
    """Return an accepted complaint in negotiation, with a representative of the company."""
    registered(scenario)
    ref = scenario.submit(**changes).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    return ref


def consented(scenario: Scenario, ref: str) -> None:
    """Let both sides agree to mediation."""
    scenario.move(MA, "invite_mediation", ref)
    scenario.move(scenario.by_link(ref), "consent_mediation", ref)
    scenario.move(shop(scenario, ref), "consent_mediation", ref)


@once
def mediating(scenario: Scenario, by: Caller = YAN, **changes: Any) -> str:
    """Return a case in mediation whose mediator has accepted."""
    ref = negotiating(scenario, **changes)
    consented(scenario, ref)
    appointed(scenario, ref, by)
    return ref


def appointed(scenario: Scenario, ref: str, by: Caller = YAN, **said: Any) -> None:
    """Appoint a mediator of the register, who accepts."""
    scenario.move(SUN, "appoint_mediator", ref, mediator=by.who)
    scenario.move(by, "accept_appointment", ref, independent=True, **said)


def meeting(scenario: Scenario, days: int = 20, **changes: Any) -> dict[str, Any]:
    """Return the facts of a meeting at ten in the morning, this many days ahead."""
    at = (scenario.time + timedelta(days=days)).replace(hour=2, minute=0)
    return {
        "at": at.isoformat(),
        "minutes": 90,
        "way": "in_person",
        "place": "市民中心三楼调解室",
        "papers": "购买凭证、身份证",
        **changes,
    }


def day(scenario: Scenario, days: int) -> str:
    """Return the date this many days ahead."""
    return (published().day_of(scenario.time) + timedelta(days=days)).isoformat()


def refund(scenario: Scenario, **changes: Any) -> dict[str, Any]:
    """Return a clause: the company pays back 800 yuan within ten days."""
    return {
        "debtor": "business",
        "creditor": "p1",
        "kind": "refund",
        "what": REFUNDS,
        "proof": "payment_record",
        "measure": "interest",
        "amount": {"amount": "800.00"},
        "by": day(scenario, 10),
        **changes,
    }


def back(**changes: Any) -> dict[str, Any]:
    """Return a clause: the consumer gives the goods back within five days after clause 1."""
    return {
        "debtor": "p1",
        "creditor": "business",
        "kind": "return_goods",
        "what": RETURNS,
        "proof": "delivery_record",
        "measure": "hold_counter",
        "after": 1,
        "days": 5,
        **changes,
    }


def text(scenario: Scenario, *clauses: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the facts of a draft: by default a refund, then the return of the goods."""
    return {
        "company": "梧桐家电有限公司",
        "facts": FACTS,
        "clauses": clauses or (refund(scenario), back()),
        **changes,
    }


@once
def unopposed(scenario: Scenario, ref: str) -> None:
    """Let time pass until nobody can object to the mediator any more."""
    scenario.tell(ref, MA)
    ends = [
        run.due
        for run in deadlines(scenario.product.file.load(ref)).values()
        if run.name == "challenge" and run.due
    ]
    scenario.live(max([*ends, scenario.time]) - scenario.time, ref)


@once
def drafted(scenario: Scenario, ref: str, *clauses: dict[str, Any], by: Caller = YAN, **changes: Any) -> Case:
    """Draft the agreement, after the time to object to the mediator is over."""
    unopposed(scenario, ref)
    return scenario.move(by, "draft_agreement", ref, **text(scenario, *clauses, **changes))


def signed(scenario: Scenario, ref: str, *by: Caller) -> Case:
    """Sign the current text for each of these callers."""
    for who in by:
        scenario.move(who, "sign", ref, digest=digest(scenario, ref))
    return load(scenario, ref)


def digest(scenario: Scenario, ref: str) -> str:
    """Return the digest of the current text."""
    found = load(scenario, ref).talks.agreement
    assert found
    return found.digest


@once
def bound(scenario: Scenario, ref: str, *clauses: dict[str, Any]) -> Case:
    """Bring an agreement into force."""
    drafted(scenario, ref, *clauses)
    return signed(scenario, ref, scenario.by_link(ref), shop(scenario, ref), YAN)


def sealed(scenario: Scenario, ref: str) -> Case:
    """Record the seal of an agreement's document."""
    return scenario.product.casework.move(
        "record_seal", ref, CLOCK, {"sha256": "ab" * 32, "size": 123456, "application": "cd" * 32}
    )


def life(scenario: Scenario, ref: str) -> Iterator[str]:
    """Run a mediation up to its text through everything that can happen in it. Yield a name after each
    step."""
    consumer, business = scenario.by_link(ref), shop(scenario, ref)
    scenario.move(consumer, "state_position", ref, text="王芳的底线")
    scenario.move(business, "state_position", ref, text="企业的底线")
    consented(scenario, ref)
    yield "consented"
    scenario.move(SUN, "appoint_mediator", ref, mediator="ren")
    yield "asked"
    scenario.move(
        REN, "accept_appointment", ref, independent=True, past_cases="去年主持过一件与这家企业有关的调解。"
    )
    yield "accepted"
    scenario.move(consumer, "challenge_mediator", ref, conflict="business_tie", reason="王芳的回避理由")
    yield "objected"
    scenario.move(ZHOU, "decide_challenge", ref, upheld=True, reason="有业务关系。")
    yield "upheld"
    appointed(scenario, ref)
    scenario.move(business, "challenge_mediator", ref, conflict="other_doubt", reason="企业的回避理由")
    scenario.move(WU, "decide_challenge", ref, upheld=False, reason="没有看出不公正。")
    yield "not upheld"
    scenario.live(14 * DAY, ref)
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario, days=12, both_waive="双方都说不必等"))
    yield "called"
    scenario.move(business, "ask_meeting_change", ref, meeting="M1", reason="企业不能来的理由")
    scenario.move(consumer, "ask_meeting_change", ref, meeting="M1", reason="王芳不能来的理由")
    scenario.move(
        YAN,
        "change_meeting",
        ref,
        meeting="M1",
        reason="场地有变",
        way="online",
        place="https://meet.example/123",
        **_moved(scenario),
    )
    yield "moved"
    scenario.live(14 * DAY + 2 * HOUR, ref)
    scenario.move(
        YAN,
        "record_meeting",
        ref,
        meeting="M1",
        present=["consumer"],
        minutes="消费者说明了情况。",
        next_step="再约一次。",
    )
    yield "recorded"
    scenario.move(
        YAN,
        "decide_absence",
        ref,
        meeting="M1",
        side="business",
        good=True,
        reason="企业缺席的认定",
        explained="企业缺席的解释",
    )
    scenario.move(consumer, "agree_extension", ref)
    yield "absence decided"
    scenario.move(business, "message", ref, text="企业的留言")
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario, both_waive="双方电话里都同意提前"))
    scenario.move(YAN, "change_meeting", ref, meeting="M2", reason="已经谈好", cancel=True)
    yield "cancelled"


def _moved(scenario: Scenario) -> dict[str, Any]:
    return {"at": meeting(scenario, 14)["at"]}


def signing(scenario: Scenario, ref: str) -> Iterator[str]:
    """Run an agreement from its draft to performance: signed, amended, sealed, confirmed by the court. Yield
    a name after each step."""
    consumer, business = scenario.by_link(ref), shop(scenario, ref)
    drafted(scenario, ref)
    yield "drafted"
    signed(scenario, ref, consumer)
    yield "signed by one"
    scenario.move(
        YAN,
        "amend_draft",
        ref,
        changed="退款改为900元。",
        **text(scenario, refund(scenario, amount={"amount": "900.00"}), back()),
    )
    yield "amended"
    signed(scenario, ref, consumer, business)
    yield "signed by both sides"
    signed(scenario, ref, YAN)
    yield "in force"
    sealed(scenario, ref)
    yield "sealed"
    scenario.move(consumer, "record_confirmation", ref, step="agrees")
    yield "one agrees to apply"
    scenario.move(business, "record_confirmation", ref, step="agrees")
    yield "both agree to apply"
    scenario.move(consumer, "record_confirmation", ref, step="applied", court="区人民法院")
    yield "applied"
    scenario.move(
        Caller("feng", Role.FOLLOWUP, frozenset({"general"})),
        "record_confirmation",
        ref,
        step="confirmed",
        court="区人民法院",
        number="（2026）司确1号",
    )
    yield "confirmed"
    scenario.move(business, "claim_done", ref, obligation="O1", proof="payment_record", what="已经退款。")
    yield "claimed"
    scenario.move(consumer, "confirm_done", ref, obligation="O1")
    scenario.move(
        consumer, "claim_done", ref, obligation="O2", proof="delivery_record", what="已经交给取件的人。"
    )
    yield "the other side's turn"
    scenario.move(business, "confirm_done", ref, obligation="O2")
    yield "performed"


def run_obligations(scenario: Scenario, ref: str) -> Iterator[str]:
    """Run the obligations of an agreement through every state. The first is amended, demanded, breached and
    performed; the second is waived. Yield a name after each step."""
    consumer, business = scenario.by_link(ref), shop(scenario, ref)
    bound(scenario, ref)
    yield "in force"
    scenario.move(
        business, "propose_change", ref, obligation="O1", by=day(scenario, 20), reason="企业说月底才能打款。"
    )
    yield "another date asked for"
    scenario.move(consumer, "agree_change", ref, obligation="O1")
    yield "date changed"
    scenario.move(
        consumer,
        "propose_change",
        ref,
        obligation="O1",
        amount={"amount": "850.00"},
        way="退到王芳的银行卡。",
        reason="王芳说运费没有算。",
    )
    yield "another amount asked for"
    scenario.move(business, "agree_change", ref, obligation="O1", digest=change(scenario, ref))
    yield "amount changed"
    scenario.move(FENG, "record_visit", ref, how="phone", said="回访里说的话")
    scenario.live(until(scenario, ref), ref)
    yield "due today"
    scenario.live(2 * DAY, ref)
    yield "called on"
    scenario.live(10 * DAY, ref)
    yield "time to make good is over"
    scenario.agreed(
        ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没有付款记录。", counter="洗衣机随时可以取。"
    )
    yield "in breach"
    scenario.move(FENG, "take_measure", ref, obligation="O1", measure="interest", basis="协议第1条。")
    yield "measure taken"
    scenario.move(
        business, "claim_done", ref, obligation="O1", proof="payment_record", what="企业说已经转账。"
    )
    yield "claimed"
    scenario.move(consumer, "dispute_done", ref, obligation="O1", reason="王芳说没有到账。")
    yield "disputed"
    scenario.move(CHEN, "decide_proof", ref, obligation="O1", accepted=False, reason="回单对不上。")
    scenario.move(business, "claim_done", ref, obligation="O1", proof="payment_record", what="重新转账。")
    scenario.move(consumer, "confirm_done", ref, obligation="O1", remark="王芳说收到了")
    yield "made good"
    scenario.move(business, "waive", ref, obligation="O2", words="企业说机器不用退了。")
    yield "given up"


def until(scenario: Scenario, ref: str, id: str = "O1") -> timedelta:
    """Return the time until noon (UTC+8) of the day an obligation is due."""
    by = load(scenario, ref).obligation(id).by
    assert by
    return datetime(by.year, by.month, by.day, 4, tzinfo=UTC) - scenario.time


@once
def called_on(scenario: Scenario) -> str:
    """Return a case whose refund was not paid by its day, so that a demand for performance was sent."""
    ref = mediating(scenario)
    bound(scenario, ref)
    scenario.live(until(scenario, ref) + DAY, ref)
    assert load(scenario, ref).obligation("O1").state == Duty.IN_CURE
    return ref


@once
def breached(scenario: Scenario) -> str:
    """Return a case whose refund two officers found to be in breach."""
    ref = called_on(scenario)
    scenario.live(10 * DAY, ref)
    scenario.agreed(
        ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没有付款记录。", counter="洗衣机随时可以取。"
    )
    return ref


def change(scenario: Scenario, ref: str, id: str = "O1") -> str:
    """Return the digest of the proposed amendment of an obligation."""
    asked = load(scenario, ref).obligation(id).proposed
    assert asked
    assert asked.digest
    return asked.digest

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
from tests.house import CHEN, DAY, FENG, HOUR, SUN, WANG, WU, ZHOU, House, once
from tests.life.contested import MA, staffed, talking
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
def registered(house: House) -> None:
    """Set up the house with a negotiator and a register of mediators."""
    staffed(house)
    house.product.file.keep_register(REGISTER)


@once
def negotiating(house: House, **changes: Any) -> str:
    """Return an accepted complaint in negotiation, with a representative of the company."""
    registered(house)
    ref = house.submit(**changes).ref
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    house.move(house.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(house, ref)
    return ref


def consented(house: House, ref: str) -> None:
    """Let both sides agree to mediation."""
    house.move(MA, "invite_mediation", ref)
    house.move(house.by_link(ref), "consent_mediation", ref)
    house.move(shop(house, ref), "consent_mediation", ref)


@once
def mediating(house: House, by: Caller = YAN, **changes: Any) -> str:
    """Return a case in mediation whose mediator has accepted."""
    ref = negotiating(house, **changes)
    consented(house, ref)
    appointed(house, ref, by)
    return ref


def appointed(house: House, ref: str, by: Caller = YAN, **said: Any) -> None:
    """Appoint a mediator of the register, who accepts."""
    house.move(SUN, "appoint_mediator", ref, mediator=by.who)
    house.move(by, "accept_appointment", ref, independent=True, **said)


def meeting(house: House, days: int = 20, **changes: Any) -> dict[str, Any]:
    """Return the facts of a meeting at ten in the morning, this many days ahead."""
    at = (house.time + timedelta(days=days)).replace(hour=2, minute=0)
    return {
        "at": at.isoformat(),
        "minutes": 90,
        "way": "in_person",
        "place": "市民中心三楼调解室",
        "papers": "购买凭证、身份证",
        **changes,
    }


def day(house: House, days: int) -> str:
    """Return the date this many days ahead."""
    return (published().day_of(house.time) + timedelta(days=days)).isoformat()


def refund(house: House, **changes: Any) -> dict[str, Any]:
    """Return a clause: the company pays back 800 yuan within ten days."""
    return {
        "debtor": "business",
        "creditor": "p1",
        "kind": "refund",
        "what": REFUNDS,
        "proof": "payment_record",
        "measure": "interest",
        "amount": {"amount": "800.00"},
        "by": day(house, 10),
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


def text(house: House, *clauses: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the facts of a draft: by default a refund, then the return of the goods."""
    return {
        "company": "梧桐家电有限公司",
        "facts": FACTS,
        "clauses": clauses or (refund(house), back()),
        **changes,
    }


@once
def unopposed(house: House, ref: str) -> None:
    """Let time pass until nobody can object to the mediator any more."""
    house.tell(ref, MA)
    ends = [
        run.due
        for run in deadlines(house.product.file.load(ref)).values()
        if run.name == "challenge" and run.due
    ]
    house.live(max([*ends, house.time]) - house.time, ref)


@once
def drafted(house: House, ref: str, *clauses: dict[str, Any], by: Caller = YAN, **changes: Any) -> Case:
    """Draft the agreement, after the time to object to the mediator is over."""
    unopposed(house, ref)
    return house.move(by, "draft_agreement", ref, **text(house, *clauses, **changes))


def signed(house: House, ref: str, *by: Caller) -> Case:
    """Sign the current text for each of these callers."""
    for who in by:
        house.move(who, "sign", ref, digest=digest(house, ref))
    return load(house, ref)


def digest(house: House, ref: str) -> str:
    """Return the digest of the current text."""
    found = load(house, ref).talks.agreement
    assert found
    return found.digest


@once
def bound(house: House, ref: str, *clauses: dict[str, Any]) -> Case:
    """Bring an agreement into force."""
    drafted(house, ref, *clauses)
    return signed(house, ref, house.by_link(ref), shop(house, ref), YAN)


def sealed(house: House, ref: str) -> Case:
    """Record the seal of an agreement's document."""
    return house.product.casework.move(
        "record_seal", ref, CLOCK, {"sha256": "ab" * 32, "size": 123456, "application": "cd" * 32}
    )


def life(house: House, ref: str) -> Iterator[str]:
    """Run a mediation up to its text through everything that can happen in it. Yield a name after each
    step."""
    consumer, business = house.by_link(ref), shop(house, ref)
    house.move(consumer, "state_position", ref, text="王芳的底线")
    house.move(business, "state_position", ref, text="企业的底线")
    consented(house, ref)
    yield "consented"
    house.move(SUN, "appoint_mediator", ref, mediator="ren")
    yield "asked"
    house.move(
        REN, "accept_appointment", ref, independent=True, past_cases="去年主持过一件与这家企业有关的调解。"
    )
    yield "accepted"
    house.move(consumer, "challenge_mediator", ref, conflict="business_tie", reason="王芳的回避理由")
    yield "objected"
    house.move(ZHOU, "decide_challenge", ref, upheld=True, reason="有业务关系。")
    yield "upheld"
    appointed(house, ref)
    house.move(business, "challenge_mediator", ref, conflict="other_doubt", reason="企业的回避理由")
    house.move(WU, "decide_challenge", ref, upheld=False, reason="没有看出不公正。")
    yield "not upheld"
    house.live(14 * DAY, ref)
    house.move(YAN, "call_meeting", ref, **meeting(house, days=12, both_waive="双方都说不必等"))
    yield "called"
    house.move(business, "ask_meeting_change", ref, meeting="M1", reason="企业不能来的理由")
    house.move(consumer, "ask_meeting_change", ref, meeting="M1", reason="王芳不能来的理由")
    house.move(
        YAN,
        "change_meeting",
        ref,
        meeting="M1",
        reason="场地有变",
        way="online",
        place="https://meet.example/123",
        **_moved(house),
    )
    yield "moved"
    house.live(14 * DAY + 2 * HOUR, ref)
    house.move(
        YAN,
        "record_meeting",
        ref,
        meeting="M1",
        present=["consumer"],
        minutes="消费者说明了情况。",
        next_step="再约一次。",
    )
    yield "recorded"
    house.move(
        YAN,
        "decide_absence",
        ref,
        meeting="M1",
        side="business",
        good=True,
        reason="企业缺席的认定",
        explained="企业缺席的解释",
    )
    house.move(consumer, "agree_extension", ref)
    yield "absence decided"
    house.move(business, "message", ref, text="企业的留言")
    house.move(YAN, "call_meeting", ref, **meeting(house, both_waive="双方电话里都同意提前"))
    house.move(YAN, "change_meeting", ref, meeting="M2", reason="已经谈好", cancel=True)
    yield "cancelled"


def _moved(house: House) -> dict[str, Any]:
    return {"at": meeting(house, 14)["at"]}


def signing(house: House, ref: str) -> Iterator[str]:
    """Run an agreement from its draft to performance: signed, amended, sealed, confirmed by the court. Yield
    a name after each step."""
    consumer, business = house.by_link(ref), shop(house, ref)
    drafted(house, ref)
    yield "drafted"
    signed(house, ref, consumer)
    yield "signed by one"
    house.move(
        YAN,
        "amend_draft",
        ref,
        changed="退款改为900元。",
        **text(house, refund(house, amount={"amount": "900.00"}), back()),
    )
    yield "amended"
    signed(house, ref, consumer, business)
    yield "signed by both sides"
    signed(house, ref, YAN)
    yield "in force"
    sealed(house, ref)
    yield "sealed"
    house.move(consumer, "record_confirmation", ref, step="agrees")
    yield "one agrees to apply"
    house.move(business, "record_confirmation", ref, step="agrees")
    yield "both agree to apply"
    house.move(consumer, "record_confirmation", ref, step="applied", court="区人民法院")
    yield "applied"
    house.move(
        Caller("feng", Role.FOLLOWUP, frozenset({"general"})),
        "record_confirmation",
        ref,
        step="confirmed",
        court="区人民法院",
        number="（2026）司确1号",
    )
    yield "confirmed"
    house.move(business, "claim_done", ref, obligation="O1", proof="payment_record", what="已经退款。")
    yield "claimed"
    house.move(consumer, "confirm_done", ref, obligation="O1")
    house.move(
        consumer, "claim_done", ref, obligation="O2", proof="delivery_record", what="已经交给取件的人。"
    )
    yield "the other side's turn"
    house.move(business, "confirm_done", ref, obligation="O2")
    yield "performed"


def run_obligations(house: House, ref: str) -> Iterator[str]:
    """Run the obligations of an agreement through every state. The first is amended, demanded, breached and
    performed; the second is waived. Yield a name after each step."""
    consumer, business = house.by_link(ref), shop(house, ref)
    bound(house, ref)
    yield "in force"
    house.move(
        business, "propose_change", ref, obligation="O1", by=day(house, 20), reason="企业说月底才能打款。"
    )
    yield "another date asked for"
    house.move(consumer, "agree_change", ref, obligation="O1")
    yield "date changed"
    house.move(
        consumer,
        "propose_change",
        ref,
        obligation="O1",
        amount={"amount": "850.00"},
        way="退到王芳的银行卡。",
        reason="王芳说运费没有算。",
    )
    yield "another amount asked for"
    house.move(business, "agree_change", ref, obligation="O1", digest=change(house, ref))
    yield "amount changed"
    house.move(FENG, "record_visit", ref, how="phone", said="回访里说的话")
    house.live(until(house, ref), ref)
    yield "due today"
    house.live(2 * DAY, ref)
    yield "called on"
    house.live(10 * DAY, ref)
    yield "time to make good is over"
    house.agreed(
        ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没有付款记录。", counter="洗衣机随时可以取。"
    )
    yield "in breach"
    house.move(FENG, "take_measure", ref, obligation="O1", measure="interest", basis="协议第1条。")
    yield "measure taken"
    house.move(business, "claim_done", ref, obligation="O1", proof="payment_record", what="企业说已经转账。")
    yield "claimed"
    house.move(consumer, "dispute_done", ref, obligation="O1", reason="王芳说没有到账。")
    yield "disputed"
    house.move(CHEN, "decide_proof", ref, obligation="O1", accepted=False, reason="回单对不上。")
    house.move(business, "claim_done", ref, obligation="O1", proof="payment_record", what="重新转账。")
    house.move(consumer, "confirm_done", ref, obligation="O1", remark="王芳说收到了")
    yield "made good"
    house.move(business, "waive", ref, obligation="O2", words="企业说机器不用退了。")
    yield "given up"


def until(house: House, ref: str, id: str = "O1") -> timedelta:
    """Return the time until noon (UTC+8) of the day an obligation is due."""
    by = load(house, ref).obligation(id).by
    assert by
    return datetime(by.year, by.month, by.day, 4, tzinfo=UTC) - house.time


@once
def called_on(house: House) -> str:
    """Return a case whose refund was not paid by its day, so that a demand for performance was sent."""
    ref = mediating(house)
    bound(house, ref)
    house.live(until(house, ref) + DAY, ref)
    assert load(house, ref).obligation("O1").state == Duty.IN_CURE
    return ref


@once
def breached(house: House) -> str:
    """Return a case whose refund two officers found to be in breach."""
    ref = called_on(house)
    house.live(10 * DAY, ref)
    house.agreed(
        ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没有付款记录。", counter="洗衣机随时可以取。"
    )
    return ref


def change(house: House, ref: str, id: str = "O1") -> str:
    """Return the digest of the proposed amendment of an obligation."""
    asked = load(house, ref).obligation(id).proposed
    assert asked
    assert asked.digest
    return asked.digest

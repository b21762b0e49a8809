"""Cases with a mediated dispute, up to a signed agreement."""

from __future__ import annotations

from datetime import date
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Language, Role
from chalicelib.domain.register import Expertise, Mediator, Register
from tests.life.contested import answered, staffed, talking
from tests.scenario import DAY, SUN, Scenario, once

YAN, REN = (Caller(who, Role.MEDIATOR, name=f"{who}@mediators.example") for who in ("yan", "ren"))
COMPANY = "梧桐家电有限公司"


def registered(scenario: Scenario) -> None:
    """Store the staff of talks and two mediators: yan of a lawfully established body, ren of another."""
    staffed(scenario)
    mediators = {
        id: Mediator(
            id,
            name,
            f"{id}@mediators.example",
            body,
            lawful,
            "人民调解员",
            f"RT-{id}",
            date(2036, 12, 31),
            "调解消费纠纷十二年",
            (Expertise("any"),),
            tuple(Language),
            employed=False,
        )
        for id, name, body, lawful in (
            ("yan", "严明", "市消费纠纷人民调解委员会", True),
            ("ren", "任平", "和顺商事调解工作室", False),
        )
    }
    scenario.product.file.keep_register(Register(mediators))


@once
def mediating(scenario: Scenario) -> tuple[str, Caller, Caller]:
    """Return a dispute in formal mediation without a mediator: its number, the consumer, the company's
    representative."""
    registered(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(scenario, ref)
    scenario.move(consumer, "invite_mediation", ref)
    scenario.move(shop, "consent_mediation", ref)
    return ref, consumer, shop


@once
def mediated(scenario: Scenario, by: Caller = YAN) -> tuple[str, Caller, Caller]:
    """Return the same dispute with an accepted mediator, after the time for objections."""
    ref, consumer, shop = mediating(scenario)
    scenario.move(SUN, "appoint_mediator", ref, mediator=by.who)
    scenario.move(by, "accept_appointment", ref, independent=True)
    scenario.live(15 * DAY, ref)
    return ref, consumer, shop


def called(scenario: Scenario, ref: str, days: int = 10, by: Caller = YAN) -> Case:
    """Call a meeting that many days ahead."""
    return scenario.move(
        by,
        "call_meeting",
        ref,
        at=stamp(scenario.time + days * DAY),
        minutes=60,
        way="in_person",
        place="市民中心三楼调解室。",
    )


def text(scenario: Scenario, **changes: Any) -> dict[str, Any]:
    """Return an agreement text: the machine goes back within ten days, then the refund of 800 yuan within
    seven."""
    day = (scenario.time + 10 * DAY).date().isoformat()
    back = {
        "debtor": "p1",
        "creditor": "business",
        "kind": "return_goods",
        "what": "交给上门取件的人员。",
        "proof": "delivery_record",
        "measure": "hold_counter",
        "by": day,
    }
    refund = {
        "debtor": "business",
        "creditor": "p1",
        "kind": "refund",
        "what": "原路退回。",
        "proof": "payment_record",
        "measure": "interest",
        "amount": {"amount": "800.00"},
        "after": 1,
        "days": 7,
    }
    return {
        "company": COMPANY,
        "facts": "消费者购买洗衣机一台，不脱水。",
        "clauses": [back, refund],
        **changes,
    }


@once
def drafted(scenario: Scenario) -> tuple[str, Caller, Caller]:
    """Return a mediation whose text awaits three signatures. Both sides have confirmed their mailbox,
    which receives the signing code."""
    ref, consumer, shop = mediated(scenario)
    scenario.confirm(ref), scenario.confirm(ref, shop.party)
    scenario.move(YAN, "draft_agreement", ref, **text(scenario))
    return ref, consumer, shop


def sign(scenario: Scenario, ref: str, *who: Caller) -> Case:
    """Sign the current text as each of these signers."""
    for signer in who:
        scenario.move(signer, "sign", ref, digest=digest(scenario, ref))
    return scenario.product.file.load(ref)


def digest(scenario: Scenario, ref: str) -> str:
    """Return the digest of the text that awaits signatures."""
    agreement = scenario.product.file.load(ref).talks.agreement
    assert agreement
    return agreement.digest


@once
def bound(scenario: Scenario) -> str:
    """Return the number of a case whose agreement is in force."""
    ref, consumer, shop = drafted(scenario)
    assert sign(scenario, ref, consumer, shop, YAN).bound
    return ref

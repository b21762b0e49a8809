"""Cases with a breached agreement that is referred to the court."""

from __future__ import annotations

from chalicelib.access.authorization import Caller
from tests.life.agreed import YAN, drafted, sign
from tests.scenario import DAY, FENG, ZHOU, Scenario, once


@once
def refund_outstanding(scenario: Scenario) -> tuple[str, Caller, Caller]:
    """Return a sealed agreement in force whose goods are returned and whose refund of 800 yuan is
    outstanding."""
    ref, consumer, shop = drafted(scenario)
    sign(scenario, ref, consumer, shop, YAN)
    scenario.documents()
    scenario.move(consumer, "claim_done", ref, obligation="O1", proof="delivery_record", what="取走了。")
    scenario.move(shop, "confirm_done", ref, obligation="O1")
    return ref, consumer, shop


def breached(scenario: Scenario, ref: str, id: str = "O2") -> None:
    """Let the due date and the cure period pass, and find a breach with two people."""
    scenario.live(20 * DAY, ref)
    scenario.agreed(
        ref, FENG, ZHOU, "find_breach", obligation=id, reason="到期没有退款。", counter="洗衣机已经取走。"
    )


def passed_on(scenario: Scenario, ref: str, id: str = "O2") -> None:
    """Refer the breach, with the supervisor's approval."""
    scenario.agreed(ref, FENG, ZHOU, "refer_breach", obligation=id, reason="企业表示不再履行。")

"""Cases with a breached agreement that is referred to the court."""

from __future__ import annotations

from chalicelib.access.authorization import Caller
from tests.house import DAY, FENG, ZHOU, House, once
from tests.life.agreed import YAN, drafted, sign


@once
def refund_outstanding(house: House) -> tuple[str, Caller, Caller]:
    """Return a sealed agreement in force whose goods are returned and whose refund of 800 yuan is
    outstanding."""
    ref, consumer, shop = drafted(house)
    sign(house, ref, consumer, shop, YAN)
    house.documents()
    house.move(consumer, "claim_done", ref, obligation="O1", proof="delivery_record", what="取走了。")
    house.move(shop, "confirm_done", ref, obligation="O1")
    return ref, consumer, shop


def breached(house: House, ref: str, id: str = "O2") -> None:
    """Let the due date and the cure period pass, and find a breach with two people."""
    house.live(20 * DAY, ref)
    house.agreed(
        ref, FENG, ZHOU, "find_breach", obligation=id, reason="到期没有退款。", counter="洗衣机已经取走。"
    )


def passed_on(house: House, ref: str, id: str = "O2") -> None:
    """Refer the breach, with the supervisor's approval."""
    house.agreed(ref, FENG, ZHOU, "refer_breach", obligation=id, reason="企业表示不再履行。")

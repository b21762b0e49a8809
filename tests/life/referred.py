"""An agreement that was breached and is passed on."""

from __future__ import annotations

from chalicelib.access.authorization import Caller
from tests.house import DAY, FENG, ZHOU, House, once
from tests.life.agreed import YAN, drafted, sign


@once
def owing(house: House) -> tuple[str, Caller, Caller]:
    """An agreement in force and sealed: the consumer has handed the machine back, 800 yuan are owed for
    it."""
    ref, consumer, shop = drafted(house)
    sign(house, ref, consumer, shop, YAN)
    house.documents()
    house.move(consumer, "claim_done", ref, obligation="O1", proof="delivery_record", what="取走了。")
    house.move(shop, "confirm_done", ref, obligation="O1")
    return ref, consumer, shop


def breached(house: House, ref: str, id: str = "O2") -> None:
    """Its day and the time to make it good have passed: found in breach by two people."""
    house.live(20 * DAY, ref)
    house.agreed(
        ref, FENG, ZHOU, "find_breach", obligation=id, reason="到期没有退款。", counter="洗衣机已经取走。"
    )


def passed_on(house: House, ref: str, id: str = "O2") -> None:
    """Nothing more can be done here."""
    house.agreed(ref, FENG, ZHOU, "refer_breach", obligation=id, reason="企业表示不再履行。")

"""A promise that is kept late, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.deadlines import deadlines, due
from chalicelib.domain.model.case import Case
from tests.house import FENG, ZHOU, House, once
from tests.life.agreed import registered, sign, text
from tests.life.contested import MA, answered, talking

NOT_DONE = {"reason": "宽限期满，没有履行记录。", "counter": "权利方没有应当先履行而未履行的义务。"}


@once
def settled(house: House, **changes: Any) -> tuple[str, Caller, Caller]:
    """An agreement in force: the machine goes back within ten days (O1), seven days after that the money
    comes (O2)."""
    registered(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    house.move(consumer, "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(house, ref)
    house.move(MA, "draft_agreement", ref, **text(house, **changes))
    assert sign(house, ref, consumer, shop).stage == "performing"
    return ref, consumer, shop


def of(house: House, ref: str, id: str) -> str:
    """The state of one obligation."""
    return next(o.state for o in house.product.file.load(ref).obligations if o.id == id)


def until(house: House, ref: str, deadline: str) -> None:
    """Let time pass to the end of a deadline that runs, and one minute more."""
    house.live(due(house.product.file.load(ref))[deadline] - house.time + timedelta(minutes=1), ref)


def called_on(house: House, ref: str, id: str = "O1") -> None:
    """The day of a promise passes with nothing done."""
    run = next(
        run
        for run in deadlines(house.product.file.load(ref)).values()
        if (run.name, run.id) == ("obligation", id)
    )
    assert run.due
    house.live(run.due - house.time + timedelta(minutes=1), ref)
    assert of(house, ref, id) == "in_cure"


def breached(house: House, ref: str, id: str = "O1") -> Case:
    """The time to make it good passes as well; the officer finds a breach, the supervisor confirms."""
    called_on(house, ref, id)
    until(house, ref, "cure")
    return house.agreed(ref, FENG, ZHOU, "find_breach", obligation=id, **NOT_DONE)

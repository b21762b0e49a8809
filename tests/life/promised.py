"""Cases with an obligation that is performed late or never."""

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
    """Return a case with an agreement in force: the goods go back within ten days (O1), seven days later
    the refund is due (O2)."""
    registered(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    house.move(consumer, "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(house, ref)
    house.move(MA, "draft_agreement", ref, **text(house, **changes))
    assert sign(house, ref, consumer, shop).stage == "performing"
    return ref, consumer, shop


def of(house: House, ref: str, id: str) -> str:
    """Return the state of one obligation."""
    return next(o.state for o in house.product.file.load(ref).obligations if o.id == id)


def until(house: House, ref: str, deadline: str) -> None:
    """Let time pass to one minute after the end of a running deadline."""
    house.live(due(house.product.file.load(ref))[deadline] - house.time + timedelta(minutes=1), ref)


def called_on(house: House, ref: str, id: str = "O1") -> None:
    """Let the due date of an obligation pass without performance, which sends the demand."""
    run = next(
        run
        for run in deadlines(house.product.file.load(ref)).values()
        if (run.name, run.id) == ("obligation", id)
    )
    assert run.due
    house.live(run.due - house.time + timedelta(minutes=1), ref)
    assert of(house, ref, id) == "in_cure"


def breached(house: House, ref: str, id: str = "O1") -> Case:
    """Let the cure period pass; the officer finds a breach and the supervisor confirms it."""
    called_on(house, ref, id)
    until(house, ref, "cure")
    return house.agreed(ref, FENG, ZHOU, "find_breach", obligation=id, **NOT_DONE)

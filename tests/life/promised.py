"""Cases with an obligation that is performed late or never."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.deadlines import deadlines, due
from chalicelib.domain.model.case import Case
from tests.life.agreed import registered, sign, text
from tests.life.contested import MA, answered, talking
from tests.scenario import FENG, ZHOU, Scenario, once

NOT_DONE = {"reason": "宽限期满，没有履行记录。", "counter": "权利方没有应当先履行而未履行的义务。"}


@once
def settled(scenario: Scenario, **changes: Any) -> tuple[str, Caller, Caller]:
    """Return a case with an agreement in force: the goods go back within ten days (O1), seven days later
    the refund is due (O2)."""
    registered(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(scenario, ref)
    scenario.move(MA, "draft_agreement", ref, **text(scenario, **changes))
    assert sign(scenario, ref, consumer, shop).stage == "performing"
    return ref, consumer, shop


def of(scenario: Scenario, ref: str, id: str) -> str:
    """Return the state of one obligation."""
    return next(o.state for o in scenario.product.file.load(ref).obligations if o.id == id)


def until(scenario: Scenario, ref: str, deadline: str) -> None:
    """Let time pass to one minute after the end of a running deadline."""
    scenario.live(due(scenario.product.file.load(ref))[deadline] - scenario.time + timedelta(minutes=1), ref)


def called_on(scenario: Scenario, ref: str, id: str = "O1") -> None:
    """Let the due date of an obligation pass without performance, which sends the demand."""
    run = next(
        run
        for run in deadlines(scenario.product.file.load(ref)).values()
        if (run.name, run.id) == ("obligation", id)
    )
    assert run.due
    scenario.live(run.due - scenario.time + timedelta(minutes=1), ref)
    assert of(scenario, ref, id) == "in_cure"


def breached(scenario: Scenario, ref: str, id: str = "O1") -> Case:
    """Let the cure period pass; the officer finds a breach and the supervisor confirms it."""
    called_on(scenario, ref, id)
    until(scenario, ref, "cure")
    return scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation=id, **NOT_DONE)

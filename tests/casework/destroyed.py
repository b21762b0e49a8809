"""Complaints whose personal data are destroyed."""

from __future__ import annotations

from chalicelib.domain.model.case import Case
from chalicelib.operations.destruction import WAITS
from tests.scenario import WANG, WU, ZHOU, Scenario
from tests.store import Store, photograph

MINUTES_MS = 600_000
STORY = "洗衣机坏了😡，商家不退，客服还骂人，电话录音在我手里。"
WHY = {"ground": "asked", "reason": "本人来电要求删除，已核对身份。"}


def closed(scenario: Scenario, **changes: object) -> str:
    """Return the number of a closed complaint with words, a photograph and letters."""
    case = scenario.submit(account={"story": STORY}, **changes)
    store = Store(scenario)
    store.tell(store.put(store.declare(case), photograph()))
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    scenario.move(scenario.party(case), "withdraw", case.ref, reason="不想再等了，算了。")
    scenario.post()
    return case.ref


def load(scenario: Scenario, ref: str) -> Case:
    """Return a case."""
    return scenario.product.file.load(ref)


def hour(scenario: Scenario, left_ms: int = MINUTES_MS) -> int:
    """Run the schedule of an hour; return how many cases lost their data."""
    return scenario.product.destruction.hour(lambda: left_ms)


def destroyed(scenario: Scenario) -> str:
    """Return the number of a closed complaint whose person asked for the destruction, a day later."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.post()
    scenario.later(WAITS)
    assert hour(scenario) == 1
    return ref

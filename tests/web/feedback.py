"""A closed complaint whose parties are asked for feedback."""

from __future__ import annotations

from tests.scenario import HOUR, Scenario, once
from tests.web.own import acting, performing


@once
def closed(scenario: Scenario) -> str:
    """Return a closed case whose obligations are all performed. zhou, the supervisor, had no part in it."""
    ref = performing(scenario)
    scenario.move(acting(scenario.product.file.load(ref)), "confirm_done", ref, obligation="O1")
    scenario.live(HOUR, ref)
    assert scenario.product.file.load(ref).stage == "closed"
    return ref

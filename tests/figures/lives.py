"""Cases as input for figures."""

from __future__ import annotations

from tests.scenario import DAY, HOUR, SUN, ZHOU, Scenario
from tests.web.feedback import closed

SCORES = {"overall": 2, "ease": 4, "speed": 1, "fairness": 3, "clarity": 5}


def lived(scenario: Scenario) -> list[str]:
    """Return four complaints: one answered, paid and surveyed; one declined; one whose decline awaits
    approval; one untouched."""
    first = closed(scenario)
    scenario.live(DAY, first)
    scenario.move(scenario.by_link(first), "answer_survey", first, **SCORES, comment="没有人回王芳电话。")
    declined = [scenario.submit(matters=[{"type": "price", "sub_type": "overcharge"}]).ref for _ in range(2)]
    grounds = {
        "grounds": {"1": "not_for_living"},
        "reasons": {"1": "同一事项已处理。"},
        "routes": ["samr_12315"],
    }
    scenario.later(HOUR)
    asked = [scenario.move(SUN, "decline", ref, **grounds).approvals[0].id for ref in declined]
    scenario.move(ZHOU, "approve", declined[0], approval=asked[0])
    third = scenario.submit().ref
    scenario.live(2 * DAY, third)
    return [first, *declined, third]

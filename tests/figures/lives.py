"""Cases as input for figures."""

from __future__ import annotations

from tests.house import DAY, HOUR, SUN, ZHOU, House
from tests.web.feedback import closed

SCORES = {"overall": 2, "ease": 4, "speed": 1, "fairness": 3, "clarity": 5}


def lived(house: House) -> list[str]:
    """Return four complaints: one answered, paid and surveyed; one declined; one whose decline awaits
    approval; one untouched."""
    first = closed(house)
    house.live(DAY, first)
    house.move(house.by_link(first), "answer_survey", first, **SCORES, comment="没有人回王芳电话。")
    declined = [house.submit(matters=[{"type": "price", "sub_type": "overcharge"}]).ref for _ in range(2)]
    grounds = {"grounds": {"1": "repeat"}, "reasons": {"1": "同一事项已处理。"}, "routes": ["samr_12315"]}
    house.later(HOUR)
    asked = [house.move(SUN, "decline", ref, **grounds).approvals[0].id for ref in declined]
    house.move(ZHOU, "approve", declined[0], approval=asked[0])
    third = house.submit().ref
    house.live(2 * DAY, third)
    return [first, *declined, third]

"""A closed complaint, of which is asked how we did."""

from __future__ import annotations

from chalicelib.domain.model.codes import Conclusion, Stage
from tests.domain.life import Life, answered

OPINION = dict.fromkeys(("findable", "predictable", "listened", "alternatives", "trusting"), 4)
SCORES = {"overall": 4, "ease": 5, "speed": 2, "fairness": 4, "clarity": 3}


def closed(life: Life | None = None) -> Life:
    """A complaint whose answer everybody has accepted, with nothing owed."""
    life = answered(Conclusion.NOT_UPHELD, life)
    for party in life.case.consumers:
        life.says("accept_answer", party.id)
    assert life.case.stage == Stage.CLOSED
    return life

"""A closed complaint with a survey."""

from __future__ import annotations

from chalicelib.domain.model.codes import Conclusion, Stage
from tests.domain.life import Life, answered

OPINION = dict.fromkeys(("findable", "predictable", "listened", "alternatives", "trusting"), 4)
SCORES = {"overall": 4, "ease": 5, "speed": 2, "fairness": 4, "clarity": 3}


def closed(life: Life | None = None) -> Life:
    """Return a complaint with an answer that all accepted, and with nothing owed."""
    life = answered(Conclusion.NOT_UPHELD, life)
    for party in life.case.consumers:
        life.says("accept_answer", party.id)
    assert life.case.stage == Stage.CLOSED
    return life

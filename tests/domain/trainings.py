"""Trainings on the pure domain."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engine.process import take
from chalicelib.domain.model.codes import Lesson
from tests.domain.life import T0, Life


class Record(Life):
    """A recorded training."""

    def __init__(self, by: str = "sun", **said: Any) -> None:
        super().__init__()
        self.case, self.entries = None, []  # type: ignore[assignment]
        told = {
            "topic": Lesson.PRODUCT_SAFETY,
            "held": T0.date(),
            "people": ("qian", "feng"),
            "what": "召回和风险提示。",
            "proof": "签到表存档。",
            **said,
        }
        given = {"ref": f"{next(self.numbers):012}", "rules": "default-1", "roster": self.roster}
        self.keep(take("record_training", None, self.act(by), **given, **told))

"""Complaints whose answer is under reconsideration."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.model.codes import Conclusion, Ground, Result, Stage
from tests.domain.life import DECLINED, Life, answered

REVIEW = Stage.UNDER_RECONSIDERATION
CHANGED, CONFIRMED, BACK = Result.CHANGED, Result.CONFIRMED, Result.SENT_BACK
PART = {"declined": {2: Ground.NOT_COMPLAINT}, "reasons": {2: "这是咨询。"}}
WHY = {1: "店长的说法没有核实。"}


def in_part(**said: Any) -> Life:
    """A complaint with its first matter under investigation and its second declined."""
    life = Life(**said)
    life.take("accept", "wang", **PART)
    life.take("take", "zhao")
    return life


def declined() -> Life:
    """A complaint with every matter declined."""
    life = Life()
    life.take("decline", "wang", **DECLINED)
    return life


def closed() -> Life:
    """A complaint with an accepted answer, and nothing owed."""
    life = answered(Conclusion.NOT_UPHELD)
    life.take("accept_answer", "li")
    return life

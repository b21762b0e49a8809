"""Dates that move because the calendar of their year was loaded."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.engine.deadlines import moved_ends
from chalicelib.domain.engine.running import DEADLINES, announced_end
from tests.domain.life import DAY, Life


def promise_later(life: Life, name: str, days: int) -> Life:
    """Store a promised end so many days later than the calendar's, as before its publication."""
    run = life.running[name]
    life.case = replace(
        life.case, clock=replace(life.case.clock, provisional={run.key: run.due + days * DAY})
    )
    return life


def recomputed(life: Life) -> Life:
    """Let the clock check the case after a year was loaded."""
    for run in moved_ends(life.case):
        life.take(
            "recompute_deadline",
            "clock",
            deadline=run.name,
            run=run.key,
            about=run.id,
            was_due=announced_end(life.case, DEADLINES[run.name], run.key),
            due=run.due,
        )
    return life

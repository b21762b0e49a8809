"""Cases with an agreement in force, and their letters."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engine.obligation_deadlines import cure_end, due_moment
from chalicelib.domain.model.codes import Measure, Side
from chalicelib.domain.moves.drafting import Clause
from chalicelib.locale import formats
from tests.domain.life import DAY, bound, clause, returned, speaker, unopposed
from tests.letters.mediated import OF_THE_SIDES, with_mediator
from tests.letters.rendered import RenderedLife

BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
SILENCE = {"zh": "没有收到您的|没有答复|没有说明原因", "en": "hear nothing from you"}
"""The words with which a letter states the effect of silence."""


def agreed(life: RenderedLife | None = None, *clauses: Clause, **changes: Any) -> RenderedLife:
    """Return a case with an agreement in force. By default a refund with an agreed penalty is due, and the
    goods seven days after it."""
    life = life or with_mediator()
    unopposed(life)
    pay = clause(life, measure=Measure.AGREED_PENALTY, penalty=5000, **changes)
    bound(life, *(clauses or (pay, returned(life, by=None, after=1, days=7))))
    life.take("record_seal", "clock", sha256="ab" * 32, size=40_000, application="cd" * 32)
    return life


def late(life: RenderedLife | None = None) -> RenderedLife:
    """Return a case whose refund is overdue and demanded."""
    life = life or agreed()
    life.live(11 * DAY)
    return life


def by_two(life: RenderedLife, move: str, **said: Any) -> RenderedLife:
    """Take a move that another person approves."""
    life.take("approve", "zhou", approval=life.ask_approval(move, "feng", **said))
    return life


def broken(life: RenderedLife | None = None) -> RenderedLife:
    """Return a case whose refund is in breach after the cure period."""
    life = late(life)
    life.over("cure")
    return by_two(
        life,
        "find_breach",
        obligation="O1",
        reason="银行流水里没有这笔退款。",
        counter="消费者没有应当先做的事。",
    )


def sides(life: RenderedLife, key: str, language: str) -> tuple[str, str]:
    """Return a letter about an obligation as the consumer and as the company read it."""
    return life.text(key, language, to="party:p1"), life.text(
        key, language, to=f"party:{speaker(life, Side.BUSINESS)}"
    )


def end(life: RenderedLife, language: str, id: str = "O1") -> str:
    """Return the last moment of an obligation's due date, as text."""
    at = due_moment(life.case, next(o for o in life.case.obligations if o.id == id))
    assert at
    return formats.moment(language, at)


def cured_by(life: RenderedLife, language: str, id: str = "O1") -> str:
    """Return the end of an obligation's cure period, as text."""
    at = cure_end(life.case, next(o for o in life.case.obligations if o.id == id))
    assert at
    return formats.moment(language, at)


def has(read: str, *parts: str) -> None:
    """Check that a letter contains these texts and no contact data of the sides."""
    assert [part for part in parts if part not in read] == []
    assert not any(part in read for part in OF_THE_SIDES)


def silent(read: str, language: str) -> bool:
    """Return whether a letter states the effect of silence."""
    return any(part in read for part in SILENCE[language].split("|"))

"""Cases with a mediator, and their letters by addressee."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.model.codes import Conclusion, Side
from chalicelib.domain.moves.intake import Person
from tests.domain.life import (
    PERSON,
    REGISTER,
    answered,
    disputed,
    mediated,
    mediating,
    on_duty,
    speaker,
    talking,
)
from tests.letters.rendered import RenderedLife, rendered_life

KNOWN = replace(REGISTER.entries["yan"], phone="+8613700137000", past=2)
OF_THE_SIDES = ("13800138000", "li.lei@", "梧桐路", "qin@shop.example", KNOWN.email, "13700137000")
"""Contact data that no letter to another person may contain."""


def mediation_without_mediator(person: Person = PERSON) -> RenderedLife:
    """Return a case in formal mediation without a mediator. The register says that yan has mediated for
    this company twice."""
    life = rendered_life(person=person)
    life.roster = replace(on_duty(), mediators=REGISTER.entered([KNOWN]))
    mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, life))))
    return life


def with_mediator(life: RenderedLife | None = None) -> RenderedLife:
    """Return a case whose mediator has accepted the appointment."""
    life = life or mediation_without_mediator()
    mediated(life)
    return life


def to_both(life: RenderedLife, key: str, language: str) -> tuple[str, str]:
    """Return a letter as the consumer and as the company read it."""
    own = f"{key}#business" if any(name == f"{key}#business" for name, *_ in life.texts) else key
    return life.text(key, language, to="party:p1"), life.text(
        own, language, to=f"party:{speaker(life, Side.BUSINESS)}"
    )


def to_mediator(life: RenderedLife, key: str, language: str, who: str = "yan") -> str:
    """Return a letter as the mediator reads it."""
    return life.text(key, language, to=f"staff:{who}")

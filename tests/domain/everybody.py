"""Everybody who may act in a life: the parties, and all involved staff with each role and each pair of
roles."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.codes import Ending, Role, Severity
from chalicelib.domain.moves.intake import Person
from tests.domain.life import PERSON, ROLES, STAFF, Life, accepted, both_heard, disputed, talking
from tests.domain.variants import come

TEN = (
    Role.INTAKE,
    Role.INVESTIGATOR,
    Role.LEAD,
    Role.SUPERVISOR,
    Role.EXECUTIVE,
    Role.SAFETY,
    Role.NEGOTIATOR,
    Role.FOLLOWUP,
    Role.PANEL,
    Role.MEDIATOR,
)
PAIRS = tuple(one | other for one, other in combinations(TEN, 2))


def begun() -> Life:
    """Talks that began during the investigation, held by ma."""
    return talking(disputed(accepted()))


def over() -> Life:
    """An investigation that goes on after talks without an agreement, which ma held."""
    life = both_heard(begun())
    life.take("end_negotiation", "ma", ending=Ending.SETTLED_PRIVATELY, reason="双方自行和解，不再协商。")
    return life


def back() -> Life:
    """An investigation that goes on after an unanswered invitation to mediate."""
    life = begun()
    life.take("invite_mediation", "sun")
    life.over("consent")
    return life


def spoken_for() -> Life:
    """Talks with chen, who works for us, as the company's representative."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    life.take("name_business_representative", "ma", person=Person("陈", email="chen@house.example"))
    return life


LIVES = {"talks over": over, "back from talks": back, "colleague speaks": spoken_for}


def brought(how: str) -> Life:
    """Return the life of this name."""
    if how in LIVES:
        return LIVES[how]()
    life = Life(PERSON)
    come(life, how)
    return life


def involved(life: Life) -> list[str]:
    """Return all staff and mediators with a part in a life, and one without."""
    named = {line["who"] for line in life.lines} | {*life.case.colleagues} | {s.who for s in life.case.panel}
    mediator = {life.case.mediator} if life.case.mediator else set()
    return sorted(
        (named | mediator | {"lin"}) & {*STAFF, *ROLES} - {"li", "p1", "p2", "shop", "clock", "12345"}
    )


def everybody(life: Life) -> Iterator[Caller]:
    """Return the possible actors: the parties, and each person involved with each role and each pair."""
    yield from (Caller(p.id, p.role, ref=life.case.ref, party=p.id) for p in life.case.parties)
    for who in involved(life):
        for roles in (ROLES[who], *TEN, *PAIRS):
            yield Caller(who, roles, teams=frozenset({"general"}))

"""Permission: one decision for the engine, the offers and the approvals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from chalicelib.access.authorization import Caller, acting, limits
from chalicelib.access.offers import acts_of, offers
from chalicelib.domain.engine.declare import MOVES, able
from chalicelib.domain.engine.permission import may
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Limit, Refusal
from chalicelib.domain.model.codes import Ending, Role, Severity
from chalicelib.domain.moves.intake import Person
from tests.domain.life import PERSON, ROLES, STAFF, Life, accepted, both_heard, disputed, talking
from tests.domain.variants import STARTS, come, variants

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
PERMISSION = {
    "move_not_allowed_in_stage",
    "move_not_allowed_for_role",
    "record_in_doubt",
    "authority_expired",
    "authority_unchecked",
    "power_missing",
    "recused_before",
    "speaks_for_company",
    "not_on_panel",
    "declare_first",
    "sits_on_panel",
    "not_the_mediator",
    "accept_first",
    "challenge_waits",
    "not_neutral",
    "held_talks",
    "passphrase_only_adds",
    "reads_its_question",
    "talks_not_heard",
}
"""Refusal codes that depend only on the actor and the stage."""


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


@pytest.mark.parametrize("how", [*STARTS, *LIVES])
def test_offers_are_what_may_be_taken_and_has_something_to_act_on(how: str) -> None:
    """A move is offered exactly if some act is permitted and the case has something to take it on."""
    life = brought(how)
    for caller in everybody(life):
        acts, found = acts_of(life.case, caller, life.time), offers(life.case, caller, life.time)
        permitted = {
            name: [act for act in acts if may(move, life.case, act) is None] for name, move in MOVES.items()
        }
        expected = {
            name
            for name, able_acts in permitted.items()
            if MOVES[name].fits(life.case)
            and any(
                able(MOVES[name], life.case, act) or (MOVES[name].sides and act.role not in Role.PARTY)
                for act in able_acts
            )
        }
        assert found.keys() == expected, (caller.who, caller.roles)


@pytest.mark.parametrize("how", [*STARTS, *LIVES])
def test_take_refuses_no_offered_move_for_its_actor(how: str) -> None:
    """`take` refuses an offered move only for its facts, for each role and each pair of roles."""
    life = brought(how)
    could, again = variants(life, Life(PERSON).case), cache(lambda *of: refused(life, could, *of))
    vain = [
        (caller.who, caller.roles, name)
        for caller in everybody(life)
        for name in offers(life.case, caller, life.time)
        if could[name]
        and all(
            again(name, caller.who, role, limits(life.case, caller))
            for role in acting(life.case, caller).roles
        )
    ]
    assert not vain


def refused(
    life: Life,
    could: dict[str, list[dict[str, Any]]],
    name: str,
    who: str,
    role: Role,
    limited: frozenset[Limit],
) -> bool:
    """Return whether the engine refuses a move for its actor, with any input."""
    said, act = could[name][0], replace(life.act(who, role), who=who, limits=limited)
    try:
        take(name, life.case, act, **{**life._given(name, said), **said})
    except Refusal as refusal:
        return refusal.code in PERMISSION
    return False

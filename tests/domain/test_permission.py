"""Permission: one decision for the engine, the offers and the approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from chalicelib.access.authorization import acting, limits
from chalicelib.access.offers import acts_of, offers
from chalicelib.domain.engine.declare import MOVES, able
from chalicelib.domain.engine.permission import may
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Act, Limit, Refusal
from chalicelib.domain.model.codes import Role
from tests.domain.everybody import LIVES, brought, everybody
from tests.domain.life import PERSON, Life
from tests.domain.variants import STARTS, variants

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


@pytest.mark.parametrize("how", [*STARTS, *LIVES])
def test_offers_are_what_may_be_taken_and_has_something_to_act_on(how: str) -> None:
    """A move is offered exactly if some act is permitted and the case has something to take it on."""
    life = brought(how)

    @cache  # people of two roles have the acts of each
    def taken_by(act: Act) -> set[str]:
        return {
            name
            for name, move in MOVES.items()
            if may(move, life.case, act) is None
            and move.fits(life.case)
            and (able(move, life.case, act) or (move.sides and act.role not in Role.PARTY))
        }

    for caller in everybody(life):
        acts, found = acts_of(life.case, caller, life.time), offers(life.case, caller, life.time)
        assert found.keys() == set().union(*map(taken_by, acts)), (caller.who, caller.roles)


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
    could: Mapping[str, list[dict[str, Any]]],
    name: str,
    who: str,
    role: Role,
    limited: frozenset[Limit],
) -> bool:
    """Return whether the engine refuses a move for its actor, with each input."""
    act = replace(life.act(who, role), who=who, limits=limited)

    def refuses(said: dict[str, Any]) -> bool:
        try:
            take(name, life.case, act, **{**life._given(name, said), **said})
        except Refusal as refusal:
            return refusal.code in PERMISSION
        return False

    return all(map(refuses, could[name]))

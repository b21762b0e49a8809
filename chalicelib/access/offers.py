"""The offers of a case: the moves that a caller can take now, for letters, pages, interface and desk.

A move is offered if and only if its actor may take it and the case holds something to take it on. Finding out
changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cache

from chalicelib.access.authorization import Caller, acting, limits
from chalicelib.domain.engine.declare import MOVES, Move, able
from chalicelib.domain.engine.permission import may
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.codes import Role, Side, Stage

Offers = dict[str, tuple[str, ...]]
"""The moves that can be taken, each with the ids of its possible subjects: obligations, sides, statements or
steps. A move without a subject has none."""


def offers(case: Case, caller: Caller, now: datetime) -> Offers:
    """Return the moves that this caller can take now, in the order of the declarations; moves that end the
    case come last."""
    acts, found = acts_of(case, caller, now), dict[str, tuple[str, ...]]()
    for move in _in_order(case.stage, acting(case, caller).roles):
        about = subjects(move, case, acts) if move.fits(case) else None
        if about is not None:
            found[move.name] = about
    return found


def subjects(move: Move, case: Case, acts: Iterable[Act]) -> tuple[str, ...] | None:
    """Return the possible subjects of a move that fits the case, for the permitted ones among these acts.
    Return None if it cannot be taken by any of them."""
    about = dict.fromkeys(_abouts(move, case, [act for act in acts if may(move, case, act) is None]))
    return tuple(filter(None, about)) if about else None


def acts_of(case: Case, caller: Caller, now: datetime) -> list[Act]:
    """Return the acts that a caller could do on a case, one for each role in which they act on it."""
    limited = limits(case, caller)
    roles = acting(case, caller).roles
    return [Act(caller.who, role, now, "", "", limits=limited) for role in roles]


def _abouts(move: Move, case: Case, acts: Collection[Act]) -> Iterator[str]:
    """Yield the subjects of a move for any of these permitted acts: the sides for which staff can record it,
    else the move's own subjects."""
    for act in acts:
        yield from (
            map(str, sides_of(move, case))
            if move.sides and act.role not in Role.PARTY
            else able(move, case, act)
        )


@cache
def _in_order(stage: Stage, roles: Role) -> list[Move]:
    """Return the moves that one of these roles takes at a stage, those that end the case last."""
    found = (move for move in MOVES.values() if stage in move.at and roles & move.takers)
    return sorted(found, key=lambda move: move.to == {Stage.CLOSED})


def sides_of(move: Move, case: Case) -> Collection[Side]:
    """Return the sides for which staff can record a move of the talks."""
    return move.sides(case) if move.sides and case.talks.dispute else frozenset(Side)

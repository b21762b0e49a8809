"""The offers of a case: the moves that a caller can take now. Letters, pages, interface and desk show them.

A move is offered if and only if two conditions hold. The caller may take it. And there is something to which
it can apply, its subject, such as an open obligation. Computing the offers changes nothing.
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
"""The offered moves. The key is the name of a move. The value holds the ids of its possible subjects: the
obligations, sides, statements or steps to which it can apply. The value is () for a move that needs no
subject."""


def offers(case: Case, caller: Caller, now: datetime) -> Offers:
    """Return the moves that this caller can take now, each with its possible subjects. They have the order in
    which moves are declared. Only the moves that end the case come last."""
    acts, found = acts_of(case, caller, now), dict[str, tuple[str, ...]]()
    for move in _in_order(case.stage, acting(case, caller).roles):
        permitted = [act for act in acts if may(move, case, act) is None] if move.fits(case) else []
        if permitted and (about := subjects(move, case, permitted)) is not None:
            found[move.name] = about
    return found


def subjects(move: Move, case: Case, acts: Iterable[Act]) -> tuple[str, ...] | None:
    """Return the ids of the possible subjects of a move on a case; () if it needs no subject. Return None if
    the move cannot be taken. The caller of this function has checked that the move fits the case, and that
    each of `acts` may take it."""
    about = dict.fromkeys(_abouts(move, case, acts))
    return tuple(filter(None, about)) if about else None


def acts_of(case: Case, caller: Caller, now: datetime) -> list[Act]:
    """Return the acts by which a caller could take a move on a case: one act for each role of the caller on
    the case."""
    limited = limits(case, caller)
    roles = acting(case, caller).roles
    return [Act(caller.who, role, now, "", "", caller.teams, limits=limited) for role in roles]


def _abouts(move: Move, case: Case, acts: Iterable[Act]) -> Iterator[str]:
    """Yield the ids of the possible subjects of a move. `acts` are the caller's acts that may take the move.
    Staff record some moves for a side. For such a move the subjects are the sides for which staff can record
    it."""
    for act in acts:
        yield from (
            map(str, sides_of(move, case))
            if move.sides and act.role not in Role.PARTY
            else able(move, case, act)
        )


@cache
def _in_order(stage: Stage, roles: Role) -> list[Move]:
    """Return the moves that one of these roles can take at a stage, in the order in which moves are declared.
    Moves that end the case come last."""
    found = (move for move in MOVES.values() if stage in move.at and roles & move.takers)
    return sorted(found, key=lambda move: move.to == {Stage.CLOSED})


def sides_of(move: Move, case: Case) -> Collection[Side]:
    """Return the sides for which staff can record this move: those that the move declares. Return both sides
    if the move declares none, or if there has been no negotiation or mediation."""
    return move.sides(case) if move.sides and case.talks.dispute else frozenset(Side)

"""The offers of a case: the moves that a caller can take now. Letters, pages, interface and desk show them.

A move is offered if and only if the caller may take it and it has a possible subject, such as an open
obligation. Computing the offers changes nothing.
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
"""The offered moves by name, each with the ids of its possible subjects: obligations, sides, statements or
steps. The value is empty for a move that needs no subject."""


def offers(case: Case, caller: Caller, now: datetime) -> Offers:
    """Return the moves that this caller can take now, in the order of their declaration. Moves that end the
    case come last."""
    acts, found = acts_of(case, caller, now), dict[str, tuple[str, ...]]()
    for move in _in_order(case.stage, acting(case, caller).roles):
        about = subjects(move, case, acts) if move.fits(case) else None
        if about is not None:
            found[move.name] = about
    return found


def subjects(move: Move, case: Case, acts: Iterable[Act]) -> tuple[str, ...] | None:
    """Return the possible subjects of a move on a case; the caller has checked that the move fits the case.
    Only those of `acts` count that are permitted to take it. Return None if the move cannot be taken, and an
    empty tuple if it needs no subject."""
    about = dict.fromkeys(_abouts(move, case, [act for act in acts if may(move, case, act) is None]))
    return tuple(filter(None, about)) if about else None


def acts_of(case: Case, caller: Caller, now: datetime) -> list[Act]:
    """Return the acts by which a caller could take a move on a case: one for each of their roles on it."""
    limited = limits(case, caller)
    roles = acting(case, caller).roles
    return [Act(caller.who, role, now, "", "", limits=limited) for role in roles]


def _abouts(move: Move, case: Case, acts: Collection[Act]) -> Iterator[str]:
    """Yield the possible subjects of a move. `acts` are the caller's acts that are permitted for it. If the
    caller is staff and the move declares sides, the subjects are the sides for which staff can record it.
    Otherwise they are the move's own."""
    for act in acts:
        yield from (
            map(str, sides_of(move, case))
            if move.sides and act.role not in Role.PARTY
            else able(move, case, act)
        )


@cache
def _in_order(stage: Stage, roles: Role) -> list[Move]:
    """Return the moves that one of these roles can take at a stage. Moves that end the case come last."""
    found = (move for move in MOVES.values() if stage in move.at and roles & move.takers)
    return sorted(found, key=lambda move: move.to == {Stage.CLOSED})


def sides_of(move: Move, case: Case) -> Collection[Side]:
    """Return the sides for which staff can record this move: those that the move declares; both if it
    declares none, or if there has been no negotiation or mediation."""
    return move.sides(case) if move.sides and case.talks.dispute else frozenset(Side)

"""What somebody can do on a case now: the one answer that letters, pages, interface and desk give (issue 13).

Each move is tried by its own preconditions on the case as it stands, with nothing said and nothing
written."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from chalicelib.access import MEANWHILE, STAFF, Caller, acting, closed_to, hears
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES, Move, able
from chalicelib.domain.engine.process import NEUTRAL
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Party
from chalicelib.domain.model.codes import Role, Side, Stage

Offers = dict[str, tuple[str, ...]]
"""Moves that can be taken, each with the duties, sides, statements or steps that it can be about, where it
names one of several."""


def offers(case: Case, caller: Caller, now: datetime) -> Offers:
    """What this caller can do on the case now, in the order in which moves are declared, those that end the
    case last; to whom the file is closed, what they may all the same."""
    closed, caller = closed_to(case, caller), acting(case, caller)
    person = case.party(caller.party) if caller.party else None
    unproven = person and person.represents and not person.valid(published().day_of(now))
    if person and unproven and person.checked:  # their authority has run out
        return {}
    needed = {
        *(["unchecked"] if unproven else []),
        *(["by_phrase"] if caller.by_phrase else []),
        *([MEANWHILE[closed]] if closed else []),
    }
    if case.bars(caller.who):
        caller = replace(caller, roles=caller.roles & ~NEUTRAL)
    found: Offers = {}
    for move in _in_order(case.stage, caller.roles):
        if needed <= {*move.even} and _open_to(case, caller, move):
            about = (
                _of_party(case, person, caller, move, now) if person else _of_staff(case, caller, move, now)
            )
            if about:
                found[move.name] = tuple(filter(None, about))
    return found


@cache
def _in_order(stage: Stage, roles: Role) -> list[Move]:
    """The moves that one of these roles takes at a stage, those that end the case last."""
    found = (move for move in MOVES.values() if stage in move.at and roles & move.takers)
    return sorted(found, key=lambda move: move.to == {Stage.CLOSED})


def _open_to(case: Case, caller: Caller, move: Move) -> bool:
    """Whether what they may read lets the caller take a move, and there is anything on the case to take it
    on."""
    if not move.fits(case):
        return False
    if case.doubted and move.decides:
        return False
    if caller.who in (*case.inquiry.recused, *case.colleagues) and "recused" not in move.even:
        return False
    objected = case.talks.mediation is not None and case.talks.mediation.challenge is not None
    if caller.roles == Role.MEDIATOR and objected and "objected_to" not in move.even:
        return False
    return not (move.reads_talks(case) and caller.roles & STAFF) or hears(case, caller)


def _of_party(case: Case, person: Party, caller: Caller, move: Move, now: datetime) -> list[str]:
    """What a party can take a move about, for themselves or with the power to for whom they represent."""
    if person.represents and move.power not in person.powers and "unchecked" not in move.even:
        return []
    return able(move, case, Act(person.id, next(iter(caller.roles)), now, "", ""))


def _of_staff(case: Case, caller: Caller, move: Move, now: datetime) -> list[str]:
    """What staff can take a move about, in any of their roles, or the sides it can be written down for."""
    if move.sides:
        return [str(side) for side in sides_of(move, case)]
    acts = (Act(caller.who, role, now, "", "") for role in caller.roles & move.takers)
    return list(dict.fromkeys(about for act in acts for about in able(move, case, act)))


def sides_of(move: Move, case: Case) -> Collection[Side]:
    """For which sides a move in talks can be written down."""
    return move.sides(case) if move.sides and case.talks.dispute else frozenset(Side)

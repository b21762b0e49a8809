"""Who may know what of a case, and in which of their roles they act on it: decided here, for pages and interfaces alike."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.case import Case
from chalicelib.domain.codes import Channel, Role, Stage

SEES_ALL = Role.SUPERVISOR | Role.EXECUTIVE | Role.AUDITOR
OF_DEPARTMENTS = Role.DEPARTMENT | Role.DEPARTMENT_HEAD
STAFF = (Role.INTAKE | Role.INVESTIGATOR | OF_DEPARTMENTS | Role.LEAD | Role.SAFETY | Role.PANEL | Role.CHAIR | Role.NEGOTIATOR
         | Role.MEDIATOR | Role.FOLLOWUP | SEES_ALL | Role.ADMINISTRATOR)


class NotFound(Exception):
    """There is no such case, or the caller may not know that there is: the two look alike."""


@dataclass(frozen=True)
class Caller:
    """Who asks, as the server found out: never taken from the request's body.

    A party has `ref` and `party`; staff have `teams`; `channel` is set where the caller's way in names it.
    """

    who: str
    roles: Role
    teams: frozenset[str] = frozenset()
    ref: str = ""
    party: str = ""
    channel: Channel | None = None
    name: str = ""


CLOCK = Caller("clock", Role.CLOCK)


def asked(case: Case, caller: Caller) -> bool:
    """Whether this caller's department has a question on the case that waits for its answer."""
    waits = [q.department for q in case.asked if case.stage != Stage.CLOSED]
    return bool(caller.roles & OF_DEPARTMENTS) and not caller.teams.isdisjoint(waits)


def only_asked(case: Case, caller: Caller) -> bool:
    """Whether a question is all that this caller has to do with the case: they see nothing else of it."""
    sees = case.team in caller.teams or caller.roles & SEES_ALL or case.seat(caller.who)
    return asked(case, caller) and not sees


def card(item: Mapping[str, Any], caller: Caller, queue: str) -> Mapping[str, Any]:
    """A line of a work list as this caller may see it: number and date only of another team's case that asks their department, and of
    one on their own list because they sit on its panel."""
    if queue == "mine" and item["stage"] == Stage.UNDER_RECONSIDERATION:
        return {"ref": item["ref"], "next_due": item["next_due"], "panel": True}
    foreign = caller.roles & OF_DEPARTMENTS and not caller.roles & SEES_ALL and item.get("team") not in caller.teams
    return {"ref": item["ref"], "next_due": item["next_due"], "asked": True} if foreign else item


def undeclared(case: Case, caller: Caller) -> bool:
    """Whether this caller sits on the panel and has not said yet that nothing ties them to the case: the file opens for them after that."""
    seat = case.seat(caller.who)
    return seat is not None and not seat.declared


def limited(case: Case, caller: Caller) -> bool:
    """Whether the file is closed to this caller: only asked something, or to say first whether anything ties them to the case."""
    return only_asked(case, caller) or undeclared(case, caller)


def sees_votes(case: Case, caller: Caller) -> bool:
    """Whether this caller may know who voted how: the panel itself, and whoever sees every case."""
    return bool(caller.roles & SEES_ALL) or case.seat(caller.who) is not None


def acting(case: Case, caller: Caller) -> Caller:
    """The caller in the roles that count on this case: whoever sits on the panel acts as its member and as nothing else, and nobody
    else does; whoever was only asked is the department's contact."""
    seat = case.seat(caller.who)
    if seat:
        return replace(caller, roles=Role.PANEL | (Role.CHAIR if seat.chair else Role(0)))
    if only_asked(case, caller):
        return replace(caller, roles=caller.roles & OF_DEPARTMENTS)
    return replace(caller, roles=caller.roles & ~(Role.PANEL | Role.CHAIR) or caller.roles)

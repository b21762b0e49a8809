"""Who may know what of a case, and in which of their roles they act on it: decided here, for pages and
interfaces alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Flag, StrEnum, auto
from typing import Any, NamedTuple

from chalicelib.domain import moves  # noqa: F401  (declares every move)
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import open_questions
from chalicelib.domain.engine.permission import NEUTRAL
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Confirmed, Limit, Refusal
from chalicelib.domain.model.codes import AT_TABLE, Channel, Role, Stage

SEES_ALL = Role.SUPERVISOR | Role.EXECUTIVE | Role.AUDITOR
OF_DEPARTMENTS = Role.DEPARTMENT | Role.DEPARTMENT_HEAD
STAFF = (
    Role.INTAKE
    | Role.INVESTIGATOR
    | OF_DEPARTMENTS
    | Role.LEAD
    | Role.SAFETY
    | Role.PANEL
    | Role.CHAIR
    | Role.NEGOTIATOR
    | Role.MEDIATOR
    | Role.FOLLOWUP
    | SEES_ALL
    | Role.ADMINISTRATOR
)
HANDLES = STAFF & ~(
    OF_DEPARTMENTS | Role.PANEL | Role.CHAIR | Role.MEDIATOR | Role.AUDITOR | Role.ADMINISTRATOR
)
"""Roles that handle all cases of their team. Panel members and mediators come to single cases, a department
to its question."""
LISTS = HANDLES | OF_DEPARTMENTS | SEES_ALL
"""Roles that read the work lists of a team; all others have only their own."""
HOUSE = STAFF & ~Role.MEDIATOR
"""Roles of those who work for the company: a mediator signs in at the desk as staff do, but comes from
outside."""
READS_REGISTER = Role.ADMINISTRATOR | Role.LEAD | Role.SUPERVISOR
"""Roles that keep the register of mediators or appoint from it."""
DECIDES = (
    Role.INVESTIGATOR | Role.LEAD | Role.PANEL | Role.CHAIR | Role.FOLLOWUP | Role.SUPERVISOR | Role.EXECUTIVE
)
"""Roles that find facts or decide: nothing said in talks may ever be used for that."""


class NotFound(Exception):
    """There is no such case, or the caller may not know that there is: the two look alike."""


@frozen
class Caller:
    """Who asks, as the server found out: never taken from the request's body.

    A party has `ref` and `party`; staff have `teams`; `channel` is set where the caller's way in names it.
    `by_phrase`: a party who came by number and passphrase, which others may have overheard. `confirmed` is
    set while a party does what they have confirmed to be their own will. `network` is the network from which
    a party calls. `seen` is the case on which this request has found a party: what only reads goes on from
    it.
    """

    who: str
    roles: Role
    teams: frozenset[str] = frozenset()
    ref: str = ""
    party: str = ""
    channel: Channel | None = None
    name: str = ""
    by_phrase: bool = False
    confirmed: Confirmed | None = None
    network: str = ""
    seen: Case | None = field(default=None, compare=False, repr=False)


class Held(NamedTuple):
    """A session or the like, as its holder may see it: an id, which opens nothing, and what is kept with
    it."""

    id: str
    kept: Mapping[str, Any]


CLOCK = Caller("clock", Role.CLOCK)


class Thing(Flag):
    """The things there are to read of a case. Who may read one is decided here; which fields of it they see,
    by the views."""

    CASE = auto()
    """That the case exists, its number, and what its reader is asked on it."""
    TIMELINE = auto()
    """Its stage, the deadlines that run, and what happened."""
    PEOPLE = auto()
    """Who people are and what they said, in entries and letters."""
    SENT = auto()
    """The files that the reader sent."""
    FILES = auto()
    """Everybody's files."""
    DOCUMENTS = auto()
    """The sealed agreement, and the papers for a court that go with it."""
    READS = auto()
    """Which staff and partners read what of it."""

    @property
    def code(self) -> str:
        """The code with which it is written down that this was read."""
        return str(self.name).lower()


class Reader(StrEnum):
    """In which capacity somebody reads a case."""

    PARTY = auto()
    """A person whose case it is, a representative whose authority was checked, or the company's
    representative."""
    UNPROVEN = auto()
    """A representative whose authority has not been checked yet, or has ended."""
    BY_PHRASE = auto()
    """A party who came by number and passphrase."""
    PARTNER = auto()
    """The partner system that filed it."""
    HANDLER = auto()
    """A member of staff who handles the cases of its team, or who owns the improvement action."""
    OVERSEER = auto()
    """Supervisor or executive, of any team."""
    AUDITOR = auto()
    """An auditor, of any team."""
    DEPARTMENT = auto()
    """A department with a question on it that waits for its answer."""
    NAMED = auto()
    """Appointed to the panel, but has not declared yet that they have no interest in the case."""
    MEMBER = auto()
    """On the panel, and has declared that they have no interest in the case."""
    INVITED = auto()
    """Asked to mediate, and has neither taken the case on nor stood back."""
    MEDIATOR = auto()
    """The mediator who has taken the case on."""
    APART = auto()
    """A member of staff who would be one of the above, but stood back from the case or speaks for the company
    on it."""
    CLOCK = auto()
    """The clock, which reads no page."""


WHOLE = Thing.CASE | Thing.TIMELINE | Thing.PEOPLE | Thing.SENT | Thing.FILES | Thing.DOCUMENTS
READS: Mapping[Reader, tuple[Thing, str]] = {
    Reader.PARTY: (WHOLE, "reads_not_who_read"),
    Reader.UNPROVEN: (Thing.CASE | Thing.SENT, "reads_when_checked"),
    Reader.BY_PHRASE: (Thing.CASE | Thing.SENT, "reads_by_link"),
    Reader.PARTNER: (Thing.CASE | Thing.TIMELINE | Thing.PEOPLE | Thing.SENT, "reads_what_it_filed"),
    Reader.HANDLER: (WHOLE, "reads_not_who_read"),
    Reader.OVERSEER: (WHOLE | Thing.READS, "reads_not_who_read"),
    Reader.AUDITOR: (Thing.CASE | Thing.TIMELINE | Thing.READS, "reads_nobodys_words"),
    Reader.DEPARTMENT: (Thing.CASE, "reads_its_question"),
    Reader.NAMED: (Thing.CASE, "reads_once_declared"),
    Reader.MEMBER: (WHOLE, "reads_not_who_read"),
    Reader.INVITED: (Thing.CASE, "reads_once_accepted"),
    Reader.MEDIATOR: (WHOLE, "reads_not_who_read"),
    Reader.APART: (Thing.CASE, "reads_nothing_apart"),
    Reader.CLOCK: (Thing.CASE, "reads_not_who_read"),
}
"""What each of them may read, and the refusal that says why they may read no more. Whoever is
none of these may not know that the case exists: a consumer of another one, whoever left, another team, a
member of its team's panels who was not appointed, an administrator."""


def may_read(case: Case, thing: Thing, reader: Caller, now: datetime) -> bool:
    """Whether somebody may read this of a case: the one question before every page, answer and document."""
    return any(thing in READS[one][0] for one in readers(case, reader, now))


def opened(case: Case, thing: Thing, reader: Caller, now: datetime) -> Case:
    """The case, for somebody who may read this of it; raises NotFound where they may not know of it, else the
    Refusal that says why."""
    found = readers(case, reader, now)
    if not found:
        raise NotFound(case.ref)
    if not any(thing in READS[one][0] for one in found):
        raise Refusal(READS[found[0]][1])
    return case


def readers(case: Case, caller: Caller, now: datetime) -> tuple[Reader, ...]:
    """In which capacities somebody reads a case at a moment; more than one where a member of staff has
    several roles."""
    if caller.party:
        own = (p for p in case.parties if caller.ref == case.ref and p.id == caller.party and not p.left)
        today = published().day_of(now)
        way = Reader.BY_PHRASE if caller.by_phrase else Reader.PARTY
        return tuple(Reader.UNPROVEN if p.represents and not p.valid(today) else way for p in own)
    if caller.roles & Role.CLOCK:
        return (Reader.CLOCK,)
    if caller.roles & Role.PARTNER:
        return (Reader.PARTNER,) if case.intake.partner == caller.who else ()
    return inside(case, caller)


def inside(case: Case, caller: Caller) -> tuple[Reader, ...]:
    """In which capacities a member of staff or a mediator reads a case. Whoever sits on the panel, mediates,
    or has stood back reads it in that capacity only."""
    seat, mediation = case.seat(caller.who), case.talks.mediation
    if not caller.roles & STAFF:
        return ()
    if seat:
        found: tuple[Reader, ...] = (Reader.MEMBER if seat.declared else Reader.NAMED,)
    elif mediation and case.mediated_by(caller.who):
        found = (Reader.MEDIATOR if mediation.accepted else Reader.INVITED,)
    else:
        roles, here = caller.roles, case.team in caller.teams
        waits = case.stage != Stage.CLOSED and any(q.department in caller.teams for q in open_questions(case))
        held = {
            Reader.HANDLER: (here and roles & HANDLES) or (case.improvement and case.owner == caller.who),
            Reader.OVERSEER: roles & (Role.SUPERVISOR | Role.EXECUTIVE),
            Reader.AUDITOR: roles & Role.AUDITOR,
            Reader.DEPARTMENT: waits and roles & OF_DEPARTMENTS,
        }
        found = tuple(one for one, has in held.items() if has)
    return (Reader.APART,) if found and caller.who in (*case.inquiry.recused, *case.colleagues) else found


def closed_to(case: Case, caller: Caller) -> Reader | None:
    """The capacity in which a member of staff or a mediator may know that the case exists and read no more of
    it; None for those to whom the file is open."""
    found = inside(case, caller)
    return None if any(Thing.TIMELINE in READS[one][0] for one in found) else next(iter(found), None)


def card(item: Mapping[str, Any], caller: Caller, queue: str) -> Mapping[str, Any]:
    """A line of a work list as this caller may see it: number and date only of a case that asks their
    department, and of one on their own list because they sit on its panel, or are asked to mediate and have
    not taken it on."""
    if queue == "mine" and item["stage"] == Stage.UNDER_RECONSIDERATION:
        return {"ref": item["ref"], "next_due": item["next_due"], "panel": True}
    if queue == "mine" and item["stage"] == Stage.MEDIATING and item.get("owner") != caller.who:
        return {"ref": item["ref"], "next_due": item["next_due"], "mediator": True}
    here = caller.roles & HANDLES and item.get("team") in caller.teams
    foreign = caller.roles & OF_DEPARTMENTS and not (caller.roles & SEES_ALL or here)
    return {"ref": item["ref"], "next_due": item["next_due"], "asked": True} if foreign else item


def limits(case: Case, caller: Caller) -> frozenset[Limit]:
    """The limits on what a caller may do on a case that come from how they reached it and what they may read;
    those that come from the case itself, the permission to take a move finds by itself."""
    found: dict[Limit, bool] = {
        "by_phrase": caller.by_phrase,
        "asked": inside(case, caller) == (Reader.DEPARTMENT,),
        "deaf": bool(acting(case, caller).roles & STAFF) and not hears(case, caller),
    }
    return frozenset(limit for limit, holds in found.items() if holds)


def hears(case: Case, caller: Caller) -> bool:
    """Whether this caller may know what was said in the talks: the neutral officers, and the auditor. Whoever
    has a role in which they investigate or decide as well does only while they hold the talks; whoever is
    barred from holding them never."""
    roles, talks = acting(case, caller).roles, case.talks.dispute
    neutral = roles & NEUTRAL and not (talks and caller.who in (*talks.barred, *case.inquiry.recused))
    return bool(neutral or roles & Role.AUDITOR) and (
        not roles & DECIDES or bool(neutral and holds_talks(case, caller))
    )


def holds_talks(case: Case, caller: Caller) -> bool:
    """Whether this caller is the neutral officer of talks that go on, or of the text that is before both
    sides."""
    return case.stage in AT_TABLE and case.owner == caller.who


def acting(case: Case, caller: Caller) -> Caller:
    """The caller in the roles that count on this case: whoever sits on the panel acts as its member and as
    nothing else, and nobody else does; so does whoever mediates; whoever was only asked is the department's
    contact."""
    seat = case.seat(caller.who)
    if seat:
        return replace(caller, roles=Role.PANEL | (Role.CHAIR if seat.chair else Role(0)))
    if inside(case, caller) == (Reader.DEPARTMENT,):
        return replace(caller, roles=caller.roles & OF_DEPARTMENTS)
    if case.mediated_by(caller.who):
        return replace(caller, roles=Role.MEDIATOR)
    return replace(caller, roles=caller.roles & ~(Role.PANEL | Role.CHAIR | Role.MEDIATOR) or caller.roles)

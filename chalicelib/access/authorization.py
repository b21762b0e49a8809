"""Authorization: who may read which section of a case, and in which roles they act on it. Pages and
interfaces ask only here."""

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
"""Roles of people who work for the company. A mediator signs in at the desk as staff do, but comes from
outside."""
READS_REGISTER = Role.ADMINISTRATOR | Role.LEAD | Role.SUPERVISOR
"""Roles that keep the register of mediators or appoint from it."""
DECIDES = (
    Role.INVESTIGATOR | Role.LEAD | Role.PANEL | Role.CHAIR | Role.FOLLOWUP | Role.SUPERVISOR | Role.EXECUTIVE
)
"""Roles that find facts or decide. They may never use statements of the talks for that."""


class NotFound(Exception):
    """A missing case, or one whose existence the caller may not know; the two look alike."""


@frozen
class Caller:
    """The caller, as the server established it: never taken from the request's body.

    A party has `ref` and `party`; staff have `teams`. `channel`: set where the caller's way in names it.
    `by_phrase`: a party who came by number and passphrase, which others may have overheard. `confirmed`: set
    while a party does an act that they have confirmed. `network`: the network from which a party calls.
    `seen`: the case on which this request has found a party; a request that only reads uses it instead of
    loading the case again.
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


class SessionRecord(NamedTuple):
    """A session or the like, as its holder may see it: an id, which opens nothing, and the stored values."""

    id: str
    kept: Mapping[str, Any]


CLOCK = Caller("clock", Role.CLOCK)


class Thing(Flag):
    """The sections of a case. This module decides who may read a section; the views decide which of its
    fields the reader sees."""

    CASE = auto()
    """The existence of the case, its number, and the requests to its reader."""
    TIMELINE = auto()
    """The stage, the running deadlines, and the events."""
    PEOPLE = auto()
    """The people and their words, in entries and letters."""
    SENT = auto()
    """The files that the reader sent."""
    FILES = auto()
    """Everybody's files."""
    DOCUMENTS = auto()
    """The sealed agreement, and the papers for a court that go with it."""
    READS = auto()
    """The record of the staff and partners who read the case."""

    @property
    def code(self) -> str:
        """Return the code that records a reading of this section."""
        return str(self.name).lower()


class Reader(StrEnum):
    """The capacity in which a person reads a case."""

    PARTY = auto()
    """A party to the case: a complainant, a representative whose authority was checked, or the company's
    representative."""
    UNPROVEN = auto()
    """A representative whose authority is unchecked or has ended."""
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
    """A department with an unanswered question on the case."""
    NAMED = auto()
    """A member appointed to the panel who has not yet declared that they have no interest in the case."""
    MEMBER = auto()
    """A member of the panel who has declared that they have no interest in the case."""
    INVITED = auto()
    """A mediator who is invited, and has neither accepted the case nor stood back."""
    MEDIATOR = auto()
    """The mediator who has accepted the case."""
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
"""The sections that each capacity may read, and the refusal that explains the limit. A person without a
capacity may not know that the case exists. Examples are a consumer of another case, a person who left,
another team, an administrator, and a panel member of its team without an appointment."""


def may_read(case: Case, thing: Thing, reader: Caller, now: datetime) -> bool:
    """Return whether a caller may read this section of a case. Every page, answer and document asks this
    first."""
    return any(thing in READS[one][0] for one in readers(case, reader, now))


def authorize_read(case: Case, thing: Thing, reader: Caller, now: datetime) -> Case:
    """Return the case if the caller may read this section of it. Raise NotFound if they may not know of the
    case, else the Refusal that explains the limit."""
    found = readers(case, reader, now)
    if not found:
        raise NotFound(case.ref)
    if not any(thing in READS[one][0] for one in found):
        raise Refusal(READS[found[0]][1])
    return case


def readers(case: Case, caller: Caller, now: datetime) -> tuple[Reader, ...]:
    """Return the capacities in which a caller reads a case at a moment. A member of staff with several roles
    may have more than one."""
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
    """Return the capacities in which a member of staff or a mediator reads a case. A panel member, a
    mediator, or a person who stood back reads it in that capacity only."""
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
    """Return the capacity in which a member of staff or a mediator may know that the case exists and read no
    more of it. Return None for readers of the file."""
    found = inside(case, caller)
    return None if any(Thing.TIMELINE in READS[one][0] for one in found) else next(iter(found), None)


def card(item: Mapping[str, Any], caller: Caller, queue: str) -> Mapping[str, Any]:
    """Return a line of a work list as this caller may see it.

    It has number and date only if the case asks the caller's department. The same holds on the caller's own
    list for a case on whose panel they sit, or whose mediation they have not accepted.
    """
    if queue == "mine" and item["stage"] == Stage.UNDER_RECONSIDERATION:
        return {"ref": item["ref"], "next_due": item["next_due"], "panel": True}
    if queue == "mine" and item["stage"] == Stage.MEDIATING and item.get("owner") != caller.who:
        return {"ref": item["ref"], "next_due": item["next_due"], "mediator": True}
    here = caller.roles & HANDLES and item.get("team") in caller.teams
    foreign = caller.roles & OF_DEPARTMENTS and not (caller.roles & SEES_ALL or here)
    return {"ref": item["ref"], "next_due": item["next_due"], "asked": True} if foreign else item


def limits(case: Case, caller: Caller) -> frozenset[Limit]:
    """Return the limits on a caller's acts that come from their way to the case and their right to read. The
    permission to take a move itself finds the limits that come from the case."""
    found: dict[Limit, bool] = {
        "by_phrase": caller.by_phrase,
        "asked": inside(case, caller) == (Reader.DEPARTMENT,),
        "deaf": bool(acting(case, caller).roles & STAFF) and not hears(case, caller),
    }
    return frozenset(limit for limit, holds in found.items() if holds)


def hears(case: Case, caller: Caller) -> bool:
    """Return whether this caller may read the statements of the talks: the neutral officers, and the auditor.
    A caller who also investigates or decides may read them only while they hold the talks. A person who is
    barred from holding them never may."""
    return hears_as(acting(case, caller).roles, barred(case, caller.who), holds_talks(case, caller))


def hears_as(roles: Role, barred: bool, holds: bool) -> bool:
    """Return whether a person who acts in these roles may read the statements of the talks, by whether they
    are barred from holding the talks, and whether they hold them."""
    neutral = roles & NEUTRAL and not barred
    return bool(neutral or roles & Role.AUDITOR) and (not roles & DECIDES or bool(neutral and holds))


def barred(case: Case, who: str) -> bool:
    """Return whether a person never may hold the last talks of a case."""
    talks = case.talks.dispute
    return talks is not None and who in (*talks.barred, *case.inquiry.recused)


def holds_talks(case: Case, caller: Caller) -> bool:
    """Return whether this caller is the neutral officer of the present talks, or of the text proposed to both
    sides."""
    return sits_at({"stage": case.stage, "owner": case.owner}, caller)


def sits_at(item: Mapping[str, Any], caller: Caller) -> bool:
    """Return whether this caller is the neutral officer of the talks of a case, by its row of a work list."""
    return item["stage"] in AT_TABLE and item.get("owner") == caller.who


def acting(case: Case, caller: Caller) -> Caller:
    """Return the caller in the roles that count on this case. A panel member acts only as that, and a
    mediator likewise. A member of a department with a question acts only as its contact. Nobody else acts as
    a panel member or mediator here."""
    seat = case.seat(caller.who)
    if seat:
        return replace(caller, roles=Role.PANEL | (Role.CHAIR if seat.chair else Role(0)))
    if inside(case, caller) == (Reader.DEPARTMENT,):
        return replace(caller, roles=caller.roles & OF_DEPARTMENTS)
    if case.mediated_by(caller.who):
        return replace(caller, roles=Role.MEDIATOR)
    return replace(caller, roles=caller.roles & ~(Role.PANEL | Role.CHAIR | Role.MEDIATOR) or caller.roles)

"""Authorization: who may read which section of a case, and in which roles they act on it. Pages and the
interface ask only this module."""

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
from chalicelib.domain.model.case_records import Question
from chalicelib.domain.model.codes import AT_TABLE, Channel, Role, Stage
from chalicelib.domain.roster import OVERSEES, Roster

SEES_ALL = OVERSEES | Role.AUDITOR
APPOINTED = Role.PANEL | Role.CHAIR | Role.MEDIATOR
"""The roles that a person has only on single cases to which they were appointed."""
NOT_APPOINTED = ~APPOINTED
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
HANDLES = STAFF & ~(OF_DEPARTMENTS | APPOINTED | Role.AUDITOR | Role.ADMINISTRATOR)
"""The roles that handle all cases of their team. Panel members and mediators are left out, because they are
appointed to single cases. Departments are left out, because they only answer the questions that a case asks
them."""
LISTS = HANDLES | OF_DEPARTMENTS | SEES_ALL
"""The roles that may read the work lists of a team. All other roles may read only the list of their own
cases."""
HOUSE = STAFF & ~Role.MEDIATOR
"""The roles of people who work for the company: all of `STAFF` except mediators. A mediator signs in at the
desk as staff do, but does not work for the company."""
READS_REGISTER = Role.ADMINISTRATOR | Role.LEAD | Role.SUPERVISOR
"""The roles that may read the register of mediators, because they keep it or appoint mediators from it."""
COPIES_DATA = Role.LEAD | Role.SUPERVISOR | Role.NEGOTIATOR
"""The roles that may give a person the copy of their data."""
DECIDES = (
    Role.INVESTIGATOR | Role.LEAD | Role.PANEL | Role.CHAIR | Role.FOLLOWUP | Role.SUPERVISOR | Role.EXECUTIVE
)
"""The roles that establish facts or decide. They must not use statements made in the negotiation or mediation
for that, so access to these statements is limited for them."""


class NotFound(Exception):
    """The case does not exist, or the caller may not know that it exists. The answer is the same in both
    cases, so that it does not reveal whether the case exists."""


@frozen
class Caller:
    """The caller, as the server established it; nothing of it is taken from the request's body.

    `who`: the id of the person, partner or clock. `teams`: the teams of a member of staff. `channel`: how the
    caller reached us, if their sign-in tells that. The other fields are those of a party. `ref` and `party`:
    the case, and the party's id on the case. `network`: the network from which the party calls. `by_phrase`:
    the party signed in with case number and passphrase, which others may have overheard. `confirmed`: set
    while the party does an act that was confirmed. `seen`: the case that was loaded to recognise the party. A
    request that only reads uses `seen` instead of loading the case again.
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

    @property
    def administers(self) -> bool:
        """Return whether the caller is an administrator."""
        return bool(self.roles & Role.ADMINISTRATOR)

    @property
    def is_partner(self) -> bool:
        """Return whether the caller is a partner system."""
        return bool(self.roles & Role.PARTNER)

    def with_confirmation(self, confirmed: Confirmed) -> Caller:
        """Return the caller while they do an act that was confirmed in this way."""
        return replace(self, confirmed=confirmed)


class SessionRecord(NamedTuple):
    """A session or another sign-in, as its holder may see it. `id` identifies it and cannot be used to sign
    in; `kept` holds the stored values."""

    id: str
    kept: Mapping[str, Any]


CLOCK = Caller("clock", Role.CLOCK)


class Thing(Flag):
    """The sections of a case. This module decides who may read a section; the views decide which of its
    fields the reader sees."""

    CASE = auto()
    """What a reader may know who may know only that the case exists: its number, and what we ask them for."""
    TIMELINE = auto()
    """The stage, the running deadlines, and the events."""
    PEOPLE = auto()
    """The people on the case, and what they wrote in entries and letters."""
    SENT = auto()
    """The files that the reader sent."""
    FILES = auto()
    """All files of the case, no matter who sent them."""
    DOCUMENTS = auto()
    """The sealed agreement, and the papers for a court that belong to it."""
    READS = auto()
    """The record of the staff and partners who read the case."""
    NAME = auto()
    """The name of the complainant, the product and the company, as a line of a work list shows them."""

    @property
    def code(self) -> str:
        """Return the section's name in lower case, as the record of reads stores it."""
        return str(self.name).lower()


class ReaderRole(StrEnum):
    """The capacity in which a person reads a case."""

    PARTY = auto()
    """A party to the case: a complainant, a representative whose authority was checked, or the company's
    representative."""
    UNPROVEN = auto()
    """A representative whose authority has not been checked yet, or has ended."""
    BY_PHRASE = auto()
    """A party who signed in with case number and passphrase instead of their link."""
    PARTNER = auto()
    """The partner system that filed the case."""
    HANDLER = auto()
    """A member of staff who handles the cases of their team, or who owns the improvement action."""
    OVERSEER = auto()
    """A supervisor or an executive. They read the cases of all teams."""
    AUDITOR = auto()
    """An auditor. Auditors read the cases of all teams."""
    DEPARTMENT = auto()
    """A department with an unanswered question on the case."""
    NAMED = auto()
    """A panel member who has been appointed, but has not declared yet that they have no interest in the
    case."""
    MEMBER = auto()
    """A panel member who has declared that they have no interest in the case."""
    INVITED = auto()
    """A mediator who has been invited, and has neither accepted nor refused the case."""
    MEDIATOR = auto()
    """The mediator who has accepted the case."""
    APART = auto()
    """A member of staff in one of the capacities above who must not read more: they are recused from the
    case, or represent the company on it."""
    CLOCK = auto()
    """The clock, a program that takes due steps. It reads no page."""


WHOLE = Thing.CASE | Thing.TIMELINE | Thing.PEOPLE | Thing.SENT | Thing.FILES | Thing.DOCUMENTS | Thing.NAME
READS: Mapping[ReaderRole, tuple[Thing, str]] = {
    ReaderRole.PARTY: (WHOLE, "reads_not_who_read"),
    ReaderRole.UNPROVEN: (Thing.CASE | Thing.SENT, "reads_when_checked"),
    ReaderRole.BY_PHRASE: (Thing.CASE | Thing.SENT, "reads_by_link"),
    ReaderRole.PARTNER: (Thing.CASE | Thing.TIMELINE | Thing.PEOPLE | Thing.SENT, "reads_what_it_filed"),
    ReaderRole.HANDLER: (WHOLE, "reads_not_who_read"),
    ReaderRole.OVERSEER: (WHOLE | Thing.READS, "reads_not_who_read"),
    ReaderRole.AUDITOR: (Thing.CASE | Thing.TIMELINE | Thing.READS, "reads_nobodys_words"),
    ReaderRole.DEPARTMENT: (Thing.CASE, "reads_its_question"),
    ReaderRole.NAMED: (Thing.CASE, "reads_once_declared"),
    ReaderRole.MEMBER: (WHOLE, "reads_not_who_read"),
    ReaderRole.INVITED: (Thing.CASE, "reads_once_accepted"),
    ReaderRole.MEDIATOR: (WHOLE, "reads_not_who_read"),
    ReaderRole.APART: (Thing.CASE, "reads_nothing_apart"),
    ReaderRole.CLOCK: (Thing.CASE, "reads_not_who_read"),
}
"""What each capacity may read: the sections of a case, and the code of the refusal for all other sections.
The key is the capacity.

A person without a capacity may not even know that the case exists. Examples: a consumer of another case, a
person who left the case, staff of another team, and an administrator.
"""


def may_read(case: Case, thing: Thing, reader: Caller, now: datetime) -> bool:
    """Return whether a caller (`reader`) may read this section (`thing`) of a case now. Every page, answer
    and document asks this first."""
    return any(thing in READS[one][0] for one in readers(case, reader, now))


def authorize_read(case: Case, thing: Thing, reader: Caller, now: datetime) -> Case:
    """Return the case if the caller (`reader`) may read this section (`thing`) of it. Raises NotFound if the
    caller may not know of the case. Raises the Refusal that gives the reason if the caller may know of the
    case, but not read this section."""
    found = readers(case, reader, now)
    if not found:
        raise NotFound(case.ref)
    if not any(thing in READS[one][0] for one in found):
        raise Refusal(READS[found[0]][1])
    return case


def readers(case: Case, caller: Caller, now: datetime) -> tuple[ReaderRole, ...]:
    """Return the capacities in which a caller reads a case at the moment `now`. Return () if the caller may
    not know of the case. A member of staff with several roles may have several capacities."""
    if caller.party:
        own = (p for p in case.parties if caller.ref == case.ref and p.id == caller.party and not p.left)
        today = published().day_of(now)
        capacity = ReaderRole.BY_PHRASE if caller.by_phrase else ReaderRole.PARTY
        return tuple(ReaderRole.UNPROVEN if p.represents and not p.valid(today) else capacity for p in own)
    if caller.roles & Role.CLOCK:
        return (ReaderRole.CLOCK,)
    if caller.roles & Role.PARTNER:
        return (ReaderRole.PARTNER,) if case.intake.partner == caller.who else ()
    return staff_capacities(case, caller)


def staff_capacities(case: Case, caller: Caller) -> tuple[ReaderRole, ...]:
    """Return the capacities in which a member of staff or a mediator reads a case; () for anybody else. On
    the case of their panel, panel members have only that capacity; mediators likewise on a case that they
    mediate. A person who is recused, or who represents the company on the case, has only `APART`."""
    if not caller.roles & STAFF:
        return ()
    seat, mediation = case.seat(caller.who), case.talks.mediation
    if seat:
        found: tuple[ReaderRole, ...] = (ReaderRole.MEMBER if seat.declared else ReaderRole.NAMED,)
    elif mediation and case.mediated_by(caller.who):
        found = (ReaderRole.MEDIATOR if mediation.accepted else ReaderRole.INVITED,)
    else:
        roles, here = caller.roles, case.team in caller.teams
        waits = roles & OF_DEPARTMENTS and case.stage != Stage.CLOSED
        asked = waits and any(question.department in caller.teams for question in open_questions(case))
        held = {
            ReaderRole.HANDLER: (here and roles & HANDLES) or (case.improvement and case.owner == caller.who),
            ReaderRole.OVERSEER: roles & OVERSEES,
            ReaderRole.AUDITOR: roles & Role.AUDITOR,
            ReaderRole.DEPARTMENT: asked,
        }
        found = tuple(one for one, has in held.items() if has)
    return (ReaderRole.APART,) if found and caller.who in (*case.inquiry.recused, *case.colleagues) else found


def closed_to(case: Case, caller: Caller) -> ReaderRole | None:
    """Return the capacity of a member of staff or mediator who may know that the case exists, but may not
    read its timeline. Return None for anybody who may read the timeline, and for anybody who may not know of
    the case."""
    found = staff_capacities(case, caller)
    return None if any(Thing.TIMELINE in READS[one][0] for one in found) else next(iter(found), None)


def card(item: Mapping[str, Any], caller: Caller, queue: str) -> Mapping[str, Any]:
    """Return an item of the work list `queue`, reduced to the fields that this caller may see.

    Three kinds of item keep only the case number and the next deadline. On the caller's own list (`mine`): a
    case with the caller on its panel, and a case that the caller was asked to mediate. On any list: a case
    that only asks a question of the caller's department.
    """
    if queue == "mine" and item["stage"] == Stage.UNDER_RECONSIDERATION:
        return {"ref": item["ref"], "next_due": item["next_due"], "panel": True}
    if queue == "mine" and item["stage"] == Stage.MEDIATING and item.get("owner") != caller.who:
        return {"ref": item["ref"], "next_due": item["next_due"], "mediator": True}
    here = caller.roles & HANDLES and item.get("team") in caller.teams
    foreign = caller.roles & OF_DEPARTMENTS and not (caller.roles & SEES_ALL or here)
    return {"ref": item["ref"], "next_due": item["next_due"], "asked": True} if foreign else item


def shows_whole(caller: Caller, queue: str) -> bool:
    """Return whether `card` shows this caller all fields of every item of the work list `queue`."""
    return queue != "mine" and (not caller.roles & OF_DEPARTMENTS or bool(caller.roles & SEES_ALL))


def reads_name(item: Mapping[str, Any], caller: Caller) -> ReaderRole | None:
    """Return the capacity in which this caller reads the name of the complainant on a line of a work list.
    Return None if they may not. They may if they handle the case or oversee all cases, and have not stood
    back from it. `item`: the row, which `card` has not reduced."""
    if caller.who in item.get("apart", ()) or "party" not in item:
        return None
    if caller.roles & HANDLES and item.get("team") in caller.teams:
        return ReaderRole.HANDLER
    return ReaderRole.OVERSEER if caller.roles & OVERSEES else None


def limits(case: Case, caller: Caller) -> frozenset[Limit]:
    """Return the limits on what a caller may do on a case. `by_phrase`: the caller signed in with case number
    and passphrase. `asked`: the caller acts only for a department that the case asks. `deaf`: the caller is a
    member of staff who may not read the statements made in the negotiation or mediation."""
    if not caller.roles & STAFF:
        return frozenset({"by_phrase"}) if caller.by_phrase else frozenset()
    capacities = staff_capacities(case, caller)
    roles = _acting(case, caller, capacities)
    found: dict[Limit, bool] = {
        "by_phrase": caller.by_phrase,
        "asked": capacities == (ReaderRole.DEPARTMENT,),
        "deaf": not hears_as(roles, barred(case, caller.who), holds_talks(case, caller)),
    }
    return frozenset(limit for limit, holds in found.items() if holds)


def hears(case: Case, caller: Caller) -> bool:
    """Return whether this caller may read the statements made in the negotiation or mediation. A neutral
    officer may, unless barred from conducting it. The auditor may. A caller with a role in `DECIDES` may do
    so only as the neutral officer who conducts it now."""
    return hears_as(acting(case, caller).roles, barred(case, caller.who), holds_talks(case, caller))


def hears_as(roles: Role, barred: bool, holds: bool) -> bool:
    """Return whether a person in these roles may read the statements made in the negotiation or mediation.
    `barred`: the person must not conduct it. `holds`: the person conducts it now."""
    neutral = roles & NEUTRAL and not barred
    return bool(neutral or roles & Role.AUDITOR) and (not roles & DECIDES or bool(neutral and holds))


def barred(case: Case, who: str) -> bool:
    """Return whether the person `who` must not conduct the last negotiation or mediation of a case. This
    includes a person who is recused from the case."""
    talks = case.talks.dispute
    return talks is not None and who in (*talks.barred, *case.inquiry.recused)


def holds_talks(case: Case, caller: Caller) -> bool:
    """Return whether this caller is the neutral officer who conducts the present negotiation, mediation or
    signing of the case."""
    return sits_at({"stage": case.stage, "owner": case.owner}, caller)


def sits_at(item: Mapping[str, Any], caller: Caller) -> bool:
    """Return whether this caller is the neutral officer who conducts the negotiation, mediation or signing of
    a case. `item` is the case's row on a work list, so the case need not be loaded."""
    return item["stage"] in AT_TABLE and item.get("owner") == caller.who


def acting(case: Case, caller: Caller) -> Caller:
    """Return the caller with only those roles that count on this case. A panel member acts only as panel
    member here, and the mediator only as mediator. A member of a department that the case asks acts only for
    that department. Anybody else has no role of panel member or mediator here."""
    if not caller.roles & STAFF:
        return caller
    return replace(caller, roles=_acting(case, caller, staff_capacities(case, caller)))


def _acting(case: Case, caller: Caller, capacities: tuple[ReaderRole, ...]) -> Role:
    """Return the roles in which a member of staff or a mediator acts on a case. `capacities`: those in which
    they read it."""
    if seat := case.seat(caller.who):
        return Role.PANEL | Role.CHAIR if seat.chair else Role.PANEL
    if capacities == (ReaderRole.DEPARTMENT,):
        return caller.roles & OF_DEPARTMENTS
    if case.mediated_by(caller.who):
        return Role.MEDIATOR
    return caller.roles & NOT_APPOINTED or caller.roles


def awaits_answer(case: Case, question: Question, caller: Caller) -> bool:
    """Return whether a question still waits for an answer of this person of the department. It does not if
    they are recused from the case, or have another part in it."""
    return question in open_questions(case) and closed_to(case, caller) is ReaderRole.DEPARTMENT


def teams_reported(caller: Caller, roster: Roster) -> frozenset[str] | None:
    """Return the teams of whose figures a supervisor or a lead may read: None, which means all teams, for a
    supervisor, and the teams that they lead for a lead."""
    return None if caller.roles & Role.SUPERVISOR else teams_led(caller, roster)


def teams_led(caller: Caller, roster: Roster) -> frozenset[str]:
    """Return the teams that a caller with the role of a lead leads. A lead of several teams leads those in
    which the roster has them as lead; in the others they have another role."""
    if len(caller.teams) == 1:
        return caller.teams
    duty = {id: team.duty.get(Role.LEAD.code, ()) for id, team in roster.teams.items() if id in caller.teams}
    return frozenset(id for id, leads in duty.items() if any(lead.id == caller.who for lead in leads))

"""The roster: for each team and role, the people in the order in which they are asked. The first person who
is present is on duty; the people after them are deputies."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from itertools import chain, pairwise
from operator import or_

from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Refusal, refuse_if, required
from chalicelib.domain.model.codes import Assigns, Language, Role
from chalicelib.domain.phone_hours import PhoneHours, edges, fault, is_open
from chalicelib.domain.register import Register
from chalicelib.domain.routing import Routing, check_teams

DEPARTMENTAL = frozenset({"department", "department_head"})
"""The codes of the two roles in a department that answers questions. If a department has nobody in such a
role, nobody from another department stands in."""
HANDLING = frozenset({"intake", "investigator", "lead"})
"""The codes of the roles of which a team needs at least one person before rules may send it cases."""
OF_TEAM = frozenset({"intake", "investigator", "lead", "safety", "followup", "negotiator"})
"""The codes of the roles that read and handle the cases of their own teams only. A team with cases lends
nobody in such a role to another team, because they could not open the case."""
OVERSEES = Role.SUPERVISOR | Role.EXECUTIVE
"""The roles that may open and decide the cases of all teams."""
LONGEST = timedelta(days=366)
"""The longest absence or single period of duty. A longer one is refused, because it must be a slip of the
pen."""
MOST_STRETCHES = 200
"""The most periods of duty, and the most absences, that one person can have."""
COVER = "cover"
"""The code that stands for the cover rota of a team where the code of a role is expected."""
UNCOVERED = frozenset({"supervisor", "executive"})
"""The codes of the roles for which no cover rota stands in, because they answer for the others."""
TEAM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
PERSONAL = ("name", "email", "phone", "languages", "most", "absent")
"""The fields of a member that are about the person. They are the same in every role that the person has."""


@frozen
class Hours:
    """A period from `since` up to but not including `until`, in UTC."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@frozen
class Member:
    """A member of staff, as letters and lists show them. `id` is the subject that the identity provider gives
    them. `on` are their periods of duty; without any period they are always on duty. `absent` are their
    absences.

    `languages` are those in which they handle cases; without any, they handle cases in every language. `most`
    is their limit of open cases: at this number the clock assigns them no further case. None means no
    limit."""

    id: str
    name: str
    email: str
    phone: str = ""
    on: tuple[Hours, ...] = ()
    absent: tuple[Hours, ...] = ()
    languages: tuple[Language, ...] = ()
    most: int | None = None

    def present(self, moment: datetime) -> bool:
        """Return whether this person is on duty at this moment, and not absent."""
        return (not self.on or any(moment in hours for hours in self.on)) and not any(
            moment in hours for hours in self.absent
        )

    def reachable(self, moment: datetime) -> bool:
        """Return whether a letter or page at this moment can name this person as the one to ask. It cannot
        during an absence, or after their last period of duty. Between two periods of duty it can."""
        ahead = not self.on or any(hours.until > moment for hours in self.on)
        return ahead and not any(moment in hours for hours in self.absent)


@frozen
class Team:
    """A team. `label` is its name, keyed by language. `phone` is its number for letters. `duty` is its
    people, keyed by the code of their role. `closed` is the local day on which the team was closed; a closed
    team gets no new cases or questions.

    `place` is where it works, keyed by language. `hours` are its telephone hours. `assigns` says how its
    cases get an owner. `cover` is its cover rota. Outside the telephone hours, urgent steps go to these
    people first. Each of them has a role in the team."""

    label: Mapping[str, str]
    phone: str = ""
    duty: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    closed: date | None = None
    place: Mapping[str, str] = field(default_factory=dict)
    hours: tuple[PhoneHours, ...] = ()
    assigns: Assigns = Assigns.HAND
    cover: tuple[Member, ...] = ()

    def seats(self, role: str) -> tuple[Member, ...]:
        """Return the people with this role, or those of the cover rota for `COVER`."""
        return self.cover if role == COVER else self.duty.get(role, ())

    def people(self) -> list[Member]:
        """Return everybody who serves in this team, each once."""
        return list({member.id: member for people in self.duty.values() for member in people}.values())


@frozen
class OnDuty:
    """The person on duty for a role (`member`), or None if there is nobody. `passed_on` says why the first
    person was not asked: `absent`, or `empty` if the role has no people. `passed_on` is "" if the first
    person is on duty."""

    member: Member | None
    passed_on: str = ""


@frozen
class Gap:
    """A period in which nobody with this role in a team is present. `role` is the code of the role."""

    role: str
    hours: Hours


@frozen
class Roster:
    """All teams, keyed by their id. If a team has nobody in a role, the people with that role in all teams
    are asked, so one executive can serve all teams.

    `mediators` is the register of mediators from outside. The register is stored apart from the teams, and
    changed by other commands. `routing` are the rules that choose the team of a complaint."""

    teams: Mapping[str, Team] = field(default_factory=dict)
    mediators: Register = field(default_factory=Register)
    routing: Routing = field(default_factory=Routing)

    @property
    def departments(self) -> tuple[str, ...]:
        """The ids of the teams that answer questions of an investigation. Such a team has the role
        `department`, and is not closed."""
        return tuple(id for id, team in self.teams.items() if "department" in team.duty and not team.closed)

    def duties(self, team: str) -> frozenset[str]:
        """Return the kinds of work of a team, by its roles: "cases", "questions" or both. A team without the
        roles of a department has "cases"."""
        has = set(self.teams[team].duty) if team in self.teams else set()
        asked = {"questions"} if "department" in has else set()
        return frozenset(asked | ({"cases"} if not has or has - DEPARTMENTAL else set()))

    def fault(self, team: str, duty: str) -> str:
        """Return why a team cannot get "cases" or "questions" (`duty`) now: it is "unknown", "closed" or
        "unmanned". Return "" for a team that can. Absent people count, because they come back."""
        if team not in self.teams:
            return "unknown"
        if self.teams[team].closed:
            return "closed"
        able = HANDLING if duty == "cases" else {"department"}
        return "" if any(self.teams[team].duty.get(role) for role in able) else "unmanned"

    def member(self, id: str) -> Member | None:
        """Return the person with this id in any team, or the registered mediator with this id. Return None if
        there is no such person."""
        if outside := self.mediators.member(id):
            return Member(id, outside.name, outside.email, outside.phone or "")
        return self._by_id.get(id)

    @cached_property
    def _by_id(self) -> Mapping[str, Member]:
        """Return the people of all teams. For a person in several places, it is the first of them."""
        found: dict[str, Member] = {}
        for team in self.teams.values():
            for member in chain.from_iterable(team.duty.values()):
                found.setdefault(member.id, member)
        return found

    def team_name(self, id: str, language: str) -> str:
        """Return the name of a team. Return its id if the roster has no such team."""
        return self.teams[id].label.get(language, id) if id in self.teams else id

    def contact(self, id: str | None, moment: datetime) -> Member | None:
        """Return the person with this id as the one to ask at this moment, for letters and pages. Return None
        if they have left or are away, or if `id` is None. The team then answers instead."""
        member = self.member(id) if id else None
        return member if member and member.reachable(moment) else None

    @property
    def addresses(self) -> frozenset[str]:
        """The e-mail addresses of everybody in a team and of all registered mediators."""
        staff = {member.email for team in self.teams.values() for member in team.people()}
        return frozenset(staff | {one.email for one in self.mediators.entries.values()})

    def people(self, team: str, role: str) -> tuple[Member, ...]:
        """Return the people with this role in this team, in the order in which they are asked. If the team
        has none, return the people with this role in all teams. There are two exceptions. For the two roles
        of a department and the cover rota, return nobody. For a role of `OF_TEAM`, leave out other teams with
        cases."""
        own = self.teams[team].seats(role) if team in self.teams else ()
        if own or role in DEPARTMENTAL | {COVER}:
            return own
        lend = (
            other
            for other in self.teams.values()
            if role not in OF_TEAM or not any(other.duty.get(handling) for handling in HANDLING)
        )
        return tuple(member for other in lend for member in other.duty.get(role, ()))

    def on_duty(self, team: str, role: Role, moment: datetime) -> OnDuty:
        """Return who is on duty for a role of a team: the first person who is present at this moment. The
        result has no member if the role has no people, or if all are absent."""
        people = self.people(team, role.code)
        for n, member in enumerate(people):
            if member.present(moment):
                return OnDuty(member, "absent" if n else "")
        return OnDuty(None, "absent" if people else "empty")

    def covering(self, team: str, role: str, moment: datetime) -> Member | None:
        """Return the person on the cover rota of a team who gets urgent steps for a role (a code) at this
        moment. Return None during its telephone hours, if it has none, or if nobody on the rota is present.
        Return None for a role in `UNCOVERED`."""
        found = self.teams.get(team, Team({}))
        if role in UNCOVERED or not found.hours or is_open(found.hours, moment):
            return None
        return next((member for member in found.cover if member.present(moment)), None)

    def roles(self, id: str) -> Role:
        """Return all roles that this person has in any team."""
        held = (
            role
            for team in self.teams.values()
            for role, people in team.duty.items()
            if any(member.id == id for member in people)
        )
        return reduce(or_, (Role[role.upper()] for role in held), Role(0))

    def answering(self, department: str) -> dict[str, Role]:
        """Return who can answer the questions to a department, by id: its contacts and its heads, in the
        order of the roster. The value holds their roles there."""
        found: dict[str, Role] = {}
        for role in (Role.DEPARTMENT, Role.DEPARTMENT_HEAD):
            for member in self.teams[department].seats(role.code) if department in self.teams else ():
                found[member.id] = found.get(member.id, Role(0)) | role
        return found

    def assigns_itself(self, team: str) -> bool:
        """Return whether the clock gives the cases of this team an owner, by rotation or by load."""
        return team in self.teams and self.teams[team].assigns != Assigns.HAND

    def handling(self, team: str) -> frozenset[str]:
        """Return the ids of the people of this team who can be given cases."""
        duty = self.teams[team].duty if team in self.teams else {}
        return frozenset(member.id for role in HANDLING for member in duty.get(role, ()))

    def serves(self, id: str, team: str) -> bool:
        """Return whether this person has any role in this team."""
        return team in self.teams and any(
            m.id == id for people in self.teams[team].duty.values() for m in people
        )

    def works_for(self, id: str, team: str) -> bool:
        """Return whether this person can work on the cases of this team. People who serve in the team or
        oversee all teams can. So can those of a team that gets no cases, because it lends its people."""
        own = [one for one in self.teams if self.serves(id, one)]
        lent = any(not self.handling(one) for one in own)
        return team in own or lent or bool(self.roles(id) & OVERSEES)

    def record_team(self, id: str, near: Collection[str]) -> str:
        """Return the team that gets a record about this person: an improvement action or a training. It is an
        open team with cases. If possible they serve in it, and if possible it is one of the teams `near`.
        Raises Refusal `unknown_team` if no team is open."""
        able = [
            team for team, found in self.teams.items() if not found.closed and "cases" in self.duties(team)
        ]
        ranked = sorted(able, key=lambda team: (not self.serves(id, team), team not in near, team))
        return required(next(iter(ranked), None), "unknown_team")

    def needed(self, team: str, ladders: Iterable[str]) -> tuple[str, ...]:
        """Return the codes of the roles in which this team needs people. A department needs its two roles. A
        team with people, but without a role that handles cases, only lends them, and needs nobody. Any other
        team needs all `ladders` (the role codes that the ladders notify). The chair is left out, because a
        chair is named for each case. A cover rota that has people is needed too."""
        covers = (COVER,) if team in self.teams and self.teams[team].cover else ()
        has = set(self.teams[team].duty) if team in self.teams else set()
        lends = has and not has & HANDLING and (has <= DEPARTMENTAL or any(self.teams[team].duty.values()))
        wanted = (DEPARTMENTAL if has & DEPARTMENTAL else set()) | (
            set() if lends else set(ladders) - DEPARTMENTAL
        )
        return (*(role.code for role in Role if role.code in wanted - {"chair"}), *covers)

    def gaps(self, team: str, roles: Iterable[str], since: datetime, until: datetime) -> tuple[Gap, ...]:
        """Return the periods between `since` and `until` in which nobody with one of the `roles` (codes) is
        present in this team. Each role is checked by itself. A cover rota is needed only outside the
        telephone hours of its team. Times are exact to the second."""
        hours = self.teams[team].hours if team in self.teams else ()
        return tuple(
            Gap(role, gap)
            for role in roles
            for gap in _unmanned(self.people(team, role), since, until, hours if role == COVER else None)
        )

    def pruned(self, now: datetime) -> Roster:
        """Return the roster without past periods of duty and past absences. If all periods of duty of a
        person are past, the last period stays, because a person without any period is always on duty."""

        def prune(member: Member) -> Member:
            ahead = tuple(hours for hours in member.on if hours.until > now)
            last = tuple(sorted(member.on, key=lambda hours: hours.until)[-1:])
            return replace(
                member, on=ahead or last, absent=tuple(hours for hours in member.absent if hours.until > now)
            )

        return self._each(prune)

    def away(self, id: str, hours: Hours, now: datetime) -> Roster:
        """Return the roster with an absence of this person in every role that they have. The absence is
        merged with absences that it touches. Raises Refusal for an unknown person, or if they have too many
        absences. Raises Refusal for a period that is past, too long or reversed."""
        _sensible(hours, now)
        absent = _united((*self._known(id).absent, hours))
        _few(absent)
        return self._each(lambda member: replace(member, absent=absent) if member.id == id else member)

    def back(self, id: str, hours: Hours) -> Roster:
        """Return the roster without this absence of a person. Raises Refusal `absence_unknown` if the person
        has no such absence."""
        refuse_if(hours not in self._known(id).absent, "absence_unknown", field="since")
        return self._each(
            lambda m: replace(m, absent=tuple(h for h in m.absent if h != hours)) if m.id == id else m
        )

    def with_team(
        self,
        id: str,
        label: Mapping[str, str],
        phone: str,
        place: Mapping[str, str] | None = None,
        hours: tuple[PhoneHours, ...] = (),
        assigns: Assigns = Assigns.HAND,
    ) -> Roster:
        """Return the roster with a team added, or with new settings for an existing team, whose people stay.
        `label` is the name and `place` the place, keyed by language. Raises Refusal `team_code` for an `id`
        that is not allowed."""
        refuse_if(not TEAM.fullmatch(id), "team_code", field="team")
        new = Team(dict(label), phone, place=dict(place or {}), hours=hours, assigns=assigns)
        settings = {name: getattr(new, name) for name in ("label", "phone", "place", "hours", "assigns")}
        return replace(self, teams={**self.teams, id: replace(self.teams.get(id, new), **settings)})

    def closing(self, team: str, today: date) -> Roster:
        """Return the roster with a team closed on the day `today`. Its people stay, so that its record can be
        read. Raises Refusal for an unknown team, and for a team that a rule of the routing names."""
        refuse_if(team not in self.teams, "unknown_team", field="team")
        ruled = [n for n, rule in enumerate(self.routing.rules, 1) if rule.to == team]
        if ruled:
            raise Refusal("team_is_ruled", field="team", n=ruled[0])
        return replace(self, teams={**self.teams, team: replace(self.teams[team], closed=today)})

    def reopening(self, team: str) -> Roster:
        """Return the roster with a closed team open again. Raises Refusal for an unknown team."""
        refuse_if(team not in self.teams, "unknown_team", field="team")
        return replace(self, teams={**self.teams, team: replace(self.teams[team], closed=None)})

    def enlisted(self, team: str, role: str, person: Member) -> Roster:
        """Return the roster with a person added to a role of a team, as the last person to be asked. Their
        name, e-mail address, phone number, languages and limit are updated in every role that they have.
        Raises Refusal for an unknown team or role, and `cover_outsider` for the cover rota if they have no
        role in the team."""
        people = self._people(team, role, new=True)
        refuse_if(role == COVER and not self.serves(person.id, team), "cover_outsider", field="who")
        known = self.member(person.id)
        if person.id not in {member.id for member in people}:
            people = (*people, replace(person, absent=known.absent if known else ()))
        own = {name: getattr(person, name) for name in PERSONAL if name != "absent"}
        return self._with(team, role, people)._each(lambda m: replace(m, **own) if m.id == person.id else m)

    def dismissed(self, team: str, role: str, id: str) -> Roster:
        """Return the roster without this person in this role of a team. The team keeps the role, even if it
        has no people. A person without any role in the team also leaves its cover rota. Raises Refusal if the
        person does not have the role, or if a rule of the routing would be left without people."""
        left = self._with(team, role, _without(self._people(team, role, id), id))
        if not left.serves(id, team):
            left = left._with(team, COVER, _without(left.teams[team].cover, id))
        check_teams(self.routing, left)
        return left

    def sooner(self, team: str, role: str, id: str) -> Roster:
        """Return the roster with this person one place earlier in the order in which people of this role are
        asked. Raises Refusal if the person does not have the role."""
        people = list(self._people(team, role, id))
        n = next(n for n, member in enumerate(people) if member.id == id)
        people.insert(max(0, n - 1), people.pop(n))
        return self._with(team, role, tuple(people))

    def on(self, team: str, role: str, id: str, stretches: Iterable[Hours], now: datetime) -> Roster:
        """Return the roster with more periods of duty (`stretches`) of this person in a role of a team.
        Periods that touch are merged. Raises Refusal if the person does not have the role, or if they have
        too many periods. Raises Refusal if the first period is past, too long or reversed."""
        added = tuple(stretches)
        _sensible(added[0], now)
        people = self._people(team, role, id)
        return self._with(
            team,
            role,
            tuple(replace(m, on=_few(_united((*m.on, *added)))) if m.id == id else m for m in people),
        )

    def off(self, team: str, role: str, id: str, hours: Hours) -> Roster:
        """Return the roster without one period of duty of this person in a role of a team. A person without
        any period is always on duty. Raises Refusal `hours_unknown` if the person has no such period."""
        people = self._people(team, role, id)
        refuse_if(
            not any(member.id == id and hours in member.on for member in people),
            "hours_unknown",
            field="since",
        )
        return self._with(
            team,
            role,
            tuple(replace(m, on=tuple(h for h in m.on if h != hours)) if m.id == id else m for m in people),
        )

    def checked(self) -> Roster:
        """Return this roster if it is valid. A valid roster has only roles of staff, and for each team a name
        in both languages, and a place in both or none. Each person has an id, a name and an e-mail address,
        and no reversed period. A person's data are the same in each of their roles. The people of a cover
        rota have a role in the team. Each rule of the routing has people.

        Raises Refusal with the place of the fault, because a whole roster can be uploaded."""
        known: dict[str, Member] = {}
        for id, team in self.teams.items():
            at = f"teams/{id}"
            refuse_if(not TEAM.fullmatch(id), "team_code", field="teams")
            refuse_if(not (team.label.get("zh") and team.label.get("en")), "team_label", field=f"{at}/label")
            refuse_if(
                any(team.place.values()) and not (team.place.get("zh") and team.place.get("en")),
                "team_place",
                field=f"{at}/place",
            )
            if wrong := fault(team.hours):
                raise Refusal(wrong, field=f"{at}/hours")
            lists = {f"{at}/duty/{role}": people for role, people in team.duty.items()}
            refuse_if(not team.duty.keys() <= set(ON_DUTY), "unknown_role", field=f"{at}/duty")
            for list_, people in {**lists, f"{at}/cover": team.cover}.items():
                for n, member in enumerate(people):
                    place = f"{list_}/{n}"
                    refuse_if(
                        not (member.id and member.name) or "@" not in member.email,
                        "member_incomplete",
                        field=place,
                    )
                    refuse_if(
                        people is team.cover and not self.serves(member.id, id), "cover_outsider", field=place
                    )
                    for name in PERSONAL:
                        same = _of_person(member, name) == _of_person(
                            known.setdefault(member.id, member), name
                        )
                        refuse_if(not same, "member_differs", field=f"{place}/{name}")
                    refuse_if(
                        member.most is not None and member.most < 1, "member_most", field=f"{place}/most"
                    )
                    for name, hours in (("on", member.on), ("absent", member.absent)):
                        refuse_if(
                            any(h.since.tzinfo is None or h.until.tzinfo is None for h in hours),
                            "hours_zone",
                            field=f"{place}/{name}",
                        )
                        refuse_if(
                            any(h.since >= h.until for h in hours), "hours_reversed", field=f"{place}/{name}"
                        )
        check_teams(self.routing, self)
        return self

    def _known(self, id: str) -> Member:
        return required(self.member(id), "unknown_person", field="who")

    def _people(self, team: str, role: str, id: str = "", new: bool = False) -> tuple[Member, ...]:
        """Return the people with this role in this team. Raises Refusal for an unknown team or role. Raises
        Refusal if `id` is not among the people, except with `new`."""
        refuse_if(team not in self.teams, "unknown_team", field="team")
        refuse_if(role not in (*ON_DUTY, COVER), "unknown_role", field="role")
        people = self.teams[team].seats(role)
        refuse_if(not new and id not in {member.id for member in people}, "unknown_person", field="who")
        return people

    def _with(self, team: str, role: str, people: tuple[Member, ...]) -> Roster:
        old = self.teams[team]
        new = replace(old, cover=people) if role == COVER else replace(old, duty={**old.duty, role: people})
        return replace(self, teams={**self.teams, team: new})

    def _each(self, do: Callable[[Member], Member]) -> Roster:
        return replace(
            self,
            teams={
                id: replace(
                    team,
                    duty={role: tuple(map(do, people)) for role, people in team.duty.items()},
                    cover=tuple(map(do, team.cover)),
                )
                for id, team in self.teams.items()
            },
        )


ON_DUTY = tuple(
    role.code
    for role in (
        Role.INTAKE,
        Role.INVESTIGATOR,
        Role.LEAD,
        Role.SAFETY,
        Role.FOLLOWUP,
        Role.NEGOTIATOR,
        Role.PANEL,
        Role.CHAIR,
        Role.SUPERVISOR,
        Role.EXECUTIVE,
        Role.BUSINESS_REP,
        Role.DEPARTMENT,
        Role.DEPARTMENT_HEAD,
        Role.ADMINISTRATOR,
    )
)
"""The codes of the roles for which a person can be on duty, in the order in which they are listed. Mediators
are not among them, because they come from outside (see `register`)."""


def weekly(first: Hours, weeks: int) -> tuple[Hours, ...]:
    """Return `weeks` periods: `first`, and the same period in each following week. The local hours stay the
    same, because Shanghai has no summer time."""
    return tuple(
        Hours(first.since + timedelta(weeks=n), first.until + timedelta(weeks=n)) for n in range(weeks)
    )


def _of_person(member: Member, name: str) -> object:
    """Return the value of a field in `PERSONAL`. The order of a list does not count."""
    value = getattr(member, name)
    return frozenset(value) if isinstance(value, tuple) else value


def _without(people: Iterable[Member], id: str) -> tuple[Member, ...]:
    return tuple(member for member in people if member.id != id)


def _unmanned(
    people: Iterable[Member], since: datetime, until: datetime, outside: tuple[PhoneHours, ...] | None = None
) -> Iterator[Hours]:
    """Yield the periods between `since` and `until` in which none of these people is present. With `outside`,
    only the periods outside these telephone hours count. Presence changes only where a duty, an absence or
    telephone hours begin or end. So it is enough to check the start of each interval between two such
    moments."""
    everybody = tuple(people)
    inside = {
        edge
        for m in everybody
        for hours in (*m.on, *m.absent)
        for edge in (hours.since, hours.until)
        if since < edge < until
    }
    inside |= edges(outside or (), since, until)
    start: datetime | None = None
    for one, _ in pairwise(sorted({since, until, *inside})):
        idle = outside is not None and (not outside or is_open(outside, one))
        if idle or any(member.present(one) for member in everybody):
            if start:
                yield Hours(start, one)
            start = None
        else:
            start = start or one
    if start:
        yield Hours(start, until)


def _united(stretches: Iterable[Hours]) -> tuple[Hours, ...]:
    found: list[Hours] = []
    for hours in sorted(stretches, key=lambda hours: hours.since):
        if found and hours.since <= found[-1].until:
            found[-1] = Hours(found[-1].since, max(found[-1].until, hours.until))
        else:
            found.append(hours)
    return tuple(found)


def _few(stretches: tuple[Hours, ...]) -> tuple[Hours, ...]:
    refuse_if(len(stretches) > MOST_STRETCHES, "hours_too_many", field="until", most=MOST_STRETCHES)
    return stretches


def _sensible(hours: Hours, now: datetime) -> None:
    refuse_if(hours.since >= hours.until, "hours_reversed", field="until")
    refuse_if(hours.until <= now, "hours_past", field="until")
    refuse_if(hours.until - hours.since > LONGEST, "hours_long", field="until")

"""Changes of the roster: absences, roles without a holder, and the hand-over of all cases of a person. Also
changes of the register of mediators, who do not work for the company."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol, TypeVar

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import (
    TRAININGS,
    TRAININGS_ASKED,
    TRIED_AGAIN,
    TRIES,
    Casework,
    Unavailable,
    WriteConflict,
)
from chalicelib.domain.assigning import HANDLES
from chalicelib.domain.calendar import NOTICE, SHANGHAI, day_end, instant, published, stamp
from chalicelib.domain.engine.letters_owed import HOLDERS
from chalicelib.domain.engine.sending_limits import BEFORE_DIGESTS, EXPIRING, MISSING, this_morning
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.model.codes import Lesson, Role, Stage
from chalicelib.domain.moves.team_change import at_work, change_team
from chalicelib.domain.policy import policy
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Gap, Hours, Member, Roster, Team
from chalicelib.domain.routing import Routing, RoutingChange, checked
from chalicelib.domain.training import RequiredTraining, Trained, Untrained, untrained

AHEAD = timedelta(hours=48)
"""For how long ahead we check that somebody is present for each role."""
AT_ONCE = 100
"""The maximum number of cases that one hand-over moves, because a request may take only 29 s. Repeating the
hand-over moves further cases."""
PAGE = 100
MOST_PAGES = 10
"""The maximum number of pages of a work list that are read each hour to find cases without an owner."""
SOON = timedelta(minutes=2)
"""After this time every worker knows a roster that was just changed, because it is read once a minute."""
HEADS = Role.LEAD | Role.SUPERVISOR
OFFICE = Role.ADMINISTRATOR | Role.PARTNER
"""The roles that may record the absence of anybody."""
LINE = (Role.LEAD, Role.SUPERVISOR, Role.EXECUTIVE)
"""The roles to which overdue work is reported, from the lowest level to the highest."""
HOLD = frozenset(role.code for role in (*HOLDERS.values(), Role.LEAD, Role.INVESTIGATOR))
"""The roles that are notified when an escalation should go to the case's owner, but the case has none. They
are the roles that look after cases without an owner, and the roles to which cases are given."""

Kept = TypeVar("Kept", Roster, Register)


class RosterFile(Protocol):
    """The store of the roster, the register of mediators and the work lists. `keep_roster` and
    `keep_register` replace the stored value. They raise WriteConflict if somebody has changed the value since
    the version `seen`. `keep_roster` also stores a change of the rules, `ruled`."""

    def load(self, ref: str) -> Case: ...
    def work(self, seat: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]: ...
    def fresh_roster(self) -> tuple[Roster, int]: ...
    def keep_roster(
        self, roster: Roster, seen: int | None = None, ruled: RoutingChange | None = None
    ) -> None: ...
    def rule_changes(self, before: int, most: int) -> list[RoutingChange]: ...
    def fresh_register(self) -> tuple[Register, int]: ...
    def keep_register(self, register: Register, seen: int | None = None) -> None: ...
    def wake(self, refs: Sequence[str], at: datetime, unless: datetime) -> int: ...
    def owe(self, who: str, id: str, name: str, facts: Mapping[str, Any]) -> None: ...
    def repeat(self, who: str, line: Mapping[str, Any]) -> None: ...


@frozen
class Handed:
    """The result of a hand-over. `moved`: the numbers of the moved cases. `failed`: the numbers of the cases
    that could not be moved. `left`: how many cases have not been tried yet."""

    moved: tuple[str, ...]
    failed: tuple[str, ...]
    left: int


@frozen
class Rerouted:
    """The result of a hand-over by the rules: the numbers of the cases that were `moved`, and of those that
    `failed` to move. `after`: where the next call continues; None at the end of the list."""

    moved: tuple[str, ...]
    failed: tuple[str, ...]
    after: str | None


@frozen
class Cover:
    """Changes the roster and the register of mediators, and checks both each hour."""

    casework: Casework
    file: RosterFile

    def needed(self, roster: Roster, team: str) -> tuple[str, ...]:
        """Return the roles that a team must fill, under the policy that new cases get."""
        return roster.needed(team, policy(self.casework.policy).roles | HOLD)

    def default_team(self, routing: Routing) -> str:
        """Return the team that gets complaints that no rule matches: by the rules, else by the policy."""
        return routing.default or policy(self.casework.policy).team

    def gaps(self, roster: Roster, ahead: timedelta = AHEAD) -> dict[str, tuple[Gap, ...]]:
        """Return the periods in the time `ahead` in which nobody is present for a role that must be filled.
        The key is the team."""
        now = self.casework.now()
        return {
            team: roster.gaps(team, self.needed(roster, team), now, now + ahead)
            for team in {**roster.teams, self.default_team(roster.routing): None}
            if team not in roster.teams or not roster.teams[team].closed
        }

    def watch(self) -> int:
        """Check roster, register of mediators and calendar; this is called each hour. Return the number of
        empty roles: those for which nobody will be present at some time within 48 hours, counted for each
        team.

        Bring to the clock the cases that wait for an owner; see `_wake`.

        Report as metrics the number of empty roles, and the number of mediators whose qualification ends
        soon. Queue three kinds of message: letters about these mediators, letters about a missing calendar,
        and digest lines about overdue trainings.
        """
        (roster, _), (register, _) = self.file.fresh_roster(), self.file.fresh_register()
        empty = sum(len({gap.role for gap in gaps}) for gaps in self.gaps(roster).values())
        self.casework.meters.count("CoverHeartbeat")
        self.casework.meters.count("EmptyRoles", empty)
        self.casework.meters.count("MediatorsExpiring", len(register.ending(self.today)))
        # Without an administrator the executives get these letters, since somebody must read them.
        administrators = self._all(roster, Role.ADMINISTRATOR) or self._all(roster, Role.EXECUTIVE)
        self._remind(administrators, register)
        self._miss(administrators)
        self._train(roster)
        self._wake(roster)
        return empty

    def assigned_by(self) -> datetime:
        """Return the time (UTC) by which the waiting cases of a team are assigned, after it has begun to
        assign by rotation or load. That is the next hourly check, and some minutes for the work. Cases beyond
        `AT_ONCE` wait longer, and so do cases for which nobody is free."""
        return self.casework.now() + TRIED_AGAIN + 2 * SOON

    def _wake(self, roster: Roster) -> None:
        """Let the clock look at the cases without an owner in the teams whose cases it assigns, at most
        `AT_ONCE` of each team. Only a team that assigned by hand before needs this: the clock looks at the
        cases of any other team once an hour by itself. Each page of the list costs a query and a batch read,
        and each such case a write."""
        now = self.casework.now()
        for id in filter(roster.assigns_itself, roster.teams):
            after, left, pages = None, AT_ONCE, MOST_PAGES
            while pages and left > 0:
                items, after = self.file.work(f"TEAM#{id}#unassigned", after, PAGE)
                refs = [item["ref"] for item in items if item["stage"] in HANDLES]
                left -= self.file.wake(refs, now + SOON, now + TRIED_AGAIN)
                pages = pages - 1 if after else 0

    def untrained(self, roster: Roster, trainings: Iterable[Trained] | None = None) -> tuple[Untrained, ...]:
        """Return the overdue trainings of each role. `trainings` are the trainings that were held; without
        it, they are read in one query. The trainings that improvement actions ask for are read in another
        query."""
        trained = [training for _, training in self.trainings()] if trainings is None else trainings
        asked = [
            RequiredTraining(
                item["team"],
                Lesson(item["training"]["topic"]),
                published().day_of(instant(item["received_at"])),
                date.fromisoformat(item["training"]["due"]),
            )
            for item in self._listed(TRAININGS_ASKED)
        ]
        return untrained(roster, policy(self.casework.policy).trainings, trained, asked, self.today)

    def trainings(self) -> Iterator[tuple[str, Trained]]:
        """Yield the case number of each training that was held, with the training, the oldest first.
        Trainings that are too old to count are left out."""
        for item in self._listed(TRAININGS):
            had = item["training"]
            yield (
                item["ref"],
                Trained(Lesson(had["topic"]), date.fromisoformat(had["day"]), tuple(had["people"])),
            )

    def _listed(self, seat: str) -> Iterator[dict[str, Any]]:
        """Yield the items of the work list `seat`, one of the two lists of trainings. Items older than twice
        the longest time for which a training counts are left out."""
        longest = max(course.days for course in policy(self.casework.policy).trainings.values())
        first = datetime.combine(self.today - timedelta(days=2 * longest), time(), SHANGHAI)
        yield from self._items(seat, f"{stamp(first)}_{0:012}")

    def _items(self, seat: str, after: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the items of the work list `seat`, from the place `after` on."""
        items, after = self.file.work(seat, after, PAGE)
        yield from items
        while after:
            items, after = self.file.work(seat, after, PAGE)
            yield from items

    def _train(self, roster: Roster) -> None:
        """Put a line for each overdue training of a role into the next digest of the supervisors of its team.
        This is done only in the hours before the digest is sent. The line of one hour replaces that of the
        hour before."""
        now = self.casework.now()
        if this_morning(now) - now > BEFORE_DIGESTS:
            return
        for gap in self.untrained(roster):
            line = {
                "ref": "",
                "run": f"{gap.team}.{gap.role}.{gap.topic}",
                "due": stamp(day_end(gap.since)) if gap.since else "",
                "at": stamp(now),
                "team": gap.team,
                "role": gap.role,
                "training": gap.topic,
                "people": len(gap.people),
            }
            for supervisor in roster.people(gap.team, Role.SUPERVISOR.code):
                self.file.repeat(supervisor.id, line)

    def _all(self, roster: Roster, role: Role) -> list[str]:
        return [member.id for team in roster.teams.values() for member in team.duty.get(role.code, ())]

    def _miss(self, administrators: Iterable[str]) -> None:
        """Queue a letter to the administrators if the calendar of the next year is not published yet. This
        begins on 1 November and is repeated weekly."""
        if year := published().missing(self.today):
            week = (self.today - date(year - 1, *NOTICE)).days // 7
            for who in dict.fromkeys(administrators):
                self.file.owe(who, f"{MISSING}.{year}.{week}", MISSING, {"year": year})

    def _remind(self, administrators: Iterable[str], register: Register) -> None:
        """Queue a letter about each mediator whose qualification ends soon: sixty days and again fourteen
        days before its end. The letter goes to the mediator and to the administrators."""
        for mediator, days in register.reminders(self.today):
            held, _ = self.file.work(f"PERSON#{mediator.id}", None, PAGE)
            facts = {
                "mediator": mediator.id,
                "until": mediator.until.isoformat(),
                "cases": [item["ref"] for item in held],
            }
            for who in dict.fromkeys((mediator.id, *administrators)):
                self.file.owe(who, f"{EXPIRING}.{mediator.id}.{mediator.until}.{days}", EXPIRING, facts)

    def edit(self, change: Callable[[Roster], Roster], seen: int | None = None) -> Roster:
        """Change the roster and return it. `change` takes the roster and returns the changed one. Past
        absences and past periods of duty are then removed. If somebody else changes the roster at the same
        time, `change` is called again with that version. Raises Refusal. With `seen`, raises Refusal
        `roster_changed` if the roster has another version."""
        return self._edit(
            self.file.fresh_roster,
            lambda roster: change(roster).pruned(self.casework.now()),
            self.file.keep_roster,
            seen,
        )

    def proposed(
        self, roster: Roster, change: Callable[[Routing], Routing], seen: int | None = None
    ) -> Roster:
        """Return the roster with changed rules, without storing it. Raises the same Refusals as `rule`."""
        was = roster.routing
        if seen not in (None, was.version):
            made = next(iter(self.file.rule_changes(was.version + 1, 1)), None)
            who = roster.member(made.who) if made else None
            raise Refusal("routing_changed", who=who and who.name, at=made and made.at)
        new = replace(change(was), version=was.version + 1)
        ours = policy(self.casework.policy)
        return replace(roster, routing=checked(new, roster, ours.companies, ours.team))

    def rule(
        self, caller: Caller, change: Callable[[Routing], Routing], why: str, seen: int | None = None
    ) -> Routing:
        """Change the rules of the routing, and return them. `change` takes the rules and returns the changed
        ones. The change is stored with the caller, the time, the reason `why`, and the rules before and
        after.

        Raises Refusal for rules that cannot work. Raises Refusal `routing_changed` if the rules have another
        version than `seen`: somebody else has just changed them."""
        made: list[RoutingChange] = []

        def ruled(roster: Roster) -> Roster:
            was, new = roster.routing, self.proposed(roster, change, seen)
            same = (new.routing.rules, new.routing.default) == (was.rules, was.default)
            one = RoutingChange(self.casework.now(), caller.who, why, was, new.routing)
            made[:] = [] if same else [one]
            return roster if same else new

        def keep(roster: Roster, at: int) -> None:
            if made:
                self.file.keep_roster(roster, at, made[0])

        return self._edit(self.file.fresh_roster, ruled, keep).routing

    def register(self, change: Callable[[Register], Register]) -> Register:
        """Change the register of mediators and return it. `change` takes the register and returns the changed
        one. If somebody else changes the register at the same time, `change` is called again with that
        version. Raises Refusal."""
        return self._edit(self.file.fresh_register, change, self.file.keep_register)

    def strike(self, who: str) -> Register:
        """Remove the mediator `who` from the register, and return the register. Raises Refusal
        `mediator_holds_cases` if the mediator has an open case."""

        def without(register: Register) -> Register:
            rest = register.struck(who)
            refuse_if(self.file.work(f"PERSON#{who}", None, 1)[0], "mediator_holds_cases", field="who")
            return rest

        return self.register(without)

    def staff(self) -> frozenset[str]:
        """Return the ids and the e-mail addresses of everybody on the roster. None of them can be a mediator,
        because mediators do not work for the company."""
        roster, _ = self.file.fresh_roster()
        return frozenset(
            known
            for team in roster.teams.values()
            for member in team.people()
            for known in (member.id, member.email.lower())
        )

    def enlist(
        self,
        team: str,
        role: str,
        person: Member,
        entry: Callable[[Roster, Member], Member] = lambda roster, person: person,
    ) -> Roster:
        """Give a person a role in a team, and return the roster. `entry` takes the stored roster and the
        person, and returns the person to be stored; it may raise Refusal. Raises Refusal `on_the_register`
        for a mediator, because mediators do not work for the company."""
        register, _ = self.file.fresh_register()
        refuse_if(
            not {person.id, person.email.lower()}.isdisjoint(
                known for m in register.entries.values() for known in (m.id, m.email.lower())
            ),
            "on_the_register",
            field="who",
        )
        return self.edit(lambda roster: roster.enlisted(team, role, entry(roster, person)))

    @property
    def today(self) -> date:
        """The local date."""
        return self.casework.now().astimezone(SHANGHAI).date()

    def _edit(
        self,
        fresh: Callable[[], tuple[Kept, int]],
        change: Callable[[Kept], Kept],
        keep: Callable[[Kept, int], None],
        seen: int | None = None,
    ) -> Kept:
        for attempt in range(TRIES):
            found, at = fresh()
            refuse_if(seen is not None and at != seen, "roster_changed")
            changed = change(found)
            try:
                keep(changed, at)
            except WriteConflict:
                self.casework.pause(attempt)
                continue
            return changed
        raise Refusal("roster_changed")

    def away(self, caller: Caller, who: str, hours: Hours) -> Roster:
        """Record the absence of the person `who` in the time `hours`, and return the roster. Everybody may
        record their own absence. The head of a team may record those of its members, and an administrator
        those of anybody. Raises Refusal for any other caller."""

        def absent(roster: Roster) -> Roster:
            self._may(caller, who, roster)
            return roster.away(who, hours, self.casework.now())

        return self.edit(absent)

    def back(self, caller: Caller, who: str, hours: Hours) -> Roster:
        """Withdraw the absence of the person `who` in the time `hours`, and return the roster. A caller who
        may record an absence may also withdraw it. Raises Refusal for any other caller."""

        def present(roster: Roster) -> Roster:
            self._may(caller, who, roster)
            return roster.back(who, hours)

        return self.edit(present)

    def dismiss(self, team: str, role: str, who: str) -> Roster:
        """Remove the person `who` from a role in a team, and return the roster. Raises Refusal
        `still_holds_cases` if it is their last role in the team, and they own a case of the team. Raises it
        also if it is their last role of all, and they have any case."""

        def leave(roster: Roster) -> Roster:
            rest = roster.dismissed(team, role, who)
            held = [] if rest.serves(who, team) else self._on_list(who)
            gone = rest.member(who) is None
            # only a person of the team can read a case that they own in it
            own = [item for item in held if gone or (item.get("team"), item.get("owner")) == (team, who)]
            refuse_if(own, "still_holds_cases", field="who")
            return rest

        return self.edit(leave)

    def heads(self, caller: Caller, roster: Roster) -> frozenset[str]:
        """Return the teams whose cases, and whose members' absences, a caller may manage. For a team lead
        these are the lead's own teams, for a supervisor all teams. For anybody else there are none."""
        if not caller.roles & HEADS:
            return frozenset()
        return (
            frozenset(roster.teams)
            if caller.roles & Role.SUPERVISOR
            else caller.teams & frozenset(roster.teams)
        )

    def speaks_for(self, caller: Caller, roster: Roster) -> list[str]:
        """Return the ids of everybody whose absence a caller may record. People of a higher level than the
        caller are left out, because overdue work is reported to them: the caller could keep reports about
        themselves from being read. An administrator or a personnel system has no level, so nobody is left
        out."""
        teams = roster.teams if caller.roles & OFFICE else self.heads(caller, roster)
        own = [caller.who] if roster.member(caller.who) else []
        highest = _rank(caller.roles) if caller.roles & ~OFFICE else len(LINE)
        found = (roster.teams[team] for team in roster.teams if team in teams)
        people = [member.id for team in found for member in team.people()]
        return list(dict.fromkeys([*own, *(id for id in people if _rank(roster.roles(id)) <= highest)]))

    def hand_over(self, caller: Caller, giver: str, to: str, reason: str) -> Handed:
        """Give all open cases of the person `giver` to the person `to`, at most `AT_ONCE`, with one
        transaction each. A case can be moved only if `to` works in its team. With the last case, both people
        get a list of the moved cases. After a crash, a repeated hand-over continues with the other cases.
        Raises Refusal."""
        roster, _ = self.file.fresh_roster()
        heads = self.heads(caller, roster)
        refuse_if(
            not any(roster.serves(to, team) for team in heads),
            "not_your_people" if roster.member(to) else "unknown_person",
            field="to",
        )
        refuse_if(giver == to, "same_person", field="to")
        # A lead does not learn which cases a person has in teams of other leads.
        every = caller.roles & Role.SUPERVISOR
        refs = [item["ref"] for item in self._on_list(giver) if every or item.get("team") in heads]
        refuse_if(not refs and roster.member(giver) is None, "unknown_person", field="from")
        moved: list[str] = []
        # The work list may be out of date for a moment, so check the owner of each case.
        held = [case for case in map(self.file.load, refs[:AT_ONCE]) if case.owner == giver]
        able = [
            case
            for case in held
            if roster.serves(to, case.team)
            and to not in case.inquiry.recused
            and self.casework.sees(case, caller)
        ]
        failed = [case.ref for case in held if case not in able]
        for n, case in enumerate(able):
            listed = [*moved, case.ref] if case is able[-1] else []
            try:
                if self._give(case, caller, giver, {"to": to, "reason": reason, "cases": listed}):
                    moved.append(case.ref)
            except Unavailable:  # if the table does not answer, the next case would fail too
                failed += [case.ref for case in able[n:]]
                break
            except (Refusal, NotFound, WriteConflict):
                failed.append(case.ref)
        return Handed(tuple(moved), tuple(failed), len(refs[AT_ONCE:]))

    def reroute(
        self, caller: Caller, team: str, reason: str, after: str | None = None, most: int = AT_ONCE
    ) -> Rerouted:
        """Give those open cases of a team that the rules send to another team to that team, with one
        transaction each. At most `most` cases are looked at, the next deadline first; `after` continues an
        earlier call. Raises Refusal if the caller does not manage the team."""
        roster, _ = self.file.fresh_roster()
        refuse_if(team not in roster.teams, "unknown_team", field="team")
        refuse_if(team not in self.heads(caller, roster), "not_your_people", field="team")
        refs, rest = self._of_team(team, after, most)
        moved: list[str] = []
        failed: list[str] = []
        for ref in refs:
            try:
                case = self.file.load(ref)
                to = self.casework.routed(case, roster).team
                if case.team == team and to != team and at_work(case):
                    said = {"to": to, "reason": reason}
                    now = self.casework.move(change_team.__name__, ref, caller, said)
                    (moved if now.team == to else failed).append(ref)
            except (Refusal, NotFound, WriteConflict, Unavailable):
                failed.append(ref)
        return Rerouted(tuple(moved), tuple(failed), rest)

    def _of_team(self, team: str, after: str | None, most: int) -> tuple[list[str], str | None]:
        """Return the numbers of the next open cases and actions of a team, at most `most`, and where to
        continue; None at the end. `after`: where an earlier call ended, as the number of the work list and
        the place on it."""
        n, _, place = (after or "0 ").partition(" ")
        seats = self._seats(team)
        refs: list[str] = []
        for at in range(int(n), len(seats)):
            items, following = self.file.work(seats[at], place or None, most - len(refs))
            refs += [item["ref"] for item in items]
            if following:
                return refs, f"{at} {following}"
            place = ""
            if len(refs) >= most and at + 1 < len(seats):
                return refs, f"{at + 1} "
        return refs, None

    @staticmethod
    def _seats(team: str) -> list[str]:
        """Return the names of the work lists that together hold the open work of a team: complaints and
        questions, and improvement actions."""
        return [f"TEAM#{team}", *(f"TEAM#{team}#{stage}" for stage in (Stage.IMPROVING, Stage.VERIFYING))]

    def open_work(self, team: str) -> int:
        """Return how many cases, questions and actions are open in a team. The count stops at `PAGE` for each
        work list."""
        return sum(len(self.file.work(seat, None, PAGE)[0]) for seat in self._seats(team))

    def close(self, team: str) -> Roster:
        """Close a team, and return the roster. Raises Refusal if a rule or the default names the team, or if
        it has open work. A case that reaches the team later, for example by a reopening, goes to another team
        by the rules."""

        def closed(roster: Roster) -> Roster:
            rest = roster.closing(team, self.today)
            self._refuse_closing(team, roster)
            return rest

        return self.edit(closed)

    def replace_teams(self, teams: Mapping[str, Team], seen: int | None) -> Roster:
        """Replace all teams, and return the roster. `seen`: see `edit`. Raises Refusal if a team with open
        work would be closed or removed."""

        def replaced(roster: Roster) -> Roster:
            for id, team in roster.teams.items():
                if id not in teams or (teams[id].closed and not team.closed):
                    self._refuse_closing(id, roster)
            return replace(roster, teams=teams).checked()

        return self.edit(replaced, seen)

    def _refuse_closing(self, team: str, roster: Roster) -> None:
        """Raise Refusal if a team is the default team or has open work, so that it cannot be closed."""
        refuse_if(team == self.default_team(roster.routing), "team_is_default", field="team")
        if left := self.open_work(team):
            raise Refusal("team_has_work", field="team", team=team, left=left)

    def _give(self, case: Case, caller: Caller, giver: str, said: Mapping[str, Any]) -> bool:
        """Hand over one case. `said` holds the facts of the move. Return False if the person `giver` does not
        have the case any more."""
        for attempt in range(TRIES):
            try:
                self.casework.move("hand_over", case.ref, caller, said, None, case.entries)
            except WriteConflict:
                self.casework.pause(attempt)
                case = self.file.load(case.ref)
                if case.owner != giver:
                    return False
                continue
            return True
        raise WriteConflict

    def _on_list(self, who: str) -> list[dict[str, Any]]:
        """Return the whole work list of the person `who`. It is read before any case is moved, because each
        move changes the list."""
        return [*self._items(f"PERSON#{who}")]

    def _may(self, caller: Caller, who: str, roster: Roster) -> None:
        """Check that the caller may record the absences of the person `who`; else raise Refusal. For a
        partner's key, whether it allows this is checked earlier, when the key is read."""
        refuse_if(roster.member(who) is None, "unknown_person", field="who")
        refuse_if(who not in self.speaks_for(caller, roster), "not_your_people", field="who")


def _rank(roles: Role) -> int:
    """Return the highest level of these roles in the reporting line, from 1 for a team lead. Return 0 if none
    of them has a level."""
    return max((n for n, level in enumerate(LINE, 1) if roles & level), default=0)

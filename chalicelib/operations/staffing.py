"""Who stands in for whom: absences, changes of the roster, roles that nobody will hold, and the hand-over of
all of somebody's cases; also the register of the mediators, who come from outside."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol, TypeVar

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import TRAININGS, TRAININGS_ASKED, TRIES, Casework, Conflict, Unavailable
from chalicelib.domain.calendar import NOTICE, SHANGHAI, day_end, instant, published, stamp
from chalicelib.domain.engine.letters_owed import HOLDERS
from chalicelib.domain.engine.sending_limits import BEFORE_DIGESTS, EXPIRING, MISSING, this_morning
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.model.codes import Lesson, Role
from chalicelib.domain.policy import policy
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Gap, Hours, Member, Roster
from chalicelib.domain.training import Asked, Trained, Untrained, untrained

AHEAD = timedelta(hours=48)
"""How far ahead an empty role is looked for."""
AT_ONCE = 100
"""How many cases one hand-over moves at most, so that it fits into the 29 s of a request; the next hand-over
moves the rest."""
PAGE = 100
HEADS = Role.LEAD | Role.SUPERVISOR
OFFICE = Role.ADMINISTRATOR | Role.PARTNER
"""The roles that may record anybody's absence."""
LINE = (Role.LEAD, Role.SUPERVISOR, Role.EXECUTIVE)
"""The levels to which lateness is reported, the lowest first."""
HOLD = frozenset(role.code for role in (*HOLDERS.values(), Role.LEAD, Role.INVESTIGATOR))
"""The roles that a ladder step to the case's owner can reach: those that hold a case without an owner, and
those that cases are given to."""

Kept = TypeVar("Kept", Roster, Register)


class RosterFile(Protocol):
    """Where the roster, the register of mediators and the work lists are kept. Keeping one raises Conflict
    when somebody has changed it since the version `seen`."""

    def load(self, ref: str) -> Case: ...
    def work(self, seat: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]: ...
    def fresh_roster(self) -> tuple[Roster, int]: ...
    def keep_roster(self, roster: Roster, seen: int | None = None) -> None: ...
    def fresh_register(self) -> tuple[Register, int]: ...
    def keep_register(self, register: Register, seen: int | None = None) -> None: ...
    def owe(self, who: str, id: str, name: str, facts: Mapping[str, Any]) -> None: ...
    def repeat(self, who: str, line: Mapping[str, Any]) -> None: ...


@frozen
class Handed:
    """What became of a hand-over: the numbers of the cases that moved, of those that did not, and how many
    were not tried yet."""

    moved: tuple[str, ...]
    failed: tuple[str, ...]
    left: int


@frozen
class Cover:
    """Changes the roster and the register, over casework and the file of the roster."""

    casework: Casework
    file: RosterFile

    def needed(self, roster: Roster, team: str) -> tuple[str, ...]:
        """Return the roles that a team cannot do without under the rules that new cases get."""
        ladders = policy(self.casework.policy).roles
        return roster.needed(team, ladders | HOLD)

    def gaps(self, roster: Roster) -> dict[str, tuple[Gap, ...]]:
        """For each team the stretches of the next 48 hours in which a role it needs is empty."""
        now, team = self.casework.now(), policy(self.casework.policy).team
        return {
            team: roster.gaps(team, self.needed(roster, team), now, now + AHEAD)
            for team in {**roster.teams, team: None}
        }

    def watch(self) -> int:
        """Report how many roles will be empty within 48 hours, counted per team, and how many mediators'
        qualifications end soon; owe the letters about the register and the calendar, and the lines of digests
        about trainings."""
        (roster, _), (register, _) = self.file.fresh_roster(), self.file.fresh_register()
        empty = sum(len({gap.role for gap in gaps}) for gaps in self.gaps(roster).values())
        self.casework.meters.count("CoverHeartbeat")
        self.casework.meters.count("EmptyRoles", empty)
        self.casework.meters.count("MediatorsExpiring", len(register.ending(self.today)))
        # without an administrator the executive gets these letters, since somebody must read them
        administrators = self._all(roster, Role.ADMINISTRATOR) or self._all(roster, Role.EXECUTIVE)
        self._remind(administrators, register)
        self._miss(administrators)
        self._train(roster)
        return empty

    def untrained(self, roster: Roster, held: Iterable[Trained] | None = None) -> tuple[Untrained, ...]:
        """Return the trainings that are overdue, role by role: two queries, of those that were held so long
        ago at most that they could still count, where they are not at hand, and of those that improvement
        actions have asked for since."""
        courses = policy(self.casework.policy).trainings
        trained = [training for _, training in self.trainings()] if held is None else held
        asked = [
            Asked(
                item["team"],
                Lesson(item["training"]["topic"]),
                published().day_of(instant(item["received_at"])),
                date.fromisoformat(item["training"]["due"]),
            )
            for item in self._listed(TRAININGS_ASKED)
        ]
        return untrained(roster, courses, trained, asked, self.today)

    def trainings(self) -> Iterator[tuple[str, Trained]]:
        """Yield the trainings that were held, the oldest first, each with its number; of those that count no
        more only some."""
        for item in self._listed(TRAININGS):
            had = item["training"]
            yield (
                item["ref"],
                Trained(Lesson(had["topic"]), date.fromisoformat(had["day"]), tuple(had["people"])),
            )

    def _listed(self, seat: str) -> Iterator[dict[str, Any]]:
        """What stands on a list of trainings, from twice the time on in which any of them counts."""
        longest = max(course.days for course in policy(self.casework.policy).trainings.values())
        first = datetime.combine(self.today - timedelta(days=2 * longest), time(), SHANGHAI)
        after: str | None = f"{stamp(first)}_{0:012}"
        more = True
        while more:
            items, after = self.file.work(seat, after, PAGE)
            yield from items
            more = after is not None

    def _train(self, roster: Roster) -> None:
        """Put each role with an overdue training into the next digest of the supervisors of its team, in the
        hours before it leaves. The line says how it is in this hour, and is written anew in the next one."""
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
        """Write to those who administer the calendar that a year is still to be loaded: on 1 November, then
        weekly."""
        if year := published().missing(self.today):
            week = (self.today - date(year - 1, *NOTICE)).days // 7
            for who in dict.fromkeys(administrators):
                self.file.owe(who, f"{MISSING}.{year}.{week}", MISSING, {"year": year})

    def _remind(self, administrators: Iterable[str], register: Register) -> None:
        """Write to each mediator whose qualification ends soon, and to those who administer the register:
        sixty days and fourteen days before, each once."""
        for mediator, days in register.reminders(self.today):
            held, _ = self.file.work(f"PERSON#{mediator.id}", None, PAGE)
            facts = {
                "mediator": mediator.id,
                "until": mediator.until.isoformat(),
                "cases": [item["ref"] for item in held],
            }
            for who in dict.fromkeys((mediator.id, *administrators)):
                self.file.owe(who, f"{EXPIRING}.{mediator.id}.{mediator.until}.{days}", EXPIRING, facts)

    def edit(self, change: Callable[[Roster], Roster]) -> Roster:
        """Change the roster, and drop from it what is past. When somebody else changes it at the same time,
        the change is made on top of theirs. Raises Refusal."""
        return self._edit(
            self.file.fresh_roster,
            lambda roster: change(roster).pruned(self.casework.now()),
            self.file.keep_roster,
        )

    def register(self, change: Callable[[Register], Register]) -> Register:
        """Change the register of mediators; when somebody else does so at the same time, on top of theirs.
        Raises Refusal."""
        return self._edit(self.file.fresh_register, change, self.file.keep_register)

    def strike(self, who: str) -> Register:
        """Take a mediator off the register, unless an open case is theirs."""

        def without(register: Register) -> Register:
            rest = register.struck(who)
            refuse_if(self.file.work(f"PERSON#{who}", None, 1)[0], "mediator_holds_cases", field="who")
            return rest

        return self.register(without)

    def staff(self) -> frozenset[str]:
        """Who works here and so cannot be a mediator: every id and e-mail address on the roster."""
        roster, _ = self.file.fresh_roster()
        return frozenset(
            known
            for team in roster.teams.values()
            for member in team.people()
            for known in (member.id, member.email.lower())
        )

    def enlist(self, team: str, role: str, person: Member) -> Roster:
        """Give somebody a role of a team; a mediator, who comes from outside, cannot have one."""
        register, _ = self.file.fresh_register()
        refuse_if(
            not {person.id, person.email.lower()}.isdisjoint(
                known for m in register.entries.values() for known in (m.id, m.email.lower())
            ),
            "on_the_register",
            field="who",
        )
        return self.edit(lambda roster: roster.enlisted(team, role, person))

    @property
    def today(self) -> date:
        """The local date."""
        return self.casework.now().astimezone(SHANGHAI).date()

    def _edit(
        self,
        fresh: Callable[[], tuple[Kept, int]],
        change: Callable[[Kept], Kept],
        keep: Callable[[Kept, int], None],
    ) -> Kept:
        for attempt in range(TRIES):
            found, seen = fresh()
            changed = change(found)
            try:
                keep(changed, seen)
            except Conflict:
                self.casework.pause(attempt)
                continue
            return changed
        raise Refusal("roster_changed")

    def away(self, caller: Caller, who: str, hours: Hours) -> Roster:
        """Record an absence: one's own, a colleague's as head of their team, anybody's as administrator."""

        def absent(roster: Roster) -> Roster:
            self._may(caller, who, roster)
            return roster.away(who, hours, self.casework.now())

        return self.edit(absent)

    def back(self, caller: Caller, who: str, hours: Hours) -> Roster:
        """Take an absence back; whoever may record it may do so."""

        def present(roster: Roster) -> Roster:
            self._may(caller, who, roster)
            return roster.back(who, hours)

        return self.edit(present)

    def dismiss(self, team: str, role: str, who: str) -> Roster:
        """Take somebody out of a role; out of their last one only when they have no open case any more."""

        def leave(roster: Roster) -> Roster:
            rest = roster.dismissed(team, role, who)
            refuse_if(
                rest.member(who) is None and self.file.work(f"PERSON#{who}", None, 1)[0],
                "still_holds_cases",
                field="who",
            )
            return rest

        return self.edit(leave)

    def heads(self, caller: Caller, roster: Roster) -> frozenset[str]:
        """Return the teams whose people somebody may speak for: a lead their own, a supervisor all, as they
        see all cases."""
        if not caller.roles & HEADS:
            return frozenset()
        return (
            frozenset(roster.teams)
            if caller.roles & Role.SUPERVISOR
            else caller.teams & frozenset(roster.teams)
        )

    def speaks_for(self, caller: Caller, roster: Roster) -> list[str]:
        """Return everybody whose absence a caller may record. Nobody above them is among these, since they
        could otherwise keep reports about themselves from being read (finding S22). An administrator, and a
        personnel system, are not in that line and may record anybody's."""
        teams = roster.teams if caller.roles & OFFICE else self.heads(caller, roster)
        own = [caller.who] if roster.member(caller.who) else []
        highest = _rank(caller.roles) if caller.roles & ~OFFICE else len(LINE)
        found = (roster.teams[team] for team in roster.teams if team in teams)
        people = [member.id for team in found for member in team.people()]
        return list(dict.fromkeys([*own, *(id for id in people if _rank(roster.roles(id)) <= highest)]))

    def hand_over(self, caller: Caller, giver: str, to: str, reason: str) -> Handed:
        """Give all open cases of one person to another of the same team, one transaction each; after a crash
        between two, the same hand-over done again goes on with the rest. With the last case both people are
        sent the list of what moved."""
        roster, _ = self.file.fresh_roster()
        if not any(roster.serves(to, team) for team in self.heads(caller, roster)):
            raise Refusal("not_your_people" if roster.member(to) else "unknown_person", field="to")
        refuse_if(giver == to, "same_person", field="to")
        refs = self._held(giver)
        refuse_if(not refs and roster.member(giver) is None, "unknown_person", field="from")
        moved: list[str] = []
        # the work list may be out of date for a moment
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
            except Unavailable:  # the table does not answer: the next case would fail as well
                failed += [case.ref for case in able[n:]]
                break
            except (Refusal, NotFound, Conflict):
                failed.append(case.ref)
        return Handed(tuple(moved), tuple(failed), len(refs[AT_ONCE:]))

    def _give(self, case: Case, caller: Caller, giver: str, said: Mapping[str, Any]) -> bool:
        """Hand one case over if it is still the giver's; False when it is not."""
        for attempt in range(TRIES):
            try:
                self.casework.move("hand_over", case.ref, caller, said, None, case.entries)
            except Conflict:
                self.casework.pause(attempt)
                case = self.file.load(case.ref)
                if case.owner != giver:
                    return False
                continue
            return True
        raise Conflict

    def _held(self, who: str) -> list[str]:
        """Return every case on somebody's list, the next deadline first: collected before any moves, since
        the list then changes."""
        found, after = self.file.work(f"PERSON#{who}", None, PAGE)
        while after:
            more, after = self.file.work(f"PERSON#{who}", after, PAGE)
            found += more
        return [item["ref"] for item in found]

    def _may(self, caller: Caller, who: str, roster: Roster) -> None:
        """Raise Refusal unless the caller may record absences of this person. Whether a partner's key may do
        so at all has been checked when the key was read."""
        refuse_if(roster.member(who) is None, "unknown_person", field="who")
        refuse_if(who not in self.speaks_for(caller, roster), "not_your_people", field="who")


def _rank(roles: Role) -> int:
    """Return the level of somebody's roles in the reporting line, from 1; 0 for none of them."""
    return max((n for n, level in enumerate(LINE, 1) if roles & level), default=0)

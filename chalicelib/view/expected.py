"""The one act that a case expects of a reader now. On a page, it is the green button and the first line. The
interface returns it as `next`. A work list shows it in the row of the case."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, reduce
from operator import attrgetter, or_
from typing import Any, NamedTuple

from chalicelib.access.authorization import (
    APPOINTED,
    NOT_APPOINTED,
    OF_DEPARTMENTS,
    STAFF,
    Caller,
    acting,
    barred,
    card,
    hears_as,
    sits_at,
)
from chalicelib.access.offers import Offers, subjects
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES, Move
from chalicelib.domain.engine.permission import may
from chalicelib.domain.engine.running import DEADLINES, Running
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.work_queues import LISTED
from chalicelib.view.reader import HANDLERS, Reader, department, is_our_duty, leaves_to_owner

WAITING = frozenset(declared.queue for declared in DEADLINES.values() if declared.queue)
"""The names of the work lists in which the case that has waited longest comes first."""
KEPT_AS = "deadline"
"""The name of the field in a work list's row that stores the acts expected of staff. The name "deadline" is
used again for a reason. An earlier release had a field of that name and never shows it, so that release does
not show acts that it cannot read."""
MEETINGS = "meetings"
"""The name of the field in a work list's row that holds the meetings to come, for calendars."""
Facts = Mapping[str, Callable[[], Any]]
"""Functions that look up server facts, by the name of the fact. Only facts that decide whose turn a move is
are needed here."""
MOST_RUNS = 40
"""The maximum number of deadline runs of a case for which an act of a later moment is looked for."""
MOST_PEOPLE = 100
"""The maximum number of people that a row of a work list names for one act."""


class Expected(NamedTuple):
    """An act that is expected. `move`: the name of the move. `about`: the id of the thing that it is taken
    on; "" for the whole case. `deadline`: the name of the deadline that the act answers. `due`: when (UTC)
    the deadline is due; None while it is paused."""

    move: str
    about: str
    deadline: str
    due: datetime | None


class Awaited(NamedTuple):
    """An act of staff that one of our duties needs, as a row of a work list stores it. `act`: the act.

    `by`: the roles in which staff who have no part in the case can take it. `people`: the roles in which each
    person who has a part in the case can take it, by id. `team`: the department that must answer a question;
    "" for any other act. `since`: from when (UTC) it can be taken; None if it can be taken now. `barred`: for
    a move that reads the talks, the ids of people who may not read them; None for any other move.
    """

    act: Expected
    by: Role
    people: Mapping[str, Role]
    team: str = ""
    since: datetime | None = None
    barred: Collection[str] | None = None


def expected(reader: Reader, offers: Offers) -> Expected | None:
    """Return the act that is expected of the reader. Return None if nothing is expected. `offers`: the moves
    that the reader can take now.

    The act is one of these moves. It answers the earliest deadline that the reader must answer. An act of
    the owner of the case is expected of others only if nothing else is.
    """
    able = reader.own_acts(offers)
    found = (
        (reader.leaves_to_owner(move), Expected(move.name, about, run.name, run.due))
        for run, move in _answers(reader.case.stage, filter(reader.must_answer, reader.runs()))
        if move.name in able
        for about in _about(move, run, able[move.name])
    )
    return _first(found)


def _first(found: Iterable[tuple[bool, Expected]]) -> Expected | None:
    """Return the first act that is not left to the owner of the case, or else the first of all. `found`:
    pairs of whether an act is left to the owner, and the act."""
    later = None
    for left, act in found:
        if not left:
            return act
        later = later or act
    return later


def choices(reader: Reader, found: Expected, offers: Offers) -> list[str]:
    """Return the names of the moves among which the reader chooses when the act `found` is expected. All of
    them answer the same deadline, as agreeing and refusing do. `offers`: the moves that the reader can
    take."""
    runs = (run for run in reader.runs() if (run.name, run.due) == (found.deadline, found.due))
    every = (answering(run, reader.own_acts(offers), found.about) for run in runs)
    return next((names for names in every if found.move in names), [found.move])


def answering(run: Running, offers: Offers, about: str = "") -> list[str]:
    """Return the names of the moves among `offers` that answer a deadline run, in the order of their rank.
    `about`: the id of the thing that they are taken on, if it is not the id of the run."""
    names = {run.name, key_of(run.id).name}
    found = [
        name
        for name, ids in offers.items()
        if not names.isdisjoint(MOVES[name].answers)
        and any(id in ("", about, run.id) for id in _about(MOVES[name], run, ids))
    ]
    return sorted(found, key=lambda name: MOVES[name].rank)


def awaited_of_staff(case: Case, now: datetime, facts: Facts) -> list[Awaited]:
    """Return the acts of staff that our duties on a case need, the most urgent first. An act is left out if
    everybody who can take it must first take an earlier one. `facts`: the functions that look up server
    facts."""
    # The key "" holds the roles of everybody who has no part in the case.
    people = {who: acting(case, Caller(who, STAFF)).roles for who in ("", *_involved(case))}
    found = list[Awaited]()
    # `idle`: the roles of each person for which no act was found yet. `free`: likewise, but an act that is
    # left to the owner does not count as found.
    idle = free = people
    moments = _moments(case, now)

    # A joint case has hundreds of runs, and each would look through all people and obligations again.
    @cache
    def permitted(name: str) -> tuple[list[Act], dict[str, Any]]:
        move, given = MOVES[name], dict[str, Any]()
        every = (Act(who, role, now, "", "") for who, roles in people.items() for role in move.by & roles)
        acts = [act for act in every if may(move, case, act) is None] if move.fits(case) else []
        if acts:
            given = {name: facts[name]() for name in move.turns_on}
        return acts, given

    @cache
    def chances(name: str, at: datetime) -> list[tuple[Act, tuple[str, ...]]]:
        move, (acts, given) = MOVES[name], permitted(name)
        then = [replace(act, now=at) if at > now else act for act in acts]
        able = ((act, subjects(move, case, [act])) for act in then if move.turn(case, act, **given))
        return [(act, ids) for act, ids in able if ids is not None]

    for run, move in _answers(case.stage, filter(is_our_duty, deadlines(case).values())):
        left = {who for who, roles in people.items() if leaves_to_owner(move, case.owner, who, roles)}
        waits = {who: (idle if who in left else free)[who] for who in people}
        if not any(move.by & roles for roles in waits.values()):
            continue  # everybody who can take it must first take an earlier one
        if one := _awaited(case, run, move, people, moments, chances):
            taken = {who: one.people.get(who, one.by) for who in people}
            if any(taken[who] & roles for who, roles in waits.items()):
                found.append(one)
            if not one.team and one.since is None and one.barred is None:
                idle = {who: roles & ~taken[who] for who, roles in idle.items()}
                own = {who: roles & HANDLERS if who in left else roles for who, roles in taken.items()}
                free = {who: roles & ~own[who] for who, roles in free.items()}
    return found


def expected_on(item: Mapping[str, Any], caller: Caller, now: datetime) -> Expected | None:
    """Return the act that a case expects of `caller`, as `expected` does. Return None if it expects nothing.
    `item`: the case's row in a work list, from which the act is read. If an earlier release wrote the row,
    the result is None. Moves that only a later release declares are ignored."""
    foreign = "asked" in card(item, caller, "")
    roles = caller.roles & OF_DEPARTMENTS if foreign else caller.roles & NOT_APPOINTED
    acts = item.get(KEPT_AS)
    known = (act for act in (acts if isinstance(acts, list) else ()) if act[0] in MOVES)

    def able() -> Iterator[tuple[bool, Expected]]:
        for one in map(_read, known):
            move, takes = MOVES[one.act.move], one.people.get(caller.who, one.by)
            appointed = takes & APPOINTED
            own = appointed or roles
            hears = one.barred is None or hears_as(own, caller.who in one.barred, sits_at(item, caller))
            if (
                takes & own
                and hears
                and (not one.team or one.team in caller.teams)
                and (one.since is None or one.since <= now)
                and (not foreign or appointed or "asked" in move.even)
            ):
                yield leaves_to_owner(move, item.get("owner"), caller.who, own), one.act

    return _first(able())


def first_act(acts: Iterable[Awaited], roles: Role, owner: str | None, who: str = "") -> Expected | None:
    """Return the act of a case that is expected first of somebody in these roles, now or later. Return None
    if there is none. `owner`: the id of the owner of the case. `who`: the id of a person who may have a part
    in the case; "" for anybody else."""
    taken = (
        (one, one.people.get(who, one.by) & (roles | (APPOINTED if who else Role(0))))
        for one in acts
        if not one.team
    )
    return _first(
        (leaves_to_owner(MOVES[one.act.move], owner, who, able), one.act) for one, able in taken if able
    )


def lists_left_out(case: Case, acts: Iterable[Awaited], lists: Collection[str]) -> dict[str, datetime | None]:
    """Return the work lists that a case must be on besides `lists`, so that each act that it awaits is on the
    list of somebody who can take it. The key is the list, the value when the act is due. Such a list is that
    of the first role that can take the act."""
    people = [name.removeprefix("PERSON#") for name in lists if name.startswith("PERSON#")]
    found: dict[str, datetime | None] = {}
    seen = set[tuple[str, str]]()
    for one in sorted(acts, key=lambda one: not _listed(case, one, lists, people)):
        about = one.act.deadline, one.act.about
        first = next((role for role in LISTED if role in one.by), None)
        if about not in seen and first and not _listed(case, one, lists, people):
            found[f"TEAM#{case.team}#{first.code}"] = one.act.due
        seen.add(about)
    return found


def _listed(case: Case, one: Awaited, lists: Collection[str], people: Iterable[str]) -> bool:
    """Return whether an act is on the list of a department, a person or a role that can take it. `people`:
    the ids of the people on whose lists the case is."""
    if one.team:
        return f"TEAM#{one.team}" in lists
    roles = (role for role in LISTED if role in one.by and f"TEAM#{case.team}#{role.code}" in lists)
    return any(first_act([one], STAFF, None, who) for who in people) or any(True for _ in roles)


class Line(NamedTuple):
    """One row of a work list, as a caller may see it. `seen`: the fields that the caller may see. `at`: the
    moment (UTC) by which the list is sorted. `act`: the act that the case expects of the caller; None if it
    expects nothing."""

    seen: Mapping[str, Any]
    at: datetime | None
    act: Expected | None


def line(item: Mapping[str, Any], caller: Caller, queue: str, now: datetime) -> Line:
    """Return one row of a work list as `caller` may see it, with the act that the case expects of them.
    `item`: the stored row. `queue`: the name of the work list."""
    seen = {name: had for name, had in card(item, caller, queue).items() if name not in (KEPT_AS, MEETINGS)}
    if by := seen.pop("mentions", {}).get(caller.who):
        seen["mentioned_by"] = by
    at = instant(item["next_due"]) if item["next_due"] else None
    return Line(seen, at, expected_on(item, caller, now))


def stored(acts: Iterable[Awaited]) -> list[list[Any]]:
    """Return the acts in the form in which a row of a work list stores them. `_read` reads this form. An act
    with more than `MOST_PEOPLE` people is left out, because the row must stay small."""
    return [
        [
            *one.act[:3],
            stamp(one.act.due) if one.act.due else None,
            _codes(one.by),
            {who: _codes(roles) for who, roles in one.people.items()},
            one.team,
            stamp(one.since) if one.since else None,
            one.barred,
        ]
        for one in acts
        if len(one.people) <= MOST_PEOPLE
    ]


def _read(row: list[Any]) -> Awaited:
    move, about, deadline, due, by, people, team, since, barred, *_ = row
    return Awaited(
        Expected(move, about, deadline, due and instant(due)),
        _roles(by),
        {who: _roles(codes) for who, codes in people.items()},
        team,
        since and instant(since),
        barred,
    )


def _codes(roles: Role) -> str:
    return " ".join(role.code for role in roles)


def _roles(codes: str) -> Role:
    known = (Role.__members__.get(code.upper(), Role(0)) for code in codes.split())
    return reduce(or_, known, Role(0))


def _awaited(
    case: Case,
    run: Running,
    move: Move,
    people: Mapping[str, Role],
    moments: Sequence[datetime],
    chances: Callable[[str, datetime], list[tuple[Act, tuple[str, ...]]]],
) -> Awaited | None:
    """Return the act that meets our duty `run` by `move`, with the people who can take it and from when.
    Return None if nobody can. `people`: the roles of each person who has a part in the case, by id. The key
    "" holds the roles of everybody else. `moments`: the moments to try, the first of them is now. `chances`
    returns the acts by which a move can be taken at a moment, each with the subjects of the move."""
    for at in moments:
        about, takers = list[str](), dict.fromkeys(people, Role(0))
        for act, ids in chances(move.name, at):
            if found := _about(move, run, ids):
                about, takers[act.who] = found, takers[act.who] | act.role
        if about:
            by = takers.pop("")
            return Awaited(
                Expected(move.name, about[0], run.name, run.due),
                by,
                {who: roles for who, roles in takers.items() if roles != by},
                department(case, run),
                at if at > moments[0] else None,
                [who for who in people if who and barred(case, who)] if move.reads_talks(case) else None,
            )
    return None


def _moments(case: Case, now: datetime) -> list[datetime]:
    """Return the moments, from `now` on, at which a move may become possible because time has passed. They
    are `now` and the moments at which a deadline run begins or ends. A case with more than `MOST_RUNS` runs
    has only `now`, because each step of the clock writes its row again."""
    runs = deadlines(case).values()
    if len(runs) > MOST_RUNS:
        return [now]
    return sorted({now, *(at for run in runs for at in (run.start, run.due) if at and at > now)})


def _involved(case: Case) -> list[str]:
    """Return the ids of the staff and mediators who have a part in the case. Other moves may be open to them
    than to their colleagues."""
    dispute, report, action = case.talks.dispute, case.inquiry.report, case.improvement
    named = [
        case.owner,
        case.mediator,
        *case.inquiry.recused,
        *case.colleagues,
        *(seat.who for seat in case.panel),
        *((*dispute.barred, *dispute.held) if dispute else ()),
        report.by if report else None,
        action.finisher if action else None,
        *(asked.by for asked in case.approvals),
        *(owed.claimed_by for owed in case.open_obligations),
    ]
    parties = {party.id for party in case.parties}
    return [who for who in dict.fromkeys(named) if who and who not in parties]


def _answers(stage: Stage, runs: Iterable[Running]) -> Iterator[tuple[Running, Move]]:
    """Yield pairs of a deadline run and a move of the stage that answers it. The earliest deadline comes
    first, and paused ones come last. Among the moves for one deadline, the one with the lowest rank comes
    first."""
    answering = _answering(stage)
    for run in sorted(runs, key=lambda run: run.due.timestamp() if run.due else float("inf")):
        for name in (run.name, key_of(run.id).name):  # the id of a run can be the key of a letter
            yield from ((run, move) for move in answering.get(name, ()))


@cache
def _answering(stage: Stage) -> Mapping[str, list[Move]]:
    """Return the moves of a stage. The key is the name of a deadline or a letter, the value the moves that
    answer it. The move with the lowest rank comes first."""
    found: dict[str, list[Move]] = {}
    for move in sorted((move for move in MOVES.values() if stage in move.at), key=attrgetter("rank")):
        for name in move.answers:
            found.setdefault(name, []).append(move)
    return found


def _about(move: Move, run: Running, ids: tuple[str, ...]) -> list[str]:
    """Return the ids among `ids` that belong to the deadline run. `ids`: the ids of the things that the move
    can be taken on. If the move or the deadline has no such thing, return `[""]`. If the run is about a
    letter, the id of the letter's subject belongs to it."""
    return [id for id in ids if id in (run.id, key_of(run.id).about)] if ids and run.id else [""]

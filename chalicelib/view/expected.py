"""The act that a case expects of a reader now: the green button of its page, the page's first line, the
`next` of the interface, the line of a work list."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, reduce
from operator import attrgetter, or_
from typing import Any, NamedTuple

from chalicelib.access.authorization import (
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
from chalicelib.domain.engine.permission import ON_PANEL, may
from chalicelib.domain.engine.running import DEADLINES, Running
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.model.letters import key_of
from chalicelib.view.reader import Reader, department, ours

WAITING = frozenset(declared.queue for declared in DEADLINES.values() if declared.queue)
"""The work lists that are sorted by waiting time."""
KEPT_AS = "deadline"
"""The field of a list row that holds the expected acts. An earlier release kept the name of a deadline in it,
and takes it out of each line."""
APPOINTED = ON_PANEL | Role.MEDIATOR
"""The roles that a person has on single cases only, by appointment."""
Facts = Mapping[str, Callable[[], Any]]
"""The look-ups of the server facts that decide whose turn an act is, by their names."""


class Expected(NamedTuple):
    """The expected act: the move, its subject ("" without one), the deadline it answers, and its due moment
    (UTC; None while suspended)."""

    move: str
    about: str
    deadline: str
    due: datetime | None


class Awaited(NamedTuple):
    """An act that a duty of ours waits for, as the row of a work list keeps it.

    `by`: the roles in which a person without a part in the case can take it. `people`: the same for each
    person with a part. `team`: the department that is asked; "" for all. `since`: the moment (UTC) from which
    it can be taken. `barred`: where the act reads the talks, the people who may not hear them; None
    elsewhere.
    """

    act: Expected
    by: Role
    people: Mapping[str, Role]
    team: str = ""
    since: datetime | None = None
    barred: Collection[str] | None = None


def expected(reader: Reader, offers: Offers) -> Expected | None:
    """Return the act expected of a reader, None without one. It is the available act for the earliest of the
    deadlines that the reader must answer."""
    able = reader.own_acts(offers)
    return next(
        (
            Expected(move.name, about, run.name, run.due)
            for run, move in _answers(reader.case.stage, filter(reader.must_answer, reader.runs()))
            if move.name in able
            for about in _about(move, run, able[move.name])
        ),
        None,
    )


def awaited_of_staff(case: Case, now: datetime, facts: Facts) -> list[Awaited]:
    """Return the acts that our duties on a case wait for, in the order in which they are expected. Leave out
    an act whose takers are all expected to take an earlier one."""
    # "" stands for everybody without a part in the case
    people = {who: acting(case, Caller(who, STAFF)).roles for who in ("", *_involved(case))}
    found, led = list[Awaited](), dict.fromkeys(people, Role(0))
    for run, move in _answers(case.stage, filter(ours, deadlines(case).values())):
        if one := _awaited(case, run, move, people, now, facts):
            takers = {"": one.by, **one.people}
            if any(takers.get(who, one.by) & ~had for who, had in led.items()):
                found.append(one)
            if not one.team and one.since is None and one.barred is None:
                led = {who: had | takers.get(who, one.by) for who, had in led.items()}
    return found


def expected_on(item: Mapping[str, Any], caller: Caller, now: datetime) -> Expected | None:
    """Return the act expected of a caller on a case by the row of a work list; None without one, and for a
    row of an earlier release. Acts that only a later release knows do not count."""
    foreign = "asked" in card(item, caller, "")
    roles = caller.roles & OF_DEPARTMENTS if foreign else caller.roles & ~APPOINTED
    acts = item.get(KEPT_AS)
    known = (act for act in (acts if isinstance(acts, list) else ()) if act[0] in MOVES)
    for one in map(_read, known):
        takes = one.people.get(caller.who, one.by)
        appointed = takes & APPOINTED
        own = appointed or roles
        hears = one.barred is None or hears_as(own, caller.who in one.barred, sits_at(item, caller))
        if (
            takes & own
            and hears
            and (not one.team or one.team in caller.teams)
            and (one.since is None or one.since <= now)
            and (not foreign or appointed or "asked" in MOVES[one.act.move].even)
        ):
            return one.act
    return None


class Line(NamedTuple):
    """A work list line as its reader may see it (`seen`), the moment by which the list is sorted (`at`, UTC),
    and the act expected of the reader."""

    seen: Mapping[str, Any]
    at: datetime | None
    act: Expected | None


def line(item: Mapping[str, Any], caller: Caller, queue: str, now: datetime) -> Line:
    """Return a work list line as this caller may see it."""
    seen = {name: had for name, had in card(item, caller, queue).items() if name != KEPT_AS}
    at = instant(item["next_due"]) if item["next_due"] else None
    return Line(seen, at, expected_on(item, caller, now))


def stored(acts: Iterable[Awaited]) -> list[list[Any]]:
    """Return expected acts as the row of a work list stores them."""
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
    case: Case, run: Running, move: Move, people: Mapping[str, Role], now: datetime, facts: Facts
) -> Awaited | None:
    """Return who can take the act that answers a duty, and since when; None if nobody can."""
    every = (
        [Act(who, role, now, "", "") for who, roles in people.items() for role in move.by & roles]
        if move.fits(case)
        else []
    )
    acts = [act for act in every if may(move, case, act) is None]
    given = {name: facts[name]() for name in move.turns_on} if acts else {}
    for at in _moments(case, now) if acts else ():
        about, takers = list[str](), dict.fromkeys(people, Role(0))
        for act in acts:
            then = replace(act, now=at) if at > now else act
            ids = subjects(move, case, [then]) if move.turn(case, then, **given) else None
            if ids is not None and (found := _about(move, run, ids)):
                about, takers[act.who] = found, takers[act.who] | act.role
        if about:
            by = takers.pop("")
            return Awaited(
                Expected(move.name, about[0], run.name, run.due),
                by,
                {who: roles for who, roles in takers.items() if roles != by},
                department(case, run),
                at if at > now else None,
                [who for who in people if who and barred(case, who)] if move.reads_talks(case) else None,
            )
    return None


def _moments(case: Case, now: datetime) -> list[datetime]:
    """Return now and the later moments at which an act may become possible without a move: the beginning
    and the end of each run."""
    runs = deadlines(case).values()
    return sorted({now, *(at for run in runs for at in (run.start, run.due) if at and at > now)})


def _involved(case: Case) -> list[str]:
    """Return the staff and mediators who have a part in the case, so that other acts may be open to them than
    to their colleagues."""
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
    """Yield the deadlines, the earliest first and suspended ones last, each with the moves of the stage that
    may answer it, the most wanted first."""
    for run in sorted(runs, key=lambda run: run.due.timestamp() if run.due else float("inf")):
        letter = key_of(run.id).name
        for move in _by_rank(stage):
            if run.name in move.answers or letter in move.answers:
                yield run, move


@cache
def _by_rank(stage: Stage) -> list[Move]:
    return sorted(
        (move for move in MOVES.values() if stage in move.at and move.answers), key=attrgetter("rank")
    )


def _about(move: Move, run: Running, ids: tuple[str, ...]) -> list[str]:
    """Return the possible subjects of a move that answers this deadline: `[""]` without a subject, else the
    deadline's own subject. A reply is identified by the letter's name and its subject."""
    return [id for id in ids if id in (run.id, key_of(run.id).about)] if ids and run.id else [""]

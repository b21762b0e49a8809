"""The next expected act on a case: the green button of its page, the page's first line, the `next` of the
interface, the line of a work list."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.access.authorization import Caller, card
from chalicelib.access.offers import Offers
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES, Move
from chalicelib.domain.engine.running import DEADLINES, Running
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import MEDIATOR
from chalicelib.domain.model.codes import Side, Stage
from chalicelib.domain.model.letters import key_of
from chalicelib.view.party import PartyReader

WAITING = {declared.queue: name for name, declared in DEADLINES.items() if declared.queue}
"""The deadline by which a work list is sorted, for the lists sorted by waiting time."""


class Expected(NamedTuple):
    """The expected act: the move, its subject ("" without one), the deadline it answers, and its due moment
    (UTC; None while suspended)."""

    move: str
    about: str
    deadline: str
    due: datetime | None


def _of_sides(deadline: str) -> bool:
    """Return whether one of the two sides, and not only we, meets a duty."""
    return DEADLINES[deadline].of_promise or DEADLINES[deadline].answers_for is Side.BUSINESS


def next_of_party(reader: PartyReader, offers: Offers) -> Expected | None:
    """Return the act expected of a party, None without one. It is the available act for the earliest of the
    party's windows and obligations. An agent without the power for the preferred act gets no less preferred
    one. For example, an agent who may refuse a text but not sign it is not led to refuse."""
    others = {*Side} - {reader.party.side}
    # A decline, or an answer without a promise, ends by itself. The party contests it, accepts it or does
    # neither.
    given = reader.case.stage == Stage.ANSWERED and reader.good_answer
    rights = {name for name, declared in DEADLINES.items() if declared.right}
    rights |= set() if given else {"answer_window"}
    theirs = (
        run
        for run in reader.runs()
        if run.id not in others and run.name not in rights and (not run.duty or _of_sides(run.name))
    )
    every = MOVES.values() if reader.party.represents else ()
    beyond = [move for move in every if not reader.empowered(move.power)]
    able = {
        name: about
        for name, about in offers.items()
        if not any(_wanted_before(move, MOVES[name]) for move in beyond)
    }
    return _first(able, theirs)


def next_of_staff(case: Case, caller: Caller, offers: Offers) -> Expected | None:
    """Return the act expected of an officer or the mediator: the available act for the earliest of our
    duties. Acts that they only record for others do not count."""
    own = {move: about for move, about in offers.items() if MOVES[move].by & caller.roles}
    return _first(own, (run for run in deadlines(case).values() if run.duty or run.id == MEDIATOR))


def line(item: Mapping[str, Any], caller: Caller, queue: str) -> dict[str, Any]:
    """Return a work list line as this caller may see it. It includes the act that answers its deadline, if
    one of the caller's roles takes it."""
    seen = {**card(item, caller, queue)}
    deadline, stage = WAITING.get(queue, seen.pop("deadline", None)), seen.get("stage")
    acts = (m for m in MOVES.values() if deadline in m.answers and stage in m.at and m.by & caller.roles)
    first = min(acts, key=_rank, default=None)
    return seen | ({"next": first.name} if first else {})


def _rank(move: Move) -> int:
    return move.rank


def _wanted_before(one: Move, other: Move) -> bool:
    """Return whether one act has precedence over another that answers the same deadline."""
    return one.rank < other.rank and not {*one.answers}.isdisjoint(other.answers)


def _first(offers: Offers, runs: Iterable[Running]) -> Expected | None:
    """Return the act for the earliest deadline, suspended ones last; None without one."""
    dated = sorted(runs, key=lambda run: run.due.timestamp() if run.due else float("inf"))
    return next(
        (
            Expected(move.name, about, run.name, run.due)
            for run in dated
            for move in sorted((MOVES[name] for name in offers), key=_rank)
            for about in _about(move, run, offers[move.name])
        ),
        None,
    )


def _about(move: Move, run: Running, ids: tuple[str, ...]) -> Iterable[str]:
    """Return the possible subjects of a move that answers this deadline: `[""]` without a subject, else the
    deadline's own subject. A reply is identified by the letter's name and its subject."""
    letter, named, _ = key_of(run.id)
    if {run.name, letter}.isdisjoint(move.answers):
        return ()
    return [id for id in ids if id in (run.id, named)] if ids and run.id else [""]

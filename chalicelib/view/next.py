"""The one act that is expected of whoever looks at a case: the green button of its page, the first line
there, the `next` of the interface, the line of a work list."""

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
"""The deadline by which a work list is sorted, where it is sorted by since when something waits."""


class Expected(NamedTuple):
    """The act that is expected: the move, what it is about ("" where it names nothing), the deadline that it
    answers, and when that is due (UTC; None while it stands still)."""

    move: str
    about: str
    deadline: str
    due: datetime | None


def _of_sides(deadline: str) -> bool:
    """Whether one of the two sides meets a duty, and not we alone."""
    return DEADLINES[deadline].of_promise or DEADLINES[deadline].answers_for is Side.BUSINESS


def next_of_party(reader: PartyReader, offers: Offers) -> Expected | None:
    """What is expected of a party: of what they can do now, the act that answers the earliest of the windows
    and obligations that are theirs. None while nothing is. Whoever speaks for somebody, without the power for
    what is wanted most, is not led to what is wanted less: who may refuse a text and not sign it signs
    nothing, and refuses nothing for that."""
    others = {*Side} - {reader.party.side}
    # a decline, or an answer that gives them nothing, ends by itself: they contest it, accept it or neither
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
    """What is expected of a member of staff, or of the mediator: of what they can do themselves, and do not
    only write down for others, the act that answers the earliest of our duties."""
    own = {move: about for move, about in offers.items() if MOVES[move].by & caller.roles}
    return _first(own, (run for run in deadlines(case).values() if run.duty or run.id == MEDIATOR))


def line(item: Mapping[str, Any], caller: Caller, queue: str) -> dict[str, Any]:
    """A line of a work list as this caller may see it, with the act that answers what is due there, where one
    of their roles takes it."""
    seen = {**card(item, caller, queue)}
    deadline, stage = WAITING.get(queue, seen.pop("deadline", None)), seen.get("stage")
    acts = (m for m in MOVES.values() if deadline in m.answers and stage in m.at and m.by & caller.roles)
    first = min(acts, key=_rank, default=None)
    return seen | ({"next": first.name} if first else {})


def _rank(move: Move) -> int:
    return move.rank


def _wanted_before(one: Move, other: Move) -> bool:
    """Whether one act is wanted more than another that answers the same."""
    return one.rank < other.rank and not {*one.answers}.isdisjoint(other.answers)


def _first(offers: Offers, runs: Iterable[Running]) -> Expected | None:
    """The act that answers the earliest run, those that stand still last."""
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
    """What a move is about that answers this run: nothing, or that one of what it can name which the run is
    about; a letter that asks is called by its name, and what it is about."""
    letter, named, _ = key_of(run.id)
    if {run.name, letter}.isdisjoint(move.answers):
        return ()
    return [id for id in ids if id in (run.id, named)] if ids and run.id else [""]

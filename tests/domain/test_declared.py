"""What a move tells the read side stands on its declaration, and nowhere else."""

from __future__ import annotations

from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.process import MOVES
from chalicelib.letters import LETTERS


def test_what_a_move_starts_meets_and_answers_is_there() -> None:
    """A move names deadlines that there are, or a letter that asks."""
    for move in MOVES.values():
        assert {*move.starts, *move.meets} <= DEADLINES.keys(), move.name
    assert {move.task_due for move in MOVES.values() if move.task_due} <= DEADLINES.keys()
    assert {move.answers for move in MOVES.values() if move.answers} <= DEADLINES.keys() | set(LETTERS)


def test_what_is_shown_of_an_entry_is_said_with_it() -> None:
    """Words that are shown are personal words of the move; what says yes or no is one of its parameters."""
    for move in MOVES.values():
        if move.shows:
            assert move.personal.issuperset(move.shows.words), move.name
            assert not move.shows.yes or move.shows.yes in move.parameters, move.name

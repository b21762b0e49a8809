"""The facts that a ground presupposes. A code list of grounds declares them on each ground
(`GroundCode.facts`). Whether the record of a case shows a fact is decided by a function, which is registered
next to the moves that make the fact."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.domain.engine.declare import Move
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Fact, GroundCode

Shows = Callable[[Case, str], object]
"""A function that returns whether the record shows a fact. It gets the case, and the id of the obligation
that the ground is about; the id is "" for any other ground."""
SHOWN_BY: dict[Fact, Shows] = {}
"""The functions that say whether the record of a case shows a fact, by the fact."""


def on_record(fact: Fact) -> Callable[[Shows], Shows]:
    """Return a decorator for the function that says whether the record of a case shows `fact`."""

    def register(shows: Shows) -> Shows:
        assert fact not in SHOWN_BY, fact
        SHOWN_BY[fact] = shows
        return shows

    return register


def missing_fact(case: Case, code: Any, about: str = "") -> Fact | None:
    """Return the first fact that the ground `code` presupposes and the record does not show. Return None if
    the ground can be chosen, or if `code` is no ground. `about`: see `Shows`."""
    facts = code.facts if isinstance(code, GroundCode) else ()
    return next((fact for fact in facts if not SHOWN_BY[fact](case, about)), None)


def refuse_groundless(move: Move, case: Case, said: Mapping[str, Any]) -> None:
    """Raise Refusal `ground_without_fact` if a ground in the facts `said` of a move presupposes a fact that
    the record does not show. It names the field, the ground and the fact."""
    about = str(said.get(move.naming("obligation")) or "")
    for field, code in _codes(said):
        if fact := missing_fact(case, code, about):
            raise Refusal("ground_without_fact", field=field, ground=code, fact=fact)


def _codes(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}/{key}", code) for key, code in value.items())
        else:
            yield name, value

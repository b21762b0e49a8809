"""The facts that a ground presupposes. A code list of grounds declares them on each ground
(`GroundCode.facts`). Whether the record of a case shows a fact is decided by a function, which is registered
next to the moves that make the fact."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from chalicelib.domain.engine.declare import Move
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Fact, GroundCode


@frozen
class About:
    """The subject of a ground. `obligation`: the id of its obligation; "" for any other ground. `earlier`:
    returns the earlier cases of the same consumers on which the ground can rest."""

    obligation: str = ""
    earlier: Callable[[], Collection[Case]] = tuple


Shows = Callable[[Case, About], object]
"""A function that returns whether the record shows a fact for a ground about this subject."""
SHOWN_BY: dict[Fact, Shows] = {}
"""The functions that say whether the record of a case shows a fact, by the fact."""


def on_record(fact: Fact) -> Callable[[Shows], Shows]:
    """Return a decorator for the function that says whether the record of a case shows `fact`."""

    def register(shows: Shows) -> Shows:
        assert fact not in SHOWN_BY, fact
        SHOWN_BY[fact] = shows
        return shows

    return register


def missing_fact(case: Case, code: Any, about: About) -> Fact | None:
    """Return the first fact that the ground `code` presupposes and the record does not show. Return None if
    the ground can be chosen, or if `code` is no ground."""
    facts = code.facts if isinstance(code, GroundCode) else ()
    return next((fact for fact in facts if not SHOWN_BY[fact](case, about)), None)


def refuse_groundless(move: Move, case: Case, said: Mapping[str, Any]) -> None:
    """Raise Refusal `ground_without_fact` if a ground in the facts `said` of a move presupposes a fact that
    the record does not show. It names the field, the ground and the fact. For a ground that is given for a
    matter, only the earlier case that is named for the same matter counts."""
    obligation = str(said.get(move.naming("obligation")) or "")
    for field, n, code in _codes(said):
        if not isinstance(code, GroundCode):
            continue
        if fact := missing_fact(case, code, About(obligation, partial(_named, said, n))):
            raise Refusal("ground_without_fact", field=field, ground=code, fact=fact)


def _named(said: Mapping[str, Any], n: Any) -> list[Case]:
    """Return the earlier case that a move names for the matter `n`, as a list; empty if it names none."""
    found = (said.get("earlier_cases") or {}).get((said.get("earlier") or {}).get(n))
    return [found] if found else []


def _codes(said: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the field, the key and the value of each fact of a move. The key is None for a single value."""
    for name, value in said.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}/{key}", key, code) for key, code in value.items())
        else:
            yield name, None, value

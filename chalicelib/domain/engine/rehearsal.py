"""A move that is played on a copy of the case and saves nothing. Pages ask here what a move would change,
before anybody takes it."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES, Move
from chalicelib.domain.engine.process import played
from chalicelib.domain.model.case import Act, Case, Refusal

SOON = timedelta(days=1)
"""How far ahead the days lie that a rehearsal puts in. No form accepts an earlier one."""


class NoExample(Exception):
    """A move asks for a record, such as a person, of which there is no example."""


def rehearse(name: str, case: Case, act: Act, **known: Any) -> Case | None:
    """Return the case as the move `name` would leave it. Return None if the move would be refused, or if it
    asks for more than an example can give.

    `known`: the facts that are known already. For any other fact that the move needs, an example is put in,
    because no form was filled in yet. A second person who must still confirm the move is taken to confirm
    it."""
    declared = MOVES[name]
    try:
        needed = {
            parameter.name: _example(declared, parameter.name, declared.hints[parameter.name], case, act)
            for parameter in signature(declared.do).parameters.values()
            if parameter.kind is Parameter.KEYWORD_ONLY
            and parameter.default is Parameter.empty
            and parameter.name not in known
        }
        return played(declared, case, act, needed | known)
    except (Refusal, NoExample):
        return None


def _example(move: Move, name: str, hint: Any, case: Case, act: Act) -> Any:
    """Return an example of a value for the parameter `name` of a move. `hint`: the type of the value."""
    limits = move.choice(name) if name in move.parameters else None
    if limits and limits.of:
        return next(iter(limits.of(case, "")), "")
    origin, inside = get_origin(hint), get_args(hint)
    if hasattr(hint, "__metadata__"):
        return _example(move, name, hint.__origin__, case, act)
    if origin in (Union, UnionType):
        return None if NoneType in inside else _example(move, name, inside[0], case, act)
    if origin in (dict, Mapping):
        about = limits.matters(case) if limits and limits.matters else ()
        return {n: _example(move, name, inside[1], case, act) for n in about}
    if origin is tuple:
        return ()
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    if hint is date:
        return published().day_of(act.now) + SOON
    if hint in (str, int, bool):
        return hint()
    raise NoExample

"""Conversion of values to JSON. `AnswerShape` and `PlainOf` declare which fields of an object an answer
has."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, NotRequired, cast, get_args, get_type_hints

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.domain import moves  # noqa: F401  (declares every move)
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import UNREMINDED, UNTOLD
from chalicelib.domain.model.codes import PauseReason, Role
from chalicelib.domain.timeline import canonical
from chalicelib.web.conditions import old_forms
from chalicelib.web.problems import served

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment in UTC, as a JSON string."""
DeadlineName = Annotated[str, WithJsonSchema({"type": "string", "enum": [*DEADLINES]})]
StakeName = Annotated[str, WithJsonSchema({"type": "string", "enum": [*DEADLINES, "interview"]})]
"""What ends something that a party can lose: the name of a deadline, or "interview"."""
MoveName = Annotated[
    str,
    WithJsonSchema({"type": "string", "enum": [m.name for m in MOVES.values() if m.takers != Role.CLOCK]}),
]
"""A move that people can take. Moves that only the clock takes are left out."""
AnyMove = Annotated[str, WithJsonSchema({"type": "string", "enum": [*MOVES]})]
"""A move of people or of the clock."""
RoleCode = Annotated[str, WithJsonSchema({"type": "string", "enum": [role.code for role in Role]})]
Stopped = Annotated[str, WithJsonSchema({"type": "string", "enum": [*PauseReason, UNTOLD, UNREMINDED]})]
"""The code of the reason why a deadline is suspended."""
Told = dict[str, Any]
"""The fields of an answer, by name. `Annotated[Told, TERM]` is the type of an answer with the fields of the
`AnswerShape` `TERM`; its OpenAPI schema is made from `TERM`."""
MONEY = ("amount", "penalty", "wish_amount", "owe", "owed")
"""The names of fields that hold an amount. The amount is in fen in the domain and in yuan in JSON."""

OF = "_of"
"""The attribute by which the type that an `AnswerShape` makes names the class whose docstring describes its
fields."""


class AnswerShape:
    """The declaration of a part of an answer: which fields of an object it has. Call it with an object of
    type `kind` to get the fields as JSON.

    `name`: the name of the part in the OpenAPI document. `fields`: the names of the fields, separated by
    spaces. `made`: field name → type, for fields that are not read from the object; their values are passed
    with each call."""

    def __init__(self, name: str, kind: type, fields: str, **made: Any) -> None:
        self._name, self._kind, self._told, self._made = name, kind, fields.split(), made

    def __call__(self, view: Any, **made: Any) -> Told:
        return {
            name: _field(name, made[name] if name in made else getattr(view, name)) for name in self._told
        }

    @cached_property
    def _typed(self) -> Any:
        hints = self._hints() | dict.fromkeys(MONEY, Money | None) | self._made
        typed = cast(Any, TypedDict)(self._name, {name: hints[name] for name in self._told})
        typed.__doc__ = self._kind.__doc__
        setattr(typed, OF, self._kind)
        return typed

    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self._kind, include_extras=True)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler.generate_schema(self._typed)


class PlainOf(AnswerShape):
    """An AnswerShape with all fields of a dataclass of the domain, except those named in `left`. A code or a
    moment that is None is left out of the answer."""

    def __init__(self, name: str, kind: type, left: str = "", **made: Any) -> None:
        every = [one.name for one in fields(kind)] + [*made]
        super().__init__(name, kind, " ".join(name for name in every if name not in left.split()), **made)

    def __call__(self, view: Any, **made: Any) -> Told:
        yuan = {name: money(getattr(view, name)) for name in MONEY if name in self._told}
        return {name: said for name, said in plain(view).items() if name in self._told} | yuan | made

    def _hints(self) -> dict[str, Any]:
        bare = get_type_hints(self._kind)
        return {
            name: NotRequired[it] if type(None) in get_args(bare[name]) else it
            for name, it in super()._hints().items()
        }


class Money(TypedDict):
    """An amount in yuan with two decimals. `amount`: yuan with two decimals, such as 1655.00."""

    amount: str
    currency: str


def plain(value: Any) -> Any:
    """Return a value of the domain as JSON types: codes as strings, moments as stamps, tuples as lists,
    amounts as `Money`."""
    return in_yuan(json.loads(canonical(value)))


def in_yuan(value: Any) -> Any:
    """Return JSON in which the amounts, which are in fen, are `Money`. The caller's preference for the old
    forms leaves them in fen."""
    request = served.get(None)
    if request and old_forms(request):
        return value
    if isinstance(value, list):
        return [in_yuan(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: money(one) if name in MONEY and isinstance(one, int) else in_yuan(one)
        for name, one in value.items()
    }


def stamped(moment: datetime | None) -> str | None:
    """Return a moment as a JSON string; None for None."""
    return stamp(moment) if moment else None


def view_json(view: Any) -> Any:
    """Return a view (a NamedTuple) and everything in it as JSON types. Moments and dates become strings. None
    stays None."""
    if view is None or isinstance(view, str | int):  # most values; codes are text too
        return view
    if isinstance(view, datetime):
        return stamp(view)
    if isinstance(view, date):
        return view.isoformat()
    if hasattr(view, "_asdict"):
        return {name: _field(name, one) for name, one in view._asdict().items()}
    if isinstance(view, Mapping):
        return {name: view_json(one) for name, one in view.items()}
    return [view_json(one) for one in view] if isinstance(view, list | tuple) else view


def _field(name: str, value: Any) -> Any:
    return money(value) if name in MONEY else view_json(value)


def money(fen: int | None) -> Money | None:
    """Return an amount in fen as `Money`; None for None."""
    return None if fen is None else {"amount": f"{fen // 100}.{fen % 100:02}", "currency": "CNY"}

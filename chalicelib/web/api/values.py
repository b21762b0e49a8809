"""Values of the domain as JSON has them."""

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
from chalicelib.domain.model.codes import PauseReason, Role
from chalicelib.domain.timeline import canonical

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment, UTC, as JSON has it."""
DeadlineName = Annotated[str, WithJsonSchema({"type": "string", "enum": [*DEADLINES]})]
MoveName = Annotated[
    str,
    WithJsonSchema({"type": "string", "enum": [m.name for m in MOVES.values() if m.takers != Role.CLOCK]}),
]
"""What somebody can do: every move but those that only the clock takes."""
RoleCode = Annotated[str, WithJsonSchema({"type": "string", "enum": [role.code for role in Role]})]
Stopped = Annotated[str, WithJsonSchema({"type": "string", "enum": [*PauseReason, "undelivered"]})]
"""Why a deadline stands still."""
Told = dict[str, Any]
"""What something is told as; its schema is made of the type that stands beside it."""
MONEY = ("amount", "penalty", "wish_amount", "owe", "owed")
"""The fields that are an amount: in fen, and as JSON has it in yuan."""


class Shape:
    """What is told of something, called `name` in the document: these of its fields, in this order. Of those
    that are made where it is told the types stand in `made`; the schema is made of all types."""

    def __init__(self, name: str, kind: type, told: str, **made: Any) -> None:
        self._name, self._kind, self._told, self._made = name, kind, told.split(), made

    def __call__(self, view: Any, **made: Any) -> Told:
        return {
            name: _field(name, made[name] if name in made else getattr(view, name)) for name in self._told
        }

    @cached_property
    def _typed(self) -> Any:
        hints = self._hints() | dict.fromkeys(MONEY, Money | None) | self._made
        typed = cast(Any, TypedDict)(self._name, {name: hints[name] for name in self._told})
        typed.__doc__ = self._kind.__doc__
        return typed

    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self._kind, include_extras=True)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler.generate_schema(self._typed)


class PlainOf(Shape):
    """What `plain` makes of a dataclass of the domain, all of its fields but those `left` out; a code or a
    moment that there is none of is not there."""

    def __init__(self, name: str, kind: type, left: str = "", **made: Any) -> None:
        every = [one.name for one in fields(kind)] + [*made]
        super().__init__(name, kind, " ".join(name for name in every if name not in left.split()), **made)

    def __call__(self, view: Any, **made: Any) -> Told:
        yuan = {name: money(getattr(view, name)) for name in MONEY if name in self._told}
        return {name: said for name, said in plain(view).items() if name in self._told} | yuan | made

    def _hints(self) -> dict[str, Any]:
        hints = super()._hints()
        return {name: NotRequired[it] if type(None) in get_args(it) else it for name, it in hints.items()}


class Money(TypedDict):
    """An amount in yuan with two decimals."""

    amount: str
    currency: str


def plain(value: Any) -> Any:
    """A value of the domain as JSON has it: codes, stamps, lists."""
    return json.loads(canonical(value))


def stamped(moment: datetime | None) -> str | None:
    """A moment as JSON has it."""
    return stamp(moment) if moment else None


def shown(view: Any) -> Any:
    """A view as JSON has it, moments as stamps; what there is none of is null."""
    if isinstance(view, datetime):
        return stamp(view)
    if isinstance(view, date):
        return view.isoformat()
    if hasattr(view, "_asdict"):
        return {name: _field(name, one) for name, one in view._asdict().items()}
    if isinstance(view, Mapping):
        return {name: shown(one) for name, one in view.items()}
    return [shown(one) for one in view] if isinstance(view, list | tuple) else view


def _field(name: str, value: Any) -> Any:
    return money(value) if name in MONEY else shown(value)


def money(fen: int | None) -> Money | None:
    """An amount in yuan, from fen."""
    return None if fen is None else {"amount": f"{fen // 100}.{fen % 100:02}", "currency": "CNY"}

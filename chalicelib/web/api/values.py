"""Values of the domain as JSON has them."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, NamedTuple, NotRequired, cast, get_args, get_type_hints

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import PauseReason, Role
from chalicelib.domain.timeline import canonical

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment, UTC, as JSON has it."""


Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
"""A day in Shanghai, as JSON has it."""
RoleCode = Annotated[str, WithJsonSchema({"type": "string", "enum": [role.code for role in Role]})]
Stopped = Annotated[str, WithJsonSchema({"type": "string", "enum": [*PauseReason, "undelivered"]})]
"""Why a deadline stands still."""
Told = dict[str, Any]
"""What something is told as; its schema is made of the type that stands beside it."""
MONEY = frozenset({"amount", "penalty", "owe", "owed"})
"""The fields of a view that are an amount in fen."""


class PlainOf:
    """What `plain` makes of a dataclass of the domain, called `name` here, some of its fields told in another
    way (`instead`), or not at all (None); read only where a schema is made."""

    def __init__(self, name: str, kind: type, **instead: Any) -> None:
        self._name, self._kind, self._instead = name, kind, instead

    @cached_property
    def _typed(self) -> Any:
        hints = get_type_hints(self._kind, include_extras=True)
        kept = {
            name: NotRequired[hint] if type(None) in get_args(hint) else hint for name, hint in hints.items()
        }
        told = {name: hint for name, hint in (kept | self._instead).items() if hint is not None}
        return cast(Any, TypedDict)(self._name, told)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler.generate_schema(self._typed)


class Shape:
    """What is told of a view or of a part of a case, called `name` here: these of its fields, in this order.
    Of those that are made where it is told the types stand in `made`. The schema is made of the types too."""

    def __init__(self, name: str, kind: type, told: str, **made: Any) -> None:
        self._name, self._kind, self._told, self._made = name, kind, told.split(), made

    def __call__(self, view: Any, **made: Any) -> Told:
        return {
            name: _field(name, made[name] if name in made else getattr(view, name)) for name in self._told
        }

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler.generate_schema(self._typed)

    @cached_property
    def _typed(self) -> Any:
        hints = get_type_hints(self._kind, include_extras=True) | self._made
        typed = cast(Any, NamedTuple)(self._name, [(name, hints[name]) for name in self._told])
        typed.__doc__ = self._kind.__doc__
        return typed


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

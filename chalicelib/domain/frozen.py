"""Frozen dataclasses that cost a start little."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[T]) -> type[T]:
    """Make a class a frozen dataclass. `dataclass` alone would compile a comparison, a hash and a text for
    each class at every start; here all classes share these three."""
    made = dataclass(frozen=True, eq=False, repr=False)(kind)
    for name, shared in (("__eq__", _equal), ("__hash__", _hash), ("__repr__", _text)):
        setattr(made, name, shared)
    return made


def _equal(self: Any, other: Any) -> Any:
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _text(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _compared(value: Any) -> Any:
    return _compares(value.__class__)(value)


@cache
def _compares(kind: Hashable) -> Callable[[Any], Any]:
    """What is compared of a class: its fields, or, where it has none, the class."""
    names = [one.name for one in fields(cast(Any, kind)) if one.compare]
    return attrgetter(*names) if names else type

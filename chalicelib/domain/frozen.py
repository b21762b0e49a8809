"""Frozen dataclasses that cost a start, and a copy, little."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[T]) -> type[T]:
    """Make a class a frozen dataclass. `dataclass` alone would compile a comparison, a hash and a text for
    each class at every start; here all classes share these three."""
    made = dataclass(frozen=True, eq=False, repr=False)(kind)
    for name, shared in (("__eq__", _equal), ("__hash__", _hash), ("__repr__", _text)):
        setattr(made, name, shared)
    return made


if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(record: T, /, **changes: Any) -> T:
        """The same record with other values in some of its fields. `dataclasses.replace` would read and set
        each field again, which was a twelfth of what a move costs."""
        made = object.__new__(record.__class__)
        had = vars(made)
        had.update(vars(record), **changes)
        for name in _worked_out(record.__class__):
            had.pop(name, None)
        return made


@cache
def _worked_out(kind: type) -> list[str]:
    """What a record works out once and keeps, which is not true of another."""
    every = {name: of for base in reversed(kind.__mro__) for name, of in vars(base).items()}
    return [name for name, of in every.items() if isinstance(of, cached_property)]


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

"""Frozen dataclasses that are fast to define when the program starts, and fast to copy."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import cache, cached_property, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(kind: type[T]) -> type[T]: ...
@overload
def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: Any = None, *, kw_only: bool = False) -> Any:
    """Make a class a frozen dataclass. With `kw_only` its fields can only be passed by name.

    `dataclass` alone would compile six functions for each class at every start. That took a quarter of the
    start-up time. So all these classes share the functions that fill, guard, compare and show a record."""
    if kind is None:
        return partial(frozen, kw_only=kw_only)
    made = dataclass(init=False, eq=False, repr=False, kw_only=kw_only)(kind)
    for name, shared in SHARED.items():
        setattr(made, name, shared)
    return made


if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(record: T, /, **changes: Any) -> T:
        """Return the record with other values in some of its fields. `dataclasses.replace` would read and set
        each field again, which was a twelfth of the cost of a move."""
        made = object.__new__(record.__class__)
        had = vars(made)
        had.update(vars(record), **changes)
        for name in _worked_out(record.__class__):
            had.pop(name, None)
        return made


def values(record: Any) -> dict[str, Any]:
    """Return the values of a record's fields, by field name. Cached properties are left out, and so are
    unknown fields that a newer release stored. Use it to make a view: an object of another class that has
    these fields and more."""
    had = vars(record)
    return {name: had[name] for name in _shape(record.__class__).blank}


@cache
def _worked_out(kind: type) -> list[str]:
    """Return the names of the cached properties of a class. `replace` drops their values, because a changed
    copy must compute them again."""
    every = {name: of for base in reversed(kind.__mro__) for name, of in vars(base).items()}
    return [name for name, of in every.items() if isinstance(of, cached_property)]


class ClassShape(NamedTuple):
    """The fields of a class. `blank` maps each field, in order, to its default. `needed` names the required
    fields. `made` pairs each field that has a default factory with this factory."""

    blank: Mapping[str, Any]
    needed: tuple[str, ...]
    made: tuple[tuple[str, Callable[[], Any]], ...]


@cache
def _shape(kind: Any) -> ClassShape:
    every = fields(kind)
    made = {one.name: one.default_factory for one in every if one.default_factory is not MISSING}
    needed = (one.name for one in every if one.default is MISSING and one.name not in made)
    return ClassShape({one.name: one.default for one in every}, tuple(needed), tuple(made.items()))


def _fill(self: Any, *values: Any, **named: Any) -> None:
    had = self.__dict__
    blank, needed, made = _shape(self.__class__)
    had.update(blank)
    had.update(zip(blank, values, strict=False))
    had.update(named)
    for name, make in made:
        if had[name] is MISSING:
            had[name] = make()
    for name in needed:
        if had[name] is MISSING:
            raise TypeError(f"{self.__class__.__name__} needs {name}")
    if len(had) > len(blank) or len(values) > len(blank):
        raise TypeError(f"{self.__class__.__name__} has the fields {[*blank]}, not {[*named]}")


def _equal(self: Any, other: Any) -> Any:
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _guarded(self: Any, name: str, value: Any = None) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r}")


def _text(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _compared(value: Any) -> Any:
    return _compares(value.__class__)(value)


@cache
def _compares(kind: Hashable) -> Callable[[Any], Any]:
    """Return a function that takes a record of this class and returns the values that are compared. If the
    class has no fields to compare, the function returns the class."""
    names = [one.name for one in fields(cast(Any, kind)) if one.compare]
    return attrgetter(*names) if names else type


SHARED = {
    "__init__": _fill,
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _text,
    "__setattr__": _guarded,
    "__delattr__": _guarded,
}
"""The methods that all frozen classes share. The key is the name of the method."""

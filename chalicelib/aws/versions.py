"""The reading and writing of rows while two releases run side by side. Fields that an older release does not
know survive its saves. Rows that it cannot read stay untouched.

A deploy changes workers one after another. For some minutes an older and a newer release move the same cases.
pydantic is imported with the first row, because most workers wake to find nothing due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chalicelib.aws.rows import READS, SCHEMA, Row
from chalicelib.cases.casework import Newer, Unreadable

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""A function that turns a body of one version into a body of the next."""
UNKNOWN = "unexpected_keyword_argument"
"""pydantic's code for a field that the dataclass does not have."""
OURS = ~(Row.v > READS)
"""The condition of a write without a read before it: no newer release wrote the row."""


def known(row: Row, schema: int = READS) -> Row:
    """Return a row that this release can read. Raises Newer for any other."""
    if int(row.v or 0) > schema:
        raise Newer(row.sk)
    return row


class Shape(Generic[T]):
    """The JSON form of one dataclass's values in the body of a row.

    It reads every version up to `schema`. It writes version `writes`: by default the one that this release
    writes, or else a `schema` of its own. `older` holds by version the function that makes the next version
    of a body. A version without one changed nothing in this dataclass. `leaves` names fields that are not
    written.

    A field with a record as default (`Case.talks`) has no place of its own in a row. The record's fields
    stand beside all others. A release with other records therefore reads and writes the same rows, and moving
    a field into a record changes no row.

    A record with fields that this release does not know is read as a class that carries them. They go with
    the record through every move, and are written in the same place.
    """

    def __init__(
        self,
        kind: type[T],
        schema: int = READS,
        older: Mapping[int, Upcast] | None = None,
        leaves: Collection[str] = (),
        writes: int | None = None,
    ) -> None:
        self.schema, self._older, self._leaves = schema, older or {}, set(leaves)
        self.writes = writes or (SCHEMA if schema == READS else schema)
        self._kind = kind
        self._records = {
            one.name: [inner.name for inner in fields(one.default)]
            for one in (fields(kind) if is_dataclass(kind) else ())
            if is_dataclass(one.default)
        }
        self._carriers: dict[type, type] = {}

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        """The reader and writer of the dataclass, made with the first row, so that no start waits for it."""
        from pydantic import TypeAdapter

        return TypeAdapter(self._kind)

    def read(self, row: Row) -> T:
        """Return the value in a row. Raises Newer, and Unreadable for a body that no release writes."""
        from pydantic_core import ValidationError, from_json

        known(row, self.schema)
        try:
            body = from_json(row.body or "")
            for version in range(int(row.v or 0), self.schema):
                body = self._older[version](body) if version in self._older else body
            for name, names in self._records.items():
                body[name] = {one: body.pop(one) for one in names if one in body}
            return self._adapter.validate_python(body, extra="forbid")
        except ValidationError as error:
            if any(one["type"] != UNKNOWN for one in error.errors(include_url=False, include_input=False)):
                # pydantic's own error would be taken for a mistake in what a caller sent
                raise Unreadable(row.sk) from None
        except ValueError:
            raise Unreadable(row.sk) from None
        found: T = self._carrying(self._adapter.validate_python(body), body)
        return found

    def written(self, value: T) -> bytes:
        """Return a value as the body of its row."""
        from pydantic_core import to_json

        plain = self._adapter.dump_python(value, mode="json", exclude=self._leaves)
        if self._carriers:  # unknown fields were read here
            self.complete(value, plain)
        for name in self._records:
            plain |= plain.pop(name)
        return to_json(plain)

    def complete(self, value: Any, plain: Any) -> None:
        """Add the unknown fields that a value carries to its JSON form, record by record."""
        if is_dataclass(value):
            plain.update(getattr(value, "carried", ()))
            for field in fields(value):
                if field.name in plain:
                    self.complete(getattr(value, field.name), plain[field.name])
        elif isinstance(value, Mapping):
            for inner, its in zip(value.values(), plain.values(), strict=True):
                self.complete(inner, its)
        elif isinstance(value, tuple):
            for inner, its in zip(value, plain, strict=True):
                self.complete(inner, its)

    def _carrying(self, value: Any, raw: Any) -> Any:
        """Return a value read from `raw`, in which each record carries the fields that this release does not
        know."""
        if is_dataclass(value):
            kind: Any = type(value)
            own = {field.name: getattr(value, field.name) for field in fields(value)}
            given = {
                name: self._carrying(inner, raw[name]) if name in raw else inner
                for name, inner in own.items()
            }
            unknown = {name: raw[name] for name in raw if name not in own}
            return self._carrier(kind)(**given, carried=unknown) if unknown else kind(**given)
        if isinstance(value, Mapping):
            return {
                name: self._carrying(inner, its)
                for (name, inner), its in zip(value.items(), raw.values(), strict=True)
            }
        if isinstance(value, tuple):
            return tuple(self._carrying(inner, its) for inner, its in zip(value, raw, strict=True))
        return value

    def _carrier(self, kind: type) -> type:
        if kind not in self._carriers:
            self._carriers[kind] = _carrier(kind)
        return self._carriers[kind]


def _carrier(kind: Any) -> type:
    """Return the class of a record that carries unknown fields, which copies carry too. Otherwise it is like
    its base class: equal to a record without them, and without them among its fields."""

    class Carrier(kind):  # type: ignore[misc]
        def __init__(self, carried: Mapping[str, Any], **given: Any) -> None:
            super().__init__(**given)
            object.__setattr__(self, "carried", carried)

        def __eq__(self, other: object) -> bool:
            compared = (field.name for field in fields(self) if field.compare)
            return isinstance(other, kind) and all(
                getattr(self, name) == getattr(other, name) for name in compared
            )

        __hash__ = kind.__hash__

    return Carrier

"""Reads and writes rows while two releases run at the same time. A deploy replaces workers one after another,
so for some minutes an older and a newer release handle the same cases. A field that the older release does
not know survives its saves. A row that the older release cannot read stays untouched.

pydantic is imported when the first row is read, because most workers start and find nothing due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from chalicelib.aws.rows import READS, SCHEMA, Row
from chalicelib.cases.casework import Newer, Unreadable

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
Body = dict[str, Any]


class Step(NamedTuple):
    """The change of a body from one version of rows to the next. `newer` turns a body of the version into
    one of the next, and `older` turns it back. A release that already reads a version, but still writes the
    one before, needs `older`."""

    newer: Callable[[Body], Body]
    older: Callable[[Body], Body] = dict


UNKNOWN = "unexpected_keyword_argument"
"""pydantic's error code for a field that the dataclass does not have."""
OURS = ~(Row.v > READS)
"""The condition for a write to a row that was not read before: the row was not written by a newer release."""


def readable(row: Row, schema: int = READS) -> Row:
    """Return the row unchanged if this release can read its version. Raise Newer otherwise."""
    if int(row.v or 0) > schema:
        raise Newer(row.sk)
    return row


class RowShape(Generic[T]):
    """Reads and writes values of the dataclass `kind` as JSON in the body of a row.

    `schema` is the highest version that can be read. `older` holds for a version the step from it to the
    next version; a version without a step changed nothing in this dataclass. `leaves` names fields that are
    not written. `writes` is the version that is written.

    A field whose default is a record, such as `Case.talks`, is not nested in JSON: the record's fields stand
    directly in the body. So a field can be moved from the dataclass into a record without changing any row.

    If a record in a row has fields that this release does not know, it is read as a subclass that keeps these
    fields. They survive every move and are written back in the same place.
    """

    def __init__(
        self,
        kind: type[T],
        schema: int = READS,
        older: Mapping[int, Step] | None = None,
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
        """pydantic's reader and writer of the dataclass. It is made with the first row, so that the start of
        a worker does not wait for it."""
        from pydantic import TypeAdapter

        return TypeAdapter(self._kind)

    def read(self, row: Row) -> T:
        """Return the value in a row. Raises Newer for a row of a newer version, and Unreadable if no release
        writes such a body."""
        from pydantic_core import ValidationError, from_json

        readable(row, self.schema)
        try:
            body = from_json(row.body or "")
            for version in range(int(row.v or 0), self.schema):
                body = self._older[version].newer(body) if version in self._older else body
            for name, names in self._records.items():
                body[name] = {one: body.pop(one) for one in names if one in body}
            return self._adapter.validate_python(body, extra="forbid")
        except ValidationError as error:
            if any(one["type"] != UNKNOWN for one in error.errors(include_url=False, include_input=False)):
                # pydantic's own error would be reported as a mistake of the caller
                raise Unreadable(row.sk) from None
        except ValueError:
            raise Unreadable(row.sk) from None
        found: T = self._carrying(self._adapter.validate_python(body), body)
        return found

    def written(self, value: T, version: int = 0) -> bytes:
        """Return a value in its stored form, as the body of a row of this version. Without `version`, it is
        the version that this release writes."""
        from pydantic_core import to_json

        plain = self._adapter.dump_python(value, mode="json", exclude=self._leaves)
        if self._carriers:  # unknown fields were read here
            self.complete(value, plain)
        for name in self._records:
            plain |= plain.pop(name)
        for before in reversed(range(version or self.writes, self.schema)):
            plain = self._older[before].older(plain) if before in self._older else plain
        return to_json(plain)

    def complete(self, value: Any, plain: Any) -> None:
        """Add to `plain`, the JSON form of a value, the unknown fields that the value and its records
        keep."""
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
        """Return a value as read from `raw`. Each record in it also keeps the fields of `raw` that this
        release does not know."""
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
    """Return a subclass of the record class `kind` that also keeps unknown fields, even in copies. In all
    other respects, an instance behaves like a record of `kind`. It equals a record without unknown fields,
    and does not list them among its fields."""

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

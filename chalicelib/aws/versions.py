"""Lets two releases work side by side. Fields that an older one does not know survive its saves, and rows
that it cannot read are left alone.

A deploy changes workers one after another, so for some minutes an older and a newer release move the same
cases. pydantic is imported with the first row: most workers wake to find that nothing is due.
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
"""Turns a body of one version into a body of the next version."""
UNKNOWN = "unexpected_keyword_argument"
"""pydantic's code for a field that the dataclass does not have."""
OURS = ~(Row.v > READS)
"""The condition of a write that was not preceded by a read: the row was not written by a newer release."""


def known(row: Row, schema: int = READS) -> Row:
    """The row, if this release can read it; raises Newer for any other."""
    if int(row.v or 0) > schema:
        raise Newer(row.sk)
    return row


class Shape(Generic[T]):
    """Reads and writes values of one dataclass as JSON in the body of a row. It reads every version up to
    `schema` and writes version `writes`, if that is another. `older` holds by version what makes the next
    version of a body; a version that is not in it changed nothing here. `leaves` names fields that are not
    written.

    A field that holds a record by default (`Case.talks`) has no place of its own in a row: what is in the
    record stands there beside all others. So a release that knows no such record, or other ones, reads and
    writes the same rows, and putting a field into a record changes no row.

    A record with fields that this release does not know is read as one of a class of its own that carries
    them: whatever a move does with the record, they go where it goes, and are written where they were read.
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
        """What reads and writes the dataclass; made with the first row: no start waits for it."""
        from pydantic import TypeAdapter

        return TypeAdapter(self._kind)

    def read(self, row: Row) -> T:
        """The value in a row; raises Newer, and Unreadable for what no release writes."""
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
        """A value as the body of its row."""
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
        """A value that was read from `raw`, each record in it with the fields that this release does not
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
    """The class of a record that carries unknown fields, which a copy of the record has too. In everything
    else it is like the class it is made from: equal to a record without them, and they are not among its
    fields."""

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

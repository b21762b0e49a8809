"""One DynamoDB table in memory: items by key, and every index kept sorted.

A query therefore reads only its result.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cloud.expressions import Expressions, Invalid, Item, NotBuilt, Value, plain

Key = tuple[Any, Any]
Place = tuple[Any, Any, Any]
"""The place of an item in an index: its range there, then its key."""
BAD_VALUES = "One or more parameter values were invalid"
LARGEST_ITEM = 400 * 1024
"""The most bytes of an item, names and values together."""
LARGEST_PAGE = 1024 * 1024
"""The most bytes that one query reads before its page ends."""
LAST = "\U0010ffff"
"""A text that sorts after every other."""


def size(item: Item) -> int:
    """Return an item's bytes as DynamoDB counts them: names and values in UTF-8, a number by its digits."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Value) -> int:
    ((kind, held),) = value.items()
    if kind == "SS":
        return sum(len(one.encode()) for one in held)
    if kind not in ("S", "N"):
        raise NotBuilt(kind)
    return len(held.encode()) if kind == "S" else len(held) // 2 + 2


@dataclass
class Index:
    """A table's own order, or a global secondary index.

    Each partition has its rows sorted by range, then by the table's key.
    """

    hash: str
    range: str
    kept: frozenset[str] | None = None
    partitions: dict[Any, list[Place]] = field(default_factory=dict)

    def add(self, key: Key, item: Item) -> None:
        """Add an item, if it has both attributes."""
        if self.hash in item and self.range in item:
            insort(self.partitions.setdefault(plain(item[self.hash]), []), (plain(item[self.range]), *key))

    def drop(self, key: Key, item: Item) -> None:
        """Remove an item."""
        if self.hash in item and self.range in item:
            rows = self.partitions[plain(item[self.hash])]
            del rows[bisect_left(rows, (plain(item[self.range]), *key))]

    def of(self, item: Item) -> Item:
        """Return the attributes of an item that the index stores."""
        return item if self.kept is None else {name: item[name] for name in item if name in self.kept}


class Table:
    """A table with its indexes, as CreateTable describes it; it raises `Invalid` as DynamoDB does."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.described = described
        self.types = {one["AttributeName"]: one["AttributeType"] for one in described["AttributeDefinitions"]}
        self.hash, self.range = (part["AttributeName"] for part in described["KeySchema"])
        self.items: dict[Key, Item] = {}
        self.own = Index(self.hash, self.range)
        self.indexes = {
            made["IndexName"]: self._index(made) for made in described.get("GlobalSecondaryIndexes", ())
        }

    def _index(self, made: Mapping[str, Any]) -> Index:
        parts = [part["AttributeName"] for part in made["KeySchema"]]
        kept = frozenset((self.hash, self.range, *parts, *made["Projection"].get("NonKeyAttributes", ())))
        return Index(parts[0], parts[1], None if made["Projection"]["ProjectionType"] == "ALL" else kept)

    def empty(self) -> None:
        """Delete every item."""
        self.items.clear()
        for index in (self.own, *self.indexes.values()):
            index.partitions.clear()

    def key(self, item: Item, whole: bool = False) -> Key:
        """Return the key of an item, or of a bare key unless `whole`; raise `Invalid`."""
        if not whole and item.keys() != {self.hash, self.range}:
            raise Invalid("The provided key element does not match the schema")
        for name in (self.hash, self.range):
            if name not in item:
                raise Invalid(f"{BAD_VALUES}: Missing the key {name} in the item")
            if self.types[name] not in item[name]:
                raise Invalid(f"{BAD_VALUES}: Type mismatch for key {name} expected: {self.types[name]}")
            if item[name].get("S") == "":
                raise Invalid(f"{BAD_VALUES}: A key attribute cannot be an empty string. Key: {name}")
        return plain(item[self.hash]), plain(item[self.range])

    def fits(self, item: Item, too_large: str = "Item size has exceeded the maximum allowed size") -> Item:
        """Return the item if the table can hold it; raise `Invalid`."""
        if size(item) > LARGEST_ITEM:
            raise Invalid(too_large)
        for name, index in self.indexes.items():
            for part in (index.hash, index.range):
                if part in item and (self.types[part] not in item[part] or item[part].get("S") == ""):
                    raise Invalid(f"{BAD_VALUES}: Type mismatch for Index Key {part} IndexName: {name}")
        return item

    def put(self, item: Item) -> None:
        """Write an item over the present one."""
        key = self.key(item, whole=True)
        self._write(key, self.items.get(key), item)

    def delete(self, key: Key) -> None:
        """Remove an item, if it exists."""
        if key in self.items:
            self._write(key, self.items[key], None)

    def _write(self, key: Key, was: Item | None, now: Item | None) -> None:
        for index in (self.own, *self.indexes.values()):
            before, after = (item and (item.get(index.hash), item.get(index.range)) for item in (was, now))
            if before != after:
                if was is not None:
                    index.drop(key, was)
                if now is not None:
                    index.add(key, now)
        if now is None:
            del self.items[key]
        else:
            self.items[key] = now

    def query(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a Query; a page that ends at its limit names its last key, even if nothing follows."""
        given = Expressions(request, "KeyConditionExpression", "FilterExpression", "ProjectionExpression")
        if "IndexName" in request and request["IndexName"] not in self.indexes:
            raise Invalid(f"The table does not have the specified index: {request['IndexName']}")
        index = self.indexes[request["IndexName"]] if "IndexName" in request else self.own
        if index is not self.own and request.get("ConsistentRead"):
            raise Invalid("Consistent reads are not supported on global secondary indexes")
        on = given.key_condition(request["KeyConditionExpression"])
        if index.hash not in on or on[index.hash][0] != "=" or not on.keys() <= {index.hash, index.range}:
            raise Invalid(f"Query condition missed key schema element: {index.hash}")
        for name, (_, values) in on.items():
            if any(self.types[name] not in value for value in values):
                raise Invalid(f"{BAD_VALUES}: Condition parameter type does not match schema type")
        rows = index.partitions.get(plain(on[index.hash][1][0]), [])
        low, high = _span(rows, *on[index.range]) if index.range in on else (0, len(rows))
        forward = request.get("ScanIndexForward", True)
        if "ExclusiveStartKey" in request:
            start = self._start(request["ExclusiveStartKey"], index, on)
            if forward:
                low = max(low, bisect_right(rows, start))
            else:
                high = min(high, bisect_left(rows, start))
        return self._page(request, given, index, rows[low:high] if forward else rows[low:high][::-1])

    def scan(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a Scan of the whole table, in one segment."""
        given = Expressions(request, "FilterExpression", "ProjectionExpression")
        rows = sorted(((key[1], *key) for key in self.items), key=lambda row: row[1:])
        if "ExclusiveStartKey" in request:
            start = self.key(request["ExclusiveStartKey"])
            rows = [row for row in rows if row[1:] > start]
        return self._page(request, given, self.own, rows)

    def _start(self, start: Item, index: Index, on: Mapping[str, Any]) -> Place:
        named = {self.hash, self.range, index.hash, index.range}
        if start.keys() != named or any(self.types[name] not in start[name] for name in named):
            raise Invalid("The provided starting key is invalid")
        if plain(start[index.hash]) != plain(on[index.hash][1][0]):
            raise Invalid("The provided starting key is outside query boundaries")
        return plain(start[index.range]), plain(start[self.hash]), plain(start[self.range])

    def _page(
        self, request: Mapping[str, Any], given: Expressions, index: Index, rows: list[Place]
    ) -> dict[str, Any]:
        found, read, seen, last = list[Item](), 0, 0, None
        for row in rows:
            item = index.of(self.items[row[1], row[2]])
            seen, read = seen + 1, read + size(item)
            if given.holds(request.get("FilterExpression"), item):
                found.append(given.projected(request.get("ProjectionExpression"), item))
            if seen == request.get("Limit") or read >= LARGEST_PAGE:
                whole = self.items[row[1], row[2]]
                last = {name: whole[name] for name in (self.hash, self.range, index.hash, index.range)}
                break
        answer: dict[str, Any] = {"Count": len(found), "ScannedCount": seen}
        if request.get("Select") != "COUNT":
            answer["Items"] = found
        return answer | ({"LastEvaluatedKey": last} if last else {})


def _span(rows: list[Place], how: str, values: list[Value]) -> tuple[int, int]:
    """Return the start and end of the rows whose range meets the comparison."""

    def left(value: Any) -> int:
        return bisect_left(rows, value, key=lambda row: row[0])

    def right(value: Any) -> int:
        return bisect_right(rows, value, key=lambda row: row[0])

    one, *more = map(plain, values)
    match how:
        case "=":
            return left(one), right(one)
        case "<":
            return 0, left(one)
        case "<=":
            return 0, right(one)
        case ">":
            return right(one), len(rows)
        case ">=":
            return left(one), len(rows)
        case "BETWEEN":
            return left(one), right(more[0])
    return left(one), right(one + LAST)

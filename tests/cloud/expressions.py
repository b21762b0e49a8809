"""The expressions of DynamoDB that our requests carry, parsed into trees and applied to one item.

The grammar is that of the DynamoDB developer guide ("Condition and filter expressions", "Update expressions")
for top-level attributes, since our rows have no others. Anything else raises `NotBuilt`, which no product
code can catch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

Value = Mapping[str, Any]
"""A value as sent: its type and its content, as {"S": "text"} or {"N": "1"}."""
Item = Mapping[str, Value]
Tree = tuple[Any, ...]
TOKEN = re.compile(r"\s*([#:]?\w+|<>|<=|>=|[=<>(),+-])")
COMPARISONS = {"=", "<>", "<", "<=", ">", ">="}
FUNCTIONS = {
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "size",
    "if_not_exists",
}
NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
CLAUSES = {"SET", "REMOVE", "ADD", "DELETE"}
RESERVED = {*ReservedKeywords.get_reserved_keywords()}
"""The words that name no attribute in an expression, in capital letters."""


class NotBuilt(BaseException):
    """A request that this small AWS does not know.

    It is no Exception, so that product code cannot take it for a fault.
    """


class Invalid(Exception):
    """An error that DynamoDB would answer with a ValidationException of the same text."""


@lru_cache(None)
def condition(text: str) -> Tree:
    """Parse a condition, a key condition or a filter into a tree."""
    return _Reader(text).whole_condition()


@lru_cache(None)
def update(text: str) -> tuple[Tree, ...]:
    """Parse an update into its actions, each (clause, name, operand)."""
    return _Reader(text).whole_update()


def projection(text: str) -> list[str]:
    """Return the names in a projection."""
    return [name.strip() for name in text.split(",")]


@lru_cache(None)
def placeholders(text: str) -> frozenset[str]:
    """Return the placeholders that an expression uses."""
    return frozenset(token for token in TOKEN.findall(text) if token[0] in "#:")


@lru_cache(None)
def reserved(text: str) -> frozenset[str]:
    """Return the reserved words that an expression uses as names of attributes."""
    words = {"AND", "OR", "NOT", "IN", "BETWEEN", *CLAUSES, *FUNCTIONS}
    return frozenset(
        token for token in TOKEN.findall(text) if token not in words and token.upper() in RESERVED
    )


class Expressions:
    """The expressions of one request and the values of their placeholders.

    A missing or unused placeholder, or a reserved word as a name, raises `Invalid`.
    """

    def __init__(self, request: Mapping[str, Any], *kinds: str) -> None:
        self.names: Mapping[str, str] = request.get("ExpressionAttributeNames") or {}
        self.values: Mapping[str, Value] = request.get("ExpressionAttributeValues") or {}
        said = [request[kind] for kind in kinds if kind in request]
        if words := frozenset[str]().union(*map(reserved, said)):
            raise Invalid(f"Attribute name is a reserved keyword; reserved keyword: {min(words)}")
        used = frozenset[str]().union(*map(placeholders, said))
        if unused := (self.names.keys() | self.values.keys()) - used:
            raise Invalid(f"Value unused in expressions: keys: {', '.join(sorted(unused))}")
        if missing := used - self.names.keys() - self.values.keys():
            raise Invalid(f"An attribute used in an expression is not defined: {', '.join(sorted(missing))}")

    def name(self, token: str) -> str:
        """Return the attribute that a token names."""
        return self.names[token] if token[0] == "#" else token

    def holds(self, text: str | None, item: Item | None) -> bool:
        """Return whether an item meets a condition; a missing condition is always met.

        A missing item has no attributes.
        """
        return text is None or self._holds(condition(text), item or {})

    def _holds(self, tree: Tree, item: Item) -> bool:
        match tree:
            case ("AND", one, other):
                return self._holds(one, item) and self._holds(other, item)
            case ("OR", one, other):
                return self._holds(one, item) or self._holds(other, item)
            case ("NOT", one):
                return not self._holds(one, item)
            case ("attribute_exists", path):
                return self.name(path) in item
            case ("attribute_not_exists", path):
                return self.name(path) not in item
            case ("attribute_type", path, kind):
                return self.values[kind]["S"] in item.get(self.name(path), {})
            case ("begins_with" | "contains" as how, path, part):
                return _within(how, self._value(path, item), self._value(part, item))
            case ("IN", operand, among):
                mine = self._value(operand, item)
                return any(compared("=", mine, self._value(one, item)) for one in among)
            case ("BETWEEN", operand, low, high):
                mine = self._value(operand, item)
                ends = self._value(low, item), self._value(high, item)
                return compared(">=", mine, ends[0]) and compared("<=", mine, ends[1])
            case (sign, one, other) if sign in COMPARISONS:
                return compared(sign, self._value(one, item), self._value(other, item))
        raise NotBuilt(tree)

    def _value(self, operand: Any, item: Item) -> Value | None:
        match operand:
            case ("size", path):
                held = item.get(self.name(path))
                return None if held is None else {"N": str(len(next(iter(held.values()))))}
            case ("if_not_exists", path, other):
                return item.get(self.name(path)) or self._value(other, item)
            case ("+" | "-" as sign, one, other):
                return self._sum(sign, self._value(one, item), self._value(other, item))
            case str():
                return self.values[operand] if operand[0] == ":" else item.get(self.name(operand))
        raise NotBuilt(operand)

    def _sum(self, sign: str, one: Value | None, other: Value | None) -> Value:
        if one is None or other is None:
            raise Invalid(NO_ATTRIBUTE)
        if one.keys() != {"N"} or other.keys() != {"N"}:
            raise Invalid("An operand in the update expression has an incorrect data type")
        a, b = Decimal(one["N"]), Decimal(other["N"])
        return {"N": number(a + b if sign == "+" else a - b)}

    def _added(self, held: Value | None, more: Value | None) -> Value:
        """Return the result of ADD: a sum of numbers, or a larger set."""
        if more and more.keys() == {"SS"} and (held is None or held.keys() == {"SS"}):
            return {"SS": sorted({*(held or {"SS": ()})["SS"], *more["SS"]})}
        return self._sum("+", held or {"N": "0"}, more)

    def _reduced(self, name: str, held: Value | None, less: Value | None) -> dict[str, Value]:
        """Return the result of DELETE: a smaller set, which may be empty; {} without a set."""
        if held is None:
            return {}
        if not less or less.keys() != {"SS"} or held.keys() != {"SS"}:
            raise NotBuilt(name)
        return {name: {"SS": sorted({*held["SS"]} - {*less["SS"]})}}

    def updated(self, text: str, item: Item, keys: Iterable[str]) -> dict[str, Value]:
        """Return an item after an update, whose right sides read the item before it.

        Raise `Invalid` for an attribute of the key.
        """
        after, touched = dict(item), set[str]()
        for clause, token, operand in update(text):
            name = self.name(token)
            if name in keys:
                raise Invalid(
                    f"One or more parameter values were invalid: Cannot update attribute {name}. "
                    "This attribute is part of the key"
                )
            if name in touched:
                raise Invalid("Invalid UpdateExpression: Two document paths overlap with each other")
            touched.add(name)
            if clause == "REMOVE":
                after.pop(name, None)
                continue
            if clause == "DELETE":
                after |= self._reduced(name, item.get(name), self._value(operand, item))
                if after.get(name) == {"SS": []}:
                    after.pop(name)
                continue
            if clause == "ADD":
                value: Value | None = self._added(item.get(name), self._value(operand, item))
            else:
                value = self._value(operand, item)
            if value is None:
                raise Invalid(NO_ATTRIBUTE)
            after[name] = value
        return after

    def projected(self, text: str | None, item: Item) -> Item:
        """Return the attributes of an item that a projection names, or all without one."""
        if text is None:
            return item
        wanted = {self.name(token) for token in projection(text)}
        return {name: value for name, value in item.items() if name in wanted}

    def key_condition(self, text: str) -> dict[str, tuple[str, list[Value]]]:
        """Return a key condition as the comparison and values of each attribute."""
        found = {}
        trees = [condition(text)]
        while trees:
            match trees.pop():
                case ("AND", one, other):
                    trees += [one, other]
                case ("BETWEEN", path, *values) | ("begins_with", path, *values) as tree:
                    found[self.name(path)] = tree[0], [self.values[value] for value in values]
                case ("=" | "<" | "<=" | ">" | ">=" as sign, path, value):
                    found[self.name(path)] = sign, [self.values[value]]
                case tree:
                    raise Invalid(f"Invalid operator used in KeyConditionExpression: {tree[0]}")
        return found


def plain(value: Value) -> Any:
    """Return the content of a value in DynamoDB's order: text by code points, numbers by size."""
    ((kind, held),) = value.items()
    return Decimal(held) if kind == "N" else held


def number(value: Decimal) -> str:
    """Return a number as DynamoDB writes it."""
    return f"{value.normalize():f}"


def compared(sign: str, one: Value | None, other: Value | None) -> bool:
    """Return whether two values compare so.

    A missing value, or one of another kind, equals nothing and is neither smaller nor larger.
    """
    alike = one is not None and other is not None and one.keys() == other.keys()
    if sign in ("=", "<>"):
        return (sign == "=") == bool(alike and plain(one) == plain(other))  # type: ignore[arg-type]
    if not alike:
        return False
    if next(iter(one)) not in "SNB":  # type: ignore[arg-type]
        raise Invalid(f"Invalid ConditionExpression: Incorrect operand type for operator; operator: {sign}")
    a, b = plain(one), plain(other)  # type: ignore[arg-type]
    return bool(a < b if sign == "<" else a <= b if sign == "<=" else a > b if sign == ">" else a >= b)


def _within(how: str, whole: Value | None, part: Value | None) -> bool:
    if how == "contains" and whole and part and "SS" in whole and "S" in part:
        return part["S"] in whole["SS"]
    if not whole or not part or "S" not in whole or "S" not in part:
        if whole and "S" not in whole:
            raise NotBuilt(how, whole)
        return False
    return whole["S"].startswith(part["S"]) if how == "begins_with" else part["S"] in whole["S"]


class _Reader:
    """A parser of one expression, from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens, at = list[str](), 0
        text = text.rstrip()
        while at < len(text):
            token = TOKEN.match(text, at)
            if token is None:
                raise NotBuilt(text)
            self._tokens.append(token[1])
            at = token.end()
        self._text, self._at = text, 0

    def whole_condition(self) -> Tree:
        tree = self._or()
        self._end()
        return tree

    def whole_update(self) -> tuple[Tree, ...]:
        actions = []
        while self._next():
            clause = self._take()
            if clause not in CLAUSES:
                raise NotBuilt(self._text)
            while True:
                name, operand = self._take(), None
                if clause == "SET":
                    self._take("=")
                    operand = self._sum()
                elif clause in ("ADD", "DELETE"):
                    operand = self._operand()
                actions.append((clause, name, operand))
                if self._next() != ",":
                    break
                self._take(",")
        return tuple(actions)

    def _or(self) -> Tree:
        tree = self._and()
        while self._next() == "OR":
            self._take()
            tree = "OR", tree, self._and()
        return tree

    def _and(self) -> Tree:
        tree = self._not()
        while self._next() == "AND":
            self._take()
            tree = "AND", tree, self._not()
        return tree

    def _not(self) -> Tree:
        if self._next() == "NOT":
            self._take()
            return "NOT", self._not()
        if self._next() == "(":
            self._take()
            tree = self._or()
            self._take(")")
            return tree
        operand = self._operand()
        sign = self._next()
        if sign == "IN":
            self._take()
            return "IN", operand, self._list()
        if sign == "BETWEEN":
            self._take()
            low = self._operand()
            self._take("AND")
            return "BETWEEN", operand, low, self._operand()
        if sign in COMPARISONS:
            return self._take(), operand, self._operand()
        if isinstance(operand, tuple):
            return operand
        raise NotBuilt(self._text)

    def _sum(self) -> Any:
        operand = self._operand()
        if self._next() in ("+", "-"):
            return self._take(), operand, self._operand()
        return operand

    def _operand(self) -> Any:
        token = self._take()
        if self._next() != "(":
            if not re.fullmatch(r"[#:]?\w+", token):
                raise NotBuilt(self._text)
            return token
        if token not in FUNCTIONS:
            raise NotBuilt(token)
        return (token, *self._list())

    def _list(self) -> list[Any]:
        self._take("(")
        found = [self._operand()]
        while self._next() == ",":
            self._take()
            found.append(self._operand())
        self._take(")")
        return found

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._next()
        if not token or (wanted and token != wanted):
            raise NotBuilt(self._text)
        self._at += 1
        return token

    def _end(self) -> None:
        if self._next():
            raise NotBuilt(self._text)

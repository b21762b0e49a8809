"""A map from the columns of a file to the fields of the interface, and the request bodies made by it.

A map is a TOML file. `[fields]` has one line for each field: the name of a column, or a table with one of
`column`, `text` (a template with column names in braces) or `value` (the same for every record). `table`
names a table under `[tables]`, which has a code for each value of the column, and `"*"` for any other.
`prefix` stands before the value, and `otherwise` is the template that is used for a blank one. A column that
is `optional` may be missing. `[file]` says how to read the file; `[leaves_out]` says why a column is not
used."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jsonschema_rs

from infra.bulk.sheets import SHORTENED, Cell, Record, Unreadable

SECTIONS = ("fields", "file", "tables", "leaves_out")
FILE = frozenset({"encoding", "separator", "sheet", "zone", "dates"})
"""The settings of `[file]`. `dates`: "day first" or "month first", how a date such as 02/03/2026 is read.
`zone`: the time zone of times without one."""
ORDERS = {"day first": (2, 1, 0), "month first": (2, 0, 1)}
"""Where year, month and day stand in a date such as 02/03/2026, by the setting `dates`."""
PLACE = re.compile(r"\{([^{}]+)\}")
YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
TOGETHER = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
CLOCK = re.compile(r"[ T]*(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.\d+)?)?")
SHORT = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d{2,}")
"""A number as Excel writes a long one into CSV, such as 1.23457E+15."""
PARTS = re.compile(r"[;；、,，\n|]")
"""The separators of several codes in one cell."""
YES = frozenset({"true", "yes", "y", "1", "x", "是", "有", "对"})
NO = frozenset({"false", "no", "n", "0", "否", "无", "没有"})
SUBMIT = ("paths", "/v1/complaints", "post", "requestBody", "content", "application/json", "schema")
EXTERNAL_ID = "/external_id"
DANGER = frozenset({"hurt", "could_be"})
"""The values of `hurt` that make a complaint a report of danger."""
KEYS = frozenset({"column", "text", "value", "table", "prefix", "otherwise", "optional"})


class WrongMap(Exception):
    """The error for a map that cannot be used, in words for a person."""


class Fault(NamedTuple):
    """What is wrong with a record. `field`: the JSON pointer of a field, or "". `column`: the columns that
    the map takes it from, or ""."""

    field: str
    column: str
    why: str


class Source(NamedTuple):
    """Where a field comes from; see the keys of a line of the map above."""

    field: str
    column: str = ""
    text: str = ""
    value: Any = None
    table: str = ""
    prefix: str = ""
    otherwise: str = ""
    optional: bool = False

    @property
    def columns(self) -> list[str]:
        """Return the columns that the field is made from."""
        templates = PLACE.findall(self.text + self.otherwise)
        return [*dict.fromkeys(filter(None, [self.column, *templates]))]


class Filing(NamedTuple):
    """A complaint to be filed for a record. `faults`: what is wrong with it. `site`: where it is filed."""

    n: int
    body: dict[str, Any]
    faults: list[Fault]
    site: str = ""

    @property
    def ready(self) -> bool:
        """Return whether the complaint can be sent. A report of danger is sent with its faults, because the
        interface never refuses one; it then lacks the parts that cannot be read."""
        placed = {fault.field for fault in self.faults}
        return not placed or (self.body.get("hurt") in DANGER and not placed & {"", EXTERNAL_ID})

    @property
    def external_id(self) -> str:
        """Return the partner's own number of the complaint, or "" without one."""
        return str(self.body.get("external_id", ""))

    @property
    def digest(self) -> str:
        """Return a digest of the request, by which an unchanged record is known in a later run. On another
        site it is another one."""
        said = json.dumps([self.site, self.body], sort_keys=True, ensure_ascii=False)
        return sha256(said.encode()).hexdigest()[:32]


class Schema:
    """The schema of a complaint in the interface's document (OpenAPI)."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        # no record sends null, and without it the errors of optional fields are precise
        self._document: Any = _without_null(document)
        self._body = self._document
        for step in SUBMIT:
            self._body = self._body[step]
        whole = {**self._body, "components": self._document["components"]}
        self._validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True, mask="The value")

    def kind(self, field: str) -> dict[str, Any]:
        """Return the schema of a field. Raises WrongMap for a field that the interface does not have."""
        node = self._resolved(self._body)
        for n, part in enumerate(steps := field.split(".")):
            known = node.get("properties", {})
            node = known.get(part) if not part.isdecimal() else node.get("items")
            if node is None:
                near = difflib.get_close_matches(part, known, 1)
                hint = f"; did you mean {'.'.join([*steps[:n], near[0]])}?" if near else ""
                raise WrongMap(f"fields: the interface has no field {field}{hint}")
            node = self._resolved(node)
        return dict(node)

    def resolved(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """Return a schema behind its reference."""
        return dict(self._resolved(node))

    def faults(self, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield (JSON pointer, reason) for each fault of a body. No reason quotes a value."""
        for error in self._validator.iter_errors(body):
            missing = getattr(error.kind, "property", "")
            pointer = "".join(f"/{step}" for step in [*error.instance_path, *filter(None, [missing])])
            yield pointer, "is missing" if missing else error.message

    def _resolved(self, node: Any) -> Any:
        while "$ref" in node:
            path, node = node["$ref"], self._document
            for step in path.removeprefix("#/").split("/"):
                node = node[step]
        return node


def _without_null(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_null(one) for one in node]
    if not isinstance(node, dict):
        return node
    kinds = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
    if len(kinds) == 1:
        node = {name: said for name, said in node.items() if name != "anyOf"} | kinds[0]
    return {name: _without_null(said) for name, said in node.items()}


class Map:
    """A map that fits the interface of the `site`. Raises WrongMap."""

    def __init__(self, path: Path, schema: Schema, site: str = "") -> None:
        try:
            said = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise WrongMap(f"{path}: {error}") from None
        _known(said, SECTIONS, path.name)
        fields, self.file, self.tables, self.leaves_out = (_section(said, name) for name in SECTIONS)
        for name, table in self.tables.items():
            _known(_section(self.tables, name), table, name)
        _known(self.file, FILE, "file")
        _texts(self.file, "file")
        self._schema, self._site = schema, site
        self.sources = [_source(field, line) for field, line in fields.items()]
        self._kinds = {one.field: schema.kind(one.field) for one in self.sources}
        for one in self.sources:
            if one.table and one.table not in self.tables:
                raise WrongMap(f"fields: {one.field} needs the table {one.table!r}, which is not there")
        if "external_id" not in self._kinds:
            raise WrongMap("fields: external_id is needed, so that no complaint is filed twice")
        if self.file.get("dates", "day first") not in ORDERS:
            raise WrongMap(f"file: dates is one of {', '.join(map(repr, ORDERS))}")
        try:
            self._zone = ZoneInfo(self.file.get("zone", "Asia/Shanghai"))
        except (ZoneInfoNotFoundError, ValueError):
            raise WrongMap(f"file: there is no time zone {self.file['zone']!r}") from None

    @property
    def columns(self) -> list[str]:
        """Return all columns that the map uses."""
        return [*dict.fromkeys(column for one in self.sources for column in one.columns)]

    def unused(self, columns: list[str]) -> list[str]:
        """Return those of a file's columns that the map neither uses nor leaves out on purpose. Raises
        WrongMap if the file lacks a column that the map needs, or has one twice."""
        optional = {column for one in self.sources if one.optional for column in one.columns}
        for column in self.columns:
            if columns.count(column) > 1:
                raise WrongMap(f"the file has the column {column!r} twice")
            if column not in columns and column not in optional:
                near = difflib.get_close_matches(column, columns, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise WrongMap(f"the file has no column {column!r}{hint}")
        return [one for one in columns if one and one not in self.columns and one not in self.leaves_out]

    def filing(self, record: Record) -> Filing:
        """Return the complaint for a record, with everything that is wrong with it as far as this machine can
        tell."""
        if record.fault:
            return Filing(record.n, {}, [Fault("", "", record.fault)], self._site)
        values, faults, told = dict[str, Any](), list[Fault](), set[str]()
        for one in self.sources:
            try:
                value = self._value(one, record.cells)
            except ValueError as error:
                faults.append(Fault(_pointer(one.field), ", ".join(one.columns), str(error)))
                continue
            if value is not None:
                values[one.field] = value
                told |= {one.field} if one.value is None else set()
        body = _nested(values, told)
        placed = {fault.field for fault in faults}
        if EXTERNAL_ID not in placed and "external_id" not in body:
            faults.append(self.fault(EXTERNAL_ID, "is blank: it is needed"))
        faults += [
            self.fault(pointer, why)
            for pointer, why in self._schema.faults(body)
            if not any(one == pointer or one.startswith(f"{pointer.rstrip('/')}/") for one in placed)
        ]
        return Filing(record.n, body, faults, self._site)

    def fault(self, pointer: str, why: str) -> Fault:
        """Return a fault of a field with the columns that the map takes it from."""
        at = f"{pointer.strip('/').replace('/', '.')}."
        around = [one for one in self.sources if at.startswith(f"{one.field}.")]
        inside = [one for one in self.sources if one.field.startswith(at)]
        columns = dict.fromkeys(column for one in around or inside for column in one.columns)
        return Fault(pointer, ", ".join(columns), why)

    def _value(self, one: Source, cells: Mapping[str, Cell]) -> Any:
        """Return the value of a field, or None if it stays out. Raises ValueError with the reason."""
        if one.value is not None:
            return one.value
        said = _filled_in(one.text, cells) if one.text else cells.get(one.column, "")
        if said == "" and one.otherwise:
            said = _filled_in(one.otherwise, cells)
        if isinstance(said, Unreadable):
            raise ValueError(said.why)
        if said == "":
            return None
        if isinstance(said, str) and SHORT.fullmatch(said):
            raise ValueError(SHORTENED.why)
        if one.table:
            table = self.tables[one.table]
            said = table.get(_plain(said), table.get("*", ""))
            if said == "":
                raise ValueError(f"has a value that is not in the table {one.table!r} of the map")
        if one.prefix:
            said = one.prefix + _plain(said)
        return self._converted(said, self._kinds[one.field])

    def _converted(self, said: Any, kind: Mapping[str, Any]) -> Any:
        form, type_ = kind.get("format"), kind.get("type")
        if isinstance(said, list) and type_ != "array":
            raise ValueError("has several values where one is expected")
        if type_ == "array":
            parts = said if isinstance(said, list) else PARTS.split(_plain(said))
            inner = self._schema.resolved(kind["items"])
            return [self._converted(part, inner) for part in (str(part).strip() for part in parts) if part]
        if form == "date":
            return self._day(said).isoformat()
        if form == "date-time":
            return self._moment(said).isoformat()
        if type_ == "boolean":
            return _truth(said)
        if type_ == "integer" and _plain(said).isdecimal():
            return int(_plain(said))
        return {"amount": _plain(said)} if "amount" in kind.get("properties", ()) else _plain(said)

    def _day(self, said: Cell) -> date:
        if isinstance(said, datetime):
            return said.date()
        if isinstance(said, date):
            return said
        found = self._written_day(_plain(said))
        if found is None or found[1].strip():
            raise ValueError("is no date that can be read; write it as 2026-02-12")
        return found[0]

    def _moment(self, said: Cell) -> datetime:
        """Return a moment with its time zone. A day without a time stands for its beginning."""
        if isinstance(said, date) and not isinstance(said, datetime):
            said = datetime.combine(said, time())
        if isinstance(said, str):
            try:
                found = datetime.fromisoformat(said)
            except ValueError:
                found = self._written_moment(said)
            said = found
        if not isinstance(said, datetime):
            raise ValueError("is no time that can be read; write it as 2026-02-12 09:30")
        return said if said.tzinfo else said.replace(tzinfo=self._zone)

    def _written_moment(self, said: str) -> datetime:
        day, rest = self._written_day(said) or (None, "")
        clock = CLOCK.fullmatch(rest.strip()) if rest.strip() else None
        if day is None or (rest.strip() and not clock):
            raise ValueError("is no time that can be read; write it as 2026-02-12 09:30")
        hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
        return datetime.combine(day, time(hour, minute, second))

    def _written_day(self, said: str) -> tuple[date, str] | None:
        """Return the day with which a text begins, and the rest of the text. Return None without one. Raises
        ValueError for a day that may be two."""
        if found := YEAR_FIRST.match(said) or TOGETHER.fullmatch(said):
            return _date(*map(int, found.groups())), said[found.end() :]
        if found := YEAR_LAST.match(said):
            order = self.file.get("dates")
            if order is None:
                raise ValueError(
                    "is a date that may be two: set dates to day first or month first in the map"
                )
            year, month, day = (int(found[1 + place]) for place in ORDERS[order])
            return _date(year if year > 99 else 2000 + year, month, day), said[found.end() :]
        return None


def _known(said: Mapping[str, Any], known: Any, where: str) -> None:
    for name in said:
        if name not in known:
            raise WrongMap(f"{where}: {name!r} is none of {', '.join(sorted(known))}")


def _section(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(found := said.get(name, {}), dict):
        raise WrongMap(f"{name} is no table")
    return found


def _texts(said: Mapping[str, Any], where: str) -> None:
    for name, text in said.items():
        if not isinstance(text, str) and name not in ("value", "optional"):
            raise WrongMap(f"{where}: {name} is no text")


def _source(field: str, line: Any) -> Source:
    if isinstance(line, str):
        return Source(field, line)
    if not isinstance(line, dict):
        raise WrongMap(f"fields: {field} is neither a column nor a table")
    _known(line, KEYS, f"fields: {field}")
    _texts(line, f"fields: {field}")
    if sum(name in line for name in ("column", "text", "value")) != 1:
        raise WrongMap(f"fields: {field} needs one of column, text and value")
    return Source(field, **line)


def _filled_in(template: str, cells: Mapping[str, Cell]) -> Cell:
    """Return a template with the cells in their places; "" if all of these are blank. A cell that cannot be
    read is returned instead."""
    found = [cells.get(name, "") for name in PLACE.findall(template)]
    if unreadable := next((cell for cell in found if isinstance(cell, Unreadable)), None):
        return unreadable
    if found and not any(cell != "" for cell in found):
        return ""
    return PLACE.sub(lambda place: _plain(cells.get(place[1], "")), template).strip(" :：,，")


def _plain(said: Any) -> str:
    return said.isoformat() if isinstance(said, date) else str(said).strip()


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("is a date that does not exist; see dates in the map") from None


def _truth(said: Cell) -> bool:
    if isinstance(said, bool):
        return said
    word = _plain(said).lower()
    if word in YES | NO:
        return word in YES
    raise ValueError("is neither yes nor no")


def _pointer(field: str) -> str:
    return "/" + field.replace(".", "/")


def _nested(values: Mapping[str, Any], told: set[str]) -> dict[str, Any]:
    """Return the request body for fields by their path. An item of a list about which the record says nothing
    is left out, though the map gives it constants."""
    body = dict[str, Any]()
    for field in values:
        *way, last = field.split(".")
        place: Any = body
        for part in way:
            place = place.setdefault(part, {})
        place[last] = values[field]
    return dict(_listed(body, "", told))


def _listed(node: Any, path: str, told: set[str]) -> Any:
    """Return a mapping with number keys as lists."""
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() for key in node):
        return [
            _listed(node[key], f"{path}{key}.", told)
            for key in sorted(node, key=int)
            if key == "0" or any(one == f"{path}{key}" or one.startswith(f"{path}{key}.") for one in told)
        ]
    return {key: _listed(inner, f"{path}{key}.", told) for key, inner in node.items()}

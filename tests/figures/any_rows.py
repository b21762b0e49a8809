"""Random rows in every column of every stored table. Engines must compute the same figures from them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from chalicelib.figures.lake import SQL, parquet, path
from chalicelib.figures.tables import ENTRIES, KEPT, WORDS, Column

NEWEST = datetime(2026, 7, 4, 9, tzinfo=UTC)
"""The last moment of all rows. It lies in the first days of a quarter, in which complaints are sampled."""
DAYS = 450
"""The number of days in which the rows lie."""
WHOLE = {"ref", "n", "asked", "joined", "received_at", "recorded_at", "taken_at", "team", "type", "term"}
"""The columns that are never null."""
OTHERS = {"deadline": ("acknowledgement", "investigation")}
"""The codes of columns that a statement compares to a computed code."""


def write(folder: Path, seed: int, count: int = 300) -> None:
    """Write an export of `count` random complaints."""
    found = defaultdict[tuple[str, date], list[dict[str, Any]]](list)
    for table, day, row in rows(Random(seed), count):
        found[table, day].append(row)
    for (table, day), made in found.items():
        (file := folder / path(table, day)).parent.mkdir(parents=True)
        file.write_bytes(parquet(table, made))


def rows(dice: Random, count: int) -> Iterator[tuple[str, date, dict[str, Any]]]:
    """Yield the rows, each with its table and one of the last three days."""
    days = [NEWEST.date() - timedelta(days=n) for n in (2, 1, 0)]
    for i in range(count):
        ref = f"{i:012}"
        for day in dice.choice(([days[0]], days[:2], days[1:])):
            for table in sorted(KEPT.keys() - {WORDS, *ENTRIES}):
                for n in range(1 if table == "complaints" else dice.randrange(4)):
                    yield table, day, _row(dice, table, ref, n + 1)
    for table in sorted(ENTRIES):
        for i in range(count if table == "moves" else count // 10):
            for n in range(dice.randrange(1, 12)):
                yield table, dice.choice(days), _row(dice, table, f"{i:012}", n + 1)
    yield "moves", NEWEST.date(), _row(dice, "moves", "0", 1) | {"taken_at": NEWEST, "asked": False}
    for _ in range(count * 5):
        month = NEWEST.date().replace(month=dice.choice((3, 4, 5)), day=1)
        of = {"month": month, "type": dice.choice((None, "a", "b"))}
        yield WORDS, NEWEST.date(), _row(dice, WORDS, "", 0) | of


def _row(dice: Random, table: str, ref: str, n: int) -> dict[str, Any]:
    row = {name: _value(dice, name, column) for name, column in KEPT[table].items()}
    return row | {name: said for name, said in (("ref", ref), ("n", n)) if name in row}


def _value(dice: Random, name: str, column: Column) -> Any:
    if name not in WHOLE and dice.random() < 0.1:
        return None
    match column.kind:
        case "bigint":
            return dice.randrange(1, 6)
        case "boolean":
            return dice.random() < (0.1 if name in ("asked", "joined") else 0.5)
        case "date":
            return _moment(dice).date()
        case "timestamp":
            return _moment(dice)
    return dice.choice(codes(name))


def _moment(dice: Random) -> datetime:
    return NEWEST - timedelta(seconds=dice.randrange(DAYS * 86_400))


@cache
def codes(name: str) -> tuple[str, ...]:
    """Return the codes of a column: those to which a statement compares it, and others."""
    if name in ("person", "who"):
        return tuple(f"digest{n}" for n in range(40))
    sql = " ".join(file.read_text("utf-8") for file in SQL.rglob("*.sql"))
    compared = re.findall(rf"\b{name} (?:=|!=|<>|in|not in) ('\w+'|\((?:'\w+',?\s*)+\))", sql)
    found = {code for said in compared for code in re.findall(r"'(\w+)'", said)}
    return (*sorted(found), *OTHERS.get(name, ()), "a", "ü", "中")

"""The facts by month of receipt: what nights add up equals what the whole export gives."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from hypothesis import Phase, given, settings, strategies as st

from chalicelib.figures.lake import Lake, empty_table, every_statement, path
from chalicelib.figures.nightly import EXPORT, Nightly
from chalicelib.figures.tables import TABLES
from tests import years

BEGUN = datetime(2026, 1, 1)
DAYS, STEP = 110, 10
"""The days of a world, and how far its exported days are apart."""
MOVES = ("accept", "answer", "take_step", "answer_survey", "decline", "find_breach", "give_opinion")


class Disk(years.Disk):
    """A store in a folder, in which a write may fail. `left`: the number of writes before that."""

    left = 10**9

    def _write(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError

    def put(self, key: str, content: bytes, type: str = "") -> None:
        """Write a file, or fail."""
        self._write()
        super().put(key, content, type)

    def send(self, key: str, file: Path) -> None:
        """Copy a file into the store, or fail."""
        self._write()
        super().put(key, file.read_bytes())

    def fetch(self, key: str, file: Path) -> None:
        """Copy a file without a process of its own, which would take ten times as long."""
        file.write_bytes(self.read(key))

    def drop(self, key: str) -> None:
        """Delete a file, or fail."""
        self._write()
        super().drop(key)

    def etags(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield these keys with a mark of their content."""
        yield from ((key, sha256(self.read(key)).hexdigest()) for key in self.keys(folder))


class World:
    """Random complaints that are closed, reopened, joined, handed on and received in another month than was
    first said. `rows` holds what each day exports."""

    def __init__(self, dice: Random, count: int) -> None:
        self.rows: dict[date, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        for n in range(count):
            self._live(dice, f"26{n:010}")

    def _live(self, dice: Random, ref: str) -> None:
        at = BEGUN + timedelta(days=dice.randrange(0, 30, STEP), seconds=dice.randrange(70_000))
        head: dict[str, Any] = {
            **{"received_at": at - dice.choice((0, 0, 20)) * timedelta(days=1), "recorded_at": at},
            **{"channel": dice.choice(("web", "phone")), "team": dice.choice("ab"), "stage": "investigating"},
            **{"type": dice.choice(("price", "quality")), "sub_type": "x", "joined": False, "reopened": 0},
            **{
                "class": dice.choice(("food", None)),
                "company": None,
                "repeats": dice.choice(("r", "s", None)),
                "region": dice.choice(("11", None)),
            },
        }
        holders: list[dict[str, Any]] = [{"n": 1, "since": at, "team": head["team"]}]
        causes: list[dict[str, Any]] = []
        promises: list[dict[str, Any]] = []
        moves: list[dict[str, Any]] = [{"n": 1, "taken_at": at, "move": "submit", "code": "x"}]
        for n in range(2, 2 + dice.randrange(9)):
            self._export(ref, at.date(), head, holders, causes, promises, moves)
            before, end = at.date(), datetime(at.year, at.month, at.day) + timedelta(days=1)
            at += dice.random() * (end - at) + dice.choice((0, 1, 1, 2, 4)) * timedelta(days=STEP)
            if at >= BEGUN + timedelta(days=DAYS):
                return
            moves = moves if at.date() == before else []
            step = dice.choice((*MOVES, "close", "reopen", "hand", "correct", "join", "ask_opinion"))
            row: dict[str, Any] = {"n": n, "taken_at": at, "move": step, "code": dice.choice("xy")}
            match step:
                case "close":
                    head |= {"stage": "closed", "closed_at": at, "outcome": "answered_accepted"}
                case "reopen":
                    head |= {"stage": "investigating", "closed_at": None, "outcome": None, "reopened": 1}
                case "hand":
                    head["team"] = dice.choice("ab")
                    holders = [*holders, {"n": n, "since": at, "team": head["team"], "owner": "zhao"}]
                case "correct":
                    head["received_at"] = head["recorded_at"] - dice.randrange(40) * timedelta(days=1)
                case "join":
                    head |= {"joined": True, "stage": "closed", "closed_at": at, "outcome": "joined"}
                case "answer":
                    causes = [{"rank": 1, "code": dice.choice(("design", "skill")), "found_at": at}]
                    by = at.date() + timedelta(days=dice.randrange(60))
                    promise = {
                        "id": "O1",
                        "kind": "refund",
                        "debtor": "business",
                        "agreed": False,
                        "by_day": by,
                    }
                    promises = [
                        {
                            **promise,
                            "state": dice.choice(("due", "confirmed")),
                            "state_at": at,
                            "amount": dice.randrange(1, 9),
                            "person": dice.choice("pqr"),
                        }
                    ]
                    promises[0]["breached"] = False
                case "take_step":
                    row |= {"deadline": "investigation", "early": False, "waited_s": dice.randrange(90)}
                case "answer_survey":
                    row |= {"person": dice.choice("pqrst"), "overall": dice.randrange(1, 6), "ease": 3}
                case "give_opinion":
                    row |= {"person": dice.choice("pqrst"), "findable": dice.randrange(1, 6)}
            moves = [*moves, row]
        self._export(ref, at.date(), head, holders, causes, promises, moves)

    def _export(self, ref: str, day: date, head: dict[str, Any], *rest: list[dict[str, Any]]) -> None:
        rows = self.rows[day]
        rights = [{"code": head["channel"]}]
        matters = [{"n": 1, "type": head["type"], "accepted": True, "conclusion": "upheld"}]
        tables = ("holders", "causes", "promises", "moves", "matters", "rights", "complaints")
        for table, told in zip(tables, (*rest, matters, rights, [head]), strict=True):
            rows[table] = [row for row in rows[table] if row["ref"] != ref]
            rows[table] += [
                {"ref": ref, **({"asked": False} if table == "moves" else {}), **one} for one in told
            ]

    def store(self, store: Disk, days: Iterable[date], without: str = "none") -> None:
        """Export days, without the complaints whose number ends with `without`. DuckDB writes all files of a
        table at once."""
        with duckdb.connect() as db:
            for table, columns in TABLES.items():
                for day in days:
                    years.Disk.put(store, EXPORT + path(table, day), empty_table(table))
                rows = [{**row, "day": day} for day in days for row in self.rows[day][table]]
                lines = [json.dumps(row, default=str) for row in rows if not row["ref"].endswith(without)]
                if not lines:
                    continue
                kinds = {name: column.kind for name, column in columns.items()} | {"day": "date"}
                (file := store.folder / "rows.json").write_text("\n".join(lines), "utf-8")
                read = db.read_json(str(file), columns=kinds, format="newline_delimited")
                read.query(
                    "rows",
                    f"copy rows to '{store.folder}/{EXPORT}{table}' (format parquet, partition_by (day), "
                    "filename_pattern 'rows', overwrite_or_ignore)",
                )


def figures(lake: Lake) -> dict[str, list[str]]:
    """Return the rows of every statement, in any order. The last digits of a number depend on the order of
    additions."""
    return {
        name: sorted(
            str({column: round(said, 7) if isinstance(said, float) else said for column, said in row.items()})
            for row in lake.run(name)
        )
        for name in every_statement()
    }


def agree(nightly: Nightly, store: Disk) -> None:
    """Fail unless the sums of the months are what the whole export gives."""
    lake = nightly.lake()
    assert lake
    added, whole = figures(lake), figures(Lake(store.folder / EXPORT))
    for name in every_statement():
        assert added[name] == whole[name], name


@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.integers(0, 10**9))
def test_sums_of_months_are_those_of_the_whole_export(number: int) -> None:
    """Days that are exported in any order, again, with fewer complaints, and runs that break off at any
    write: in the end every statement gives the same rows as over the whole export."""
    dice = Random(number)
    world = World(dice, 30)
    with TemporaryDirectory() as folder:
        store = Disk(Path(folder) / "store")
        nightly = years.night(store, Path(folder) / "local")
        days = sorted(world.rows)
        late = dice.sample(days, 4)
        rest = [day for day in days if day not in late]
        cut = dice.randrange(1, len(rest))
        for group in (rest[:cut], rest[cut:], late):
            world.store(store, group)
            store.left = dice.randrange(1, 40)
            with suppress(ConnectionError):
                nightly.lake()
            store.left = 10**9
        if number % 2:
            agree(nightly, store)
            world.store(store, dice.sample(days, 2), str(dice.randrange(10)))
        agree(nightly, store)

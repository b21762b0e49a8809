"""The facts: the newest rows of each complaint, added day by day."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from chalicelib.figures.lake import Facts, Lake, statements
from chalicelib.figures.nightly import FACTS, Nightly
from chalicelib.figures.tables import TABLES
from tests.figures.five_years import export, facts as generated
from tests.scenario import DAY, T0, Scenario

COUNT = 150


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a generated export of 80 days, with a file for each table and day."""
    export(folder := tmp_path_factory.mktemp("year"), COUNT, date(2027, 1, 1), days=80)
    return folder


def figures(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every statement. The last digits of a number depend on the order of additions."""
    return {
        name: [
            {column: round(said, 9) if isinstance(said, float) else said for column, said in row.items()}
            for row in lake.run(name)
        ]
        for name in (*statements(), "teams/counts", "teams/times", "teams/load", "teams/trend")
    }


def test_facts_hold_the_newest_rows(exported: Path, tmp_path: Path) -> None:
    """The facts have each complaint once, as it was on its newest day, and every entry of its timeline."""
    Facts(tmp_path / "facts.duckdb").fold(exported, {})
    with duckdb.connect(str(tmp_path / "facts.duckdb")) as db:
        kept = db.execute("select ref, day, stage from complaints order by ref").fetchall()
        newest = db.execute(
            "select ref, max(day), arg_max(stage, day) "
            f"from '{exported}/complaints/*/*.parquet' group by ref order by 1"
        ).fetchall()
        entries = db.execute("select count(*) from moves").fetchone()
        written = db.execute(f"select count(*) from '{exported}/moves/*/*.parquet'").fetchone()
    assert len(kept) == COUNT
    assert kept == newest
    assert entries == written


def test_order_of_days_does_not_matter(exported: Path, tmp_path: Path) -> None:
    """Days that are added in any order and in several groups give the same figures as all days at once."""
    days = sorted({file.parent.name for file in exported.glob("*/*/*.parquet")})
    Random(7).shuffle(days)
    facts = Facts(tmp_path / "facts.duckdb")
    for n in range(5):
        (some := tmp_path / "some").mkdir()
        for day in days[n::5]:
            for folder in exported.glob(f"*/{day}"):
                shutil.copytree(folder, some / folder.relative_to(exported))
        facts.fold(some, dict.fromkeys(days[n::5], "mark"))
        shutil.rmtree(some)
    assert facts.folded().keys() == {*days}
    assert figures(Lake(tmp_path, facts)) == figures(Lake(exported))


def test_generated_facts_are_those_of_the_export(exported: Path, tmp_path: Path) -> None:
    """The generator of facts makes the rows that the export of the same complaints gives."""
    generated(tmp_path / "made.facts", COUNT, date(2027, 1, 1), days=80)
    Facts(tmp_path / "folded.facts").fold(exported, {})
    with duckdb.connect() as db:
        for name in ("made", "folded"):
            db.execute(f"attach '{tmp_path}/{name}.facts' as {name}")
        for table in ("complaints", "matters", "rights", "causes", "promises", "holders", "moves"):
            made, folded = (
                db.execute(f"select {', '.join(TABLES[table])} from {name}.{table} order by all").fetchall()
                for name in ("made", "folded")
            )
            assert made == folded, table


def test_a_file_that_is_no_database_has_no_day(tmp_path: Path) -> None:
    """A file that DuckDB cannot read counts as absent, so that it is made again."""
    (tmp_path / "facts.duckdb").write_bytes(b"nothing that DuckDB wrote" * 500)
    assert Facts(tmp_path / "facts.duckdb").folded() == {}


def test_a_column_of_a_newer_release_is_added(tmp_path: Path) -> None:
    """Facts of an older release get the columns that they lack, empty in their rows."""
    (file := tmp_path / "moves/day=2026-01-01/rows.parquet").parent.mkdir(parents=True)
    duckdb.sql("select '2' as ref, 1 as n, 'accept' as move, 3 as overall").write_parquet(str(file))
    with duckdb.connect(str(tmp_path / "facts.duckdb")) as db:
        db.execute("create table moves (ref varchar, n bigint, unheard varchar, day date)")
        db.execute("insert into moves values ('1', 1, 'of', date '2025-12-31')")
    Facts(tmp_path / "facts.duckdb").fold(tmp_path, {})
    with duckdb.connect(str(tmp_path / "facts.duckdb")) as db:
        rows = db.execute("select ref, move, overall, unheard from moves order by ref").fetchall()
    assert rows == [("1", None, None, "of"), ("2", "accept", 3, None)]


def test_a_night_fetches_only_new_days(scenario: Scenario, nightly: Nightly) -> None:
    """A run fetches the facts and the files of new days. If an old day was exported again, it makes the facts
    from the whole export."""

    class Noted:
        def __init__(self) -> None:
            self.fetched: list[str] = []

        def fetch(self, key: str, file: Path) -> None:
            self.fetched.append(key)
            nightly.store.fetch(key, file)

        def __getattr__(self, name: str) -> Any:
            return getattr(nightly.store, name)

    def night() -> list[str]:
        replace(nightly, store=(noted := Noted())).night(T0.date())
        return sorted(
            {"/".join(key.split("/")[-2:]) for key in noted.fetched if "/moves/" in key or key == FACTS}
        )

    scenario.submit()
    first, second = (f"day={T0.date() + n * DAY}/rows.parquet" for n in (0, 1))
    scenario.later(DAY)
    assert night() == [first]
    scenario.submit(person={"name": "李明", "phone": "13900139000"})
    scenario.later(DAY)
    assert night() == [second, FACTS]
    nightly.store.put(f"export/moves/{first}", nightly.store.read(f"export/moves/{second}"))
    assert night() == [first, second, FACTS]
    nightly.store.put(FACTS, b"broken")
    scenario.later(DAY)
    assert night()[:2] == [first, second]
    found = json.loads(nightly.store.read("figures/house.json"))["received"]
    assert [row["n"] for row in found if (row["team"], row["facet"]) == ("", "all")] == [2]


def test_facts_that_are_not_complete_are_continued(scenario: Scenario, nightly: Nightly) -> None:
    """A run without time for all exported days stores what it added, computes nothing, and the next run
    continues."""
    scenario.submit()
    scenario.later(40 * DAY)
    for day in nightly.missing(T0.date()):
        nightly.export(day)
    left = iter([True, False])
    assert nightly.lake(more=lambda: next(left)) is None
    nightly.store.fetch(FACTS, nightly.folder / "half.duckdb")
    assert len(Facts(nightly.folder / "half.duckdb").folded()) == 31
    assert nightly.lake()
    nightly.store.fetch(FACTS, nightly.folder / "whole.duckdb")
    assert len(Facts(nightly.folder / "whole.duckdb").folded()) == 40


def test_what_an_ended_run_left_is_deleted(scenario: Scenario, nightly: Nightly) -> None:
    """Temporary files of a run that Lambda ended do not fill the disk of later runs."""
    (left := nightly.folder / "lake-left").mkdir(parents=True)
    (left / "lake.duckdb").write_bytes(b"much")
    scenario.later(DAY)
    nightly.night(T0.date())
    assert [*nightly.folder.glob("lake-*")] == []

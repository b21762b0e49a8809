"""The facts in the store: what a night reads and writes, and what happens to facts of other releases."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chalicelib.figures import lake as lakes
from chalicelib.figures.lake import (
    ADDS_UP,
    COMBINES,
    EACH_YEAR,
    NEWEST,
    PARTS_BY_NAME,
    SQL,
    VIEWS_BY_NAME,
    Lake,
    database,
    every_statement,
    found_in,
    headed,
    parquet,
    path,
)
from chalicelib.figures.months import FACTS, MANIFEST, PARTS, YEARS, Months
from chalicelib.figures.nightly import COMPUTED, Nightly
from infra import template
from tests import years
from tests.figures.five_years import by_month, export
from tests.scenario import DAY, T0, Scenario

WITHOUT_COMPLAINTS = {"learning", "words_kept", "working_days", "last_entry"}
"""What a statement that combines may read besides parts."""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a generated export of 80 days, with a file for each table and day."""
    export(folder := tmp_path_factory.mktemp("year"), 150, date(2027, 1, 1), days=80)
    return folder


def test_every_statement_says_how_its_months_are_joined() -> None:
    """A statement adds up or combines. What combines reads only parts, and tables without complaints, so that
    a night need not read all complaints. What combines each year reads one part, and no newest entry, so that
    its rows of a year stay the same until the part changes."""
    said = {head: headed(head) for head in (ADDS_UP, COMBINES, EACH_YEAR, NEWEST)}
    assert sorted(chain(*said.values())) == sorted(every_statement())
    for head in (COMBINES, EACH_YEAR, NEWEST):
        for name, combined in said[head].items():
            read = {*re.findall(r"\b(?:from|join) (\w+)", (SQL / f"{name}.sql").read_text("utf-8"))}
            allowed = {*combined} if head == EACH_YEAR else {*combined} | WITHOUT_COMPLAINTS
            assert {*combined} <= PARTS_BY_NAME.keys() | WITHOUT_COMPLAINTS, name
            assert read & (VIEWS_BY_NAME.keys() | WITHOUT_COMPLAINTS) <= allowed, name
    assert {len(parts) for head in (EACH_YEAR, NEWEST) for parts in said[head].values()} == {1}


def test_facts_hold_the_newest_rows(exported: Path, tmp_path: Path) -> None:
    """The facts have each complaint once, as it was on its newest day, in the partition of its month of
    receipt, and every entry of its timeline."""
    months = Months(store := years.Disk(tmp_path / "store"), tmp_path / "local")
    months.add(found_in(exported), {"2026-12-31": "mark"})
    facts = f"{store.folder}/{FACTS}"
    there = duckdb.sql(
        f"select ref, day, stage, month from '{facts}complaints/*/*.parquet' order by 1"
    ).fetchall()
    newest = duckdb.sql(
        "select ref, max(day), arg_max(stage, day), "
        "strftime(any_value(received_at) + interval 8 hour, '%Y-%m') "
        f"from '{exported}/complaints/*/*.parquet' group by ref order by 1"
    ).fetchall()
    assert there == newest
    entries, written = (
        duckdb.sql(f"select count(*) from '{folder}/moves/*/*.parquet'").fetchone()
        for folder in (facts.rstrip("/"), exported)
    )
    assert entries == written
    assert {row[3] for row in there} == {"2026-10", "2026-11", "2026-12", "2027-01"}


class Noted(years.Disk):
    """A store that notes which keys are fetched."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fetched: list[str] = []

    def fetch(self, key: str, file: Path) -> None:
        """Note the key, and link the file."""
        self.fetched.append(key)
        super().fetch(key, file)


def test_ordinary_night_reads_and_writes_touched_months_only(tmp_path: Path) -> None:
    """A night fetches the open complaints, and of the ended ones only the months in which one moved or ended.
    It writes no other month again, and combines no year in which nothing changed. A night without a change
    writes nothing."""
    store = Noted(tmp_path / "store")
    months = Months(store, tmp_path / "made")
    for rows in by_month(tmp_path / "rows", 60, date(2026, 3, 31), days=110):
        months.add(rows, {})
    months.add({}, {"2026-03-30": "mark"})
    assert months.sum_up(lambda: True)
    assert len(months.months()) > 2
    with months.lake({}):
        before = {*store.keys(FACTS)}
    (tmp_path / "fresh").mkdir()
    export(tmp_path / "fresh", 3, date(2026, 4, 1), days=1)
    store.fetched.clear()
    months = Months(store, tmp_path / "local")
    months.add(found_in(tmp_path / "fresh"), {"2026-03-31": "mark"})
    assert months.sum_up(lambda: True)
    with months.lake({}):
        after = {*store.keys(FACTS)}
    touched = {key.split("month=")[1][:7] for key in after ^ before if "/month=" in key}
    assert {"2026-03"} <= touched <= {"2026-02", "2026-03", "2026-04"}
    of_parts = {tuple(key.split("/")[2:4]) for key in store.fetched if key.startswith(PARTS)}
    assert {("points", "2026"), ("flows", "2026")} <= of_parts
    assert not of_parts & {(part, "2025") for (part,) in headed(EACH_YEAR).values()}
    kept = sorted(key.split("/")[-1][:4] for key in after & before if key.startswith(f"{YEARS}times/"))
    assert kept == ["2025"]
    with (again := Months(store, tmp_path / "other")).lake({}):
        assert again.sum_up(lambda: True)
    assert {*store.keys(FACTS)} == after
    assert not [*(tmp_path / "other").glob("facts/*/month=*/ended-*")]


def complaints(file: Path, received: Mapping[str, str]) -> Path:
    """Write complaints. `received`: when each came, by number. A number begins with a letter for a person."""
    rows = [
        {
            **dict.fromkeys(("channel", "team", "type", "sub_type"), "x"),
            **{"ref": ref, "received_at": at, "recorded_at": at, "repeats": ref[0], "joined": False},
        }
        for ref, at in received.items()
    ]
    file.parent.mkdir(parents=True)
    file.write_bytes(parquet("complaints", rows))
    return file


def test_repeats_are_found_across_the_new_year(tmp_path: Path) -> None:
    """A year counts its complaints that repeat one of the ninety days before, also of the year before."""
    received = {
        **{"a1": "2026-11-20", "a2": "2027-01-05", "a3": "2027-04-06", "b1": "2026-10-02"},
        **{"b2": "2027-01-01", "c1": "2026-10-03", "c2": "2027-01-01", "c3": "2027-01-02"},
    }
    complaints(tmp_path / path("complaints", "2027-04-07"), received)
    with Lake(tmp_path) as lake:
        told = lake.run("repeats")
    assert [(row["month"], row["n"]) for row in told if not row["team"] and row["code"] == "all"] == [
        (date(2027, 1, 1), 3)
    ]


def test_open_complaint_changes_its_year(tmp_path: Path) -> None:
    """The rows of a year are combined again if only an open complaint was added."""
    store, found = years.Disk(tmp_path / "store"), []
    for day, ref in (("2026-01-05", "a"), ("2026-01-06", "b")):
        file = complaints(tmp_path / path("complaints", day), {ref: day})
        months = Months(store, tmp_path / "local")
        months.add({"complaints": [file]}, {day: "mark"})
        assert months.sum_up(lambda: True)
        with months.lake({}) as lake:
            found.append({row["n"] for row in lake.run("times")})
    assert found == [{1}, {2}]


def test_files_of_a_run_that_broke_off_are_deleted(tmp_path: Path) -> None:
    """What no manifest lists is deleted, and so is the file of facts of the release before."""
    store = years.Disk(tmp_path / "store")
    for key in ("facts/rows.duckdb", "facts/moves/month=2026-01/open-0123.parquet"):
        store.put(key, b"left")
    Months(store, tmp_path / "local")
    assert [*store.keys(FACTS)] == []


def test_facts_without_a_listed_file_are_made_again(exported: Path, tmp_path: Path) -> None:
    """If a file of the manifest is gone, the facts are empty, so that the export is added again."""
    store = years.Disk(tmp_path / "store")
    Months(store, tmp_path / "local").add(found_in(exported), {"2026-12-31": "mark"})
    assert Months(store, tmp_path / "local").days == {"2026-12-31": "mark"}
    store.drop(next(key for key in store.keys(FACTS) if "/moves/" in key))
    assert Months(store, tmp_path / "local").days == {}
    assert [*store.keys(FACTS)] == [MANIFEST]


def test_sums_of_other_sql_are_computed_again_in_several_runs(exported: Path, tmp_path: Path) -> None:
    """Sums of a release with another statement or view are not used, nor are sums without one of their parts.
    A run without time for all months goes on with the next one."""
    store = years.Disk(tmp_path / "store")
    (months := Months(store, tmp_path / "local")).add(found_in(exported), {"2026-12-31": "mark"})
    assert months.sum_up(lambda: True)
    keys = {*store.keys(f"{FACTS}sums/")}
    assert len(keys) > 1
    for key in keys:
        store.put(key.replace("-", "-other-", 1), store.read(key))
        store.drop(key)
    assert not (again := Months(store, tmp_path / "again")).sum_up(lambda: False)
    left = iter([True])
    assert not again.sum_up(lambda: next(left, False))
    assert len({*store.keys(f"{FACTS}sums/")} & keys) == 1
    assert Months(store, tmp_path / "later").sum_up(lambda: True)
    assert {*store.keys(f"{FACTS}sums/")} == keys
    store.drop(lost := next(store.keys(PARTS)))
    assert not Months(store, tmp_path / "lost").sum_up(lambda: False)
    assert Months(store, tmp_path / "last").sum_up(lambda: True)
    assert lost in store.keys(PARTS)


def test_a_column_of_a_newer_release_is_added(tmp_path: Path) -> None:
    """Rows of an older release get the columns that they lack, empty."""
    store = years.Disk(tmp_path / "store")
    (file := tmp_path / "moves.parquet").parent.mkdir(exist_ok=True)
    duckdb.sql(
        "select '2' as ref, 1 as n, 'accept' as move, 3 as overall, date '2026-01-01' as day"
    ).write_parquet(str(file))
    months = Months(store, tmp_path / "local")
    months.add({"moves": [file]}, {"2026-01-01": "mark"})
    (kept,) = months.files("open")["moves"]
    assert duckdb.sql(f"select ref, move, overall, ease from '{kept}'").fetchall() == [
        ("2", "accept", 3, None)
    ]


def test_more_than_the_memory_goes_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exceeds the memory of DuckDB lies in a folder on disk meanwhile, up to a limit for which the
    function has room. Beyond this limit DuckDB fails, names it, and leaves nothing on the disk."""
    spill = lakes.SPILL_MEGABYTES
    monkeypatch.setattr(lakes, "MEGABYTES", 100)
    with database(tmp_path) as db:
        db.execute("create table t as select hash(i) as h from range(20_000_000) r(i)")
        assert [*tmp_path.glob("spill/*")]
        assert db.execute("select count(*) from t").fetchone() == (20_000_000,)
        said = db.execute("select current_setting('temp_directory')").fetchone()
    assert said == (str(tmp_path / "spill"),)
    monkeypatch.setattr(lakes, "SPILL_MEGABYTES", 10)
    with (
        database(tmp_path) as db,
        pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"),
    ):
        db.execute("create table t as select hash(i) as h from range(20_000_000) r(i)")
    assert [*tmp_path.glob("spill/*")] == []
    night = template.infrastructure()["Resources"]["Night"]["Properties"]
    assert night["EphemeralStorage"]["Size"] >= 1.5 * spill


def test_what_an_ended_run_left_is_deleted(scenario: Scenario, nightly: Nightly) -> None:
    """Temporary files of a run that Lambda ended do not fill the disk of later runs."""
    (left := nightly.folder / "lake-left").mkdir(parents=True)
    (left / "lake.duckdb").write_bytes(b"much")
    scenario.later(DAY)
    nightly.night(T0.date())
    assert [*nightly.folder.glob("lake-*")] == []


def test_a_night_fetches_only_new_days(scenario: Scenario, nightly: Nightly) -> None:
    """A run fetches the files of new days. If an old day was exported again, it fetches the whole export."""

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
        return sorted(key for key in noted.fetched if key.startswith("export/moves/"))

    scenario.submit()
    first, second = (f"export/moves/day={T0.date() + n * DAY}/rows.parquet" for n in (0, 1))
    scenario.later(DAY)
    assert night() == [first]
    scenario.submit(person={"name": "李明", "phone": "13900139000"})
    scenario.later(DAY)
    assert night() == [second]
    nightly.store.put(first, nightly.store.read(second))
    assert night() == [first, second]
    assert json.loads(nightly.store.read(COMPUTED))["complaints"] == 2

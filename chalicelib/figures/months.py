"""The facts: the newest rows of each complaint, by month of receipt, and the results that are stored for each
month.

The layout in the store, which Athena and Spark read too:

    facts/TABLE/month=2026-03/open-MARK.parquet
    facts/TABLE/month=2026-03/ended-MARK.parquet
    facts/learning/month=2026-03/rows-MARK.parquet
    facts/sums/2026-03-MARK.zip
    facts/manifest.json

TABLE is a table of the export (`figures.tables`). A file has the columns of the table and `day`, the day
(UTC) of the export from which a row comes. Of each complaint the rows of its newest day are there, and all
entries of its timeline. All rows of a complaint are in the partition of the month in which it was received
(China), so `facts/TABLE/` is the whole table, partitioned by `month`. The table `learning` goes by the month
of its entries.

The rows of a complaint are in the files `ended` if no figure of it changes any more by the mere passing of
time (view `ended`), and in the files `open` otherwise. So the results of all statements over the ended
complaints of a month stay the same until one of these complaints gets an entry, or another one ends. `sums`
holds these results: those of each part (`sql/parts`) and of each statement that adds up. A night rewrites the
months of the complaints that moved or ended, computes their sums again, computes the open complaints of all
months, and adds up. A statement that does not add up combines parts.

A file is never changed: MARK is made from its content, and in the name of sums from the files and the SQL
from which they were computed. The manifest is written after all files that it lists, and then the files that
it no longer lists are deleted. So a run that breaks off leaves files that no manifest lists, and the next run
deletes them. If a day was exported again, the facts are made again from the whole export."""

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Protocol
from weakref import finalize
from zipfile import ZipFile

from duckdb import DuckDBPyConnection

from chalicelib.figures.lake import (
    SCRATCH,
    Files,
    Lake,
    by_month,
    database,
    file_name,
    make,
    prepared,
    rows_of,
    sql_mark,
)
from chalicelib.figures.published import FETCHED_AT_ONCE
from chalicelib.figures.tables import ENTRIES, TABLES

FACTS, LEARNING = "facts/", "learning"
SUMS, MANIFEST = f"{FACTS}sums/", f"{FACTS}manifest.json"
"""Names in the store: the folder of the facts, the folder of the results of each month, and the key of the
list of files."""
OPEN, ENDED = "open", "ended"
OF_COMPLAINTS = tuple(TABLES.keys() - {LEARNING})
MONTH = "coalesce(strftime({} + interval 8 hour, '%Y-%m'), '1970-01')"
"""The SQL of the month (China) of a moment."""
PLACES = f"""
select ref, {MONTH.format("received_at")} as month from complaints_kept
union all
select ref, {MONTH.format("min(taken_at)")} from moves_kept
where ref not in (select ref from complaints_kept) group by ref
"""
"""The SQL of the month to which the rows of each complaint belong. Entries without a complaint belong to the
month of the first of them."""


class FactStore(Protocol):
    """The store, as the facts use it (see `figures.nightly.FigureStore`)."""

    def put(self, key: str, content: bytes, type: str = ...) -> None: ...
    def read(self, key: str) -> bytes: ...
    def fetch(self, key: str, file: Path) -> None: ...
    def send(self, key: str, file: Path) -> None: ...
    def drop(self, key: str) -> None: ...
    def keys(self, folder: str) -> Iterator[str]: ...


class Months:
    """The facts of a store. `folder` holds local copies of its files, under their keys. If `kept` is false,
    nothing is written to the store, and changes stay in the folder.

    `days`: the exported days that are in the facts, each with its mark. `newest`: the newest entry of all
    timelines (UTC); None if there is none."""

    def __init__(self, store: FactStore, folder: Path, kept: bool = True) -> None:
        self._store, self._folder, self._kept = store, folder, kept
        folder.mkdir(parents=True, exist_ok=True)
        listed = {*store.keys(FACTS)}
        told = json.loads(store.read(MANIFEST)) if MANIFEST in listed else {}
        self.days: dict[str, str] = told.get("days", {})
        newest = told.get("newest")
        self.newest: datetime | None = newest and datetime.fromisoformat(newest)
        self._files: set[str] = {*told.get("files", ())}
        self._sums = {key for key in listed if key.startswith(SUMS)}
        if not self._files <= listed:
            self.clear()
        elif kept:
            self._drop(listed - self._files - self._sums - {MANIFEST})
        for file in folder.glob(f"{FACTS}**/*.*"):  # left by a run that kept nothing, or no longer stored
            if str(file.relative_to(folder)) not in self._files | self._sums:
                file.unlink()

    def clear(self) -> None:
        """Forget all days, so that the facts are made again from the export."""
        self.days, self.newest, self._files, self._sums = {}, None, set(), set()
        self._list()
        self._drop({*self._store.keys(FACTS)} - {MANIFEST})
        shutil.rmtree(self._folder / FACTS, ignore_errors=True)

    def add(self, fresh: Files, days: Mapping[str, str]) -> None:
        """Add exported days. `fresh` are their files, and `days` their marks. None of the days may be in the
        facts already."""
        later = bool(days) and min(days) > max(self.days, default="")
        with TemporaryDirectory(prefix=SCRATCH, dir=self._folder) as place:
            with database(Path(place)) as db:
                adding = _Adding(db, self, fresh, later)
                written = adding.written(Path(place))
                self.newest = adding.newest
            gone = {key for key in self._files if _place(key) in written}
            new = set[str]()
            for at, file in written.items():
                if file:
                    key = f"{FACTS}{at}-{sha256(file.read_bytes()).hexdigest()[:16]}.parquet"
                    self._local(key).parent.mkdir(parents=True, exist_ok=True)
                    file.rename(self._local(key))
                    new.add(key)
        if self._kept:
            each = sorted(new - self._files)
            with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
                [*pool.map(self._store.send, each, map(self._local, each))]
        self._files = self._files - gone | new
        self.days |= days
        self._list()
        self._drop(gone - new)

    def sum_up(self, more: Callable[[], bool]) -> bool:
        """Compute the sums of each month that lacks them, while `more` returns true. Return whether all are
        there."""
        wanted = {month: self._sums_key(month) for month in self.months()}
        for key in self._sums - {*wanted.values()}:
            self._local(key).unlink(missing_ok=True)
        self._drop(self._sums - {*wanted.values()})
        self._sums &= {*wanted.values()}
        for month, key in wanted.items():
            if key in self._sums:
                continue
            if not more():
                return False
            with self._computed(self.files(ENDED, [month])) as results:
                self._local(key).parent.mkdir(parents=True, exist_ok=True)
                with ZipFile(self._local(key), "w") as packed:
                    for file in sorted(results.glob("*.parquet")):
                        packed.write(file, file.name)
            if self._kept:
                self._store.send(key, self._local(key))
            self._sums.add(key)
        return True

    def lake(self, words: Files) -> Lake:
        """Return the lake in which statements combine the sums of all months and the open complaints.
        `words` are the files of the table of terms. `sum_up` must have returned true."""
        place = Path(mkdtemp(prefix=SCRATCH, dir=self._folder))
        results = defaultdict[str, list[Path]](list)
        with self._computed(self.files(OPEN)) as found:
            found.rename(place / OPEN)
        for file in self._fetched(self._sums):
            with ZipFile(file) as packed:
                packed.extractall(place / file.stem)
        for name in by_month():
            results[name] = sorted(place.glob(f"*/{file_name(name)}"))
        learning = {LEARNING: self.files("rows")[LEARNING]}
        lake = Lake({**words, **learning}, self._newest(), results, self._folder)
        finalize(lake, shutil.rmtree, place, ignore_errors=True)
        return lake

    def months(self) -> Sequence[str]:
        """Return the months with ended complaints, such as 2026-03."""
        return sorted({_month(key) for key in self._files if _split(key) == ENDED})

    def files(self, split: str, months: Iterable[str] | None = None, *tables: str) -> Files:
        """Return local copies of the files `open`, `ended` or `rows` (`split`) of these months and tables. By
        default return all of them."""
        wanted = None if months is None else {*months}
        keys = [
            key
            for key in sorted(self._files)
            if _split(key) == split
            and (wanted is None or _month(key) in wanted)
            and (not tables or _table(key) in tables)
        ]
        self._fetched(keys)
        return {table: [self._local(key) for key in keys if _table(key) == table] for table in TABLES}

    @contextmanager
    def _computed(self, files: Files) -> Iterator[Path]:
        """Yield a folder with the results of these rows, which is deleted afterwards."""
        with TemporaryDirectory(prefix=SCRATCH, dir=self._folder) as place:
            with Lake(files, self._newest(), scratch=Path(place)) as lake:
                (made := Path(place) / "made").mkdir()
                lake.write(made)
            yield made

    def _newest(self) -> datetime:
        """Return the moment of the newest entry of all timelines."""
        return self.newest or datetime.min

    def _sums_key(self, month: str) -> str:
        """Return the key of the sums of a month, which names the rows and the SQL that they come from."""
        files = sorted(key for key in self._files if (_split(key), _month(key)) == (ENDED, month))
        return f"{SUMS}{month}-{sha256(json.dumps([sql_mark(), files]).encode()).hexdigest()[:16]}.zip"

    def _list(self) -> None:
        """Write the manifest."""
        told = {"days": self.days, "newest": self.newest, "files": sorted(self._files)}
        if self._kept:
            self._store.put(MANIFEST, json.dumps(told, default=str).encode(), "application/json")

    def _drop(self, keys: Iterable[str]) -> None:
        for key in sorted(keys) if self._kept else ():
            self._store.drop(key)

    def _fetched(self, keys: Collection[str]) -> list[Path]:
        """Return local copies of these files, and fetch those that are not there."""
        files = {key: self._local(key) for key in sorted(keys)}
        wanted = [key for key, file in files.items() if not file.exists()]
        for key in wanted:
            files[key].parent.mkdir(parents=True, exist_ok=True)

        def fetch(key: str) -> None:
            half = files[key].with_suffix(".half")
            self._store.fetch(key, half)
            half.rename(files[key])

        with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
            [*pool.map(fetch, wanted)]
        return [*files.values()]

    def _local(self, key: str) -> Path:
        return self._folder / key


class _Adding:
    """Exported days that are added to the facts in a database of its own. `later`: whether these days are
    later than all days that are there. The tables `TABLE_kept` hold the rows of the open complaints of all
    months, and those of the ended ones of the months that are written again."""

    def __init__(self, db: DuckDBPyConnection, months: Months, fresh: Files, later: bool) -> None:
        self._db, self._months = db, months
        for table in TABLES:
            db.execute(f"create table fresh_{table} as {rows_of(fresh.get(table, ()), TABLES[table])}")
        db.execute("create table fresh as select ref, max(day) as day from fresh_complaints group by ref")
        db.execute("create table moved as select ref from fresh union select ref from fresh_moves")
        self._newest = self._value("select max(taken_at) from fresh_moves where not asked")
        self._load_open()
        self._ended_months = self._find_ended(later)
        self._merge()

    @property
    def newest(self) -> datetime | None:
        """The newest entry of all timelines."""
        return max((at for at in (self._months.newest, self._newest) if at), default=None)

    def _value(self, sql: str) -> Any:
        return (self._db.execute(sql).fetchone() or (None,))[0]

    def _column(self, sql: str) -> list[str]:
        return [row[0] for row in self._db.execute(sql).fetchall()]

    def _load_open(self) -> None:
        files = {**self._months.files(OPEN), LEARNING: self._months.files("rows")[LEARNING]}
        for table, columns in TABLES.items():
            self._db.execute(f"create table {table}_kept as {rows_of(files[table], columns)}")
        self._db.execute(f"create table were_open as {PLACES}")

    def _find_ended(self, later: bool) -> set[str]:
        """Load the months with ended complaints that moved. Return these months."""
        known = "select ref from were_open"
        if later:  # then a timeline that begins on these days is not among the ended ones
            known += " union select ref from fresh_moves where n = 1"
        self._db.execute(f"create table sought as select ref from moved where ref not in ({known})")
        self._db.execute("create table were_ended (ref varchar)")
        there, found = {*self._months.months()}, set[str]()
        month = MONTH.format("received_at")
        own = f"select distinct {month} from fresh_complaints where ref in (from sought)"
        for months in ({*self._column(own)} & there, there):
            if self._value("select count(*) from sought"):
                for each in sorted(months - found):
                    files = self._months.files(ENDED, [each], "complaints")["complaints"]
                    refs = f"select ref from ({rows_of(files, TABLES['complaints'])})"
                    if self._value(f"select count(*) from sought where ref in ({refs})"):
                        self._load_ended(each)
                        found.add(each)
                self._db.execute("delete from sought where ref in (from were_ended)")
        return found

    def _load_ended(self, month: str) -> None:
        files = self._months.files(ENDED, [month])
        for table in OF_COMPLAINTS:
            self._db.execute(f"insert into {table}_kept by name {rows_of(files[table], TABLES[table])}")
        refs = f"select ref from ({rows_of(files['complaints'], TABLES['complaints'])})"
        self._db.execute(f"insert into were_ended {refs}")

    def _merge(self) -> None:
        """Put the fresh rows into the tables, and decide where each complaint belongs (`placed`)."""
        self._db.execute(
            "delete from fresh using complaints_kept k where k.ref = fresh.ref and k.day > fresh.day"
        )
        for table in TABLES:
            if table in ENTRIES:
                self._db.execute(f"insert into {table}_kept by name from fresh_{table}")
            else:
                self._db.execute(f"delete from {table}_kept where ref in (select ref from fresh)")
                self._db.execute(
                    f"insert into {table}_kept by name "
                    f"select r.* from fresh_{table} r join fresh using (ref, day)"
                )
        made = prepared(self._db, self.newest or datetime.min)
        make(self._db, ENDED, made)
        self._db.execute(
            f"create table placed as select *, ref in (select ref from ended) as ended from ({PLACES})"
        )
        ended = {*self._column("select distinct month from placed where ended")}
        for month in sorted(ended & {*self._months.months()} - self._ended_months):
            self._load_ended(month)
            known = "select ref from placed"
            self._db.execute(
                f"insert into placed select ref, ?, true from complaints_kept where ref not in ({known})",
                [month],
            )
        self._ended_months |= ended

    def written(self, folder: Path) -> dict[str, Path | None]:
        """Write the files that change into a folder. Return them by their place in the store, such as
        `moves/month=2026-03/open`; None if nothing is left there."""
        touched = "ref in (from moved) or ref in (select ref from placed where ended)"
        opened_ = {
            *self._column(f"select distinct month from were_open where {touched}"),
            *self._column("select distinct month from placed where not ended and ref in (from moved)"),
        }
        found = dict[str, Path | None]()
        for split, months in ((OPEN, opened_), (ENDED, self._ended_months)):
            for month in sorted(months):
                for table in OF_COMPLAINTS:
                    rows = (
                        f"select r.* from {table}_kept r join placed p using (ref) "
                        f"where p.month = '{month}' and p.ended = {split == ENDED} order by all"
                    )
                    found[f"{table}/month={month}/{split}"] = self._copied(rows, folder, len(found))
        month = MONTH.format("taken_at")
        for each in self._column(f"select distinct {month} from fresh_{LEARNING}"):
            rows = f"from {LEARNING}_kept where {month} = '{each}' order by all"
            found[f"{LEARNING}/month={each}/rows"] = self._copied(rows, folder, len(found))
        return found

    def _copied(self, rows: str, folder: Path, n: int) -> Path | None:
        file = folder / f"{n}.parquet"
        count = self._value(f"copy ({rows}) to '{file}' (format parquet, compression zstd)")
        return file if count else None


def _place(key: str) -> str:
    """Return the place of a file, without its mark."""
    return key.removeprefix(FACTS).rpartition("-")[0]


def _table(key: str) -> str:
    return _place(key).partition("/")[0]


def _month(key: str) -> str:
    return _place(key).partition("month=")[2].partition("/")[0]


def _split(key: str) -> str:
    return _place(key).rpartition("/")[2]

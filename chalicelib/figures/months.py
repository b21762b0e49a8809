"""The facts: the newest rows of each complaint, by month of receipt, and the results that are stored for each
month.

The layout in the store (other engines read the export, see `figures.engines`):

    facts/TABLE/month=2026-03/open-MARK.parquet
    facts/TABLE/month=2026-03/ended-MARK.parquet
    facts/learning/month=2026-03/rows-MARK.parquet
    facts/sums/2026-03-MARK.zip
    facts/parts/PART/2026/2026-03-MARK.parquet
    facts/years/STATEMENT/2026-MARK.parquet
    facts/manifest.json

TABLE is a table of the export (`figures.tables`). A file has the columns of the table and `day`, the day
(UTC) of the export from which a row comes. Of each complaint the rows of its newest day are there, and all
entries of its timeline. All rows of a complaint are in the partition of the month in which it was received
(China), so `facts/TABLE/` is the whole table, partitioned by `month`. The table `learning` goes by the month
of its entries.

The rows of a complaint are in the files `ended` if no figure of it changes any more by the mere passing of
time (view `ended`), and in the files `open` otherwise. So the results of all statements over the ended
complaints of a month stay the same until one of these complaints gets an entry, or another one ends. `sums`
holds these results: those of each statement that adds up, and of each small part (`sql/parts`). A night
rewrites the months of the complaints that moved or ended, computes their sums again, computes the open
complaints of all months, and adds up. A statement that does not add up combines parts.

The parts that grow with the complaints have a file for each year of what they count. `years` holds the rows
of each statement that combines a year. They stay the same until a part of this year changes. A part changes
with an entry of a complaint, and each night if a complaint is open that counts in it. So a night combines
again only such years, and fetches only their parts. A complaint that stays open for years costs its year of
receipt each night.

A file is never changed: MARK is made from its content, and in the names of sums and years from the files and
the SQL from which they were computed. The manifest is written after all files that it lists, and then the
files that it no longer lists are deleted. So a run that breaks off leaves files that no manifest lists, and
the next run deletes them. If a day was exported again, the facts are made again from the whole export."""

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Protocol
from weakref import finalize
from zipfile import ZipFile

from duckdb import DuckDBPyConnection

from chalicelib.figures.lake import (
    EACH_YEAR,
    NEWEST,
    NEWEST_DAYS,
    SCRATCH,
    Files,
    Lake,
    by_month,
    database,
    file_name,
    headed,
    make,
    parts_of_years,
    prepared,
    rows_of,
    sql_mark,
)
from chalicelib.figures.published import FETCHED_AT_ONCE
from chalicelib.figures.tables import ENTRIES, TABLES

FACTS, LEARNING = "facts/", "learning"
SUMS, PARTS, YEARS = f"{FACTS}sums/", f"{FACTS}parts/", f"{FACTS}years/"
MANIFEST = f"{FACTS}manifest.json"
"""Names in the store: the folder of the facts, the folders of the results of each month, of the parts by
year, and of the results of each year, and the key of the list of files."""
NO_ENTRY = datetime(1970, 1, 1)
"""The newest entry while there is none."""
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
        sums: Mapping[str, list[str]] = told.get("sums", {})
        self._sums = {key: parts for key, parts in sums.items() if {key, *parts} <= listed}
        self._years = {*told.get("years", ())} & listed
        if not self._files <= listed:
            self.clear()
        elif kept:
            self._drop(listed - self._known() - {MANIFEST})
        for file in folder.glob(f"{FACTS}**/*.*"):  # left by a run that kept nothing, or no longer stored
            if str(file.relative_to(folder)) not in self._known():
                file.unlink()

    def clear(self) -> None:
        """Forget all days, so that the facts are made again from the export."""
        self.days, self.newest, self._files, self._sums, self._years = {}, None, set(), {}, set()
        self._list()
        self._drop({*self._store.keys(FACTS)} - {MANIFEST})
        shutil.rmtree(self._folder / FACTS, ignore_errors=True)

    def _known(self) -> set[str]:
        """Return the keys of all files that the facts have."""
        return {*self._files, *self._sums, *chain(*self._sums.values()), *self._years}

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
                    new.add(self._take(f"{FACTS}{at}", file))
        self._send(new - self._files)
        self._files = self._files - gone | new
        self.days |= days
        self._list()
        self._drop(gone - new)

    def sum_up(self, more: Callable[[], bool]) -> bool:
        """Compute the sums of each month that lacks them, while `more` returns true. Return whether all are
        there."""
        wanted = {self._sums_key(month): month for month in self.months()}
        before = self._known()
        self._sums = {key: parts for key, parts in self._sums.items() if key in wanted}
        for key, month in wanted.items():
            if key in self._sums:
                continue
            if not more():
                break
            with self._computed(self.files(ENDED, [month])) as results:
                self._local(key).parent.mkdir(parents=True, exist_ok=True)
                with ZipFile(self._local(key), "w") as packed:
                    for file in sorted(results.glob("*.parquet")):
                        packed.write(file, file.name)
                parts = [self._take_part(file, month) for file in sorted(results.glob("*/*.parquet"))]
            self._send({key, *parts} - before)
            self._sums[key] = parts
            self._list()
        self._list()
        self._drop(before - self._known())
        return self._sums.keys() == wanted.keys()

    def lake(self, words: Files) -> Lake:
        """Return the lake in which statements combine the results of all months and years, and those of the
        open complaints. `words` are the files of the table of terms. `sum_up` must have returned true."""
        place = Path(mkdtemp(prefix=SCRATCH, dir=self._folder))
        with self._computed(self.files(OPEN)) as found:
            opened = [self._take_part(file, OPEN) for file in sorted(found.glob("*/*.parquet"))]
            found.rename(place / OPEN)
        for file in self._fetched(self._sums):
            with ZipFile(file) as packed:
                packed.extractall(place / file.stem)
        small = (name for name in by_month() if name not in parts_of_years())
        results = {name: sorted(place.glob(f"*/{file_name(name)}")) for name in small}
        parts = defaultdict[str, dict[int, list[str]]](lambda: defaultdict(list))
        for key in sorted(chain(opened, *self._sums.values())):
            part, year, _ = key.removeprefix(PARTS).split("/")
            parts[part][int(year)].append(key)
        first = (self._newest() - timedelta(days=NEWEST_DAYS)).year
        for part in chain(*headed(NEWEST).values()):
            years = (keys for year, keys in parts[part].items() if year >= first)
            results[part] = self._fetched([*chain(*years)])
        combined = {
            name: [self._combined(name, part, year, keys) for year, keys in parts[part].items()]
            for name, (part,) in headed(EACH_YEAR).items()
        }
        results |= {name: self._fetched(keys) for name, keys in combined.items()}
        gone = self._years - {*chain(*combined.values())}
        self._years -= gone
        self._list()
        self._drop(gone)
        learning = {LEARNING: self.files("rows")[LEARNING]}
        lake = Lake({**words, **learning}, self._newest(), results, self._folder)
        finalize(lake, shutil.rmtree, place, ignore_errors=True)
        return lake

    def _combined(self, statement: str, part: str, year: int, keys: Sequence[str]) -> str:
        """Return the key of the rows of a statement for a year, and compute them if they are not there.
        `keys` are the files of the part for this year."""
        key = f"{YEARS}{statement}/{year:04}-{_mark([sql_mark(), *keys])}.parquet"
        if key not in self._years:
            with Lake({}, self._newest(), {part: self._fetched(keys)}, self._folder) as lake:
                lake.write_result(statement, self._local(key))
            self._send({key})
            self._years.add(key)
            self._list()
        return key

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
        return self.newest or NO_ENTRY

    def _sums_key(self, month: str) -> str:
        """Return the key of the sums of a month, which names the rows and the SQL that they come from."""
        files = sorted(key for key in self._files if (_split(key), _month(key)) == (ENDED, month))
        return f"{SUMS}{month}-{_mark([sql_mark(), *files])}.zip"

    def _list(self) -> None:
        """Write the manifest."""
        told: dict[str, Any] = {"days": self.days, "newest": self.newest, "files": sorted(self._files)}
        told |= {"sums": self._sums, "years": sorted(self._years)}
        if self._kept:
            self._store.put(MANIFEST, json.dumps(told, default=str).encode(), "application/json")

    def _take(self, place: str, file: Path) -> str:
        """Move a new file to the place of its local copy. Return its key, which begins with `place`."""
        key = f"{place}-{sha256(file.read_bytes()).hexdigest()[:16]}.parquet"
        self._local(key).parent.mkdir(parents=True, exist_ok=True)
        file.rename(self._local(key))
        return key

    def _take_part(self, file: Path, month: str) -> str:
        """Take the file of a part for a year (see `Lake.write`)."""
        return self._take(f"{PARTS}{file.parent.name}/{file.stem}/{month}", file)

    def _send(self, keys: Iterable[str]) -> None:
        """Store local files under their keys."""
        each = sorted(keys) if self._kept else ()
        with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
            [*pool.map(self._store.send, each, map(self._local, each))]

    def _drop(self, keys: Iterable[str]) -> None:
        for key in sorted(keys) if self._kept else ():
            self._store.drop(key)
            self._local(key).unlink(missing_ok=True)

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
        made = prepared(self._db, self.newest or NO_ENTRY)
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


def _mark(names: Sequence[str]) -> str:
    return sha256(json.dumps(names).encode()).hexdigest()[:16]


def _place(key: str) -> str:
    """Return the place of a file, without its mark."""
    return key.removeprefix(FACTS).rpartition("-")[0]


def _table(key: str) -> str:
    return _place(key).partition("/")[0]


def _month(key: str) -> str:
    return _place(key).partition("month=")[2].partition("/")[0]


def _split(key: str) -> str:
    return _place(key).rpartition("/")[2]

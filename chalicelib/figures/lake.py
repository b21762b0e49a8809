"""The exported rows in DuckDB, which keeps what does not fit into its memory in files. Only workers whose
Lambda layer has duckdb import this module."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self
from weakref import finalize

import duckdb

from chalicelib.domain.calendar import published
from chalicelib.domain.timeline import canonical
from chalicelib.figures.export_rows import Row
from chalicelib.figures.tables import KEPT, TABLES, WORDS, Columns

Files = Mapping[str, Sequence[Path]]
"""The Parquet files of each table, by its name."""
SQL = Path(__file__).parent / "sql"
PARTS, VIEWS = SQL / "parts", SQL / "views"
"""The folder of the SQL views over the exported tables; all statements read these views. The name of each
file begins with a number, and the views are created in the order of these numbers."""
ADDS_UP, COMBINES = "-- Adds up: ", "-- Combines: "
EACH_YEAR, NEWEST = "-- Combines each year: ", "-- Combines newest: "
"""The beginnings of the first line of a statement. A statement that adds up names the columns that are sums
over complaints; all other columns are keys. One that combines names what it reads: parts, or tables without
complaints (see `figures.months`).

Parts that grow with the complaints are stored by year: they have a column `year`. A statement that combines
each year makes the rows of a year from the rows of this year. One that combines the newest rows needs those
of `NEWEST_DAYS` only."""
NEWEST_DAYS = 400
"""How many days before the newest entry a statement that combines the newest rows looks back at most."""
MEGABYTES = 1_300
"""The memory that DuckDB may use. The function of figures needs about as much again for the results of
statements."""
SPILL_MEGABYTES = 6_000
"""The disk that DuckDB may use for what exceeds this memory. The function of figures has 10 GB, and the rest
is for facts and results."""
CALENDAR = range(2016, 2041)
"""The years whose working days statements know. A complaint of another year has no length in working days."""
SCRATCH = "lake-"
"""The beginning of the names of temporary folders."""
ROWS_AT_ONCE = 10_000
"""The number of rows that are fetched from a result at once."""


def parquet(table: str, rows: Iterable[Row]) -> bytes:
    """Return the content of a Parquet file with these rows. The file has exactly the columns of the exported
    table named `table`."""
    with TemporaryDirectory() as folder:
        lines, made = Path(folder) / "rows.json", Path(folder) / "rows.parquet"
        lines.write_text("\n".join(map(canonical, rows)), "utf-8")
        kinds: dict[str, str] = {name: column.kind for name, column in KEPT[table].items()}
        with duckdb.connect() as db:
            read = db.read_json(str(lines), columns=kinds, format="newline_delimited")
            read.write_parquet(str(made), compression="zstd")
        return made.read_bytes()


@cache
def empty_table(table: str) -> bytes:
    """Return the content of a Parquet file of this table without rows. Such a file replaces the file of a day
    on which nothing is left to export."""
    return parquet(table, ())


def path(table: str, day: object) -> str:
    """Return the path of the file with a table's rows for a day (UTC). The path starts below the export
    folder. The part `day=…` is a Hive partition, which DuckDB and Athena understand."""
    return f"{table}/day={day}/rows.parquet"


def merged(table: str, files: Sequence[bytes]) -> bytes:
    """Return the content of a Parquet file with the rows of these files of the same table. A complaint that
    two files have counts once. Sorted rows do not show which terms came from one file."""
    rows = "*" if table == WORDS else "distinct *"
    with TemporaryDirectory() as folder:
        for n, content in enumerate(files):
            (Path(folder) / f"{n}.parquet").write_bytes(content)
        with database(Path(folder)) as db:
            made = Path(folder) / "rows"
            db.execute(
                f"copy (select {rows} from '{folder}/*.parquet' order by all) to '{made}' "
                "(format parquet, compression zstd)"
            )
        return made.read_bytes()


class Lake:
    """Exported rows for SQL statements. A statement is a file `sql/NAME.sql`. It takes no parameters, so it
    computes the same in DuckDB and in Athena.

    `files`: the files of each table, or the folder above them; a file may hold a day or a month. `last`: the
    newest entry of all timelines, if the files do not hold it. `sums`: the files with the results of each
    part and of each statement that adds up, if they were computed before. Then `files` has no rows of
    complaints, and statements combine these results. `scratch`: the folder for temporary files."""

    def __init__(
        self,
        files: Files | Path,
        last: datetime | None = None,
        sums: Files | None = None,
        scratch: Path | None = None,
    ) -> None:
        place = Path(mkdtemp(prefix=SCRATCH, dir=scratch))
        self._gone = finalize(self, shutil.rmtree, place, ignore_errors=True)
        self._db, self._sums = database(place), sums or {}
        found = found_in(files) if isinstance(files, Path) else files
        for table in KEPT if sums is None else (WORDS, "learning"):
            self._db.execute(f"create view {table}_kept as {rows_of(found.get(table, ()), KEPT[table])}")
        for name, results in self._sums.items():
            self._db.execute(f'create view "{name}" as from read_parquet({_listed(results)})')
        self._made = prepared(self._db, last) | self._sums.keys()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        self._gone()

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Run the statement with this name. Return its rows, each as a mapping from column to value."""
        return [*self.stream(statement)]

    def stream(self, statement: str) -> Iterator[dict[str, Any]]:
        """Run a statement like `run`, and yield its rows without holding all of them in memory. No other
        statement may run meanwhile."""
        found = self._db.execute(self._sql(statement))
        columns = [each[0] for each in found.description or ()]
        while rows := found.fetchmany(ROWS_AT_ONCE):
            yield from (dict(zip(columns, row, strict=True)) for row in rows)

    def write(self, folder: Path) -> None:
        """Write the results of each part, and of each statement that adds up, into files below `folder` (see
        `file_name`). A part of years has a file for each year, at least for that of the newest entry."""
        for name in by_month():
            make(self._db, name, self._made)
            sql = f"from {name}" if name in PARTS_BY_NAME else self._sql(name)
            for year in self._years(name) if name in parts_of_years() else ():
                self._write(f"{sql} where year = {year} order by all", folder / file_name(name, year))
            if name not in parts_of_years():
                self._write(sql, folder / file_name(name))

    def _years(self, part: str) -> list[int]:
        newest = "select extract(year from taken_at) from last_entry"
        found = self._db.execute(f"select year from {part} where year is not null union {newest} order by 1")
        return [year for (year,) in found.fetchall()]

    def write_result(self, statement: str, file: Path) -> None:
        """Write the rows of a statement into a file."""
        self._write(self._sql(statement), file)

    def _write(self, sql: str, file: Path) -> None:
        columns = self._db.execute(f"describe {sql}").fetchall()
        plain = ", ".join(
            f'cast("{column}" as bigint) as "{column}"' if kind == "HUGEINT" else f'"{column}"'
            for column, kind, *_ in columns
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db.execute(f"copy (select {plain} from ({sql})) to '{file}' (format parquet, compression zstd)")

    def _sql(self, statement: str) -> str:
        """Return the SQL of a statement, after its views are made. If its results are there by month, return
        SQL that adds them up."""
        sql = (SQL / f"{statement}.sql").read_text("utf-8")
        if statement not in self._sums:
            make_views(self._db, sql, self._made)
            return sql
        added = headed(ADDS_UP).get(statement, ())
        columns = [each[0] for each in self._db.execute(f'describe "{statement}"').fetchall()]
        shown = ", ".join(f'sum("{name}") as "{name}"' if name in added else f'"{name}"' for name in columns)
        keys = ", ".join(f'"{name}"' for name in columns if name not in added)
        return f'select {shown} from "{statement}" group by {keys} order by {keys}'


def database(place: Path) -> duckdb.DuckDBPyConnection:
    """Open a database in memory, with a limit of memory. What exceeds the limit is kept in files below the
    folder `place`, with a limit too."""
    limits: dict[str, Any] = {"memory_limit": f"{MEGABYTES}MB", "preserve_insertion_order": "false"}
    db = duckdb.connect(config=limits | {"temp_directory": str(place / "spill")})
    # in `config` DuckDB 1.5 would show the limit, and write on beyond it
    db.execute(f"set max_temp_directory_size = '{SPILL_MEGABYTES}MB'")
    return db


def prepared(db: duckdb.DuckDBPyConnection, last: datetime | None) -> set[str]:
    """Create the tables that views read besides the exported ones. Return their names. `last` is the newest
    entry of all timelines; None if a view is to find it."""
    db.execute(f"create table working_days as {_working_days()}")
    if last is None:
        return {"working_days"}
    day = f"cast(timestamp '{last}' + interval '8' hour as date)"
    db.execute(f"create table last_entry as select {day} as day, timestamp '{last}' as taken_at")
    return {"working_days", "last_entry"}


def make_views(db: duckdb.DuckDBPyConnection, sql: str, made: set[str]) -> None:
    """Create the views and parts that an SQL statement names, as tables, unless they are in `made`."""
    for name in re.findall(r"\b(?:from|join)\s+(\w+)", sql):
        make(db, name, made)


def make(db: duckdb.DuckDBPyConnection, name: str, made: set[str]) -> None:
    """Create the view or part with this name as a table, if there is one and it is not in `made`."""
    if name in made or name not in VIEWS_BY_NAME:
        return
    made.add(name)
    sql = VIEWS_BY_NAME[name].read_text("utf-8")
    make_views(db, sql, made)
    db.execute(f"create table {name} as {sql}")


@cache
def working_days() -> str:
    """Return an SQL query with each day of `CALENDAR` (`day`), and the number of working days in China from
    the beginning of `CALENDAR` up to this day (`worked`)."""
    days, calendar = _days(), published()
    worked = accumulate(map(calendar.is_working, days))
    rows = ", ".join(f"('{day}', {n})" for day, n in zip(days, worked, strict=True))
    return f"select cast(day as date) as day, worked from (values {rows}) t(day, worked)"


def working_days_file() -> bytes:
    """Return the content of a Parquet file with the rows of `working_days`."""
    with TemporaryDirectory() as folder, duckdb.connect() as db:
        db.sql(working_days()).write_parquet(made := f"{folder}/rows.parquet", compression="zstd")
        return Path(made).read_bytes()


@cache
def _working_days() -> str:
    """Return the query of `working_days` in a form that DuckDB reads a hundred times as fast."""
    first, last = CALENDAR[0], CALENDAR[-1]
    worked = ",".join(map(str, accumulate(int(published().is_working(day)) for day in _days())))
    every = f"unnest(generate_series(date '{first}-01-01', date '{last}-12-31', interval 1 day))"
    return (
        f"select cast({every} as date) as day, "
        f"cast(unnest(string_split('{worked}', ',')) as bigint) as worked"
    )


def _days() -> list[date]:
    """Return the days of `CALENDAR`."""
    first = date(CALENDAR[0], 1, 1)
    return [first + timedelta(days=n) for n in range((date(CALENDAR[-1] + 1, 1, 1) - first).days)]


def name_of(file: Path) -> str:
    """Return the name by which statements refer to an SQL file: the name of the file, without its ending and
    without the number that sets the order."""
    return file.stem.split("-", 1)[-1]


PARTS_BY_NAME = {name_of(file): file for file in sorted(PARTS.glob("*.sql"))}
VIEWS_BY_NAME = {name_of(file): file for file in sorted(VIEWS.glob("*.sql"))} | PARTS_BY_NAME


def statements() -> Iterator[str]:
    """Return the names of all statements that compute a figure of the company."""
    return (name_of(file) for file in sorted(SQL.glob("*.sql")))


def every_statement() -> Iterator[str]:
    """Return the names of all statements, also of those in folders: not of views and of parts."""
    for file in sorted(SQL.rglob("*.sql")):
        if file.parent not in (VIEWS, PARTS):
            yield str(file.relative_to(SQL).with_suffix(""))


@cache
def headed(head: str) -> Mapping[str, Sequence[str]]:
    """Return the statements whose first line begins with `head`, each with the names that this line lists."""
    firsts = (
        (name, (SQL / f"{name}.sql").read_text("utf-8").partition("\n")[0]) for name in every_statement()
    )
    return {
        name: first.removeprefix(head).rstrip(".").split(", ")
        for name, first in firsts
        if first.startswith(head)
    }


@cache
def by_month() -> Sequence[str]:
    """Return the names of all parts, and of all statements that add up: their results are kept by month."""
    return (*PARTS_BY_NAME, *headed(ADDS_UP))


@cache
def parts_of_years() -> Set[str]:
    """Return the names of the parts that are stored by year."""
    return {part for head in (EACH_YEAR, NEWEST) for parts in headed(head).values() for part in parts}


def file_name(name: str, year: int | None = None) -> str:
    """Return the path of the file with the results of a part or statement, or with those of a year."""
    flat = name.replace("/", ".")
    return f"{flat}.parquet" if year is None else f"{flat}/{year:04}.parquet"


@cache
def sql_mark() -> str:
    """Return a mark that changes with any view, part, statement, column or working day."""
    files = (file.read_text("utf-8") for file in sorted(SQL.rglob("*.sql")))
    said = (*files, _working_days(), str(TABLES), duckdb.__version__)
    return sha256("\0".join(said).encode()).hexdigest()


def found_in(folder: Path) -> Files:
    """Return the files of each table in a folder, as the export and the facts have them."""
    return {table: sorted((folder / table).glob("*/*.parquet")) for table in KEPT}


def rows_of(files: Sequence[Path], columns: Columns) -> str:
    """Return the SQL query that reads an exported table from its Parquet files. The query gives no rows if
    there is no file. A column that an older file lacks is null in its rows. `day` is the day (UTC) of the
    export: a column of the file, or a part of its path."""
    names = ", ".join(f'"{name}"' for name in columns)
    nothing = "select {}, cast(null as date) as day where false".format(
        ", ".join(f'cast(null as {column.kind}) as "{name}"' for name, column in columns.items())
    )
    if not files:
        return nothing
    return (
        f"select {names}, cast(day as date) as day from ({nothing} union all by name select * from "
        f"read_parquet({_listed(files)}, hive_partitioning = true, union_by_name = true))"
    )


def _listed(files: Iterable[Path]) -> str:
    return "[{}]".format(", ".join("'{}'".format(str(file).replace("'", "''")) for file in files))

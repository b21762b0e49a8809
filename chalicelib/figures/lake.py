"""The exported rows in DuckDB, which keeps what does not fit into its memory in files. Only workers whose
Lambda layer has duckdb import this module."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self
from weakref import finalize

import duckdb

from chalicelib.domain.calendar import published
from chalicelib.domain.timeline import canonical
from chalicelib.figures.export_rows import Row
from chalicelib.figures.tables import ENTRIES, KEPT, TABLES, WORDS

SQL = Path(__file__).parent / "sql"
VIEWS = SQL / "views"
"""The folder of the SQL views over the exported tables; all statements read these views. The name of each
file begins with a number, and the views are created in the order of these numbers."""
MEGABYTES = 1_300
"""The memory that DuckDB may use. The function of figures needs about as much again for the results of
statements."""
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
        with _opened(Path(folder) / "merging.duckdb") as db:
            made = Path(folder) / "rows"
            db.execute(
                f"copy (select {rows} from '{folder}/*.parquet' order by all) to '{made}' "
                "(format parquet, compression zstd)"
            )
        return made.read_bytes()


class Facts:
    """The rows of many exported days in one DuckDB file: of each complaint those of its newest day, and every
    entry. So a statement reads each complaint once, however often it moved. The file can be made again from
    the export."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def folded(self) -> dict[str, str]:
        """Return the days whose rows are in the file, each with the mark that `fold` got. Return {} if there
        is no file, or none that this DuckDB can read."""
        if not self.file.exists():
            return {}
        try:
            with _opened(self.file) as db:
                return dict(db.execute("select day, mark from folded").fetchall())
        except duckdb.Error:
            return {}

    def fold(self, folder: Path, marks: Mapping[str, str]) -> None:
        """Add the exported days in `folder` to the file, in any order of days. `marks` holds a mark for each
        of these days. None of them may be in the file already."""
        with _opened(self.file) as db:
            db.execute("create table if not exists folded (day varchar, mark varchar)")
            for table, columns in TABLES.items():
                db.execute(f"create table if not exists {table} (day date)")
                for name, column in columns.items():
                    db.execute(f'alter table {table} add column if not exists "{name}" {column.kind}')
            db.execute("begin")
            read = {table: _read(folder, table, columns) for table, columns in TABLES.items()}
            newest = f"select ref, max(day) as day from ({read['complaints']}) group by ref"
            db.execute(f"create temp table fresh as {newest}")
            db.execute("delete from fresh using complaints k where k.ref = fresh.ref and k.day > fresh.day")
            for table, rows in read.items():
                if table in ENTRIES:
                    db.execute(f"insert into {table} by name {rows}")
                else:
                    db.execute(f"delete from {table} where ref in (select ref from fresh)")
                    db.execute(
                        f"insert into {table} by name select r.* from ({rows}) r join fresh using (ref, day)"
                    )
            db.execute("drop table fresh")
            if marks:
                db.executemany("insert into folded values (?, ?)", [*marks.items()])
            db.execute("commit")


class Lake:
    """Exported rows for SQL statements. A statement is a file `sql/NAME.sql`. It takes no parameters, so it
    computes the same in DuckDB and in Athena.

    `folder` holds the files of the table `words`, and also those of all other tables if `facts` is None."""

    def __init__(self, folder: Path, facts: Facts | None = None) -> None:
        place = Path(mkdtemp(prefix=SCRATCH, dir=facts.file.parent if facts else None))
        self._gone = finalize(self, shutil.rmtree, place, ignore_errors=True)
        if facts is None:
            (facts := Facts(place / "facts.duckdb")).fold(folder, {})
        self._db = _opened(place / "lake.duckdb")
        self._db.execute(f"attach '{facts.file}' as facts (read_only)")
        for table in TABLES:
            self._db.execute(f"create view {table}_kept as from facts.{table}")
        self._db.execute(f"create table {WORDS}_kept as {_read(folder, WORDS, KEPT[WORDS])}")
        self._db.execute(f"create table working_days as {working_days()}")
        for view in sorted(VIEWS.glob("*.sql")):
            self._db.execute(f"create table {name_of(view)} as {view.read_text('utf-8')}")

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
        found = self._db.execute((SQL / f"{statement}.sql").read_text("utf-8"))
        columns = [each[0] for each in found.description or ()]
        while rows := found.fetchmany(ROWS_AT_ONCE):
            yield from (dict(zip(columns, row, strict=True)) for row in rows)


def _opened(file: Path) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, with a limit of memory. What exceeds the limit is kept in files next to it."""
    return duckdb.connect(
        str(file), config={"memory_limit": f"{MEGABYTES}MB", "preserve_insertion_order": "false"}
    )


@cache
def working_days() -> str:
    """Return an SQL query with each day of `CALENDAR` (`day`), and the number of working days in China from
    the beginning of `CALENDAR` up to this day (`worked`)."""
    calendar, first = published(), date(CALENDAR[0], 1, 1)
    days = [first + timedelta(days=n) for n in range((date(CALENDAR[-1] + 1, 1, 1) - first).days)]
    worked = accumulate(map(calendar.is_working, days))
    rows = ", ".join(f"('{day}', {n})" for day, n in zip(days, worked, strict=True))
    return f"select cast(day as date) as day, worked from (values {rows}) t(day, worked)"


def working_days_file() -> bytes:
    """Return the content of a Parquet file with the rows of `working_days`."""
    with TemporaryDirectory() as folder, duckdb.connect() as db:
        db.sql(working_days()).write_parquet(made := f"{folder}/rows.parquet", compression="zstd")
        return Path(made).read_bytes()


def statements() -> Iterator[str]:
    """Return the names of all statements that compute a figure."""
    return (name_of(file) for file in sorted(SQL.glob("*.sql")))


def name_of(file: Path) -> str:
    """Return the name by which statements refer to an SQL file: the name of the file, without its ending and
    without the number that sets the order."""
    return file.stem.split("-", 1)[-1]


def _read(folder: Path, table: str, columns: Mapping[str, Any]) -> str:
    """Return the SQL query that reads an exported table from its Parquet files in `folder`. The query gives
    no rows if there is no file. A column that an older file lacks is null in its rows."""
    names = ", ".join(f'"{name}"' for name in columns)
    nothing = "select {}, cast(null as date) as day where false".format(
        ", ".join(f'cast(null as {column.kind}) as "{name}"' for name, column in columns.items())
    )
    if not any((folder / table).glob("*/*.parquet")):
        return nothing
    files = str(folder / table / "*" / "*.parquet").replace("'", "''")
    return (
        f"select {names}, cast(day as date) as day from ({nothing} union all by name select * from "
        f"read_parquet('{files}', hive_partitioning = true, union_by_name = true))"
    )

"""The local export, as DuckDB reads it. Only workers with duckdb in their layer import this module."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from chalicelib.domain.timeline import canonical
from chalicelib.figures.export_rows import Row
from chalicelib.figures.tables import KEPT

SQL = Path(__file__).parent / "sql"
VIEWS = SQL / "views"
"""The views over the tables, in the order of their names; all statements read them."""


def parquet(table: str, rows: Iterable[Row]) -> bytes:
    """Return a table's rows as a Parquet file with exactly the table's columns."""
    with TemporaryDirectory() as folder:
        lines, made = Path(folder) / "rows.json", Path(folder) / "rows.parquet"
        lines.write_text("\n".join(map(canonical, rows)), "utf-8")
        kinds: dict[str, str] = {name: column.kind for name, column in KEPT[table].items()}
        with duckdb.connect() as db:
            read = db.read_json(str(lines), columns=kinds, format="newline_delimited")
            read.write_parquet(str(made), compression="zstd")
        return made.read_bytes()


@cache
def empty(table: str) -> bytes:
    """Return the file of a table for a day without rows."""
    return parquet(table, ())


def path(table: str, day: object) -> str:
    """Return the path of a table's rows for a day (UTC) below the export folder. The Hive partitioning can be
    read by DuckDB and Athena."""
    return f"{table}/day={day}/rows.parquet"


class Lake:
    """The export in a folder. A statement is a file below `sql/`. It takes no parameters, so that its meaning
    is the same everywhere."""

    def __init__(self, folder: Path) -> None:
        self._db = duckdb.connect()
        for table, columns in KEPT.items():
            self._db.execute(f"create table {table}_kept as {_read(folder, table, columns)}")
        for view in sorted(VIEWS.glob("*.sql")):
            self._db.execute(f"create table {name_of(view)} as {view.read_text('utf-8')}")

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of a statement of `sql/` by its name."""
        found = self._db.execute((SQL / f"{statement}.sql").read_text("utf-8"))
        columns = [each[0] for each in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def statements() -> Iterator[str]:
    """Yield the names of all statements."""
    return (name_of(file) for file in sorted(SQL.glob("*.sql")))


def name_of(file: Path) -> str:
    """Return the name of an SQL file for other statements: its stem without the sort prefix."""
    return file.stem.split("-", 1)[-1]


def _read(folder: Path, table: str, columns: Mapping[str, Any]) -> str:
    """Return the query that reads a table of the export. It also works without any file, and for files older
    than a column."""
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

"""The local copy of the export, loaded into DuckDB. Only workers whose Lambda layer has duckdb import this
module."""

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
"""The folder of the SQL views over the exported tables; all statements read these views. The name of each
file begins with a number, and the views are created in the order of these numbers."""


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


class Lake:
    """The export in a local folder, loaded into DuckDB for SQL statements. A statement is a file
    `sql/NAME.sql`. It takes no parameters, so it computes the same in DuckDB and in Athena."""

    def __init__(self, folder: Path) -> None:
        self._db = duckdb.connect()
        for table, columns in KEPT.items():
            self._db.execute(f"create table {table}_kept as {_read(folder, table, columns)}")
        for view in sorted(VIEWS.glob("*.sql")):
            self._db.execute(f"create table {name_of(view)} as {view.read_text('utf-8')}")

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Run the statement with this name. Return its rows, each as a mapping from column to value."""
        found = self._db.execute((SQL / f"{statement}.sql").read_text("utf-8"))
        columns = [each[0] for each in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


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

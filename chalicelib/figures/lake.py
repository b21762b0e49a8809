"""The export on this machine, as DuckDB reads it; only whoever has duckdb in its layer imports this."""

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
"""What every statement reads: views over the tables, in the order of their names."""


def parquet(table: str, rows: Iterable[Row]) -> bytes:
    """Rows of a table as a Parquet file, with every column of the table and no other."""
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
    """The file of a day on which no row of a table was made."""
    return parquet(table, ())


def path(table: str, day: object) -> str:
    """Where the rows of a table lie that moved on a day (UTC), below the folder of the export: partitioned as
    Hive does it, which DuckDB and Athena read alike."""
    return f"{table}/day={day}/rows.parquet"


class Lake:
    """The export in a folder. A statement is a file below `sql/`; it takes nothing from outside, so that it
    means the same wherever it runs."""

    def __init__(self, folder: Path) -> None:
        self._db = duckdb.connect()
        for table, columns in KEPT.items():
            self._db.execute(f"create table {table}_kept as {_read(folder, table, columns)}")
        for view in sorted(VIEWS.glob("*.sql")):
            self._db.execute(f"create table {name_of(view)} as {view.read_text('utf-8')}")

    def run(self, statement: str) -> list[dict[str, Any]]:
        """The rows that a statement of `sql/` gives, by its name."""
        found = self._db.execute((SQL / f"{statement}.sql").read_text("utf-8"))
        columns = [each[0] for each in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def statements() -> Iterator[str]:
    """The names of all statements that give figures."""
    return (name_of(file) for file in sorted(SQL.glob("*.sql")))


def name_of(file: Path) -> str:
    """What a file of SQL is called in other statements: its name without what orders it."""
    return file.stem.split("-", 1)[-1]


def _read(folder: Path, table: str, columns: Mapping[str, Any]) -> str:
    """What reads a table of the export; also one of which no day has a row, and one whose days are all older
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

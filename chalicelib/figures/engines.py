"""Engines that compute the figures of more complaints than DuckDB can hold in the function of figures. They
run the same SQL in their own dialects (see `infra.dialects`)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

from chalicelib.figures.tables import KEPT, Column, Columns

DIALECTS = ("athena", "spark")
"""The dialects, under the names that sqlglot gives them."""
MOST = 3_000_000
"""The most complaints whose figures DuckDB computes, if there is another engine (see `make years`)."""
ENGINE = "engine/"
"""The folder of the store for what engines read and write. Its content is deleted after three days."""
WORKING_DAYS: Columns = {
    "day": Column("date", "a day in China"),
    "worked": Column("bigint", "how many working days there were from the first of all days up to this one"),
}
"""The columns of the table `working_days`, which the statements read beside the exported tables."""


class EngineFailed(Exception):
    """An engine has not computed the figures. The message says why, in the words of the engine."""


class Dialect(NamedTuple):
    """SQL in one dialect, by name. `views`: the views over the exported tables, in the order in which they
    build on each other. `statements`: the statements that read the views."""

    views: Mapping[str, str]
    statements: Mapping[str, str]


class Results(Protocol):
    """The rows of statements, each as a mapping from column to value, in the order of the statement."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def run(self, statement: str) -> list[dict[str, Any]]: ...
    def stream(self, statement: str) -> Iterator[dict[str, Any]]: ...


class Export(NamedTuple):
    """The stored rows that an engine reads. `places`: the folder of each table with files, and of
    `working_days`, as keys of the store. `first`: the first exported day (ISO)."""

    places: Mapping[str, str]
    first: str


class Engine(Protocol):
    """`results` runs all statements over an export, and returns their rows. It returns None if `more` ends
    before the engine has finished. The next call with the same `run` continues what was begun, and starts
    nothing twice. Raises EngineFailed; then only another `run` starts again. Raises Unavailable."""

    def results(self, run: str, export: Export, more: Callable[[], bool]) -> Results | None: ...


@cache
def dialect(name: str) -> Dialect:
    """Return the SQL in a dialect, as the build has written it into the package."""
    return Dialect(**json.loads((Path(__file__).parent / f"sql/{name}.json").read_text("utf-8")))


def stored_tables() -> Mapping[str, tuple[str, Columns]]:
    """Return each table that the views read, under its name in SQL: the name of its folder, and its columns.
    The exported tables are partitioned by `day`, which is not among the columns."""
    kept = {f"{table}_kept": (table, columns) for table, columns in KEPT.items()}
    return {**kept, "working_days": ("working_days", WORKING_DAYS)}


def schema(columns: Columns) -> str:
    """Return the columns of a table in the SQL of Hive, which Athena and Spark share."""
    kinds = {name: "string" if column.kind == "varchar" else column.kind for name, column in columns.items()}
    return ", ".join(f"`{name}` {kind}" for name, kind in kinds.items())


def external_tables(bucket: str, export: Export) -> Mapping[str, str]:
    """Return the SQL that defines each table in Athena, by the name of the table. Athena finds the files of a
    day by their path (partition projection). `bucket` holds the export."""
    return {
        name: f"CREATE EXTERNAL TABLE {name} ({schema(columns)}) "
        + _stored(f"s3://{bucket}/{export.places.get(table, f'{ENGINE}none/{table}/')}", table, export.first)
        for name, (table, columns) in stored_tables().items()
    }


def _stored(place: str, table: str, first: str) -> str:
    if table not in KEPT:
        return f"STORED AS PARQUET LOCATION '{place}'"
    return (
        f"PARTITIONED BY (`day` date) STORED AS PARQUET LOCATION '{place}' "
        "TBLPROPERTIES ('projection.enabled'='true', 'projection.day.type'='date', "
        f"'projection.day.format'='yyyy-MM-dd', 'projection.day.range'='{first},NOW', "
        f"'storage.location.template'='{place}day=${{day}}/')"
    )


def spark_plan(sql: Dialect, places: Callable[[str], Sequence[str]]) -> dict[str, Any]:
    """Return what the script `spark_job.py` reads: each table with its columns and its folders, and the SQL.
    `places` returns the addresses of the folders of a table that hold files."""
    day = {"day": Column("date", "the day of the export (UTC)")}
    return {
        "tables": {
            name: {
                "columns": schema(columns if table not in KEPT else {**columns, **day}),
                "places": places(table),
            }
            for name, (table, columns) in stored_tables().items()
        },
        **sql._asdict(),
    }

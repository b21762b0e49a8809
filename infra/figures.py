"""Figures by hand, without the nightly run.

`python -m infra.figures [FOLDER]` runs every statement over an export, and writes a table for each statement
(CSV) into build/figures. FOLDER holds the export; the default is the export of the stack of `make run`.

`python -m infra.figures athena BUCKET` prints the definitions of tables and views. With these definitions
Athena can run the statements over the bucket of figures."""

import csv
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.figures.lake import VIEWS, Lake, name_of, statements, working_days
from chalicelib.figures.nightly import EXPORT
from chalicelib.figures.tables import TABLES
from infra.build import ROOT

MADE = ROOT / "build" / "figures"


def reckon(lake: Lake) -> Iterator[str]:
    """Run every statement, write its CSV file, and yield a line about it."""
    begun = datetime.now(UTC)
    MADE.mkdir(parents=True, exist_ok=True)
    for name in statements():
        rows = lake.run(name)
        with (MADE / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            if rows:
                written = csv.DictWriter(file, rows[0])
                written.writeheader()
                written.writerows(rows)
        yield f"{name}.csv: {len(rows)} rows ({(datetime.now(UTC) - begun).total_seconds():.1f} s)"


def athena(bucket: str) -> Iterator[str]:
    """Yield the SQL that defines the tables and views in Athena. `bucket` holds the export. Athena finds the
    files of a day by their path (partition projection)."""
    import sqlglot

    for table, columns in TABLES.items():
        said = ", ".join(f"`{name}` {_hive(column.kind)}" for name, column in columns.items())
        place = f"s3://{bucket}/{EXPORT}{table}"
        yield (
            f"CREATE EXTERNAL TABLE {table}_kept ({said}) PARTITIONED BY (`day` date) STORED AS PARQUET "
            f"LOCATION '{place}/' TBLPROPERTIES ('projection.enabled'='true', 'projection.day.type'='date', "
            "'projection.day.format'='yyyy-MM-dd', 'projection.day.range'='2026-01-01,NOW', "
            f"'storage.location.template'='{place}/day=${{day}}/')"
        )
    views = {name_of(view): view.read_text("utf-8") for view in sorted(VIEWS.glob("*.sql"))}
    for name, sql in {"working_days": working_days(), **views}.items():
        (told,) = sqlglot.transpile(sql, read="duckdb", write="athena")
        yield f"CREATE VIEW {name} AS {told}"


def _hive(kind: str) -> str:
    return "string" if kind == "varchar" else kind


def main() -> None:
    """Run the command that the arguments name, and print its result."""
    match sys.argv[1:]:
        case ["athena", bucket]:
            print(*athena(bucket), sep=";\n\n", end=";\n")
        case [folder]:
            print(*reckon(Lake(Path(folder))), sep="\n")
        case _:
            from chalicelib.wiring import product
            from infra.local.run import EMULATOR, STACK
            from infra.ops import connect_to

            connect_to(STACK, EMULATOR)
            if lake := product.figures.lake():
                print(*reckon(lake), sep="\n")


if __name__ == "__main__":
    main()

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

from chalicelib.figures.engines import Export, external_tables
from chalicelib.figures.lake import Lake, statements, working_days
from chalicelib.figures.nightly import EXPORT
from chalicelib.figures.tables import KEPT, WORDS
from infra.build import ROOT
from infra.dialects import in_dialect, translated

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
    places = {table: (f"{table}/" if table == WORDS else f"{EXPORT}{table}/") for table in KEPT}
    tables = external_tables(bucket, Export(places, "2026-01-01"))
    yield from (sql for name, sql in tables.items() if name != "working_days")
    views = {"working_days": in_dialect(working_days(), "athena"), **translated("athena").views}
    yield from (f"CREATE VIEW {name} AS {sql}" for name, sql in views.items())


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

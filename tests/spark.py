"""The figures in Spark and in DuckDB. `make spark` runs every view and statement in both, over the same
exports, and compares all rows. It exits with an error if any differ, or if a statement found no row at all.

Spark runs on this machine ("local mode"), in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from math import isclose
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

import tests.conftest  # noqa: F401  (the environment that clients need)
from chalicelib.figures import spark_job
from chalicelib.figures.engines import spark_plan
from chalicelib.figures.lake import Lake, working_days
from chalicelib.figures.nightly import EXPORT
from chalicelib.figures.results import StoredResults
from infra import pins
from infra.build import ROOT
from infra.dialects import translated
from infra.environments import environment
from tests.cloud.moto_pool import whole_scenario
from tests.figures import any_rows, handed, lives, made, timelines
from tests.scenario import DAY, T0

JAVA = 17
NO_JAVA = f"Spark needs Java {JAVA}: apt-get install openjdk-{JAVA}-jre-headless"
SCRIPT = """
import sys
from time import monotonic
sys.path.append(sys.argv[1])
import spark_job
for folder in sys.argv[2:]:
    begun = monotonic()
    spark_job.main(f"{folder}/plan.json", f"{folder}/results")
    print(f"Spark took {monotonic() - begun:.0f} s over {folder.rpartition('/')[2]}", flush=True)
"""
QUICK = (
    "spark.master=local[2]",
    "spark.driver.bindAddress=127.0.0.1",
    "spark.driver.host=127.0.0.1",
    "spark.driver.memory=1g",
    "'spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'",
    "spark.ui.enabled=false",
    "spark.sql.shuffle.partitions=1",
    "spark.sql.adaptive.enabled=false",
    "spark.sql.codegen.wholeStage=false",
    "spark.sql.codegen.factoryMode=NO_CODEGEN",
)
"""The settings of Spark on this machine. Compiling code for each query would take minutes, and the rows are
few."""
Rows = list[dict[str, Any]]


def exports(folder: Path) -> Iterator[Path]:
    """Write the exports, and yield the folder of each."""
    _played(at := folder / "lives")
    yield at
    made.year(at := folder / "year", 500)
    yield at
    handed.World(Random(3), 150).write(at := folder / "handed")
    yield at
    timelines.write(at := folder / "timelines", timelines.lives(Random(5), 40))
    yield at
    any_rows.write(at := folder / "any", seed=9, count=120)
    yield at


def _played(folder: Path) -> None:
    """Write the export of complaints that people have played."""
    with redirect_stdout(StringIO()), whole_scenario() as scenario:  # the meters print
        lives.lived(scenario)
        scenario.later(DAY)
        nightly = scenario.product.figures
        for day in nightly.missing(T0.date()):
            nightly.export(day)
        for key in (*nightly.store.keys(EXPORT), *nightly.store.keys("words/")):
            (file := folder / key.removeprefix(EXPORT)).parent.mkdir(parents=True, exist_ok=True)
            nightly.store.fetch(key, file)


def prepared(export: Path, folder: Path) -> list[str]:
    """Write the plan for an export into a folder. Return the names of all statements."""
    (folder / "working_days").mkdir(parents=True)
    duckdb.sql(working_days()).write_parquet(str(folder / "working_days/rows.parquet"))
    places = {each.name: each for each in (*export.iterdir(), folder / "working_days")}
    plan = spark_plan(translated("spark"), lambda table: [str(places[table])] if table in places else [])
    (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    return [*plan["statements"]]


def in_spark(python: Path, folders: Iterable[Path]) -> None:
    """Run the script of the EMR job for each plan, all in one process, which is faster. Exits if it fails."""
    settings = (word for setting in QUICK for word in ("--conf", setting))
    done = subprocess.run(
        [python, "-c", SCRIPT, Path(spark_job.__file__).parent, *folders],
        env={**os.environ, "PYSPARK_SUBMIT_ARGS": " ".join((*settings, "pyspark-shell"))},
        text=True,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        sys.exit(f"Spark fails:\n{done.stderr}")


def same(one: object, other: object) -> bool:
    """Return whether two values are equal; numbers that are not whole may differ by 1e-9 of their size."""
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return type(one) is type(other) and one == other


def difference(name: str, ours: Rows, theirs: Rows) -> str:
    """Return what differs between the rows of a statement in DuckDB and in Spark; "" if nothing does."""
    if len(ours) != len(theirs):
        return f"{name}: {len(ours)} rows in DuckDB, {len(theirs)} in Spark"
    for n, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if one.keys() != other.keys() or not all(same(one[column], other[column]) for column in one):
            return f"{name}, row {n}:\n  DuckDB {one}\n  Spark  {other}"
    return ""


def main() -> None:
    """Compare all rows of all statements, and print how many there were."""
    if shutil.which("java") is None:
        sys.exit(NO_JAVA)
    python = environment("spark", ROOT / pins.SPARK.file)
    total, differing = Counter[str](), list[str]()
    with TemporaryDirectory() as place:
        found = {Path(place) / "spark" / export.name: export for export in exports(Path(place))}
        (names, *_) = (prepared(export, folder) for folder, export in found.items())
        in_spark(python, found)
        for folder, export in found.items():
            with Lake(export) as lake:
                ours = {name: lake.run(name) for name in names}
            theirs = StoredResults(folder / "results")
            pairs = ((name, ours[name], theirs.run(name)) for name in names)
            said = [text for pair in pairs if (text := difference(*pair))]
            rows = sum(map(len, ours.values()))
            print(f"{export.name}: {len(names)} statements, {rows} rows, {len(said)} differ", flush=True)
            differing += [f"{export.name}, {text}" for text in said]
            total.update({name: len(rows) for name, rows in ours.items()})
    print(*(f"  {name:24} {n:7} rows" for name, n in sorted(total.items())), sep="\n")
    differing += [f"{name}: no export has a row, so nothing is compared" for name in names if not total[name]]
    sys.exit("\n".join(differing) or None)


if __name__ == "__main__":
    main()

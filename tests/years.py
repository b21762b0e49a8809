"""Five years at 2,000 complaints a day for the workers that read all that there ever was: the nightly figures
and the check of the record. `make years` runs each with its function's limits of memory and time, and prints
what it took. Data come from generators, because our own engine would need days for them.

Time is CPU of this machine, in which waiting for AWS is not contained."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from resource import RLIMIT_CPU, RLIMIT_DATA, setrlimit
from time import process_time
from types import SimpleNamespace
from typing import Any, NamedTuple

import tests.conftest  # noqa: F401  (the environment that clients need)
from chalicelib.domain.roster import Roster
from chalicelib.figures.lake import path
from chalicelib.figures.months import Months
from chalicelib.figures.nightly import COMPUTED, EXPORT, LOOKED_BACK, Nightly
from chalicelib.figures.tables import LAST
from infra.build import ROOT
from infra.ops import NoMeters
from tests.figures import five_years
from tests.record_years import Sizes, check

COMPLAINTS = 3_000_000
ENDED = date(2031, 1, 1)
"""The day (UTC) that follows the newest exported day."""
NEW_DAYS = 3
"""The number of exported days that are not in the facts yet."""
MEGABYTES, CORES = 3_072, 1.73
"""The memory of the function `night`, and the cores that Lambda gives to so much: one for each 1,769 MB
(docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)."""
MINUTES = 10
"""The time in which the figures must be computed."""


class Disk:
    """A store of figures in a local folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, content: bytes, type: str = "") -> None:
        """Write a file."""
        (file := self.folder / key).parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def keep(self, key: str, content: bytes, type: str = "") -> bytes:
        """Write a file that is not there yet."""
        if not (self.folder / key).exists():
            self.put(key, content)
        return self.read(key)

    def read(self, key: str) -> bytes:
        """Return the content of a file."""
        return (self.folder / key).read_bytes()

    def fetch(self, key: str, file: Path) -> None:
        """Link a file, which costs no memory, as a copy in pieces costs none."""
        file.unlink(missing_ok=True)
        subprocess.run(["cp", self.folder / key, file], check=True)

    def send(self, key: str, file: Path) -> None:
        """Copy a file into the store."""
        (self.folder / key).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", file, self.folder / key], check=True)

    def drop(self, key: str) -> None:
        """Delete a file."""
        (self.folder / key).unlink()

    def keys(self, folder: str) -> Iterator[str]:
        """Yield the keys that begin with `folder`."""
        whole = self.folder / folder
        found = whole.rglob("*") if whole.is_dir() else whole.parent.glob(f"{whole.name}*")
        yield from sorted(str(file.relative_to(self.folder)) for file in found if file.is_file())

    def etags(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield these keys with the size of each file, since no file here is changed."""
        yield from ((key, str((self.folder / key).stat().st_size)) for key in self.keys(folder))


def night(store: Disk, folder: Path) -> Nightly:
    """Return the nightly job on the morning of `ENDED`, over a store and without cases."""
    file: Any = SimpleNamespace(roster=lambda: Roster(), moved_on=lambda day, shard: iter(()))
    now = datetime.combine(ENDED, time(1), UTC)
    return Nightly(file, store, NoMeters(), lambda: 16, lambda: now, folder, lambda ref: None, lambda: 1)


def stored(folder: Path, count: int, days: int) -> Disk:
    """Return a store with the facts of `count` complaints of that many days, and with the export of the last
    `NEW_DAYS` days, which are not in the facts yet."""
    store, ended = Disk(folder / "store"), ENDED - NEW_DAYS * timedelta(days=1)
    (fresh := store.folder / EXPORT).mkdir(parents=True)
    five_years.export(fresh, max(count * NEW_DAYS // days, 1), ENDED, NEW_DAYS)
    for n in range(NEW_DAYS + 1, days + LOOKED_BACK):
        store.put(EXPORT + path(LAST, ENDED - timedelta(days=n)), b"in the facts")
    marks = night(store, folder)._marks()
    months = Months(store, folder / "made")
    for rows in five_years.by_month(folder / "rows", count, ended, days):
        months.add(rows, {})
    months.add({}, {day: mark for day, mark in marks.items() if day < str(ended)})
    months.sum_up(lambda: True)
    shutil.rmtree(folder / "made")
    return store


def figures(store: Disk, folder: Path) -> Mapping[str, Any]:
    """Compute the figures. Return how many complaints they count and how many months were published."""
    night(store, folder).night()
    received = json.loads(store.read(COMPUTED))["complaints"]
    months = {key.rpartition("/")[2] for folder in ("public/2", "final/2") for key in store.keys(folder)}
    return {"received": received, "months": len(months)}


class Took(NamedTuple):
    """What a part took: seconds of CPU, megabytes of memory, and what it returned."""

    seconds: float
    megabytes: float
    said: Mapping[str, Any]


def limited(part: str, megabytes: int, seconds: float, *arguments: str) -> Took:
    """Run a part of this module in a process of its own, which ends when it takes more. Raises
    CalledProcessError if it ended so."""

    def limit() -> None:
        setrlimit(RLIMIT_DATA, (megabytes << 20, megabytes << 20))
        setrlimit(RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))

    command = [sys.executable, "-m", "tests.years", part, *arguments]
    done = subprocess.run(command, cwd=ROOT, preexec_fn=limit, stdout=subprocess.PIPE, text=True, check=True)
    took = Took(*json.loads(done.stdout.splitlines()[-1]))
    assert took.megabytes <= megabytes, took
    return took


def main() -> None:
    """Run a part in this process, or all parts with their limits."""
    match sys.argv[1:]:
        case ["figures", folder]:
            said = figures(Disk(Path(folder) / "store"), Path(folder) / "local")
        case ["record"]:
            said = check(Sizes())
        case _:
            return every()
    print(json.dumps(Took(round(process_time(), 1), round(peak()), said)))
    return None


def peak() -> float:
    """Return the most megabytes that this process had in memory, as Linux counts them. `getrusage` would also
    count the process that started it."""
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    return int(next(line.split()[1] for line in status if line.startswith("VmHWM"))) / 1024


def every() -> None:
    """Run all parts, and print what each took."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        print(f"generating {COMPLAINTS:,} complaints …", flush=True)
        stored(Path(folder), COMPLAINTS, five_years.DAYS)
        print("figures", limited("figures", MEGABYTES, CORES * MINUTES * 60, folder), flush=True)
    print("record", limited("record", 512, 24 * 300), flush=True)


if __name__ == "__main__":
    main()

"""Import complaints from a file, or export a partner's cases, through the interface of a site. The partner's
key is read from the environment variable REDRESS_KEY, the address from --site or REDRESS_SITE.

Import: each record becomes a complaint by the map, and a line in the file of results. Export: the cases that
the partner filed become lines of a file. The same command goes on where an earlier run ended; no complaint is
filed twice."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from infra.bulk import sheets
from infra.bulk.client import Answer, Client, Stopped
from infra.bulk.exporting import exported
from infra.bulk.mapping import EXTERNAL_ID, Fault, Filing, Map, Schema, WrongMap
from infra.bulk.results import FILED, KNOWN, REFUSED, Journal, Result
from infra.bulk.sheets import WrongFile

KEY, SITE = "REDRESS_KEY", "REDRESS_SITE"
MOST_THREADS = 16
MAPS = Path(__file__).parents[1] / "maps"
SOME_FAULTY, NOT_DONE = 1, 2
"""The exit codes for a run in which records were refused, and for one that ended early."""


def main(arguments: Sequence[str] | None = None, pause: Any = time.sleep, clock: Any = time.monotonic) -> int:
    """Run the command of the arguments, by default those of the command line. Return the exit code. `pause`
    and `clock` are those of the machine by default."""
    asked = parser().parse_args(arguments)
    if bool(asked.export) == bool(asked.file and asked.map):
        parser().error("name a file with its --map, or --export and a file")
    try:
        key = os.environ.get(KEY, "").strip()
        if not asked.dry_run and not key:
            raise Stopped(f"set the partner's key in the environment variable {KEY}")
        if not key.isascii():
            raise Stopped(f"{KEY} is no key")
        site = asked.site or os.environ.get(SITE, "")
        if not site:
            raise Stopped(f"name the site with --site or in the environment variable {SITE}")
        client = Client(site, key, asked.language, asked.threads, pause, clock)
        return exported(client, asked, say) if asked.export else imported(client, asked)
    except (Stopped, WrongFile, WrongMap, OSError) as error:
        print(error, file=sys.stderr)
        return NOT_DONE


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.bulk", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="the file to import: .csv, .tsv, .jsonl or .xlsx")
    parser.add_argument(
        "--map", type=Path, help="the map of its columns, or the name of one that ships (cfpb)"
    )
    parser.add_argument("--export", type=Path, metavar="FILE", help="write the cases to this .csv or .jsonl")
    parser.add_argument("--state", choices=["open", "closed"], help="export only open or only closed cases")
    parser.add_argument(
        "--from", dest="since", type=date.fromisoformat, help="export from this day, as 2026-11-28"
    )
    parser.add_argument("--to", dest="until", type=date.fromisoformat, help="export up to this day")
    parser.add_argument(
        "--details", action="store_true", help="export each case as the partner may read it (.jsonl)"
    )
    parser.add_argument("--site", default="", help="the address of the site, as https://complaints.example")
    parser.add_argument("--dry-run", action="store_true", help="check every record and file nothing")
    parser.add_argument("--results", type=Path, help="the file of results (FILE.results.csv)")
    parser.add_argument("--language", choices=["en", "zh"], default="en", help="the language of the problems")
    parser.add_argument(
        "--threads",
        type=int,
        choices=range(1, MOST_THREADS + 1),
        metavar="N",
        default=4,
        help=f"requests at one time, at most {MOST_THREADS} (4)",
    )
    return parser


def imported(client: Client, asked: argparse.Namespace) -> int:
    """File the records of a file, or only check them. Return the exit code. Raises Stopped, WrongFile and
    WrongMap."""
    document = client.get("/openapi.json")
    if document.status != 200 or not isinstance(document.body, dict) or "openapi" not in document.body:
        raise Stopped(f"there is no interface at {client.site}: is this its address?")
    ours = MAPS / f"{asked.map}.toml"
    path = ours if not asked.map.exists() and ours.exists() else asked.map
    map = Map(path, Schema(document.body), client.site)
    sheet = sheets.read(asked.file, map.file, map.columns)
    columns = sheet.columns
    if columns is None:
        columns = [*dict.fromkeys(name for record in sheet.records for name in record.cells)]
    say(f"{len(sheet.records)} records, {sheet.read_as}")
    if unused := map.unused(columns):
        say(f"columns that the map does not use: {', '.join(unused)}")
    path = asked.results or asked.file.with_name(asked.file.name + ".results.csv")
    if asked.dry_run:
        path = path.with_name(path.name.replace(".results", ".checked"))
        path.unlink(missing_ok=True)
    journal = Journal(path)
    run = Run(client, journal, len(sheet.records))
    filings = without_repeats(map.filing(record) for record in sheet.records)
    try:
        if asked.dry_run:
            for filing in filings:
                run.done(Result.of(filing, "fits" if filing.ready else REFUSED, faults=filing.faults))
        else:
            run.file(filings, map, asked.threads)
    except KeyboardInterrupt:
        raise Stopped("stopped; the same command goes on") from None
    finally:
        run.finish()
        say(f"results: {path}")
    return SOME_FAULTY if run.count[REFUSED] else 0


def without_repeats(filings: Iterator[Filing]) -> Iterator[Filing]:
    """Yield the filings. One with the external id of an earlier one gets a fault that names its row."""
    first = dict[str, int]()
    for one in filings:
        if (before := first.setdefault(one.external_id, one.n)) != one.n and one.external_id:
            again = Fault(EXTERNAL_ID, "", f"is that of row {before}, too")
            one = one._replace(faults=[*one.faults, again])
        yield one


class Run:
    """A run of an import: what became of how many records, and the results of all of them."""

    def __init__(self, client: Client, journal: Journal, total: int) -> None:
        self.client, self.journal, self.total = client, journal, total
        self.count = Counter[str]()
        self._filed = {one.digest: one for one in journal.before if one.result in (FILED, KNOWN)}
        self._kept = dict[str, Result]()
        self._since = self._shown = time.monotonic()

    def file(self, filings: Iterator[Filing], map: Map, threads: int) -> None:
        """File the complaints, so many at one time. Those that an earlier run filed are left out. Raises
        Stopped."""
        ready = (one for one in filings if self._to_send(one))
        with ThreadPoolExecutor(threads) as pool:
            try:
                running = {pool.submit(self._sent, one, map) for one in islice(ready, threads)}
                while running:
                    finished, running = wait(running, timeout=1, return_when=FIRST_COMPLETED)
                    self._progress()
                    for future in finished:
                        self.done(future.result())
                        running |= self._next(pool, ready, map)
            except BaseException:
                self.client.stopping = True  # threads that wait for the site end now
                raise

    def _next(self, pool: ThreadPoolExecutor, ready: Iterator[Filing], map: Map) -> set[Future[Result]]:
        return {pool.submit(self._sent, one, map) for one in islice(ready, 1)}

    def _to_send(self, filing: Filing) -> bool:
        """Return whether a complaint is to be sent. Note the result if it is not."""
        if not filing.ready:
            self.done(Result.of(filing, REFUSED, faults=filing.faults))
        elif before := self._filed.get(filing.digest):
            self._keep(before._replace(row=str(filing.n)))
            self.count["before"] += 1
        else:
            return True
        return False

    def _sent(self, filing: Filing, map: Map) -> Result:
        return result(filing, self.client.post("/v1/complaints", filing.body, filing.digest), map)

    def done(self, one: Result) -> None:
        """Note a result, and tell of the progress."""
        self.count[one.result] += 1
        self.journal.add(one)
        self._keep(one)
        self._progress()

    def finish(self) -> None:
        """Write the results by row. Those of an earlier run stay if this one did not come so far."""
        for one in self.journal.before:
            self._kept.setdefault(one.row, one)
        self.journal.close(self._kept.values())
        self._progress(last=True)

    def _keep(self, one: Result) -> None:
        self._kept[one.row] = one

    def _progress(self, last: bool = False) -> None:
        """Tell how far the run is: on a terminal once a second, elsewhere once a minute, and at the end."""
        now, terminal = time.monotonic(), sys.stderr.isatty()
        if not last and now - self._shown < (1 if terminal else 60):
            return
        self._shown, n = now, self.count.total()
        said = ", ".join(f"{many} {what}" for what, many in sorted(self.count.items()))
        waits = round(self.client.waits_until - now)
        line = f"{n} of {self.total}: {said or 'none'}, {n / max(now - self._since, 0.1):.0f} a second"
        line += f", the site asks to wait for {waits} s" if waits > 1 and not last else ""
        print(
            f"\r\x1b[K{line}" if terminal else line, end="\n" if last or not terminal else "", file=sys.stderr
        )


def result(filing: Filing, answer: Answer, map: Map) -> Result:
    """Return the result of a complaint by the answer of the site. Raises Stopped for an answer that is none
    of the interface."""
    said = answer.body if isinstance(answer.body, dict) else {}
    if answer.status in (200, 201) and "number" in said:
        what = FILED if answer.status == 201 else KNOWN
        return Result.of(filing, what, str(said["number"]), filing.faults)
    if not 400 <= answer.status < 500 or "title" not in said:
        raise Stopped(f"the answer {answer.status} is none of the interface: is this its address?")
    faults = [map.fault(one["pointer"], one["message"]) for one in said.get("errors", ())]
    faults = faults or [Fault("", "", str(said["title"]))]
    return Result.of(filing, REFUSED, faults=faults)


def say(words: str) -> None:
    """Print a line about the run. It goes to the standard error, since no output is data."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

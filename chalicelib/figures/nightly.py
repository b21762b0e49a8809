"""The nightly figures. The complaints that moved on a past day are exported as rows, and all figures are
computed again from all exported days. In the first days of a quarter, complaints closed in the previous
quarter are sampled, and their people are asked for their opinion of the process.

A day is exported once, table by table, the table `moves` last. An interrupted export lacks the table `moves`,
so it is repeated. The export of a day costs two reads for each complaint that moved on this day, and two more
for a survey answer in free words. The export reads no other complaint."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Meters, Unreadable
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import LEARNING, Role
from chalicelib.domain.moves.feedback import answer_survey, give_opinion, identifying_details
from chalicelib.domain.roster import Roster
from chalicelib.figures import editions
from chalicelib.figures.draw import sampled
from chalicelib.figures.export_rows import Row, learnt, lines_of_day, rows
from chalicelib.figures.filed import ROUTING, counted
from chalicelib.figures.published import FETCHED_AT_ONCE, PUBLIC
from chalicelib.figures.report import (
    HOUSE,
    REPORTED,
    REPORTS,
    SO_FAR,
    Period,
    ReportRows,
    periods,
    report,
    report_key,
    so_far,
)
from chalicelib.figures.signs import WEEK, Counts, letters
from chalicelib.figures.tables import KEPT, LAST, TABLES, WORDS
from chalicelib.figures.team_figures import FOLDER, team_figures
from chalicelib.logs import log

if TYPE_CHECKING:
    from chalicelib.figures.lake import Lake

EXPORT, FIGURES = "export/", "figures/"
"""The folders of the store for exported rows and for internal figures."""
CAUSES = f"{FIGURES}causes.json"
"""The store key of the counts of root causes. Improvement actions are verified by these counts (see
`figures.causes`)."""
LOOKED_BACK = 31
"""The number of past days for which the nightly run looks for a missing export. The nightly run exports the
missing days. Older days are exported by `python -m infra.ops figures`."""
READ_AT_ONCE = 25
"""The number of timeline entries that are read at once. Entries are read from the newest on, until those of
the exported day are found."""
MOST_CASES = 20
"""The maximum number of complaints that the letter about an early sign names. The newest complaints are
named."""


class ExportedCases(Protocol):
    """The case store, as the nightly run uses it. `owe` queues the letter `name` to the staff member `who`,
    unless a letter with the same `id` was queued before. `moved_on` yields the numbers of the complaints of a
    shard that moved on a day (UTC)."""

    def load(self, ref: str) -> Case: ...
    def roster(self) -> Roster: ...
    def owe(self, who: str, id: str, name: str, facts: Mapping[str, Any]) -> None: ...
    def dossier_of(self, case: Case) -> Dossier: ...
    def moved_on(self, day: date, shard: int) -> Iterator[str]: ...


class FigureStore(Protocol):
    """The store of rows and figures. `put` writes the content of a key, or overwrites it. `keep` writes the
    content only if the key has none, and returns the content that is then stored. `etags` yields each key of
    a folder with a mark that changes whenever the content changes."""

    def put(self, key: str, content: bytes, type: str = ...) -> None: ...
    def keep(self, key: str, content: bytes, type: str = ...) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str) -> Iterator[str]: ...
    def etags(self, folder: str) -> Iterator[tuple[str, str]]: ...


@frozen
class Nightly:
    """Exports days and computes figures.

    `file`: the case store. `store`: the store of rows and figures. `shards`: returns the number of shards of
    the list of moved complaints. `folder`: the local folder for a copy of the export. `ask`: asks the people
    of a complaint for their opinion of the process. `share`: returns how many percent of the complaints are
    sampled."""

    file: ExportedCases
    store: FigureStore
    meters: Meters
    shards: Callable[[], int]
    now: Callable[[], datetime]
    folder: Path
    ask: Callable[[str], None]
    share: Callable[[], int]

    def night(self, since: date | None = None) -> None:
        """Export every past day whose export is missing. Then compute all figures, and draw the quarterly
        sample if it is due. If no day is missing, nothing is computed.

        `since` is the first day to look at; the default is `LOOKED_BACK` days ago."""
        missing = self.missing(since)
        there = self._there() if missing else frozenset()
        for day in missing:
            self._export(day, there)
        if missing:
            self.draw(self.reckon())
        self.meters.count("NightHeartbeat")

    def missing(self, since: date | None = None) -> list[date]:
        """Return the days before today (UTC) that are not exported, the oldest first. `since` is the first
        day to check; the default is `LOOKED_BACK` days ago."""
        today = self.now().date()
        first = since or today - timedelta(days=LOOKED_BACK)
        there = {_day_of(key) for key in self.store.keys(f"{EXPORT}{LAST}/")}
        days = (first + timedelta(days=n) for n in range((today - first).days))
        return [day for day in days if str(day) not in there]

    def export(self, day: date) -> None:
        """Export a day (UTC): write the rows of all complaints that moved on it. A repeated export replaces
        the files of the earlier one. A complaint that cannot be read is left out, and counted for operations
        as `FiguresFailed`."""
        self._export(day, self._there())

    def _there(self) -> frozenset[str]:
        """Return the store keys of all exported files, including the files of the table `words`."""
        return frozenset((*self.store.keys(EXPORT), *self.store.keys(f"{WORDS}/")))

    def _export(self, day: date, there: frozenset[str]) -> None:
        from chalicelib.figures.lake import empty_table, path

        made = dict(self._made(day))
        for table in KEPT:
            if (file := path(table, day)) not in made and _key(file) in there:
                self.store.put(_key(file), empty_table(table))
        for file, content in made.items():
            self.store.put(_key(file), content)

    def _made(self, day: date) -> Iterator[tuple[str, bytes]]:
        """Yield the path and the content of each file for a day (UTC). The file of the table `LAST` comes
        last."""
        from chalicelib.figures.lake import empty_table, parquet, path

        found = defaultdict[str, list[Row]](list)
        for shard in range(self.shards()):
            for ref in self.file.moved_on(day, shard):
                try:
                    for table, row in self._rows(ref, day):
                        found[table].append(row)
                except (NotFound, Unreadable, LookupError, TypeError, ValueError) as error:
                    self.meters.count("FiguresFailed")
                    log.error("not exported", extra={"ref": ref, "error": type(error).__name__})
        if found[WORDS]:
            said = sorted(found[WORDS], key=lambda row: (row.get("type", ""), row["term"]))
            yield path(WORDS, day), parquet(WORDS, said)
        for table in (*(TABLES.keys() - {LAST}), LAST):
            if found[table] or table == LAST:
                yield path(table, day), parquet(table, found[table]) if found[table] else empty_table(table)

    def _rows(self, ref: str, day: date) -> list[tuple[str, Row]]:
        """Return the rows of `ref` for a day (UTC), each as the name of its table and the row. `ref` is a
        complaint, an improvement action or a training."""
        dossier = self.file.dossier_of(self.file.load(ref))
        told = learnt if dossier.case.stage in LEARNING else rows
        lines = [*lines_of_day(day, _since(dossier, day))]
        return [*told(dossier.case, lines), *((WORDS, row) for row in self._words(dossier, lines))]

    def _words(self, dossier: Dossier, lines: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
        """Yield the rows of the table `words` from these timeline entries (`lines`): one row for each term in
        the free text of a survey answer, or of an opinion on the process. The row of an opinion omits the
        type of the complaint."""
        for line in (
            line for line in lines if line["move"] in (answer_survey.__name__, give_opinion.__name__)
        ):
            if said := dossier.entry(line["n"])[1].get("comment"):
                from chalicelib.figures.terms import terms

                month = datetime.fromisoformat(line["at"]).astimezone(SHANGHAI).date().replace(day=1)
                case, first = dossier.case, {1: dossier.entry(1)[1]}
                about = {"type": case.matters[0].type} if line["move"] == answer_survey.__name__ else {}
                for term in terms(said, identifying_details(case, dossier.people, self.file.roster(), first)):
                    yield {"month": str(month), **about, "term": term}

    def reckon(self) -> "Lake":
        """Compute and store all figures from the whole export. Publish the edition of each month that is
        over, fully exported and not yet published. Return the local copy of the export."""
        lake, found = _run(self.fetched())
        self.store.put(ROUTING, _json(counted(lake.run("routing/filed_lately"))), "application/json")
        until = max(map(_day_of, self.store.keys(f"{EXPORT}{LAST}/")), default="")
        self._count(found, until)
        self._tell(found)
        there = {key.rpartition("/")[2] for key in self.store.keys(PUBLIC)}
        missing = self.missing()
        for month, edition in editions.closed_months(found, self.now(), missing):
            if f"{month}.json" not in there:
                self.store.keep(f"{PUBLIC}{month}.json", _json(edition), "application/json")
        self.store.put(f"{PUBLIC}clock.json", _json(editions.lateness(found["clock"])), "application/json")
        self._report(found, missing, self.now().replace(hour=0, minute=0, second=0, microsecond=0))
        self._of_teams(lake, missing, until)
        return lake

    def today(self) -> None:
        """Compute and store the internal figures again, including the events since midnight (UTC). The rows
        of these events are only written to the local folder, because a day is exported after its end."""
        now, folder = self.now(), self.fetched()
        for file, content in self._made(now.date()):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        lake, found = _run(folder)
        today, missing = str(now.astimezone(SHANGHAI).date()), self.missing()
        self._count(found, today)
        self._report(found, missing, now)
        self._of_teams(lake, missing, today)

    def _count(self, found: Mapping[str, Any], until: str) -> None:
        """Store the results of all statements (`found`), and the counts of root causes. `until` is the last
        day that the counts contain."""
        self._put("house", found)
        self._put("causes", {"until": until, **editions.causes(found["causes_by_day"])})

    def _report(self, found: Mapping[str, Any], missing: list[date], until: datetime) -> None:
        """Store the reports of each team and of the company. A month or year that is over gets a report once.
        The current month and year get a provisional report of the time up to `until`.

        `found` are the results of all statements. `missing` are the days that are not exported. If any day is
        missing, no provisional report is made."""
        today, there = self.now().astimezone(SHANGHAI).date(), {*self.store.keys(REPORTS)}
        over = [*periods(editions.finished_months(found, self.now(), missing))]
        figures = ReportRows(found)
        teams = figures.kinds["received", HOUSE, "team"]
        for period in (one for one in over if report_key(one.name) not in there):
            for team in (*sorted(teams), HOUSE):
                made = _json(report(figures, period, today, team))
                self.store.keep(report_key(period.name, team), made, "application/json")
        running = [] if missing else [Period(f"{today:%Y-%m}"), Period(f"{today:%Y}", today)]
        for period in running:
            for team in (*sorted(teams), HOUSE):
                made = _json(so_far(figures, period, today, until, team))
                self.store.put(report_key(period.name, team, SO_FAR), made, "application/json")
        listed = {"periods": [one.name for one in over], "so_far": [one.name for one in running]}
        self.store.put(REPORTED, _json(listed), "application/json")

    def _of_teams(self, lake: "Lake", missing: list[date], until: str) -> None:
        """Store the figures of each team and person. `until` is the last day that they contain. If any day is
        missing in the export (`missing`), the earlier figures stay."""
        if missing:
            return
        load, counts, times = (lake.run(f"teams/{name}") for name in ("load", "counts", "times"))
        for name, found in team_figures(load, counts, times, until):
            self.store.put(f"{FOLDER}{name}.json", _json(found), "application/json")

    def draw(self, lake: "Lake") -> None:
        """Sample the complaints closed in the previous quarter, and ask their people for their opinion of the
        process. This is done once a quarter. An interrupted run is repeated, which does no harm, because a
        complaint's people are asked only once.

        Raises Unavailable if the store does not answer."""
        closed = lake.run("draws/closed_before")
        if not closed:
            return
        quarter = str(closed[0]["begun"])
        key = f"{FIGURES}asked/{quarter}.json"
        if key in self.store.keys(key):
            return
        refs = sampled(quarter, (row["ref"] for row in closed), self.share())
        for ref in refs:
            self.ask(ref)
        self._put(f"asked/{quarter}", {"closed": len(closed), "asked": refs})

    def _tell(self, found: Mapping[str, Any]) -> None:
        """Store today's early signs, and write to every supervisor about each sign. While a sign lasts, its
        letter is repeated weekly. `found` are the results of all statements."""
        today = self.now().astimezone(SHANGHAI).date()
        newest = [row for row in found["sign_cases"] if today - WEEK <= row["day"] < today]
        told = [
            {
                **sign._asdict(),
                "usual": round(sign.usual, 1),
                "letter": letter,
                "cases": [
                    row["ref"] for row in newest if (row["facet"], row["code"]) == (sign.facet, sign.code)
                ][:MOST_CASES],
            }
            for letter, sign in letters(Counts(found["signs"]).signs(today))
        ]
        self._put("signs", {"day": today, "signs": told})
        teams, week = self.file.roster().teams.values(), f"{today:%G-%V}"
        supervisors = {who.id for team in teams for who in team.duty.get(Role.SUPERVISOR.code, ())}
        for sign in told:
            for who in sorted(supervisors):
                id = f"{sign['letter']}.{sign['facet']}.{sign['code']}.{week}"
                self.file.owe(who, id, str(sign["letter"]), {**sign, "day": str(today)})

    def fetched(self) -> Path:
        """Make the local folder equal to the stored export, including the table `words`, and return the
        folder. Only files that have changed in the store are fetched. Local files that are no longer stored
        are deleted."""

        def fetch(marked: tuple[str, str]) -> Path:
            key, mark = marked
            file = (self.folder / key.removeprefix(EXPORT)).with_stem(mark)
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(self.store.read(key))
            return file

        with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
            wanted = (*self.store.etags(EXPORT), *self.store.etags(f"{WORDS}/"))
            kept = {*pool.map(fetch, wanted)}
        for left in {*self.folder.glob("*/*/*.parquet")} - kept:
            left.unlink()
        return self.folder

    def _put(self, name: str, figures: Mapping[str, Any]) -> None:
        self.store.put(f"{FIGURES}{name}.json", _json(figures), "application/json")


def _since(dossier: Dossier, day: date) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of a timeline, the newest first, until all entries since the beginning of a day (UTC)
    were yielded. Some older entries may follow, because entries are read in groups."""
    for last in range(len(dossier.entries), 0, -READ_AT_ONCE):
        numbers = range(last, max(last - READ_AT_ONCE, 0), -1)
        dossier.prefetch(numbers)
        lines = [dossier.line(n) for n in numbers]
        yield from lines
        if any(line["move"] and line["at"][:10] < str(day) for line in lines):
            return


def _run(folder: Path) -> tuple["Lake", Mapping[str, Any]]:
    """Load the export in `folder` into DuckDB. Return the loaded export, and the rows of every statement by
    the name of the statement."""
    from chalicelib.figures.lake import Lake, statements

    lake = Lake(folder)
    return lake, {name: lake.run(name) for name in statements()}


def _key(file: str) -> str:
    """Return the store key of an exported file from its path. The table `words` is not stored in the folder
    `EXPORT`, because that folder holds no free text."""
    return file if file.startswith(f"{WORDS}/") else EXPORT + file


def _day_of(key: str) -> str:
    return key.split("day=")[1].split("/")[0]


def _json(figures: Any) -> bytes:
    return json.dumps(figures, default=str, ensure_ascii=False).encode()

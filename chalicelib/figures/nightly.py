"""The nightly figures. The complaints that moved on a past day are exported as rows, and all figures are
computed again from all exported days. In the first days of a quarter, complaints closed in the previous
quarter are sampled, and their people are asked for their opinion of the process.

A day is exported once, in chunks of complaints. A run that has no time left stores its chunks as parts, and
the next run continues behind the last part. At the end the parts become the files of the day, a file for each
table, the table `moves` last: a day without that file is not exported. The export of a day costs two reads
for each complaint that moved on this day, and two more for a survey answer in free words. The export reads no
other complaint.

The figures are computed from the facts (`figures.months`), which have the newest rows of each complaint by
month of receipt. A run adds only the days to them that are new, and computes the months that these days
touch. If a day was exported again, the facts are made again from the whole export."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Meters, Unreadable
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import LEARNING, Role
from chalicelib.domain.moves.feedback import answer_survey, identifying_details
from chalicelib.domain.policy import Sale
from chalicelib.domain.roster import Roster
from chalicelib.figures import causes, editions
from chalicelib.figures.comparable import by_type, comparable_key
from chalicelib.figures.draw import sampled
from chalicelib.figures.editions import FINAL, PROVISIONAL
from chalicelib.figures.engines import ENGINE, MOST, Engine, EngineFailed, Export, Results
from chalicelib.figures.export_rows import SURVEYS, Row, digest_of, learnt, lines_of_day, rows
from chalicelib.figures.filed import ROUTING, counted
from chalicelib.figures.published import FETCHED_AT_ONCE, FINAL_EDITIONS, PUBLIC
from chalicelib.figures.report import (
    CUT,
    FINAL_REPORTS,
    HOUSE,
    REPORTED,
    REPORTS,
    SO_FAR,
    UNSURVEYED,
    Period,
    Report,
    ReportRows,
    Span,
    cut,
    cut_key,
    finished,
    periods,
    report,
    report_key,
    running_on,
    so_far,
)
from chalicelib.figures.signs import (
    PAST,
    WEEK,
    Counts,
    Kind,
    Sign,
    letter,
    reported,
    special_days,
    together,
    weeks,
)
from chalicelib.figures.tables import KEPT, LAST, WORDS
from chalicelib.figures.team_figures import FOLDER, TRENDS, team_figures, trends
from chalicelib.figures.volumes import VOLUMES
from chalicelib.logs import log

if TYPE_CHECKING:
    from chalicelib.figures.lake import Files, Lake
    from chalicelib.figures.months import Months

More = Callable[[], bool]
PLACES = (REPORTS, FINAL_REPORTS)
"""The folders of the store for reports of periods that are over."""
EXPORT, FIGURES, PARTS = "export/", "figures/", "parts/"
"""The folders of the store for exported rows, for internal figures, and for parts of unfinished days."""
COMPUTED = f"{FIGURES}computed.json"
"""The store key of the mark of the export from which the figures were computed."""
RUN = f"{FIGURES}engine.json"
"""The store key of how often another engine has failed over an export."""
SIGNS = f"{FIGURES}signs.json"
"""The store key of the early signs, with the day of the last letter about each kind."""
LOOKED_BACK = 31
"""The number of past days for which the nightly run looks for a missing export, if no older day is exported.
It looks for missing days from the first exported day on. Days before that are exported by `python -m
infra.ops figures`."""
AT_ONCE = 1_000
"""The number of complaints in a chunk of the export."""
ADDED_AT_ONCE = 31
"""The number of days that are fetched and added to the facts at once."""
EXPORT_MS, FOLD_MS = 600_000, 420_000
"""A run exports and adds to the facts only while it has more time left than this, in milliseconds. The rest
is for the figures: of 3 million complaints they take some eight minutes of CPU."""
ENDLESS_MS = 3_600_000
"""The time left of a run that nothing ends, as at the terminal."""
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
    content only if the key has none, and returns the content that is then stored. `fetch` and `send` copy the
    content of a key to and from a local file. `etags` yields each key of a folder with a mark that changes
    whenever the content changes."""

    def put(self, key: str, content: bytes, type: str = ...) -> None: ...
    def keep(self, key: str, content: bytes, type: str = ...) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def fetch(self, key: str, file: Path) -> None: ...
    def send(self, key: str, file: Path) -> None: ...
    def drop(self, key: str) -> None: ...
    def keys(self, folder: str) -> Iterator[str]: ...
    def etags(self, folder: str) -> Iterator[tuple[str, str]]: ...


@frozen
class Nightly:
    """Exports days and computes figures.

    `file`: the case store. `store`: the store of rows and figures. `shards`: returns the number of shards of
    the list of moved complaints. `folder`: the local folder for facts and exported files. `ask`: asks the
    people of a complaint for their opinion of the process. `share`: returns how many percent of the
    complaints are sampled. `sales`: returns the yearly sales, in which early signs are stricter. `engine`:
    computes the figures of more than `MOST` complaints; without an engine DuckDB computes all."""

    file: ExportedCases
    store: FigureStore
    meters: Meters
    shards: Callable[[], int]
    now: Callable[[], datetime]
    folder: Path
    ask: Callable[[str], None]
    share: Callable[[], int]
    sales: Callable[[], Iterable[Sale]] = tuple
    engine: Engine | None = None

    def night(self, since: date | None = None, left_ms: Callable[[], int] = lambda: ENDLESS_MS) -> None:
        """Export the past days whose export is missing, the newest first. Then compute all figures if the
        export has changed, and draw the quarterly sample if it is due. What the time does not allow is left
        to the next run.

        `since` is the first day to look at; the default is that of `missing`. `left_ms` returns the remaining
        milliseconds of the run.

        `DaysNotExported` tells operations how many days have been over for a day or longer and were not
        exported before this run. It is 0 until the first export."""
        waiting, today = self.missing(), self.now().date()
        late = [day for day in waiting if today - day > timedelta(days=1)] if self._exported() else []
        self.meters.count("DaysNotExported", len(late))
        for day in reversed(self.missing(since)):
            if left_ms() > EXPORT_MS:
                self._export(day, lambda: left_ms() > EXPORT_MS)
        marks = self._marks()
        if marks and self._computed() != _mark(marks):
            self._compute_all(marks, lambda: left_ms() > FOLD_MS)
        self.meters.count("NightHeartbeat")

    def _computed(self) -> str:
        """Return the mark of the export from which the figures were computed; "" if they never were."""
        return str(json.loads(self.store.read(COMPUTED))["export"]) if [*self.store.keys(COMPUTED)] else ""

    def _compute_all(self, marks: Mapping[str, str], more: More) -> None:
        engine = self.engine if self._stored(COMPUTED).get("complaints", 0) > MOST else None
        if lake := self._elsewhere(engine, marks, more) if engine else self.lake(marks, more):
            with lake:
                complaints = self._compute(lake)
                self.draw(lake)
            self._put("computed", {"export": _mark(marks), "complaints": complaints})

    def _elsewhere(self, engine: Engine, marks: Mapping[str, str], more: More) -> Results | None:
        """Let an engine compute the results of all statements. Return None if there was not enough time, or
        if a day is exported in part; the next call continues. After a failure the next call starts again."""
        from chalicelib.figures.lake import working_days_file

        keys = [*self.store.keys(EXPORT), *self.store.keys(f"{WORDS}/")]
        if {_day_of(key) for key in keys} - marks.keys():
            return None
        self.store.put(f"{ENGINE}working_days/rows.parquet", working_days_file())
        places = {key.split("/")[-3]: key.partition("day=")[0] for key in keys}
        export = Export({**places, "working_days": f"{ENGINE}working_days/"}, min(marks))
        kept, mark = self._stored(RUN), _mark(marks)
        failed = kept["failed"] if kept.get("export") == mark else 0
        try:
            return engine.results(sha256(f"{mark} {failed}".encode()).hexdigest(), export, more)
        except EngineFailed:
            self._put("engine", {"export": mark, "failed": failed + 1})
            raise

    def missing(self, since: date | None = None) -> list[date]:
        """Return the days before today (UTC) that are not exported, the oldest first. `since` is the first
        day to check; the default is the first exported day, or `LOOKED_BACK` days ago if that is earlier."""
        today, there = self.now().date(), self._exported()
        back = str(today - timedelta(days=LOOKED_BACK))
        first = since or date.fromisoformat(min([back, *there]))
        days = (first + timedelta(days=n) for n in range((today - first).days))
        return [day for day in days if str(day) not in there]

    def _exported(self) -> set[str]:
        """Return the exported days."""
        return {_day_of(key) for key in self.store.keys(f"{EXPORT}{LAST}/")}

    def export(self, day: date) -> None:
        """Export a day (UTC) from its beginning: write the rows of all complaints that moved on it. A
        repeated export replaces the files of the earlier one. A complaint that cannot be read is left out,
        and counted for operations as `FiguresFailed`."""
        for key in [*self.store.keys(f"{PARTS}{day}/")]:
            self.store.drop(key)
        self._export(day, lambda: True)

    def _export(self, day: date, more: More) -> None:
        """Continue the export of a day while `more` returns true."""
        parts = self._parts(day)
        for at, made in self._chunks(day, max(parts, default=""), more):
            if not at:
                self._finish(day, made)
            for table, content in made.items() if at else ():
                self.store.put(f"{PARTS}{day}/{at}/{table}.parquet", content)

    def _parts(self, day: date) -> set[str]:
        """Return the names of the stored parts of a day. A part without its last file was broken off."""
        stored = (key.split("/") for key in self.store.keys(f"{PARTS}{day}/"))
        return {part for _, _, part, file in stored if file == f"{LAST}.parquet"}

    def _finish(self, day: date, rest: Mapping[str, bytes]) -> None:
        """Write the files of a day from its parts and from the last chunk `rest`. Delete the parts."""
        from chalicelib.figures.lake import empty_table, merged, path

        parts = sorted(self._parts(day))
        stored = [*self.store.keys(f"{PARTS}{day}/")]
        for table in (*(KEPT.keys() - {LAST}), LAST):
            keys = (f"{PARTS}{day}/{part}/{table}.parquet" for part in parts)
            pieces = [self.store.read(key) for key in keys if key in stored]
            pieces += [rest[table]] if table in rest else []
            key = _key(path(table, day))
            if pieces:
                self.store.put(key, merged(table, pieces) if len(pieces) > 1 else pieces[0])
            elif key in self.store.keys(key):
                self.store.put(key, empty_table(table))
        for key in stored:
            self.store.drop(key)

    def _chunks(
        self, day: date, after: str = "", more: More = lambda: True
    ) -> Iterator[tuple[str, Mapping[str, bytes]]]:
        """Yield the rows of the complaints that moved on a day (UTC), in chunks of `AT_ONCE` complaints,
        while `more` returns true. A chunk is the place of its last complaint ("" in the last chunk), and the
        content of a file for each table. The file of the table `LAST` comes last. `after` is the place behind
        which to begin."""
        found, seen = defaultdict[str, list[Row]](list), set[str]()
        for at, ref in self._moved(day, after):
            if ref not in seen:
                self._add(found, ref, day)
                seen.add(ref)
            if len(seen) == AT_ONCE or not more():
                yield at, _files(found)
                found.clear()
                seen.clear()
                if not more():
                    return
        yield "", _files(found)

    def _moved(self, day: date, after: str) -> Iterator[tuple[str, str]]:
        """Yield the complaints that moved on a day, each as its place in the list and its number."""
        for shard in range(self.shards()):
            if f"{shard:05}~" > after:
                places = ((f"{shard:05}-{ref}", ref) for ref in self.file.moved_on(day, shard))
                yield from (place for place in places if place[0] > after)

    def _add(self, found: Mapping[str, list[Row]], ref: str, day: date) -> None:
        """Add the rows of a complaint for a day to `found`, or report that it cannot be read."""
        try:
            for table, row in self._rows(ref, day):
                found[table].append(row)
        except (NotFound, Unreadable, LookupError, TypeError, ValueError) as error:
            self.meters.count("FiguresFailed")
            log.error("not exported", extra={"ref": ref, "error": type(error).__name__})

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
        for line in (line for line in lines if line["move"] in SURVEYS):
            if said := dossier.entry(line["n"])[1].get("comment"):
                from chalicelib.figures.terms import terms

                month = datetime.fromisoformat(line["at"]).astimezone(SHANGHAI).date().replace(day=1)
                case, first = dossier.case, {1: dossier.entry(1)[1]}
                about = {"type": case.matters[0].type} if line["move"] == answer_survey.__name__ else {}
                for term in terms(said, identifying_details(case, dossier.people, self.file.roster(), first)):
                    who = digest_of(case, line["facts"].get("party", ""), term)
                    yield {"month": str(month), **about, "term": term, "who": who}

    def reckon(self) -> None:
        """Compute and store all figures from the whole export."""
        if lake := self.lake():
            with lake:
                self._compute(lake)

    def lake(self, marks: Mapping[str, str] | None = None, more: More = lambda: True) -> "Lake | None":
        """Bring the stored facts up to date with the export, and return them. Return None if there was not
        enough time for all days; the next call continues. `marks` are those of `_marks`."""
        months = self._months(self._marks() if marks is None else marks, more)
        return months.lake(self._words_fetched()) if months else None

    def _months(self, marks: Mapping[str, str], more: More) -> "Months | None":
        """Return the facts with all exported days and with the sums of all months. Return None if there was
        not enough time."""
        from chalicelib.figures.lake import SCRATCH, found_in
        from chalicelib.figures.months import Months

        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{SCRATCH}*"):  # by a run that was ended, in the same container
            shutil.rmtree(left, ignore_errors=True)
        months, fresh = Months(self.store, self.folder), self.folder / "fresh"
        if not months.days.items() <= marks.items():  # a day in it was exported again
            months.clear()
        rest = sorted(marks.keys() - months.days.keys())
        keys = [*self.store.keys(EXPORT)] if rest else []
        for n in range(0, len(rest), ADDED_AT_ONCE):
            if not more():
                return None
            some = rest[n : n + ADDED_AT_ONCE]
            shutil.rmtree(fresh, ignore_errors=True)
            self._fetch({key: fresh / key.removeprefix(EXPORT) for key in keys if _day_of(key) in some})
            months.add(found_in(fresh), {day: marks[day] for day in some})
        shutil.rmtree(fresh, ignore_errors=True)
        return months if months.sum_up(more) else None

    def _marks(self) -> dict[str, str]:
        """Return a mark of each exported day, which changes when a file of the day changes."""
        found = defaultdict[str, dict[str, str]](dict)
        for key, etag in self.store.etags(EXPORT):
            found[_day_of(key)][key] = etag
        done = (day for day, files in found.items() if any(key.startswith(EXPORT + LAST) for key in files))
        return {day: _mark(found[day]) for day in done}

    def _compute(self, lake: Results) -> int:
        """Compute and store all figures. Publish the editions that are due and not yet published. Return the
        number of complaints."""
        self.store.put(ROUTING, _json(counted(lake.stream("routing/filed_lately"))), "application/json")
        for name, cases in by_type(lake.stream("comparable/closed")):
            self.store.put(comparable_key(name), _json(cases), "application/json")
        found = _run(lake)
        until = max(map(_day_of, self.store.keys(f"{EXPORT}{LAST}/")), default="")
        missing = self.missing()
        self._tell(found, missing)
        self._count_causes(lake, date.fromisoformat(until))
        self._publish(found, missing, until)
        self._report(found, missing, self.now().replace(hour=0, minute=0, second=0, microsecond=0))
        self._of_teams(lake, missing, until)
        return sum(row["n"] for row in found["received"] if (row["team"], row["facet"]) == ("", "all"))

    def _publish(self, found: Mapping[str, Any], missing: list[date], until: str) -> None:
        """Publish the provisional edition of each month that is over, and the final one when it is time. A
        month that has an edition of an earlier release gets no other. The arguments are those of `_report`,
        but `until` is the last exported day."""
        there = {*self.store.keys(PUBLIC), *self.store.keys(FINAL_EDITIONS)}
        for month in editions.finished_months(found, self.now(), missing):
            first, last = (f"{folder}{month:%Y-%m}.json" for folder in (PUBLIC, FINAL_EDITIONS))
            if editions.is_final(editions.month_after(month), self.now()):
                former = json.loads(self.store.read(first)) if first in there - {last} else None
                if last not in there and (former is None or "edition" in former):
                    made = editions.edition(found, month, FINAL, until, former)
                    self.store.keep(last, _json(editions.finished(made, former)), "application/json")
            elif first not in there:
                made = editions.edition(found, month, PROVISIONAL, until)
                self.store.keep(first, _json(made), "application/json")

    def today(self) -> None:
        """Compute and store the internal figures again, including the events since midnight (UTC). The rows
        of these events are only added to the local facts, because a day is exported after its end."""
        from chalicelib.figures.lake import found_in, path
        from chalicelib.figures.months import Months

        now, fresh = self.now(), self.folder / "fresh"
        self._months(self._marks(), lambda: True)
        months = Months(self.store, self.folder, kept=False)
        for at, made in self._chunks(now.date()):
            for table, content in made.items():
                file = (fresh / path(table, now.date())).with_stem(at or "rest")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        made_today = found_in(fresh)
        months.add(made_today, {str(now.date()): "today"})
        months.sum_up(lambda: True)
        words = {WORDS: [*self._words_fetched()[WORDS], *made_today[WORDS]]}
        with months.lake(words) as lake:
            found = _run(lake)
            today, missing = now.astimezone(SHANGHAI).date(), self.missing()
            self._count_causes(lake, today)
            self._report(found, missing, now)
            self._of_teams(lake, missing, str(today))
        shutil.rmtree(fresh, ignore_errors=True)

    def _count_causes(self, lake: Results, until: date) -> None:
        """Store the counts by which improvement actions are verified (see `figures.causes`). `until` is the
        last day of the export. The counts are complete only up to the first day that is not exported. Days
        before the first complaint do not matter."""
        since = next((row["day"] for row in lake.run("begun")), None)
        if since is None:
            return
        whole = min([until, *(day - timedelta(days=1) for day in self.missing() if day >= since)])
        stated = {"since": since, "until": whole}
        earlier, night = (self._stored(key) for key in (causes.causes_key(), f"{FIGURES}signs.json"))
        before = earlier.get("signs", {})
        signs = causes.signs(before, night) if night else before
        more = {"actions": lake.run("verdicts/actions"), "signs": signs, "volumes": self._stored(VOLUMES)}
        for key, counts in causes.tables(lake.stream("verdicts/found"), since):
            house = more if key == causes.causes_key() else {}
            self.store.put(key, _json({**stated, **house, "counts": counts}), "application/json")

    def _stored(self, key: str) -> dict[str, Any]:
        """Return stored figures; {} if there are none."""
        found: dict[str, Any] = json.loads(self.store.read(key)) if [*self.store.keys(key)] else {}
        return found

    def _report(self, found: Mapping[str, Any], missing: list[date], until: datetime) -> None:
        """Store the reports of each team and of the company. A month, quarter or year that is over gets a
        provisional report once, and a final one when it is time. A period that has a report of an earlier
        release gets no other. The current ones get a report so far, of the time up to `until`.

        `found` are the results of all statements. `missing` are the days that are not exported. If any day is
        missing, no report is made."""
        today = self.now().astimezone(SHANGHAI).date()
        there = {key for place in PLACES for key in self.store.keys(place)}
        figures = ReportRows(found, self._stored(VOLUMES))
        teams = (*sorted(figures.kinds["received", HOUSE, "team"]), HOUSE)
        for period in periods(editions.finished_months(found, self.now(), missing)):
            final = editions.is_final(editions.month_after(period.months[-1]), self.now())
            place = FINAL_REPORTS if final else REPORTS
            if report_key(period.name, place=place) in there:
                continue
            of_house = self._former(period, HOUSE, there)
            if of_house and "edition" not in of_house:
                continue
            newest = f"{period.months[-1]:%Y-%m}"
            earlier = {report_key(newest, place=folder) for folder in PLACES} & there
            for team in teams:
                told = report(figures, period, today, team)
                if period.span == Span.QUARTER and earlier:
                    # an earlier report has the survey of the quarter, and a difference could tell an answer
                    told = {**told, **UNSURVEYED}
                made: Report = {**told, "edition": FINAL if final else PROVISIONAL}
                if final:
                    made = finished(made, of_house and (self._former(period, team, there) or {}))
                key = report_key(period.name, team, place)
                self._cut(key, json.loads(self.store.keep(key, _json(made), "application/json")))
        running = [] if missing else [*running_on(today)]
        for period in running:
            for team in teams:
                told = so_far(figures, period, today, until, team)
                key = report_key(period.name, team, SO_FAR)
                self.store.put(key, _json(told), "application/json")
                self._cut(key, told)
        self._list_reports(running)

    def _cut(self, key: str, told: Report) -> None:
        """Store a report without the codes that no page shows, if it has such codes. `key`: that of the whole
        report."""
        if small := cut(told):
            self.store.put(cut_key(key), _json(small), "application/json")

    def _former(self, period: Period, team: str, there: Collection[str]) -> Report | None:
        """Return the provisional report of a period, or the one of an earlier release; None if there is
        none."""
        key = report_key(period.name, team)
        return json.loads(self.store.read(key)) if key in there else None

    def _list_reports(self, running: Iterable[Period]) -> None:
        """Store the list of periods that have a report. `running` are those that are not over."""
        made, final = (
            {key.removeprefix(place).partition("/")[0] for key in self.store.keys(place)} for place in PLACES
        )
        listed = {
            "periods": sorted(made | final, key=lambda name: (name[:4], name[4:] or "~")),
            "provisional": sorted(made),
            "final": sorted(final),
            "so_far": [period.name for period in running],
            "cut": sorted(self.store.keys(CUT)),
        }
        self.store.put(REPORTED, _json(listed), "application/json")

    def _of_teams(self, lake: Results, missing: list[date], until: str) -> None:
        """Store the figures of each team and person. `until` is the last day that they contain. If any day is
        missing in the export (`missing`), the earlier figures stay."""
        if missing:
            return
        load, counts, times = (lake.run(f"teams/{name}") for name in ("load", "counts", "times"))
        for name, found in team_figures(load, counts, times, until):
            self.store.put(f"{FOLDER}{name}.json", _json(found), "application/json")
        for name, found in trends(lake.run("teams/trend"), until):
            self.store.put(f"{TRENDS}{name}.json", _json(found), "application/json")

    def draw(self, lake: Results) -> None:
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

    def _tell(self, found: Mapping[str, Any], missing: list[date]) -> None:
        """Store today's early signs, and write one letter to every supervisor about each group of signs that
        is due for one. `found` are the results of all statements, `missing` the days that are not exported.
        The letters are queued first, so that a run that is interrupted in between queues them again.

        The week ends with the last day (China) that the export has whole. After 16:00 UTC a new day has begun
        in China, and the export lacks a part of the one before."""
        today = self.now().date()
        signs = Counts(weeks(found["signs"]), special_days(published(), self.sales(), today)).signs(today)
        newest = defaultdict[Kind, list[Row]](list)
        for row in found["sign_cases"]:
            if today - WEEK <= row["day"] and row["recorded"] < today:
                newest[row["facet"], row["code"]].append(row)
        cases = {kind: [row["ref"] for row in lines] for kind, lines in newest.items()}
        groups, told, covered = reported(signs, cases, self._told(), today)
        shown = {sign.kind: _shown(sign, newest[sign.kind]) for sign in signs}
        teams = self.file.roster().teams.values()
        supervisors = {who.id for team in teams for who in team.duty.get(Role.SUPERVISOR.code, ())}
        for group in groups:
            first, name = group[0], letter(group)
            facts = {**shown[first.kind], "also": [shown[one.kind] | {"cases": []} for one in group[1:]]}
            for who in sorted(supervisors):
                self.file.owe(who, f"{name}.{first.facet}.{first.code}.{today}", name, facts)
        listed = [
            {
                **shown[sign.kind],
                "told": covered.get(sign.kind) or told[sign.kind],
                "covered": sign.kind in covered,
                "together": [
                    other.kind
                    for other in signs
                    if other != sign and together(cases[sign.kind], cases[other.kind])
                ],
            }
            for sign in signs
        ]
        gaps = [day for day in missing if day >= today - WEEK * (PAST + 1)]
        kept = [(*kind, day) for kind, day in told.items()]
        self._put("signs", {"day": today, "signs": listed, "told": kept, "missing": gaps})

    def _told(self) -> dict[Kind, date]:
        """Return the day of the last letter about each kind. The former release stored no such days; its
        signs got a letter on their day."""
        if SIGNS not in self.store.keys(SIGNS):
            return {}
        kept = json.loads(self.store.read(SIGNS))
        there = ((one["facet"], one["code"], one["day"]) for one in kept["signs"])
        return {(facet, code): date.fromisoformat(day) for facet, code, day in kept.get("told", there)}

    def _words_fetched(self) -> "Files":
        """Make the local table `words` equal to the stored one, and return its files. Only files that have
        changed are fetched. Files that are no longer stored are deleted."""
        wanted = {key: (self.folder / key).with_stem(etag) for key, etag in self.store.etags(f"{WORDS}/")}
        for left in {*self.folder.glob(f"{WORDS}/*/*.parquet")} - {*wanted.values()}:
            left.unlink()
        self._fetch({key: file for key, file in wanted.items() if not file.exists()})
        return {WORDS: [*wanted.values()]}

    def _fetch(self, wanted: Mapping[str, Path]) -> None:
        """Copy the content of these keys into local files, several at once."""
        for file in wanted.values():
            file.parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
            [*pool.map(self.store.fetch, wanted.keys(), wanted.values())]

    def _put(self, name: str, figures: Mapping[str, Any]) -> None:
        self.store.put(f"{FIGURES}{name}.json", _json(figures), "application/json")


def _shown(sign: Sign, lines: Sequence[Row]) -> dict[str, Any]:
    """Return what desk and letter show of a sign. `lines` are its complaints, the newest first. `burst`: the
    day on which four fifths of them came, and their channel if it is one; None if they came on several
    days."""
    day, n = Counter(row["day"] for row in lines).most_common(1)[0] if lines else (sign.day, 0)
    channels = {row["channel"] for row in lines if row["day"] == day}
    burst = {"day": str(day), "n": n, "channel": channels.pop() if len(channels) == 1 else ""}
    return {
        **sign._asdict(),
        "day": str(sign.day),
        "usual": round(sign.usual, 1),
        "others": round(sign.others, 2),
        "spread": round(sign.spread, 2),
        "letter": letter([sign]),
        "cases": [row["ref"] for row in lines][:MOST_CASES],
        "burst": burst if 5 * n >= 4 * sign.found else None,
    }


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


def _run(lake: Results) -> Mapping[str, Any]:
    """Return the rows of every statement by the name of the statement."""
    from chalicelib.figures.lake import statements

    return {name: lake.run(name) for name in statements()}


def _files(found: Mapping[str, list[Row]]) -> Mapping[str, bytes]:
    """Return the content of a file for each table with rows, and always for the table `LAST`, which is the
    last."""
    from chalicelib.figures.lake import empty_table, parquet

    words = sorted(found.get(WORDS, ()), key=lambda row: (row.get("type", ""), row["term"]))
    tables = {**found, WORDS: words, LAST: found.get(LAST, [])}
    return {
        table: parquet(table, rows) if rows else empty_table(table)
        for table, rows in sorted(tables.items(), key=lambda each: each[0] == LAST)
        if rows or table == LAST
    }


def _mark(files: Mapping[str, str]) -> str:
    """Return a mark of these files or days and their marks."""
    return sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _key(file: str) -> str:
    """Return the store key of an exported file from its path. The table `words` is not stored in the folder
    `EXPORT`, because that folder holds no free text."""
    return file if file.startswith(f"{WORDS}/") else EXPORT + file


def _day_of(key: str) -> str:
    return key.split("day=")[1].split("/")[0]


def _json(figures: Any) -> bytes:
    return json.dumps(figures, default=str, ensure_ascii=False).encode()

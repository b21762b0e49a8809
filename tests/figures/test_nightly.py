"""The nightly export of a day's changes: codes and dates without free text, each day once and complete."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import inf
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from chalicelib.cases.casework import Unavailable
from chalicelib.domain.calendar import SHANGHAI, stamp
from chalicelib.domain.data_kinds import Place, data_kinds
from chalicelib.domain.engine.deadlines import UNASKED
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case_records import ActionScope
from chalicelib.domain.model.codes import ScopeKind
from chalicelib.domain.routing import Facts, facts_of
from chalicelib.figures.causes import causes_key
from chalicelib.figures.draw import MOST, sampled
from chalicelib.figures.filed import DAYS, ROUTING, read
from chalicelib.figures.lake import SQL, VIEWS, Lake, empty_table, name_of, parquet, path, statements
from chalicelib.figures.nightly import EXPORT, EXPORT_MS, Nightly
from chalicelib.figures.report import FINAL_REPORTS, REPORTS, SO_FAR, report_key
from chalicelib.figures.tables import LAST, TABLES
from chalicelib.figures.volumes import VOLUMES
from chalicelib.operations.destruction import WAITS
from infra import ops
from infra.figures import athena
from tests.casework.actions import finish, open_action
from tests.casework.destroyed import WHY
from tests.casework.recorded import edited
from tests.casework.routed import BEIJING, routed
from tests.domain.surveyed import OPINION
from tests.figures.lives import SCORES, lived
from tests.figures.made import year
from tests.life.complaint import report
from tests.scenario import DAY, T0, WANG, WU, ZHAO, ZHOU, Scenario
from tests.web.desk import Desk
from tests.web.feedback import closed


def reckoned(nightly: Nightly, statement: str) -> list[dict[str, Any]]:
    """Return the rows that a statement gives over the stored facts."""
    lake = nightly.lake()
    assert lake
    with lake:
        return lake.run(statement)


def received(nightly: Nightly) -> list[int]:
    """Return the numbers of complaints received in the months of the stored facts."""
    return [row["n"] for row in of_house(reckoned(nightly, "received"))]


TOLD = ("received", "times", "survey", "promises", "clock")
"""The statements whose rows are compared with timelines."""


def of_house(rows: list[dict[str, Any]], facet: str = "all") -> list[dict[str, Any]]:
    """Return the rows for the whole company, by one facet."""
    return [row for row in rows if row["team"] == "" and row["facet"] == facet]


def exported(nightly: Nightly, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table of all exported days."""
    found = [nightly.store.read(key) for key in nightly.store.keys(f"{EXPORT}{table}/")]
    with TemporaryDirectory() as folder:
        for n, content in enumerate(found):
            (Path(folder) / f"{n}.parquet").write_bytes(content)
        rows = duckdb.sql(f"from '{folder}/*.parquet'") if found else None
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()] if rows else []


def test_a_life_is_told_in_codes_and_dates_and_figures_say_what_timelines_say(
    scenario: Scenario, nightly: Nightly
) -> None:
    """Received, answered, surveyed and clock figures equal counts from the timelines. Names and free text
    stay out of the store."""
    refs = lived(scenario)
    scenario.later(DAY)
    nightly.night()
    found = {name: reckoned(nightly, name) for name in TOLD}

    lines = {ref: [json.loads(e.line) for e in scenario.product.file.whole(ref).entries] for ref in refs}
    cases = {ref: scenario.product.file.load(ref) for ref in refs}
    month = T0.astimezone(SHANGHAI).date().replace(day=1)

    def figure(name: str, **by: Any) -> list[dict[str, Any]]:
        wanted = {"month": month, "team": "", "facet": "all", **by}
        return [row for row in found[name] if wanted.items() <= row.items()]

    assert [row["n"] for row in figure("received")] == [len(refs)]
    types = Counter(case.matters[0].type for case in cases.values())
    assert {row["code"]: row["n"] for row in figure("received", facet="type")} == types
    # an unapproved decline and an untouched complaint are not acknowledged
    for step, reached in (("answered", 1), ("acknowledged", 2)):
        (row,) = figure("times", step=step)
        assert (row["n"], row["met"], row["open"] < len(refs)) == (len(refs), reached, True)
    scores = ("one", "two", "three", "four", "five")
    told = {
        row["question"]: [n for n, score in enumerate(scores, 1) if row[score]] for row in figure("survey")
    }
    assert told == {question: [score] for question, score in SCORES.items()}
    assert [(row["ended"], row["n"]) for row in figure("promises")] == []  # its last day has not come
    steps = [line for each in lines.values() for line in each if line["move"] == "take_step"]
    assert sum(row["n"] for row in found["clock"]) == len(steps) > 0
    rows = {table: exported(nightly, table) for table in TABLES}
    kept = json.dumps(rows, default=str, ensure_ascii=False).encode()
    kept += b"".join(map(nightly.store.read, nightly.store.keys("figures/")))
    assert not [word for word in ("王芳", "13800138000", "洗衣机", "没有人") if word.encode() in kept]
    owners = json.dumps({table: said for table, said in rows.items() if table != "holders"}, default=str)
    assert not [who for who in ("wang", "zhao", "sun") if f'"{who}"' in owners]


def test_a_day_that_was_broken_off_is_exported_again_and_counts_once(
    scenario: Scenario, nightly: Nightly, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export that fails after its first table is repeated the next night and counted once."""
    scenario.submit()
    scenario.later(DAY)

    class Away:
        def __init__(self) -> None:
            self.left = 2

        def put(self, *said: Any) -> None:
            self.left -= 1
            if self.left < 0:
                raise Unavailable("s3")
            nightly.store.put(*said)

        def __getattr__(self, name: str) -> Any:
            return getattr(nightly.store, name)

    with pytest.raises(Unavailable):
        replace(nightly, store=Away()).night()
    assert T0.date() in nightly.missing()
    nightly.night()
    nightly.night()
    assert nightly.missing() == []
    assert capsys.readouterr().out.count('"NightHeartbeat": 1') == 2
    assert received(nightly) == [1]


def test_missing_days_are_reported_a_day_later(
    nightly: Nightly, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """None counts before the first export, nor a day that has only just ended."""

    def reported() -> int:
        """Return what a run without time reports."""
        capsys.readouterr()
        nightly.night(left_ms=lambda: 0)
        lines = capsys.readouterr().out.splitlines()
        (found,) = (json.loads(line)["DaysNotExported"] for line in lines if "DaysNotExported" in line)
        return int(found)

    assert reported() == 0
    nightly.export(scenario.time.date() - 31 * DAY)
    assert reported() == 29
    nightly.night()
    assert reported() == 0
    for missing in (0, 1, 2):
        scenario.later(DAY)
        assert reported() == missing


class Shrinking:
    """The time left of a run that has enough of it for a number of looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> int:
        self.looks -= 1
        return EXPORT_MS + (self.looks >= 0)


@pytest.mark.parametrize("looks", [2, 5])
def test_a_run_that_was_cut_short_is_continued(scenario: Scenario, nightly: Nightly, looks: int) -> None:
    """Runs that have time for few complaints each export the same rows as one long run. The day counts as
    exported only at the end, and its parts are deleted."""
    refs = [scenario.submit(person={"name": "李明", "phone": f"1390013900{n}"}).ref for n in range(7)]
    scenario.move(WANG, "accept", refs[3])
    scenario.later(DAY)
    today, runs = T0.date(), 0
    while today in nightly.missing(today):
        assert not exported(nightly, "moves")
        nightly.night(today, Shrinking(looks))
        runs += 1
    assert runs > 1
    in_parts = {table: exported(nightly, table) for table in TABLES}
    assert [*nightly.store.keys("parts/")] == []
    nightly.export(today)
    for table, rows in in_parts.items():
        whole = exported(nightly, table)
        assert sorted(map(str, rows)) == sorted(map(str, whole)), table
    assert {row["ref"] for row in in_parts["complaints"]} == {*refs}


def test_of_a_destroyed_complaint_the_number_and_codes_stay(scenario: Scenario, nightly: Nightly) -> None:
    """The figures keep the number of a complaint whose data are destroyed, as data.toml says, so that they
    still add up. They hold no word and no keyed hash of the person."""
    case = scenario.submit(account={"story": "洗衣机漏水，地板泡坏了。"})
    scenario.move(scenario.by_link(case.ref), "withdraw", case.ref)
    scenario.agreed(case.ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    scenario.product.destruction.hour(lambda: 600_000)
    scenario.later(DAY)
    nightly.night()
    rows = {table: exported(nightly, table) for table in TABLES}
    kept = next(kind for kind in data_kinds() if kind.lies_at(Place.FIGURES, f"{EXPORT}complaints/1"))
    assert kept.stays == "number"
    assert case.ref in {row["ref"] for row in rows["complaints"]}
    assert [
        one for one in ("王芳", "漏水", "13800138000", *case.parties[0].known_by) if one in str(rows)
    ] == []
    assert received(nightly) == [1]


def test_a_part_that_was_broken_off_counts_once(scenario: Scenario, nightly: Nightly) -> None:
    """A part without its last file is made again, and what it left behind is not counted."""
    for n in range(3):
        scenario.submit(person={"name": "李明", "phone": f"1390013900{n}"})
    scenario.later(DAY)
    nightly.store.put(f"parts/{T0.date()}/00000-0/words.parquet", b"not a file of rows")
    nightly.night(T0.date(), Shrinking(2))
    nightly.night(T0.date())
    assert received(nightly) == [3]
    assert [*nightly.store.keys("parts/")] == []


def test_the_newest_day_is_exported_first(scenario: Scenario, nightly: Nightly) -> None:
    """Days of a backlog wait for yesterday."""
    scenario.submit()
    scenario.later(5 * DAY)
    nightly.night(T0.date(), Shrinking(1))
    (key,) = nightly.store.keys(f"{EXPORT}moves/")
    assert key == EXPORT + path("moves", scenario.time.date() - DAY)


def test_months_wait_for_a_missing_day(scenario: Scenario, nightly: Nightly) -> None:
    """Days are missing since the first exported day, however long ago. While one is missing, no month is
    published. Once it is exported, the next run publishes all months that are over."""
    scenario.submit()
    scenario.later(DAY)
    nightly.night(T0.date())
    scenario.submit(person={"name": "李明", "phone": "13900139001"})
    scenario.later(50 * DAY)
    away = T0.date() + DAY
    for day in nightly.missing():
        if day != away:
            nightly.export(day)
    nightly.reckon()
    assert nightly.missing() == [away]
    assert [*nightly.store.keys("public/2")] == []
    nightly.night()
    months = [key.removeprefix("public/") for key in nightly.store.keys("public/2")]
    assert months == ["2026-02.json", "2026-03.json"]
    assert sum(received(nightly)) == 2


def test_nothing_is_computed_again_without_a_new_day(scenario: Scenario, nightly: Nightly) -> None:
    """A run computes figures only if the export has changed since they were computed."""
    scenario.submit()
    scenario.later(DAY)
    nightly.night(T0.date())
    nightly.store.put(ROUTING, b"{}")
    nightly.night(T0.date())
    assert nightly.store.read(ROUTING) == b"{}"
    nightly.export(T0.date() - DAY)
    nightly.night(T0.date())
    assert nightly.store.read(ROUTING) != b"{}"


def test_one_that_cannot_be_read_is_left_out_and_reported(
    scenario: Scenario, nightly: Nightly, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only changed cases are exported. An unreadable one is skipped and counted in the metric
    `FiguresFailed`."""
    scenario.later(-DAY)
    old = scenario.submit().ref
    scenario.later(DAY)
    good = scenario.submit().ref
    broken = scenario.submit(person={"name": "李明", "phone": "13900139000"}).ref
    edited(broken, matters="none")
    nightly.export(T0.date())
    refs = [row["ref"] for row in exported(nightly, "complaints")]
    assert refs == [good]
    assert old not in refs
    assert '"FiguresFailed": 1' in capsys.readouterr().out


def test_a_month_has_a_provisional_and_a_final_edition(
    scenario: Scenario, nightly: Nightly, client: Any
) -> None:
    """A month is published after its end, and again sixty days later with the complaints entered meanwhile.
    Both editions and both reports stay. A complaint entered after that counts in the year only."""

    def received_in_february(n: int, **said: Any) -> None:
        for k in range(n):
            scenario.submit(person={"name": "李明", "phone": f"139001390{k:02}"}, **said)

    def stored(*folders: str) -> dict[str, bytes]:
        return {key: nightly.store.read(key) for folder in folders for key in nightly.store.keys(folder)}

    def night() -> None:
        for day in nightly.missing():  # nothing moved on the other days
            if day not in moved:
                nightly.store.put(EXPORT + path(LAST, day), empty_table(LAST))
        nightly.night()

    moved = {T0.date(), date(2026, 3, 2), date(2026, 4, 30)}
    nightly.store.put(VOLUMES, json.dumps({"all/all": {"2026-02": 1_000}}).encode())
    late = {"received_at": stamp(T0), "channel": "post", "late_reason": "信件辗转。"}
    received_in_february(2)
    scenario.time = datetime(2026, 3, 1, 1, tzinfo=UTC)
    for _ in range(2):
        night()
    first = stored("public/2", REPORTS)
    assert json.loads(first["public/2026-02.json"])["edition"] == "provisional"
    assert not stored("final/", FINAL_REPORTS)
    scenario.later(DAY)
    for n in range(3):
        scenario.submit(WANG, person={"name": "赵四", "phone": f"1370013700{n}"}, **late)
    scenario.time = datetime(2026, 4, 30, 1, tzinfo=UTC)
    night()
    final = stored("final/2026-02", f"{FINAL_REPORTS}2026-02")
    assert first.items() <= stored("public/2", REPORTS).items()
    edition = json.loads(final["final/2026-02.json"])
    assert (edition["edition"], edition["received"], edition["times"]) == ("final", None, {})
    assert {number for cells in edition["tables"].values() for number in cells.values()} == {None}
    told = json.loads(final[report_key("2026-02", place=FINAL_REPORTS)])
    assert (told["all"]["received"], told["entered"]["later"], told["differs"]) == (5, 3, [])
    assert told["all"]["per_1000"] == 5.0
    scenario.submit(WANG, person={"name": "孙五", "phone": "13600136000"}, **late)
    scenario.later(DAY)
    night()
    assert final.items() <= stored("final/", FINAL_REPORTS).items()
    quarter = json.loads(nightly.store.read(report_key("2026-Q1")))
    assert (quarter["all"]["received"], quarter["edition"], bool(quarter["survey"])) == (
        5,
        "provisional",
        True,
    )
    year_ = json.loads(nightly.store.read(report_key("2026", place=SO_FAR)))
    assert (year_["all"]["received"], year_["entered"]["after_final"]) == (6, 1)
    for language, said, other in (
        ("zh", "这是最终报告", "查看初步报告"),
        ("en", "is final", "Read the provisional"),
    ):
        page = Desk(client, scenario, "zhou", language).get("/desk/reports/2026-02")
        assert said in page
        assert other in page
        former = Desk(client, scenario, "zhou", language).get("/desk/reports/2026-02?edition=provisional")
        assert said not in former


def test_an_edition_of_an_earlier_release_is_the_only_one(scenario: Scenario, nightly: Nightly) -> None:
    """An edition or report without a kind stays, and no final one is made for its month. The report of a
    quarter omits the survey, if an earlier release told it with the last month."""
    scenario.submit()
    former = json.dumps({"month": "2026-02", "received": None}).encode()
    for key in ("public/2026-02.json", *map(report_key, ("2026-02", "2026-03"))):
        nightly.store.put(key, former)
    scenario.time = datetime(2026, 5, 2, 1, tzinfo=UTC)
    nightly.night(T0.date())
    assert nightly.store.read("public/2026-02.json") == nightly.store.read(report_key("2026-02")) == former
    assert [*nightly.store.keys("final/"), *nightly.store.keys(FINAL_REPORTS)] == []
    assert "2026-03" in {key[7:14] for key in nightly.store.keys("public/2")}
    quarter = json.loads(nightly.store.read(report_key("2026-Q1")))
    assert (quarter["all"]["received"], quarter["survey"]) == (1, {})


def test_the_people_of_complaints_that_are_drawn_are_asked_once_about_the_process(
    scenario: Scenario, nightly: Nightly
) -> None:
    """Complaints closed in the last quarter are drawn in the first days of the next one, and each person
    is asked once. Opinions are counted by quarter.

    A lost record of the draw does not repeat the question."""
    ref, other = closed(scenario), scenario.submit().ref
    scenario.later(DAY)
    nightly.night()
    assert not [*nightly.store.keys("figures/asked")]
    scenario.time = datetime(2026, 4, 1, 2, tzinfo=UTC)
    scenario.move(WANG, "accept", other)
    scenario.later(DAY)
    every = replace(nightly, share=lambda: 100)
    every.night(since=date(2026, 4, 1))
    scenario.post()
    kept = {"keys": lambda folder: iter(())}
    replace(every, store=SimpleNamespace(**kept, put=nightly.store.put)).draw(nightly.lake())
    scenario.post()
    assert scenario.letters(ref).count("opinion") == 1
    assert "opinion" not in scenario.letters(other)
    scenario.move(scenario.by_link(ref), "give_opinion", ref, **OPINION)
    scenario.later(DAY)
    nightly.night(since=date(2026, 4, 1))
    (rate,) = reckoned(nightly, "opinion_rate")
    assert rate == {"quarter": date(2026, 4, 1), "asked": 1, "answered": 1}
    assert {row["question"]: row["mean"] for row in reckoned(nightly, "opinions")} == OPINION


def test_draw_is_independent_of_order_and_limited() -> None:
    """The draw is the same for every order of complaints, differs by quarter, and is limited to `MOST`."""
    refs = [f"26{n:010}" for n in range(3_000)]
    found = sampled("2026-04-01", refs, 5)
    assert found == sampled("2026-04-01", reversed(refs), 5)
    assert 110 < len(found) < 190
    assert found != sampled("2026-07-01", refs, 5)
    assert len(sampled("2026-04-01", refs, 100)) == MOST
    assert sampled("2026-04-01", refs, 0) == []


def made(folder: Path, count: int, ended: str = "2026-03-01") -> Lake:
    """Write a generated year and open it."""
    year(folder, count, ended=ended)
    return Lake(folder)


def test_the_figures_of_a_made_year_agree_with_each_other(tmp_path: Path) -> None:
    """Received complaints equal the sum of each facet; closed counts and survey scores agree between
    statements."""
    lake = made(tmp_path, 2_000)
    received = lake.run("received")
    every = sum(row["n"] for row in of_house(received))
    for facet in ("type", "channel", "team", "class", "right"):
        assert sum(row["n"] for row in of_house(received, facet)) == every > 0
    assert sum(row["n"] for row in received if row["team"] and row["facet"] == "all") == every
    for row in (times := lake.run("times")):
        assert 0 <= (row["median_hours"] or 0) <= (row["p90_hours"] or inf)
    closed = sum(row["n"] for row in of_house(lake.run("closed")))
    for span in ((True, True), (False, True), (True, False)):
        ends = [
            row
            for row in of_house(times)
            if (row["quarter"] is None, row["month"] is None) == span and row["step"] == "closed"
        ]
        assert sum(row["n"] for row in ends) == every
        assert sum(row["met"] for row in ends) == closed
    for row in lake.run("survey"):
        assert row["n"] == sum(row[score] for score in ("one", "two", "three", "four", "five"))


def test_a_promise_is_kept_on_the_day_on_which_it_was_performed() -> None:
    """Of 400 promises, each performed around its day and confirmed up to a week later, those are kept that
    were performed by their day. The count is made without SQL. A row of an older release has no day; there
    the confirmation counts, in China's time."""
    dice = Random(31)
    with duckdb.connect() as db:
        db.execute(
            "create table promises (ref varchar, debtor varchar, agreed boolean, by_day date, "
            "breached boolean, state varchar, state_at timestamp, done_on date, offered boolean)"
        )
        db.execute("create table facets as select 'c1' as ref, '' as team, 'all' as facet, '' as code")
        db.execute("create table last_entry as select date '2026-12-01' as day")
        kept = later = 0
        for n in range(400):
            by = date(2026, 10, 1) + timedelta(days=dice.randrange(31))
            paid = by + timedelta(days=dice.randrange(-6, 4))
            said = datetime.combine(paid, time(dice.randrange(24))) + timedelta(days=dice.randrange(8))
            known = n % 4 > 0
            # the export holds UTC, eight hours behind China
            db.execute(
                "insert into promises values ('c1', 'business', false, ?, false, 'confirmed', ?, ?, null)",
                [by, said - timedelta(hours=8), paid if known else None],
            )
            in_time = (paid if known else said.date()) <= by
            kept, later = kept + in_time, later + (not in_time)
        db.execute(f"create view fulfilled as {(VIEWS / '30-fulfilled.sql').read_text('utf-8')}")
        found = db.execute((SQL / "promises.sql").read_text("utf-8")).fetchall()
    assert {row[6]: row[7] for row in found} == {"kept": kept, "kept_later": later}
    assert kept > later > 0


def test_moves_that_statements_count_are_declared() -> None:
    """Every move that a view or statement counts is declared."""
    for file in SQL.rglob("*.sql"):
        counted = re.findall(r"\bmove (?:=|in) ('\w+'|\([^)]*\))", file.read_text("utf-8"))
        assert {move for said in counted for move in re.findall(r"'(\w+)'", said)} <= MOVES.keys(), file.name


def test_draw_excludes_the_outcomes_of_the_process() -> None:
    """The view that selects people to ask excludes the same outcomes as the process does."""
    view = (VIEWS / "20-complaints.sql").read_text("utf-8")
    (named,) = re.findall(r"outcome not in \(([^)]*)\)", view)
    assert {*re.findall(r"'(\w+)'", named)} == UNASKED


def test_an_empty_export_gives_no_figures_and_no_error(tmp_path: Path) -> None:
    """An empty export, as before the first night, gives empty figures."""
    lake = Lake(tmp_path)
    assert {name: lake.run(name) for name in statements()} == {name: [] for name in statements()}
    assert path("moves", date(2026, 1, 1)) == "moves/day=2026-01-01/rows.parquet"
    assert EXPORT.endswith("/")


def test_a_column_that_no_day_has_yet_is_empty(tmp_path: Path) -> None:
    """A column newer than the export is read as null."""
    (file := tmp_path / path("learning", "2026-01-01")).parent.mkdir(parents=True)
    duckdb.sql(
        "select '1' as ref, 1 as n, timestamp '2026-01-01' as taken_at, 'open_action' as move"
    ).write_parquet(str(file))
    (row,) = Lake(tmp_path)._db.execute("select ref, team, day from learning_kept").fetchall()
    assert row == ("1", None, date(2026, 1, 1))


def test_looks_of_the_clock_count_if_they_reopen(tmp_path: Path) -> None:
    """A verification counts with its verdict. A look of the clock counts only if its verdict reopened the
    action."""
    row = {"ref": "1", "team": "general", "taken_at": "2026-01-01T01:00:00Z"}
    looks = [
        ("verify_action", "cannot_be_told"),
        ("watch_action", "cannot_be_told"),
        ("watch_action", "rose"),
    ]
    rows = [{**row, "n": n, "move": move, "verdict": found} for n, (move, found) in enumerate(looks)]
    (file := tmp_path / path("learning", "2026-01-01")).parent.mkdir(parents=True)
    file.write_bytes(parquet("learning", rows))
    scenario = [(row["what"], row["n"]) for row in Lake(tmp_path).run("learning") if not row["team"]]
    assert scenario == [("actions_verified", 1), ("cannot_be_told", 1), ("rose", 1)]


def test_days_long_past_are_exported_by_hand(
    scenario: Scenario, nightly: Nightly, capsys: pytest.CaptureFixture[str]
) -> None:
    """Operators list missing days first and then export them. A repeated export replaces the earlier one,
    even if nothing is left."""
    ref = scenario.submit().ref
    scenario.later(33 * DAY)
    nightly.night()
    assert received(nightly) == []
    for done in ([], ["--do"]):
        ops.main(["figures", "--since", str(T0.date()), *done], lambda stack, endpoint: None)
        assert f"{T0.date()} (1 of " in capsys.readouterr().out
    assert received(nightly) == [1]
    scenario.move(WANG, "accept", ref)
    ops.main(["figures", "--again", str(T0.date()), "--do"], lambda stack, endpoint: None)
    assert [(row["ref"], row["stage"]) for row in exported(nightly, "complaints")] == [(ref, "investigating")]
    edited(ref, matters="none")
    ops.main(["figures", "--again", str(T0.date()), "--do"], lambda stack, endpoint: None)
    assert received(nightly) == []


def test_today_counts_for_the_house_and_is_exported_when_it_is_over(
    scenario: Scenario, nightly: Nightly, capsys: pytest.CaptureFixture[str]
) -> None:
    """Operators can include today in the figures so far; today is exported only after its end, once and
    complete."""
    scenario.submit()
    with pytest.raises(SystemExit, match="is not over"):
        ops.main(["figures", "--again", str(T0.date()), "--do"], lambda stack, endpoint: None)
    ops.main(["figures", "--today", "--do"], lambda stack, endpoint: None)
    assert "today so far" in capsys.readouterr().out
    told = json.loads(nightly.store.read(report_key("2026", place=SO_FAR)))
    assert told["all"]["received"] == 1
    scenario.submit(person={"name": "李明", "phone": "13900139000"})
    scenario.later(DAY)
    assert T0.date() in nightly.missing()
    nightly.night()
    assert received(nightly) == [2]


def test_recent_complaints_are_counted_by_what_the_routing_asks_for(
    scenario: Scenario, nightly: Nightly, client: Any
) -> None:
    """A dry run reads how many complaints of 90 days have the same facts and team, as they now stand."""
    routed(scenario)
    old = scenario.submit(region=BEIJING)
    scenario.later(91 * DAY)
    sold = {"kind": "goods", "goods_class": "food"}
    refs = [scenario.submit(region=BEIJING, subject=sold).ref for _ in range(2)]
    other = scenario.submit(person={"name": "Li", "email": "li@mail.example", "language": "en"})
    scenario.move(WANG, "set_severity", other.ref, severity="S2", why="很严重。")
    scenario.later(DAY)
    nightly.night(scenario.time.date() - 93 * DAY)
    lately = read(json.loads(nightly.store.read(ROUTING)))
    assert lately
    types, north = ("quality", "warranty"), (BEIJING,)
    assert {(one.team, one.facts, one.n) for one in lately.filed} == {
        ("north", Facts(types, ("food",), (), north, (), ("web",), ("zh",)), len(refs)),
        ("south", facts_of(scenario.product.file.load(other.ref)), 1),
    }
    assert scenario.product.file.load(old.ref).team == "north"
    assert "Counted: 3 complaints" in Desk(client, scenario, "wang").get("/desk/routing")
    assert f"interval '{DAYS}' day" in (SQL / "routing/filed_lately.sql").read_text("utf-8")


def test_athena_has_every_table_and_view() -> None:
    """The SQL for Athena has every table with all columns, and every view."""
    said = list(athena("redress-figures"))
    for name in (*(f"{table}_kept" for table in TABLES), *map(name_of, VIEWS.glob("*.sql"))):
        assert any(re.match(rf"CREATE (EXTERNAL TABLE|VIEW) {name} ", each) for each in said), name
    assert all(f"`{name}` " in str(said) for columns in TABLES.values() for name in columns)


def test_a_cause_counts_where_a_complaint_is_settled_at_once(scenario: Scenario, nightly: Nightly) -> None:
    """Causes of complaints settled at once are counted. For the verification of actions each cause counts,
    by the day of receipt, in each scope of the complaint."""
    said = {"agreement": "电话里说清楚了。", "causes": ["not_told", "policy"], "read_back": True}
    sold = {"kind": "goods", "goods_class": "food"}
    filed = scenario.submit(region=BEIJING, subject=sold)
    scenario.move(WANG, "settle_at_once", filed.ref, **said)
    scenario.later(DAY)
    nightly.night()
    found = of_house(reckoned(nightly, "causes"))
    assert [(row["cause"], row["n"], row["main"]) for row in found] == [("not_told", 1, 1), ("policy", 1, 0)]
    told = {key: json.loads(nightly.store.read(key)) for key in nightly.store.keys("figures/causes/")}
    scopes = (("team", filed.team), ("class", "food"), ("region", BEIJING))
    assert told.keys() == {causes_key(), *(causes_key(ActionScope(ScopeKind(k), code)) for k, code in scopes)}
    counts = {"": [1], "not_told": [1], "policy": [1]}
    assert [one["counts"] for one in told.values()] == [counts] * 4
    assert {one["since"] for one in told.values()} == {str(T0.astimezone(SHANGHAI).date())}


def test_causes_found_late_count_for_no_action(scenario: Scenario, nightly: Nightly) -> None:
    """A cause that is found 28 days after receipt or later is not counted for the verification of actions."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    scenario.later(28 * DAY)
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))
    scenario.later(DAY)
    nightly.night(scenario.time.date() - 30 * DAY)
    assert of_house(reckoned(nightly, "causes"))
    assert json.loads(nightly.store.read(causes_key()))["counts"] == {}


def test_causes_are_complete_up_to_the_first_missing_day(scenario: Scenario, nightly: Nightly) -> None:
    """A day that is not exported ends the days for which causes are complete, unless it was before the first
    complaint."""
    closed(scenario)
    today = scenario.time.date()
    for n in range(1, 9):
        if n != 5:
            nightly.store.put(EXPORT + path("moves", today + n * DAY), empty_table("moves"))
    nightly.export(today)
    scenario.later(9 * DAY)
    nightly.reckon()
    assert json.loads(nightly.store.read(causes_key()))["until"] == str(today + 4 * DAY)
    nightly.export(today + 5 * DAY)
    nightly.reckon()
    assert json.loads(nightly.store.read(causes_key()))["until"] == str(today + 8 * DAY)


def test_an_improvement_action_is_in_no_figure_and_is_verified_by_them(
    scenario: Scenario, nightly: Nightly
) -> None:
    """Improvement actions are not counted as complaints, though stored in the same table. Their
    verification reads the nightly counts of causes, which name each action that is done."""
    counts = scenario.product.casework.recurrences
    today = scenario.time.astimezone(SHANGHAI).date()
    closed(scenario)
    action, other = (open_action(scenario, cause="manufacture") for _ in range(2))
    days = ((today - DAY, today - DAY), (today, today), today)
    assert counts
    assert counts.counts(action, *days) is None
    finish(scenario, other.ref)
    months = {f"{day:%Y-%m}": 1_000 for day in (today - DAY, today)}
    nightly.store.put(VOLUMES, json.dumps({"all/all": months}).encode())
    scenario.later(DAY)
    nightly.night()
    assert received(nightly) == [1]
    learnt = {(row["team"], row["what"]): row["n"] for row in reckoned(nightly, "learning")}
    assert learnt["", "actions_opened"] == learnt["general", "actions_opened"] == 2
    found = counts.counts(action, *days)
    assert found
    assert (found.after.cause, found.after.complaints, found.parallel) == (1, 1, (other.ref,))
    assert found.growth == (1.0, 1.0)

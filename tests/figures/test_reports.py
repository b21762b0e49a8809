"""Reports of months and years: their counts, and their readers."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chalicelib.documents.report import report as made
from chalicelib.domain.calendar import stamp
from chalicelib.domain.roster import Roster
from chalicelib.figures.export_rows import digest_of
from chalicelib.figures.lake import Lake, parquet, path
from chalicelib.figures.nightly import Nightly
from chalicelib.figures.outcome import FLOWS, Concluded
from chalicelib.figures.report import (
    HOUSE,
    READ,
    REPORTED,
    SO_FAR,
    Period,
    ReportRows,
    periods,
    report,
    report_key,
)
from chalicelib.web.pages.desk.report import document
from tests.documents.reader import words
from tests.domain.surveyed import OPINION
from tests.figures.lives import SCORES, lived
from tests.figures.made import year
from tests.scenario import DAY, T0, Scenario
from tests.web.desk import Desk, visible
from tests.web.feedback import closed

MADE = date(2027, 1, 1)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the export of a generated year."""
    folder = tmp_path_factory.mktemp("year")
    year(folder, 600)
    return folder


@pytest.fixture(scope="module")
def figures(export: Path) -> ReportRows:
    """Return the results of the report's statements on that year."""
    lake = Lake(export)
    return ReportRows({name: lake.run(name) for name in READ})


def test_a_report_says_of_a_life_what_its_timeline_says(
    scenario: Scenario, nightly: Nightly, client: Any
) -> None:
    """The monthly report equals counts from the timelines: received, answered, missed, hours. The night
    after the month makes it, and the desk shows it."""
    refs = lived(scenario)
    scenario.time = datetime(2026, 3, 1, 1, tzinfo=T0.tzinfo)
    nightly.night()
    told = json.loads(nightly.store.read(report_key("2026-02")))
    lines = {ref: [json.loads(e.line) for e in scenario.product.file.whole(ref).entries] for ref in refs}
    moves = [line["move"] for each in lines.values() for line in each]
    assert [told["all"][name] for name in ("received", "answered", "closed")] == [
        len(refs),
        moves.count("answer"),
        1,
    ]
    assert told["all"]["concluded"] == dict.fromkeys(Concluded, 0) | {"upheld_in_part": moves.count("answer")}
    flows = told["all"]["redress"]
    assert [(flows[what]["people"], flows[what]["total"]) for what in FLOWS] == [(1, None), (1, None)]
    times = told["all"]["times"]["answered"]
    assert (times["n"], times["met"], times["median_hours"]) == (len(refs), 1, None)
    assert told["all"]["open"] == sum(told["stock"]["end"].values()) == len(refs) - 1
    missed = {
        (ref, line["facts"]["deadline"])
        for ref, each in lines.items()
        for line in each
        if line["move"] == "take_step" and not line["facts"]["early"]
    }
    assert sum(told["missed"].values()) == len(missed) > 0
    assert told["survey"]["questions"] == {}
    assert nightly.store.read(report_key("2026-02", "general"))
    running = ["2026-03", "2026-Q1", "2026"]
    listed = {"periods": ["2026-02"], "provisional": ["2026-02"], "final": [], "so_far": running}
    assert json.loads(nightly.store.read(REPORTED)) == {**listed, "cut": []}
    for language, head in (("zh", "2026年2月投诉处理报告"), ("en", "Complaint report, February 2026")):
        assert head in visible(Desk(client, scenario, "zhou", language).get("/desk/reports/2026-02"))


def test_running_period_is_reported_without_survey_answers(
    scenario: Scenario, nightly: Nightly, client: Any
) -> None:
    """Reports of the running month and year are renewed nightly up to midnight. They show survey answers
    only after the month."""
    for _ in range(2):
        ref = closed(scenario)
        scenario.move(scenario.by_link(ref), "answer_survey", ref, **SCORES)
    for days in (1, 2):
        scenario.later(days * DAY)
        nightly.night()
    for language, names, says, survey in (
        (
            "zh",
            ("2026年（截至目前）", "2026年第一季度（截至目前）", "2026年2月（截至目前）"),
            "这一期尚未结束",
            "置信区间",
        ),
        (
            "en",
            ("2026 so far", "Q1 2026 so far", "February 2026 so far"),
            "The period is not over",
            "confidence interval",
        ),
    ):
        desk = Desk(client, scenario, "zhou", language)
        assert all(name in visible(desk.get("/desk/reports")) for name in names)
        for period in ("2026", "2026-Q1", "2026-02"):
            page = visible(desk.get(f"/desk/reports/{period}"))
            assert says in page
            assert survey not in page
        desk.get("/desk/survey?period=2026-02", 404)
    told = json.loads(nightly.store.read(report_key("2026", place=SO_FAR)))
    until = scenario.time.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (told["until"], told["all"]["closed"]) == (stamp(until), 2)
    assert (told["trend"][-1]["month"], told["trend"][-1]["closed"]) == ("2026-02", 2)
    scenario.time = datetime(2026, 3, 1, 1, tzinfo=T0.tzinfo)
    nightly.night()
    assert "confidence interval" in visible(Desk(client, scenario, "zhou", "en").get("/desk/reports/2026-02"))


def test_a_year_is_the_sum_of_its_months(figures: ReportRows) -> None:
    """A year equals the sum of its months. Its times are those of all its complaints, and its open complaints
    those at the end of December."""
    whole = report(figures, Period("2026"), MADE)
    months = [report(figures, period, MADE) for period in map(Period, (f"2026-{n:02}" for n in range(1, 13)))]
    for name in ("received", "answered", "closed"):
        counted = [month["all"][name] for month in months]
        assert whole["all"][name] == sum(counted)
        assert [month[name] for month in whole["trend"]] == counted
    for name in ("n", "open", "met", "missed"):
        each = [month["all"]["times"]["answered"][name] for month in months]
        assert whole["all"]["times"]["answered"][name] == sum(each)
    assert whole["stock"]["end"] == months[-1]["stock"]["end"]
    assert months[-1]["stock"]["before"] == months[-2]["stock"]["end"]
    teams = [report(figures, Period("2026"), MADE, team)["all"]["received"] for team in ("general", "north")]
    assert sum(teams) == whole["all"]["received"]
    assert min(teams) > 0
    assert [one.name for one in periods([date(2026, 11, 1), date(2026, 12, 1)])] == [
        "2026-11",
        "2026-12",
        "2026-Q4",
        "2026",
    ]


def test_each_reads_what_they_may(scenario: Scenario, figures: ReportRows, client: Any) -> None:
    """A supervisor reads the reports of the whole company, a lead only those of the own team. Missing
    reports return 404."""
    shelf, found = scenario.product.shelf, report(figures, Period("2026-10"), MADE)
    for team in (HOUSE, "general"):
        kept = report(figures, Period("2026-10"), MADE, team)
        shelf.put(report_key("2026-10", team), json.dumps(kept).encode())
    supervisor, lead = Desk(client, scenario, "zhou"), Desk(client, scenario, "sun")
    heard = dict.fromkeys(("one", "two", "three", "four"), 0)
    rows = [
        {"quarter": date(2026, 7, 1), "question": question, "people": n, **heard, "five": n}
        for question, n in (("findable", 12), ("trusting", 9))
    ]
    told = report(ReportRows({**dict.fromkeys(READ, ()), "opinions": rows}), Period("2026-09"), MADE)
    assert told["opinions"]["findable"]["scores"] == []
    assert "trusting" not in told["opinions"]
    shelf.put(report_key("2026-09"), json.dumps(told).encode())
    assert "There is no report yet" in supervisor.get("/desk/reports")
    shelf.put(REPORTED, json.dumps({"periods": ["2026-09", "2026-10"]}).encode())
    assert "October 2026" in supervisor.get("/desk/reports")
    page = supervisor.get("/desk/reports/2026-10?by=team")
    lead.get("/desk/reports/2026-10?by=team", 404)
    own = lead.get("/desk/reports/2026-10?by=type")
    assert "North" in page
    assert "North" not in own
    assert found["by"]["team"]
    for page in ("/desk/reports/2026-10", "/desk/survey", "/desk/reports"):
        lead.get(f"{page}?team=north", 403)
        Desk(client, scenario, "wang").get(page, 403)
    assert "easy to find where to complain" in supervisor.get("/desk/survey?period=2026-09")
    for period in ("2026-11", "2026", "x"):
        supervisor.get(f"/desk/reports/{period}", 404)
    supervisor.get("/desk/survey?period=2026-11", 404)
    for language, said in (("zh", "总体满意度：按问题类型"), ("en", "Overall satisfaction by type")):
        assert said in visible(Desk(client, scenario, "zhou", language).get("/desk/survey"))


@pytest.mark.parametrize(("name", "quarterly"), [("2026-06", True), ("2026-Q2", False), ("2026", False)])
def test_survey_of_each_period_is_shown(
    scenario: Scenario, figures: ReportRows, client: Any, name: str, quarterly: bool
) -> None:
    """The page shows the survey of a month, a quarter and a year, with the teams. Only of a month it says
    that these numbers are those of its quarter."""
    shelf = scenario.product.shelf
    shelf.put(report_key(name), json.dumps(report(figures, Period(name), MADE)).encode())
    shelf.put(REPORTED, json.dumps({"periods": [name]}).encode())
    page = visible(Desk(client, scenario, "zhou").get(f"/desk/survey?period={name}"))
    assert "North" in page
    assert ("quarter that ends with this month" in page) == quarterly


def test_free_words_are_exported_without_their_answer(scenario: Scenario, nightly: Nightly) -> None:
    """The export holds the recognised terms of an answer and no other free text. Each has a digest of person
    and term, which is the same in each complaint of the person. So two answers of one person count once, and
    nobody finds the terms of one answer."""
    refs = [closed(scenario) for _ in range(2)]
    for ref in refs:
        comment = "没有人回王芳电话，退款。"
        scenario.move(scenario.by_link(ref), "answer_survey", ref, **SCORES, comment=comment)
        scenario.product.casework.ask_opinion(ref)
        scenario.move(scenario.by_link(ref), "give_opinion", ref, **OPINION, comment="王芳说表格复杂。")
    scenario.time = datetime(2026, 4, 1, 1, tzinfo=T0.tzinfo)
    nightly.night(date(2026, 2, 1))
    kept = duckdb.sql(f"select type, term, who from '{nightly.folder}/words/*/*.parquet'").fetchall()
    assert {row[:2] for row in kept} == {
        *(("quality", word) for word in ("电话", "退款")),
        *((None, word) for word in ("表格", "复杂")),
    }
    assert (len(kept), len({who for _, _, who in kept})) == (8, 4)
    told = json.loads(nightly.store.read(report_key("2026-02")))
    assert (told["survey"]["questions"], told["words"]) == ({}, {})
    cases = [scenario.product.file.load(ref) for ref in refs]
    assert digest_of(cases[0], "p1") == digest_of(cases[1], "p1")
    assert digest_of(cases[0], "nobody") != digest_of(cases[1], "nobody")
    assert not {*cases[0].parties[0].known_by} & {digest_of(cases[0], "p1"), *(who for _, _, who in kept)}


def test_free_words_are_told_from_ten_people_on(scenario: Scenario, client: Any, tmp_path: Path) -> None:
    """A word is shown only from ten people on, to readers of the whole company. Words about the process are
    counted separately, by quarter."""
    often = {"退款": 12, "拖延": 9, "电话": 10}
    said = [(word, f"{word}{n}") for word, most in often.items() for n in range(most)] + [
        ("拖延", "拖延0")
    ] * 9
    words = [
        {"month": "2026-03-01", "term": word, "who": who, **about}
        for about in ({"type": "quality"}, {})
        for word, who in said
    ]
    (file := tmp_path / path("words", "2026-03-31")).parent.mkdir(parents=True)
    file.write_bytes(parquet("words", words))
    with Lake(tmp_path) as lake:
        found = {name: lake.run(name) for name in ("terms", "opinion_terms")}
    rows = ReportRows({**dict.fromkeys(READ, ()), **found})
    told, of_team = (report(rows, Period("2026-03"), MADE, team) for team in (HOUSE, "general"))
    assert (told["words"], told["opinion_words"]) == (
        {"quality": [("退款", 10), ("电话", 10)]},
        [("退款", 10), ("电话", 10)],
    )
    scenario.product.shelf.put(report_key("2026-03"), json.dumps(told).encode())
    scenario.product.shelf.put(report_key("2026-03", "general"), json.dumps(of_team).encode())
    scenario.product.shelf.put(REPORTED, json.dumps({"periods": ["2026-03"]}).encode())
    for language, text in (("zh", "退款 质量问题 10"), ("en", "退款 Quality 10")):
        page = visible(Desk(client, scenario, "zhou", language).get("/desk/survey"))
        assert text in " ".join(page.split())
        assert "拖延" not in page
    assert "退款" not in Desk(client, scenario, "sun").get("/desk/survey")


def test_a_report_is_made_as_a_document(
    scenario: Scenario, figures: ReportRows, client: Any, fonts: Path
) -> None:
    """A report is requested by a button, made by the worker, and downloaded by its readers. It has the
    numbers of the page in both languages."""
    for period in ("2026-10", "2026", "2026-Q3", "2030-01"):
        for team in (HOUSE, "general"):
            kept = json.dumps(report(figures, Period(period), MADE, team)).encode()
            scenario.product.shelf.put(report_key(period, team), kept)
    scenario.product.shelf.put(
        REPORTED, json.dumps({"periods": ["2026-10", "2026-Q3", "2026", "2030-01"]}).encode()
    )
    asked = [("zh", "2026-10", "2026年10月投诉处理报告"), ("en", "2026", "Complaintreport,2026")]
    asked.append(("zh", "2026-Q3", "2026年第三季度投诉处理报告"))
    for language, period, title in asked:
        supervisor = Desk(client, scenario, "zhou", language)
        at = supervisor.post(f"/desk/reports/{period}", {})
        assert "PDF" in supervisor.get(at)
        assert scenario.documents() == 1
        assert "/copies/reports/" in client.http.get(at, headers=supervisor.headers).headers["Location"]
        lead = Desk(client, scenario, "sun", language)
        assert "PDF" in lead.get(at), "nothing of another team is found by its id"
        said = words(scenario.product.copies._s3.get_object(**_kept(scenario, period))["Body"].read())
        assert title in said
    assert words(made(document("en", report(figures, Period("2030-01"), MADE), Roster(), "x")))


def _kept(scenario: Scenario, period: str) -> dict[str, str]:
    bucket = scenario.product.setting("EVIDENCE")
    listed = scenario.product.copies._s3.list_objects_v2(
        Bucket=bucket, Prefix=f"copies/reports/{period}/house/"
    )
    key = next(one["Key"] for one in listed["Contents"] if one["Key"].endswith(".pdf"))
    return {"Bucket": bucket, "Key": key}

"""The measures of the reports: each number has one, with its counterparts, and is downloaded with it."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema_rs
import pytest

from chalicelib.domain.forewords import Foreword
from chalicelib.domain.roster import Roster
from chalicelib.figures.counterparts import COUNTERPARTS, VERSIONS, Fit, Source, valid_on
from chalicelib.figures.lake import Lake
from chalicelib.figures.measures import AT, FACETS as MEASURE_FACETS, MEASURES, Status, numbers
from chalicelib.figures.nightly import Nightly
from chalicelib.figures.published import CFPB
from chalicelib.figures.report import (
    HOUSE,
    MOST_LINES,
    READ,
    REPORTED,
    Period,
    Report,
    ReportRows,
    cut,
    cut_key,
    report,
    report_key,
)
from chalicelib.figures.tables import TABLES
from chalicelib.locale.formats import LANGUAGES
from chalicelib.web.pages.desk.report import broken_down, document, parts, standing
from chalicelib.web.pages.desk.report_data import csv_table
from chalicelib.web.pages.figures_dictionary import dictionary
from chalicelib.web.routes.figures import csv_text
from tests.figures.made import year
from tests.scenario import Scenario, roster
from tests.web.desk import Desk, visible

MADE = date(2027, 1, 1)
HEARD = {"one": 12, "two": 12, "three": 12, "four": 12, "five": 12}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a quarter's last month that has each part: also opinions, words and a missed
    deadline."""
    year(folder := tmp_path_factory.mktemp("year"), 300)
    with Lake(folder) as lake:
        found: dict[str, Any] = {name: lake.run(name) for name in READ}
    every = {"team": HOUSE, "facet": "all", "code": "all", "month": date(2026, 9, 1)}
    more = {
        "missed": [{**every, "deadline": "investigation", "n": 3}],
        "actions": [
            {"ref": "1", "cause": "skill", "team": "general", "day": date(2026, 9, 1), "move": move, **looked}
            for move, looked in (
                ("open_action", {"verdict": None, "expected": None, "found": None}),
                ("verify_action", {"verdict": "fell", "expected": 40, "found": 12}),
            )
        ],
        "opinions": [{"quarter": date(2026, 7, 1), "question": "findable", "people": 60, **HEARD}],
        "opinion_terms": [{"quarter": date(2026, 7, 1), "term": "表格", "n": 11}],
        "terms": [{"month": date(2026, 9, 1), "type": "quality", "term": "退款", "n": 12}],
    }
    return report(ReportRows({**found, **more}), Period("2026-09"), MADE)


def leaves(told: object) -> Iterator[float]:
    """Yield every number in plain data."""
    if isinstance(told, dict):
        told = [*told.values()]
    if isinstance(told, (list, tuple)):
        for one in told:
            yield from leaves(one)
    elif isinstance(told, (int, float)):
        yield told


def test_each_number_of_a_report_belongs_to_one_measure(whole: Report) -> None:
    """Each number in a report has a declared measure, and each declared measure has a number. No place has
    two. So it is with the numbers of the year before."""
    months = [{**one, "month": f"{int(one['month'][:4]) - 1}{one['month'][4:]}"} for one in whole["trend"]]
    for told in (whole, {**whole, "before": whole["all"], "trend_before": months, "unlike": None}):
        found = [*numbers(told)]
        values = [n for one in found for n in (one.value, one.before) if n is not None]
        assert Counter(leaves(told)) == Counter(values), (
            "declare the measure of each number in figures/measures.py and its words in pages/measures.json"
        )
    compared = [one for one in found if one.facet in ("all", "month") and one.before is not None]
    assert len(compared) > 100
    assert [one for one in compared if one.before != one.value or one.status != Status.SHOWN] == []
    assert {one.status for one in numbers(whole) if one.measure.code == "closed"} >= {Status.NOT_COMPARABLE}
    assert MEASURES.keys() - {one.measure.code for one in found} == set()
    shown = [*parts("en", whole, roster()), *broken_down("en", whole, "type", roster())]
    assert {part.measure for part in shown} <= MEASURES.keys(), "name the measure of a new part"
    assert len(AT) == sum(len(measure.at) for measure in MEASURES.values())
    keys = Counter((one.facet, one.code, one.measure.code) for one in found)
    assert [key for key, n in keys.items() if n > 1] == []


def test_each_column_and_code_of_a_report_is_in_the_dictionary(whole: Report) -> None:
    """The columns of the CSV, in their order, and the codes of each facet of its rows are in the dictionary.
    The facets without a list are names, numbers, months and words."""
    told = dictionary()["reports"]
    for language in LANGUAGES:
        heads, rows = csv_table(language, whole, roster(), HOUSE)
        assert heads == [column["says"][language] for column in told["columns"].values()]
        assert {str(row[heads[1]]) for row in rows} <= dictionary()["codes"]["report_edition"]["codes"].keys()
    free = {facet for facet, name in told["facets"].items() if name is None}
    assert free == {"all", "team", "company", "month", "action", "word", "opinion_word"}
    listed = {facet: dictionary()["codes"][name]["codes"] for facet, name in told["facets"].items() if name}
    unknown = {(one.facet, one.code) for one in numbers(whole) if one.facet not in free}
    assert {(facet, code) for facet, code in unknown if code not in listed[facet]} == set()
    assert {facet for facet, _ in unknown} > {"type", "help", "entry", "deadline", "opinion"}
    assert told["columns"]["as_of"]["zone"] == "+08:00"


def test_a_missing_number_says_why(whole: Report) -> None:
    """Scores that protect people are hidden. A time that too few complaints reached is not known yet. Without
    a file of volumes there is no number of customers."""
    few = {"mean": None, "scores": [], "content": None, "n": 10, "low": 1.0, "high": 5.0}
    step = {**whole["all"]["times"]["closed"], "p90_hours": None}
    every = {**whole["all"], "times": {"closed": step}}
    told = {
        one.measure.code: one.status
        for one in numbers({**whole, "all": every, "survey": {"questions": {"overall": few}}})
        if one.value is None and one.facet in ("all", "question")
    }
    scores = {f"survey_score_{n}" for n in range(1, 6)}
    assert told == {
        **dict.fromkeys({"survey_mean", "survey_content", *scores}, Status.HIDDEN),
        "closed_p90_hours": Status.NOT_YET,
        **dict.fromkeys({"customers", "per_1000"}, Status.NO_CUSTOMERS),
    }


def test_numbers_of_a_gap_have_a_status_of_their_own(whole: Report) -> None:
    """A program that reads the zeros of a month in which records seem to be missing learns that."""
    first = whole["trend"][0]["month"]
    told = [one for one in numbers({**whole, "gaps": [first]}) if one.facet == "month"]
    assert {one.code for one in told if one.status == Status.GAP} == {first}


@pytest.mark.parametrize(("received", "status", "named"), [(3, "few", True), (10, "shown", False)])
def test_times_of_few_complaints_are_named(whole: Report, received: int, status: str, named: bool) -> None:
    """A share or a time of fewer than ten complaints has a status of its own, and the report says so. A count
    is what it is."""
    told = {**whole, "all": {**whole["all"], "received": received}, "unlike": None}
    found = {one.measure.code: one.status for one in numbers(told) if one.facet == "all"}
    assert (found["received"], found["acknowledged_n"]) == (Status.SHOWN, Status.SHOWN)
    assert (found["acknowledged_median_hours"], found["acknowledged_within_24h"]) == (status, status)
    for language, few in (("zh", "少于10件"), ("en", "Fewer than 10")):
        assert any(few in sentence for sentence in standing(language, told)) == named


def test_counterparts_change_with_the_return_of_2027(whole: Report) -> None:
    """Each day has one version. The return of DISP 1 Annex 1 is valid up to 31 December 2026. A report names
    the version that was valid at its end."""
    last = date(2026, 12, 31)
    assert {*valid_on(last).sources} - {*valid_on(last + timedelta(days=1)).sources} == {Source.FCA_DISP}
    assert [each.until for each in VERSIONS.values()] == [last, None]
    assert whole["counterparts"] == valid_on(last).name
    empty = ReportRows(dict.fromkeys(READ, ()))
    names = [report(empty, Period(name), MADE)["counterparts"] for name in ("2026", "2027-01")]
    assert names == [valid_on(last).name, valid_on(date(2027, 1, 1)).name]
    assert {measure.like for measure in MEASURES.values()} == COUNTERPARTS.keys()


def test_no_field_of_the_cfpb_stands_for_our_own_times() -> None:
    """“Timely response?” is about 15 days after the complaint was sent to the company. No number of ours says
    the same."""
    named = {*CFPB.values(), *(column.cfpb for columns in TABLES.values() for column in columns.values())}
    assert named
    assert [name for name in named if "Timely" in name] == []
    assert COUNTERPARTS["in_time"][Source.CFPB] == Fit.UNLIKE


@pytest.mark.parametrize(("language", "team", "right"), [("zh", "团队", "知情权"), ("en", "team", "to know")])
def test_a_report_is_downloaded_as_data(
    scenario: Scenario, client: Any, whole: Report, language: str, team: str, right: str
) -> None:
    """CSV and JSON have the same rows, in the reader's language and with the same codes. The JSON fits its
    schema, and names the zone of its moment. A lead gets only the own teams."""
    for of, told in ((HOUSE, whole), ("general", {**whole, "by": {}, "survey": {}})):
        scenario.product.shelf.put(report_key("2026-09", of), json.dumps(told).encode())
    scenario.product.shelf.put(REPORTED, json.dumps({"periods": ["2026-09"]}).encode())
    desk, at = Desk(client, scenario, "zhou", language), "/desk/reports/2026-09/data"
    said = Foreword("2026-09", HOUSE, language, "多了", "", "两人", "zhou", scenario.time, 1)
    scenario.product.forewords.add(said)
    found = json.loads(desk.get(at))
    schema = json.loads(client.http.get("/report.schema.json").body.decode())
    jsonschema_rs.Draft202012Validator(schema).validate(found)
    assert (found["as_of"], found["team"]) == ("2027-01-01T00:00:00+08:00", None)
    assert found["schema"].endswith("/report.schema.json")
    assert ([one["text"] for one in found["foreword"]["parts"]], found["foreword"]["by"]) == (
        ["多了", "", "两人"],
        "Zhou",
    )
    assert found["foreword"]["at"].endswith("+08:00")
    assert len(found["notes"]) > 1
    text = desk.get(f"{at}?format=csv")
    assert text.startswith("\ufeff")
    rows = [*csv.DictReader(StringIO(text.removeprefix("\ufeff")))]
    assert len(rows) == len(found["numbers"]) == len([*numbers(whole)])
    for column, name in ((0, "period"), (2, "as_of")):
        assert {[*row.values()][column] for row in rows} == {found[name]}
    assert [[*row.values()][5] for row in rows] == [one["code"] for one in found["numbers"]]
    assert right in next(one["label"] for one in found["numbers"] if one["code"] == "know").lower()
    assert team in rows[0]
    lead = Desk(client, scenario, "sun", language)
    own = json.loads(lead.get(at))
    assert {one["facet"] for one in own["numbers"]}.isdisjoint({"team", "region"})
    assert (own["team"]["code"], own["foreword"]) == ("general", None)
    lead.get(f"{at}?team=north", 403)
    desk.get("/desk/reports/2026-10/data", 404)
    desk.get(f"{at}?edition=final", 404)
    answer = desk.get("/desk/reports/measures?version=2")
    anchors = {*re.findall(r"measures\?version=1#(\w+)", desk.get("/desk/reports/2026-09"))}
    assert len(anchors) > 10
    assert [one for one in anchors if f'id="{one}"' not in answer] == []
    assert "{" not in (page := visible(answer))
    of_report = visible(desk.get("/desk/reports/measures?version=1"))
    annex = document(language, whole, roster(), "x")["annex"]
    assert {code for group in annex["groups"] for one in group["families"] for _, code in one["names"]} == {
        *MEASURES,
        *MEASURE_FACETS,
    }
    assert [one for group in annex["groups"] for one in group["like"] if one not in of_report] == []
    families = [one for group in annex["groups"] for one in group["families"]]
    (ends,) = (one["says"] for one in families if ("survey_low" in [code for _, code in one["names"]]))
    assert "%" in ends[-1]
    assert "Sub-product" in page
    products = next(one for one in found["facets"] if one["code"] == "class")["counterparts"]
    assert [one["source"] for one in products] == ["fca_disp", "fos", "cfpb", "iso"]
    assert "PS25/19" in page
    assert "DISP" not in page
    desk.get("/desk/reports/measures?version=9", 404)


def test_a_cell_of_a_csv_file_is_no_formula(whole: Report) -> None:
    """Text that a spreadsheet program could run has a quotation mark in front, and a negative number has
    none."""
    heads, rows = csv_table("en", {**whole, "causes": {"=1+1": 1}}, Roster(), "@SUM(A1)")
    cells = {cell for row in csv.reader(StringIO(csv_text(heads, rows))) for cell in row}
    assert {"'=1+1", "'@SUM(A1)"} <= cells
    assert not {cell[:1] for cell in cells} & {"=", "+", "@"}
    assert csv_text(["n"], [{"n": -1}]) == "n\r\n-1\r\n"


def test_a_report_of_many_companies_is_downloaded_whole(
    scenario: Scenario, client: Any, whole: Report
) -> None:
    """A Lambda function answers with at most 6 MB, as JSON. The files of a report with 300 companies are
    larger than half of that: the answer leads to a stored file with every number. The page and the document
    show the 100 companies with the most complaints, and say so."""
    one = {**next(iter(whole["by"]["type"].values())), "before": whole["all"]}
    companies = {f"某某某某有限责任公司{n}": one for n in range(300)}
    big = {**whole, "by": {**whole["by"], "company": companies}}
    scenario.product.shelf.put(report_key("2026-09"), json.dumps(big).encode())
    scenario.product.shelf.put(REPORTED, json.dumps({"periods": ["2026-09"]}).encode())
    desk, count = Desk(client, scenario, "zhou", "zh"), len([*numbers(big)])
    for ending in ("csv", "json"):
        answer = client.http.get(f"/desk/reports/2026-09/data?format={ending}", headers=desk.headers)
        key = unquote(urlsplit(answer.headers["Location"]).path).partition("copies/")[2]
        assert re.fullmatch(rf"reports/2026-09/house/\w{{64}}\.{ending}", key)
    stored = scenario.product.copies.read(key.removesuffix(".json"))
    assert len(json.loads(stored)["numbers"]) == count
    page = desk.get("/desk/reports/2026-09?by=company")
    assert "其余200项" in page
    assert len(page.encode()) < 200_000
    lines = [part["lines"] for part in document("zh", big, Roster(), "x")["parts"]]
    assert max(map(len, lines)) == 100


def test_pages_of_many_companies_read_a_cut_report(
    scenario: Scenario, nightly: Nightly, client: Any, whole: Report
) -> None:
    """The night stores a report a second time without the companies that no page shows. Pages and documents
    are the same with it, and pages read nothing else."""
    one = {**next(iter(whole["by"]["type"].values())), "before": whole["all"]}
    big = {**whole, "by": {**whole["by"], "company": {f"公司{n}": one for n in range(130)}}}
    small = cut(big)
    assert small
    assert len(small["by"]["company"]) == MOST_LINES
    assert document("zh", small, Roster(), "x") == document("zh", big, Roster(), "x")
    assert cut(whole) is None
    key = report_key("2026-09")
    nightly.store.put(key, json.dumps(big).encode())
    nightly._list_reports([])
    desk, pages = Desk(client, scenario, "zhou", "zh"), ("", "?by=company", "?by=help")
    before = [desk.get(f"/desk/reports/2026-09{query}") for query in pages]
    nightly._cut(key, big)
    nightly._list_reports([])
    nightly.store.put(key, b"{}")
    assert [desk.get(f"/desk/reports/2026-09{query}") for query in pages] == before
    assert json.loads(nightly.store.read(REPORTED))["cut"] == [cut_key(key)]

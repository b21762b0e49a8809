"""Months, quarters and years of reports beside the year before, by region, product and company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.model.codes import Region
from chalicelib.domain.roster import Roster
from chalicelib.figures.editions import FINAL
from chalicelib.figures.lake import Lake
from chalicelib.figures.report import (
    FACETS,
    HOUSE,
    OF_TEAMS,
    READ,
    Period,
    ReportRows,
    Span,
    Unlike,
    breakdowns,
    quarter_of,
    report,
    running_on,
)
from chalicelib.web.pages.desk.report import broken_down, parts, standing
from tests.figures.made import year

MADE = date(2027, 1, 1)
NAMES = ("2026-03", "2026-Q2", "2026-Q4", "2026")
"""Periods that the tests report: a month, quarters and a year."""
A_YEAR_AGO = (
    "update made set came_at = came_at - interval 365 day where i % 3 = 0;"
    "update made set company = '旧店' where came_at < timestamp '2026-01-01' and i % 2 = 0"
)
"""SQL that moves a third of the complaints to the year before, half of these about another company."""


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> ReportRows:
    """Return the rows of two generated years."""
    year(folder := tmp_path_factory.mktemp("years"), 1_800, planted=A_YEAR_AGO)
    with Lake(folder) as lake:
        return ReportRows({name: lake.run(name) for name in (*READ, "begun")})


def made(figures: ReportRows, name: str, team: str = HOUSE) -> Mapping[str, Any]:
    """Return the report of a period."""
    return report(figures, Period(name), MADE, team)


def rows(counts: Mapping[date, int], begun: date, team: str = HOUSE) -> ReportRows:
    """Return rows with these numbers of received complaints by month, and no other numbers."""
    whole = {"team": team, "facet": "all", "code": "all"}
    received = [{**whole, "month": month, "n": n} for month, n in counts.items() if n]
    return ReportRows({**dict.fromkeys(READ, ()), "received": received, "begun": [{"day": begun}]})


def months(*years: int) -> list[date]:
    """Return the first days of all months of these years."""
    return [date(year, month, 1) for year in years for month in range(1, 13)]


@pytest.mark.parametrize("name", NAMES)
def test_year_before_is_the_report_of_that_year(figures: ReportRows, name: str) -> None:
    """The numbers a year before are those that a report of that period has, of all complaints and of each
    code. A code that only the year before has is shown with zero complaints now."""
    now, then = made(figures, name), made(figures, Period(name).before.name)
    assert (now["unlike"], now["before"]) == (None, then["all"])
    assert now["before"]["received"] > 0
    for facet, codes in now["by"].items():
        assert codes.keys() >= then["by"][facet].keys()
        for code, told in codes.items():
            if former := then["by"][facet].get(code):
                assert told["before"] == {name: former[name] for name in told["before"]}
            else:
                assert told["before"]["received"] == 0


def test_quarter_is_the_sum_of_its_months(figures: ReportRows) -> None:
    """A quarter has the complaints of its three months, and of each code. Its times are of all its
    complaints, and its open ones those at its end."""
    quarter = made(figures, "2026-Q2")
    each = [made(figures, f"2026-0{n}") for n in (4, 5, 6)]
    for name in ("received", "answered", "closed"):
        assert quarter["all"][name] == sum(month["all"][name] for month in each)
    assert quarter["all"]["times"]["answered"]["n"] == quarter["all"]["received"]
    assert quarter["all"]["open"] == each[-1]["all"]["open"]
    assert quarter["stock"]["before"] == each[0]["stock"]["before"]
    for facet, codes in quarter["by"].items():
        for code, told in codes.items():
            found = (month["by"][facet].get(code, {"received": 0}) for month in each)
            assert told["received"] == sum(month["received"] for month in found), (facet, code)


def test_company_reads_regions_products_and_companies(figures: ReportRows) -> None:
    """The report of the company counts each complaint by region and by product, and those about listed
    companies by company. The report of a team has none of these. The survey has none either."""
    told = made(figures, "2026")
    assert tuple(told["by"]) == FACETS
    assert told["by"]["region"].keys() <= {*Region}
    for facet in ("region", "class"):
        assert sum(one["received"] for one in told["by"][facet].values()) == told["all"]["received"]
        assert sum(one["times"]["answered"]["n"] for one in told["by"][facet].values() if one["times"]) > 0
    assert 0 < sum(one["received"] for one in told["by"]["company"].values()) < told["all"]["received"]
    assert (
        told["by"]["company"]["旧店"]["received"],
        told["by"]["company"]["旧店"]["before"]["received"] > 0,
    ) == (0, True)
    assert tuple(made(figures, "2026", "north")["by"]) == OF_TEAMS
    assert not {"region", "class", "company"} & {*told["survey"]["by"]}


def test_company_reads_who_stated_a_need_of_help(figures: ReportRows) -> None:
    """The report of the company counts complaints with and without a stated need of help, with all their
    figures. A team's report, the survey, and the key that an earlier release reads have none of it."""
    told = made(figures, "2026")
    assert {*told["help"]} == {"stated", "not_stated"}
    assert sum(one["received"] for one in told["help"].values()) == told["all"]["received"]
    assert told["help"]["stated"]["times"]["answered"]["median_hours"] > 0
    assert told["help"]["stated"]["before"]["received"] > 0
    assert "help" not in {*told["by"], *told["survey"]["by"]}
    assert made(figures, "2026", "north")["help"] == {}
    old = report(figures, Period("2026"), MADE) | {"help": {}}
    assert "help" not in breakdowns(old)
    for language, label in (("zh", "说明了需要帮助"), ("en", "stated a need of help")):
        counts, results = broken_down(language, told, "help", Roster())
        assert label in [line.label for line in counts.lines]
        assert len(results.lines) == 2


@given(st.lists(st.integers(0, 40), min_size=24, max_size=24), st.sampled_from(NAMES))
def test_numbers_a_year_before_come_from_its_months(counts: list[int], name: str) -> None:
    """If a report has numbers of the year before, they are the sum of the same months a year before. It has
    none exactly if it says why."""
    each = dict(zip(months(2025, 2026), counts, strict=True))
    told = made(rows(each, date(2025, 1, 2)), name)
    then = sum(each[month.replace(year=2025)] for month in Period(name).months)
    assert (told["before"] is None) == (told["unlike"] is not None)
    assert (told["unlike"] == Unlike.NOTHING) == (then == 0)
    if told["before"]:
        assert told["before"]["received"] == then


def unlike(name: str, empty: Iterable[date] = (), n: int = 30, begun: date = date(2025, 1, 1)) -> Any:
    """Return why a period cannot be compared. Every month has `n` complaints from its beginning on, except
    `empty` ones."""
    first = begun.replace(day=1)
    each = {month: 0 if month in empty or month < first else n for month in months(2025, 2026)}
    told = made(rows(each, begun), name)
    return told["unlike"], told["gaps"]


def test_period_without_a_whole_year_before_is_not_compared() -> None:
    """A period is compared only if records began in the first week of the one a year before."""
    assert unlike("2026-03", begun=date(2025, 3, 7)) == (None, [])
    assert unlike("2026-03", begun=date(2025, 3, 8)) == (Unlike.BEGINNING, [])
    assert unlike("2026-Q1", begun=date(2025, 2, 1)) == (Unlike.BEGINNING, [])
    assert unlike("2026", begun=date(2025, 1, 20)) == (Unlike.BEGINNING, [])
    assert unlike("2025") == (Unlike.BEGINNING, [])
    assert made(rows({}, date.max), "2026")["unlike"] == Unlike.BEGINNING


@pytest.mark.parametrize("language", ["zh", "en"])
def test_months_before_records_began_are_no_zeros(language: str) -> None:
    """A report whose period began before the records says so, and its trend begins with them. Earlier months
    of which complaints were entered later are there."""
    begun, numbers = date(2026, 5, 20), dict.fromkeys(months(2026)[4:], 30)
    told = made(rows(numbers, begun), "2026")
    assert [month["month"] for month in told["trend"]] == [f"2026-{n:02}" for n in range(5, 13)]
    (said,) = (
        one
        for one in standing(language, told)
        if {"zh": "起才有记录", "en": "Records begin"}[language] in one
    )
    assert {"zh": "2026年5月20日", "en": "20 May 2026"}[language] in said
    trend = next(parts(language, told, Roster()))
    assert len(trend.lines) == 8
    entered = made(rows({date(2026, 3, 1): 12, **numbers}, begun), "2026")
    assert entered["trend"][0] == {"month": "2026-03", "received": 12, "answered": 0, "closed": 0}
    assert made(rows(numbers, begun), "2026-06")["begun"] == ""
    of_team = report(rows(numbers, date(2025, 1, 1), "new"), Period("2026"), MADE, "new")
    assert (of_team["begun"], len(of_team["trend"]), of_team["trend_before"]) == ("2026-05", 8, [])


def test_gap_is_named_and_not_compared() -> None:
    """An empty month among months with ten complaints and more looks like missing records. The report names
    it, and compares neither its period nor the one a year later. Among months with three complaints it is
    chance."""
    may = date(2026, 5, 1)
    for name in ("2026", "2026-Q2", "2026-05"):
        assert unlike(name, [may]) == (Unlike.GAP, ["2026-05"])
        assert unlike(name, [may], n=3) == (None, [])
    assert unlike("2026-Q3", [may]) == (None, ["2026-05"]), "the trend has the month"
    assert unlike("2026", [date(2025, 5, 1)]) == (Unlike.GAP, [])
    assert unlike("2026-05", [date(2025, 5, 1)]) == (Unlike.NOTHING, [])


def test_running_period_is_not_compared() -> None:
    """A period that is not over is compared with nothing, because it has fewer days."""
    day = date(2026, 8, 31)
    running = [*running_on(day)]
    assert [one.name for one in running] == ["2026-08", "2026-Q3", "2026"]
    assert [one.months[-1] for one in running] == [date(2026, 8, 1)] * 3
    figures = rows(dict.fromkeys(months(2025, 2026), 30), date(2025, 1, 1))
    assert {report(figures, one, day)["unlike"] for one in running} == {Unlike.RUNNING}


def test_team_without_complaints_a_year_before_is_not_compared(figures: ReportRows) -> None:
    """A team that is new has nothing to be compared with, although the company has. Nor has one that began
    within the period a year before."""
    each = dict.fromkeys(months(2025, 2026), 30)
    told = report(rows(each, date(2025, 1, 1)), Period("2026"), MADE, "new")
    assert (told["unlike"], told["before"]) == (Unlike.NOTHING, None)
    later = rows({month: n for month, n in each.items() if month > date(2025, 5, 1)}, date(2025, 1, 1), "new")
    for name, why in (("2026", Unlike.BEGINNING), ("2026-Q2", Unlike.BEGINNING), ("2026-Q3", None)):
        assert report(later, Period(name), MADE, "new")["unlike"] == why
    assert made(figures, "2026", "north")["before"]["received"] > 0


@given(st.integers(2000, 2100), st.integers(1, 12))
def test_periods_of_a_month_contain_it(year: int, month: int) -> None:
    """The month, quarter and year of a day contain its month. Their names tell their length, and the period
    before has the same months a year before."""
    day = date(year, month, 1)
    names = f"{day:%Y-%m}", f"{year}-Q{quarter_of(day)}", f"{year}"
    for name, span, length in zip(names, (Span.MONTH, Span.QUARTER, Span.YEAR), (1, 3, 12), strict=True):
        period = Period(name)
        assert (period.span, len(period.months), day in period.months) == (span, length, True)
        assert [one.replace(year=year - 1) for one in period.months] == period.before.months


@pytest.mark.parametrize(
    ("language", "head", "says"),
    [("zh", "上年同期", "不与2025年比较"), ("en", "A year before", "Not comparable with 2025")],
)
def test_page_shows_the_year_before(figures: ReportRows, language: str, head: str, says: str) -> None:
    """The tables have a column for the year before. Without it, a sentence says why."""
    told = made(figures, "2026")
    by = [part for facet in FACETS for part in broken_down(language, told, facet, Roster())]
    shown = {part.name: part for part in (*parts(language, told, Roster()), *by)}
    for name in ("counts", "by_region", "by_company", "by_class"):
        assert head in shown[name].head, name
        assert {len(line.cells) for line in shown[name].lines} == {len(shown[name].head)}
    gone = made(rows(dict.fromkeys(months(2026), 30), date(2026, 1, 1)), "2026")
    assert any(says in sentence for sentence in standing(language, gone))
    assert head not in next(part for part in parts(language, gone, Roster()) if part.name == "counts").head


@pytest.mark.parametrize(
    ("name", "says"),
    [("2026-11", "in the report of the year"), ("2026-Q3", "in the report of the year")]
    + [(name, "in later reports only") for name in ("2026-12", "2026-Q4", "2026")],
)
def test_final_report_says_where_later_entries_count(figures: ReportRows, name: str, says: str) -> None:
    """A complaint that is entered after the final report of the year is in no report of that year. The final
    reports of December and of the last quarter are made on the same day."""
    told = {**made(figures, name), "edition": FINAL}
    assert any(says in sentence for sentence in standing("en", told))

"""What SQL computes from the export equals what plain Python computes from the timelines of random lives. The
list `RECOMPUTED` names the figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st
from scipy.stats import CensoredData, ecdf

from chalicelib.figures.editions import PROVISIONAL, edition
from chalicelib.figures.lake import Lake, statements
from chalicelib.figures.outcome import Concluded
from chalicelib.figures.report import READ
from tests.domain.life import Life
from tests.figures import outcome_timelines, timelines
from tests.figures.timelines import (
    STEPS,
    Wait,
    incidence,
    lives,
    month_of,
    quantile,
    stock,
    waits,
    within,
    write,
)

COUNT = 160
MONTHS = [date(2026, month, 1) for month in (2, 3, 4, 5, 6)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Life], Lake]:
    """Return random lives, and the facts of their export."""
    found = lives(Random(37), COUNT)
    write(folder := tmp_path_factory.mktemp("lives"), found)
    return found, Lake(folder)


def house(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of all complaints of the company."""
    return [row for row in rows if (row["team"], row["facet"]) == ("", "all")]


def test_times_are_those_of_timelines(world: tuple[list[Life], Lake]) -> None:
    """Median, ninth tenth, shares in time, open complaints and missed deadlines of each month and quarter,
    and of the year, follow from the timelines. Some quantiles are not reached."""
    found, lake = world
    rows = {(row["step"], row["quarter"], row["month"]): row for row in house(lake.run("times"))}
    cohorts = [*((None, month, {month}) for month in MONTHS), (1, None, {*MONTHS[:2]})]
    cohorts += [(2, None, {*MONTHS[2:]}), (None, None, {*MONTHS})]
    unknown = 0
    for step in STEPS:
        every = [*waits(found, step)]
        for quarter, month, months in cohorts:
            some = [wait for wait in every if wait.month in months]
            row, (curve, until) = rows.pop((step, quarter, month)), incidence(some)
            assert row["n"] == len(some)
            assert row["open"] == sum(wait.ended == "open" for wait in some)
            assert row["met"] == sum(wait.ended == "reached" and not wait.missed for wait in some)
            assert row["missed"] == sum(wait.missed for wait in some)
            assert row["median_hours"] == quantile(curve, 0.5), (step, month)
            assert row["p90_hours"] == quantile(curve, 0.9), (step, month)
            for name, hours in (("24h", 24), ("4_weeks", 672), ("8_weeks", 1344)):
                assert row[f"within_{name}"] == pytest.approx(within(curve, until, hours)), (step, month)
            watched = [wait.in_3_days for wait in some if wait.in_3_days is not None]
            assert row["within_3_days"] == pytest.approx(sum(watched) / len(watched))
            unknown += sum(row[name] is None for name in ("median_hours", "p90_hours", "within_8_weeks"))
    assert rows == {}
    assert unknown > 0
    assert sum(wait.missed for wait in waits(found, "acknowledged")) > 0


def test_a_month_without_complaints_has_its_open_ones(world: tuple[list[Life], Lake], tmp_path: Path) -> None:
    """An empty month in a year has no times, and the complaints that were open at its end. An edition of it
    shows only those."""
    gap = MONTHS[2]
    found = [life for life in world[0] if month_of(life.case.received_at) != gap]
    write(tmp_path, found)
    lake = Lake(tmp_path)
    rows = {name: lake.run(name) for name in statements()}
    assert {row["age"]: row["n"] for row in house(rows["stock"]) if row["month"] == gap} == stock(found, gap)
    told = edition(rows, gap, PROVISIONAL, "2026-06-30")
    assert (told["received"], told["times"]) == (None, {})
    assert any(told["tables"]["open_by_age"].values())


ENDS = (
    *((hours, "reached") for hours in (2, 5, 5, 8, 11, 14, 15, 20, 22)),
    *((hours, "other") for hours in (3, 8, 12, 12, 18)),
    *((hours, "open") for hours in (4, 6, 9, 13, 17, 21)),
)
OF_LIFELINES = {
    2: 0.05,
    5: 0.155882,
    8: 0.212605,
    11: 0.274484,
    14: 0.345204,
    15: 0.415923,
    20: 0.504322,
    22: 0.68112,
}
"""The cumulative incidence of `ENDS` by the `AalenJohansenFitter` of lifelines 0.30.0. That package is not
installed, because it brings 280 MB with it."""


def test_incidence_is_that_of_lifelines() -> None:
    """The estimate of Aalen and Johansen agrees with that of another implementation, with complaints that are
    open and others that ended without the step."""
    curve, _ = incidence(Wait(MONTHS[0], ended, hours, None, missed=False) for hours, ended in 10 * ENDS)
    found = dict(curve)
    assert {at: round(found[at], 6) for at in OF_LIFELINES} == OF_LIFELINES


@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from(("reached", "other"))), min_size=1))
def test_incidence_without_open_complaints_is_a_proportion(ends: list[tuple[int, str]]) -> None:
    """If every complaint has ended, the estimate is the share that had the step."""
    curve, _ = incidence(Wait(MONTHS[0], ended, hours, None, missed=False) for hours, ended in ends)
    for at, share in curve:
        assert share == pytest.approx(sum(e == "reached" and h <= at for h, e in ends) / len(ends))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Life], Lake]:
    """Return random lives with answers, mediations and breaches, and the facts of their export."""
    found = outcome_timelines.lives(Random(5), 110)
    write(folder := tmp_path_factory.mktemp("outcomes"), found)
    return found, Lake(folder)


class Figure(NamedTuple):
    """A figure that is counted by month twice. `world`: the fixture with the lives. `statement`: its SQL
    statement. `kind`: the column with the code of a row, or "" if each of `columns` is a number of its own;
    `codes`: only these codes. `recomputed`: what follows from the timelines, by month and code."""

    world: str
    statement: str
    recomputed: Callable[[list[Life]], Mapping[date, Counter[str]]]
    kind: str = ""
    columns: tuple[str, ...] = ("n",)
    codes: frozenset[str] | None = None

    def told(self, lake: Lake) -> dict[date, Counter[str]]:
        """Return what the statement says, by month and code."""
        found = defaultdict[date, Counter[str]](Counter)
        for row in house(lake.run(self.statement)):
            for column in self.columns:
                code = row[self.kind] if self.kind else column
                if self.codes is None or code in self.codes:
                    found[row["month"]][code] += int(row[column])
        return found


RECOMPUTED: Mapping[str, Figure] = {
    "complaints received": Figure("world", "received", timelines.received),
    "when complaints were entered": Figure("world", "entered", timelines.entered, "entered"),
    "complaints closed, by outcome": Figure("world", "closed", timelines.closed, "outcome"),
    "open complaints at the end of a month, by age": Figure(
        "world", "stock", lambda found: {month: timelines.stock(found, month) for month in MONTHS}, "age"
    ),
    "decisions, answers, withdrawals and reopenings": Figure(
        "world", "events", timelines.events, "what", codes=frozenset(timelines.EVENTS.values())
    ),
    "deadlines missed": Figure("world", "missed", timelines.missed, "deadline"),
    "promises by their end": Figure(
        "world",
        "promises",
        lambda found: {month: timelines.promises(found, month) for month in MONTHS},
        "ended",
    ),
    "main causes": Figure("outcomes", "causes", outcome_timelines.main_causes, "cause", ("main",)),
    "conclusions of answers": Figure("outcomes", "upheld", outcome_timelines.upheld, "conclusion"),
    "mediations and breaches": Figure(
        "outcomes",
        "events",
        outcome_timelines.talks,
        "what",
        codes=frozenset({"mediations", "mediated", "unmediated", "breaches"}),
    ),
    "broken promises": Figure(
        "outcomes", "promises", outcome_timelines.broken, "ended", codes=frozenset({"broken"})
    ),
    "broken promises that were performed in the end": Figure(
        "outcomes", "promises", outcome_timelines.mended, columns=("mended",)
    ),
    "matters that reconsiderations overturned": Figure(
        "outcomes", "decisions", outcome_timelines.overturned, columns=("matters", "overturned", "changed")
    ),
    "repeated complaints": Figure("outcomes", "repeats", outcome_timelines.repeats),
}
"""The figures that are counted from timelines by plain Python. Times and money have tests of their own below,
and results of the survey in `test_survey`."""
OWN_TESTS = {"times", "redress"}
OF_SURVEY = {"survey", "survey_rate", "survey_people"}


@pytest.mark.parametrize("name", RECOMPUTED)
def test_figure_is_that_of_timelines(name: str, request: pytest.FixtureRequest) -> None:
    """What SQL counts in each month of the lives equals what their timelines say."""
    figure = RECOMPUTED[name]
    found, lake = request.getfixturevalue(figure.world)
    told, recomputed = figure.told(lake), figure.recomputed(found)
    for month in {*told, *recomputed} & {*MONTHS}:
        assert +told.get(month, Counter()) == +Counter(recomputed.get(month, {})), month
    assert sum(n for month in MONTHS for n in recomputed.get(month, {}).values()) > 0


def test_each_statement_of_a_report_is_recomputed() -> None:
    """A new statement of the report needs a figure that is counted twice. Numbers of improvement actions and
    trainings come from other timelines (`test_nightly`)."""
    assert {one.statement for one in RECOMPUTED.values()} | OWN_TESTS | OF_SURVEY == {*READ} - {"learning"}


def test_worlds_have_what_figures_count(
    world: tuple[list[Life], Lake], outcomes: tuple[list[Life], Lake]
) -> None:
    """The lives have each kind of promise, conclusion and event, and a closed complaint that was reopened
    after the end of a month."""
    closings_ = [times for life in world[0] for times in timelines.closings(life)]
    ends = [timelines.published_end(month) for month in MONTHS]
    assert any(until and since < end <= until for since, until in closings_ for end in ends)
    wanted = {
        "promises by their end": {"kept", "kept_later", "open"},
        "conclusions of answers": {*Concluded},
        "mediations and breaches": {"mediations", "mediated", "unmediated", "breaches"},
        "when complaints were entered": {"in_month", "later"},
    }
    for name, codes in wanted.items():
        figure = RECOMPUTED[name]
        lake = {"world": world, "outcomes": outcomes}[figure.world][1]
        assert {code for each in figure.told(lake).values() for code in each} == codes, name


def test_money_is_that_of_timelines(outcomes: tuple[list[Life], Lake]) -> None:
    """Money promised and paid, in fen: of each month the sum, the people and the largest sum of one person,
    and the same of the year."""
    found, lake = outcomes
    rows = house(lake.run("redress"))
    for what in ("promised", "paid"):
        months = outcome_timelines.money(found, what)
        months[date(2026, 1, 1)] = sum(months.values(), Counter())
        told = {
            row["month"]: (row["people"], row["total"], row["largest"])
            for row in rows
            if row["what"] == what and row["span"] in ("month", "year")
        }
        assert told == {
            month: (len(each), sum(each.values()), max(each.values())) for month, each in months.items()
        }


@given(
    st.lists(st.tuples(st.integers(1, 20), st.sampled_from(("reached", "other", "open"))), min_size=1).filter(
        lambda ends: any(ended != "open" for _, ended in ends)
    )
)
def test_incidences_of_both_ends_add_up_to_kaplan_meier(ends: list[tuple[int, str]]) -> None:
    """The shares that had the step and that ended without it are together one minus the survival that SciPy
    estimates by the method of Kaplan and Meier, with open complaints as censored."""

    def curve(step: str) -> list[tuple[float, float]]:
        named = {step: "reached", "open": "open"}
        return incidence(Wait(MONTHS[0], named.get(e, "other"), h, None, missed=False) for h, e in ends)[0]

    ended, still = ([h for h, e in ends if (e == "open") == is_open] for is_open in (False, True))
    survival = ecdf(CensoredData(uncensored=ended, right=still)).sf
    for (at, reached), (_, other) in zip(curve("reached"), curve("other"), strict=True):
        assert reached + other == pytest.approx(1 - survival.evaluate(at))

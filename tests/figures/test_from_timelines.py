"""Times, open complaints, promises, and what complaints led to: what SQL computes from the export equals what
plain Python computes from the timelines of random lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, strategies as st
from scipy.stats import CensoredData, ecdf

from chalicelib.figures.editions import PROVISIONAL, edition
from chalicelib.figures.lake import Lake, statements
from chalicelib.figures.outcome import Concluded
from tests.domain.life import Life
from tests.figures import outcome_timelines
from tests.figures.timelines import (
    STEPS,
    Wait,
    closings,
    incidence,
    lives,
    month_of,
    promises,
    published_end,
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


def test_open_complaints_are_those_of_timelines(world: tuple[list[Life], Lake]) -> None:
    """The open complaints at the end of each month, by age. One that was reopened later is not among them."""
    found, lake = world
    ends = [published_end(month) for month in MONTHS]
    closed = [times for life in found for times in closings(life)]
    assert any(until and since < end <= until for since, until in closed for end in ends)
    rows = house(lake.run("stock"))
    for month in MONTHS:
        told = {row["age"]: row["n"] for row in rows if row["month"] == month}
        assert told == stock(found, month), month
    assert len({row["age"] for row in rows}) == 4


def test_promises_are_those_of_timelines(world: tuple[list[Life], Lake]) -> None:
    """A promise counts in the month in which it was due. It is kept if it was performed by its day, however
    late the consumer confirmed that."""
    found, lake = world
    rows = house(lake.run("promises"))
    for month in MONTHS[1:]:
        told = {row["ended"]: row["n"] for row in rows if row["month"] == month}
        assert told == promises(found, month), month
    assert {row["ended"] for row in rows} == {"kept", "kept_later", "open"}


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


def by_month(rows: Iterable[dict[str, Any]], *names: str, kind: str = "") -> dict[date, Counter[str]]:
    """Return the sums of the columns `names` for each month; with `kind`, those of `n` by this column."""
    found: dict[date, Counter[str]] = {}
    for row in rows:
        told = {row[kind]: row["n"]} if kind else {name: row[name] for name in names}
        found.setdefault(row["month"], Counter()).update({name: int(n) for name, n in told.items()})
    return {month: told for month, told in found.items() if +told}


def test_answers_say_what_timelines_say(outcomes: tuple[list[Life], Lake]) -> None:
    """A complaint counts in the month of its newest answer, with what reconsideration has left of it."""
    found, lake = outcomes
    told = by_month(house(lake.run("upheld")), kind="conclusion")
    assert told == outcome_timelines.upheld(found)
    assert {code for each in told.values() for code in each} == {*Concluded}


def test_talks_and_breaches_are_those_of_timelines(outcomes: tuple[list[Life], Lake]) -> None:
    """A mediation begins once, also if its mediator changes, and ends with an agreement or without one."""
    found, lake = outcomes
    names = {"mediations", "mediated", "unmediated", "breaches"}
    rows = [row for row in house(lake.run("events")) if row["what"] in names]
    told = by_month(rows, kind="what")
    assert told == {month: +each for month, each in outcome_timelines.talks(found).items() if +each}
    assert {name for each in told.values() for name in each} == names


def test_mended_promises_are_those_of_timelines(outcomes: tuple[list[Life], Lake]) -> None:
    """A broken promise that was performed in the end counts as mended in the month of its last day."""
    found, lake = outcomes
    told = Counter[tuple[date, str]]()
    for row in house(lake.run("promises")):
        told[row["month"], "broken"] += row["n"] if row["ended"] == "broken" else 0
        told[row["month"], "mended"] += int(row["mended"])
    expected = outcome_timelines.broken(found)
    assert +told == Counter(
        {(month, name): n for month, each in expected.items() for name, n in each.items()}
    )
    assert {name for _, name in +told} == {"broken", "mended"}


def test_overturned_matters_are_those_of_timelines(outcomes: tuple[list[Life], Lake]) -> None:
    """Matters that reconsiderations decided, and those decided otherwise than before."""
    found, lake = outcomes
    told = by_month(house(lake.run("decisions")), "matters", "overturned", "changed")
    assert told == outcome_timelines.overturned(found)
    assert (
        0 < sum(each["overturned"] for each in told.values()) < sum(each["matters"] for each in told.values())
    )


def test_repeats_are_those_of_timelines(outcomes: tuple[list[Life], Lake]) -> None:
    """A person's second complaint about the same type within ninety days is a repeat."""
    found, lake = outcomes
    told = {row["month"]: row["n"] for row in house(lake.run("repeats"))}
    assert told == +outcome_timelines.repeats(found)
    assert 0 < sum(told.values()) < len(found)


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

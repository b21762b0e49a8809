"""The protection of the survey results of teams, together with those of the company. No difference of
published rows reveals a number of answers from 1 to 4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

from chalicelib.figures.report import FEW, HOUSE, READ, Period, ReportRows, report
from tests.figures.made import published_files

MADE = date(2027, 1, 1)
MONTH, LATER = date(2026, 1, 1), date(2026, 2, 1)
TYPES = ("price", "quality")
SCORES = ("one", "two", "three", "four", "five")
Answers = Mapping[tuple[date, str, str, int], int]
"""The number of answers by month, team, type and score."""


def reported(given: Answers, teams: tuple[str, ...]) -> dict[tuple[str, str], Any]:
    """Return the survey part of every report of two months and their year: of the company and each team."""
    rows = ReportRows({**dict.fromkeys(READ, ()), "survey": [*_rows(given)], "survey_rate": [*_rates(given)]})
    return {
        (period, team): report(rows, Period(period), MADE, team)["survey"]
        for period in ("2026-01", "2026-02", "2026")
        for team in (HOUSE, *teams)
    }


def _cells(given: Answers) -> dict[tuple[date, str, str, str], list[int]]:
    cells = defaultdict[tuple[date, str, str, str], list[int]](lambda: [0] * len(SCORES))
    for (month, team, type_, score), n in given.items():
        for whose, facet, code in (
            (HOUSE, "all", "all"),
            (team, "all", "all"),
            (HOUSE, "team", team),
            (HOUSE, "type", type_),
            (team, "type", type_),
        ):
            cells[month, whose, facet, code][score - 1] += n
    return {key: ns for key, ns in cells.items() if any(ns)}


def _rows(given: Answers) -> Iterator[dict[str, Any]]:
    for (month, team, facet, code), ns in _cells(given).items():
        row = {"month": month, "team": team, "facet": facet, "code": code, "n": sum(ns)}
        yield {**row, "question": "overall", **dict(zip(SCORES, ns, strict=True))}


def _rates(given: Answers) -> Iterator[dict[str, Any]]:
    """Yield how many were asked in January: a hundred in each cell, whatever the answers."""
    for (month, team, facet, code), ns in _cells(given).items():
        if month == MONTH:
            row = {"month": month, "team": team, "facet": facet, "code": code}
            yield {**row, "asked": 100, "answered": sum(ns)}


def equations(told: dict[tuple[str, str], Any]) -> Iterator[tuple[dict[Any, int], int]]:
    """Yield what a reader of all reports learns: a sum of unknown answers, and its value. An unknown answer
    is a cell of `Answers` without its value."""

    def cells(period: str, **by: str) -> list[Any]:
        months = [month for month in (MONTH, LATER) if f"{month:%Y-%m}".startswith(period)]
        of_team, of_type = by.get("team", ""), by.get("type", "")
        return [
            key
            for key in product(months, TEAMS, TYPES, range(1, 6))
            if of_team in ("", key[1]) and of_type in ("", key[2])
        ]

    def scores(period: str, said: Any, **by: str) -> Iterator[tuple[dict[Any, int], int]]:
        for score, n in enumerate(said["scores"], 1):
            yield dict.fromkeys((key for key in cells(period, **by) if key[3] == score), 1), n

    for (period, team), survey in told.items():
        own = {"team": team} if team else {}
        for said in survey.get("questions", {}).values():
            yield from scores(period, said, **own)
        for facet, kinds in survey.get("by", {}).items():
            for code, said in kinds.items():
                if said and facet in ("team", "type") and "scores" in said:
                    yield from scores(period, said, **{**own, facet: code})
        if period == "2026-02" and survey.get("answered") is not None and "answered" in survey:
            yield dict.fromkeys(cells("2026-01", **own), 1), survey["answered"]


TEAMS = ("a", "b", "c")


class Known:
    """The sums that follow from equations by adding and subtracting them, in exact fractions."""

    def __init__(self, given: Iterator[tuple[dict[Any, int], int]]) -> None:
        self._rows: dict[Any, dict[Any, Fraction]] = {}
        for sums, _ in given:
            left = self._reduced({key: Fraction(n) for key, n in sums.items()})
            if left:
                pivot = min(left)
                self._rows[pivot] = {key: n / left[pivot] for key, n in left.items()}

    def _reduced(self, sums: dict[Any, Fraction]) -> dict[Any, Fraction]:
        left, done = dict(sums), set[Any]()
        while todo := sorted((left.keys() & self._rows.keys()) - done):
            pivot = todo[0]
            factor = left[pivot]
            for key, n in self._rows[pivot].items():
                left[key] = left.get(key, Fraction(0)) - factor * n
            left = {key: n for key, n in left.items() if n}
            done.add(pivot)
        return left

    def follows(self, keys: list[Any]) -> bool:
        """Return whether the sum of these unknowns is known."""
        return not self._reduced(dict.fromkeys(keys, Fraction(1)))


@pytest.mark.parametrize("seed", range(25))
def test_no_difference_of_published_rows_is_a_small_number(seed: int) -> None:
    """Random answers of three teams in two months. A reader adds and subtracts every published row of every
    report. No number of answers of a team from 1 to 4 follows: of a month, of both, of a type."""
    dice = Random(seed)
    often = {team: dice.choice((1, 2, 4, 12)) for team in TEAMS}
    given = {
        key: n
        for key in product((MONTH, LATER), TEAMS, TYPES, range(1, 6))
        if (n := dice.randrange(often[key[1]]) if dice.random() < 0.6 else 0)
    }
    known = Known(equations(reported(given, TEAMS)))
    every = [*product((MONTH, LATER), TEAMS, TYPES, range(1, 6))]
    for months, team, types in product(((MONTH,), (LATER,), (MONTH, LATER)), TEAMS, (TYPES, *zip(TYPES))):
        asked = [key for key in every if key[0] in months and key[1] == team and key[2] in types]
        n = sum(given.get(key, 0) for key in asked)
        if 0 < n < FEW:
            assert not known.follows(asked), (months, team, types, n)


def test_each_hidden_number_of_a_team_has_two_possible_values() -> None:
    """All ways in which at most sixteen answers of a month come from three teams. A reader who knows the
    rules keeps those ways that publish what is published. A number from 1 to 4 has two values among them."""
    seen = defaultdict[str, list[tuple[int, ...]]](list)
    for ns in product(range(17), repeat=3):
        if sum(ns) <= 16:
            given = {(MONTH, team, "price", 3): n for team, n in zip(TEAMS, ns, strict=True) if n}
            told = reported(given, TEAMS)
            seen[repr([told[key] for key in sorted(told)])].append(ns)
    for ways in seen.values():
        for at in range(3):
            values = {ns[at] for ns in ways}
            assert len(values) > 1 or not 0 < min(values) < FEW, ways


def test_public_figures_name_no_team_and_no_person() -> None:
    """The export has two teams. The published files have a cell for neither."""
    found = published_files(400, ended="2026-06-01")
    assert found
    for key, content in found.items():
        assert [
            team for team in ("general", "north", "team", "owner") if f'"{team}' in content.decode()
        ] == [], key


def test_only_team_has_the_results_of_the_company() -> None:
    """With one team, the report of the team has the results of the company, by month and year."""
    given = {(month, "a", type_, 4): 6 for month in (MONTH, LATER) for type_ in TYPES}
    told = reported(given, ("a",))
    for period in ("2026-01", "2026-02", "2026"):
        assert told[period, "a"] == told[period, HOUSE]
        assert told[period, "a"]["questions"]["overall"]["n"] == (24 if period == "2026" else 12)


def test_team_shows_its_cell_of_the_table_by_team() -> None:
    """A team whose cell is shown has its results, without a breakdown; of a year it has none."""
    given = {(MONTH, team, "price", 4): n for team, n in zip(TEAMS, (20, 3, 9), strict=True)}
    told = reported(given, TEAMS)
    shown = {team: told["2026-01", team]["questions"].get("overall", {}).get("n") for team in TEAMS}
    table = told["2026-01", HOUSE]["by"]["team"]
    assert shown == {team: table[team] and table[team]["n"] for team in TEAMS}
    assert (shown["b"], sorted(n for n in shown.values() if n)) in ((None, [9]), (None, [20]))
    assert told["2026-01", "a"]["by"] == {}
    assert told["2026", "a"] == {}

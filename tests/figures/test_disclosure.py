"""No number of people below ten follows from all that is published, or from all reports of the survey.

The attack has everything that any reader could collect: both editions of each month with late entries, and
the survey in the company's reports and those of every team, of months, quarters and years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest

from chalicelib.figures.protection import LEAST, STEP, percent
from chalicelib.figures.report import HOUSE, QUARTER, READ, Period, ReportRows, earlier, report
from chalicelib.figures.survey import CONTENT, SCORES, mean_step, results
from tests.figures.disclosure import Key, Known, exact, rounded, threshold
from tests.figures.disclosure_worlds import WORLDS, telling

Counts = Mapping[Key, int]
"""The number of people with each key."""


def number(counts: Counts, keys: Iterable[Key]) -> int:
    """Return the number of people with these keys."""
    return sum(counts[key] for key in keys)


def attacked(dice: Random, counts: Counts, groups: Iterable[Iterable[Key]]) -> dict[Key, list[Key]]:
    """Return sixty of those groups of people that have one to nine, by their keys. All of the groups would
    take minutes."""
    found = {tuple(keys): [*keys] for keys in groups if 0 < number(counts, keys) < LEAST}
    return {keys: found[keys] for keys in dice.sample(sorted(found, key=repr), min(len(found), 60))}


@pytest.mark.parametrize("name", ["two codes", "corners"])
def test_no_small_number_of_complaints_follows(name: str) -> None:
    """The attack on random companies finds no number of complaints from one to nine: of any code, month and
    edition, and none of those that were entered late."""
    assert telling(WORLDS[name], 3) == 0


def test_totals_that_are_only_rounded_tell_small_numbers() -> None:
    """The attack finds numbers if each total is the nearest multiple of five."""
    assert telling(WORLDS["corners"], 1, alone=True) == 1


def test_few_answers_do_not_tell_how_often_a_score_was_given() -> None:
    """A reader who tries all scores of ten to twelve people finds several numbers for each score that was
    given, unless ten or more people gave it."""
    same = defaultdict[str, list[tuple[int, ...]]](list)
    for n in range(LEAST, LEAST + 3):
        for often in _compositions(n, len(SCORES)):
            same[str(results(often, n))].append(often)
    assert len(same) > 10
    for fitting in same.values():
        for numbers in map(set, zip(*fitting, strict=True)):
            assert len(numbers) > 1 or not 0 < min(numbers) < LEAST, fitting


def _compositions(n: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield each way to divide `n` answers among so many scores."""
    for first in range(n + 1) if parts > 1 else ():
        yield from ((first, *rest) for rest in _compositions(n - first, parts - 1))
    if parts == 1:
        yield (n,)


TEAMS, KINDS = ("east", "north", "west"), ("price", "quality", "safety", "conduct")
SURVEYED = [date(2026, n, 1) for n in (1, 2, 3, 4)]
PERIODS = {
    **{f"{month:%Y-%m}": [month] for month in SURVEYED},
    "2026-Q1": SURVEYED[:QUARTER],
    "2026": SURVEYED,
}
"""The periods of the reports, with their months."""


def answers(dice: Random) -> Counts:
    """Return random numbers of survey answers by month, team, type and score."""
    often = {(team, kind): dice.choice((1, 2, 4, 8)) for team, kind in product(TEAMS, KINDS)}
    every = product(SURVEYED, TEAMS, KINDS, range(1, 6))
    return {key: dice.randrange(often[key[1], key[2]]) if dice.random() < 0.6 else 0 for key in every}


def answer_keys(months: Iterable[date], team: str = "", kind: str = "") -> list[Key]:
    """Return the keys of answers about a team and a type; "" fits any."""
    return [*product(months, [team] if team else TEAMS, [kind] if kind else KINDS, range(1, 6))]


def statements(counts: Counts) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the statements on the survey. Each answer is that of another person."""
    cells = [
        ("", "all", "all", "", ""),
        *((team, "all", "all", team, "") for team in TEAMS),
        *(("", "team", team, team, "") for team in TEAMS),
        *(("", "type", kind, "", kind) for kind in KINDS),
    ]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in READ}
    for whose, facet, code, team, kind in cells:
        cell = {"team": whose, "facet": facet, "code": code}
        for month in SURVEYED:
            keys = answer_keys([month], team, kind)
            often = [number(counts, (key for key in keys if key[3] == score)) for score in range(1, 6)]
            row = {**cell, "month": month, "question": "overall", "n": sum(often)}
            found["survey"].append(row | dict(zip(SCORES, often, strict=True)))
            rate = {**cell, "month": earlier(month), "asked": 100, "answered": sum(often)}
            found["survey_rate"].append(rate)
        for span, months in (
            *(("month", [one]) for one in SURVEYED),
            ("quarter", SURVEYED[:QUARTER]),
            ("year", SURVEYED),
        ):
            for what in ("survey", "survey_rate"):
                row = {**cell, "what": what, "span": span, "month": months[0]}
                found["survey_people"].append(
                    row | {"people": number(counts, answer_keys(months, team, kind))}
                )
    return found


def cell(keys: list[Key], said: Mapping[str, Any] | None) -> Iterator[Known]:
    """Yield what one cell of the survey tells: its number, the number of each score, the share of content
    people and the mean. `said`: the cell; None if it is hidden."""
    if said is None:
        yield rounded(keys, None)
        return
    yield rounded(keys, said["n"])
    for score, n in enumerate(said["scores"], 1):
        yield rounded((key for key in keys if key[3] == score), n)
    content = [key for key in keys if key[3] >= CONTENT]
    of = said["content"]
    fitting = [n for n in range(LEAST, said["n"] + 1, STEP) if of and percent(n, said["n"]) == of["percent"]]
    yield from (rounded(content, n) for n in (fitting if of else [None]) if len(fitting) < 2)
    if said["mean"] is not None:
        half = mean_step(max(said["n"] - STEP // 2, LEAST)) / 2
        for sign in (1, -1):
            yield Known({key: sign * (key[3] - said["mean"]) - half for key in keys}, float("-inf"), 1e-9)


def surveyed(reports: Mapping[tuple[str, str], Any]) -> Iterator[tuple[list[Key], Mapping[str, Any] | None]]:
    """Yield each cell of all reports of the survey, as the people that it counts and what is shown."""
    for (period, whose), told in reports.items():
        quarterly = period.endswith("-03")
        months = SURVEYED[:QUARTER] if quarterly and whose else PERIODS[period]
        if not told:
            continue
        yield answer_keys(months, whose), told["questions"].get("overall")
        for kind in KINDS if not whose else ():
            yield answer_keys(months, "", kind), told["by"]["type"].get(kind)
        for team in TEAMS if not whose and (quarterly or len(months) > 1) else ():
            yield answer_keys(SURVEYED[:QUARTER] if quarterly else months, team), told["by"]["team"].get(team)


def test_no_small_number_of_answers_follows() -> None:
    """The attack finds no number of answers from one to nine: of a team, a type, a score, a month, a
    quarter, or what is left when reports are subtracted. If numbers from ten on were exact, it would find
    some."""
    dice = Random(3)
    counts = answers(dice)
    rows = ReportRows(statements(counts))
    reports = {
        (period, team): report(rows, Period(period), date(2027, 1, 1), team)["survey"]
        for period in PERIODS
        for team in (HOUSE, *TEAMS)
    }
    cells = [*surveyed(reports)]
    assert len(cells) > 30
    months = [*([month] for month in SURVEYED), SURVEYED[:QUARTER], SURVEYED]
    groups = [answer_keys(*one) for one in product(months, ("", *TEAMS), ("", *KINDS))]
    groups += [
        [key for key in keys if key[3] in scores]
        for keys in groups
        for scores in ((1, 2, 3), (4, 5), (1,), (5,))
    ]
    targets = attacked(dice, counts, groups)
    assert len(targets) == 60
    assert not exact([one for keys, said in cells for one in cell(keys, said)], targets)
    former = [threshold(keys, number(counts, keys)) for keys, _ in cells]
    former += [
        threshold(scored, number(counts, scored))
        for keys, _ in cells
        for score in range(1, 6)
        if number(counts, keys) >= LEAST
        for scored in [[key for key in keys if key[3] == score]]
    ]
    assert exact(former, targets)

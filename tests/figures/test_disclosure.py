"""No number of people below ten follows from all that is published, or from all reports of the survey.

The attack has everything that any reader could collect (see `disclosure_worlds` and `survey_worlds`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest

from chalicelib.figures.protection import LEAST
from chalicelib.figures.published import COLUMNS, COUNTED, SHARES
from chalicelib.figures.report import UNSURVEYED, Period, ReportRows, report
from chalicelib.figures.survey import SCORES, results
from tests.figures import disclosure_worlds, money_worlds, survey_worlds
from tests.figures.disclosure_worlds import WORLDS, telling


def test_attack_has_every_published_number() -> None:
    """Each table and share of an edition, and each part of a report about surveys, is in the attack, or is
    left out for a stated reason."""
    tables = {"received", *COUNTED, *SHARES, *(COLUMNS.keys() - {"shares"})}
    assert tables == disclosure_worlds.ATTACKED | disclosure_worlds.LEFT_OUT.keys()
    rows = ReportRows(survey_worlds.statements(survey_worlds.answers(Random(1))))
    survey = report(rows, Period("2026"), date(2027, 1, 1))["survey"]
    parts = {*UNSURVEYED.keys() - {"survey"}, *(f"survey/by/{facet}" for facet in survey["by"])}
    parts |= {f"survey/{name}" for name in survey.keys() - {"by"}}
    assert parts == survey_worlds.ATTACKED | survey_worlds.LEFT_OUT.keys()


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
    assert len(same) > 3
    for fitting in same.values():
        for numbers in map(set, zip(*fitting, strict=True)):
            assert len(numbers) > 1 or not 0 < min(numbers) < LEAST, fitting


def _compositions(n: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield each way to divide `n` answers among so many scores."""
    for first in range(n + 1) if parts > 1 else ():
        yield from ((first, *rest) for rest in _compositions(n - first, parts - 1))
    if parts == 1:
        yield (n,)


def test_no_small_number_of_answers_follows() -> None:
    """The attack finds no number of answers from one to nine: of a team, a type, a score, a month, a
    quarter, or what is left when reports are subtracted. If numbers from ten on were exact, it would find
    some."""
    assert survey_worlds.telling(3) == 0
    assert survey_worlds.telling(1, former=True) == 1


def test_no_amount_of_a_person_follows_from_sums() -> None:
    """All sums of all reports together leave the amount of each person open by more than half. If sums were
    exact, they would tell some."""
    assert money_worlds.telling(4) == 0
    assert money_worlds.telling(1, exactly=True) == 1

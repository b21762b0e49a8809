"""The results of the survey: ten distinct people, and intervals that hold."""

from __future__ import annotations

from datetime import date
from math import comb
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from chalicelib.figures.lake import Lake
from chalicelib.figures.report import HOUSE, READ, Period, ReportRows, report
from chalicelib.figures.survey import mean_interval, mean_step, results, share
from tests.figures.made import year

POPULATIONS = (
    (0.2, 0.2, 0.2, 0.2, 0.2),
    (0.05, 0.05, 0.1, 0.3, 0.5),
    (0.02, 0.03, 0.05, 0.1, 0.8),
    (0.4, 0.05, 0.05, 0.1, 0.4),
    (0.1, 0.2, 0.4, 0.2, 0.1),
)
"""Shares of the five scores: even, content, very content, divided, in the middle."""


@pytest.mark.parametrize("shares", POPULATIONS)
def test_interval_of_a_mean_holds_the_mean(shares: tuple[float, ...]) -> None:
    """Over 100 samples of 10 answers, the interval as it is shown has the true mean in at least 90 %."""
    true = sum(score * share for score, share in enumerate(shares, 1))
    dice, held = Random(7), 0
    for _ in range(100):
        given = dice.choices(range(5), shares, k=10)
        told = results([given.count(score) for score in range(5)], 10)
        held += told is not None and told["low"] <= true <= told["high"]
    assert held >= 90


def test_interval_of_a_share_holds_the_share() -> None:
    """Over all samples of 20 to 100 people, the interval of the share of content people has the true share in
    at least 93 %. A share below ten people has none."""
    for total in (20, 27, 37, 50, 100):
        for true in (0.6, 0.7, 0.8, 0.9, 0.95):
            chance = held = 0.0
            for part in range(10, total + 1):
                likely = comb(total, part) * true**part * (1 - true) ** (total - part)
                told = share(part, total)
                assert told is not None
                chance += likely
                held += likely * (told["low"] <= 100 * true <= told["high"])
            assert held / chance >= 0.93, (total, true)
    assert share(9, 40) is None


def test_results_need_ten_distinct_people() -> None:
    """Twelve answers of nine people are hidden, and of ten people shown."""
    often = [1, 1, 2, 4, 4]
    assert results(often, 9) is None
    told = results(often, 10)
    assert told is not None
    assert (told["n"], told["scores"], told["content"]) == (10, [], None)
    assert told["low"] < told["mean"] < told["high"]


def test_unanimous_answers_show_their_interval_only() -> None:
    """Where nine in ten or more gave the same score, there is an interval and no mean."""
    for often in ([0, 0, 0, 0, 10], [0, 0, 0, 1, 9], [0, 0, 40, 2, 0]):
        told = results(often, 40)
        assert told is not None
        assert told["mean"] is None
        assert told["low"] < told["high"]
    assert (results([0, 0, 0, 0, 10], 10) or {})["high"] == 5.0


def test_equal_answers_have_equal_intervals() -> None:
    """The draws have a fixed seed."""
    assert mean_interval([1, 2, 3, 4, 5]) == mean_interval([1, 2, 3, 4, 5])
    assert [mean_step(n) for n in (10, 24, 25, 50)] == [0.5, 0.5, 0.2, 0.1]


def test_person_with_many_answers_counts_once(tmp_path: Path) -> None:
    """One person gives every answer in the team `general`, and a person for each complaint in `north`. The
    first team is hidden. The other is shown by quarter and year, as in the company's table by team."""
    year(tmp_path, 900)
    ((moves,), (complaints,)) = (tmp_path.glob(f"{name}/*/*.parquet") for name in ("moves", "complaints"))
    duckdb.sql(
        f"select m.* replace (case when overall is not null and team = 'general' then 'p' end as person) "
        f"from '{moves}' m join '{complaints}' c using (ref)"
    ).write_parquet(str(tmp_path / "changed"))
    (tmp_path / "changed").rename(moves)
    with Lake(tmp_path) as lake:
        rows = ReportRows({name: lake.run(name) for name in READ})

    def survey(period: str, team: str = HOUSE) -> Any:
        return report(rows, Period(period), date(2027, 1, 1), team)["survey"]

    assert survey("2026-05", "north") == {}
    assert survey("2026-05")["by"]["team"] == {}
    for period in ("2026-06", "2026"):
        company, own = survey(period), survey(period, "north")
        assert company["by"]["team"].keys() == {"north"}
        assert own["questions"]["overall"].items() <= company["by"]["team"]["north"].items()
        assert own["by"] == {}
        hidden = survey(period, "general")
        assert (hidden["questions"], hidden["answered"]) == ({}, None)
        assert hidden["asked"]

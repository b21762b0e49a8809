"""The registry of trials, and the table of measured rates in the runbook."""

from __future__ import annotations

from tests import worlds
from tests.worlds import Trial


def test_runbook_table_is_the_measured_one() -> None:
    """The table in the runbook was made from the committed rates; nobody edited either by hand."""
    runbook = worlds.RUNBOOK.read_text("utf-8")
    assert worlds.written(runbook, worlds.stored()) == runbook


def test_measured_rates_are_those_of_the_trials_and_keep_their_bounds() -> None:
    """Each trial has measured rates of some runs, and no world misses a required bound."""
    measured = worlds.stored()
    assert [*measured] == [one.name for one in worlds.trials()]
    for one in worlds.trials():
        entry = measured[one.name]
        assert (entry["at_most"], entry["at_least"]) == (one.at_most, one.at_least)
        assert 0 < entry["runs"] <= one.runs
        assert one.missed(entry["rates"]) == []


def test_trial_names_the_worlds_that_miss_its_bound() -> None:
    """A rate above its bound is named, and a table shows the worst rate."""
    trial = Trial("t", "wrong verdicts", lambda runs: {"calm": 0.01, "wild": 0.07}, 1_000, at_most=0.05)
    entry = trial.record(10)
    assert trial.missed(entry["rates"]) == ["wild"]
    assert worlds.table({"t": entry}).splitlines()[-1] == (
        "| wrong verdicts (10 runs) | 7.0 % | ≤ 5.0 % | calm: 1.0 %; wild: 7.0 % |"
    )

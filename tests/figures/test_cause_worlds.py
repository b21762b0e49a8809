"""The verdict on an improvement action in simulated worlds: a short version of `make worlds`."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from tests.figures import cause_worlds
from tests.figures.cause_worlds import DONE, NULLS, OTHERS, World, series
from tests.trials import Trial

RUNS = 80
"""The runs of each world."""


@pytest.mark.parametrize("trial", cause_worlds.VERDICTS, ids=lambda trial: trial.name)
def test_verdict_is_as_seldom_wrong_as_required(trial: Trial) -> None:
    """No world misses the required rate. Few runs scatter, so one wrong verdict more than required passes."""
    assert lenient(trial).missed(trial.measure(RUNS)) == []


def lenient(trial: Trial) -> Trial:
    """Return the trial with a bound that allows one more wrong verdict."""
    return trial._replace(at_most=trial.at_most + 1 / RUNS) if trial.at_most is not None else trial


def test_world_has_the_rates_that_it_states() -> None:
    """The mean of a world over many runs is the stated number, and changes as stated after the action."""
    world = World(number=200, effect=0.5, others=1.2, shock=0.4, second=0.0)
    dice = default_rng(5)
    runs = np.array([series(world, dice)[0] for _ in range(60)])
    weeks = slice(0, DONE // 7 * 7)
    assert runs[:, weeks].mean() == pytest.approx(200 / 63, rel=0.05)
    assert runs[:, DONE : DONE + 182].mean() == pytest.approx(100 / 63, rel=0.06)


def test_worlds_have_enough_other_causes() -> None:
    """Each world draws the same causes for each of its halves."""
    assert series(NULLS["scope"], default_rng(1)).shape[0] == 2 * (OTHERS + 1)

"""Whole lives under schedules of faults at every call to AWS: a small share of what `python -m
tests.cloud.prove` plays."""
from __future__ import annotations

import pytest

from tests.cloud.lives import LIVES
from tests.cloud.prove import play

SHARE = 10
"""So many schedules here, the lives in turn."""
KEPT = [("decided_anew", 29), ("talked_over", 122), ("talked_over", 598), ("upheld_and_paid", 740)]
"""Schedules that a law did not survive once."""


@pytest.mark.parametrize(("life", "seed"), [(LIVES[seed % len(LIVES)].__name__, seed)
                                            for seed in range(100, 100 + SHARE)])
def test_the_laws_hold_whatever_fails(life: str, seed: int) -> None:
    """Nothing is lost, nothing doubled outside the one stated window, every letter ends, no window
    lapsed unheard, and nothing waits."""
    play(life, seed)


@pytest.mark.parametrize(("life", "seed"), KEPT)
def test_the_laws_hold_where_they_once_did_not(life: str, seed: int) -> None:
    """The same, for schedules that are kept."""
    play(life, seed)


def test_a_seed_is_a_life() -> None:
    """The same seed gives the same faults at the same calls, so that what it broke can be looked at."""
    one, again = (play("left_alone", 11) for _ in range(2))
    assert one.happened == again.happened and one.happened and one.calls == again.calls

"""Whole lives under schedules of faults at every call to AWS: a small share of what `python -m
tests.cloud.prove` plays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cloud import laws
from tests.cloud.driven import Driven, driven
from tests.cloud.faults import Faults
from tests.cloud.lives import LIVES, left_alone
from tests.cloud.prove import play

SHARE = 10
"""So many schedules here, the lives in turn."""
KEPT = [("left_alone", 13), ("declined", 14), ("upheld_and_paid", 130)]
"""Schedules that break a law without what is told of words that did not arrive (the first two), or without a
broken connection being an outage."""


@pytest.mark.parametrize(
    ("life", "seed"), [(LIVES[seed % len(LIVES)].__name__, seed) for seed in range(100, 100 + SHARE)]
)
def test_the_laws_hold_whatever_fails(life: str, seed: int) -> None:
    """Nothing is lost, nothing doubled outside the one stated window, every letter ends, no window
    lapsed unheard, and nothing waits."""
    play(life, seed)


@pytest.mark.parametrize(("life", "seed"), KEPT)
def test_the_laws_hold_where_it_is_hard(life: str, seed: int) -> None:
    """The same, for schedules that are kept."""
    play(life, seed)


def test_a_seed_is_a_life() -> None:
    """The same seed gives the same faults at the same calls, so that what it broke can be looked at."""
    one, again = (play("left_alone", 11) for _ in range(2))
    assert one.happened == again.happened and one.happened and one.calls == again.calls


def quiet() -> Faults:
    """A schedule in which nothing goes wrong."""
    faults = Faults(0)
    faults.cease()
    return faults


def unsent(house: Driven, name: str) -> None:
    """This letter has not left after all."""
    (ref,) = laws.refs(house)
    (letter,) = (each for each in house.product.file.whole(ref).letters if each["name"] == name)
    tag = letter["id"].replace(".", "_")
    house.cloud.mails[:] = [mail for mail in house.cloud.mails if mail.tags["letter"] != tag]


BREAKS: dict[str, Callable[[Driven], object]] = {
    "nothing lost": lambda house: house.accepted.update({(laws.refs(house)[0], "accept"): 1}),
    "nothing doubled": lambda house: house.accepted.subtract({(laws.refs(house)[0], "ask_information"): 1}),
    "what is sent has left": lambda house: unsent(house, "receipt"),
    "no letter doubled": lambda house: house.faults.taken.append(house.faults.taken[-1]),
}
"""What breaks each law after a quiet life."""


@pytest.mark.parametrize("law", BREAKS)
def test_a_law_that_is_broken_says_so(law: str) -> None:
    """Each of those that look at what was promised and what left."""
    with driven(quiet()) as house:
        left_alone(house)
        laws.hold(house)
        BREAKS[law](house)
        with pytest.raises(AssertionError, match=law):
            laws.hold(house)


def test_a_window_that_ends_on_words_that_did_not_leave_breaks_the_law() -> None:
    """The request was sent; here it is taken out of the mails afterwards."""
    with driven(quiet()) as house:
        left_alone(house)
        (ref,) = laws.refs(house)
        laws.no_window_lapsed_unheard(house, ref)
        unsent(house, "information_request")
        with pytest.raises(AssertionError, match="no window lapsed unheard"):
            laws.no_window_lapsed_unheard(house, ref)

"""Values are frozen dataclasses, compared by what they hold."""

from dataclasses import FrozenInstanceError, asdict, field, replace
from typing import Any

import pytest

from chalicelib.domain.frozen import frozen


@frozen
class Place:
    """A place."""

    name: str
    rooms: tuple[int, ...] = ()
    note: str = field(default="", repr=False, compare=False)


@frozen
class Town(Place):
    """A place of another class."""


@frozen
class Nowhere:
    """A value without fields."""


def test_values_are_compared_by_their_fields() -> None:
    """Equal fields of one class are equal and have one hash; a field that is not compared does not count."""
    one, same = Place("a", (1,)), Place("a", (1,), "seen")
    assert one == same and hash(one) == hash(same) and len({one, same}) == 1
    assert one != Place("a") and one != Place("b", (1,))
    assert Nowhere() == Nowhere() and hash(Nowhere()) == hash(Nowhere())


@pytest.mark.parametrize("other", [Town("a", (1,)), ("a", (1,)), None, "a"], ids=repr)
def test_values_of_two_classes_are_never_equal(other: Any) -> None:
    """Also where one class is made from the other, or holds the same."""
    assert Place("a", (1,)) != other and other != Place("a", (1,))


def test_a_value_does_not_change() -> None:
    """It is replaced by another."""
    place = Place("a")
    with pytest.raises(FrozenInstanceError):
        place.name = "b"  # type: ignore[misc]
    assert asdict(replace(place, name="b")) == {"name": "b", "rooms": (), "note": ""}


def test_a_value_shows_what_it_holds() -> None:
    """Its text can be read in a failed test or a log."""
    assert (repr(Place("a", (1,), "x")), repr(Nowhere())) == ("Place(name='a', rooms=(1,))", "Nowhere()")

"""Values are frozen dataclasses; equal fields make them equal."""

from dataclasses import FrozenInstanceError, asdict, field
from functools import cached_property
from typing import Any

import pytest

from chalicelib.domain.frozen import frozen, replace


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
class Hotel(Place):
    """A place with a computed field."""

    stars: int = 0

    @cached_property
    def beds(self) -> int:
        """Two in each room."""
        return 2 * len(self.rooms)


@frozen
class Nowhere:
    """A value without fields."""


def test_values_are_compared_by_their_fields() -> None:
    """Equal fields of one class make equal values with one hash; a field outside the comparison does not
    count."""
    one, same = Place("a", (1,)), Place("a", (1,), "seen")
    assert one == same
    assert hash(one) == hash(same)
    assert len({one, same}) == 1
    assert one != Place("a")
    assert one != Place("b", (1,))
    assert Nowhere() == Nowhere()
    assert hash(Nowhere()) == hash(Nowhere())


@pytest.mark.parametrize("other", [Town("a", (1,)), ("a", (1,)), None, "a"], ids=repr)
def test_values_of_two_classes_are_never_equal(other: Any) -> None:
    """A class made from the other, or with the same fields, makes no difference."""
    assert Place("a", (1,)) != other
    assert other != Place("a", (1,))


def test_a_value_does_not_change() -> None:
    """A field of a value cannot be set; a replacement is a new value."""
    place = Place("a")
    with pytest.raises(FrozenInstanceError):
        place.name = "b"  # type: ignore[misc]
    assert asdict(replace(place, name="b")) == {"name": "b", "rooms": (), "note": ""}


def test_a_value_shows_what_it_holds() -> None:
    """The text of a value shows its fields in a failed test or a log."""
    assert (repr(Place("a", (1,), "x")), repr(Nowhere())) == ("Place(name='a', rooms=(1,))", "Nowhere()")


def test_a_copy_has_what_was_changed_and_works_out_anew_what_follows_from_it() -> None:
    """A copy takes over all other fields, also those outside the comparison; the original stays."""
    hotel = Hotel("a", (1,), "seen", 3)
    assert hotel.beds == 2
    larger = replace(hotel, rooms=(1, 2))
    assert larger == Hotel("a", (1, 2), "seen", 3)
    assert (larger.note, larger.beds) == ("seen", 4)
    assert (hotel, hotel.beds) == (Hotel("a", (1,), "seen", 3), 2)
    with pytest.raises(FrozenInstanceError):
        larger.name = "b"  # type: ignore[misc]

"""The fate of each field of a case when cases are linked, joined or split, declared beside the field."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar, get_type_hints

from chalicelib.domain.frozen import replace

T = TypeVar("T")


class Fate(Enum):
    """What a case that goes on has in a field: the value that it had, the value of the other case, a value
    that the move makes of both, or the field's default."""

    KEPT = "kept"
    CARRIED = "carried"
    MERGED = "merged"
    DROPPED = "dropped"


KEPT, CARRIED, MERGED, DROPPED = Fate


class Fates(NamedTuple):
    """The fates of a field at the seven places where a case takes over from another.

    `link`: a leading case gets a duplicate (`linked`). `join`: a joint case gets a person with their own case
    (`joined`). `leave`: a person leaves a joint case (`left`) and goes on with their own case, or with a copy
    of the joint one. `contest`: declined matters go on as a copy of the case.

    A task that waits for staff or a party must follow its person, or end on the case that no longer runs.
    """

    link: Fate
    linked: Fate
    join: Fate
    joined: Fate
    leave: Fate
    left: Fate
    contest: Fate


OWN = Fates(KEPT, KEPT, KEPT, KEPT, KEPT, KEPT, KEPT)
"""A field of one case alone, such as its number. A new case has that of its copy."""
STATE = OWN._replace(leave=CARRIED, contest=CARRIED)
"""A state that a case takes over from the case that it is split off from."""
UNDER_WAY = OWN._replace(leave=DROPPED, contest=DROPPED)
"""A procedure that ends for the people or matters that are split off."""
FOLLOWS = OWN._replace(link=MERGED, join=MERGED, leave=MERGED, left=MERGED, contest=DROPPED)
"""A concern of one person, which follows them to every case."""
MADE = OWN._replace(leave=MERGED, contest=MERGED)
"""A field that is made anew for a case that is split off."""
FILED = OWN._replace(contest=CARRIED)
"""A field of one's own complaint, as it was filed."""
Place = Literal["link", "linked", "join", "joined", "leave", "left", "contest"]


def carried(place: Place, case: T, other: Any, **merged: Any) -> T:
    """Return the case as it goes on, with each field by its declared fate at this place. `merged` has the
    values of the fields that are merged there, by name.

    Fields that only a newer release knows stay as the case has them. Raises TypeError for a merged value too
    many or too few."""
    kind: Any = case.__class__
    needed = {name for name, fates in declared(kind).items() if getattr(fates, place) is MERGED}
    if needed != merged.keys():
        raise TypeError(f"on {place}, merged are {sorted(needed)}, and not {sorted(merged)}")
    after: T = _going_on(place, case, other, merged)
    return after


@cache
def declared(kind: Any) -> dict[str, Fates]:
    """Return the fates of all fields, those of its records among them. Raises TypeError for a field without
    any."""
    found: dict[str, Fates] = {}
    for one in fields(kind):
        if fates := _fates(kind).get(one.name):
            found[one.name] = fates
        elif is_dataclass(one.default):
            found |= declared(one.default.__class__)
        else:
            raise TypeError(
                f"{kind.__name__}.{one.name} says nothing about link, join and split. Open the class and "
                "decide for each place of `Fates` whether the field is kept, carried over, merged or "
                f"dropped: write `{one.name}: Annotated[…, OWN]`, with another pattern of model/carrying.py "
                "instead of `OWN`, or `Fates(…)`. A merged field also needs its value where the move calls "
                "`carried`."
            )
    return found


@cache
def _fates(kind: Any) -> dict[str, Fates]:
    hints = get_type_hints(kind, include_extras=True)
    marks = ((name, mark) for name, hint in hints.items() for mark in getattr(hint, "__metadata__", ()))
    return {name: mark for name, mark in marks if isinstance(mark, Fates)}


def _going_on(place: Place, case: Any, other: Any, merged: Mapping[str, Any]) -> Any:
    known, changes = _fates(case.__class__), {}
    for one in fields(case):
        fate = getattr(known[one.name], place) if one.name in known else None
        if fate is None:
            changes[one.name] = _going_on(place, getattr(case, one.name), getattr(other, one.name), merged)
        elif fate is CARRIED:
            changes[one.name] = getattr(other, one.name)
        elif fate is MERGED:
            changes[one.name] = merged[one.name]
        elif fate is DROPPED:
            changes[one.name] = empty(one)
    return replace(case, **changes)


def empty(field: Field[Any]) -> Any:
    """Return the default of a field. Raises TypeError for a field without one, which cannot be dropped."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    if field.default is MISSING:
        raise TypeError(f"{field.name} has no default, so it cannot be dropped")
    return field.default

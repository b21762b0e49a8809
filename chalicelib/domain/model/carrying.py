"""The fate of each field of a case when cases are linked, joined or split. The fate says whether a case keeps
its own value of the field or takes the value of the other case. A field declares its fates in its
annotation."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar, get_type_hints

from chalicelib.domain.frozen import replace

T = TypeVar("T")
M = TypeVar("M")


class Fate(Enum):
    """The value of one field of a case after the case was linked with another case, joined to it, or split
    from it.

    `KEPT`: the value that the case had before. `CARRIED`: the value of the other case. `MERGED`: a value that
    the move computes from the values of the two cases. `DROPPED`: the default of the field.
    """

    KEPT = "kept"
    CARRIED = "carried"
    MERGED = "merged"
    DROPPED = "dropped"


KEPT, CARRIED, MERGED, DROPPED = Fate


class Fates(NamedTuple):
    """The fate of one field in each of seven situations. Each member is about the field in one case, when a
    link, join or split brings this case together with another.

    `link`: a leading case that takes in a duplicate. `linked`: the duplicate. `join`: a joint case that takes
    in a person. `joined`: the own case of that person.

    `leave`: the case on which a person goes on after leaving a joint case. It is their own earlier case, or a
    copy of the joint case. `left`: the joint case that the person left. `contest`: the copy of a case on
    which its declined matters go on.

    A field with tasks needs care, because each task waits for staff or a party. A task must follow its person
    to the new case, end on the case that stops, or wait there until that case goes on again.
    """

    link: Fate
    linked: Fate
    join: Fate
    joined: Fate
    leave: Fate
    left: Fate
    contest: Fate


OWN = Fates(KEPT, KEPT, KEPT, KEPT, KEPT, KEPT, KEPT)
"""The fates of a field that belongs to one case alone, such as its number. Each case keeps its own value."""
STATE = OWN._replace(leave=CARRIED, contest=CARRIED)
"""The fates of a field whose value is copied to a case that is split off."""
UNDER_WAY = OWN._replace(leave=DROPPED, contest=DROPPED)
"""The fates of a field about a procedure. A case that is split off does not take the procedure over, so it
has the default of the field."""
FOLLOWS = OWN._replace(link=MERGED, join=MERGED, leave=MERGED, left=MERGED, contest=DROPPED)
"""The fates of a field about the concern of one person. The concern goes with the person from case to case,
so the move computes the value."""
MADE = OWN._replace(leave=MERGED, contest=MERGED)
"""The fates of a field that a case gets anew when it is split off: the move computes the value."""
FILED = OWN._replace(contest=CARRIED)
"""The fates of a field with the content of the complaint as it was filed. If declined matters go on in a case
of their own, that case has a copy of the content."""
Place = Literal["link", "linked", "join", "joined", "leave", "left", "contest"]


def carried(place: Place, case: T, other: Any, **merged: Any) -> T:
    """Return `case` as it is after it was linked with the case `other`, joined to it, or split from it. Each
    field gets the value for its fate in the situation `place`.

    `merged`: the values of the fields whose fate in this situation is MERGED, by field name. A field without
    declared fates comes from a newer release, and keeps its value. Raises TypeError if `merged` lacks a
    value, or has a value for any other field.
    """
    kind: Any = case.__class__
    needed = {name for name, fates in declared(kind).items() if getattr(fates, place) is MERGED}
    if needed != merged.keys():
        raise TypeError(
            f"carried({place!r}) merges {sorted(needed)}, and not {sorted(merged)}: give each value where "
            "the move calls it, or declare another fate beside the field in model/case.py"
        )
    after: T = _going_on(place, case, other, merged)
    return after


@cache
def declared(kind: Any) -> dict[str, Fates]:
    """Return the fates of every field of the dataclass `kind`, by field name. If a field holds a record, the
    result has the fields of the record in its place. Raises TypeError for a field without declared fates."""
    found: dict[str, Fates] = {}
    for one in fields(kind):
        if fates := _marks(kind, Fates).get(one.name):
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
def _marks(kind: Any, mark: type[M]) -> dict[str, M]:
    hints = get_type_hints(kind, include_extras=True)
    found = ((name, one) for name, hint in hints.items() for one in getattr(hint, "__metadata__", ()))
    return {name: one for name, one in found if isinstance(one, mark)}


def _going_on(place: Place, case: Any, other: Any, merged: Mapping[str, Any]) -> Any:
    known, changes = _marks(case.__class__, Fates), {}
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


class Resets(NamedTuple):
    """The situations in which a field of a party gets its default again. `arrives`: on the case to which a
    person goes. `leaves`: on the case that a person left. `replaced`: on the case where another person takes
    the place of the party. The annotation of the field declares them."""

    arrives: bool = False
    leaves: bool = False
    replaced: bool = False


def reset(place: Literal["arrives", "leaves", "replaced"], party: T, **changes: Any) -> T:
    """Return the party as it is in the situation `place`, see `Resets`. `changes`: the new values of other
    fields, by field name."""
    here: Any = party
    marks = _marks(here.__class__, Resets)
    ends = [one for one in fields(here) if getattr(marks.get(one.name), place, False)]
    after: T = replace(here, **{one.name: empty(one) for one in ends}, **changes)
    return after


def empty(field: Field[Any]) -> Any:
    """Return the default of a dataclass field. Raises TypeError if the field has no default, because a field
    without a default cannot be dropped."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    if field.default is MISSING:
        raise TypeError(f"{field.name} has no default, so it cannot be dropped")
    return field.default

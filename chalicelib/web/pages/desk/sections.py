"""The pages of a case for staff, besides its first page. Each page shows things of one kind, and reads only
the data of these things."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.access.authorization import Thing, may_read
from chalicelib.web.pages.desk import timeline as desk_timeline
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.paging import Position


class Section(NamedTuple):
    """A page of a case. `name`: the last part of its address. `holds`: the number of things on the page; None
    if it is not counted, because all things would have to be read."""

    name: str
    holds: int | None = None


def reader_pages(reading: Reading) -> Iterator[Section]:
    """Yield the pages that this member of staff may open, in the order in which they are listed."""

    def may(thing: Thing) -> bool:
        return may_read(reading.dossier.case, thing, reading.caller, reading.now)

    yield Section("timeline", reading.case.entries)
    yield Section("letters")
    if may(Thing.SENT):
        yield Section("files", sum(bool(piece.file) for piece in reading.case.evidence))
    if may(Thing.PEOPLE):
        yield Section("related")
    if may(Thing.READS):
        yield Section("reads")


def _timeline(reading: Reading, turn: Position) -> Mapping[str, Any]:
    found, older = desk_timeline.timeline(reading, turn.before, turn.whole)
    return {"entries": found, "older": older}


def _letters(reading: Reading, turn: Position) -> Mapping[str, Any]:
    found, older = desk_timeline.letters(reading, turn.letters)
    return {"letters": found, "older": older}


def _related(reading: Reading, turn: Position) -> Mapping[str, Any]:
    return {"related": reading.product.casework.related(reading.case)}


SHOWN: Mapping[str, tuple[Thing, Callable[[Reading, Position], Mapping[str, Any]]]] = {
    "timeline": (Thing.TIMELINE, _timeline),
    "letters": (Thing.TIMELINE, _letters),
    "related": (Thing.PEOPLE, _related),
}
"""The pages of a case, by name. The value is (what the reader must be allowed to read, function that returns
the data of the page). The pages "files" and "reads" have routes of their own."""

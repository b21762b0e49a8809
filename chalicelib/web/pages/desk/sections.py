"""The pages of a case for staff, besides its first page. Each page shows things of one kind, and reads only
the data of these things."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.access.authorization import Thing, may_read
from chalicelib.web.pages.desk import call, timeline as desk_timeline
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.paging import CasePage, Position


def reader_pages(reading: Reading) -> Iterator[CasePage]:
    """Yield the pages that this member of staff may open, in the order in which they are listed."""

    def may(thing: Thing) -> bool:
        return may_read(reading.dossier.case, thing, reading.caller, reading.now)

    yield CasePage("timeline", reading.case.entries)
    yield CasePage("letters")
    if may(Thing.SENT):
        yield CasePage("files", sum(bool(piece.file) for piece in reading.case.evidence))
    if may(Thing.PEOPLE):
        yield CasePage("related")
    if may(Thing.READS):
        yield CasePage("reads")
        yield CasePage("record")


def _timeline(reading: Reading, turn: Position) -> Mapping[str, Any]:
    found, older = desk_timeline.timeline(reading, turn.before, turn.whole)
    return {"entries": found, "older": older}


def _letters(reading: Reading, turn: Position) -> Mapping[str, Any]:
    found, older = desk_timeline.letters(reading, turn.letters)
    return {"letters": found, "older": older}


SHOWN: Mapping[str, tuple[Thing, Callable[[Reading, Position], Mapping[str, Any]]]] = {
    "timeline": (Thing.TIMELINE, _timeline),
    "letters": (Thing.TIMELINE, _letters),
    "receipt": (Thing.PEOPLE, call.receipt),
    "related": (Thing.PEOPLE, lambda reading, _: {"related": reading.product.casework.related(reading.case)}),
}
"""The pages of a case, by name. The value is (what the reader must be allowed to read, function that returns
the data of the page). The pages "files", "reads" and "record" have routes of their own."""

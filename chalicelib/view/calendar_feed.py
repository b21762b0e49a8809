"""The entries of a member of staff's calendar: meetings, interviews, and the moments until which an act is
expected. They are read from the rows of work lists. An entry names the number of the case and the act, and
nothing of a person."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.access.authorization import OF_DEPARTMENTS, Caller
from chalicelib.domain.calendar import SHANGHAI, instant, stamp
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.moves.investigation import HEARING
from chalicelib.view.expected import MEETINGS, line

MEETING, INTERVIEW, DUE = "meeting", "interview", "due"
"""The acts of entries that are not moves: a meeting of a mediation, an interview with a person, and a
deadline that expects no act of the reader."""


class Entry(NamedTuple):
    """An entry of a calendar. `id`: it stays the same if the entry moves. `sequence`: how often a meeting was
    changed. `start`, `end`: moments in UTC, or days of which `end` is the day after the last. `end` is None
    if the entry is a single moment. `act`: the name of a move, `MEETING`, `INTERVIEW` or `DUE`. `path`: the
    page of the case."""

    id: str
    sequence: int
    start: datetime | date
    end: datetime | date | None
    ref: str
    act: str
    path: str


def meetings(case: Case) -> list[list[Any]] | None:
    """Return the meetings to come of a case, and the interviews to which people were invited, as a row of a
    work list stores them: id, sequence, beginning and minutes. An interview has no minutes, and its act
    follows. Return None if there are none."""
    mediation = case.talks.mediation
    found: list[list[Any]] = [
        [one.id, one.sequence, stamp(one.at), one.minutes]
        for one in (mediation.meetings if mediation and case.stage == Stage.MEDIATING else ())
        if one.upcoming
    ]
    heard = case.inquiry.interviews.items() if case.stage in HEARING else ()
    return (
        found + [[f"{INTERVIEW}-{who}", case.entries, stamp(at), 0, INTERVIEW] for who, at in heard] or None
    )


def entries(items: Iterable[Mapping[str, Any]], caller: Caller, queue: str, now: datetime) -> Iterator[Entry]:
    """Yield the entries of the calendar of `caller`. `items`: the rows of a work list. `queue`: the name of
    the list, `mine` or `team`."""
    for item in items:
        ref, one = item["ref"], line(item, caller, queue, now)
        path = f"/desk/{'actions' if item['stage'] == Stage.IMPROVING else 'cases'}/{ref}"
        asked = caller.roles & OF_DEPARTMENTS and "asked" in one.seen
        for id, sequence, at, minutes, *kind in () if asked else item.get(MEETINGS) or ():
            start, act = instant(at), kind[0] if kind else MEETING
            end = start + timedelta(minutes=minutes) if minutes else None
            yield Entry(f"{ref}-{id}", sequence, start, end, ref, act, path)
        due = one.act.due if one.act and one.act.due else one.at
        if due:
            act = one.act.move if one.act else DUE
            yield Entry(f"{ref}-{act}", 0, *_until(due), ref, act, path)


def _until(due: datetime) -> tuple[datetime | date, datetime | date | None]:
    """Return the start and the end of the calendar entry for a due moment. A deadline that ends at 24:00
    takes the whole of its last day."""
    local = due.astimezone(SHANGHAI)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return due, None
    last = local.date() - timedelta(days=1)
    return last, local.date()

"""Outages of our own system, and how they lengthen the time limits of parties.

A register holds the outages. Each time limit derives its end from the register, so an outage writes to no
case. Nothing else moves a time limit because of an outage.

`domain/undelivered_windows.py` and `letter_late` are about letters. They record when the letter that starts a
time limit, and its last reminder, reached everybody. The time limit starts with the former. A late reminder
counts as lost time, as an outage does."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import NamedTuple

from chalicelib.domain.calendar import Span
from chalicelib.domain.frozen import frozen

GAP = timedelta(minutes=10)
"""The longest normal pause between two runs of the clock. A longer one is an outage."""
LATE = timedelta(hours=1)
"""A letter that leaves later than this after its move is late. A time limit that it starts then begins only
when it leaves, and one that it reminds of ends later, as the letter says."""


class Part(StrEnum):
    """The part of our system that failed: the clock (which finds its own gaps), the site, or the mail."""

    CLOCK, SITE, MAIL = (auto() for _ in range(3))


@frozen
class Outage:
    """An outage of a part of our system, from `since` to before `until` (UTC).

    `before` are the times that it had before it was corrected. They lengthen time limits too, since an
    announced date is never moved to an earlier day. `entered` is when it was put into the register (UTC)."""

    part: Part
    since: datetime
    until: datetime
    entered: datetime
    before: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """The name of the outage for operators: its beginning as first recorded, and the part."""
        first = self.before[0].since if self.before else self.since
        return f"{first:%Y%m%dT%H%M%SZ}-{self.part}"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every period by which the outage lengthens time limits: its present one, and those from before
        corrections."""
        return (Span(self.since, self.until), *self.before)


class Snapshot(NamedTuple):
    """The content of the register for its signed list: when the clock `began` to run and when it `ran` last
    (as stamps), and the stored outages (JSON) by their keys."""

    began: str
    ran: str
    outages: Mapping[str, str]


def put_back(listed: Mapping[str, str], there: Mapping[str, str]) -> bool:
    """Return whether an outage of the signed list (`listed`) is missing in the register (`there`), or lacks
    one of its times. A correction keeps all earlier times, so either means tampering. Both map keys to stored
    outages."""
    return any(id not in there or not _times(listed[id]) <= _times(there[id]) for id in listed)


def undone(listed: Snapshot, there: Snapshot) -> bool:
    """Return whether the register (`there`) was set back to an older state than the signed list (`listed`)
    shows. A gap of the clock that began before its last listed run also shows this, since the clock did run
    then."""
    new = (json.loads(there.outages[id]) for id in there.outages if id not in listed.outages)
    false_gap = any(one["part"] == Part.CLOCK and one["since"] < listed.ran for one in new)
    older = there.began != listed.began or there.ran < listed.ran
    return older or false_gap or put_back(listed.outages, there.outages)


def _times(body: str) -> set[tuple[str, str]]:
    """Return every time, as (since, until), of a stored outage, with those from before corrections."""
    said = json.loads(body)
    return {(one["since"], one["until"]) for one in (said, *said["before"])}


def lost(outages: Iterable[Outage], start: datetime, pauses: Sequence[Span], *late: Span) -> list[Span]:
    """Return the periods after `start` that count as lost: outages, and the time by which a reminder was
    `late`. They are in order and do not overlap. Time within one of the `pauses` is left out, since the time
    limit was suspended."""
    found = list[Span]()
    for span in _union([*(span for outage in outages for span in outage.spans), *late]):
        assert span.until
        if span.until > start:
            found += outside(Span(max(span.since, start), span.until), pauses)
    return found


def _union(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the same time as periods in order that neither overlap nor touch."""
    open_: Span | None = None
    for span in sorted(spans, key=lambda span: span.since):
        assert span.until
        if open_ and open_.until and span.since <= open_.until:
            open_ = Span(open_.since, max(open_.until, span.until))
        else:
            if open_:
                yield open_
            open_ = span
    if open_:
        yield open_


def outside(span: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of a period that lie in none of the pauses. A pause without an end covers all time
    after its start."""
    since = span.since
    assert span.until
    for pause in _union(Span(p.since, p.until or max(span.until, p.since)) for p in pauses):
        assert pause.until
        if since < pause.since < span.until:
            yield Span(since, pause.since)
        if pause.since < span.until:
            since = max(since, pause.until)
    if since < span.until:
        yield Span(since, span.until)

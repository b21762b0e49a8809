"""Outages of ours, and their part in the time of a window. The register holds them. Each window derives its
end from them, so an outage writes to no case.

This is the only mechanism that moves a window because of an outage. `domain/undelivered_windows.py` and
`letter_late` concern letters: they record when the letter that opens a window, and its last reminder, reached
everybody. The window starts with the first. The delay of the second is lost time, as that of an outage is."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import NamedTuple

from chalicelib.domain.calendar import Span
from chalicelib.domain.frozen import frozen

GAP = timedelta(minutes=10)
"""The longest normal pause of the clock. A longer gap is an outage."""
LATE = timedelta(hours=1)
"""The delay of a letter beyond which it counts as late: the window that it opens begins when it leaves, and
the window that it reminds of ends later. The letter says so."""


class Part(StrEnum):
    """The part of our system that failed: the clock, which finds its own gaps, the site or the mail."""

    CLOCK, SITE, MAIL = (auto() for _ in range(3))


@frozen
class Outage:
    """The time in which a part of our system failed, from `since` to `until`, exclusive (UTC).

    `before` are earlier times of it that were corrected. Windows keep the extension from these, since an
    announced date is never shortened. `entered` is the moment at which the register got it (UTC)."""

    part: Part
    since: datetime
    until: datetime
    entered: datetime
    before: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """The name of the outage for operators: the first recorded beginning, and the part."""
        first = self.before[0].since if self.before else self.since
        return f"{first:%Y%m%dT%H%M%SZ}-{self.part}"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every time of the outage by which windows move."""
        return (Span(self.since, self.until), *self.before)


class Snapshot(NamedTuple):
    """The register for its signed list: when the clock `began` to run and `ran` last (stamps), and the stored
    outages (JSON) by their keys."""

    began: str
    ran: str
    outages: Mapping[str, str]


def put_back(listed: Mapping[str, str], there: Mapping[str, str]) -> bool:
    """Return whether a listed outage is gone, or lacks one of its listed times. A correction keeps these."""
    return any(id not in there or not _times(listed[id]) <= _times(there[id]) for id in listed)


def undone(listed: Snapshot, there: Snapshot) -> bool:
    """Return whether the register is older than its list. A gap of the clock that began before the listed run
    shows it too, since the clock ran at that time."""
    new = (json.loads(there.outages[id]) for id in there.outages if id not in listed.outages)
    false_gap = any(one["part"] == Part.CLOCK and one["since"] < listed.ran for one in new)
    older = there.began != listed.began or there.ran < listed.ran
    return older or false_gap or put_back(listed.outages, there.outages)


def _times(body: str) -> set[tuple[str, str]]:
    """Return all times of a stored outage, the corrected ones included."""
    said = json.loads(body)
    return {(one["since"], one["until"]) for one in (said, *said["before"])}


def lost(outages: Iterable[Outage], start: datetime, pauses: Sequence[Span], *late: Span) -> list[Span]:
    """Return the time since `start` that outages took, in order, and the time by which a reminder was `late`.
    Overlapping times count once. Time in one of the `pauses` does not count, since the window was
    suspended."""
    found = list[Span]()
    for span in _union([*(span for outage in outages for span in outage.spans), *late]):
        assert span.until
        if span.until > start:
            found += outside(Span(max(span.since, start), span.until), pauses)
    return found


def _union(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the same time as spans that do not touch each other."""
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
    """Yield the parts of a span outside of the pauses. A lasting pause covers all time after its start."""
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

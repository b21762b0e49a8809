"""Outages of our own system, and how they lengthen the time limits of parties.

The outages are stored in a register. The end of each time limit is computed with the register, so an outage
changes no case.

Letters that left late also move time limits, but by another way: the module `undelivered_windows.py` and the
move `letter_late`. These record when the letter that starts a time limit, and its last reminder, reached
everybody. The time limit then starts with the first of these letters. The time by which its reminder was late
counts as lost time, like an outage."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import NamedTuple

from chalicelib.domain.calendar import End, Span
from chalicelib.domain.frozen import frozen

GAP = timedelta(minutes=10)
"""The longest normal pause between two runs of the clock. A longer pause is registered as an outage."""
LATE = timedelta(hours=1)
"""A letter is late if it leaves more than this time after its move. If a late letter starts a time limit, the
time limit begins when the letter leaves. If a late letter reminds of a time limit, the time limit ends later,
as the letter says."""


class Part(StrEnum):
    """The part of our system that failed: the clock (the clock itself finds its gaps), the website, or the
    sending of mail."""

    CLOCK, SITE, MAIL = (auto() for _ in range(3))


@frozen
class Outage:
    """An outage of a part of our system, from `since` up to but not including `until` (UTC). `entered` is
    when it was registered (UTC).

    `before` holds the times that the outage had before a correction. They lengthen time limits too, because
    an announced date is never moved to an earlier day."""

    part: Part
    since: datetime
    until: datetime
    entered: datetime
    before: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """The name of the outage for operators: its beginning as first registered, and the part of the
        system."""
        first = self.before[0].since if self.before else self.since
        return f"{first:%Y%m%dT%H%M%SZ}-{self.part}"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every period by which the outage lengthens time limits: the present period, and the periods before
        corrections."""
        return (Span(self.since, self.until), *self.before)


class Snapshot(NamedTuple):
    """The content of the register of outages, as its signed list holds it. `began` is when the clock first
    ran and `ran` when it last ran, both as stamps. `outages` maps the key of each outage to the stored outage
    (JSON)."""

    began: str
    ran: str
    outages: Mapping[str, str]


def put_back(listed: Mapping[str, str], there: Mapping[str, str]) -> bool:
    """Return whether the register of outages was tampered with, compared with its signed list. `listed` is
    the signed list and `there` the register; each maps keys to stored outages (JSON). The result is true if
    the register lacks a listed outage, or lacks one of the times of a listed outage. A lawful correction
    keeps all earlier times."""
    return any(id not in there or not _times(listed[id]) <= _times(there[id]) for id in listed)


def undone(listed: Snapshot, there: Snapshot) -> bool:
    """Return whether the register of outages (`there`) was set back to an older state than its signed list
    (`listed`). The result is also true for a new outage of the clock that began before the last run in the
    list, because the clock did run then."""
    new = (json.loads(there.outages[id]) for id in there.outages if id not in listed.outages)
    false_gap = any(one["part"] == Part.CLOCK and one["since"] < listed.ran for one in new)
    older = there.began != listed.began or there.ran < listed.ran
    return older or false_gap or put_back(listed.outages, there.outages)


def _times(body: str) -> set[tuple[str, str]]:
    """Return all periods, as (since, until), of a stored outage (JSON). The periods that a correction
    replaced are included."""
    said = json.loads(body)
    return {(one["since"], one["until"]) for one in (said, *said["before"])}


def lost(outages: Iterable[Outage], start: datetime, pauses: Sequence[Span], *late: Span) -> list[Span]:
    """Return the periods after `start` by which a time limit is lengthened: the outages, and the periods
    `late` by which a reminder was late. The periods are in order and do not overlap. Time inside one of the
    `pauses` is left out, because the time limit was suspended then."""
    found = list[Span]()
    for span in _union([*(span for outage in outages for span in outage.spans), *late]):
        assert span.until
        if span.until > start:
            found += outside(Span(max(span.since, start), span.until), pauses)
    return found


def latest_end(counted: Callable[[Sequence[Outage]], End], start: datetime, outages: Sequence[Outage]) -> End:
    """Return the end of a time limit that began at `start`: the latest that any earlier state of the register
    gave. `counted` returns the end for some outages.

    An outage that is registered later can join two others. Each of the two had moved the end past rest days.
    The joined outage moves it only once, which can give an earlier end."""
    entered = sorted((one for one in outages if one.until > start), key=lambda one: one.entered)
    end = counted(())
    for n, outage in enumerate(entered, 1):
        if outage.since < end.at:
            end = max(end, counted(entered[:n]), key=lambda one: one.at)
    return end


def _union(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield periods that cover the same time as `spans`, in order. Periods that overlap or touch become
    one."""
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
    """Yield the parts of a period that lie outside all `pauses`. A pause without an end covers all time after
    its start."""
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

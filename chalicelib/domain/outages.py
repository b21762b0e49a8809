"""Outages of ours, and what of them lay in the time of a window. The register holds them; each window derives
its end from them, so no case is written because of one.

This is the only mechanism that moves a window because of an outage.
`domain/undelivered_windows.py` and `letter_late` are
about letters: they settle when a window begins, which is when the letter that opens it has arrived. The
register is about the time after that.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum, auto

from chalicelib.domain.calendar import Span
from chalicelib.domain.frozen import frozen

GAP = timedelta(minutes=10)
"""A clock that has not run for longer than this stood still: the gap is an outage."""


class Part(StrEnum):
    """The part of our system that did not work: the clock, which finds its own gaps, the site or the mail."""

    CLOCK, SITE, MAIL = (auto() for _ in range(3))


@frozen
class Outage:
    """A time in which a part of our system did not work, from `since` until, exclusively, `until` (UTC).

    `before` are the times that were entered first and corrected later. Windows keep what these gave them,
    since a date that was told is never shortened. `entered` is when the register learned of it (UTC).
    """

    part: Part
    since: datetime
    until: datetime
    entered: datetime
    before: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """Its name for operators: the beginning under which they entered it, and the part."""
        first = self.before[0].since if self.before else self.since
        return f"{first:%Y%m%dT%H%M%SZ}-{self.part}"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every time by which windows move because of it."""
        return (Span(self.since, self.until), *self.before)


def lost(outages: Iterable[Outage], start: datetime, pauses: Sequence[Span]) -> list[Span]:
    """The time since `start` that outages took, in order: where several overlap it counts once, and what lies
    in one of the `pauses` does not count, since the window stood still there anyway."""
    found = list[Span]()
    for span in _union(span for outage in outages for span in outage.spans):
        assert span.until
        if span.until > start:
            found += _without(Span(max(span.since, start), span.until), pauses)
    return found


def _union(spans: Iterable[Span]) -> Iterator[Span]:
    """The same time as a row of spans that do not touch each other."""
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


def _without(span: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of a span outside of the pauses; a pause that lasts covers all after its beginning."""
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

"""Working days and deadlines: the end of a length of time by the State Council's calendar. Days are local
(Shanghai), moments are in UTC.

The start day is not counted. A day ends at the next local midnight, exclusive.

After a pause the remaining time runs on from the day the pause ended, which is not counted either. Each local
midnight inside a pause therefore moves an end by the day that begins there. A calendar-day end moves by every
such day, a working-day end by the working ones. A pause that began before an end always moves it past the
pause. A pause that begins after the end changes nothing, since a missed deadline stays missed.

An outage of ours lengthens a run instead of stopping it, in favour of the party whose run it is. An end by
the clock moves by the lost time. An end in days moves by as many days of its kind as were lost together, and
a begun day counts in full. The announced end moves: one that was rolled over rest days moves from there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.domain.frozen import frozen

YEARS = Path(__file__).parent / "calendar"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = time(9)
"""The local time at which reminders and warnings are sent."""
OPENS = timedelta(hours=8)
OPEN = timedelta(hours=13)
"""The hours for calls to people: 08:00 to 21:00 local time, from OPENS for OPEN."""
NOTICE = (11, 1)
"""The month and day from which the notice for the next year is expected."""
DAY, NOTHING = timedelta(days=1), timedelta(0)
CLOCK = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "l": timedelta(hours=1)}


class NoWorkingTime(ValueError):
    """The error for a calendar with a month without any working day. No deadline could be promised in it."""


@frozen
class Span:
    """A pause from `since` to `until`, exclusive. `until` is None while it lasts."""

    since: datetime
    until: datetime | None

    def meets(self, other: Span) -> bool:
        """Return whether the two spans overlap."""
        return (other.until is None or self.since < other.until) and (
            self.until is None or other.since < self.until
        )


@frozen
class Length:
    """A number of clock minutes (m), clock hours (h), hours within 08:00-21:00 local (l), calendar days (d)
    or working days (w)."""

    n: int
    unit: str


class End(NamedTuple):
    """The end of a length, in UTC and exclusive: `at` by the `reading` used, and by both readings.

    `work_by` is the end of the last working day on or before the due day, or the end itself where there is no
    working day. `provisional`: a year without a published calendar lies between the start and the end."""

    at: datetime
    work_by: datetime
    strict: datetime
    generous: datetime
    reading: str
    provisional: bool


@frozen
class Holiday:
    """Rest days in a row, both ends included."""

    name: str
    since: date
    until: date


@frozen
class Year:
    """One yearly notice: its number and date, its rest days, and the weekend days that are worked instead."""

    notice: str
    published: date
    rest: tuple[Holiday, ...] = ()
    make_up: frozenset[date] = frozenset()

    def days(self) -> dict[date, bool]:
        """Return the days on which the notice differs from the ordinary week, each with whether it is a
        working day. Raises ValueError."""
        if backwards := [holiday.name for holiday in self.rest if holiday.until < holiday.since]:
            raise ValueError(f"{self.notice}: ends before it begins: {', '.join(backwards)}")
        rest = {
            holiday.since + n * DAY
            for holiday in self.rest
            for n in range((holiday.until - holiday.since).days + 1)
        }
        if wrong := sorted(day for day in self.make_up if day in rest or day.weekday() < 5):
            raise ValueError(
                f"{self.notice}: not rest days that could be worked instead: {', '.join(map(str, wrong))}"
            )
        return dict.fromkeys(rest, False) | dict.fromkeys(self.make_up, True)


class Calendar:
    """The published years. Beyond them the ordinary week and the statutory holidays are assumed, and each end
    there is `provisional`."""

    def __init__(self, years: Mapping[int, Year]) -> None:
        """Take the years. Raises NoWorkingTime, and ValueError for a notice that contradicts itself or its
        year."""
        self.years = dict(years)
        self._days: dict[date, bool] = {}
        for number, year in self.years.items():
            days = year.days()
            # A notice may reach over New Year only. Anything further is a slip of the pen.
            if wrong := sorted(
                day for day in days if not date(number - 1, 12, 1) <= day <= date(number + 1, 1, 31)
            ):
                raise ValueError(f"{year.notice}: outside {number}: {', '.join(map(str, wrong))}")
            self._days |= days
        for number in self.years:
            worked = {
                day.month
                for n in range(366)
                if self.is_working(day := date(number, 1, 1) + n * DAY) and day.year == number
            }
            if len(worked) < 12:
                raise NoWorkingTime(f"{number}: a month has no working day")

    def is_working(self, day: date) -> bool:
        """Return whether a day is a working day, make-up days included. In an unpublished year, Monday to
        Friday except the statutory holidays are working days."""
        if (noted := self._days.get(day)) is not None:
            return noted
        return day.weekday() < 5 and (day.year in self.years or day not in statutory(day.year))

    def knows(self, year: int) -> bool:
        """Return whether the calendar of this year has been published and loaded."""
        return year in self.years

    def missing(self, today: date) -> int | None:
        """Return the year whose calendar must be loaded, or None. It is this year, or from 1 November on,
        when the next notice is expected, the next one."""
        year = today.year if not self.knows(today.year) else today.year + (today >= date(today.year, *NOTICE))
        return None if self.knows(year) else year

    def ends(
        self,
        start: datetime,
        length: Length,
        *,
        generous: bool = False,
        pauses: Sequence[Span] = (),
        lost: Sequence[Span] = (),
        zone: tzinfo = SHANGHAI,
    ) -> End:
        """Return the end of a run that began at `start`. `generous` rolls an end on a rest day over to the
        next working day. `lost` is the time of outages, outside of the pauses. Raises ValueError for a length
        below 1."""
        if length.n < 1:
            raise ValueError(f"a run has a length: {length}")
        start = _utc(start)
        if length.unit in CLOCK:
            at = _run(start, length.n * CLOCK[length.unit], pauses, lost, _counting(length.unit, zone))
            return End(at, at, at, at, "generous" if generous else "strict", False)
        strict = rolled = _run(start, length.n * DAY, pauses, lost, self._counting(length.unit, zone), DAY)
        if length.unit == "d" and (lost or not self.is_working(_day(strict, zone))):
            rolled = _run(start, length.n * DAY, pauses, lost, self._counting("d", zone, rolls=True), DAY)
        return self._end(start, strict, rolled, generous, zone)

    def own(
        self,
        start: datetime,
        day: date,
        *,
        generous: bool = False,
        lost: Sequence[Span] = (),
        zone: tzinfo = SHANGHAI,
    ) -> End:
        """Return the end of an agreed or externally set day: 24:00 local. `generous` rolls it over rest days.
        `lost` is the time of outages."""
        start = _utc(start)
        left = day - _local(start, zone)
        strict, rolled = (
            _run(start, left, (), lost, self._counting("d", zone, rolls=rolls), DAY)
            for rolls in (False, True)
        )
        return self._end(start, strict, rolled, generous, zone)

    def _end(self, start: datetime, strict: datetime, rolled: datetime, generous: bool, zone: tzinfo) -> End:
        at, reading = rolled if generous else strict, "generous" if generous else "strict"
        last = _day(at, zone)
        while not self.is_working(last):
            last -= DAY
        work_by = _midnight(last + DAY, zone)
        first = min(_local(start, zone) + DAY, last)
        provisional = not all(map(self.knows, range(first.year, _day(rolled, zone).year + 1)))
        return End(at, work_by if work_by > start else at, strict, rolled, reading, provisional)

    def shifted(self, at: datetime, length: Length, zone: tzinfo = SHANGHAI) -> datetime:
        """Return the moment of a ladder's step, relative to an end. Hours count by the clock. Days after the
        end lead to their midnight, days before it to 09:00 local."""
        at = _utc(at)
        if length.unit in CLOCK:
            return _counting(length.unit, zone)[0](at, length.n * CLOCK[length.unit])
        day = self._moved(_day(at, zone), length.n, length.unit)
        return (
            _midnight(day + DAY, zone)
            if length.n >= 0
            else datetime.combine(day, MORNING, zone).astimezone(UTC)
        )

    def day_of(self, at: datetime, zone: tzinfo = SHANGHAI) -> date:
        """Return the local day of a moment."""
        return _local(_utc(at), zone)

    def morning(self, start: datetime, days: int, zone: tzinfo = SHANGHAI) -> datetime:
        """Return 09:00 local time, so many calendar days after the start day, in UTC."""
        return datetime.combine(_local(_utc(start), zone) + days * DAY, MORNING, zone).astimezone(UTC)

    def _moved(self, day: date, n: int, unit: str) -> date:
        """Return the nth day after `day`, or before it. Zero working days after `day` is `day` itself, or the
        next working day."""
        if unit == "d":
            return day + n * DAY
        step = DAY if n >= 0 else -DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working(day):
                day += step
        while not self.is_working(day):
            day += DAY
        return day

    def _counting(self, unit: str, zone: tzinfo, *, rolls: bool = False) -> Counting:
        def after(anchor: datetime, left: timedelta) -> datetime:
            day = self._moved(_local(anchor, zone), left.days, unit)
            return _midnight((self._moved(day, 0, "w") if rolls else day) + DAY, zone)

        def used(anchor: datetime, until: datetime) -> timedelta:
            first, n = _local(anchor, zone), (_local(until, zone) - _local(anchor, zone)).days
            return (
                n * DAY
                if unit == "d"
                else sum(self.is_working(first + i * DAY) for i in range(1, n + 1)) * DAY
            )

        return after, used


@cache
def published() -> Calendar:
    """Return the calendar of all years shipped with this version."""
    return Calendar(
        {int(file.stem): year_of(file.read_text("utf-8")) for file in sorted(YEARS.glob("[0-9]*.toml"))}
    )


@cache
def statutory(year: int) -> frozenset[date]:
    """Return the holidays that the law itself sets. Lunar ones are included only for the years entered."""
    days = _statutory()
    return frozenset(
        (*(date.fromisoformat(f"{year}-{day}") for day in days["fixed"]), *days["lunar"].get(str(year), ()))
    )


@cache
def _statutory() -> Mapping[str, Any]:
    return tomllib.loads((YEARS / "statutory.toml").read_text("utf-8"))


@cache
def length(text: str) -> Length:
    """Return the length written as "24h", "15d", "2w", "4l", "3m", or "-2w" before. Raises ValueError."""
    if not (match := re.fullmatch(r"([+-]?[0-9]{1,4})([mhldw])", text)):
        raise ValueError(f"not a length: {text!r}")
    return Length(int(match[1]), match[2])


def stamp(at: datetime) -> str:
    """Return a moment as text in its only form: whole seconds in UTC, so that texts sort as the moments do.
    Raises ValueError for a moment without a time zone."""
    return _utc(at).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def instant(text: str) -> datetime:
    """Return the moment that `stamp` wrote. Raises ValueError for any other text."""
    at = datetime.fromisoformat(text)
    if stamp(at) != text:
        raise ValueError(f"not a timestamp: {text!r}")
    return at.astimezone(UTC)


Counting = tuple[Callable[[datetime, timedelta], datetime], Callable[[datetime, datetime], timedelta]]
"""A way to count time, as two functions. The first returns the end of a remaining time from a start. The
second returns the time used between a start and a moment."""


def _run(
    anchor: datetime,
    left: timedelta,
    pauses: Sequence[Span],
    lost: Sequence[Span],
    counting: Counting,
    unit: timedelta = timedelta.resolution,
) -> datetime:
    """Return the end of a run with its pauses. Where pauses overlap, they count once; their time before the
    run does not count. The time of outages during the run is added in whole units. Raises ValueError for a
    pause that lasts."""
    after, used = counting
    taken = NOTHING
    spans = [*((pause, True) for pause in pauses), *((outage, False) for outage in lost)]
    for span, stops in sorted(spans, key=lambda one: one[0].since):
        if span.until is None:
            raise ValueError("while a pause lasts there is no end to tell")
        since, until, ends = max(_utc(span.since), anchor), _utc(span.until), after(anchor, left)
        if since >= ends:
            break
        if until > since and stops:
            anchor, left = until, max(left - used(anchor, since), NOTHING)
        elif until > since:
            if unit == DAY:  # an end that was rolled over rest days moves from the announced day
                left = used(anchor, ends - timedelta.resolution)
            left += _whole(taken + until - since, unit) - _whole(taken, unit)
            taken += until - since
    return after(anchor, left)


def _whole(time: timedelta, unit: timedelta) -> timedelta:
    """Return a length of time in whole units; a begun unit counts in full."""
    return -(-time // unit) * unit


def _counting(unit: str, zone: tzinfo) -> Counting:
    """Return the counting by the clock. Local hours count as the open time since the year one, which leaves
    out the nights."""

    def open_time(at: datetime) -> timedelta:
        local = at.astimezone(zone).replace(tzinfo=None)
        since_opening = local - datetime.combine(local, time()) - OPENS
        return local.toordinal() * OPEN + min(max(since_opening, NOTHING), OPEN)

    def after(anchor: datetime, left: timedelta) -> datetime:
        # A full day of open time must end at 21:00 instead of 08:00 of the next day. So we step back by the
        # smallest amount and forth again.
        day, rest = divmod(open_time(anchor) + left - timedelta.resolution, OPEN)
        return (
            datetime.combine(date.fromordinal(day), time(), zone) + OPENS + rest + timedelta.resolution
        ).astimezone(UTC)

    if unit == "l":
        return after, lambda anchor, until: open_time(until) - open_time(anchor)
    return lambda anchor, left: anchor + left, lambda anchor, until: until - anchor


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {at}")
    return at.astimezone(UTC)


def _local(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _day(end: datetime, zone: tzinfo) -> date:
    return _local(end - timedelta.resolution, zone)


def day_end(day: date) -> datetime:
    """Return the end of a day in China: 24:00 local, in UTC."""
    return _midnight(day + DAY, SHANGHAI)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def year_of(text: str) -> Year:
    """Return the year of a calendar file. `Calendar` refuses contradictions and days of another year."""
    data = tomllib.loads(text)
    return Year(
        data["notice"],
        data["published"],
        tuple(Holiday(**rest) for rest in data["rest"]),
        frozenset(data["make_up"]),
    )

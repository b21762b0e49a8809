"""Working days and the ends of deadlines, by the State Council's calendar.

Days are local (Shanghai), moments are in UTC. The start day is not counted. A day ends at the next local
midnight, which no longer belongs to the day.

A pause suspends a deadline. The remaining time runs on after the pause; the day on which the pause ended is
not counted. In calendar days, each local midnight inside a pause moves the end by one day. In working days,
only midnights at which a working day begins move the end. A pause that began before the end moves the end to
after the pause. A pause that begins after the end changes nothing, because a missed deadline stays missed.

An outage of our system does not suspend a deadline but lengthens it, in favour of the party who must act. An
end counted in hours or minutes moves by the lost time. An end counted in days moves by the lost days: all
outages are added up, and a part of a day counts as a full day. If a rest day had already moved an announced
end, the outage moves the announced end."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.domain.frozen import frozen

YEARS = Path(__file__).parent / "calendar"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = time(9)
"""The local time of day at which reminders and warnings are sent."""
OPENS = timedelta(hours=8)
OPEN = timedelta(hours=13)
"""How many hours of each day count for a length in the unit l: the 13 hours from 08:00 (OPENS) to 21:00 local
time, in which people may be phoned."""
NOTICE = (11, 1)
"""The month and day from which the calendar of the next year should be loaded: 1 November."""
DAY, NOTHING = timedelta(days=1), timedelta(0)
CLOCK = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "l": timedelta(hours=1)}


class NoWorkingTime(ValueError):
    """The error for a calendar in which a month has no working day. No deadline in working days could be
    computed with such a calendar."""


@frozen
class Span:
    """A pause, or any other period, from `since` up to but not including `until`. `until` is None while the
    period lasts."""

    since: datetime
    until: datetime | None

    def meets(self, other: Span) -> bool:
        """Return whether the two periods overlap. A period without `until` has no end."""
        return (other.until is None or self.since < other.until) and (
            self.until is None or other.since < self.until
        )


@frozen
class Length:
    """A length of time: `n` of the `unit`. Units are minutes (m), hours (h), hours within 08:00-21:00 local
    (l), calendar days (d) and working days (w)."""

    n: int
    unit: str


class End(NamedTuple):
    """The end of a deadline, in UTC; a deadline is met before its end. `strict` is the end of the last day as
    counted. `generous` is the same end, moved from a rest day to the next working day. `at` is the end that
    applies: the one of the two that `reading` names.

    `work_by` is the end of the last working day until `at`, or `at` itself if there is no working day.
    `provisional` is true if the official calendar of a year between start and end is not loaded."""

    at: datetime
    work_by: datetime
    strict: datetime
    generous: datetime
    reading: str
    provisional: bool


@frozen
class Holiday:
    """A row of rest days, from `since` to `until`; both days are included."""

    name: str
    since: date
    until: date


@frozen
class Year:
    """The State Council's notice for one year: its number (`notice`), its date (`published`), the rest days,
    and the weekend days that are worked instead (`make_up`)."""

    notice: str
    published: date
    rest: tuple[Holiday, ...] = ()
    make_up: frozenset[date] = frozenset()

    def days(self) -> dict[date, bool]:
        """Return the days that differ from the ordinary week. The value is true for a working day, false for
        a rest day. Raises ValueError if the notice contradicts itself."""
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
    """The calendar of the years whose notices are loaded. For other years it assumes the ordinary week with
    the statutory holidays. An end in such a year is `provisional`."""

    def __init__(self, years: Mapping[int, Year]) -> None:
        """Take the notices, keyed by their year. Raises ValueError for a notice that contradicts itself or
        has days of another year. Raises NoWorkingTime if a month has no working day."""
        self.years = dict(years)
        self._days: dict[date, bool] = {}
        for number, year in self.years.items():
            days = year.days()
            # A notice may have days a little beyond its year. A day further away must be a slip of the pen.
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
        """Return whether a day is a working day. A weekend day that is worked instead is a working day. In a
        year without a loaded notice, Monday to Friday are working days, except statutory holidays."""
        if (noted := self._days.get(day)) is not None:
            return noted
        return day.weekday() < 5 and (day.year in self.years or day not in statutory(day.year))

    def knows(self, year: int) -> bool:
        """Return whether the notice for this year is loaded."""
        return year in self.years

    def holidays(self, year: int) -> tuple[Holiday, ...]:
        """Return the holidays of a year: those of its notice, or else those that the law itself sets."""
        if self.knows(year):
            return self.years[year].rest
        return tuple(Holiday("法定节假日", day, day) for day in sorted(statutory(year)))

    def missing(self, today: date) -> int | None:
        """Return the year whose notice should be loaded now, or None if no notice is missing. It is the year
        of `today`. From 1 November it can also be the next year, because its notice is then expected."""
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
        """Return the end of a deadline of this length that runs from `start`. `generous` moves an end on a
        rest day to the next working day. `pauses` suspend the deadline. `lost` are the outages, which
        lengthen the deadline; leave out outages that lie in a pause. Raises ValueError for a length below 1,
        or a pause that has no end."""
        if length.n < 1:
            raise ValueError(f"a run has a length: {length}")
        if pauses or lost:
            return self._ends(_utc(start), length, generous, pauses, lost, zone)
        return _end_of_run(self, _utc(start), length, generous, zone)

    def _ends(
        self,
        start: datetime,
        length: Length,
        generous: bool,
        pauses: Sequence[Span],
        lost: Sequence[Span],
        zone: tzinfo,
    ) -> End:
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
        """Return the end of a deadline that ends with a given `day`: an agreed day, or one that another body
        set. The end is 24:00 local time of that day. `start` is when the deadline began. `generous` moves an
        end on a rest day to the next working day. `lost` are the outages, which move the end to a later
        day."""
        if lost:
            return self._own(_utc(start), day, generous, lost, zone)
        return _end_of_day(self, _utc(start), day, generous, zone)

    def _own(self, start: datetime, day: date, generous: bool, lost: Sequence[Span], zone: tzinfo) -> End:
        left = day - _local(start, zone)
        strict, rolled = (
            _run(start, left, (), lost, self._counting("d", zone, rolls=rolls), DAY)
            for rolls in (False, True)
        )
        return self._end(start, strict, rolled, generous, zone)

    def _end(self, start: datetime, strict: datetime, rolled: datetime, generous: bool, zone: tzinfo) -> End:
        at, reading = rolled if generous else strict, "generous" if generous else "strict"
        latest = _day(rolled, zone)
        last = latest if at == rolled else _day(at, zone)
        while not self.is_working(last):
            last -= DAY
        work_by = _midnight(last + DAY, zone)
        first = min(_local(start, zone) + DAY, last)
        provisional = not all(map(self.knows, range(first.year, latest.year + 1)))
        return End(at, work_by if work_by > start else at, strict, rolled, reading, provisional)

    def shifted(self, at: datetime, length: Length, zone: tzinfo = SHANGHAI) -> datetime:
        """Return the moment that lies this length after `at`, or before `at` if the length is negative. A
        length in minutes or hours is added exactly. With days or working days, the days are counted first.
        After `at`, the result is the end of the last day counted (midnight). Before `at`, it is 09:00 local
        time of that day."""
        return _shifted(self, _utc(at), length, zone)

    def day_of(self, at: datetime, zone: tzinfo = SHANGHAI) -> date:
        """Return the local day of a moment."""
        return _local(_utc(at), zone)

    def morning(self, start: datetime, days: int, zone: tzinfo = SHANGHAI) -> datetime:
        """Return 09:00 local time on the day that is this number of calendar days after the day of `start`.
        The result is in UTC."""
        return datetime.combine(_local(_utc(start), zone) + days * DAY, MORNING, zone).astimezone(UTC)

    def _moved(self, day: date, n: int, unit: str) -> date:
        """Return the day that is `n` days after `day`, or before `day` if `n` is negative. `unit` is d
        (calendar days) or w (working days). With `n` 0 in working days the result is `day`, or the next
        working day if `day` is a rest day."""
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


# Each change of a case computes all its deadlines again, and most of them have not moved.
@lru_cache(maxsize=4096)
def _end_of_run(calendar: Calendar, start: datetime, length: Length, generous: bool, zone: tzinfo) -> End:
    return calendar._ends(start, length, generous, (), (), zone)


@lru_cache(maxsize=4096)
def _end_of_day(calendar: Calendar, start: datetime, day: date, generous: bool, zone: tzinfo) -> End:
    return calendar._own(start, day, generous, (), zone)


@lru_cache(maxsize=4096)
def _shifted(calendar: Calendar, at: datetime, length: Length, zone: tzinfo) -> datetime:
    if length.unit in CLOCK:
        return _counting(length.unit, zone)[0](at, length.n * CLOCK[length.unit])
    day = calendar._moved(_day(at, zone), length.n, length.unit)
    return (
        _midnight(day + DAY, zone) if length.n >= 0 else datetime.combine(day, MORNING, zone).astimezone(UTC)
    )


@cache
def published() -> Calendar:
    """Return the calendar of all years that ship with this release."""
    return Calendar(
        {int(file.stem): year_of(file.read_text("utf-8")) for file in sorted(YEARS.glob("[0-9]*.toml"))}
    )


@cache
def statutory(year: int) -> frozenset[date]:
    """Return the holidays of a year that the law itself sets. Holidays of the lunar calendar are included
    only for the years that `statutory.toml` lists."""
    days = _statutory()
    return frozenset(
        (*(date.fromisoformat(f"{year}-{day}") for day in days["fixed"]), *days["lunar"].get(str(year), ()))
    )


@cache
def _statutory() -> Mapping[str, Any]:
    return tomllib.loads((YEARS / "statutory.toml").read_text("utf-8"))


@cache
def length(text: str) -> Length:
    """Return the length that a text means. The text is a number and a unit, such as "24h", "15d", "2w", "4l"
    or "3m". A minus, as in "-2w", means before a moment. Raises ValueError for any other text."""
    if not (match := re.fullmatch(r"([+-]?[0-9]{1,4})([mhldw])", text)):
        raise ValueError(f"not a length: {text!r}")
    return Length(int(match[1]), match[2])


def stamp(at: datetime) -> str:
    """Return a moment as text, in UTC and whole seconds. All texts have the same form, so sorting the texts
    sorts the moments. Raises ValueError for a moment without a time zone."""
    return _utc(at).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def instant(text: str) -> datetime:
    """Return the moment that a text from `stamp` means. Raises ValueError for any other text."""
    at = datetime.fromisoformat(text)
    if stamp(at) != text:
        raise ValueError(f"not a timestamp: {text!r}")
    return at.astimezone(UTC)


Counting = tuple[Callable[[datetime, timedelta], datetime], Callable[[datetime, datetime], timedelta]]
"""Two functions that count a unit of time. The first takes a start and a remaining time, and returns the end.
The second takes a start and a moment, and returns how much time was used between the two."""


def _run(
    anchor: datetime,
    left: timedelta,
    pauses: Sequence[Span],
    lost: Sequence[Span],
    counting: Counting,
    unit: timedelta = timedelta.resolution,
) -> datetime:
    """Return the end of a time of length `left` that starts at `anchor`. `counting` says how the time is
    counted. `pauses` suspend the time: overlapping pauses count once, and time before `anchor` does not
    count. `lost` are the outages, which are added in whole units. Raises ValueError for a pause without an
    end."""
    after, used = counting
    if not pauses and not lost:
        return after(anchor, left)
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
            if unit == DAY:  # count from the announced end: it may have moved past rest days
                left = used(anchor, ends - timedelta.resolution)
            left += _whole(taken + until - since, unit) - _whole(taken, unit)
            taken += until - since
    return after(anchor, left)


def _whole(time: timedelta, unit: timedelta) -> timedelta:
    """Return the length of time `time` rounded up to whole `unit`s."""
    return -(-time // unit) * unit


def _counting(unit: str, zone: tzinfo) -> Counting:
    """Return the two functions that count minutes (`unit` m) or hours (h or l). For l only the open hours of
    each day count: 08:00 to 21:00 local time."""

    def open_time(at: datetime) -> timedelta:
        local = at.astimezone(zone).replace(tzinfo=None)
        since_opening = local - datetime.combine(local, time()) - OPENS
        return local.toordinal() * OPEN + min(max(since_opening, NOTHING), OPEN)

    def after(anchor: datetime, left: timedelta) -> datetime:
        # A time that fills the open hours must end at 21:00. The division alone would give 08:00 of the next
        # day, which is the same amount of open time. So divide after stepping back by the smallest amount,
        # and then add that amount again.
        day, rest = divmod(open_time(anchor) + left - timedelta.resolution, OPEN)
        return (
            datetime.combine(date.fromordinal(day), time(), zone) + OPENS + rest + timedelta.resolution
        ).astimezone(UTC)

    if unit == "l":
        return after, lambda anchor, until: open_time(until) - open_time(anchor)
    return lambda anchor, left: anchor + left, lambda anchor, until: until - anchor


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {at}")
    return at.astimezone(UTC)


def _local(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _day(end: datetime, zone: tzinfo) -> date:
    return _local(end - timedelta.resolution, zone)


def day_end(day: date) -> datetime:
    """Return the end of a local day in China (24:00), as a moment in UTC."""
    return _midnight(day + DAY, SHANGHAI)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def year_of(text: str) -> Year:
    """Return the notice that the text of a calendar file (TOML) holds. The notice is not checked here;
    `Calendar` checks it."""
    data = tomllib.loads(text)
    return Year(
        data["notice"],
        data["published"],
        tuple(Holiday(**rest) for rest in data["rest"]),
        frozenset(data["make_up"]),
    )

"""The laws of counting, for random starts, lengths, pauses and holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import assume, example, given, strategies as st

from chalicelib.domain.calendar import SHANGHAI, Calendar, Holiday, Length, Span, published

CALENDAR = published()
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

# Dates of the shipped years, with room before their end.
DATES = st.dates(date(2024, 1, 2), date(2026, 9, 30))
INSTANTS = st.datetimes(datetime(2024, 1, 2), datetime(2026, 9, 30), timezones=st.just(SHANGHAI))
DAYS = st.builds(Length, st.integers(1, 30), st.sampled_from("dw"))
LENGTHS = st.builds(Length, st.integers(1, 30), st.sampled_from("mhldw"))


@st.composite
def paused(draw: st.DrawFn) -> tuple[datetime, list[Span]]:
    """Return a start and up to three pauses near it, some begun before it, some overlapping."""
    start = draw(INSTANTS)
    pauses = []
    for _ in range(draw(st.integers(1, 3))):
        since = start + draw(st.integers(-2 * 24 * 60, 20 * 24 * 60)) * MINUTE
        pauses.append(Span(since, since + draw(st.integers(0, 15 * 24 * 60)) * MINUTE))
    return start, pauses


def friday(days: int, hour: int = 10) -> datetime:
    """Return a local hour so many days after Friday 2026-03-06."""
    return datetime(2026, 3, 6, hour, tzinfo=SHANGHAI) + days * DAY


def with_rest(calendar: Calendar, day: date) -> Calendar:
    """Return the same calendar with one more rest day."""
    year = calendar.years[day.year]
    more = replace(year, rest=(*year.rest, Holiday("加放", day, day)), make_up=year.make_up - {day})
    return Calendar({**calendar.years, day.year: more})


@given(DATES, DAYS)
def test_one_minute_apart_over_midnight(day: date, span: Length) -> None:
    """The start days of 23:59 and 00:01 differ: the end is a calendar day later. It is a working day later
    unless the new day is one of rest."""
    before = CALENDAR.ends(datetime.combine(day, time(23, 59), SHANGHAI), span).at
    after = CALENDAR.ends(datetime.combine(day + DAY, time(0, 1), SHANGHAI), span).at
    counts = span.unit == "d" or CALENDAR.is_working(day + DAY)
    assert after >= before + DAY if counts else after == before
    assert after == before + DAY or span.unit == "w"


@given(INSTANTS, LENGTHS, st.booleans())
def test_ends_come_after_the_start_in_order(start: datetime, span: Length, generous: bool) -> None:
    """Every end comes after the start. Strict is never after generous, `work_by` never after the end, and the
    reading picks the end."""
    end = CALENDAR.ends(start, span, generous=generous)
    assert start < end.work_by <= end.at
    assert end.strict <= end.generous
    assert end.at == (end.generous if generous else end.strict)
    assert all(moment.tzinfo is UTC for moment in (end.at, end.work_by, end.strict, end.generous))


@given(INSTANTS, st.integers(1, 30))
def test_working_days_are_counted_one_by_one(start: datetime, n: int) -> None:
    """Between the start day and the end of n working days lie exactly n working days, the last of them the
    due day."""
    last = CALENDAR.ends(start, Length(n, "w")).at.astimezone(SHANGHAI).date() - DAY
    days = [start.date() + i * DAY for i in range(1, (last - start.date()).days + 1)]
    assert sum(map(CALENDAR.is_working, days)) == n
    assert CALENDAR.is_working(last)


@given(INSTANTS, st.integers(1, 30), st.integers(0, 30 * 24 * 60), st.integers(0, 20 * 24 * 60))
def test_a_pause_moves_calendar_days_by_its_midnights(
    start: datetime, n: int, wait: int, minutes: int
) -> None:
    """A pause with k local midnights inside moves a strict calendar-day end by k days, and never makes a
    rolled one earlier."""
    plain = CALENDAR.ends(start, Length(n, "d"))
    since = start + wait * MINUTE
    assume(since < plain.at)
    until = since + minutes * MINUTE
    moved = CALENDAR.ends(start, Length(n, "d"), pauses=[Span(since, until)])
    assert moved.strict == plain.strict + (until.date() - since.date())
    assert moved.generous >= max(plain.generous, moved.strict)


@given(INSTANTS, st.integers(1, 15), st.integers(0, 30 * 24 * 60), st.integers(0, 20 * 24 * 60))
def test_a_pause_moves_working_days_by_its_working_days(
    start: datetime, n: int, wait: int, minutes: int
) -> None:
    """A pause moves a working-day end by as many working days as begin inside it, and never leaves the end
    inside itself."""
    plain = CALENDAR.ends(start, Length(n, "w")).at
    since = start + wait * MINUTE
    assume(since < plain)
    until = since + minutes * MINUTE
    k = sum(
        CALENDAR.is_working(since.date() + i * DAY) for i in range(1, (until.date() - since.date()).days + 1)
    )
    moved = CALENDAR.ends(start, Length(n, "w"), pauses=[Span(since, until)]).at
    expected = CALENDAR.ends(start, Length(n + k, "w")).at
    assert (
        moved == expected
        if expected > until
        else until < moved == CALENDAR.ends(start, Length(n + k + 1, "w")).at
    )


@given(
    INSTANTS,
    st.builds(Length, st.integers(1, 48), st.sampled_from("mh")),
    st.integers(0, 2880),
    st.integers(0, 20 * 24 * 60),
)
def test_a_pause_adds_its_time_to_the_clock(start: datetime, span: Length, wait: int, minutes: int) -> None:
    """A pause adds its own length to minutes and hours."""
    plain = CALENDAR.ends(start, span).at
    since = start + wait * MINUTE
    assume(since < plain)
    assert (
        CALENDAR.ends(start, span, pauses=[Span(since, since + minutes * MINUTE)]).at
        == plain + minutes * MINUTE
    )


@given(paused(), LENGTHS, st.booleans())
def test_a_pause_never_brings_an_end_forward(
    case: tuple[datetime, list[Span]], span: Length, generous: bool
) -> None:
    """Any pauses leave the end where it was or later, and never inside one that began before the end."""
    start, pauses = case
    end = CALENDAR.ends(start, span, generous=generous, pauses=pauses)
    assert end.at >= CALENDAR.ends(start, span, generous=generous).at
    assert end.strict <= end.generous
    assert not any(
        pause.since < end.at < pause.until for pause in pauses if pause.until and pause.until > start
    )


@given(paused(), LENGTHS, st.booleans(), st.integers(0, 10 * 24 * 60), st.booleans(), st.integers(0, 2))
@example(
    (friday(-1), [Span(friday(0), friday(1)), Span(friday(1, 12), friday(3))]),
    Length(1, "w"),
    False,
    120,
    True,
    0,
)
def test_a_longer_pause_never_brings_an_end_forward(
    case: tuple[datetime, list[Span]], span: Length, generous: bool, minutes: int, later: bool, which: int
) -> None:
    """A pause that begins earlier or ends later never brings the end forward."""
    start, pauses = case
    which %= len(pauses)
    pause = pauses[which]
    assert pause.until
    longer = (
        Span(pause.since, pause.until + minutes * MINUTE)
        if later
        else Span(pause.since - minutes * MINUTE, pause.until)
    )
    before = CALENDAR.ends(start, span, generous=generous, pauses=pauses)
    after = CALENDAR.ends(
        start, span, generous=generous, pauses=[*pauses[:which], longer, *pauses[which + 1 :]]
    )
    assert after.strict >= before.strict
    assert after.generous >= before.generous


@given(paused(), LENGTHS, st.booleans(), st.floats(0, 1))
def test_overlapping_pauses_are_a_union(
    case: tuple[datetime, list[Span]], span: Length, generous: bool, part: float
) -> None:
    """A pause cut into two that touch, with repeated pieces in any order, gives the same end as the whole."""
    start, pauses = case
    whole = CALENDAR.ends(start, span, generous=generous, pauses=pauses)
    pieces = []
    for pause in pauses:
        assert pause.until
        cut = pause.since + part * (pause.until - pause.since)
        pieces += [Span(cut, pause.until), Span(pause.since, cut), Span(pause.since, cut)]
    assert CALENDAR.ends(start, span, generous=generous, pauses=pieces[::-1]) == whole


@given(INSTANTS, LENGTHS, st.integers(0, 20 * 24 * 60))
def test_pause_after_the_end_changes_nothing(start: datetime, span: Length, minutes: int) -> None:
    """A pause that begins when the end has passed changes nothing."""
    end = CALENDAR.ends(start, span)
    assert CALENDAR.ends(start, span, pauses=[Span(end.at, end.at + minutes * MINUTE)]).at == end.at


@given(paused(), LENGTHS, st.booleans(), st.integers(-5, 40))
def test_a_new_holiday_never_brings_an_end_forward(
    case: tuple[datetime, list[Span]], span: Length, generous: bool, offset: int
) -> None:
    """Adding a rest day never brings an end forward, paused or not, nor a step after it."""
    start, pauses = case
    day = min(max(start.date() + offset * DAY, date(2024, 1, 1)), date(2026, 12, 31))
    more = with_rest(CALENDAR, day)
    before = CALENDAR.ends(start, span, generous=generous, pauses=pauses)
    after = more.ends(start, span, generous=generous, pauses=pauses)
    assert after.strict >= before.strict
    assert after.generous >= before.generous
    assert more.shifted(before.at, Length(2, "w")) >= CALENDAR.shifted(before.at, Length(2, "w"))


@given(INSTANTS, st.integers(1, 500), st.booleans())
def test_clock_hours_ignore_holidays(start: datetime, n: int, generous: bool) -> None:
    """Hours are clock hours whatever the day, in both readings, and need no calendar."""
    end = CALENDAR.ends(start, Length(n, "h"), generous=generous)
    assert {end.at, end.strict, end.generous, end.work_by} == {start.astimezone(UTC) + n * HOUR}
    assert not end.provisional


@given(
    st.datetimes(datetime(2023, 11, 1), datetime(2028, 1, 1), timezones=st.just(SHANGHAI)),
    DAYS,
    st.booleans(),
    st.integers(-5, 40),
    st.integers(0, 20),
)
@example(datetime(2023, 12, 1, tzinfo=SHANGHAI), Length(29, "d"), True, 0, 0)
def test_an_unknown_year_is_never_silent(
    start: datetime, span: Length, generous: bool, wait: int, days: int
) -> None:
    """An end is provisional if finding it needed a day of an unpublished year, and only if its run touches
    such a year."""
    asked: list[date] = []

    class Watched(Calendar):
        def is_working(self, day: date) -> bool:
            asked.append(day)
            return super().is_working(day)

    calendar = Watched(CALENDAR.years)
    asked.clear()
    end = calendar.ends(
        start, span, generous=generous, pauses=[Span(start + wait * DAY, start + (wait + days) * DAY)]
    )
    assert end.provisional or all(map(CALENDAR.knows, {day.year for day in asked}))
    assert (
        not end.provisional
        or not CALENDAR.knows(start.year)
        or not CALENDAR.knows(end.generous.astimezone(SHANGHAI).year)
    )


@given(INSTANTS, st.integers(1, 60))
def test_local_hours_end_within_the_day(start: datetime, n: int) -> None:
    """Local hours end after 08:00 and by 21:00, at least as late as clock hours."""
    end = CALENDAR.ends(start, Length(n, "l")).at.astimezone(SHANGHAI)
    assert 8 * HOUR < end - end.replace(hour=0, minute=0, second=0, microsecond=0) <= 21 * HOUR
    assert end - start >= n * HOUR


@given(INSTANTS, DAYS, st.integers(1, 10), st.sampled_from("hdw"))
def test_steps_come_before_and_after_their_moment(start: datetime, span: Length, n: int, unit: str) -> None:
    """A negative step is before the moment of work, a positive one after the end, and a longer one later
    still."""
    end = CALENDAR.ends(start, span)
    assert CALENDAR.shifted(end.work_by, Length(-n, unit)) < end.work_by
    assert end.at < CALENDAR.shifted(end.at, Length(n, unit)) < CALENDAR.shifted(end.at, Length(n + 1, unit))


def test_a_window_paused_on_its_rolled_day() -> None:
    """A window that ended on a Saturday and was rolled to Monday, paused on Sunday, ends after the pause, not
    inside it."""
    end = CALENDAR.ends(friday(-1), Length(2, "d"), generous=True, pauses=[Span(friday(2), friday(5))])
    assert (end.strict, end.generous) == (friday(2, 0), friday(6, 0))


def test_rolling_into_an_unpublished_year() -> None:
    """An end within a published year that rolls over New Year into one not published is provisional."""
    calendar = with_rest(CALENDAR, date(2026, 12, 31))
    end = calendar.ends(datetime(2026, 12, 28, tzinfo=SHANGHAI), Length(3, "d"), generous=True)
    assert (end.at, end.provisional) == (datetime(2027, 1, 5, tzinfo=SHANGHAI), True)

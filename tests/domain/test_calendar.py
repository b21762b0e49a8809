"""Counting: the shipped years against two independent libraries, the golden vectors, ladders, and
refusals."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]
import holidays
import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.calendar import (
    SHANGHAI,
    Calendar,
    End,
    Holiday,
    Length,
    NoWorkingTime,
    Span,
    Year,
    instant,
    length,
    published,
    stamp,
    statutory,
    year_of,
)

CALENDAR = published()
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NOTICES = {
    2024: ("国办发明电〔2023〕7号", date(2023, 10, 25), 28, 8),
    2025: ("国办发明电〔2024〕12号", date(2024, 11, 12), 28, 5),
    2026: ("国办发明电〔2025〕7号", date(2025, 11, 4), 33, 6),
}


def at(day: str, clock: str = "10:00", zone: ZoneInfo = SHANGHAI) -> datetime:
    """Return a local moment."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)


def due(end: datetime) -> str:
    """Return the local day that an end closes; the end must be a local midnight."""
    local = end.astimezone(SHANGHAI)
    assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return str(local.date() - DAY)


def ends(start: datetime, text: str, *pauses: Span, generous: bool = False) -> End:
    """Return the end by the shipped calendar."""
    return CALENDAR.ends(start, length(text), generous=generous, pauses=pauses)


# The shipped years


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_agrees_with_two_libraries(year: int) -> None:
    """Every day of a shipped year is a working day exactly when two independent libraries say so."""
    china = holidays.country_holidays("CN", years=[year])
    day = date(year, 1, 1)
    while day.year == year:
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day) == china.is_working_day(day), day
        day += DAY


@pytest.mark.parametrize("year", NOTICES)
def test_a_year_names_its_notice(year: int) -> None:
    """A shipped year has the number and date of its notice, and as many rest and make-up days as the notice
    gives."""
    loaded = CALENDAR.years[year]
    days = loaded.days().values()
    assert (loaded.notice, loaded.published, list(days).count(False), list(days).count(True)) == NOTICES[year]
    assert loaded.make_up == {
        day for day in holidays.country_holidays("CN", years=[year]).weekend_workdays if day.year == year
    }


def test_a_year_is_a_frozen_value() -> None:
    """A loaded year cannot be changed."""
    with pytest.raises(FrozenInstanceError):
        CALENDAR.years[2026].notice = "x"  # type: ignore[misc]
    assert hash(CALENDAR.years[2026])


def test_only_years_with_a_notice_are_known() -> None:
    """Only years with a published notice are known."""
    assert [year for year in range(2020, 2030) if CALENDAR.knows(year)] == [2024, 2025, 2026]


# The golden vectors


@pytest.mark.parametrize(
    ("start", "five", "seven", "fifteen", "strict", "generous"),
    [
        ("2026-02-12", "2026-02-26", "2026-02-28", "2026-03-11", "2026-04-13", "2026-04-13"),
        ("2026-04-29", "2026-05-09", "2026-05-12", "2026-05-22", "2026-06-28", "2026-06-29"),
        ("2026-09-24", "2026-10-09", "2026-10-12", "2026-10-22", "2026-11-23", "2026-11-23"),
    ],
)
@pytest.mark.parametrize("clock", ["00:00", "00:01", "10:00", "23:59"])
def test_agreed_vectors_are_reproduced(
    start: str, five: str, seven: str, fifteen: str, strict: str, generous: str, clock: str
) -> None:
    """The agreed vectors are reproduced, at any time of the start day."""
    begun = at(start, clock)
    assert [due(ends(begun, text).at) for text in ("5w", "7w", "15w")] == [five, seven, fifteen]
    end = ends(begun, "60d")
    assert (due(end.at), due(end.strict), due(end.generous), end.reading) == (
        strict,
        strict,
        generous,
        "strict",
    )
    end = ends(begun, "60d", generous=True)
    assert (due(end.at), due(end.strict), due(end.generous), end.reading) == (
        generous,
        strict,
        generous,
        "generous",
    )


def test_a_day_ends_at_the_next_midnight_in_utc() -> None:
    """A day ends at 24:00 local, stored as an instant in UTC."""
    end = ends(at("2026-03-02"), "1d").at
    assert (end, end.tzinfo) == (datetime(2026, 3, 3, 16, tzinfo=UTC), UTC)


def test_make_up_day_takes_a_rolled_end() -> None:
    """A generous end on a make-up Saturday stays there; on a rest day it rolls, if necessary over a whole
    holiday."""
    assert due(ends(at("2026-02-21"), "7d", generous=True).at) == "2026-02-28"
    assert due(ends(at("2026-02-08"), "7d", generous=True).at) == "2026-02-24"


def test_work_by_is_the_last_working_day() -> None:
    """A strict end on a rest day is worked by the end of the last working day before; a make-up day counts as
    one."""
    assert due(ends(at("2026-04-29"), "60d").work_by) == "2026-06-26"
    assert due(ends(at("2026-02-02"), "14d").work_by) == "2026-02-14"


def test_a_run_without_a_working_day_is_worked_by_its_end() -> None:
    """Goods returned at the start of Spring Festival are due before anybody works again: the warning comes no
    day before the start."""
    end = ends(at("2026-02-15"), "7d")
    assert (due(end.at), end.work_by) == ("2026-02-22", end.at)


def test_a_pause_on_the_due_day_ends_after_it() -> None:
    """A case paused on Friday, its last day, and resumed on Saturday or Monday is due on Monday."""
    start, since = at("2026-03-05"), at("2026-03-06")
    assert due(ends(start, "1w", Span(since, at("2026-03-07"))).at) == "2026-03-09"
    assert due(ends(start, "1w", Span(since, at("2026-03-09", "23:00"))).at) == "2026-03-09"


def test_an_end_over_an_unpublished_new_year() -> None:
    """Working days that reach into 2027 are counted by the ordinary week and the statutory holidays, and
    marked; hours and ends within 2026 are not."""
    end = ends(at("2026-12-28"), "5w")
    assert (due(end.at), end.provisional) == ("2027-01-05", True)
    assert not ends(at("2026-12-28"), "3w").provisional
    assert not ends(at("2026-12-31"), "24h").provisional
    assert ends(at("2026-12-28"), "5d", generous=True).provisional


# Local hours


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-02T10:00", "2026-03-02T14:00"),
        ("2026-03-02T17:00", "2026-03-02T21:00"),  # all of it before the evening: not 08:00 of the next day
        ("2026-03-02T18:30", "2026-03-03T09:30"),
        ("2026-03-02T21:00", "2026-03-03T12:00"),
        ("2026-03-02T23:59", "2026-03-03T12:00"),
        ("2026-03-03T03:00", "2026-03-03T12:00"),
        ("2026-02-16T20:00", "2026-02-17T11:00"),  # Spring Festival: somebody is on duty
    ],
)
def test_telling_counts_only_when_people_may_be_called(start: str, end: str) -> None:
    """Hours of the policy's unit `l` stop from 21:00 to 08:00, and run on holidays."""
    begun = datetime.fromisoformat(start).replace(tzinfo=SHANGHAI)
    assert ends(begun, "4l").at.astimezone(SHANGHAI).replace(tzinfo=None) == datetime.fromisoformat(end)


# Ladders


@pytest.mark.parametrize(
    ("moment", "step", "expected"),
    [
        ("2026-03-04T00:00", "+2w", "2026-03-06T00:00"),  # due Tuesday: the end of Thursday
        ("2026-03-07T00:00", "+2w", "2026-03-11T00:00"),  # due Friday: the end of Tuesday
        ("2026-02-15T00:00", "+1w", "2026-02-25T00:00"),  # due before Spring Festival
        ("2026-03-04T00:00", "+5d", "2026-03-09T00:00"),
        ("2026-03-04T00:00", "+4h", "2026-03-04T04:00"),
        ("2026-03-04T00:00", "-4h", "2026-03-03T20:00"),
        ("2026-03-04T10:30", "3m", "2026-03-04T10:33"),
        ("2026-03-04T20:00", "+4l", "2026-03-05T11:00"),
        ("2026-03-07T00:00", "-2w", "2026-03-04T09:00"),  # worked by Friday: Wednesday morning
        ("2026-03-11T00:00", "-2w", "2026-03-06T09:00"),  # worked by Tuesday: Friday morning
        # over Spring Festival, from one make-up Saturday to the other
        ("2026-03-01T00:00", "-5w", "2026-02-14T09:00"),
        ("2026-03-07T00:00", "-3d", "2026-03-03T09:00"),
    ],
)
def test_ladder_steps_fall_on_days_hours_or_mornings(moment: str, step: str, expected: str) -> None:
    """Steps after the due moment are whole (working) days or clock hours; steps before it go at 09:00
    local."""
    shifted = CALENDAR.shifted(
        datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI), length(step), SHANGHAI
    )
    assert shifted.astimezone(SHANGHAI).replace(tzinfo=None) == datetime.fromisoformat(expected)
    assert shifted.tzinfo is UTC


def test_reminders_go_at_nine_in_the_morning() -> None:
    """Reminders go at 09:00 local time of a calendar day after the start day."""
    assert CALENDAR.morning(at("2026-03-02", "23:59"), 4, SHANGHAI) == at("2026-03-06", "09:00")
    assert CALENDAR.morning(at("2026-03-03", "00:01"), 4, SHANGHAI) == at("2026-03-07", "09:00")


def test_summer_time_keeps_local_midnights() -> None:
    """A zone with summer time keeps local midnights and mornings; hours stay clock hours."""
    berlin = ZoneInfo("Europe/Berlin")
    start = at("2026-03-28", "12:00", berlin)
    assert CALENDAR.ends(start, length("1d"), zone=berlin).at == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert CALENDAR.ends(start, length("24h"), zone=berlin).at == datetime(2026, 3, 29, 11, tzinfo=UTC)
    assert CALENDAR.ends(start, length("13l"), zone=berlin).at == datetime(2026, 3, 29, 10, tzinfo=UTC)
    assert CALENDAR.morning(start, 1, berlin) == datetime(2026, 3, 29, 7, tzinfo=UTC)


# Refusals


@pytest.mark.parametrize(
    "rest",
    [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), date(2026, 12, 7)),
        (date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_a_calendar_without_working_time_is_refused(rest: tuple[date, date]) -> None:
    """A calendar in which a year or a month has no working day is refused when loaded."""
    with pytest.raises(NoWorkingTime):
        Calendar({2026: Year("试", date(2025, 11, 4), (Holiday("长假", *rest),))})


@pytest.mark.parametrize("make_up", [date(2026, 1, 3), date(2026, 1, 5), date(2025, 6, 7)])
def test_a_notice_that_contradicts_itself_is_refused(make_up: date) -> None:
    """A make-up day is neither a holiday, nor an ordinary working day, nor of another year."""
    with pytest.raises(ValueError, match=str(make_up)):
        Calendar(
            {
                2026: Year(
                    "试",
                    date(2025, 11, 4),
                    (Holiday("元旦", date(2026, 1, 1), date(2026, 1, 3)),),
                    frozenset({make_up}),
                )
            }
        )


@pytest.mark.parametrize("year", [2027, 2028, 2029, 2030])
def test_a_year_without_a_notice_has_its_statutory_holidays(year: int) -> None:
    """The statutory holidays match an independent library, without the days off in lieu that only a notice
    gives."""
    known = {
        day
        for day, name in holidays.country_holidays("CN", years=year, language="en_US").items()
        if "observed" not in name
    }
    assert statutory(year) == known
    free = [
        day
        for n in range(366)
        if (day := date(year, 1, 1) + n * DAY).year == year and not CALENDAR.is_working(day)
    ]
    assert {day for day in free if day.weekday() < 5} == {day for day in known if day.weekday() < 5}


def test_a_year_with_a_notice_has_what_the_notice_gives() -> None:
    """Only the notice decides, even where the law names other days."""
    calendar = Calendar(
        {2027: Year("试", date(2026, 11, 4), (Holiday("元旦", date(2027, 1, 1), date(2027, 1, 3)),))}
    )
    assert not calendar.is_working(date(2027, 1, 1))
    assert calendar.is_working(date(2027, 6, 9))


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 10, 31), None),
        (date(2026, 11, 1), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
        (date(2027, 12, 1), 2027),
    ],
)
def test_a_calendar_is_missed_from_the_first_of_november(today: date, year: int | None) -> None:
    """The next year's calendar is missed from 1 November, and after New Year the same one; before that none
    is."""
    assert CALENDAR.missing(today) == year


FILE = """notice = "国办发明电〔2026〕1号"
published = 2026-11-04
make_up = [{make_up}]
rest = [{{ name = "元旦", since = {since}, until = {until} }}]
"""


@pytest.mark.parametrize(
    ("since", "until", "make_up", "why"),
    [
        ("2026-01-01", "2026-01-03", "", "outside 2027: 2026-01-01"),
        ("2028-05-01", "2028-05-02", "", "outside 2027: 2028-05-01"),
        ("2027-01-01", "2027-01-03", "2027-01-02", "not rest days that could be worked instead: 2027-01-02"),
        ("2027-01-03", "2027-01-01", "", "ends before it begins: 元旦"),
    ],
)
def test_a_wrong_file_is_refused_by_what_is_wrong(since: str, until: str, make_up: str, why: str) -> None:
    """A file is refused if its year is wrong, a day is both holiday and working day, or a holiday ends before
    it begins. The error names the notice and the days, and nothing is loaded."""
    year = year_of(FILE.format(since=since, until=until, make_up=make_up))
    with pytest.raises(ValueError, match=f"国办发明电〔2026〕1号: {why}"):
        Calendar({**CALENDAR.years, 2027: year})


def test_a_notice_may_reach_over_new_year() -> None:
    """A notice may set the last days of the year before; the years are loaded in any order."""
    year = Year(
        "试",
        date(2026, 11, 4),
        (Holiday("元旦", date(2026, 12, 31), date(2027, 1, 2)),),
        frozenset({date(2026, 12, 26)}),
    )
    calendar = Calendar({2027: year, **CALENDAR.years})
    assert calendar.is_working(date(2026, 12, 26))
    assert not calendar.is_working(date(2026, 12, 31))
    assert not calendar.ends(at("2026-12-28"), length("5w")).provisional


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("24h", Length(24, "h")),
        ("15d", Length(15, "d")),
        ("2w", Length(2, "w")),
        ("4l", Length(4, "l")),
        ("3m", Length(3, "m")),
        ("-2w", Length(-2, "w")),
        ("+4h", Length(4, "h")),
    ],
)
def test_length_is_a_number_and_a_unit(text: str, value: Length) -> None:
    """A length is a number and a unit."""
    assert length(text) == value


@pytest.mark.parametrize("text", ["", "h", "24", "2 w", "2y", "1.5h", "2w ", "2w\n", "２w", "--2w", "99999d"])
def test_other_lengths_are_refused(text: str) -> None:
    """Every other text is refused."""
    with pytest.raises(ValueError, match="not a length"):
        length(text)


@pytest.mark.parametrize("span", [Length(0, "d"), Length(-2, "w"), Length(0, "h")])
def test_a_run_has_a_length(span: Length) -> None:
    """A run of no or negative length is refused."""
    with pytest.raises(ValueError, match="has a length"):
        CALENDAR.ends(at("2026-03-02"), span)


@pytest.mark.parametrize("text", ["1d", "1w", "1h", "1l"])
def test_a_running_pause_has_no_end(text: str) -> None:
    """A pause without an end raises `ValueError`."""
    with pytest.raises(ValueError, match="no end"):
        ends(at("2026-03-02"), text, Span(at("2026-03-02", "12:00"), None))


@pytest.mark.parametrize(
    "count",
    [
        lambda moment: CALENDAR.ends(moment, Length(1, "d")),
        lambda moment: CALENDAR.ends(
            at("2026-03-02"), Length(1, "d"), pauses=[Span(moment, at("2026-03-03"))]
        ),
        lambda moment: CALENDAR.shifted(moment, Length(1, "h")),
        lambda moment: CALENDAR.morning(moment, 1),
        stamp,
    ],
    ids=["start", "pause", "step", "morning", "stamp"],
)
def test_an_instant_needs_a_zone(count: Callable[[datetime], object]) -> None:
    """A moment without a time zone is refused everywhere."""
    with pytest.raises(ValueError, match="time zone"):
        count(datetime(2026, 3, 2))


# Timestamps

ANY_INSTANT = st.datetimes(
    datetime(1000, 1, 2),
    datetime(9999, 12, 30),
    timezones=st.sampled_from([UTC, SHANGHAI, timezone(-5 * HOUR)]),
)


@given(ANY_INSTANT)
def test_a_stamp_is_read_back(moment: datetime) -> None:
    """`instant` reads a text of `stamp` back as the same moment, in whole seconds and UTC."""
    text = stamp(moment)
    read = instant(text)
    assert (len(text), text[-1], read.tzinfo) == (20, "Z", UTC)
    assert timedelta(0) <= moment - read < timedelta(seconds=1)
    assert stamp(read) == text


@given(ANY_INSTANT, ANY_INSTANT)
def test_stamps_sort_as_time_does(one: datetime, other: datetime) -> None:
    """Timestamps sort as text in the order of their seconds."""
    seconds = [moment.astimezone(UTC).replace(microsecond=0) for moment in (one, other)]
    assert (stamp(one) < stamp(other)) == (seconds[0] < seconds[1])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "2026-03-02T10:00:00",
        "2026-03-02T10:00:00+08:00",
        "2026-03-02T10:00:00.5Z",
        "2026-03-02 10:00:00Z",
        "20260302T100000Z",
        "2026-02-30T10:00:00Z",
    ],
)
def test_other_timestamps_are_refused(text: str) -> None:
    """A text that `stamp` would not write is refused."""
    with pytest.raises(ValueError, match=r".*"):
        instant(text)


def test_fifteen_working_days_are_counted_within_50_microseconds() -> None:
    """Fifteen working days over Spring Festival are counted well within the 50 µs that a case with many
    clocks can bear."""
    start, span = at("2026-02-12"), Length(15, "w")
    assert min(timeit.repeat(lambda: CALENDAR.ends(start, span), number=100, repeat=5)) / 100 < 50e-6

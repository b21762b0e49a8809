"""Telephone hours of a team: when it is open, which mistakes are refused, and how the hours are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.phone_hours import MIDNIGHT, PhoneHours, day_of_week, fault, is_open
from chalicelib.locale.formats import phone_hours

WORK = tuple(PhoneHours(day, time(9), time(17, 30)) for day in range(1, 6))


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (datetime(2026, 2, 12, 1), True),  # Thursday 09:00 in Shanghai
        (datetime(2026, 2, 12, 0, 59, 59), False),
        (datetime(2026, 2, 12, 9, 29, 59), True),
        (datetime(2026, 2, 12, 9, 30), False),
        (datetime(2026, 2, 7, 2), False),  # an ordinary Saturday
        (datetime(2026, 2, 14, 2), True),  # a Saturday that is worked instead of a holiday
        (datetime(2026, 2, 17, 2), False),  # Tuesday, Spring Festival
    ],
)
def test_team_is_open_on_working_days_in_local_time(moment: datetime, open_: bool) -> None:
    """Holidays follow Sunday, weekend days that are worked instead follow Monday."""
    assert is_open(WORK, moment.replace(tzinfo=UTC)) is open_


def test_hours_until_midnight_cover_the_last_minute() -> None:
    """An end of 00:00 is the midnight after the day, not the one before."""
    night = (PhoneHours(4, time(18), MIDNIGHT),)
    assert is_open(night, datetime(2026, 2, 12, 15, 59, tzinfo=UTC))
    assert not is_open(night, datetime(2026, 2, 12, 16, tzinfo=UTC))
    assert not fault(night)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_team_open_every_day_is_never_closed(day: date) -> None:
    """One of the seven lists applies to every day, also to holidays and weekend days that are worked."""
    always = [PhoneHours(n, MIDNIGHT, MIDNIGHT) for n in range(1, 8)]
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert 1 <= day_of_week(day) <= 7
    assert all(is_open(always, start + n * timedelta(hours=1)) for n in range(24))


@pytest.mark.parametrize(
    ("code", "hours"),
    [
        ("phone_hours_day", [PhoneHours(0, time(9), time(17))]),
        ("phone_hours_day", [PhoneHours(8, time(9), time(17))]),
        ("hours_reversed", [PhoneHours(1, time(17), time(9))]),
        ("hours_reversed", [PhoneHours(1, time(9), time(9))]),
        ("phone_hours_overlap", [PhoneHours(1, time(12), time(14)), PhoneHours(1, time(9), time(13))]),
        ("phone_hours_overlap", [PhoneHours(1, time(9), MIDNIGHT), PhoneHours(1, time(13), time(14))]),
        ("", [PhoneHours(1, time(9), time(12)), PhoneHours(1, time(12), time(14))]),
        ("", [PhoneHours(1, time(9), time(12)), PhoneHours(2, time(9), time(12))]),
        ("", []),
    ],
)
def test_faulty_hours_are_named(code: str, hours: list[PhoneHours]) -> None:
    """Unknown days, reversed and overlapping hours have a code; hours that touch are valid."""
    assert fault(hours) == code


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (
            WORK,
            "周一至周五09:00–17:30，法定节假日除外",
            "Monday to Friday 09:00–17:30 Beijing time, not on public holidays",
        ),
        (
            (*WORK, PhoneHours(6, time(10), MIDNIGHT), PhoneHours(7, time(10), MIDNIGHT)),
            "周一至周五09:00–17:30；周六、周日10:00–24:00，法定节假日按周日的时间",
            "Monday to Friday 09:00–17:30; Saturday and Sunday 10:00–24:00"
            " Beijing time, on public holidays as on Sunday",
        ),
        (
            [PhoneHours(day, time(8), time(20)) for day in range(1, 8)],
            "每天08:00–20:00",
            "every day 08:00–20:00 Beijing time",
        ),
        (
            [PhoneHours(3, time(13), time(17)), PhoneHours(3, time(9), time(12))],
            "周三09:00–12:00、13:00–17:00，法定节假日除外",
            "Wednesday 09:00–12:00 and 13:00–17:00 Beijing time, not on public holidays",
        ),
        ((), "", ""),
    ],
)
def test_hours_in_words(hours: list[PhoneHours], zh: str, en: str) -> None:
    """Days with equal hours are named together, in the order of the day and not of the input."""
    assert (phone_hours("zh", hours), phone_hours("en", hours)) == (zh, en)

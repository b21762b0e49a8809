"""Tests of the days and moments that people type."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.written_time import day_written, moment_written, written
from chalicelib.locale.formats import LANGUAGES, date_called, moment

TODAY = date(2026, 3, 12)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-15",
        "2026/3/15",
        "2026.3.15",
        "20260315",
        "2026年3月15日",
        "2026年3月15日（星期日）",
        "２０２６年３月１５日",
        "3月15日",
        "3月15号",
        "三月十五号",
        "二〇二六年三月十五日",
        "2026年3月15号",
        "二〇二六年三月十五号",
        "15 March 2026",
        "Sunday 15 March 2026",
        "Mar 15, 2026",
        "15 march",
    ],
)
def test_a_day_is_read_in_any_usual_form(text: str) -> None:
    """Each form names 15 March 2026."""
    assert day_written(text, TODAY) == date(2026, 3, 15)


@pytest.mark.parametrize(
    ("text", "day"),
    [("今天", 12), ("昨天", 11), ("明天", 13), ("tomorrow", 13), ("yesterday", 11), ("后天", 14)],
)
def test_a_day_beside_today_is_read_by_its_name(text: str, day: int) -> None:
    """Words such as yesterday count from today."""
    assert day_written(text, TODAY) == date(2026, 3, day)


def test_a_day_without_year_is_the_nearest() -> None:
    """A day of December that is named in January is of the year before, and the other way round."""
    assert day_written("12月28日", date(2026, 1, 5)) == date(2025, 12, 28)
    assert day_written("1月5日", date(2026, 12, 28)) == date(2027, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-02-30",
        "15/3",
        "3月",
        "2026-03",
        "13月1日",
        "32 March 2026",
        "2026-03-15 09:30",
        "99999999",
    ],
)
def test_what_names_no_day_is_not_read(text: str) -> None:
    """A text that names no single day gives None."""
    assert day_written(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2026-03-15 09:30", 9, 30),
        ("2026-03-15T09:30", 9, 30),
        ("2026-03-15 9:30:00", 9, 30),
        ("2026年3月15日（星期日）09:30", 9, 30),
        ("2026年3月15日上午9点半", 9, 30),
        ("3月15日 下午3点", 15, 0),
        ("3月15日晚上8:05", 20, 5),
        ("星期日 三月十五日下午两点半", 14, 30),
        ("３月十五日二十三点五十九分", 23, 59),
        ("2026/3/15 15：30", 15, 30),
        ("Sunday 15 March 2026, 09:30", 9, 30),
        ("15 March 2026 3:30 pm", 15, 30),
        ("2026-03-15 12:00 am", 0, 0),
        ("2026-03-14 24:00", 0, 0),
    ],
)
def test_a_moment_is_read_in_any_usual_form(text: str, hour: int, minute: int) -> None:
    """Each form names a time on 15 March 2026 in China; 24:00 is the end of the day before."""
    assert moment_written(text, TODAY) == datetime(2026, 3, 15, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-15",
        "09:30",
        "2026-03-15 24:01",
        "2026-03-15 25:00",
        "2026-03-15 9",
        "later",
        "三月十五日",
        "十点",
        "十五",
        "三月十五日二十五点",
        "2026-03-15 09:61",
    ],
)
def test_a_day_or_a_time_alone_is_no_moment(text: str) -> None:
    """A moment needs a day and a time of day that a clock shows."""
    assert moment_written(text, TODAY) is None


def test_a_moment_with_a_zone_keeps_it() -> None:
    """A program may post the zone."""
    assert moment_written("2026-03-15T01:30:00Z", TODAY) == datetime(2026, 3, 15, 1, 30, tzinfo=UTC)


@given(strategies.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)))
def test_what_pages_and_forms_write_is_read_back(local: datetime) -> None:
    """A form reads its own form of a moment, and what pages show in both languages."""
    at = local.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    assert moment_written(written(at), TODAY) == at
    for language in LANGUAGES:
        assert moment_written(moment(language, at), TODAY) == at, language
        assert day_written(date_called(language, at.date()), TODAY) == at.date(), language


@given(strategies.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Any text gives a moment within a day of the calendar, or None."""
    for found in (moment_written(text, TODAY), day_written(text, TODAY)):
        assert found is None or found - found == timedelta()


def test_a_long_text_is_not_read() -> None:
    """A text of many numbers is refused at once, because reading it would take minutes."""
    assert moment_written("1 " * 100_000, TODAY) is None
    assert day_written("1 " * 100_000, TODAY) is None

"""Dates as people write them: the first and the last day that they can mean."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.happened import span

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-05-03", "2026-05-03", "2026-05-03"),
        ("2026/5/3", "2026-05-03", "2026-05-03"),
        ("20260503", "2026-05-03", "2026-05-03"),
        ("2026年5月3日", "2026-05-03", "2026-05-03"),
        ("二〇二六年五月三号", "2026-05-03", "2026-05-03"),
        ("５月３号", "2026-05-03", "2026-05-03"),
        ("12月3日", "2025-12-03", "2025-12-03"),
        ("去年12月3号", "2025-12-03", "2025-12-03"),
        ("3 May 2026", "2026-05-03", "2026-05-03"),
        ("May 3rd, 2026", "2026-05-03", "2026-05-03"),
        ("on the 3rd of May", "2026-05-03", "2026-05-03"),
        ("昨天", "2026-11-29", "2026-11-29"),
        ("yesterday", "2026-11-29", "2026-11-29"),
        ("上周三", "2026-11-25", "2026-11-25"),
        ("5月左右", "2026-04-16", "2026-06-15"),
        ("大概5月3号", "2026-04-30", "2026-05-06"),
        ("around 3 May", "2026-04-30", "2026-05-06"),
        ("5月", "2026-05-01", "2026-05-31"),
        ("十一月", "2026-11-01", "2026-11-30"),
        ("5月初", "2026-05-01", "2026-05-10"),
        ("去年2月底", "2025-02-21", "2025-02-28"),
        ("early May", "2026-05-01", "2026-05-10"),
        ("mid-May 2025", "2025-05-11", "2025-05-20"),
        ("end of February last year", "2025-02-21", "2025-02-28"),
        ("last December", "2025-12-01", "2025-12-31"),
        ("in December", "2025-12-01", "2025-12-31"),
        ("last spring", "2026-03-01", "2026-05-31"),
        ("spring 2025", "2025-03-01", "2025-05-31"),
        ("last autumn", "2025-09-01", "2025-11-30"),
        ("last winter", "2025-12-01", "2026-02-28"),
        ("去年春天", "2025-03-01", "2025-05-31"),
        ("今年夏天的时候", "2026-06-01", "2026-08-31"),
        ("去年年底", "2025-11-01", "2025-12-31"),
        ("今年上半年", "2026-01-01", "2026-06-30"),
        ("国庆期间", "2026-10-01", "2026-10-08"),
        ("去年双十一", "2025-11-11", "2025-11-11"),
        ("christmas", "2025-12-24", "2025-12-26"),
        ("去年", "2025-01-01", "2025-12-31"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024年", "2024-01-01", "2024-12-31"),
        ("last week", "2026-11-23", "2026-11-29"),
        ("上个月", "2026-10-01", "2026-10-31"),
        ("两个月前", "2026-09-16", "2026-10-16"),
        ("about two months ago", "2026-09-01", "2026-10-31"),
        ("三天前", "2026-11-27", "2026-11-27"),
        ("a week ago", "2026-11-20", "2026-11-26"),
    ],
)
def test_written_date_is_read_as_its_possible_days(written: str, first: str, last: str) -> None:
    """Exact dates are one day. Without a year the latest one that is not in the future is meant."""
    assert span(written, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "written",
    ["", "不记得了", "孩子上学那阵", "when my mother was ill", "3/5", "31 April", "2026-13-45", "5" * 99],
)
def test_other_words_are_not_read(written: str) -> None:
    """An ambiguous date is no date either."""
    assert span(written, TODAY) is None


@given(
    written=st.text(max_size=70) | st.text("0123456789年月日号上中下旬去前今春初底 -/.last may", max_size=20),
    today=st.dates(date(2024, 1, 1), date(2040, 12, 31)),
)
def test_any_text_is_a_span_or_none(written: str, today: date) -> None:
    """A span never ends before it begins, and ends after today only if it begins after it."""
    found = span(written, today)
    assert found is None or found.first <= found.last
    assert found is None or found.last <= max(found.first, today)

"""What the public is told: nothing from which a small number can be reckoned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product

from hypothesis import given, strategies as st

from chalicelib.figures.editions import LEAST, Cells, alone, closed_months, hidden, share


def consistent(cells: Cells, total: int, least: int) -> Iterator[dict[str, int]]:
    """Every table that would be published in this very way, as somebody finds them who knows the total and
    how tables are hidden."""
    gone = [code for code, n in cells.items() if n is None]
    rest = total - sum(n for n in cells.values() if n)
    for tried in product(range(1, rest + 1), repeat=max(len(gone) - 1, 0)):
        if gone and rest - sum(tried) >= 1:
            table = {**cells, **dict(zip(gone, (*tried, rest - sum(tried)), strict=True))}
            if hidden(table, least) == cells:
                yield table


@given(st.lists(st.integers(0, 12), min_size=2, max_size=4))
def test_nobody_can_reckon_what_is_hidden(numbers: list[int]) -> None:
    """Of every hidden cell at least two values fit all that is published, the total among it; and a table
    that shows nothing is published without its total where that is small itself."""
    least = 4
    table = {f"c{n}": said for n, said in enumerate(numbers)}
    shown = hidden(table, least)
    assert all(n in (None, table[code]) for code, n in shown.items())
    assert not [code for code, n in table.items() if 0 < n < least and shown[code] is not None]
    if sum(numbers) >= least:
        found = [*consistent(shown, sum(numbers), least)]
        for code in (code for code, n in shown.items() if n is None):
            assert len({each[code] for each in found}) > 1, (table, shown)


def test_a_share_is_rounded_as_far_as_hides_ten() -> None:
    """Of a thousand to the percent, of fifty to twenty, of nine not at all."""
    assert share(987, 1000) == {"percent": 99, "rounded_to": 1}
    assert share(49, 50) == {"percent": 100, "rounded_to": 20}
    assert share(9, 9) is None
    assert alone({"a": 3, "b": LEAST, "c": 0}) == {"a": None, "b": LEAST, "c": 0}


def test_a_month_is_told_when_it_is_over_and_whole() -> None:
    """Not before its last day in China is over, and not while one of its days is missing; one without
    complaints is told as that."""
    rows = [{"month": date(2026, 1, 1), "facet": "all", "code": "all", "n": 12}]
    names = ("received", "closed", "promises", "causes", "times", "decisions", "survey")
    found = {name: rows if name == "received" else [] for name in names}

    def told(now: datetime, *missing: date) -> list[str]:
        return [month for month, _ in closed_months(found, now, missing)]

    assert told(datetime(2026, 1, 31, 15, tzinfo=UTC)) == []
    assert told(datetime(2026, 2, 1, 1, tzinfo=UTC)) == ["2026-01"]
    assert told(datetime(2026, 4, 2, tzinfo=UTC), date(2026, 2, 3)) == ["2026-01"]
    assert told(datetime(2026, 4, 2, tzinfo=UTC)) == ["2026-01", "2026-02", "2026-03"]
    assert dict(closed_months(found, datetime(2026, 3, 2, tzinfo=UTC), ()))["2026-02"]["received"] == 0

"""Published figures: no small number can be computed from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product

from hypothesis import example, given, strategies as st

from chalicelib.figures.editions import (
    LEAST,
    PARTS,
    Cells,
    closed_months,
    edition,
    hidden,
    hide_unsafe,
    share,
)


def consistent(cells: Cells, total: int, least: int) -> Iterator[dict[str, int]]:
    """Yield every table that would be published as these cells, as a reader who knows the total and the
    hiding rule finds them."""
    gone = [code for code, n in cells.items() if n is None]
    rest = total - sum(n for n in cells.values() if n)
    for tried in product(range(1, rest + 1), repeat=max(len(gone) - 1, 0)):
        if gone and rest - sum(tried) >= 1:
            table = {**cells, **dict(zip(gone, (*tried, rest - sum(tried)), strict=True))}
            if hidden(table, least) == cells:
                yield table


@given(st.lists(st.integers(0, 12), min_size=2, max_size=4))
@example([12, 12, 3, 0])
@example([1, 1, 1, 12, 1])
@example([3, 3, 12, 4])
def test_hidden_cell_cannot_be_calculated(numbers: list[int]) -> None:
    """At least two values of each hidden cell fit the published cells and total. A table is published only
    with a shown cell."""
    least = 4
    table = {f"c{n}": said for n, said in enumerate(numbers)}
    shown = hidden(table, least)
    assert all(n in (None, table[code]) for code, n in shown.items())
    assert not [code for code, n in table.items() if 0 < n < least and shown[code] is not None]
    if any(shown.values()):
        found = [*consistent(shown, sum(numbers), least)]
        for code in (code for code, n in shown.items() if n is None):
            assert len({each[code] for each in found}) > 1, (table, shown)


CODES = {
    "type": ("quality", "price", "other"),
    "channel": ("web", "phone", "post"),
    "class": ("food", "daily", None),
    "right": ("know", "safety", None),
    "outcome": ("fulfilled", "withdrawn", None),
}
MONTH = date(2026, 1, 1)
lives = st.tuples(
    st.integers(1, 12), st.fixed_dictionaries({k: st.sampled_from(v) for k, v in CODES.items()})
)
"""A number of identical complaints: their type, channel, class, right and outcome."""


@given(st.lists(lives, min_size=1, max_size=4))
def test_tables_of_a_month_reveal_no_hidden_cell(alike: list[tuple[int, dict[str, str | None]]]) -> None:
    """All tables of a month count the same complaints. Every shown number, and every difference of shown
    numbers, is 0 or at least 10. At least two values fit each hidden cell."""

    def counted(facet: str, **by: str) -> list[dict[str, object]]:
        name = next(iter(by.values()), "code")
        codes = ((n, each.get(facet, "all")) for n, each in alike)
        return [
            {"month": MONTH, "team": "", "facet": facet if name == "code" else "all", name: code, "n": n}
            for n, code in codes
            if code
        ]

    found = {
        "received": [row for facet in ("all", *PARTS, "right") for row in counted(facet)],
        "closed": counted("outcome", by="outcome"),
        **{name: [] for name in ("promises", "causes", "times", "decisions", "survey")},
    }
    told = edition(found, MONTH)
    total, tables = told["received"], told["tables"]
    assert total is None or total >= LEAST
    for name, cells in tables.items():
        shown = [n for n in cells.values() if n]
        whole = sum(n for n, each in alike if each["outcome"]) if name == "closed_by_outcome" else total
        assert not shown or whole, "a table is shown without its total"
        left = [whole - n for n in shown] if name == "received_by_right" else [(whole or 0) - sum(shown)]
        assert all(n >= LEAST or n == 0 for n in [*shown, *(left if shown else ())]), (name, cells)
        if shown and name != "received_by_right":
            fitting = [*consistent(cells, whole, LEAST)]
            for code in (code for code, n in cells.items() if n is None):
                assert len({each[code] for each in fitting}) > 1, (name, cells)


def test_a_share_is_rounded_as_far_as_hides_ten() -> None:
    """A share of 1,000 is rounded to 1 %, of 50 to 20 %; a share of 9 is hidden."""
    assert share(987, 1000) == {"percent": 99, "rounded_to": 1}
    assert share(49, 50) == {"percent": 100, "rounded_to": 20}
    assert share(9, 9) is None


def test_a_part_is_hidden_where_it_or_the_rest_is_small() -> None:
    """Counts by right overlap, so a cell is hidden if it or the rest of the complaints is small."""
    cells = {"few": 3, "half": 15, "most": 25, "all": 30, "none": 0}
    assert hide_unsafe(cells, 30) == {"few": None, "half": 15, "most": None, "all": 30, "none": 0}


def test_a_month_is_told_when_it_is_over_and_whole() -> None:
    """A month is published after its last day in China and only with all its days; a month without
    complaints is published too."""
    rows = [{"month": date(2026, 1, 1), "team": "", "facet": "all", "code": "all", "n": 12}]
    names = ("received", "closed", "promises", "causes", "times", "decisions", "survey")
    found = {name: rows if name == "received" else [] for name in names}

    def published_months(now: datetime, *missing: date) -> list[str]:
        return [month for month, _ in closed_months(found, now, missing)]

    assert published_months(datetime(2026, 1, 31, 15, tzinfo=UTC)) == []
    assert published_months(datetime(2026, 2, 1, 1, tzinfo=UTC)) == ["2026-01"]
    assert published_months(datetime(2026, 4, 2, tzinfo=UTC), date(2026, 2, 3)) == ["2026-01"]
    assert published_months(datetime(2026, 4, 2, tzinfo=UTC)) == ["2026-01", "2026-02", "2026-03"]
    assert dict(closed_months(found, datetime(2026, 3, 2, tzinfo=UTC), ()))["2026-02"]["received"] == 0

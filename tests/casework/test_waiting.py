"""Tests of reading several work lists as one, over random lists."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection

from hypothesis import given, strategies as st

from chalicelib.cases.waiting import MOST_QUERIES, LinesRead, ListLine, PooledLine, queries, read_together

OWN = "PERSON#lin"
LISTS = {
    OWN: "mine",
    "TEAM#a#lead": "lead",
    "TEAM#b#lead": "lead",
    "TEAM#a#intake": "intake",
    "TEAM#c": "team",
}
OTHERS = ["TEAM#d#lead", "TEAM#d#safety"]
"""Lists of other readers."""


class Store:
    """A store of the lines (list, time, case). A query of it reads fewer lines than it is asked for."""

    def __init__(self, rows: Collection[tuple[str, int, int]], most: int) -> None:
        self.rows = sorted({(f"2026-02-{at:02}", f"{ref:012}", listed) for listed, at, ref in rows})
        self.most, self.asked = most, 0

    def lines(self, listed: str, after: str | None, limit: int, waiting: bool = False) -> LinesRead:
        """Return some lines of one list."""
        key, _, ref = (after or "_").partition("_")
        rows = [row for row in self.rows if row[2] == listed]
        read = rows[bisect_right(rows, (key, ref, listed)) :]
        return self._read(ListLine, read, [listed], min(limit, self.most))

    def pooled_lines(self, lists: Collection[str], after: str | None, limit: int) -> LinesRead:
        """Return some lines of these lists, out of those of all roles."""
        key, ref, listed = (after or "__").replace(":", "#").split("_")
        rows = [row for row in self.rows if row[2] != OWN]
        return self._read(PooledLine, rows[bisect_right(rows, (key, ref, listed)) :], lists, self.most)

    def _read(
        self, kind: type[ListLine], rows: list[tuple[str, str, str]], lists: Collection[str], most: int
    ) -> LinesRead:
        self.asked += 1
        read = [kind(listed, ref, key, "received", "") for key, ref, listed in rows[:most]]
        end = read[-1].cursor if len(rows) > most else None
        return LinesRead([line for line in read if line.listed in lists], end, len(read))


@given(
    st.lists(
        st.tuples(st.sampled_from([*LISTS, *OTHERS]), st.integers(1, 9), st.integers(1, 40)), max_size=60
    ),
    st.sets(st.sampled_from([*LISTS]), min_size=1),
    st.integers(1, 9),
    st.integers(1, 9),
    st.booleans(),
)
def test_every_line_of_many_lists_comes_in_its_time(
    rows: list[tuple[str, int, int]], chosen: set[str], page: int, most: int, odd: bool
) -> None:
    """However many lists there are, however few lines a query or a page has, and whatever filter holds, each
    case of the lists comes, by time, and no other. A page costs at most three queries."""
    store, lists = Store(rows, most), {listed: LISTS[listed] for listed in LISTS if listed in chosen}
    wanted = {int(ref) for _, ref, listed in store.rows if listed in lists and (int(ref) % 2 or not odd)}
    found, after, pages = list[ListLine](), None, 0
    while pages == 0 or after:
        store.asked = 0
        one = read_together(store, lists, after, page, lambda _, line: bool(int(line.ref) % 2 or not odd))
        assert store.asked == len(queries(lists)) <= MOST_QUERIES
        assert len(one.lines) <= page
        found += (line for _, line in one.lines)
        assert all(name == lists[line.listed] for name, line in one.lines)
        after, pages = one.after, pages + 1
        assert pages <= len(store.rows) + 2
    assert {int(line.ref) for line in found} == wanted
    keys = [line.key for line in found]
    assert keys == sorted(keys)

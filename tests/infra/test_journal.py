"""The journal of the local run's table: it restores the last state of each item, wherever its file was cut
off."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings, strategies as st

from infra.local.journal import Change, Journal

ITEMS = st.none() | st.builds(lambda text: {"x": {"S": text}}, st.text())
CHANGES = st.builds(lambda key, item: ("table", "p", key, item), st.sampled_from("abc"), ITEMS)
REQUESTS = st.lists(st.lists(CHANGES, min_size=1, max_size=4), max_size=6)


def state(changes: list[Change]) -> dict[str, object]:
    """Return the items that exist after these changes."""
    items = {key: item for _, _, key, item in changes}
    return {key: item for key, item in items.items() if item is not None}


def flat(requests: list[list[Change]]) -> list[Change]:
    """Return the changes of several requests as one list."""
    return [change for request in requests for change in request]


@settings(max_examples=50, deadline=None)
@given(REQUESTS, REQUESTS, st.integers(0, 10_000))
def test_a_file_cut_off_anywhere_holds_whole_requests(
    before: list[list[Change]], after: list[list[Change]], cut: int
) -> None:
    """A reader gets the first requests, each whole, and every request that was written after the cut."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "items"
        journal = Journal(path)
        for request in before:
            journal.write(request)
        path.write_bytes(path.read_bytes()[:cut])
        again = Journal(path)
        for request in after:
            again.write(request)
        read = list(again.read())
        assert read in [flat(before[:whole] + after) for whole in range(len(before) + 1)]
        if cut >= sum(len(json.dumps(request)) + 1 for request in before):
            assert read == flat(before + after)


@given(REQUESTS, st.integers(0, 6))
def test_reading_again_what_was_read_before_changes_nothing(requests: list[list[Change]], first: int) -> None:
    """A full replay gives the last state, even over a state that already holds the first requests."""
    assert state(flat(requests[:first]) + flat(requests)) == state(flat(requests))


@settings(max_examples=25, deadline=None)
@given(REQUESTS, REQUESTS)
def test_a_file_written_anew_holds_the_same_items(
    before: list[list[Change]], after: list[list[Change]]
) -> None:
    """A rewritten file drops overtaken changes, and later changes can be appended."""
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "items")
        for request in before:
            journal.write(request)
        journal.rewrite(("table", "p", key, item) for key, item in state(flat(before)).items())
        for request in after:
            journal.write(request)
        assert state(list(journal.read())) == state(flat(before + after))


def test_journal_is_rewritten_once_mostly_outdated(tmp_path: Path) -> None:
    """A small journal is not full, and a rewritten one is full only after it has doubled. Else a large state
    would be written at every request."""
    journal = Journal(tmp_path / "items", largest=1000)
    change: Change = ("table", "p", "a", {"x": {"S": "y" * 400}})
    journal.write([change])
    assert not journal.full
    journal.write([change, change])
    assert journal.full
    journal.rewrite([change] * 5)
    assert not journal.full
    journal.write([change] * 4)
    assert not journal.full
    journal.write([change] * 2)
    assert journal.full

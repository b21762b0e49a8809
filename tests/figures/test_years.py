"""The limits of `make years`, on a small scale."""

from __future__ import annotations

from pathlib import Path
from subprocess import CalledProcessError

import duckdb
import pytest

from chalicelib.figures import lake as lakes
from chalicelib.figures.lake import MEGABYTES
from infra import template
from tests import costs, years
from tests.record_years import Sizes, check

COUNT, DAYS = 2_000, 58


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with generated facts and days that are not in them yet."""
    years.stored(folder := tmp_path_factory.mktemp("years"), COUNT, DAYS)
    return folder


def test_figures_are_computed_within_limits(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night for which DuckDB has no room fails and publishes nothing. The next one adds the new days to the
    facts, counts every complaint, and publishes the month that is over."""
    store = years.Disk(stored / "store")
    with monkeypatch.context() as small:
        small.setattr(lakes, "MEGABYTES", 20)
        small.setattr(lakes, "SPILL_MEGABYTES", 1)
        with pytest.raises(duckdb.OutOfMemoryException):
            years.night(store, stored / "local").night()
    assert [*store.keys("public/"), *store.keys("figures/")] == []
    took = years.limited("figures", 1_200, 120, str(stored))
    assert took.said == {"received": COUNT, "months": 2}
    assert [*(stored / "local").glob("lake-*")] == []


def test_more_memory_than_allowed_ends_the_run(stored: Path) -> None:
    """A run that wants more memory than its limit fails, so that the limit is a real one."""
    with pytest.raises(CalledProcessError):
        years.limited("figures", 60, 120, str(stored))


def test_record_is_checked_within_a_day() -> None:
    """Every open case is checked within a day. Of the closed ones, those whose turn it is are checked, the
    newest lists first."""
    said = check(Sizes(days=90, moved=20, newest=5, open=30))
    assert (said["open"], said["others"], said["lists"]) == (30, 60, 3)
    assert said["newest_first"]
    assert (said["open_lag_h"], said["others_lag_days"], said["changed"]) == (22, 0, 0)


def test_function_of_figures_has_room() -> None:
    """The function has more memory than DuckDB may use, and disk for what exceeds it."""
    assert costs.memory()["night"] >= 1.6 * MEGABYTES
    assert costs.memory()["night"] == years.MEGABYTES
    night = template.infrastructure()["Resources"]["Night"]["Properties"]
    assert night["EphemeralStorage"]["Size"] == 10_240

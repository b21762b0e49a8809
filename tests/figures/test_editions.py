"""Published figures: which months are published, and what each edition has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.figures.editions import IN_TIME, PROVISIONAL, edition, finished, finished_months
from chalicelib.figures.report import READ, WITHIN
from tests.figures.made import published_files


def test_a_month_is_told_when_it_is_over_and_no_day_is_missing() -> None:
    """A month is published after its last day in China. While any day is missing, no month is, as all figures
    could be wrong. A month without complaints is published too."""
    rows = [{"month": date(2026, 1, 1), "team": "", "facet": "all", "code": "all", "n": 12}]

    def months(now: datetime, *missing: date) -> list[str]:
        return [f"{month:%Y-%m}" for month in finished_months({"received": rows}, now, missing)]

    assert months(datetime(2026, 1, 31, 15, tzinfo=UTC)) == []
    assert months(datetime(2026, 2, 1, 1, tzinfo=UTC)) == ["2026-01"]
    assert months(datetime(2026, 4, 2, tzinfo=UTC)) == ["2026-01", "2026-02", "2026-03"]
    assert months(datetime(2026, 4, 2, tzinfo=UTC), date(2026, 2, 3)) == []


@pytest.mark.parametrize(("n", "first"), [(9, date(2025, 12, 1)), (10, date(1996, 11, 1))])
def test_months_before_records_began_need_ten_complaints(n: int, first: date) -> None:
    """A complaint whose year was mistyped makes no editions of decades. An import of earlier complaints makes
    those of its months."""
    numbers = {date(1996, 11, 1): n, date(2025, 11, 1): 1, date(2025, 12, 1): 1, date(2026, 1, 1): 300}
    rows = [
        {"month": month, "team": "", "facet": "all", "code": "all", "n": n} for month, n in numbers.items()
    ]
    found = {"received": rows, "begun": [{"day": date(2025, 12, 31)}]}
    assert next(finished_months(found, datetime(2026, 2, 2, tzinfo=UTC), ())) == first


def test_a_month_with_three_complaints_shows_no_number() -> None:
    """The edition of a month with three complaints has neither a count nor a time, a share or a score."""
    month = date(2026, 1, 1)
    row = {"month": month, "team": "", "facet": "all", "code": "all", "n": 3}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*READ, "clock")}
    found["received"] = [row, {**row, "facet": "type", "code": "quality"}]
    times = dict.fromkeys(("within_24h", *WITHIN, "median_hours", "p90_hours"), 0.5)
    found["times"] = [{**row, **times, "step": step} for step in ("acknowledged", "answered")]
    told = edition(found, month, PROVISIONAL, "2026-02-01")
    assert (told["received"], told["times"], told["satisfaction"]) == (None, {}, {})
    assert all(cells == {"": None} for cells in told["tables"].values())
    assert [told[f"{step}_{by}"] for step, by in IN_TIME] == [None] * len(IN_TIME)


def test_a_share_that_cannot_be_told_yet_is_not_a_hidden_one() -> None:
    """A share of ten complaints without an estimate has no percentage, and a hidden one is absent."""
    month = date(2026, 1, 1)
    row = {"month": month, "team": "", "facet": "all", "code": "all", "step": "answered"}
    times = {"median_hours": 5.3, "p90_hours": 400.1, **dict.fromkeys(WITHIN)}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*READ, "clock")}
    found["times"] = [{**row, **times, "n": 10}]
    told = edition(found, month, PROVISIONAL, "2026-02-01")
    assert told["answered_within_8_weeks"] == {"percent": None, "rounded_to": 1}
    assert told["acknowledged_within_24h"] is None
    assert told["times"]["answered"] == {"median_hours": 5, "p90_hours": 408}


def test_share_of_overturned_matters_needs_ten_complaints() -> None:
    """Twenty matters of nine complaints that were decided otherwise make no share, and those of ten do."""
    month = date(2026, 1, 1)
    row = {
        "month": month,
        "team": "",
        "facet": "all",
        "code": "all",
        "n": 30,
        "matters": 40,
        "overturned": 20,
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*READ, "clock")}

    def share(changed: int) -> Any:
        rows = found | {"decisions": [{**row, "changed": changed}]}
        return edition(rows, month, PROVISIONAL, "2026-02-01")["overturned"]

    assert share(9) is None
    assert share(10) == {"percent": 50, "rounded_to": 1}


def test_shares_do_not_tell_how_the_total_was_rounded() -> None:
    """Two types of nine complaints each have the total 15 instead of 20, and so has each share of them."""
    month = date(2026, 1, 1)
    row = {"month": month, "team": "", "facet": "all", "code": "all", "n": 18}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*READ, "clock")}
    types = [{**row, "facet": "type", "code": code, "n": 9} for code in ("price", "quality")]
    channels = [{**row, "facet": "channel", "code": code, "n": 6} for code in ("web", "phone", "post")]
    classes = [{**row, "facet": "class", "code": code, "n": 6} for code in ("food", "games", "toys")]
    found["received"] = [row, *types, *channels, *classes]
    times = {"median_hours": 5.3, "p90_hours": 40.1, **dict.fromkeys(WITHIN, 0.6)}
    found["times"] = [{**row, **times, "step": "answered"}]
    told = edition(found, month, PROVISIONAL, "2026-02-01")
    assert (told["received"], told["answered_within_8_weeks"]["percent"]) == (15, 67)


def test_two_tables_do_not_tell_a_hidden_number() -> None:
    """Two types of 13 complaints are at least 26 if each is shown as 15. Channels of 17, shown as 15, and 9,
    hidden, are at most 26. So the larger channel is shown as 20."""
    month = date(2026, 1, 1)
    row = {"month": month, "team": "", "facet": "all", "code": "all", "n": 26}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*READ, "clock")}
    parts = {"type": {"quality": 13, "price": 13}, "channel": {"web": 17, "api": 9}}
    found["received"] = [row] + [
        {**row, "facet": part, "code": code, "n": n}
        for part, often in parts.items()
        for code, n in often.items()
    ]
    told = edition(found, month, PROVISIONAL, "2026-02-01")["tables"]
    assert told["received_by_type"] == {"quality": 15, "price": 15, "": None}
    assert told["received_by_channel"] == {"web": 20, "": None}


def given(received: int, hours: float | None, percent: int | None, **cells: int) -> dict[str, Any]:
    """Return an edition with these numbers."""
    share = None if percent is None else {"percent": percent, "rounded_to": 1}
    return {
        "received": received,
        "tables": {"promises_by_end": {"": None, **cells}},
        "times": {"answered": {"median_hours": hours, "p90_hours": None}},
        **{f"{step}_{by}": share for step, by in IN_TIME},
        "overturned": None,
        "satisfaction": {"overall": received / 100},
        "satisfaction_between": {"overall": (received / 200, 5)},
    }


@pytest.mark.parametrize(
    ("final", "differs"),
    [
        (given(215, 105.0, 84, kept=60, kept_later=40), []),
        (given(225, 105.0, 84, kept=60, kept_later=40), ["received"]),
        (given(200, 115.0, 84, kept=60, kept_later=40), ["times"]),
        (given(200, None, 91, kept=60, kept_later=40), ["shares"]),
        (given(200, 100.0, 80, kept=45, kept_later=55), ["promises_by_end"]),
        (given(200, 100.0, None, broken=90), []),
    ],
)
def test_a_final_edition_says_in_what_it_differs_much(final: dict[str, Any], differs: list[str]) -> None:
    """A number that differs by more than a tenth, or a share by more than ten points. What only one edition
    shows is not compared. The survey is that of the provisional edition."""
    former = given(200, 100.0, 80, kept=60, kept_later=40)
    told = finished(final, former)
    assert told["differs"] == differs
    for name in ("satisfaction", "satisfaction_between"):
        assert told[name] == former[name]
    assert finished(final, None) == {**final, "differs": []}


@pytest.mark.parametrize(
    ("former", "final", "differs"),
    [(None, 200, ["received"]), (200, None, ["received"]), (None, 10, []), (None, None, [])],
)
def test_hidden_total_differs_much_from_a_large_one(
    former: int | None, final: int | None, differs: list[str]
) -> None:
    """A month of fewer than ten complaints that has two hundred in the final edition is named."""
    one, other = ({**given(200, 100.0, 80), "received": n} for n in (former, final))
    assert finished(other, one)["differs"] == differs


def test_public_figures_name_no_team_and_no_person() -> None:
    """The export has two teams. The published files have a cell for neither."""
    found = published_files(400, ended="2026-06-01")
    assert found
    for key, content in found.items():
        assert [
            team for team in ("general", "north", "team", "owner") if f'"{team}' in content.decode()
        ] == [], key

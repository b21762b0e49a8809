"""Published figures: which months are published, and what each edition has."""

from __future__ import annotations

from datetime import UTC, date, datetime

from chalicelib.figures.editions import closed_months
from tests.figures.made import published_files


def test_a_month_is_told_when_it_is_over_and_whole() -> None:
    """A month is published after its last day in China and only with all its days; a month without
    complaints is published too."""
    rows = [{"month": date(2026, 1, 1), "team": "", "facet": "all", "code": "all", "n": 12}]
    names = (
        "received",
        "closed",
        "promises",
        "causes",
        "times",
        "decisions",
        "survey",
        "stock",
        "survey_people",
        "clock",
    )
    found = {name: rows if name == "received" else [] for name in names}

    def published_months(now: datetime, *missing: date) -> list[str]:
        return [month for month, _ in closed_months(found, now, missing)]

    assert published_months(datetime(2026, 1, 31, 15, tzinfo=UTC)) == []
    assert published_months(datetime(2026, 2, 1, 1, tzinfo=UTC)) == ["2026-01"]
    assert published_months(datetime(2026, 4, 2, tzinfo=UTC), date(2026, 2, 3)) == ["2026-01"]
    assert published_months(datetime(2026, 4, 2, tzinfo=UTC)) == ["2026-01", "2026-02", "2026-03"]
    assert dict(closed_months(found, datetime(2026, 3, 2, tzinfo=UTC), ()))["2026-02"]["received"] is None


def test_public_figures_name_no_team_and_no_person() -> None:
    """The export has two teams. The published files have a cell for neither."""
    found = published_files(400, ended="2026-06-01")
    assert found
    for key, content in found.items():
        assert [
            team for team in ("general", "north", "team", "owner") if f'"{team}' in content.decode()
        ] == [], key

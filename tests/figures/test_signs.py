"""Early signs: planted clusters are found, and a year without them stays quiet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.figures.lake import Lake
from chalicelib.figures.signs import FALSE_A_YEAR, Counts, Sign
from tests.figures.made import year

BURST = date(2026, 9, 7)
PLANTED = """
update made set class = 'food', type = 'quality', cause = 'supplier'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') < 0.06;
update made set region = '440000'
where came_at >= timestamp '2026-07-06' and came_at < timestamp '2026-07-13' and chance(i, 'there') < 0.04;
update made set company = '捷运快递'
where came_at >= timestamp '2026-11-02' and came_at < timestamp '2026-11-09' and chance(i, 'them') < 0.08;
"""
"""Planted clusters: in September one complaint in seventeen is about bad food of one supplier. In July one
in twenty-five more comes from Guangdong. In November one in twelve more is about one company.

Since June two in five fewer are a carrier's fault, as after a successful action. Causes by skill are
unchanged."""


def replayed(counts: Counts, since: date, days: int) -> list[Sign]:
    """Return the signs of that many days, as each day reported them."""
    return [sign for n in range(days) for sign in counts.signs(since + timedelta(days=n))]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a year of a hundred thousand complaints with the planted clusters."""
    folder = tmp_path_factory.mktemp("year")
    year(folder, 100_000, planted=PLANTED)
    return Lake(folder)


def test_a_cluster_is_found_within_its_week_and_nothing_else(lake: Lake) -> None:
    """A daily look finds the goods within the planted week, with the usual number, and later their cause.
    Other signs stay within the stated false alarms."""
    found = replayed(Counts(lake.run("signs")), date(2026, 4, 5), 270)
    goods_of_one = {
        ("class", "food"),
        ("type", "quality"),
        ("sub_type", "quality/defect"),
        ("cause", "supplier"),
    }
    planted = goods_of_one | {("region", "440000"), ("company", "捷运快递")}
    goods = [sign for sign in found if (sign.facet, sign.code) == ("class", "food")]
    assert BURST < goods[0].day <= BURST + timedelta(days=7)
    assert goods[0].found > 1.2 * goods[0].usual > 0
    assert planted <= {(sign.facet, sign.code) for sign in found}
    assert len([sign for sign in found if (sign.facet, sign.code) not in planted]) <= FALSE_A_YEAR


def test_a_kind_without_a_past_is_no_sign() -> None:
    """A sign needs three months of earlier data for its facet, and more than four complaints in a week."""
    rows = [
        {"day": date(2026, 1, 1) + timedelta(days=n), "facet": "type", "code": "x", "n": 1} for n in range(9)
    ]

    def signs_of(n: int, day: date, facet: str = "type") -> list[str]:
        """Return the signs two days after that many complaints of another kind on one day."""
        other = {"day": day, "facet": facet, "code": "y", "n": n}
        return [sign.code for sign in Counts([*rows, other]).signs(day + timedelta(days=2))]

    assert signs_of(9, date(2026, 2, 1)) == []
    assert signs_of(4, date(2026, 6, 1)) == []
    assert signs_of(9, date(2026, 6, 1)) == ["y"]
    assert signs_of(9, date(2026, 6, 1), "region") == []
    assert Counts([]).signs(date(2026, 6, 1)) == []

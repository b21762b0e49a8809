"""Early signs: what is planted is found at once, and a year in which nothing is planted is quiet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.domain.model.codes import Cause
from chalicelib.domain.recurrence import compared
from chalicelib.figures import editions
from chalicelib.figures.causes import Causes
from chalicelib.figures.lake import Lake
from chalicelib.figures.signs import FALSE_A_YEAR, Counts, Sign
from tests.figures.made import year

BURST = date(2026, 9, 7)
DONE = date(2026, 6, 1)
PLANTED = """
update made set class = 'food', type = 'quality', cause = 'supplier'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') < 0.06;
update made set cause = one_of(i, 'instead', ['design', 'manufacture', 'policy', 'it_fault', 'not_told'])
where cause = 'carrier' and came_at >= timestamp '2026-06-01' and chance(i, 'worked') < 0.4;
update made set region = '440000'
where came_at >= timestamp '2026-07-06' and came_at < timestamp '2026-07-13' and chance(i, 'there') < 0.04;
update made set company = '捷运快递'
where came_at >= timestamp '2026-11-02' and came_at < timestamp '2026-11-09' and chance(i, 'them') < 0.08;
"""
"""In one week of September one complaint in seventeen is about bad food of one supplier, in one of July one
in twenty-five more comes from Guangdong, in one of November one in twelve more is about one company. Since
June two in five fewer are a carrier's fault: an action against it has worked. Nothing has changed about
skill."""


def replayed(counts: Counts, since: date, days: int) -> list[Sign]:
    """Every sign of so many days, as each of them told it."""
    return [sign for n in range(days) for sign in counts.signs(since + timedelta(days=n))]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A year of a hundred thousand complaints with what is planted."""
    folder = tmp_path_factory.mktemp("year")
    year(folder, 100_000, planted=PLANTED)
    return Lake(folder)


def test_a_cluster_is_found_within_its_week_and_nothing_else(lake: Lake) -> None:
    """The year is looked at every day. The goods are told before the week is
    over, with what is usual; once answers are in, the cause; where nothing is planted there are no more false
    alarms than are stated."""
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


@pytest.mark.parametrize(("cause", "verdict"), [("carrier", "fell"), ("skill", "cannot_be_told")])
def test_an_action_is_judged_by_what_has_changed(lake: Lake, cause: str, verdict: str) -> None:
    """Ninety days after it was done: one that has worked, and one against a cause as frequent as before."""
    told = {"until": "2026-12-31", **editions.causes(lake.run("causes_by_day"))}
    counts = Causes(lambda: told).counts(
        Cause(cause), (DONE - timedelta(days=91), DONE - timedelta(days=1)), (DONE, DONE + timedelta(days=90))
    )
    assert counts and compared(*counts).verdict == verdict


def test_a_kind_without_a_past_is_no_sign() -> None:
    """In the first three months nothing is told, nor for so long after something is first asked, such as the
    region; and four in a week are too few however rare."""
    rows = [
        {"day": date(2026, 1, 1) + timedelta(days=n), "facet": "type", "code": "x", "n": 1} for n in range(9)
    ]

    def told(n: int, day: date, facet: str = "type") -> list[str]:
        """What is told of so many of another kind on one day, two days later."""
        other = {"day": day, "facet": facet, "code": "y", "n": n}
        return [sign.code for sign in Counts([*rows, other]).signs(day + timedelta(days=2))]

    assert told(9, date(2026, 2, 1)) == []
    assert told(4, date(2026, 6, 1)) == []
    assert told(9, date(2026, 6, 1)) == ["y"]
    assert told(9, date(2026, 6, 1), "region") == []
    assert Counts([]).signs(date(2026, 6, 1)) == []

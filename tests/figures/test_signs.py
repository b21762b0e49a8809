"""Early signs: what is one, what gets a letter, and how often they are wrong in simulated worlds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain
from statistics import mean
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import nbinom

from chalicelib.figures.lake import Lake
from chalicelib.figures.signs import BAND, PAST, WEEK, Counts, Sign, _above, band, reported, weeks
from tests.figures.made import year
from tests.figures.worlds import ALL, REQUIRED, WORLDS, false_letters, found_in_time

BURST = date(2026, 9, 7)
PLANTED = """
update made set class = 'food', type = 'quality', cause = 'supplier'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') < 0.2;
update made set region = '440000'
where came_at >= timestamp '2026-07-06' and came_at < timestamp '2026-07-13' and chance(i, 'there') < 0.04;
update made set company = '捷运快递'
where came_at >= timestamp '2026-11-02' and came_at < timestamp '2026-11-09' and chance(i, 'them') < 0.25;
"""
"""Planted clusters: in September one complaint in five more is about bad food of one supplier. In July one
in twenty-five more comes from Guangdong. In November one in four more is about one company."""


NEWS = date(2026, 6, 1)
"""The day after the week that the small tests look at."""


def rows(facet: str, **weekly: list[int]) -> Iterator[dict[str, Any]]:
    """Yield rows of complaints on the first day of each week before `NEWS`, the last week last. A code with
    fewer numbers has none in the earlier weeks."""
    for code, numbers in weekly.items():
        for n, count in enumerate(reversed(numbers), 1):
            day = NEWS - n * WEEK
            yield {"day": day, "late": 0, "facet": facet, "code": code.strip("_"), "n": count}


def found(*counted: Iterable[dict[str, Any]], special: dict[date, str] | None = None) -> dict[str, Sign]:
    """Return the signs of the last week, by their code."""
    return {one.code: one for one in Counts(weeks(chain(*counted)), special).signs(NEWS)}


def steady(n: int, last: int) -> list[int]:
    """Return the numbers of fourteen weeks and of the last one."""
    return [n] * 14 + [last]


def replayed(counts: Counts, since: date, days: int) -> list[Sign]:
    """Return the signs of that many days, as each day reported them."""
    return [sign for n in range(days) for sign in counts.signs(since + timedelta(days=n))]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a year of a hundred thousand complaints with the planted clusters."""
    folder = tmp_path_factory.mktemp("year")
    year(folder, 100_000, planted=PLANTED)
    return Lake(folder)


def test_planted_clusters_are_found_within_their_week(lake: Lake) -> None:
    """A daily look finds the goods within the planted week, with the expected number. Signs of other kinds
    are as rare as in the measured table."""
    signs = replayed(Counts(weeks(lake.run("signs"))), date(2026, 4, 5), 270)
    goods_of_one = {
        ("class", "food"),
        ("type", "quality"),
        ("sub_type", "quality/defect"),
        ("cause", "supplier"),
    }
    planted = goods_of_one | {("region", "440000"), ("company", "捷运快递")}
    goods = [sign for sign in signs if sign.kind == ("class", "food")]
    assert BURST < goods[0].day <= BURST + timedelta(days=7)
    assert goods[0].found > goods[0].high > goods[0].usual > goods[0].low
    assert planted <= {sign.kind for sign in signs}
    assert len({sign.kind for sign in signs} - planted) <= 1


def test_growth_of_all_kinds_is_no_sign() -> None:
    """Three times as many complaints of every kind leave the shares as they were."""
    assert found(rows("type", a=steady(20, 60), b=steady(40, 120), c=steady(30, 90))) == {}


def test_sign_shows_its_series_band_and_others() -> None:
    """A kind that triples while the others stay the same is a sign, with its weeks and its expected band."""
    sign = found(rows("type", a=steady(20, 60), b=steady(40, 40), c=steady(60, 60)))["a"]
    assert (sign.found, round(sign.usual), sign.weeks, sign.special) == (60, 20, (20,) * PAST, "")
    assert sign.low < 20 < sign.high < 60
    assert (round(sign.others, 2), round(sign.spread, 2)) == (1.0, 0.1)


def test_restless_facet_needs_a_larger_increase() -> None:
    """An increase that is a sign among steady kinds is none where each week differs as much."""
    swing = [20, 50] * 7
    assert "a" in found(rows("type", a=steady(20, 60), b=steady(100, 100)))
    assert found(rows("type", a=[*swing, 60], b=[*swing[::-1], 20], c=steady(60, 60))) == {}


def test_week_of_a_sale_has_a_stricter_threshold() -> None:
    """An increase that an ordinary week reports is none in a week that touches a sale."""
    counted = [*rows("type", a=steady(20, 40), b=steady(400, 400))]
    assert "a" in found(counted)
    assert found(counted, special={NEWS - timedelta(days=1): "618"}) == {}
    assert "a" in found(counted, special={NEWS: "618"})


def test_complaints_recorded_late_count_at_the_same_age() -> None:
    """Half of a kind is recorded six days late, so that each week has half of it at its end. The last week is
    compared with the earlier ones as they were then."""
    late = [row | {"late": 6, "day": row["day"] + timedelta(days=1)} for row in rows("type", a=steady(20, 0))]
    early = rows("type", a=steady(20, 50), b=steady(200, 200))
    sign = found(late, early)["a"]
    assert (sign.found, sign.weeks) == (50, (20,) * PAST)


def test_gap_in_the_days_gives_no_sign() -> None:
    """Weeks without any day of a facet are left out of its rates. With fewer than four others there is no
    sign."""
    gap = [20] * 8 + [0] * 3 + [20] * 3
    few = [20] * 8 + [0] * 2 + [20] * 4
    others = [3 * n for n in gap]
    assert found(rows("type", a=[*gap, 60], b=[*others, 60])) == {}
    assert "a" in found(rows("type", a=[*few, 60], b=[*(3 * n for n in few), 60]))


def test_first_week_of_a_code_is_a_sign_without_a_past() -> None:
    """A code that appears for the first time has an expected number near zero, and says that it has no
    past."""
    sign = found(rows("company", new=[9], _=steady(200, 200)))["new"]
    assert (sign.found, sum(sign.weeks), sign.low, sign.high, sign.spread) == (9, 0, 0, 1, 0.1)


def test_small_numbers_and_short_pasts_are_no_signs() -> None:
    """A sign needs five complaints in a week, and thirteen weeks of its facet. An empty code is no kind."""
    assert found(rows("type", a=steady(0, 4), b=steady(1, 0))) == {}
    assert found(rows("type", a=[*[5] * 11, 60], b=[50] * 12)) == {}
    assert found(rows("company", _=steady(5, 90), b=steady(50, 50))) == {}
    assert found() == {}


def test_code_that_is_alone_in_its_facet_is_no_sign() -> None:
    """The only team has every complaint, so its share cannot rise."""
    assert found(rows("team", general=steady(20, 20))) == {}


@settings(max_examples=settings().max_examples // 4)
@given(st.floats(0.01, 3_000), st.floats(0.01, 3), st.integers(0, 4_000))
def test_tail_and_band_are_those_of_scipy(mean: float, factor: float, k: int) -> None:
    """The negative binomial distribution agrees with scipy in its tail and in the expected band."""
    of = nbinom(1 / factor, 1 / (1 + factor * mean))
    assert _above(k, mean, factor) == pytest.approx(of.sf(k - 1), rel=1e-6, abs=1e-12)
    assert band(mean, factor) == (of.ppf(BAND), of.ppf(1 - BAND))


def made(facet: str, chance: float) -> Sign:
    """Return a sign of the code x."""
    return Sign(facet, "x", NEWS, 10, 1.0, 0, 3, chance, (1,) * PAST, 1.0, 0.1)


def letters_of(
    signs: list[Sign], cases: dict[str, str], before: dict[str, date]
) -> tuple[list[str], set[str]]:
    """Return the letters of a day, each as its facets, and the kinds with a letter. A case is a character."""
    groups, after, covered = reported(
        signs,
        {(facet, "x"): refs for facet, refs in cases.items()},
        {(f, "x"): d for f, d in before.items()},
        NEWS,
    )
    return [" ".join(one.facet for one in group) for group in groups], {facet for facet, _ in after | covered}


def test_kinds_that_share_half_of_their_cases_make_one_letter() -> None:
    """The least probable kind leads a letter; a kind with other complaints has one of its own."""
    signs = [made("class", 1e-9), made("company", 1e-8), made("region", 1e-7)]
    cases = {"class": "abcdefgh", "company": "efghij", "region": "hklmn"}
    assert letters_of(signs, cases, {}) == (["class company", "region"], {"class", "company", "region"})


def test_kind_has_no_second_letter_within_four_weeks() -> None:
    """A kind, and any kind that has half of its complaints in common with it, is quiet for 28 days."""
    signs, cases = [made("class", 1e-9), made("company", 1e-8)], {"class": "abcdefgh", "company": "efghij"}
    lately, long_ago = NEWS - timedelta(days=27), NEWS - timedelta(days=28)
    assert letters_of(signs, cases, {"class": lately}) == ([], {"class", "company"})
    assert letters_of(signs, cases, {"class": long_ago}) == (["class company"], {"class", "company"})


def test_kind_that_rises_by_told_complaints_alone_has_no_letter() -> None:
    """A larger kind is in its band without the complaints that were told. With more of its own it has a
    letter."""
    cases, lately = {"class": "abcdefghijklmnopqrst", "region": "abcdefgh"}, NEWS - timedelta(days=3)
    for high, told in ((12, []), (11, ["class"])):
        sign = made("class", 1e-9)._replace(found=20, high=high)
        assert letters_of([sign], cases, {"region": lately})[0] == told


def test_second_problem_has_a_letter_as_soon_as_told_complaints_do_not_explain_it() -> None:
    """A kind is held back only while it shares half of its complaints with a told kind. On a later day it
    has more of its own, and a letter."""
    sign, told, day = made("company", 1e-9), {("class", "x"): NEWS - timedelta(days=3)}, NEWS
    letters = []
    for own in ("abcdef", "abcdefghijklmn"):
        groups, told, covered = reported([sign], {("class", "x"): "abcd", sign.kind: own}, told, day)
        letters.append((len(groups), [*covered]))
        day += timedelta(days=1)
    assert letters == [(0, [sign.kind]), (1, [])]


def test_larger_kind_than_the_told_one_has_its_own_letter() -> None:
    """Few told complaints do not hide a kind that rises for other reasons."""
    signs = [made("type", 1e-9), made("sub_type", 1e-8)]
    cases = {"type": "abcdefghijklmnop", "sub_type": "abc"}
    assert letters_of(signs, cases, {"sub_type": NEWS - WEEK}) == (["type"], {"type", "sub_type"})


def test_few_false_letters_come_in_every_world() -> None:
    """A supervisor gets at most four letters a year on average in worlds without any problem."""
    assert {world.name: rate for world in WORLDS if (rate := mean(false_letters(world, 2))) > 4} == {}


def test_problems_are_found_within_ten_days() -> None:
    """At least half of the problems of each required kind are found in a few runs."""
    world = ALL._replace(volume=330, shock=0.10)
    assert {name: rate for name in REQUIRED if (rate := found_in_time(name, world, 6)) < 0.5} == {}

"""The protection of published counts and of survey counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from hypothesis import given, strategies as st

from chalicelib.figures.editions import PROVISIONAL, edition
from chalicelib.figures.protection import (
    ANY,
    LEAST,
    STEP,
    Reader,
    cells,
    counted,
    fitting,
    money_step,
    percent,
    summed,
    total,
)
from chalicelib.figures.published import COLUMNS, COUNTED, SHARES, rows
from chalicelib.figures.report import HOUSE, READ, WITHIN, Period, ReportRows, report
from chalicelib.figures.survey import SCORES

MONTH = date(2026, 1, 1)
STATEMENTS = {
    "received": ("n",),
    "closed": ("n",),
    "promises": ("n", "complaints"),
    "causes": ("main",),
    "stock": ("n",),
    "entered": ("n",),
    "times": ("n", "median_hours", "p90_hours", *WITHIN),
    "decisions": ("matters", "overturned", "changed"),
    "survey": SCORES,
    "survey_people": ("people",),
    "clock": ("n", "within_60s"),
}
"""The statements whose rows reach the public, each with the columns of numbers that are used."""
NUMBERS = {
    "number": "count",
    "rounded_to": "rule",
    "median_hours": "time",
    "p90_hours": "time",
    "percent": "share",
    "mean": "score",
    "low": "score",
    "high": "score",
}
"""The published columns that hold numbers, each with its kind."""
WORDS = {"month", "edition", "code", "hidden", "step", "share", "question"}


class Recorded(dict[str, Any]):
    """A row that records which of its columns were read."""

    def __init__(self, seen: set[str], **row: Any) -> None:
        super().__init__(row)
        self.seen = seen

    def __getitem__(self, name: str) -> Any:
        self.seen.add(name)
        return super().__getitem__(name)


def found(dice: Random, seen: dict[str, set[str]] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return rows with random numbers from 0 to 60 of every statement that an edition or a report reads."""
    kinds = {"facet": "", "code": "", "outcome": "", "ended": "kept", "cause": "", "question": "overall"}
    kinds |= {"conclusion": "upheld"}
    facets = ("all", "type", "channel", "class", "right", "team", "stage")
    numbers = ("n", "main", "asked", "answered", "median_hours", "p90_hours", "mean")
    numbers += ("open", "met", "missed", "mended", "complaints")
    parts = {"matters": 60, "overturned": 20, "changed": 20, "within_60s": 20}
    told: dict[str, list[dict[str, Any]]] = {}
    for name in {*READ, *STATEMENTS}:
        told[name] = []
        for facet in facets:
            for n in range(4):
                row = {**kinds, "month": MONTH, "year": 2026, "quarter": None, "team": HOUSE, "facet": facet}
                row |= {
                    "code": "all" if facet == "all" else f"{facet}{n}",
                    "outcome": f"o{n}",
                    "cause": f"c{n}",
                }
                row |= {
                    "step": "acknowledged" if n % 2 else "answered",
                    "age": "older",
                    "entered": "later",
                    "debtor": "business",
                    "agreed": False,
                    "what": "x",
                    "detail": "",
                }
                row |= {"deadline": "d", **{each: dice.randrange(60) for each in numbers}}
                row |= {each: dice.randrange(most) for each, most in parts.items()} | {"day": MONTH}
                row |= {each: dice.random() for each in WITHIN}
                scores = [dice.randrange(16) for _ in range(5)]
                row |= dict(zip(SCORES, scores, strict=True))
                row |= {
                    "what": ("survey", "survey_rate")[n % 2],
                    "span": "month",
                    "people": dice.randrange(40),
                }
                told[name].append(row if seen is None else Recorded(seen.setdefault(name, set()), **row))
    return told


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_counts_are_hidden_or_rounded(n: int, people: int) -> None:
    """A count below ten, or of fewer than ten people, is hidden. Any other is off by two at most."""
    shown = counted(n)
    assert (shown is None) == (n < LEAST)
    assert shown is None or (shown % STEP, abs(shown - n) <= STEP // 2) == (0, True)
    assert counted(n, people) == (shown if people >= LEAST else None)


def test_hidden_cells_cannot_be_told_from_zero() -> None:
    """A table has no sign of a code whose number is hidden."""
    assert cells({"few": 9, "some": 12, "none": 0}) == cells({"some": 10}) == {"some": 10, "": None}


def test_shares_follow_from_rounded_counts() -> None:
    """A share is that of the rounded counts, and hidden with either of them."""
    assert percent(37, 52) == round(100 * 35 / 50)
    assert (percent(9, 52), percent(9, 9), percent(12, 12)) == (None, None, 100)


def test_total_is_rounded_otherwise_where_it_would_tell_small_numbers() -> None:
    """Two codes with nine complaints each make 18, and only 9 and 9 make 20. With 8 and 10 nothing follows.
    A total below ten is hidden."""
    nine = (ANY, ANY, fitting(counted(9)))
    assert total(18, [Reader([[nine, nine]])]) == 15
    assert total(18, [Reader([[nine, (ANY, ANY, fitting(10))]])]) == 20
    assert total(9, [Reader([[nine]])]) is None


def test_final_total_does_not_tell_late_complaints() -> None:
    """Four codes grow by one late complaint each, from 12 to 13. So each is shown as 15 instead of 10. The
    total grows from 48 to 52, and both are nearest to 50. Then at most four are late: one of each code."""
    grown = (fitting(10), ANY, fitting(15))
    assert total(48, [Reader([[(ANY, ANY, fitting(10))] * 4])]) == 50
    assert total(52, [Reader([[grown] * 4], before=fitting(50))]) == 55


def test_sums_of_money_hide_the_largest_amount() -> None:
    """A sum needs ten people, none of whom has more than half. It is rounded to at least twice the largest
    amount of one person, and a sum of nobody is zero."""
    assert summed(9, 900, 100) is None
    assert summed(10, 1_801, 901) is None
    assert summed(10, 100_000, 10_000) == 90_000
    assert summed(10, 1_800_00, 900_00) == 3_000_00
    assert summed(0, 0, 0) == 0


@given(st.lists(st.integers(1, 10**7), min_size=10, max_size=40))
def test_sum_alone_tells_nothing_of_one_person(amounts: list[int]) -> None:
    """Anybody in a shown sum may have got nothing, as far as its reader knows: the others may have got all of
    it, each at most half a step. So it is with equal amounts, too."""
    largest = max(amounts)
    if (shown := summed(len(amounts), sum(amounts), largest)) is None:
        return
    step = money_step(largest)
    assert (2 * largest <= step, step <= 7 * max(largest, 50)) == (True, True)
    assert shown - step / 2 < sum(amounts) <= shown + step / 2
    assert shown - step / 2 <= (len(amounts) - 1) * step / 2


def test_only_these_columns_reach_the_public() -> None:
    """An edition reads these columns of these statements. A new one is to be put through the protection, and
    then here."""
    seen: dict[str, set[str]] = {}
    every = [edition(found(Random(seed), seen), MONTH, PROVISIONAL, "2026-02-01") for seed in range(9)]
    told = every[0]
    labels = {
        "month",
        "team",
        "facet",
        "code",
        "outcome",
        "ended",
        "debtor",
        "cause",
        "step",
        "question",
        "age",
        "what",
        "day",
        "span",
        "entered",
    }
    read = {name: columns - labels for name, columns in seen.items() if columns}
    assert read == {name: {*columns} for name, columns in STATEMENTS.items()}
    parts = {"received", "tables", "times", *SHARES, "satisfaction", "satisfaction_between", "clock"}
    assert told.keys() == {"month", "edition", "until", "rounded_to", *parts}
    assert told["tables"].keys() == {*COUNTED}
    assert {name for columns in COLUMNS.values() for name in columns} == NUMBERS.keys() | WORDS


def test_every_published_number_is_protected() -> None:
    """A count in thirty random months is hidden or a multiple of five from ten on."""
    for seed in range(30):
        told = edition(found(Random(seed)), MONTH, PROVISIONAL, "2026-02-01")
        for table in COLUMNS:
            for row in rows(table, told):
                for name in (name for name in row if NUMBERS.get(name) == "count"):
                    n = row[name]
                    assert n is None or (n >= LEAST and n % STEP == 0), (table, row)
                assert row.get("rounded_to", STEP) == (1 if table in ("shares", "clock") else STEP)


def test_every_survey_number_is_protected() -> None:
    """Each whole number in the survey part of five random reports is a multiple of five from ten on."""
    for seed in range(5):
        told = report(ReportRows(found(Random(seed))), Period("2026-01"), MONTH)["survey"]
        assert told["rounded_to"] == STEP
        for path, n in _numbers(told):
            if "content" not in path and path[-1] != "rounded_to":
                assert (n >= LEAST, n % STEP) == (True, 0), (path, n)


def _numbers(told: Any, *path: str) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(told, int):
        yield path, told
    for name, each in (
        told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    ):
        yield from _numbers(each, *path, str(name))

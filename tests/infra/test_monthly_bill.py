"""The monthly bill in README: complete, added up, and within its target."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from infra.build import ROOT
from tests import costs

PLAIN = {"cpu": 0.01, "call": 3.0, "invocation": 1.0, "log": 200.0, "write unit": 10.0, "read unit": 5.0}

READ = {"cpu": 0.01, "call": 3.0, "read unit": 5.0}


def counts(**life: float) -> costs.Counts:
    """Return plain counts, with these of the life of a complaint."""
    idle, minute = (
        dict.fromkeys(names, PLAIN) for names in (("record", "watch", "night"), ("clock", "accounts"))
    )
    lived = costs.Life({"site": PLAIN | life}, 50_000, 10, PLAIN, 20_000)
    return costs.Counts(lived, PLAIN, READ, READ, minute, idle, idle, 1.0)


def test_each_price_is_in_one_line() -> None:
    """No price is left out of the table or counted twice. Some are only of copies in another region."""
    named = [*chain(*costs.PARTS.values())]
    assert len(named) == len({*named})
    assert {*named, *costs.COPIES} == {*costs.PRICES}


def test_readme_is_within_its_target() -> None:
    """README's table adds up, and its first column is not above the target."""
    said = (ROOT / "README.md").read_text("utf-8").partition(costs.BEGIN)[2].partition(costs.END)[0]
    rows = [re.findall(r"[\d,]+(?=\*{0,2} \|)", line) for line in said.splitlines()[3:]]
    *parts, together, _ = [[int(cell.replace(",", "")) for cell in row] for row in rows if row]
    assert len(parts) == len(costs.PARTS)
    assert [sum(column) for column in zip(*parts, strict=True)] == pytest.approx(together, abs=len(parts))
    assert together[0] <= costs.TARGET


def test_stack_without_copies_pays_for_none() -> None:
    """The table counts no key, rule or backup that only copies in another region need."""
    month = costs.volumes(counts(mail=3.0), 2_000, 1)
    assert month["key"] == 4
    assert not {"backup copy", "between regions", "in time"} & {*month}


def test_copies_cost_what_the_table_weighs() -> None:
    """Each backup is a full copy, so it costs as much more as the table grows."""
    months = [costs.volumes(counts(mail=3.0), 2_000, year) for year in (1, 5)]
    first, fifth = (costs.copies(month, 2_000) for month in months)
    assert fifth["backup copy"] / first["backup copy"] == months[1]["table"] / months[0]["table"]
    assert fifth["key"] == first["key"]
    assert first["backup copy"] == pytest.approx(2_000 * 365 * 50_000 / 1e9 * 2 * 4)


@pytest.mark.parametrize("what", ["mail", "write unit", "message"])
def test_bill_follows_what_a_complaint_uses(what: str) -> None:
    """One more unit in the life of a complaint is one more for each complaint of the month."""
    name, times = {"message": ("queue", 3)}.get(what, (what, 1))
    less, more = (costs.volumes(counts(**{what: n}), 2_000, 1)[name] for n in (20.0, 21.0))
    events = 6 * 60_000 if what == "mail" and name == "queue" else 0
    assert more - less == pytest.approx(times * 60_000 + events)


def test_only_storage_checks_and_figures_grow_with_the_years() -> None:
    """In the fifth year the same complaints need the same requests, mails and messages."""
    first, fifth = (costs.volumes(counts(mail=3.0), 2_000, year) for year in (1, 5))
    same = {"api", "mail", "queue", "topic", "write unit", "metric", "alarm", "traffic", "key"}
    assert not {name for name in same if first[name] != pytest.approx(fifth[name], rel=0.3)}
    assert fifth["read unit"] > first["read unit"]


def test_evidence_and_words_go_with_the_time_of_retention() -> None:
    """Three years after they were closed, complaints have no files, and less in the table. In the first year
    none is destroyed."""
    months = {year: costs.volumes(counts(mail=3.0), 2_000, year) for year in (1, 3, 5)}
    kept, ever = 2_000 * (3 * 365 + 30), 5 * 2_000 * 365
    assert months[5]["file"] == kept / 1000
    assert months[5]["table"] == pytest.approx((kept * 50_000 + (ever - kept) * 20_000) / 1e9)
    assert months[3]["file"] == 3 * months[1]["file"]
    more = months[5]["write unit"] - months[1]["write unit"]
    assert more == pytest.approx(60_000 * PLAIN["write unit"])

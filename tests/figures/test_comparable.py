"""Closed complaints to compare with: the newest of each type, with outcome and redress."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.figures.comparable import SHOWN, by_type, comparable_key, compared
from chalicelib.figures.nightly import Nightly
from chalicelib.figures.protection import LEAST
from tests.figures.closed_rows import row
from tests.life.complaint import perform
from tests.scenario import DAY, WANG, ZHAO, Scenario
from tests.web.desk import Desk, visible


def stored(*rows: dict[str, Any]) -> Any:
    """Return the rows of one type as a night stores them."""
    [(_, found)] = by_type(rows)
    return json.loads(json.dumps(found))


def test_the_most_alike_come_first() -> None:
    """Complaints with the same problem and kind of product come first, then those with the same problem, then
    the rest."""
    other, kind, same = row(1, sub_type="safety_defect"), row(2, **{"class": "food"}), row(3)
    found = compared(stored(other, kind, same), "", "defect", "appliance")
    assert [one.ref for one in found.cases] == [same["ref"], kind["ref"], other["ref"]]


def test_the_complaint_itself_is_left_out_and_few_are_shown() -> None:
    """A page shows the newest of the most alike."""
    rows = [row(n) for n in range(SHOWN + 3)]
    found = compared(stored(*rows), rows[0]["ref"], "defect", "appliance")
    assert [one.ref for one in found.cases] == [one["ref"] for one in rows[1 : SHOWN + 1]]


def test_a_median_needs_enough_amounts() -> None:
    """A statement with fewer amounts than the rule demands has neither median nor range."""
    few = compared(stored(*(row(n, 100 * n) for n in range(1, LEAST))), "", "defect", None)
    assert (few.of, few.low, few.middle, few.high) == (LEAST - 1, None, None, None)
    enough = compared(stored(*(row(n, 100 * n) for n in range(1, LEAST + 1))), "", "defect", None)
    assert (enough.of, enough.low, enough.middle, enough.high) == (LEAST, 100, 550, 1000)


def test_the_night_stores_what_the_form_shows(client: Any, scenario: Scenario, nightly: Nightly) -> None:
    """The form of a report links to a comparable settled complaint with its amount, and the nightly file
    holds no name of a person."""
    case = scenario.submit()
    owed = {"matter": 1, "kind": "refund", "by": "2026-02-20", "amount": {"amount": "299.00"}}
    agreed = {"agreement": "电话里同意退款。", "terms": "退还货款。", "read_back": True}
    scenario.move(WANG, "settle_at_once", case.ref, **agreed, remedies=[owed], causes=["manufacture"])
    perform(scenario, case.ref)
    assert scenario.product.file.load(case.ref).stage == "closed"
    scenario.later(2 * DAY)
    nightly.night()
    kept = scenario.product.shelf.read(comparable_key("quality")).decode()
    assert "王芳" not in kept
    assert json.loads(kept)["cases"][0]["redress"] == 29900
    other = scenario.submit(account={"story": "另一台"})
    for caller, move in ((WANG, "accept"), (ZHAO, "take")):
        scenario.move(caller, move, other.ref)
    page = Desk(client, scenario, "zhao").get(f"/desk/cases/{other.ref}/moves/file_report")
    assert f"/desk/cases/{case.ref}" in page
    assert "CNY 299.00" in visible(page)
    assert "Only 1 have an amount" in visible(page)

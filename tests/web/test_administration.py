"""Tests of the administrator's page: its parked rows, their retries and the links."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.domain.calendar import instant
from chalicelib.domain.model.case import Case
from chalicelib.domain.reference import shown
from chalicelib.operations.clockwork import DueRow
from tests.scenario import HOUR, Scenario
from tests.web.desk import GROUPS, Desk, visible

PATH = "/desk/administration"


def parked(scenario: Scenario) -> Case:
    """Return a case whose deadlines failed until its row was parked."""
    case = scenario.submit()
    for _ in range(8):
        scenario.later(3 * HOUR)
        row = rows.Row.get(rows.case(case.ref), rows.HEAD)
        scenario.product.index.failed(DueRow(case.ref, "CASE", "", instant(row.look_at)), scenario.time)
    return case


def keys(page: str) -> list[str]:
    """Return the keys of the parked rows that a page lists."""
    return re.findall(r'name="key" value="(\w+)"', page)


@pytest.mark.parametrize("who", sorted(GROUPS))
def test_only_the_administrator_has_the_page(client: Any, scenario: Scenario, who: str) -> None:
    """Every other role is refused the page and the retry of a row."""
    desk = Desk(client, scenario, who)
    desk.get(PATH, 200 if who == "zheng" else 403)
    desk.post(PATH, {"key": "x"}, 303 if who == "zheng" else 403)
    assert (PATH in desk.get("/desk/sessions")) is (who == "zheng")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_parked_row_is_shown_without_its_case_and_tried_again(
    client: Any, scenario: Scenario, language: str
) -> None:
    """The page has number, kind, time, count and reason, and no word of the complaint. After the button the
    clock looks at the row again, and the page says who pressed it."""
    case = parked(scenario)
    desk = Desk(client, scenario, "zheng", language)
    page = desk.get(PATH)
    for said in (shown(case.ref), "an error each time" if language == "en" else "多次出错", "8"):
        assert said in visible(page)
    for word in ("洗衣机", "王芳", "wang.fang", "13800138000", "quality", "质量"):
        assert word not in page
    assert f"/desk/cases/{case.ref}" not in page
    [key] = keys(page)
    assert desk.post(PATH, {"key": key}) == f"{PATH}?done=again"
    page = visible(desk.get(PATH))
    assert keys(page) == []
    assert shown(case.ref) in page
    assert "Zheng" in page
    row = rows.Row.get(rows.case(case.ref), rows.HEAD)
    assert (row.faults, row.shard != rows.PARKED) == (None, True)
    assert not scenario.product.file.load(case.ref).altered


def test_a_second_press_changes_and_records_nothing(client: Any, scenario: Scenario) -> None:
    """Two administrators press at once: the second reads that the row is not parked any more."""
    parked(scenario)
    desk = Desk(client, scenario, "zheng")
    [key] = keys(desk.get(PATH))
    desk.post(PATH, {"key": key})
    assert desk.post(PATH, {"key": key}) == f"{PATH}?done=gone"
    assert len(scenario.product.repairs(9)) == 1


def test_a_letter_of_staff_is_shown_as_one_of_no_case(client: Any, scenario: Scenario) -> None:
    """The page names no complaint for a letter to staff, and hides its reference because that contains a
    person's id."""
    scenario.product.file.owe("sun", "x", "roster_gap", {})
    [row] = rows.Row.query("HOUSE#sun")
    row.update(actions=[rows.Row.shard.set(rows.PARKED), rows.Row.faults.set(8)])
    page = Desk(client, scenario, "zheng").get(PATH)
    assert "of no complaint" in page
    assert "HOUSE" not in page
    assert "its text could not be made" in page


def test_desk_leads_an_administrator_to_their_own_page(client: Any, scenario: Scenario) -> None:
    """An administrator reads no cases, so the desk opens on what they keep."""
    headers = Desk(client, scenario, "zheng").headers
    assert client.http.get("/desk", headers=headers).headers["Location"] == PATH

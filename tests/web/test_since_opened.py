"""Tests of the new entries that an officer sees on coming back to a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.scenario import HOUR, SUN, WANG, Scenario
from tests.web.desk import Desk, hidden, visible

NEW = "govuk-tag--blue"


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return the desk of a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def test_what_others_did_is_marked_once(at: Any, scenario: Scenario) -> None:
    """The page counts the new entries by kind, with the time of the last look, and marks each. Opened again,
    it marks nothing."""
    case, desk = scenario.submit(), at("wang")
    home = f"/desk/cases/{case.ref}"
    assert "Since you looked" not in desk.get(home)
    scenario.later(HOUR)
    for text in ("第一条", "第二条"):
        scenario.move(scenario.party(case), "message", case.ref, text=text)
    scenario.move(SUN, "note", case.ref, text="先记一下")
    page = desk.get(home)
    assert "Since you looked at" in page
    assert "09:00" in page
    assert "message × 2" in visible(page)
    assert page.count(NEW) == 3
    assert "Since you looked" not in desk.get(home)


def test_own_acts_are_no_news(at: Any, scenario: Scenario) -> None:
    """An officer's own moves, by form or by program, are new to a colleague but not to the officer."""
    case, desk, other = scenario.submit(), at("wang"), at("sun")
    home = f"/desk/cases/{case.ref}"
    desk.get(home), other.get(home)
    place = f"{home}/moves/note"
    desk.post(place, {**hidden(desk.get(place)), "text": "像是上个月那批货"})
    scenario.move(WANG, "note", case.ref, text="又一条")
    assert "Since you looked" not in desk.get(home)
    assert "internal note × 2" in visible(other.get(home))


def test_drafts_of_the_reader_stand_on_the_case(at: Any, scenario: Scenario) -> None:
    """The page of a case leads to the reader's own drafts, and to nobody else's."""
    case, desk = scenario.submit(), at("wang")
    home = f"/desk/cases/{case.ref}"
    place = f"{home}/moves/ask_information"
    desk.post(f"{place}/draft", {**hidden(desk.get(place)), "why": "看不清", "auto": "yes"}, 204)
    assert "Your drafts:" in desk.get(home)
    assert "Your drafts:" not in at("sun").get(home)

"""Tests of trainings on the desk: the form, the list, overdue trainings on the roster page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.casework.trainings import recorded, trained
from tests.scenario import DAY, Scenario
from tests.web.desk import Desk, visible


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return a function that opens the desk as a staff member."""
    return lambda who, language="zh": Desk(client, scenario, who, language)


def test_a_training_is_recorded_by_its_form(at: Any, scenario: Scenario) -> None:
    """An error shows at its field; a double click makes one record. Unauthorized staff have no form."""
    desk = at("sun")
    key = re.search(r'name="key" value="([^"]+)"', desk.get("/desk/record-training"))
    assert key
    said = {
        "key": key[1],
        "topic": "product_safety",
        "held": str(scenario.time.date()),
        "what": "召回和风险提示。",
        "proof": "签到表存档。",
    }
    wrong = desk.post("/desk/record-training", said, 422)
    assert 'href="#people"' in wrong
    assert "召回和风险提示。" in wrong
    where = desk.post("/desk/record-training", {**said, "people": ["qian", "feng"]})
    assert desk.post("/desk/record-training", {**said, "people": ["qian", "feng"]}) == where
    page = visible(desk.get(where))
    assert "产品安全" in page
    assert "Qian" in page
    assert "签到表存档。" in page
    assert "None" not in page
    assert where.partition("?")[0] in desk.get("/desk/trainings")
    at("zhao").get("/desk/record-training", 403)
    number = re.search(r"trainings/(\d+)", where)
    assert number
    assert at("sun").take(scenario.product.file.load(number[1]), "note", text="另有两人补课。") == (
        f"/desk/trainings/{number[1]}?done=note"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_overdue_trainings_are_listed_on_the_roster_page(at: Any, scenario: Scenario, language: str) -> None:
    """The page lists each role's people with the due date or without any record; it lists nobody once all are
    trained.
    """
    words = {
        "zh": ("有人没有记录", "到期（", "都在有效期内"),
        "en": ("no record of it", ", due ", "No role has"),
    }
    never, late, done = words[language]
    for path in ("/desk/roster", "/desk/trainings"):
        assert never in visible(at("sun", language).get(path))
    trained(scenario)
    for path in ("/desk/roster", "/desk/trainings"):
        assert done in visible(at("sun", language).get(path))
    scenario.later(367 * DAY)
    page = visible(at("sun", language).get("/desk/trainings"))
    assert late in page
    assert "Qian" in page
    assert "None" not in page


def test_a_training_is_no_complaint(at: Any, scenario: Scenario) -> None:
    """The number opens the training's own page; a complaint has none there, and other teams do not see it."""
    case, complaint = recorded(scenario), scenario.submit()
    answer = at("sun").client.http.get(f"/desk/cases/{case.ref}", headers=at("sun").headers)
    assert answer.headers["Location"] == f"/desk/trainings/{case.ref}"
    at("sun").get(f"/desk/trainings/{complaint.ref}", 404)
    at("stranger").get(f"/desk/trainings/{case.ref}", 404)
    at("zheng").get("/desk/trainings", 403)

"""A complaint whose personal data are destroyed, as its consumer and staff find it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.locale.formats import label
from chalicelib.operations.destruction import WAITS
from tests.casework.destroyed import STORY, WHY, closed, hour, load
from tests.scenario import WU, ZHOU, Scenario
from tests.web.calls import EN
from tests.web.desk import Desk, visible
from tests.web.links import held

SAID = {
    "zh": "这件投诉的个人信息已于2026年2月13日（星期五）删除。数据库备份里还会保留到2026年3月20日",
    "en": "were deleted on Friday 13 February 2026. They stay in the backups of the database until Friday 20"
    " March 2026",
}


@pytest.fixture
def gone(scenario: Scenario) -> tuple[str, dict[str, str]]:
    """Return the number of a destroyed case, and the browser that still holds its link."""
    ref = closed(scenario)
    link = held(scenario, ref)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    assert hour(scenario) == 1
    return ref, link


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_what_backups_hold_and_until_when(
    client: Any, gone: tuple[str, dict[str, str]], language: str
) -> None:
    """The link of the consumer answers with the day of the deletion and the last day of the backups."""
    _, link = gone
    answer = client.http.get("/case", headers={**link, "Accept-Language": language})
    assert answer.status_code == 410
    assert SAID[language] in visible(answer.body.decode())


def test_the_interface_says_the_same(client: Any, gone: tuple[str, dict[str, str]]) -> None:
    """A program with the link gets a code of its own."""
    ref, link = gone
    token = link["Cookie"].partition(f"{ref}.")[2]
    answer = client.http.get(f"/v1/cases/{ref}", headers={**EN, "Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json_body["type"]) == (410, "/problems/your_data_destroyed")


def test_staff_still_read_the_steps(
    client: Any, scenario: Scenario, gone: tuple[str, dict[str, str]]
) -> None:
    """The desk shows the case with its steps, and no word of the person."""
    ref, _ = gone
    for path in (f"/desk/cases/{ref}", f"/desk/cases/{ref}/letters"):
        assert STORY not in visible(Desk(client, scenario, "zhou").get(path))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_desk_holds_ends_and_destroys(client: Any, scenario: Scenario, language: str) -> None:
    """Each of the three moves is a form at the desk of a supervisor, and is approved by the executive."""
    ref = closed(scenario)
    zhou, wu = (Desk(client, scenario, who, language) for who in ("zhou", "wu"))
    for move, said in (
        ("hold_records", {"reason": "法院要求保全。"}),
        ("release_records", {"reason": "诉讼已经结束。"}),
        ("destroy_data", WHY),
    ):
        zhou.take(load(scenario, ref), move, **said)
        wu.take(load(scenario, ref), "approve", approval=load(scenario, ref).approvals[-1].id)
        assert move in scenario.product.file.load(ref).taken
    assert label(language, "destroy_data", "move") in visible(zhou.get(f"/desk/cases/{ref}"))

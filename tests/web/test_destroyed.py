"""A complaint whose personal data are destroyed, as its consumer and staff find it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.locale.formats import label, texts
from chalicelib.operations.destruction import WAITS
from chalicelib.web.pages import say
from tests.casework.destroyed import SAID, STORY, WHY, closed, erased, hour, load, over
from tests.scenario import WU, ZHOU, Scenario
from tests.web.calls import EN
from tests.web.desk import Desk, visible
from tests.web.links import held

PAGE_SAYS = {
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
    assert PAGE_SAYS[language] in visible(answer.body.decode())


def test_the_interface_says_the_same(client: Any, gone: tuple[str, dict[str, str]]) -> None:
    """A program with the link gets a code of its own."""
    ref, link = gone
    token = link["Cookie"].partition(f"{ref}.")[2]
    answer = client.http.get(f"/v1/cases/{ref}", headers={**EN, "Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json_body["type"]) == (410, "/problems/your_data_destroyed")


def test_staff_still_read_the_steps(
    client: Any, scenario: Scenario, gone: tuple[str, dict[str, str]]
) -> None:
    """The desk shows the case with its steps, no word of the person, and no link to a file that is gone."""
    ref, _ = gone
    for path in (f"/desk/cases/{ref}", f"/desk/cases/{ref}/letters"):
        page = Desk(client, scenario, "zhou").get(path)
        assert STORY not in visible(page)
        assert f"/desk/cases/{ref}/files/" not in page


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


def test_the_others_still_read_their_complaint(client: Any, scenario: Scenario) -> None:
    """After one of two lost their data, the pages of the other person and of the desk open as before. Those
    of the person do not."""
    ref, own = over(scenario)
    mine, theirs = held(scenario, ref), held(scenario, own)
    gone = held(scenario, ref, id="p2")
    erased(scenario, ref, party="p2")
    assert STORY in visible(client.http.get("/case/complaint", headers=mine).body.decode())
    assert client.http.get("/case", headers=theirs).status_code == 410
    assert client.http.get("/case", headers=gone).status_code in (403, 404, 303)
    for path in ("", "/letters", "/files", "/timeline"):
        page = visible(Desk(client, scenario, "zhou").get(f"/desk/cases/{ref}{path}"))
        assert SAID not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_head_at_the_desk_says_what_becomes_of_the_data(
    client: Any, scenario: Scenario, language: str
) -> None:
    """The head says that records are held, that data will be destroyed, and that they are."""
    ref = closed(scenario)
    desk = Desk(client, scenario, "zhou", language)

    def head() -> list[bool]:
        page = visible(desk.get(f"/desk/cases/{ref}"))
        return [
            say(language, f"desk.retained.{name}") in page for name in ("held", "to_destroy", "destroyed")
        ]

    assert head() == [False, False, False]
    scenario.agreed(ref, ZHOU, WU, "hold_records", reason="法院要求保全。")
    assert head() == [True, False, False]
    scenario.agreed(ref, WU, ZHOU, "release_records", reason="诉讼已经结束。")
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    assert head() == [False, True, False]
    scenario.later(WAITS)
    hour(scenario)
    assert head() == [False, False, True]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_form_under_hold_says_what_to_do_first(client: Any, scenario: Scenario, language: str) -> None:
    """A form that was opened before the hold is refused in one sentence with the next step. The head of the
    case says the same."""
    ref = closed(scenario)
    desk, path = Desk(client, scenario, "zhou", language), f"/desk/cases/{ref}/moves/destroy_data"
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', desk.get(path)))
    scenario.agreed(ref, ZHOU, WU, "hold_records", reason="法院要求保全。")
    page = desk.post(path, {**hidden, "seen": str(load(scenario, ref).entries), **WHY}, 422)
    assert label(language, "release_records", "move") in visible(desk.get(f"/desk/cases/{ref}"))
    assert texts(language)["refusal"]["records_held"] in visible(page)
    assert label(language, "release_records", "move") in texts(language)["refusal"]["records_held"]


def test_the_form_of_a_joint_complaint_asks_whose_data(client: Any, scenario: Scenario) -> None:
    """The form of a joint complaint asks for the person, that of any other does not."""
    joint, own = over(scenario)
    desk = Desk(client, scenario, "zhou")
    asked = ['name="party"' in desk.get(f"/desk/cases/{ref}/moves/destroy_data") for ref in (joint, own)]
    assert asked == [True, False]

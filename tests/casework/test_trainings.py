"""Trainings in the table, and overdue trainings in the supervisor's digest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.engine.sending_limits import this_morning
from chalicelib.domain.model.case import Refusal
from tests.casework.actions import open_action
from tests.casework.trainings import recorded, trained
from tests.casework.walks import walked
from tests.scenario import DAY, HOUR, Scenario


def lacking(scenario: Scenario) -> set[tuple[str, str]]:
    """Return role and topic of the overdue trainings."""
    roster, _ = scenario.product.file.fresh_roster()
    return {(gap.role, gap.topic) for gap in scenario.product.cover.untrained(roster)}


def test_recorded_training_counts_for_a_year(scenario: Scenario) -> None:
    """A recorded training counts role by role; its record is whole and on no work list."""
    assert ("intake", "complaint_handling") in lacking(scenario)
    ref = recorded(scenario).ref
    assert not any(topic == "complaint_handling" for _, topic in lacking(scenario))
    assert ("safety", "product_safety") in lacking(scenario)
    assert scenario.product.record.check(ref) == []
    assert not scenario.product.file.work("TEAM#general", None, 9)[0]
    scenario.later(366 * DAY)
    assert ("intake", "complaint_handling") in lacking(scenario)


def test_an_action_asks_its_team_for_a_training(scenario: Scenario) -> None:
    """Earlier trainings no longer count after the action's due day; the training that answers it does."""
    trained(scenario)
    scenario.later(DAY)
    action = open_action(scenario, training="product_safety", due=str(scenario.time.date() + 9 * DAY))
    scenario.later(9 * DAY)
    assert lacking(scenario) == set()
    scenario.later(DAY)
    assert lacking(scenario) == {("safety", "product_safety")}
    recorded(scenario, topic="product_safety", action=action.ref, people=["qian"])
    assert lacking(scenario) == set()
    with pytest.raises(Refusal, match="unknown_case"):
        recorded(scenario, action=scenario.submit().ref)


def test_an_overdue_role_stands_in_the_digest_of_its_supervisor_until_it_is_trained(
    scenario: Scenario,
) -> None:
    """The digest names it each morning until the training is recorded; after that no late digest does.

    The line is written only in the hours before the morning. A digest with trainings alone names the first.
    """
    trained(scenario)
    digests = lambda: [mail for mail in scenario.sent() if mail["to"] == "zhou@house.example"]  # noqa: E731

    def day() -> None:
        scenario.time = this_morning(scenario.time) - HOUR
        scenario.product.cover.watch()
        scenario.later(HOUR)
        walked(scenario)

    day()
    assert digests() == []
    scenario.later(366 * DAY)
    day()
    day()
    assert len(digests()) == 2
    assert "安全专员有1人的产品安全培训已逾期" in digests()[-1]["text"]
    assert "培训等" in digests()[-1]["subject"]
    assert "时限" not in digests()[-1]["subject"]
    lines = scenario.product.correspondence.lines.lines
    scenario.product.cover.watch()
    assert lines("zhou") == []
    scenario.time = this_morning(scenario.time) - HOUR
    scenario.product.cover.watch()
    assert lines("zhou")
    trained(scenario)
    scenario.later(4 * HOUR)
    walked(scenario)
    day()
    assert len(digests()) == 2


def test_a_roster_without_a_supervisor_tells_nobody(scenario: Scenario) -> None:
    """Without a supervisor no digest is sent, and nothing fails."""
    roster, _ = scenario.product.file.fresh_roster()
    teams = {
        id: replace(team, duty={role: of for role, of in team.duty.items() if role != "supervisor"})
        for id, team in roster.teams.items()
    }
    scenario.product.file.keep_roster(replace(roster, teams=teams))
    scenario.product.cover.watch()
    walked(scenario)
    assert scenario.sent() == []

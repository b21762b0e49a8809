"""Trainings in the table, and overdue trainings in the supervisor's digest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.engine.sending_limits import this_morning
from chalicelib.domain.model.case import Refusal
from tests.casework.actions import open_action
from tests.casework.trainings import recorded, trained
from tests.casework.walks import walked
from tests.house import DAY, HOUR, House


def lacking(house: House) -> set[tuple[str, str]]:
    """Return role and topic of the overdue trainings."""
    roster, _ = house.product.file.fresh_roster()
    return {(gap.role, gap.topic) for gap in house.product.cover.untrained(roster)}


def test_what_is_recorded_is_overdue_no_more_for_a_year(house: House) -> None:
    """A recorded training counts role by role; its record is whole and on no work list."""
    assert ("intake", "complaint_handling") in lacking(house)
    ref = recorded(house).ref
    assert not any(topic == "complaint_handling" for _, topic in lacking(house))
    assert ("safety", "product_safety") in lacking(house)
    assert house.product.record.check(ref) == []
    assert not house.product.file.work("TEAM#general", None, 9)[0]
    house.later(366 * DAY)
    assert ("intake", "complaint_handling") in lacking(house)


def test_an_action_asks_its_team_for_a_training(house: House) -> None:
    """Earlier trainings no longer count after the action's due day; the training that answers it does."""
    trained(house)
    house.later(DAY)
    action = open_action(house, training="product_safety", due=str(house.time.date() + 9 * DAY))
    house.later(9 * DAY)
    assert lacking(house) == set()
    house.later(DAY)
    assert lacking(house) == {("safety", "product_safety")}
    recorded(house, topic="product_safety", action=action.ref, people=["qian"])
    assert lacking(house) == set()
    with pytest.raises(Refusal, match="unknown_case"):
        recorded(house, action=house.submit().ref)


def test_an_overdue_role_stands_in_the_digest_of_its_supervisor_until_it_is_trained(house: House) -> None:
    """The digest names it each morning until the training is recorded; after that no late digest does.

    The line is written only in the hours before the morning. A digest with trainings alone names the first.
    """
    trained(house)
    digests = lambda: [mail for mail in house.sent() if mail["to"] == "zhou@house.example"]  # noqa: E731

    def day() -> None:
        house.time = this_morning(house.time) - HOUR
        house.product.cover.watch()
        house.later(HOUR)
        walked(house)

    day()
    assert digests() == []
    house.later(366 * DAY)
    day()
    day()
    assert len(digests()) == 2
    assert "安全专员有1人的产品安全培训已逾期" in digests()[-1]["text"]
    assert "培训等" in digests()[-1]["subject"]
    assert "时限" not in digests()[-1]["subject"]
    lines = house.product.correspondence.lines.lines
    house.product.cover.watch()
    assert lines("zhou") == []
    house.time = this_morning(house.time) - HOUR
    house.product.cover.watch()
    assert lines("zhou")
    trained(house)
    house.later(4 * HOUR)
    walked(house)
    day()
    assert len(digests()) == 2


def test_a_roster_without_a_supervisor_tells_nobody(house: House) -> None:
    """Without a supervisor no digest is sent, and nothing fails."""
    roster, _ = house.product.file.fresh_roster()
    teams = {
        id: replace(team, duty={role: of for role, of in team.duty.items() if role != "supervisor"})
        for id, team in roster.teams.items()
    }
    house.product.file.keep_roster(replace(roster, teams=teams))
    house.product.cover.watch()
    walked(house)
    assert house.sent() == []

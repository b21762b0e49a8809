"""Missing trainings: those that a role repeats within a year, and those that an improvement action asks of a
team."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Lesson, Stage
from chalicelib.domain.policy import Course, names, policy
from chalicelib.domain.roster import ON_DUTY
from chalicelib.domain.training import RequiredTraining, Trained, Untrained, untrained
from tests.domain.actions import Action
from tests.domain.life import Life, on_duty
from tests.domain.trainings import Record

TODAY, DAY = date(2026, 3, 5), timedelta(days=1)
COURSES = {Lesson.PRODUCT_SAFETY: Course(("safety", "followup"), 365)}


def lacking(*trained: Trained, asked: tuple[RequiredTraining, ...] = ()) -> tuple[Untrained, ...]:
    """Return the usual people who lack a training in product safety: qian is on duty for safety, feng and
    chen follow up."""
    return tuple(one for one in untrained(on_duty(), COURSES, trained, asked, TODAY) if one.team == "general")


def trained(*people: str, ago: int = 10) -> Trained:
    """Return a training so many days ago."""
    return Trained(Lesson.PRODUCT_SAFETY, TODAY - ago * DAY, people)


def test_untrained_people_are_listed_by_role() -> None:
    """Each role lists its untrained people; other roles need no such training."""
    assert lacking() == (
        Untrained("general", "safety", Lesson.PRODUCT_SAFETY, ("qian",), None),
        Untrained("general", "followup", Lesson.PRODUCT_SAFETY, ("feng", "chen"), None),
    )
    assert lacking(trained("qian", "feng", "chen")) == ()


def test_a_training_counts_for_a_year() -> None:
    """The last training counts, to the day; the gap has its date."""
    assert lacking(trained("qian", "feng", "chen", ago=365)) == ()
    late = lacking(trained("qian", ago=800), trained("qian", "feng", ago=366), trained("chen"))
    assert [(gap.role, gap.people, gap.since) for gap in late] == [
        ("safety", ("qian",), TODAY - DAY),
        ("followup", ("feng",), TODAY - DAY),
    ]


def test_an_action_asks_for_a_training_of_its_own() -> None:
    """A training before the action was opened does not count. It is overdue after the action's day, for its
    team only."""
    asked = RequiredTraining("general", Lesson.PRODUCT_SAFETY, TODAY - 9 * DAY, TODAY - DAY)
    before, after = trained("qian", "feng", "chen"), trained("qian", ago=9)
    assert [gap.people for gap in lacking(before, after, asked=(asked,))] == [("feng", "chen")]
    assert lacking(before, asked=(asked._replace(due=TODAY),)) == ()
    assert lacking(before, asked=(asked._replace(team="repair"),)) == ()


@pytest.mark.parametrize("rules", names())
def test_every_course_of_a_policy_is_for_roles_of_the_roster(rules: str) -> None:
    """Each course also repeats within two years."""
    for course in policy(rules).trainings.values():
        assert {*course.roles} <= {*ON_DUTY}
        assert 0 < course.days <= 730


def test_a_training_is_recorded_with_who_and_when() -> None:
    """The entry's hashed line has people, topic and day as facts; content and proof are words."""
    life = Record(action=Action().case)
    (facts,) = life.facts("record_training")
    assert (life.case.stage, facts["people"], facts["topic"]) == (
        Stage.TRAINED,
        ["qian", "feng"],
        "product_safety",
    )
    assert life.words(1) == {"what": "召回和风险提示。", "proof": "签到表存档。"}
    assert life.whole()
    assert life.lines[0]["who"] == "sun"
    assert not life.running


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"people": ()}, "unknown_person"),
        ({"people": ("qian", "nobody")}, "unknown_person"),
        ({"action": Life().case}, "unknown_case"),
    ],
)
def test_training_rejects_unknown_people_and_actions(said: dict[str, Any], code: str) -> None:
    """Each person is on the roster, and the action is an improvement action."""
    with pytest.raises(Refusal, match=code):
        Record(**said)


def test_only_a_lead_or_a_supervisor_records_a_training() -> None:
    """Nobody certifies their own training."""
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        Record("qian")
    assert Record("zhou").case.training


def test_an_action_asks_only_for_what_some_role_learns() -> None:
    """An action for another training would address nobody."""
    with pytest.raises(Refusal, match="training_unknown"):
        Action(training=Lesson.OTHER)

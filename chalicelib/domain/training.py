"""Overdue trainings. Some trainings must be repeated by a role after some time; others are required of a team
by an improvement action."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from chalicelib.domain.model.codes import Lesson
from chalicelib.domain.policy import Course
from chalicelib.domain.roster import Roster


class Trained(NamedTuple):
    """A training that was held on the local day `day`, with the ids of the people who took part."""

    topic: Lesson
    day: date
    people: tuple[str, ...]


class RequiredTraining(NamedTuple):
    """A training that an improvement action requires of a team by the day `due`. Only a training on the day
    `since` or later counts."""

    team: str
    topic: Lesson
    since: date
    due: date


class Untrained(NamedTuple):
    """The people (ids) with a role in a team whose training in a topic is overdue. `since` is the local day
    on which the first of their trainings became overdue. `since` is None if one of the people never had the
    training."""

    team: str
    role: str
    topic: Lesson
    people: tuple[str, ...]
    since: date | None


def untrained(
    roster: Roster,
    courses: Mapping[Lesson, Course],
    trained: Iterable[Trained],
    required: Iterable[RequiredTraining],
    today: date,
) -> tuple[Untrained, ...]:
    """Return all overdue trainings of the people on the roster, one row for each team, role and topic.
    `courses` says which roles must repeat which training. `trained` are the trainings held. `required` are
    the trainings that improvement actions require."""
    last: dict[tuple[str, Lesson], date] = {}
    for training in trained:
        for who in training.people:
            key = who, training.topic
            last[key] = max(training.day, last.get(key, training.day))
    asks = [*required]

    def lacking(team: str, topic: Lesson, role: str) -> Iterator[tuple[str, date | None]]:
        every = timedelta(days=courses[topic].days)
        for member in roster.teams[team].duty.get(role, ()):
            had = last.get((member.id, topic))
            missed = [
                one.due
                for one in asks
                if (one.team, one.topic) == (team, topic) and (not had or had < one.since)
            ]
            ends = [] if had is None else [had + every, *missed]
            if had is None or min(ends) < today:
                yield member.id, min(ends) if ends else None

    found = []
    for team in roster.teams:
        for topic, course in courses.items():
            for role in course.roles:
                if lack := [*lacking(team, topic, role)]:
                    since = (
                        None if any(day is None for _, day in lack) else min(day for _, day in lack if day)
                    )
                    found.append(Untrained(team, role, topic, tuple(who for who, _ in lack), since))
    return tuple(found)

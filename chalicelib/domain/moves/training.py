"""Records of trainings: who took part, the topic, the proof, and the improvement action or cause of
complaints that led to the training."""

from datetime import date
from typing import Annotated

from chalicelib.domain.engine.declare import Done, move
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import Training
from chalicelib.domain.model.codes import Cause, Channel, Lesson, Role as R, Stage as S
from chalicelib.domain.model.field_marks import Given, Names, Needed, Past, Text
from chalicelib.domain.roster import Roster


@move(to=S.TRAINED, by=R.LEAD | R.SUPERVISOR)
def record_training(
    _: None,
    act: Act,
    *,
    ref: Annotated[str, Given()],
    rules: Annotated[str, Given(noted=True)],
    roster: Annotated[Roster, Given()],
    topic: Lesson,
    held: Annotated[date, Past()],
    people: Annotated[tuple[Annotated[str, Names("staff", "people")], ...], Needed()],
    what: Text,
    proof: Text,
    action: Case | None = None,
    cause: Cause | None = None,
) -> Done:
    """Record a training that people of the roster had. `people` are their ids, `held` is the day, `what` the
    content. `action` is the improvement action, or `cause` the cause of complaints, that led to the training.
    The record cannot be changed afterwards."""
    refuse_if(not people or any(not roster.roles(who) for who in people), "unknown_person", field="people")
    refuse_if(action and action.improvement is None, "unknown_case", field="action")
    team = roster.record_team(people[0], act.teams)
    return Done(
        Case(
            ref,
            rules,
            S.TRAINED,
            Channel.REFERRAL_INTERNAL,
            act.now,
            act.now,
            team,
            (),
            (),
            training=Training(
                topic, held, tuple(dict.fromkeys(people)), action.ref if action else None, cause
            ),
        )
    )

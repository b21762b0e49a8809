"""Improvement actions against a cause of complaints. An action must be done by a day, and another person
verifies that the action worked. If the cause becomes more frequent, the action is opened again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from chalicelib.domain.calendar import DAY, published
from chalicelib.domain.engine.action_deadlines import next_look
from chalicelib.domain.engine.declare import ANYBODY, OFTEN, Done, move, where
from chalicelib.domain.engine.server_facts import Days, FactContext, Server, fills
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import Counted, Improvement, Look
from chalicelib.domain.model.codes import Cause, Channel, Lesson, Role as R, Source, Stage as S, Verdict
from chalicelib.domain.model.field_marks import FormRule, Future, Given, Names, Text
from chalicelib.domain.policy import policy
from chalicelib.domain.recurrence import compared
from chalicelib.domain.roster import Roster

OWNERS = (
    R.INTAKE
    | R.INVESTIGATOR
    | R.DEPARTMENT
    | R.DEPARTMENT_HEAD
    | R.LEAD
    | R.SAFETY
    | R.NEGOTIATOR
    | R.FOLLOWUP
    | R.SUPERVISOR
    | R.EXECUTIVE
)
"""The roles that can own an improvement action: all staff roles that read cases, except the roles of the
panel."""


@frozen
class CauseCounts:
    """How many complaints had the cause of an action, in a period before the action and in a period after the
    action."""

    before: Counted
    after: Counted


Counts = Annotated[CauseCounts | None, Given()]
"""How many complaints had the cause of an action, before and after the action. The server fills in this
value. None if there are no figures for the two periods, which `stretches` returns."""


@fills("figures")
def _counted(server: Server, context: FactContext) -> CauseCounts | None:
    """Return how many complaints had the cause of the action, before and after the action. Return None if the
    action is not finished, or if there are no figures for the two periods."""
    action = context.case.improvement
    if action is None or action.finished is None:
        return None
    days = stretches(context.case, context.at)
    counts = server.recurrences(action.cause, *days)
    return counts and CauseCounts(
        *(Counted(*of, total, cause) for of, (cause, total) in zip(days, counts, strict=True))
    )


@move(to=S.IMPROVING, by=R.LEAD | R.SAFETY | R.SUPERVISOR, tells="action_due → owner", kept=OFTEN)
def open_action(
    _: None,
    act: Act,
    *,
    ref: Annotated[str, Given()],
    rules: Annotated[str, Given(noted=True)],
    roster: Annotated[Roster, Given()],
    cause: Cause,
    source: Source,
    why: Text,
    measure: Text,
    owner: Annotated[str, Names("owner")],
    due: Annotated[date, Future()],
    complaint: Case | None = None,
    training: Annotated[Lesson | None, FormRule(never={"": Lesson.OTHER})] = None,
) -> Done:
    """Open an improvement action against a cause of complaints: the measure, its owner, and the day `due` by
    which the measure must be done.

    `why` says what was observed, and `complaint` is an example. If a `training` is named, the roles of the
    team that need this training must take it by the same day. The action belongs to an open team of its
    owner, if possible to one of the actor's teams."""
    refuse_if(due <= published().day_of(act.now), "due_in_future", field="due")
    refuse_if(training and training not in policy(rules).trainings, "training_unknown", field="training")
    refuse_if(not roster.roles(owner) & OWNERS, "unknown_person", field="owner")
    team = roster.record_team(owner, act.teams)
    of = complaint.ref if complaint else None
    case = Case(
        ref,
        rules,
        S.IMPROVING,
        Channel.REFERRAL_INTERNAL,
        act.now,
        act.now,
        team,
        (),
        (),
        owner=owner,
        improvement=Improvement(source, cause, act.now, due, of, training=training),
    )
    return Done(case)


def _own(case: Case, act: Act) -> bool:
    return act.role is R.SUPERVISOR or act.who == case.owner


@move(
    at=S.IMPROVING,
    to=S.VERIFYING,
    by=OWNERS,
    kept=OFTEN,
    about=where(_own, ANYBODY),
    answers=("improvement_action",),
)
def finish_action(case: Case, act: Act, *, done: Text) -> Case:
    """Finish an action, as its owner or a supervisor. `done` says what was done. Another person verifies
    later whether the action worked."""
    refuse_if(not _own(case, act), "not_your_action")
    return replace(case, improvement=replace(_action(case), finished=act.now, finisher=act.who, looks=()))


def _another(case: Case, act: Act) -> bool:
    """Return whether a verification of the action is left to do. Raises Refusal `own_action` if the actor
    owns or finished the action. Raises Refusal `look_too_early` before the day of the next verification."""
    look, action = next_look(case), _action(case)
    refuse_if(act.who in (case.owner, action.finisher), "own_action")
    refuse_if(look and published().day_of(act.now) < look[1], "look_too_early", day=look and look[1])
    return look is not None


@move(
    at=S.VERIFYING,
    to=frozenset({S.VERIFYING, S.IMPROVED, S.IMPROVING}),
    by=R.SUPERVISOR,
    tells="action_due? → owner",
    kept=OFTEN,
    about=where(_another, ANYBODY),
    answers=("verification",),
)
def verify_action(case: Case, act: Act, *, figures: Counts, finding: Text | None = None) -> Done:
    """Verify whether an action worked, 30 and 90 days after it was done. Only a supervisor who neither owns
    nor finished the action can do this. The result depends on the rate of the cause for each thousand
    complaints, before and after the action. If the rate rose, the action is opened again."""
    _another(case, act)
    id, _ = required(next_look(case), "nothing_to_verify")
    return _looked(case, act, id, required(figures, "no_figures"))


@move(
    at=S.IMPROVED,
    to=frozenset({S.IMPROVED, S.IMPROVING}),
    by=R.CLOCK,
    tells="action_due? → owner, action_due? → role:supervisor",
    kept=OFTEN,
)
def watch_action(case: Case, act: Act, *, look: str, figures: Counts) -> Done:
    """Check, as the clock, whether the cause of a verified action has become more frequent since the last
    check. If the cause has, the action is opened again. Without `figures` the entry only records the check.
    `look` is the id of this check."""
    return _looked(case, act, look, figures)


def _looked(case: Case, act: Act, id: str, figures: CauseCounts | None) -> Done:
    look = Look(id, act.now, act.who, Verdict.CANNOT_BE_TOLD)
    if figures:
        before, after = figures.before, figures.after
        found = compared((before.cause, before.complaints), (after.cause, after.complaints))
        ends = (None if end is None else round(end, 3) for end in found[:3])
        look = Look(id, act.now, act.who, found.verdict, before, after, *ends)
    action = _action(case)
    after_it = replace(case, improvement=replace(action, looks=(*action.looks, look)))
    facts = {
        "look": id,
        "verdict": look.verdict,
        "counted_before": look.before,
        "counted_since": look.after,
        "ratio": look.ratio,
        "interval": [look.low, look.high] if figures else None,
    }
    if look.verdict == Verdict.ROSE:
        return _opened_again(after_it, act, facts)
    still = case.stage == S.VERIFYING and next_look(after_it)
    return Done(replace(after_it, stage=S.VERIFYING if still else S.IMPROVED), facts=facts)


def _opened_again(case: Case, act: Act, facts: Mapping[str, object]) -> Done:
    action = replace(_action(case), since=act.now, due=None, returned=_action(case).returned + 1)
    told = ("owner", "role:supervisor") if act.role is R.CLOCK else ("owner",)
    return Done(
        replace(case, stage=S.IMPROVING, improvement=action), tuple(("action_due", to) for to in told), facts
    )


def stretches(case: Case, now: datetime) -> tuple[Days, Days]:
    """Return the two periods in which complaints with the cause are counted: the days before and the days
    after.

    For the verification of an action, the days after run from the finish of the action to yesterday. The days
    before are as many days before the action was opened. For a later check by the clock, the days after run
    from the last check to yesterday. The days before run from the finish of the action to the last check."""
    action, today = _action(case), published().day_of(now)
    assert action.finished
    done = published().day_of(action.finished)
    if case.stage == S.IMPROVED and action.looks:
        last = published().day_of(action.looks[-1].at)
        return (done, max(done, last - DAY)), (last, max(last, today - DAY))
    end = max(done, today - DAY)
    opened = published().day_of(action.since)
    return (opened - (end - done) - DAY, opened - DAY), (done, end)


def _action(case: Case) -> Improvement:
    assert case.improvement, "at these stages there is one"
    return case.improvement

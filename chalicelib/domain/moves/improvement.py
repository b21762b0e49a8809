"""Improvement actions against a cause of complaints. An action must be done by a day, and another person
verifies that the action worked. If the cause becomes more frequent, the action is opened again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from chalicelib.domain.calendar import DAY, published
from chalicelib.domain.engine.action_deadlines import next_look
from chalicelib.domain.engine.declare import ANYBODY, OFTEN, Done, move, where
from chalicelib.domain.engine.server_facts import CauseCounts, Days, FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import ActionScope, Improvement, Look
from chalicelib.domain.model.codes import (
    Cause,
    Channel,
    GoodsClass,
    Lesson,
    Region,
    Role as R,
    ScopeKind,
    ServiceClass,
    Source,
    Stage as S,
    Verdict,
)
from chalicelib.domain.model.field_marks import RARE, FormRule, Future, Given, Names, Short, Suggested, Text
from chalicelib.domain.policy import policy
from chalicelib.domain.recurrence import AGE, BASELINE, BEFORE_OPENING, judged
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


Counts = Annotated[CauseCounts | None, Given()]
"""How many complaints had the cause of an action, before and after the action. The server fills in this
value. None if the figures are not complete for the two periods, which `stretches` returns."""


@fills("figures")
def _counted(server: Server, context: FactContext) -> CauseCounts | None:
    """Return how many complaints had the cause of the action, before and after the action. Return None if no
    check is due, or if the figures are not complete."""
    days = stretches(context.case, context.at)
    return days and server.recurrences(context.case, *days)


@fills("sign")
def _sign(server: Server, context: FactContext) -> date | None:
    """Return the newest day since the last check of the action with an early sign of its cause. Return None
    without such a day, and for a complaint."""
    if not (action := context.case.improvement):
        return None
    since = action.looks[-1].at if action.looks else action.finished or action.since
    return server.sign(context.case, published().day_of(since))


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
    goods_class: Annotated[GoodsClass | None, RARE] = None,
    service_class: Annotated[ServiceClass | None, RARE] = None,
    company: Annotated[Short | None, Suggested(), RARE] = None,
    of_team: Annotated[str | None, Names("any_team", "of_team"), RARE] = None,
    region: Annotated[Region | None, RARE] = None,
) -> Done:
    """Open an improvement action against a cause of complaints: the measure, its owner, and the day `due` by
    which the measure must be done.

    `why` says what was observed, and `complaint` is an example. If a `training` is named, the roles of the
    team that need this training must take it by the same day. The action belongs to an open team of its
    owner, if possible to one of the actor's teams.

    The action is for all complaints, or for one part of them: a class of goods or services, a company that
    the policy lists, the complaints of a team (`of_team`), or a region."""
    listed = policy(rules).listed(company)
    parts: list[tuple[str, ScopeKind, str | None]] = [
        ("goods_class", ScopeKind.CLASS, goods_class),
        ("service_class", ScopeKind.CLASS, service_class),
        ("company", ScopeKind.COMPANY, listed),
        ("of_team", ScopeKind.TEAM, of_team),
        ("region", ScopeKind.REGION, region),
    ]
    chosen = [(field, ActionScope(kind, str(code))) for field, kind, code in parts if code]
    refuse_if(company and not listed, "company_not_listed", field="company")
    refuse_if(of_team and of_team not in roster.teams, "unknown_team", field="of_team")
    refuse_if(len(chosen) > 1, "one_scope", field=chosen[-1][0] if chosen else "")
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
        improvement=Improvement(
            source, cause, act.now, due, of, training=training, scope=chosen[0][1] if chosen else None
        ),
    )
    return Done(case)


def _own(case: Case, act: Act) -> bool:
    return act.role is R.SUPERVISOR or act.who == case.owner


@move(at=S.IMPROVING, by=OWNERS, kept=OFTEN, about=where(_own, ANYBODY), answers=("containment",))
def contain(case: Case, act: Act, *, contained: Text, protects: Text) -> Case:
    """Record, as the owner or a supervisor, what protects people at once, before the measure removes the
    cause. `contained` says what was done, and `protects` says whom it protects. If nothing can be done at
    once, the texts say why. This can be recorded again."""
    refuse_if(not _own(case, act), "not_your_action")
    return replace(case, improvement=replace(_action(case), contained=act.now))


def _finishes(case: Case, act: Act) -> bool:
    """Return whether the actor can finish the action. Raises Refusal `containment_first` for an owner or
    supervisor before it is recorded what protects people at once."""
    own = _own(case, act)
    refuse_if(own and not _action(case).contained, "containment_first")
    return own


@move(
    at=S.IMPROVING,
    to=S.VERIFYING,
    by=OWNERS,
    kept=OFTEN,
    about=where(_finishes, ANYBODY),
    answers=("improvement_action",),
)
def finish_action(case: Case, act: Act, *, done: Text) -> Case:
    """Finish an action, as its owner or a supervisor. `done` says what was done. It must be recorded before
    what protects people at once. Another person verifies later whether the action worked."""
    refuse_if(not _finishes(case, act), "not_your_action")
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
    """Verify whether an action worked, from day 91 and from day 210 after it was done. Only a supervisor who
    neither owns nor finished the action can do this. The result compares how often the cause was found in the
    year before with the 63 or 182 days after, per customer if their numbers are known. If the cause became
    more frequent, the action is opened again."""
    _another(case, act)
    id, _ = required(next_look(case), "nothing_to_verify")
    counts = required(figures, "no_figures")
    before, after = counts.before, counts.after
    found = judged(
        (before.days, after.days),
        (before.cause, after.cause),
        counts.others,
        counts.outside,
        counts.growth or (1.0, 1.0),
    )
    own = found.own and (found.own.ratio, found.own.low, found.own.high)
    look = Look(id, act.now, act.who, found.verdict, before, after, *(own or ()))
    rest = {name: getattr(found, name) for name in ("unclear", "beside", "outside", "expected", "needed")}
    grown = counts.growth and round(counts.growth[0], 3)
    return _looked(case, act, replace(look, **rest, parallel=counts.parallel, customers_grew=grown))


@move(
    at=S.IMPROVED,
    to=frozenset({S.IMPROVED, S.IMPROVING}),
    by=R.CLOCK,
    tells="action_due? → owner, action_due? → role:supervisor",
    kept=OFTEN,
)
def watch_action(case: Case, act: Act, *, look: str, sign: Annotated[date | None, Given()]) -> Done:
    """Check, as the clock, whether the cause of a verified action comes back. If there was an early sign of
    this cause in the scope of the action since the last check, the action is opened again. `sign` is the
    newest day with such a sign. `look` is the id of this check."""
    verdict = Verdict.ROSE if sign else Verdict.CANNOT_BE_TOLD
    return _looked(case, act, Look(look, act.now, act.who, verdict, sign=sign))


def _looked(case: Case, act: Act, look: Look) -> Done:
    action = _action(case)
    after_it = replace(case, improvement=replace(action, looks=(*action.looks, look)))
    facts = {
        "look": look.id,
        "verdict": look.verdict,
        "unclear": look.unclear,
        "counted_before": look.before,
        "counted_since": look.after,
        "by_itself": look.own,
        "beside": look.beside,
        "elsewhere": look.outside,
        "expected_cases": look.expected,
        "needed_cases": look.needed,
        "customers_grew": look.customers_grew,
        "parallel": look.parallel or None,
        "early_sign": look.sign,
    }
    if look.verdict == Verdict.ROSE:
        return _opened_again(after_it, act, facts)
    still = case.stage == S.VERIFYING and next_look(after_it)
    return Done(replace(after_it, stage=S.VERIFYING if still else S.IMPROVED), facts=facts)


def _opened_again(case: Case, act: Act, facts: Mapping[str, object]) -> Done:
    action = replace(
        _action(case), since=act.now, due=None, contained=None, returned=_action(case).returned + 1
    )
    told = ("owner", "role:supervisor") if act.role is R.CLOCK else ("owner",)
    return Done(
        replace(case, stage=S.IMPROVING, improvement=action), tuple(("action_due", to) for to in told), facts
    )


def stretches(case: Case, now: datetime) -> tuple[Days, Days, date] | None:
    """Return the two periods in which complaints with the cause are counted: the days before the action and
    the days after. Return too the day through which the figures must be complete. Return None if no check is
    due, and for a complaint.

    The days before are the 52 weeks that end 8 weeks before the action was first opened. The days after begin
    with the day on which the action was done. They end so early that the newest complaints are 28 days old on
    the day of the check. A later check counts the same days."""
    action = case.improvement
    look = action and next_look(case)
    if not action or not look or action.finished is None:
        return None
    done = published().day_of(action.finished)
    end = max(done, look[1] - AGE - DAY)
    through = min(end + AGE, published().day_of(now) - DAY)
    return before_action(case), (done, end), through


def before_action(case: Case) -> Days:
    """Return the first and the last of the days before an action with which the days after are compared."""
    until = published().day_of(case.recorded_at) - BEFORE_OPENING - DAY
    return until - BASELINE + DAY, until


def _action(case: Case) -> Improvement:
    assert case.improvement, "at these stages there is one"
    return case.improvement

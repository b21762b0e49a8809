"""The end of a declined case when the time to contest is over, and the reopening of closed cases."""

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import Done, Shows, move, where
from chalicelib.domain.engine.grounds import About, on_record
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import Dispute
from chalicelib.domain.model.codes import (
    ANEW,
    TALKS,
    Duty,
    Fact,
    Outcome,
    ReopenReason,
    Role as R,
    Route,
    Side,
    Stage as S,
)
from chalicelib.domain.model.field_marks import OfficialText, Text
from chalicelib.domain.model.letters import key_of, opened_by
from chalicelib.domain.model.obligation import DONE
from chalicelib.domain.moves.information import reviewed

RETURNS = {
    Outcome.NOT_PURSUED: S.RECEIVED,
    Outcome.DECLINED: S.RECEIVED,
    Outcome.INFORMATION_ONLY: S.RECEIVED,
    Outcome.FULFILLED: S.PERFORMING,
    Outcome.FULFILLED_AFTER_BREACH: S.PERFORMING,
    Outcome.NOT_SETTLED: S.NEGOTIATING,
    Outcome.PERFORMED_ON_THE_SPOT: S.NEGOTIATING,
}
"""The stage to which a reopened case returns. The key is the outcome with which the case was closed. With an
outcome that is not listed the case returns to investigating. A withdrawn case returns to received or
investigating."""


@move(
    at=S.DECLINED,
    to=S.CLOSED,
    by=R.CLOCK | R.LEAD,
    tells="closed → consumer",
    fits=lambda case: case.clock.review,
    decides=True,
    shows=Shows(),
    answers=("lapse_review",),
)
def lapse_decline(case: Case, act: Act, *, reason: Text | None = None) -> Case:
    """End the time in which the consumer can contest a decline, and close the case as declined. A case that
    may not be closed only because the consumer did not answer is left to the team lead."""
    reviewed(case, act, reason)
    return replace(case, outcome=Outcome.DECLINED)


on_record(Fact.WITHDRAWN)(lambda case, _: case.outcome == Outcome.WITHDRAWN)


@on_record(Fact.PERFORMED)
def _was_performed(case: Case, about: About) -> bool:
    done = any(owed.state in DONE for owed in case.obligations)
    return done or case.outcome == Outcome.PERFORMED_ON_THE_SPOT


def _reopenable(case: Case, act: Act) -> None:
    if case.together.joined:
        raise Refusal("linked_case", leading=case.together.joined.ref)
    if act.role in R.C and (spent := _spent(case, act)):
        raise Refusal(spent)
    refuse_if(case.outcome in ANEW, "complain_anew")


def _not_reopenable(case: Case, act: Act) -> None:
    if case.together.joined:
        raise Refusal("linked_case", leading=case.together.joined.ref)
    refuse_if(case.outcome not in ANEW and not _spent(case, act), "may_reopen")


@move(
    at=frozenset({S.CLOSED, S.DECLINED}),
    to=frozenset({S.RECEIVED, S.INVESTIGATING, S.PERFORMING, S.NEGOTIATING}),
    by=R.C | R.LEAD | R.SUPERVISOR | R.CLOCK,
    tells="reopened → consumer, reopened? → business",
    fits=lambda case: not case.together.joined and case.outcome not in ANEW,
    shows=Shows(words=("facts",)),
    part="now",
    rank=3,
    answers=("answer_window", "reopen_window"),
    about=where(_reopenable),
    starts=("scope_decision", "investigation", "assignment", "statutory_remedy"),
)
def reopen(case: Case, act: Act, *, cause: ReopenReason, facts: Text) -> Done:
    """Reopen a closed or declined case, with new deadlines. The consumer may reopen it once, within the time
    to contest. After that only the team lead or supervisor can reopen it, because of new facts (`facts`).

    The clock reopens a case if a file that was awaited had arrived in time, but its check ended after the
    closing."""
    _reopenable(case, act)
    own = act.role in R.C
    stage, matters, obligations = _return(case), case.matters, case.obligations
    talks = stage == S.NEGOTIATING  # new talks are about the answer, so the answer stays
    closed = opened_by("reopen_window")
    over = closed if talks else (*closed, "declined", "answer")
    if stage == S.RECEIVED:
        matters = tuple(replace(matter, accepted=None, ground=None, earlier=None) for matter in matters)
    # The case was closed as performed. If that was wrong, an officer must decide again on each obligation.
    if stage == S.PERFORMING:
        obligations = tuple(
            replace(
                o,
                state=Duty.DISPUTED,
                since=act.now,
                dated=act.now,
                notice=None,
                found=None,
                measures=(),
                broken=o.ever_breached,
            )
            if o.state in DONE | {Duty.WAIVED, Duty.EXCUSED}
            else o
            for o in obligations
        )
    # a case that was withdrawn during talks returns to its owner before the talks
    holder = case.held_before if len(case.stages) > 1 and case.stages[-2].stage in TALKS else case.owner
    again = replace(
        case,
        stage=stage,
        outcome=None,
        told={letter: at for letter, at in case.told.items() if key_of(letter).topic not in over},
        recourse=replace(
            case.recourse,
            reopened=case.recourse.reopened + own,
            withdrawn=None,
            reconsideration=None,
            answered=(),
            reviewed=case.recourse.reviewed if talks else (),
            sent_back=case.recourse.sent_back and talks,
        ),
        together=replace(case.together, proposal=None),
        matters=matters,
        obligations=obligations,
        inquiry=replace(case.inquiry, report=case.inquiry.report if talks else None),
        clock=replace(case.clock, extensions=()),
        talks=replace(
            case.talks,
            dispute=_anew(case, act) if talks else case.talks.dispute,
            mediation_offered=False,
            mediation=None,
            agreement=case.bound,
        ),
        owner=holder if stage in (S.RECEIVED, S.INVESTIGATING) else None,
        parties=case.without_consents,
    )
    return Done(again, (("reopened#business", "business"),) if talks else ())


@move(
    at=S.CLOSED,
    by=R.LEAD,
    tells="reopening_refused? → consumer",
    fits=lambda case: not case.together.joined,
    decides=True,
    shows=Shows(words=("reason",)),
    about=where(_not_reopenable, R.LEAD),
)
def refuse_reopening(case: Case, act: Act, *, reason: OfficialText, routes: tuple[Route, ...] = ()) -> Done:
    """Refuse to reopen a closed case, with the reason. `routes` are other bodies to which the consumer can
    turn. The refusal answers the waiting messages of the consumer. Raises Refusal `may_reopen` while the
    consumer can reopen the case themselves."""
    _not_reopenable(case, act)
    asks, theirs = case.recourse.reconsideration, {p.id for p in case.parties if p.side == Side.CONSUMER}
    # a late request for reconsideration keeps waiting, because it needs its own decision
    late = asks.at if asks and asks.late else None
    asked = tuple(w for w in case.messages if w.by in theirs and w.at != late)
    whom = dict.fromkeys(f"for:{case.stands_for(w.by)}" for w in asked) or ("consumer",)
    return Done(
        replace(case, messages=tuple(w for w in case.messages if w not in asked)),
        tuple(("reopening_refused", to) for to in whom),
    )


def _spent(case: Case, act: Act) -> str:
    """Return the code that says why the complainant can no longer reopen the case themselves. Return "" if
    they can."""
    window = (run for run in deadlines(case).values() if run.name == "reopen_window")
    if case.stage == S.CLOSED and any(run.due and run.due <= act.now for run in window):
        return "reopen_window_over"
    return "reopened_before" if case.recourse.reopened else ""


def _anew(case: Case, act: Act) -> Dispute | None:
    """Return the dispute for new talks: the same dispute without its statements, offers and consents. Return
    None if the case never had talks."""
    return case.talks.dispute and replace(
        case.talks.dispute,
        at=act.now,
        statements=(),
        tries=(),
        offers=(),
        invited=None,
        consents={},
        ended=None,
    )


def _return(case: Case) -> S:
    if case.outcome == Outcome.WITHDRAWN:
        return S.INVESTIGATING if any(matter.accepted for matter in case.matters) else S.RECEIVED
    return (
        S.RECEIVED
        if case.stage == S.DECLINED or case.outcome is None
        else RETURNS.get(case.outcome, S.INVESTIGATING)
    )

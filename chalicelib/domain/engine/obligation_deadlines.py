"""The deadlines of each obligation: its day, the creditor's answer, the time to make good, the decision, the
measures, the visits. Each deadline is declared on the function that yields its runs. The docstring of that
function says from when until when it runs."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import takewhile

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.running import (
    DEADLINES,
    FILER,
    SIDES,
    Run,
    Running,
    deadline,
    ends,
    reached,
    running_of,
    started,
)
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import ANY, OPEN, Confirms, Duty, ObligationKind, Stage as S
from chalicelib.domain.model.obligation import UNSETTLED, Obligation
from chalicelib.domain.model.public_terms import PublicTerm
from chalicelib.domain.policy import policy

WATCHED = frozenset({S.PERFORMING, S.BREACHED})
"""Stages in which the follow-up officer watches the obligations."""


def watched(case: Case) -> Case:
    """Return the case in its right stage: a case in performance is in breach exactly while one of its
    obligations is."""
    stage = S.BREACHED if any(owed.breached for owed in case.open_obligations) else S.PERFORMING
    return replace(case, stage=stage) if case.stage in WATCHED else case


def due_moment(case: Case, obligation: Obligation) -> datetime | None:
    """Return the end (UTC) of the last day of an obligation; None while it waits for an obligation of the
    other side."""
    if obligation.by is None or case.first_owed(obligation):
        return None
    day, rule = DEADLINES["obligation"], policy(case.policy).rules["obligation"]
    return ends(case, day, rule, Run(obligation.id, obligation.begun, obligation.by), []).at


def overdue(case: Case, obligation: Obligation, now: datetime) -> bool:
    """Return whether an obligation should have been performed by now. A notice to perform implies that, since
    it is sent only then."""
    at = due_moment(case, obligation)
    return obligation.notice is not None or (at is not None and at <= now)


def cure_end(case: Case, obligation: Obligation) -> datetime | None:
    """Return the end (UTC) of the time to make good; None if no notice was sent or it has not reached the
    debtor."""
    run = _cure(case, obligation)
    if run is None or run.start is None:
        return None
    return ends(case, DEADLINES["cure"], policy(case.policy).rules["cure"], run, []).at


def _cure(case: Case, obligation: Obligation) -> Run | None:
    """Return the run from the delivery of the notice to the debtor, for as many days as the agreement says.
    While the company has no representative, it runs from the sending of the notice."""
    told = reached(case, f"cure_notice#{obligation.id}") or [obligation.notice]
    if obligation.notice is None:
        return None
    if None in told:
        return Run(obligation.id, None)
    start = max((obligation.notice, *(at for at in told if at)))
    days = obligation.term.cure_days if obligation.term else None
    return Run(obligation.id, start, published().day_of(start) + timedelta(days=days) if days else None)


def officer_confirms(obligation: Obligation) -> bool:
    """Return whether the agreement lets the follow-up officer, in place of the creditor, confirm the
    performance."""
    return obligation.term is not None and obligation.term.confirms == Confirms.OFFICER


def _over(case: Case, name: str) -> Iterator[Running]:
    """Return the runs of a window that have come to the end of their ladder."""
    steps = len(policy(case.policy).rules[name].ladder)
    return (run for run in running_of(case, name) if run.due and run.done >= steps)


def _watched_since(case: Case) -> datetime:
    """Return since when the follow-up officer has had the case, in breach or in performance; for a closed
    case, since its closing."""
    stretch = takewhile(lambda interval: interval.stage in WATCHED, reversed(case.spells))
    return min((interval.since for interval in stretch), default=case.spells[-1].since)


@deadline(
    ANY,
    "in force, or the event it waits for, until its own day",
    seen_by=SIDES,
    of_promise=True,
    told=(PublicTerm(S.PERFORMING, 0), PublicTerm(S.PERFORMING, 2, "owe_what", "owe_silence")),
)
def obligation(case: Case) -> Iterator[Run]:
    """Run until the day of the obligation, once its condition has occurred."""
    for owed in case.open_obligations:
        if owed.state == Duty.PENDING and owed.by and not case.first_owed(owed):
            yield Run(owed.id, owed.begun, owed.by)


@deadline(
    ANY,
    "proof sent",
    duty=False,
    seen_by=SIDES,
    of_promise=True,
    own_date=True,
    told=(PublicTerm(S.PERFORMING, 1),),
)
def creditor_answer(case: Case) -> Iterator[Run]:
    """Run from the question to the creditor whether the claimed performance took place, if the creditor
    confirms it."""
    for owed in case.open_obligations:
        asked = reached(case, f"performance_question#{owed.id}")
        if (
            owed.state == Duty.CLAIMED
            and asked
            and (None in asked or max(at for at in asked if at) >= owed.since)
        ):
            yield Run(owed.id, None if None in asked else max(at for at in asked if at))


@deadline(
    ANY,
    "cure_notice delivered",
    duty=False,
    seen_by=SIDES,
    of_promise=True,
    own_date=True,
    told=(
        PublicTerm(S.BREACHED, 0, "agreed_what", "agreed_silence"),
        PublicTerm(S.BREACHED, 1, "owe_what", "owe_silence"),
    ),
)
def cure(case: Case) -> Iterator[Run]:
    """Run from the delivery of the demand to perform until the last day to make good."""
    for owed in case.open_obligations:
        if owed.state == Duty.IN_CURE and (run := _cure(case, owed)):
            yield run


@deadline(
    ANY,
    "cure ended; proof disputed; creditor silent",
    seen_by=SIDES,
    of_promise=True,
    told=(PublicTerm(S.BREACHED, 2, "breach_what"),),
)
def breach_decision(case: Case) -> Iterator[Run]:
    """Run from the moment at which an officer must decide on a breach.

    That is the creditor's dispute, or the end of their silent window. Where an officer confirms the
    performance, it is the proof. Otherwise it is the end of the time to make good, or the decision on a claim
    made in it.
    """
    for owed in case.open_obligations:
        if owed.state == Duty.DISPUTED or (owed.state == Duty.CLAIMED and officer_confirms(owed)):
            yield Run(owed.id, owed.since)
    yield from (Run(run.id, run.due) for run in _over(case, "creditor_answer"))
    # Talks and reconsideration come first.
    for run in _over(case, "cure") if case.stage in WATCHED | {S.CLOSED} else ():
        since = next(o.since for o in case.open_obligations if o.id == run.id)
        yield Run(run.id, max(filter(None, (run.due, since, _watched_since(case)))))


@deadline(
    frozenset({S.BREACHED, S.CLOSED}),
    "breach found; measure taken",
    seen_by=SIDES,
    of_promise=True,
    own_date=True,
    told=(PublicTerm(S.BREACHED, 3),),
)
def measure(case: Case) -> Iterator[Run]:
    """Run from the finding of the breach, again from each measure, until the breach has ended."""
    for owed in case.open_obligations:
        if owed.found and owed.state == Duty.BREACHED:
            yield Run(
                owed.id,
                max(owed.found, *(taken.at for taken in owed.measures)) if owed.measures else owed.found,
            )


@deadline(WATCHED, "in force; last visit")
def follow_up_visit(case: Case) -> Iterator[Run]:
    """Run from the last visit, or from the start of the watch, while an obligation is open."""
    if case.open_obligations:
        yield Run("", max((_watched_since(case), *started(case, "follow_up_visit"))))


@deadline(frozenset({S.PERFORMING}), "everything promised is settled")
def closing(case: Case) -> Iterator[Run]:
    """Run from the settlement of the last obligation."""
    # A person who left the joint complaint may have taken all obligations along.
    if not case.open_obligations:
        yield Run("", max((case.spells[-1].since, *(o.since for o in case.obligations))))


@deadline(OPEN, "goods received back", seen_by=FILER, told=(PublicTerm(S.PERFORMING, 4),))
def return_refund(case: Case) -> Iterator[Run]:
    """Run from the return of the goods."""
    paid = any(
        o.kind == ObligationKind.REFUND and o.state not in UNSETTLED - {Duty.CLAIMED}
        for o in case.obligations
    )
    if case.inquiry.goods_back and not paid:
        yield Run("", datetime.combine(case.inquiry.goods_back, time(), SHANGHAI))

"""The deadlines of what was promised, which each obligation has for itself: its day, the creditor's answer,
the time to make it good, the decision, the measures, the visits. Each is declared with the function that
yields its runs; the docstring says since when, and until when, it runs."""

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
from chalicelib.domain.model.public_terms import Told
from chalicelib.domain.policy import policy

WATCHED = frozenset({S.PERFORMING, S.BREACHED})
"""Stages in which the follow-up officer watches what was promised."""


def watched(case: Case) -> Case:
    """The case in its right stage: a case that is performed is in breach exactly as long as one of its
    obligations is."""
    stage = S.BREACHED if any(owed.breached for owed in case.owed) else S.PERFORMING
    return replace(case, stage=stage) if case.stage in WATCHED else case


def due_moment(case: Case, owed: Obligation) -> datetime | None:
    """The end of the last day of an obligation, UTC; None while it waits for what the other side owes
    first."""
    if owed.by is None or case.first_owed(owed):
        return None
    day, rule = DEADLINES["obligation"], policy(case.policy).rules["obligation"]
    return ends(case, day, rule, Run(owed.id, owed.begun, owed.by), []).at


def overdue(case: Case, owed: Obligation, now: datetime) -> bool:
    """Whether it should have been performed by now. If a notice to perform was sent, it should, since that is
    sent only then."""
    at = due_moment(case, owed)
    return owed.notice is not None or (at is not None and at <= now)


def cure_end(case: Case, owed: Obligation) -> datetime | None:
    """The end of the time to make good, UTC; None while it does not run: no notice was sent, or it has not
    reached the debtor."""
    run = _cure(case, owed)
    if run is None or run.start is None:
        return None
    return ends(case, DEADLINES["cure"], policy(case.policy).rules["cure"], run, []).at


def _cure(case: Case, owed: Obligation) -> Run | None:
    """Since the notice reached the debtor (where nobody speaks for the company yet, since it was sent), for
    as many days as the agreement says."""
    told = reached(case, f"cure_notice#{owed.id}") or [owed.notice]
    if owed.notice is None:
        return None
    if None in told:
        return Run(owed.id, None)
    start = max((owed.notice, *(at for at in told if at)))
    days = owed.term.cure_days if owed.term else None
    return Run(owed.id, start, published().day_of(start) + timedelta(days=days) if days else None)


def officer_confirms(owed: Obligation) -> bool:
    """Whether by the agreement the follow-up officer, not the creditor, confirms that it was performed."""
    return owed.term is not None and owed.term.confirms == Confirms.OFFICER


def _over(case: Case, name: str) -> Iterator[Running]:
    """The runs of a window that have come to the end of their ladder."""
    steps = len(policy(case.policy).rules[name].ladder)
    return (run for run in running_of(case, name) if run.due and run.done >= steps)


def _watched_since(case: Case) -> datetime:
    """Since when the follow-up officer has had it, in breach or not; of a case that is closed, since then."""
    stretch = takewhile(lambda interval: interval.stage in WATCHED, reversed(case.spells))
    return min((interval.since for interval in stretch), default=case.spells[-1].since)


@deadline(
    ANY,
    "in force, or the event it waits for, until its own day",
    seen_by=SIDES,
    of_promise=True,
    told=(Told(S.PERFORMING, 0), Told(S.PERFORMING, 2, "owe_what", "owe_silence")),
)
def obligation(case: Case) -> Iterator[Run]:
    """Until the day on which it is owed, once what it waits for has happened."""
    for owed in case.owed:
        if owed.state == Duty.PENDING and owed.by and not case.first_owed(owed):
            yield Run(owed.id, owed.begun, owed.by)


@deadline(
    ANY,
    "proof sent",
    duty=False,
    seen_by=SIDES,
    of_promise=True,
    own_date=True,
    told=(Told(S.PERFORMING, 1),),
)
def creditor_answer(case: Case) -> Iterator[Run]:
    """Since the creditor was asked whether what is claimed was done, where it is theirs to confirm."""
    for owed in case.owed:
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
        Told(S.BREACHED, 0, "agreed_what", "agreed_silence"),
        Told(S.BREACHED, 1, "owe_what", "owe_silence"),
    ),
)
def cure(case: Case) -> Iterator[Run]:
    """Since the demand to perform reached the debtor, until the last day to make good."""
    for owed in case.owed:
        if owed.state == Duty.IN_CURE and (run := _cure(case, owed)):
            yield run


@deadline(
    ANY,
    "cure ended; proof disputed; creditor silent",
    seen_by=SIDES,
    of_promise=True,
    told=(Told(S.BREACHED, 2, "breach_what"),),
)
def breach_decision(case: Case) -> Iterator[Run]:
    """Since the creditor disputed, or kept silent until the end of their window; since the proof came that an
    officer confirms; since the time to make good was over, or the decision on what was claimed in it."""
    for owed in case.owed:
        if owed.state == Duty.DISPUTED or (owed.state == Duty.CLAIMED and officer_confirms(owed)):
            yield Run(owed.id, owed.since)
    yield from (Run(run.id, run.due) for run in _over(case, "creditor_answer"))
    # while the two sides talk, or the case is reviewed, that comes first
    for run in _over(case, "cure") if case.stage in WATCHED | {S.CLOSED} else ():
        since = next(o.since for o in case.owed if o.id == run.id)
        yield Run(run.id, max(filter(None, (run.due, since, _watched_since(case)))))


@deadline(
    frozenset({S.BREACHED, S.CLOSED}),
    "breach found; measure taken",
    seen_by=SIDES,
    of_promise=True,
    own_date=True,
    told=(Told(S.BREACHED, 3),),
)
def measure(case: Case) -> Iterator[Run]:
    """Since the breach was found, and anew since each measure, while nothing has ended it."""
    for owed in case.owed:
        if owed.found and owed.state == Duty.BREACHED:
            yield Run(
                owed.id,
                max(owed.found, *(taken.at for taken in owed.measures)) if owed.measures else owed.found,
            )


@deadline(WATCHED, "in force; last visit")
def follow_up_visit(case: Case) -> Iterator[Run]:
    """Since the last visit, or since the case is watched, while anything is open."""
    if case.owed:
        yield Run("", max((_watched_since(case), *started(case, "follow_up_visit"))))


@deadline(frozenset({S.PERFORMING}), "everything promised is settled")
def closing(case: Case) -> Iterator[Run]:
    """Since everything promised is done."""
    # everything promised may have gone with somebody who left the joint complaint
    if not case.owed:
        yield Run("", max((case.spells[-1].since, *(o.since for o in case.obligations))))


@deadline(OPEN, "goods received back", seen_by=FILER, told=(Told(S.PERFORMING, 4),))
def return_refund(case: Case) -> Iterator[Run]:
    """Since the goods came back."""
    paid = any(
        o.kind == ObligationKind.REFUND and o.state not in UNSETTLED - {Duty.CLAIMED}
        for o in case.obligations
    )
    if case.inquiry.goods_back and not paid:
        yield Run("", datetime.combine(case.inquiry.goods_back, time(), SHANGHAI))

"""The deadlines of each obligation: its last day, the creditor's answer, the time to make it good, the
decision on a breach, the measures, and the visits of the follow-up officer. Each deadline is declared on the
function that yields its runs, and the docstring of the function says from when to when it runs."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import takewhile

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.declare import MOVES
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
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import ANY, OPEN, Confirms, Duty, ObligationKind, Stage as S
from chalicelib.domain.model.obligation import UNSETTLED, Obligation
from chalicelib.domain.model.public_terms import PublicTerm
from chalicelib.domain.policy import policy

WATCHED = frozenset({S.PERFORMING, S.BREACHED})
"""The stages in which the follow-up officer checks whether obligations are performed."""


def watched(case: Case) -> Case:
    """Return the case in the stage that fits its obligations. In the stages PERFORMING and BREACHED, the case
    becomes BREACHED if an obligation is in breach, and PERFORMING if none is. In any other stage it does not
    change."""
    stage = S.BREACHED if any(owed.breached for owed in case.open_obligations) else S.PERFORMING
    return replace(case, stage=stage) if case.stage in WATCHED else case


def due_moment(case: Case, obligation: Obligation) -> datetime | None:
    """Return the end (UTC) of the last day of an obligation. Return None if the obligation has no day yet, or
    if the other side must perform another obligation first."""
    if obligation.by is None or case.first_owed(obligation):
        return None
    day, rule = DEADLINES["obligation"], policy(case.policy).rules["obligation"]
    return ends(case, day, rule, Run(obligation.id, obligation.begun, obligation.by), []).at


def overdue(case: Case, obligation: Obligation, now: datetime) -> bool:
    """Return whether an obligation should have been performed by `now`. The result is always true after a
    demand for performance, because a demand is only sent when the last day is over."""
    at = due_moment(case, obligation)
    return obligation.notice is not None or (at is not None and at <= now)


def cure_end(case: Case, obligation: Obligation) -> datetime | None:
    """Return the end (UTC) of the time to make an obligation good. Return None if no demand for performance
    was sent, or if the demand has not reached the debtor."""
    run = _cure(case, obligation)
    if run is None or run.start is None:
        return None
    return ends(case, DEADLINES["cure"], policy(case.policy).rules["cure"], run, []).at


def _cure(case: Case, obligation: Obligation) -> Run | None:
    """Return the run of the time to make an obligation good. It begins with the delivery of the demand for
    performance, and lasts for the number of days in the agreement. If the company has no representative, it
    begins when the demand is sent. Return None before the demand."""
    told = reached(case, f"cure_notice#{obligation.id}") or [obligation.notice]
    if obligation.notice is None:
        return None
    if None in told:
        return Run(obligation.id, None)
    start = max((obligation.notice, *(at for at in told if at)))
    days = obligation.term.cure_days if obligation.term else None
    return Run(obligation.id, start, published().day_of(start) + timedelta(days=days) if days else None)


def change_end(case: Case, obligation: Obligation) -> datetime | None:
    """Return the end (UTC) of the time to answer a proposed change of an obligation, even while a second
    person must confirm the answer. Return None if no change is proposed, or if the proposal has not reached
    the other side."""
    if obligation.proposed and obligation.proposed.lapsed:
        return obligation.proposed.lapsed
    runs = running_of(replace(case, approvals=()), change_reply.__name__, obligation.id)
    return next((run.due for run in runs), None)


def officer_confirms(obligation: Obligation) -> bool:
    """Return whether the agreement says that the follow-up officer confirms the performance. Otherwise the
    creditor confirms it."""
    return obligation.term is not None and obligation.term.confirms == Confirms.OFFICER


def _over(case: Case, name: str) -> Iterator[Running]:
    """Yield the runs of the window `name` that are over: the clock has taken all their steps."""
    steps = len(policy(case.policy).rules[name].ladder)
    return (run for run in running_of(case, name) if run.due and run.done >= steps)


def _watched_since(case: Case) -> datetime:
    """Return since when the case has been in the stages PERFORMING or BREACHED without a break. If it is in
    another stage, return when it entered that stage."""
    stretch = takewhile(lambda entered: entered.stage in WATCHED, reversed(case.stages))
    return min((entered.since for entered in stretch), default=case.stages[-1].since)


@deadline(
    ANY,
    "in force, or the event it waits for, until its own day",
    seen_by=SIDES,
    of_promise=True,
    told=(PublicTerm(S.PERFORMING, 0), PublicTerm(S.PERFORMING, 2, "owe_what", "owe_silence")),
)
def obligation(case: Case) -> Iterator[Run]:
    """The deadline for performing an obligation: it runs until the end of its last day, or until the debtor
    claims to have performed it. An obligation has no run while it has no day, or while another obligation
    must be performed first."""
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
    """The window for the creditor to say whether the debtor has performed an obligation as claimed. It runs
    from the delivery of the question to the creditor, until the answer."""
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
    "change_proposed delivered",
    duty=False,
    silence=True,
    ends_nothing=True,
    seen_by=SIDES,
    of_promise=True,
    own_date=True,
    told=(PublicTerm(S.PERFORMING, 3),),
    counted_as="party_reply#change_proposed",
)
def change_reply(case: Case) -> Iterator[Run]:
    """The window for one side of an obligation to answer a proposed change: it runs from the delivery of the
    proposal, until the answer. The company has no access after an answer. A follow-up officer then asks it,
    and the window runs from the proposal. There is no run while a second person must confirm the answer."""
    answered = {
        asked.facts.get("obligation")
        for asked in case.approvals
        if change_reply.__name__ in MOVES[asked.move].answers
    }
    for owed in case.open_obligations:
        if owed.proposed and not owed.proposed.lapsed and owed.id not in answered:
            told = reached(case, f"change_proposed#{owed.id}")
            if owed.answerer == BUSINESS and (case.business is None or not told):
                told = []
            yield Run(owed.id, None if None in told else max((owed.proposed.at, *(at for at in told if at))))


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
    """The window for making an obligation good: it runs from the delivery of the demand for performance,
    until the last day that the demand names."""
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
    """The deadline for an officer to decide whether an obligation is breached: it runs until that decision.

    It can begin in three ways. If the creditor denies the performance, or does not answer in time, it runs
    from then. If the officer is the one to confirm the performance, it runs from the debtor's proof.
    Otherwise it runs from the end of the time to make good. If a claim of that time was decided later, it
    runs from the decision on the claim.
    """
    for owed in case.open_obligations:
        if owed.state == Duty.DISPUTED or (owed.state == Duty.CLAIMED and officer_confirms(owed)):
            yield Run(owed.id, owed.since)
    yield from (Run(run.id, run.due) for run in _over(case, "creditor_answer"))
    # The end of the time to make good leads to a decision only after talks and reconsideration are over.
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
    """The deadline for the next measure against a breach: it runs from the finding of the breach, until the
    breach has ended. It starts again with each measure."""
    for owed in case.open_obligations:
        if owed.found and owed.state == Duty.BREACHED:
            yield Run(
                owed.id,
                max(owed.found, *(taken.at for taken in owed.measures)) if owed.measures else owed.found,
            )


@deadline(WATCHED, "in force; last visit")
def follow_up_visit(case: Case) -> Iterator[Run]:
    """The deadline for the follow-up officer's next visit: it runs from the last visit, or from the beginning
    of the performance, until no obligation is open."""
    if case.open_obligations:
        yield Run("", max((_watched_since(case), *started(case, "follow_up_visit"))))


@deadline(frozenset({S.PERFORMING}), "everything promised is settled")
def closing(case: Case) -> Iterator[Run]:
    """The deadline for closing a case in performance: it runs from the moment at which its last obligation
    was settled, until the case is closed."""
    # A case may have no obligations left: a person who left it can have taken all of them along.
    if not case.open_obligations:
        yield Run("", max((case.stages[-1].since, *(o.since for o in case.obligations))))


@deadline(OPEN, "goods received back", seen_by=FILER, told=(PublicTerm(S.PERFORMING, 4),))
def return_refund(case: Case) -> Iterator[Run]:
    """The deadline for the refund after a return: it runs from the day on which the goods came back, until
    the company shows that it has paid."""
    paid = any(
        o.kind == ObligationKind.REFUND and o.state not in UNSETTLED - {Duty.CLAIMED}
        for o in case.obligations
    )
    if case.inquiry.goods_back and not paid:
        yield Run("", datetime.combine(case.inquiry.goods_back, time(), SHANGHAI))

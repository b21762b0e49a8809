"""The breach of an obligation. First comes a demand for performance, then two people find the breach.
Measures follow one after another. At the end the breach is cured, or it is referred to the courts."""

from datetime import date, datetime, timedelta
from typing import Annotated

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import Done, Second, Shows, move, subjects_passing
from chalicelib.domain.engine.obligation_deadlines import WATCHED, cure_end
from chalicelib.domain.engine.running import DEADLINES, Run, ends, running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import AGAINST_COMPANY, BUSINESS
from chalicelib.domain.model.codes import (
    ANY,
    FOR_A_BREACH,
    Duty,
    Measure,
    ObligationKind,
    Role as R,
    Stage as S,
)
from chalicelib.domain.model.field_marks import Choice, Future, Money, ObligationId, OfficialText, Text
from chalicelib.domain.model.obligation import Consequence, Obligation, following
from chalicelib.domain.moves.answer import MOST_OBLIGATIONS
from chalicelib.domain.moves.changing import renewed, still_ahead
from chalicelib.domain.moves.performance import (
    DoneOn,
    each_owed,
    no_more,
    of_both,
    others_first,
    outcome_of,
    passed,
    performed,
    to_creditor,
    to_debtor,
    told_closed,
)
from chalicelib.domain.policy import policy

MONEY = frozenset({Measure.AGREED_PENALTY, Measure.INTEREST, Measure.PAY_FIRST})
"""The measures that can have an amount of money."""
APART = frozenset(map(Measure, FOR_A_BREACH))
"""The measures that create a further obligation, such as a penalty or interest."""
BY_LAW = frozenset({Measure.HOLD_COUNTER, Measure.ENFORCEMENT, Measure.COURT})
"""The measures that the law itself allows against either side: withholding one's own performance (民法典
525-527), and going to court. Any other measure against a consumer needs the agreement."""
SERIOUS = frozenset(
    {
        Measure.PAY_FIRST,
        Measure.INTERNAL_SANCTION,
        Measure.REPORT_REGULATOR,
        Measure.ENFORCEMENT,
        Measure.COURT,
        Measure.ARBITRATION,
    }
)
"""The measures after a breach that a second person must confirm."""
BROKEN = frozenset({S.BREACHED, S.CLOSED})
"""The stages at which a measure can be taken or a cure recorded. Closed cases are included, because a case
may have been withdrawn or taken to court while something was owed."""


def _stays(case: Case, stage: S) -> Case:
    """Return the case at this stage. A closed case stays closed."""
    return case if case.stage == S.CLOSED else replace(case, stage=stage)


def _breached(case: Case) -> object:
    return [o for o in case.open_obligations if o.breached]


def _found(case: Case, id: str) -> Obligation:
    """Return the obligation with this id. Raises Refusal `not_breached` unless the obligation is in
    breach."""
    owed = case.obligation(id)
    refuse_if(not owed.breached, "not_breached", field="obligation")
    return owed


def _late(case: Case, act: Act, id: str) -> Obligation:
    """Return the obligation with this id, if its performance can be demanded now. Raises Refusal if
    performance was demanded before, or if somebody claims that it was performed. Raises Refusal if the
    obligation is not overdue."""
    owed = case.obligation(id)
    refuse_if(owed.notice, "called_on_before", field="obligation")
    refuse_if(owed.state == Duty.CLAIMED, "claimed_before", field="obligation")
    return _passed(case, act, id)


def _passed(case: Case, act: Act, id: str) -> Obligation:
    owed = case.obligation(id)
    passed(case, owed, act)
    return owed


def _uncured(case: Case, act: Act, id: str) -> Obligation:
    """Return the obligation with this id, if a breach can be found now. Raises Refusal if a breach was found
    before, or if the time to cure still runs. Raises Refusal if somebody claims that the obligation was
    performed."""
    owed = case.obligation(id)
    refuse_if(owed.found, "found_before", field="obligation")
    others_first(case, owed)
    end = cure_end(case, owed)
    refuse_if(end is None or end > act.now, "cure_runs", field="obligation", until=end)
    # somebody claims that the obligation was performed, so an officer must first decide on the proof
    refuse_if(owed.state == Duty.CLAIMED, "claimed_before", field="obligation")
    return owed


def _curable(case: Case, act: Act, id: str) -> Obligation:
    owed = _found(case, id)
    refuse_if(owed.claimed_by == act.who, "own_proof", field="obligation")
    return owed


def _answerable(case: Case, act: Act, id: str) -> Obligation:
    """Return the breached obligation with this id, if a further measure or a referral is possible now. Raises
    Refusal if it is not in breach, or if somebody claims that it was performed. Raises Refusal while the time
    of the last measure runs."""
    owed = _found(case, id)
    refuse_if(owed.state != Duty.BREACHED, "claimed_before", field="obligation")
    _last_is_over(case, owed, act)
    return owed


def measures(case: Case, act: Act, id: str) -> frozenset[Measure]:
    """Return the measures that can be taken now for the breach of the obligation `id`. These are measures
    that were not taken yet and that the agreement or the law allows. Raises Refusal if no measure can be
    taken now."""
    owed = _answerable(case, act, id)
    never = {taken.measure for taken in owed.measures}
    never |= APART if len(case.obligations) >= MOST_OBLIGATIONS else set()
    never |= {Measure.AGREED_PENALTY} if owed.term and not owed.term.penalty else set()
    given = subjects_passing(lambda case: Measure, lambda case, act, measure: _permitted(case, owed, measure))
    return frozenset(map(Measure, given(case, act))) - never


@move(
    at=ANY,
    by=R.CLOCK | R.FOLLOWUP,
    tells="cure_notice? → debtor, performance_question? → creditor, task? → role:lead",
    fits=lambda case: [
        o for o in case.open_obligations if o.state in (Duty.PENDING, Duty.DISPUTED) and not o.notice
    ],
    decides=True,
    shows=Shows(),
    task_due="cure",
    about=each_owed(_late),
)
def send_cure_notice(case: Case, act: Act, *, obligation: ObligationId) -> Done:
    """Demand the performance of an overdue obligation from its debtor. The debtor must perform within the
    time that the agreement or the policy sets. The creditor is informed and asked whether the obligation was
    performed. The clock takes this move once the obligation is overdue; after a dispute about performance an
    officer takes it."""
    owed = _late(case, act, obligation)
    # a company without a representative gets no letter, so the team lead gets a task inside the company
    inside = (("task", "role:lead"),) if owed.debtor == BUSINESS and case.business is None else ()
    called = replace(owed, state=Duty.IN_CURE, since=act.now, notice=act.now, claimed_by=None)
    return Done(
        case.with_obligation(called),
        (*to_debtor("cure_notice", owed), *to_creditor("performance_question", owed), *inside),
    )


@move(
    at=WATCHED | {S.CLOSED},
    to=BROKEN,
    by=R.FOLLOWUP,
    tells="breach_found? → both",
    second=Second(),
    fits=lambda case: [o for o in case.open_obligations if o.notice and not o.found],
    decides=True,
    shows=Shows(words=("reason", "counter")),
    about=each_owed(_uncured),
    answers=("breach_decision",),
)
def find_breach(
    case: Case, act: Act, *, obligation: ObligationId, reason: OfficialText, counter: Text
) -> Done:
    """Find that an obligation was not performed although its time to cure is over. `counter` says what the
    officer found about the other side's own performance. A second person confirms. Measures can follow, the
    one that the agreement names first."""
    owed = _uncured(case, act, obligation)
    found = replace(owed, state=Duty.BREACHED, since=act.now, found=act.now, claimed_by=None)
    return Done(_stays(case.with_obligation(found), S.BREACHED), of_both("breach_found", owed))


@move(
    at=ANY,
    by=R.FOLLOWUP,
    tells="no_breach? → both",
    second=Second(
        "A second person is needed once a breach was found, since two people found it.",
        lambda case, act, **facts: any(o.found for o in case.open_obligations if o.id == facts["obligation"]),
    ),
    fits=lambda case: [o for o in case.open_obligations if o.notice],
    decides=True,
    shows=Shows(words=("reason",)),
    about=each_owed(_passed),
)
def find_no_breach(
    case: Case, act: Act, *, obligation: ObligationId, reason: OfficialText, by: Annotated[date, Future()]
) -> Done:
    """Find that an obligation is not in breach. `by` is the new day for its performance."""
    owed = _passed(case, act, obligation)
    still_ahead(act, by)
    return Done(no_more(case.with_obligation(renewed(owed, act, by)), act, owed), of_both("no_breach", owed))


@move(
    at=BROKEN,
    by=R.FOLLOWUP | R.SUPERVISOR,
    tells="measure? → both",
    second=Second(
        "The supervisor confirms the serious measures, unless they take one themselves.",
        lambda case, act, **facts: facts["measure"] in SERIOUS and act.role is not R.SUPERVISOR,
    ),
    fits=_breached,
    decides=True,
    shows=Shows(words=("basis",), code="measure"),
    about=each_owed(lambda case, act, id: bool(measures(case, act, id))),
    answers=("measure",),
)
def take_measure(
    case: Case,
    act: Act,
    *,
    obligation: ObligationId,
    measure: Annotated[Measure, Choice(about=measures)],
    basis: OfficialText,
    amount: Money | None = None,
) -> Done:
    """Take a measure after a breach. `basis` is the ground for it; against a consumer the ground must be in
    the agreement or the law. The measure has its own time, and the next measure waits until that time is
    over."""
    owed = _found(case, obligation)
    refuse_if(owed.state != Duty.BREACHED, "claimed_before", field="obligation")
    _permitted(case, owed, measure)
    refuse_if(amount is not None and measure not in MONEY, "measure_has_no_amount", field="amount")
    # interest may have no amount, because the amount is known only when it is paid
    refuse_if(not amount and measure in MONEY - {Measure.INTEREST}, "measure_needs_amount", field="amount")
    if measure == Measure.AGREED_PENALTY and owed.term and (amount or 0) > (owed.term.penalty or 0):
        raise Refusal("penalty_above_agreed", field="amount", penalty=owed.term.penalty)
    refuse_if(measure in {taken.measure for taken in owed.measures}, "measure_before", field="measure")
    _last_is_over(case, owed, act)
    taken = Consequence(measure, act.now, case.said_by(act), amount)
    after = case.with_obligation(replace(owed, measures=(*owed.measures, taken)))
    if measure not in APART:
        return Done(after, of_both("measure", owed))
    apart = _owed_for(after, owed, taken)
    after = replace(after, obligations=(*after.obligations, apart))
    return Done(after, of_both("measure", owed), {"owed": apart.id})


def _owed_for(case: Case, obligation: Obligation, taken: Consequence) -> Obligation:
    """Return the new obligation that the measure `taken` creates: the penalty or interest, due within the
    time of the measure. It stays when the breached obligation is performed or changed. Raises Refusal if the
    case has too many obligations."""
    refuse_if(
        len(case.obligations) >= MOST_OBLIGATIONS,
        "too_many_obligations",
        field="measure",
        most=MOST_OBLIGATIONS,
    )
    time = ends(
        case, DEADLINES["measure"], policy(case.policy).rules["measure"], Run(obligation.id, taken.at), []
    )
    day = published().day_of(time.at - timedelta.resolution)
    number, kind = f"O{following(case.obligations)}", ObligationKind(taken.measure)
    return Obligation(
        number,
        obligation.matter,
        kind,
        day,
        obligation.to,
        taken.entry,
        taken.at,
        taken.amount,
        debtor=obligation.debtor,
        of=obligation.id,
    )


def _last_is_over(case: Case, obligation: Obligation, act: Act) -> None:
    """Raise Refusal `measure_runs` while the time of the obligation's last measure still runs."""
    if until := measure_runs(case, obligation, act.now):
        raise Refusal("measure_runs", field="obligation", until=until)


def measure_runs(case: Case, obligation: Obligation, now: datetime) -> datetime | None:
    """Return when the time of the obligation's last measure ends (UTC). Return None if there is no measure or
    its time is over."""
    runs = running_of(case, "measure", obligation.id) if obligation.measures else ()
    return next((run.due for run in runs if run.due and run.due > now), None)


def _permitted(case: Case, obligation: Obligation, measure: Measure) -> None:
    """Raise Refusal for a measure that neither the agreement nor the law allows against the debtor. Raise
    Refusal for a measure without an object, for example if there is nothing to withhold."""
    agreed = obligation.term is not None and obligation.term.measure == measure
    # an unpaid penalty or unpaid interest leads to no further penalty or interest
    refuse_if(obligation.of and measure in APART, "measure_not_agreed", field="measure", measure=measure)
    refuse_if(
        obligation.debtor != BUSINESS and (measure in AGAINST_COMPANY or not (agreed or measure in BY_LAW)),
        "measure_not_for_consumer",
        field="measure",
        measure=measure,
    )
    refuse_if(
        measure == Measure.AGREED_PENALTY and not agreed,
        "measure_not_agreed",
        field="measure",
        measure=measure,
    )
    refuse_if(
        measure == Measure.ENFORCEMENT and not (obligation.term and case.bound and case.bound.confirmed),
        "not_enforceable",
        field="measure",
    )
    refuse_if(
        measure == Measure.HOLD_COUNTER
        and not any((o.debtor, o.to) == (obligation.to, obligation.debtor) for o in case.open_obligations),
        "nothing_to_hold",
        field="measure",
    )


@move(
    at=BROKEN,
    to=frozenset({S.PERFORMING, S.CLOSED}),
    by=R.FOLLOWUP,
    tells="cured? → both",
    fits=_breached,
    decides=True,
    shows=Shows(words=("what",)),
    about=each_owed(_curable),
)
def record_cure(
    case: Case, act: Act, *, obligation: ObligationId, what: OfficialText, done_on: DoneOn = None
) -> Done:
    """Record that a breach was cured: `what` was done, and on which day (`done_on`). The officer who brought
    the proof may not record it. The case returns to performing, unless another obligation is in breach."""
    owed = _curable(case, act, obligation)
    done = performed(case, owed, act, Duty.CURED, done_on)
    cured = _stays(case.with_obligation(done), S.PERFORMING)
    return Done(cured, of_both("cured", owed), {"done_on": done.done_on})


@move(
    at=BROKEN,
    to=frozenset({S.PERFORMING, S.CLOSED}),
    by=R.FOLLOWUP,
    second=Second(),
    tells="breach_referred? → both, closed? → both",
    fits=_breached,
    decides=True,
    shows=Shows(words=("reason",)),
    about=each_owed(_answerable),
)
def refer_breach(case: Case, act: Act, *, obligation: ObligationId, reason: OfficialText) -> Done:
    """Refer a breach that was not cured to the courts, once the time of the last measure is over. Both sides
    get a list of what is owed, their further ways, and the court papers.

    Two kinds of obligations are referred together with the breached obligation. The first kind waits for its
    performance; the second kind is the penalties or interest for its breach. If nothing else is owed, the
    case closes as referred."""
    owed = _answerable(case, act, obligation)
    gone = {owed.id, *(o.id for o in case.open_obligations if o.of == owed.id and o.state == o.unclaimed)}
    while (
        more := {
            o.id
            for o in case.open_obligations
            if o.state == Duty.PENDING and (first := case.first_owed(o)) and first.id in gone
        }
        - gone
    ):
        gone |= more
    referred = tuple(
        replace(o, state=Duty.REFERRED, since=act.now, proposed=None) if o.id in gone else o
        for o in case.obligations
    )
    after = replace(
        case,
        obligations=referred,
        approvals=tuple(a for a in case.approvals if a.facts.get("obligation") not in gone),
    )
    told, facts = of_both("breach_referred", owed), {"referred": tuple(sorted(gone))}
    if after.open_obligations or case.stage == S.CLOSED:
        return Done(_stays(after, S.PERFORMING), told, facts)
    outcome = outcome_of(after)
    return Done(replace(after, stage=S.CLOSED, outcome=outcome), (*told, *told_closed(after, outcome)), facts)

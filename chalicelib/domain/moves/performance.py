"""The performance of obligations, at any stage. Performance is claimed, and then confirmed or disputed by the
creditor, or decided on by an officer. Also waivers, follow-up visits, and the closing of the case."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated

from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.engine.declare import ALWAYS, BY_EACH, About, Done, Shows, move, subjects_passing
from chalicelib.domain.engine.obligation_deadlines import (
    WATCHED,
    cure_end,
    due_moment,
    officer_confirms,
    overdue,
)
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import ANY, Duty, Outcome, Power, Proof, Role as R, Stage as S, Talk
from chalicelib.domain.model.field_marks import (
    Choice,
    ObligationId,
    OfficialText,
    Past,
    ReadBack,
    Scan,
    Text,
    YesNo,
)
from chalicelib.domain.model.obligation import Obligation

PARTIES = R.C | R.BUSINESS_REP
ASKED_BY = tuple(way for way in Talk if way != Talk.NONE)
"""The ways in which a follow-up visit is made."""
DoneOn = Annotated[date | None, Past()]
"""The local day on which an obligation was performed. Without it, see `performed_on`."""


def outstanding(case: Case) -> object:
    """Return the open obligations of the case. The result is empty if nothing is owed."""
    return case.open_obligations


def on_side(case: Case, act: Act, id: str, *, creditor: bool) -> Obligation:
    """Return the open obligation with this id, if the actor may act for its creditor (`creditor` true) or its
    debtor (`creditor` false). Staff may act for both. Raises Refusal `other_sides_obligation` for a party on
    the other side."""
    owed = case.obligation(id)
    refuse_if(
        act.role in PARTIES and case.stands_for(act.who) != (owed.to if creditor else owed.debtor),
        "other_sides_obligation",
        field="obligation",
    )
    return owed


def each_owed(check: Callable[[Case, Act, str], object]) -> About:
    """Return the rule by which pages offer a move for open obligations. The move is offered for each open
    obligation for which `check` raises no Refusal. `check` takes the case, the act and the id of an
    obligation."""
    return subjects_passing(lambda case: (owed.id for owed in case.open_obligations), check)


def others_first(case: Case, obligation: Obligation, field: str = "obligation") -> None:
    """Raise Refusal `other_side_first` if the other side must first perform an obligation of its own. `field`
    is the input field that the Refusal names."""
    if first := case.first_owed(obligation):
        raise Refusal("other_side_first", field=field, first=first.id)


def passed(case: Case, obligation: Obligation, act: Act) -> None:
    """Raise Refusal `not_due_yet` unless the obligation is overdue. An obligation without a day is never
    overdue. Raise Refusal `other_side_first` if the other side must perform first."""
    others_first(case, obligation)
    refuse_if(not overdue(case, obligation, act.now), "not_due_yet", field="obligation", by=obligation.by)


def recipient(whose: str) -> str:
    """Return the name under which moves send letters to one side of an obligation. `whose` is `business` or a
    person's id. For `business` the name is `business`; for a person it is `for:` with the id."""
    return BUSINESS if whose == BUSINESS else f"for:{whose}"


def to_creditor(letter: str, obligation: Obligation) -> tuple[tuple[str, str], ...]:
    """Return a letter about an obligation to its creditor, as one pair of letter key and recipient."""
    return ((f"{letter}#{obligation.id}", recipient(obligation.to)),)


def to_debtor(letter: str, obligation: Obligation) -> tuple[tuple[str, str], ...]:
    """Return a letter about an obligation to its debtor, as one pair of letter key and recipient."""
    return ((f"{letter}#{obligation.id}", recipient(obligation.debtor)),)


def to_answerer(letter: str, obligation: Obligation) -> tuple[tuple[str, str], ...]:
    """Return a letter about a proposed change to the side that must answer it, as one pair of letter key and
    recipient."""
    return ((f"{letter}#{obligation.id}", recipient(obligation.answerer)),)


def _claimable(case: Case, act: Act, id: str) -> Obligation:
    owed = on_side(case, act, id, creditor=False)
    refuse_if(owed.state == Duty.CLAIMED, "claimed_before", field="obligation")
    return owed


def _confirmable(case: Case, act: Act, id: str) -> Obligation:
    owed = on_side(case, act, id, creditor=True)
    # an officer who claimed performance for the debtor may not confirm it for the creditor
    refuse_if(act.role is R.FOLLOWUP and owed.claimed_by == act.who, "own_proof", field="obligation")
    return owed


def _disputable(case: Case, act: Act, id: str) -> Obligation:
    owed = on_side(case, act, id, creditor=True)
    # a new claim of the debtor can be denied again
    said = owed.denied and not owed.decided and owed.state != Duty.CLAIMED
    refuse_if(owed.state == Duty.DISPUTED or said, "disputed_before", field="obligation")
    if owed.state == Duty.PENDING:
        passed(case, owed, act)
    return owed


def _claimed(case: Case, act: Act, id: str) -> Obligation:
    owed = case.obligation(id)
    refuse_if(owed.state not in (Duty.CLAIMED, Duty.DISPUTED), "nothing_claimed", field="obligation")
    refuse_if(owed.claimed_by == act.who, "own_proof", field="obligation")
    return owed


def of_both(letter: str, obligation: Obligation) -> tuple[tuple[str, str], ...]:
    """Return a letter about an obligation to its debtor and its creditor, as two pairs of letter key and
    recipient."""
    return (*to_debtor(letter, obligation), *to_creditor(letter, obligation))


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    tells="performance_question? → creditor, task? → owner",
    fits=outstanding,
    shows=Shows(words=("what",)),
    kept=BY_EACH,
    part="obligation",
    task_due="breach_decision",
    about=each_owed(_claimable),
    answers=("obligation", "cure", "measure", "return_refund"),
)
def claim_done(
    case: Case, act: Act, *, obligation: ObligationId, proof: Proof, what: Text, done_on: DoneOn = None
) -> Done:
    """Claim, for the debtor, that an obligation was performed. `what` says how, and `proof` is the kind of
    proof. `done_on` is the day that the proof states; without it, the day is today. The creditor is asked to
    confirm the performance. If the agreement says so, an officer is asked instead."""
    owed = _claimable(case, act, obligation)
    day = performed_on(case, owed, act, done_on)
    claimed = replace(owed, state=Duty.CLAIMED, since=act.now, claimed_by=act.who, done_on=day)
    told = (("task", "owner"),) if officer_confirms(owed) else to_creditor("performance_question", owed)
    return Done(case.with_obligation(claimed), told, {"done_on": day})


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    power=Power.RECEIVE_MONEY,
    fits=outstanding,
    person_hears=True,
    shows=Shows(words=("remark",), words_for="side"),
    part="obligation",
    about=each_owed(_confirmable),
    answers=("creditor_answer",),
)
def confirm_done(
    case: Case, act: Act, *, obligation: ObligationId, remark: Text | None = None, done_on: DoneOn = None
) -> Done:
    """Confirm, for the creditor, that an obligation was performed. The obligation is then no longer owed.
    With `done_on` the creditor names another day than the debtor. A breach that was found ends as if it had
    never been, if the obligation was performed in time."""
    owed = _confirmable(case, act, obligation)
    done = performed(case, owed, act, Duty.CONFIRMED, done_on)
    end = cure_end(case, owed) or due_moment(case, owed)
    if owed.found and end and day_end(done.done_on or published().day_of(act.now)) <= end:
        done = replace(done, state=Duty.CONFIRMED, found=None)
        return Done(no_more(case.with_obligation(done), act, owed), facts={"done_on": done.done_on})
    return Done(case.with_obligation(done), facts={"done_on": done.done_on})


def performed_on(case: Case, obligation: Obligation, act: Act, day: date | None) -> date:
    """Return the local day on which an obligation was performed: `day`, else the day that the debtor claimed
    and nobody contradicted, else today. Raises Refusal if `day` is in the future, or before the obligation
    existed."""
    today, made = published().day_of(act.now), obligation.begun
    if obligation.term and case.bound and case.bound.in_force:
        made = min(made, case.bound.in_force)
    refuse_if(day and day > today, "done_in_future", field="done_on")
    refuse_if(day and day < published().day_of(made), "done_before_promise", field="done_on", since=made)
    return day or obligation.done_on or today


def performed(
    case: Case, obligation: Obligation, act: Act, how: Duty, done_on: date | None = None
) -> Obligation:
    """Return the obligation as performed on the day `done_on`, in the state `how`. If the obligation was
    found to be in breach before, its new state is cured instead. For the day and the refusals see
    `performed_on`."""
    day = performed_on(case, obligation, act, done_on)
    return replace(
        obligation, state=Duty.CURED if obligation.found else how, since=act.now, proposed=None, done_on=day
    )


def no_more(case: Case, act: Act, obligation: Obligation) -> Case:
    """Return the case with unpaid penalties and interest for this obligation excused, because no breach
    remains. Only penalties and interest from the last finding of breach are excused."""
    measures = {str(taken.measure) for taken in obligation.measures}
    for apart in case.open_obligations:
        if (
            apart.of == obligation.id
            and apart.kind in measures
            and obligation.found
            and apart.begun >= obligation.found
        ):
            case = case.with_obligation(replace(apart, state=Duty.EXCUSED, since=act.now, proposed=None))
    return case


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    tells="task? → owner",
    fits=outstanding,
    shows=Shows(words=("reason",)),
    kept=BY_EACH,
    part="obligation",
    task_due="breach_decision",
    about=each_owed(_disputable),
    answers=("creditor_answer",),
)
def dispute_done(
    case: Case, act: Act, *, obligation: ObligationId, reason: Text, done_on: DoneOn = None
) -> Done:
    """Dispute, for the creditor, that an obligation was performed as promised. With `done_on` the creditor
    says that it was performed, but on another day than claimed. An officer then decides on the proof.

    After a demand for performance, the creditor's words are only recorded for the officer, who decides on
    the breach anyway."""
    owed = _disputable(case, act, obligation)
    day = performed_on(case, owed, act, done_on)
    if owed.state in (Duty.IN_CURE, Duty.BREACHED):
        return Done(case.with_obligation(replace(owed, denied=case.said_by(act), decided=0)))
    denied = replace(
        owed,
        state=Duty.DISPUTED,
        since=act.now,
        done_on=None if done_on and day != owed.done_on else owed.done_on,
        denied=case.said_by(act),
        decided=0,
    )
    return Done(case.with_obligation(denied), (("task", "owner"),))


@move(
    at=ANY,
    by=R.FOLLOWUP,
    tells="proof_decided? → both",
    fits=outstanding,
    decides=True,
    shows=Shows(words=("reason",), yes="accepted"),
    kept=BY_EACH,
    about=each_owed(_claimed),
    answers=("breach_decision",),
)
def decide_proof(
    case: Case,
    act: Act,
    *,
    obligation: ObligationId,
    accepted: YesNo,
    reason: OfficialText,
    done_on: DoneOn = None,
) -> Done:
    """Decide whether the proof that an obligation was performed is accepted (`accepted`). The officer who
    brought the proof may not decide. `done_on` is the day of the performance; the officer must name it if the
    two sides name different days.

    If the proof is not accepted, the obligation is owed as before the claim. Once the obligation is overdue,
    a demand for performance follows."""
    owed = replace(_claimed(case, act, obligation), decided=case.said_by(act))
    if accepted:
        unclear = owed.state == Duty.DISPUTED and owed.claimed_by and not (done_on or owed.done_on)
        refuse_if(unclear, "day_disputed", field="done_on")
        done = performed(case, owed, act, Duty.ACCEPTED, done_on)
        return Done(case.with_obligation(done), of_both("proof_decided", owed), {"done_on": done.done_on})
    again = replace(owed, state=owed.unclaimed, since=act.now, claimed_by=None, done_on=None)
    return Done(case.with_obligation(again), of_both("proof_decided", owed))


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    power=Power.SETTLE,
    tells="waived? → both",
    fits=outstanding,
    gives_up=ALWAYS,
    shows=Shows(words=("words",)),
    part="obligation",
    rank=2,
    about=each_owed(partial(on_side, creditor=True)),
    warns=True,
)
def waive(
    case: Case,
    act: Act,
    *,
    obligation: ObligationId,
    words: Text,
    read_back: ReadBack = False,
    scan: Scan = None,
) -> Done:
    """Waive an obligation, for the creditor, in the creditor's own `words`: by their link, or on the phone
    after the words were read back. An e-mail from the creditor is not enough. `scan` shows the waiver on
    paper. Both sides get the waiver in writing."""
    owed = on_side(case, act, obligation, creditor=True)
    return Done(
        case.with_obligation(replace(owed, state=Duty.WAIVED, since=act.now, proposed=None)),
        of_both("waived", owed),
    )


@move(at=WATCHED, by=R.FOLLOWUP, fits=outstanding, answers=("follow_up_visit",), starts=("follow_up_visit",))
def record_visit(
    case: Case, act: Act, *, how: Annotated[Talk, Choice(lambda case, _: ASKED_BY)], said: Text
) -> Case:
    """Record a follow-up visit: how it was made, and what was said about the performance of the obligations.
    The time until the next visit starts now."""
    refuse_if(how not in ASKED_BY, "talk_otherwise", field="how")
    return case


@move(
    at=S.PERFORMING,
    to=S.CLOSED,
    by=R.CLOCK,
    tells="fulfilled? → both, closed? → both",
    decides=True,
    shows=Shows(),
)
def close_fulfilled(case: Case, act: Act) -> Done:
    """Close a case on which nothing is owed any more. Its outcome is fulfilled, fulfilled after a breach, or
    referred."""
    refuse_if(case.open_obligations, "still_owed")
    outcome = outcome_of(case)
    return Done(replace(case, outcome=outcome), told_closed(case, outcome))


def outcome_of(case: Case) -> Outcome:
    """Return the outcome of a case in which nothing is owed any more. It is referred if an obligation was
    referred to the courts. Else it is fulfilled after a breach if an obligation was ever breached, and
    otherwise fulfilled."""
    if any(o.state == Duty.REFERRED for o in case.obligations):
        return Outcome.REFERRED
    broken = any(o.ever_breached for o in case.obligations)
    return Outcome.FULFILLED_AFTER_BREACH if broken else Outcome.FULFILLED


def told_closed(case: Case, outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Return the letters about the closing of the case, as pairs of letter key and recipient. The recipients
    are all complainants, and the company if an agreement binds it."""
    letter = "closed" if outcome == Outcome.REFERRED else "fulfilled"
    return ((letter, "consumer"), *([(f"{letter}#{BUSINESS}", BUSINESS)] if case.bound else []))

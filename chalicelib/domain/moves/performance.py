"""What was promised is done, wherever the case stands meanwhile: proof claimed, confirmed or disputed by whom
it is owed to, decided by an officer; given up by whom it is owed to; looked after by visits; and the case
closed."""

from collections.abc import Callable
from functools import partial

from chalicelib.domain.engine.declare import ALWAYS, BY_EACH, About, Done, Shows, each, move
from chalicelib.domain.engine.obligation_deadlines import WATCHED, officer_confirms, overdue
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import ANY, Duty, Outcome, Power, Proof, Role as R, Stage as S, Way
from chalicelib.domain.model.field_marks import ReadBack, Scan, Text
from chalicelib.domain.model.obligation import Obligation

PARTIES = R.C | R.BUSINESS_REP


def owing(case: Case) -> object:
    """Whether anything is owed."""
    return case.owed


def on_side(case: Case, act: Act, id: str, *, creditor: bool) -> Obligation:
    """The open obligation, if the acting person is on that side of it; staff may write down for either side.
    Raises Refusal."""
    owed = case.obligation(id)
    refuse_if(
        act.role in PARTIES and case.stands_for(act.who) != (owed.to if creditor else owed.debtor),
        "other_sides_obligation",
        field="obligation",
    )
    return owed


def each_owed(check: Callable[[Case, Act, str], object]) -> About:
    """The obligations on which a check raises no Refusal."""
    return each(lambda case: (owed.id for owed in case.owed), check)


def others_first(case: Case, owed: Obligation, field: str = "obligation") -> None:
    """Raise the Refusal for what cannot be asked for yet, since the other side owes something first."""
    if first := case.first_owed(owed):
        raise Refusal("other_side_first", field=field, first=first.id)


def passed(case: Case, owed: Obligation, act: Act) -> None:
    """Raise the Refusal for what nobody can say yet was not done: its day has not passed, or it has none."""
    others_first(case, owed)
    refuse_if(not overdue(case, owed, act.now), "not_due_yet", field="obligation", by=owed.by)


def recipient(whose: str) -> str:
    """The recipient of a letter to a side of an obligation: the company, or whoever hears for one person."""
    return BUSINESS if whose == BUSINESS else f"for:{whose}"


def to_creditor(letter: str, owed: Obligation) -> tuple[tuple[str, str], ...]:
    """A letter about an obligation to whom it is owed."""
    return ((f"{letter}#{owed.id}", recipient(owed.to)),)


def to_debtor(letter: str, owed: Obligation) -> tuple[tuple[str, str], ...]:
    """A letter about an obligation to who owes it."""
    return ((f"{letter}#{owed.id}", recipient(owed.debtor)),)


def _claimable(case: Case, act: Act, id: str) -> Obligation:
    owed = on_side(case, act, id, creditor=False)
    refuse_if(owed.state == Duty.CLAIMED, "claimed_before", field="obligation")
    return owed


def _confirmable(case: Case, act: Act, id: str) -> Obligation:
    owed = on_side(case, act, id, creditor=True)
    # nobody can be both sides of one obligation
    refuse_if(act.role is R.FOLLOWUP and owed.claimed_by == act.who, "own_proof", field="obligation")
    return owed


def _disputable(case: Case, act: Act, id: str) -> Obligation:
    owed = on_side(case, act, id, creditor=True)
    refuse_if(owed.state == Duty.DISPUTED, "disputed_before", field="obligation")
    refuse_if(owed.state in (Duty.IN_CURE, Duty.BREACHED), "called_on_before", field="obligation")
    if owed.state == Duty.PENDING:
        passed(case, owed, act)
    return owed


def _claimed(case: Case, act: Act, id: str) -> Obligation:
    owed = case.obligation(id)
    refuse_if(owed.state not in (Duty.CLAIMED, Duty.DISPUTED), "nothing_claimed", field="obligation")
    refuse_if(owed.claimed_by == act.who, "own_proof", field="obligation")
    return owed


def of_both(letter: str, owed: Obligation) -> tuple[tuple[str, str], ...]:
    """A letter about an obligation to both of its sides."""
    return (*to_debtor(letter, owed), *to_creditor(letter, owed))


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    tells="performance_question? → creditor, task? → owner",
    fits=owing,
    shows=Shows(words=("what",)),
    kept=BY_EACH,
    part="obligation",
    task_due="breach_decision",
    about=each_owed(_claimable),
    answers=("obligation", "cure", "measure"),
)
def claim_done(case: Case, act: Act, *, obligation: str, proof: Proof, what: Text) -> Done:
    """The side that owes says it has been done and how that shows; the other side is asked, or an officer
    where they agreed so."""
    owed = _claimable(case, act, obligation)
    claimed = case.with_obligation(replace(owed, state=Duty.CLAIMED, since=act.now, claimed_by=act.who))
    return Done(
        claimed, (("task", "owner"),) if officer_confirms(owed) else to_creditor("performance_question", owed)
    )


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    power=Power.RECEIVE_MONEY,
    fits=owing,
    shows=Shows(words=("remark",), words_for="side"),
    part="obligation",
    about=each_owed(_confirmable),
    answers=("creditor_answer",),
)
def confirm_done(case: Case, act: Act, *, obligation: str, remark: Text | None = None) -> Case:
    """Whom it is owed to says it has been done."""
    owed = _confirmable(case, act, obligation)
    return case.with_obligation(performed(owed, act, Duty.CONFIRMED))


def performed(owed: Obligation, act: Act, how: Duty) -> Obligation:
    """The obligation with nothing left to do; after a breach that was found it is made good by that."""
    return replace(owed, state=Duty.CURED if owed.found else how, since=act.now, proposed=None)


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    tells="task? → owner",
    fits=owing,
    shows=Shows(words=("reason",)),
    kept=BY_EACH,
    part="obligation",
    task_due="breach_decision",
    about=each_owed(_disputable),
    answers=("creditor_answer",),
)
def dispute_done(case: Case, act: Act, *, obligation: str, reason: Text) -> Done:
    """Whom it is owed to says it has not been done, or not as promised; an officer decides on the proof."""
    owed = _disputable(case, act, obligation)
    return Done(case.with_obligation(replace(owed, state=Duty.DISPUTED, since=act.now)), (("task", "owner"),))


@move(
    at=ANY,
    by=R.FOLLOWUP,
    tells="proof_decided? → both",
    fits=owing,
    decides=True,
    shows=Shows(words=("reason",), yes="accepted"),
    about=each_owed(_claimed),
    answers=("breach_decision",),
)
def decide_proof(case: Case, act: Act, *, obligation: str, accepted: bool, reason: Text) -> Done:
    """An officer who did not bring the proof decides on it: accepted; or not, and then it is owed as if
    nothing had been claimed, after its day with a notice to perform."""
    owed = _claimed(case, act, obligation)
    if accepted:
        return Done(case.with_obligation(performed(owed, act, Duty.ACCEPTED)), of_both("proof_decided", owed))
    again = replace(owed, state=owed.unclaimed, since=act.now, claimed_by=None)
    return Done(case.with_obligation(again), of_both("proof_decided", owed))


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    power=Power.SETTLE,
    tells="waived? → both",
    fits=owing,
    gives_up=ALWAYS,
    shows=Shows(words=("words",)),
    part="obligation",
    rank=2,
    about=each_owed(partial(on_side, creditor=True)),
    warns=True,
)
def waive(
    case: Case, act: Act, *, obligation: str, words: Text, read_back: ReadBack = False, scan: Scan = None
) -> Done:
    """Whom it is owed to gives it up, in their own words: by their link, or on the phone once it was read
    back to them, which both get in writing; an e-mail alone gives nothing up."""
    owed = on_side(case, act, obligation, creditor=True)
    return Done(
        case.with_obligation(replace(owed, state=Duty.WAIVED, since=act.now, proposed=None)),
        of_both("waived", owed),
    )


@move(at=WATCHED, by=R.FOLLOWUP, fits=owing, answers=("follow_up_visit",), starts=("follow_up_visit",))
def record_visit(case: Case, act: Act, *, how: Way, said: Text) -> Case:
    """The follow-up officer has asked how what was promised is kept, and what was said; the next visit is due
    from now."""
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
    """Nothing is owed any more: the case closes as fulfilled, or after a breach; as referred where something
    was."""
    refuse_if(case.owed, "still_owed")
    outcome = outcome_of(case)
    return Done(replace(case, outcome=outcome), told_closed(case, outcome))


def outcome_of(case: Case) -> Outcome:
    """The outcome of a case whose obligations are all settled."""
    if any(o.state == Duty.REFERRED for o in case.obligations):
        return Outcome.REFERRED
    broken = any(o.ever_breached for o in case.obligations)
    return Outcome.FULFILLED_AFTER_BREACH if broken else Outcome.FULFILLED


def told_closed(case: Case, outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """The closing letter to everybody who complains, and to the company where it spoke for itself in an
    agreement."""
    letter = "closed" if outcome == Outcome.REFERRED else "fulfilled"
    return ((letter, "consumer"), *([(f"{letter}#{BUSINESS}", BUSINESS)] if case.bound else []))

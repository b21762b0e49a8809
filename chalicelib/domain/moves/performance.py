"""What was promised is done, wherever the case stands meanwhile: proof claimed, confirmed or disputed by whom it is owed to, decided by
an officer; and the case closed."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from chalicelib.domain.calendar import published
from chalicelib.domain.case import Act, Case, Refusal
from chalicelib.domain.codes import ANY, Duty, Outcome, Power, Proof
from chalicelib.domain.codes import Role as R
from chalicelib.domain.codes import Stage as S
from chalicelib.domain.mediated import BUSINESS
from chalicelib.domain.parts import Obligation
from chalicelib.domain.process import Done, move
from chalicelib.domain.said import Future, Text

PARTIES = R.C | R.BUSINESS_REP


def _owed(case: Case) -> object:
    return case.owed


def _mine(case: Case, act: Act, id: str, *, creditor: bool) -> Obligation:
    """The open obligation, if the person acting stands on that side of it; staff write down for either. Raises Refusal."""
    owed = case.obligation(id)
    if act.role in PARTIES and case.stands_for(act.who) != (owed.to if creditor else owed.debtor):
        raise Refusal("other_sides_obligation", field="obligation")
    return owed


def to_creditor(owed: Obligation) -> str:
    """The recipient of a letter to whom something is owed."""
    return BUSINESS if owed.to == BUSINESS else f"for:{owed.to}"


@move(at=ANY, by=PARTIES, recorded_by=R.FOLLOWUP, tells="performance_question? → creditor", fits=_owed)
def claim_done(case: Case, act: Act, *, obligation: str, proof: Proof, what: Text) -> Done:
    """The side that owes says it has been done and how that shows; the other side is asked."""
    owed = _mine(case, act, obligation, creditor=False)
    if owed.state == Duty.CLAIMED:
        raise Refusal("claimed_before", field="obligation")
    claimed = replace(owed, state=Duty.CLAIMED, since=act.now, claimed_by=act.who)
    return Done(case.with_obligation(claimed), ((f"performance_question#{owed.id}", to_creditor(owed)),))


@move(at=ANY, by=PARTIES, recorded_by=R.FOLLOWUP, power=Power.RECEIVE_MONEY, fits=_owed)
def confirm_done(case: Case, act: Act, *, obligation: str, remark: Text | None = None) -> Case:
    """Whom it is owed to says it has been done."""
    owed = _mine(case, act, obligation, creditor=True)
    return case.with_obligation(replace(owed, state=Duty.CONFIRMED, since=act.now))


@move(at=ANY, by=PARTIES, recorded_by=R.FOLLOWUP, tells="task? → owner", fits=_owed)
def dispute_done(case: Case, act: Act, *, obligation: str, reason: Text) -> Done:
    """Whom it is owed to says it has not been done, or not as promised; an officer decides on the proof."""
    owed = _mine(case, act, obligation, creditor=True)
    if owed.state == Duty.DISPUTED:
        raise Refusal("disputed_before", field="obligation")
    if owed.state == Duty.PENDING and owed.early(published().day_of(act.now)):
        raise Refusal("not_due_yet", field="obligation", by=owed.by)
    return Done(case.with_obligation(replace(owed, state=Duty.DISPUTED, since=act.now)), (("task", "owner"),))


@move(at=ANY, by=R.FOLLOWUP, tells="proof_decided? → creditor", fits=_owed)
def decide_proof(case: Case, act: Act, *, obligation: str, accepted: bool, reason: Text,
                 by: Annotated[date | None, Future()] = None) -> Done:
    """An officer who did not bring the proof decides on it: accepted, or not, and then by which day it must be done."""
    owed = case.obligation(obligation)
    if owed.state == Duty.PENDING and owed.early(published().day_of(act.now)):
        raise Refusal("nothing_claimed", field="obligation")
    if owed.claimed_by == act.who:
        raise Refusal("own_proof", field="obligation")
    if not accepted and by is None:
        raise Refusal("new_day_needed", field="by")
    after = replace(owed, state=Duty.ACCEPTED, since=act.now) if accepted else replace(
        owed, state=Duty.PENDING, since=act.now, by=by or owed.by, claimed_by=None)
    return Done(case.with_obligation(after), ((f"proof_decided#{owed.id}", to_creditor(owed)),))


@move(at=S.PERFORMING, to=S.CLOSED, by=R.CLOCK, tells="fulfilled → consumer")
def close_fulfilled(case: Case, act: Act) -> Case:
    """Everything promised is confirmed or accepted: the case closes as fulfilled."""
    if case.owed:
        raise Refusal("still_owed")
    return replace(case, outcome=Outcome.FULFILLED)

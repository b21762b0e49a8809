"""Leaving the talks. Negotiation and mediation are voluntary, so each side can leave them at any moment."""

from chalicelib.domain.engine.declare import ALWAYS, OFTEN, Done, Shows, move, where
from chalicelib.domain.engine.letters_owed import REPRESENTED, to_all, to_both_sides
from chalicelib.domain.engine.process import resumed
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.codes import (
    AT_TABLE,
    TALKS,
    Ending,
    PauseReason,
    Power,
    Role as R,
    Side,
    Stage as S,
)
from chalicelib.domain.model.field_marks import ReadBack, Scan, Whom
from chalicelib.domain.moves.dispute import Side_, dispute_of, side_of
from chalicelib.domain.moves.drafting import agreement_of
from chalicelib.domain.moves.invitation import concluded, negotiation_over
from chalicelib.domain.moves.joint import parting
from chalicelib.domain.moves.parties import complainant_of
from chalicelib.domain.moves.signing import FALLS_BACK, unsigned_by


def _leavable(case: Case, act: Act, side: Side | None = None) -> Side:
    """Return the side for which the actor can leave the talks now. Raises Refusal if the negotiation is over,
    because a side then refuses mediation instead. Raises Refusal for a complainant of a joint case in talks,
    who leaves the joint case instead."""
    whose, dispute = side_of(case, act, side), dispute_of(case)
    refuse_if(dispute.ended and case.stage == S.NEGOTIATING, "negotiation_over")
    refuse_if(case.joint and whose == Side.CONSUMER and case.stage in TALKS, "leave_joint_case")
    return whose


@move(
    at=AT_TABLE,
    to=FALLS_BACK,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.LEAD | R.NEGOTIATOR | R.MEDIATOR,
    power=Power.NEGOTIATE,
    tells=(
        "negotiation_ended? → both, mediation_invitation? → both, mediation_ended? → all, not_signed? → all, "
        "negotiation_ended | mediation_ended? → represented"
    ),
    fits=lambda case: case.talks.dispute and not (case.talks.dispute.ended and case.stage == S.NEGOTIATING),
    gives_up=ALWAYS,
    shows=Shows(facts=("ending", "missing", "back")),
    kept=OFTEN,
    about=where(_leavable),
    sides=lambda case: frozenset({Side.BUSINESS}) if case.joint and case.stage in TALKS else frozenset(Side),
    warns=True,
)
def leave_talks(
    case: Case,
    act: Act,
    *,
    side: Side_ = None,
    party: Whom = None,
    read_back: ReadBack = False,
    scan: Scan = None,
) -> Done:
    """Leave the talks, for one side and without a reason. The talks end, and the other side is not heard
    before. A text that not everybody has signed is given up.

    If the company leaves a negotiation, both sides are still asked whether they want mediation. The reason:
    only the supervisor can confirm that the company refuses mediation. A complainant leaves negotiation and
    mediation together. A represented complainant gets the letter too. In a joint case, a complainant leaves
    alone: they go on with a case of their own, and the others go on together."""
    whose = _leavable(case, act, side)
    if case.stage == S.SIGNING and case.joint and whose == Side.CONSUMER:
        return _alone(case, act, party)
    drafted = case.stage == S.SIGNING
    back = agreement_of(case).back if drafted else case.stage
    if back == S.MEDIATING:
        done = concluded(case, act, to_all("mediation_ended"))
    elif whose == Side.CONSUMER:
        done = concluded(case, act, to_both_sides("negotiation_ended"))
    else:
        done = negotiation_over(replace(resumed(case, act, PauseReason.SIGNING), stage=back), act)
    letter = "mediation_ended" if back == S.MEDIATING else "negotiation_ended"
    own = ((letter, REPRESENTED),) if whose == Side.CONSUMER else ()
    return replace(done, tells=(*done.tells, *own), facts={"ending": Ending.REFUSED, "unsigned": drafted})


def _alone(case: Case, act: Act, party: str | None) -> Done:
    """Return the joint case after a complainant has left the signing. Nobody signs the text any more. If the
    talks of the others go on, the clock splits off this complainant."""
    member = complainant_of(case, act, party)
    done = unsigned_by(case, act, (member.id,))
    if done.case.stage not in TALKS:
        return replace(done, tells=to_all("not_signed"))
    left = parting(done.case.with_party(replace(member, consents=False)), [member.id])
    return Done(left, to_all("not_signed"), {**done.facts, "leaving": (member.id,)})

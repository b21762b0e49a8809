"""The step from negotiation to mediation: both sides are invited, and each agrees or refuses. Also the end of
a negotiation without agreement."""

from typing import Annotated

from chalicelib.domain.engine.declare import OFTEN, Done, Second, Shows, move, where
from chalicelib.domain.engine.letters_owed import to_both_sides
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import Dispute, Mediation
from chalicelib.domain.model.codes import Ending, Outcome, Power, Reply, Role as R, Side, Stage as S
from chalicelib.domain.model.field_marks import Choice, OfficialText, Text
from chalicelib.domain.moves.answer import settled
from chalicelib.domain.moves.dispute import (
    Side_,
    dispute_of,
    hearing_complete,
    side_of,
    unanswered,
    without_offers,
)
from chalicelib.domain.moves.information import reviewed
from chalicelib.domain.moves.joint import elected, for_all
from chalicelib.domain.moves.offers import lapsed, to_side

OVER = frozenset({S.NEGOTIATING, S.CLOSED, S.INVESTIGATING, S.PERFORMING})
WITHOUT_MEDIATION = frozenset(
    {Ending.SETTLED_PRIVATELY, Ending.OUTSIDE_COMPETENCE, Ending.PARTY_GONE, Ending.SUSPECTED_CRIME}
)
"""The grounds for ending a negotiation after which mediation is not offered."""
ENDS = frozenset(Ending) - {
    Ending.AGREED,
    Ending.OUT_OF_TIME,
    Ending.ABSENT,
    Ending.WITHDRAWN,
    Ending.COMPANY_SILENT,
}
"""The grounds on which the neutral officer can end a negotiation. For each of the remaining grounds there is
another move."""


def _invitable(case: Case, act: Act) -> Dispute:
    dispute = _open(case)
    refuse_if(dispute.invited, "invited_before")
    for_all(case, act, binds=True)
    elected(case)
    return dispute


def _unconsented(case: Case, act: Act, side: Side | None = None) -> tuple[Dispute, Side]:
    dispute, whose = _with_invitation(case), side_of(case, act, side)
    refuse_if(dispute.consents.get(whose), "consented_before")
    for_all(case, act, binds=True)
    if whose == Side.CONSUMER:
        elected(case)
    return dispute, whose


def _unrefused(case: Case, act: Act, whose: Side) -> None:
    refuse_if(whose == Side.BUSINESS and refusal_asked(case), "refusal_asked")
    refuse_if(_with_invitation(case).consents.get(whose) is False, "refused_before")
    for_all(case, act, binds=True)


def refusal_asked(case: Case) -> bool:
    """Return whether the company has refused mediation and the supervisor has not yet confirmed this
    refusal."""
    return any(asked.move == "refuse_mediation" for asked in case.approvals)


@move(
    at=S.NEGOTIATING,
    by=R.C | R.BUSINESS_REP | R.LEAD | R.NEGOTIATOR,
    power=Power.NEGOTIATE,
    tells="mediation_invitation? → both",
    fits=lambda case: (
        case.talks.dispute and not case.talks.dispute.invited and not case.talks.dispute.accepted
    ),
    shows=Shows(facts=()),
    part="talks",
    about=where(_invitable),
    answers=("negotiation",),
)
def invite_mediation(case: Case, act: Act) -> Done:
    """Invite both sides to mediation by an outside person. A party that invites the other side has thereby
    agreed to mediation."""
    dispute = _invitable(case, act)
    consents = {side_of(case, act, None): True} if act.role in R.PARTY else {}
    return _invited(case, replace(dispute, consents=consents), act)


def _invited(case: Case, dispute: Dispute, act: Act) -> Done:
    told = tuple(
        ("mediation_invitation" + ("#business" if side == Side.BUSINESS else ""), to_side(side))
        for side in Side
        if side not in dispute.consents
    )
    return Done(replace(case, talks=replace(case.talks, dispute=replace(dispute, invited=act.now))), told)


def _with_invitation(case: Case) -> Dispute:
    """Return the dispute, if both sides were invited to mediation. Raises Refusal `not_invited` if they were
    not, and `offer_accepted` if an offer was accepted."""
    dispute = _open(case)
    refuse_if(dispute.invited is None, "not_invited")
    return dispute


def _open(case: Case) -> Dispute:
    """Return the dispute, if no offer was accepted. Raises Refusal `offer_accepted` otherwise, because an
    agreement is then drafted or performed."""
    dispute = dispute_of(case)
    if dispute.accepted:
        raise Refusal("offer_accepted", offer=dispute.accepted.id)
    return dispute


@move(
    at=S.NEGOTIATING,
    to=frozenset({S.NEGOTIATING, S.MEDIATING}),
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.LEAD | R.NEGOTIATOR,
    power=Power.NEGOTIATE,
    tells="mediation_opened? → both, task? → role:lead",
    fits=lambda case: _waits(case),
    shows=Shows(facts=()),
    part="talks",
    task_due="mediator_appointment",
    about=where(_unconsented),
    sides=lambda case: {side for side in Side if dispute_of(case).consents.get(side) is not True},
    answers=("mediation_consent", "company_consent", "company_silence"),
)
def consent_mediation(case: Case, act: Act, *, side: Side_ = None) -> Done:
    """Agree to mediation, for one side. Mediation begins when both sides have agreed."""
    dispute, whose = _unconsented(case, act, side)
    # the company now agrees, so the supervisor need not confirm its earlier refusal
    refusals = tuple(a for a in case.approvals if a.move != "refuse_mediation" or whose != Side.BUSINESS)
    # the team lead had to review the silence of a side, and this side has now answered
    after = replace(
        case,
        approvals=refusals,
        clock=replace(case.clock, review=None if dispute.ended else case.clock.review),
        talks=replace(case.talks, dispute=replace(dispute, consents={**dispute.consents, whose: True})),
    )
    if not all(dispute_of(after).consents.get(each) for each in Side):
        return Done(after)
    opened = replace(
        after, stage=S.MEDIATING, owner=None, talks=replace(after.talks, mediation=Mediation(act.now))
    )
    return Done(opened, (*to_both_sides("mediation_opened"), ("task", "role:lead")))


def _waits(case: Case) -> object:
    return case.talks.dispute and case.talks.dispute.invited and not case.talks.dispute.accepted


@move(
    at=S.NEGOTIATING,
    to=OVER,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.LEAD | R.NEGOTIATOR,
    power=Power.NEGOTIATE,
    second=Second(
        "The company's refusal, said by its representative or written down for it.",
        lambda case, act, **facts: side_of(case, act, facts.get("side")) == Side.BUSINESS,
    ),
    tells="mediation_answered? → other side, negotiation_ended? → both",
    fits=lambda case: _waits(case),
    person_hears=True,
    shows=Shows(words=("reason",), facts=(), words_for="speaker"),
    part="talks",
    about=where(lambda case, act: _unrefused(case, act, side_of(case, act, None))),
    sides=lambda case: (
        {side for side in Side if dispute_of(case).consents.get(side) is not False}
        - ({Side.BUSINESS} if refusal_asked(case) else set())
    ),
    answers=("mediation_consent", "company_consent", "company_silence"),
)
def refuse_mediation(
    case: Case, act: Act, *, reason: Text | None = None, share: bool = False, side: Side_ = None
) -> Done:
    """Refuse mediation, for one side. The company must give a reason, and the supervisor confirms the
    company's refusal. The other side learns who refused. With `share` the other side also learns the reason.
    If the negotiation is over too, the talks end."""
    dispute, whose = _with_invitation(case), side_of(case, act, side)
    refuse_if(
        (whose == Side.BUSINESS or share) and not (reason or act.said_in), "reason_needed", field="reason"
    )
    _unrefused(case, act, whose)
    return _refused(case, act, dispute, whose)


def _refused(case: Case, act: Act, dispute: Dispute, whose: Side) -> Done:
    after = replace(
        case, talks=replace(case.talks, dispute=replace(dispute, consents={**dispute.consents, whose: False}))
    )
    if dispute.ended:
        return concluded(after, act, to_both_sides("negotiation_ended"))
    return Done(after, ((f"mediation_answered#{whose}", to_side(whose.other)),))


@move(
    at=S.NEGOTIATING,
    to=OVER,
    by=R.CLOCK | R.LEAD,
    tells="negotiation_ended? → both, mediation_answered? → business",
    fits=lambda case: case.clock.review and case.talks.dispute and case.talks.dispute.invited,
    decides=True,
    shows=Shows(facts=("ending",)),
    kept=OFTEN,
    part="talks",
    answers=("lapse_review",),
)
def lapse_consent(case: Case, act: Act, *, side: Side = Side.CONSUMER, reason: Text | None = None) -> Done:
    """End the wait for one side's answer to the invitation to mediation. The consumer's silence counts as a
    refusal. The company's silence never counts as a refusal, and the supervisor must deal with it. After
    twenty working days the company's silence ends the negotiation."""
    reviewed(case, act, reason)
    dispute = _with_invitation(case)
    refuse_if(side in dispute.consents, "side_answered", field="side", side=side)
    if side == Side.CONSUMER:
        return _refused(case, act, dispute, side)
    runs = running_of(replace(case, clock=replace(case.clock, review=None)), "company_silence")
    refuse_if(not any(run.due and run.due <= act.now for run in runs), "company_has_time", field="side")
    return replace(
        concluded(case, act, to_both_sides("negotiation_ended")), facts={"ending": Ending.COMPANY_SILENT}
    )


@move(
    at=S.NEGOTIATING,
    to=OVER,
    by=R.LEAD | R.NEGOTIATOR,
    second=Second(
        "When it ends because an offence is suspected, the supervisor confirms that.",
        lambda case, act, **facts: facts.get("ending") == Ending.SUSPECTED_CRIME,
    ),
    tells="negotiation_ended? → both, mediation_invitation? → both",
    fits=lambda case: (
        case.talks.dispute
        and not case.talks.dispute.ended
        and all(hearing_complete(case.talks.dispute, side) for side in Side)
    ),
    decides=True,
    shows=Shows(words=("reason",), facts=("ending",)),
    kept=OFTEN,
    part="talks",
)
def end_negotiation(
    case: Case, act: Act, *, ending: Annotated[Ending, Choice(lambda case, _: ENDS)], reason: OfficialText
) -> Done:
    """End a negotiation without agreement. Each side must have been heard, or two attempts to hear it must
    have failed. This is also possible after an offer was accepted, if nothing came of it. Mediation is
    offered unless the ground `ending` excludes it."""
    dispute = dispute_of(case)
    refuse_if(ending not in ENDS, "ground_not_here", field="ending")
    refuse_if(dispute.ended, "negotiation_over")
    if silent := [side for side in Side if not hearing_complete(dispute, side)]:
        raise Refusal("hear_first", side=silent[0])
    return negotiation_over(case, act, mediates=ending not in WITHOUT_MEDIATION)


@move(
    at=S.NEGOTIATING,
    to=OVER,
    by=R.CLOCK | R.LEAD,
    tells="negotiation_ended? → both, mediation_invitation? → both, task? → role:lead",
    fits=lambda case: (
        case.clock.review
        and case.talks.dispute
        and not case.talks.dispute.ended
        and not case.talks.dispute.accepted
    ),
    decides=True,
    shows=Shows(facts=()),
    part="talks",
    answers=("lapse_review",),
)
def lapse_negotiation(case: Case, act: Act, *, reason: Text | None = None) -> Done:
    """End a negotiation that brought no agreement in its ten working days, and invite both sides to
    mediation."""
    reviewed(case, act, reason)
    refuse_if(_open(case).ended, "negotiation_over")
    done = negotiation_over(case, act)
    return replace(done, tells=(*done.tells, ("task", "role:lead")))


def negotiation_over(case: Case, act: Act, *, mediates: bool = True) -> Done:
    """Return the case with its negotiation over, and the letters about this; no offer binds any more. Both
    sides are invited to mediation, or still have to answer an earlier invitation. If a side has refused
    mediation, or without `mediates`, the talks end."""
    dispute = replace(lapsed(dispute_of(case), act, Reply.ACCEPTED), ended=act.now)
    ended = replace(case, talks=replace(case.talks, dispute=dispute), clock=replace(case.clock, review=None))
    if False in dispute.consents.values() or not mediates:
        return concluded(ended, act, to_both_sides("negotiation_ended"))
    asked = Done(ended) if dispute.invited else _invited(ended, dispute, act)
    return replace(asked, tells=(*to_both_sides("negotiation_ended"), *asked.tells))


def concluded(case: Case, act: Act, letters: tuple[tuple[str, str], ...]) -> Done:
    """Return the case after talks without agreement, with `letters` to both sides. If the complaint has no
    answer yet, its investigation goes on. If the complaint has an answer, what the answer promised is
    performed. If nothing is owed, the case closes."""
    dispute = dispute_of(case)
    ended = replace(lapsed(dispute, act, Reply.ACCEPTED), ended=dispute.ended or act.now)
    case = replace(
        case,
        talks=replace(case.talks, dispute=ended),
        clock=replace(case.clock, review=None),
        together=replace(case.together, proposal=None),
        parties=case.without_consents,
    )
    if unanswered(case):
        return Done(replace(case, stage=S.INVESTIGATING, owner=case.held_before), letters)
    return replace(settled(without_offers(case), act, Outcome.NOT_SETTLED), tells=letters)

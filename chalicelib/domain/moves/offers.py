"""Offers and counter-offers in turn, without prejudice. An offer is valid until the day that it names. The
other side accepts or refuses the offer, or the offer lapses on its last day."""

from datetime import date
from typing import Annotated

from chalicelib.domain.engine.declare import ALWAYS, OFTEN, Done, Shows, move, where
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Dispute, Offer
from chalicelib.domain.model.codes import TALKS, Duty, Outcome, Power, Reply, Role as R, Side, Stage as S
from chalicelib.domain.model.field_marks import (
    FormRule,
    Future,
    Money,
    Names,
    OfferId,
    OfficialText,
    ReadBack,
    Scan,
    Text,
)
from chalicelib.domain.moves.answer import settled
from chalicelib.domain.moves.dispute import Side_, dispute_of, side_of, without_offers
from chalicelib.domain.moves.joint import for_all
from chalicelib.domain.moves.performance import performed

MOST_OFFERS = 40
"""The most offers of one dispute."""


def _talking(case: Case) -> Dispute:
    """Return the dispute, if offers can still be made in its talks. Raises Refusal after an offer was
    accepted, or when the negotiation is over."""
    dispute = dispute_of(case)
    if dispute.accepted:
        raise Refusal("offer_accepted", offer=dispute.accepted.id)
    refuse_if(dispute.ended and case.stage == S.NEGOTIATING, "negotiation_over")
    return dispute


def _with(case: Case, *offers: Offer) -> Case:
    """Return the case with these offers added. An offer with the same id is replaced."""
    changed, dispute = {offer.id: offer for offer in offers}, dispute_of(case)
    kept = tuple(changed.pop(offer.id, offer) for offer in dispute.offers)
    return replace(
        case, talks=replace(case.talks, dispute=replace(dispute, offers=(*kept, *changed.values())))
    )


def to_side(side: Side) -> str:
    """Return the name under which moves send letters to this side: `consumer` or `business`."""
    return "consumer" if side == Side.CONSUMER else "business"


def _offering(case: Case, act: Act, side: Side | None = None) -> tuple[Side, Dispute]:
    """Return the side for which the actor acts, and the dispute, if this side can make an offer now. Raises
    Refusal if it cannot, for example because its own last offer is still open."""
    whose, dispute = side_of(case, act, side), _talking(case)
    for_all(case, act)
    if dispute.open and dispute.open.side == whose:
        raise Refusal("own_offer_open", offer=dispute.open.id)
    return whose, dispute


def _room(dispute: Dispute) -> None:
    refuse_if(len(dispute.offers) >= MOST_OFFERS, "too_many_offers", most=MOST_OFFERS)


def _turn(case: Case) -> frozenset[Side]:
    """Return the sides that can make an offer now. While an offer is open, it is the side that did not make
    this offer; otherwise both."""
    waits = dispute_of(case).open
    return frozenset({waits.side.other} if waits else Side)


def _waiting(case: Case) -> str:
    """Return the id of the open offer. Return "" if no offer is open."""
    waits = dispute_of(case).open
    return waits.id if waits else ""


@move(
    at=TALKS,
    by=R.C | R.BUSINESS_REP | R.MEDIATOR,
    recorded_by=R.NEGOTIATOR,
    power=Power.SETTLE,
    tells="offer? → other side",
    fits=lambda case: (
        case.talks.dispute
        and not case.talks.dispute.accepted
        and not (case.talks.dispute.ended and case.stage == S.NEGOTIATING)
    ),
    shows=Shows(words=("terms",), facts=("offer", "until", "amount", "counters")),
    confided="talks",
    kept=OFTEN,
    part="talks",
    rank=2,
    answers=("offer",),
    about=where(lambda case, act: _room(_offering(case, act)[1])),
    sides=_turn,
    compares=True,
)
def offer(
    case: Case,
    act: Act,
    *,
    terms: Text,
    until: Annotated[date, Future()],
    amount: Money | None = None,
    counters: Annotated[
        Annotated[str, Names("offer", "counters")] | None,
        FormRule(("",), lambda case: case.talks.dispute and case.talks.dispute.open),
    ] = None,
    side: Side_ = None,
) -> Done:
    """Make an offer in the talks. The offer is valid and irrevocable until the end of the day `until`, and
    admits nothing. If an offer of the other side is open, `counters` must be its id, and the new offer
    refuses it. So nobody counters an offer that they have not seen."""
    whose, dispute = _offering(case, act, side)
    waits = dispute.open
    if waits and counters != waits.id:
        raise Refusal("offer_waits", field="counters", offer=waits.id)
    refuse_if(counters and not waits, "offer_over", field="counters", offer=counters)
    _room(dispute)
    made = Offer(f"F{len(dispute.offers) + 1}", whose, case.said_by(act), act.now, until, amount)
    countered = (replace(waits, state=Reply.COUNTERED, answered=act.now),) if waits else ()
    return Done(
        _with(case, *countered, made), ((f"offer#{made.id}", to_side(whose.other)),), {"offer": made.id}
    )


def _answerable(case: Case, act: Act, id: str, side: Side | None) -> Offer:
    """Return the open offer with this id, if the actor can answer it for their side. Raises Refusal if there
    is no such offer, or if the side itself made it. Raises Refusal if the offer was answered or its last day
    is over."""
    whose, dispute = side_of(case, act, side), dispute_of(case)
    found = required(
        next((offer for offer in dispute.offers if offer.id == id), None), "offer_unknown", field="offer"
    )
    refuse_if(found.side == whose, "own_offer", field="offer")
    ends = next((run.due for run in running_of(case, "offer") if run.id == id), None)
    if found.state != Reply.OPEN or (ends and ends <= act.now):
        raise Refusal(
            "offer_over",
            field="offer",
            offer=id,
            state=Reply.LAPSED if found.state == Reply.OPEN else found.state,
        )
    for_all(case, act)
    return found


def _acceptable(case: Case, act: Act, id: str, side: Side | None = None) -> Offer:
    found = _answerable(case, act, id, side)
    _agreed_by_each(case, found.entry)
    return found


def _refusable(case: Case, act: Act, id: str, side: Side | None = None) -> Offer:
    for_all(case, act, binds=True)
    return _answerable(case, act, id, side)


@move(
    at=TALKS,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.NEGOTIATOR | R.MEDIATOR,
    power=Power.SETTLE,
    tells="offer_answered? → both",
    fits=lambda case: (
        case.talks.dispute and case.talks.dispute.open and not _silent(case, case.talks.dispute.open.entry)
    ),
    gives_up=ALWAYS,
    shows=Shows(facts=("offer",)),
    part="talks",
    about=where(lambda case, act: _acceptable(case, act, _waiting(case))),
    sides=_turn,
    answers=("offer",),
)
def accept_offer(
    case: Case,
    act: Act,
    *,
    offer: OfferId,
    read_back: ReadBack = False,
    scan: Scan = None,
    side: Side_ = None,
) -> Done:
    """Accept an offer of the other side without changes: by link, or on the phone after the offer was read
    back. Both sides get this in writing, and the agreement is drafted next. In a joint case each person must
    first have agreed to the text of the offer, whichever side made the offer."""
    found = _acceptable(case, act, offer, side)
    # the offer is accepted, so the supervisor need not confirm a refusal of mediation any more
    asked = tuple(a for a in case.approvals if a.move != "refuse_mediation")
    return _answered(
        replace(case, clock=replace(case.clock, review=None), approvals=asked), act, found, Reply.ACCEPTED
    )


def _agreed_by_each(case: Case, since: int = 0) -> None:
    """Raise Refusal `consent_of_each` unless each person of a joint case has agreed to the last proposed
    text. The text must have been proposed in the entry `since` or later."""
    refuse_if(
        _silent(case, since),
        "consent_of_each",
        people=[p.id for p in case.consumers if p.consents is not True],
    )


def _silent(case: Case, since: int = 0) -> bool:
    """Return whether the people of a joint case must still agree to an offer that was made in the entry
    `since`. They must if no text was proposed to them since then, or if somebody has not agreed to the text.
    In any other case the result is false."""
    silent = any(p.consents is not True for p in case.consumers)
    return case.joint and (case.together.proposal is None or case.together.proposal.entry < since or silent)


def _answered(case: Case, act: Act, found: Offer, reply: Reply) -> Done:
    """Return the case with this answer (`reply`) to the offer `found`, and the letters about it. Both sides
    learn that the offer was accepted or lapsed. Of a refusal only the side that made the offer learns."""
    sides = (found.side,) if reply == Reply.REFUSED else tuple(Side)
    told = tuple((f"offer_answered#{found.id}", to_side(side)) for side in sides)
    return Done(_with(case, replace(found, state=reply, answered=act.now)), told)


@move(
    at=TALKS,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.NEGOTIATOR,
    power=Power.NEGOTIATE,
    tells="offer_answered? → other side",
    fits=lambda case: case.talks.dispute and case.talks.dispute.open,
    shows=Shows(words=("reason",), facts=("offer",), words_for="speaker"),
    confided="talks",
    kept=OFTEN,
    part="talks",
    rank=1,
    about=where(lambda case, act: _refusable(case, act, _waiting(case))),
    sides=_turn,
    answers=("offer",),
)
def refuse_offer(
    case: Case, act: Act, *, offer: OfferId, reason: Text | None = None, side: Side_ = None
) -> Done:
    """Refuse an offer of the other side. Only the neutral officer sees the reason."""
    return _answered(case, act, _refusable(case, act, offer, side), Reply.REFUSED)


@move(
    at=TALKS,
    by=R.CLOCK,
    tells="offer_answered? → both",
    decides=True,
    shows=Shows(facts=("offer",)),
    part="talks",
)
def lapse_offer(case: Case, act: Act, *, offer: OfferId) -> Done:
    """End an offer that was not answered by the end of its last day. The offer no longer binds anybody."""
    found = next(o for o in dispute_of(case).offers if o.id == offer)
    return _answered(case, act, found, Reply.LAPSED)


def lapsed(dispute: Dispute, act: Act, *open: Reply) -> Dispute:
    """Return the dispute with its open offers lapsed. Offers in one of the states `open` lapse too."""
    ends = (Reply.OPEN, *open)
    over = tuple(
        replace(o, state=Reply.LAPSED, answered=act.now) if o.state in ends else o for o in dispute.offers
    )
    return replace(dispute, offers=over)


@move(
    at=TALKS,
    to=frozenset({S.CLOSED, S.PERFORMING}),
    by=R.NEGOTIATOR | R.MEDIATOR,
    tells="on_the_spot → both",
    decides=True,
    shows=Shows(words=("done",), facts=()),
    kept=OFTEN,
    part="talks",
    about=where(
        lambda case, act: not case.joint or all(person.consents is True for person in case.consumers),
        R.NEGOTIATOR | R.MEDIATOR,
    ),
)
def record_on_the_spot(
    case: Case,
    act: Act,
    *,
    done: OfficialText,
    consumer_confirms: bool,
    business_confirms: bool,
    fulfils: tuple[Annotated[str, Names("obligation", "fulfils")], ...] = (),
) -> Case:
    """Record that both sides performed their agreement at once, and that both confirm this. `done` says what
    was done. `fulfils` are the ids of obligations that were performed by this. The case closes, unless
    obligations from an answer are left."""
    for confirms, field in (
        (consumer_confirms, "consumer_confirms"),
        (business_confirms, "business_confirms"),
    ):
        refuse_if(not confirms, "both_confirm", field=field)
    _agreed_by_each(case)
    for id in fulfils:
        case = case.with_obligation(performed(case, case.obligation(id), act, Duty.CONFIRMED))
    closed = without_offers(case)
    over = replace(lapsed(dispute_of(case), act), ended=act.now)
    closed = replace(closed, talks=replace(closed.talks, dispute=over))
    return settled(closed, act, Outcome.PERFORMED_ON_THE_SPOT, "on_the_spot").case

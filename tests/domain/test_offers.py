"""Offers and counter-offers: in turn, never over an unseen one, until the end of their own day, and one
acceptance by the other side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import Dispute, Offer
from chalicelib.domain.model.codes import (
    Conclusion,
    Duty,
    Outcome,
    Power,
    ReopenReason,
    Reply,
    Severity,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.moves.offers import MOST_OFFERS
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    T0,
    Life,
    accepted,
    answered,
    both_heard,
    disputed,
    invited,
    joint,
    leave,
    mediated,
    offered,
    performing,
    represented,
    speaker,
    talking,
)

CONSUMER, SHOP = Side.CONSUMER, Side.BUSINESS
SIDES = pytest.mark.parametrize("side", Side)
DONE: dict[str, Any] = {"done": "当面转账三百元。", "consumer_confirms": True, "business_confirms": True}


def talks(life: Life) -> Dispute:
    """Return the dispute of a case."""
    assert life.case.talks.dispute
    return life.case.talks.dispute


def states(life: Life) -> list[str]:
    """Return the states of the offers, in order."""
    return [str(offer.state) for offer in talks(life).offers]


def refusal(life: Life, name: str, side: Side, /, **said: Any) -> Refusal:
    """Return the refusal of a side's move, and check that nothing changed."""
    id, before = speaker(life, side), repr(life.case)
    with pytest.raises(Refusal) as refused:
        take(name, life.case, life.act(id, life.case.party(id).role), **said)
    assert repr(life.case) == before
    return refused.value


def accept(life: Life, side: Side, offer: str = "F1") -> Life:
    """Accept an offer as a side, by its link."""
    life.says("accept_offer", speaker(life, side), offer=offer)
    return life


def until(life: Life, days: int = 5) -> Any:
    """Return the last day of an offer made now."""
    return published().day_of(life.time) + days * DAY


# Turns


@SIDES
def test_an_offer_goes_to_the_other_side_with_its_last_day(side: Side) -> None:
    """The terms of an offer are words in its entry. The offer waits for the other side, and its maker cannot
    make another meanwhile."""
    life = talking()
    assert offered(life, side) == "F1"
    assert talks(life).open == talks(life).offers[0]
    assert life.letters[-1].name == "offer"
    assert life.letters[-1].to == f"party:{speaker(life, side.other)}"
    assert life.letters[-1].facts == {"about": "F1"}
    assert "退三百元" not in life.entries[-1].line
    assert life.running["offer"].due == published().own(life.time, until(life)).at
    assert not life.running["offer"].duty
    refused = refusal(life, "offer", side, terms="再退一百。", until=until(life))
    assert (refused.code, refused.facts) == ("own_offer_open", {"offer": "F1"})


@SIDES
def test_offers_that_cross_in_the_same_second_are_not_both_made(side: Side) -> None:
    """The second is refused with the id of the first; naming that id answers it. Nobody counters an offer
    that they have not seen."""
    life = talking()
    offered(life, side)
    refused = refusal(life, "offer", side.other, terms="全退。", until=until(life))
    assert (refused.code, refused.field, refused.facts) == ("offer_waits", "counters", {"offer": "F1"})
    assert (
        refusal(life, "offer", side.other, terms="全退。", until=until(life), counters="F9").code
        == "offer_waits"
    )
    offered(life, side.other, counters="F1")
    assert states(life) == ["countered", "open"]
    assert talks(life).offers[0].answered == life.time
    assert refusal(life, "accept_offer", side.other, offer="F1").facts == {
        "offer": "F1",
        "state": Reply.COUNTERED,
    }


def test_only_a_waiting_offer_is_countered() -> None:
    """A counter to a refused offer raises `offer_over`; a new offer is allowed."""
    life = talking()
    assert (
        refusal(life, "offer", CONSUMER, terms="全退。", until=until(life), counters="F1").code
        == "offer_over"
    )
    offered(life, SHOP)
    life.says("refuse_offer", "p1", offer="F1")
    assert (
        refusal(life, "offer", CONSUMER, terms="全退。", until=until(life), counters="F1").code
        == "offer_over"
    )
    offered(life, CONSUMER)
    assert states(life) == ["refused", "open"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(Side), st.sampled_from(["offer", "counter", "accept", "refuse", "wait"])),
        max_size=15,
    )
)
def test_at_most_one_offer_waits_and_one_is_accepted(tries: list[tuple[Side, str]]) -> None:
    """The sides act in any order: nobody answers their own offer, an answer is final, and after an acceptance
    no offer is made."""
    life = talking()
    for side, what in tries:
        waits, before = talks(life).open, talks(life)
        latest = before.offers[-1].id if before.offers else "F1"
        try:
            if what == "wait":
                life.live(2 * DAY)
            elif what in ("offer", "counter"):
                offered(life, side, 3, **({"counters": latest} if what == "counter" else {}))
                assert waits is None or waits.side != side
            else:
                life.says(f"{what}_offer", speaker(life, side), offer=latest)
                assert waits
                assert waits.side != side
        except Refusal:
            assert talks(life) == before
        now = {offer.id: offer for offer in talks(life).offers}
        assert sum(offer.state == Reply.OPEN for offer in now.values()) <= 1
        assert [
            offer for offer in before.offers if offer.state != Reply.OPEN and now[offer.id] != offer
        ] == []
        assert before.accepted is None or (
            talks(life).accepted == before.accepted and len(now) == len(before.offers)
        )


def test_a_dispute_carries_so_many_offers() -> None:
    """At the limit the last offer can still be answered."""
    life = talking()
    for n in range(MOST_OFFERS):
        offered(life, CONSUMER if n % 2 else SHOP, **({"counters": f"F{n}"} if n else {}))
    assert (
        refusal(life, "offer", SHOP, terms="再加。", until=until(life), counters=f"F{MOST_OFFERS}").code
        == "too_many_offers"
    )
    assert accept(life, SHOP, f"F{MOST_OFFERS}").case.stage == Stage.NEGOTIATING


# The day of an offer


@settings(max_examples=60, deadline=None)
@given(days=st.integers(0, 20), later=st.integers(0, 30 * 24), side=st.sampled_from(Side))
def test_an_offer_is_valid_to_the_end_of_its_day_and_not_a_moment_longer(
    days: int, later: int, side: Side
) -> None:
    """An ended offer is refused with a code, also while the clock is away and has not lapsed it."""
    life = talking()
    offered(life, side, days)
    ends = life.running["offer"].due
    life.later(timedelta(hours=later))
    assert ends
    if life.time < ends:
        assert accept(life, side.other).case.talks.dispute == talks(life)
        assert states(life) == ["accepted"]
    else:
        assert refusal(life, "accept_offer", side.other, offer="F1").facts == {
            "offer": "F1",
            "state": Reply.LAPSED,
        }
        assert refusal(life, "refuse_offer", side.other, offer="F1").code == "offer_over"


def test_an_offers_day_is_not_moved_by_a_rest_day() -> None:
    """The day of an offer is its maker's own: until Saturday means until Saturday."""
    life = talking()
    offered(life, SHOP, 9)
    assert life.running["offer"].due == T0.replace(hour=16) + 9 * DAY


def test_an_offer_that_nobody_answers_lapses_with_its_day() -> None:
    """The clock lapses it once and both sides get a letter. It binds nobody, and the turn is free again."""
    life = talking()
    offered(life, SHOP, 5)
    life.live(5 * DAY)
    assert states(life) == ["open"]
    life.live(DAY)
    assert states(life) == ["lapsed"]
    assert talks(life).offers[0].answered == T0.replace(hour=16) + 5 * DAY
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "offer_answered"
    assert not life.facts("take_step")[1:]
    offered(life, SHOP, 1)
    assert len(life.facts("lapse_offer")) == 1


def test_only_the_due_offer_lapses() -> None:
    """The clock lapses the offer whose day is over, by its id, and leaves its answer."""
    life = talking()
    offered(life, SHOP, 1)
    life.later(2 * DAY)
    offered(life, CONSUMER, 10, counters="F1")
    life.live(3 * DAY)
    assert states(life) == ["countered", "open"]
    assert life.facts("lapse_offer") == []


# Answers


@SIDES
def test_an_acceptance_ends_the_bargaining(side: Side) -> None:
    """Both sides get a letter, the ten working days stop, and three to draft begin. Offers and questions are
    refused, but the talks may still fail."""
    life = invite(both_heard())
    offered(life, side)
    assert {"negotiation", "mediation_consent", "company_consent"} <= life.running.keys()
    accept(life.later(HOUR), side.other)
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "offer_answered"
    assert set(life.due) == {"drafting"}
    assert life.running["drafting"].start == life.time
    for name, said in {
        "offer": {"terms": "再加。", "until": until(life)},
        "invite_mediation": {},
        "consent_mediation": {},
        "refuse_mediation": {"reason": "不要。"},
    }.items():
        for each in Side:
            assert refusal(life, name, each, **said).code == "offer_accepted"
    assert refusal(life, "accept_offer", side.other, offer="F1").facts == {
        "offer": "F1",
        "state": Reply.ACCEPTED,
    }
    assert refusal(life, "accept_offer", side, offer="F1").code == "own_offer"
    life.live(9 * DAY)
    assert [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "drafting"] == [
        "sun",
        "zhou",
    ]
    life.take("end_negotiation", "ma", ending="no_prospect", reason="一方不肯履行。")
    assert states(life) == ["lapsed"]
    assert life.case.talks.dispute
    assert not life.case.talks.dispute.accepted
    assert "drafting" not in life.running


def invite(life: Life) -> Life:
    """Ask both sides about mediation during the talks."""
    life.take("invite_mediation", "ma")
    return life


@pytest.mark.parametrize("name", ["accept_offer", "refuse_offer"])
@SIDES
def test_only_the_other_side_answers_an_offer_that_there_is(name: str, side: Side) -> None:
    """The maker cannot answer, and an unknown offer cannot be answered. Staff answer only for a side they
    name, and a party never for the other."""
    life = talking()
    offered(life, side)
    assert refusal(life, name, side, offer="F1").code == "own_offer"
    assert refusal(life, name, side.other, offer="F2").code == "offer_unknown"
    assert refusal(life, name, side, offer="F1", side=side.other).code == "only_for_others"
    assert life.refused(name, "ma", offer="F1") == "side_needed"
    assert life.refused(name, "ma", offer="F1", side=side) == "own_offer"
    assert life.refused(name, "sun", offer="F1", side=side.other) == "move_not_allowed_for_role"


def test_an_acceptance_on_the_phone_needs_to_be_read_back() -> None:
    """Staff read it back, and both sides get a letter; a party by link needs no reading back."""
    life = talking()
    offered(life, SHOP)
    assert life.refused("accept_offer", "ma", offer="F1", side=CONSUMER) == "read_back_needed"
    assert life.refused("accept_offer", "p1", offer="F1", read_back=True) == "only_for_others"
    life.take("accept_offer", "ma", offer="F1", side=CONSUMER, read_back=True)
    assert states(life) == ["accepted"]
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "offer_answered"


def test_a_refusal_tells_whoever_offered_but_not_why() -> None:
    """The neutral officer keeps the reason; the turn is free again."""
    life = talking()
    offered(life, SHOP)
    change = life.says("refuse_offer", "p1", offer="F1", reason="我手上有检测报告。")
    assert [(sent.name, sent.to) for sent in change.letters] == [("offer_answered", "party:p2")]
    assert "检测报告" not in change.entry.line
    assert states(life) == ["refused"]
    assert "offer" not in life.running


def test_accepting_takes_the_power_to_settle() -> None:
    """A representative with the power to negotiate can state and refuse, but neither offer nor accept."""
    life = talking(
        disputed(
            represented(answered(Conclusion.NOT_UPHELD), powers=(Power.SUBMIT, Power.ANSWER, Power.NEGOTIATE))
        )
    )
    offered(life, SHOP)
    assert life.refused("accept_offer", "p2", offer="F1") == "power_missing"
    life.says("refuse_offer", "p2", offer="F1")
    assert life.refused("offer", "p2", terms="退一千。", until=until(life)) == "power_missing"


def test_offer_of_ended_talks_cannot_be_accepted() -> None:
    """A withdrawn complaint has no talks, and after its return none of the old offers; an offer of ended
    talks binds nobody."""
    life = talking()
    offered(life, SHOP)
    life.take("withdraw", "li")
    assert life.letters_to("party:p2")[-1] == "withdrawn"
    assert refusal(life, "accept_offer", CONSUMER, offer="F1").code == "move_not_allowed_in_stage"
    life.take("reopen", "li", cause=ReopenReason.RETURNED, facts="还是要个说法。")
    assert life.case.stage == Stage.INVESTIGATING
    assert "offer" not in life.running
    over = both_heard()
    offered(over, SHOP)
    over.take("end_negotiation", "ma", ending="no_prospect", reason="差距太大。")
    assert states(over) == ["lapsed"]
    assert refusal(over, "accept_offer", CONSUMER, offer="F1").code == "offer_over"
    assert refusal(over, "offer", SHOP, terms="再谈。", until=until(over)).code == "negotiation_over"


def test_offers_go_on_in_mediation() -> None:
    """Either side makes offers, or the mediator for a side; earlier statements stay."""
    life = invited()
    life.says("consent_mediation", "p1")
    life.says("consent_mediation", "p2")
    assert life.case.stage == Stage.MEDIATING
    mediated(life)
    offered(life, SHOP)
    assert (
        life.refused("offer", "ren", terms="折中。", until=until(life), counters="F1") == "not_the_mediator"
    )
    assert life.refused("offer", "yan", terms="折中。", until=until(life), counters="F1") == "side_needed"
    life.take("offer", "yan", terms="折中。", until=until(life), counters="F1", side=CONSUMER)
    accept(life, SHOP, "F2")
    assert "drafting" in life.running
    assert len(talks(life).statements) == 2


# In a joint case


def together(people: int = 3) -> tuple[Life, dict[str, Life]]:
    """Return a joint complaint in negotiation, and the own cases of those who joined."""
    life, own = joint(people, accepted())
    return talking(disputed(life, "p1")), own


def agreed(life: Life, *against: str) -> Life:
    """Let each consumer answer the text put to them: those in `against` say no."""
    life.take("ask_consent", "ma", settlement="每人退三百元。")
    for party in life.case.consumers:
        life.says("consent_represented", party.id, agrees=party.id not in against)
    return life


@SIDES
def test_joint_offer_needs_the_consent_of_each_person(side: Side) -> None:
    """Consent given before the offer does not count. A person who is silent or refuses blocks it, and may
    leave."""
    life, own = together()
    agreed(life)
    offered(life, side)
    refused = refusal(life, "accept_offer", side.other, offer="F1")
    assert (refused.code, refused.facts) == ("consent_of_each", {"people": []})
    life.take("ask_consent", "ma", settlement="每人退三百元。")
    assert refusal(life, "accept_offer", side.other, offer="F1").facts == {"people": ["p1", "p2", "p3"]}
    agreed(life, "p3")
    assert refusal(life, "accept_offer", side.other, offer="F1").facts == {"people": ["p3"]}
    leave(life, "p3", own["p3"])
    accept(life, side.other)
    assert states(life) == ["accepted"]


def test_the_chosen_ones_offer_and_answer_for_all() -> None:
    """By link only they do; staff record for the side."""
    life, _ = together()
    life.take("appoint_joint_representatives", "sun", representatives=("p2",), each_agrees=True)
    assert life.refused("offer", "p1", terms="各退各的。", until=until(life)) == "representatives_decide"
    offered(life, SHOP)
    assert life.refused("refuse_offer", "p1", offer="F1") == "representatives_decide"
    life.says("refuse_offer", "p2", offer="F1")
    assert [life.letters_to(f"party:{p.id}").count("offer") for p in life.case.consumers] == [1, 1, 1]


def test_a_joint_case_is_done_on_the_spot_only_with_each() -> None:
    """Confirmations of a few do not close it for the others."""
    life, _ = together()
    assert life.refused("record_on_the_spot", "ma", **DONE) == "consent_of_each"
    agreed(life).take("record_on_the_spot", "ma", **DONE)
    assert life.case.outcome == Outcome.PERFORMED_ON_THE_SPOT


# On the spot


@pytest.mark.parametrize("missing", ["consumer_confirms", "business_confirms"])
def test_on_the_spot_takes_both(missing: str) -> None:
    """The refusal names the side that has not confirmed, and the case stays open."""
    life = talking()
    with pytest.raises(Refusal, match="both_confirm") as refused:
        take("record_on_the_spot", life.case, life.act("ma"), **{**DONE, missing: False})
    assert refused.value.field == missing
    assert life.case.stage == Stage.NEGOTIATING


def test_performance_on_the_spot_closes_the_case() -> None:
    """Both sides get a letter, an open offer lapses, and no deadline of the talks runs; the case can come
    back to negotiation."""
    life = talking()
    offered(life, SHOP)
    assert life.refused("record_on_the_spot", "li", **DONE) == "move_not_allowed_for_role"
    life.take("record_on_the_spot", "ma", **DONE)
    assert (life.case.stage, life.case.outcome, states(life)) == (
        Stage.CLOSED,
        Outcome.PERFORMED_ON_THE_SPOT,
        ["lapsed"],
    )
    assert life.letters_to()[-1] == life.letters_to("party:p2")[-1] == "on_the_spot"
    assert set(life.running) == {"reopen_window", "survey"}
    life.later(DAY).take("reopen", "li", cause=ReopenReason.REMEDY_FAILED, facts="又坏了。")
    assert (life.case.stage, talks(life).offers, talks(life).ended) == (Stage.NEGOTIATING, (), None)
    assert life.running["negotiation"].start == life.running["assignment"].start == life.time


def test_performance_on_the_spot_leaves_other_obligations() -> None:
    """The performed part is recorded as done, and the rest is performed later; a mere offer lapses."""
    life = talking(disputed(performing()))
    life.take("record_on_the_spot", "ma", **DONE, fulfils=("O1",))
    assert life.case.stage == Stage.PERFORMING
    assert [o.id for o in life.case.open_obligations] == ["O2"]
    assert life.letters_to()[-1] == "on_the_spot"
    whole = talking(disputed(performing()))
    with pytest.raises(Refusal, match="obligation_unknown"):
        take("record_on_the_spot", whole.case, whole.act("ma"), **DONE, fulfils=("O9",))
    whole.take("record_on_the_spot", "ma", **DONE, fulfils=("O1", "O2"))
    assert whole.case.stage == Stage.CLOSED
    assert {o.state for o in whole.case.obligations} == {Duty.CONFIRMED}
    offer = talking(disputed(answered(Conclusion.OFFER)))
    offer.take("record_on_the_spot", "ma", **DONE)
    assert offer.case.stage == Stage.CLOSED
    assert offer.case.obligations == ()


def test_obligations_of_the_answer_run_on_during_talks() -> None:
    """An obligation of the answer falls due, is proved and confirmed as usual."""
    life = talking(disputed(performing()))
    life.says("claim_done", "p2", obligation="O1", proof="payment_record", what="已退款。")
    life.says("confirm_done", "p1", obligation="O1")
    assert [o.id for o in life.case.open_obligations] == ["O2"]
    assert "obligation" in life.running
    assert life.case.stage == Stage.NEGOTIATING


def test_new_representative_gets_only_undelivered_offers() -> None:
    """The company got the offer when it was made. Only an offer that waited without a representative goes to
    the first one named."""
    life = talking()
    offered(life, CONSUMER)
    assert life.keys("party:p2")[-1] == "offer#F1"
    life.take("name_business_representative", "ma", person=Person("新店长", email="new@shop.example"))
    assert life.letters_to("party:p3") == ["access_link"]


def test_an_offer_to_somebody_without_mail_waits_to_be_told() -> None:
    """The offer has its script and its task, and is stopped until somebody calls. Then it has as many days as
    when it was made."""
    life = talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE)), "wang"))
    made = offered(life, SHOP)
    assert f"offer#{made}" in {t.letter for t in life.case.tellings}
    assert life.running["offer"].stopped == "undelivered"
    days = talks(life).open.until - published().day_of(life.time)
    life.later(3 * DAY)
    (telling,) = [t for t in life.case.tellings if t.letter == f"offer#{made}"]
    life.take("record_telling", "ma", telling=telling.id, how=Way.PHONE, told=True, said="读了方案。")
    assert life.running["offer"].due == published().own(life.time, published().day_of(life.time) + days).at
    assert isinstance(talks(life).open, Offer)
    assert life.case.severity == Severity.S4

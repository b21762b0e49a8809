"""Leaving the talks: each side can leave them at every moment, and nothing more is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import offers
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.codes import (
    AT_TABLE,
    Conclusion,
    Ending,
    Outcome,
    PauseReason,
    Power,
    Reply,
    Role,
    Side,
    Stage,
)
from tests.domain.life import (
    DAY,
    HOUR,
    PERSON,
    Life,
    accepted,
    answered,
    called,
    clause,
    disputed,
    drafted,
    invited,
    joint,
    mediated,
    mediating,
    offered,
    represented,
    sign,
    speaker,
    talking,
)
from tests.domain.variants import SPOKEN, come, somebody_does_something


def agreed() -> Life:
    """Return a negotiation in which the consumer has accepted an offer, before the text is drafted."""
    life = talking()
    life.says("accept_offer", "p1", offer=offered(life, Side.BUSINESS))
    return life


def signed_by(*signers: str) -> Callable[[], Life]:
    """Return a builder of a mediated text that these people have signed."""
    return lambda: sign(drafted(), *signers) if signers else drafted()


TALKS: dict[str, Callable[[], Life]] = {
    "talking": talking,
    "offered": lambda: (life := talking(), offered(life, Side.BUSINESS))[0],
    "accepted": agreed,
    "mediating": mediating,
    "mediated": mediated,
    "called": called,
    "drafted in negotiation": lambda: drafted(agreed()),
    "drafted": signed_by(),
    "signed by the consumer": signed_by("p1"),
    "signed by the company": signed_by("business"),
}
"""Lives in talks, at every moment at which a side may want to leave."""
NEGOTIATING = ("talking", "offered", "accepted", "drafted in negotiation")
"""Those of them without a mediation."""
SIDES = pytest.mark.parametrize("side", Side)


def able(life: Life, id: str) -> set[str]:
    """Return the moves that a party can take now."""
    return {*offers(life.case, Caller(id, life.case.party(id).role, ref=life.case.ref, party=id), life.time)}


def leaves(life: Life, side: Side = Side.CONSUMER) -> Life:
    """Let a side leave the talks by its link."""
    life.says("leave_talks", speaker(life, side))
    return life


@pytest.mark.parametrize("how", TALKS)
def test_consumer_can_leave_at_every_moment(how: str) -> None:
    """The talks end at once, both sides get one letter about it, and no offer binds any more."""
    life = TALKS[how]().later(HOUR)
    before = len(life.letters)
    back = life.case.talks.agreement.back if life.case.talks.agreement else life.case.stage
    leaves(life)
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.NOT_SETTLED)
    letter = "mediation_ended" if back == Stage.MEDIATING else "negotiation_ended"
    told = {(sent.name, sent.to) for sent in life.letters[before:]}
    assert {(letter, "party:p1"), (letter, "party:p2")} <= told
    assert life.facts("leave_talks")[-1]["ending"] == Ending.REFUSED
    assert life.case.talks.agreement is None
    assert life.case.talks.dispute
    assert not [o for o in life.case.talks.dispute.offers if o.state in (Reply.OPEN, Reply.ACCEPTED)]
    assert not [pause for pause in life.case.clock.halts if not pause.until]
    assert life.whole()


@pytest.mark.parametrize("how", [how for how in TALKS if how not in NEGOTIATING])
def test_company_can_leave_a_mediation_without_the_supervisor(how: str) -> None:
    """Mediation is voluntary for the company too. The mediator learns of the end."""
    life = leaves(TALKS[how](), Side.BUSINESS)
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.NOT_SETTLED)
    assert life.case.approvals == ()
    if life.case.talks.mediation and life.case.talks.mediation.mediator:
        assert "mediation_ended" in life.letters_to("staff:yan")


@pytest.mark.parametrize("how", NEGOTIATING)
def test_company_that_leaves_a_negotiation_has_not_refused_mediation(how: str) -> None:
    """Both sides are asked about mediation, because a refusal by the company needs the supervisor."""
    life = leaves(TALKS[how](), Side.BUSINESS)
    assert life.case.stage == Stage.NEGOTIATING
    assert life.case.talks.dispute
    assert life.case.talks.dispute.ended == life.time
    assert life.letters_to()[-2:] == ["negotiation_ended", "mediation_invitation"]
    assert {"mediation_consent", "company_consent"} <= life.running.keys()
    assert life.case.talks.agreement is None
    assert "leave_talks" not in able(life, "p2")
    assert {"consent_mediation", "refuse_mediation"} <= able(life, "p2")
    assert life.refused("leave_talks", "p2", Role.BUSINESS_REP) == "negotiation_over"


def test_company_that_leaves_after_a_refusal_of_mediation_ends_the_talks() -> None:
    """The consumer does not want mediation, so nothing is left to ask."""
    life = talking()
    life.take("invite_mediation", "ma")
    life.says("refuse_mediation", "p1")
    assert leaves(life, Side.BUSINESS).case.stage == Stage.CLOSED


@pytest.mark.parametrize(
    ("life", "stage"),
    [
        (lambda: mediated(mediating(talking(disputed(accepted())))), Stage.INVESTIGATING),
        (lambda: mediated(mediating(talking(disputed(answered(Conclusion.UPHELD))))), Stage.PERFORMING),
    ],
)
def test_leaving_continues_obligations_and_unanswered_cases(life: Callable[[], Life], stage: Stage) -> None:
    """An unanswered complaint is investigated again, and what the answer promised is performed."""
    assert leaves(life()).case.stage == stage


def test_the_time_to_ask_for_reconsideration_runs_on() -> None:
    """The window stood still during the talks; after leaving, the days that were left run on."""
    life = talking(disputed(answered(Conclusion.UPHELD))).later(3 * DAY)
    leaves(life)
    [window] = running_of(life.case, "answer_window")
    assert window.due
    assert window.due > life.time
    assert "ask_reconsideration" in able(life, "p1")


@SIDES
def test_an_end_of_the_negotiation_leaves_only_the_answers_about_mediation(side: Side) -> None:
    """Once the negotiation is over, a side says no to mediation instead."""
    life = invited()
    id = speaker(life, side)
    assert life.refused("leave_talks", id, life.case.party(id).role) == "negotiation_over"
    assert "refuse_mediation" in able(life, id)


@SIDES
def test_staff_write_down_who_leaves_after_reading_back(side: Side) -> None:
    """A side on the phone can leave too; nobody leaves for a side that staff do not name."""
    life = mediated()
    assert life.refused("leave_talks", "yan", read_back=True) == "side_needed"
    assert life.refused("leave_talks", "yan", side=side) == "read_back_needed"
    life.take("leave_talks", "yan", side=side)
    assert life.facts("leave_talks")[-1]["side"] == side
    assert life.case.stage == Stage.CLOSED


def test_an_agent_needs_the_power_to_negotiate() -> None:
    """A representative without this power cannot leave the talks."""
    life = represented(answered(Conclusion.NOT_UPHELD), powers=(Power.SUBMIT, Power.ANSWER))
    talking(disputed(life))
    assert life.refused("leave_talks", "p2", Role.REPRESENTATIVE) == "power_missing"


def test_a_person_of_a_joint_case_leaves_alone() -> None:
    """In talks they leave the joint case, and the others go on. The company leaves for its side."""
    life, _ = joint(3, accepted())
    talking(disputed(answered(Conclusion.NOT_UPHELD, life)))
    assert life.refused("leave_talks", "p2", Role.CONSUMER) == "leave_joint_case"
    assert life.refused("leave_talks", "ma", side=Side.CONSUMER, read_back=True) == "leave_joint_case"
    assert "leave_talks" not in able(life, "p2")
    assert "leave_case" in able(life, "p2")
    leaves(life, Side.BUSINESS)
    assert life.case.talks.dispute
    assert life.case.talks.dispute.ended


@pytest.mark.parametrize("signs", [(), ("p1", "p2", "p3")])
def test_a_person_of_a_joint_case_leaves_the_signing_alone(signs: tuple[str, ...]) -> None:
    """The text falls also if they had signed it. They are split off and were not silent; the rest talk on."""
    life, own = joint(3, accepted())
    life.take("appoint_joint_representatives", "wang", representatives=("p1",), each_agrees=True)
    mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, life)))))
    drafted(life, *(clause(life, creditor=p.id) for p in life.case.consumers))
    for signer in signs:
        sign(life, signer)
    life.says("leave_talks", "p2")
    assert life.case.stage == Stage.MEDIATING
    assert life.case.together.leaving == ("p2",)
    assert life.letters_to("party:p3")[-1] == "not_signed"
    other = own["p2"]
    (split,) = life.take("leave_case", "clock", party="p2", own=other.case).also
    other.time = life.time
    other.keep(split)
    assert [person.id for person in life.case.consumers] == ["p1", "p3"]
    assert other.case.stage == Stage.ANSWERED
    assert "silent" not in other.facts("leave_case")[-1]
    assert drafted(life).case.stage == Stage.SIGNING


def test_leaving_while_an_objection_waits_ends_its_pause() -> None:
    """No pause is left over from the talks."""
    life = mediated()
    life.says("challenge_mediator", "p1", conflict="relative", reason="是亲戚。")
    assert [pause.why for pause in life.case.clock.halts if not pause.until] == [PauseReason.CHALLENGE]
    leaves(life)
    assert not [pause for pause in life.case.clock.halts if not pause.until]


@settings(max_examples=25, deadline=None)
@given(dice=st.randoms(use_true_random=True))
def test_whatever_happens_each_side_at_the_table_can_leave(dice: Random) -> None:
    """At every moment of random talks each person can end them for themselves: leave the talks, leave the
    joint case, or say no to the mediation that is still possible."""
    life, leading = Life(PERSON), Life(PERSON)
    come(life, dice.choice(SPOKEN[:-1]))
    for _ in range(10):
        if dice.random() < 0.3:
            life.live(dice.choice([HOUR, DAY, 8 * DAY]))
        else:
            somebody_does_something(life, leading, dice)
        if life.case.stage not in AT_TABLE:
            return
        for person in (*life.case.consumers, *filter(None, [life.case.business])):
            talks = life.case.talks.dispute
            assert talks
            refused = talks.ended and talks.consents.get(person.side) is False
            asked = any(approval.move == "refuse_mediation" for approval in life.case.approvals)
            ways = able(life, person.id) & {"leave_talks", "leave_case", "refuse_mediation"}
            assert ways or refused or asked, (life.case.stage, person.id)

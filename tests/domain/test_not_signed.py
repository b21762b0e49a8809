"""Texts that are not signed by all: nobody must sign, silence is no signature, and the talks go on or end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    HelpNeed,
    Outcome,
    PauseReason,
    Role,
    Route,
    Side,
    Stage,
)
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    PERSON,
    SURE,
    T0,
    Life,
    accepted,
    agreement,
    answered,
    disputed,
    drafted,
    held,
    joint,
    late_accepted,
    mediated,
    mediating,
    offered,
    sign,
    speaker,
    talking,
)


def by_phone() -> Life:
    """Bring a life into mediation with a consumer reached only by phone, and all waiting calls made."""
    life = mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))))))
    while life.case.tellings:
        life.tell()
    return life


def together(people: int = 3) -> Life:
    """Return a joint complaint in talks."""
    return talking(disputed(answered(Conclusion.NOT_UPHELD, joint(people, accepted())[0])))


def clocks(life: Life) -> dict[str, Any]:
    """Return each running window to sign, by signer."""
    return {run.id: run.due for run in deadlines(life.case).values() if run.name == "signing"}


@pytest.mark.parametrize("who", ["p1", "p2", "yan"])
def test_refused_signature_returns_to_the_talks(who: str) -> None:
    """A refusal brings the talks back to the stage of the draft; all get a letter, and no agreement is
    left."""
    life = sign(drafted(), *({"p1": "business", "p2": "p1"}.get(who, "p1"),)).later(DAY)
    life.take(
        "refuse_to_sign",
        who,
        Role.MEDIATOR if who == "yan" else life.case.party(who).role,
        reason="金额太少。",
    )
    assert (life.case.stage, life.case.talks.agreement, life.case.owner) == (Stage.MEDIATING, None, "yan")
    assert (
        life.letters_to()[-1]
        == "not_signed"
        == life.letters_to("party:p2")[-1]
        == life.letters_to("staff:yan")[-1]
    )
    assert life.facts("refuse_to_sign")[0]["back"] == Stage.MEDIATING
    assert "金额太少" not in life.entries[-1].line
    assert agreement(drafted(life)).version == 2, "the next text is another version"


def test_signer_cannot_refuse_after_signing() -> None:
    """Staff name the person whose refusal they record; only the mediator records it in a mediation."""
    life = sign(drafted(), "p1")
    assert life.refused("refuse_to_sign", "li") == "signed_before"
    assert life.refused("refuse_to_sign", "ma") == "signer_needed"
    assert life.refused("refuse_to_sign", "sun", signer="business") == "move_not_allowed_for_role"
    life.take("refuse_to_sign", "yan", signer="business")
    assert life.facts("refuse_to_sign")[0]["missing"] == ["business"]


def test_with_no_day_left_a_refusal_ends_the_talks() -> None:
    """The case closes as not settled, or its unanswered matters go on. The sixty days are stopped only while
    there is a text."""
    life = held()
    life.live(life.due["mediation"] - life.time - HOUR)
    drafted(life).live(5 * DAY)
    life.says("refuse_to_sign", "p1")
    assert life.case.stage == Stage.MEDIATING, "an hour was left, and whole days are given back"
    assert life.due["mediation"] > life.time, "an hour was left, and whole days are given back"
    late = talking()
    late_accepted(late)
    drafted(late).says("refuse_to_sign", "p2")
    assert (late.case.stage, late.case.outcome) == (Stage.CLOSED, Outcome.NOT_SETTLED)
    assert late.letters_to()[-1] == "not_signed"
    open_ = talking(disputed(accepted()))
    late_accepted(open_)
    drafted(open_).says("refuse_to_sign", "p2")
    assert open_.case.stage == Stage.INVESTIGATING
    assert open_.case.owner == "zhao"


def test_an_accepted_offer_is_over_when_its_text_is_not_signed() -> None:
    """No statement binds: the talks go on with new offers."""
    life = talking()
    life.says("accept_offer", "p2", offer=offered(life, Side.CONSUMER))
    drafted(life).says("refuse_to_sign", "p1")
    assert life.case.stage == Stage.NEGOTIATING
    assert life.case.talks.dispute
    assert not life.case.talks.dispute.accepted
    assert life.due["negotiation"]
    offered(life, Side.BUSINESS)


# The time to sign


def test_each_party_has_seven_days_since_the_text_reached_them() -> None:
    """The seven days of a party on the phone begin with their call. A missing signer is reminded on day four;
    one who has signed is not."""
    life = drafted(by_phone())
    assert clocks(life) == {"p1": None, "business": (life.time + 8 * DAY).replace(hour=16)}
    life.live(3 * DAY)
    while life.case.tellings:
        life.tell("ma")
    assert clocks(life)["p1"] > clocks(life)["business"]
    sign(life, "business")
    assert set(clocks(life)) == {"p1"}
    life.live(6 * DAY)
    assert "signing_reminder" not in life.letters_to("party:p2")
    assert [facts["consumer"] for facts in life.facts("take_step") if facts["deadline"] == "signing"] == [
        "signing_reminder#p1"
    ]
    assert life.case.stage == Stage.SIGNING


@settings(max_examples=30, deadline=None)
@given(late=st.integers(0, 12), signs=st.sets(st.sampled_from(["p1", "business", "mediator"]), max_size=2))
def test_silence_is_as_a_refusal_by_those_who_have_not_signed(late: int, signs: set[str]) -> None:
    """The text lapses when the first window of a missing signer ends. The talks go on, and the entry names
    the missing."""
    life = sign(drafted(), *signs) if signs else drafted()
    ends = min((due for due in clocks(life).values() if due), default=None)
    life.live(timedelta(days=late))
    assert ends, "somebody's window always runs"
    assert (life.case.stage == Stage.MEDIATING) == (life.time >= ends)
    if life.time >= ends:
        assert set(life.facts("lapse_signing")[0]["missing"]) == {"p1", "business", "mediator"} - signs
        assert life.letters_to()[-1] == "not_signed"
        assert life.case.talks.agreement is None
        assert life.due["mediation"]


def test_a_joint_complaint_has_fifteen_days() -> None:
    """A joint complaint has more people to ask."""
    assert set(clocks(drafted(together())).values()) == {(T0 + 15 * DAY).replace(hour=16)}


def test_the_mediators_own_signature_has_a_clock_too() -> None:
    """The mediator's time starts when all parties have signed: a reminder on day four, then a lapse as for
    the others."""
    life = drafted().later(2 * DAY)
    sign(life, "p1")
    assert "mediator" not in clocks(life)
    sign(life.later(DAY), "business")
    assert set(clocks(life)) == {"mediator"}
    assert life.running["signing"].start == life.time
    life.live(5 * DAY)
    assert life.keys("staff:yan")[-1] == "signing_reminder#mediator"
    assert "signing_reminder" not in life.letters_to()
    life.live(6 * DAY)
    assert life.case.stage == Stage.MEDIATING
    assert life.facts("lapse_signing")[0]["missing"] == ["mediator"]


def test_a_mediator_does_not_leave_a_text_behind() -> None:
    """A mediator refuses to sign before their recusal; then another is found. After the agreement is in force
    they are free to go."""
    life = drafted()
    assert life.refused("recuse", "yan", conflict=Conflict.RELATIVE) == "draft_waits"
    life.take("refuse_to_sign", "yan", reason="有利害关系。")
    life.take("recuse", "yan", conflict=Conflict.RELATIVE)
    assert life.running["mediator_appointment"].start == life.time
    assert drafted(talking()).refused("recuse", "yan", conflict=Conflict.RELATIVE) == "not_the_mediator"


def test_silence_of_who_is_shielded_closes_nothing() -> None:
    """A lapse with no day of the talks left would close the case: the lead decides, with a reason."""
    life = talking(
        disputed(
            answered(
                Conclusion.NOT_UPHELD,
                accepted(person=replace(PERSON, help=(HelpNeed.ELDERLY,)), consents=SURE),
            )
        )
    )
    late_accepted(life)
    drafted(life).live(10 * DAY)
    assert life.case.stage == Stage.SIGNING
    assert life.case.clock.review
    assert "signing" not in life.running
    assert life.due["lapse_review"]
    # signing is still possible
    sign(life, "p1")
    assert life.refused("lapse_signing", "sun") == "reason_needed"
    life.take("lapse_signing", "sun", reason="企业没有签署。")
    assert life.case.outcome == Outcome.NOT_SETTLED
    assert life.facts("lapse_signing")[0]["missing"] == ["business"]


def test_signing_stands_still_for_nothing_but_the_text() -> None:
    """A pause for signing is open exactly while there is a text to sign, however that ends."""
    for end in (
        lambda life: sign(life),
        lambda life: life.says("refuse_to_sign", "p1"),
        lambda life: life.take("withdraw", "li"),
        lambda life: life.take("close_in_court", "sun", body=Route.COURT, number="民初1号"),
    ):
        life = drafted()
        assert [pause.why for pause in life.case.clock.halts if not pause.until] == [PauseReason.SIGNING]
        end(life)
        assert not [pause for pause in life.case.clock.halts if not pause.until]
        assert speaker(life, Side.BUSINESS) == "p2"

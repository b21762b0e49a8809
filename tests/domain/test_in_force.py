"""An agreement in force: sealed at once, and confirmed by a court if both sides apply within thirty days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.model.codes import Conclusion, Confirmation, Outcome, Power, Role, Side, Stage
from chalicelib.domain.moves.intake import Person
from tests.domain.life import (
    DAY,
    HOUR,
    T0,
    Life,
    accepted,
    agreement,
    answered,
    bound,
    clause,
    disputed,
    drafted,
    joint,
    mediated,
    mediating,
    represented,
    returned,
    sign,
    talking,
)

SEAL: dict[str, Any] = {"sha256": "ab" * 32, "size": 48_000}
APPLIED: dict[str, Any] = {"step": Confirmation.APPLIED, "court": "某区人民法院"}


def sealed(life: Life | None = None) -> Life:
    """Bring an agreement into force, and seal its document."""
    life = life or bound()
    life.take("record_seal", "clock", **SEAL)
    return life


def agreed(life: Life | None = None) -> Life:
    """Let both sides agree to apply for judicial confirmation."""
    life = life or sealed()
    for who in ("p1", "p2"):
        life.says("record_confirmation", who, step=Confirmation.AGREES)
    return life


# The seal


def test_an_agreement_is_sealed_within_the_hour() -> None:
    """If sealing is late the lead is reminded, four hours later the supervisor, then every day the executive,
    also on a closed case."""
    life = bound()
    assert life.running["sealing"].start == life.time
    assert life.due["sealing"] == life.time + HOUR
    life.live(60 * HOUR)
    told = [
        (facts["to"], facts["late_minutes"])
        for facts in life.facts("take_step")
        if facts["deadline"] == "sealing"
    ]
    assert told == [("sun", 0), ("zhou", 240), ("wu", 240 + 24 * 60), ("wu", 240 + 48 * 60)]
    assert "sealing" not in sealed(life).running
    done = bound()
    done.says("confirm_done", "p1", obligation="O1")
    done.live(HOUR / 2)
    assert done.case.stage == Stage.CLOSED
    assert "sealing" in done.running
    assert sealed(done).letters_to()[-2:] == ["in_force", "confirmation_offer"]


def test_everybody_gets_the_sealed_document() -> None:
    """The digest of the document is on the timeline. Judicial confirmation is offered only where the
    mediator's body is lawfully established."""
    life = sealed()
    assert {"in_force", "confirmation_offer"} <= set(life.letters_to()) & set(life.letters_to("party:p2"))
    assert "in_force" in life.letters_to("staff:yan")
    assert "confirmation_offer" not in life.letters_to("staff:yan")
    assert life.facts("record_seal")[0]["sha256"] == SEAL["sha256"]
    stamp = agreement(life).sealed
    assert stamp
    assert (stamp.at, stamp.sha256, stamp.size) == (life.time, SEAL["sha256"], SEAL["size"])
    for other in (sealed(bound(talking())), sealed(bound(mediated(by="ren")))):
        assert "in_force" in other.letters_to()
        assert "confirmation_offer" not in other.letters_to()
        assert "judicial_confirmation" not in other.running


def test_only_the_machine_seals_and_once() -> None:
    """A sealed document cannot be replaced, and an agreement not in force cannot be sealed."""
    life = sealed()
    assert life.refused("record_seal", "clock", **SEAL) == "sealed_before"
    for by in ("sun", "ma", "zhou", "li", "yan"):
        assert bound().refused("record_seal", by, **SEAL) == "move_not_allowed_for_role"
    assert drafted().refused("record_seal", "clock", **SEAL) == "move_not_allowed_in_stage"
    owing = answered()
    owing.take("accept_answer", "li")
    assert owing.refused("record_seal", "clock", **SEAL) == "no_draft"


# Judicial confirmation


def test_the_thirty_days_are_told_strictly() -> None:
    """The thirty days run from the last signature to the end of the thirtieth day, also on a holiday.
    Reminders leave on days 15, 23 and 27."""
    monday = answered(Conclusion.NOT_UPHELD, accepted(at=T0 - 3 * DAY))
    life = sealed(bound(mediated(mediating(talking(disputed(monday))))))
    # Sunday 5 April, Qingming
    assert life.due["judicial_confirmation"] == (T0 + 31 * DAY).replace(hour=16)
    life.live(31 * DAY)
    assert (
        life.letters_to().count("confirmation_reminder")
        == 3
        == life.letters_to("party:p2").count("confirmation_reminder")
    )
    steps = [facts for facts in life.facts("take_step") if facts["deadline"] == "judicial_confirmation"]
    assert len(steps) == 3
    assert not any(facts.get("to") for facts in steps)


def test_only_who_has_not_agreed_is_reminded() -> None:
    """Both sides apply together; once both have agreed, neither is reminded."""
    life = sealed()
    life.live(16 * DAY)
    life.says("record_confirmation", "p2", step=Confirmation.AGREES)
    life.live(8 * DAY)
    assert (
        life.letters_to().count("confirmation_reminder"),
        life.letters_to("party:p2").count("confirmation_reminder"),
    ) == (2, 1)
    life.says("record_confirmation", "p1", step=Confirmation.AGREES)
    life.says("record_confirmation", "p1", **APPLIED)
    life.live(8 * DAY)
    assert life.letters_to().count("confirmation_reminder") == 2
    assert "judicial_confirmation" not in life.running


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(0, 35 * 24), step=st.sampled_from([Confirmation.AGREES, Confirmation.APPLIED]))
def test_application_after_the_thirtieth_day_is_refused(hours: int, step: Confirmation) -> None:
    """An application is allowed to the last moment, and refused after it. One made in time stays, however
    late the court decides."""
    life = agreed() if step == Confirmation.APPLIED else sealed()
    end = life.due["judicial_confirmation"]
    life.later(timedelta(hours=hours))
    said = APPLIED if step == Confirmation.APPLIED else {"step": step}
    if life.time < end:
        life.says("record_confirmation", "p1", **said)
        assert Side.CONSUMER in agreement(life).applies
    else:
        assert life.refused("record_confirmation", "li", **said) == "confirmation_over"


@pytest.mark.parametrize("step", [Confirmation.CONFIRMED, Confirmation.REJECTED])
def test_officer_records_the_court_decision_once(step: Confirmation) -> None:
    """The officer records the decision once, with court and number, also long after the thirty days and on a
    closed case."""
    life = agreed()
    life.says("record_confirmation", "p2", **APPLIED)
    life.later(60 * DAY)
    said = {"step": step, "court": "某区人民法院", "number": "（2026）民特1号"}
    assert life.refused("record_confirmation", "li", **said) == "only_for_others"
    assert life.refused("record_confirmation", "feng", **{**said, "number": None}) == "number_needed"
    assert life.refused("record_confirmation", "feng", **{**said, "court": None}) == "court_needed"
    life.says("confirm_done", "p1", obligation="O1")
    life.live(HOUR)
    assert life.case.stage == Stage.CLOSED
    life.take("record_confirmation", "feng", **said)
    assert agreement(life).confirmed == (step == Confirmation.CONFIRMED)
    assert "民特" not in life.entries[-1].line
    assert life.refused("record_confirmation", "feng", **said) == "confirmed_before"


def test_both_sides_apply_together() -> None:
    """Each side agrees for itself. A party records the application once both have agreed, staff when they
    learn of it, and once only."""
    life = sealed()
    life.says("record_confirmation", "p1", step=Confirmation.AGREES)
    assert life.refused("record_confirmation", "li", step=Confirmation.AGREES) == "agreed_before"
    assert life.refused("record_confirmation", "li", **APPLIED) == "both_agree_first"
    assert life.refused("record_confirmation", "li", step=Confirmation.APPLIED) == "court_needed"
    assert life.refused("record_confirmation", "feng", step=Confirmation.AGREES) == "side_needed"
    life.take("record_confirmation", "feng", step=Confirmation.AGREES, side=Side.BUSINESS)
    life.later(DAY).says("record_confirmation", "p1", **APPLIED)
    assert agreement(life).applied == life.time
    assert life.refused("record_confirmation", "li", **APPLIED) == "applied_before"
    told = sealed()
    told.take("record_confirmation", "feng", **APPLIED)
    assert set(agreement(told).applies) == set(Side)


def test_only_what_a_lawful_body_mediated_is_confirmed() -> None:
    """Confirmation is refused for a settlement, for another mediator's text, for a text not in force, and
    without a text."""
    for life in (bound(talking()), bound(mediated(by="ren"))):
        assert life.refused("record_confirmation", "li", step=Confirmation.AGREES) == "not_confirmable"
    assert (
        drafted().refused("record_confirmation", "li", step=Confirmation.AGREES)
        == "move_not_allowed_in_stage"
    )
    owing = answered()
    owing.take("accept_answer", "li")
    assert owing.refused("record_confirmation", "li", step=Confirmation.AGREES) == "no_draft"
    for by in ("sun", "ma", "zhou", "yan", "wang"):
        assert (
            bound().refused("record_confirmation", by, step=Confirmation.AGREES)
            == "move_not_allowed_for_role"
        )


def test_a_lawful_body_is_so_on_the_day_of_the_appointment() -> None:
    """A later mediator of another body does not change whether the agreement can be confirmed."""
    life = mediated()
    life.take("challenge_mediator", "li", conflict="interest", reason="他是股东。")
    life.take("decide_challenge", "zhou", upheld=True, reason="有利害关系。")
    assert not agreement(drafted(mediated(life, "ren"))).lawful


def test_confirmation_by_a_representative_needs_the_power_to_sign() -> None:
    """A representative without the power to sign cannot agree; in a joint complaint the chosen
    representatives agree."""
    life = sealed(
        bound(represented(mediated(), powers=tuple(power for power in Power if power != Power.SIGN)))
    )
    assert (
        life.refused("record_confirmation", "p3", Role.REPRESENTATIVE, step=Confirmation.AGREES)
        == "power_missing"
    )
    many = talking(disputed(answered(Conclusion.NOT_UPHELD, joint(2, accepted())[0])))
    many.take("appoint_joint_representatives", "sun", representatives=("p1",), each_agrees=True)
    sealed(bound(mediated(mediating(many))))
    assert (
        many.refused("record_confirmation", "p2", Role.CONSUMER, step=Confirmation.AGREES)
        == "representatives_decide"
    )
    many.take("appoint_joint_representatives", "sun", representatives=(), each_agrees=True)
    assert (
        many.refused("record_confirmation", "p1", Role.CONSUMER, step=Confirmation.AGREES)
        == "representatives_first"
    )
    many.take("appoint_joint_representatives", "sun", representatives=("p1",), each_agrees=True)
    many.says("record_confirmation", "p1", step=Confirmation.AGREES)


# A whole life


def test_from_the_dispute_to_the_last_promise_kept() -> None:
    """A mediator is objected to and replaced, one text refused, another signed by three, sealed and performed
    by both sides. The case closes as fulfilled with one whole chain."""
    life = mediated()
    life.take("challenge_mediator", "li", conflict="business_tie", reason="他当过顾问。")
    life.take("decide_challenge", "zhou", upheld=True, reason="有业务关系。")
    drafted(mediated(life, "ren"), clause(life)).later(DAY)
    life.says("refuse_to_sign", "p1", reason="金额太少。")
    drafted(life.later(DAY), returned(life), clause(life, by=None, after=1, days=7))
    life.take("name_business_representative", "ma", person=Person("新店长", email="new@shop.example"))
    sealed(sign(life.later(DAY)))
    life.says("confirm_done", life.case.business.id if life.case.business else "", obligation="O1")
    life.says("confirm_done", "p1", obligation="O2")
    life.live(HOUR)
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.FULFILLED)
    assert life.whole()
    assert agreement(life).version == 2

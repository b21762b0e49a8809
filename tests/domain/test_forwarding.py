"""A complaint that is passed on to another business or body: only with consent, only what was consented to,
and followed to its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import offers
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.overtaken import Unsent, overtaken
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import ANY, OPEN, Forwarded, Role, Route, Stage
from tests.domain.life import BY_PHONE, DAY, Life, accepted, joint

REPAIR = {
    "company": "城东家电维修中心",
    "contact": "电话0571-88001234",
    "sent": "空调维修后不制冷，收据编号7712，请处理。",
    "kept": "我们核对是否收过您的钱。",
}
TAKEN = {"takes": True, "number": "CD-2026-18", "contact": "何师傅，电话0571-88001235"}


def proposed(life: Life | None = None, **said: Any) -> Life:
    """Propose to pass a complaint on to the business that repaired the goods."""
    life = life or accepted()
    life.take("refer_outside", "zhao", **{**REPAIR, **said})
    return life


def agreed(life: Life | None = None) -> Life:
    """Return a life in which the consumer consents to the proposal."""
    life = proposed(life)
    life.take("consent_forward", "li", forward="W1", agrees=True)
    return life


def sent(life: Life | None = None) -> Life:
    """Return a life in which the complaint was passed on."""
    life = agreed(life)
    life.take("send_forward", "zhao", forward="W1")
    return life


def answer(life: Life, **said: Any) -> dict[str, Any]:
    """Return the input with which an answer of the receiver is recorded today."""
    return {"forward": "W1", "on": life.time.date(), **said}


def against(life: Life, name: str, **said: Any) -> tuple[str, str | None]:
    """Return the code and the field with which the officer's move is refused."""
    with pytest.raises(Refusal) as refusal:
        take(name, life.case, life.act("zhao"), **said)
    return refusal.value.code, refusal.value.field


def states(life: Life) -> list[Forwarded]:
    """Return the states of the forwards of a case."""
    return [one.state for one in life.case.forwards]


def theirs(case: Case, id: str, life: Life) -> set[str]:
    """Return the moves on a forward that a party is offered."""
    found = offers(case, Caller(id, Role.CONSUMER, ref=case.ref, party=id), life.time)
    return {"consent_forward", "stop_forward"} & found.keys()


def test_a_proposal_sends_nothing() -> None:
    """The consumer is asked, with a last day; nothing goes to staff for the receiver."""
    life = proposed()
    assert states(life) == [Forwarded.PROPOSED]
    assert life.letters_to()[-1] == "forward_proposed"
    assert "party_reply" in life.due
    assert "forwarded_complaint" not in life.letters_to("staff:zhao")
    assert life.refused("send_forward", "zhao", forward="W1") == "forward_state"


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"company": None}, "one_receiver", "company"),
        ({"body": Route.SAMR_12315}, "one_receiver", "company"),
        ({"contact": None}, "receiver_contact", "contact"),
        ({"company": None, "body": Route.COURT}, "not_passed_there", "body"),
        ({"company": None, "body": Route.NEGOTIATE}, "not_passed_there", "body"),
        ({"party": "p9"}, "unknown_person", "party"),
    ],
)
def test_a_proposal_names_one_receiver(said: dict[str, Any], code: str, field: str) -> None:
    """A business with its contact or a body that takes complaints; a refusal names the field."""
    life = accepted()
    assert against(life, "refer_outside", **{**REPAIR, **said}) == (code, field)
    assert states(life) == []


def test_silence_is_no_consent() -> None:
    """When the time is over the owner is told, nothing was sent, and the consumer can still answer."""
    life = proposed()
    life.live(10 * DAY)
    assert states(life) == [Forwarded.PROPOSED]
    assert "forwarded_complaint" not in life.letters_to("staff:zhao")
    assert "party_reply" in {fact["deadline"] for fact in life.facts("take_step")}
    life.take("consent_forward", "li", forward="W1", agrees=True)
    assert states(life) == [Forwarded.AGREED]


def test_proposal_of_a_closed_case_is_still_asked_and_answered() -> None:
    """A court takes the case while the letter waits. The letter is still true, has its last day, and the
    consumer can answer it. After a withdrawal nobody is asked any more."""
    for move, by, said in (
        ("close_in_court", "sun", {"body": Route.COURT, "number": "（2026）沪0101民初9号"}),
        ("withdraw", "li", {}),
    ):
        life, asks = proposed(), move == "close_in_court"
        at = life.time
        life.take(move, by, **said)
        waits = Unsent("", "forward_proposed#W1", "party:p1", at)
        assert overtaken(life.case, waits, life.time) is not asks
        assert ("party_reply" in life.due) is asks
        life.live(10 * DAY)
        told = {fact["deadline"] for fact in life.facts("take_step")}
        assert ("party_reply" in told) is asks


def test_refused_forward_is_never_sent() -> None:
    """After a No nothing can be sent, and a new proposal can be made."""
    life = proposed()
    life.take("consent_forward", "li", forward="W1", agrees=False)
    assert states(life) == [Forwarded.REFUSED]
    assert "forward_sending" not in life.due
    assert life.refused("send_forward", "zhao", forward="W1") == "forward_state"
    assert states(proposed(life)) == [Forwarded.REFUSED, Forwarded.PROPOSED]


def test_a_consent_by_phone_needs_the_text_read_out() -> None:
    """Staff record a consent only after they have read the text out; a refusal needs no such thing."""
    life = proposed(accepted(person=BY_PHONE))
    said = {"forward": "W1", "agrees": True}
    assert life.refused("consent_forward", "zhao", **said) == "read_back_needed"
    life.take("consent_forward", "zhao", **said, read_back=True)
    assert states(life) == [Forwarded.AGREED]
    other = proposed(accepted(person=BY_PHONE))
    other.take("consent_forward", "zhao", forward="W1", agrees=False)
    assert states(other) == [Forwarded.REFUSED]


def test_agreed_forward_is_sent_within_a_working_day() -> None:
    """Staff get the letter for the receiver, the consumer hears that it is gone."""
    life = agreed()
    assert "forward_sending" in life.due
    life.take("send_forward", "zhao", forward="W1")
    assert life.letters_to("staff:zhao")[-1] == "forwarded_complaint"
    assert life.letters_to()[-1] == "referred_outside"
    assert "forward_sending" not in life.due
    assert "forward_confirmation" in life.due


def test_a_consent_that_nobody_carries_out_climbs_its_ladder() -> None:
    """The lead and then the supervisor are told, and the consumer gets an apology."""
    life = agreed()
    life.live(8 * DAY)
    told = [fact["role"] for fact in life.facts("take_step") if fact["deadline"] == "forward_sending"]
    assert told[:2] == ["lead", "supervisor"]
    assert "overdue" in life.letters_to()


def test_forward_is_not_sent_twice() -> None:
    """Neither once more, nor by a new proposal while the receiver is waited for."""
    life = sent()
    assert life.refused("send_forward", "zhao", forward="W1") == "forward_state"
    assert life.refused("refer_outside", "zhao", **REPAIR) == "forward_waits"
    assert life.letters_to("staff:zhao").count("forwarded_complaint") == 1


def test_a_new_text_needs_a_new_consent() -> None:
    """A proposal replaces the one before, and with it the consent, until something was sent."""
    life = proposed(agreed(), sent="空调不制冷，请上门。")
    assert states(life) == [Forwarded.REPLACED, Forwarded.PROPOSED]
    assert life.refused("send_forward", "zhao", forward="W1") == "forward_state"
    assert life.refused("send_forward", "zhao", forward="W2") == "forward_state"
    assert life.refused("consent_forward", "li", forward="W1", agrees=True) == "forward_state"


def test_a_consent_taken_back_before_sending_sends_nothing() -> None:
    """Nobody is written to, and nothing can be sent any more."""
    life = agreed()
    life.take("stop_forward", "li", forward="W1")
    assert states(life) == [Forwarded.STOPPED]
    assert life.refused("send_forward", "zhao", forward="W1") == "forward_state"
    assert "forward_stopped" not in life.letters_to("staff:zhao")


@pytest.mark.parametrize("taken", [False, True])
def test_a_consent_taken_back_later_reaches_the_receiver(taken: bool) -> None:
    """Staff get the letter that tells the receiver to stop; nobody waits for the receiver any more."""
    life = sent()
    if taken:
        life.take("record_forward", "zhao", **answer(life, **TAKEN))
    life.take("stop_forward", "li", forward="W1")
    assert states(life) == [Forwarded.STOPPED]
    assert life.letters_to("staff:zhao")[-1] == "forward_stopped"
    assert "forward_confirmation" not in life.due


def test_a_confirmation_is_told_and_ends_the_wait() -> None:
    """The consumer hears the number; the clock stops."""
    life = sent()
    life.take("record_forward", "zhao", **answer(life, **TAKEN))
    assert states(life) == [Forwarded.CONFIRMED]
    assert life.letters_to()[-1] == "forward_answered"
    assert "forward_confirmation" not in life.due


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"takes": True}, "receiver_number", "number"),
        ({"takes": False}, "reason_needed", "reason"),
        ({**TAKEN, "forward": "W9"}, "forward_unknown", "forward"),
        ({**TAKEN, "on": -1}, "before_sending", "on"),
    ],
)
def test_an_answer_without_what_the_consumer_needs_is_refused(
    said: dict[str, Any], code: str, field: str
) -> None:
    """The message names the field; the forward waits on as before."""
    life = sent()
    if "on" in said:
        said = {**said, "on": (life.time - DAY).date()}
    assert against(life, "record_forward", **answer(life, **said)) == (code, field)
    assert states(life) == [Forwarded.SENT]
    assert "forward_confirmation" in life.due


def test_a_receiver_that_refuses_is_told_and_another_can_be_asked() -> None:
    """The consumer hears the reason; the complaint and its dates are as before, and nothing is lost."""
    life = sent()
    before = life.due["investigation"]
    life.take("record_forward", "zhao", **answer(life, takes=False, reason="不是我们修的。"))
    assert states(life) == [Forwarded.NOT_TAKEN]
    assert life.letters_to()[-1] == "forward_answered"
    assert life.due["investigation"] == before
    assert life.case.stage == Stage.INVESTIGATING
    assert states(proposed(life, company="城西维修")) == [Forwarded.NOT_TAKEN, Forwarded.PROPOSED]


def test_a_silent_receiver_is_given_up_on_the_announced_day() -> None:
    """The owner is reminded before, the lead too; on the day that the letter named the consumer is told."""
    life = sent()
    ends = life.due["forward_confirmation"]
    life.live(ends - life.time + timedelta(hours=1))
    steps = [fact for fact in life.facts("take_step") if fact["deadline"] == "forward_confirmation"]
    assert [fact["to"] for fact in steps] == ["zhao", "zhao"]
    assert states(life) == [Forwarded.SILENT]
    assert [one.since for one in life.case.forwards] == [ends]
    assert life.letters_to().count("forward_answered") == 1


@pytest.mark.parametrize("takes", [True, False])
def test_receiver_changes_its_answer_and_repeats_none(takes: bool) -> None:
    """A receiver that refuses may take the complaint after all, and the other way round. The consumer hears
    of each answer once. A second record of the same answer is refused with its field, and nothing is
    written."""
    life = sent()
    yes, no = answer(life, **TAKEN), answer(life, takes=False, reason="不是我们修的。")
    first, second = (no, yes) if takes else (yes, no)
    life.take("record_forward", "zhao", **first)
    before = life.case
    assert against(life, "record_forward", **first) == ("forward_state", "forward")
    assert life.case == before
    life.take("record_forward", "zhao", **second)
    assert states(life) == [Forwarded.CONFIRMED if takes else Forwarded.NOT_TAKEN]
    assert life.letters_to().count("forward_answered") == 2


def test_a_late_answer_still_counts() -> None:
    """After the silence was told, the answer is recorded and told too."""
    life = sent()
    life.live(12 * DAY)
    life.take("record_forward", "zhao", **answer(life, **TAKEN))
    assert states(life) == [Forwarded.CONFIRMED]
    assert life.letters_to().count("forward_answered") == 2


@pytest.mark.parametrize("end", ["withdraw", "decline"])
def test_forward_is_followed_after_the_case_ended(end: str) -> None:
    """The receiver is waited for in a closed or declined case too."""
    life = Life()
    if end == "decline":
        life.take(
            "decline",
            "wang",
            grounds={1: "not_our_business", 2: "not_our_business"},
            reasons={1: "由对方维修。", 2: "由对方维修。"},
            instead={1: "城东家电维修中心", 2: "城东家电维修中心"},
            routes=(Route.SAMR_12315,),
        )
    sent(life)
    if end == "withdraw":
        life.take("withdraw", "li")
    assert "forward_confirmation" in {run.name for run in deadlines(life.case).values()}
    life.live(12 * DAY)
    assert states(life) == [Forwarded.SILENT]


def test_the_words_are_not_in_the_line_of_the_entry() -> None:
    """The receiver and the text are personal: the hashed line and the case hold codes and ids only."""
    life = sent()
    lines = " ".join(entry.line for entry in life.entries)
    assert not any(word in lines for word in REPAIR.values())
    assert not any(word in repr(life.case) for word in REPAIR.values())


def test_in_a_joint_case_it_is_one_persons_own() -> None:
    """Only the person whose complaint it is answers, and sees the dates."""
    life, _ = joint(3)
    second = life.case.consumers[1].id
    proposed(life, party=second)
    assert theirs(life.case, second, life) == {"consent_forward"}
    assert theirs(life.case, "p1", life) == set()
    assert (
        life.refused("consent_forward", "p1", Role.CONSUMER, forward="W1", agrees=True) == "forward_unknown"
    )
    life.says("consent_forward", second, forward="W1", agrees=True)
    life.take("send_forward", "zhao", forward="W1")
    assert life.letters_to(f"party:{second}")[-1] == "referred_outside"
    assert "referred_outside" not in life.letters_to("party:p1")


def test_forward_is_proposed_on_open_cases_and_followed_at_every_stage() -> None:
    """After the case was closed, the consumer still answers, staff still send and record."""
    names = ("consent_forward", "stop_forward", "send_forward", "record_forward")
    assert MOVES["refer_outside"].at == OPEN
    assert {MOVES[name].at for name in names} == {ANY}

"""Splitting of a joint case: a person who was silent to a question to all goes on alone; those who agreed go
on together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Conclusion, Role, Stage, Way
from tests.domain.life import (
    AGENT,
    DAY,
    HOUR,
    SEEN,
    Life,
    accepted,
    answered,
    clause,
    disputed,
    drafted,
    joint,
    mediated,
    mediating,
    sign,
    talking,
    text,
)


def mediated_together(people: int = 4) -> tuple[Life, dict[str, Life]]:
    """Return a joint complaint of so many in formal mediation, with an answer that gave no remedy."""
    life, own = joint(people, accepted())
    life.take("appoint_joint_representatives", "wang", representatives=("p1",), each_agrees=True)
    return mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, life))))), own


def part(life: Life, own: dict[str, Life]) -> list[Life]:
    """Let the clock split off everybody who is leaving, and return their own cases."""
    alone = []
    for id in life.case.together.leaving:
        other = own.get(id)
        (split,) = life.take("leave_case", "clock", party=id, own=other.case if other else None).also
        goes_on = other or Life(at=life.time)
        if other is None:
            goes_on.entries, goes_on.letters, goes_on.people = [], [], {}
        goes_on.time = life.time
        goes_on.keep(split)
        alone.append(goes_on)
    return alone


def lapsed(*signs: str, people: int = 4) -> tuple[Life, dict[str, Life]]:
    """Return a complaint whose text only these people have signed when the time ends."""
    life, own = mediated_together(people)
    drafted(
        life, *(clause(life, creditor=p.id, by=(life.time + 60 * DAY).date()) for p in life.case.consumers)
    )
    for signer in signs:
        sign(life, signer)
    life.live(16 * DAY)
    assert life.facts("lapse_signing")
    return life, own


def test_silent_signers_are_split_off() -> None:
    """The text binds nobody. The two silent people return alone to the stage before the talks; the others
    draft and sign again, and are bound by that."""
    life, own = lapsed("p1", "p2", "business")
    assert life.case.together.leaving == ("p3", "p4") == tuple(life.facts("lapse_signing")[0]["leaving"])
    assert life.case.stage == Stage.MEDIATING
    assert not life.case.talks.agreement
    assert len(life.case.consumers) == 4
    assert life.refused("draft_agreement", "yan", **text(life)) == "people_leaving"
    alone = part(life, own)
    assert life.case.together.leaving == ()
    assert [p.id for p in life.case.consumers] == ["p1", "p2"]
    for other in alone:
        assert other.case.stage == Stage.ANSWERED
        assert look_at(other.case)
        assert other.letters_to()[-1] == "unlinked"
        assert other.whole()
        assert other.due["answer_window"] > other.time
        assert other.facts("leave_case")[-1] == {"from": life.case.ref, "silent": True}
    drafted(life, *(clause(life, creditor=p.id) for p in life.case.consumers))
    sign(life)
    assert life.case.bound
    assert life.case.bound.signers == ("p1", "p2", "business", "mediator")
    assert life.whole()


@pytest.mark.parametrize(
    ("signs", "why"),
    [
        ((), "nobody has signed: all go on talking together"),
        (("business",), "no consumer has signed"),
        (("p1", "p2"), "the company has not signed, so nobody was silent to what it agreed to"),
    ],
)
def test_lapse_without_an_agreement_splits_off_no_one(signs: tuple[str, ...], why: str) -> None:
    """A lapse returns all of them to the talks."""
    life, _ = lapsed(*signs)
    assert life.case.stage == Stage.MEDIATING, why
    assert life.case.together.leaving == (), why


def test_signer_with_time_left_is_not_split_off() -> None:
    """A person on the phone got the text later. The first window that ends ends the text for all, but only
    those whose own window has ended are split off."""
    life, _ = mediated_together()
    life.case = life.case.with_party(replace(life.case.party("p4"), way=Way.PHONE))
    drafted(
        life, *(clause(life, creditor=p.id, by=(life.time + 60 * DAY).date()) for p in life.case.consumers)
    )
    sign(life, "p1", "p2", "business")
    life.live(5 * DAY)
    life.tell("ma")
    life.live(11 * DAY)
    assert life.case.stage == Stage.MEDIATING
    assert life.case.together.leaving == ("p3",)


def test_lapse_after_the_talks_closes_the_case_for_all() -> None:
    """The others cannot sign a text any more: all get the same letter, and nobody is split off."""
    life, _ = joint(3, accepted())
    life.take("appoint_joint_representatives", "wang", representatives=("p1",), each_agrees=True)
    talking(disputed(answered(Conclusion.NOT_UPHELD, life)))
    life.live(13 * DAY)
    drafted(life)
    sign(life, "p1", "business")
    life.live(30 * DAY)
    assert life.case.stage == Stage.CLOSED
    assert life.case.together.leaving == ()
    assert not life.facts("leave_case")


def settlement_put(people: int = 4) -> tuple[Life, dict[str, Life]]:
    """Put a settlement to each of so many people during the investigation."""
    life, own = joint(people, accepted())
    life.take("ask_consent", "zhao", settlement="每人退一半。")
    return life, own


def window(case: Case) -> set[str]:
    """Return the people with a running time to agree."""
    return {run.id for run in deadlines(case).values() if run.name == "joint_consent"}


def test_missing_consent_splits_the_person_off() -> None:
    """The clock splits off each silent or opposed person after five working days; the others learn their
    number."""
    life, own = settlement_put()
    life.says("consent_represented", "p2", agrees=True)
    life.says("consent_represented", "p3", agrees=False)
    assert window(life.case) == {"p1", "p3", "p4"}
    life.live(8 * DAY)
    assert set(life.case.together.leaving) == {"p1", "p3", "p4"}
    assert len(life.facts("lapse_joint_consent")) == 1
    assert life.letters_to("party:p2")[-1] == "joint_consent_ended"
    assert "joint_consent_ended" not in life.letters_to("party:p3")
    alone = part(life, own)
    assert [p.id for p in life.case.consumers] == ["p2"]
    assert len(alone) == 3
    assert life.whole()
    assert all(
        other.case.stage == Stage.INVESTIGATING and other.due["investigation"] and other.whole()
        for other in alone
    )


def test_silence_of_all_splits_off_no_one() -> None:
    """The handler learns that all are silent. The first yes after the time splits off those who were silent
    in it."""
    life, _ = settlement_put()
    life.live(4 * DAY)
    life.take("tell_progress", "zhao", done="问了维修部。", upcoming="等厂家。")
    life.live(4 * DAY)
    assert not window(life.case)
    assert any(facts["deadline"] == "party_reply" for facts in life.facts("take_step"))
    life.says("consent_represented", "p1", agrees=True)
    life.live(HOUR)
    assert life.case.together.leaving == ("p2", "p3", "p4")


def test_time_to_consent_begins_with_the_call() -> None:
    """The time of a person on the phone begins only with the call."""
    life, _ = settlement_put()
    life.case = life.case.with_party(replace(life.case.party("p4"), way=Way.PHONE))
    life.take("ask_consent", "zhao", settlement="每人退一半。")
    life.says("consent_represented", "p1", agrees=True)
    life.live(8 * DAY)
    assert life.case.together.leaving == ("p2", "p3")


def test_only_who_is_leaving_is_split_off_by_the_clock_and_once() -> None:
    """A repeated split after a crash finds nobody, and the last person of a case stays."""
    life, own = lapsed("p1", "p2", "business")
    assert life.refused("leave_case", "clock", party="p1") == "unknown_person"
    part(life, own)
    for id in ("p3", "p4"):
        assert life.refused("leave_case", "clock", party=id) == "unknown_person"


def test_until_they_are_split_off_their_clocks_run_on_the_joint_case() -> None:
    """A message of a silent person waits for its reply on the joint case, and moves along with them."""
    life, own = settlement_put()
    life.says("consent_represented", "p1", agrees=True)
    life.live(8 * DAY)
    life.says("message", "p3", text="为什么只退一半？")
    due = life.due["message_reply"]
    alone = {other.case.together.origin[1]: other for other in part(life, own) if other.case.together.origin}
    assert "message_reply" not in life.due
    assert alone["p3"].due["message_reply"] == due


def test_a_person_whose_message_waits_for_a_reply_is_not_silent() -> None:
    """The time to agree does not end for anybody while a message is unanswered, and ends after the reply."""
    life, _ = settlement_put()
    life.says("message", "p3", text="为什么只退一半？")
    life.says("consent_represented", "p1", agrees=True)
    life.live(8 * DAY)
    assert life.case.together.leaving == ()
    life.take("message", "zhao", party="p3", text="另一半已经退过了。")
    life.take("tell_progress", "zhao", done="问了维修部。", upcoming="等厂家。")
    life.live(7 * DAY)
    life.take("tell_progress", "zhao", done="问了维修部。", upcoming="等厂家。")
    life.live(2 * DAY)
    assert life.case.together.leaving == ("p2", "p3", "p4")


def test_a_closed_case_splits_off_nobody() -> None:
    """A closed case has ended for all its people, who all got the same letter."""
    life, _ = lapsed("p1", "p2", "business")
    life.take("close_in_court", "sun", body="court", number="民初1号")
    assert life.case.together.leaving == ()


def test_the_lawyer_goes_along() -> None:
    """The representative of a person who is split off leaves with them."""
    life, own = settlement_put()
    life.take("add_representative", "wang", party="p3", **AGENT, **SEEN)
    agent = life.case.parties[-1].id
    life.says("consent_represented", "p1", agrees=True)
    life.live(8 * DAY)
    (third,) = [other for other in part(life, own) if other.case.together.origin == (life.case.ref, "p3")]
    assert life.case.party(agent).left
    assert [(p.id, p.represents) for p in third.case.parties] == [("p1", None), ("p2", "p1")]
    assert life.refused("message", agent, Role.REPRESENTATIVE, text="x")

"""Speakers of a joint case: a person of it proposes them, and the others agree, refuse or stay silent."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.access.offers import offers
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.codes import Outcome, Role, Side, Stage, Way
from chalicelib.view.expected import expected
from tests.domain.life import DAY, Life, accepted, disputed, join, joint, leave, neighbour, talking
from tests.view.read import party

PROPOSAL = "appoint_joint_representatives"
ANSWER = "agree_representatives"


def proposed(people: int = 3, *speakers: str, by: str = "p1", life: Life | None = None) -> Life:
    """Return a joint complaint in which a person has proposed these speakers, by default themselves."""
    life = joint(people, life or accepted())[0]
    life.says(PROPOSAL, by, representatives=speakers or (by,))
    return life


def asked_about_mediation(people: int = 3) -> Life:
    """Return a joint complaint in talks without speakers, whose sides were invited to mediation."""
    life = talking(disputed(joint(people, accepted())[0]))
    life.take("lapse_negotiation", "clock")
    return life


def speak(life: Life) -> list[str]:
    """Return the people who speak for a joint case."""
    return [person.id for person in life.case.consumers if person.speaks]


def able(life: Life, id: str) -> set[str]:
    """Return the moves that a party can take now."""
    return {*offers(life.case, party(life, id).caller, life.time)}


def act(life: Life, id: str) -> str | None:
    """Return the move that is expected of a party now."""
    reader = party(life, id)
    found = expected(reader, offers(life.case, reader.caller, life.time))
    return found and found.move


def test_speakers_hold_once_all_have_agreed() -> None:
    """Each other person is asked by letter, and the last yes makes the choice. Each learns of it."""
    life = proposed(3, "p2")
    assert [life.letters_to(f"party:p{n}")[-1] for n in (2, 3)] == ["joint_representatives"] * 2
    assert "joint_representatives" not in life.letters_to()
    life.says(ANSWER, "p2", agrees=True)
    assert speak(life) == []
    life.says(ANSWER, "p3", agrees=True)
    assert speak(life) == ["p2"]
    assert {life.letters_to(f"party:p{n}")[-1] for n in (1, 2, 3)} == {"representatives_decided"}
    assert "speaker_choice" not in life.running


def test_one_refusal_ends_the_proposal_and_others_can_follow() -> None:
    """Each person must agree. After a no, anybody proposes somebody else."""
    life = proposed()
    life.says(ANSWER, "p2", agrees=False)
    assert speak(life) == []
    assert life.facts(ANSWER)[-1]["speak"] == []
    assert life.letters_to()[-1] == "representatives_decided"
    life.says(PROPOSAL, "p3", representatives=("p2",))
    assert life.case.together.choice


@pytest.mark.parametrize(
    ("speakers", "agree", "chosen"),
    [
        (("p1",), (), []),
        (("p1",), ("p2",), []),
        (("p1",), ("p2", "p3"), ["p1"]),
        (("p2",), ("p3", "p4"), []),
        (("p1", "p2"), ("p2", "p3"), ["p1", "p2"]),
    ],
)
def test_silence_does_not_stop_the_others(
    speakers: tuple[str, ...], agree: tuple[str, ...], chosen: list[str]
) -> None:
    """At the end of the time the choice holds with the yes of each proposed person and of more than half."""
    life = proposed(4, *speakers)
    for id in agree:
        life.says(ANSWER, id, agrees=True)
    life.over("speaker_choice")
    assert speak(life) == chosen
    assert life.facts("lapse_representatives") == [{"lapsed": True, "speak": chosen}]


def test_nobody_is_silent_to_a_proposal_that_did_not_arrive() -> None:
    """The time of all begins when the last person was told of it."""
    life = joint(3, accepted())[0]
    life.case = life.case.with_party(replace(life.case.party("p3"), way=Way.PHONE))
    life.says(PROPOSAL, "p1", representatives=("p1",))
    life.live(20 * DAY)
    assert life.case.together.choice
    life.tell()
    assert life.running["speaker_choice"].start == life.time


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ((), "too_few_representatives"),
        (("p1", "p2", "p3"), "too_many_representatives"),
        (("p9",), "unknown_person"),
    ],
)
def test_proposal_is_checked_as_the_policy_says(said: tuple[str, ...], code: str) -> None:
    """Nobody, too many and strangers are refused, and nothing is written."""
    life = joint(3, accepted())[0]
    assert life.refused(PROPOSAL, "p1", Role.CONSUMER, representatives=said) == code


def test_only_one_proposal_waits_and_a_choice_stands() -> None:
    """A second proposal waits for the first. A person answers once, and cannot say that all have agreed. The
    present speakers cannot be proposed again."""
    life = proposed()
    assert life.refused(PROPOSAL, "p2", Role.CONSUMER, representatives=("p2",)) == "choice_open"
    assert life.refused(ANSWER, "p1", Role.CONSUMER, agrees=True) == "choice_answered"
    said = {"representatives": ("p2",), "each_agrees": True}
    assert life.refused(PROPOSAL, "p2", Role.CONSUMER, **said) == "only_for_others"
    for id in ("p2", "p3"):
        life.says(ANSWER, id, agrees=True)
    assert life.refused(PROPOSAL, "p2", Role.CONSUMER, representatives=("p1",)) == "speakers_chosen"
    assert life.refused(ANSWER, "p2", Role.CONSUMER, agrees=True) == "no_choice"
    assert PROPOSAL in able(life, "p2")


@pytest.mark.parametrize("agrees", [True, False])
def test_people_replace_their_speakers_by_the_same_move(agrees: bool) -> None:
    """The present speakers go on until all have agreed to others, and stay after a no. No letter or page
    urges a replacement. A proposal that fails does not restart the time to answer for all."""
    life = asked_about_mediation()
    life.says(PROPOSAL, "p1", representatives=("p1",))
    for id in ("p2", "p3"):
        life.says(ANSWER, id, agrees=True)
    assert (act(life, "p1"), act(life, "p2")) == ("consent_mediation", None)
    until = life.due["mediation_consent"]
    life.later(DAY).says(PROPOSAL, "p3", representatives=("p3",))
    assert life.facts(PROPOSAL)[-1]["stay"] == ["p1"]
    assert life.due["mediation_consent"] == until
    assert "consent_mediation" in able(life, "p1")
    life.says(ANSWER, "p1", agrees=agrees)
    if agrees:
        life.says(ANSWER, "p2", agrees=True)
    assert speak(life) == (["p3"] if agrees else ["p1"])
    assert life.letters_to("party:p2")[-1] == "representatives_decided"
    assert (life.due["mediation_consent"] == until) is not agrees


def test_staff_write_down_the_answer_of_a_person_on_the_phone() -> None:
    """The answer counts for the person whom staff name. A choice that staff record ends the proposal."""
    life = proposed()
    life.take(ANSWER, "wang", agrees=True, party="p2")
    assert life.case.together.choice
    assert life.case.together.choice.agreed == ("p1", "p2")
    life.take(PROPOSAL, "wang", representatives=("p3",), each_agrees=True)
    assert speak(life) == ["p3"]
    assert life.case.together.choice is None


@pytest.mark.parametrize(("leaver", "open_"), [("p1", False), ("p2", False), ("p3", True)])
def test_a_person_who_leaves_takes_their_answer_along(leaver: str, open_: bool) -> None:
    """Without the proposer or a proposed person the proposal is over, and the others learn of it."""
    life = proposed(4, "p2")
    leave(life, leaver)
    assert bool(life.case.together.choice) == open_
    told = life.letters_to("party:p4")[-1]
    assert told == ("joint_representatives" if open_ else "representatives_decided")
    if open_:
        for id in ("p2", "p4"):
            life.says(ANSWER, id, agrees=True)
        assert speak(life) == ["p2"]


def test_who_joins_meanwhile_is_not_asked() -> None:
    """A newcomer joins a case whose people are choosing; their answer is not missing."""
    life = proposed(2, "p2")
    join(life, neighbour(9, at=life.time))
    assert life.refused(ANSWER, "p3", Role.CONSUMER, agrees=True) == "choice_answered"
    life.says(ANSWER, "p2", agrees=True)
    assert speak(life) == ["p2"]


def test_an_invitation_to_a_joint_case_can_be_answered() -> None:
    """Without speakers, choosing them is the act that is expected of each person. The chosen one consents,
    and the time to answer begins again with the choice."""
    life = asked_about_mediation()
    assert {act(life, id) for id in ("p1", "p2", "p3")} == {PROPOSAL}
    life.later(3 * DAY).says(PROPOSAL, "p2", representatives=("p2",))
    assert not [*running_of(life.case, "mediation_consent")]
    assert (act(life, "p1"), act(life, "p2")) == (ANSWER, None)
    life.later(DAY).says(ANSWER, "p1", agrees=True)
    life.says(ANSWER, "p3", agrees=True)
    assert life.running["mediation_consent"].start == life.time
    assert (act(life, "p2"), act(life, "p1")) == ("consent_mediation", None)
    life.says("consent_mediation", "p2")
    assert life.case.talks.dispute
    assert life.case.talks.dispute.consents == {Side.CONSUMER: True}


def test_nobody_who_chooses_waits_for_ever() -> None:
    """If nobody proposes or answers anything, the invitation lapses as announced."""
    life = asked_about_mediation()
    life.live(40 * DAY)
    assert life.case.stage != Stage.NEGOTIATING
    chosen = asked_about_mediation()
    chosen.says(PROPOSAL, "p1", representatives=("p2",))
    chosen.live(60 * DAY)
    assert (chosen.case.outcome or Outcome.NOT_SETTLED) == Outcome.NOT_SETTLED
    assert chosen.case.stage != Stage.NEGOTIATING


@settings(max_examples=20, deadline=None)
@given(dice=st.randoms(use_true_random=True), people=st.integers(2, 5))
def test_whatever_people_do_an_open_question_has_an_answer(dice: Random, people: int) -> None:
    """In random joint talks, while the consumers' answer about mediation is awaited, somebody of them can
    answer it or choose who does."""
    life = asked_about_mediation(people)
    for _ in range(12):
        if life.case.stage != Stage.NEGOTIATING:
            return
        ids = [person.id for person in life.case.consumers]
        waits = [*running_of(life.case, "mediation_consent")] or life.case.together.choice
        ways = {PROPOSAL, ANSWER, "consent_mediation"}
        assert not waits or not life.case.joint or any(able(life, id) & ways for id in ids)
        id, move = dice.choice(ids), dice.choice([PROPOSAL, ANSWER, "leave_case", "live"])
        if move == "live":
            life.live(dice.choice([DAY, 3 * DAY]))
        elif move in able(life, id) and move == PROPOSAL:
            named = dice.choice([one for one in ids if [one] != speak(life)])
            life.says(move, id, representatives=(named,))
        elif move in able(life, id) and move == ANSWER:
            life.says(move, id, agrees=dice.random() < 0.8)
        elif move in able(life, id) and dice.random() < 0.3:
            leave(life, id)

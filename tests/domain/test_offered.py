"""Offered moves: the case accepts each of them, and none is offered after its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import offers
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Outcome
from chalicelib.domain.moves.parties import most_agents
from tests.domain.laws import in_vain, standing, taken
from tests.domain.life import AGENT, DAY, PERSON, STAFF, Life, answered, joint, talking
from tests.domain.surveyed import SCORES, closed
from tests.domain.variants import STARTS, come, variants

FOR_A_REASON = {
    "appoint_panel",
    "ask_handler_change",
    "clear_doubt",
    "consent_appraisal",
    "hand_over",
    "record_visit",
    "take",
}
"""Moves that are allowed but not offered without a special reason: for example, another handler."""


def of_staff(life: Life, who: str) -> set[str]:
    """Return the moves that a member of staff can take now."""
    return {*offers(life.case, Caller(who, STAFF[who], teams=frozenset({"general"})), life.time)}


def offered(life: Life, id: str = "p1") -> set[str]:
    """Return the moves that somebody on the case can take now."""
    role = life.case.party(id).role
    return {*offers(life.case, Caller(id, role, ref=life.case.ref, party=id), life.time)}


@pytest.mark.parametrize(
    "later", [timedelta(0), 9 * DAY, 40 * DAY], ids=["at once", "days later", "weeks later"]
)
@pytest.mark.parametrize("how", STARTS)
def test_offered_moves_can_be_taken(how: str, later: timedelta) -> None:
    """Each move offered to a party is taken, at every stage and however late the case is."""
    life = Life(PERSON)
    come(life, how)
    life.live(later)
    assert not [*in_vain(life, Life(PERSON).case)]


@pytest.mark.parametrize("later", [timedelta(0), 9 * DAY], ids=["at once", "days later"])
@pytest.mark.parametrize("how", STARTS)
def test_a_move_that_was_taken_is_not_offered_in_vain(how: str, later: timedelta) -> None:
    """A party's move that is offered again still has an effect. A failure names the move: open its module,
    and let its `fits` or `about` hold only while something is left to act on."""
    life = Life(PERSON)
    come(life, how)
    life.live(later)
    assert not [*standing(life, Life(PERSON).case)]


@pytest.mark.parametrize(
    ("how", "move", "fault"),
    [
        ("answered", "accept_answer", "it is offered again, and nothing is left to act on"),
        ("tested", "consent_appraisal", "the second time it is accepted and changes nothing"),
    ],
)
def test_a_move_offered_in_vain_is_found(how: str, move: str, fault: str) -> None:
    """The law finds a move that is offered whether or not it was taken before."""
    life = Life(PERSON)
    come(life, how)
    found = [*standing(life, Life(PERSON).case, lambda *_: {move})]
    assert ("p1", move, fault) in found


@pytest.mark.parametrize("agrees", [True, False])
def test_a_person_of_a_joint_case_changes_an_answer_and_does_not_repeat_it(agrees: bool) -> None:
    """The consent to a text stays offered for a change of mind. The same answer again is refused, since it
    would change nothing."""
    life = joint(2)[0]
    life.take("ask_consent", "sun", settlement="每人退一半。")
    assert not [*standing(life, Life(PERSON).case)]
    life.says("consent_represented", "p1", agrees=agrees)
    assert life.refused("consent_represented", "p1", agrees=agrees) == "consent_repeated"
    assert "consent_represented" in offered(life)
    life.says("consent_represented", "p1", agrees=not agrees)
    assert life.case.party("p1").consents is not agrees


@pytest.mark.parametrize("people", [1, 2])
def test_naming_a_representative_is_offered_below_the_limit(people: int) -> None:
    """A person of a joint case may name fewer than a person alone. Staff can still name another."""
    life, _ = joint(people)
    for _ in range(most_agents(life.case)):
        assert "add_representative" in offered(life)
        life.take("add_representative", "li", **AGENT)
    assert "add_representative" not in offered(life)
    life.take("add_representative", "wang", **AGENT)


@pytest.mark.parametrize("how", STARTS)
def test_possible_moves_are_offered(how: str) -> None:
    """At every stage each party and officer is offered the moves they could take, except those that need a
    special reason."""
    life, leading = Life(PERSON), Life(PERSON).case
    come(life, how)
    could = variants(life, leading)
    everybody = [
        *((p.role, Caller(p.id, p.role, ref=life.case.ref, party=p.id)) for p in life.case.parties),
        *((role, Caller(who, role, teams=frozenset({"general"}))) for who, role in STAFF.items()),
    ]
    hidden = {
        (who.who, name)
        for role, who in everybody
        for name in could.keys() - offers(life.case, who, life.time).keys() - FOR_A_REASON
        if role in MOVES[name].by | MOVES[name].recorded_by
        and life.case.stage in MOVES[name].at
        and any(taken(life, name, who.who, role, said) for said in could[name])
    }
    assert not hidden, (
        f"{sorted(hidden)} can be taken and is not offered. Let `fits` or `about` of the move hold there; or "
        "let it raise a Refusal where nothing is left to act on; or add it to FOR_A_REASON with the reason"
    )


def test_a_closed_complaint_is_reopened_until_its_window_ends() -> None:
    """The consumer is offered it once, until the window ends."""
    life = answered()
    life.take("withdraw", "li")
    assert "reopen" in offered(life)
    life.later(40 * DAY)
    assert "reopen" not in offered(life)


def test_a_lead_can_say_no_only_when_nobody_can_reopen_by_themselves() -> None:
    """Within the window there is nothing to refuse; after it the lead reopens, or refuses with a reason."""
    life = answered()
    life.take("withdraw", "li")
    inside, later = of_staff(life, "sun"), of_staff(life.later(40 * DAY), "sun")
    assert ("refuse_reopening" in inside, "refuse_reopening" in later, "reopen" in later) == (
        False,
        True,
        True,
    )


def test_a_lead_is_offered_to_end_talks_once_that_was_handed_over_to_them() -> None:
    """Before the handover the time of the talks runs, and no lead cuts it short."""
    life = talking()
    assert "lapse_negotiation" not in of_staff(life, "sun")
    life.case = replace(life.case, clock=replace(life.case.clock, review=life.time))
    assert "lapse_negotiation" in of_staff(life, "sun")


@pytest.mark.parametrize("outcome", [Outcome.JOINED, Outcome.INFORMATION_ONLY])
def test_no_survey_is_written_down_where_nobody_is_asked(outcome: Outcome) -> None:
    """A survey is not offered for a case that goes on elsewhere, without anybody to ask, or after all have
    answered."""
    life = closed()
    assert "answer_survey" in of_staff(life, "wang")
    joined = closed()
    joined.case = replace(joined.case, outcome=outcome)
    life.take("answer_survey", "li", **SCORES)
    assert "answer_survey" not in of_staff(joined, "wang") | of_staff(life, "wang")

"""Acts of a representative: the represented person hears of each act that gives something up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Conclusion, Power, Role, Side, Stage
from chalicelib.domain.model.letters import key_of
from tests.closed import complete
from tests.domain.life import (
    AGENT,
    DAY,
    ELDERLY,
    T0,
    Life,
    accepted,
    agreement,
    answered,
    bound,
    contested,
    disputed,
    drafted,
    invited,
    join,
    neighbour,
    offered,
    represented,
    talking,
)

TODAY = published().day_of(T0)


@pytest.mark.parametrize(
    ("asked_by", "agent", "refusal"),
    [
        (None, {}, "asker_needed"),
        ("p9", {}, "unknown_person"),
        ("p2", {"powers": (Power.ANSWER,)}, "power_missing"),
        ("p2", {"until": TODAY}, "authority_expired"),
        ("p2", None, "authority_unchecked"),
    ],
)
def test_call_for_a_represented_person_names_who_called(
    asked_by: str | None, agent: dict[str, Any] | None, refusal: str
) -> None:
    """Staff say who called. A representative who called needs the same authority as on the page."""
    life = accepted(person=ELDERLY)
    if agent is None:
        life.take("add_representative", "wang", **AGENT)
    else:
        represented(life, **agent)
    life.later(2 * DAY)
    with pytest.raises(Refusal) as refused:
        life.take("withdraw", "wang", asked_by=asked_by)
    assert (refused.value.code, refused.value.field) == (refusal, "asked_by")
    life.take("withdraw", "wang", asked_by="p1")
    assert life.facts("withdraw")[-1]["asked_by"] == "p1"


def test_call_needs_no_name_without_a_representative() -> None:
    """The consumer is the only person who can have called."""
    life = accepted(person=ELDERLY)
    life.take("withdraw", "wang")
    assert life.case.stage == Stage.CLOSED


def _elderly(conclusion: Conclusion = Conclusion.UPHELD) -> Life:
    """Return a life with an answer to a person without mail, whose representative has every power."""
    return answered(conclusion, represented(accepted(person=ELDERLY), powers=tuple(Power)))


def _offered(life: Life) -> dict[str, Any]:
    return {"offer": offered(life, Side.BUSINESS)}


def _changed(life: Life) -> dict[str, Any]:
    bound(talking(disputed(life)))
    life.says("propose_change", "p3", obligation="O1", by=TODAY + 60 * DAY, reason="系统升级。")
    return {"obligation": "O1"}


def _performing(life: Life) -> dict[str, Any]:
    life.take("accept_answer", "wang")
    return {"obligation": "O1"}


def _drafted(life: Life) -> dict[str, Any]:
    return {"digest": agreement(drafted(talking(disputed(life)))).digest}


def _invited(life: Life) -> dict[str, Any]:
    invited(talking(disputed(life)))
    return {}


def _refusable(life: Life) -> dict[str, Any]:
    _drafted(life)
    return {}


def _contested(life: Life) -> dict[str, Any]:
    contested(life)
    return {}


def _asked_each(life: Life) -> dict[str, Any]:
    join(life, neighbour(1))
    life.take("ask_consent", "wang", settlement="各退一半。")
    return {"agrees": True}


GIVEN_UP: dict[str, tuple[Callable[[], Life], Callable[[Life], dict[str, Any]]]] = {
    "accept_answer": (_elderly, lambda life: {}),
    "accept_offer": (lambda: talking(disputed(_elderly(Conclusion.NOT_UPHELD))), _offered),
    "agree_change": (lambda: _elderly(Conclusion.NOT_UPHELD), _changed),
    "confirm_done": (_elderly, _performing),
    "consent_represented": (lambda: represented(accepted(person=ELDERLY), powers=tuple(Power)), _asked_each),
    "refuse_mediation": (lambda: _elderly(Conclusion.NOT_UPHELD), _invited),
    "refuse_to_sign": (lambda: _elderly(Conclusion.NOT_UPHELD), _refusable),
    "sign": (lambda: _elderly(Conclusion.NOT_UPHELD), _drafted),
    "waive": (_elderly, lambda life: {**_performing(life), "words": "不用退了。"}),
    "withdraw_request": (_elderly, _contested),
}
"""The moves about which the person gets a letter of their own, each with a life and what is said in it."""
OWN_LETTER = {"withdraw", "leave_talks"}
"""Moves whose own letter goes to the represented person too."""
KEEPS = {
    "add_evidence": "adds words or files",
    "give_information": "adds words or files",
    "extend_information": "gives more time",
    "undo_withdrawal": "takes a withdrawal back",
    "tag_safety": "reports a danger",
    "change_contact": "changes the representative's own address",
    "renew_link": "sends the representative's own link",
    "add_representative": "staff check the authority of the new one",
    "end_representation": "only the person can take it",
    "end_partner_access": "the person can agree again",
    "consent_forward": "can be taken back",
    "stop_forward": "can be proposed again",
    "join_case": "the letter about joining goes to the person",
    "leave_case": "the letter about leaving goes to the person",
    "appoint_joint_representatives": "each person is asked",
    "agree_representatives": "others can be chosen at any time",
    "raise_dispute": "keeps all rights",
    "state_position": "stays with the officer until it is shown",
    "share_statement": "shows words of the representative",
    "claim_done": "says that the person performed",
    "dispute_done": "keeps the claim",
    "offer": "binds nobody before an agreement is signed",
    "refuse_offer": "the talks go on",
    "invite_mediation": "asks for mediation",
    "consent_mediation": "can be left at any time",
    "challenge_mediator": "keeps all rights",
    "agree_extension": "can be left at any time",
    "propose_change": "binds nobody before it is agreed",
    "refuse_change": "keeps the promise as it is",
    "reopen": "keeps all rights",
    "ask_reconsideration": "keeps all rights",
    "answer_survey": "asks about us",
    "give_opinion": "asks about us",
    "withdraw_story": "takes words back",
    "consent_appraisal": "has a test made",
    "ask_meeting_change": "asks for another day",
    "record_confirmation": "asks a court",
    "ask_handler_change": "asks for another handler",
    "message": "adds words or files",
    "confirm_mail": "adds words or files",
}
"""The moves of representatives that give nothing up, each with the reason."""


def test_every_move_of_a_representative_is_heard_of_or_gives_nothing_up() -> None:
    """A represented person hears of each move that gives something up."""
    theirs = {name for name, move in MOVES.items() if move.by & Role.REPRESENTATIVE and move.at}
    binding = {name for name in theirs if MOVES[name].person_hears or MOVES[name].gives_up}
    complete({*GIVEN_UP, *OWN_LETTER}, binding, "GIVEN_UP", "give the life in which it is taken")
    complete(KEEPS, theirs - binding, "KEEPS", "mark it `person_hears`, or say why it gives nothing up")


@pytest.mark.parametrize("name", GIVEN_UP)
def test_a_represented_person_hears_what_was_given_up_for_them(name: str) -> None:
    """A letter of their own tells the person, by telephone if they have no mail. Nobody else gets it, and the
    act of the person themselves brings none."""
    for who in ("p2", "p1"):
        life, prepare = (part for part in GIVEN_UP[name])
        built = life()
        said = prepare(built)
        sent = len(built.letters)
        built.says(name, who, **said)
        told = [each.to for each in built.letters[sent:] if each.name == "acted_for"]
        calls = [task.party for task in built.case.tellings if key_of(task.letter).name == "acted_for"]
        assert told == (["party:p1"] if who == "p2" else [])
        assert calls == (["p1"] if who == "p2" else [])


def test_two_acts_of_a_representative_are_told_by_two_calls() -> None:
    """A later letter does not replace an earlier one, because it tells of another act."""
    life = _elderly()
    life.says("accept_answer", "p2")
    life.says("confirm_done", "p2", obligation="O1")
    calls = [task.party for task in life.case.tellings if key_of(task.letter).name == "acted_for"]
    assert calls == ["p1", "p1"]


@pytest.mark.parametrize("by", ["p2", "wang"])
def test_a_represented_person_learns_that_they_left_a_joint_complaint(by: str) -> None:
    """The letter with the number of their own complaint goes to the person too, by telephone."""
    life = represented(accepted(person=ELDERLY))
    join(life, neighbour(1))
    said = {} if by == "p2" else {"party": "p1"}
    (own,) = life.take("leave_case", by, life.case.party("p2").role if by == "p2" else None, **said).also
    calls = [task.party for task in own.case.tellings if key_of(task.letter).name == "unlinked"]
    assert sorted(calls) == ["p1", "p2"]

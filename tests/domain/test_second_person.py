"""The second person: their levels, the effect of their yes, and the place of the asker's words."""

from __future__ import annotations

import json
from datetime import date

import pytest

from chalicelib.domain.model.codes import ON_EARLIER, SECOND_PERSON, Ground, Missing, Role, Route, Stage
from tests.domain.life import DAY, DECLINED, DECLINED_BY_TWO, HOUR, T0, Life, answered, settle


def waiting_decline(by: str = "wang") -> tuple[Life, str]:
    """A decline as out of time that waits for its second person."""
    life = Life()
    return life, life.ask_approval("decline", by, **DECLINED_BY_TWO)


OWN_TESTS = {Ground.IMPROPER_GAIN, Ground.REPORT_ONLY}
"""The grounds whose facts exclude those of the others; they are played in tests of their own."""


def provable() -> Life:
    """Return a complaint whose record shows what each ground of a decline presupposes."""
    life = Life(happened_on=date(2022, 12, 31), at=T0 + DAY)
    life.take("confirm_address", "clock", party="p1", new=False)
    items = (Missing.PURCHASE_PROOF, Missing.AUTHORITY, Missing.IDENTITY)
    life.take("ask_information", "wang", items=items, why="请补充。")
    life.take("give_information", "li", answer="没有别的了。")
    life.take("note_outside_proceeding", "wang", body=Route.COURT, number="(2026)民初1号")
    return life


@pytest.mark.parametrize("ground", sorted({*Ground} - OWN_TESTS))
def test_only_the_listed_grounds_wait_for_a_second_person(ground: Ground) -> None:
    """A listed ground waits, in a decline and in a part-decline; any other goes out at once."""
    before, whole, part = answered(), provable(), provable()
    if ground == Ground.ALREADY_SETTLED:
        before = Life()
        before.take("settle_at_once", "wang", **settle())
    earlier = {n: {n: before.case.ref} if ground in ON_EARLIER else {} for n in (1, 2)}
    grounds = {"grounds": {1: ground, 2: Ground.NOT_COMPLAINT}, "instead": {1: "某某电器"}}
    whole.take("decline", "wang", **{**DECLINED, **grounds, "earlier": earlier[1]})
    said = {"reasons": {2: "无"}, "instead": {2: "某某电器"}, "earlier": earlier[2]}
    part.take("accept", "sun", declined={2: ground}, **said)
    for life in (whole, part):
        assert bool(life.case.approvals) == (ground in SECOND_PERSON) == (life.case.stage == Stage.RECEIVED)


def test_a_move_that_waits_has_changed_nothing_but_its_asking() -> None:
    """The stage, the clocks and the matters stay, the consumer gets no letter, and the person on duty is
    asked."""
    life, _ = waiting_decline()
    assert life.case.stage == Stage.RECEIVED
    assert all(matter.ground is None for matter in life.case.matters)
    assert life.letters_to() == ["receipt"]
    assert life.letters_to("role:lead") == ["approval_request"]
    assert set(life.running) == {"acknowledgement", "approval"}
    assert "decline" not in life.case.taken


@pytest.mark.parametrize(("by", "code"), [("wang", "move_not_allowed_for_role"), ("wu", "approver_level")])
def test_policy_names_the_level_of_the_second_person(by: str, code: str) -> None:
    """The policy names the levels: the intake officer is refused, and for a decline the executive too."""
    life, approval = waiting_decline()
    assert life.refused("approve", by, approval=approval) == code


@pytest.mark.parametrize("answer", ["approve", "refuse_approval"])
def test_asker_cannot_approve_their_own_request(answer: str) -> None:
    """The asker cannot say yes or no, in any role; a colleague of the same role can."""
    life, approval = waiting_decline("sun")
    reason = {} if answer == "approve" else {"reason": "还要再看"}
    assert life.refused(answer, "sun", approval=approval, **reason) == "own_request"
    assert life.refused(answer, "sun", Role.SUPERVISOR, approval=approval, **reason) == "own_request"
    life.take(answer, "lin", approval=approval, **reason)
    assert life.case.approvals == ()
    assert life.letters_to("staff:sun") == ["approval_decided"]


def test_the_yes_takes_the_move_in_the_same_entry() -> None:
    """One entry declines the case and informs the asker; the letter takes its words from the entry that
    asked."""
    life, approval = waiting_decline()
    life.later(HOUR).take("approve", "sun", approval=approval)
    assert life.case.stage == Stage.DECLINED
    assert life.case.entries == 3
    assert life.case.taken["decline"] == life.time
    assert [matter.ground for matter in life.case.matters] == [Ground.NOT_FOR_LIVING, Ground.NOT_COMPLAINT]
    letters = {letter.name: letter.entry for letter in life.letters}
    assert letters["declined"] == 2
    assert life.words(2)["reasons"] == {"1": "查无此单。", "2": "这是咨询。"}
    assert letters["approval_decided"] == 3
    assert life.letters_to("staff:wang") == ["approval_decided"]
    assert json.loads(life.entries[2].line)["who"] == "sun"
    assert life.entries[2].words == {}
    assert life.whole()


def test_the_no_keeps_its_reason_and_the_case_where_it_was() -> None:
    """The move is not taken. The approval's deadline stops; the acknowledgement's ran on meanwhile."""
    life, approval = waiting_decline()
    life.take("refuse_approval", "zhou", approval=approval, reason="时效没有超过。")
    assert life.case.stage == Stage.RECEIVED
    assert set(life.running) == {"acknowledgement"}
    assert life.words(3) == {"reason": "时效没有超过。"}
    assert "declined" not in life.letters_to()
    assert life.refused("approve", "sun", approval=approval) == "approval_unknown"


def test_a_request_nobody_answers_goes_up() -> None:
    """The approval is due in a working day; then the supervisor is reminded, a working day later the
    executive."""
    life, _ = waiting_decline()
    life.live(5 * DAY)
    assert [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "approval"] == [
        "zhou",
        "wu",
    ]


def test_a_yes_that_comes_too_late_for_its_stage_is_refused() -> None:
    """After another decision the asked move is not allowed, but its request can still be refused."""
    life, approval = waiting_decline()
    life.take("accept", "wang")
    assert life.refused("approve", "sun", approval=approval) == "move_not_allowed_in_stage"
    life.take("refuse_approval", "sun", approval=approval, reason="已经受理。")
    assert life.case.approvals == ()


def test_a_closed_case_waits_for_nobody() -> None:
    """Closing a case ends its requests for approval."""
    life, _ = waiting_decline()
    life.take("withdraw", "li")
    assert life.case.approvals == ()
    assert set(life.running) == {"reopen_window", "undo_withdrawal"}

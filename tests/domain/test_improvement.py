"""Improvement actions: a small dossier with an owner, verified by another person, and opened again if its
cause returns."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import Look
from chalicelib.domain.model.codes import ANY, EVERY, IMPROVEMENT, LEARNING, OPEN, Role, Stage, Verdict
from tests.domain.actions import OPENED, TODAY, Action, separate_copy
from tests.domain.life import DAY, MINUTE


def test_an_action_is_no_complaint() -> None:
    """`any` and `open` mean stages of a complaint; an action allows only the moves of every dossier."""
    assert not (ANY | OPEN) & LEARNING
    assert ANY | LEARNING == EVERY
    on_both = {name for name, move in MOVES.items() if move.at & ANY and move.at & IMPROVEMENT}
    assert on_both == {
        *(
            "approve",
            "refuse_approval",
            "assign",
            "hand_over",
            "change_team",
            "follow_rules",
            "note",
            "read_mention",
            "record_restored",
            "doubt_record",
            "clear_doubt",
        ),
        *("take_step", "recompute_deadline"),
    }


def test_an_action_has_an_owner_who_is_told_what_to_do_by_when() -> None:
    """An action belongs to its owner's team, and keeps the number of the complaint."""
    life = Action()
    assert (life.case.stage, life.case.owner, life.case.team) == (Stage.IMPROVING, "zhao", "general")
    assert [letter.name for letter in life.letters] == ["action_due"]
    assert life.letters[0].to == "staff:zhao"
    assert Action(complaint=life.complaint).action.of == life.complaint.ref
    assert Action(owner="he").case.team == "general"  # a department has no cases
    assert life.words(1) == {"why": OPENED["why"], "measure": OPENED["measure"]}
    assert life.whole()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"due": TODAY}, "due"),
        ({"due": TODAY - DAY}, "due"),
        ({"owner": "nobody"}, "owner"),
        ({"owner": "mei"}, "owner"),  # a member of panels, without the right to handle
    ],
)
def test_an_action_without_owner_or_day_is_refused(said: dict[str, Any], field: str) -> None:
    """The opener names an owner from the staff and a day in the future."""
    with pytest.raises(Refusal) as refused:
        Action(**said)
    assert refused.value.field == field


def test_the_owner_is_told_before_on_and_after_the_day_and_then_the_supervisor_again_and_again() -> None:
    """The owner is reminded five working days before and on the day. Five working days after, the supervisor
    is, and again until it is done."""
    life = Action(due=date(2026, 3, 31))
    life.live(60 * DAY)
    told = [(facts["role"], facts["early"]) for facts in life.facts("take_step")]
    assert told[:3] == [("owner", True), ("owner", False), ("supervisor", False)]
    assert set(told[3:]) == {("supervisor", False)}
    assert len(told) > 5
    assert {letter.name for letter in life.letters} == {"action_due"}
    life.done()
    assert "improvement_action" not in life.running


def test_only_the_owner_or_a_supervisor_says_that_it_is_done() -> None:
    """Another colleague cannot report it, though they may read it."""
    life = Action()
    assert life.refused("finish_action", "sun", done="说明已改写。") == "not_your_action"
    life.done("zhou")
    assert (life.case.stage, life.action.finisher) == (Stage.VERIFYING, "zhou")


def test_action_is_verified_by_another_after_30_and_90_days() -> None:
    """The action cannot be verified before the day, nor by its owner or the person who reported it done; the
    second check ends it."""
    life = Action(owner="zhou").done("zhou")
    life.later(29 * DAY)
    assert life.refused("verify_action", "qin", Role.SUPERVISOR) == "look_too_early"
    life.later(DAY)
    assert life.refused("verify_action", "zhou") == "own_action"
    life.take("verify_action", "qin", Role.SUPERVISOR)
    assert life.case.stage == Stage.VERIFYING
    life.live(59 * DAY)
    assert life.refused("verify_action", "qin", Role.SUPERVISOR) == "look_too_early"
    life.live(DAY)
    life.take("verify_action", "qin", Role.SUPERVISOR)
    assert (life.case.stage, [look.id for look in life.action.looks]) == (Stage.IMPROVED, ["first", "second"])


def test_a_look_is_computed_and_kept_in_its_entry() -> None:
    """The check compares the cause before and after, in equal numbers of days, with ratio, interval and
    verdict."""
    life = Action().done().verified()
    (facts,) = life.facts("verify_action")
    look = life.action.looks[0]
    assert isinstance(look, Look)
    assert look.verdict == Verdict.FELL
    assert look.before
    assert look.after
    assert (facts["verdict"], facts["ratio"], facts["counted_before"]["cause"]) == ("fell", 0.4, 30)
    assert (look.low, look.high) == (0.187, 0.805)
    assert look.before.until == TODAY - DAY
    assert look.after.since == TODAY
    assert look.before.until - look.before.since == look.after.until - look.after.since == 29 * DAY


def test_check_without_figures_is_refused() -> None:
    """A check without figures is refused with the reason; the deadline goes on to the executive."""
    life = Action().done()
    life.counted = None
    life.live(60 * DAY)
    assert life.refused("verify_action", "zhou") == "no_figures"
    assert [facts["role"] for facts in life.facts("take_step")][-1] == "executive"


def test_rare_cause_ends_without_a_verdict() -> None:
    """An action against a rare cause ends with the verdict that nothing can be said, after both checks."""
    life = Action().done()
    life.counted = ((2, 900), (1, 900))
    life.verified(2)
    assert [look.verdict for look in life.action.looks] == [Verdict.CANNOT_BE_TOLD] * 2
    assert life.case.stage == Stage.IMPROVED


def test_a_cause_that_rose_opens_the_action_again() -> None:
    """The first check can reopen the action. Its owner gets a letter, and it is due after the policy's
    length."""
    life = Action().done()
    life.counted = ((12, 1000), (30, 1000))
    life.verified()
    assert (life.case.stage, life.action.returned, life.action.due) == (Stage.IMPROVING, 1, None)
    assert life.letters[-1].to == "staff:zhao"
    assert life.due["improvement_action"] > life.time
    life.done()
    assert life.action.looks == (), "the looks of the first round stand on the timeline"


def test_the_clock_opens_an_action_again_whose_cause_comes_back() -> None:
    """The clock compares the count right after the action with the count since the last check. If it rose,
    the owner and the supervisor get a letter; otherwise the clock checks three times."""
    life = Action().done().verified(2)
    quiet = separate_copy(life)
    quiet.live(400 * DAY)
    assert [look.id for look in quiet.action.looks] == ["first", "second", "third", "fourth", "fifth"]
    assert quiet.case.stage == Stage.IMPROVED
    assert not quiet.running
    life.counted = ((12, 1000), (40, 1000))
    life.live(95 * DAY)
    assert (life.case.stage, life.action.returned) == (Stage.IMPROVING, 1)
    assert [letter.to for letter in life.letters[-2:]] == ["staff:zhao", "role:supervisor"]
    before = life.action.looks[-1].before
    assert before
    assert before.since == TODAY
    assert life.whole()


def test_the_clock_is_never_refused() -> None:
    """The clock without figures records that it has checked."""
    life = Action().done().verified(2)
    life.counted = None
    life.live(95 * DAY)
    assert life.action.looks[-1].before is None
    assert life.case.stage == Stage.IMPROVED


def test_an_action_goes_to_another_owner_like_a_case() -> None:
    """A lead gives an action to a colleague, who gets a letter; no day moves."""
    life = Action()
    due = life.due
    life.take("assign", "sun", to="wang")
    assert (life.case.owner, life.letters[-1].name, life.letters[-1].to) == (
        "wang",
        "action_due",
        "staff:wang",
    )
    assert life.due == due


def test_demo_action_ends_within_ten_minutes() -> None:
    """An action of the demo is opened, done, verified twice and checked three times within ten minutes."""
    life = Action(policy="demo-1").done()
    for _ in range(2):
        life.live(MINUTE)
        life.take("verify_action", "zhou")
    life.live(8 * MINUTE)
    assert len(life.action.looks) == 5

"""Improvement actions: a small dossier with an owner, verified by another person, and opened again if its
cause returns."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import ActionScope, Look
from chalicelib.domain.model.codes import (
    ANY,
    EVERY,
    IMPROVEMENT,
    LEARNING,
    OPEN,
    GoodsClass,
    Region,
    Role,
    ScopeKind,
    ServiceClass,
    Stage,
    Unclear,
    Verdict,
)
from chalicelib.domain.moves.improvement import stretches
from tests.domain.actions import OPENED, TODAY, Action, separate_copy
from tests.domain.life import DAY, MINUTE

WEEK = timedelta(weeks=1)


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
    steps = [facts for facts in life.facts("take_step") if facts["deadline"] == "improvement_action"]
    told = [(facts["role"], facts["early"]) for facts in steps]
    assert told[:3] == [("owner", True), ("owner", False), ("supervisor", False)]
    assert set(told[3:]) == {("supervisor", False)}
    assert len(told) > 5
    assert {letter.name for letter in life.letters} == {"action_due"}
    life.done()
    assert "improvement_action" not in life.running


def test_people_are_protected_at_once_before_the_measure() -> None:
    """An action is not done before its owner records what protects people at once. The owner gets a letter
    after two working days and the supervisor three later. An action that is opened again begins with
    containment again."""
    life = Action()
    assert life.refused("finish_action", "zhao", done="说明已改写。") == "containment_first"
    assert life.refused("contain", "sun", contained="停售。", protects="买家。") == "not_your_action"
    life.live(9 * DAY)
    steps = [facts for facts in life.facts("take_step") if facts["deadline"] == "containment"]
    assert [facts["role"] for facts in steps] == ["owner", "supervisor"]
    life.contained()
    assert "containment" not in life.running
    life.done()
    life.counted = (300, 110)
    life.verified()
    assert life.action.contained is None
    assert life.refused("finish_action", "zhao", done="又改了。") == "containment_first"


@pytest.mark.parametrize(
    ("said", "scope"),
    [
        ({"goods_class": GoodsClass.FOOD}, ActionScope(ScopeKind.CLASS, "food")),
        ({"service_class": ServiceClass.TRAVEL}, ActionScope(ScopeKind.CLASS, "travel")),
        ({"company": " 捷运快递 ", "policy": "demo-1"}, ActionScope(ScopeKind.COMPANY, "捷运快递")),
        ({"of_team": "general"}, ActionScope(ScopeKind.TEAM, "general")),
        ({"region": Region("440000")}, ActionScope(ScopeKind.REGION, "440000")),
        ({}, None),
    ],
)
def test_action_is_for_one_part_of_the_complaints(said: dict[str, Any], scope: ActionScope | None) -> None:
    """The opener can choose a class, a listed company, a team or a region, written as figures count it."""
    assert Action(**said).action.scope == scope


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"company": "某某公司"}, "company_not_listed", "company"),
        ({"of_team": "nowhere"}, "unknown_team", "of_team"),
        ({"region": Region("440000"), "of_team": "general"}, "one_scope", "region"),
    ],
)
def test_part_that_figures_do_not_count_is_refused(said: dict[str, Any], code: str, field: str) -> None:
    """A company that is not listed, an unknown team, and two parts at once are refused at their field."""
    with pytest.raises(Refusal, match=code) as refused:
        Action(**said)
    assert refused.value.field == field


def test_only_the_owner_or_a_supervisor_says_that_it_is_done() -> None:
    """Another colleague cannot report it, though they may read it."""
    life = Action()
    assert life.refused("finish_action", "sun", done="说明已改写。") == "not_your_action"
    life.done("zhou")
    assert (life.case.stage, life.action.finisher) == (Stage.VERIFYING, "zhou")


def test_action_is_verified_by_another_on_day_91_and_day_210() -> None:
    """The action cannot be verified before the day, nor by its owner or the person who reported it done; the
    second check ends it."""
    life = Action(owner="zhou").done("zhou")
    life.later(90 * DAY)
    assert life.refused("verify_action", "qin", Role.SUPERVISOR) == "look_too_early"
    life.later(DAY)
    assert life.refused("verify_action", "zhou") == "own_action"
    life.take("verify_action", "qin", Role.SUPERVISOR)
    assert life.case.stage == Stage.VERIFYING
    life.live(118 * DAY)
    assert life.refused("verify_action", "qin", Role.SUPERVISOR) == "look_too_early"
    life.live(DAY)
    life.take("verify_action", "qin", Role.SUPERVISOR)
    assert (life.case.stage, [look.id for look in life.action.looks]) == (Stage.IMPROVED, ["first", "second"])


def test_check_counts_the_same_days_however_late_it_is() -> None:
    """The days before are 52 weeks that end 8 weeks before the opening. The days after are those whose
    complaints are 28 days old on the day of the check, also if the check is late."""
    life = Action()
    life.later(20 * DAY)
    life.done()
    done, finished = TODAY + 20 * DAY, life.time
    for late in (0, 9):
        life.later(finished + (91 + late) * DAY - life.time)
        found = stretches(life.case, life.time)
        assert found
        before, after, through = found
        assert before == (TODAY - 60 * WEEK, TODAY - 8 * WEEK - DAY)
        assert after == (done, done + 62 * DAY)
        assert through == done + 90 * DAY
    life.take("verify_action", "zhou")
    following = stretches(life.case, life.time)
    assert following
    assert following[1] == (done, done + 181 * DAY)


def test_a_look_is_computed_and_kept_in_its_entry() -> None:
    """The check compares the cause before and after, by itself and relative to other causes, with the
    expected number, the intervals and the verdict."""
    life = Action().done().verified()
    (facts,) = life.facts("verify_action")
    look = life.action.looks[0]
    assert isinstance(look, Look)
    assert look.verdict == Verdict.FELL
    assert look.before
    assert look.after
    assert look.beside
    assert (facts["verdict"], facts["counted_before"]["cause"]) == ("fell", 300)
    assert facts["by_itself"] == {"ratio": 0.394, "low": look.low, "high": look.high}
    assert facts["beside"]["ratio"] == look.beside.ratio == pytest.approx(0.394, abs=0.03)
    assert look.expected == pytest.approx(52, abs=2)
    assert look.unclear is None


def test_check_without_figures_is_refused() -> None:
    """A check without figures is refused with the reason; the deadline goes on to the executive."""
    life = Action().done()
    life.counted = None
    life.live(150 * DAY)
    assert life.refused("verify_action", "zhou") == "no_figures"
    assert [facts["role"] for facts in life.facts("take_step")][-1] == "executive"


def test_rare_cause_ends_without_a_verdict() -> None:
    """An action against a rare cause ends with the verdict that nothing can be said, after both checks, and
    with the number of complaints that it would take."""
    life = Action().done()
    life.counted = (12, 1)
    life.verified(2)
    assert [look.verdict for look in life.action.looks] == [Verdict.CANNOT_BE_TOLD] * 2
    assert [look.unclear for look in life.action.looks] == [Unclear.TOO_FEW] * 2
    assert life.action.looks[0].needed
    assert life.case.stage == Stage.IMPROVED


def test_check_names_other_actions_against_the_same_cause() -> None:
    """The check and its entry keep the numbers of the other actions of the same time."""
    life = Action().done()
    life.parallel = ("000000000028",)
    life.verified()
    assert life.action.looks[0].parallel == life.parallel
    assert life.facts("verify_action")[0]["parallel"] == [*life.parallel]


def test_a_cause_that_rose_opens_the_action_again() -> None:
    """The first check can reopen the action. Its owner gets a letter, and it is due after the policy's
    length. The days before stay those before the first opening."""
    life = Action().done()
    life.counted = (300, 110)
    life.verified()
    assert (life.case.stage, life.action.returned, life.action.due) == (Stage.IMPROVING, 1, None)
    assert life.letters[-1].to == "staff:zhao"
    assert life.due["improvement_action"] > life.time
    life.done()
    assert life.action.looks == (), "the looks of the first round stand on the timeline"
    found = stretches(life.case, life.time)
    assert found
    assert found[0][1] == TODAY - 8 * WEEK - DAY


def test_the_clock_opens_an_action_again_whose_cause_comes_back() -> None:
    """The clock looks twice for an early sign of the cause. If there was one, the owner and the supervisor
    get a letter."""
    life = Action().done().verified(2)
    quiet = separate_copy(life)
    quiet.live(400 * DAY)
    assert [look.id for look in quiet.action.looks] == ["first", "second", "third", "fourth"]
    assert quiet.case.stage == Stage.IMPROVED
    assert not quiet.running
    life.sign = TODAY + 230 * DAY
    life.live(61 * DAY)
    assert (life.case.stage, life.action.returned) == (Stage.IMPROVING, 1)
    assert [letter.to for letter in life.letters[-2:]] == ["staff:zhao", "role:supervisor"]
    assert life.action.looks[-1].sign == life.sign
    assert life.whole()


def test_check_of_the_former_release_is_followed_by_the_new_second_one() -> None:
    """An action that was checked 30 days after it was done is checked again on day 210."""
    life = Action().done()
    life.later(30 * DAY)
    first = Look("first", life.time, "zhou", Verdict.CANNOT_BE_TOLD, ratio=0.9, low=0.7, high=1.2)
    life.case = replace(life.case, improvement=replace(life.action, looks=(first,)))
    life.later(61 * DAY)
    assert life.refused("verify_action", "zhou") == "look_too_early"
    life.later(119 * DAY)
    life.take("verify_action", "zhou")
    assert [look.verdict for look in life.action.looks] == [Verdict.CANNOT_BE_TOLD, Verdict.FELL]


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
    """An action of the demo is opened, done, verified twice and checked twice within ten minutes."""
    life = Action(policy="demo-1").done()
    for _ in range(2):
        life.live(MINUTE)
        life.take("verify_action", "zhou")
    life.live(8 * MINUTE)
    assert len(life.action.looks) == 4

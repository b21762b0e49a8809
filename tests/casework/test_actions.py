"""Improvement actions are stored, listed, notified, checked and moved like cases.

Complainants never see them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import Once
from chalicelib.domain import frozen as model
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import ActionScope, Counted
from chalicelib.domain.model.codes import Cause, Role, ScopeKind
from chalicelib.domain.reference import reference
from chalicelib.figures.causes import Causes, causes_key, signs
from tests.casework.actions import CONTAINED, counted, counting, finish, open_action
from tests.scenario import DAY, HE, ZHAO, ZHOU, Scenario, staff

MINUTE = timedelta(minutes=1)
QIN = Caller("qin", Role.SUPERVISOR, frozenset({"general"}), name="qin@house.example")


def listed(scenario: Scenario, queue: str) -> list[str]:
    """Return the numbers on a work list."""
    return [item["ref"] for item in scenario.product.file.work(queue, None, 10)[0]]


def test_demo_action_lives_in_ten_minutes(scenario: Scenario) -> None:
    """An action is opened, notified, reminded and done.

    Another person verifies it with the nightly figures, the clock checks it twice, and the record is whole.
    """
    counting(scenario, counted(scenario.time.date(), 2, 0), "demo-1")
    ref = open_action(scenario).ref
    assert listed(scenario, "PERSON#zhao") == listed(scenario, "TEAM#general#improving") == [ref]
    scenario.move(ZHAO, "contain", ref, **CONTAINED)
    scenario.live(3 * MINUTE, ref)
    assert [mail["to"] for mail in scenario.sent()] == ["zhao@house.example"] * 2
    assert "改进项" in scenario.sent()[-1]["subject"]
    assert "退货说明" in scenario.sent()[-1]["text"]
    assert f"/desk/actions/{ref}" in scenario.sent()[-1]["text"]
    scenario.move(ZHAO, "finish_action", ref, done="说明已改写。")
    scenario.live(2 * MINUTE, ref)
    assert listed(scenario, "TEAM#general#supervisor") == [ref]
    assert not listed(scenario, "PERSON#zhao")
    for _ in range(2):
        case = scenario.move(ZHOU, "verify_action", ref)
        scenario.live(MINUTE, ref)
    assert case.improvement
    assert [look.verdict for look in case.improvement.looks] == ["cannot_be_told"] * 2
    assert case.improvement.looks[0].before
    assert case.improvement.looks[0].before.cause == 2 * 364
    scenario.live(6 * MINUTE, ref)
    assert scenario.moves(ref)[-2:] == ["watch_action"] * 2
    assert listed(scenario, "TEAM#general#improved") == [ref]
    assert not listed(scenario, "TEAM#general")
    assert scenario.product.record.check(ref) == []


def test_one_key_opens_one_action(scenario: Scenario) -> None:
    """A repeated key opens no second action; another body under the same key is refused."""
    first = open_action(scenario, key=Once("k", "d"))
    assert open_action(scenario, key=Once("k", "d")).ref == first.ref
    with pytest.raises(Refusal, match="wrong_key_reuse"):
        open_action(scenario, key=Once("k", "other"))


def test_action_names_a_readable_complaint(scenario: Scenario) -> None:
    """An action names only a complaint that its opener may read, and no other action."""
    complaint = scenario.submit()
    action = open_action(scenario, complaint=complaint.ref).improvement
    assert action
    assert action.of == complaint.ref
    for other in (reference(7), open_action(scenario).ref):
        with pytest.raises(Refusal, match="unknown_case"):
            open_action(scenario, complaint=other)


def test_action_is_read_by_owner_and_their_line(scenario: Scenario) -> None:
    """The owner reads the action whatever their role, and so do the team that has it and those above; other
    teams do not. An action of a colleague in a department is with a team that has cases."""
    case, work = open_action(scenario, owner="he"), scenario.product.casework
    assert case.team == "general"
    assert work.sees(case, HE)
    assert work.sees(case, ZHAO)
    assert work.sees(case, ZHOU)
    for team in ("repair", "north"):
        with pytest.raises(NotFound):
            work.visible(case, Caller("wen", Role.LEAD | Role.DEPARTMENT, frozenset({team})))


def test_verification_needs_figures(scenario: Scenario) -> None:
    """Verification is refused with `no_figures` if the figures are missing, or complete only up to an earlier
    day, as with a day that is not exported."""
    opened = scenario.time.date()
    ref = open_action(scenario).ref
    finish(scenario, ref)
    scenario.later(92 * DAY)
    for figures in (None, counted(opened, 2, 1, until=str(opened + 89 * DAY))):
        counting(scenario, figures)
        with pytest.raises(Refusal, match="no_figures"):
            scenario.move(ZHOU, "verify_action", ref)
    counting(scenario, counted(opened, 2, 1, until=str(opened + 90 * DAY)))
    assert scenario.move(ZHOU, "verify_action", ref).improvement


def scoped(scenario: Scenario, scope: ActionScope | None = None) -> Case:
    """Return an action for a part of the complaints."""
    case = open_action(scenario)
    assert case.improvement
    return model.replace(case, improvement=model.replace(case.improvement, scope=scope))


def test_causes_are_counted_by_day(scenario: Scenario) -> None:
    """Causes are counted over the days of each period, both ends included. The figures must be complete up
    to the asked day, and the period before begins no earlier than they do."""
    day = [date(2026, 1, n) for n in range(1, 8)]
    house: dict[str, Any] = {
        "since": "2026-01-02",
        "until": "2026-01-06",
        "counts": {"not_told": [2, 0, 5], "terms": [1, 1, 1, 1], "gone": [90], "": [3, 1, 6, 1]},
        "actions": [
            {"ref": "1", "cause": "not_told", "done": "2026-01-04"},
            {"ref": "2", "cause": "terms", "done": "2026-01-04"},
            {"ref": "3", "cause": "not_told", "done": "2026-01-07"},
        ],
    }
    south = {**house, "counts": {"not_told": [1, 0, 4], "": [1, 0, 4]}}
    contents = {causes_key(): house, causes_key(ActionScope(ScopeKind.REGION, "440000")): south}
    house["volumes"] = {"all/all": {"2026-01": 900}, "region/440000": {"2026-01": 300}}
    found, action = Causes(contents.get), scoped(scenario)
    assert found.counts(action, (day[0], day[1]), (day[3], day[5]), day[6]) is None
    counts = found.counts(action, (day[0], day[1]), (day[3], day[5]), day[5])
    assert counts
    assert counts.before == Counted(day[1], day[1], 3, 2)
    assert counts.after == Counted(day[3], day[5], 7, 5)
    assert len(counts.others) == len(Cause) - 1
    assert sorted(counts.others)[-1] == (1, 2), "a cause that no longer exists is no other cause"
    assert (counts.outside, counts.parallel) == (None, ("1",))
    part = found.counts(
        scoped(scenario, ActionScope(ScopeKind.REGION, "440000")), (day[0], day[1]), (day[3], day[5]), day[5]
    )
    assert part
    assert (part.before.cause, part.after.cause, part.outside) == (1, 4, (1, 1))
    assert counts.growth == part.growth == (1.0, 1.0)
    team = scoped(scenario, ActionScope(ScopeKind.TEAM, "north"))
    of_team = found.counts(team, (day[0], day[1]), (day[3], day[5]), day[5])
    assert of_team
    assert of_team.growth is None, "nobody knows the customers of a team"


def test_scope_without_complaints_counts_none(scenario: Scenario) -> None:
    """A scope that no complaint has, or that none has any more, counts zero; the rest is outside of it."""
    day = date(2026, 1, 4)
    house = {"since": "2026-01-02", "until": "2026-01-06", "counts": {"not_told": [2, 0, 5]}, "actions": []}
    scope = ActionScope(ScopeKind.COMPANY, "捷运快递")
    stale = {**house, "until": "2026-01-05"}
    for contents in ({causes_key(): house}, {causes_key(): house, causes_key(scope): stale}):
        found = Causes(contents.get).counts(scoped(scenario, scope), (day, day), (day, day), day)
        assert found
        assert (found.before.cause, found.before.complaints, found.outside) == (0, 0, (5, 5))


def test_early_signs_of_causes_are_kept_for_the_checks_of_the_clock() -> None:
    """Each night adds its signs of causes to those of the nights before, once, and leaves out old days."""
    night = {
        "day": "2026-06-30",
        "signs": [{"facet": "cause", "code": "terms"}, {"facet": "type", "code": "price"}],
    }
    earlier = {"terms": ["2026-03-02", "2026-03-03", "2026-06-30"], "skill": ["2026-06-01"]}
    kept = {"terms": ["2026-03-03", "2026-06-30"], "skill": ["2026-06-01"]}
    assert signs(earlier, night) == kept
    assert signs({}, night) == {"terms": ["2026-06-30"]}


def test_returning_cause_reopens_its_action(scenario: Scenario) -> None:
    """The clock reopens the action after an early sign of its cause; the owner and the supervisor get a
    letter. A sign of the days before the last verification does not count."""
    start = scenario.time.date()
    signs = {"not_told": [str(start + 200 * DAY), str(start + 240 * DAY)], "terms": [str(start + 250 * DAY)]}
    counting(scenario, counted(start, 2, 1, signs=signs))
    ref = open_action(scenario).ref
    finish(scenario, ref)
    for days_on in (91, 119):
        scenario.live(days_on * DAY, ref)
        scenario.move(ZHOU, "verify_action", ref)
    scenario.live(61 * DAY, ref)
    case = scenario.product.file.load(ref)
    assert case.improvement
    assert (case.stage, case.improvement.returned) == ("improving", 1)
    assert case.improvement.looks[-1].sign == start + 240 * DAY
    assert (
        scenario.letters(ref, "staff:zhao")[-1]
        == scenario.letters(ref, "role:supervisor")[-1]
        == "action_due"
    )
    assert listed(scenario, "PERSON#zhao") == [ref]


def test_leaver_hands_over_actions_with_cases(scenario: Scenario) -> None:
    """Actions are handed over with all cases of a person, who cannot leave the roster before."""
    ref = open_action(scenario).ref
    with pytest.raises(Refusal, match="still_holds_cases"):
        scenario.product.cover.dismiss("general", "investigator", "zhao")
    handed = scenario.product.cover.hand_over(staff("sun"), "zhao", "wang", "调岗。")
    assert handed.moved == (ref,)
    assert scenario.product.file.load(ref).owner == "wang"

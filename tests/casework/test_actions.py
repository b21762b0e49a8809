"""Improvement actions are stored, listed, notified, checked and moved like cases.

Complainants never see them.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import Once
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Cause, Role
from chalicelib.domain.reference import reference
from chalicelib.figures.causes import Causes
from tests.casework.actions import counting, open_action
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
    today = str(scenario.time.date())
    before = str(scenario.time.date() - DAY)
    figures = {
        "days": {
            before: {"received": 1300, "causes": {"not_told": 30, "terms": 970}},
            today: {"received": 2500, "causes": {"not_told": 9, "terms": 991}},
        },
        "until": today,
    }
    counting(scenario, figures, "demo-1")
    ref = open_action(scenario).ref
    assert listed(scenario, "PERSON#zhao") == listed(scenario, "TEAM#general#improving") == [ref]
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
    assert [look.verdict for look in case.improvement.looks] == ["fell", "fell"]
    assert case.improvement.looks[0].after
    assert case.improvement.looks[0].after.cause == 9
    scenario.live(6 * MINUTE, ref)
    assert scenario.moves(ref)[-3:] == ["watch_action"] * 3
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
    """Verification is refused with `no_figures` if the figures are missing or end too early."""
    ref = open_action(scenario).ref
    scenario.move(ZHAO, "finish_action", ref, done="说明已改写。")
    scenario.later(31 * DAY)
    for figures in (None, {"days": {}, "until": str(scenario.time.date() - 9 * DAY)}):
        counting(scenario, figures)
        with pytest.raises(Refusal, match="no_figures"):
            scenario.move(ZHOU, "verify_action", ref)


def test_causes_are_counted_by_day() -> None:
    """Causes are counted over the days of each span, both ends included.

    Only complaints with a known cause count, so unanswered ones make no cause seem rarer.
    """
    days = {
        "2026-01-01": {"received": 10, "causes": {"terms": 2}},
        "2026-01-03": {"received": 20, "causes": {"terms": 1, "skill": 4}},
        "2026-01-05": {"received": 700, "causes": {}},
    }
    day = [date(2026, 1, n) for n in range(1, 8)]
    found = Causes(lambda: {"days": days, "until": "2026-01-06"})
    assert found.counts(Cause.TERMS, (day[0], day[1]), (day[2], day[5])) == ((2, 2), (1, 5))
    assert found.counts(Cause.TERMS, (day[0], day[1]), (day[2], day[6])) is None


def test_returning_cause_reopens_its_action(scenario: Scenario) -> None:
    """The clock reopens the action after the second look; the owner and the supervisor get a letter."""
    start = scenario.time.date()
    days = {
        str(start + n * DAY): {"received": 100, "causes": {"not_told": often, "terms": 100 - often}}
        for n in range(-100, 181)
        for often in [3 if n < 0 else 1 if n < 95 else 6]
    }
    counting(scenario, {"days": days, "until": max(days)})
    ref = open_action(scenario).ref
    scenario.move(ZHAO, "finish_action", ref, done="说明已改写。")
    for days_on in (30, 60):
        scenario.live(days_on * DAY, ref)
        scenario.move(ZHOU, "verify_action", ref)
    scenario.live(95 * DAY, ref)
    case = scenario.product.file.load(ref)
    assert (case.stage, case.improvement and case.improvement.returned) == ("improving", 1)
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

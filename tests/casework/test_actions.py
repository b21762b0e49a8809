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
from tests.house import DAY, HE, ZHAO, ZHOU, House, staff

MINUTE = timedelta(minutes=1)
QIN = Caller("qin", Role.SUPERVISOR, frozenset({"general"}), name="qin@house.example")


def listed(house: House, queue: str) -> list[str]:
    """Return the numbers on a work list."""
    return [item["ref"] for item in house.product.file.work(queue, None, 10)[0]]


def test_it_lives_in_ten_minutes(house: House) -> None:
    """An action is opened, notified, reminded and done.

    Another person verifies it with the nightly figures, the clock checks it twice, and the record is whole.
    """
    today = str(house.time.date())
    before = str(house.time.date() - DAY)
    figures = {
        "days": {
            before: {"received": 1300, "causes": {"not_told": 30, "terms": 970}},
            today: {"received": 2500, "causes": {"not_told": 9, "terms": 991}},
        },
        "until": today,
    }
    counting(house, figures, "demo-1")
    ref = open_action(house).ref
    assert listed(house, "PERSON#zhao") == listed(house, "TEAM#general#improving") == [ref]
    house.live(3 * MINUTE, ref)
    assert [mail["to"] for mail in house.sent()] == ["zhao@house.example"] * 2
    assert "改进项" in house.sent()[-1]["subject"]
    assert "退货说明" in house.sent()[-1]["text"]
    assert f"/desk/actions/{ref}" in house.sent()[-1]["text"]
    house.move(ZHAO, "finish_action", ref, done="说明已改写。")
    house.live(2 * MINUTE, ref)
    assert listed(house, "TEAM#general#supervisor") == [ref]
    assert not listed(house, "PERSON#zhao")
    for _ in range(2):
        case = house.move(ZHOU, "verify_action", ref)
        house.live(MINUTE, ref)
    assert case.improvement
    assert [look.verdict for look in case.improvement.looks] == ["fell", "fell"]
    assert case.improvement.looks[0].after
    assert case.improvement.looks[0].after.cause == 9
    house.live(6 * MINUTE, ref)
    assert house.moves(ref)[-3:] == ["watch_action"] * 3
    assert listed(house, "TEAM#general#improved") == [ref]
    assert not listed(house, "TEAM#general")
    assert house.product.record.check(ref) == []


def test_one_key_opens_one_action(house: House) -> None:
    """A repeated key opens no second action; another body under the same key is refused."""
    first = open_action(house, key=Once("k", "d"))
    assert open_action(house, key=Once("k", "d")).ref == first.ref
    with pytest.raises(Refusal, match="wrong_key_reuse"):
        open_action(house, key=Once("k", "other"))


def test_it_names_a_complaint_that_there_is(house: House) -> None:
    """An action names only a complaint that its opener may read, and no other action."""
    complaint = house.submit()
    action = open_action(house, complaint=complaint.ref).improvement
    assert action
    assert action.of == complaint.ref
    for other in (reference(7), open_action(house).ref):
        with pytest.raises(Refusal, match="unknown_case"):
            open_action(house, complaint=other)


def test_action_is_read_by_owner_and_their_line(house: House) -> None:
    """The owner reads the action whatever their role, and so do their team and those above; other teams do
    not.
    """
    case, work = open_action(house, owner="he"), house.product.casework
    assert case.team == "repair"
    assert work.sees(case, HE)
    assert work.sees(case, ZHOU)
    with pytest.raises(NotFound):
        work.visible(case, ZHAO)


def test_without_figures_nobody_verifies(house: House) -> None:
    """Verification is refused with `no_figures` if the figures are missing or end too early."""
    ref = open_action(house).ref
    house.move(ZHAO, "finish_action", ref, done="说明已改写。")
    house.later(31 * DAY)
    for figures in (None, {"days": {}, "until": str(house.time.date() - 9 * DAY)}):
        counting(house, figures)
        with pytest.raises(Refusal, match="no_figures"):
            house.move(ZHOU, "verify_action", ref)


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


def test_what_comes_back_is_opened_again_by_itself(house: House) -> None:
    """The clock reopens the action after the second look; the owner and the supervisor get a letter."""
    start = house.time.date()
    days = {
        str(start + n * DAY): {"received": 100, "causes": {"not_told": often, "terms": 100 - often}}
        for n in range(-100, 181)
        for often in [3 if n < 0 else 1 if n < 95 else 6]
    }
    counting(house, {"days": days, "until": max(days)})
    ref = open_action(house).ref
    house.move(ZHAO, "finish_action", ref, done="说明已改写。")
    for days_on in (30, 60):
        house.live(days_on * DAY, ref)
        house.move(ZHOU, "verify_action", ref)
    house.live(95 * DAY, ref)
    case = house.product.file.load(ref)
    assert (case.stage, case.improvement and case.improvement.returned) == ("improving", 1)
    assert house.letters(ref, "staff:zhao")[-1] == house.letters(ref, "role:supervisor")[-1] == "action_due"
    assert listed(house, "PERSON#zhao") == [ref]


def test_leaver_hands_over_actions_with_cases(house: House) -> None:
    """Actions are handed over with all cases of a person, who cannot leave the roster before."""
    ref = open_action(house).ref
    with pytest.raises(Refusal, match="still_holds_cases"):
        house.product.cover.dismiss("general", "investigator", "zhao")
    handed = house.product.cover.hand_over(staff("sun"), "zhao", "wang", "调岗。")
    assert handed.moved == (ref,)
    assert house.product.file.load(ref).owner == "wang"

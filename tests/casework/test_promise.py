"""The 24-hour promise: the case is acknowledged in time, or the ladder's roles are notified once each."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.scenario import HOUR, SUN, T0, WANG, Scenario


def notified(scenario: Scenario, ref: str) -> list[str]:
    """Return the people whom the ladder has notified so far."""
    return [facts["to"] for facts in scenario.lines(ref, "take_step")]


def test_a_submission_sends_a_receipt_and_says_when_it_will_be_acknowledged(scenario: Scenario) -> None:
    """The receipt states the number and the moment by which the decision is due."""
    case = scenario.submit()
    assert scenario.post() == 1
    (mail,) = scenario.sent()
    assert mail["to"] == "wang.fang@mail.example"
    assert case.ref[:4] in mail["subject"]
    assert "2026年2月13日（星期五）09:00" in mail["text"]


def test_a_case_nobody_has_picked_up_climbs_every_step_once(scenario: Scenario) -> None:
    """Steps at 16 h to the stand-in, 24 h lead, 28 h supervisor, 48 h executive, then every 24 h."""
    case = scenario.submit()
    climbed = []
    for _ in range(0, 98):
        scenario.later(HOUR)
        scenario.minute()
        climbed.append((len(notified(scenario, case.ref)), (scenario.time - case.received_at) // HOUR))
    firsts = [next(hour for n, hour in climbed if n == count) for count in range(1, 6)]
    assert firsts == [16, 24, 28, 48, 72]
    assert notified(scenario, case.ref) == ["wang", "sun", "zhou", "wu", "wu", "wu"]
    assert scenario.moves(case.ref).count("take_step") == 6


def test_after_an_outage_only_the_highest_step_is_taken(scenario: Scenario) -> None:
    """Lower steps are recorded as overtaken; the consumer still gets the apology."""
    case = scenario.submit()
    scenario.later(30 * HOUR)
    for _ in range(3):
        scenario.minute()
        scenario.later(timedelta(minutes=2))
    (facts,) = scenario.lines(case.ref, "take_step")
    assert (facts["to"], facts["overtaken"], facts["consumer"]) == ("zhou", 2, "late_acknowledgement")


def test_a_decision_stops_the_ladder(scenario: Scenario) -> None:
    """An accepted case is not escalated for its acknowledgement."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.later(25 * HOUR)
    scenario.minute()
    assert scenario.lines(case.ref, "take_step") == []
    scenario.move(SUN, "assign", case.ref, to="zhao")
    assert scenario.moves(case.ref) == ["submit", "accept", "assign"]


def test_broken_promise_is_reported_once_to_operations(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clock's lateness, the missed acknowledgement and the end of the ladder are each reported once."""
    case = scenario.submit()
    scenario.post()
    scenario.later(24 * HOUR + timedelta(minutes=3))
    scenario.minute()
    seen = metrics(capsys)
    assert seen["OldestOverdueSeconds"] == [8 * 3600 + 180]
    assert seen["AcknowledgementMissed"] == [1]
    assert "LadderExhausted" not in seen
    scenario.post()
    scenario.later(10 * 24 * HOUR)
    scenario.minute()
    seen = metrics(capsys)
    assert seen["LadderExhausted"] == [1]
    assert "AcknowledgementMissed" not in seen
    ladders = [facts["deadline"] for facts in scenario.lines(case.ref, "take_step")]
    assert ladders == ["acknowledgement", "acknowledgement", "statutory_remedy", "overdue_notice"]
    assert scenario.moves(case.ref) == ["submit", *["take_step"] * 4]


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """Return the metrics reported since the last call, by name."""
    seen: dict[str, list[float]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith('{"_aws"'):
            for name, value in json.loads(line).items():
                seen.setdefault(name, []).append(value)
    return seen


def test_a_call_written_down_later_counts_from_the_call(scenario: Scenario) -> None:
    """Staff record what was said two hours ago; the promise counts from that moment."""
    case = scenario.submit(
        WANG, channel="phone", received_at="2026-02-11T23:00:00Z", late_reason="先处理了安全问题。"
    )
    assert (case.received_at, case.recorded_at) == (T0 - 2 * HOUR, T0)
    scenario.later(14 * HOUR)
    scenario.minute()
    assert notified(scenario, case.ref) == ["wang"]

"""A case from a poor survey to an improvement action, a training, and a verification by figures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.figures.lake import empty_table, path
from chalicelib.figures.nightly import EXPORT, Nightly
from chalicelib.figures.report import report_key
from tests.casework.actions import finish, open_action
from tests.casework.trainings import recorded
from tests.life.complaint import report
from tests.scenario import DAY, HOUR, WANG, ZHAO, ZHOU, Scenario
from tests.web.feedback import closed

POOR = {"overall": 1, "ease": 2, "speed": 1, "fairness": 1, "clarity": 1}


def another_cause(scenario: Scenario) -> str:
    """Return a complaint whose cause is a lack of skill."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    found = {**report(scenario.time.date() + 10 * DAY, 1, 2), "causes": ["skill"]}
    return scenario.move(ZHAO, "file_report", ref, **found).ref


def idle_days_exported(scenario: Scenario, nightly: Nightly, *refs: str) -> None:
    """Export the days on which none of these moved, each as an empty file."""
    entries = (entry for ref in refs for entry in scenario.product.file.whole(ref).entries)
    busy = {datetime.fromisoformat(json.loads(entry.line)["at"]).date() for entry in entries}
    for n in range(1, 260):
        if (day := scenario.time.date() - n * DAY) not in busy:
            nightly.store.put(EXPORT + path("moves", day), empty_table("moves"))


def test_a_poor_survey_becomes_an_action_that_is_proved(scenario: Scenario, tmp_path: Path) -> None:
    """An action against the common cause of six complaints is done. A supervisor who had no part in it
    verifies it on day 91 and on day 210.

    The nightly figures count the cause before and after, but too few weeks to tell anything. The yearly
    report counts the action, the verifications and the training."""
    nightly = replace(scenario.product.figures, folder=tmp_path)
    refs = [closed(scenario) for _ in range(6)]
    scenario.live(DAY, *refs)
    scenario.move(scenario.by_link(refs[0]), "answer_survey", refs[0], **POOR, comment="修了三次还是坏的！")
    nightly.night()

    action = open_action(
        scenario, cause="manufacture", source="survey", complaint=refs[0], measure="更换电机供应商。"
    ).ref
    lesson = recorded(scenario, topic="product_safety", action=action, cause="manufacture").ref
    scenario.live(5 * DAY, action)
    finish(scenario, action)
    refs += [another_cause(scenario) for _ in range(9)]
    for days in (91, 119):
        scenario.live(days * DAY + HOUR, action)
        idle_days_exported(scenario, nightly, *refs, action, lesson)
        nightly.night()
        case = scenario.move(ZHOU, "verify_action", action)
    assert case.stage == "improved"
    assert case.improvement
    found = [look.after and (look.after.cause, look.after.complaints) for look in case.improvement.looks]
    assert found == [(0, 9)] * 2
    assert [look.unclear for look in case.improvement.looks] == ["short_baseline"] * 2
    assert scenario.product.file.load(lesson).training
    nightly.export(scenario.time.date())
    scenario.time = datetime(2027, 1, 2, 1, tzinfo=UTC)
    nightly.night()
    year = json.loads(nightly.store.read(report_key("2026")))["learning"]
    assert [year[one] for one in ("actions_opened", "actions_done", "actions_verified")] == [1, 1, 2]
    assert (year["cannot_be_told"], year["rose"], year["trainings"]) == (2, 0, 1)
    for ref in (*refs, action, lesson):
        assert scenario.product.record.check(ref) == []

"""A case that continues after closing: survey, reconsideration, second survey, published story,
withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.engine.deadlines import due
from tests.life.complaint import refusal
from tests.life.contested import DENG, FAN, GU, answered, panel, staffed
from tests.scenario import DAY, HOUR, ZHOU, Scenario

POOR = {"overall": 1, "ease": 3, "speed": 1, "fairness": 2, "clarity": 2}
GOOD = {"overall": 5, "ease": 4, "speed": 3, "fairness": 5, "clarity": 4}
STORY = "我是王芳，手机138-0013-8000。第一次说不退，复议以后全退了，谢谢新来看这件事的人。"
LAN = replace(ZHOU, who="lan", name="lan@house.example")


def test_asked_how_we_did_decided_anew_and_told_to_everybody(scenario: Scenario) -> None:
    """A poor survey after closing leads to a reconsideration and a second survey. Her story is published
    after redaction and removed when she withdraws it.

    An answer that upholds nothing is accepted. The panel changes it, and the refund is paid. A
    supervisor who set the severity cannot release the story; one who only named the panel can. The story is
    public for a month before the withdrawal."""
    staffed(scenario)
    ref = answered(scenario)
    scenario.move(LAN, "set_severity", ref, severity="S4", why="一般纠纷。")
    her = scenario.by_link(ref)
    scenario.move(her, "accept_answer", ref)
    scenario.live(18 * HOUR, ref)
    assert scenario.letters(ref)[-1] == "closed"
    assert "survey" not in scenario.letters(ref)
    scenario.live(DAY, ref)
    assert scenario.letters(ref)[-2:] == ["closed", "survey"]
    asked = scenario.sent()[-1]
    assert "两分钟" in asked["text"]
    assert "申请复议" in asked["text"]
    scenario.move(her, "answer_survey", ref, **POOR, comment="没有人认真看过维修单。")
    assert refusal(scenario, her, "answer_survey", ref, **GOOD) == "surveyed_before"
    scenario.move(her, "ask_reconsideration", ref, reasons={"1": "维修单说明故障在保修期内。"})
    panel(scenario, ref, (DENG, {"1": "changed"}), (FAN, {"1": "changed"}), (GU, {"1": "changed"}))
    scenario.move(
        DENG,
        "decide_reconsideration",
        ref,
        reasons={"1": "故障在保修期内，应当退货。"},
        conclusions={"1": "upheld"},
        remedies=[
            {
                "matter": 1,
                "kind": "refund",
                "by": str(scenario.time.date() + 10 * DAY),
                "amount": {"amount": "1655.00"},
            }
        ],
        terms="全额退款，原路退回。",
    )
    scenario.move(her, "accept_answer", ref)
    scenario.live(3 * DAY, ref)
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.move(her, "confirm_done", ref, obligation=owed.id)
    scenario.live(HOUR, ref)
    ended = scenario.product.file.load(ref)
    assert (ended.stage, ended.outcome, ended.feedback.surveyed) == ("closed", "fulfilled", ())
    scenario.live(9 * DAY, ref)
    assert scenario.letters(ref)[-3:] == ["fulfilled", "survey", "survey_reminder"]
    assert "复议" not in scenario.sent()[-1]["subject"]
    scenario.move(her, "answer_survey", ref, **GOOD)
    assert [line["overall"] for line in scenario.lines(ref, "answer_survey")] == [1, 5]
    assert "survey" not in due(scenario.product.file.load(ref))

    scenario.move(her, "consent_story", ref, text=STORY, agrees=True)
    assert scenario.letters(ref, "role:supervisor")[-1] == "task"
    assert refusal(scenario, LAN, "release_story", ref, story="S1") == "own_case"
    scenario.live(30 * DAY, ref)
    assert scenario.product.file.stories(20) == []
    scenario.move(ZHOU, "release_story", ref, story="S1", hide=["谢谢新来看这件事的人"])
    scenario.live(30 * DAY, ref)
    assert [story.text for story in scenario.product.file.stories(20)] == [
        "我是〔姓名〕，手机〔电话〕。第一次说不退，复议以后全退了，〔略〕。"
    ]
    scenario.move(her, "withdraw_story", ref)
    scenario.live(timedelta(minutes=1), ref)
    assert scenario.product.file.stories(20) == []
    assert scenario.letters(ref)[-2:] == ["story_released", "story_withdrawn"]
    assert scenario.moves(ref)[-3:] == ["consent_story", "release_story", "withdraw_story"]
    assert scenario.late(ref) == set()

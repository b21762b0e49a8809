"""A case that continues after closing: survey, reconsideration, second survey, published story,
withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.engine.deadlines import due
from tests.house import DAY, HOUR, ZHOU, House
from tests.life.complaint import refusal
from tests.life.contested import DENG, FAN, GU, answered, panel, staffed

POOR = {"overall": 1, "ease": 3, "speed": 1, "fairness": 2, "clarity": 2}
GOOD = {"overall": 5, "ease": 4, "speed": 3, "fairness": 5, "clarity": 4}
STORY = "我是王芳，手机138-0013-8000。第一次说不退，复议以后全退了，谢谢新来看这件事的人。"
LAN = replace(ZHOU, who="lan", name="lan@house.example")


def test_asked_how_we_did_decided_anew_and_told_to_everybody(house: House) -> None:
    """A poor survey after closing leads to a reconsideration and a second survey. Her story is published
    after redaction and removed when she withdraws it.

    An answer that upholds nothing is accepted. The panel changes it, and the refund is paid. A
    supervisor who set the severity cannot release the story; one who only named the panel can. The story is
    public for a month before the withdrawal."""
    staffed(house)
    ref = answered(house)
    house.move(LAN, "set_severity", ref, severity="S4", why="一般纠纷。")
    her = house.by_link(ref)
    house.move(her, "accept_answer", ref)
    house.live(18 * HOUR, ref)
    assert house.letters(ref)[-1] == "closed"
    assert "survey" not in house.letters(ref)
    house.live(DAY, ref)
    assert house.letters(ref)[-2:] == ["closed", "survey"]
    asked = house.sent()[-1]
    assert "两分钟" in asked["text"]
    assert "申请复议" in asked["text"]
    house.move(her, "answer_survey", ref, **POOR, comment="没有人认真看过维修单。")
    assert refusal(house, her, "answer_survey", ref, **GOOD) == "surveyed_before"
    house.move(her, "ask_reconsideration", ref, reasons={"1": "维修单说明故障在保修期内。"})
    panel(house, ref, (DENG, {"1": "changed"}), (FAN, {"1": "changed"}), (GU, {"1": "changed"}))
    house.move(
        DENG,
        "decide_reconsideration",
        ref,
        reasons={"1": "故障在保修期内，应当退货。"},
        conclusions={"1": "upheld"},
        remedies=[
            {
                "matter": 1,
                "kind": "refund",
                "by": str(house.time.date() + 10 * DAY),
                "amount": {"amount": "1655.00"},
            }
        ],
        terms="全额退款，原路退回。",
    )
    house.move(her, "accept_answer", ref)
    house.live(3 * DAY, ref)
    for owed in house.product.file.load(ref).open_obligations:
        house.move(her, "confirm_done", ref, obligation=owed.id)
    house.live(HOUR, ref)
    ended = house.product.file.load(ref)
    assert (ended.stage, ended.outcome, ended.feedback.surveyed) == ("closed", "fulfilled", ())
    house.live(9 * DAY, ref)
    assert house.letters(ref)[-3:] == ["fulfilled", "survey", "survey_reminder"]
    assert "复议" not in house.sent()[-1]["subject"]
    house.move(her, "answer_survey", ref, **GOOD)
    assert [line["overall"] for line in house.lines(ref, "answer_survey")] == [1, 5]
    assert "survey" not in due(house.product.file.load(ref))

    house.move(her, "consent_story", ref, text=STORY, agrees=True)
    assert house.letters(ref, "role:supervisor")[-1] == "task"
    assert refusal(house, LAN, "release_story", ref, story="S1") == "own_case"
    house.live(30 * DAY, ref)
    assert house.product.file.stories(20) == []
    house.move(ZHOU, "release_story", ref, story="S1", hide=["谢谢新来看这件事的人"])
    house.live(30 * DAY, ref)
    assert [story.text for story in house.product.file.stories(20)] == [
        "我是〔姓名〕，手机〔电话〕。第一次说不退，复议以后全退了，〔略〕。"
    ]
    house.move(her, "withdraw_story", ref)
    house.live(timedelta(minutes=1), ref)
    assert house.product.file.stories(20) == []
    assert house.letters(ref)[-2:] == ["story_released", "story_withdrawn"]
    assert house.moves(ref)[-3:] == ["consent_story", "release_story", "withdraw_story"]
    assert house.late(ref) == set()

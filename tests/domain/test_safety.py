"""The safety lane: it starts with the complaint, has its own clocks, is cleared by two people, and outlasts
the complaint."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engine.deadlines import leads, look_at
from chalicelib.domain.model.codes import Conclusion, Hurt, Outcome, Role, Severity, Stage
from chalicelib.domain.moves.safety import EVERYBODY
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    HOUR,
    NOBODY,
    OFFICE,
    OUTSIDE,
    ROLES,
    SURE,
    T0,
    Life,
    answered,
    settle,
    triaged,
)

REAL = {"real": True, "reportable": True, "reason": "电池鼓包并起火。"}
HARMLESS = {"real": False, "reportable": False, "reason": "只是外壳划痕。"}
REPORT = {"body": "市场监督管理部门", "number": "2026-77", "reported_at": T0}
LANE = {"safety_triage", "safety_report"}


def steps(life: Life, deadline: str) -> list[tuple[float, str, list[str]]]:
    """Return each step of a ladder: hours since T0, its recipient, its other recipients."""
    return [
        (((life.time - T0) / HOUR), facts["to"], facts.get("also") or [])
        for facts in life.facts("take_step")
        if facts["deadline"] == deadline
    ]


def cleared(life: Life, by: str = "zhou") -> Life:
    """Clear the tag as the safety officer and a supervisor."""
    life.take("approve", by, approval=life.ask_approval("clear_safety", "qian", reason="已排除。"))
    return life


@pytest.mark.parametrize("hurt", Hurt)
def test_only_the_consumers_own_answer_tags_a_complaint(hurt: Hurt) -> None:
    """The answers "hurt" and "could be" set the tag; "no" and "I do not know" do not."""
    life = Life(hurt=hurt)
    assert life.case.unsafe == (hurt in (Hurt.HURT, Hurt.COULD_BE)) == ("safety_triage" in life.running)


def test_advice_and_alarm_leave_at_once() -> None:
    """The entry of the complaint sends the advice to the consumer, and the alarm to the safety officer and
    the supervisor."""
    life = Life(hurt=Hurt.HURT)
    assert set(life.letters_to()) == {"receipt", "safety_advice"}
    assert life.letters_to("role:safety") == life.letters_to("role:supervisor") == ["safety_alert"]
    assert len(life.entries) == 1


def test_four_hours_count_from_when_it_was_said() -> None:
    """A call recorded two hours later has two hours left."""
    life = Life(by="wang", hurt=Hurt.HURT, received_at=T0 - 2 * HOUR, late_reason="先叫了救护车。")
    assert life.due["safety_triage"] == T0 + 2 * HOUR


def test_the_triage_ladder_at_any_hour() -> None:
    """The safety officer is warned after two hours, the officer and the executive after four. Nights and
    holidays count."""
    life = Life(hurt=Hurt.HURT, at=T0 + 14 * HOUR)
    start = life.time
    life.live(5 * HOUR)
    told = [(facts["to"], facts.get("also", []), facts["due"]) for facts in life.facts("take_step")]
    assert [(to, also) for to, also, _ in told] == [("qian", []), ("qian", ["wu"])]
    assert life.case.safety
    assert life.case.safety.known == start
    assert life.running["safety_triage"].due == start + 4 * HOUR


@pytest.mark.parametrize(
    "who",
    [who for who, role in ROLES.items() if role & EVERYBODY and who not in (*OFFICE, *OUTSIDE, "p2", "shop")],
)
def test_every_role_can_report_a_danger(who: str) -> None:
    """Every role can report a danger, and the consumer gets the advice."""
    life = Life()
    life.take("tag_safety", who, facts="充电时冒烟。")
    assert life.case.unsafe
    assert life.letters_to()[-1] == "safety_advice"
    assert life.due["safety_triage"] == T0 + 4 * HOUR


@pytest.mark.parametrize("stage", ["received", "asked", "declined", "answered", "closed"])
def test_a_tag_is_set_at_any_stage_and_moves_no_other_clock(stage: str) -> None:
    """A tag is allowed on a closed case too, and only the safety lane's own deadlines start, stop or move."""
    life = Life() if stage != "answered" else answered()
    for name, by, said in {
        "asked": [("ask_information", "wang", ASK)],
        "declined": [("decline", "wang", DECLINED)],
        "closed": [("withdraw", "li", {})],
    }.get(stage, []):
        life.take(name, by, **said)
    before = dict(life.due)
    life.later(HOUR).take("tag_safety", "wang", facts="邻居被电了。")
    assert {name: at for name, at in life.due.items() if name not in LANE} == before
    assert leads(life.case) == min(life.due["safety_triage"], *before.values())


def test_a_tag_is_set_once() -> None:
    """A second tag is refused with `tagged_before`."""
    assert Life(hurt=Hurt.HURT).refused("tag_safety", "wang", facts="还是那件事。") == "tagged_before"


def test_triage_says_real_and_reportable_each() -> None:
    """Triage ends its clock. A reportable danger starts the two working days, counted from when the facts
    were known."""
    life = Life(hurt=Hurt.COULD_BE).later(3 * HOUR)
    life.take("triage_safety", "qian", **REAL)
    assert "safety_triage" not in life.running
    assert life.running["safety_report"].start == T0
    # Thursday: until the end of Monday, two working days
    assert life.due["safety_report"] == T0 + timedelta(hours=14) + 4 * DAY
    other = Life(hurt=Hurt.COULD_BE)
    other.take("triage_safety", "zhou", **HARMLESS)
    assert not LANE & set(other.running)
    assert other.case.unsafe


def test_triage_rejects_a_reportable_danger_that_is_not_real() -> None:
    """A finding of not real but reportable is refused."""
    assert (
        Life(hurt=Hurt.HURT).refused("triage_safety", "qian", **{**REAL, "real": False})
        == "not_real_not_reportable"
    )


def test_facts_learnt_later_change_the_triage() -> None:
    """The report then has the rest of its two days."""
    life = Life(hurt=Hurt.HURT)
    life.take("triage_safety", "qian", **HARMLESS)
    life.later(DAY).take("triage_safety", "qian", **REAL)
    assert life.running["safety_report"].start == T0


def test_a_late_report_goes_to_the_executive() -> None:
    """The officer is warned a working day before; past it the officer and the executive. The record ends
    it."""
    life = Life(hurt=Hurt.HURT)
    life.take("triage_safety", "qian", **REAL)
    life.live(6 * DAY)
    assert [(to, also) for _, to, also in steps(life, "safety_report")] == [("qian", []), ("qian", ["wu"])]
    life.take("record_safety_report", "qian", **REPORT)
    assert "safety_report" not in life.running


def test_a_sale_is_stopped_by_the_supervisor_or_executive() -> None:
    """The officer proposes and another decides. The heads of the named departments get a letter, and a stop
    is lifted the same way."""
    stop = {"stop": True, "departments": ("repair",), "product": "某型号电池", "reason": "起火。"}
    life = Life(hurt=Hurt.HURT)
    assert life.refused("decide_stop_sale", "qian", **{**stop, "stop": False}) == "nothing_stopped"
    assert (
        life.refused("decide_stop_sale", "zhou", **{**stop, "departments": ("repair", "nowhere")})
        == "department_unknown"
    )
    approval = life.ask_approval("decide_stop_sale", "qian", **stop)
    assert life.case.safety
    assert not life.case.safety.stopped
    assert life.letters_to("role:department_head@repair") == []
    assert life.refused("approve", "sun", approval=approval) == "approver_level"
    life.take("approve", "wu", approval=approval)
    assert life.case.safety.stopped == life.time
    assert life.letters_to("role:department_head@repair") == ["stop_sale"]
    life.take("decide_stop_sale", "zhou", **{**stop, "stop": False})
    assert life.case.safety.stopped is None
    assert life.letters_to("role:department_head@repair") == ["stop_sale", "stop_sale"]


def test_a_tag_is_cleared_by_two_after_triage_and_report() -> None:
    """A clearing needs triage, the report if one is due, and the supervisor's yes; the officer alone cannot
    clear."""
    life = Life(hurt=Hurt.HURT)
    assert life.refused("clear_safety", "qian", reason="没事。") == "triage_first"
    life.take("triage_safety", "qian", **REAL)
    assert life.refused("clear_safety", "qian", reason="没事。") == "report_first"
    life.take("record_safety_report", "qian", **REPORT)
    approval = life.ask_approval("clear_safety", "qian", reason="已召回。")
    assert life.case.unsafe
    assert life.refused("approve", "qian", Role.SUPERVISOR, approval=approval) == "own_request"
    life.take("approve", "zhou", approval=approval)
    assert not life.case.unsafe
    assert not LANE & set(life.running)


def test_a_cleared_case_can_be_tagged_again() -> None:
    """New facts start the safety lane again, with its own four hours."""
    life = Life(hurt=Hurt.HURT)
    life.take("triage_safety", "qian", **HARMLESS)
    cleared(life).later(DAY).take("tag_safety", "li", facts="今天又冒烟了。")
    assert life.due["safety_triage"] == life.time + 4 * HOUR


@pytest.mark.parametrize(
    "name", ["triage_safety", "record_safety_report", "clear_safety", "decide_stop_sale"]
)
def test_safety_moves_need_a_tag(name: str) -> None:
    """Each safety move without a tag is refused with `no_safety_tag`."""
    said = {
        "triage_safety": HARMLESS,
        "record_safety_report": REPORT,
        "clear_safety": {"reason": "无"},
        "decide_stop_sale": {"stop": True, "departments": (), "product": "电池", "reason": "无"},
    }[name]
    assert Life().refused(name, "qian", **said) == "no_safety_tag"


def test_the_lane_goes_on_after_withdrawal() -> None:
    """After a withdrawal the safety clocks and ladder run on, and two people still clear the tag."""
    life = Life(hurt=Hurt.HURT)
    life.take("withdraw", "li")
    assert "safety_triage" in life.running
    assert look_at(life.case) == T0 + 2 * HOUR
    life.live(5 * HOUR)
    assert len(steps(life, "safety_triage")) == 2
    life.take("triage_safety", "qian", **HARMLESS)
    assert not cleared(life).case.unsafe
    assert life.case.outcome == Outcome.WITHDRAWN
    assert life.whole()


def test_a_tagged_case_is_never_settled_at_once() -> None:
    """Settling at once is for plain cases; a cleared tag allows it again."""
    life = Life(hurt=Hurt.COULD_BE)
    assert life.refused("settle_at_once", "sun", **settle()) == "safety_open"
    life.take("triage_safety", "qian", **HARMLESS)
    cleared(life).take("settle_at_once", "wang", **settle())
    assert life.case.stage == Stage.PERFORMING


@pytest.mark.parametrize("window", ["information", "declined", "answered"])
def test_silence_never_closes_a_tagged_case(window: str) -> None:
    """The lead is asked within a working day instead of a lapse; the clock alone closes no case."""
    life = triaged(Life(hurt=Hurt.HURT))
    if window == "information":
        life.take("ask_information", "wang", **ASK)
    elif window == "declined":
        life.take("decline", "wang", **DECLINED)
    else:
        life.take("accept", "wang")
        life.take("take", "zhao")
        answered(Conclusion.OFFER, life)
    life.live(60 * DAY)
    assert life.case.stage != Stage.CLOSED
    assert life.case.clock.review
    assert "lapse_review" in life.running


def test_an_anonymous_warning_is_passed_on_after_triage() -> None:
    """A warning without name or contact has the same clocks. It closes as information once triaged, and the
    danger stays open."""
    life = Life(NOBODY, hurt=Hurt.HURT, consents=SURE)
    assert life.refused("close_information", "sun", passed_to="质量部", reason="匿名。") == "triage_first"
    life.take("triage_safety", "qian", **REAL)
    life.take("close_information", "sun", passed_to="质量部", reason="匿名。")
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.INFORMATION_ONLY)
    assert life.case.unsafe
    assert set(life.running) >= {"safety_report"}
    assert (
        Life(BY_PHONE, hurt=Hurt.HURT).refused("close_information", "sun", passed_to="x", reason="y")
        == "somebody_to_answer"
    )


def test_a_danger_is_not_lost_when_a_duplicate_is_joined() -> None:
    """The leading case takes over the tag with its moment, also if an older tag of its own was cleared."""
    for before in (False, True):
        leading = Life(hurt=Hurt.HURT if before else Hurt.NO)
        if before:
            leading.take("triage_safety", "qian", **HARMLESS)
            cleared(leading)
        other = Life(hurt=Hurt.HURT, at=T0 + HOUR)
        (heard,) = other.take("link_duplicate", "wang", leading=leading.case).also
        leading.keep(heard)
        assert leading.case.unsafe
        assert leading.due["safety_triage"] == T0 + 5 * HOUR
        assert not other.running


@pytest.mark.parametrize(
    ("severity", "told"),
    [(Severity.S1, "role:executive"), (Severity.S2, "role:supervisor"), (Severity.S3, ""), (Severity.S4, "")],
)
def test_severity_decides_who_is_informed(severity: Severity, told: str) -> None:
    """S1 is reported to the executive at once, S2 to the supervisor, the others to nobody."""
    life = Life()
    life.take("set_severity", "wang", severity=severity, why="按标准。")
    assert life.case.severity == severity
    assert [letter.to for letter in life.letters if letter.name == "task"] == ([told] if told else [])


def test_lowering_from_s1_or_s2_needs_the_supervisor() -> None:
    """Raising never waits. Lowering S1 or S2 waits for the supervisor, unless the supervisor lowers it; other
    lowering does not."""
    life = Life()
    life.take("set_severity", "wang", severity=Severity.S3, why="x")
    life.take("set_severity", "wang", severity=Severity.S1, why="x")
    approval = life.ask_approval("set_severity", "sun", severity=Severity.S4, why="误判。")
    assert life.case.severity == Severity.S1
    life.take("approve", "zhou", approval=approval)
    assert life.case.severity == Severity.S4
    life.take("set_severity", "wang", severity=Severity.S3, why="x")
    life.take("set_severity", "wang", severity=Severity.S2, why="x")
    life.take("set_severity", "zhou", severity=Severity.S4, why="x")
    assert life.case.severity == Severity.S4
    assert life.case.approvals == ()


def test_the_most_serious_cases_are_told_of_daily() -> None:
    """Progress is due every seven days, in an S1 case every day."""
    life = Life()
    life.take("accept", "wang")
    weekly = life.due["progress"] - life.time
    life.take("set_severity", "sun", severity=Severity.S1, why="x")
    assert life.due["progress"] - life.time < 2 * DAY < weekly

"""Meetings of a mediation: called in time, moved or cancelled with the calendars, recorded, and absences."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import SHANGHAI, Length, published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case_records import Meeting
from chalicelib.domain.model.codes import Conclusion, Ending, MeetingWay, Outcome, Role, Side, Stage
from chalicelib.domain.moves.meetings import MOST_ASKS, MOST_MEETINGS
from tests.domain.laws import SECOND
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    T0,
    Life,
    accepted,
    answered,
    called,
    disputed,
    drafted,
    heard,
    held,
    mediated,
    mediating,
    mediation,
    speaker,
    talking,
)

MINUTES: dict[str, Any] = {"minutes": "双方各自说明了情况。", "next_step": "下周提出方案。"}
UNEXPLAINED: dict[str, Any] = {"good": False, "reason": "没有说明理由。"}


def meet(life: Life, ahead: timedelta, **said: Any) -> dict[str, Any]:
    """Return the facts of calling a meeting."""
    return {
        "at": life.time + ahead,
        "minutes": 60,
        "way": MeetingWay.IN_PERSON,
        "place": "市民中心三楼调解室。",
        **said,
    }


def settled_in() -> Life:
    """Bring a life into mediation after the time to object to the mediator: Thursday 12 March, 10:00."""
    life = mediated()
    life.live(7 * DAY)
    return life


def meeting(life: Life) -> Meeting:
    """Return the meeting ahead."""
    ahead = mediation(life).meeting
    assert ahead
    return ahead


def missed(life: Life, *present: Side) -> str:
    """Hold the meeting ahead with these sides only, and return its id."""
    id = meeting(life).id
    life.live(meeting(life).at - life.time + HOUR)
    life.take("record_meeting", "yan", meeting=id, present=present, nobody=not present, **MINUTES)
    return id


# Calling a meeting


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(1, 14 * 24), waived=st.booleans())
def test_a_meeting_is_called_five_working_days_ahead(hours: int, waived: bool) -> None:
    """Five whole working days lie between. An earlier meeting needs a recorded waiver of both sides."""
    life = settled_in()
    # Thursday 19 March, 24:00
    soonest = life.time.replace(hour=16) + 7 * DAY
    said = meet(life, timedelta(hours=hours), both_waive="双方3月12日电话同意。" if waived else None)
    if life.time + timedelta(hours=hours) < soonest and not waived:
        assert life.refused("call_meeting", "yan", **said) == "meeting_too_soon"
    else:
        life.take("call_meeting", "yan", **said)
        assert meeting(life).at == said["at"]
        assert (meeting(life).sequence, meeting(life).id) == (0, "M1")


@settings(max_examples=20, deadline=None)
@given(hours=st.integers(0, 7 * 24))
def test_no_meeting_is_called_while_somebody_can_object(hours: int) -> None:
    """A meeting is refused before the windows of both sides are over, also if they waive the five working
    days, and whatever notice it gives."""
    life = mediated().later(timedelta(hours=hours))
    said = meet(life, 40 * DAY, both_waive="双方同意。")
    # Tuesday 10 March, 24:00
    if hours < 5 * 24 + 14:
        assert life.refused("call_meeting", "yan", **said) == "challenge_window_open"
    else:
        life.take("call_meeting", "yan", **said)


def test_the_window_of_somebody_who_was_not_told_is_open() -> None:
    """A party on the phone has three working days from the call that names the mediator."""
    life = mediated(
        mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE)))))
    ).later(20 * DAY)
    assert life.refused("call_meeting", "yan", **meet(life, 20 * DAY)) == "challenge_window_open"
    while life.case.tellings:
        life.tell()
    life.later(7 * DAY).take("call_meeting", "yan", **meet(life, 20 * DAY))


def test_both_sides_and_the_mediator_are_called_by_whoever_leads_the_talks() -> None:
    """Place and papers are words, not part of the hashed line; parties and leads call no meeting."""
    life = settled_in()
    for by in ("li", "sun", "zhou", "feng"):
        assert life.refused("call_meeting", by, **meet(life, 9 * DAY)) == "move_not_allowed_for_role"
    life.take("call_meeting", "ma", **meet(life, 9 * DAY, papers="购买凭证原件。"))
    assert life.keys()[-1] == "meeting_notice#M1" == life.keys("staff:yan")[-1]
    assert life.keys("party:p2")[-1] == "meeting_notice#M1#business"
    assert life.words(life.case.entries) == {"place": "市民中心三楼调解室。", "papers": "购买凭证原件。"}
    assert "市民中心" not in life.entries[-1].line
    assert life.facts("call_meeting")[0]["meeting"] == "M1"


def test_one_meeting_is_ahead_at_a_time() -> None:
    """The next meeting is called after the last was held or cancelled, up to a limit, and only with a
    mediator."""
    assert mediating().refused("call_meeting", "ma", **meet(Life(), 20 * DAY)) == "no_mediator"
    life = called()
    assert life.refused("call_meeting", "yan", **meet(life, 20 * DAY)) == "meeting_waits"
    for n in range(2, MOST_MEETINGS + 1):
        life.take("change_meeting", "yan", meeting=meeting(life).id, cancel=True, reason="调解室停电。")
        life.take("call_meeting", "yan", **meet(life, 20 * DAY))
        assert meeting(life).id == f"M{n}"
    life.take("change_meeting", "yan", meeting=meeting(life).id, cancel=True, reason="调解室停电。")
    assert life.refused("call_meeting", "yan", **meet(life, 20 * DAY)) == "too_many_meetings"


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(0, "meeting_length"), (-5, "meeting_length"), (481, "meeting_length"), (1, ""), (480, "")],
)
def test_a_meeting_has_a_length_that_people_stand(minutes: int, code: str) -> None:
    """A meeting lasts from a minute to eight hours."""
    life = settled_in()
    if code:
        assert life.refused("call_meeting", "yan", **meet(life, 9 * DAY, minutes=minutes)) == code
    else:
        life.take("call_meeting", "yan", **meet(life, 9 * DAY, minutes=minutes))


def test_everybody_is_reminded_the_working_day_before() -> None:
    """Both sides and the mediator get one reminder; after the day the owner of the talks is reminded of the
    minutes."""
    # Monday 23 March, 10:00
    life = called(None, days=11)
    life.live(13 * DAY)
    for who, key in (
        ("party:p1", "meeting_reminder#M1"),
        ("party:p2", "meeting_reminder#M1#business"),
        ("staff:yan", "meeting_reminder#M1"),
    ):
        assert life.keys(who).count(key) == 1
    reminded, late = [facts for facts in life.facts("take_step") if facts["deadline"] == "meeting"]
    assert (reminded["consumer"], reminded["early"], late["to"], late["early"]) == (
        "meeting_reminder#M1",
        True,
        "yan",
        False,
    )


# Changes and cancellations


@pytest.mark.parametrize("side", Side)
def test_a_side_asks_for_another_time_twice_at_most(side: Side) -> None:
    """Each side can ask twice for each meeting. The owner of the talks gets a task and decides; until then
    the meeting keeps its time."""
    life = called()
    was = meeting(life)
    for _ in range(MOST_ASKS):
        life.says("ask_meeting_change", speaker(life, side), meeting="M1", reason="当天要住院。")
        assert life.letters_to("staff:yan")[-1] == "task"
    who = life.case.party(speaker(life, side))
    assert (
        life.refused("ask_meeting_change", who.id, who.role, meeting="M1", reason="出差。") == "asked_often"
    )
    other = speaker(life, side.other)
    life.says("ask_meeting_change", other, meeting="M1", reason="出差。")
    assert (meeting(life).at, meeting(life).sequence) == (was.at, was.sequence)
    life.take("change_meeting", "yan", meeting="M1", cancel=True, reason="改期。")
    life.take("call_meeting", "yan", **meet(life, 20 * DAY))
    life.says("ask_meeting_change", who.id, meeting="M2", reason="当天要住院。")


def test_staff_write_down_a_wish_for_another_time_for_a_side() -> None:
    """Staff name the side and a meeting ahead."""
    life = called()
    assert life.refused("ask_meeting_change", "ma", meeting="M1", reason="出差。") == "side_needed"
    assert life.refused("ask_meeting_change", "li", meeting="M7", reason="出差。") == "meeting_unknown"
    life.take("ask_meeting_change", "yan", meeting="M1", reason="出差。", side=Side.BUSINESS)
    assert meeting(life).asks == {Side.BUSINESS: 1}


def test_a_meeting_that_is_over_is_moved_only_to_a_time_ahead() -> None:
    """Another place alone comes too late then, even if both sides give up the notice."""
    life = called()
    life.time = meeting(life).at + HOUR
    for more in ({}, {"both_waive": "双方来电同意。"}):
        assert (
            life.refused("change_meeting", "yan", meeting="M1", reason="换房间。", place="五楼。", **more)
            == "meeting_too_soon"
        )
    life.take("change_meeting", "yan", meeting="M1", reason="对方误了车。", at=life.time + 9 * DAY)
    assert life.letters_to()[-1] == "meeting_changed"


def test_a_moved_meeting_keeps_its_number_and_counts_its_changes() -> None:
    """Calendars follow by the count. Omitted fields stay as they were. A new time needs the five working
    days, another place does not."""
    life = called()
    was = meeting(life)
    life.live(6 * DAY)
    assert (
        life.refused("change_meeting", "yan", meeting="M1", reason="冲突。", at=life.time + 2 * DAY)
        == "meeting_too_soon"
    )
    life.take("change_meeting", "yan", meeting="M1", reason="换房间。", place="市民中心五楼。")
    assert (meeting(life).at, meeting(life).sequence, meeting(life).entry) == (was.at, 1, life.case.entries)
    life.take("change_meeting", "yan", meeting="M1", reason="冲突。", at=life.time + 9 * DAY)
    assert (meeting(life).sequence, meeting(life).way, meeting(life).minutes) == (2, was.way, was.minutes)
    assert life.facts("change_meeting")[-1]["was"]
    assert meeting(life).entry == life.case.entries - 1
    life.take(
        "change_meeting",
        "ma",
        meeting="M1",
        reason="双方都方便。",
        at=life.time + DAY,
        both_waive="双方电话同意。",
    )
    assert meeting(life).sequence == 3
    assert meeting(life).id == "M1"
    assert (
        life.letters_to().count("meeting_changed")
        == life.letters_to("party:p2").count("meeting_changed")
        == 3
    )
    assert life.keys("staff:yan")[-1] == "meeting_changed#M1"
    assert life.running["meeting"].id == "M1"
    assert life.running["meeting"].start == life.time


def test_a_change_changes_something() -> None:
    """A change without a difference is refused, and so is one beyond the limits of a meeting."""
    life = called()
    assert life.refused("change_meeting", "yan", meeting="M1", reason="无。") == "nothing_changed"
    assert life.refused("change_meeting", "yan", meeting="M1", reason="无。", minutes=900) == "meeting_length"
    assert (
        life.refused("change_meeting", "li", meeting="M1", reason="无。", minutes=30)
        == "move_not_allowed_for_role"
    )
    assert life.refused("change_meeting", "yan", meeting="M2", reason="无。", minutes=30) == "meeting_unknown"


def test_a_cancelled_meeting_is_over() -> None:
    """All get a letter. The meeting is neither changed nor recorded, has no reminder, and does not count as
    held."""
    life = called()
    life.take("change_meeting", "yan", meeting="M1", cancel=True, reason="调解室停电。")
    assert life.keys()[-1] == "meeting_cancelled#M1" == life.keys("staff:yan")[-1]
    assert mediation(life).meeting is None
    assert mediation(life).meetings[0].sequence == 1
    assert "first_meeting" in life.running
    assert "meeting" not in life.running
    life.live(12 * DAY)
    assert (
        life.refused("record_meeting", "yan", meeting="M1", present=tuple(Side), **MINUTES)
        == "meeting_unknown"
    )
    assert life.refused("change_meeting", "yan", meeting="M1", reason="无。", minutes=30) == "meeting_unknown"
    assert "meeting_reminder" not in life.letters_to()


# Minutes


def test_the_first_meeting_is_held_within_twenty_days() -> None:
    """Twenty days run from the appointment. Five days before, the owner of the talks is warned, then the
    lead; a meeting that was held meets the deadline."""
    life = mediated()
    assert life.due["first_meeting"] == (T0 + 20 * DAY).replace(hour=16)
    life.live(22 * DAY)
    steps = [
        (facts["to"], facts["early"])
        for facts in life.facts("take_step")
        if facts["deadline"] == "first_meeting"
    ]
    assert steps == [("yan", True), ("sun", False)]
    assert "first_meeting" not in held().running


def test_minutes_reach_both_sides() -> None:
    """Minutes cannot be recorded before the meeting. Both sides get them, with five working days to correct
    them; the line has no words of them."""
    life = called()
    assert (
        life.refused("record_meeting", "yan", meeting="M1", present=tuple(Side), **MINUTES) == "meeting_ahead"
    )
    held_ = held()
    assert held_.keys()[-1] == "minutes#M1"
    assert held_.keys("party:p2")[-1] == "minutes#M1#business"
    assert "说明" not in held_.entries[-1].line
    assert held_.facts("record_meeting")[0]["absent"] == []
    runs = {run.id: run for run in deadlines(held_.case).values() if run.name == "party_reply"}
    assert set(runs) == {"minutes#M1", "minutes#M1#business"}
    assert not mediation(held_).absences
    assert (
        held_.refused("record_meeting", "yan", meeting="M1", present=tuple(Side), **MINUTES)
        == "meeting_unknown"
    )
    for by in ("li", "sun", "p2"):
        role = Role.BUSINESS_REP if by == "p2" else None
        assert (
            called().refused("record_meeting", by, role, meeting="M1", present=(), **MINUTES)
            == "move_not_allowed_for_role"
        )


# Absence


@pytest.mark.parametrize("present", [(), (Side.CONSUMER,), (Side.BUSINESS,)])
def test_absent_side_is_asked_for_the_reason(present: tuple[Side, ...]) -> None:
    """Each absent side gets its own letter and five working days; a side that came gets none."""
    life = called()
    missed(life, *present)
    absent = [side for side in Side if side not in present]
    asked = {Side.CONSUMER: "absence_asked#M1", Side.BUSINESS: "absence_asked#M1#business"}
    for side, who in ((Side.CONSUMER, "party:p1"), (Side.BUSINESS, "party:p2")):
        assert (asked[side] in life.keys(who)) == (side in absent)
    runs = {
        run.id
        for run in deadlines(life.case).values()
        if run.name == "party_reply" and run.id.startswith("absence")
    }
    assert runs == {asked[side] for side in absent}
    assert [a.side for a in mediation(life).absences] == absent
    assert {run.due for run in deadlines(life.case).values() if run.id in runs} == {
        published().ends(life.time, Length(5, "w"), generous=True, pauses=[], zone=SHANGHAI).at
    }


def test_an_absence_is_decided_once_the_side_was_heard() -> None:
    """The mediator alone decides, once, after the side has explained itself or its five working days are
    over."""
    life = called()
    missed(life, Side.CONSUMER)
    said = {"meeting": "M1", "side": Side.BUSINESS, **UNEXPLAINED}
    assert life.refused("decide_absence", "yan", **said) == "absence_open"
    for by in ("ma", "sun", "zhou", "li"):
        assert life.refused("decide_absence", by, **said) == "move_not_allowed_for_role"
    assert life.refused("decide_absence", "yan", **{**said, "side": Side.CONSUMER}) == "no_absence"
    assert life.refused("decide_absence", "yan", **{**said, "meeting": "M2"}) == "no_absence"
    life.take("decide_absence", "yan", **{**said, "good": True}, explained="店里当天起火。")
    assert mediation(life).absences[0].good is True
    assert life.refused("decide_absence", "yan", **said) == "no_absence"
    silent = called()
    missed(silent, Side.CONSUMER)
    (until,) = [run.due for run in deadlines(silent.case).values() if run.id == "absence_asked#M1#business"]
    assert until
    silent.live(until - SECOND - silent.time)
    assert silent.refused("decide_absence", "yan", **said) == "absence_open"
    silent.live(SECOND)
    silent.take("decide_absence", "yan", **said)
    assert mediation(silent).absences[0].good is False


def test_absence_of_both_sides_is_decided_for_each() -> None:
    """A decision about one side leaves the other side its time."""
    life = called()
    missed(life)
    life.take(
        "decide_absence",
        "yan",
        meeting="M1",
        side=Side.BUSINESS,
        good=False,
        reason="不想来。",
        explained="不想来。",
    )
    said = {"meeting": "M1", "side": Side.CONSUMER, **UNEXPLAINED}
    assert life.refused("decide_absence", "yan", **said) == "absence_open"
    life.live(8 * DAY)
    life.take("decide_absence", "yan", **said)


def test_time_to_explain_an_absence_begins_with_the_call() -> None:
    """Silence never counts against a side that was not asked."""
    life = mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))))))
    while life.case.tellings:
        life.tell()
    missed(called(life), Side.BUSINESS)
    said = {"meeting": "M1", "side": Side.CONSUMER, **UNEXPLAINED}
    life.later(10 * DAY)
    assert life.refused("decide_absence", "yan", **said) == "absence_open"
    while life.case.tellings:
        life.tell("ma")
    assert life.refused("decide_absence", "yan", **said) == "absence_open"
    # Qingming lies between
    life.later(9 * DAY).take("decide_absence", "yan", **said)


def test_absent_twice_without_good_reason_lets_the_mediator_end() -> None:
    """Two absences, both decided to be without good reason, let the mediator end; one does not suffice."""
    life = called()
    for n in (1, 2):
        id = missed(life, Side.CONSUMER)
        life.live(8 * DAY)
        assert (
            life.refused("end_mediation", "yan", ending=Ending.ABSENT, reason="缺席。")
            == "ground_without_fact"
        )
        life.take("decide_absence", "yan", meeting=id, side=Side.BUSINESS, **UNEXPLAINED)
        if n == 1:
            life.take("call_meeting", "yan", **meet(life, 9 * DAY))
    life.take("end_mediation", "yan", ending=Ending.ABSENT, reason="两次无正当理由缺席。")
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.NOT_SETTLED)
    assert life.whole()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["call", "move", "cancel", "record", "ask"]), max_size=12))
def test_meeting_ids_are_used_once(steps: list[str]) -> None:
    """Each id is used once, a change raises the count by one, and past meetings stay as they are."""
    life = settled_in()
    done: dict[str, Meeting] = {}
    for step in steps:
        ahead = mediation(life).meeting
        if step == "call" and not ahead:
            life.take("call_meeting", "yan", **meet(life, DAY, both_waive="双方同意。"))
        elif ahead and step == "move":
            life.take(
                "change_meeting",
                "yan",
                meeting=ahead.id,
                at=max(life.time, ahead.at) + HOUR,
                reason="改期。",
                both_waive="同意。",
            )
            assert meeting(life).sequence == ahead.sequence + 1
        elif ahead and step == "cancel":
            life.take("change_meeting", "yan", meeting=ahead.id, cancel=True, reason="取消。")
        elif ahead and step == "record":
            life.later(max(timedelta(0), ahead.at - life.time))
            life.take("record_meeting", "yan", meeting=ahead.id, present=tuple(Side), **MINUTES)
        meetings = mediation(life).meetings
        assert [each.id for each in meetings] == [f"M{n}" for n in range(1, len(meetings) + 1)]
        assert sum(each.upcoming for each in meetings) <= 1
        assert all(done.setdefault(each.id, each) == each for each in meetings if not each.upcoming)


@pytest.mark.parametrize("how", ["withdrawn", "drafted", "ended", "replaced", "stood back"])
def test_a_meeting_ahead_is_called_off_by_whatever_ends_its_mediation(how: str) -> None:
    """Everybody gets a letter, the calendar gets a higher sequence, and the entry names the meeting. No such
    letter has a private reason."""
    life = called()
    if how == "withdrawn":
        life.take("withdraw", "li", reason="不想再谈了。")
    elif how == "drafted":
        drafted(life)
    elif how == "ended":
        heard(life).take("end_mediation", "yan", ending=Ending.NO_PROSPECT, reason="谈不拢。")
    elif how == "replaced":
        life.says(
            "challenge_mediator",
            "p1",
            conflict="interest",
            reason="他入了股。",
            unknown_before="昨天查到的。",
        )
        life.take("decide_challenge", "zhou", upheld=True, reason="属实。")
    else:
        life.take("recuse", "yan", conflict="relative")
    (meeting,) = mediation(life).meetings
    assert meeting.cancelled == life.time
    assert meeting.sequence == 1
    assert not mediation(life).meeting
    assert all(
        "meeting_cancelled" in life.letters_to(to)[-3:] for to in ("party:p1", "party:p2", "staff:yan")
    )
    assert [
        line["called_off"]
        for entry in life.entries
        if "called_off" in (line := json.loads(entry.line)["facts"])
    ] == ["M1"]

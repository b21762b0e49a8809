"""Ladders: the time and the recipient of each step, and no step twice, too early or left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.calendar import SHANGHAI, length, published
from chalicelib.domain.engine.running import Running, rule_of, when
from chalicelib.domain.model.codes import Hurt, Role, Severity
from chalicelib.domain.policy import names, policy
from chalicelib.domain.roster import Hours, Member, Roster, Team
from tests.domain.life import ASK, DAY, DECLINED, HOUR, MINUTE, T0, Life, on_duty, triaged


def reached(life: Life) -> list[tuple[str, str]]:
    """Return (recipient, reason for passing on) of every step so far."""
    return [(facts.get("to", ""), facts.get("passed_on", "")) for facts in life.facts("take_step")]


def moments(life: Life, name: str) -> list[str]:
    """Return the local moments of a deadline's steps, up to the first five."""
    running, rule = life.running[name], policy(life.case.policy).rules[name]
    found = (when(life.case, running, rule, n) for n in range(5))
    return [f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" for at in found if at]


def test_acknowledgement_ladder_steps_at_fixed_hours() -> None:
    """Steps come at 16 h, 24 h, 28 h, 48 h and every 24 h after, also on holidays, each once and whatever the
    handler."""
    life = Life()
    life.take("take", "zhao")
    assert [hour for hour, _ in life.live(100 * HOUR)] == [16, 24, 28, 48, 72, 96]
    assert [who for who, _ in reached(life)] == ["zhao", "sun", "zhou", "wu", "wu", "wu"]
    assert life.letters_to() == ["receipt", "late_acknowledgement"]
    assert [facts["early"] for facts in life.facts("take_step")] == [True, False, False, False, False, False]


def test_the_demo_policy_counts_in_minutes() -> None:
    """The policy warns after 2 minutes, and goes to the lead after 3, the supervisor 4, the executive 6, then
    every 3. The consumer gets a second letter after 7."""
    life = Life(policy="demo-1")
    assert [round(hour * 60) for hour, _ in life.live(13 * MINUTE)] == [2, 3, 4, 6, 9, 10, 12]


def test_after_an_outage_only_the_highest_step_is_taken() -> None:
    """The lower steps are recorded as overtaken, and their apology still leaves; the next step comes in its
    own time."""
    life = Life().later(50 * HOUR)
    assert life.clock() == ["take_step"]
    (facts,) = life.facts("take_step")
    assert (facts["to"], facts["step"], facts["overtaken"], facts["late_minutes"]) == ("wu", 3, 3, 26 * 60)
    assert life.letters_to() == ["receipt", "late_acknowledgement"]
    assert life.live(24 * HOUR) == [(72, "take_step")]


def test_a_call_written_down_a_day_later_is_late_at_once() -> None:
    """The time counts from the call itself: only the highest step goes out."""
    life = Life(by="wang", received_at=T0 - 25 * HOUR, late_reason="系统维护。")
    assert life.clock() == ["take_step"]
    assert reached(life) == [("sun", "")]


@pytest.mark.parametrize(
    ("absent", "first"),
    [((), ("sun", "")), (("sun",), ("lin", "absent")), (("sun", "lin"), ("zhou", "absent"))],
)
def test_a_step_to_somebody_absent_goes_to_the_deputy_else_straight_on(
    absent: tuple[str, ...], first: tuple[str, str]
) -> None:
    """The step at 24 h goes to the lead, else the deputy, else the supervisor, with the reason; later steps
    keep their time."""
    life = Life(roster=on_duty(*absent))
    life.live(30 * HOUR)
    assert reached(life)[1:] == [first, ("zhou", "")]


def test_a_step_to_an_empty_role_goes_straight_on_and_nobody_hears_too_early() -> None:
    """Without an intake officer the lead is warned at 16 h, and the consumer gets no letter before we are
    late."""
    life = Life(roster=on_duty(intake=()))
    life.live(23 * HOUR)
    assert reached(life) == [("sun", "empty")]
    assert life.letters_to() == ["receipt"]
    assert life.letters_to("staff:sun") == ["warning"]
    life.live(2 * HOUR)
    assert reached(life)[1:] == [("sun", "")]
    assert life.letters_to() == ["receipt", "late_acknowledgement"]


def test_with_nobody_at_all_the_step_is_on_the_timeline() -> None:
    """Without any staff the step is recorded with its reason, the consumer still gets the letter, and the
    ladder goes on."""
    life = Life(roster=Roster())
    life.live(50 * HOUR)
    assert reached(life) == [("", "empty")] * 4
    assert life.letters_to() == ["receipt", "late_acknowledgement"]


def test_with_everybody_away_the_highest_is_told_nevertheless() -> None:
    """A step always has a recipient: with all away it goes to the executive, who finds it on coming back. A
    ladder that ends at a lower level goes on to the executive too."""
    everybody = ("wang", "sun", "lin", "zhou", "wu")
    life = Life(roster=on_duty(*everybody))
    life.live(25 * HOUR)
    assert reached(life) == [("wu", "absent")] * 2
    assert all(facts["all_away"] for facts in life.facts("take_step"))
    some = Life(roster=on_duty("sun", "lin"))
    some.live(25 * HOUR)
    assert [(facts["to"], facts["all_away"]) for facts in some.facts("take_step")] == [
        ("wang", False),
        ("zhou", True),
    ]


def test_an_absent_handler_is_stood_in_for() -> None:
    """A step to an absent owner goes to the person on duty for the role that holds the case."""
    life = Life(roster=on_duty("zhao"))
    life.take("take", "zhao")
    life.live(17 * HOUR)
    assert reached(life) == [("wang", "absent")]


def test_a_handler_who_has_gone_to_another_team_is_stood_in_for() -> None:
    """A step to an owner who serves only elsewhere goes to the person on duty in the team of the case."""
    life = Life()
    life.take("take", "wang")
    general = life.roster.teams["general"]
    duty = {role: tuple(one for one in held if one.id != "wang") for role, held in general.duty.items()}
    wang = next(one for one in general.people() if one.id == "wang")
    gone = {"general": replace(general, duty=duty), "south": Team({}, duty={"intake": (wang,)})}
    life.roster = replace(life.roster, teams={**life.roster.teams, **gone})
    life.live(timedelta(days=1))
    assert "wang" not in {who for who, _ in reached(life)}


def test_the_handing_over_of_a_lapse_goes_on_when_there_is_no_lead() -> None:
    """A barred lapse is somebody's task even while every lead is away."""
    life = triaged(Life(hurt=Hurt.HURT, roster=on_duty(lead=())))
    life.take("ask_information", "wang", **ASK)
    life.live(9 * DAY)
    assert life.letters_to("staff:zhou") == ["task"]
    assert "lapse_review" in life.running


def test_investigation_warns_in_working_days_before_it_ends() -> None:
    """The end is 15 calendar days from receipt. Warnings come 5 and 2 working days before, at 09:00; later
    steps after two and five working days, then every two."""
    life = Life()
    life.take("accept", "wang")
    assert moments(life, "investigation") == [
        "03-13 09:00",
        "03-18 09:00",
        "03-21 00:00",
        "03-25 00:00",
        "03-28 00:00",
    ]
    life.live(30 * DAY)
    investigated = [facts for facts in life.facts("take_step") if facts["deadline"] == "investigation"]
    assert [facts["to"] for facts in investigated] == ["sun", "sun", "sun", "zhou", "wu", "wu", "wu"]
    assert life.letters_to()[-1] == "overdue"


def test_a_lesser_case_turns_amber_earlier() -> None:
    """S3 is warned 7 working days before, but not before a third of the time has passed."""
    life = Life()
    life.take("accept", "wang")
    life.case = replace(life.case, severity=Severity.S3)
    assert moments(life, "investigation")[0] == "03-11 09:00"
    festival = Life()
    festival.time = datetime(2026, 2, 12, 2, tzinfo=UTC)
    festival.case = replace(
        festival.case, severity=Severity.S3, received_at=festival.time, taken={"submit": festival.time}
    )
    festival.take("accept", "wang")
    running = festival.running["investigation"]
    assert running.at == (running.start + (running.due - running.start) / 3).replace(microsecond=0)


def test_a_reply_is_owed_in_two_working_days() -> None:
    """The owner is reminded one working day before, the lead on the day, the supervisor two after."""
    life = Life()
    life.take("accept", "wang")
    life.take("take", "zhao")
    life.take("message", "li", text="请回复。")
    assert moments(life, "message_reply") == ["03-06 09:00", "03-10 00:00", "03-12 00:00"]
    life.live(7 * DAY)
    assert [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "message_reply"] == [
        "zhao",
        "sun",
        "zhou",
    ]


def test_the_window_to_contest_is_generous_and_reminds_once() -> None:
    """The window has 30 days, rolled over a rest day, with a reminder on day 20 at 09:00; then the case
    closes as declined."""
    life = Life()
    life.take("decline", "wang", **DECLINED)
    # 4 April begins the Qingming holiday
    assert moments(life, "answer_window") == ["03-25 09:00", "04-08 00:00"]
    assert [name for _, name in life.live(34 * DAY)] == ["take_step", "lapse_decline"]
    assert life.letters_to()[-2:] == ["answer_reminder", "closed"]


@pytest.mark.parametrize("name", ["default-1", "demo-1"])
def test_the_steps_of_every_ladder_come_in_order(name: str) -> None:
    """The steps of a policy are in order, and a repeated one goes on without end."""
    life = Life(policy=name)
    for deadline in policy(name).rules:
        rule = rule_of(name, deadline)
        running = life.running["acknowledgement"]._replace(name=deadline)
        found = [
            when(life.case, _ending(running, rule.length or "15d"), rule, n)
            for n in range(len(rule.ladder) + 3)
        ]
        real = [at for at in found if at]
        assert real == sorted(real), deadline
        assert (len(real) == len(found)) == bool(rule.ladder and rule.ladder[-1].every), deadline


def _ending(running: Running, span: str) -> Running:
    return running._replace(end=published().ends(running.start, length(span)))


def test_the_person_on_duty_by_date_and_hour() -> None:
    """The first present person of a role is on duty. Hours have an exclusive end; a team without the role
    borrows it."""
    early, late = (
        Member(who, who, f"{who}@house.example", on=(Hours(T0 + a * HOUR, T0 + b * HOUR),))
        for who, a, b in (("a", 0, 8), ("b", 8, 16))
    )
    chief = Member("c", "c", "c@house.example", absent=(Hours(T0, T0 + timedelta(days=3)),))
    roster = Roster(
        {
            "x": Team({}, duty={"intake": (early, late)}),
            "y": Team({}, duty={"executive": (chief,), "intake": (chief,)}),
        }
    )
    at = {hour: roster.on_duty("x", Role.INTAKE, T0 + hour * HOUR) for hour in (0, 7, 8, 15, 16)}
    assert [duty.member and duty.member.id for duty in at.values()] == ["a", "a", "b", "b", None]
    assert [duty.passed_on for duty in at.values()] == ["", "", "absent", "absent", "absent"]
    assert roster.on_duty("x", Role.EXECUTIVE, T0).passed_on == "absent"
    assert roster.on_duty("x", Role.EXECUTIVE, T0 + 3 * DAY).member == chief
    assert roster.on_duty("x", Role.LEAD, T0).passed_on == "empty"
    assert roster.on_duty("nowhere", Role.LEAD, T0).passed_on == "empty"
    assert roster.serves("a", "x")
    assert not roster.serves("a", "y")
    assert not roster.serves("a", "nowhere")


@pytest.mark.parametrize("name", sorted(set(names()) - {"demo-1"}))
def test_every_deadline_says_which_law_or_paper_it_follows(name: str) -> None:
    """A deadline names a law, a paper, or that it is our own rule; the demo policy only makes lengths
    shorter."""
    assert [deadline for deadline, rule in policy(name).rules.items() if not rule.source] == []

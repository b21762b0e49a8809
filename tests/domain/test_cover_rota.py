"""The cover rota. Only urgent steps outside the telephone hours go to its people, and no date depends on the
hours of a team."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import Hurt, Severity
from chalicelib.domain.phone_hours import MIDNIGHT, PhoneHours
from chalicelib.domain.roster import COVER, Gap, Hours, Member, Roster
from tests.domain.life import DAY, HOUR, T0, Life, on_duty

MORNINGS = tuple(PhoneHours(day, time(10), time(11)) for day in range(1, 8))
ALWAYS = tuple(PhoneHours(day, MIDNIGHT, MIDNIGHT) for day in range(1, 8))
NIGHT = Member("night", "Night", "night@house.example")


def rota(hours: tuple[PhoneHours, ...] = MORNINGS, *cover: Member, **more: Any) -> Roster:
    """Return the usual roster, with telephone hours and a cover rota."""
    found = on_duty()
    team = replace(found.teams["general"], hours=hours, cover=cover, **more)
    return replace(found, teams={**found.teams, "general": team})


def steps(life: Life) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Return deadline, recipient, further recipients and reason of every step."""
    return [
        (facts["deadline"], facts["to"], tuple(facts.get("also", ())), facts.get("passed_on", ""))
        for facts in life.facts("take_step")
    ]


def test_urgent_step_outside_the_hours_goes_to_the_rota() -> None:
    """The rota gets the step instead of the safety officer, and the executive gets it too. The entry says
    why."""
    life = Life(hurt=Hurt.HURT, roster=rota(MORNINGS, NIGHT))
    life.live(5 * HOUR)
    assert steps(life) == [
        ("safety_triage", "night", (), "outside_hours"),
        ("safety_triage", "night", ("wu",), "outside_hours"),
    ]


@pytest.mark.parametrize(
    "roster",
    [
        rota(ALWAYS, NIGHT),
        rota((), NIGHT),
        rota(MORNINGS),
        rota(MORNINGS, replace(NIGHT, absent=(Hours(T0, T0 + 9 * DAY),))),
    ],
    ids=["open", "no hours", "no rota", "nobody on it"],
)
def test_other_steps_follow_the_usual_ladder(roster: Roster) -> None:
    """The role itself gets the step during the hours, without hours, without a rota, or with an empty
    rota."""
    life, usual = Life(hurt=Hurt.HURT, roster=roster), Life(hurt=Hurt.HURT)
    life.live(3 * DAY), usual.live(3 * DAY)
    assert steps(life) == steps(usual)


def test_ordinary_steps_never_go_to_the_rota() -> None:
    """Without a danger and below S1, the person on duty gets the step at any hour."""
    life, usual = Life(roster=rota(MORNINGS, NIGHT)), Life()
    life.live(3 * DAY), usual.live(3 * DAY)
    assert steps(life) == steps(usual)


def test_severity_s1_makes_steps_urgent_until_it_is_lower() -> None:
    """The steps of an S1 case go to the rota outside the hours, apart from those above the lead."""
    life = Life(roster=rota(MORNINGS, NIGHT))
    life.take("set_severity", "wang", severity=Severity.S1, why="有人受伤。")
    life.live(50 * HOUR)
    found = {(who, why) for _, who, _, why in steps(life)}
    assert ("night", "outside_hours") in found
    assert {why for who, why in found if who == "sun"} == {""}  # 24 hours later the team is open


def test_no_date_depends_on_the_hours_of_a_team() -> None:
    """Promises follow the calendar of the policy: a team without any hours has the same dates."""
    dates = [
        due(Life(hurt=Hurt.HURT, roster=roster).case)
        for roster in (on_duty(), rota(MORNINGS, NIGHT), rota(ALWAYS), rota((MORNINGS[0],)))
    ]
    assert all(found == dates[0] for found in dates)
    usual, late = (Life(roster=roster).live(20 * DAY) for roster in (on_duty(), rota(MORNINGS, NIGHT)))
    assert usual == late


def test_urgent_deadlines_are_our_own_duties() -> None:
    """Only a duty of ours is urgent; a window of a party has no step for staff to hurry with."""
    unsafe = Life(hurt=Hurt.HURT).case
    urgent = {name for name, declared in DEADLINES.items() if declared.urgent(unsafe)}
    assert {"safety_triage", "safety_report", "acknowledgement"} <= urgent
    assert all(DEADLINES[name].duty for name in urgent)
    assert not [name for name, declared in DEADLINES.items() if declared.urgent(Life().case)]


def test_gap_of_the_rota_is_outside_the_hours_only() -> None:
    """Gaps are exact to the second at the beginning and end of hours, duty and absence. An empty rota has no
    gap."""
    on = replace(NIGHT, on=(Hours(T0 + 3 * HOUR, T0 + 9 * HOUR),))
    found = rota(MORNINGS, on).gaps("general", [COVER], T0, T0 + DAY)
    assert found == (Gap(COVER, Hours(T0 + HOUR, T0 + 3 * HOUR)), Gap(COVER, Hours(T0 + 9 * HOUR, T0 + DAY)))
    assert rota(ALWAYS, on).gaps("general", [COVER], T0, T0 + DAY) == ()
    assert rota((), on).gaps("general", [COVER], T0, T0 + DAY) == ()
    assert COVER in rota(MORNINGS, on).needed("general", ())
    assert COVER not in rota(MORNINGS).needed("general", ())

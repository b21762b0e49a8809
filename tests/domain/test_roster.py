"""The roster: required roles, gaps, absences, hours, order; each change leaves everything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Assigns, Language, Role
from chalicelib.domain.phone_hours import PhoneHours
from chalicelib.domain.policy import policy
from chalicelib.domain.roster import COVER, LONGEST, MOST_STRETCHES, Hours, Member, Roster, Team, weekly

T0 = datetime(2026, 2, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(since: float, until: float) -> Hours:
    """Return a time span, in hours from T0."""
    return Hours(T0 + since * HOUR, T0 + until * HOUR)


def person(id: str, **more: Any) -> Member:
    """Return a person."""
    return Member(id, id.title(), f"{id}@house.example", **more)


def one(*people: Member, role: str = "safety", **others: tuple[Member, ...]) -> Roster:
    """Return a roster of one team with these people."""
    return Roster({"general": Team({"zh": "综合组", "en": "General"}, duty={role: people, **others})})


def empty(roster: Roster, until: float = 48, role: str = "safety") -> list[tuple[float, float]]:
    """Return the gaps of a role, in hours from T0."""
    return [
        ((gap.hours.since - T0) / HOUR, (gap.hours.until - T0) / HOUR)
        for gap in roster.gaps("general", [role], T0, T0 + until * HOUR)
    ]


@pytest.mark.parametrize(
    ("people", "gaps"),
    [
        ([], [(0, 48)]),
        ([person("a")], []),
        ([person("a", absent=(hours(10, 20),))], [(10, 20)]),
        ([person("a", absent=(hours(-5, 3), hours(40, 99)))], [(0, 3), (40, 48)]),
        ([person("a", on=(hours(0, 8),)), person("b", on=(hours(8, 16), hours(24, 48)))], [(16, 24)]),
        ([person("a", on=(hours(0, 8),)), person("b", on=(hours(8.25, 48),))], [(8, 8.25)]),
        ([person("a", on=(hours(0, 48),), absent=(hours(4, 6), hours(6, 7)))], [(4, 7)]),
        ([person("a", absent=(hours(0, 48),)), person("b", absent=(hours(12, 13),))], [(12, 13)]),
        ([person("a", on=(hours(-9, -1),))], [(0, 48)]),
    ],
)
def test_a_gap_is_exact_where_hours_begin_and_end(
    people: list[Member], gaps: list[tuple[float, float]]
) -> None:
    """A deputy closes a gap; the end of an hour is exclusive, so people who take over leave none."""
    assert empty(one(*people)) == gaps


stretches = st.lists(
    st.tuples(st.integers(-10, 60), st.integers(1, 30)).map(lambda at: hours(at[0], at[0] + at[1])),
    max_size=3,
)
members = st.lists(
    st.builds(lambda on, absent: person("x", on=tuple(on), absent=tuple(absent)), stretches, stretches),
    max_size=3,
)


@given(members)
def test_gaps_are_exactly_the_unstaffed_moments(people: list[Member]) -> None:
    """A role is empty at a moment exactly if a gap covers it."""
    roster, found = (
        one(*people),
        [gap.hours for gap in one(*people).gaps("general", ["safety"], T0, T0 + 48 * HOUR)],
    )
    for half in range(96):
        moment = T0 + half * HOUR / 2
        assert (roster.on_duty("general", Role.SAFETY, moment).member is None) == any(
            moment in gap for gap in found
        )
    assert all(before.until < after.since for before, after in pairwise(found))


def test_a_role_of_another_team_closes_a_gap_but_no_other_department_does() -> None:
    """One executive serves every team; a question to one department is not answered by another."""
    teams = {
        "x": Team({}),
        "y": Team({}, duty={"executive": (person("e"),)}),
        "repair": Team({}, duty={"department": (person("d"),)}),
        "shop": Team({}, duty={"department": ()}),
    }
    roster = Roster(teams)
    assert not roster.gaps("x", ["executive"], T0, T0 + HOUR)
    assert not roster.gaps("nowhere", ["executive"], T0, T0 + HOUR)
    assert roster.on_duty("shop", Role.DEPARTMENT, T0).passed_on == "empty"
    assert roster.on_duty("repair", Role.DEPARTMENT, T0).member
    assert [gap.role for gap in roster.gaps("shop", ["department", "executive"], T0, T0 + HOUR)] == [
        "department"
    ]
    assert roster.departments == ("repair", "shop")


def test_team_needs_the_roles_of_its_ladders() -> None:
    """A team needs all roles of its policy's ladders, a department only its two; a role in no ladder is not
    needed."""
    ladders = policy("default-1").roles
    assert {"lead", "supervisor", "executive"} <= ladders
    assert not {"owner", "", "consumer"} & ladders
    roster = Roster(
        {
            "general": Team({}, duty={"negotiator": ()}),
            "repair": Team({}, duty={"department": ()}),
            "new": Team({}),
            "small": Team({}, duty={"lead": (), "department": ()}),
        }
    )
    wanted = {"lead", "executive", "department_head"}
    assert (
        roster.needed("general", wanted)
        == ("lead", "executive")
        == roster.needed("new", wanted)
        == roster.needed("nowhere", wanted)
    )
    assert roster.needed("repair", wanted) == ("department", "department_head")
    assert roster.needed("small", wanted) == ("department", "department_head", "lead", "executive")


def test_an_absence_counts_in_every_role_and_touching_ones_are_one() -> None:
    """An absence counts in every role; to end one, its hours are named as they are on the roster."""
    roster = one(person("a"), person("b"), lead=(person("a"),))
    for stretch in (hours(5, 8), hours(8, 9), hours(1, 2)):
        roster = roster.away("a", stretch, T0)
    for role in ("safety", "lead"):
        found = next(m for m in roster.people("general", role) if m.id == "a")
        assert found.absent == (hours(1, 2), hours(5, 9))
    assert roster.people("general", "safety")[1] == person("b")
    back = roster.back("a", hours(5, 9))
    assert all(
        m.absent == (hours(1, 2),)
        for role in ("safety", "lead")
        for m in back.people("general", role)
        if m.id == "a"
    )
    with pytest.raises(Refusal, match="absence_unknown"):
        back.back("a", hours(5, 9))


@pytest.mark.parametrize(
    ("code", "stretch"),
    [
        pytest.param("hours_reversed", hours(5, 5), id="nothing"),
        pytest.param("hours_reversed", hours(5, 4), id="backwards"),
        ("hours_past", hours(-5, 0)),
        ("hours_long", Hours(T0, T0 + LONGEST + HOUR)),
    ],
)
def test_an_impossible_stretch_is_refused(code: str, stretch: Hours) -> None:
    """A span that is backwards, over, or longer than a year is refused, for absences and for hours of
    duty."""
    with pytest.raises(Refusal, match=code):
        one(person("a")).away("a", stretch, T0)
    with pytest.raises(Refusal, match=code):
        one(person("a")).on("general", "safety", "a", [stretch], T0)


def test_roster_limits_the_spans_of_a_person() -> None:
    """The roster is one row, so its spans are limited."""
    full = person("a", absent=tuple(hours(2 * n, 2 * n + 1) for n in range(MOST_STRETCHES)))
    with pytest.raises(Refusal, match="hours_too_many"):
        one(full).away("a", hours(-1, -0.5), T0 - 2 * HOUR)


def test_duty_by_date_and_hour() -> None:
    """Hours repeat weekly, belong to one role, and can be removed; a person without hours is always on
    duty."""
    night = hours(12, 24)
    roster = one(person("a"), lead=(person("a"),)).on("general", "safety", "a", weekly(night, 3), T0)
    (member,) = roster.people("general", "safety")
    assert [h.since for h in member.on] == [night.since + timedelta(weeks=n) for n in range(3)]
    assert roster.people("general", "lead")[0].on == ()
    assert empty(roster) == [(0, 12), (24, 48)]
    for stretch in member.on:
        roster = roster.off("general", "safety", "a", stretch)
    assert roster == one(person("a"), lead=(person("a"),))
    with pytest.raises(Refusal, match="hours_unknown"):
        roster.off("general", "safety", "a", night)


def test_pruning_past_hours_puts_no_one_on_duty() -> None:
    """A person whose hours are all over keeps the last: without hours they would be on duty day and night."""
    over = person("a", on=(hours(-9, -5), hours(-5, -1)), absent=(hours(-9, 0), hours(-1, 1)))
    roster = one(over, person("b", on=(hours(-9, 0), hours(3, 4))))
    first, second = roster.pruned(T0).people("general", "safety")
    assert (first.on, first.absent, second.on) == ((hours(-5, -1),), (hours(-1, 1),), (hours(3, 4),))
    assert roster.pruned(T0).pruned(T0) == roster.pruned(T0)
    assert empty(roster) == empty(roster.pruned(T0)) == [(0, 3), (4, 48)]


def test_people_and_their_order() -> None:
    """A person added comes last and keeps their absences, one moved up comes earlier, and a name changes
    everywhere."""
    roster = one(person("a", absent=(hours(0, 9),)), person("b")).enlisted(
        "general", "lead", person("a", phone="1")
    )
    assert roster.people("general", "lead") == (person("a", phone="1", absent=(hours(0, 9),)),)
    assert roster.people("general", "safety")[0].phone == "1"
    roster = (
        roster.enlisted("general", "safety", person("c"))
        .sooner("general", "safety", "c")
        .sooner("general", "safety", "c")
    )
    assert [m.id for m in roster.sooner("general", "safety", "c").people("general", "safety")] == [
        "c",
        "a",
        "b",
    ]
    assert [m.id for m in roster.dismissed("general", "safety", "a").people("general", "safety")] == [
        "c",
        "b",
    ]
    last = roster.dismissed("general", "lead", "a")
    assert "lead" in last.teams["general"].duty
    assert not last.people("general", "lead")
    named = roster.with_team("repair", {"zh": "维修部", "en": "Repair"}, "").enlisted(
        "repair", "department", person("d")
    )
    assert named.departments == ("repair",)
    assert named.teams["general"] == roster.teams["general"]


def test_settings_of_a_team_change_and_its_people_stay() -> None:
    """A new name, place, hours and way of assigning leave people and cover rota as they were."""
    hours = (PhoneHours(1, time(9), time(17)),)
    roster = one(person("a")).enlisted("general", COVER, person("a"))
    place = {"zh": "上海", "en": "Shanghai"}
    changed = roster.with_team("general", LABEL, "400", place, hours, Assigns.LOAD).teams["general"]
    assert changed == replace(
        roster.teams["general"], label=LABEL, phone="400", place=place, hours=hours, assigns=Assigns.LOAD
    )


def test_cover_rota_has_only_people_of_the_team() -> None:
    """The rota is filled, ordered and emptied as a role is. A person who leaves their last role in the team
    leaves the rota."""
    roster = one(person("a"), person("b"), lead=(person("b"),))
    for id in ("a", "b"):
        roster = roster.enlisted("general", COVER, person(id, languages=(Language.EN,), most=3))
    roster = roster.sooner("general", COVER, "b").on("general", COVER, "b", [hours(1, 2)], T0)
    assert [(m.id, m.on) for m in roster.teams["general"].cover] == [("b", (hours(1, 2),)), ("a", ())]
    assert {m.most for m in roster.teams["general"].people()} == {3}
    away = roster.away("b", hours(0, 9), T0)
    assert away.teams["general"].cover[0].absent == (hours(0, 9),)
    still = roster.dismissed("general", "safety", "b")
    assert [m.id for m in still.teams["general"].cover] == ["b", "a"]
    left = still.dismissed("general", "lead", "b")
    assert [m.id for m in left.teams["general"].cover] == ["a"]
    assert left.roles("a") == Role.SAFETY
    with pytest.raises(Refusal, match="cover_outsider"):
        left.enlisted("general", COVER, person("b"))


def test_unknown_teams_roles_and_people_are_refused() -> None:
    """Unknown teams, roles and people are refused."""
    roster = one(person("a"))
    wrong: list[tuple[str, Callable[[], Roster]]] = [
        ("unknown_team", lambda: roster.enlisted("x", "lead", person("a"))),
        ("unknown_role", lambda: roster.enlisted("general", "chef", person("a"))),
        ("unknown_role", lambda: roster.enlisted("general", "consumer", person("a"))),
        ("unknown_person", lambda: roster.dismissed("general", "safety", "z")),
        ("unknown_person", lambda: roster.sooner("general", "lead", "a")),
        ("unknown_person", lambda: roster.away("z", hours(0, 1), T0)),
        ("unknown_person", lambda: roster.on("general", "safety", "z", [hours(0, 1)], T0)),
    ]
    for code, change in wrong:
        with pytest.raises(Refusal, match=code):
            change()


LABEL = {"zh": "综合组", "en": "General"}


@pytest.mark.parametrize(
    ("code", "field", "teams"),
    [
        ("team_code", "teams", {"A b": Team(LABEL)}),
        ("team_label", "teams/x/label", {"x": Team({"zh": "综合组"})}),
        ("unknown_role", "teams/x/duty", {"x": Team(LABEL, duty={"leed": ()})}),
        (
            "member_incomplete",
            "teams/x/duty/lead/0",
            {"x": Team(LABEL, duty={"lead": (Member("a", "A", "nowhere"),)})},
        ),
        (
            "hours_zone",
            "teams/x/duty/lead/0/on",
            {
                "x": Team(
                    LABEL,
                    duty={"lead": (person("a", on=(Hours(datetime(2026, 1, 1), datetime(2026, 1, 2)),)),)},
                )
            },
        ),
        (
            "hours_reversed",
            "teams/x/duty/lead/0/absent",
            {"x": Team(LABEL, duty={"lead": (person("a", absent=(hours(2, 1),)),)})},
        ),
        ("team_place", "teams/x/place", {"x": Team(LABEL, place={"zh": "上海"})}),
        ("hours_reversed", "teams/x/hours", {"x": Team(LABEL, hours=(PhoneHours(1, time(9), time(8)),))}),
        ("cover_outsider", "teams/x/cover/0", {"x": Team(LABEL, cover=(person("a"),))}),
        (
            "member_most",
            "teams/x/duty/lead/0/most",
            {"x": Team(LABEL, duty={"lead": (person("a", most=0),)})},
        ),
        ("unknown_role", "teams/x/duty", {"x": Team(LABEL, duty={COVER: (person("a"),)})}),
        *(
            (
                "member_differs",
                f"teams/y/duty/lead/1/{name}",
                {
                    "x": Team(LABEL, duty={"safety": (person("a"),)}),
                    "y": Team(LABEL, duty={"lead": (person("b"), replace(person("a"), **{name: other}))}),
                },
            )
            for name, other in (
                ("languages", (Language.EN,)),
                ("most", 3),
                ("absent", (hours(1, 2),)),
                ("email", "other@house.example"),
            )
        ),
    ],
)
def test_a_whole_roster_from_outside_is_checked(code: str, field: str, teams: dict[str, Team]) -> None:
    """A mistake that would later break a ladder or a letter is refused at once, with its place."""
    with pytest.raises(Refusal, match=code) as refused:
        Roster(teams).checked()
    assert refused.value.field == field
    assert one(person("a")).checked() == one(person("a"))


def test_a_person_can_differ_between_roles_in_their_duty_only() -> None:
    """Periods of duty belong to a role. The order of languages and absences does not count."""
    one_way = person("a", absent=(hours(1, 2), hours(4, 5)), languages=(Language.ZH, Language.EN))
    other = replace(
        one_way, absent=one_way.absent[::-1], languages=one_way.languages[::-1], on=(hours(0, 9),)
    )
    roster = Roster({"x": Team(LABEL, duty={"lead": (one_way,), "safety": (other,)})})
    assert roster.checked() == roster


def test_a_record_about_a_person_goes_to_an_open_team_with_cases() -> None:
    """A department or a closed team does not get the record. A team of the person comes first, then a near
    one."""
    here, dept = person("a"), person("d")
    shut = Team(LABEL, duty={"lead": (here,)}, closed=T0.date())
    teams = {
        "attic": shut,
        "bureau": Team(LABEL, duty={"department": (dept, here)}),
        "east": Team(LABEL, duty={"lead": (here,)}),
        "north": Team(LABEL, duty={"lead": (here, person("b"))}),
        "south": Team(LABEL, duty={"lead": (person("c"),)}),
    }
    roster = Roster(teams)
    assert [roster.record_team("a", near) for near in ((), ("north",), ("south",))] == [
        "east",
        "north",
        "east",
    ]
    assert roster.record_team("d", ("bureau", "south")) == "south"
    assert replace(roster, teams={**teams, "east": shut, "north": shut}).record_team("a", ()) == "south"
    with pytest.raises(Refusal, match="unknown_team"):
        Roster({"attic": shut}).record_team("a", ())


def test_contact_stays_between_two_periods_of_duty_and_ends_with_the_last() -> None:
    """At night the person can be named, since they will be back; after their last period they cannot."""
    roster = one(person("a", on=(hours(0, 8), hours(24, 32))))
    assert [bool(roster.contact("a", T0 + n * HOUR)) for n in (4, 12, 28, 32, 40)] == [True] * 3 + [False] * 2


def test_a_team_with_cases_lends_nobody_who_could_not_open_the_case() -> None:
    """A lead reads the cases of the own team only, so a step climbs instead of reaching a stranger. A team
    without cases of its own lends, and a role that reads every case serves all teams."""
    south = Team({}, duty={"intake": (person("i"),)})
    north = Team({}, duty={"lead": (person("l"),), "safety": (person("s"),), "supervisor": (person("u"),)})
    safety = Team({}, duty={"safety": (person("q"),)})
    roster = Roster({"south": south, "north": north, "safety": safety})
    assert roster.on_duty("south", Role.LEAD, T0).passed_on == "empty"
    assert roster.people("south", "safety") == (person("q"),)
    assert roster.people("south", "supervisor") == (person("u"),)
    assert [gap.role for gap in roster.gaps("south", ["lead", "supervisor"], T0, T0 + HOUR)] == ["lead"]
    assert roster.needed("safety", ("lead", "supervisor")) == ()

"""A reorganisation in the middle: cases go by the rules from team to team, teams are closed, and no case and
no step is lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.access.authorization import Caller
from chalicelib.delivery.daily_digest import DailyDigest
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import Hours, Member, Roster, Team
from chalicelib.domain.routing import Routing, Rule
from chalicelib.figures.replay import played
from tests.casework.actions import open_action
from tests.scenario import DAY, HOUR, SUN, T0, WANG, ZHAO, ZHOU, Scenario, roster
from tests.web.own import performing

WHY = "团队调整，按地区分派。"
SHANGHAI, GUANGDONG = "310000", "440000"
NAN = Caller("nan", Role.LEAD, frozenset({"south"}), name="nan@house.example")


def regional(scenario: Scenario, *rules: Rule, default: str = "general") -> Roster:
    """Keep a roster with a second and a third team, and these rules."""
    found = roster()
    for id, who, zh in (("south", "nan", "南区组"), ("west", "xi", "西区组")):
        people = (Member(who, who.title(), f"{who}@house.example"),)
        duty = dict.fromkeys(("intake", "investigator", "lead", "followup"), people)
        found = replace(found, teams={**found.teams, id: Team({"zh": zh, "en": id.title()}, "020", duty)})
    found = replace(found, routing=Routing(rules, default, 1))
    scenario.product.file.keep_roster(found)
    return found


def filed(scenario: Scenario, region: str = GUANGDONG) -> Case:
    """Return an accepted case of the team that has it now."""
    return scenario.submit(region=region)


def everywhere(scenario: Scenario, ref: str) -> list[str]:
    """Return the teams on whose list the case is."""
    return [
        team
        for team in ("general", "south", "west")
        if ref in [item["ref"] for item in scenario.product.file.work(f"TEAM#{team}", None, 100)[0]]
    ]


def test_the_cases_that_the_rules_send_elsewhere_go_there(scenario: Scenario) -> None:
    """Cases that belong to the team stay. A repetition finds nothing more to move."""
    regional(scenario)
    here, there = filed(scenario, SHANGHAI).ref, filed(scenario).ref
    regional(scenario, Rule(to="south", regions=(GUANGDONG,)))
    done = scenario.product.cover.reroute(ZHOU, "general", WHY)
    assert (done.moved, done.failed, done.after) == ((there,), (), None)
    assert everywhere(scenario, there) == ["south"]
    assert everywhere(scenario, here) == ["general"]
    assert scenario.product.cover.reroute(ZHOU, "general", WHY).moved == ()


def test_a_long_list_is_gone_through_step_by_step(scenario: Scenario) -> None:
    """Each call says where the next one continues. No case is left out, and none moves twice."""
    regional(scenario)
    refs = {filed(scenario, region).ref for region in (GUANGDONG, SHANGHAI, GUANGDONG, SHANGHAI, GUANGDONG)}
    regional(scenario, Rule(to="south", regions=(GUANGDONG,)))
    moved: list[str] = []
    done = scenario.product.cover.reroute(ZHOU, "general", WHY, most=2)
    moved += done.moved
    while done.after:
        done = scenario.product.cover.reroute(ZHOU, "general", WHY, done.after, most=2)
        moved += done.moved
    assert len(moved) == len(set(moved)) == 3
    assert {*moved} < refs


def test_a_lead_moves_the_cases_of_the_own_team_only(scenario: Scenario) -> None:
    """A supervisor moves those of any team."""
    regional(scenario)
    with pytest.raises(Refusal, match="not_your_people"):
        scenario.product.cover.reroute(SUN, "south", WHY)
    with pytest.raises(Refusal, match="unknown_team"):
        scenario.product.cover.reroute(ZHOU, "nowhere", WHY)
    assert scenario.product.cover.reroute(SUN, "general", WHY).failed == ()


def test_a_case_that_cannot_move_is_listed(scenario: Scenario) -> None:
    """A third return only asks the supervisor, so the case counts as not moved."""
    regional(scenario)
    ref = filed(scenario).ref
    for to in ("south", "general", "south"):
        scenario.move(ZHOU, "change_team", ref, to=to, reason=WHY)
    done = scenario.product.cover.reroute(NAN, "south", WHY)
    assert (done.moved, done.failed) == ((), (ref,))
    assert scenario.product.cover.reroute(ZHOU, "south", WHY).moved == (ref,)


def test_a_third_return_is_approved_and_can_be_replayed(scenario: Scenario) -> None:
    """The supervisor is in no team of the case. The replay repeats the approval from the record alone."""
    regional(scenario)
    ref = filed(scenario).ref
    for to in ("south", "general", "south"):
        scenario.move(ZHOU, "change_team", ref, to=to, reason=WHY)
    asked = scenario.move(NAN, "change_team", ref, to="general", reason=WHY).approvals[-1].id
    assert everywhere(scenario, ref) == ["south"]
    scenario.move(ZHOU, "approve", ref, approval=asked)
    assert everywhere(scenario, ref) == ["general"]
    (again,) = played([scenario.product.file.whole(ref)], scenario.product.file.roster())
    assert again.broken is None


@pytest.mark.parametrize("then", ["closed", "empty", "tied"])
def test_a_third_return_is_checked_again_at_its_approval(scenario: Scenario, then: str) -> None:
    """The team of the request was able to take the case, and is not any more. The case and the request
    stay."""
    regional(scenario)
    ref = filed(scenario).ref
    for to in ("west", "south", "west", "south"):
        scenario.move(ZHOU, "change_team", ref, to=to, reason=WHY)
    asked = scenario.move(NAN, "change_team", ref, to="west", reason=WHY).approvals[-1].id
    found = scenario.product.file.fresh_roster()[0]
    west = found.teams["west"]
    gone = {"closed": replace(west, closed=T0.date()), "empty": replace(west, duty={"lead": ()})}
    if then == "tied":
        xi = Caller("xi", Role.INVESTIGATOR, frozenset({"south", "west"}), name="xi@house.example")
        scenario.move(xi, "recuse", ref, conflict="relative")
    scenario.product.file.keep_roster(replace(found, teams={**found.teams, "west": gone.get(then, west)}))
    with pytest.raises(Refusal, match=f"team_{then}") as refused:
        scenario.move(ZHOU, "approve", ref, approval=asked)
    assert refused.value.code == f"team_{then}"
    assert everywhere(scenario, ref) == ["south"]
    assert [one.id for one in scenario.product.file.load(ref).approvals] == [asked]


def test_a_team_with_open_work_cannot_be_closed(scenario: Scenario) -> None:
    """The refusal gives the number of open items. After the hand-over by the rules the team can be closed."""
    regional(scenario, Rule(to="south", regions=(GUANGDONG,)))
    ref = filed(scenario).ref
    if scenario.product.file.load(ref).team == "general":
        scenario.product.cover.reroute(ZHOU, "general", WHY)
    with pytest.raises(Refusal, match="team_is_ruled"):
        scenario.product.cover.close("south")
    regional(scenario, Rule(to="west", regions=(GUANGDONG,)))
    with pytest.raises(Refusal, match="team_has_work") as refused:
        scenario.product.cover.close("south")
    assert refused.value.facts["left"] == 1
    scenario.product.cover.reroute(ZHOU, "south", WHY)
    assert scenario.product.cover.close("south").teams["south"].closed
    assert everywhere(scenario, ref) == ["west"]


def test_actions_and_promises_of_a_team_go_with_its_cases(scenario: Scenario) -> None:
    """An improvement action keeps its owner; a case whose answer is being performed gets a new follow-up. A
    closed case without open work stays, and does not keep its team open."""
    regional(scenario)
    action, promised, over = open_action(scenario).ref, performing(scenario), filed(scenario).ref
    for ref in (action, promised, over):
        scenario.move(ZHOU, "change_team", ref, to="south", reason=WHY)
    scenario.move(scenario.by_link(over), "withdraw", over)
    before = scenario.product.file.load(promised).obligations
    done = scenario.product.cover.reroute(ZHOU, "south", WHY)
    assert {*done.moved} == {action, promised}
    moved = {ref: scenario.product.file.load(ref) for ref in (action, promised, over)}
    assert {ref: case.team for ref, case in moved.items()} == {
        action: "general",
        promised: "general",
        over: "south",
    }
    assert moved[action].owner == "zhao"
    assert moved[promised].obligations == before
    assert scenario.product.cover.close("south").teams["south"].closed


def test_the_default_team_cannot_be_closed(scenario: Scenario) -> None:
    """Complaints that no rule matches always have a team, also if only the policy names it."""
    regional(scenario, default="")
    with pytest.raises(Refusal, match="team_is_default"):
        scenario.product.cover.close("general")
    with pytest.raises(Refusal, match="unknown_team"):
        scenario.product.cover.close("nowhere")


def test_a_roster_from_outside_cannot_drop_or_close_a_team_with_open_work(scenario: Scenario) -> None:
    """The same rule holds for a whole roster through the interface."""
    found = regional(scenario)
    ref = filed(scenario).ref
    scenario.move(ZHOU, "change_team", ref, to="south", reason=WHY)
    without = {id: team for id, team in found.teams.items() if id != "south"}
    shut = {**found.teams, "south": replace(found.teams["south"], closed=T0.date())}
    for teams in (without, shut):
        with pytest.raises(Refusal, match="team_has_work"):
            scenario.product.cover.replace_teams(teams, None)
    without = {id: team for id, team in found.teams.items() if id != "west"}
    assert "west" not in scenario.product.cover.replace_teams(without, None).teams


def test_a_person_who_leaves_a_team_owns_no_case_of_it(scenario: Scenario) -> None:
    """A person who works on in another team could not read the case any more."""
    regional(scenario)
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(ZHAO, "take", ref)
    scenario.product.cover.edit(
        lambda found: found.enlisted("south", "investigator", Member("zhao", "Zhao", "zhao@house.example"))
    )
    with pytest.raises(Refusal, match="still_holds_cases"):
        scenario.product.cover.dismiss("general", "investigator", "zhao")
    scenario.move(SUN, "change_team", ref, to="south", reason=WHY)
    scenario.product.cover.dismiss("general", "investigator", "zhao")


def test_a_case_that_is_reopened_in_a_closed_team_goes_to_another(scenario: Scenario) -> None:
    """A complaint that is reopened later gets a team with people, and the consumer a letter."""
    regional(scenario)
    ref = filed(scenario).ref
    scenario.move(ZHOU, "change_team", ref, to="south", reason=WHY)
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    scenario.product.cover.close("south")
    scenario.later(4 * DAY)
    reopened = scenario.move(scenario.by_link(ref), "reopen", ref, cause="new_facts", facts="又坏了。")
    assert reopened.team == "general"
    assert everywhere(scenario, ref) == ["general"]
    assert scenario.letters(ref)[-1] == "team_changed"


def test_a_case_that_was_filed_while_its_team_was_closed_goes_to_another(scenario: Scenario) -> None:
    """The roster is read once a minute, so a case can reach a team that was just closed. The clock moves it
    before its next step, which then asks the new team."""
    found = regional(scenario)
    ref = filed(scenario).ref
    scenario.move(ZHOU, "change_team", ref, to="south", reason=WHY)
    shut = {**found.teams, "south": replace(found.teams["south"], closed=T0.date())}
    scenario.product.file.keep_roster(replace(found, teams=shut))
    scenario.post()
    before = len(scenario.sent())
    scenario.live(30 * HOUR, ref)
    assert everywhere(scenario, ref) == ["general"]
    told = {sent["to"] for sent in scenario.sent()[before:]}
    assert "nan@house.example" not in told
    assert "sun@house.example" in told


def test_the_digest_of_the_old_team_leaves_the_case_out(scenario: Scenario) -> None:
    """A line that waited for the old lead is about a case that the lead may not know of any more."""
    found, ref = regional(scenario), scenario.submit().ref
    scenario.later(2 * DAY)
    run = next(
        run for run in deadlines(scenario.product.file.load(ref)).values() if run.name == "acknowledgement"
    )
    line = {
        "ref": ref,
        "run": run.key,
        "deadline": run.name,
        "due": stamp(run.due),
        "at": stamp(scenario.time),
    }

    def listed(who: str) -> bool:
        member = found.member(who)
        assert member
        digest = DailyDigest(scenario.product.file.load)
        return digest.slots([line], member, found, scenario.time, "zh") is not None

    assert [listed(who) for who in ("sun", "nan", "wu")] == [True, True, True]
    scenario.move(SUN, "change_team", ref, to="south", reason=WHY)
    assert [listed(who) for who in ("sun", "nan", "wu")] == [False, True, True]


STEPS = ("split", "close", "away", "back", "clock", "move")


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(STEPS), min_size=4, max_size=8))
def test_a_reorganisation_loses_no_case_and_no_step(scenario: Scenario, steps: list[str]) -> None:
    """Each open case is on the list of exactly one team, and only that team reads it. A late acknowledgement
    is escalated. Any acts can come before."""
    regional(scenario)
    refs = [filed(scenario, region).ref for region in (GUANGDONG, SHANGHAI)]
    callers = {
        "general": SUN,
        "south": NAN,
        "west": Caller("xi", Role.LEAD, frozenset({"west"}), name="xi@house.example"),
    }
    for step in steps:
        match step:
            case "split":
                regional(scenario, Rule(to="south", regions=(GUANGDONG,)))
            case "close":
                with suppress(Refusal):
                    scenario.product.cover.close("south")
            case "away":
                for who in ("nan", "sun", "zhou"):
                    hours = Hours(scenario.time, scenario.time + DAY)
                    scenario.product.cover.edit(lambda f, who=who, h=hours: f.away(who, h, scenario.time))
            case "back":
                regional(scenario)
            case "clock":
                scenario.live(9 * HOUR, *refs)
            case "move":
                for team in ("general", "south", "west"):
                    scenario.product.cover.reroute(ZHOU, team, WHY)
        for ref in refs:
            case = scenario.product.file.load(ref)
            assert everywhere(scenario, ref) == [case.team]
            reads = [team for team, lead in callers.items() if scenario.product.casework.sees(case, lead)]
            assert reads == [case.team]
    scenario.live(30 * HOUR, *refs)
    assert all("acknowledgement" in scenario.late(ref) for ref in refs)

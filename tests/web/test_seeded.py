"""The staff that `make run` creates: the interface takes their roster and rules, and each team can work."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import Roster
from infra.local import seed
from tests.scenario import HOUR, Scenario
from tests.web.bearer import bearing, call
from tests.web.provider import Provider

ACCOUNTS = {
    account: {"id": account, "name": account, "email": f"{account}@house.example", "password": "-"}
    for account in seed.STAFF
}
BEIJING, CANTON = "110000", "440000"
WITH_CASES = ("general", "household", "north")


@pytest.fixture
def seeded(client: Any, scenario: Scenario, provider: Provider) -> Roster:
    """The roster after the interface has taken the teams and the rules."""
    administrator = {**bearing(provider, "zheng"), "If-Match": "*"}
    for path, said in (("/v1/roster", {"teams": seed.teams_with(ACCOUNTS)}), ("/v1/routing", seed.ROUTING)):
        answer = call(client, "PUT", path, administrator, said)
        assert answer.status_code == 200, answer.body
    return scenario.product.file.fresh_roster()[0]


def as_account(account: str) -> Caller:
    """Return the caller who is signed in with a seeded account."""
    role = Role[seed.role_of(account).upper()]
    return Caller(account, role, frozenset(seed.teams_of(account)), name=f"{account}@house.example")


def test_three_teams_in_two_regions_can_get_cases(seeded: Roster) -> None:
    """The department gets questions only."""
    able = [team for team in seeded.teams if not seeded.fault(team, "cases")]
    assert able == [*WITH_CASES]
    assert len({seeded.teams[team].place["en"] for team in able}) == 2
    assert seeded.fault("repair", "questions") == ""


def test_no_role_of_a_team_is_without_people(scenario: Scenario, seeded: Roster) -> None:
    """Every ladder reaches a person, at any hour."""
    gaps = scenario.product.cover.gaps(seeded)
    assert {team: found for team, found in gaps.items() if found} == {}


@pytest.mark.parametrize(
    ("said", "team"),
    [
        ({"region": CANTON}, "general"),
        ({"region": BEIJING}, "north"),
        ({"region": CANTON, "subject": {"kind": "goods", "goods_class": "appliance"}}, "household"),
    ],
)
def test_the_lead_of_the_team_alone_reads_the_complaint(
    scenario: Scenario, seeded: Roster, said: dict[str, Any], team: str
) -> None:
    """The rules send it there, and its lead finds it on the list of the team."""
    case = scenario.submit(**said)
    assert case.team == team
    leads = ("lead", "household-lead", "north-lead")
    sees = [lead for lead in leads if scenario.product.casework.sees(case, as_account(lead))]
    assert sees == [lead for lead in leads if seed.teams_of(lead) == [team]]
    assert case.ref in [item["ref"] for item in scenario.product.file.work(f"TEAM#{team}", None, 100)[0]]


def test_an_urgent_step_in_the_night_goes_to_the_cover_rota(scenario: Scenario, seeded: Roster) -> None:
    """The northern team has a rota. The general team has none, so its safety officer gets the step."""
    scenario.later(11 * HOUR)
    cases = [scenario.submit(region=region, hurt="hurt") for region in (BEIJING, CANTON)]
    scenario.live(3 * HOUR, *(case.ref for case in cases))
    reasons = [
        {
            step.get("passed_on", "")
            for step in scenario.lines(case.ref, "take_step")
            if step["deadline"] == "safety_triage"
        }
        for case in cases
    ]
    assert reasons == [{"outside_hours"}, {""}]

"""Random companies: only the people of a case's team, and the roles above all teams, open the case or find it
on a list."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from chalicelib.domain.moves.team_change import at_work
from chalicelib.domain.roster import Roster
from tests.casework.companies import (
    BOSS,
    CHIEF,
    PEOPLE,
    STEPS,
    TEAMS,
    Company,
    Step,
    caller,
    entitled,
    examples,
    rosters,
)
from tests.scenario import Scenario
from tests.web.bearer import bearing
from tests.web.desk import GROUPS, Desk
from tests.web.provider import Provider


def groups(roster: Roster, id: str) -> list[str]:
    """Return the groups of a person's account."""
    member = caller(roster, id)
    return [
        *(f"role:{role.code}" for role in member.roles),
        *(f"team:{team}" for team in sorted(member.teams)),
    ]


def filed(company: Company) -> list[str]:
    """Return the first open cases of all teams, also those of earlier examples."""
    work = company.scenario.product.file.work
    return [item["ref"] for team in (*TEAMS, "new") for item in work(f"TEAM#{team}", None, 100)[0]]


@examples(20)
@given(rosters(), st.lists(STEPS, max_size=8))
def test_nobody_outside_opens_a_case_or_finds_it(
    client: Any, scenario: Scenario, provider: Provider, monkeypatch: Any, roster: Roster, steps: list[Step]
) -> None:
    """The test tries the case in the interface, its page at the desk, and each list that a person can
    request."""
    company = Company(scenario, roster)
    for step in [Step("file", 0, 0, 0, 0), *steps]:
        company.play(step)
    provider.now, found = scenario.time, company.roster
    for who in (*PEOPLE, CHIEF, BOSS):
        if not groups(found, who):
            continue
        monkeypatch.setitem(GROUPS, who, groups(found, who))
        signed = bearing(provider, who)
        desk = Desk(client, scenario, who)
        pages = [desk.get(f"/desk?team={team}&list=team") for team in found.teams]
        for ref in company.refs:
            status = 200 if entitled(company.case(ref), found, who) else 404
            assert client.http.get(f"/v1/cases/{ref}", headers=signed).status_code == status
            desk.get(f"/desk/cases/{ref}", status)
            listed = any(f"/desk/cases/{ref}" in page for page in pages)
            assert status == 200 or not listed
            # the pages of the lists are long enough for the cases of the first examples
            assert listed or who != CHIEF or not at_work(company.case(ref)) or len(filed(company)) > 25

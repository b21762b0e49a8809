"""A roster with three teams in two regions, and rules that choose among them."""

from __future__ import annotations

from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.domain.routing import Routing, Rule
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario, roster

NORTH_PHONE, SOUTH_PHONE = "010-8800-1234", "021-8800-1234"
BEIJING, SHANGHAI = "110000", "310000"
RULES = (
    Rule(to="north", regions=(BEIJING, "120000")),
    Rule(to="south", regions=(SHANGHAI,), severities=("S1", "S2")),
)
"""Complaints from the north go to the team of the north. Serious ones from Shanghai go to the south."""
TAN = Caller("tan", Role.LEAD, frozenset({"north"}), name="tan@house.example")
"""The lead of the north."""
HAN = Caller("han", Role.INVESTIGATOR, frozenset({"north"}), name="han@house.example")
"""The investigator of the north."""
GUO = Caller("guo", Role.INVESTIGATOR, frozenset({"south"}), name="guo@house.example")
"""The investigator of the south."""


def having(zh: str, en: str, phone: str, **duty: str) -> Team:
    """Return a team with one person in each role: role → id."""
    return Team(
        {"zh": zh, "en": en},
        phone,
        {role: (Member(id, id.title(), f"{id}@house.example"),) for role, id in duty.items()},
    )


def three_teams(*rules: Rule, default: str = "") -> Roster:
    """Return the usual roster with a team for the north and one for the south, and these rules."""
    usual = roster()
    teams = {
        **usual.teams,
        "north": having("北方组", "Team North", NORTH_PHONE, lead="tan", investigator="han"),
        "south": having("南方组", "Team South", SOUTH_PHONE, intake="xu", investigator="guo"),
    }
    return replace(usual, teams=teams, routing=Routing(rules or RULES, default, 1))


def routed(scenario: Scenario, *rules: Rule, **more: Any) -> Roster:
    """Store a roster with three teams and these rules."""
    scenario.product.file.keep_roster(three_teams(*rules, **more))
    return three_teams(*rules, **more)


def handed_north(scenario: Scenario) -> str:
    """File a complaint, accept it after two hours and assign it to Zhao. Hand it over to the north a day
    later. Return its number."""
    ref = scenario.submit().ref
    scenario.later(2 * HOUR)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.later(DAY)
    scenario.move(SUN, "change_team", ref, to="north", reason="消费者住在北京，由北方组办理。")
    return ref

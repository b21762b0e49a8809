"""A roster with somebody in every role."""

from __future__ import annotations

from chalicelib.domain.roster import Member, Roster
from tests.scenario import Scenario, roster, staff

ZHENG = staff("zheng")


def manned(scenario: Scenario, **more: Member) -> Roster:
    """Fill every role that ladders reach; append the members of `more` in their roles."""
    found = roster()
    for role in scenario.product.cover.needed(found, "general"):
        if not found.people("general", role):
            found = found.enlisted("general", role, Member(f"of_{role}", role, f"{role}@house.example"))
    for role, member in more.items():
        found = found.enlisted("general", role, member)
    scenario.product.file.keep_roster(found)
    return found

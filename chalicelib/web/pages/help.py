"""The contact for people who have no open complaint."""

from typing import NamedTuple

from chalicelib.locale.formats import phone_hours
from chalicelib.wiring import product


class TeamToCall(NamedTuple):
    """A team that people can call: its name, its telephone number, and its telephone hours in words."""

    team: str = ""
    phone: str = ""
    hours: str = ""


def team_to_call(language: str) -> TeamToCall:
    """Return the team that takes new complaints: the default team of the routing. All fields are empty if the
    roster has no such team."""
    roster = product.file.roster()
    team = roster.teams.get(roster.routing.default or product.policy.team)
    if team is None:
        return TeamToCall()
    return TeamToCall(team.label[language], team.phone, phone_hours(language, team.hours))

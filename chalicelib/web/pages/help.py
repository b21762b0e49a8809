"""The contact for people who have no open complaint."""

from chalicelib.domain.policy import policy
from chalicelib.wiring import product


def team_to_call(language: str) -> tuple[str, str]:
    """Return the name and the telephone number of the team that takes new complaints: the default team of the
    routing. Both are empty strings if the roster has no such team."""
    roster = product.file.roster()
    team = roster.teams.get(roster.routing.default or policy(product.setting("POLICY", "default-1")).team)
    return (team.label[language], team.phone) if team else ("", "")

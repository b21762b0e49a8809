"""The contact for people without an open complaint."""

from chalicelib.domain.policy import policy
from chalicelib.wiring import product


def team_to_call(language: str) -> tuple[str, str]:
    """Return the name and telephone number of the team that takes new complaints; both are empty if the
    roster has no such team."""
    team = product.file.roster().teams.get(policy(product.setting("POLICY", "default-1")).team)
    return (team.label[language], team.phone) if team else ("", "")

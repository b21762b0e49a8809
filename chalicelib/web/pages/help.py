"""Whom somebody calls who has no complaint open."""

from chalicelib.domain.policy import policy
from chalicelib.wiring import product


def team_to_call(language: str) -> tuple[str, str]:
    """The team that takes new complaints, and its telephone number; empty while the roster names none."""
    team = product.file.roster().teams.get(policy(product.setting("POLICY", "default-1")).team)
    return (team.label[language], team.phone) if team else ("", "")

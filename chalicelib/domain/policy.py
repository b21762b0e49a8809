"""Policies: immutable, versioned files with lengths, ladders, approvers and thresholds. A case keeps the version it began under."""
from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.domain.codes import Role

POLICIES = Path(__file__).parent / "policy"


@dataclass(frozen=True)
class Step:
    """One step of a ladder. `at` is "16h" from the start, "day 4", "amber", "red", "-1w" before, "due" or "+4h" after; or `every`.

    `tell` names roles (`owner` is whoever holds the case), `consumer` a letter to the consumer, `take` the move that silence means.
    """

    at: str = ""
    every: str = ""
    tell: str = ""
    consumer: str = ""
    take: str = ""

    @property
    def early(self) -> bool:
        """Whether it comes before the due moment, so that it warns instead of escalating."""
        return not self.every and self.at != "due" and not self.at.startswith("+")


@dataclass(frozen=True)
class Rule:
    """How long a deadline runs, which end is told (strict, or generous for windows we grant), and its ladder."""

    length: str
    generous: bool = False
    extension: str = ""
    ladder: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Policy:
    """One version of the rules of a sector."""

    name: str
    team: str
    rules: Mapping[str, Rule]
    late_reason_after: str
    approvers: Mapping[str, tuple[str, ...]]

    def approver(self, move: str) -> Role:
        """The roles of which one must confirm this move as second person."""
        return Role(sum(Role[code.upper()].value for code in self.approvers[move]))


@cache
def policy(name: str) -> Policy:
    """The policy of this name and version, such as `default-1`; raises FileNotFoundError."""
    data = tomllib.loads((POLICIES / f"{name}.toml").read_text("utf-8"))
    rules = {deadline: _rule(rule) for deadline, rule in data["deadline"].items()}
    return Policy(name, data["team"], rules, data["late_reason_after"], {move: tuple(roles) for move, roles in data["approvers"].items()})


def _rule(rule: dict[str, Any]) -> Rule:
    return Rule(**{**rule, "ladder": tuple(Step(**step) for step in rule.get("ladder", ()))})

"""Who is on duty: per team and role, in the order in which they are asked. The first present is on duty, the others are deputies."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.codes import Role


@dataclass(frozen=True)
class Hours:
    """A stretch of time, UTC, its end exclusive."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True)
class Member:
    """A member of staff as letters and lists show them; `id` is the subject their identity provider gives them.

    `on`: on duty in these hours only; none means always. `absent`: away.
    """

    id: str
    name: str
    email: str
    phone: str = ""
    on: tuple[Hours, ...] = ()
    absent: tuple[Hours, ...] = ()

    def present(self, moment: datetime) -> bool:
        """Whether this person can be turned to at that moment."""
        return (not self.on or any(moment in hours for hours in self.on)) and not any(moment in hours for hours in self.absent)


@dataclass(frozen=True)
class Team:
    """A team: its name in each language, the phone number that letters show, and who is on duty per role code."""

    label: Mapping[str, str]
    phone: str = ""
    duty: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Duty:
    """Whom a step reaches: the person, and why it was not the first one asked (`absent`, `empty` or nothing)."""

    member: Member | None
    passed_on: str = ""


@dataclass(frozen=True)
class Roster:
    """All teams. A role that a team does not have is looked for in every team, so that one executive can serve them all."""

    teams: Mapping[str, Team] = field(default_factory=dict)

    def member(self, id: str) -> Member | None:
        """The person with this id, wherever they serve."""
        return next((m for team in self.teams.values() for people in team.duty.values() for m in people if m.id == id), None)

    def on_duty(self, team: str, role: Role, moment: datetime) -> Duty:
        """The person on duty for a role, else the deputy; nobody when the role is empty or all are away."""
        own = self.teams[team].duty.get(role.code, ()) if team in self.teams else ()
        people = own or tuple(m for other in self.teams.values() for m in other.duty.get(role.code, ()))
        for n, member in enumerate(people):
            if member.present(moment):
                return Duty(member, "absent" if n else "")
        return Duty(None, "absent" if people else "empty")

    def serves(self, id: str, team: str) -> bool:
        """Whether this person serves in this team."""
        return team in self.teams and any(m.id == id for people in self.teams[team].duty.values() for m in people)

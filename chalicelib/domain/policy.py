"""Policies: the lengths of deadlines, their ladders, the approvers, and thresholds. A policy is a file with a
version that never changes. A case keeps the version under which it began."""

import tomllib
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Lesson, Role, Route, ServiceClass

POLICIES = Path(__file__).parent / "policy"


@frozen
class Step:
    """One step of a ladder. `at` is its time: "16h" after the start, "day 4" (after the start), "amber",
    "red" or "-1w" before the due moment, "due", or "+4h" after it. `every` is the time after which the last
    step is repeated.

    `tell` names the roles to be notified, several with " + "; `owner` is the person who handles the case.
    `consumer` is a letter to the consumer. `take` is the move that follows silence. If it names several, with
    " | ", the one is taken that the stage allows."""

    at: str = ""
    every: str = ""
    tell: str = ""
    consumer: str = ""
    take: str = ""

    @property
    def early(self) -> bool:
        """Whether the step comes before the due moment, and so warns instead of escalating."""
        return not self.every and self.at != "due" and not self.at.startswith("+")

    @property
    def lapses(self) -> bool:
        """Whether the step takes a move that follows silence and may cost somebody a right."""
        return self.take.startswith("lapse_")


@frozen
class Rule:
    """The rule of a deadline: its `length`, whether its end on a rest day moves to the next working day
    (`generous`, for time that we grant to parties), and its ladder. `source` is the law and article, the
    standard or the paper that it follows.

    `lengths`: other lengths for an outcome or severity of the case, or for a joint case (`joint`).
    `extensions`: what the first, second … extension adds. A deadline whose runs have a date of their own
    needs no length. With `own_day` false its length replaces that date, so that the demo, which counts in
    minutes, need not wait for it."""

    length: str = ""
    generous: bool = False
    lengths: Mapping[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    ladder: tuple[Step, ...] = ()
    own_day: bool = True
    source: str = ""

    @property
    def hours(self) -> bool:
        """Whether the length counts in hours, by the clock or within the open hours of a day, and not in
        days."""
        return self.length.endswith(("h", "l"))


@frozen
class Course:
    """A training that people of these roles must take at least once in this number of days."""

    roles: tuple[str, ...]
    days: int


@frozen
class Policy:
    """One version of the rules for a sector.

    `settle_most`: the largest amount, in fen, that can be settled at once without a second person.
    `higher_office`: the executive decides on reconsiderations instead of a panel. `meeting_notice`: how long
    before a meeting the sides are called. `late_reason_after`: after this time a late record of a complaint
    needs a reason.

    `people`: the most people of a joint case. `representatives`: from `elected_from` people on, the smallest
    and the largest number of representatives; with fewer people the first number is the largest. (After
    民诉法司法解释 75, 78: where there are many, some ten, they choose two to five.)

    `approvers`: the roles that can confirm a move as the second person, by its name. `authorities`: the
    outside bodies for this sector. `services`: those for certain classes of service. `trainings`: the
    trainings that roles must repeat.

    `repeat`: the time after which a missed deadline is reported again, and `repeat_hours` for one that counts
    in hours. `grace`: how much later a time limit lapses in which we had an outage.

    `opinion_share`: the percentage of the complaints closed in a quarter whose people are asked for an
    opinion. `companies`: the names that the complaint form suggests. Other names can be typed, but only these
    are counted."""

    name: str
    team: str
    rules: Mapping[str, Rule]
    late_reason_after: str
    settle_most: int
    representatives: tuple[int, int]
    elected_from: int
    people: int
    repeat: str
    repeat_hours: str
    grace: str
    approvers: Mapping[str, tuple[str, ...]]
    authorities: tuple[Route, ...]
    services: Mapping[ServiceClass, tuple[Route, ...]]
    trainings: Mapping[Lesson, Course]
    higher_office: bool = False
    meeting_notice: str = "5w"
    opinion_share: int = 5
    companies: tuple[str, ...] = ()

    def approver(self, move: str, nth: int = 1) -> Role:
        """Return the roles that can confirm this move as the second person. `nth` is the number of the
        extension: later extensions may need a higher level."""
        codes = self.approvers.get(f"{move}_{nth}") or self.approvers[move]
        return Role(sum(Role[code.upper()].value for code in codes))

    def speakers(self, people: int) -> tuple[int, int]:
        """Return the smallest and the largest number of representatives for this number of people in a joint
        case."""
        fewest, most = self.representatives
        return (fewest, most) if people >= self.elected_from else (0, fewest)

    def competent(self, service: ServiceClass | None) -> tuple[Route, ...]:
        """Return the authorities that accept complaints about this class of service, or for None those of the
        sector."""
        return self.services.get(service, self.authorities) if service else self.authorities

    def listed(self, name: str | None) -> str | None:
        """Return this company's name as `companies` has it, whatever its capitals; None if it is not among
        them."""
        said = (name or "").strip().casefold()
        return next((company for company in self.companies if company.casefold() == said), None)

    @property
    def roles(self) -> frozenset[str]:
        """The codes of all roles that the ladders of the policy name; `owner` is not a role."""
        told = (
            code for rule in self.rules.values() for step in rule.ladder for code in step.tell.split(" + ")
        )
        return frozenset(told) - {"", "owner"}


@cache
def policy(name: str) -> Policy:
    """Return the policy with this name and version, such as `default-1`. A name that ends in `.toml` is the
    path of a proposed policy. Raises FileNotFoundError if there is none."""
    data = _read(name)
    rules = {deadline: _rule(rule) for deadline, rule in data.pop("deadline").items()}
    approvers = {move: tuple(roles) for move, roles in data.pop("approvers").items()}
    speak = tuple(data.pop("representatives"))
    services = {ServiceClass(kind): tuple(map(Route, of)) for kind, of in data.pop("services").items()}
    authorities = tuple(map(Route, data.pop("authorities")))
    companies = tuple(data.pop("companies", ()))
    trainings = {
        Lesson(of): Course(tuple(how["roles"]), how["days"]) for of, how in data.pop("trainings").items()
    }
    return Policy(
        name,
        authorities=authorities,
        companies=companies,
        services=services,
        trainings=trainings,
        rules=rules,
        approvers=approvers,
        representatives=speak,
        **data,
    )


def names() -> tuple[str, ...]:
    """Return the names of all policies, each with its version."""
    return tuple(sorted(file.stem for file in POLICIES.glob("*.toml")))


def _read(name: str) -> dict[str, Any]:
    """Return what a policy's file says. What it leaves out comes from the policy that it is `based_on`."""
    file = Path(name) if name.endswith(".toml") else POLICIES / f"{name}.toml"
    data = tomllib.loads(file.read_text("utf-8"))
    base = _read(data.pop("based_on")) if "based_on" in data else {}
    for part in ("approvers", "deadline"):
        data[part] = {**base.get(part, {}), **data.get(part, {})}
    return {**base, **data}


def _rule(rule: dict[str, Any]) -> Rule:
    ladder = tuple(Step(**step) for step in rule.get("ladder", ()))
    return Rule(**{**rule, "ladder": ladder, "extensions": tuple(rule.get("extensions", ()))})

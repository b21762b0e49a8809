"""Policies: the lengths of deadlines, their ladders, the approvers, and thresholds. A policy is a file with a
version, and a released file never changes. A case keeps the policy under which it began."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from chalicelib.domain.calendar import Holiday
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Lesson, Role, Route, Sector

POLICIES = Path(__file__).parent / "policy"


@frozen
class Step:
    """One step of a ladder; the clock takes the steps of a deadline one after another. `at` is the time of
    the step: "16h" or "day 4" after the start, "-1w" before the due moment, "due" at the due moment, "+4h"
    after it. "amber" and "red" are warnings before the due moment. `every` is the time after which the last
    step is repeated.

    `tell` names the roles to be notified, separated by " + "; `owner` is the person who handles the case.
    `consumer` is the key of a letter to the consumer. `take` is the move that the clock takes after silence.
    If `take` names several moves, separated by " | ", the clock takes the one that the stage of the case
    allows."""

    at: str = ""
    every: str = ""
    tell: str = ""
    consumer: str = ""
    take: str = ""

    @property
    def early(self) -> bool:
        """Whether the step comes before the due moment, so that it warns and does not escalate."""
        return not self.every and self.at != "due" and not self.at.startswith("+")

    @cached_property
    def lapses(self) -> bool:
        """Whether the step takes a move that follows silence (`lapse_…`). Such a move may cost somebody a
        right."""
        return self.take.startswith("lapse_")

    @cached_property
    def concludes(self) -> bool:
        """Whether the step takes a move that lets a window lapse or closes the case. It waits while a duty of
        ours is missed."""
        return self.lapses or self.take.startswith("close_")


@frozen
class Rule:
    """The rule of a deadline. `length` is its length as a text, such as "24h". `generous` moves an end on a
    rest day to the next working day, for time that we grant to parties. `ladder` has the steps that the clock
    takes. `source` is the law and article, the standard or the paper behind the rule.

    `lengths` are lengths for special cases; the key is an outcome or a severity, or `joint` for a joint case.
    `extensions` are the times that the first, second … extension adds. A deadline that ends on a day named in
    the case needs no length. With `own_day` false such a deadline ends after `length` and not on that day,
    because the demo counts in minutes."""

    length: str = ""
    generous: bool = False
    lengths: Mapping[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    ladder: tuple[Step, ...] = ()
    own_day: bool = True
    source: str = ""

    @property
    def hours(self) -> bool:
        """Whether the length counts in hours (h or l) and not in days."""
        return self.length.endswith(("h", "l"))


@frozen
class Course:
    """A training that people with one of these `roles` must repeat after `days` days."""

    roles: tuple[str, ...]
    days: int


@frozen
class Sale:
    """A sale of each year with a fixed beginning and end, as month and day ("06-01"). In it people buy and
    complain about other things, so that early signs are stricter. `source` says where its days come from."""

    name: str
    since: str
    until: str
    source: str

    def of(self, year: int) -> Holiday:
        """Return the days of the sale in a year."""
        return Holiday(self.name, *(date.fromisoformat(f"{year}-{day}") for day in (self.since, self.until)))


@frozen
class Policy:
    """One version of the rules for a sector.

    `settle_most`: the largest amount, in fen, that can be settled at once without a second person.
    `higher_office`: the executive decides on reconsiderations instead of a panel. `meeting_notice`: how long
    before a meeting the sides are called. `late_reason_after`: the delay after which recording a complaint
    needs a reason.

    `people`: the most people of a joint case. `elected_from`: the number of people from which they must
    choose representatives. `representatives`: the smallest and the largest number of representatives in such
    a case; with fewer people the smallest number is the largest. (After 民诉法司法解释 75, 78: where there are many,
    some ten, they choose two to five.)

    `approvers`: the roles that can confirm a move as the second person; the key is the name of the move.
    `authorities`: the outside bodies for a sector that is not in `sectors`. `sectors`: the outside bodies of
    the other sectors. `trainings`: the trainings that roles must repeat; the key is the topic.

    `repeat`: the time after which a missed deadline is reported again. `repeat_hours`: the same time for a
    deadline in hours. `grace`: how much later a time limit lapses if we had an outage in it.

    `keep_years`: how many years after its last move the personal data of a case are kept.

    `opinion_share`: the percentage of the complaints closed in a quarter that is drawn for the survey of
    opinions. `companies`: the company names that the complaint form suggests. Other names can be typed, but
    figures count only these. `sales`: the yearly sales in which early signs are stricter."""

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
    keep_years: int
    approvers: Mapping[str, tuple[str, ...]]
    authorities: tuple[Route, ...]
    sectors: Mapping[Sector, tuple[Route, ...]]
    trainings: Mapping[Lesson, Course]
    higher_office: bool = False
    meeting_notice: str = "5w"
    opinion_share: int = 5
    companies: tuple[str, ...] = ()
    sales: tuple[Sale, ...] = ()

    def approver(self, move: str, nth: int = 1) -> Role:
        """Return the roles that can confirm this move as the second person, as one Role. `nth` is 2 for a
        second extension, and so on, because a later extension may need a higher level."""
        codes = self.approvers.get(f"{move}_{nth}") or self.approvers[move]
        return Role(sum(Role[code.upper()].value for code in codes))

    def speakers(self, people: int) -> tuple[int, int]:
        """Return the smallest and the largest number of representatives that a joint case with `people`
        people may have."""
        fewest, most = self.representatives
        return (fewest, most) if people >= self.elected_from else (0, fewest)

    def competent(self, sectors: Iterable[Sector]) -> tuple[Route, ...]:
        """Return the authorities that accept complaints about businesses of these sectors, each once."""
        found = (self.sectors.get(sector, self.authorities) for sector in sectors)
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    def listed(self, name: str | None) -> str | None:
        """Return the entry of `companies` that equals this company name, whatever the capitals. Return None
        if there is none."""
        said = (name or "").strip().casefold()
        return next((company for company in self.companies if company.casefold() == said), None)

    @property
    def roles(self) -> frozenset[str]:
        """The codes of all roles that the ladders of the policy notify. `owner` is left out, because it is
        not a role."""
        told = (
            code for rule in self.rules.values() for step in rule.ladder for code in step.tell.split(" + ")
        )
        return frozenset(told) - {"", "owner"}


@cache
def policy(name: str) -> Policy:
    """Return the policy with this name and version, such as `default-1`. A name that ends in `.toml` is the
    path of a file with a proposed policy. A name such as `default-1+answer_window=20d,signing=5d` is a policy
    with other lengths, which are proposed. Raises FileNotFoundError if the file does not exist."""
    released, plus, lengths = name.partition("+")
    data = _read(released)
    for deadline, _, proposed in (one.partition("=") for one in lengths.split(",") if plus):
        data["deadline"][deadline] = {**data["deadline"][deadline], "length": proposed}
    # each line takes its part out of `data`, so that the other parts remain for the last line
    return Policy(
        name,
        authorities=tuple(map(Route, data.pop("authorities"))),
        companies=tuple(data.pop("companies", ())),
        sales=tuple(Sale(**one) for one in data.pop("sales", ())),
        sectors={Sector(kind): tuple(map(Route, of)) for kind, of in data.pop("sectors").items()},
        trainings={
            Lesson(of): Course(tuple(how["roles"]), how["days"]) for of, how in data.pop("trainings").items()
        },
        rules={deadline: _rule(rule) for deadline, rule in data.pop("deadline").items()},
        approvers={move: tuple(roles) for move, roles in data.pop("approvers").items()},
        representatives=tuple(data.pop("representatives")),
        **data,
    )


def names() -> tuple[str, ...]:
    """Return the names of all policies, each with its version."""
    return tuple(sorted(file.stem for file in POLICIES.glob("*.toml")))


def _read(name: str) -> dict[str, Any]:
    """Return the content of a policy's file. If the file has `based_on`, the parts that it leaves out come
    from that other policy."""
    file = Path(name) if name.endswith(".toml") else POLICIES / f"{name}.toml"
    data = tomllib.loads(file.read_text("utf-8"))
    base = _read(data.pop("based_on")) if "based_on" in data else {}
    for part in ("approvers", "deadline"):
        data[part] = {**base.get(part, {}), **data.get(part, {})}
    return {**base, **data}


def _rule(rule: dict[str, Any]) -> Rule:
    ladder = tuple(Step(**step) for step in rule.get("ladder", ()))
    return Rule(**{**rule, "ladder": ladder, "extensions": tuple(rule.get("extensions", ()))})

"""Simulated worlds of root causes, whose truth is known: how often a verdict on an action is wrong in them.

A world has one cause with an action and twelve other causes. It lasts from the baseline of the action to its
second check. The real counting and the real test judge it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import ActionScope
from chalicelib.domain.model.codes import Cause, ScopeKind, Verdict
from chalicelib.domain.recurrence import BASELINE, BEFORE_OPENING, Recurrence, judged
from chalicelib.figures.causes import Causes, causes_key
from chalicelib.figures.volumes import EVERY, Volumes
from tests.domain.actions import Action
from tests.trials import Trial

OTHERS = 12
"""The number of other causes."""
OPENED = (BASELINE + BEFORE_OPENING).days
DONE = OPENED + 30
"""The days of the world on which the action was opened and done."""
LOOKS = (63, 182)
"""The days of receipts that the checks of day 91 and day 210 count."""
EARLIER = 364
"""The days before the world from which the worst month is chosen."""
NUMBER = 100
"""How many complaints with the cause are expected in the 63 days of the first check."""
BEGUN = date(2024, 1, 1)
WITHIN = 0.95
"""The share of complaints whose cause is found within 28 days."""


class World(NamedTuple):
    """The rules of a world.

    `shock`: the standard deviation of a lognormal factor of each cause and week; 0.5 is its correlation with
    the week before. `others`, `everything`: factors of the other causes and of all causes after the action.
    `growth`: the growth of all causes in a year. `season`: the amplitude of each cause's own season. `worst`:
    whether the action was opened after the worst month of a year. `slow`: whether the cause is found in 28
    days in half of its complaints only. `second`: the share of complaints with a second cause. `effect`: the
    factor of the cause after the action. `scoped`: whether the action is for half of the complaints.
    `customers`: whether their number is known. It grows as the causes do."""

    shock: float = 0.0
    others: float = 1.0
    everything: float = 1.0
    growth: float = 0.0
    season: float = 0.0
    worst: bool = False
    slow: bool = False
    second: float = 0.0
    effect: float = 1.0
    number: int = NUMBER
    scoped: bool = False
    customers: bool = False


NULLS: Mapping[str, World] = {
    "Poisson": World(),
    "slow cause": World(slow=True),
    "others +20 %": World(others=1.2),
    "others −20 %": World(others=0.8),
    "all +20 %": World(everything=1.2),
    "growth 30 % a year": World(growth=0.3),
    "shock 0.25": World(shock=0.25),
    "shock 0.40": World(shock=0.40),
    "shock 0.25, 300 cases": World(shock=0.25, number=300),
    "shock 0.25, others +20 %": World(shock=0.25, others=1.2),
    "season": World(season=0.2),
    "worst month first": World(worst=True),
    "worst month first, shock 0.25": World(worst=True, shock=0.25),
    "two causes in 30 %": World(second=0.3, shock=0.25),
    "scope": World(scoped=True, shock=0.25),
    "customers +60 % a year, shock 0.25": World(growth=0.6, customers=True, shock=0.25),
    "all together": World(shock=0.25, season=0.2, growth=0.3, worst=True, second=0.1),
}
"""Worlds in which the action changes nothing."""
HALVED: Mapping[str, World] = {"100 cases, shock 0.15": World(effect=0.5, shock=0.15)}
"""Worlds in which the action halves its cause, with the power that is required."""
WEAKER: Mapping[str, World] = {
    "50 cases, shock 0.15": World(effect=0.5, shock=0.15, number=50),
    "100 cases, shock 0.25": World(effect=0.5, shock=0.25),
    "100 cases, customers +60 % a year, shock 0.15": World(
        effect=0.5, shock=0.15, growth=0.6, customers=True
    ),
    "100 cases, scope, shock 0.15": World(effect=0.5, shock=0.15, scoped=True),
}
"""Worlds in which the action halves its cause, with a power that is only reported."""


def series(world: World, dice: Generator) -> NDArray[np.int64]:
    """Return how often each cause was found in complaints of each day. The first row is the cause of the
    action. An action for half of the complaints has its half in the first rows, and the rest below."""
    ahead = EARLIER if world.worst else 0
    days = np.arange(ahead + DONE + max(LOOKS))
    halves = 2 if world.scoped else 1
    rate = world.number / LOOKS[0] * np.append(1.0, dice.uniform(0.3, 3, OTHERS))
    mean = np.outer(rate, np.where(days % 7 >= 5, 0.6, 1.16) * (1 + world.growth) ** (days / 365))
    mean *= np.append(0.5 if world.slow else WITHIN, np.full(OTHERS, WITHIN))[:, None] / WITHIN
    mean *= np.repeat(_shocks(world.shock, len(days) // 7 + 1, dice), 7, axis=1)[:, : len(days)]
    phase = dice.uniform(0, 2 * np.pi, (OTHERS + 1, 1))
    mean = np.tile(mean * np.exp(world.season * np.sin(2 * np.pi * days / 365 + phase)), (halves, 1))
    found = _second(dice.poisson(mean), world.second, dice)
    opened = OPENED
    if world.worst:
        month = np.convolve(found[0], np.ones(28), "valid")
        opened += int(np.argmax(month[OPENED - 28 : OPENED - 28 + ahead]))
    done = opened + DONE - OPENED
    mean[:, done:] *= world.everything
    mean[0, done:] *= world.effect
    mean[1 : OTHERS + 1, done:] *= world.others
    found[:, done:] = _second(dice.poisson(mean[:, done:]), world.second, dice)
    return found[:, opened - OPENED : done + max(LOOKS)]


def _shocks(size: float, weeks: int, dice: Generator) -> NDArray[np.float64]:
    """Return a factor for each cause and week, with a mean of one."""
    drawn = dice.normal(size=(OTHERS + 1, weeks))
    for week in range(1, weeks):
        drawn[:, week] = 0.5 * drawn[:, week - 1] + np.sqrt(0.75) * drawn[:, week]
    return np.exp(size * drawn - size**2 / 2)


def _second(found: NDArray[np.int64], share: float, dice: Generator) -> NDArray[np.int64]:
    """Give a share of the complaints a second cause, which is that of the next row."""
    return found + np.roll(dice.binomial(found, share), 1, axis=0) if share else found


@cache
def _action(scoped: bool) -> Case:
    """Return an action that is done on the day `DONE` of the world."""
    life = Action()
    scope = ActionScope(ScopeKind.REGION, "440000") if scoped else None
    return replace(life.case, improvement=replace(life.action, scope=scope))


def verdicts(world: World, dice: Generator) -> list[Recurrence]:
    """Return the results of both checks in one run of a world."""
    found, action = series(world, dice), _action(world.scoped)
    causes = [Cause.NOT_TOLD, *(code for code in Cause if code != Cause.NOT_TOLD)][: OTHERS + 1]
    until = BEGUN + timedelta(days=DONE + 400)
    stated = {"since": str(BEGUN), "until": str(until), "actions": []}
    whole = found.reshape(-1, OTHERS + 1, found.shape[1]).sum(axis=0)
    contents: dict[str, Any] = {
        causes_key(): {
            **stated,
            "volumes": _volumes(world),
            "counts": dict(zip(causes, whole.tolist(), strict=True)),
        }
    }
    if action.improvement and action.improvement.scope:
        inside = dict(zip(causes, found[: OTHERS + 1].tolist(), strict=True))
        contents[causes_key(action.improvement.scope)] = {**stated, "counts": inside}
    before = (BEGUN, BEGUN + BASELINE - timedelta(days=1))
    return [_judged(Causes(contents.get), action, before, days) for days in LOOKS]


def _judged(causes: Causes, action: Case, before: tuple[date, date], days: int) -> Recurrence:
    after = (BEGUN + timedelta(days=DONE), BEGUN + timedelta(days=DONE + days - 1))
    counts = causes.counts(action, before, after, after[1])
    assert counts
    periods = counts.before.days, counts.after.days
    causes_found = counts.before.cause, counts.after.cause
    return judged(periods, causes_found, counts.others, counts.outside, counts.growth or (1.0, 1.0))


def _volumes(world: World) -> Volumes:
    """Return the number of customers in each month of a world; {} if it is not known."""
    middles = (BEGUN.replace(day=15) + timedelta(days=n) for n in range(DONE + max(LOOKS) + 31))
    months = {f"{day:%Y-%m}": (day - BEGUN).days for day in middles if day.day == 15}
    grown = {month: round(1e6 * (1 + world.growth) ** (days / 365)) for month, days in months.items()}
    return {f"{EVERY}/{EVERY}": grown} if world.customers else {}


@cache
def rates(world: World, runs: int) -> tuple[float, float, float, float]:
    """Return shares of runs: those with the verdict "fell" at either check, those with "rose" at either, and
    those with "fell" at the first and at the second check."""
    dice = default_rng(37)
    told = [[one.verdict for one in verdicts(world, dice)] for _ in range(runs)]
    fell = [[verdict == Verdict.FELL for verdict in one] for one in told]
    rose = sum(Verdict.ROSE in one for one in told)
    looks = [sum(one[n] for one in fell) / runs for n in range(len(LOOKS))]
    return sum(map(any, fell)) / runs, rose / runs, looks[0], looks[1]


def wrongly_fell(runs: int) -> dict[str, float]:
    """Return how often a cause that did not change is said to have become rarer, by world."""
    return {name: rates(world, runs)[0] for name, world in NULLS.items()}


def wrongly_rose(runs: int) -> dict[str, float]:
    """Return how often a cause that did not change is said to have become more frequent, by world."""
    return {name: rates(world, runs)[1] for name, world in NULLS.items()}


def found_halved(runs: int) -> dict[str, float]:
    """Return how often a halved cause is found at the first check, in the worlds with a required power."""
    return {name: rates(world, runs)[2] for name, world in HALVED.items()}


def found_otherwise(runs: int) -> dict[str, float]:
    """Return how often a halved cause is found at each check, in the other worlds."""
    return {
        f"{name}, day {day}": rates(world, runs)[place]
        for name, world in (WEAKER | HALVED).items()
        for place, day in ((2, 91), (3, 210))
    }


WATCHED, QUARTER = 230, 91
"""The day of the world from which an action for a part is watched for a year, and the days of a check."""


def opened_again(world: World, dice: Generator, begun: int, checks: int) -> bool:
    """Return whether the watch of an action for a part opens it again, in one run of a world. The watch
    begins on the day `begun` and makes so many checks."""
    found, action = series(world, dice), _action(scoped=True)
    assert action.improvement
    codes = (Cause.NOT_TOLD, *(code for code in Cause if code != Cause.NOT_TOLD))
    counts = dict(zip(codes, found[: OTHERS + 1].tolist(), strict=False))
    for check in range(checks):
        since = BEGUN + timedelta(days=begun + QUARTER * check)
        until = since + timedelta(days=QUARTER)
        told = {
            "since": str(BEGUN),
            "until": str(until),
            "counts": {code: days[: (until - BEGUN).days + 1] for code, days in counts.items()},
        }
        if Causes({causes_key(action.improvement.scope): told}.get).sign(action, since):
            return True
    return False


def opened_share(world: World, runs: int, begun: int = WATCHED, checks: int = 4) -> float:
    """Return in which share of the runs the watch opens an action again."""
    dice = default_rng(41)
    return sum(opened_again(world, dice, begun, checks) for _ in range(runs)) / runs


WATCH = (
    "Poisson",
    "growth 30 % a year",
    "shock 0.25",
    "shock 0.40",
    "shock 0.25, 300 cases",
    "season",
    "scope",
)
"""The worlds without a change in which the watch is measured."""
BACK: Mapping[str, World] = {
    f"{number} cases, shock 0.15, ×{times:g}": World(effect=times, shock=0.15, number=number)
    for number, times in ((100, 2.0), (100, 3.0), (300, 2.0))
}
"""Worlds in which the cause comes back."""
RUNS = 1_000
"""The runs of each world in `make worlds`."""
VERDICTS = (
    Trial(
        "verdict_fell",
        "an unchanged cause is said to have become rarer, at either check",
        wrongly_fell,
        RUNS,
        at_most=0.05,
    ),
    Trial(
        "verdict_rose",
        "an unchanged cause is said to have become more frequent, at either check",
        wrongly_rose,
        RUNS,
        at_most=0.05,
    ),
    Trial(
        "verdict_power", "a halved cause is found at the check of day 91", found_halved, RUNS, at_least=0.8
    ),
    Trial("verdict_power_elsewhere", "a halved cause is found", found_otherwise, RUNS),
    Trial(
        "watch_wrong",
        "the watch of an action for a part opens it again in a year in which nothing changed",
        lambda runs: {name: opened_share(NULLS[name], runs) for name in WATCH},
        100,
    ),
    Trial(
        "watch_found",
        "the watch of an action for a part finds a cause that comes back, by the check of day 91",
        lambda runs: {name: opened_share(world, runs, DONE, 1) for name, world in BACK.items()},
        100,
    ),
)
"""The trials of the verdict on an improvement action."""

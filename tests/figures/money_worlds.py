"""Random sums of money inside the company, which are attacked: how well a reader knows the amount of one
person.

The reader has the provisional and the final sums of months, quarters and a year: of all complaints, of each
code, of each team with its own codes, and of goodwill. The reader also knows which person counts in which
sum, and that somebody's part is at most half of the step to which a sum is rounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import NamedTuple

from chalicelib.figures.protection import money_step, summed
from tests.figures.disclosure import Key, Known, limits
from tests.trials import Trial

MONTHS = range(1, 7)
PERIODS: Mapping[str, Sequence[int]] = {
    **{f"month {month}": [month] for month in MONTHS},
    "quarter 1": MONTHS[:3],
    "quarter 2": MONTHS[3:],
    "year": MONTHS,
}
HALF = 3
"""An amount is known too well if its highest value is less than this many times its lowest. Then the middle
is off by less than half."""


class Paid(NamedTuple):
    """What a person got in a month, in fen. `late`: it was entered after the provisional report."""

    person: int
    month: int
    amount: int
    type: str
    team: str
    channel: str
    goodwill: bool
    late: bool


def payments(dice: Random) -> list[Paid]:
    """Return random payments. Amounts are equal, similar, or very different. A team works on one type, with
    few exceptions, so that two sums can differ by one person."""
    size, spread = dice.choice((40, 80, 160)), dice.choice((0.0, 0.3, 1.5))
    found = []
    for person in range(size):
        for _ in range(dice.choice((1, 1, 1, 2))):
            (kind,) = dice.choices(range(3), (8, 3, 1))
            team = kind if dice.random() < 0.95 else dice.randrange(3)
            amount = round(100 * dice.lognormvariate(0, spread)) * 100
            where = f"type {kind}", f"team {team}", dice.choices(("web", "phone"), (15, 1))[0]
            flags = dice.random() < 0.2, dice.random() < 0.05
            found.append(Paid(person, dice.choice(MONTHS), max(amount, 100), *where, *flags))
    return [*dict.fromkeys(found)]


def sums(paid: Sequence[Paid]) -> Iterator[list[Paid]]:
    """Yield the payments of each published sum."""
    for months, lates in product(PERIODS.values(), ((False,), (False, True))):
        of = [
            one
            for one in paid
            if one.month in months and (True in lates or one.month < months[-1] or not one.late)
        ]
        cells = defaultdict[Key, list[Paid]](list)
        for one in of:
            own = [("all",), (one.type,), (one.channel,), *([("goodwill",)] if one.goodwill else [])]
            for cell in own:
                cells[cell].append(one)
                cells[one.team, *cell].append(one)
        yield from cells.values()


def known(some: Sequence[Paid], exactly: bool) -> Iterator[Known]:
    """Yield what the sum of some payments tells. `exactly`: as if it were not rounded."""
    each = defaultdict[int, list[Paid]](list)
    for one in some:
        each[one.person].append(one)
    of = [sum(one.amount for one in own) for own in each.values()]
    if (shown := summed(len(each), sum(of), max(of))) is None:
        return
    weights = dict.fromkeys(some, 1.0)
    if exactly:
        yield Known(weights, sum(of), sum(of))
        return
    step = money_step(max(of))
    yield Known(weights, shown - step // 2, shown + step // 2)
    yield from (Known(dict.fromkeys(own, 1.0), 0, step // 2) for own in each.values())


def told(paid: Sequence[Paid], exactly: bool = False) -> set[Key]:
    """Return the payments that a reader knows too well (see `HALF`)."""
    everything = [one for some in sums(paid) for one in known(some, exactly)]
    there = {one for fact in everything for one in fact.weights}
    found = limits(
        everything, {one: [one] for one in paid if one in there}, lambda low, high: high >= HALF * low
    )
    return {*found}


def telling(runs: int, exactly: bool = False) -> float:
    """Return in which share of random companies the amount of somebody is known too well."""
    return sum(bool(told(payments(Random(seed)), exactly)) for seed in range(runs)) / runs


MONEY = (
    Trial(
        "disclosure_money",
        "sums of money: the amount of one person is known to ± half from all reports",
        lambda runs: {"six months": telling(runs)},
        200,
        at_most=0,
    ),
    Trial(
        "disclosure_money_exact",
        "sums of money: the same, if sums were not rounded",
        lambda runs: {"six months": telling(runs, exactly=True)},
        200,
    ),
)
"""The trials of the protection of sums of money."""

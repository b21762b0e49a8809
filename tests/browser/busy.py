"""A team in a busy week: 200 open cases at every stage, of people who write as people do."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tests.scenario import DAY, HOUR, SUN, WANG, Scenario, once
from tests.web.mediated import bound, breached, drafted, mediating, negotiating
from tests.web.own import answered, performing

CASES = 200
STORIES = Path(__file__).parent.parent / "domain" / "labelled_stories.json"
NAMES = (
    *("王芳", "张伟", "欧阳娜娜", "阿依古丽·买买提", "李秀英", "Jean-François Müller", "陈小二"),
    *("O'Brien, Siobhán", "刘洋", "司马光明", "赵铁柱", "周杰", "吴桂芬", "郑爽爽", "林黛玉"),
)
PRODUCTS = (
    "滚筒洗衣机 XQG80-14",
    "iPhone 17 Pro Max 512G",
    "健身年卡",
    "老人手机套餐",
    "",
    "沙发（三人位，米白）",
)


def _signing(scenario: Scenario) -> str:
    ref = mediating(scenario)
    drafted(scenario, ref)
    return ref


FURTHER: tuple[Callable[[Scenario], str], ...] = (
    answered,
    lambda scenario: answered(scenario, first="offer"),
    mediating,
    _signing,
    performing,
    lambda scenario: bound(scenario, mediating(scenario)).ref,
    breached,
    negotiating,
)
"""Builders of the cases that are further on than the investigation."""


@once
def busy(scenario: Scenario) -> list[str]:
    """Return the numbers of 200 open cases. One is at each of the later stages. Of the others, a third has
    just arrived, a third is accepted and has no owner, and a third is investigated. The last six arrived
    within the past hour."""
    refs = [build(scenario) for build in FURTHER]
    return [*refs, *begun(scenario, CASES - len(refs))]


def begun(scenario: Scenario, n: int) -> list[str]:
    """File `n` complaints and return their numbers. A third has just arrived, a third is accepted and has no
    owner, and a third is investigated. The last six arrive within an hour."""
    refs = _filed(scenario, n)
    for at, ref in enumerate(refs):
        if at % 3:
            scenario.move(WANG, "accept", ref)
        if at % 3 == 2:
            scenario.move(SUN, "assign", ref, to="zhao")
    return refs


def _filed(scenario: Scenario, n: int) -> list[str]:
    stories = json.loads(STORIES.read_text("utf-8"))
    every = zip(cycle(NAMES), cycle(PRODUCTS), cycle(stories), strict=False)
    refs = []
    for at, (name, product, story) in enumerate(islice(every, n)):
        scenario.time += DAY / n if at < n - 6 else HOUR / 8
        refs.append(scenario.submit(**_said(at, name, product, story)).ref)
    return refs


def _said(at: int, name: str, product: str, story: dict[str, Any]) -> dict[str, Any]:
    type, sub_type = story["type"].split("/")
    return {
        "person": {"name": name, "phone": f"138{at:08}", "email": f"person{at}@mail.example"},
        "account": {"story": story["text"], **({"product": product} if product else {})},
        "matters": [{"type": type, "sub_type": sub_type}],
    }

"""Improvement actions in a scenario, and nightly figures that the test sets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.figures.causes import Causes, causes_key
from chalicelib.web import request_models
from tests.scenario import DAY, SUN, ZHAO, Scenario

OTHERS = ("terms", "skill", "design", "policy", "carrier", "merchant", "security", "it_fault", "supplier")


def open_action(scenario: Scenario, by: Caller = SUN, key: Any = None, **changes: Any) -> Case:
    """Open an improvement action owned by zhao against the cause `not_told`."""
    body = {
        "cause": "not_told",
        "source": "root_cause",
        "why": "三个月里二十三件投诉都说没有看到退货说明。",
        "measure": "改写商品页上的退货说明。",
        "owner": "zhao",
        "due": str(scenario.time.date() + 30 * DAY),
        **changes,
    }
    said = request_models.arguments("open_action", json.dumps(body), scenario.time)
    return scenario.product.casework.open_action(by, said, key)


CONTAINED = {"contained": "暂停销售，逐件核对。", "protects": "九月以后的买家。"}


def finish(scenario: Scenario, ref: str) -> None:
    """Let the owner record what protects people at once, and report the action as done."""
    scenario.move(ZHAO, "contain", ref, **CONTAINED)
    scenario.move(ZHAO, "finish_action", ref, done="说明已改写。")


def counting(scenario: Scenario, figures: Any, policy: str = "default-1") -> None:
    """Let the casework of this scenario read these nightly figures of all complaints."""
    contents = {causes_key(): figures}
    scenario.product.__dict__["casework"] = replace(
        scenario.product.casework, recurrences=Causes(contents.get), policy=policy
    )


def counted(opened: date, before: int, after: int, **more: Any) -> dict[str, Any]:
    """Return nightly figures of 80 weeks before an action was opened and a year after. The cause `not_told`
    was found so often a day before and after. Nine other causes did not change."""
    since, past, rest = opened - 560 * DAY, 560, 365
    counts = {"not_told": [before] * past + [after] * rest}
    counts |= {cause: [2] * (past + rest) for cause in OTHERS}
    counts[""] = [10] * (past + rest)
    stated = {"since": str(since), "until": str(since + (past + rest - 1) * DAY)}
    return {**stated, "counts": counts, "actions": [], "signs": {}, **more}

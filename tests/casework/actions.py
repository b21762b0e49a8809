"""Improvement actions in a scenario, and nightly figures that the test sets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.figures.causes import Causes
from chalicelib.web import request_models
from tests.scenario import DAY, SUN, Scenario


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


def counting(scenario: Scenario, figures: Any, policy: str = "default-1") -> None:
    """Let the casework of this scenario read these nightly figures."""
    scenario.product.__dict__["casework"] = replace(
        scenario.product.casework, recurrences=Causes(lambda: figures), policy=policy
    )

"""Trainings in a scenario."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.web import request_models
from tests.scenario import SUN, Scenario

EVERYBODY = ["wang", "zhao", "sun", "zhou", "qian", "feng", "chen"]


def recorded(scenario: Scenario, by: Caller = SUN, **changes: Any) -> Case:
    """Record a training of everybody in handling complaints, held today."""
    body = {
        "topic": "complaint_handling",
        "held": str(scenario.time.date()),
        "people": EVERYBODY,
        "what": "受理期限和告知。",
        "proof": "签到表和测验。",
        **changes,
    }
    return scenario.product.casework.record_training(
        by, request_models.arguments("record_training", json.dumps(body), scenario.time)
    )


def trained(scenario: Scenario) -> None:
    """Train everybody in every topic today."""
    for topic in ("complaint_handling", "personal_information", "product_safety"):
        recorded(scenario, topic=topic)

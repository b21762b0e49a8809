"""Trainings in a house."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.web import request_models
from tests.house import SUN, House

EVERYBODY = ["wang", "zhao", "sun", "zhou", "qian", "feng", "chen"]


def recorded(house: House, by: Caller = SUN, **changes: Any) -> Case:
    """Record a training of everybody in handling complaints, held today."""
    body = {
        "topic": "complaint_handling",
        "held": str(house.time.date()),
        "people": EVERYBODY,
        "what": "受理期限和告知。",
        "proof": "签到表和测验。",
        **changes,
    }
    return house.product.casework.record_training(
        by, request_models.arguments("record_training", json.dumps(body), house.time)
    )


def trained(house: House) -> None:
    """Train everybody in every topic today."""
    for topic in ("complaint_handling", "personal_information", "product_safety"):
        recorded(house, topic=topic)

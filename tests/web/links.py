"""Access links and the browsers that hold them."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.web.callers import CASE_COOKIE
from tests.scenario import Scenario
from tests.web.calls import EN, bearing, post
from tests.web.provider import Provider

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OPENS = re.compile(r"/case/\d+/|p\d+-\d+-[a-z2-7]{26}")
"""A link that opens a case, or its token."""


def shop(client: Any, provider: Provider) -> dict[str, str]:
    """Return the headers of a partner system with a key."""
    key = post(client, "/v1/keys", {"partner": "shop"}, bearing(provider, "zheng", "role:administrator"))
    return {**EN, "Authorization": f"Bearer {key.json_body['key']}"}


def held(scenario: Scenario, ref: str, generation: int = 0, id: str = "p1") -> dict[str, str]:
    """Return the headers of a browser that holds a party's access link, of this generation or the latest."""
    now = scenario.product.file.load(ref).party(id).generation
    token = scenario.product.links.token(ref, id, generation or now)
    return {"Cookie": f"{CASE_COOKIE}={ref}.{token}"}

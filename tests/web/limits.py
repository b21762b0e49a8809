"""Requests with a rate limit, and limits that are used up."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from chalicelib.access.rate_limits import CEILINGS, Ceiling
from chalicelib.aws import rows
from tests.scenario import Scenario, complaint

JSON, FORM = {"Content-Type": "application/json"}, {"Content-Type": "application/x-www-form-urlencoded"}
HERE = "127.0.0.1"
"""The network of every request of the test client."""


def used_up(scenario: Scenario, kind: str, **parts: str) -> Ceiling:
    """Use up the limit under this key and return it."""
    scenario.product.ceilings.take(kind, **parts)
    by = next(by for by in CEILINGS[kind] if {*by} == parts.keys())
    here = f"#{kind}#{'+'.join(by)}#"
    ends = CEILINGS[kind][by].ends(scenario.time)
    counts = [row for row in rows.Secret.scan() if here in row.pk and row.ttl == ends.timestamp()]
    for count in counts:
        count.update(actions=[rows.Secret.tries.set(CEILINGS[kind][by].most)])
    return CEILINGS[kind][by]


def filed(client: Any, **changes: Any) -> Any:
    """File a complaint through the interface."""
    return client.http.post("/v1/complaints", headers=JSON, body=json.dumps(complaint(**changes)).encode())


def enclosed(client: Any) -> Any:
    """Add a file to a complaint draft."""
    begun = posted(client, "/complain/safety", hurt="no")
    [cookie] = [one.partition(";")[0] for one in begun.headers["Set-Cookie"]]
    return posted(client, "/complain/files/add", cookie, shows="发票", key="k")


def posted(client: Any, path: str, cookie: str = "", **form: str) -> Any:
    """Post a form."""
    return client.http.post(path, headers={**FORM, "Cookie": cookie}, body=urlencode(form).encode())


def token(scenario: Scenario, ref: str) -> str:
    """Return the consumer's access token."""
    return scenario.product.links.token(ref, "p1", 1)


def bearer(scenario: Scenario, ref: str) -> dict[str, str]:
    """Return the consumer's access token as a header."""
    return {"Authorization": f"Bearer {token(scenario, ref)}"}

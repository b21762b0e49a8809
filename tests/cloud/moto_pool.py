"""A pool of accounts on moto, next to the small AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.backend_index import backend_url_patterns
from moto.backends import get_backend
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from infra.resources import create_all
from tests.cloud.aws import ACCOUNT, REGION, Cloud
from tests.cloud.scenario import PARAMETERS, Maker, cloud_scenario
from tests.cloud.session import plugged
from tests.scenario import T0, Scenario

SERVICES = ("cognito-idp",)
ADDRESSES = re.compile(rf"https://([\w.-]+\.)?({'|'.join(SERVICES)})\.")
NAMED = ("STAFF_POOL",)
"""The settings by which the functions know them."""
MOTO = BotocoreStubber()
backend_url_patterns.sort(key=lambda known: known[0] not in SERVICES)
"""Moto searches its services in order at each request, and finds these first."""


def on_moto(request: AWSPreparedRequest) -> AWSResponse | None:
    """Return moto's answer to a request to one of these services; None for other requests."""
    if not ADDRESSES.match(request.url):
        return None
    status, headers, body = MOTO.process_request(request)  # type: ignore[misc]
    return AWSResponse(request.url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]


@cache
def _made() -> dict[str, str]:
    """Create the resources once in a process; return their names."""
    cloud = Cloud(lambda: T0)

    def maker(service: str) -> Any:
        return boto3.client(service) if service in SERVICES else Maker(cloud)

    with plugged(cloud, beside=on_moto):
        made = create_all(maker, **PARAMETERS)
    return {name: made[name] for name in NAMED}


@contextmanager
def whole_scenario() -> Iterator[Scenario]:
    """A scenario over an empty cloud, with a pool without accounts on moto."""
    if _made()["STAFF_POOL"] not in get_backend("cognito-idp")[ACCOUNT][REGION].user_pools:
        _made.cache_clear()  # another test had moto to itself, and emptied it
    made = _made()
    for pool in get_backend("cognito-idp")[ACCOUNT][REGION].user_pools.values():
        pool.users.clear()
    with cloud_scenario(beside=on_moto, **made) as scenario:
        yield scenario

"""The product on an empty, local AWS, made from the template; time is what a test says it is.

The table, queues, mails, secrets, keys and files are on the small AWS of tests/cloud, which is held against
moto call by call; the accounts of staff are on moto. `ON=moto` has everything on moto."""

from __future__ import annotations

import gc
import os

os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "TZ": "UTC",
}
os.environ.pop("AWS_PROFILE", None)

import sys
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.regions import EndpointRulesetResolver
from hypothesis import settings

from chalicelib.wiring import Product
from infra import layer
from tests import answering
from tests.cloud.beside import whole_house
from tests.cloud.moto_house import moto_house
from tests.house import House

pytest_plugins = ["tests.overheard", "tests.marked"]
settings.register_profile("unhurried", deadline=None, print_blob=True)
settings.register_profile("explore", settings.get_profile("unhurried"), max_examples=1000)
settings.load_profile("unhurried")
"""A law is about what comes out, not about how busy the machine is; a failure prints what plays it again."""
botocore.session.create_loader = cache(botocore.session.create_loader)
"""What AWS's services look like is read once, whoever makes a client."""
resolve = EndpointRulesetResolver.construct_endpoint


def resolved(self: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
    """Where a call goes: worked out once for each client, except for stores of files, whose address has the
    store's name in it."""
    if operation_model.service_model.service_name == "s3":
        return resolve(self, operation_model, call_args, request_context)
    if "endpoint" not in self.__dict__:
        self.endpoint = resolve(self, operation_model, call_args, request_context)
    return self.endpoint


EndpointRulesetResolver.construct_endpoint = resolved


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Random tests try other examples every day, and the same ones all day: the seed is its date in UTC."""
    config.option.hypothesis_seed = config.option.hypothesis_seed or f"{datetime.now(UTC):%Y%m%d}"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Of what is imported and collected nearly nothing becomes garbage, and it lives to the end: nothing is
    looked for in it, neither meanwhile nor while tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_report_header(config: pytest.Config) -> str:
    """What chooses the same random examples again."""
    return f"random examples: --hypothesis-seed={config.option.hypothesis_seed}"


@pytest.fixture
def house() -> Iterator[House]:
    """The product with staff on duty and a clock that a test moves."""
    with moto_house() if os.environ.get("ON") == "moto" else whole_house() as found:
        yield found


@pytest.fixture
def product(house: House) -> Product:
    """The wired product of one test."""
    return house.product


@pytest.fixture
def client(house: House) -> Iterator[object]:
    """A client of the application on the product of `house`."""
    from chalice.test import Client

    from app import app

    with Client(app, project_dir=os.path.dirname(os.path.dirname(__file__))) as found:
        found.http.request = answering.held(found.http.request)
        yield found


@pytest.fixture(scope="session")
def fonts() -> Path:
    """The fonts of the documents, on `sys.path` as the layer has them."""
    place = layer.fonts()
    if str(place) not in sys.path:
        sys.path.append(str(place))
    return place / layer.FOLDER

"""The product on an empty local AWS that the template defines; each test sets the time.

Table, queues, mails, secrets, keys and files are on the small AWS of tests/cloud, which is compared with
moto call by call. The accounts of staff are on moto. `ON=moto` puts everything on moto."""

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
from importlib import import_module
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.regions import EndpointRulesetResolver
from hypothesis import settings

from chalicelib.wiring import Product
from infra import layer
from tests import answering
from tests.cloud.moto_pool import whole_scenario
from tests.cloud.moto_scenario import moto_scenario
from tests.scenario import Scenario

TESTS = Path(__file__).parent
pytest_plugins = ["tests.aws_calls", "tests.personal_data"]
settings.register_profile("unhurried", deadline=None, print_blob=True)
settings.register_profile("explore", settings.get_profile("unhurried"), max_examples=1600)
settings.load_profile("unhurried")
"""Property tests have no time limit, as a busy machine is no failure. A failure prints the blob that replays
it."""
botocore.session.create_loader = cache(botocore.session.create_loader)
"""One loader for all sessions: the descriptions of AWS's services are read once."""
resolve = EndpointRulesetResolver.construct_endpoint


def resolved(self: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
    """Return the endpoint of a call. It is computed once for each client, except for S3, whose address holds
    the bucket's name."""
    if operation_model.service_model.service_name == "s3":
        return resolve(self, operation_model, call_args, request_context)
    if "endpoint" not in self.__dict__:
        self.endpoint = resolve(self, operation_model, call_args, request_context)
    return self.endpoint


EndpointRulesetResolver.construct_endpoint = resolved


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Seed random tests with today's date in UTC: the same examples all day, others on the next."""
    config.option.hypothesis_seed = config.option.hypothesis_seed or f"{datetime.now(UTC):%Y%m%d}"


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect tests without garbage collection, and freeze the result. Imports and collected tests live to
    the end, so searching them would cost time and free nearly nothing.

    Each worker of a whole run imports a share of the tests first, so that the files whose asserts pytest
    rewrites are compiled once, and not once a worker."""
    gc.disable()
    try:
        if [Path(arg).resolve() for arg in session.config.args] == [TESTS]:
            _import_share()
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _import_share() -> None:
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    nth = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for file in sorted(TESTS.rglob("test_*.py"))[nth::workers] if workers > 1 else ():
        import_module(".".join(file.relative_to(TESTS.parent).with_suffix("").parts))


def pytest_report_header(config: pytest.Config) -> str:
    """Return the option that repeats the random examples."""
    return f"random examples: --hypothesis-seed={config.option.hypothesis_seed}"


@pytest.fixture
def scenario() -> Iterator[Scenario]:
    """The product with staff on duty, and a clock that the test moves."""
    with moto_scenario() if os.environ.get("ON") == "moto" else whole_scenario() as found:
        yield found


@pytest.fixture
def product(scenario: Scenario) -> Product:
    """The wired product of one test."""
    return scenario.product


@pytest.fixture
def client(scenario: Scenario) -> Iterator[object]:
    """A client of the application on the product of `scenario`, which checks each answer against the API's
    document."""
    from chalice.test import Client

    from app import app

    with Client(app, project_dir=os.path.dirname(os.path.dirname(__file__))) as found:
        found.http.request = answering.held(found.http.request)
        yield found


@pytest.fixture(scope="session")
def fonts() -> Path:
    """The folder of the documents' fonts, on `sys.path` as with the layer."""
    place = layer.fonts()
    if str(place) not in sys.path:
        sys.path.append(str(place))
    return place / layer.FOLDER

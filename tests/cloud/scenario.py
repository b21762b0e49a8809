"""The scenario of tests/scenario.py on the small AWS: the same product and template, without moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, ClassVar

import botocore.retries.quota
import pytest
from botocore import UNSIGNED
from botocore.retries.quota import RetryQuota
from pynamodb.connection.table import TableConnection

from chalicelib.aws.rows import Row, connection
from chalicelib.wiring import product
from infra.resources import create_all
from tests.cloud.aws import ACCOUNT, REGION, Cloud
from tests.cloud.session import Beside, Road, nobody, plugged
from tests.scenario import T0, Scenario

PARAMETERS = {"PublicUrl": "https://complaints.example"}
"""The parameters of the stack under every scenario here."""
SHARDS = "4"
"""The number of shards of a scenario, as in `make run`; each is queried every minute."""
UNSIGNED_FOR = "dynamodb", "sqs", "sesv2", "secrets-manager", "kms", "s3"
"""The services of the small AWS, which checks no signatures."""


class Maker:
    """A client for infra/resources.py.

    It creates tables, queues, secrets, keys and stores in the cloud; of other resources it returns only a
    name.
    """

    meta = SimpleNamespace(region_name=REGION)

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create_table(self, **request: Any) -> dict[str, Any]:
        """Create a table."""
        return self._cloud.create_table(request)

    def create_queue(self, **request: Any) -> dict[str, Any]:
        """Create a queue."""
        return self._cloud.create_queue(request)

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        """Return the name of a queue in policies."""
        return {"Attributes": {"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QueueUrl.rpartition('/')[2]}"}}

    def create_secret(self, Name: str, SecretString: str) -> dict[str, Any]:
        """Create a secret with the same content in every run, so that a seed gives the same life."""
        nth = len(self._cloud.secrets.held)
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{nth}"
        self._cloud.secrets.create(arn, Name, f"{nth:0{len(SecretString)}}")
        return {"ARN": arn}

    def create_key(self, **request: Any) -> dict[str, Any]:
        """Create a key of the key service."""
        return self._cloud.keys.create(request)

    def create_bucket(self, **request: Any) -> dict[str, Any]:
        """Create a store of files."""
        return self._cloud.files.create(request)

    def put_bucket_versioning(self, **request: Any) -> dict[str, Any]:
        """Set whether a store keeps versions."""
        return self._cloud.files.version(request)

    def put_object_lock_configuration(self, **request: Any) -> dict[str, Any]:
        """Set how long a store keeps files."""
        return self._cloud.files.lock(request)

    def put_bucket_encryption(self, **request: Any) -> dict[str, Any]:
        """Set the key by which a store encrypts files."""
        return self._cloud.files.encrypt(request)

    def put_bucket_lifecycle_configuration(self, **request: Any) -> dict[str, Any]:
        """Set when files expire."""
        return self._cloud.files.expire(request)

    def __getattr__(self, name: str) -> Any:
        made = {
            "create_user_pool": {"UserPool": {"Id": "pool", "Arn": "arn:aws:cognito-idp:pool"}},
            "create_topic": {"TopicArn": "arn:aws:sns:topic"},
            "subscribe": {"SubscriptionArn": "arn:aws:sns:subscription"},
        }
        return lambda **request: made.get(name, {})


@cache
def account() -> tuple[Cloud, dict[str, str]]:
    """Return the one cloud of this process with the template's resources, and the functions' environment."""
    cloud = Cloud(lambda: T0)
    variables = create_all(lambda service: Maker(cloud), **PARAMETERS)
    return cloud, {name: str(value) for name, value in variables.items()}


class Budget(RetryQuota):
    """A client's budget for retries; a client with an empty budget does not retry."""

    made: ClassVar[list[Budget]] = []

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        Budget.made.append(self)

    def renew(self) -> None:
        """Restore the whole budget, as in a process that has just started."""
        self._available_capacity = self._max_capacity


def _unsigned(signature_version: Any, **_: Any) -> Any:
    """Return no signature, except for links and forms."""
    return None if str(signature_version).endswith(("-query", "-presign-post")) else UNSIGNED


@cache
def connected() -> TableConnection:
    """Return the table's connection, shared in this process since clients are slow to create.

    Each kind of client is created once.
    """
    was, Row._connection = Row._connection, None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.retries.quota, "RetryQuota", Budget)
        session = connection().session
        session.create_client = cache(session.create_client)
        for service in UNSIGNED_FOR:
            session.register(f"choose-signer.{service}", _unsigned)
        assert connection().client
    made, Row._connection = Row._connection, was
    return made


def started() -> None:
    """Start a process: nothing is cached, and each client has its whole retry budget."""
    product.__dict__.clear()
    Row._connection = connected()
    for budget in Budget.made:
        budget.renew()


class Played:
    """The scenarios that `once` builders have played in a scenario, stored so that they can be restored."""

    kept: ClassVar[dict[Any, tuple[bytes, datetime, Any]]] = {}

    def __init__(self, scenario: Scenario, cloud: Cloud) -> None:
        self._scenario, self._cloud, self._story, self._calls = scenario, cloud, "", cloud.calls

    def again(self, build: Callable[..., Any], said: str, play: Callable[[], Any]) -> Any:
        """Return a builder's result, restored if the same scenario was played before.

        The arguments and the story must be equal, with no other call since. Content outside the
        cloud is not restored.
        """
        scenario, cloud = self._scenario, self._cloud
        story = f"{self._story}, {build.__module__}.{build.__name__} {said} {scenario.time}"
        if self._calls != cloud.calls:
            return play()
        if story in self.kept:
            then, scenario.time, given = self.kept[story]
            cloud.again(then)
            scenario.started(started)
        else:
            elsewhere, given = cloud.elsewhere, play()
            if elsewhere != cloud.elsewhere:
                return given
            self.kept[story] = cloud.snapshot(), scenario.time, given
        self._story, self._calls = story, cloud.calls
        return given


@contextmanager
def cloud_scenario(road: Road | None = None, beside: Beside = nobody, **settings: str) -> Iterator[Scenario]:
    """A scenario over an empty cloud, with `beside` for other services; its clients use this road.

    Afterwards the product's earlier connection is restored.
    """
    cloud, variables = account()
    was = Row._connection
    with pytest.MonkeyPatch.context() as patch, plugged(cloud, road, beside):
        for name, value in {**variables, "SHARDS": SHARDS, **settings}.items():
            patch.setenv(name, value)
        cloud.empty()
        started()
        scenario = Scenario(product, partial(mails, cloud))
        cloud.now = lambda: scenario.time
        scenario.played = Played(scenario, cloud)
        yield scenario
    product.__dict__.clear()
    Row._connection = was


def mails(cloud: Cloud) -> list[dict[str, Any]]:
    """Return the sent mails in the form of Scenario.sent."""
    return [
        {
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            **({"files": dict(mail.files)} if mail.files else {}),
        }
        for mail in cloud.mails
    ]

"""Moto and the small AWS: send both the same requests and compare their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from pynamodb.exceptions import DoesNotExist

from chalicelib.aws.rows import Row, connection
from chalicelib.aws.translated import Impossible
from chalicelib.cases.casework import Unavailable, WriteConflict
from chalicelib.wiring import STORE
from tests.cloud.scenario import Maker, account, started
from tests.cloud.session import Road, plugged, straight
from tests.scenario import T0

Do = Callable[[], Any]
"""A function that makes one request and returns its answer as plain data."""
WORDS = "words"
"""The name of the secret that both have."""
VERSIONS, FLAT, LOCKED = "keeps-versions", "keeps-none", "keeps-for-good"
"""The stores of files that both have."""
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}


def without_measurements(answer: Any) -> Any:
    """Return an answer without measurements."""
    return {
        name: value
        for name, value in (answer or {}).items()
        if name not in ("ResponseMetadata", "ConsumedCapacity")
    }


def answered(do: Do) -> Any:
    """Return the answer to one request, or the name of its error with a transaction's reasons."""
    try:
        return do()
    except DoesNotExist:
        return "nothing"
    except (WriteConflict, Impossible, Unavailable) as error:
        said: Any = error.__cause__
        reasons = [reason and (reason.code, reason.message) for reason in said.cancellation_reasons]
        return said.response["Error"]["Code"], reasons
    except ClientError as error:
        return error.response["Error"]["Code"]


def buckets(store: Any) -> None:
    """Create the stores of files."""
    for name in (VERSIONS, FLAT, LOCKED):
        store.create_bucket(Bucket=name, ObjectLockEnabledForBucket=name == LOCKED)
    for name in (VERSIONS, LOCKED):
        store.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    store.put_object_lock_configuration(Bucket=LOCKED, ObjectLockConfiguration=LOCK)


class Both:
    """Moto and the small AWS, one after the other under the same clients."""

    def __init__(self) -> None:
        self.cloud, self.variables = account()
        self.cloud.now = lambda: T0  # the last scenario on it had a time of its own
        started()
        self.clients = {
            name: connection().session.create_client(name, region_name="us-east-1")
            for name in ("dynamodb", "sqs", "sesv2", "secretsmanager", "kms")
        }
        # moto answers signed requests only
        self.clients["s3"] = boto3.client("s3", "us-east-1", config=STORE)
        self.cloud.secrets.create(
            f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{WORDS}", WORDS, "one"
        )
        buckets(Maker(self.cloud))
        table = self.cloud.tables[Row.Meta.table_name]
        self._table = {
            name: made for name, made in table.described.items() if name not in ("TableArn", "TableStatus")
        }

    @contextmanager
    def moto(self) -> Iterator[None]:
        """Connect the clients to moto with an empty table, a queue, a secret and stores."""
        with mock_aws():
            self.clients["dynamodb"].create_table(**self._table)
            self.clients["sqs"].create_queue(QueueName="redress-letters")
            self.clients["secretsmanager"].create_secret(Name=WORDS, SecretString="one")
            buckets(self.clients["s3"])
            yield

    @contextmanager
    def ours(self, road: Road | None = straight) -> Iterator[None]:
        """Connect the clients to the small AWS with the same resources, empty."""
        self.cloud.empty()
        with plugged(self.cloud, road):
            yield

    def alike(self, *some: Do) -> None:
        """Assert that both answer all requests alike, the small one also without the wire."""
        with self.moto():
            theirs = [answered(do) for do in some]
        for road in (straight, None):
            with self.ours(road):
                assert [answered(do) for do in some] == theirs

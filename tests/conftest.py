"""The product on moto: one table, its queues and secrets, made from the template; time is what a test says it
is."""

from __future__ import annotations

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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from hypothesis import settings
from moto import mock_aws
from moto.core import serialize
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from chalicelib.wiring import Product
from chalicelib.wiring import product as the_product
from infra import layer
from infra.resources import create_all
from tests.house import House

pytest_plugins = ["tests.marked", "tests.overheard"]
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
"""A law is about what comes out, not about how busy the machine is."""
botocore.session.create_loader = cache(botocore.session.create_loader)
"""What AWS's services look like is read once: each test makes all its clients anew."""
MEMBER = serialize.ResponseSerializer._serialize_structure_member


def _member(self: serialize.ResponseSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """A value of a table's attribute has one of ten types; moto looks for each of them, and most of a test's
    time went there."""
    if not (shape.parent.name == "AttributeValue" and type(value) is dict and key not in value):
        MEMBER(self, serialized, value, shape, key)


serialize.ResponseSerializer._serialize_structure_member = _member  # type: ignore[method-assign]
TRANSACT = DynamoDBBackend.transact_write_items


def _transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """A transaction changes only the items that it names: they are kept for its rollback. moto copies the
    whole table, once for each of them, and most of a long life's time went there."""
    kept = []
    for of in (of for action in transact_items for of in action.values()):
        with suppress(Exception):  # moto itself says what is wrong with it
            table = self.tables[of["TableName"]]
            place = self.get_keys_value(table, of.get("Key") or of["Item"])
            kept.append((table, *place, deepcopy(table.get_item(*place))))
    try:
        TRANSACT(self, transact_items)
    except Exception:
        for table, partition, row, item in kept:
            table.items[partition].pop(row, None)  # type: ignore[arg-type]
            if item is not None:
                table.items[partition][row] = item  # type: ignore[index]
        raise


DynamoDBBackend.transact_write_items = _transact  # type: ignore[method-assign]
Table.__deepcopy__ = lambda self, memo: self  # type: ignore[attr-defined]


@contextmanager
def on_moto(patch: pytest.MonkeyPatch) -> Iterator[Product]:
    """The wired product on an empty, local AWS."""
    from chalicelib.aws.rows import Row

    with mock_aws():
        for name, value in create_all(
            boto3.Session(region_name="us-east-1").client, PublicUrl="https://complaints.example"
        ).items():
            patch.setenv(name, str(value))
        Row._connection = None
        the_product.__dict__.clear()
        yield the_product
        the_product.__dict__.clear()
        Row._connection = None


@pytest.fixture
def product(monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """The wired product of one test."""
    with on_moto(monkeypatch) as found:
        yield found


@pytest.fixture
def house(product: Product) -> House:
    """The product with staff on duty and a clock that a test moves."""
    return House(product)


@pytest.fixture
def client(house: House) -> Iterator[object]:
    """A client of the application on the product of `house`."""
    from chalice.test import Client

    from app import app

    with Client(app, project_dir=os.path.dirname(os.path.dirname(__file__))) as found:
        yield found


@pytest.fixture(scope="session")
def fonts() -> Path:
    """The fonts of the documents, on `sys.path` as the layer has them."""
    place = layer.fonts()
    if str(place) not in sys.path:
        sys.path.append(str(place))
    return place / layer.FOLDER

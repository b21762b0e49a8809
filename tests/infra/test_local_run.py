"""The emulator of `make run` on a port and data of its own: what it confirmed survives a kill."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from infra import environments
from infra.local.run import KEEP
from tests.infra.running import Emulator, alone

pytestmark = pytest.mark.browser
TABLE, BUCKET = "table", "bucket"


class Writer:
    """One of several concurrent writers: it writes pairs in transactions, removes some left items, and
    stores an object for each pair. No number is used twice."""

    def __init__(self, name: str) -> None:
        self.name, self.tried, self.paired, self.removed, self.stored = (
            name,
            0,
            set[int](),
            set[int](),
            set[int](),
        )

    def write(self, to: Emulator) -> None:
        """Write until the emulator stops answering."""
        with suppress(BotoCoreError):
            while True:
                self.tried = number = self.tried + 1
                pair = [self.key(side, number) | {"x": {"S": "有" * 500}} for side in ("left", "right")]
                to.table.transact_write_items(
                    TransactItems=[{"Put": {"TableName": TABLE, "Item": item}} for item in pair]
                )
                self.paired.add(number)
                to.store.put_object(Bucket=BUCKET, Key=f"{self.name}/{number}", Body=str(number).encode())
                self.stored.add(number)
                if number % 2:
                    to.table.delete_item(TableName=TABLE, Key=self.key("left", number))
                    self.removed.add(number)

    def key(self, side: str, number: int) -> dict[str, Any]:
        """Return the key of one item of a pair."""
        return {"pk": {"S": f"{self.name}#{side}"}, "sk": {"S": f"{number:06}"}}

    def check(self, at: Emulator) -> None:
        """Check that each confirmed write and removal is there, and that an unconfirmed pair is there whole
        or not at all."""
        left, right = (
            {
                int(item["sk"]["S"])
                for page in at.table.get_paginator("query").paginate(
                    TableName=TABLE,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": self.key(side, 0)["pk"]},
                )
                for item in page["Items"]
            }
            for side in ("left", "right")
        )
        assert self.paired <= right <= set(range(1, self.tried + 1))
        assert not self.removed & left
        assert {number for number in right - left if not number % 2} == set()
        assert left <= right
        for number in self.stored:
            assert (
                at.store.get_object(Bucket=BUCKET, Key=f"{self.name}/{number}")["Body"].read()
                == str(number).encode()
            )


def make_table(emulator: Emulator) -> None:
    """Make the table of the writers."""
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    emulator.table.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )


def test_restored_table_survives_a_kill(tmp_path: Path) -> None:
    """A restore to a moment copies all items at once, and they are in the restored table after a restart."""
    with alone():
        python = environments.emulator()
    emulator, key = Emulator(python, tmp_path), {"pk": {"S": "a"}, "sk": {"S": "b"}}
    try:
        make_table(emulator)
        emulator.table.put_item(TableName=TABLE, Item={**key, "body": {"S": "c"}})
        emulator.table.restore_table_to_point_in_time(
            SourceTableName=TABLE, TargetTableName="restored", UseLatestRestorableTime=True
        )
        assert emulator.answers(f"{KEEP}?all")
        emulator.kill()
        emulator = Emulator(python, tmp_path)
        item = emulator.table.get_item(TableName="restored", Key=key).get("Item", {})
        assert item.get("body") == {"S": "c"}
    finally:
        emulator.kill()


def test_confirmed_writes_survive_a_kill(tmp_path: Path) -> None:
    """Confirmed writes to table and store survive two kills under load, with a record cut off in between."""
    with alone():
        python = environments.emulator()
    writers, emulator = [Writer(name) for name in "abcd"], Emulator(python, tmp_path)
    try:
        make_table(emulator)
        emulator.store.create_bucket(Bucket=BUCKET)
        assert emulator.answers(f"{KEEP}?all")
        for _ in range(2):
            with ThreadPoolExecutor(len(writers)) as pool:
                done = [pool.submit(writer.write, emulator) for writer in writers]
                time.sleep(1)
                emulator.kill()
            for each in done:
                each.result()
            with (tmp_path / "state/items").open("ab") as file:
                file.write(b'\n[["arn:aws:dynamodb:us-east-1:0')
            emulator = Emulator(python, tmp_path)
            for writer in writers:
                assert len(writer.stored) > 5
                writer.check(emulator)
    finally:
        emulator.kill()

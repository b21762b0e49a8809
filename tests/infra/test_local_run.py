"""`make run` on its own ports and data: the packaged application under its real roles, stopped and started
again."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from chalicelib.evidence.uploads import TEST_SIGNATURE
from infra import environments
from infra.local.run import KEEP
from tests.infra.running import Emulator, alone, ask, free_port, running, within

pytestmark = pytest.mark.browser
COMPLAINT = {
    "person": {"name": "王芳", "phone": "13800138000", "email": "wang.fang@mail.example"},
    "account": {"story": "洗衣机坏了，商家不退。"},
    "matters": [
        {"type": "quality", "sub_type": "defect", "amount": {"amount": "1655.00", "currency": "CNY"}}
    ],
    "wishes": ["refund"],
    "hurt": "no",
    "consents": {"truthful": True, "data_use": True},
}
TABLE, BUCKET = "table", "bucket"


class Consumer:
    """A consumer's program, with the access token from the answer to filing."""

    def __init__(self, site: str, filed: dict[str, Any]) -> None:
        self.files, self.headers = (
            f"{site}/v1/cases/{filed['number']}/files",
            {"Authorization": f"Bearer {filed['token']}"},
        )

    def get(self, path: str = "", body: Any = None) -> Any:
        """GET files, or POST the declaration of one; return the JSON of the answer."""
        data, kind = (json.dumps(body).encode(), {"Content-Type": "application/json"}) if body else (None, {})
        with urllib.request.urlopen(
            urllib.request.Request(self.files + path, data, {**self.headers, **kind}), timeout=30
        ) as answer:
            return json.load(answer)

    def send(self, content: bytes) -> str:
        """Declare a PDF, post it to the store as a browser does, and return its id."""
        made = self.get(body={"type": "application/pdf", "shows": "发票"})
        line = "x" * 30
        parts = [
            f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in made["upload"]["fields"].items()
        ]
        file = f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="发票.pdf"\r\n\r\n'
        body = "".join([*parts, file]).encode() + content + f"\r\n--{line}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={line}"}
        urllib.request.urlopen(urllib.request.Request(made["upload"]["url"], body, kind), timeout=30).close()
        return str(made["id"])


def test_a_complaint_through_the_packaged_application(out: Path, tmp_path: Path) -> None:
    """A receipt is in the mailbox within five seconds, and files are checked. After a restart all data is
    there, and the next receipt is as quick."""
    port, emulator = free_port(), free_port()
    site, mailbox = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{emulator}/_ministack/ses/messages"

    with running(port, emulator, tmp_path) as first:
        assert "fails" not in first, first
        assert "not taken" not in first, first
        status, _, text = ask(f"{site}/v1/complaints", COMPLAINT)
        assert status == 201, text
        filed = json.loads(text)
        assert within(5, lambda: filed["link"] in ask(mailbox)[2])
        assert ask(f"{site}/no/such/page")[:2] == (404, "text/html; charset=utf-8")
        problem = "application/problem+json; charset=utf-8"
        assert ask(f"{site}/v1/no/such/path")[:2] == (404, problem)
        assert ask(f"{site}/v1/links")[:2] == ask(f"{site}/v1/cases/1/moves/accept")[:2] == (405, problem)
        consumer, bill = Consumer(site, filed), b"%PDF-1.7 a bill"
        good, bad = consumer.send(bill), consumer.send(bill + TEST_SIGNATURE)
        assert within(
            10,
            lambda: (
                (consumer.get(f"/{good}")["state"], consumer.get(f"/{bad}")["state"]) == ("kept", "infected")
            ),
        )

    with running(port, emulator, tmp_path) as second:
        assert "Deploying" not in second
        assert second.partition("Staff accounts")[2] == first.partition("Staff accounts")[2]
        assert filed["link"] in ask(mailbox)[2]
        request = urllib.request.Request(
            f"{site}/v1/cases/{filed['number']}", headers={"Authorization": f"Bearer {filed['token']}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["number"] == filed["number"]
        with urllib.request.urlopen(Consumer(site, filed).get(f"/{good}")["download"], timeout=30) as answer:
            assert answer.read() == bill
        again = json.loads(ask(f"{site}/v1/complaints", COMPLAINT)[2])
        assert within(5, lambda: again["link"] in ask(mailbox)[2])


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

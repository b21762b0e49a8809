"""A table that is copied, and later restored to the copy, while mail, lists and ledger stay as they are."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from secrets import token_hex
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.letters import Rendered
from chalicelib.operations.restoration import Losses
from tests.casework.post import FakePost
from tests.scenario import Scenario

MISSING = ("记录缺失告知", "恢复后缺少")
"""Words in the subjects of letters about missing entries, to parties and to staff."""


class ReportingPost(FakePost):
    """A mail provider that reports each mail that left, once it is asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.unreported: list[tuple[str, str, str]] = []

    def send(self, to: str, letter: Rendered, ref: str, id: str, name: str) -> str:
        """Record a letter and return its id."""
        self.unreported.append((ref, id, name))
        return super().send(to, letter, ref, id, name)


class Restorable:
    """A scenario whose table can be restored. `post` is its mail provider. `former` is the name of the table
    that the last restore has replaced."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.post = ReportingPost.into(scenario)
        assert isinstance(self.post, ReportingPost)
        self.moment: datetime = scenario.time
        self._copy: list[dict[str, Any]] = []
        self.former = ""

    def deliver(self) -> None:
        """Let everything leave that is owed, and let the provider report it."""
        self.scenario.post()
        self.scenario.minute()
        for ref, id, name in self.post.unreported:
            tags = {"ref": [ref], "letter": [id.replace(".", "_")], "name": [name]}
            mail = {"messageId": "m-1", "tags": tags}
            self.scenario.product.provider_says({"eventType": "Send", "mail": mail})
        self.post.unreported.clear()

    def copied(self) -> None:
        """Copy the table: this is the moment to which it will be restored. A second passes then."""
        self.moment = self.scenario.time
        self._copy = [row.to_dynamodb_dict() for row in Row.scan()]
        self.scenario.time = self.scenario.time.replace(second=self.scenario.time.second + 1)

    def restore(self) -> None:
        """Put the table back to the copy, as in a new process. The table as it was stays beside it."""
        self._put_aside()
        for row in [*Row.scan()]:
            row.delete()
        for item in self._copy:
            row = Row()
            row.from_dynamodb_dict(item)
            row.save()
        product = self.scenario.product
        product.file._roster = None
        product.outages._read = product.outages._ours = None
        for part in ("correspondence", "clockwork"):
            product.__dict__.pop(part, None)
        kept, taken = self.post.unreported, self.post.taken
        self.post = ReportingPost.into(self.scenario)
        self.post.unreported, self.post.taken = kept, taken

    def _put_aside(self) -> None:
        client, self.former = rows.connection().client, f"former-{token_hex(4)}"
        described = client.describe_table(TableName=Row.Meta.table_name)["Table"]
        client.create_table(
            TableName=self.former,
            KeySchema=described["KeySchema"],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        for row in Row.scan():
            client.put_item(TableName=self.former, Item=row.serialize())

    def reconcile(self, former: str = "") -> Losses:
        """Take the steps of a restore that concern the cases; return what was undone. `former`: the name of
        the former table."""
        restoration = self.scenario.product.restoration
        found = restoration.losses(self.moment, former)
        restoration.sent(self.moment, do=True)
        restoration.record(found, self.moment)
        restoration.outage(self.moment)
        return found

    def letters(self) -> list[tuple[str, str]]:
        """Return (address, subject) of every mail that left, without those about missing entries."""
        return [
            (to, letter.subject)
            for to, _, letter in self.post.taken
            if not any(words in letter.subject for words in MISSING)
        ]

    def about_missing(self) -> dict[str, list[str]]:
        """Return the texts of the letters about missing entries that have left, by address."""
        found = defaultdict[str, list[str]](list)
        for to, _, letter in self.post.taken:
            if any(words in letter.subject for words in MISSING):
                found[to].append(letter.text)
        return found

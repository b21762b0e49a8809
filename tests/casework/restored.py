"""A table that is copied, and later restored to the copy, while mail, lists and ledger stay as they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.aws.rows import Row
from chalicelib.letters import Rendered
from chalicelib.operations.restoration import Losses
from tests.casework.post import FakePost
from tests.scenario import Scenario


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
    """A scenario whose table can be restored. `post` is its mail provider."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.post = ReportingPost.into(scenario)
        assert isinstance(self.post, ReportingPost)
        self.moment: datetime = scenario.time
        self._copy: list[dict[str, Any]] = []

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
        """Put the table back to the copy, as in a new process."""
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
        """Return (address, subject) of every mail that left."""
        return [(to, letter.subject) for to, _, letter in self.post.taken]

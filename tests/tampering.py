"""Changes that an attacker with write access to the table makes to the record of a case. Tests play them on
the small AWS, and `make attack` plays them on a running stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Item = dict[str, dict[str, Any]]
DO: dict[str, Callable[[Tamperer], None]] = {}
"""The changes by name."""
AT_NEXT_USE = frozenset({"a field of the head", "the head of another case", "the mailbox of a party"})
"""Changes that are noticed at the next use of the row; for a recipient's row, before a letter leaves."""
AT_NEXT_LIST = frozenset({"the head put back", "the whole case put back", "the last entry deleted"})
"""Changes that the next hourly comparison notices. All others are noticed within a day, in open cases."""


class Tamperer:
    """An attacker with write access to the table. `before` holds the rows of the case before its last move,
    `other` the number of another case."""

    def __init__(self, client: Any, table: str, number: str, other: str) -> None:
        self._client, self._table, self.number, self.other = client, table, number, other
        self.before = list[Item]()

    def items(self, number: str = "") -> list[Item]:
        """Return the rows of a case, in the order of their keys."""
        found: list[Item] = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"CASE#{number or self.number}"}},
            ConsistentRead=True,
        )["Items"]
        return found

    def remember(self) -> None:
        """Store the current rows in `before`."""
        self.before = self.items()

    def put(self, item: Item, **said: Any) -> None:
        """Write a row with changed attributes: text, or None to remove one."""
        changed = {name: {"S": value} for name, value in said.items() if value is not None}
        kept = {name: value for name, value in item.items() if said.get(name, "") is not None}
        self._client.put_item(TableName=self._table, Item={**kept, **changed})

    def delete(self, item: Item) -> None:
        """Delete a row."""
        self._client.delete_item(TableName=self._table, Key={"pk": item["pk"], "sk": item["sk"]})

    def rewrite_body(self, item: Item, **said: Any) -> None:
        """Write a row with changed fields in its body."""
        body: Mapping[str, Any] = json.loads(item["body"]["S"])
        self.put(item, body=json.dumps({**body, **said}, ensure_ascii=False))

    def head(self, of: list[Item] | None = None) -> Item:
        """Return the head."""
        return next(item for item in of or self.items() if item["sk"]["S"] == "CASE")

    def entries(self) -> list[Item]:
        """Return the entries of the timeline, in order."""
        return [item for item in self.items() if item["sk"]["S"].startswith("ENTRY#")]

    def first(self, kind: str) -> Item:
        """Return the first row of a kind."""
        return next(item for item in self.items() if item["sk"]["S"].startswith(f"{kind}#"))


def tampering(name: str) -> Callable[[Callable[[Tamperer], None]], Callable[[Tamperer], None]]:
    """Declare a change under its name."""

    def declare(do: Callable[[Tamperer], None]) -> Callable[[Tamperer], None]:
        DO[name] = do
        return do

    return declare


@tampering("a field of the head")
def _field(by: Tamperer) -> None:
    by.rewrite_body(by.head(), severity="S4")


@tampering("the head of another case")
def _other_head(by: Tamperer) -> None:
    by.put({**by.head(by.items(by.other)), "pk": by.head()["pk"]})


@tampering("the head put back")
def _head_back(by: Tamperer) -> None:
    by.put(by.head(by.before))


@tampering("the whole case put back")
def _case_back(by: Tamperer) -> None:
    for item in by.items():
        by.delete(item)
    for item in by.before:
        by.put(item)


@tampering("the clock stopped")
def _stopped(by: Tamperer) -> None:
    by.put(by.head(), look_at=None, shard=None)


@tampering("the clock a year later")
def _later(by: Tamperer) -> None:
    by.put(by.head(), look_at="2036-01-01T00:00:00Z")


@tampering("the last entry deleted")
def _last(by: Tamperer) -> None:
    by.delete(by.entries()[-1])


@tampering("an entry in the middle deleted")
def _middle(by: Tamperer) -> None:
    by.delete(by.entries()[1])


@tampering("an entry in the middle edited")
def _edited(by: Tamperer) -> None:
    by.rewrite_body(by.entries()[1], who="somebody")


@tampering("two entries swapped")
def _swapped(by: Tamperer) -> None:
    second, third, *_ = by.entries()[1:]
    by.put({**second, "sk": third["sk"]})
    by.put({**third, "sk": second["sk"]})


@tampering("words beside an entry")
def _words(by: Tamperer) -> None:
    entry = next(item for item in by.entries() if "S" in item.get("words", {}) and item["words"]["S"] != "{}")
    words = json.loads(entry["words"]["S"])
    name = next(iter(words))
    words[name][1] = json.dumps("别的话", ensure_ascii=False)
    by.put(entry, words=json.dumps(words, ensure_ascii=False))


@tampering("the mailbox of a party")
def _mailbox(by: Tamperer) -> None:
    by.rewrite_body(by.first("PARTY"), email="stranger@evil.example")


@tampering("the text of a letter")
def _letter(by: Tamperer) -> None:
    by.rewrite_body(by.first("LETTER"), name="closed")


@tampering("the state of a letter")
def _letter_state(by: Tamperer) -> None:
    by.put(by.first("LETTER"), state="skipped", look_at=None, shard=None)


@tampering("what was sent of a letter")
def _letter_sent(by: Tamperer) -> None:
    item = next(one for one in by.items() if one["sk"]["S"].startswith("LETTER#") and "sent" in one)
    by.put(item, sent=item["sent"]["S"].replace("{", '{"x":1,', 1))


@tampering("the words of a sent letter")
def _letter_words(by: Tamperer) -> None:
    item = next(one for one in by.items() if one["sk"]["S"].startswith("LETTER#") and "words" in one)
    words = json.loads(item["words"]["S"])
    words["text"][1] = "您的投诉已经全部支持。"
    by.put(item, words=json.dumps(words, ensure_ascii=False))


@tampering("the digest of a file")
def _file(by: Tamperer) -> None:
    by.rewrite_body(by.first("FILE"), sha256="0" * 64)

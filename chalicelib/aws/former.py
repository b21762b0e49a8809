"""The table that a restored table replaces. It tells which cases had moved since the moment of the restore,
also those that no signed list names yet. It is only a hint, because somebody may have changed it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws import rows

DAY = timedelta(days=1)


class FormerTable:
    """Reads a table by its name. `client` returns a client of DynamoDB, `now` the present moment."""

    def __init__(self, client: Callable[[], Any], now: Callable[[], datetime]) -> None:
        self._client, self._now = client, now

    def moved(self, table: str, since: datetime) -> dict[str, int]:
        """Return the cases of a table that moved on the day of `since` (UTC) or later, with their numbers of
        entries."""
        client, found = self._client(), dict[str, int]()
        first = since.astimezone(UTC).date()
        days = (self._now().astimezone(UTC).date() - first).days + 1
        for day in (first + n * DAY for n in range(days)):
            for shard in range(rows.shards()[1]):
                pages = client.get_paginator("query").paginate(
                    TableName=table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": rows.moved_on(str(day), shard)}},
                )
                refs = [row["sk"]["S"] for page in pages for row in page["Items"]]
                found |= {ref: self._entries(client, table, ref) for ref in refs if ref not in found}
        return found

    def _entries(self, client: Any, table: str, ref: str) -> int:
        key = {"pk": {"S": rows.case(ref)}, "sk": {"S": rows.HEAD}}
        row = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        return int(row.get("entries", {}).get("N", 0))

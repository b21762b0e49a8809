"""The table that a restored table replaces. It tells which cases had moved since the moment of the restore,
also those that no signed list names yet. That is only a hint, because somebody may have changed the table. So
its entries count only if they lead to a head that our application wrote."""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.domain.timeline import line_content, link

DAY = timedelta(days=1)
LAST = 999_999
"""The highest number of an entry."""


class FormerTable:
    """Reads a table by its name. `client` returns a client of DynamoDB, `now` the present moment, `macs`
    checks which rows our application wrote."""

    def __init__(self, client: Callable[[], Any], now: Callable[[], datetime], macs: Macs) -> None:
        self._client, self._now, self._macs = client, now, macs

    def moved(self, table: str, since: datetime) -> dict[str, int]:
        """Return the cases of a table that moved on the day of `since` (UTC) or later, with their numbers of
        entries."""
        found = dict[str, int]()
        first = since.astimezone(UTC).date()
        days = (self._now().astimezone(UTC).date() - first).days + 1
        for day in (first + n * DAY for n in range(days)):
            for shard in range(rows.shards()[1]):
                for row in self._query(table, "pk = :pk", pk=rows.moved_on(str(day), shard)):
                    if row.sk not in found:
                        found[row.sk] = self._entries(table, row.sk)
        return found

    def undone(self, table: str, ref: str, entries: int, head: str) -> list[dict[str, Any]] | None:
        """Return the contents of the lines that a case has in a table after its entry number `entries`, whose
        hash is `head`. Return None if they do not lead to the head of the case, or if our application did not
        write that head."""
        pk, lines = rows.case(ref), list[dict[str, Any]]()
        span = {"pk": pk, "first": rows.entry(entries + 1), "last": rows.entry(LAST)}
        for row in self._query(table, "pk = :pk AND sk BETWEEN :first AND :last", **span):
            head = link(head, row.body or "")
            lines.append(line_content(row.body or ""))
        kept = self._row(table, pk, rows.HEAD)
        if kept is None or not kept.body or json.loads(kept.body).get("head") != head:
            return None
        digest = sha256(kept.body.encode()).hexdigest()
        return lines if self._macs.fits_head(kept.mac, pk, entries + len(lines), digest) else None

    def letters(self, table: str, ref: str, ids: Collection[str]) -> list[dict[str, Any]] | None:
        """Return the contents of letters of a case, by their ids. Return None if a letter is missing in the
        table, or if our application did not write it."""
        found = [self._row(table, rows.case(ref), rows.letter(id)) for id in ids]
        if not all(row and self._macs.fits_letter(row) for row in found):
            return None
        return [json.loads(row.body or "") for row in found if row]

    def _entries(self, table: str, ref: str) -> int:
        row = self._row(table, rows.case(ref), rows.HEAD)
        return int(row.entries or 0) if row else 0

    def _row(self, table: str, pk: str, sk: str) -> Row | None:
        return next(self._query(table, "pk = :pk AND sk = :sk", pk=pk, sk=sk), None)

    def _query(self, table: str, condition: str, **values: str) -> Iterator[Row]:
        pages = (
            self._client()
            .get_paginator("query")
            .paginate(
                TableName=table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues={f":{name}": {"S": value} for name, value in values.items()},
                ConsistentRead=True,
            )
        )
        for page in pages:
            for item in page["Items"]:
                row = Row()
                row.from_dynamodb_dict(item)
                yield row

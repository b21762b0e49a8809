"""The drafts of forms at the desk: one for each member of staff, case and move. They expire, and they are
destroyed with the personal data of their case."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.drafts import KEPT, Draft
from chalicelib.domain.calendar import instant, stamp


class DraftRows:
    """The store of drafts."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def keep(
        self, who: str, ref: str, move: str, pairs: Iterable[tuple[str, str]], lasts: timedelta = KEPT
    ) -> None:
        """Store the draft of the officer `who` in place of an earlier one. `lasts`: for how long."""
        now = self._now()
        body = json.dumps({"move": move, "at": stamp(now), "pairs": [*pairs]}, ensure_ascii=False)
        ttl = int((now + lasts).timestamp())
        Row(rows.drafts(ref), rows.draft(who, move), body=body, ttl=ttl).save()

    def find(self, who: str, ref: str, move: str) -> Draft | None:
        """Return the draft of the officer `who`. Return None if there is none, or if it has expired."""
        row = Row.find(rows.drafts(ref), rows.draft(who, move))
        return draft_in(row, self._now())

    def every(self, who: str, ref: str) -> list[Draft]:
        """Return all drafts of the officer `who` on a case."""
        own = Row.beginning(rows.drafts(ref), rows.draft(who, ""), consistent=False)
        return [draft for row in own if (draft := draft_in(row, self._now()))]

    def drop(self, who: str, ref: str, move: str) -> None:
        """Delete the draft of the officer `who`; nothing happens if there is none."""
        Row(rows.drafts(ref), rows.draft(who, move)).delete()


def draft_in(row: Row | None, now: datetime) -> Draft | None:
    """Return the draft that a row stores. Return None without a row, and for a draft that has expired."""
    if row is None or int(row.ttl or 0) <= now.timestamp():
        return None
    kept = json.loads(row.body or "{}")
    return Draft(kept["move"], instant(kept["at"]), [(name, value) for name, value in kept["pairs"]])

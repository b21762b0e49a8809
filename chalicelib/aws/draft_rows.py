"""The drafts of forms at the desk: one for each member of staff, case and move. They expire, and they are
destroyed with the personal data of their case."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.drafts import Draft
from chalicelib.domain.calendar import instant, stamp

KEPT = timedelta(days=14)
"""How long a draft is stored after its officer last wrote in it."""


class DraftRows:
    """The store of drafts."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def keep(self, who: str, ref: str, move: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Store the draft of the officer `who` in place of an earlier one."""
        now = self._now()
        body = json.dumps({"move": move, "at": stamp(now), "pairs": [*pairs]}, ensure_ascii=False)
        ttl = int((now + KEPT).timestamp())
        Row(rows.drafts(ref), rows.draft(who, move), body=body, ttl=ttl).save()

    def find(self, who: str, ref: str, move: str) -> Draft | None:
        """Return the draft of the officer `who`. Return None if there is none, or if it has expired."""
        row = Row.find(rows.drafts(ref), rows.draft(who, move))
        return self._draft(row) if row and self._lasts(row) else None

    def every(self, who: str, ref: str) -> list[Draft]:
        """Return all drafts of the officer `who` on a case."""
        own = Row.beginning(rows.drafts(ref), rows.draft(who, ""), consistent=False)
        return [self._draft(row) for row in own if self._lasts(row)]

    def drop(self, who: str, ref: str, move: str) -> None:
        """Delete the draft of the officer `who`; nothing happens if there is none."""
        Row(rows.drafts(ref), rows.draft(who, move)).delete()

    def _lasts(self, row: Row) -> bool:
        return int(row.ttl or 0) > self._now().timestamp()

    def _draft(self, row: Row) -> Draft:
        kept = json.loads(row.body or "{}")
        return Draft(kept["move"], instant(kept["at"]), [(name, value) for name, value in kept["pairs"]])

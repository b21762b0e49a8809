"""The hold switch of the desk. Each use of it is a row, and the newest row says what is held. So the state
and the record of who changed it are one write.

While the newest row cannot be read, everything counts as held: what waits can be done later, and a letter
that has left cannot be called back."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import readable
from chalicelib.cases.casework import Newer
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.holds import PARTS, Switching
from chalicelib.domain.timeline import canonical
from chalicelib.logs import log

KNOWN = timedelta(seconds=10)
"""How long a container uses what it last read of the switch. Within this time a switch takes effect."""


class HoldRows:
    """The rows of the hold switch. `now` returns the present moment (UTC). `believed_s`: within how many
    seconds a use takes effect in every container."""

    believed_s = int(KNOWN.total_seconds())

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._read: tuple[datetime, frozenset[str]] | None = None
        self._heeded = True

    def known(self) -> frozenset[str]:
        """Return the parts that the switch holds, read at most ten seconds ago. Reading costs one query.
        Raises Unavailable if the table does not answer."""
        if not self._heeded:
            return frozenset()
        now = self._now()
        if self._read is None or not self._read[0] <= now < self._read[0] + KNOWN:
            newest = self.newest()
            if not newest.readable:
                log.error("the hold switch cannot be read, so everything is held")
            self._read = now, frozenset(newest.parts)
        return self._read[1]

    def newest(self) -> Switching:
        """Return the last use of the switch as stored now."""
        return next(iter(self.uses(1)), Switching(0))

    def uses(self, most: int) -> list[Switching]:
        """Return the last uses of the switch, at most `most`, the newest first."""
        found = Row.query(rows.HOLDS, scan_index_forward=False, limit=most, consistent_read=True)
        return [_switching(row) for row in found]

    def switch(self, use: Switching) -> None:
        """Store a use of the switch, and log it for operations. The metrics of what is held raise their
        alarms. Raises WriteConflict if its version exists: somebody else has just used the switch."""
        said = {"parts": [*use.parts], "at": stamp(use.at or self._now()), "who": use.who, "why": use.why}
        row = Row(rows.HOLDS, rows.version(use.version), body=canonical(said))
        row.save(condition=Row.pk.does_not_exist())
        self._read = None
        log.warning("hold switched", extra={"held": ",".join(use.parts) or "nothing", "who": use.who})

    def ignore(self) -> None:
        """Count nothing as held in this process: a restore works during a hold."""
        self._heeded = False


def _switching(row: Row) -> Switching:
    version = int(rows.kind(row.sk)[1])
    try:
        readable(row)
        body = json.loads(row.body or "")
        held = frozenset(body["parts"]) if isinstance(body["parts"], list) else frozenset(PARTS)
        parts = tuple(part for part in PARTS if part in held)
        return Switching(version, parts, instant(body["at"]), body["who"], body["why"])
    except (Newer, ValueError, KeyError, TypeError):
        return Switching(version, PARTS)

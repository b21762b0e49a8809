"""How far the check of each shard is: one row a shard, with a MAC, so that nobody can move the check on."""

import logging

from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import Shape
from chalicelib.cases.casework import Meters, Newer, Unreadable
from chalicelib.operations.integrity import Cursor

CURSOR = Shape(Cursor)
log = logging.getLogger("redress")


class CursorRows:
    """The rows of cursors."""

    def __init__(self, macs: Macs, meters: Meters) -> None:
        self._macs, self._meters = macs, meters

    def read(self, shard: int) -> Cursor | None:
        """Read the cursor of a shard; None where its check never began. A cursor that was changed in the
        table is not believed either, and operations hear of it."""
        row = Row.find(rows.watched(shard), rows.CURSOR)
        if row is None:
            return None
        try:
            if self._macs.fits_cursor(row):
                return CURSOR.read(row)
        except (Unreadable, Newer):
            pass
        log.error("how far the check of a shard is was changed", extra={"shard": shard})
        self._meters.count("RecordChanged")
        return None

    def keep(self, shard: int, cursor: Cursor) -> None:
        """Keep how far the check of a shard is."""
        row = Row(rows.watched(shard), rows.CURSOR, body=CURSOR.written(cursor).decode())
        row.mac = self._macs.cursor(row)
        row.save()

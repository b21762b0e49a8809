"""How far the check of the record has come: one row for each shard of cases. Its MAC shows whether somebody
changed the row, for example to have cases skipped."""

from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import RowShape
from chalicelib.cases.casework import Meters, Newer, Unreadable
from chalicelib.logs import log
from chalicelib.operations.integrity import Cursor

CURSOR = RowShape(Cursor)


class CursorRows:
    """The store of how far the check of the record has come, with one row for each shard."""

    def __init__(self, macs: Macs, meters: Meters) -> None:
        self._macs, self._meters = macs, meters

    def read(self, shard: int) -> Cursor | None:
        """Return how far the check of a shard has come. Return None if the check never began. If somebody
        changed the row in the table, report this by a log line and a metric, and return None."""
        row = Row.find(rows.watched(shard), rows.CURSOR)
        if row is None:
            return None
        try:
            if self._macs.fits_body(row):
                return CURSOR.read(row)
        except (Unreadable, Newer):
            pass
        log.error("how far the check of a shard is was changed", extra={"shard": shard})
        self._meters.count("RecordChanged")
        return None

    def keep(self, shard: int, cursor: Cursor) -> None:
        """Save how far the check of a shard has come."""
        row = Row(rows.watched(shard), rows.CURSOR, body=CURSOR.written(cursor).decode())
        self._macs.body(row).save()

"""The register of outages: one row an outage under one partition, and one row with the last run of
the clock."""

from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.transactions import TransactWrite

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import Shape
from chalicelib.cases.casework import Conflict
from chalicelib.domain.calendar import Span, instant, stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.outages import GAP, Outage, Part

KNOWN = timedelta(seconds=60)
"""How long a process relies on its last read of the register."""
OUTAGE = Shape(Outage)


class OutageRows:
    """The register. A clock that has not run for longer than `gap` stood still."""

    def __init__(self, gap: timedelta = GAP) -> None:
        self.gap = gap
        self._read: tuple[datetime, tuple[Outage, ...], datetime | None] | None = None

    def known(self, now: datetime) -> tuple[Outage, ...]:
        """Return every outage, the oldest first, at most a minute old. It is read in one query."""
        return self._known(now)[1]

    def listed(self) -> tuple[Outage, ...]:
        """Return every outage as stored now, the oldest first."""
        return self._fresh()[0]

    def beats(self, now: datetime) -> bool:
        """Return whether the clock ran within the last `gap`, or never did. A worker that was woken before
        the clock stood still does nothing until the clock has entered its own gap, because that gap moves
        windows."""
        last = self._known(now)[2]
        return last is None or now - last <= self.gap

    def beat(self, now: datetime) -> Outage | None:
        """Record in one write that the clock runs now. After a gap, enter the gap as an outage and return it.
        A clock that was set back writes nothing until it has caught up."""
        now = instant(stamp(now))
        beat = Row(rows.OUTAGES, rows.BEAT)
        in_time = Row.look_at.between(stamp(now - self.gap), stamp(now))
        if beat.updated([Row.look_at.set(stamp(now))], in_time):
            return None
        kept = Row.find(rows.OUTAGES, rows.BEAT)
        if kept is None:
            with suppress(Conflict):  # two clocks begin at once
                Row(rows.OUTAGES, rows.BEAT, look_at=stamp(now)).save(condition=Row.pk.does_not_exist())
            return None
        last = instant(kept.look_at or "")
        if now - last <= self.gap:
            return None
        gap = Outage(Part.CLOCK, last, now, entered=now)
        with suppress(Conflict), TransactWrite(connection=rows.connection()) as write:  # another clock won
            write.save(_row(gap), condition=Row.pk.does_not_exist())
            write.update(beat, [Row.look_at.set(stamp(now))], condition=Row.look_at == stamp(last))
        self._read = None
        return gap

    def enter(self, outage: Outage) -> None:
        """Enter an outage. Raises Conflict for one that is entered already."""
        _row(outage).save(condition=Row.pk.does_not_exist())
        self._read = None

    def correct(self, id: str, since: datetime, until: datetime) -> Outage:
        """Correct the times of an outage and return it. Windows keep the extension of the earlier times,
        since a date that a party knows is never shortened. Raises KeyError for an unknown outage, and
        Conflict when somebody else has just corrected it."""
        row = Row.find(rows.OUTAGES, rows.outage(id))
        if row is None:
            raise KeyError(id)
        found = OUTAGE.read(row)
        before = (*found.before, Span(found.since, found.until))
        corrected = replace(found, since=since, until=until, before=before)
        if not row.updated([Row.body.set(_body(corrected)), rows.stamped()], Row.body == row.body):
            raise Conflict
        self._read = None
        return corrected

    def table_time(self) -> datetime | None:
        """Return the table's own time at its last answer (UTC); None without an answer since the last
        call."""
        return rows.table_time()

    def _known(self, now: datetime) -> tuple[datetime, tuple[Outage, ...], datetime | None]:
        if self._read is None or not self._read[0] <= now < self._read[0] + KNOWN:
            self._read = now, *self._fresh()
        return self._read

    def _fresh(self) -> tuple[tuple[Outage, ...], datetime | None]:
        found = {row.sk: row for row in Row.query(rows.OUTAGES, consistent_read=True)}
        beat = found.pop(rows.BEAT, None)
        outages = sorted((OUTAGE.read(row) for row in found.values()), key=lambda one: one.since)
        return tuple(outages), instant(beat.look_at) if beat and beat.look_at else None


def _row(outage: Outage) -> Row:
    return Row(rows.OUTAGES, rows.outage(outage.id), body=_body(outage))


def _body(outage: Outage) -> str:
    return OUTAGE.written(outage).decode()

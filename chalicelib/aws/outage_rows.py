"""The register of outages: one row for each outage, and one row with the last run of the clock. They share
one partition key. Each row has a MAC. The clock's row also has a digest of all outages, so that nobody can
remove or put back an outage unnoticed.

If something does not match, the register is in doubt. Then an outage that we did not write extends no window.
No window lapses then, because its true end is unknown.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row, Write, changes
from chalicelib.aws.versions import RowShape
from chalicelib.cases.casework import Unreadable, WriteConflict
from chalicelib.domain.calendar import Span, instant, stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.outages import GAP, Outage, Part, Snapshot, put_back
from chalicelib.domain.timeline import canonical, digest

KNOWN = timedelta(seconds=60)
"""How long a process uses what it last read of the register."""
OUTAGE = RowShape(Outage)
DOUBTED = "doubted"
"""The text in place of the digest's MAC while the register is in doubt. It stays until an operator has
settled the doubt."""
UNKNOWN = datetime.min.replace(tzinfo=UTC)
"""The value used for the last run of the clock if our application did not write the row that holds it."""


class State(NamedTuple):
    """The register as read. `outages`: the outages, the oldest first. `ran`: the last run of the clock (None:
    it never ran). `doubted`: somebody changed the register in the table."""

    outages: tuple[Outage, ...]
    ran: datetime | None
    doubted: bool


class OutageRows:
    """The store of the register of outages. If the clock has not run for longer than `gap`, this time is an
    outage of the clock.

    Without `macs`, rows are neither checked nor given a MAC, as in an earlier release. `changed` is called
    each time that a register in doubt is read.
    """

    def __init__(
        self, macs: Macs | None = None, changed: Callable[[], None] = lambda: None, gap: timedelta = GAP
    ) -> None:
        self._macs, self._changed, self.gap = macs, changed, gap
        self._read: tuple[datetime, State] | None = None
        self._ours: str | None = None

    def known(self, now: datetime) -> State:
        """Return the register, read at most a minute ago. Reading it costs one query."""
        if self._read is None or not self._read[0] <= now < self._read[0] + KNOWN:
            self._read = now, self.listed(now)
        return self._read[1]

    def listed(self, now: datetime) -> State:
        """Return the register as stored now."""
        return self._state(*_stored(), now)

    def beats(self, now: datetime) -> bool:
        """Return whether the clock has run within the last `gap`, or never ran. False means an outage of the
        clock. A worker then waits until the clock has registered that outage, because it extends windows."""
        last = self.known(now).ran
        return last is None or now - last <= self.gap

    def beat(self, now: datetime) -> Outage | None:
        """Record that the clock runs now. If it has not run for longer than `gap`, enter this time as an
        outage and return the outage; else return None. If `now` is before the last run, nothing is written.

        This costs one write, on condition that the clock's row still has the MAC that this process wrote. If
        the condition fails, the row is read. If our application did not write that row, the register is put
        in doubt.
        """
        now = instant(stamp(now))
        row = self._signed_beat(now)
        beat = changes(look_at=row.look_at, **({"mac_state": row.mac_state} if self._macs else {}))
        in_time = Row.look_at.between(stamp(now - self.gap), stamp(now))
        if self._ours and row.updated(beat, in_time & (Row.mac_state == self._ours)):
            self._ours = row.mac_state
            return None
        kept, entered = _stored()
        same = _same(Row.look_at, kept.look_at if kept else None)
        if kept is None or not (kept.look_at or self._began(kept)):
            begun = self._sum(kept, entered if kept else (), now, began=stamp(now))
            # Nothing is written if another clock has just begun.
            if row.updated([*beat, *begun], same):
                self._ours = row.mac_state
            return None
        last, gap = self._last(kept, now), None
        if last is None:
            self._changed()
            beat.append(Row.mac.set(DOUBTED))
        elif now < last:
            return None
        elif now - last > self.gap:
            gap = Outage(Part.CLOCK, last, now, entered=now)
            with suppress(WriteConflict):  # another worker's clock has entered this outage
                self._enter(gap, kept, entered, now, beat, same)
        if gap or row.updated(beat, same):
            self._ours = row.mac_state
        self._read = None
        return gap

    def enter(self, outage: Outage) -> None:
        """Enter an outage. Raises WriteConflict if it is in the register already."""
        self._enter(outage, *_stored(), outage.entered)

    def correct(self, id: str, since: datetime, until: datetime, now: datetime) -> Outage:
        """Correct beginning and end of an outage, and return the outage. A window that was extended by the
        earlier times keeps that extension, because a date that a party knows is never moved to an earlier
        day. Raises KeyError if the outage is unknown, or if our application did not write it. Raises
        WriteConflict if somebody else has just corrected it."""
        kept, entered = _stored()
        row = next((one for one in entered if one.sk == rows.outage(id)), None)
        found = self._outage(row, now) if row else None
        if row is None or found is None:
            raise KeyError(id)
        before = (*found.before, Span(found.since, found.until))
        corrected = replace(found, since=since, until=until, before=before)
        new = self._signed(Row(row.pk, row.sk, body=_body(corrected)))
        rest = [one for one in entered if one is not row]
        mac = {"mac": new.mac} if self._macs else {}
        with Write() as write:
            write.update(row, [*changes(body=new.body, **mac), rows.stamped()], Row.body == row.body)
            self._resign(write, kept, self._sum(kept, entered, now, [*rest, new]))
        self._read = None
        return corrected

    def renew(self, now: datetime) -> None:
        """Write the MACs that an earlier release left out. Do nothing once every row must have a MAC."""
        kept, entered = _stored()
        unsigned = [row for row in entered if row.mac is None]
        if self._macs is None or self._macs.strict(now, of_case=False):
            return
        if kept is None or not (unsigned or kept.mac is None) or self._state(kept, entered, now).doubted:
            return
        body_of = {row.sk: row.body for row in unsigned}
        signed = [self._signed(Row(row.pk, row.sk, body=row.body)) for row in unsigned]
        rest = [row for row in entered if row.sk not in body_of]
        with suppress(WriteConflict), Write() as write:
            for row in signed:
                write.update(row, [Row.mac.set(row.mac)], Row.body == row.body)
            self._resign(write, kept, self._sum(kept, entered, now, [*rest, *signed]))
        self._read = None

    def snapshot(self, now: datetime) -> Snapshot | None:
        """Return the content of the register for its signed list. Return None while the register is in doubt,
        or if it was never used."""
        kept, entered = _stored()
        if kept is None or self._state(kept, entered, now).doubted:
            return None
        return Snapshot(self._began(kept), kept.look_at or "", {row.sk: row.body or "" for row in entered})

    def doubt(self) -> None:
        """Put the register in doubt. It stays in doubt until an operator calls `settle`."""
        Row(rows.OUTAGES, rows.BEAT).update(actions=[Row.mac.set(DOUBTED)])
        self._read = None

    def restored(self, listed: Snapshot | None, outage: Outage, now: datetime) -> None:
        """Bring the register up to date after a restore of the table, and enter the outage that the restore
        was. The outages of the signed list `listed` that are missing are put back. The clock counts as having
        run now, because the entered outage covers the time before. A repeated call enters nothing more, but
        makes the outage end later."""
        self.settle(listed, now, do=True, ran=True)
        try:
            self.enter(outage)
        except WriteConflict:
            if not any(one.id == outage.id and one.until >= outage.until for one in self.listed(now).outages):
                self.correct(outage.id, outage.since, outage.until, now)

    def settle(
        self, listed: Snapshot | None, now: datetime, do: bool, ran: bool = False
    ) -> tuple[list[str], list[str]]:
        """End the doubt about the register. Remove the outages that our application did not write. Restore
        the outages of the signed list `listed` that were changed or removed. If the last run of the clock is
        unknown, or with `ran`, set it to `now`.

        Return the ids of the removed outages and those of the restored ones. With `do` false, nothing is
        written. Raises WriteConflict if somebody else writes at the same time."""
        kept, entered = _stored()
        ours = {row.sk: row for row in entered if self._outage(row, now)}
        back = {
            sk: self._signed(Row(rows.OUTAGES, sk, body=body))
            for sk, body in (listed.outages if listed else {}).items()
            if put_back({sk: body}, {one: row.body or "" for one, row in ours.items()})
        }
        gone = [row for row in entered if row.sk not in {**ours, **back}]
        if do:
            whole = [row for sk, row in ours.items() if sk not in back] + [*back.values()]
            with Write() as write:
                for row in gone:
                    write.delete(row)
                for row in back.values():
                    write.save(row)
                beat = self._signed_beat(now)
                lost = ran or kept is None or self._last(kept, now) is None
                beaten = changes(look_at=beat.look_at, mac_state=beat.mac_state) if lost else []
                began = listed.began if listed else self._began(kept)
                write.update(Row(rows.OUTAGES, rows.BEAT), [*beaten, *self._sum_of(whole, began)])
            self._read = None
        return [rows.kind(row.sk)[1] for row in gone], [rows.kind(sk)[1] for sk in back]

    def table_time(self) -> datetime | None:
        """Return the database's own time at its last answer (UTC). Return None if the database has not
        answered since this function was called last."""
        return rows.table_time()

    def _state(self, kept: Row | None, entered: Sequence[Row], now: datetime) -> State:
        found = [self._outage(row, now) for row in entered]
        last = kept and self._last(kept, now)
        never = kept is None or not (kept.look_at or self._began(kept))
        doubted = None in found or not (never or last) or not self._whole(kept, entered, now)
        if doubted:
            self._changed()
        outages = sorted((one for one in found if one), key=lambda one: one.since)
        return State(tuple(outages), None if never else last or UNKNOWN, doubted)

    def _outage(self, row: Row, now: datetime) -> Outage | None:
        """Return the outage in a row; None if our application did not write the row."""
        older = row.mac is None and not (self._macs and self._macs.strict(now, of_case=False))
        with suppress(Unreadable):
            if older or self._macs is None or self._macs.fits_body(row):
                return OUTAGE.read(row)
        return None

    def _last(self, kept: Row, now: datetime) -> datetime | None:
        """Return the last run of the clock from its row `kept`; None if our application did not write the
        row."""
        lenient = self._macs is None or not self._macs.strict(now, of_case=False)
        with suppress(ValueError):
            if lenient or (self._macs and self._macs.fits_beat(kept)):
                return instant(kept.look_at or "")
        return None

    def _whole(self, kept: Row | None, entered: Iterable[Row], now: datetime) -> bool:
        """Return whether the register has exactly the outages that we entered, by the digest in the clock's
        row `kept`. `entered` are the rows of the outages. Outages that an earlier release entered are not in
        the digest and not checked."""
        if self._macs is None:
            return True
        signed = [row for row in entered if row.mac is not None]
        if kept is None:
            return not signed
        if kept.mac is None:
            return not self._macs.strict(now, of_case=False)
        return self._macs.fits_body(kept) and _said(kept).get("sum") == _sum(signed)

    def _enter(
        self,
        outage: Outage,
        kept: Row | None,
        entered: Sequence[Row],
        now: datetime,
        beat: Sequence[Action] = (),
        same: Condition | None = None,
    ) -> None:
        """Save an outage and the new digest of all outages. `kept` is the clock's row, `entered` are the rows
        of the earlier outages. If the clock has found the outage, `beat` is the update that records the
        clock's run. `same` is then the condition that nobody else has recorded a run."""
        row = self._signed(Row(rows.OUTAGES, rows.outage(outage.id), body=_body(outage)))
        with Write() as write:
            write.save(row, condition=Row.pk.does_not_exist())
            self._resign(write, kept, [*beat, *self._sum(kept, entered, now, [*entered, row])], same)
        self._read = None

    def _resign(
        self, write: Write, kept: Row | None, actions: Sequence[Action], same: Condition | None = None
    ) -> None:
        """Add to a transaction the update `actions` of the clock's row. It is written only if the row still
        has the content of `kept`, and if `same` holds."""
        unchanged = _same(Row.body, kept.body if kept else None)
        if actions:
            condition = unchanged if same is None else unchanged & same
            write.update(Row(rows.OUTAGES, rows.BEAT), [*actions], condition)

    def _sum(
        self,
        kept: Row | None,
        entered: Sequence[Row],
        now: datetime,
        new: Iterable[Row] = (),
        began: str = "",
    ) -> list[Action]:
        """Return the update that stores the digest of all outages: of the rows in `new`, or else of those in
        `entered`. Return [] while the register is in doubt, because its digest must stay then. `began` is the
        clock's first run; empty: it stays."""
        if self._macs is None or (kept and self._state(kept, entered, now).doubted):
            return []
        return self._sum_of(new or entered, began or self._began(kept))

    def _sum_of(self, outages: Iterable[Row], began: str) -> list[Action]:
        assert self._macs
        signed = (row for row in outages if row.mac is not None)
        body = canonical({"began": began, "sum": _sum(signed)})
        row = self._macs.body(Row(rows.OUTAGES, rows.BEAT, body=body))
        return [Row.body.set(body), Row.mac.set(row.mac)]

    def _signed(self, row: Row) -> Row:
        return self._macs.body(row) if self._macs else row

    def _signed_beat(self, now: datetime) -> Row:
        row = Row(rows.OUTAGES, rows.BEAT, look_at=stamp(now))
        return self._macs.beat(row) if self._macs else row

    def _began(self, kept: Row | None) -> str:
        """Return the first run of the clock from its row; empty if unknown."""
        return str(_said(kept).get("began", "")) if kept else ""


def _stored() -> tuple[Row | None, list[Row]]:
    """Return the clock's row (None: there is none) and the rows of all outages."""
    found = {row.sk: row for row in Row.query(rows.OUTAGES, consistent_read=True)}
    beat = found.pop(rows.BEAT, None)
    return beat, [*found.values()]


def _said(kept: Row) -> dict[str, Any]:
    """Return the content of the clock's row; {} if it has none, or if it is unreadable."""
    with suppress(ValueError):
        if isinstance(said := json.loads(kept.body or "{}"), dict):
            return said
    return {}


def _same(attribute: UnicodeAttribute, value: str | None) -> Condition:
    """Return the condition that an attribute still has this value; with None, that it still has no value."""
    found: Condition = attribute == value if value else attribute.does_not_exist()
    return found


def _sum(outages: Iterable[Row]) -> str:
    return digest("", "\n".join(sorted(f"{row.sk} {row.body}" for row in outages)))


def _body(outage: Outage) -> str:
    return OUTAGE.written(outage).decode()

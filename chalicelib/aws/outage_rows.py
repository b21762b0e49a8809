"""The register of outages: one row an outage under one partition, and one row with the last run of
the clock.

Each row has a MAC. The clock's row also holds a digest of all outages, so that none can be removed or put
back alone. While something does not fit, the register is in doubt. A row that is not ours moves no window,
and no window lapses, because its true end is unknown.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row, changes
from chalicelib.aws.versions import Shape
from chalicelib.cases.casework import Conflict, Unreadable
from chalicelib.domain.calendar import Span, instant, stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.outages import GAP, Outage, Part, Snapshot, put_back
from chalicelib.domain.timeline import canonical, digest

KNOWN = timedelta(seconds=60)
"""How long a process relies on its last read of the register."""
OUTAGE = Shape(Outage)
DOUBTED = "doubted"
"""The mark in place of the digest's MAC while the register waits for an operator."""
UNKNOWN = datetime.min.replace(tzinfo=UTC)
"""The last run of a clock whose row is not ours."""


class State(NamedTuple):
    """The register as read: the outages, the oldest first, the last run of the clock (None: never), and
    whether somebody changed the register in the table."""

    outages: tuple[Outage, ...]
    ran: datetime | None
    doubted: bool


class OutageRows:
    """The register. A clock that has not run for longer than `gap` stood still.

    Without `macs` it checks no row, and writes as an earlier release does. It calls `changed` for each read
    of a register in doubt."""

    def __init__(
        self, macs: Macs | None = None, changed: Callable[[], None] = lambda: None, gap: timedelta = GAP
    ) -> None:
        self._macs, self._changed, self.gap = macs, changed, gap
        self._read: tuple[datetime, State] | None = None
        self._ours: str | None = None

    def known(self, now: datetime) -> State:
        """Return the register, at most a minute old. It is read in one query."""
        if self._read is None or not self._read[0] <= now < self._read[0] + KNOWN:
            self._read = now, self.listed(now)
        return self._read[1]

    def listed(self, now: datetime) -> State:
        """Return the register as stored now."""
        return self._state(*_stored(), now)

    def beats(self, now: datetime) -> bool:
        """Return whether the clock ran within the last `gap`, or never did. A worker that was woken before
        the clock stood still does nothing until the clock has entered its own gap, because that gap moves
        windows."""
        last = self.known(now).ran
        return last is None or now - last <= self.gap

    def beat(self, now: datetime) -> Outage | None:
        """Record in one write that the clock runs now. After a gap, enter the gap as an outage and return it.
        A clock that was set back writes nothing until it has caught up.

        The condition of the write is the MAC of this process's last run. Otherwise the row is read first,
        and a run that is not ours puts the register in doubt."""
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
            if row.updated([*beat, *begun], same):  # otherwise two clocks begin at once
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
            with suppress(Conflict):  # another clock won
                self._enter(gap, kept, entered, now, beat, same)
        if gap or row.updated(beat, same):
            self._ours = row.mac_state
        self._read = None
        return gap

    def enter(self, outage: Outage) -> None:
        """Enter an outage. Raises Conflict for one that is entered already."""
        self._enter(outage, *_stored(), outage.entered)

    def correct(self, id: str, since: datetime, until: datetime, now: datetime) -> Outage:
        """Correct the times of an outage and return it. Windows keep the extension of the earlier times,
        since a date that a party knows is never shortened. Raises KeyError for an outage that is unknown or
        not ours, and Conflict when somebody else has just corrected it."""
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
        with TransactWrite(connection=rows.connection()) as write:
            write.update(row, [*changes(body=new.body, **mac), rows.stamped()], Row.body == row.body)
            self._resign(write, kept, self._sum(kept, entered, now, [*rest, new]))
        self._read = None
        return corrected

    def renew(self, now: datetime) -> None:
        """Write the MACs that an earlier release left out, while rows may lack them."""
        kept, entered = _stored()
        unsigned = [row for row in entered if row.mac is None]
        if self._macs is None or self._macs.strict(now, of_case=False):
            return
        if kept is None or not (unsigned or kept.mac is None) or self._state(kept, entered, now).doubted:
            return
        body_of = {row.sk: row.body for row in unsigned}
        signed = [self._signed(Row(row.pk, row.sk, body=row.body)) for row in unsigned]
        rest = [row for row in entered if row.sk not in body_of]
        with suppress(Conflict), TransactWrite(connection=rows.connection()) as write:
            for row in signed:
                write.update(row, [Row.mac.set(row.mac)], Row.body == row.body)
            self._resign(write, kept, self._sum(kept, entered, now, [*rest, *signed]))
        self._read = None

    def snapshot(self, now: datetime) -> Snapshot | None:
        """Return the register for the signed list; None while it is in doubt or was never used."""
        kept, entered = _stored()
        if kept is None or self._state(kept, entered, now).doubted:
            return None
        return Snapshot(self._began(kept), kept.look_at or "", {row.sk: row.body or "" for row in entered})

    def doubt(self) -> None:
        """Put the register in doubt until an operator settles it."""
        Row(rows.OUTAGES, rows.BEAT).update(actions=[Row.mac.set(DOUBTED)])
        self._read = None

    def settle(self, listed: Snapshot | None, now: datetime, do: bool) -> tuple[list[str], list[str]]:
        """End the doubt: remove the outages that are not ours, and restore those of the signed list that were
        changed or removed. Return the ids of both. A lost run of the clock becomes `now`. Nothing is written
        unless `do`. Raises Conflict when somebody else writes at the same time."""
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
            with TransactWrite(connection=rows.connection()) as write:
                for row in gone:
                    write.delete(row)
                for row in back.values():
                    write.save(row)
                beat = self._signed_beat(now)
                lost = kept is None or self._last(kept, now) is None
                ran = changes(look_at=beat.look_at, mac_state=beat.mac_state) if lost else []
                began = listed.began if listed else self._began(kept)
                write.update(Row(rows.OUTAGES, rows.BEAT), [*ran, *self._sum_of(whole, began)])
            self._read = None
        return [rows.kind(row.sk)[1] for row in gone], [rows.kind(sk)[1] for sk in back]

    def table_time(self) -> datetime | None:
        """Return the table's own time at its last answer (UTC); None without an answer since the last
        call."""
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
        """Return the outage of a row; None where the row is not ours."""
        older = row.mac is None and not (self._macs and self._macs.strict(now, of_case=False))
        with suppress(Unreadable):
            if older or self._macs is None or self._macs.fits_body(row):
                return OUTAGE.read(row)
        return None

    def _last(self, kept: Row, now: datetime) -> datetime | None:
        """Return the last run of the clock; None where the row is not ours."""
        lenient = self._macs is None or not self._macs.strict(now, of_case=False)
        with suppress(ValueError):
            if lenient or (self._macs and self._macs.fits_beat(kept)):
                return instant(kept.look_at or "")
        return None

    def _whole(self, kept: Row | None, entered: Iterable[Row], now: datetime) -> bool:
        """Return whether exactly the outages that we entered are there. Those of an earlier release are not
        in the digest."""
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
        """Save an outage, with the digest of all outages and the run of the clock that found it."""
        row = self._signed(Row(rows.OUTAGES, rows.outage(outage.id), body=_body(outage)))
        with TransactWrite(connection=rows.connection()) as write:
            write.save(row, condition=Row.pk.does_not_exist())
            self._resign(write, kept, [*beat, *self._sum(kept, entered, now, [*entered, row])], same)
        self._read = None

    def _resign(
        self, write: TransactWrite, kept: Row | None, actions: Sequence[Action], same: Condition | None = None
    ) -> None:
        """Put the update of the clock's row into a transaction, if nobody wrote a digest meanwhile."""
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
        """Return the update of the digest of all outages. A register in doubt keeps its digest."""
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
        """Return the first run of the clock; empty where it is unknown."""
        return str(_said(kept).get("began", "")) if kept else ""


def _stored() -> tuple[Row | None, list[Row]]:
    """Return the clock's row and the rows of outages."""
    found = {row.sk: row for row in Row.query(rows.OUTAGES, consistent_read=True)}
    beat = found.pop(rows.BEAT, None)
    return beat, [*found.values()]


def _said(kept: Row) -> dict[str, Any]:
    """Return the body of the clock's row; empty for one that no release writes."""
    with suppress(ValueError):
        if isinstance(said := json.loads(kept.body or "{}"), dict):
            return said
    return {}


def _same(attribute: UnicodeAttribute, value: str | None) -> Condition:
    """Return the condition that an attribute still has this value, or none."""
    found: Condition = attribute == value if value else attribute.does_not_exist()
    return found


def _sum(outages: Iterable[Row]) -> str:
    return digest("", "\n".join(sorted(f"{row.sk} {row.body}" for row in outages)))


def _body(outage: Outage) -> str:
    return OUTAGE.written(outage).decode()

"""The record of who read which section of which case: one row per reader, case, section and hour. It also has
a row for each detail that a reader had unmasked. It can be listed by case and by reader."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from chalicelib.access.authorization import ReaderRole, Thing
from chalicelib.aws import rows
from chalicelib.aws.rows import Lists, Row, Write
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import stamp

KEPT = timedelta(days=3 * 366)
"""How long a row is kept: three years, as records of handling (Personal Information Protection Law Art. 56)
and for audits (Art. 54). Cybersecurity Law Art. 21 asks for at least six months."""
MOST_KNOWN = 10_000
"""How many rows of the present hour a process remembers as written, so that it need not write them again. If
there are more, the process forgets all of them and writes again."""


class ReadRows:
    """The record of who read which section of which case."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._hour, self._known = now, "", set[str]()

    def record(self, who: str, reader: ReaderRole, ref: str, thing: Thing, revealed: str = "") -> None:
        """Record that the person `who`, in the capacity `reader`, reads the section `thing` of a case. It
        costs one write, or none if this process recorded the same in this hour. Raises Unavailable; then the
        section must not be shown.

        `revealed`: what they had unmasked, such as the id of a person or the number of an entry; "" for an
        ordinary read."""
        row = self._row(who, reader, ref, thing, revealed)
        if f"{ref}#{row.sk}" in self._known:
            return
        with suppress(WriteConflict):  # another process has written it in this hour
            row.save(condition=Row.pk.does_not_exist())
        self._known.add(f"{ref}#{row.sk}")

    def _row(self, who: str, reader: ReaderRole, ref: str, thing: Thing, revealed: str = "") -> Row:
        """Return the row that records a read in this hour."""
        now, hour = self._turn_hour(), self._hour
        # "revealed" stands only in the keys: the release before this one knows no section of that name
        section, detail = ("revealed", f"#{revealed}") if revealed else (thing.code, "")
        said = {"revealed": revealed} if revealed else {}
        card = json.dumps({"at": stamp(now), "who": who, "as": reader, "thing": thing.code, **said})
        return Row(
            rows.reads(ref),
            rows.read(hour, section, who + detail),
            ref=ref,
            seat=rows.reader(who),
            next_due=rows.read(hour, section, ref + detail),
            card=card,
            ttl=int((now + KEPT).timestamp()),
        )

    def _turn_hour(self) -> datetime:
        """Return the present time. In a new hour, forget what was recorded in the last one."""
        now = self._now()
        hour = stamp(now)[:13]
        if hour != self._hour or len(self._known) >= MOST_KNOWN:
            self._hour, self._known = hour, set()
        return now

    def record_all(self, who: str, reads: Mapping[str, ReaderRole], thing: Thing) -> None:
        """Record that the person `who` reads the section `thing` of several cases, of at most 100. `reads`:
        the capacity in which they read each case, by its number. It costs one transaction, or none if this
        process recorded the same in this hour. Raises Unavailable; then nothing must be shown."""
        self._turn_hour()
        known = rows.read(self._hour, thing.code, who)
        new = {
            key: self._row(who, reader, ref, thing)
            for ref, reader in reads.items()
            if (key := f"{ref}#{known}") not in self._known
        }
        if not new:
            return
        try:
            with Write() as write:
                for row in new.values():
                    write.save(row)
        except WriteConflict:  # another process writes some of them at this moment
            for row in new.values():
                row.save()
        self._known |= new.keys()

    def of_case(self, ref: str, after: str, limit: int) -> tuple[list[Any], str | None]:
        """Return a page of the reads of a case, the newest hour first, and the cursor of the next page (None:
        this is the last). `after` is the cursor of this page."""
        before = Row.sk < after if after else None
        found = list(Row.query(rows.reads(ref), before, scan_index_forward=False, limit=limit + 1))
        return _page(found, limit, "sk")

    def of_reader(self, who: str, after: str, limit: int) -> tuple[list[Any], str | None]:
        """Return a page of the reads by a person, the newest hour first, and the cursor of the next page
        (None: this is the last). `after` is the cursor of this page."""
        before = Lists.next_due < after if after else None
        found = list(Row.lists.query(rows.reader(who), before, scan_index_forward=False, limit=limit + 1))
        return _page(found, limit, "next_due")


def _page(found: list[Row], limit: int, key: str) -> tuple[list[dict[str, Any]], str | None]:
    items = [{"number": row.ref, **json.loads(row.card or "{}")} for row in found[:limit]]
    items.sort(key=lambda item: str(item["at"]), reverse=True)
    return items, getattr(found[limit - 1], key) if len(found) > limit else None

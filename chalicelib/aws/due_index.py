"""What is due, by shard, and the claims on letters: the clock's and the letters worker's side of the table."""
from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.access import NotFound
from chalicelib.aws import rows
from chalicelib.aws.case_file import letter_of, translated
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import OURS, known
from chalicelib.casework import Conflict
from chalicelib.domain.calendar import stamp
from chalicelib.domain.timeline import canonical

CLAIMED = timedelta(minutes=5)
"""How long a worker may take over a letter before the clock gives it to another."""
LOCKED = timedelta(seconds=70)
"""A walk's lock on its shard: it only saves work, correctness is the entry condition."""
PARKED_AFTER = 8
"""So many unexpected errors in a row, and a row waits for a person, out of the index."""
BACK_OFF = timedelta(minutes=1)
PAGE = 100


class DueIndex:
    """The sparse index `due` and the states of the rows in it."""

    def shards(self) -> range:
        """Every shard that may hold something."""
        return range(rows.shards()[1])

    def anything(self, shard: int, now: datetime) -> bool:
        """Whether something on this shard is due: one query of one key."""
        with translated():
            return next(iter(Row.due.query(shard, Row.look_at <= stamp(now), limit=1, page_size=1)), None) is not None

    def walk(self, shard: int, now: datetime) -> Iterator[tuple[str, str, str]]:
        """(ref, kind, id) of everything due on a shard, oldest first, paging forward and never back; kind is CASE or LETTER."""
        with translated():
            for row in Row.due.query(shard, Row.look_at <= stamp(now), page_size=PAGE):
                yield rows.ref_of(row.pk), *rows.kind(row.sk)

    def lock(self, shard: int, now: datetime) -> bool:
        """Take a shard for a walk; False while another walks it."""
        try:
            with translated():
                Row(rows.lock(shard), rows.LOCK, look_at=stamp(now + LOCKED), ttl=int((now + LOCKED).timestamp()) + 86_400).save(
                    condition=Row.pk.does_not_exist() | (Row.look_at < stamp(now)))
        except Conflict:
            return False
        return True

    def unlock(self, shard: int) -> None:
        """Give a shard back."""
        with translated():
            Row(rows.lock(shard), rows.LOCK).delete()

    def failed(self, ref: str, kind: str, id: str, now: datetime) -> bool:
        """Back a row off after an unexpected error; True when it is parked now, out of the index."""
        row = Row(rows.case(ref), rows.key(kind, id))
        with translated():
            row.update(actions=[Row.faults.set((Row.faults | 0) + 1)])
            faults = int(row.faults or 0)
            if faults >= PARKED_AFTER:
                row.update(actions=[Row.shard.remove(), Row.look_at.remove()])
            else:
                row.update(actions=[Row.look_at.set(stamp(now + BACK_OFF * 2 ** (faults - 1)))])
        return faults >= PARKED_AFTER

    def claim(self, ref: str, id: str, claim: str, now: datetime) -> dict[str, Any] | None:
        """A letter, claimed for sending; None when it is sent, skipped, another's or of a newer release."""
        row = Row(rows.case(ref), rows.letter(id))
        free = (Row.state == "owed") | (Row.state == "sending") & (Row.look_at <= stamp(now))
        try:
            with translated():
                row.update(actions=[Row.state.set("sending"), Row.claim.set(claim), Row.look_at.set(stamp(now + CLAIMED)),
                                    Row.tries.set((Row.tries | 0) + 1)], condition=free & OURS)
        except Conflict:
            return None
        return letter_of(row)

    def release(self, ref: str, id: str, claim: str, at: datetime, tried: bool = True) -> None:
        """Give a claimed letter back, to be sent at `at`; throttling or a hold is not a try."""
        waiting = [Row.state.set("owed"), Row.look_at.set(stamp(at)), Row.claim.remove()]
        self._end(ref, id, claim, waiting if tried else [*waiting, Row.tries.set(Row.tries - 1)])

    def sent(self, ref: str, id: str, claim: str, kept: dict[str, Any]) -> None:
        """A letter left: what was sent is kept, and it leaves the index."""
        self._end(ref, id, claim, [Row.state.set("sent"), Row.sent.set(canonical(kept)), Row.shard.remove(), Row.look_at.remove()])
        if kept.get("message_id"):
            with translated():
                Row(rows.lookup("message", kept["message_id"]), ref, ref=ref, body=json.dumps({"letter": id})).save()

    def ended(self, ref: str, id: str, claim: str, state: str, why: str) -> None:
        """A letter ends unsent: `skipped` or `given up`, and why."""
        self._end(ref, id, claim, [Row.state.set(state), Row.sent.set(canonical({"why": why})), Row.shard.remove(), Row.look_at.remove()])

    def by_message(self, message_id: str) -> tuple[str, str] | None:
        """(ref, letter id) of a letter by the id that the mail provider gave it."""
        with translated():
            row = next(iter(Row.query(rows.lookup("message", message_id), limit=1)), None)
        return (row.ref or "", json.loads(row.body or "{}")["letter"]) if row else None

    def mark(self, ref: str, id: str, event: str, kept: dict[str, Any]) -> None:
        """What the provider tells of a letter: its own *send* event marks it sent even if the process died in between."""
        row = Row(rows.case(ref), rows.letter(id))
        try:
            with translated():
                if event == "send":
                    row.update(actions=[Row.state.set("sent"), Row.sent.set(canonical(kept)), Row.shard.remove(), Row.look_at.remove()],
                               condition=Row.state.is_in("sending", "owed"))     # owed: it left, though we did not hear so
                else:
                    row.update(actions=[Row.state.set(event)], condition=Row.pk.exists())
        except Conflict:
            return

    def letter(self, ref: str, id: str) -> dict[str, Any]:
        """A letter as its row tells it; raises NotFound, or Newer."""
        with translated():
            try:
                return letter_of(known(Row.get(rows.case(ref), rows.letter(id), consistent_read=True)))
            except Row.DoesNotExist:
                raise NotFound(ref) from None

    def _end(self, ref: str, id: str, claim: str, actions: list[Any]) -> None:
        try:
            with translated():
                Row(rows.case(ref), rows.letter(id)).update(actions=actions, condition=Row.claim == claim)
        except Conflict:
            return              # the claim ran out and another worker has the letter: its record stands

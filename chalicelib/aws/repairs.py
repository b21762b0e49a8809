"""Repairs by operators: list the parked rows, put them back into the index, and send unsent letters again. A
parked row is one that is not tried again after repeated errors."""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.due_index import PARKED_AFTER, looked, parked
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.timeline import canonical
from chalicelib.operations.clockwork import DueRow

COUNTED = PARKED_AFTER - 1
"""The count of errors of a row that was parked because it failed too often. The last error is not counted in
the row."""
UNSENT = frozenset({"skipped", "given up", "bounced"})
"""The final states of a letter that has not arrived."""


class ParkedRow(NamedTuple):
    """A parked row: one that is not tried again after repeated errors. `letter` is the name of the letter in
    this row; empty if the row holds no letter."""

    due: DueRow
    letter: str


class Stuck(NamedTuple):
    """A parked row as the administrator sees it, without anything of its case. `key`: identifies the row, and
    reveals nothing. `faults`: how often it failed. `why`: the code of the reason."""

    key: str
    due: DueRow
    faults: int
    why: str


class Repair(NamedTuple):
    """A parked row that an administrator had tried again. `at`: when (UTC). `who`: the id of the
    administrator. `ref`: the number of the case; "" for a row of no case. `kind`: the kind of the row."""

    at: datetime
    who: str
    ref: str
    kind: str


def stuck_rows(most: int) -> list[Stuck]:
    """Return at most `most` parked rows, the longest parked first. Each costs a read."""
    return [_stuck(due) for due in islice(parked(), most)]


def try_again(key: str, who: str, most: int, now: datetime, macs: Macs) -> bool:
    """Put the parked row with this key back into the index, due now, and record who did. Return False, and
    record nothing, if it is not among the first `most` parked rows."""
    due = next((one for one in islice(parked(), most) if _key(one) == key), None)
    if due is None:
        return False
    letter = _letter(due) if due.kind in ("LETTER", "POST") else ""
    if not unpark(ParkedRow(due, letter), now, macs):
        return False
    number = due.ref if due.ref.isdecimal() else ""
    body = canonical({"who": who, "ref": number, "kind": due.kind})
    Row(rows.REPAIRS, rows.repair(now, key), body=body).save()
    return True


def repairs(most: int) -> list[Repair]:
    """Return the newest repairs by administrators, at most `most`."""
    found = Row.query(rows.REPAIRS, scan_index_forward=False, limit=most)
    return [Repair(instant(row.sk.partition("#")[0]), **json.loads(row.body or "{}")) for row in found]


def _stuck(due: DueRow) -> Stuck:
    row = Row.find(rows.case(due.ref), rows.key(due.kind, due.id))
    faults = int((row and row.faults) or 0)
    often = faults >= COUNTED
    letter = due.kind in ("LETTER", "POST")
    why = ("text" if letter else "failed") if often else "changed" if letter and row else "nothing"
    return Stuck(_key(due), due, faults + 1 if faults == COUNTED else faults, why)


def _key(due: DueRow) -> str:
    return sha256(f"{due.ref} {due.kind} {due.id}".encode()).hexdigest()[:24]


def parked_rows() -> Iterator[ParkedRow]:
    """Yield the parked rows, the longest parked first. Each row of a letter costs one more read, to find the
    letter's name."""
    for due in parked():
        yield ParkedRow(due, _letter(due) if due.kind in ("LETTER", "POST") else "")


def unpark(one: ParkedRow, now: datetime, macs: Macs) -> bool:
    """Put a parked row back into the index, due now, with its count of errors reset. Return False if the row
    is not parked any more."""
    due = one.due
    row = Row.find(rows.case(due.ref), rows.key(due.kind, due.id))
    shard = (
        rows.post_shard(due.ref, letter_of(one.letter).rank)
        if due.kind in ("LETTER", "POST")
        else rows.shard(due.ref)
    )
    return row is not None and row.updated(
        [*looked(macs, row, shard, now), Row.faults.remove()], Row.shard == rows.PARKED
    )


def owe_again(ref: str, id: str, state: str, now: datetime, macs: Macs) -> bool:
    """Set a letter in the state `state` back to `owed`, due now, so that it is sent again. Return False if
    the letter is in another state."""
    due = DueRow(ref, "LETTER", id, now)
    shard = rows.post_shard(ref, letter_of(_letter(due)).rank)
    row = Row(rows.case(ref), rows.letter(id))
    anew: list[Action] = [
        *macs.state(row, "owed"),
        Row.shard.set(shard),
        Row.look_at.set(stamp(now)),
        Row.tries.set(0),
        Row.faults.remove(),
        Row.claim.remove(),
        Row.sent.remove(),
        Row.mac_sent.remove(),
    ]
    return row.updated(anew, Row.state == state)


def _letter(due: DueRow) -> str:
    """Return the name of the letter in a row; empty if the row is no letter."""
    row = Row.find(rows.case(due.ref), rows.key(due.kind, due.id))
    return str(json.loads((row and row.body) or "{}").get("name", ""))

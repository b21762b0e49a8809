"""Repairs by operators: list the parked rows, put them back into the index, and send unsent letters again. A
parked row is one that is not tried again after repeated errors."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.due_index import looked, parked
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.letters import letter_of
from chalicelib.operations.clockwork import DueRow

UNSENT = frozenset({"skipped", "given up", "bounced"})
"""The final states of a letter that has not arrived."""


class ParkedRow(NamedTuple):
    """A parked row: one that is not tried again after repeated errors. `letter` is the name of the letter in
    this row; empty if the row holds no letter."""

    due: DueRow
    letter: str


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

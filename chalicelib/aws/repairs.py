"""Repairs by hand: rows that are parked for a person are listed and put back, and a letter that did not leave
is owed again."""

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
from chalicelib.operations.clockwork import Due

UNSENT = frozenset({"skipped", "given up", "bounced"})
"""The states of a letter that ended without having arrived."""


class Waiting(NamedTuple):
    """A row that waits for a person, and the name of the letter that it is, if it is one."""

    due: Due
    letter: str


def waiting() -> Iterator[Waiting]:
    """Everything that is parked for a person, the oldest first; each letter costs one more read, for its
    name."""
    for due in parked():
        yield Waiting(due, _letter(due) if due.kind in ("LETTER", "POST") else "")


def unpark(one: Waiting, now: datetime, macs: Macs) -> bool:
    """Put a row back where the clock finds it at once, with no faults counted; False when somebody else has
    done so."""
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
    """Owe a letter anew that is in `state`, due at once; False when it is no longer in it."""
    due = Due(ref, "LETTER", id, now)
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


def _letter(due: Due) -> str:
    """The name of the letter that a row is; empty when it is none."""
    row = Row.find(rows.case(due.ref), rows.key(due.kind, due.id))
    return str(json.loads((row and row.body) or "{}").get("name", ""))

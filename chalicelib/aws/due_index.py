"""The index `due`, which lists rows by shard and due time. Cases and letters have separate shards. Parked
rows, which wait for a person, have a shard of their own."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.letters import Rank
from chalicelib.operations.clockwork import DueRow

LOCKED = timedelta(seconds=150)
"""How long a run over a shard keeps other runs from it; longer than a run can last. The lock only saves work:
even without it no step is taken twice, because a move is saved only if the case's next entry does not exist
yet."""
PARKED_AFTER = 8
"""The number of unexpected errors after which a row is parked: it is not tried again until a person has
looked at it."""
BACK_OFF = timedelta(minutes=1)
PAGE = 100
NEVER_READ = datetime(1970, 1, 1, tzinfo=UTC)
"""The due time assumed for a row whose date is unreadable."""


class CaseShards:
    """The shards of cases. Each is one key of the index."""

    name = "CASE"

    def all(self) -> range:
        """Return the numbers of all shards in which a due case may be."""
        return range(rows.shards()[1])

    def keys(self, n: int) -> tuple[int, ...]:
        """Return the index keys of a shard: only its own number."""
        return (n,)


class PostShards:
    """The shards of letters. Each has one index key per rank, the most urgent rank first."""

    name = "POST"

    def all(self) -> range:
        """Return the numbers of all shards in which a due letter may be."""
        return range(rows.POST_SHARDS)

    def keys(self, n: int) -> tuple[int, ...]:
        """Return the index keys of a shard, in the order in which they are read."""
        return tuple(rows.ranked(n, rank) for rank in Rank)


class DueIndex:
    """The sparse index `due`, of cases or of letters. `of` says which shards there are, and under which index
    keys."""

    def __init__(self, of: CaseShards | PostShards, macs: Macs) -> None:
        self._of, self._macs = of, macs

    def shards(self) -> range:
        """Return the numbers of all shards in which a due row may be."""
        return self._of.all()

    def oldest(self, shard: int, now: datetime) -> datetime | None:
        """Return since when the longest due row of a shard has been due; None if no row is due. It costs one
        query per key."""
        first = [
            row.look_at
            for key in self._of.keys(shard)
            for row in Row.due.query(key, Row.look_at <= stamp(now), limit=1, page_size=1)
        ]
        return _since(min(first)) if first else None

    def walk(self, shard: int, now: datetime) -> Iterator[DueRow]:
        """Yield the due rows of a shard. Urgent letters come first; rows of the same rank are sorted by due
        time, the earliest first. A row that becomes due only after later rows were yielded is left for the
        next run."""
        for key in self._of.keys(shard):
            for row in Row.due.query(key, Row.look_at <= stamp(now), page_size=PAGE):
                yield _due(row)

    def lock(self, shard: int, owner: str, now: datetime) -> bool:
        """Lock a shard for `owner`, the id of a run. Return False if another run holds the lock."""
        row = Row(
            rows.lock(self._of.name, shard),
            rows.LOCK,
            claim=owner,
            look_at=stamp(now + LOCKED),
            ttl=int((now + LOCKED).timestamp()) + 86_400,
        )
        try:
            row.save(condition=Row.pk.does_not_exist() | (Row.look_at < stamp(now)))
        except WriteConflict:
            return False
        return True

    def unlock(self, shard: int, owner: str) -> None:
        """Release the lock of a shard if `owner` still holds it."""
        with suppress(WriteConflict):
            Row(rows.lock(self._of.name, shard), rows.LOCK).delete(condition=Row.claim == owner)

    def failed(self, due: DueRow, now: datetime) -> bool:
        """Postpone a due row after an unexpected error. The delay doubles with each error. After
        `PARKED_AFTER` errors park the row and return True; else return False. A row that was saved meanwhile
        is not changed."""
        row = Row.find(rows.case(due.ref), rows.key(due.kind, due.id))
        faults = int(row.faults or 0) + 1 if row else 0
        if row is None or faults >= PARKED_AFTER:
            return self._parked(row, due, now)
        again = now + BACK_OFF * 2 ** max(faults - 1, 0)
        shard = None if row.shard is None else int(row.shard)
        # One write: if its answer is lost and it is retried, its condition fails, so the error counts once.
        row.updated([Row.faults.set(faults), *looked(self._macs, row, shard, again)], _still(due, now))
        return False

    def park(self, due: DueRow, now: datetime) -> bool:
        """Park a row until a person has looked at it. Return False, and change nothing, if the row was saved
        meanwhile."""
        return self._parked(Row.find(rows.case(due.ref), rows.key(due.kind, due.id)), due, now)

    def _parked(self, row: Row | None, due: DueRow, now: datetime) -> bool:
        return row is not None and row.updated(looked(self._macs, row, rows.PARKED, now), _still(due, now))


def looked(macs: Macs, row: Row, shard: int | None, at: datetime) -> list[Action]:
    """Return the update that sets the due time `at` and the shard of a row. With `shard` None, the row keeps
    its shard. For the head of a case, the update also sets the MAC that covers time and shard."""
    moved: list[Action] = [Row.look_at.set(stamp(at)), *([] if shard is None else [Row.shard.set(shard)])]
    if row.sk != rows.HEAD or row.entries is None:
        return moved
    return [*moved, Row.mac_state.set(macs.clock(row.pk, int(row.entries), shard, stamp(at)))]


def parked() -> Iterator[DueRow]:
    """Yield the parked rows, the longest parked first. Their `at` is the time of parking."""
    for row in Row.due.query(rows.PARKED, page_size=PAGE):
        yield _due(row)


def _due(row: Row) -> DueRow:
    return DueRow(rows.ref_of(row.pk), *rows.kind(row.sk), _since(row.look_at or ""))


def _since(look_at: str) -> datetime:
    """Return the due time of a row; `NEVER_READ` if its date is unreadable, so that one broken row does not
    stop the run."""
    try:
        return instant(look_at)
    except ValueError:
        return NEVER_READ


def _still(due: DueRow, now: datetime) -> Condition:
    """Return the condition that a row still has the due time with which it was found. Then nobody has saved,
    postponed or parked the row meanwhile."""
    if due.at != NEVER_READ:
        return Row.look_at == stamp(due.at)
    same: Condition = (Row.look_at <= stamp(now)) & (Row.shard != rows.PARKED)
    return same

"""The index of due rows by shard. Cases and letters have separate shards, and parked rows have one of their
own."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Conflict
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.letters import Rank
from chalicelib.operations.clockwork import Due

LOCKED = timedelta(seconds=150)
"""How long a walk locks its shard: longer than a walk can last. The lock only saves work. The condition on
the next entry prevents double work."""
PARKED_AFTER = 8
"""The number of unexpected errors after which a row is parked for a person."""
BACK_OFF = timedelta(minutes=1)
PAGE = 100
NEVER_READ = datetime(1970, 1, 1, tzinfo=UTC)
"""The time since which a row with an unreadable date counts as due."""


class CaseShards:
    """The shards of cases: each is one key of the index."""

    name = "CASE"

    def all(self) -> range:
        """Return every shard that may hold a due row."""
        return range(rows.shards()[1])

    def keys(self, n: int) -> tuple[int, ...]:
        """Return the keys of one shard in the order of the walk."""
        return (n,)


class PostShards:
    """The shards of letters: one key a rank, the most urgent first."""

    name = "POST"

    def all(self) -> range:
        """Return every shard that may hold a due row."""
        return range(rows.POST_SHARDS)

    def keys(self, n: int) -> tuple[int, ...]:
        """Return the keys of one shard in the order of the walk."""
        return tuple(rows.ranked(n, rank) for rank in Rank)


class DueIndex:
    """The sparse index `due`, for cases or for letters."""

    def __init__(self, of: CaseShards | PostShards, macs: Macs) -> None:
        self._of, self._macs = of, macs

    def shards(self) -> range:
        """Return every shard that may hold a due row."""
        return self._of.all()

    def oldest(self, shard: int, now: datetime) -> datetime | None:
        """Return the time since which the oldest row of a shard is due; None without one. It costs one query
        a key."""
        first = [
            row.look_at
            for key in self._of.keys(shard)
            for row in Row.due.query(key, Row.look_at <= stamp(now), limit=1, page_size=1)
        ]
        return _since(min(first)) if first else None

    def walk(self, shard: int, now: datetime) -> Iterator[Due]:
        """Yield the due rows of a shard, the oldest first within a rank. The walk only goes forward. A row
        that becomes due behind it waits for the next walk."""
        for key in self._of.keys(shard):
            for row in Row.due.query(key, Row.look_at <= stamp(now), page_size=PAGE):
                yield _due(row)

    def lock(self, shard: int, owner: str, now: datetime) -> bool:
        """Lock a shard for a walk. Return False while another walk has it."""
        row = Row(
            rows.lock(self._of.name, shard),
            rows.LOCK,
            claim=owner,
            look_at=stamp(now + LOCKED),
            ttl=int((now + LOCKED).timestamp()) + 86_400,
        )
        try:
            row.save(condition=Row.pk.does_not_exist() | (Row.look_at < stamp(now)))
        except Conflict:
            return False
        return True

    def unlock(self, shard: int, owner: str) -> None:
        """Unlock a shard that this walk still holds."""
        with suppress(Conflict):
            Row(rows.lock(self._of.name, shard), rows.LOCK).delete(condition=Row.claim == owner)

    def failed(self, due: Due, now: datetime) -> bool:
        """Put a row off after an unexpected error. Return True where this parks the row. A row that was saved
        meanwhile stays as it is."""
        row = Row.find(rows.case(due.ref), rows.key(due.kind, due.id))
        faults = int(row.faults or 0) + 1 if row else 0
        if row is None or faults >= PARKED_AFTER:
            return self._parked(row, due, now)
        again = now + BACK_OFF * 2 ** max(faults - 1, 0)
        shard = None if row.shard is None else int(row.shard)
        # One write, so that a retry after a lost answer counts only once.
        row.updated([Row.faults.set(faults), *looked(self._macs, row, shard, again)], _still(due, now))
        return False

    def park(self, due: Due, now: datetime) -> bool:
        """Park a row for a person. Return False for a row that was saved meanwhile, which stays as it is."""
        return self._parked(Row.find(rows.case(due.ref), rows.key(due.kind, due.id)), due, now)

    def _parked(self, row: Row | None, due: Due, now: datetime) -> bool:
        return row is not None and row.updated(looked(self._macs, row, rows.PARKED, now), _still(due, now))


def looked(macs: Macs, row: Row, shard: int | None, at: datetime) -> list[Action]:
    """Return the update that gives a row another due time and shard."""
    moved: list[Action] = [Row.look_at.set(stamp(at)), *([] if shard is None else [Row.shard.set(shard)])]
    if row.sk != rows.HEAD or row.entries is None:
        return moved
    return [*moved, Row.mac_state.set(macs.clock(row.pk, int(row.entries), shard, stamp(at)))]


def parked() -> Iterator[Due]:
    """Yield the parked rows, the oldest first. `at` is the time of parking."""
    for row in Row.due.query(rows.PARKED, page_size=PAGE):
        yield _due(row)


def _due(row: Row) -> Due:
    return Due(rows.ref_of(row.pk), *rows.kind(row.sk), _since(row.look_at or ""))


def _since(look_at: str) -> datetime:
    """Return the time since which a row is due. An unreadable date gives `NEVER_READ`, so that it does not
    stop a walk."""
    try:
        return instant(look_at)
    except ValueError:
        return NEVER_READ


def _still(due: Due, now: datetime) -> Condition:
    """Return the condition that a row is still due as it was found: not saved, put off or parked
    meanwhile."""
    if due.at != NEVER_READ:
        return Row.look_at == stamp(due.at)
    same: Condition = (Row.look_at <= stamp(now)) & (Row.shard != rows.PARKED)
    return same

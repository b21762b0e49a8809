"""The index of what is due, by shard. Cases have their shards and letters theirs; rows that wait for a person
are on one of their own."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.casework import Conflict
from chalicelib.clockwork import Due
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.post import Rank

LOCKED = timedelta(seconds=150)
"""How long a walk locks its shard: longer than a walk can last. The lock only saves work; that nothing is
done twice is ensured by the condition on the next entry."""
PARKED_AFTER = 8
"""After how many unexpected errors a row is parked for a person, where no walk finds it."""
BACK_OFF = timedelta(minutes=1)
PAGE = 100
NEVER_READ = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a row counts as due whose date cannot be read."""


class CaseShards:
    """The shards of cases: each is one key of the index."""

    name = "CASE"

    def all(self) -> range:
        """Every shard that may hold something."""
        return range(rows.shards()[1])

    def keys(self, n: int) -> tuple[int, ...]:
        """The keys of one shard, in the order in which they are walked."""
        return (n,)


class PostShards:
    """The shards of letters: one key a rank, the most urgent first."""

    name = "POST"

    def all(self) -> range:
        """Every shard that may hold something."""
        return range(rows.POST_SHARDS)

    def keys(self, n: int) -> tuple[int, ...]:
        """The keys of one shard, in the order in which they are walked."""
        return tuple(rows.ranked(n, rank) for rank in Rank)


class DueIndex:
    """The sparse index `due`, of cases or of letters."""

    def __init__(self, of: CaseShards | PostShards) -> None:
        self._of = of

    def shards(self) -> range:
        """Every shard that may hold something."""
        return self._of.all()

    def oldest(self, shard: int, now: datetime) -> datetime | None:
        """Since when the first of what is due on a shard has been due: one query a key."""
        first = [
            row.look_at
            for key in self._of.keys(shard)
            for row in Row.due.query(key, Row.look_at <= stamp(now), limit=1, page_size=1)
        ]
        return _since(min(first)) if first else None

    def walk(self, shard: int, now: datetime) -> Iterator[Due]:
        """Everything due on a shard, the oldest first within a rank. The walk only goes forward: what becomes
        due behind it waits for the next one."""
        for key in self._of.keys(shard):
            for row in Row.due.query(key, Row.look_at <= stamp(now), page_size=PAGE):
                yield _due(row)

    def lock(self, shard: int, owner: str, now: datetime) -> bool:
        """Take a shard for a walk; False while another walks it."""
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
        """Give a shard back, if it is still this walk's."""
        with suppress(Conflict):
            Row(rows.lock(self._of.name, shard), rows.LOCK).delete(condition=Row.claim == owner)

    def failed(self, due: Due, now: datetime) -> bool:
        """Put a row off after an unexpected error; True when it is parked now. A row that was saved meanwhile
        is left as it is."""
        key = rows.case(due.ref), rows.key(due.kind, due.id)
        row = next(iter(Row.batch_get([key], consistent_read=True)), None)
        faults = int(row.faults or 0) + 1 if row else 0
        if faults >= PARKED_AFTER:
            return self.park(due, now)
        again = stamp(now + BACK_OFF * 2 ** max(faults - 1, 0))
        later: list[Any] = [Row.faults.set(faults), Row.look_at.set(again)]
        # in one write, so that a retry after a lost answer counts only once
        Row(*key).updated(later, _still(due, now))
        return False

    def park(self, due: Due, now: datetime) -> bool:
        """Park a row for a person; False when it has been saved meanwhile and is left as it is."""
        return Row(rows.case(due.ref), rows.key(due.kind, due.id)).updated(
            [Row.shard.set(rows.PARKED), Row.look_at.set(stamp(now))], _still(due, now)
        )


def parked() -> Iterator[Due]:
    """Everything that waits for a person, the oldest first; `at` is when it was parked."""
    for row in Row.due.query(rows.PARKED, page_size=PAGE):
        yield _due(row)


def _due(row: Row) -> Due:
    return Due(rows.ref_of(row.pk), *rows.kind(row.sk), _since(row.look_at or ""))


def _since(look_at: str) -> datetime:
    """Since when a row has been due. One whose date cannot be read counts as due since `NEVER_READ`, so that
    it does not stop a walk."""
    try:
        return instant(look_at)
    except ValueError:
        return NEVER_READ


def _still(due: Due, now: datetime) -> Condition:
    """The condition that a row is due as it was found: it has not been saved, put off or parked meanwhile."""
    if due.at != NEVER_READ:
        return Row.look_at == stamp(due.at)
    same: Condition = (Row.look_at <= stamp(now)) & (Row.shard != rows.PARKED)
    return same

"""The rows of the feeds of changes. A feed gives a reader outside, such as a partner system, the changes of
its cases. Its rows are written in the transaction of the move itself, so none is missing and none is too
many.

The key of a row in its feed is a moment. A reader remembers the last row that it got, and asks for the rows
after it. So no row may later appear before that one, however late its transaction commits. For this a feed
has fences. Before a reader gets rows up to a moment, the fences are raised to it. Each transaction checks
that a fence is below its own moment. A transaction that took its moment before and commits after therefore
fails, and is tried again with a later moment. Nothing here depends on the clocks of the containers: a moment
is never before that of the case's last row, and a writer that met a fence goes beyond it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from pynamodb.expressions.condition import Condition

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, Write, changes
from chalicelib.aws.versions import RowShape
from chalicelib.cases.casework import Unavailable, WriteConflict
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.model.change import Change
from chalicelib.view.changes import FEEDS, KEPT, Changed as Changed

FENCES = 8
"""The number of fences of a feed. A transaction checks the fence of its case. Two transactions that check the
same row at the same time disturb each other, so one fence would slow down a partner that files many
complaints at once."""
RAISES = 8
"""The maximum number of tries to raise the fences, because transactions of moves may be at them."""
TICK = timedelta(microseconds=1)
"""The smallest distance between two moments."""
CHANGED = RowShape(Changed)


class News(NamedTuple):
    """The change by one entry, for one feed."""

    feed: str
    told: Changed

    @property
    def fence(self) -> tuple[str, str]:
        """Return the keys of the fence that the transaction checks."""
        return rows.changed(self.feed), rows.fence(crc32(self.told.number.encode()) % FENCES)


class ChangedRows:
    """The store of the feeds. `now` returns the present moment (UTC). `pause` waits between two tries."""

    def __init__(self, now: Callable[[], datetime], pause: Callable[[int], None] = lambda n: None) -> None:
        self._now, self._pause, self._passed = now, pause, dict[str, datetime]()

    def after(self, feed: str, position: str, limit: int) -> tuple[list[Changed], str]:
        """Return at most `limit` changes of a feed after a position, and the position after them. An empty
        `position` is the beginning: the oldest row that is still stored. The changes of a case are in the
        order of its entries. No change appears before a position that was returned.

        Without a new change, it costs one query, and the position stays. Otherwise the fences are raised and
        the rows are read again. Raises Unavailable if the fences cannot be raised.
        """
        pk, begin = rows.changed(feed), f"{position}!"  # "!" sorts below every other character of a key
        new = [row.sk for row in Row.query(pk, Row.sk.between(begin, rows.LAST_CHANGE), limit=limit)]
        if not new:
            return [], position
        upto = new[-1].partition("#")[0]
        self._raise_fences(pk, upto)
        end = f"{upto}~"  # "~" sorts above every other character of a key
        found = [*Row.query(pk, Row.sk.between(begin, end), limit=limit, consistent_read=True)]
        return [CHANGED.read(row) for row in found], found[-1].sk if found else position

    def since(self, at: datetime) -> str:
        """Return the position before all changes from a moment on."""
        return _moment(at)

    def _raise_fences(self, pk: str, upto: str) -> None:
        """Raise all fences of a feed to a moment. A fence that is higher stays."""
        low = [rows.fence(n) for n in range(FENCES)]
        for attempt in range(RAISES):
            try:
                with Write() as write:
                    for sk in low:
                        write.update(Row(pk, sk), changes(upto=upto), condition=_below(upto))
                return
            except WriteConflict:
                kept = {row.sk: row.upto or "" for row in _fences(pk)}
                low = [sk for sk in low if kept.get(sk, "") < upto]
            if not low:
                return
            self._pause(attempt)
        raise Unavailable("changes")

    def news(self, change: Change, dossier: Dossier) -> list[News]:
        """Return the rows that a change of one case adds to the feeds. `dossier` is that of the case after
        it. A case that has no feed costs nothing."""
        told = (feed(dossier, change.entry.n, self._now()) for feed in FEEDS)
        return [News(*one) for one in told if one]

    def moment(self, changed: Iterable[Change], news: Iterable[News]) -> datetime:
        """Return the moment of a transaction: later than the last row of each case in `changed`, and later
        than the fences that this process met in the feeds of `news`."""
        had = [one.before.fed for one in changed if one.before and one.before.fed]
        met = [self._passed[one.feed] for one in news if one.feed in self._passed]
        return max(at + TICK for at in (self._now(), *had, *met))

    def put(self, write: Write, news: Sequence[News], at: datetime) -> None:
        """Add to a transaction the rows of the feeds, and the checks that their fences are below the moment
        `at` of the transaction."""
        moment, ttl = _moment(at), int((at + KEPT).timestamp())
        for feed, told in news:
            key = rows.changed(feed), rows.change(moment, told.number, told.entry)
            write.save(Row(*key, body=CHANGED.written(told).decode(), ttl=ttl))
        for pk, sk in sorted({one.fence for one in news}):
            write.condition_check(Row, pk, sk, condition=_below(moment))

    def met_fence(self, news: Sequence[News], at: datetime) -> bool:
        """Return whether a transaction with the moment `at` failed because of a fence. The next moment is
        beyond that fence."""
        moment, met = _moment(at), False
        for pk, feed in {(one.fence[0], one.feed) for one in news}:
            highest = max((row.upto or "" for row in _fences(pk)), default="")
            if highest >= moment:
                self._passed[feed], met = datetime.fromisoformat(highest), True
        return met


def _fences(pk: str) -> Iterable[Row]:
    found: Iterable[Row] = Row.query(pk, Row.sk.startswith(rows.every("FENCE")), consistent_read=True)
    return found


def _below(moment: str) -> Condition:
    """Return the condition that a fence is below a moment."""
    below: Condition = Row.upto.does_not_exist() | (Row.upto < moment)
    return below


def _moment(at: datetime) -> str:
    """Return a moment in the form that keys have, with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

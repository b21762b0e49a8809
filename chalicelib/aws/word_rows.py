"""The rows from which the writer of the search files learns what is new: the cases that moved on a day, and
the cases whose words were destroyed. The lock lets one writer at a time change the files."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import stamp

LOCKED = timedelta(minutes=20)
"""How long a lock of the files lasts. No run of the function takes as long; a rebuild renews it."""


class WordRows:
    """The rows for the writer of the search files. `shards` is the number of shards of cases."""

    def moved(self, day: date, shards: int) -> Iterator[tuple[str, int | None]]:
        """Yield the cases that had a move on a day (UTC), each with the number of its last entry on that day.
        The number is None if an earlier release wrote the row."""
        for shard in range(shards):
            for row in Row.query(rows.moved_on(str(day), shard), consistent_read=True):
                yield row.sk, None if row.entries is None else int(row.entries)

    def destroyed(self) -> list[tuple[str, str]]:
        """Return the cases whose destroyed words are still in a search file, as pairs of month and case
        number."""
        listed = Row.query(rows.DESTROY, Row.sk.startswith(rows.every(rows.WORDS)), consistent_read=True)
        return [(month, ref) for _, month, ref in (row.sk.split("#") for row in listed)]

    def done(self, month: str, ref: str) -> None:
        """Remove a case from the list of destroyed words of a month."""
        Row(rows.DESTROY, rows.words_destroyed(month, ref)).delete()

    def lock(self, owner: str, now: datetime) -> bool:
        """Lock the files for `owner`, the id of a run, or renew its lock. Return False if another run holds
        the lock."""
        until = now + LOCKED
        row = Row(
            rows.lock(rows.WORDS, 0), rows.LOCK, claim=owner, look_at=stamp(until), ttl=int(until.timestamp())
        )
        try:
            row.save(condition=Row.pk.does_not_exist() | (Row.look_at < stamp(now)) | (Row.claim == owner))
        except WriteConflict:
            return False
        return True

    def unlock(self, owner: str) -> None:
        """Release the lock if `owner` still holds it."""
        with suppress(WriteConflict):
            Row(rows.lock(rows.WORDS, 0), rows.LOCK).delete(condition=Row.claim == owner)


def destroy_words(ref: str, months: Iterable[str]) -> None:
    """Add a case to the list of destroyed words of these months (YYYY-MM)."""
    for month in months:
        Row(rows.DESTROY, rows.words_destroyed(month, ref)).save()

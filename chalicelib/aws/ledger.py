"""The ledger of letters that left, and of cases whose personal data were destroyed, on S3. It has one empty
object for each, in the bucket with object lock. It is apart from the table, so after a restore of the table
it still knows which letters left, and whose data must be destroyed again.

The key of a letter is `sent/{day}/{hour}/{ref}/{letter}/{name}`: the hour (UTC) in which the letter was
entered, the case number, the id of the letter, and the name of its declaration. The key of a destruction is
`erased/{day}/{hour}/{ref}`, and `erased/{day}/{hour}/{ref}/{party}` if only the data of one person were
destroyed. The ledger holds no personal data.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from chalicelib.aws.buckets import GONE, Bucket, translated

SENT, ERASED = "sent", "erased"
LOCKED = timedelta(days=60)
"""How long an entry cannot be deleted. A table can be restored to a moment up to 35 days ago. The rest is
time to notice the loss, and to finish the restore."""
LATER = timedelta(minutes=5)
"""How much later the store may say that it took an entry than its key says."""
UNNAMED = "unnamed"
"""The name of a letter that an earlier release sent. Its event does not have the name."""


class Departure(NamedTuple):
    """An entry of the ledger: a letter that left. `at`: when the entry was made (UTC), which is seconds after
    the letter left."""

    ref: str
    letter: str
    name: str
    at: datetime


class S3Ledger(Bucket):
    """The ledger in one bucket. Raises Unavailable, never an error of AWS."""

    def left(self, ref: str, letter: str, name: str, now: datetime) -> None:
        """Enter that a letter left. `ref` and `letter` are the number of its case and its id, `name` is the
        name of its declaration. An entry that exists already stays."""
        self._enter(SENT, (ref, letter, name or UNNAMED), now)

    def erased(self, ref: str, now: datetime, party: str = "") -> None:
        """Enter that the personal data of a case are destroyed, or those of one person with the id
        `party`."""
        self._enter(ERASED, (ref, party) if party else (ref,), now)

    def _enter(self, folder: str, parts: tuple[str, ...], now: datetime) -> None:
        key = "/".join((_hour(folder, now), *(quote(part, safe="") for part in parts)))
        with translated():
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=b"",
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    ObjectLockMode="GOVERNANCE",
                    ObjectLockRetainUntilDate=now + LOCKED,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise

    def since(self, at: datetime) -> Iterator[Departure]:
        """Yield the letters that were entered at the moment `at` (UTC) or later, by the hour. A letter that
        the mail provider reported twice may be yielded twice."""
        for (ref, letter, name), entered in self._entered(SENT, at):
            yield Departure(ref, letter, name, entered)

    def erased_since(self, at: datetime) -> Iterator[tuple[str, str]]:
        """Yield the cases whose personal data were destroyed at the moment `at` (UTC) or later: the number,
        and the id of the person; "" for all people of the case."""
        yield from ((ref, "".join(party)) for (ref, *party), _ in self._entered(ERASED, at))

    def _entered(self, folder: str, since: datetime) -> Iterator[tuple[tuple[str, ...], datetime]]:
        """Yield the entries of a folder that were made at a moment or later: the parts of the key after the
        hour, and when the entry was made."""
        with translated():
            listed = self._s3.get_paginator("list_objects_v2")
            first = _hour(folder, since - LATER)
            for page in listed.paginate(Bucket=self._bucket, Prefix=f"{folder}/", StartAfter=first):
                for found in page.get("Contents", ()):
                    entered = found["LastModified"].astimezone(UTC)
                    if entered >= since:
                        yield tuple(map(unquote, str(found["Key"]).split("/")[3:])), entered


def _hour(folder: str, at: datetime) -> str:
    return f"{folder}/{at.astimezone(UTC):%Y-%m-%d/%H}"

"""The rows of the table of cases and of the table of secrets, and the keys of both tables. No other module
builds keys."""

import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Self
from zlib import compress, crc32, decompress

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.aws.translated import Translated
from chalicelib.cases.casework import Conflict

SCHEMA = READS = 1
"""The row version that this release writes, and the highest one that it reads.

A version is raised only for a change that an earlier release cannot read, never for a new field. One release
raises the version that is read, the next one the version that is written.
"""


LONG, PACKED_AS = 16 * 1024, "\x01deflate:"
"""The number of characters above which a body is stored deflated (RFC 1950, base64), and the mark of a
deflated body.

Each move writes the whole head of a case, and the head of a joint complaint repeats itself a hundred times.
No JSON begins with the mark.
"""


def packed(body: str) -> str:
    """Return a body in its stored form. A body that is packed already stays as it is."""
    long = len(body) > LONG and not body.startswith(PACKED_AS)
    return PACKED_AS + b64encode(compress(body.encode())).decode() if long else body


class Body(UnicodeAttribute):
    """The body of a row, packed on writing and unpacked on reading."""

    def serialize(self, value: str) -> str:
        """Return the stored form of the body."""
        return packed(value)

    def deserialize(self, value: str) -> str:
        """Return the body as it was before packing."""
        if not value.startswith(PACKED_AS):
            return value
        return decompress(b64decode(value.removeprefix(PACKED_AS))).decode()


class Due(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """The sparse index of due rows by shard: cases to look at and letters still owed. A row with nothing due
    is not in it."""

    class Meta:
        """Table settings."""

        index_name, projection = "due", KeysOnlyProjection()

    shard = NumberAttribute(hash_key=True)
    look_at = UnicodeAttribute(range_key=True)


class Lists(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """The index of the work lists, sorted by the next deadline; `seat` is the name of the list."""

    class Meta:
        """Table settings."""

        index_name, projection = "list", IncludeProjection(["ref", "stage", "card"])

    seat = UnicodeAttribute(hash_key=True)
    next_due = UnicodeAttribute(range_key=True)


class Item(Model):
    """An item of either table."""

    @classmethod
    def find(cls, pk: str, sk: str) -> Self | None:
        """Return the item under these keys by a consistent read; None where there is none."""
        try:
            return cls.get(pk, sk, consistent_read=True)
        except DoesNotExist:
            return None

    def _container_serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """Return the attributes that have a value, in the table's format. Most rows set few of their
        attributes."""
        of, found = self.get_attributes(), {}
        for name, value in self.attribute_values.items():
            if value is not None:
                found[of[name].attr_name] = {of[name].attr_type: of[name].serialize(value)}
        return found

    def updated(self, actions: Sequence[Action], condition: Condition) -> bool:
        """Update the item. Return False, with nothing written, where the condition does not hold."""
        try:
            self.update(actions=[*actions], condition=condition)
        except Conflict:
            return False
        return True


class Row(Item):
    """An item of the table of cases. Its sort key names its kind."""

    class Meta:
        """Table settings. Connections give up well inside the 29 s of API Gateway."""

        table_name = os.environ.get("TABLE", "redress")
        region = os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
        connect_timeout_seconds, read_timeout_seconds, max_retry_attempts = 1, 3, 2

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(null=True)
    body = Body(null=True)
    hash = UnicodeAttribute(null=True)
    words = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    claim = UnicodeAttribute(null=True)
    tries = NumberAttribute(null=True)
    faults = NumberAttribute(null=True)
    sent = UnicodeAttribute(null=True)
    letters = UnicodeSetAttribute(null=True)
    entries = NumberAttribute(null=True)
    beside = NumberAttribute(null=True)
    kept = UnicodeAttribute(null=True)
    salt = UnicodeAttribute(null=True)
    shard = NumberAttribute(null=True)
    look_at = UnicodeAttribute(null=True)
    seat = UnicodeAttribute(null=True)
    next_due = UnicodeAttribute(null=True)
    ref = UnicodeAttribute(null=True)
    stage = UnicodeAttribute(null=True)
    card = UnicodeAttribute(null=True)
    signed_out = UnicodeAttribute(null=True)
    mac = UnicodeAttribute(null=True)
    mac_state = UnicodeAttribute(null=True)
    mac_sent = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    due = Due()
    lists = Lists()

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        """Set the version of a row made by this release. No other attribute has a default."""
        if _user_instantiated:
            self.v = SCHEMA

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Return the table's connection, which translates errors."""
        own, of = super()._get_connection(), cls.Meta
        if not isinstance(own.connection, Translated):
            translated = Translated(
                region=of.region,
                connect_timeout_seconds=of.connect_timeout_seconds,
                read_timeout_seconds=of.read_timeout_seconds,
                max_retry_attempts=of.max_retry_attempts,
            )
            translated.add_meta_table(own.get_meta_table())
            own.connection = translated
        return own


def changes(**values: Any) -> list[Action]:
    """Return the update that sets these attributes of a row and removes those that are None. Other attributes
    stay, so that those of a newer release are not lost."""
    of = Row.get_attributes()
    return [of[name].remove() if value is None else of[name].set(value) for name, value in values.items()]


def stamped(writes: int = SCHEMA, reads: int = READS) -> Action:
    """Return the update that sets the version of a row. A row keeps its version while this release reads a
    higher version than it writes."""
    return Row.v.set(Row.v | writes) if writes < reads else Row.v.set(writes)


HEAD, ROSTER, REGISTER, IDEM, LOCK, ONE, MAIL = "CASE", "ROSTER", "MEDIATORS", "IDEM", "LOCK", "ONE", "MAIL"
CEILING, BEAT, CURSOR = "CEILING", "BEAT", "CURSOR"
"""Sort keys of partitions that have only one row."""


def connection() -> Connection:
    """Return the table's own connection with its session and time limits. A new connection would load the
    service description again."""
    return Row._get_connection().connection


def table_time() -> datetime | None:
    """Return the table's own time at its last answer (UTC, whole seconds). Return None without an answer
    since the last call, because an old answer does not tell the time now."""
    asked = connection()
    date = getattr(asked, "date", "")
    asked.__dict__["date"] = ""
    return parsedate_to_datetime(date).astimezone(UTC) if date else None


class Secret(Item):
    """An item of the table of secrets and counts. Only the site can reach that table, so a worker can make no
    session and no key."""

    class Meta:
        """Table settings. The client is the one of the table of cases."""

        table_name = os.environ.get("SESSIONS", "redress-sessions")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    tries = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Return the connection of the table of cases. A second client would load the service description
        again."""
        own, shared = super()._get_connection(), connection()
        if own.connection is not shared:
            with suppress(ValueError):  # the shared connection knows this table already
                shared.add_meta_table(own.get_meta_table())
            own.connection = shared
        return own


def case(ref: str) -> str:
    """Return the partition of a case by its number. A reference with `#`, such as that of staff letters, is
    itself the name of a partition."""
    return ref if "#" in ref else f"CASE#{ref}"


HOUSE = "HOUSE#"


def staff_letters(who: str) -> str:
    """Return the reference that replaces a case's number for a staff letter without a case."""
    return f"{HOUSE}{who}"


def digest(who: str) -> str:
    """Return the partition of the lines that wait for a person's next digest."""
    return f"DIGEST#{who}"


def repeated(ref: str, run: str) -> str:
    """Return the sort key of a digest line: case and deadline. A deadline reported several times is
    one line."""
    return f"{ref}#{run}"


def ref_of(pk: str) -> str:
    """Return the case number of a partition."""
    return pk.removeprefix("CASE#")


def post(id: str) -> str:
    """Return the sort key of a post: a letter that a move owes to several people, before each recipient has a
    row."""
    return f"POST#{id}"


def entry(n: int) -> str:
    """Return the sort key of timeline entry n. Saving a move has one condition: this row does not
    exist yet."""
    return f"ENTRY#{n:06}"


def words(n: int) -> str:
    """Return the sort key of the free text of timeline entry n, where it is too long for the entry's
    own row."""
    return f"WORDS#{n:06}"


def letter(id: str) -> str:
    """Return the sort key of a letter to one recipient."""
    return f"LETTER#{id}"


def letters(post: str) -> str:
    """Return the common beginning of the sort keys of a post's letters."""
    return letter(f"{post}.")


def split(n: int) -> str:
    """Return the sort key of the split that entry n ordered. The row exists until each person split off from
    the joint case has a case of their own."""
    return f"SPLIT#{n:06}"


def file(id: str) -> str:
    """Return the sort key of an evidence file."""
    return f"FILE#{id}"


def party(id: str) -> str:
    """Return the sort key of a person on the case."""
    return f"PARTY#{id}"


OUTAGES = "OUTAGES"
"""The partition of the register of outages and of the clock's last run."""


def outage(id: str) -> str:
    """Return the sort key of an outage in the register."""
    return f"OUTAGE#{id}"


def listed(name: str) -> str:
    """Return the sort key of a case's row on a work list."""
    return f"SEAT#{name}"


def kind(sk: str) -> tuple[str, str]:
    """Return the kind of a case's row and its id. The kind is `ENTRY`, `PARTY`, `POST`, `LETTER`, `SPLIT`,
    `FILE`, `SEAT`, or the head, which has no id. `key` makes the sort key from the two."""
    name, _, id = sk.partition("#")
    return (name, id) if id else (sk, "")


def every(kind: str) -> str:
    """Return the common beginning of the sort keys of all rows of a kind."""
    return f"{kind}#"


def key(kind: str, id: str) -> str:
    """Return the sort key of a case's row from its kind and its id."""
    return f"{kind}#{id}" if id else kind


def lookup(by: str, key: str) -> str:
    """Return the partition that finds cases by a person's keyed hash or by the id of a mail."""
    return f"FIND#{by}#{key}"


def address(key: str) -> str:
    """Return the partition of an e-mail address over all cases, by its keyed hash."""
    return lookup("address", key)


def day(day: date, under: str) -> str:
    """Return the sort key of the count of letters to an address on a local day, under a name."""
    return f"DAY#{day}#{under}"


def address_of(pk: str) -> str:
    """Return the keyed hash of the address from its partition."""
    return pk.removeprefix(address(""))


STORIES = "STORIES"
"""The partition of the public stories."""


def story(at: str, ref: str, id: str) -> str:
    """Return the sort key of a published story: its release time first."""
    return f"{at}#{ref}#{id}"


def suggestions(month: str) -> str:
    """Return the partition of the suggestions of a month (UTC, YYYY-MM)."""
    return f"SUGGESTIONS#{month}"


def suggestion(at: str, id: str) -> str:
    """Return the sort key of a suggestion: its time first."""
    return f"{at}#{id}"


def once(key: str) -> str:
    """Return the partition of an idempotency key."""
    return f"IDEM#{key}"


STAFF = "STAFF"
"""The partition of the standing of members of staff. The sort key is their subject."""


def hashed(secret: str) -> str:
    """Return the hash under which a secret is kept."""
    return sha256(secret.encode()).hexdigest()


def secret(kind: str, secret: str) -> str:
    """Return the partition of a secret that only a browser holds: of a sign-in under way, or of a session."""
    return key(kind, hashed(secret))


def held(kind: str, secret: str) -> str:
    """Return the sort key of a secret in its holder's list."""
    return key(kind, hashed(secret))


def holder(who: str) -> str:
    """Return the partition of a holder's list of secrets."""
    return f"HOLDER#{who}"


def ceiling(what: str, key: str, ends: datetime) -> str:
    """Return the partition of a count of attempts under one key, with the end of its window."""
    return f"{CEILING}#{what}#{key}#{ends:%Y%m%dT%H%M%S}"


def lock(of: str, shard: int) -> str:
    """Return the partition of a shard's lock, for cases or for letters."""
    return f"LOCK#{of}{shard}"


def moved(at: str, ref: str) -> str:
    """Return the partition of the cases of this case's shard that were saved on the same day (UTC)."""
    return moved_on(at[:10], shard(ref))


def moved_on(day: str, shard: int) -> str:
    """Return the partition of the cases of a shard that moved on a day (UTC)."""
    return f"MOVED#{day}#{shard}"


def watched(shard: int) -> str:
    """Return the partition of the progress of a shard's check."""
    return f"WATCH#{shard}"


def reads(ref: str) -> str:
    """Return the partition of the reads of a case."""
    return f"READS#{ref}"


def reader(who: str) -> str:
    """Return the list of a reader's reads."""
    return f"READER#{who}"


def read(hour: str, thing: str, other: str) -> str:
    """Return the sort key of a read: the hour, the thing that was read, and the reader or the case."""
    return f"{hour}#{thing}#{other}"


POST_SHARDS, POST_FROM, RANK_APART = 4, 1_000, 100
"""The number of letter shards, the first one, and their distance per rank.

Letters have shards of their own, so that slow mail does not delay a case. Each rank has its own shards, so
that a walk finds urgent letters first.
"""
PARKED = 9_000
"""The shard of rows parked for a person. No walk reads it."""


def shards() -> tuple[int, int]:
    """Return the number of shards that are written and the number that are read. While the number changes,
    the larger of the old and the new one is read."""
    counts = [int(n) for n in os.environ.get("SHARDS", "16").split(",")]
    return counts[-1], max(counts)


def shard(ref: str) -> int:
    """Return the shard of a case."""
    return crc32(ref.encode()) % shards()[0]


def post_shard(ref: str, rank: int) -> int:
    """Return the shard of a case's letters of a rank."""
    return ranked(crc32(ref.encode()) % POST_SHARDS, rank)


def ranked(n: int, rank: int) -> int:
    """Return the n-th letter shard of a rank."""
    return POST_FROM + RANK_APART * rank + n

"""The table of cases and that of secrets: what a row looks like and how its keys are built. Nothing else
builds a key."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zlib import compress, crc32, decompress

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

SCHEMA = READS = 1
"""The version of the rows that this release writes, and up to which it reads. Both rise for what a release
before it could not read, never for a new field: first what is read, a release later what is written."""


LONG, PACKED_AS = 16 * 1024, "\x01deflate:"
"""A body of more characters is kept deflated (RFC 1950, base64), and begins so, as no words of people and no
JSON do: the head of a joint complaint repeats itself a hundred times, and each move writes it anew."""


def packed(body: str) -> str:
    """A body as it is kept."""
    return PACKED_AS + b64encode(compress(body.encode())).decode() if len(body) > LONG else body


class Body(UnicodeAttribute):
    """The body of a row: a long one is packed in the table and nowhere else."""

    def serialize(self, value: str) -> str:
        """As it is kept."""
        return packed(value)

    def deserialize(self, value: str) -> str:
        """As it was written."""
        if not value.startswith(PACKED_AS):
            return value
        return decompress(b64decode(value.removeprefix(PACKED_AS))).decode()


class Due(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """What must be looked at: a case, a letter still owed, each on its shard. Sparse: done, it leaves the
    index."""

    class Meta:
        """Table settings."""

        index_name, projection = "due", KeysOnlyProjection()

    shard = NumberAttribute(hash_key=True)
    look_at = UnicodeAttribute(range_key=True)


class Lists(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """The work lists by next deadline."""

    class Meta:
        """Table settings."""

        index_name, projection = "list", IncludeProjection(["ref", "stage", "card"])

    seat = UnicodeAttribute(hash_key=True)
    next_due = UnicodeAttribute(range_key=True)


class Row(Model):
    """An item of the table, whatever its kind; the key tells."""

    class Meta:
        """Table settings; connections give up well inside the 29 s of API Gateway."""

        table_name = os.environ.get("TABLE", "redress")
        region = os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
        connect_timeout_seconds, read_timeout_seconds, max_retry_attempts = 1, 3, 2

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default_for_new=SCHEMA, null=True)
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
    ttl = NumberAttribute(null=True)
    due = Due()
    lists = Lists()


def changes(**values: Any) -> list[Action]:
    """What writes these attributes of a row, and removes those that are None; others stay, so that none of a
    newer release is lost."""
    of = Row.get_attributes()
    return [of[name].remove() if value is None else of[name].set(value) for name, value in values.items()]


def stamped(writes: int = SCHEMA, reads: int = READS) -> Action:
    """What writes the version of a row: while a release reads more than it writes, a row keeps the version it
    has."""
    return Row.v.set(Row.v | writes) if writes < reads else Row.v.set(writes)


HEAD, ROSTER, REGISTER, IDEM, LOCK, ONE, MAIL = "CASE", "ROSTER", "MEDIATORS", "IDEM", "LOCK", "ONE", "MAIL"
CEILING = "CEILING"
"""Sort keys of which a partition has one."""


def connection() -> Connection:
    """The table's own connection, with its session and time limits: a new one would load the service
    description again."""
    return Row._get_connection().connection


class Secret(Model):
    """An item of the table of secrets and counts, which only the site reaches: no worker can make a session
    or a key."""

    class Meta:
        """Table settings; the client is that of the other table."""

        table_name = os.environ.get("SESSIONS", "redress-sessions")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    tries = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """The other table's connection: a second client would load the service description again."""
        own, shared = super()._get_connection(), connection()
        if own.connection is not shared:
            with suppress(ValueError):  # it knows this table's keys already
                shared.add_meta_table(own.get_meta_table())
            own.connection = shared
        return own


def case(ref: str) -> str:
    """The partition of a case; of the letters of the house to one person, which are kept in the same way, and
    of whatever else is found in the index, that itself."""
    return ref if "#" in ref else f"CASE#{ref}"


HOUSE = "HOUSE#"


def house(who: str) -> str:
    """What stands for the number of a case with letters of the house to one person."""
    return f"{HOUSE}{who}"


def digest(who: str) -> str:
    """The partition of what waits for somebody's next digest."""
    return f"DIGEST#{who}"


def repeated(ref: str, run: str) -> str:
    """The sort key of a line of a digest: a deadline of a case stands in it once, however often it was
    told."""
    return f"{ref}#{run}"


def ref_of(pk: str) -> str:
    """The number of the case of a partition."""
    return pk.removeprefix("CASE#")


def post(id: str) -> str:
    """The key of a letter that a move owes to several people, until it is expanded to a letter each."""
    return f"POST#{id}"


def entry(n: int) -> str:
    """The key of timeline entry n; that it does not exist yet is a move's one condition."""
    return f"ENTRY#{n:06}"


def words(n: int) -> str:
    """The key of the words of timeline entry n, where they are too long to lie beside its line."""
    return f"WORDS#{n:06}"


def letter(id: str) -> str:
    """The key of a letter to one recipient."""
    return f"LETTER#{id}"


def letters(post: str) -> str:
    """With what the keys of a post's letters begin."""
    return letter(f"{post}.")


def split(n: int) -> str:
    """The key of what entry n owes to people who are split off from a joint case, until each has an own
    case."""
    return f"SPLIT#{n:06}"


def file(id: str) -> str:
    """The key of an evidence file."""
    return f"FILE#{id}"


def party(id: str) -> str:
    """The key of a person on the case."""
    return f"PARTY#{id}"


def seat(name: str) -> str:
    """The key of a case's seat on a work list."""
    return f"SEAT#{name}"


def kind(sk: str) -> tuple[str, str]:
    """What a row of a case is, and its id: `ENTRY`, `PARTY`, `POST`, `LETTER`, `SPLIT`, `FILE`, `SEAT`, or
    the head, which has none; `key` makes the same sort key of the two, whatever it was."""
    name, _, id = sk.partition("#")
    return (name, id) if id else (sk, "")


def every(kind: str) -> str:
    """What the sort keys of all rows of a kind begin with."""
    return f"{kind}#"


def key(kind: str, id: str) -> str:
    """The sort key of a row of a case, the other way round."""
    return f"{kind}#{id}" if id else kind


def lookup(by: str, key: str) -> str:
    """The partition under which cases are found by a person's keyed hash or by the id of a mail."""
    return f"FIND#{by}#{key}"


def address(key: str) -> str:
    """The partition of what is known of an e-mail address, by its keyed hash, for all cases."""
    return lookup("address", key)


def day(day: date) -> str:
    """The sort key of what was sent to an address on a local day."""
    return f"DAY#{day}"


def address_of(pk: str) -> str:
    """The keyed hash of the address of a partition."""
    return pk.removeprefix(address(""))


STORIES = "STORIES"
"""The partition of the stories that everybody can read."""


def story(at: str, ref: str, id: str) -> str:
    """The sort key of a published story: by when it was released."""
    return f"{at}#{ref}#{id}"


def once(key: str) -> str:
    """The partition of an idempotency key."""
    return f"IDEM#{key}"


STAFF = "STAFF"
"""The partition of how members of staff stand, by their subject."""


def hashed(secret: str) -> str:
    """What is known of a secret."""
    return sha256(secret.encode()).hexdigest()


def secret(kind: str, secret: str) -> str:
    """The partition of what belongs to a secret that only a browser holds: a sign-in under way, a session."""
    return key(kind, hashed(secret))


def held(kind: str, secret: str) -> str:
    """The sort key under which somebody finds that they hold it."""
    return key(kind, hashed(secret))


def holder(who: str) -> str:
    """The partition of what somebody holds."""
    return f"HOLDER#{who}"


def ceiling(what: str, key: str, ends: datetime) -> str:
    """The partition of a count of attempts under one key, until the end of its window."""
    return f"{CEILING}#{what}#{key}#{ends:%Y%m%dT%H%M%S}"


def lock(of: str, shard: int) -> str:
    """The partition of the lock of a shard, of cases or of letters."""
    return f"LOCK#{of}{shard}"


def moved(at: str, ref: str) -> str:
    """The partition of what has moved on the day of a moment (UTC), for whoever reads later what has
    changed."""
    return moved_on(at[:10], shard(ref))


def moved_on(day: str, shard: int) -> str:
    """The partition of the cases of a shard that moved on a day (UTC)."""
    return f"MOVED#{day}#{shard}"


def reads(ref: str) -> str:
    """The partition of who read a case."""
    return f"READS#{ref}"


def reader(who: str) -> str:
    """The list of what somebody read."""
    return f"READER#{who}"


def read(hour: str, thing: str, other: str) -> str:
    """Where a read stands among those of its case, or of its reader: by the hour, then what was read and by
    whom, or of which case."""
    return f"{hour}#{thing}#{other}"


POST_SHARDS, POST_FROM, RANK_APART = 4, 1_000, 100
"""Letters have shards of their own, apart by rank, so that slow mail holds up no case, and what is urgent is
found first."""
PARKED = 9_000
"""The shard of what waits for a person: no walk looks there."""


def shards() -> tuple[int, int]:
    """How many shards are written, and how many are read: while the number changes the larger of old and new
    is read."""
    counts = [int(n) for n in os.environ.get("SHARDS", "16").split(",")]
    return counts[-1], max(counts)


def shard(ref: str) -> int:
    """The shard on which a case is due."""
    return crc32(ref.encode()) % shards()[0]


def post_shard(ref: str, rank: int) -> int:
    """The shard on which a case's letters of a rank are due."""
    return ranked(crc32(ref.encode()) % POST_SHARDS, rank)


def ranked(n: int, rank: int) -> int:
    """The n-th of the letters' shards for one rank."""
    return POST_FROM + RANK_APART * rank + n

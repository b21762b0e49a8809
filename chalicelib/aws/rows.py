"""The table of cases and the table of secrets: what their rows look like and how keys are built. Keys are
built nowhere else."""

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
"""The version of the rows that this release writes, and up to which it reads. A version is raised only for
what an earlier release could not read, never for a new field: first the version that is read, and one release
later the one that is written."""


LONG, PACKED_AS = 16 * 1024, "\x01deflate:"
"""A body with more characters than this is kept deflated (RFC 1950, base64), because each move writes the
whole head of a case anew, and that of a joint complaint repeats itself a hundred times. A deflated body
begins with this mark, with which no JSON begins."""


def packed(body: str) -> str:
    """A body as it is kept in the table; one that is packed already stays as it is."""
    long = len(body) > LONG and not body.startswith(PACKED_AS)
    return PACKED_AS + b64encode(compress(body.encode())).decode() if long else body


class Body(UnicodeAttribute):
    """The body of a row; it is packed when it is written and unpacked when it is read."""

    def serialize(self, value: str) -> str:
        """The body as it is kept."""
        return packed(value)

    def deserialize(self, value: str) -> str:
        """The body as it was before it was packed."""
        if not value.startswith(PACKED_AS):
            return value
        return decompress(b64decode(value.removeprefix(PACKED_AS))).decode()


class Due(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """The sparse index of what must be looked at: a case, or a letter still owed, on its shard. A row that
    has nothing due is not in it."""

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
        """The item under these keys as it stands; None where there is none."""
        try:
            return cls.get(pk, sk, consistent_read=True)
        except DoesNotExist:
            return None

    def _container_serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """What is set, as the table takes it: a row has few of all the attributes that there are."""
        of, found = self.get_attributes(), {}
        for name, value in self.attribute_values.items():
            if value is not None:
                found[of[name].attr_name] = {of[name].attr_type: of[name].serialize(value)}
        return found

    def updated(self, actions: Sequence[Action], condition: Condition) -> bool:
        """Update the item; False where the condition does not hold, and nothing is written."""
        try:
            self.update(actions=[*actions], condition=condition)
        except Conflict:
            return False
        return True


class Row(Item):
    """An item of the table of cases, of any kind; its key tells which."""

    class Meta:
        """Table settings; connections give up well inside the 29 s of API Gateway."""

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
        """The version of a row that is made here; no other attribute has a value that nobody gave it."""
        if _user_instantiated:
            self.v = SCHEMA

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """The table's connection, in which errors are translated."""
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
    """The update that writes these attributes of a row and removes those that are None. Others stay as they
    are, so that attributes of a newer release are not lost."""
    of = Row.get_attributes()
    return [of[name].remove() if value is None else of[name].set(value) for name, value in values.items()]


def stamped(writes: int = SCHEMA, reads: int = READS) -> Action:
    """The update that writes the version of a row. While a release reads a higher version than it writes, a
    row keeps the version it has."""
    return Row.v.set(Row.v | writes) if writes < reads else Row.v.set(writes)


HEAD, ROSTER, REGISTER, IDEM, LOCK, ONE, MAIL = "CASE", "ROSTER", "MEDIATORS", "IDEM", "LOCK", "ONE", "MAIL"
CEILING, BEAT, CURSOR = "CEILING", "BEAT", "CURSOR"
"""Sort keys of partitions that have only one row."""


def connection() -> Connection:
    """The table's own connection, with its session and time limits: a new one would load the service
    description again."""
    return Row._get_connection().connection


def table_time() -> datetime | None:
    """Return the time by the table's own clock at its last answer, UTC in whole seconds. None where it has
    not answered since this was last called: nobody compares an old answer with the time."""
    asked = connection()
    date = getattr(asked, "date", "")
    asked.__dict__["date"] = ""
    return parsedate_to_datetime(date).astimezone(UTC) if date else None


class Secret(Item):
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
            with suppress(ValueError):  # the shared connection knows this table already
                shared.add_meta_table(own.get_meta_table())
            own.connection = shared
        return own


def case(ref: str) -> str:
    """The partition of a case, by its number. What is no number is the name of a partition itself, such as
    that of the letters to a member of staff, which are kept as those of a case are."""
    return ref if "#" in ref else f"CASE#{ref}"


HOUSE = "HOUSE#"


def staff_letters(who: str) -> str:
    """What stands in place of a case's number for letters to a member of staff that belong to no case."""
    return f"{HOUSE}{who}"


def digest(who: str) -> str:
    """The partition of what waits for somebody's next digest."""
    return f"DIGEST#{who}"


def repeated(ref: str, run: str) -> str:
    """The sort key of a line of a digest, by case and deadline: one that was reported several times is one
    line."""
    return f"{ref}#{run}"


def ref_of(pk: str) -> str:
    """The number of the case whose partition this is."""
    return pk.removeprefix("CASE#")


def post(id: str) -> str:
    """The key of a letter that a move owes to several people, until it is expanded to a letter each."""
    return f"POST#{id}"


def entry(n: int) -> str:
    """The sort key of timeline entry n. The one condition of saving a move is that this row does not exist
    yet."""
    return f"ENTRY#{n:06}"


def words(n: int) -> str:
    """The key of the words of timeline entry n, where they are too long to lie beside its line."""
    return f"WORDS#{n:06}"


def letter(id: str) -> str:
    """The key of a letter to one recipient."""
    return f"LETTER#{id}"


def letters(post: str) -> str:
    """What the sort keys of a post's letters begin with."""
    return letter(f"{post}.")


def split(n: int) -> str:
    """The key of what entry n owes to people who are split off from a joint case, until each of them has a
    case of their own."""
    return f"SPLIT#{n:06}"


def file(id: str) -> str:
    """The key of an evidence file."""
    return f"FILE#{id}"


def party(id: str) -> str:
    """The key of a person on the case."""
    return f"PARTY#{id}"


OUTAGES = "OUTAGES"
"""The partition of the register of outages, and of the last time at which the clock ran."""


def outage(id: str) -> str:
    """The sort key of an outage in the register."""
    return f"OUTAGE#{id}"


def listed(name: str) -> str:
    """The sort key of the row by which a case stands on a work list."""
    return f"SEAT#{name}"


def kind(sk: str) -> tuple[str, str]:
    """What a row of a case is, and its id: `ENTRY`, `PARTY`, `POST`, `LETTER`, `SPLIT`, `FILE`, `SEAT`, or
    the head, which has no id. `key` turns the two into the sort key again."""
    name, _, id = sk.partition("#")
    return (name, id) if id else (sk, "")


def every(kind: str) -> str:
    """What the sort keys of all rows of a kind begin with."""
    return f"{kind}#"


def key(kind: str, id: str) -> str:
    """The sort key of a row of a case, from its kind and its id."""
    return f"{kind}#{id}" if id else kind


def lookup(by: str, key: str) -> str:
    """The partition under which cases are found by a person's keyed hash or by the id of a mail."""
    return f"FIND#{by}#{key}"


def address(key: str) -> str:
    """The partition of what is known of an e-mail address, by its keyed hash, for all cases."""
    return lookup("address", key)


def day(day: date, under: str) -> str:
    """The sort key of what was sent to an address on a local day, counted under a name."""
    return f"DAY#{day}#{under}"


def address_of(pk: str) -> str:
    """The keyed hash of the address of a partition."""
    return pk.removeprefix(address(""))


STORIES = "STORIES"
"""The partition of the stories that everybody can read."""


def story(at: str, ref: str, id: str) -> str:
    """The sort key of a published story: by when it was released."""
    return f"{at}#{ref}#{id}"


def suggestions(month: str) -> str:
    """The partition of what was put into the suggestion box in a month (UTC, YYYY-MM)."""
    return f"SUGGESTIONS#{month}"


def suggestion(at: str, id: str) -> str:
    """The sort key of a suggestion: by when it was made."""
    return f"{at}#{id}"


def once(key: str) -> str:
    """The partition of an idempotency key."""
    return f"IDEM#{key}"


STAFF = "STAFF"
"""The partition of how members of staff stand, by their subject."""


def hashed(secret: str) -> str:
    """The hash under which a secret is kept."""
    return sha256(secret.encode()).hexdigest()


def secret(kind: str, secret: str) -> str:
    """The partition of what belongs to a secret that only a browser holds: a sign-in under way, a session."""
    return key(kind, hashed(secret))


def held(kind: str, secret: str) -> str:
    """The sort key under which its holder finds it listed."""
    return key(kind, hashed(secret))


def holder(who: str) -> str:
    """The partition that lists what somebody holds."""
    return f"HOLDER#{who}"


def ceiling(what: str, key: str, ends: datetime) -> str:
    """The partition of a count of attempts under one key, until the end of its window."""
    return f"{CEILING}#{what}#{key}#{ends:%Y%m%dT%H%M%S}"


def lock(of: str, shard: int) -> str:
    """The partition of the lock of a shard, of cases or of letters."""
    return f"LOCK#{of}{shard}"


def moved(at: str, ref: str) -> str:
    """The partition of the cases of one shard that were saved on the day of a moment (UTC)."""
    return moved_on(at[:10], shard(ref))


def moved_on(day: str, shard: int) -> str:
    """The partition of the cases of a shard that moved on a day (UTC)."""
    return f"MOVED#{day}#{shard}"


def watched(shard: int) -> str:
    """The partition of how far the check of a shard is."""
    return f"WATCH#{shard}"


def reads(ref: str) -> str:
    """The partition of who read a case."""
    return f"READS#{ref}"


def reader(who: str) -> str:
    """The list of what somebody read."""
    return f"READER#{who}"


def read(hour: str, thing: str, other: str) -> str:
    """The sort key of a read among those of its case, or of its reader: the hour, what was read, and by whom,
    or of which case."""
    return f"{hour}#{thing}#{other}"


POST_SHARDS, POST_FROM, RANK_APART = 4, 1_000, 100
"""The shards of letters are not those of cases, so that slow mail does not delay a case; they are kept apart
by rank, so that urgent letters are found first."""
PARKED = 9_000
"""The shard of what is parked for a person: no walk looks there."""


def shards() -> tuple[int, int]:
    """How many shards are written, and how many are read: while the number is being changed, the larger one
    of the old and the new is read."""
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

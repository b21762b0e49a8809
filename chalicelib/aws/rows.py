"""The rows of both tables, that of cases and that of secrets, and their keys. No other module builds keys."""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Self
from zlib import compress, crc32, decompress

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import (
    CONDITION_EXPRESSION,
    EXPRESSION_ATTRIBUTE_NAMES,
    EXPRESSION_ATTRIBUTE_VALUES,
    ITEM,
    NULL,
    TABLE_NAME,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.translated import Translated
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import stamp

SCHEMA, READS = 2, 2
"""The version of rows that this release writes, and the highest that it can read.

The version is raised only for a change that an earlier release cannot read, never for a new field. One
release first raises the version that is read; the next one raises the version that is written.

In version 2 the head of a case has its stage history as `stages`, each with the moment at which it began.
Version 1 had it as `spells`, each with its end too, although a stage ends when the next one begins.
"""


LONG, PACKED_AS = 16 * 1024, "\x01deflate:"
"""The number of characters above which a body is stored compressed (RFC 1950, base64), and the mark with
which a compressed body begins. Bodies are compressed because each move writes the whole head of a case. The
head of a joint complaint repeats the same text up to a hundred times. The mark is unambiguous, because no
JSON begins with it."""


def packed(body: str) -> str:
    """Return a body in its stored form, compressed if it is long. A body that is compressed already is
    returned unchanged."""
    return compressed(body) if len(body) > LONG else body


def compressed(body: str, level: int = -1) -> str:
    """Return a body in its compressed form. A body that is compressed already is returned unchanged. `level`:
    how well, from 1 (in the shortest time) to 9; -1 for the usual level of zlib."""
    if body.startswith(PACKED_AS):
        return body
    return PACKED_AS + b64encode(compress(body.encode(), level)).decode()


class Body(UnicodeAttribute):
    """The body of a row. It is compressed on writing if it is long, and decompressed on reading."""

    def serialize(self, value: str) -> str:
        """Return the body of a row as DynamoDB stores it."""
        return packed(value)

    def deserialize(self, value: str) -> str:
        """Return the body from its stored form."""
        if not value.startswith(PACKED_AS):
            return value
        return decompress(b64decode(value.removeprefix(PACKED_AS))).decode()


class Number(NumberAttribute):
    """A whole number. pynamodb's own method writes it as JSON and is slower."""

    def serialize(self, value: int) -> str:
        """Return the number as DynamoDB stores it."""
        return str(value)


class Due(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """The index of due rows: cases for the clock, and letters to be sent. It is sparse: only rows with a due
    time are in it. Key: the shard, then the due time."""

    class Meta:
        """The settings of the index of due rows."""

        index_name, projection = "due", KeysOnlyProjection()

    shard = Number(hash_key=True)
    look_at = UnicodeAttribute(range_key=True)


class Lists(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """The index of the work lists. Key: the name of the list (`seat`), then the next deadline."""

    class Meta:
        """The settings of the index of the work lists."""

        index_name, projection = "list", IncludeProjection(["ref", "stage", "card"])

    seat = UnicodeAttribute(hash_key=True)
    next_due = UnicodeAttribute(range_key=True)


class Pool(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]
    """The index of all lines of work lists that wait for a role or a department, in any team. Key: `pool`,
    which has one value, then the next deadline. Readers of many lists read it instead of each list."""

    class Meta:
        """The settings of the index of waiting lines."""

        index_name, projection = "pool", IncludeProjection(["seat", "ref", "stage", "card"])

    pool = UnicodeAttribute(hash_key=True)
    next_due = UnicodeAttribute(range_key=True)


WAITS = "waits"
"""The only value of the attribute `pool`."""
AT_ONCE = 100
"""The most items in one batch read."""


def _key(pk: str, sk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


class Item(Model):
    """An item of one of the two tables."""

    @classmethod
    def find(cls, pk: str, sk: str) -> Self | None:
        """Return the item with these keys, by a consistent read; None if it does not exist. pynamodb's own
        method looks up the type of each key and is slower."""
        asked = {"TableName": cls.Meta.table_name, "Key": _key(pk, sk), "ConsistentRead": True}
        found = connection().dispatch("GetItem", asked).get("Item")
        return cls._instantiate(found) if found else None

    @classmethod
    def several(
        cls, keys: Iterable[tuple[str, str]], consistent: bool = True, only: Sequence[str] = ()
    ) -> Iterator[Self]:
        """Yield the items with these keys, in any order. Items that do not exist are left out. It costs a
        batch read for each hundred keys, and nothing without keys. `consistent`: whether a write of a moment
        ago must be seen. `only`: the names of the attributes that are read; () for all. pynamodb's own method
        looks up the type of each key and is slower."""
        table, left = cls.Meta.table_name, [_key(pk, sk) for pk, sk in keys]
        names = {f"#{n}": name for n, name in enumerate(only)}
        chosen = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if only else {}
        while left:
            asked = {"Keys": left[:AT_ONCE], "ConsistentRead": consistent, **chosen}
            answer = connection().dispatch("BatchGetItem", {"RequestItems": {table: asked}})
            yield from map(cls._instantiate, answer["Responses"].get(table, ()))
            left = left[AT_ONCE:] + answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])

    @classmethod
    def beginning(cls, pk: str, first: str, last: str = "", consistent: bool = True) -> Iterator[Self]:
        """Yield the items of a partition in the order of their sort keys: those that begin with `first`, or
        those from `first` to `last` if that is given. It costs a query. pynamodb's own method builds the
        condition out of objects and is slower. `consistent`: see `several`."""
        end = {":last": {"S": last}} if last else {}
        asked = {
            "TableName": cls.Meta.table_name,
            "KeyConditionExpression": "pk = :pk AND "
            + ("sk BETWEEN :first AND :last" if last else "begins_with(sk, :first)"),
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":first": {"S": first}, **end},
            "ConsistentRead": consistent,
        }
        for answer in answers(asked):
            yield from map(cls._instantiate, answer["Items"])

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Self:
        """Return the item that DynamoDB found. Attributes that this release does not know are left out.
        pynamodb's own method looks for all attributes and is slower, since most rows have few."""
        made, of = cls.__new__(cls), cls.get_attributes()
        made.attribute_values = {
            name: of[name].deserialize(of[name].get_value(value))
            for name, value in attribute_values.items()
            if name in of and NULL not in value
        }
        return made

    def _set_attributes(self, **attributes: Any) -> None:
        """Set the attributes of a new item. Raises ValueError for a name without an attribute. pynamodb's own
        method sets them one by one and is slower."""
        if unknown := attributes.keys() - self.get_attributes().keys():
            raise ValueError(f"no such attributes: {sorted(unknown)}")
        self.attribute_values.update(attributes)

    def _container_serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """Return the attributes that have a value, in the format of DynamoDB. pynamodb's own method looks at
        all attributes and is slower, since most rows set few."""
        of, found = self.get_attributes(), {}
        for name, value in self.attribute_values.items():
            if value is not None:
                found[of[name].attr_name] = {of[name].attr_type: of[name].serialize(value)}
        return found

    def put_over(self) -> Self | None:
        """Write the item, and return the one that it replaces; None if there was none."""
        asked = {"TableName": self.Meta.table_name, "Item": self.serialize(), "ReturnValues": "ALL_OLD"}
        before = connection().dispatch("PutItem", asked).get("Attributes")
        return self._instantiate(before) if before else None

    def updated(self, actions: Sequence[Action], condition: Condition) -> bool:
        """Update the item if the condition holds. Return False, with nothing written, if it does not."""
        try:
            self.update(actions=[*actions], condition=condition)
        except WriteConflict:
            return False
        return True


class Row(Item):
    """An item of the table of cases. The first part of its sort key names the kind of row."""

    class Meta:
        """The settings of the table of cases. The time limits of connections are well below the 29 s that API
        Gateway waits."""

        table_name = os.environ.get("TABLE", "redress")
        region = os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
        connect_timeout_seconds, read_timeout_seconds, max_retry_attempts = 1, 3, 2

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = Number(null=True)
    body = Body(null=True)
    hash = UnicodeAttribute(null=True)
    words = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    claim = UnicodeAttribute(null=True)
    tries = Number(null=True)
    faults = Number(null=True)
    sent = UnicodeAttribute(null=True)
    letters = UnicodeSetAttribute(null=True)
    entries = Number(null=True)
    beside = Number(null=True)
    kept = UnicodeAttribute(null=True)
    salt = UnicodeAttribute(null=True)
    shard = Number(null=True)
    look_at = UnicodeAttribute(null=True)
    seat = UnicodeAttribute(null=True)
    pool = UnicodeAttribute(null=True)
    next_due = UnicodeAttribute(null=True)
    ref = UnicodeAttribute(null=True)
    stage = UnicodeAttribute(null=True)
    card = UnicodeAttribute(null=True)
    signed_out = UnicodeAttribute(null=True)
    mac = UnicodeAttribute(null=True)
    mac_state = UnicodeAttribute(null=True)
    mac_sent = UnicodeAttribute(null=True)
    upto = UnicodeAttribute(null=True)
    found_by = UnicodeSetAttribute(null=True)
    ttl = Number(null=True)
    due = Due()
    lists = Lists()
    pooled = Pool()

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        """Set the version of a new row to the version that this release writes. No other attribute has a
        default."""
        if _user_instantiated:
            self.attribute_values["v"] = SCHEMA

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Return the connection of the table. It raises our errors instead of those of DynamoDB."""
        own, of = cls._connection or super()._get_connection(), cls.Meta
        if not isinstance(own.connection, Translated):
            translated = Translated(
                region=of.region,
                connect_timeout_seconds=of.connect_timeout_seconds,
                read_timeout_seconds=of.read_timeout_seconds,
                max_retry_attempts=of.max_retry_attempts,
            )
            translated.cases = of.table_name
            translated.add_meta_table(own.get_meta_table())
            own.connection = translated
        return own


def changes(**values: Any) -> list[Action]:
    """Return the update that sets these attributes of a row. An attribute with the value None is removed. All
    other attributes stay, because a newer release may have written them."""
    of = Row.get_attributes()
    return [of[name].remove() if value is None else of[name].set(value) for name, value in values.items()]


def stamped(writes: int = SCHEMA, reads: int = READS) -> Action:
    """Return the update that sets the version of a row to `writes`. If this release reads a higher version
    than it writes, a row that has a version already keeps it."""
    return Row.v.set(Row.v | writes) if writes < reads else Row.v.set(writes)


HEAD, ROSTER, REGISTER, IDEM, LOCK, ONE, MAIL = "CASE", "ROSTER", "MEDIATORS", "IDEM", "LOCK", "ONE", "MAIL"
CEILING, BEAT, CURSOR = "CEILING", "BEAT", "CURSOR"
"""Fixed sort keys, for kinds of row of which there is at most one under a partition key, such as the head of
a case."""


def connection() -> Connection:
    """Return the connection of the table of cases, with its session and time limits. All callers share it,
    because a new connection would load the service description again, which is slow."""
    return Row._get_connection().connection


def answers(asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the answers of the database to a query, page by page, until its end."""
    while True:
        answer = connection().dispatch("Query", {**asked})
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        asked = {**asked, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


class Write(TransactWrite):
    """A transaction on both tables, written at the end of its `with` block."""

    def __init__(self) -> None:
        super().__init__(connection=connection())

    def save(
        self, model: Model, condition: Condition | None = None, return_values: str | None = None
    ) -> None:
        """Add the writing of a whole item. pynamodb's own method takes the item apart and puts it together
        again, and is slower."""
        put: dict[str, Any] = {TABLE_NAME: model.Meta.table_name, ITEM: model.serialize()}
        if condition is not None:
            names: dict[str, str] = {}
            values: dict[str, str] = {}
            put[CONDITION_EXPRESSION] = condition.serialize(names, values)
            put[EXPRESSION_ATTRIBUTE_NAMES] = {placeholder: name for name, placeholder in names.items()}
            if values:
                put[EXPRESSION_ATTRIBUTE_VALUES] = values
        self._put_items.append(put)


def table_time() -> datetime | None:
    """Return the database's own time at its last answer (UTC, whole seconds). Return None if there was no
    answer since the last call of this function, because an old answer does not tell the present time."""
    asked = connection()
    date = getattr(asked, "date", "")
    asked.__dict__["date"] = ""
    return parsedate_to_datetime(date).astimezone(UTC) if date else None


class Secret(Item):
    """An item of the table of secrets and counts. Only the site may access that table, so a worker cannot
    make a session or a key."""

    class Meta:
        """The settings of the table of secrets. This table uses the same database client as the table of
        cases."""

        table_name = os.environ.get("SESSIONS", "redress-sessions")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    tries = Number(null=True)
    ttl = Number(null=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Return the connection of the table of cases. This table shares it, because a second connection
        would load the service description again, which is slow."""
        own, shared = super()._get_connection(), connection()
        if own.connection is not shared:
            with suppress(ValueError):  # the shared connection knows this table already
                shared.add_meta_table(own.get_meta_table())
            own.connection = shared
        return own


def case(ref: str) -> str:
    """Return the partition key of a case from its number. A reference with `#`, such as that of a staff
    letter, is already a partition key and is returned unchanged."""
    return ref if "#" in ref else f"CASE#{ref}"


HOUSE = "HOUSE#"


def staff_letters(who: str) -> str:
    """Return the reference that replaces a case number in letters to a member of staff that belong to no
    case."""
    return f"{HOUSE}{who}"


def digest(who: str) -> str:
    """Return the partition key of the lines for the next digest of the member of staff `who`."""
    return f"DIGEST#{who}"


def repeated(ref: str, run: str) -> str:
    """Return the sort key of a line of a digest. `ref` is the case number, `run` the key of the deadline. A
    deadline that is reported several times keeps one line, because the key stays the same."""
    return f"{ref}#{run}"


def ref_of(pk: str) -> str:
    """Return the case number in a partition key."""
    return pk.removeprefix("CASE#")


def post(id: str) -> str:
    """Return the sort key of a post: a letter to several recipients, which is stored once before each
    recipient has a row."""
    return f"POST#{id}"


def entry(n: int) -> str:
    """Return the sort key of timeline entry `n`. A move is saved on condition that this row does not exist
    yet."""
    return f"ENTRY#{n:06}"


def heads(ref: str) -> str:
    """Return the partition key of the earlier heads of a case. Their sort key is that of the entry with which
    such a head was saved. They are apart from the case, so that no other reading of it finds them."""
    return lookup("head", ref)


LOST = "LOST"
"""The sort key of the row about a case that a restore of the table undid as a whole."""


def lost(ref: str) -> str:
    """Return the partition key of the row about a case that a restore of the table undid as a whole."""
    return key(LOST, ref)


def words(n: int) -> str:
    """Return the sort key of the free text of timeline entry `n`, if it is too long for the entry's own
    row."""
    return f"WORDS#{n:06}"


def letter(id: str) -> str:
    """Return the sort key of a letter to one recipient."""
    return f"LETTER#{id}"


def letters(post: str) -> str:
    """Return the common beginning of the sort keys of the letters to all recipients of a post. `post` is the
    id of the post."""
    return letter(f"{post}.")


def split(n: int) -> str:
    """Return the sort key of a row that lists a split: entry `n` split people off from a joint case. The row
    exists until each of them has a case of their own."""
    return f"SPLIT#{n:06}"


def file(id: str) -> str:
    """Return the sort key of an evidence file."""
    return f"FILE#{id}"


def party(id: str) -> str:
    """Return the sort key of the personal data of a party, by the party's id on the case."""
    return f"PARTY#{id}"


TURNS = "TURNS"
"""The partition key of the turns in which the clock assigns cases. Their sort key is the id of the team."""
OUTAGES = "OUTAGES"
"""The partition key of the register of outages. The row with the clock's last run is there too."""


def outage(id: str) -> str:
    """Return the sort key of an outage in the register of outages."""
    return f"OUTAGE#{id}"


DESTROY = "DESTROY"
"""The partition key of the cases whose personal data are to be destroyed. The sort key is the number of the
case. The days up to which old cases were looked at are there too."""
WORDS = "WORDS"
"""The name of the lock of the search files, and of the marks for a month whose file has destroyed words."""


def words_destroyed(month: str, ref: str) -> str:
    """Return the sort key under which the partition `DESTROY` lists a case whose words are to leave the
    search file of a month (YYYY-MM)."""
    return f"{WORDS}#{month}#{ref}"


ROUTING = "ROUTING"
"""The partition key of the changes of the routing. The rules themselves are in the row of the roster."""
HOLDS = "HOLDS"
"""The partition key of the uses of the hold switch. The newest one says what is held."""


def version(n: int) -> str:
    """Return the sort key of the change that made version `n` of the routing, or of the hold switch."""
    return f"VERSION#{n:06}"


TEXTS, TEXT_CHANGES = "TEXTS", "TEXT_CHANGES"
"""The partition keys of the canned texts, and of the changes of them."""


def text(team: str, id: str) -> str:
    """Return the sort key of a canned text of a team. `team`: "" for a text of all teams."""
    return f"TEXT#{team}#{id}"


def text_change(at: datetime, id: str, version: int) -> str:
    """Return the sort key of the change at a moment that made this version of a canned text."""
    return f"{stamp(at)}#{id}#{version:06}"


LAST_VERSION = 999_999
"""The highest number of a version in a sort key."""


def forewords(period: str, team: str) -> str:
    """Return the partition key of the versions of the foreword of a report. `team`: "" for the company."""
    return f"FOREWORDS#{period}#{team}"


def foreword(language: str, version: int) -> str:
    """Return the sort key of a version of a foreword."""
    return f"{language}#{version:06}"


REPAIRS = "REPAIRS"
"""The partition key of the record of parked rows that administrators had tried again."""


def repair(at: datetime, key: str) -> str:
    """Return the sort key of a repair. `key` identifies the row that was tried again."""
    return f"{stamp(at)}#{key}"


def listed(name: str) -> str:
    """Return the sort key of a case's row on the work list with this name."""
    return f"SEAT#{name}"


def kind(sk: str) -> tuple[str, str]:
    """Return kind and id of a row from its sort key. The kind is `ENTRY`, `PARTY`, `POST`, `LETTER`, `SPLIT`,
    `FILE`, `SEAT`, or that of the head, whose id is empty. `key` does the reverse."""
    name, _, id = sk.partition("#")
    return (name, id) if id else (sk, "")


def every(kind: str) -> str:
    """Return the common beginning of the sort keys of all rows of a kind."""
    return f"{kind}#"


def key(kind: str, id: str) -> str:
    """Return the sort key of a row of a case from its kind and its id, which is empty for the head."""
    return f"{kind}#{id}" if id else kind


def part(ref: str, id: str) -> str:
    """Return the sort key under which the partition `DESTROY` lists one person of a case. `ref` is the case
    number, `id` the id of the person."""
    return key(ref, id)


def lookup(by: str, key: str) -> str:
    """Return the partition key under which something is found by the key `key`. `by` is the kind of that key.
    Examples: `person`, the keyed hash of an address; `message`, the id of a mail."""
    return f"FIND#{by}#{key}"


def found_at(at: str, ref: str) -> str:
    """Return the sort key of a case under a key by which officers find it. It begins with the moment of the
    filing, by which the cases are sorted."""
    return f"{at}#{ref}"


def found_by(ref: str) -> str:
    """Return the partition key of the row that lists by which keys officers find the case `ref`."""
    return lookup("found", ref)


def address(key: str) -> str:
    """Return the partition key of what is stored about an e-mail address for all cases. `key` is the keyed
    hash of the address."""
    return lookup("address", key)


def day(day: date, under: str) -> str:
    """Return the sort key of a counter of letters to an address on a local day. `under` is the name of the
    counter."""
    return f"DAY#{day}#{under}"


def address_of(pk: str) -> str:
    """Return the keyed hash of the address in a partition key made by `address`."""
    return pk.removeprefix(address(""))


HOOKS = "HOOK#endpoints"
"""The partition key of the endpoints of webhooks. Their sort key is the id of the endpoint."""


def hook_log(id: str) -> str:
    """Return the partition key of the log of the deliveries to the endpoint with this id."""
    return f"HOOK#log#{id}"


STORIES = "STORIES"
"""The partition key of the public stories."""


def story(at: str, ref: str, id: str) -> str:
    """Return the sort key of a public story. It begins with the time of publication, by which stories are
    sorted."""
    return f"{at}#{ref}#{id}"


def suggestions(month: str) -> str:
    """Return the partition key of the suggestions of a month (UTC, YYYY-MM)."""
    return f"SUGGESTIONS#{month}"


def suggestion(at: str, id: str) -> str:
    """Return the sort key of a suggestion. It begins with the time, by which suggestions are sorted."""
    return f"{at}#{id}"


def drafts(ref: str) -> str:
    """Return the partition key of the drafts of forms on a case. They are apart from the case, so that no
    other reading of it finds them."""
    return f"DRAFTS#{ref}"


def draft(who: str, move: str) -> str:
    """Return the sort key of the draft of the officer `who` for a move. `move` is empty for the common
    beginning of the keys of all their drafts."""
    return f"{who}#{move}"


def once(key: str) -> str:
    """Return the partition key of an idempotency key."""
    return f"IDEM#{key}"


STAFF = "STAFF"
"""The partition key of the rows that say which members of staff are disabled or signed out. The sort key is
their subject at the identity provider."""


def hashed(secret: str) -> str:
    """Return the hash of a secret, under which its data are stored."""
    return sha256(secret.encode()).hexdigest()


def secret(kind: str, secret: str) -> str:
    """Return the partition key of the data of a secret, such as that of a session."""
    return key(kind, hashed(secret))


def held(kind: str, secret: str) -> str:
    """Return the sort key of a secret on the list of its holder. `kind` is the kind of secret, such as a
    session."""
    return key(kind, hashed(secret))


def holder(who: str) -> str:
    """Return the partition key of the list of the secrets that the person `who` holds."""
    return f"HOLDER#{who}"


def ceiling(what: str, key: str, ends: datetime) -> str:
    """Return the partition key of a count of attempts. `what` names what is counted, `key` is the hashed
    counting key, and `ends` the end of the window."""
    return f"{CEILING}#{what}#{key}#{ends:%Y%m%dT%H%M%S}"


def lock(of: str, shard: int) -> str:
    """Return the partition key of the lock of a shard. `of` says whether it is a shard of cases or of
    letters."""
    return f"LOCK#{of}{shard}"


def moved(at: str, ref: str) -> str:
    """Return the partition key of the list to which the case `ref` is added when a move is saved at the time
    `at`. This list holds the cases of one shard on which a move was taken on one day (UTC)."""
    return moved_on(at[:10], shard(ref))


def moved_on(day: str, shard: int) -> str:
    """Return the partition key of the list of the cases of a shard on which a move was taken on a day
    (UTC)."""
    return f"MOVED#{day}#{shard}"


def changed(feed: str) -> str:
    """Return the partition key of a feed of changes. `feed` is its name: the id of a partner."""
    return f"CHANGED#{feed}"


LAST_CHANGE = "9999"
"""A sort key after all changes of a feed, and before its fences."""


def change(moment: str, ref: str, n: int) -> str:
    """Return the sort key of entry `n` of the case `ref` in a feed. It begins with the moment by which
    changes are sorted."""
    return f"{moment}#{ref}#{n:06}"


def fence(n: int) -> str:
    """Return the sort key of a fence of a feed. Its attribute `upto` is a moment. No change can be written
    any more under that moment or an earlier one."""
    return f"FENCE#{n}"


def watched(shard: int) -> str:
    """Return the partition key of the row that stores how far the check of the record of a shard has come."""
    return f"WATCH#{shard}"


def reads(ref: str) -> str:
    """Return the partition key of the record of who read a case."""
    return f"READS#{ref}"


def reader(who: str) -> str:
    """Return the name of the list of everything that a person read."""
    return f"READER#{who}"


FILTERS = "FILTERS"
"""The sort key of the filters of work lists that a member of staff stored."""


def desk(who: str) -> str:
    """Return the partition key of what a member of staff stored at the desk, and of the cases that they have
    opened. The sort key is `FILTERS` or the number of the case."""
    return f"DESK#{who}"


def read(hour: str, thing: str, other: str) -> str:
    """Return the sort key of a row that records a read, with hour and section (`thing`). On the list of a
    case `other` is the reader; on the list of a reader it is the case."""
    return f"{hour}#{thing}#{other}"


POST_SHARDS, POST_FROM, RANK_APART = 4, 1_000, 100
"""The number of letter shards, the index key of the first one, and the distance between the keys of two
ranks.

Letters have their own shards, so that slow mail does not delay a case. Each rank has its own keys, so that
urgent letters are found first.
"""
PARKED = 9_000
"""The shard of parked rows. A parked row is not tried again until a person has looked at it, so the clock
does not read this shard."""


def shards() -> tuple[int, int]:
    """Return two numbers: among how many shards cases are distributed, and how many shards are read. While
    operators change the number of shards, the larger of the old and the new number is read."""
    counts = [int(n) for n in os.environ.get("SHARDS", "16").split(",")]
    return counts[-1], max(counts)


def shard(ref: str) -> int:
    """Return the shard of a case, from its number."""
    return crc32(ref.encode()) % shards()[0]


def post_shard(ref: str, rank: int) -> int:
    """Return the index key for letters of a case with this rank. The most urgent letters have the lowest
    rank."""
    return ranked(crc32(ref.encode()) % POST_SHARDS, rank)


def ranked(n: int, rank: int) -> int:
    """Return the index key of the n-th letter shard for a rank."""
    return POST_FROM + RANK_APART * rank + n

"""The small AWS answers as moto does to the same requests, by the table's model and by plain clients.

Where moto is known to differ from AWS, the small one follows AWS, and the test says so:

- A page of a query that ends at its limit names its last key even if nothing follows; moto names it only if
  something does.
- A transaction repeated with its token is answered again and done once; moto does it twice.
- Moto permits more than four megabytes together, and several bad requests (`MISSED_BY_MOTO`).
- AWS promises no order of items with the same range key in an index, so the test draws no such items.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactGet, TransactWrite

from chalicelib.aws.rows import Row, connection
from tests.cloud.aws import LARGEST_TRANSACTION
from tests.cloud.both import Both, Do, answered, without_measurements
from tests.cloud.moto_scenario import moto_scenario
from tests.cloud.scenario import cloud_scenario
from tests.cloud.session import Road, straight
from tests.scenario import DAY, T0, WANG, Scenario

PKS = "CASE#1", "CASE#2", "FIND#x"
SKS = "CASE", "ENTRY#000001", "ENTRY#000002", "LETTER#a", "LETTER#b", "ONE"
SEATS = "TEAM#a", "PERSON#b"
KEYS = st.tuples(st.sampled_from(PKS), st.sampled_from(SKS))
WORDS = st.sampled_from(["", "a", "b", "sending", "中文"])
NUMBERS = st.integers(-2, 3)
"""Numbers small enough that conditions are met about half of the time."""


def moment(pk: str, sk: str, n: int) -> str:
    """Return a moment that no row of another key has."""
    return f"2026-02-{10 + n}T00:{PKS.index(pk):02}:{SKS.index(sk):02}Z"


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Draw a row of a case: in the index, on a list, on both or on neither."""
    pk, sk = draw(KEYS)
    row = Row(
        pk, sk, body=draw(st.none() | WORDS), state=draw(st.none() | WORDS), tries=draw(st.none() | NUMBERS)
    )
    if draw(st.booleans()):
        row.shard, row.look_at = draw(st.integers(0, 1)), moment(pk, sk, draw(st.integers(0, 3)))
    if draw(st.booleans()):
        row.seat, row.next_due = draw(st.sampled_from(SEATS)), moment(pk, sk, draw(st.integers(0, 3)))
        row.card, row.stage = draw(st.none() | WORDS), draw(st.none() | WORDS)
    return row


def conditions() -> st.SearchStrategy[Any]:
    """Return a strategy for conditions of the kinds that PynamoDB writes, and their combinations."""
    one = st.one_of(
        st.sampled_from(
            [Row.pk.exists(), Row.pk.does_not_exist(), Row.state.exists(), Row.tries.does_not_exist()]
        ),
        st.builds(lambda word: Row.state == word, WORDS),
        st.builds(lambda word: Row.state != word, WORDS),
        st.builds(lambda word: Row.body.startswith(word or "a"), WORDS),
        st.builds(lambda word: Row.body.contains(word or "a"), WORDS),
        st.builds(lambda one, other: Row.state.is_in(one, other), WORDS, WORDS),
        st.builds(lambda n: Row.tries == n, NUMBERS),
        st.builds(lambda n: Row.tries < n, NUMBERS),
        st.builds(lambda n: Row.tries >= n, NUMBERS),
        st.builds(lambda low, more: Row.tries.between(low, low + more), NUMBERS, st.integers(0, 2)),
        st.builds(lambda n: Row.look_at <= f"2026-02-{n}", st.integers(10, 14)),
    )
    return st.recursive(
        one,
        lambda some: st.one_of(
            st.builds(lambda a, b: a & b, some, some),
            st.builds(lambda a, b: a | b, some, some),
            st.builds(lambda a: ~a, some),
        ),
        max_leaves=3,
    )


def actions() -> st.SearchStrategy[list[Any]]:
    """Return a strategy for updates of different attributes."""
    one = st.fixed_dictionaries(
        {},
        optional={
            "state": st.builds(lambda word: Row.state.set(word), WORDS) | st.just(Row.state.remove()),
            "tries": st.sampled_from(
                [
                    Row.tries.set((Row.tries | 0) + 1),
                    Row.tries.set(Row.tries - 1),
                    Row.tries.remove(),
                    Row.tries.add(2),
                ]
            ),
            "faults": st.sampled_from(
                [Row.faults.set(Row.tries), Row.faults.set(3), Row.faults.set(Row.faults | 7)]
            ),
            "look_at": st.just(Row.look_at.remove()),
            "shard": st.just(Row.shard.remove()),
            "card": st.builds(lambda word: Row.card.set(word), WORDS),
        },
    )
    return one.filter(bool).map(lambda some: list(some.values()))


MAYBE = st.none() | conditions()


def saving(row: Row, condition: Any) -> Do:
    """Return a PutItem call."""
    return lambda: without_measurements(row.save(condition=condition))


def updating(key: tuple[str, str], changes: list[Any], condition: Any) -> Do:
    """Return an UpdateItem call, which answers with the whole row after it."""

    def do() -> Any:
        row = Row(*key)
        row.update(actions=changes, condition=condition)
        return attributes_of(row)

    return do


def deleting(key: tuple[str, str], condition: Any) -> Do:
    """Return a DeleteItem call."""
    return lambda: without_measurements(Row(*key).delete(condition=condition))


def getting(key: tuple[str, str], consistent: bool) -> Do:
    """Return a GetItem call."""
    return lambda: attributes_of(Row.get(*key, consistent_read=consistent))


def querying(on: Any, key: Any, span: Any, filter: Any, limit: int | None, forward: bool) -> Do:
    """Return a query call, which answers with the rows of its page."""

    def do() -> Any:
        found = on.query(key, span, filter, limit=limit, scan_index_forward=forward)
        return [attributes_of(row) for row in found]

    return do


def paging(on: Any, key: Any, page: int, forward: bool) -> Do:
    """Return a call that reads a whole partition, a page at a time, by each page's last key."""

    def do() -> Any:
        found, last = [], None
        while True:
            some = on.query(key, limit=page, last_evaluated_key=last, scan_index_forward=forward)
            found += [attributes_of(row) for row in some]
            last = some.last_evaluated_key
            if last is None:
                return found

    return do


def writing(some: list[tuple[str, Any]], token: str | None = None) -> Do:
    """Return a transaction of puts, deletes, updates and checks."""

    def do() -> Any:
        with TransactWrite(connection=connection(), client_request_token=token) as write:
            for kind, args in some:
                if kind == "save":
                    write.save(args[0], condition=args[1])
                elif kind == "delete":
                    write.delete(Row(*args[0]), condition=args[1])
                elif kind == "check":
                    write.condition_check(Row, *args[0], condition=args[1])
                else:
                    write.update(Row(*args[0]), actions=args[1], condition=args[2])

    return do


def reading(keys: list[tuple[str, str]]) -> Do:
    """Return a call that reads rows in one transaction, and the existing ones in one batch."""

    def do() -> Any:
        with TransactGet(connection=connection()) as read:
            wanted = [read.get(Row, *key) for key in keys]
        batch = sorted(json.dumps(attributes_of(row), sort_keys=True) for row in Row.batch_get(keys))
        return [_or_none(one) for one in wanted], batch

    return do


def batching(some: dict[tuple[str, str], Row | None]) -> Do:
    """Return a call that puts or deletes several rows without a condition."""

    def do() -> Any:
        with Row.batch_write() as batch:
            for key, row in some.items():
                batch.save(row) if row else batch.delete(Row(*key))

    return do


def _or_none(one: Any) -> Any:
    try:
        return attributes_of(one.get())
    except DoesNotExist:
        return None


def attributes_of(row: Row) -> dict[str, Any]:
    """Return the attributes of a row as sent."""
    return dict(row.serialize())


def one_write() -> st.SearchStrategy[tuple[str, Any]]:
    """Return a strategy for one part of a transaction."""
    return st.one_of(
        st.tuples(st.just("save"), st.tuples(rows(), MAYBE)),
        st.tuples(st.just("delete"), st.tuples(KEYS, MAYBE)),
        st.tuples(st.just("check"), st.tuples(KEYS, conditions())),
        st.tuples(st.just("update"), st.tuples(KEYS, actions(), MAYBE)),
    )


SPANS = st.one_of(
    st.none(),
    st.builds(lambda word: Row.sk.startswith(word), st.sampled_from(["ENTRY#", "LETTER#", "CASE"])),
    st.builds(lambda a, b: Row.sk.between(*sorted((a, b))), st.sampled_from(SKS), st.sampled_from(SKS)),
    st.builds(lambda a: Row.sk > a, st.sampled_from(SKS)),
    st.builds(lambda a: Row.sk == a, st.sampled_from(SKS)),
)
FILTERS = st.none() | st.builds(lambda n: Row.tries >= n, NUMBERS) | st.just(Row.state.exists())
DUE = st.none() | st.builds(lambda n: Row.look_at <= f"2026-02-{n}", st.integers(10, 14))
LIMIT, FORWARD = st.none() | st.integers(1, 4), st.booleans()
OPERATIONS = st.one_of(
    st.builds(saving, rows(), MAYBE),
    st.builds(saving, rows(), MAYBE),
    st.builds(updating, KEYS, actions(), MAYBE),
    st.builds(deleting, KEYS, MAYBE),
    st.builds(getting, KEYS, st.booleans()),
    st.builds(querying, st.just(Row), st.sampled_from(PKS), SPANS, FILTERS, LIMIT, FORWARD),
    st.builds(querying, st.just(Row.due), st.integers(0, 1), DUE, st.none(), LIMIT, FORWARD),
    st.builds(querying, st.just(Row.lists), st.sampled_from(SEATS), st.none(), st.none(), LIMIT, FORWARD),
    st.builds(paging, st.just(Row), st.sampled_from(PKS), st.integers(1, 3), FORWARD),
    st.builds(paging, st.just(Row.due), st.integers(0, 1), st.integers(1, 3), FORWARD),
    st.builds(writing, st.lists(one_write(), min_size=1, max_size=5)),
    st.builds(reading, st.lists(KEYS, min_size=1, max_size=4, unique=True)),
    st.builds(batching, st.dictionaries(KEYS, st.none(), max_size=2)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=st.lists(OPERATIONS, min_size=10, max_size=25))
def test_the_table_is_answered_alike(both: Both, some: list[Do]) -> None:
    """Both answer any sequence of single, batch and transaction requests alike, with the same errors."""
    both.alike(*some)


KEY = {"pk": {"S": "CASE#1"}, "sk": {"S": "CASE"}}
LARGE = {"S": "大" * (400 * 1024 // 3)}
"""A value that makes an item just too large, together with its key."""
BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "no table": ("get_item", {"TableName": "other", "Key": KEY}),
    "half a key": ("get_item", {"Key": {"pk": {"S": "a"}}}),
    "an empty key": ("put_item", {"Item": {**KEY, "sk": {"S": ""}}}),
    "no key": ("put_item", {"Item": {"pk": KEY["pk"]}}),
    "too large": ("put_item", {"Item": {**KEY, "body": LARGE}}),
    "too large in a transaction": (
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": "redress", "Item": {**KEY, "body": LARGE}}}]},
    ),
    "a key changed": (
        "update_item",
        {"Key": KEY, "UpdateExpression": "SET sk = :b", "ExpressionAttributeValues": {":b": {"S": "b"}}},
    ),
    "a name that is not used": (
        "put_item",
        {"Item": KEY, "ConditionExpression": "attribute_exists(pk)", "ExpressionAttributeNames": {"#a": "a"}},
    ),
    "one attribute twice": (
        "update_item",
        {
            "Key": KEY,
            "UpdateExpression": "SET body = :b REMOVE body",
            "ExpressionAttributeValues": {":b": {"S": "b"}},
        },
    ),
    "a sum of words": (
        "update_item",
        {
            "Key": KEY,
            "UpdateExpression": "SET tries = :b + :b",
            "ExpressionAttributeValues": {":b": {"S": "b"}},
        },
    ),
    "an index read consistently": (
        "query",
        {
            "IndexName": "due",
            "KeyConditionExpression": "shard = :p",
            "ConsistentRead": True,
            "ExpressionAttributeValues": {":p": {"N": "1"}},
        },
    ),
    "a query without its partition": (
        "query",
        {"KeyConditionExpression": "sk = :p", "ExpressionAttributeValues": {":p": KEY["sk"]}},
    ),
    "a condition that does not hold": (
        "put_item",
        {"Item": KEY, "ConditionExpression": "attribute_exists(pk)"},
    ),
    "a hundred and one": (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": "redress", "Item": {**KEY, "sk": {"S": str(n)}}}} for n in range(101)
            ]
        },
    ),
    "the same item twice": (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": "redress", "Item": KEY}},
                {"Delete": {"TableName": "redress", "Key": KEY}},
            ]
        },
    ),
    "a check that tells what it found": (
        "transact_write_items",
        {
            "TransactItems": [
                {
                    "ConditionCheck": {
                        "TableName": "redress",
                        "Key": KEY,
                        "ConditionExpression": "attribute_exists(pk)",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                }
            ]
        },
    ),
    "one twice in a batch": (
        "batch_write_item",
        {"RequestItems": {"redress": [{"PutRequest": {"Item": KEY}}] * 2}},
    ),
    "one read twice in a batch": ("batch_get_item", {"RequestItems": {"redress": {"Keys": [KEY, KEY]}}}),
}


MISSED_BY_MOTO: dict[str, tuple[str, dict[str, Any]]] = {
    "a reserved word as a name": (
        "query",
        {
            "IndexName": "pool",
            "KeyConditionExpression": "pool = :p",
            "ExpressionAttributeValues": {":p": {"S": "waits"}},
        },
    ),
    "a key of another type": ("get_item", {"Key": {**KEY, "sk": {"N": "1"}}}),
    "too large by an update": (
        "update_item",
        {"Key": KEY, "UpdateExpression": "SET body = :b", "ExpressionAttributeValues": {":b": LARGE}},
    ),
    "an index key of another type": (
        "put_item",
        {"Item": {**KEY, "shard": {"S": "1"}, "look_at": {"S": "a"}}},
    ),
    "a name that stands for nothing": ("get_item", {"Key": KEY, "ProjectionExpression": "#a"}),
    "no such index": (
        "query",
        {
            "IndexName": "other",
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": KEY["pk"]},
        },
    ),
    "twenty-six in a batch": (
        "batch_write_item",
        {
            "RequestItems": {
                "redress": [{"PutRequest": {"Item": {**KEY, "sk": {"S": str(n)}}}} for n in range(26)]
            }
        },
    ),
}
"""Requests that moto accepts, or refuses with another error; AWS answers each with a ValidationException."""


def bad(both: Both, operation: str, request: dict[str, Any]) -> Do:
    """Return the request as a plain client sends it."""
    table = {} if operation.startswith(("transact", "batch")) else {"TableName": "redress"}
    return lambda: without_measurements(getattr(both.clients["dynamodb"], operation)(**table | request))


@pytest.mark.parametrize("name", BAD)
def test_table_refuses_bad_requests_like_moto(both: Both, name: str) -> None:
    """A bad request has the same code from both, and leaves nothing."""
    both.alike(bad(both, *BAD[name]), querying(Row, "CASE#1", None, None, None, True))


@pytest.mark.parametrize("name", MISSED_BY_MOTO)
def test_table_refuses_what_aws_refuses(both: Both, name: str) -> None:
    """AWS refuses these requests; moto accepts more."""
    with both.ours():
        assert answered(bad(both, *MISSED_BY_MOTO[name])) == "ValidationException"
        assert list(Row.query("CASE#1")) == []


def test_the_table_tells_how_it_was_made(both: Both) -> None:
    """The description has the same keys and indexes."""

    def shape() -> Any:
        made = both.clients["dynamodb"].describe_table(TableName="redress")["Table"]
        indexes = [
            (one["IndexName"], one["KeySchema"], one["Projection"]["ProjectionType"])
            for one in made["GlobalSecondaryIndexes"]
        ]
        return made["TableName"], made["TableStatus"], made["KeySchema"], indexes

    both.alike(shape)


BODIES = WORDS.filter(bool)
QUEUED = st.lists(
    st.one_of(
        st.tuples(st.just("send"), BODIES),
        st.tuples(st.just("batch"), st.lists(BODIES, min_size=1, max_size=3)),
        st.tuples(st.just("receive"), st.integers(1, 10)),
        st.tuples(st.just("delete"), st.integers(0, 3)),
        st.tuples(st.just("url"), st.sampled_from(["redress-letters", "none"])),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=QUEUED)
def test_a_queue_is_answered_alike(both: Both, some: list[tuple[str, Any]]) -> None:
    """Both answer sends, receives and deletions in any order alike.

    A received message is not received again at once.
    """
    sqs, held = both.clients["sqs"], list[str]()

    def do(kind: str, with_: Any) -> Any:
        url = sqs.get_queue_url(QueueName=with_ if kind == "url" else "redress-letters")["QueueUrl"]
        if kind == "send":
            return sqs.send_message(QueueUrl=url, MessageBody=with_)["MD5OfMessageBody"]
        if kind == "batch":
            entries = [{"Id": str(n), "MessageBody": word} for n, word in enumerate(with_)]
            return [one["Id"] for one in sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]]
        if kind == "receive":
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=with_).get("Messages", [])
            held.extend(one["ReceiptHandle"] for one in found)
            return [one["Body"] for one in found]
        if kind == "delete" and with_ < len(held):
            return without_measurements(sqs.delete_message(QueueUrl=url, ReceiptHandle=held[with_]))
        return None

    def each(kind: str, with_: Any) -> Do:
        return lambda: do(kind, with_)

    both.alike(*(each(*one) for one in some), held.clear)


def test_no_such_queue_no_such_secret(both: Both) -> None:
    """Both answer with the same codes."""
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/none"
    both.alike(
        lambda: both.clients["sqs"].send_message(QueueUrl=url, MessageBody="a"),
        lambda: both.clients["secretsmanager"].get_secret_value(SecretId="none"),
    )


def test_a_page_that_ends_at_its_limit_says_where(both: Both) -> None:
    """The page names its last key even if nothing follows, and the next page is empty. Moto names none."""
    with both.ours():
        Row("CASE#1", "CASE").save()
        page = Row.query("CASE#1", limit=1)
        assert [row.sk for row in page] == ["CASE"]
        assert page.last_evaluated_key == KEY
        assert list(Row.query("CASE#1", limit=1, last_evaluated_key=KEY)) == []


def test_a_page_of_a_query_is_a_megabyte(both: Both) -> None:
    """The rest follows page by page, without repetition."""
    with both.ours():
        for n in range(9):
            Row("CASE#1", str(n), words="a" * 300_000).save()
        one = both.clients["dynamodb"].query(
            TableName="redress", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": KEY["pk"]}
        )
        assert one["Count"] == 4
        assert one["LastEvaluatedKey"]["sk"] == {"S": "3"}
        assert [row.sk for row in Row.query("CASE#1")] == [str(n) for n in range(9)]


def test_a_transaction_sent_again_is_done_once(both: Both) -> None:
    """The same token is answered again for ten minutes; other actions under it are refused."""
    again, other = (
        writing([("update", (("CASE#1", "CASE"), [Row.tries.set((Row.tries | 0) + n)], None))], "token")
        for n in (1, 2)
    )
    with both.ours():
        assert [answered(again), answered(again), Row.get("CASE#1", "CASE").tries] == [None, None, 1]
        assert answered(other) == ("IdempotentParameterMismatchException", [])
        both.cloud.now = lambda: T0 + timedelta(minutes=11)
        answered(again)
        assert Row.get("CASE#1", "CASE").tries == 2


def test_four_megabytes_are_too_many_together(both: Both) -> None:
    """No single item is too large; nothing is written."""
    some = [
        ("save", (Row("CASE#1", str(n), words="a" * (LARGEST_TRANSACTION // 11)), None)) for n in range(12)
    ]
    with both.ours():
        assert answered(writing(some)) == ("ValidationException", [])
        assert list(Row.query("CASE#1")) == []
        assert answered(writing(some[:10])) is None


def test_undeleted_message_returns_until_it_is_dead() -> None:
    """A message that is not deleted is visible again after the queue's time.

    After five times it goes to the dead-letter queue.
    """
    with cloud_scenario() as scenario:
        sqs = scenario.product.client("sqs", region_name="us-east-1")
        url = scenario.product.setting("LETTERS_QUEUE")

        def got(url: str) -> int:
            return len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []))

        sqs.send_message(QueueUrl=url, MessageBody="{}")
        for _ in range(5):
            assert (got(url), got(url)) == (1, 0)
            scenario.later(timedelta(minutes=6))
        assert (got(url), got(f"{url}-dead")) == (0, 1)


def lived(scenario: Scenario) -> tuple[list[str], list[str]]:
    """Let a request for photos go unanswered until the case closes; return its moves and letters."""
    ref = scenario.submit().ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(30 * DAY, ref)
    return scenario.moves(ref), scenario.letters(ref)


def test_a_life_is_lived_alike() -> None:
    """The product, with its queues, its clock and its mails, does the same on both."""
    with moto_scenario() as scenario:
        theirs = lived(scenario)
    for road in (straight, None):
        with cloud_scenario(road) as scenario:
            assert lived(scenario) == theirs


@pytest.mark.parametrize("road", [straight, None], ids=["by wire", "at hand"])
def test_a_mail_is_taken_as_it_was_written(both: Both, road: Road | None) -> None:
    """The mail keeps its address, subject and text."""
    mail = {
        "FromEmailAddress": "a@house.example",
        "Destination": {"ToAddresses": ["b@mail.example"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "标题"},
                "Body": {"Text": {"Data": "字"}, "Html": {"Data": "<p>字</p>"}},
            }
        },
        "EmailTags": [{"Name": "ref", "Value": "1"}],
    }
    with both.ours(road):
        id = both.clients["sesv2"].send_email(**mail)["MessageId"]
        (taken,) = both.cloud.mails
        assert (taken.id, taken.to, taken.tags) == (id, "b@mail.example", {"ref": "1"})
        assert (taken.subject, taken.text) == ("标题", "<p>字</p>")

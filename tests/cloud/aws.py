"""A small AWS in memory: the services that the product calls outside its documents, with AWS's own errors.

An unknown request raises `NotBuilt`. The small AWS has no capacity limits, streams or time to live, and no
lag of secondary indexes.
"""

from __future__ import annotations

import json
import pickle
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from hashlib import md5, sha256
from itertools import count
from typing import Any

from tests.cloud.expressions import Expressions, Invalid, Item, NotBuilt
from tests.cloud.kms import Keys
from tests.cloud.refused import Refused
from tests.cloud.s3 import Files
from tests.cloud.secrets_manager import Secrets
from tests.cloud.table import Key, Table, size

MOST_TOGETHER = 100
"""The most items in a transaction, and in a batch of reads."""
LARGEST_TRANSACTION = 4 * 1024 * 1024
LARGEST_MESSAGE = 1024 * 1024
REMEMBERED = timedelta(minutes=10)
"""How long DynamoDB remembers a transaction by its token."""
ACCOUNT, REGION = "123456789012", "us-east-1"
CONDITION = "The conditional request failed"
NONE: dict[str, Any] = {"Code": "None"}


@dataclass
class Message:
    """A message in a queue: when it becomes visible, how often it was received, and its receipts."""

    id: str
    body: str
    visible: datetime
    received: int = 0
    receipts: set[str] = field(default_factory=set)


@dataclass
class Queue:
    """A queue and its settings."""

    url: str
    timeout: timedelta
    dead: str | None = None
    tries: int = 0
    messages: list[Message] = field(default_factory=list)


OF_REPLIES = ("Reply-To", "References", "Auto-Submitted")
"""The header lines about replies to a mail."""


@dataclass(frozen=True)
class Mail:
    """A mail that the mail service took, with the product's tags. `text`: its html part. `plain`: its text
    part. `headers`: the header lines about replies."""

    id: str
    to: str
    subject: str
    text: str
    plain: str
    tags: Mapping[str, str]
    files: Mapping[str, Any]
    at: datetime
    headers: Mapping[str, str]


class Cloud:
    """The account.

    `now` gives the time at which messages become visible again and tokens are forgotten. `calls` counts all
    requests; `elsewhere` counts those that moto answered.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.tables: dict[str, Table] = {}
        self.queues: dict[str, Queue] = {}
        self.secrets = Secrets()
        self.keys = Keys(REGION, ACCOUNT, lambda: self.now())
        self.files = Files(lambda: self.now())
        self.mails: list[Mail] = []
        self._tokens: dict[str, tuple[datetime, str]] = {}
        self._numbers = count(1)
        self.calls = self.elsewhere = 0

    def empty(self) -> None:
        """Delete all content; tables, queues and stores remain."""
        for table in self.tables.values():
            table.empty()
        for queue in self.queues.values():
            queue.messages.clear()
        self.mails.clear()
        self.secrets.empty()
        self.keys.empty()
        self.files.empty()
        self._tokens.clear()
        self._numbers = count(1)

    def snapshot(self) -> bytes:
        """Return all content in a form that `again` restores."""
        files = self.files.snapshot()
        return pickle.dumps((self.tables, self.queues, self.mails, self.secrets.held, self._tokens, files))

    def again(self, kept: bytes) -> None:
        """Restore this content and delete everything else."""
        self.tables, self.queues, self.mails, self.secrets.held, self._tokens, files = pickle.loads(kept)
        self.files.again(files)

    def answer(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a service's answer to a request; raise `Refused` or `NotBuilt`."""
        do = SERVICES.get(service, {}).get(operation)
        if do is None:
            raise NotBuilt(service, operation)
        try:
            return do(self, request)
        except Invalid as invalid:
            raise Refused("ValidationException", str(invalid)) from invalid

    # DynamoDB

    def table(self, request: Mapping[str, Any]) -> Table:
        """Return the table of a request."""
        try:
            return self.tables[request["TableName"]]
        except KeyError:
            raise Refused("ResourceNotFoundException", "Requested resource not found") from None

    def create_table(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Create a table, ready at once."""
        name = request["TableName"]
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
        self.tables[name] = Table({**request, "TableArn": arn, "TableStatus": "ACTIVE"})
        return {"TableDescription": self.tables[name].described}

    def describe_table(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the description of a table."""
        return {"Table": self.table(request).described}

    def get_item(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return one item, or nothing."""
        table, given = self.table(request), Expressions(request, "ProjectionExpression")
        item = table.items.get(table.key(request["Key"]))
        return {} if item is None else {"Item": given.projected(request.get("ProjectionExpression"), item)}

    def write_item(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """PutItem, DeleteItem or UpdateItem: write one item if it meets the condition."""
        table = self.table(request)
        key, was, now = _written(table, request)
        if now is MISSED:
            raise Refused("ConditionalCheckFailedException", CONDITION, **_found(request, was))
        if now is None:
            table.delete(key)
        else:
            table.put(now)
        back = {"ALL_OLD": was, "ALL_NEW": now, "NONE": None}
        if (wanted := request.get("ReturnValues", "NONE")) not in back:
            raise NotBuilt(wanted)
        return {"Attributes": back[wanted]} if back[wanted] else {}

    def query(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of a partition of a table or an index."""
        return self.table(request).query(request)

    def scan(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of a table."""
        return self.table(request).scan(request)

    def transact_write(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Write all items or none; a repeated token with the same actions is answered without writing."""
        token = request.get("ClientRequestToken")
        said = json.dumps(request, sort_keys=True) if token else ""
        if token in self._tokens and self.now() - self._tokens[token][0] < REMEMBERED:
            if self._tokens[token][1] != sha256(said.encode()).hexdigest():
                raise Refused("IdempotentParameterMismatchException")
            return {}
        actions = [(kind, one) for action in request["TransactItems"] for kind, one in action.items()]
        if not 0 < len(actions) <= MOST_TOGETHER:
            raise Invalid("'transactItems': Member must have length less than or equal to 100")
        tables = [self.table(one) for _, one in actions]
        written = [_written(table, one) for table, (_, one) in zip(tables, actions, strict=True)]
        keys = {(one["TableName"], key) for (_, one), (key, *_) in zip(actions, written, strict=True)}
        if len(keys) < len(actions):
            raise Invalid("Transaction request cannot include multiple operations on one item")
        if sum(size(now) for _, _, now in written if now and now is not MISSED) > LARGEST_TRANSACTION:
            raise Invalid("Transaction request exceeds the maximum size of 4 MB")
        reasons = [
            NONE if now is not MISSED else _missed(one, was)
            for (_, one), (_, was, now) in zip(actions, written, strict=True)
        ]
        if reasons.count(NONE) < len(reasons):
            raise cancelled(reasons)
        for table, (kind, _), (key, _, now) in zip(tables, actions, written, strict=True):
            if kind == "Delete":
                table.delete(key)
            elif kind != "ConditionCheck":
                assert now
                table.put(now)
        if token:
            self._tokens[token] = self.now(), sha256(said.encode()).hexdigest()
        return {}

    def transact_get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return several items as of one moment, in the order requested."""
        wanted = [action["Get"] for action in request["TransactItems"]]
        if not 0 < len(wanted) <= MOST_TOGETHER:
            raise Invalid("'transactItems': Member must have length less than or equal to 100")
        return {"Responses": [self.get_item(one) for one in wanted]}

    def batch_get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the requested items that exist."""
        asked = [
            (name, {**of, "TableName": name, "Key": key})
            for name, of in request["RequestItems"].items()
            for key in of["Keys"]
        ]
        keys = [(name, self.table(one).key(one["Key"])) for name, one in asked]
        if not 0 < len(asked) <= MOST_TOGETHER or len(set(keys)) < len(keys):
            raise Invalid(
                "Provided list of item keys contains duplicates"
                if len(asked) <= MOST_TOGETHER
                else "Too many items requested for the BatchGetItem call"
            )
        found: dict[str, list[Item]] = {name: [] for name in request["RequestItems"]}
        for name, one in asked:
            found[name] += self.get_item(one).values()
        return {"Responses": found, "UnprocessedKeys": {}}

    def batch_write(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Put or delete several items, each on its own and without a condition."""
        actions = [
            (self.table({"TableName": name}), kind, one)
            for name, of in request["RequestItems"].items()
            for action in of
            for kind, one in action.items()
        ]
        if not 0 < len(actions) <= 25:
            raise Invalid("'requestItems': Member must have length less than or equal to 25")
        puts = {"PutRequest": True, "DeleteRequest": False}
        keys = [
            (id(table), table.key(one["Item"], whole=True) if puts[kind] else table.key(one["Key"]))
            for table, kind, one in actions
        ]
        if len(set(keys)) < len(keys):
            raise Invalid("Provided list of item keys contains duplicates")
        for table, kind, one in actions:
            if puts[kind]:
                table.fits(one["Item"])
        for (table, kind, one), (_, key) in zip(actions, keys, strict=True):
            if puts[kind]:
                table.put(one["Item"])
            else:
                table.delete(key)
        return {"UnprocessedItems": {}}

    # SQS

    def queue(self, request: Mapping[str, Any]) -> Queue:
        """Return the queue of a request."""
        try:
            return self.queues[request["QueueUrl"]]
        except KeyError:
            raise Refused(
                "QueueDoesNotExist",
                "The specified queue does not exist.",
                query="AWS.SimpleQueueService.NonExistentQueue;Sender",
            ) from None

    def create_queue(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Create a queue."""
        url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{request['QueueName']}"
        set = request.get("Attributes", {})
        dead = json.loads(set.get("RedrivePolicy", "{}"))
        named = dead.get("deadLetterTargetArn", "").rpartition(":")[2]
        self.queues[url] = Queue(
            url,
            timedelta(seconds=int(set.get("VisibilityTimeout", 30))),
            url.rpartition("/")[0] + "/" + named if named else None,
            int(dead.get("maxReceiveCount", 0)),
        )
        return {"QueueUrl": url}

    def queue_url(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the URL of a queue."""
        url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{request['QueueName']}"
        return {"QueueUrl": self.queue({"QueueUrl": url}).url}

    def queue_attributes(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the number of messages in a queue."""
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(self.queue(request).messages))}}

    def purge_queue(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Delete every message of a queue."""
        self.queue(request).messages.clear()
        return {}

    def send_message(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Take a message, which becomes visible now or after its delay."""
        queue, body = self.queue(request), request["MessageBody"]
        if len(body.encode()) > LARGEST_MESSAGE:
            raise Refused("InvalidParameterValue", f"Message must be shorter than {LARGEST_MESSAGE} bytes.")
        at = self.now() + timedelta(seconds=request.get("DelaySeconds", 0))
        queue.messages.append(Message(f"{next(self._numbers):08}", body, at))
        return {"MessageId": queue.messages[-1].id, "MD5OfMessageBody": _md5(body)}

    def send_batch(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Take up to ten messages."""
        self.queue(request)
        if not 0 < len(request["Entries"]) <= 10:
            raise Refused("TooManyEntriesInBatchRequest" if request["Entries"] else "EmptyBatchRequest")
        if len({entry["Id"] for entry in request["Entries"]}) < len(request["Entries"]):
            raise Refused("BatchEntryIdsNotDistinct")
        sent = [
            {"Id": entry["Id"], **self.send_message({**request, **entry})} for entry in request["Entries"]
        ]
        return {"Successful": sent}

    def receive_message(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return visible messages, the oldest first.

        A message received too often goes to the dead-letter queue instead.
        """
        queue, now = self.queue(request), self.now()
        if "VisibilityTimeout" in request:
            raise NotBuilt("VisibilityTimeout")
        found: list[Message] = []
        for message in list(queue.messages):
            if message.visible > now or len(found) == request.get("MaxNumberOfMessages", 1):
                continue
            if queue.dead and message.received >= queue.tries:
                queue.messages.remove(message)
                self.queues[queue.dead].messages.append(Message(message.id, message.body, now))
                continue
            message.visible, message.received = now + queue.timeout, message.received + 1
            message.receipts.add(f"{message.id}-{message.received}")
            found.append(message)
        told = [
            {
                "MessageId": one.id,
                "ReceiptHandle": f"{one.id}-{one.received}",
                "MD5OfBody": _md5(one.body),
                "Body": one.body,
                "Attributes": {"ApproximateReceiveCount": str(one.received)},
            }
            for one in found
        ]
        return {"Messages": told} if told else {}

    def delete_message(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Delete a message by any of its receipts."""
        queue = self.queue(request)
        queue.messages = [one for one in queue.messages if request["ReceiptHandle"] not in one.receipts]
        return {}

    # SES

    def send_email(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Take a mail."""
        (to,) = request["Destination"]["ToAddresses"]
        id = f"{next(self._numbers):08}-mail"
        tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags", ())}
        ((kind, content),) = request["Content"].items()
        if kind == "Raw":
            mail = message_from_bytes(b64decode(content["Data"]), policy=policy.default)
            html = mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
            files = {
                file.get_filename(): file.get_content()  # type: ignore[attr-defined]
                for file in mail.iter_attachments()
            }
            plain = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
            headers = {name: str(mail[name]) for name in OF_REPLIES if mail[name]}
            self.mails.append(Mail(id, to, mail["Subject"], html, plain, tags, files, self.now(), headers))
        else:
            html, plain = (content["Body"][part]["Data"] for part in ("Html", "Text"))
            headers = {one["Name"]: one["Value"] for one in content.get("Headers", ())}
            headers |= dict(zip(OF_REPLIES, request.get("ReplyToAddresses", ()), strict=False))
            subject = content["Subject"]["Data"]
            self.mails.append(Mail(id, to, subject, html, plain, tags, {}, self.now(), headers))
        return {"MessageId": id}

    def get_account(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return how much mail the account may send in a day, and how much it has sent."""
        since = self.now() - timedelta(days=1)
        sent = sum(mail.at > since for mail in self.mails)
        return {"SendQuota": {"Max24HourSend": 50_000.0, "SentLast24Hours": float(sent)}}


MISSED: Item = {"": {}}
"""A mark for an item that is not written because the condition fails."""


def _written(table: Table, request: Mapping[str, Any]) -> tuple[Key, Item | None, Item | None]:
    """Return the key of a write, the present item and the item after the write.

    None stands for no item, `MISSED` for a failed condition.
    """
    given = Expressions(request, "ConditionExpression", "UpdateExpression")
    key = table.key(request["Item"], whole=True) if "Item" in request else table.key(request["Key"])
    was = table.items.get(key)
    if not given.holds(request.get("ConditionExpression"), was):
        return key, was, MISSED
    if "Item" in request:
        return key, was, table.fits(request["Item"])
    if "UpdateExpression" in request:
        after = given.updated(request["UpdateExpression"], was or request["Key"], (table.hash, table.range))
        return key, was, table.fits(after, "Item size to update has exceeded the maximum allowed size")
    return key, was, None


def _missed(one: Mapping[str, Any], was: Item | None) -> dict[str, Any]:
    return {"Code": "ConditionalCheckFailed", "Message": CONDITION, **_found(one, was)}


def _found(request: Mapping[str, Any], was: Item | None) -> dict[str, Any]:
    """Return the item that failed the condition, if the request wants it."""
    return {"Item": was} if was and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}


def cancelled(reasons: list[dict[str, Any]]) -> Refused:
    """Return the error for a cancelled transaction, with one reason for each action."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return Refused(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _md5(body: str) -> str:
    return md5(body.encode(), usedforsecurity=False).hexdigest()


Answer = Callable[[Cloud, Mapping[str, Any]], dict[str, Any]]
SERVICES: dict[str, dict[str, Answer]] = {
    "dynamodb": {
        "CreateTable": Cloud.create_table,
        "DescribeTable": Cloud.describe_table,
        "GetItem": Cloud.get_item,
        "Query": Cloud.query,
        "Scan": Cloud.scan,
        "PutItem": Cloud.write_item,
        "UpdateItem": Cloud.write_item,
        "DeleteItem": Cloud.write_item,
        "TransactWriteItems": Cloud.transact_write,
        "TransactGetItems": Cloud.transact_get,
        "BatchGetItem": Cloud.batch_get,
        "BatchWriteItem": Cloud.batch_write,
    },
    "sqs": {
        "CreateQueue": Cloud.create_queue,
        "GetQueueUrl": Cloud.queue_url,
        "GetQueueAttributes": Cloud.queue_attributes,
        "PurgeQueue": Cloud.purge_queue,
        "SendMessage": Cloud.send_message,
        "SendMessageBatch": Cloud.send_batch,
        "ReceiveMessage": Cloud.receive_message,
        "DeleteMessage": Cloud.delete_message,
    },
    "sesv2": {"SendEmail": Cloud.send_email, "GetAccount": Cloud.get_account},
    "secretsmanager": {
        "GetSecretValue": lambda cloud, request: cloud.secrets.get(request),
        "PutSecretValue": lambda cloud, request: cloud.secrets.put(request),
    },
    "kms": {
        "CreateKey": lambda cloud, request: cloud.keys.create(request),
        "DescribeKey": lambda cloud, request: cloud.keys.describe(request),
        "EnableKey": lambda cloud, request: cloud.keys.enable(request),
        "DisableKey": lambda cloud, request: cloud.keys.disable(request),
        "GetPublicKey": lambda cloud, request: cloud.keys.public_key(request),
        "Sign": lambda cloud, request: cloud.keys.sign(request),
    },
    "s3": {
        "PutObject": lambda cloud, request: cloud.files.put(request),
        "GetObject": lambda cloud, request: cloud.files.get(request),
        "HeadObject": lambda cloud, request: cloud.files.head(request),
        "CopyObject": lambda cloud, request: cloud.files.copy(request),
        "CreateMultipartUpload": lambda cloud, request: cloud.files.begin(request),
        "UploadPart": lambda cloud, request: cloud.files.part(request),
        "ListParts": lambda cloud, request: cloud.files.parts(request),
        "ListMultipartUploads": lambda cloud, request: cloud.files.uploads(request),
        "CompleteMultipartUpload": lambda cloud, request: cloud.files.complete(request),
        "DeleteObject": lambda cloud, request: cloud.files.delete(request),
        "ListObjectsV2": lambda cloud, request: cloud.files.list(request),
        "ListObjectVersions": lambda cloud, request: cloud.files.versions(request),
        "POST": lambda cloud, request: cloud.files.post(
            request["Bucket"], request["Fields"], request["File"], datetime.now(UTC)
        ),
    },
    "cognito-idp": {"ListUsers": lambda cloud, request: {"Users": []}},
}

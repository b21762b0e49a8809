"""The connection to the database. It turns the errors of DynamoDB into ours: WriteConflict, Unavailable or
Impossible. While all changes are held, it refuses to write to the table of cases."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import add_retry_headers
from botocore.parsers import JSONParser, ResponseParser, ResponseParserFactory
from botocore.serialize import JSONSerializer
from botocore.session import Session
from botocore.utils import parse_timestamp
from pynamodb.connection import Connection

from chalicelib.cases.casework import MovesHeld, Unavailable, WriteConflict

LOST = frozenset(
    {
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ConditionalCheckFailedException",
        "TransactionConflictException",
    }
)
"""The error codes of a write whose condition was false, or that failed because of another transaction at the
same time."""
NEVER = frozenset({"ValidationException", "ValidationError"})
"""The error codes of a request that can never succeed, such as a transaction that is too large."""
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
NEVER_HELD = ("STAFF", "READS#", "DESK#", "HOLDS")
"""The beginnings of the partition keys of rows that are written even then. The first are the members of staff
who are signed out. The second record who read a case, because without the record nobody may read it. The
third say which cases a member of staff has opened. The last are the hold switch itself."""


class Impossible(Exception):
    """A request to the database that can never succeed. It is our mistake and not an outage, so the caller is
    not asked to try again."""


class ItemParser(JSONParser):  # type: ignore[misc]
    """A parser of answers that returns those with items of DynamoDB as they came. botocore's own parser looks
    in each value for each of the ten types that a value can have, which took a third of the CPU of a page
    with a list. It would change binary values only, and our tables have none."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:
        if shape.name in WITH_ITEMS:
            return self._parse_body_as_json(raw_body)
        return super()._handle_json_body(raw_body, shape)


WITH_ITEMS = frozenset(
    f"{name}Output"
    for name in ("GetItem", "PutItem", "Query", "BatchGetItem", "TransactGetItems", "TransactWriteItems")
)
"""The names of the answers that `ItemParser` returns as they came."""
ITEMS = ItemParser()
"""The parser of all answers in JSON. It has no state."""


class ItemSerializer(JSONSerializer):  # type: ignore[misc]
    """A writer of requests to DynamoDB that passes on what pynamodb made, for the same reason. botocore's own
    would change binary values only."""

    def serialize_to_request(self, parameters: dict[str, Any], operation_model: Any) -> dict[str, Any]:
        """Return the parts of the request of an operation."""
        said = operation_model.metadata
        headers = {
            "X-Amz-Target": f"{said['targetPrefix']}.{operation_model.name}",
            "Content-Type": f"application/x-amz-json-{said['jsonVersion']}",
        }
        made: dict[str, Any] = self._create_default_request()
        return made | {"method": "POST", "headers": headers, "body": json.dumps(parameters).encode()}


def prepared(request: AWSRequest) -> AWSPreparedRequest:
    """Return a request as it is sent. botocore's own function copies each header four times."""
    headers = {**dict(request.headers.raw_items()), "Content-Length": str(len(request.data))}
    return AWSPreparedRequest(request.method, request.url, headers, request.data, False, request.context)


def moment(said: Any) -> datetime:
    """Return a moment of an answer. botocore's own parser guesses the form, which took most of the CPU of a
    list of many files; ISO 8601 needs no guess."""
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(said)
    parsed: datetime = parse_timestamp(said)
    return parsed


class Parsers(ResponseParserFactory):  # type: ignore[misc]
    """The parsers of answers by protocol: ours for JSON, botocore's for the others."""

    def __init__(self) -> None:
        super().__init__()
        self.set_parser_defaults(timestamp_parser=moment)

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """Return the parser of a protocol."""
        return ITEMS if protocol_name == "json" else super().create_parser(protocol_name)


class Once:
    """A function whose first answer counts for all calls. It stands before botocore's resolver of endpoints,
    which works out the same address for each call of a client, as our requests name no table by its ARN."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self._answer, self._known = answer, None

    def __call__(self, **asked: Any) -> Any:
        if self._known is None:
            self._known = self._answer(**asked)
        return self._known


class Translated(Connection):
    """A connection that raises WriteConflict, Unavailable or Impossible if the database refuses a call.
    `date` is the database's own time at its last answer, as in the HTTP header; empty before the first
    answer. `cases` is the name of the table of cases. Raises MovesHeld for a write to it while `moves_held`
    says so. It is asked at such writes only, so a page that is only read costs no call for it."""

    date, cases = "", ""
    moves_held: ClassVar[Callable[[], bool]] = staticmethod(lambda: False)

    @property
    def session(self) -> Session:
        """Return the session of all clients, whose answers our parsers read. The clients name themselves by a
        fixed text, because botocore writes its own text for each call, which took a fifteenth of it."""
        made = super().session
        made.register_component("response_parser_factory", Parsers())
        made.set_default_client_config(Config(user_agent="redress"))
        return made

    @property
    def client(self) -> Any:
        """Return the client of the database, which writes requests by our `ItemSerializer`."""
        made = super().client
        if not isinstance(made._serializer, ItemSerializer):
            made._serializer, resolver = ItemSerializer(), made._ruleset_resolver
            resolver.construct_endpoint = Once(resolver.construct_endpoint)
            made._endpoint.prepare_request = prepared
            # the first writes headers for AWS's statistics of retries, the second our fixed name once more
            of_agent, events = (
                made._user_agent_creator.rebuild_and_replace_user_agent_handler,
                made.meta.events,
            )
            events.unregister("request-created", add_retry_headers)
            events.unregister(f"request-created.{made.meta.service_model.service_id.hyphenize()}", of_agent)
        return made

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of the database to a call. pynamodb's own method tells listeners of each call,
        and asks for the capacity that it used; we use neither."""
        return self._make_api_call(operation_name, operation_kwargs)

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        if operation_name in WRITES and self._of_cases(operation_kwargs) and Translated.moves_held():
            raise MovesHeld("moves")
        try:
            answered = super()._make_api_call(operation_name, operation_kwargs)
            self.date = answered.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
            return answered
        except (BotoCoreError, ClientError) as error:
            # A broken connection has no answer: the error's response is None or missing.
            said = getattr(error, "response", None) or {}
            reasons = filter(None, getattr(error, "cancellation_reasons", ()))
            codes = {said.get("Error", {}).get("Code", ""), *(reason.code for reason in reasons)}
            raise _ours(codes) from error

    def _of_cases(self, asked: Mapping[str, Any]) -> bool:
        """Return whether a write, or a part of a transaction, is one to the table of cases that can be
        held."""
        if "TransactItems" in asked:
            return any(self._of_cases(one) for part in asked["TransactItems"] for one in part.values())
        key = (asked.get("Key") or asked.get("Item") or {}).get("pk", {}).get("S", "")
        return asked.get("TableName", self.cases) == self.cases and not key.startswith(NEVER_HELD)


def _ours(codes: set[str]) -> Exception:
    if codes & LOST:
        return WriteConflict()
    return Impossible(*codes & NEVER) if codes & NEVER else Unavailable("case file")

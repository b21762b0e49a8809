"""The parser of the database's answers and the writer of its requests, against those of botocore."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer
from botocore.session import get_session
from botocore.utils import parse_timestamp
from hypothesis import given, strategies as st

from chalicelib.aws.translated import ItemSerializer, Parsers, Translated, moment

ITEM: dict[str, Any] = {
    "pk": {"S": "CASE#1"},
    "n": {"N": "12.5"},
    "kinds": {"SS": ["a", "b"]},
    "true": {"BOOL": True},
    "none": {"NULL": True},
    "deep": {"M": {"list": {"L": [{"S": "长"}, {"N": "1"}]}}},
}
USED = {"TableName": "t", "CapacityUnits": 1.5}
ANSWERS: dict[str, dict[str, Any]] = {
    "GetItem": {"Item": ITEM, "ConsumedCapacity": USED},
    "Query": {"Items": [ITEM, {}], "Count": 2, "LastEvaluatedKey": {"pk": {"S": "CASE#1"}}},
    "BatchGetItem": {"Responses": {"t": [ITEM]}, "UnprocessedKeys": {"t": {"Keys": [{"pk": {"S": "x"}}]}}},
    "TransactGetItems": {"Responses": [{"Item": ITEM}, {}]},
}
KEY = {"pk": {"S": "CASE#1"}, "sk": {"S": "ENTRY#000001"}}
VALUES = {"ExpressionAttributeNames": {"#0": "pk"}, "ExpressionAttributeValues": {":0": {"SS": ["长"]}}}
REQUESTS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "t", "Key": KEY, "ConsistentRead": True},
    "Query": {"TableName": "t", "Limit": 25, "ExclusiveStartKey": KEY, **VALUES},
    "BatchGetItem": {"RequestItems": {"t": {"Keys": [KEY, KEY], "ProjectionExpression": "#0"}}},
    "BatchWriteItem": {"RequestItems": {"t": [{"PutRequest": {"Item": ITEM}}]}},
    "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM, **VALUES}}]},
}
REFUSED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "cancelled",
    "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": ITEM}],
}


@pytest.mark.parametrize("name", [*ANSWERS, "refusal"])
def test_parser_reads_an_answer_as_botocore_does(name: str) -> None:
    """Items, keys, counts and the reasons of a refusal come out as botocore's own parser returns them."""
    of = get_session().get_service_model("dynamodb")
    shape = of.shape_for(f"{name}Output" if name in ANSWERS else "TransactionCanceledException")
    status, said = (200, ANSWERS[name]) if name in ANSWERS else (400, REFUSED)
    answer = {"status_code": status, "headers": {"Date": "x"}, "body": json.dumps(said).encode()}
    ours, theirs = (
        one.create_parser(of.resolved_protocol).parse(answer, shape)
        for one in (Parsers(), ResponseParserFactory())
    )
    assert ours == theirs


@pytest.mark.parametrize("name", REQUESTS)
def test_serializer_writes_a_request_as_botocore_does(name: str) -> None:
    """Items, keys and values of expressions are written as botocore's own serializer writes them."""
    of = get_session().get_service_model("dynamodb")
    ours, theirs = (
        one.serialize_to_request(REQUESTS[name], of.operation_model(name))
        for one in (ItemSerializer(), create_serializer(of.resolved_protocol, False))
    )
    assert ours == theirs


@given(
    st.one_of(
        st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
        st.floats(0, 4e9).map(lambda seconds: round(seconds, 3)),
        st.just("Tue, 01 Dec 2026 06:00:00 GMT"),
    )
)
def test_parser_reads_a_moment_as_botocore_does(said: Any) -> None:
    """A moment in ISO 8601, in seconds or as in a header comes out as botocore's own parser returns it."""
    assert moment(said) == parse_timestamp(said)


def test_endpoint_is_worked_out_once() -> None:
    """The address of the database is the one of botocore, and a second call does not work it out again."""
    ours = Translated(region="eu-central-1").client
    theirs = get_session().create_client("dynamodb", "eu-central-1")
    model, asked = ours.meta.service_model.operation_model("BatchGetItem"), REQUESTS["BatchGetItem"]
    found = [one._resolve_endpoint_ruleset(model, asked, {}) for one in (ours, ours, theirs)]
    assert found[0] == found[2]
    assert found[1][0] is found[0][0]


def test_request_is_sent_with_the_headers_that_are_signed() -> None:
    """A request goes out with the content and headers of botocore's own but for its statistics, and the
    signature is that of what is sent."""
    sent = []

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.append(request)
        made = AWSResponse(request.url, 200, {}, None)
        made._content = b"{}"
        return made

    for client in (Translated(region="eu-central-1").client, plain()):
        client.meta.events.register_first("before-send.dynamodb", answer)
        client.get_item(**REQUESTS["GetItem"])
    ours, theirs = sent
    assert (ours.url, ours.body) == (theirs.url, theirs.body)
    statistics = {"amz-sdk-invocation-id", "amz-sdk-request"}
    names = {name.lower() for name in theirs.headers} - statistics
    assert {name.lower() for name in ours.headers} == names
    for name in ("X-Amz-Target", "Content-Type", "Content-Length"):
        assert text(ours.headers[name]) == text(theirs.headers[name])
    assert text(ours.headers["User-Agent"]) == "redress"
    assert signed_again(ours) == text(ours.headers["Authorization"])


def plain() -> Any:
    """Return a client of the database as botocore makes it."""
    return get_session().create_client("dynamodb", "eu-central-1")


def text(header: str | bytes) -> str:
    """Return a header as text."""
    return header.decode() if isinstance(header, bytes) else header


def signed_again(sent: AWSPreparedRequest) -> str:
    """Return the signature that botocore computes of a request as it was sent, at its own time."""
    headers = {name: text(value) for name, value in sent.headers.items()}
    given = headers.pop("Authorization")
    named = given.split("SignedHeaders=")[1].split(",")[0].split(";")
    kept = {name: value for name, value in headers.items() if name.lower() in named}
    again = AWSRequest(sent.method, sent.url, kept, sent.body)
    again.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(get_session().get_credentials(), "dynamodb", "eu-central-1")
    of = signer.string_to_sign(again, signer.canonical_request(again))
    return f"{given.split('Signature=')[0]}Signature={signer.signature(of, again)}"

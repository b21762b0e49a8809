"""The parser of the database's answers and the writer of its requests, against those of botocore."""

from __future__ import annotations

import json
from typing import Any

import pytest
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

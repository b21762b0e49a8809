"""The parser of the database's answers, against that of botocore."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.parsers import ResponseParserFactory
from botocore.session import get_session
from botocore.utils import parse_timestamp
from hypothesis import given, strategies as st

from chalicelib.aws.translated import Parsers, moment

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

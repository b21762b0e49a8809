"""Reads of several rows by their keys."""

from __future__ import annotations

import json

from botocore.awsrequest import AWSResponse

from chalicelib.aws.rows import Row
from tests.cloud.scenario import cloud_scenario
from tests.cloud.session import Apply, Call, response

WRITTEN, ANSWERED = 230, 40
"""The number of rows, and the most rows in one answer of the busy database."""


def test_beginning_reads_every_page_of_a_partition() -> None:
    """A query whose answer ends early goes on behind its last row. Rows outside the range are left out."""
    asked = list[int]()

    def cut(call: Call, apply: Apply) -> AWSResponse:
        if {"S": "P"} not in call.request.get("ExpressionAttributeValues", {}).values():
            return apply()
        found = json.loads(apply().content)["Items"]
        asked.append(len(found))
        last = {name: found[ANSWERED - 1][name] for name in ("pk", "sk")} if found[ANSWERED:] else None
        more = {"LastEvaluatedKey": last} if last else {}
        return response(call, 200, {"Items": found[:ANSWERED], **more})

    with cloud_scenario(cut):
        with Row.batch_write() as write:
            for n in range(100):
                write.save(Row("P", f"A#{n:03}"))
            write.save(Row("P", "B#000"))
        begin = [row.sk for row in Row.beginning("P", "A#")]
        pages, between = len(asked), [row.sk for row in Row.beginning("P", "A#010", "A#020")]
    assert begin == [f"A#{n:03}" for n in range(100)]
    assert pages == 3
    assert between == [f"A#{n:03}" for n in range(10, 21)]


def test_several_reads_every_row_of_a_busy_table() -> None:
    """More keys than one batch has, and keys that the database did not get to, are asked for again. Rows
    that do not exist are left out."""
    asked = list[int]()

    def busy(call: Call, apply: Apply) -> AWSResponse:
        if call.operation != "BatchGetItem":
            return apply()
        ((table, of),) = call.request["RequestItems"].items()
        asked.append(len(of["Keys"]))
        found = json.loads(apply().content)["Responses"][table]
        left = [{name: row[name] for name in ("pk", "sk")} for row in found[ANSWERED:]]
        unread = {table: {**of, "Keys": left}} if left else {}
        return response(call, 200, {"Responses": {table: found[:ANSWERED]}, "UnprocessedKeys": unread})

    with cloud_scenario(busy):
        keys = [(f"P{n % 7}", f"{n:03}") for n in range(WRITTEN)]
        with Row.batch_write() as write:
            for pk, sk in keys:
                write.save(Row(pk, sk, body=sk, words="long"))
        found = [*Row.several([*keys, ("P0", "none")], only=["pk", "sk", "body"])]
    assert sorted((row.pk, row.sk) for row in found) == sorted(keys)
    assert all(row.body == row.sk for row in found)
    assert {row.words for row in found} == {None}
    assert max(asked) == 100

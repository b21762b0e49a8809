"""Tests run on the resources of the template."""

from __future__ import annotations

import boto3
from moto import mock_aws

from infra.resources import create_all


@mock_aws
def test_tests_get_what_the_template_defines() -> None:
    """Table, indexes, time to live, queues with redrive and secrets come from resources.yaml; settings come
    from overrides.yaml."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    settings = create_all(session.client, Shards="4")
    table = session.client("dynamodb").describe_table(TableName=settings["TABLE"])["Table"]
    assert {
        index["IndexName"]: index["Projection"]["ProjectionType"] for index in table["GlobalSecondaryIndexes"]
    } == {"due": "KEYS_ONLY", "list": "INCLUDE", "pool": "INCLUDE"}
    expiry = session.client("dynamodb").describe_time_to_live(TableName=settings["TABLE"])[
        "TimeToLiveDescription"
    ]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    queue = session.client("sqs").get_queue_attributes(
        QueueUrl=settings["LETTERS_QUEUE"], AttributeNames=["All"]
    )["Attributes"]
    assert (queue["VisibilityTimeout"], "redress-letters-dead" in queue["RedrivePolicy"]) == ("360", True)
    for name in ("LINK_KEY_ARN", "LOOKUP_KEY_ARN", "RECORD_KEY_ARN", "HOOK_KEY_ARN"):
        assert (
            len(session.client("secretsmanager").get_secret_value(SecretId=settings[name])["SecretString"])
            == 64
        )
    assert settings["SHARDS"] == "4"
    assert all(isinstance(value, str) for value in settings.values())

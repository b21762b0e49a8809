"""The restore of a table on moto and a fake CloudFormation: what DynamoDB does not keep, and what is
denied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra import deploy, template
from infra.build import Broken
from infra.resources import create_all
from infra.restore import NEEDED, Stack, Tables, lacking
from tests.infra import formation as fake

MOTO_LOSES = ["billing"]
"""The settings that DynamoDB keeps in a restored table, and moto does not."""
NEW = "redress-20260212T010000Z"


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an account with the tables of the template, as the template equips them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        create_all(deploy.client)
        client = deploy.client("dynamodb")
        recovery = {"PointInTimeRecoveryEnabled": True}
        client.update_continuous_backups(TableName="redress", PointInTimeRecoverySpecification=recovery)
        client.update_table(TableName="redress", DeletionProtectionEnabled=True)
        arn = client.describe_table(TableName="redress")["Table"]["TableArn"]
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "consumers"}])
        yield client


@pytest.fixture(autouse=True)
def account(dynamodb: Any) -> None:
    """An account with a bucket for packages."""
    deploy.client("s3").create_bucket(Bucket="packages")


def stack(**parameters: str) -> tuple[Stack, fake.Formation]:
    """Return a deployed stack with these parameters, and its CloudFormation."""
    canary = {"Type": "Canary10Percent5Minutes", "Hooks": {"PreTraffic": "CheckRelease"}}
    site = {"CodeUri": "s3://packages/redress/1.zip", "DeploymentPreference": canary}
    resources = {
        "Table": {"Type": "AWS::DynamoDB::Table", **template.RETAINED},
        "APIHandler": {"Type": "AWS::Serverless::Function", "Properties": site},
    }
    made = fake.Stack(
        "UPDATE_COMPLETE",
        {"Hold": "", "TableName": "", "PublicUrl": "https://complaints.example", **parameters},
        {"Resources": resources, "Parameters": {"Hold": {}, "TableName": {}, "PublicUrl": {}}},
        {"Table": "redress"},
    )
    formation = fake.Formation(deploy.client("s3"), redress=made)
    clients = lambda name: formation if name == "cloudformation" else deploy.client(name)  # noqa: E731
    return Stack(clients, "redress"), formation


def test_restored_table_has_all_settings(dynamodb: Any) -> None:
    """DynamoDB restores neither expiry nor recovery, tags or protection; afterwards the two do not differ."""
    tables = Tables(dynamodb)
    assert tables.state(NEW) == ""
    tables.restore("redress", NEW, datetime.now(UTC) - timedelta(hours=1))
    assert tables.state(NEW) == "ACTIVE"
    assert {"expires", "tags", "protected"} & {*tables.differences(NEW, "redress")}
    tables.equip(NEW, "redress")
    assert tables.differences(NEW, "redress") == MOTO_LOSES
    assert {"due", "list", "pool"} == {
        one["IndexName"] for one in dynamodb.describe_table(TableName=NEW)["Table"]["GlobalSecondaryIndexes"]
    }
    tables.equip(NEW, "redress")
    assert tables.differences(NEW, "redress") == MOTO_LOSES


def test_a_partition_is_copied_into_the_restored_table(dynamodb: Any) -> None:
    """Rows with the same keys are replaced, and rows of other partitions stay where they are."""
    tables = Tables(dynamodb)
    tables.restore("redress", NEW, datetime.now(UTC) - timedelta(hours=1))
    key = lambda pk, sk: {"pk": {"S": pk}, "sk": {"S": sk}}  # noqa: E731
    for pk, sk in (("HOLDS", "VERSION#000001"), ("HOLDS", "VERSION#000002"), ("CASE#1", "CASE")):
        dynamodb.put_item(TableName="redress", Item={**key(pk, sk), "body": {"S": "present"}})
    dynamodb.put_item(TableName=NEW, Item={**key("HOLDS", "VERSION#000001"), "body": {"S": "old"}})
    tables.carry("HOLDS", "redress", NEW)
    found = dynamodb.scan(TableName=NEW)["Items"]
    assert {(item["pk"]["S"], item["sk"]["S"][-1], item["body"]["S"]) for item in found} == {
        ("HOLDS", "1", "present"),
        ("HOLDS", "2", "present"),
    }


def test_missing_index_is_a_difference(dynamodb: Any) -> None:
    """A table that somebody made by hand is not taken over."""
    dynamodb.create_table(
        TableName=NEW,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    tables = Tables(dynamodb)
    tables.equip(NEW, "redress")
    assert tables.differences(NEW, "redress") == ["indexes"]


def test_writing_is_denied_to_everybody_and_reading_to_nobody(dynamodb: Any) -> None:
    """The policy of the table denies all writes, by statements of PartiQL too."""
    Tables(dynamodb).deny("redress")
    arn = dynamodb.describe_table(TableName="redress")["Table"]["TableArn"]
    (statement,) = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", "*", arn)
    assert {action.partition(":")[2] for action in statement["Action"]} == {
        "BatchWriteItem",
        "DeleteItem",
        "PutItem",
        "UpdateItem",
        "PartiQLDelete",
        "PartiQLInsert",
        "PartiQLUpdate",
    }


def test_denied_writing_is_allowed_again(dynamodb: Any) -> None:
    """Nothing is left of the policy."""
    Tables(dynamodb).deny("redress")
    Tables(dynamodb).allow("redress")
    arn = dynamodb.describe_table(TableName="redress")["Table"]["TableArn"]
    with pytest.raises(ClientError, match="PolicyNotFound"):
        dynamodb.get_resource_policy(ResourceArn=arn)


def test_table_without_recovery_has_no_window(dynamodb: Any) -> None:
    """Recovery to a moment is off on it."""
    off = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(TableName="redress", PointInTimeRecoverySpecification=off)
    assert Tables(dynamodb).window("redress") is None


def test_stack_takes_over_a_table_and_keeps_its_parameters() -> None:
    """The other parameters keep their values, and an equal value changes nothing."""
    restored, formation = stack()
    assert restored.table() == "redress"
    restored.change(Hold="mail,moves")
    restored.change(TableName=NEW)
    restored.change(TableName=NEW)
    assert formation.calls == ["update", "update"]
    assert restored.table() == NEW
    assert restored.deployed().parameters["PublicUrl"] == "https://complaints.example"
    assert restored.deployed().parameters["Hold"] == "mail,moves"


def test_each_change_publishes_a_version_at_once() -> None:
    """Otherwise the version in use keeps its settings, and a canary holds a tenth of the requests first."""
    restored, formation = stack()
    published = []
    for hold in ("moves", "mail", "moves"):
        restored.change(Hold=hold)
        site = formation.stacks["redress"].template["Resources"]["APIHandler"]["Properties"]
        assert site["DeploymentPreference"] == {"Type": "AllAtOnce"}
        published.append(site["AutoPublishCodeSha256"])
    assert len({*published}) == len(published)


def test_absent_or_changing_stack_is_refused() -> None:
    """One sentence says which, and what to do."""
    restored, formation = stack()
    formation.stacks["redress"].status = "UPDATE_IN_PROGRESS"
    with pytest.raises(Broken, match="is being changed"):
        restored.deployed()
    formation.stacks.clear()
    with pytest.raises(Broken, match="There is no stack redress"):
        restored.deployed()


def test_stack_that_cannot_be_changed_is_told() -> None:
    """The sentence names what failed; the parameters are as before."""
    restored, formation = stack()
    formation.fails["Table"] = "a role is missing"
    with pytest.raises(Broken, match="Table: a role is missing"):
        restored.change(Hold="mail")
    assert restored.deployed().parameters["Hold"] == ""


def test_release_that_deletes_its_table_is_told() -> None:
    """The template that is deployed counts, not the one of this release."""
    restored, formation = stack()
    assert restored.retains()
    formation.stacks["redress"].template["Resources"]["Table"] = {"Type": "AWS::DynamoDB::Table"}
    assert not restored.retains()


def clients(arn: str, denied: set[str], error: bool = False) -> deploy.Clients:
    """Return clients of an operator with this ARN who lacks these rights."""

    def simulate(PolicySourceArn: str, ActionNames: list[str]) -> dict[str, Any]:
        if error:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "SimulatePrincipalPolicy")
        assert PolicySourceArn in ("arn:aws:iam::1:user/wang", "arn:aws:iam::1:role/path/Operators")
        decide = lambda name: "implicitDeny" if name in denied else "allowed"  # noqa: E731
        return {
            "EvaluationResults": [
                {"EvalActionName": name, "EvalDecision": decide(name)} for name in ActionNames
            ]
        }

    sts = SimpleNamespace(get_caller_identity=lambda: {"Arn": arn})
    role = {"Role": {"Arn": "arn:aws:iam::1:role/path/Operators"}}
    iam = SimpleNamespace(simulate_principal_policy=simulate, get_role=lambda RoleName: role)
    return lambda service: {"sts": sts, "iam": iam}[service]


@pytest.mark.parametrize("arn", ["arn:aws:iam::1:user/wang", "arn:aws:sts::1:assumed-role/Operators/wang"])
def test_rights_are_asked_of_the_user_or_the_role(arn: str) -> None:
    """A session of a role has the rights of the role."""
    assert lacking(clients(arn, set())) == []
    assert lacking(clients(arn, {"s3:PutObject"})) == ["s3:PutObject"]
    assert "s3:PutObject" in NEEDED


def test_rights_that_cannot_be_asked_are_told() -> None:
    """The sentence names the two rights, and the option that goes on without them."""
    with pytest.raises(Broken, match="--unchecked"):
        lacking(clients("arn:aws:iam::1:user/wang", set(), error=True))

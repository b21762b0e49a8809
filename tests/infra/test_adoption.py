"""Retention and adoption: a stack leaves the stores that nobody can make again, and another adopts them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra import template
from infra.resources import described
from tests.closed import complete
from tests.infra.conftest import branches

Template = dict[str, Any]
GOES = {
    "AWS::ApiGateway::BasePathMapping": "made from the template",
    "AWS::ApiGateway::DomainName": "made from the template",
    "AWS::Athena::WorkGroup": "made from the template: its results are computed again",
    "AWS::Backup::BackupPlan": "made from the template",
    "AWS::Backup::BackupSelection": "made from the template",
    "AWS::Backup::BackupVault": "stays by a policy of its own, and a new stack makes another one",
    "AWS::Budgets::Budget": "made from the template",
    "AWS::CloudTrail::Trail": "made from the template: what it has recorded stays in its bucket",
    "AWS::CloudWatch::Alarm": "made from the template",
    "AWS::CloudWatch::CompositeAlarm": "made from the template",
    "AWS::CloudWatch::Dashboard": "made from the template",
    "AWS::Cognito::UserPoolClient": "made from the template: staff sign in again",
    "AWS::Cognito::UserPoolDomain": "made from the template",
    "AWS::EMRServerless::Application": "made from the template",
    "AWS::Events::Rule": "made from the template",
    "AWS::Glue::Database": "made from the template: each run defines its tables again",
    "AWS::GuardDuty::MalwareProtectionPlan": "made from the template",
    "AWS::IAM::Policy": "made from the template",
    "AWS::IAM::Role": "made from the template",
    "AWS::Lambda::Function": "made from the template: only the check of a release, which has no package",
    "AWS::Lambda::Permission": "made from the template",
    "AWS::Logs::QueryDefinition": "made from the template",
    "AWS::Logs::LogGroup": "kept for 90 days for the search of faults; the record is in the table",
    "AWS::S3::BucketPolicy": "made from the template: the bucket stays closed to the public without it",
    "AWS::SES::ConfigurationSet": "made from the template",
    "AWS::SES::ConfigurationSetEventDestination": "made from the template",
    "AWS::SES::ReceiptRule": "made from the template",
    "AWS::SES::ReceiptRuleSet": "made from the template",
    "AWS::SNS::Subscription": "made from the template; the recipient of alarms confirms again",
    "AWS::SNS::Topic": "holds no message that its queue does not have",
    "AWS::SNS::TopicPolicy": "made from the template",
    "AWS::SQS::Queue": "its messages name rows that stay due, and the clock sends them again",
    "AWS::SQS::QueuePolicy": "made from the template",
    "AWS::Serverless::Api": "made from the template",
    "AWS::Serverless::Function": "made from the package",
    "AWS::Serverless::LayerVersion": "made from the package",
    "AWS::WAFv2::WebACL": "made from the template",
    "AWS::WAFv2::WebACLAssociation": "made from the template",
}
"""The types of resources that go with the stack, with the reason why nothing is lost."""
GOES_ALONE = {"MessagesKey": "encrypts queues and topics, which go with the stack"}
"""Resources that go although others of their type stay, with the reason."""
STORES = (
    ("Table", "TableName", "t-1", "arn:aws:dynamodb:eu-west-1:123456789012:table/t-1"),
    ("Sessions", "SessionsName", "t-2", "arn:aws:dynamodb:eu-west-1:123456789012:table/t-2"),
    ("Evidence", "EvidenceBucket", "b-1", "arn:aws:s3:::b-1"),
    ("Sealed", "SealedBucket", "b-2", "arn:aws:s3:::b-2"),
    ("Figures", "FiguresBucket", "b-3", "arn:aws:s3:::b-3"),
    ("AccessTrailFiles", "AccessTrailFilesBucket", "b-4", "arn:aws:s3:::b-4"),
    ("TablesKey", "TablesKeyId", "k-1", "arn:aws:kms:eu-west-1:123456789012:key/k-1"),
    ("FilesKey", "FilesKeyId", "k-2", "arn:aws:kms:eu-west-1:123456789012:key/k-2"),
    ("SealingKey", "SealingKeyId", "k-3", "arn:aws:kms:eu-west-1:123456789012:key/k-3"),
    (
        "MultiRegionSealingKey",
        "MultiRegionSealingKeyId",
        "mrk-4",
        "arn:aws:kms:eu-west-1:123456789012:key/mrk-4",
    ),
    ("LinkKey", "LinkKeyArn", "arn:aws:secretsmanager:1", "arn:aws:secretsmanager:1"),
    ("HookKey", "HookKeyArn", "arn:aws:secretsmanager:4", "arn:aws:secretsmanager:4"),
    ("LookupKey", "LookupKeyArn", "arn:aws:secretsmanager:2", "arn:aws:secretsmanager:2"),
    ("RecordKey", "RecordKeyArn", "arn:aws:secretsmanager:3", "arn:aws:secretsmanager:3"),
    ("StaffPool", "StaffPoolId", "p_1", "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/p_1"),
)
"""Each store, the parameter that adopts it, what Ref returns of it, and its ARN."""


def test_every_resource_stays_or_has_a_reason_to_go(packaged: Template) -> None:
    """A resource is retained on deletion and on replacement, or its type has a reason."""
    left = {
        name: resource
        for name, resource in packaged["Resources"].items()
        if not template.RETAINED.items() <= resource.items()
    }
    complete(
        GOES,
        {one["Type"] for name, one in left.items() if name not in GOES_ALONE},
        "tests/infra/test_adoption.py",
        "retain it, or say why nothing is lost",
    )
    assert {*GOES_ALONE} <= {*left}


def test_production_is_the_default(packaged: Template) -> None:
    """A stack is in production unless its operator says otherwise."""
    assert packaged["Parameters"]["Production"]["Default"] == "yes"


def test_every_store_can_be_adopted(packaged: Template) -> None:
    """Each store has a parameter, which is empty by default."""
    owned = template.stores(packaged)
    assert owned == {name: parameter for name, parameter, _, _ in STORES}
    assert {packaged["Parameters"][parameter]["Default"] for parameter in owned.values()} == {""}


@pytest.mark.parametrize(("store", "parameter", "value", "arn"), STORES)
def test_adopted_store_takes_the_place_of_the_made_one(
    packaged: Template, store: str, parameter: str, value: str, arn: str
) -> None:
    """A stack that adopts a store is the stack that has made it: functions, rights, alarms and outputs are
    the same to the letter, and the store is not made again."""
    adopting, making = (
        described(
            "eu-west-1",
            AccessTrail="yes",
            ReplicaRegion="eu-west-2",
            **{parameter: adopted} if adopted else {},
        )
        for adopted in (value, "")
    )
    making.made[store] = {"Ref": value, "Arn": arn, "Id": value}
    for stack in (adopting, making):
        stack.conditions = packaged["Conditions"]
        stack.values |= {name: "" for name in packaged["Parameters"] if name not in stack.values}
    rest = {
        name: resource
        for name, resource in packaged["Resources"].items()
        if not resource.get("Condition", "").endswith(f"Makes{store}")
    }
    for part in (rest, packaged["Globals"], packaged["Outputs"]):
        assert adopting.resolve(part) == making.resolve(part)
    made = packaged["Resources"][store]["Condition"]
    assert (adopting.holds(made), making.holds(made)) == (False, True)


def test_no_reference_escapes_adoption(packaged: Template) -> None:
    """A stack that adopts everything has no reference to a store of its own."""
    owned = {*template.stores(packaged)}
    made = {
        name: resource
        for name, resource in packaged["Resources"].items()
        if not resource.get("Condition", "").endswith(tuple(f"Makes{store}" for store in owned))
    }
    for part in (made, packaged["Globals"], packaged["Outputs"]):
        assert not owned & {*template.references(branches(part, lambda store: True))}


@pytest.mark.parametrize(
    "reference",
    [
        {"Fn::GetAtt": ["Table", "StreamArn"]},
        {"Fn::Sub": ["${Table} ${other}", {"other": "x"}]},
        {"Fn::Sub": "${Table.StreamArn}"},
    ],
)
def test_reference_in_another_form_is_refused(reference: Any) -> None:
    """A reference that adoption cannot replace breaks the build, instead of naming a table that is not
    made."""
    small = {
        "Parameters": {},
        "Conditions": {},
        "Globals": {},
        "Outputs": {"Lost": {"Value": reference}},
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table", **template.RETAINED}},
    }
    with pytest.raises(template.Unknown, match="Table"):
        template.adoptable(small)


def test_groups_are_made_with_their_pool_only(packaged: Template) -> None:
    """An adopted pool has its groups, and with them the memberships of staff."""
    groups = [one for one in packaged["Resources"].values() if one["Type"] == "AWS::Cognito::UserPoolGroup"]
    assert {one["Condition"] for one in groups} == {"MakesStaffPool"}


def test_template_is_within_the_limits_of_cloudformation(packaged: Template, expanded: Template) -> None:
    """The quotas of CloudFormation hold before and after SAM's expansion."""
    for one in (packaged, expanded):
        assert len(json.dumps(one, ensure_ascii=False).encode()) < 1_000_000
        assert len(one["Resources"]) <= 500
        assert len(one["Parameters"]) <= 200
        assert len(one["Outputs"]) <= 200
        assert max(map(len, strings(one["Parameters"]))) <= 4_000


def strings(node: Any) -> Iterator[str]:
    """Yield every text in a part of a template."""
    match node:
        case str():
            yield node
        case dict():
            for value in node.values():
                yield from strings(value)
        case list():
            for value in node:
                yield from strings(value)

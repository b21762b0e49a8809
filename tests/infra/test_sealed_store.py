"""The archive of sealed agreements and the sealing key of the template, and the rights on both."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws.ledger import LOCKED
from infra import template
from infra.resources import create_all

Resources = dict[str, Any]
LEDGER = {"LettersRole": "sent", "PostRole": "sent", "PostEventsRole": "sent", "DestroyRole": "erased"}
"""The functions that enter something in the ledger, each with its folder."""


def rights(resources: Resources, service: str) -> set[tuple[str, str, str]]:
    """Return each right of a function on archive or key: role, action, resource."""
    found = set()
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role" and "Policies" in resource["Properties"]:
            for line in (
                line
                for policy in resource["Properties"]["Policies"]
                for line in policy["PolicyDocument"]["Statement"]
            ):
                actions = [line["Action"]] if isinstance(line["Action"], str) else line["Action"]
                on = json.dumps(line.get("Resource", ""))  # none has NotResource
                found |= {
                    (name, action, on)
                    for action in actions
                    if action.startswith(f"{service}:") and "Seal" in on
                }
    return found


def test_the_archive_is_private_locked_and_outlives_the_stack() -> None:
    """The bucket has no public access; it is encrypted, versioned and locked, and takes TLS only. Bucket and
    key outlive the stack."""
    resources = template.infrastructure()["Resources"]
    bucket = resources["Sealed"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert bucket["ObjectLockEnabled"] is True
    [tls] = resources["SealedPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    for name in ("Sealed", "SealingKey"):
        assert (resources[name]["DeletionPolicy"], resources[name]["UpdateReplacePolicy"]) == (
            "RetainExceptOnCreate",
            "Retain",
        )


@pytest.mark.parametrize(
    ("production", "retention"),
    [("yes", {"Mode": "COMPLIANCE", "Years": 10}), ("no", {"Mode": "GOVERNANCE", "Days": 1})],
)
def test_retention_is_strict_in_production_and_short_elsewhere(
    production: str, retention: dict[str, Any]
) -> None:
    """Production uses compliance mode for the years of the parameter, so no user can shorten it. Other
    stacks use governance mode for a day."""
    with mock_aws():
        session = boto3.Session("test", "test", region_name="us-east-1")
        settings = create_all(session.client, Production=production)
        lock = session.client("s3").get_object_lock_configuration(Bucket=settings["SEALED"])[
            "ObjectLockConfiguration"
        ]
        assert {name: value for name, value in lock["Rule"]["DefaultRetention"].items() if value} == retention


def test_the_key_of_the_seal_only_signs_and_has_128_bits_of_security(resources: Resources) -> None:
    """A seal holds as long as its document is kept: RSA 3072 matches the strength of the signed digest."""
    key = resources["SealingKey"]["Properties"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("RSA_3072", "SIGN_VERIFY")


def test_only_the_worker_seals_and_writes_and_nobody_deletes(resources: Resources) -> None:
    """Pages only hand out links and read the public key. No function can delete, override a retention or
    change the key."""
    assert {(role, action) for role, action, _ in rights(resources, "kms")} == {
        ("DocumentsRole", "kms:Sign"),
        ("DocumentsRole", "kms:GetPublicKey"),
        ("DocumentsRole", "kms:DescribeKey"),
        # for the signed lists of heads
        ("ApiHandlerRole", "kms:GetPublicKey"),
        ("WatchRole", "kms:Sign"),
        ("WatchRole", "kms:GetPublicKey"),
    }
    store = rights(resources, "s3")
    assert {(role, action) for role, action, _ in store} == {
        ("DocumentsRole", "s3:PutObject"),
        ("DocumentsRole", "s3:GetObject"),
        ("DocumentsRole", "s3:ListBucket"),
        # the agreement is attached to a letter
        ("ApiHandlerRole", "s3:GetObject"),
        ("LettersRole", "s3:GetObject"),
        ("PostRole", "s3:GetObject"),
        ("WatchRole", "s3:PutObject"),
        ("WatchRole", "s3:GetObject"),
        ("WatchRole", "s3:ListBucket"),
        # the ledger of letters that left, and of cases whose personal data were destroyed
        *((role, action) for role in LEDGER for action in ("s3:PutObject", "s3:PutObjectRetention")),
    }
    assert {(role, on) for role, action, on in store if action == "s3:PutObject"} == {
        ("DocumentsRole", '{"Fn::Sub": "${Sealed.Arn}/agreements/*"}'),
        ("WatchRole", '[{"Fn::Sub": "${Sealed.Arn}/heads/*"}, {"Fn::Sub": "${Sealed.Arn}/hours/*"}]'),
        *((role, '{"Fn::Sub": "${Sealed.Arn}/' + folder + '/*"}') for role, folder in LEDGER.items()),
    }


def test_only_the_ledger_expires() -> None:
    """An entry is deleted once its lock of sixty days is over; no rule reaches an agreement or a list."""
    sealed = template.infrastructure()["Resources"]["Sealed"]["Properties"]
    expires = {rule["Prefix"]: rule["ExpirationInDays"] for rule in sealed["LifecycleConfiguration"]["Rules"]}
    assert expires == {f"{folder}/": LOCKED.days + 1 for folder in LEDGER.values()}

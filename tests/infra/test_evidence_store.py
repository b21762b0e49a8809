"""The evidence store of the template: private, permanent, and open to each function only as far as it
needs."""

from __future__ import annotations

import json
import re
from typing import Any

from chalicelib.web.drafts import KEPT
from infra import template

Resources = dict[str, Any]


def rights(resources: Resources) -> list[tuple[str, str, str]]:
    """Return each right of a function on the store: role, action, resource."""
    found = []
    for name, resource in resources.items():
        if resource["Type"] != "AWS::IAM::Role" or name == "ScanRole":
            continue
        for statement in (
            line
            for policy in resource["Properties"]["Policies"]
            for line in policy["PolicyDocument"]["Statement"]
        ):
            actions = statement["Action"]
            found += [
                (name, action, json.dumps(statement["Resource"]))
                for action in ([actions] if isinstance(actions, str) else actions)
                if action.startswith("s3:") and "Evidence" in json.dumps(statement["Resource"])
            ]
    return found


def test_the_store_is_private_and_keeps_what_is_overwritten() -> None:
    """The bucket has no public access and no access lists. It is encrypted and versioned, takes TLS only,
    and outlives the stack."""
    resources = template.infrastructure()["Resources"]
    bucket = resources["Evidence"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    tls, mails = resources["EvidencePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert mails["Resource"] == {"Fn::Sub": "${Evidence.Arn}/mails/*"}
    assert (mails["Action"], mails["Principal"]) == ("s3:PutObject", {"Service": "ses.amazonaws.com"})
    assert mails["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert resources["Evidence"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_only_our_own_pages_may_post_to_the_store_by_script() -> None:
    """CORS allows forms (POST) and parts of large files (PUT), from the origin of the public address (without
    its path)."""
    [rule] = template.infrastructure()["Resources"]["Evidence"]["Properties"]["CorsConfiguration"][
        "CorsRules"
    ]
    [origin] = rule["AllowedOrigins"]
    parts = [{"Fn::Select": [n, {"Fn::Split": ["/", {"Ref": "PublicUrl"}]}]} for n in (0, 2)]
    assert (rule["AllowedMethods"], origin) == (["POST", "PUT"], {"Fn::Join": ["//", parts]})


def test_only_what_arrived_and_was_not_kept_ends_by_itself() -> None:
    """No lifecycle rule reaches evidence; files of a draft last a day longer than the draft."""
    rules = template.infrastructure()["Resources"]["Evidence"]["Properties"]["LifecycleConfiguration"][
        "Rules"
    ]
    assert [
        (rule["Prefix"], rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) for rule in rules
    ] == [
        ("copies/", 1, {"NoncurrentDays": 1}),
        ("verify/", 1, {"NoncurrentDays": 1}),
        ("drafts/", KEPT.days + 1, {"NoncurrentDays": 1}),
        ("mails/", 30, {"NoncurrentDays": 1}),
        ("incoming/", 14, {"NoncurrentDays": 1}),
    ]
    waits = template.infrastructure()["Resources"]["FilesDead"]["Properties"]["MessageRetentionPeriod"]
    assert waits == 14 * 24 * 3600, "evidence that is not stored yet waits for its message"


def test_only_the_destruction_deletes_evidence_and_only_the_worker_writes_it(resources: Resources) -> None:
    """Only the files worker writes evidence and reads quarantine. It deletes arrivals, and the site deletes
    drafts. Evidence is deleted by the function alone that destroys personal data."""
    found = rights(resources)
    assert {action for _, action, _ in found} <= {
        "s3:PutObject",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:ListBucketMultipartUploads",
        "s3:ListMultipartUploadParts",
    }
    deleted = {(name, on) for name, action, on in found if "Delete" in action}
    folders = {(name, folder) for name, on in deleted for folder in re.findall(r"/(\w+)/\*", on)}
    assert folders == {
        ("FilesRole", "incoming"),
        ("ApiHandlerRole", "drafts"),
        *(("DestroyRole", folder) for folder in ("evidence", "incoming", "thumbs")),
    }
    assert {(name, on) for name, action, on in found if action == "s3:PutObject" and "/evidence/*" in on} == {
        (
            "FilesRole",
            json.dumps([{"Fn::Sub": f"${{Evidence.Arn}}/{folder}/*"} for folder in ("evidence", "thumbs")]),
        ),
        ("MailsRole", json.dumps({"Fn::Sub": "${Evidence.Arn}/evidence/*/mail-*"})),
    }
    assert {
        name for name, action, on in found if action.startswith("s3:GetObject") and "incoming/*" in on
    } == {"FilesRole"}
    assert all(re.search(r"Arn\}?/", on) or action.startswith("s3:ListBucket") for _, action, on in found)


def test_only_mails_that_arrived_reach_their_worker() -> None:
    """Only one rule may send to the queue of mails; it matches only the folder of mails of this bucket."""
    resources = template.infrastructure()["Resources"]
    [allowed] = resources["MailsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert set(template.references(allowed["Condition"])) == {"MailArrivedRule"}
    detail = resources["MailArrivedRule"]["Properties"]["EventPattern"]["detail"]
    assert detail == {"bucket": {"name": [{"Ref": "Evidence"}]}, "object": {"key": [{"prefix": "mails/"}]}}


def test_only_the_rules_of_the_store_reach_the_worker() -> None:
    """Only two rules may send to the queue; both match only the quarantine of this bucket."""
    resources = template.infrastructure()["Resources"]
    [allowed] = resources["FilesQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert set(template.references(allowed["Condition"])) - {"AWS::NoValue"} == {
        "FileArrivedRule",
        "FileScannedRule",
    }
    for rule in ("FileArrivedRule", "FileScannedRule"):
        detail = resources[rule]["Properties"]["EventPattern"]["detail"]
        assert set(template.references(detail)) == {"Evidence"}
        assert '{"prefix": "incoming/"}' in json.dumps(detail)

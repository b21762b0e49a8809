"""The deployment of out/ with plain CloudFormation, to AWS and to the local emulator alike.

An operator sets parameters of the template in environment variables, of which an earlier one wins:

- PARAMETERS: `Name=value …`, a value with a space in quotes
- the words in `WORDS`
- SETTINGS: a TOML file of parameters
- ADOPT: a file that `make destroy` wrote"""

import difflib
import hashlib
import json
import math
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError, WaiterError

from infra import build, releases, template
from infra.layer import LAYERS

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
MIGRATED, UNTIL_MIGRATED = ("MacsSince", "OtherMacsSince"), timedelta(days=60)
"""`MIGRATED` are template parameters, each of which holds a day. From the first day on, each row of a case
must have a MAC. From the second day on, each other row must have a MAC.

The first update of a stack that lacks the parameters sets these days. They are then `UNTIL_MIGRATED` in the
future, because in this time the check goes through every case twice, and adds the MACs that are missing."""
PATIENCE = {"Delay": 1, "MaxAttempts": 1800}
NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
"""What CloudFormation says of a change set without changes."""
WORDS = {"DOMAIN": "Domain", "MAIL_FROM": "MailFrom", "OPS_EMAIL": "OpsEmail"}
"""Words of `make deploy`, and the parameters that they set."""
AFTER_A_FAILURE = {
    "ROLLBACK_COMPLETE": "Nothing of it stays.",
    "UPDATE_ROLLBACK_COMPLETE": "It is as it was before.",
}
"""What a failed deploy leaves, by the state of the stack."""
SIGN_IN = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
"""The codes with which AWS refuses credentials."""
Say = Callable[[str], None]
Clients = Callable[..., Any]  # returns a boto3 client by the name of its service, and a region


class Deployed(NamedTuple):
    """A stack as it is deployed: CloudFormation's name of its state, its parameters and outputs by name, and
    whether it is protected against deletion."""

    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]
    protected: bool

    @property
    def production(self) -> bool:
        """Return whether the stack is in production. A stack of an earlier release has no such parameter and
        counts."""
        return self.parameters.get("Production") != "no"


def client(service: str, region: str = "") -> Any:
    """Return a boto3 client for a service of AWS, or of the emulator if the environment names one. `region`
    is by default that of the environment. Buckets are addressed by path, because the emulator has no host
    name for each bucket."""
    paths = Config(s3={"addressing_style": "path"}) if service == "s3" else None
    return boto3.client(service, region_name=region or None, config=paths)


def deployed(formation: Any, stack: str) -> Deployed | None:
    """Return a stack, or None if there is none. `formation` is a boto3 client for CloudFormation."""
    try:
        found = formation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return Deployed(
        found["StackStatus"],
        {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])},
        {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])},
        found.get("EnableTerminationProtection", False),
    )


def outputs(stack: str) -> dict[str, str]:
    """Return the outputs of a stack. The key is the name of an output. Raises Broken if there is none."""
    if (found := deployed(client("cloudformation"), stack)) is None:
        raise build.Broken(f"There is no stack {stack}.")
    return found.outputs


def create(
    out: Path,
    stack: str,
    bucket: str,
    parameters: dict[str, str],
    say: Say = lambda words: None,
    clients: Clients = client,
) -> dict[str, str]:
    """Upload the package in the folder `out` to `bucket`, create or update the stack, and return the stack's
    outputs. `parameters` are those of the template that get a new value. An update keeps the value of any
    other parameter. `say` is called with each change. Raises Broken if the stack cannot be deployed."""
    formation, store = clients("cloudformation"), clients("s3")
    packaged = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    refuse_unknown(parameters, packaged["Parameters"])
    account = clients("sts").get_caller_identity()["Account"]
    refuse_absent(parameters, packaged, account, clients)
    found = settled(formation, stack, say)
    if found and not (found.parameters | parameters).get("Emulator"):
        refuse_rows(template_of(formation, stack), packaged)
    refuse_long((found.parameters if found else {}) | parameters, packaged)
    make_bucket(store, bucket, account)
    code = _send(store, bucket, stack, out / "deployment.zip")
    sent = {name: _send(store, bucket, stack, out / of.zip) for name, of in LAYERS.items()}
    for name, resource in packaged["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = sent[name]
    values = (found.parameters if found else {}) | parameters
    releases.prepare(packaged, values)
    text = json.dumps(packaged, ensure_ascii=False).encode()
    key = f"{stack}/{hashlib.sha256(text).hexdigest()}.json"
    store.put_object(Bucket=bucket, Key=key, Body=text)
    address = store.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    guards = releases.guards(made(formation, stack), values, clients) if found else {}
    body = {"TemplateURL": address.split("?")[0]}
    apply(formation, stack, found, packaged, parameters, body, say, guards)
    releases.retire(made(formation, stack, releases.DEPLOYED).values(), clients("lambda"))
    now = deployed(formation, stack)
    assert now
    if now.production:
        formation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
        formation.set_stack_policy(StackName=stack, StackPolicyBody=json.dumps(policy(packaged)))
    if pool := parameters.get("StaffPoolId"):
        _make_groups(packaged, pool, clients("cognito-idp"))
    return now.outputs


MOST_SETTINGS = 4096
"""The bytes that Lambda allows for the names and values of a function's settings."""
MADE = {
    "": 110,
    "AWS::NoValue": 0,
    "AWS::Region": 14,
    "AWS::URLSuffix": 16,
    "AWS::StackName": 32,
    "AWS::KMS::Key": 36,
    "AWS::S3::Bucket": 63,
    "AWS::DynamoDB::Table": 70,
    "AWS::Athena::WorkGroup": 40,
    "AWS::Glue::Database": 40,
    "AWS::EMRServerless::Application": 16,
    "AWS::Cognito::UserPool": 30,
    "AWS::Cognito::UserPoolClient": 26,
    "AWS::Cognito::UserPoolDomain": 63,
}
"""The length in bytes of what Ref returns of a resource, by its type; "" for any other."""


def refuse_unknown(parameters: dict[str, str], known: dict[str, Any]) -> None:
    """Raise Broken if the template does not have one of the parameters, or does not allow its value. `known`
    are those of the template. CloudFormation refuses such a value too, but only after all other checks."""
    for name, value in parameters.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0)
            raise build.Broken(
                f"There is no parameter {name}; the nearest is {near[0]}. Nothing was deployed."
            )
        if not allowed(value, known[name]):
            values = ", ".join(map(str, known[name].get("AllowedValues", ())))
            about = f"It is one of {values}." if values else known[name].get("Description", "")
            raise build.Broken(
                f"{name} cannot be {value or 'empty'}. {about} Nothing was deployed. "
                f"Correct it, then run the same again."
            )


def allowed(value: str, about: dict[str, Any]) -> bool:
    """Return whether a parameter may have a value. `about` is what the template says of the parameter."""
    if values := about.get("AllowedValues"):
        return value in map(str, values)
    if about.get("Type") == "Number":
        try:
            return bool(about.get("MinValue", -math.inf) <= float(value) <= about.get("MaxValue", math.inf))
        except ValueError:
            return False
    long = about.get("MinLength", 0) <= len(value) <= about.get("MaxLength", math.inf)
    return long and bool(re.fullmatch(about.get("AllowedPattern", "(?s).*"), value))


def refuse_long(parameters: dict[str, str], packaged: dict[str, Any]) -> None:
    """Raise Broken if the settings of a function are longer than Lambda allows. Lambda refuses them only
    after the other region and the stores were made."""
    longest = {name: value for name, value in parameters.items() if name in packaged["Parameters"]}
    if (size := environment(packaged, parameters)) > MOST_SETTINGS:
        names = sorted(longest, key=lambda name: -len(longest[name].encode()))[:3]
        raise build.Broken(
            f"The settings are too long: about {size} bytes, and Lambda allows a function {MOST_SETTINGS}. "
            f"The longest are {', '.join(names)}. Nothing was deployed. "
            f"Shorten one, then run the same again: a text that need not be a setting, "
            f"or a former key in FormerSeals whose papers are all deleted."
        )


def environment(packaged: dict[str, Any], parameters: dict[str, str]) -> int:
    """Return how many bytes the settings of a function have at most, with the values of these parameters.
    `packaged` is the template. A name that AWS makes counts with the length of such names (`MADE`)."""
    given = packaged.get("Globals", {}).get("Function", {}).get("Environment", {}).get("Variables", {})
    values = {name: str(about.get("Default", "")) for name, about in packaged["Parameters"].items()}
    values |= parameters
    kinds = {name: one.get("Type", "") for name, one in packaged["Resources"].items()}
    own = [
        one.get("Properties", {}).get("Environment", {}).get("Variables", {})
        for one in packaged["Resources"].values()
        if one.get("Type") == "AWS::Serverless::Function"
    ]
    return max(
        sum(len(name) + _longest(value, values, kinds) for name, value in (given | more).items())
        for more in own or [{}]
    )


def _longest(value: Any, values: dict[str, str], kinds: dict[str, str]) -> int:
    """Return how many bytes a value of a template can have. `values` are the parameters by name, and `kinds`
    the types of the resources."""

    def size_of(name: str) -> int:
        return len(values[name].encode()) if name in values else MADE.get(kinds.get(name, name), MADE[""])

    match value:
        case {"Ref": str(name)}:
            return size_of(name)
        case {"Fn::GetAtt": name}:
            return size_of((name.split(".") if isinstance(name, str) else name)[0])
        case {"Fn::If": [_, *branches]}:
            return max(_longest(one, values, kinds) for one in branches)
        case {"Fn::Sub": str(text)}:
            return len(re.sub(r"\$\{.*?\}", "", text).encode()) + sum(
                size_of(name.partition(".")[0]) for name in re.findall(r"\$\{(.*?)\}", text)
            )
        case dict():
            return MADE[""]
    return len(str(value).encode())


def refuse_rows(there: dict[str, Any], packaged: dict[str, Any]) -> None:
    """Raise Broken if one of two releases writes rows that the other cannot read, since both run for some
    minutes. `there` is the template of the deployed release, and `packaged` that of the new one."""
    old, new = (one.get("Metadata", {}).get("Rows", {"reads": 1, "writes": 1}) for one in (there, packaged))
    if new["writes"] > old["reads"]:
        raise build.Broken(
            f"This release writes rows of version {new['writes']}, and the deployed one reads them up to "
            f"version {old['reads']}. Nothing was deployed. Deploy the release between the two first: the "
            f"runbook says how to find it (While a deploy runs)."
        )
    if old["writes"] > new["reads"]:
        raise build.Broken(
            f"The deployed release has written rows of version {old['writes']}, and this one reads them up "
            f"to version {new['reads']}. Nothing was deployed. Go back no farther than to a release that "
            f"reads version {old['writes']}."
        )


def refuse_absent(
    parameters: dict[str, str], packaged: dict[str, Any], account: str, clients: Clients
) -> None:
    """Raise Broken if one of the parameters adopts a store that does not exist, is of another account, or is
    about to be deleted. `packaged` is the template."""
    for name, parameter in template.stores(packaged).items():
        if not (value := parameters.get(parameter)):
            continue
        try:
            there = _is_there(packaged["Resources"][name]["Type"], value, account, clients)
        except ClientError as error:
            there = False
            if "AccessDenied" in str(error):
                raise
        if not there:
            raise build.Broken(
                f"{parameter}: {value} does not exist in this account and region, or is to be deleted. "
                f"Nothing was deployed. Correct it, or leave it out."
            )


def _is_there(kind: str, value: str, account: str, clients: Clients) -> bool:
    """Return whether a store is there and can be used. `kind` is its type in a template, and `value` what Ref
    returns of it. Raises ClientError if AWS finds no such store."""
    match kind:
        case "AWS::DynamoDB::Table":
            table = clients("dynamodb").describe_table(TableName=value)["Table"]
            return bool(table["TableStatus"] != "DELETING")
        case "AWS::S3::Bucket":
            return bool(clients("s3").head_bucket(Bucket=value, ExpectedBucketOwner=account))
        case "AWS::KMS::Key":
            key = clients("kms").describe_key(KeyId=value)["KeyMetadata"]
            return bool(key["KeyState"] == "Enabled")
        case "AWS::SecretsManager::Secret":
            return "DeletedDate" not in clients("secretsmanager").describe_secret(SecretId=value)
        case _:
            return bool(clients("cognito-idp").describe_user_pool(UserPoolId=value))


def settled(formation: Any, stack: str, say: Say) -> Deployed | None:
    """Bring a stack into a state from which it can be deployed, and return it; None if it is to be made.
    Raises Broken with the next step if that is not possible."""
    found = deployed(formation, stack)
    match found.status if found else "DELETE_COMPLETE":
        case "DELETE_COMPLETE" | "REVIEW_IN_PROGRESS":
            return None
        case "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED":
            say(f"The stack {stack} could not be made the last time. It holds nothing: it is made again.")
            delete(formation, stack)
            return None
        case "UPDATE_ROLLBACK_FAILED":
            say("The last deploy was not rolled back to its end. This is done first.")
            try:
                formation.continue_update_rollback(StackName=stack)
                formation.get_waiter("stack_rollback_complete").wait(StackName=stack, WaiterConfig=PATIENCE)
            except WaiterError:
                raise build.Broken(
                    f"The last deploy of {stack} cannot be rolled back ({faults(formation, stack)}). "
                    f"Mend what is named, then run make deploy again."
                ) from None
            return deployed(formation, stack)
        case "DELETE_FAILED" | "CREATE_FAILED" as status:
            raise build.Broken(
                f"The stack {stack} is in the state {status}. Run make destroy to its end, "
                f"then make deploy ADOPT=adopt.json."
            )
        case status if status.endswith("_IN_PROGRESS"):
            raise build.Broken(
                f"The stack {stack} is being changed ({status}). Run make deploy again when that is over."
            )
    return found


def delete(formation: Any, stack: str) -> None:
    """Delete a stack and wait until it is gone. Raises Broken if a resource could not be deleted; the
    message names it."""
    formation.delete_stack(StackName=stack)
    try:
        formation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=PATIENCE)
    except WaiterError:
        raise build.Broken(
            f"The stack {stack} could not be deleted ({faults(formation, stack)}). "
            f"Mend what is named, then run the same again."
        ) from None


def make_bucket(store: Any, bucket: str, account: str) -> None:
    """Make the bucket for packages if there is none. `store` is a boto3 client for S3. Raises Broken if the
    bucket is not one of the `account`, or is in another region."""
    foreign = f"The bucket {bucket} belongs to another account: name one of yours with BUCKET=."
    here = store.meta.region_name
    try:
        there = store.head_bucket(Bucket=bucket, ExpectedBucketOwner=account).get("BucketRegion", here)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise build.Broken(foreign) from None
        more = {"CreateBucketConfiguration": {"LocationConstraint": here}} if here != "us-east-1" else {}
        try:
            store.create_bucket(Bucket=bucket, **more)
        except store.exceptions.BucketAlreadyExists:
            raise build.Broken(foreign) from None
        return
    if there != here:
        raise build.Broken(
            f"The bucket {bucket} is in the region {there}, and you deploy to {here}. Nothing was deployed. "
            f"Set AWS_DEFAULT_REGION={there}, or name a bucket in {here} with BUCKET=."
        )


def _send(store: Any, bucket: str, stack: str, file: Path) -> str:
    """Upload the zip `file` under the digest of its content, unless it is there, and return its address
    (s3://…)."""
    content = file.read_bytes()
    key = f"{stack}/{hashlib.sha256(content).hexdigest()}.zip"
    try:
        store.head_object(Bucket=bucket, Key=key)
    except ClientError:
        store.put_object(Bucket=bucket, Key=key, Body=content)
    return f"s3://{bucket}/{key}"


def apply(
    formation: Any,
    stack: str,
    found: Deployed | None,
    packaged: dict[str, Any],
    parameters: dict[str, str],
    body: dict[str, str],
    say: Say,
    guards: dict[str, Any],
) -> None:
    """Create or update the stack by a change set, and wait until this is done. `found` is the stack as it is,
    `packaged` the template, and `body` how CloudFormation gets it (TemplateURL or TemplateBody). `guards` is
    what undoes an update (see `releases.guards`). Raises Broken if it fails, or if the change would lose a
    store."""
    given = dict(parameters)
    if found:
        since = datetime.now(UTC).date() + UNTIL_MIGRATED
        lacking = [name for name in MIGRATED if name not in found.parameters]
        given = {name: str(since) for name in lacking if name in packaged["Parameters"]} | given
    kept = [
        name for name in packaged["Parameters"] if found and name in found.parameters and name not in given
    ]
    named = {"StackName": stack, "ChangeSetName": f"deploy-{datetime.now(UTC):%Y%m%d%H%M%S}"}
    formation.create_change_set(
        **named,
        ChangeSetType="UPDATE" if found else "CREATE",
        **body,
        Capabilities=CAPABILITIES,
        RollbackConfiguration=guards,
        Parameters=[
            *({"ParameterKey": name, "ParameterValue": value} for name, value in given.items()),
            *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
        ],
    )
    try:
        formation.get_waiter("change_set_create_complete").wait(**named, WaiterConfig=PATIENCE)
    except WaiterError:
        reason = formation.describe_change_set(**named).get("StatusReason", "")
        formation.delete_change_set(**named)
        if any(words in reason for words in NOTHING_TO_DO):
            return say("Nothing has changed.")
        raise build.Broken(f"The stack {stack} cannot be deployed: {reason}") from None
    changes = [
        change["ResourceChange"]
        for page in formation.get_paginator("describe_change_set").paginate(**named)
        for change in page["Changes"]
    ]
    if lost := losing(formation, stack, changes, packaged, given):
        formation.delete_change_set(**named)
        raise build.Broken(lost)
    for change in changes:
        anew = ", made anew" if change.get("Replacement") == "True" else ""
        say(f"{change['Action']:8}{change['LogicalResourceId']} ({change['ResourceType']}){anew}")
    formation.execute_change_set(**named)
    try:
        done = "stack_update_complete" if found else "stack_create_complete"
        formation.get_waiter(done).wait(StackName=stack, WaiterConfig=PATIENCE)
    except WaiterError:
        now = deployed(formation, stack)
        after = AFTER_A_FAILURE.get(now.status if now else "", f"It is in the state {now and now.status}.")
        reason = faults(formation, stack)
        left = (
            " Adopt what an earlier stack left with ADOPT=adopt.json." if "already exists" in reason else ""
        )
        raise build.Broken(
            f"The stack {stack} could not be deployed ({reason}). {after}{left} "
            f"Mend what is named, then run make deploy again."
        ) from None


def policy(packaged: dict[str, Any]) -> dict[str, Any]:
    """Return the stack policy: CloudFormation refuses every update that replaces a store. An update may
    adopt another store, because the former one then stays."""
    stores = [f"LogicalResourceId/{name}" for name in template.stores(packaged)]
    may = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    never = {"Effect": "Deny", "Principal": "*", "Action": "Update:Replace", "Resource": stores}
    return {"Statement": [may, never]}


def losing(
    formation: Any, stack: str, changes: list[Any], packaged: dict[str, Any], given: dict[str, str]
) -> str:
    """Return a sentence if the changes would lose a store, otherwise "". The site would go on with an empty
    store, or an earlier release would delete the store when another one is adopted."""
    owned = template.stores(packaged)
    for change in changes:
        name = change["LogicalResourceId"]
        if name in owned and change.get("Replacement") == "True":
            return (
                f"This would make the store {name} anew, and the site would go on with an empty one. "
                f"Nothing was deployed. Undo the change of {name} in infra/resources.yaml."
            )
        if name in owned and change["Action"] == "Remove" and not retained(formation, stack, name):
            return (
                f"The release that is deployed would delete {name} when another is adopted. "
                f"Nothing was deployed. Run make deploy once without {owned[name]}, then again with it."
            )
    return ""


def retained(formation: Any, stack: str, *names: str) -> bool:
    """Return whether the deployed stack leaves these resources when it is deleted or gives them up."""
    there = template_of(formation, stack)["Resources"]
    return all(there[name].get("DeletionPolicy", "").startswith("Retain") for name in names if name in there)


def template_of(formation: Any, stack: str) -> dict[str, Any]:
    """Return the template from which a stack was deployed, as SAM has expanded it."""
    body = formation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return found


def made(formation: Any, stack: str, kind: str = "") -> dict[str, str]:
    """Return the resources of a stack: what Ref gives of each, by its logical id. `kind` is their type; all
    by default."""
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
        if one.get("PhysicalResourceId") and kind in ("", one["ResourceType"])
    }


def faults(formation: Any, stack: str) -> str:
    """Return what failed first when the stack was last changed, with CloudFormation's reason."""
    failed: list[str] = []
    for event in formation.describe_stack_events(StackName=stack)["StackEvents"]:  # the newest is first
        own = event["LogicalResourceId"] == stack
        if own and event["ResourceStatus"] in (
            "CREATE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
        ):
            break
        reason = event.get("ResourceStatusReason", "")
        if "FAILED" in event["ResourceStatus"] and not own and "cancelled" not in reason:
            failed.append(f"{event['LogicalResourceId']}: {reason.rstrip('.')}")
    return "; ".join(failed[:-4:-1]) or "CloudFormation gives no reason"


def _make_groups(packaged: dict[str, Any], pool: str, cognito: Any) -> None:
    """Make the groups that an adopted pool lacks, because its stack does not make them. `cognito` is a boto3
    client for user pools."""
    for resource in packaged["Resources"].values():
        if resource["Type"] == "AWS::Cognito::UserPoolGroup":
            with suppress(cognito.exceptions.GroupExistsException):
                cognito.create_group(UserPoolId=pool, GroupName=resource["Properties"]["GroupName"])


def parameters_of(environment: dict[str, str], known: Collection[str]) -> dict[str, str]:
    """Return the parameters that an operator names in environment variables. `known` are those of the
    template; a setting in a file of `make destroy` that the template no longer has is left out. Raises Broken
    for a text that is no parameter, and for a file that cannot be read."""
    found: dict[str, str] = {}
    if path := environment.get("ADOPT"):
        kept = read(path, adopted)["parameters"]
        found |= {name: value for name, value in kept.items() if name in known}
    if path := environment.get("SETTINGS"):
        found |= {name: str(value) for name, value in read(path, tomllib.loads).items()}
    found |= {name: environment[word] for word, name in WORDS.items() if environment.get(word)}
    if environment.get("DOMAIN"):
        found["PublicUrl"] = f"https://{found['Domain']}"
    try:
        words = shlex.split(environment.get("PARAMETERS", ""))
    except ValueError:
        raise build.Broken("A quotation mark in PARAMETERS is not closed.") from None
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise build.Broken(
                f"{word} in PARAMETERS is no Name=value. A value with a space stands in quotes, "
                f"""as PARAMETERS='SealName="One Company"', or in a file that SETTINGS= names."""
            )
        found[name] = value
    return found


def adopted(text: str) -> dict[str, Any]:
    """Return the content of a file of `make destroy`. Raises ValueError for any other text."""
    match found := json.loads(text):
        case {"parameters": dict(values)} if all(isinstance(value, str) for value in values.values()):
            return {**found}
    raise ValueError("it is no file that make destroy wrote")


def read(path: str, parse: Callable[[str], Any]) -> Any:
    """Return the content of a file of the operator. Raises Broken if it cannot be read or parsed."""
    try:
        return parse(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise build.Broken(f"The file {path} cannot be read: {error}") from None


def in_a_sentence(command: Callable[[], None]) -> None:
    """Run a command of an operator. Whatever AWS or the build refuse ends it with one sentence and the next
    step."""
    try:
        command()
    except build.Broken as broken:
        sys.exit(str(broken))
    except NoRegionError:
        sys.exit("No region is named: set AWS_DEFAULT_REGION, for instance to eu-central-1.")
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code in SIGN_IN:
            sys.exit(
                "AWS does not accept your credentials: sign in again (aws sso login), or set AWS_PROFILE."
            )
        if "AccessDenied" in code or "Unauthorized" in code:
            sys.exit(
                f"{error}. Ask the administrator of the account for this right, then run the same again."
            )
        sys.exit(f"{error}. Mend what is named, then run the same again.")
    except BotoCoreError as error:
        sys.exit(
            f"AWS cannot be asked: {error}. Sign in (aws sso login, AWS_PROFILE) and run the same again."
        )

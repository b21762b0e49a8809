"""The deployment of out/ with plain CloudFormation, to AWS and to the local emulator alike.

`python -m infra.deploy create STACK BUCKET Parameter=value …` and `python -m infra.deploy delete STACK`."""

import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from infra import build
from infra.layer import LAYERS

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
MIGRATED, UNTIL_MIGRATED = ("MacsSince", "OtherMacsSince"), timedelta(days=60)
"""`MIGRATED` are template parameters, each of which holds a day. From the first day on, each row of a case
must have a MAC. From the second day on, each other row must have a MAC.

The first update of a stack that lacks the parameters sets these days. They are then `UNTIL_MIGRATED` in the
future, because in this time the check goes through every case twice, and adds the MACs that are missing."""
PATIENCE = {"Delay": 1, "MaxAttempts": 1800}


def client(service: str) -> Any:
    """Return a boto3 client for a service of AWS, or of the emulator if the environment names one. Buckets
    are addressed by path, because the emulator has no host name for each bucket."""
    return boto3.client(service, config=Config(s3={"addressing_style": "path"}) if service == "s3" else None)


def create(out: Path, stack: str, bucket: str, parameters: dict[str, str]) -> dict[str, str]:
    """Upload the package in the folder `out` to `bucket`, create or update the stack, and return the stack's
    outputs. `parameters` are those of the template that get a new value. An update keeps the value of any
    other parameter."""
    store, formation = client("s3"), client("cloudformation")
    template = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    code = _send(store, bucket, stack, out / "deployment.zip")
    sent = {name: _send(store, bucket, stack, out / of.zip) for name, of in LAYERS.items()}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = sent[name]
    body = json.dumps(template, ensure_ascii=False).encode()
    key = f"{stack}/{hashlib.sha256(body).hexdigest()}.json"
    store.put_object(Bucket=bucket, Key=key, Body=body)
    request = {
        "StackName": stack,
        "TemplateURL": store.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}
        ).split("?")[0],
        "Capabilities": CAPABILITIES,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    }
    _apply(formation, stack, request)
    return outputs(stack)


def _send(store: Any, bucket: str, stack: str, file: Path) -> str:
    """Upload the zip `file` under the digest of its content, and return its address (s3://…)."""
    content = file.read_bytes()
    key = f"{stack}/{hashlib.sha256(content).hexdigest()}.zip"
    store.put_object(Bucket=bucket, Key=key, Body=content)
    return f"s3://{bucket}/{key}"


def _apply(formation: Any, stack: str, request: dict[str, Any]) -> None:
    """Create or update the stack, and wait until this is done. `formation` is a boto3 client for
    CloudFormation, and `request` the arguments of its call. Raises Broken if the call fails."""
    try:
        if (known := _parameters(formation, stack)) is not None:
            given = {parameter["ParameterKey"] for parameter in request["Parameters"]}
            since = datetime.now(UTC).date() + UNTIL_MIGRATED
            for name in {*MIGRATED} - {*known, *given}:
                request["Parameters"].append({"ParameterKey": name, "ParameterValue": str(since)})
                given.add(name)
            request["Parameters"] += [
                {"ParameterKey": name, "UsePreviousValue": True} for name in known if name not in given
            ]
            formation.update_stack(**request)
            formation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig=PATIENCE)
        else:
            formation.create_stack(**request)
            formation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=PATIENCE)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
    except WaiterError:
        events = formation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = [
            (at["LogicalResourceId"], at.get("ResourceStatusReason"))
            for at in events
            if "FAILED" in at["ResourceStatus"]
        ]
        raise build.Broken(f"the stack {stack} could not be deployed: {failed}") from None


def _parameters(formation: Any, stack: str) -> list[str] | None:
    """Return the names of a stack's parameters. Return None if the stack does not exist."""
    try:
        found = formation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError:
        return None
    return [parameter["ParameterKey"] for parameter in found.get("Parameters", [])]


def outputs(stack: str) -> dict[str, str]:
    """Return the outputs of a stack. The key is the name of an output."""
    found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def delete(stack: str) -> None:
    """Delete a stack and wait until it is gone. Raises an error if the table or the user pool is protected
    against deletion."""
    formation = client("cloudformation")
    formation.delete_stack(StackName=stack)
    formation.get_waiter("stack_delete_complete").wait(StackName=stack)


def main() -> None:
    """Run the command that the arguments name."""
    match sys.argv[1:]:
        case ["create", stack, bucket, *parameters] if stack and bucket:
            try:
                made = create(
                    build.package(), stack, bucket, dict(parameter.split("=", 1) for parameter in parameters)
                )
            except build.Broken as broken:
                sys.exit(str(broken))
            for name, value in made.items():
                print(f"{name}: {value}")
        case ["delete", stack] if stack:
            delete(stack)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()

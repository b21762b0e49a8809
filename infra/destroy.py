"""The deletion of a stack, which leaves its stores and writes down how another stack adopts them.

`python -m infra.destroy STACK` deletes a stack. In production, or if its table has an item, the operator
must type the stack's name; the environment variable CONFIRM may hold it. What stays is written to adopt.json
in the present folder, for `make deploy ADOPT=adopt.json`."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra import build, deploy, template

ADOPT = Path("adopt.json")
PRIVATE = {"MailBody", "SmsBody"}
"""Parameters that are not written to the file, because the text for a gateway may contain a password."""
EMPTY = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")
"""The states of a stack that was never made, so that nothing stays and nothing can be lost."""


def destroy(
    stack: str,
    typed: Callable[[str], str],
    file: Path,
    say: deploy.Say,
    clients: deploy.Clients = deploy.client,
) -> None:
    """Delete a stack, and write what stays to `file`. `typed` asks the operator a question and returns the
    answer. Raises Broken if the stack must not be deleted or cannot be; it was not touched then, or the same
    command goes on."""
    formation = clients("cloudformation")
    found = deploy.deployed(formation, stack)
    if found is None:
        raise build.Broken(f"There is no stack {stack} in this account and region.")
    if found.status in EMPTY:
        return deploy.delete(formation, stack)
    if found.status.endswith("_IN_PROGRESS"):
        raise build.Broken(
            f"The stack {stack} is being changed ({found.status}). Run make destroy again when that is over."
        )
    if hold := found.parameters.get("Hold"):
        raise build.Broken(
            f"A restore of {stack} may be in progress: {hold} is held. Nothing was deleted. "
            f"Finish it with python -m infra.ops restore, or end the hold with "
            f"make deploy PARAMETERS='Hold='."
        )
    made = deploy.made(formation, stack)
    kept = left(found, made, deploy.template_of(formation, stack), clients("secretsmanager"))
    table = kept.get("TableName") or made.get("Table", "")
    if found.production or has_items(clients("dynamodb"), table):
        if not deploy.retained(formation, stack, "Table", "Sessions", "StaffPool"):
            raise build.Broken(
                f"The release of {stack} that is deployed would delete its table. Nothing was deleted. "
                f"Run make deploy once, then make destroy again."
            )
        what = "is in production" if found.production else "has data"
        if typed(f"The stack {stack} {what}. Type its name to delete it: ") != stack:
            raise build.Broken(
                f"The stack {stack} {what}. Nothing was deleted. To delete it, "
                f"type its name: make destroy STAGE={stack} CONFIRM={stack}."
            )
    mine = {
        "stack": stack,
        "account": clients("sts").get_caller_identity()["Account"],
        "region": formation.meta.region_name,
    }
    keep(file, mine, kept)
    if found.protected:
        formation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    deploy.delete(formation, stack)
    say(f"The stack {stack} is deleted. What stays is in {file}.")
    if region := kept.get("ReplicaRegion"):
        say(f"The stack {stack}-replica in {region} stays, with the copies of its files.")
    return say(f"make deploy STAGE={stack} ADOPT={file} goes on with it.")


def left(
    found: deploy.Deployed, made: dict[str, str], deployed: dict[str, Any], vault: Any
) -> dict[str, str]:
    """Return the parameters with which another stack goes on where this one ends: its settings, and the
    stores that stay. `found` is the stack, `made` its resources by logical id, and `deployed` its template.
    `vault` is a boto3 client for secrets, which the emulator names by another word than their ARN."""
    stores = {}
    for name, parameter in template.stores(deployed).items():
        if value := made.get(name):
            secret = deployed["Resources"][name]["Type"] == "AWS::SecretsManager::Secret"
            stores[parameter] = vault.describe_secret(SecretId=value)["ARN"] if secret else value
    settings = {name: value for name, value in found.parameters.items() if name not in PRIVATE and value}
    return settings | stores


def has_items(client: Any, table: str) -> bool:
    """Return whether a table has an item. A table that does not exist has none. `client` is a boto3 client
    for DynamoDB."""
    try:
        return bool(table and client.scan(TableName=table, Limit=1)["Items"])
    except client.exceptions.ResourceNotFoundException:
        return False


def keep(file: Path, mine: dict[str, str], parameters: dict[str, str]) -> None:
    """Write what stays of a stack to `file`. `mine` names the stack. Raises Broken if the file is about
    another stack."""
    before: dict[str, Any] = deploy.read(str(file), deploy.adopted) if file.exists() else {"parameters": {}}
    if file.exists() and {name: before.get(name) for name in mine} != mine:
        raise build.Broken(
            f"{file} tells what stays of the stack {before.get('stack')}. Nothing was deleted. "
            f"Move the file away, then run make destroy again."
        )
    content = {**mine, "parameters": before["parameters"] | parameters}
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Delete the stack that the argument names."""
    match sys.argv[1:]:
        case [stack] if stack:

            def typed(question: str) -> str:
                given = os.environ.get("CONFIRM", "")
                return given or (input(question) if sys.stdin.isatty() else "")

            destroy(stack, typed, ADOPT, lambda words: print(words, flush=True))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    deploy.in_a_sentence(main)

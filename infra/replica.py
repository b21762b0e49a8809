"""The stack in another region, which holds the copies that survive the loss of the first region.

`make deploy PARAMETERS='ReplicaRegion=eu-west-1'` makes and updates it, and sets the parameters of the first
stack that name its stores. `python -m infra.replica STACK REGION`, which asks the other region only, writes
what a new stack there adopts to the file of `infra.destroy` (adopt.json)."""

import json
import re
import sys
from base64 import b64encode
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from chalicelib.domain.data_kinds import backed_up
from infra import build, deploy, destroy, template

REGION = "ReplicaRegion"
OUTPUTS = {
    "ReplicaEvidence": "EvidenceBucket",
    "ReplicaSealed": "SealedBucket",
    "ReplicaKey": "FilesKeyId",
    "ReplicaVault": "VaultName",
}
"""The parameters of the first stack that name stores in the other region, each with the output of the stack
there that has the value."""
COPIED = ("TablesKey", "FilesKey", "Evidence", "EvidencePolicy", "Sealed", "SealedPolicy")
"""The resources of the first stack that the other one has, too, with the same properties."""
SHARED = ("PublicUrl", "Production", "SealedYears")
"""The parameters of the first stack that the other one has, too."""
SEALS = {"SealingKey": "SealingKeyId", "MultiRegionSealingKey": "MultiRegionSealingKeyId"}
"""The keys that seal, without and with another region, and the parameters that adopt them."""
SECRETS = ("LinkKeyArn", "LookupKeyArn", "RecordKeyArn", "HookKeyArn")
LEFT_OUT = {REGION, *OUTPUTS, "Certificate"}
"""Parameters that mean nothing in another region."""
LARGEST = 4096
"""The bytes that CloudFormation allows a parameter."""
PREFERS = "aws backup update-region-settings --resource-type-opt-in-preference DynamoDB=true "
PREFERS += "--resource-type-management-preference DynamoDB=true"
"""The command that lets AWS Backup copy tables to other regions."""


def name_of(stack: str) -> str:
    """Return the name of the stack in the other region."""
    return f"{stack}-replica"


def refuse(values: dict[str, str], before: dict[str, str], clients: deploy.Clients) -> None:
    """Raise Broken if the region that the parameters name cannot take copies. `values` are all parameters of
    the stack, and `before` those that it has."""
    region, home = values[REGION], clients("cloudformation").meta.region_name
    if region == home:
        raise build.Broken(
            f"{REGION}: {region} is the region of the stack itself. Nothing was deployed. Name another one."
        )
    partitions = boto3.session.Session()
    same = partitions.get_available_regions("s3", partitions.get_partition_for_region(home))
    if region not in same:
        raise build.Broken(
            f"{REGION}: nothing can be copied from {home} to {region}. Nothing was deployed. "
            f"Name one of the regions of AWS that belong together with {home}, as {_other(home, same)}."
        )
    if region != before.get(REGION) and values.get("SealCertificate"):
        raise build.Broken(
            "New seals get another key, to which SealCertificate does not belong. Nothing was deployed. "
            "Add SealCertificate= to PARAMETERS, and name the authority's certificate of that key afterwards."
        )
    prefers = clients("backup").describe_region_settings()
    if not all(
        prefers.get(f"ResourceType{what}Preference", {}).get("DynamoDB") for what in ("OptIn", "Management")
    ):
        raise build.Broken(
            f"AWS Backup may not copy tables of this account to another region. Nothing was deployed. "
            f"Allow it with {PREFERS}, then run the same again."
        )


def _other(home: str, regions: list[str]) -> str:
    """Return a region near to `home`, for an example."""
    return next((one for one in regions if one != home and one[:3] == home[:3]), regions[0])


def described() -> dict[str, Any]:
    """Return the template of the stack in the other region."""
    tree = template.infrastructure()
    taken = json.loads(json.dumps({name: tree["Resources"][name] for name in COPIED}))
    for one in taken.values():
        one["Properties"].pop("ReplicationConfiguration", None)
        one.pop("Condition", None)
    own = template.load("replica.yaml")
    resources = json.loads(json.dumps(taken).replace("${AWS::StackName}", "${Stage}")) | own["Resources"]
    return own | {
        "Parameters": own["Parameters"] | {name: tree["Parameters"][name] for name in SHARED},
        "Conditions": own["Conditions"] | {"InProduction": tree["Conditions"]["InProduction"]},
        "Resources": resources,
    }


def prepare(
    stack: str, values: dict[str, str], before: dict[str, str], say: deploy.Say, clients: deploy.Clients
) -> dict[str, str]:
    """Make or update the stack in the other region if the parameters name one. Return the parameters with
    which the first stack uses it, and those that keep former seals valid. `values` are all parameters of the
    first stack, and `before` those that it has. Raises Broken if the region cannot take copies."""
    found, left = former(stack, values, before, clients), before.get(REGION)
    if left and left != values.get(REGION):
        say(
            f"· {name_of(stack)} in {left} stays, and no erasure reaches its bucket of evidence any more: "
            f"empty that bucket, in all versions, within {backed_up().days} days."
        )
    if not values.get(REGION) or values.get("Emulator"):
        return found
    refuse(values, before, clients)
    _deploy(stack, values, {}, say, clients)
    if before and left != values[REGION]:
        say("· What the buckets hold already is not copied by itself: see Loss of a region in the runbook.")
    there = deploy.deployed(_there(values, clients)("cloudformation"), name_of(stack))
    assert there
    return found | {name: there.outputs[output] for name, output in OUTPUTS.items()}


def complete(stack: str, say: deploy.Say, clients: deploy.Clients) -> None:
    """Give the stack in the other region the key of new seals, and what a new stack there has to know. The
    first stack is deployed. Stores that it adopted are named, because their copies are made by hand."""
    formation = clients("cloudformation")
    found = deploy.deployed(formation, stack)
    assert found
    if not found.parameters.get(REGION) or found.parameters.get("Emulator"):
        return
    made, values = deploy.made(formation, stack), found.parameters
    seal = values.get("MultiRegionSealingKeyId") or made["MultiRegionSealingKey"]
    key = clients("kms").describe_key(KeyId=seal)["KeyMetadata"]["Arn"]
    more = {"SealingKeyArn": key, "Settings": settings(stack, values, made, clients)}
    _deploy(stack, values, more, say, clients)
    for name in ("EvidenceBucket", "SealedBucket", *SECRETS):
        if values.get(name):
            say(f"· {name} is adopted, so this stack does not copy it: see Loss of a region in the runbook.")


def settings(stack: str, values: dict[str, str], made: dict[str, str], clients: deploy.Clients) -> str:
    """Return what a new stack in the other region has to know, as JSON: settings that differ from their
    defaults, and the ARNs of the secrets. Raises Broken if it is too long."""
    known = template.infrastructure()["Parameters"]
    kept = {
        name: value
        for name, value in values.items()
        if name in known
        and name not in LEFT_OUT | destroy.PRIVATE
        and value != str(known[name].get("Default"))
    }
    for parameter in SECRETS:
        arn = values.get(parameter) or made[parameter.removesuffix("Arn")]
        kept[parameter] = clients("secretsmanager").describe_secret(SecretId=arn)["ARN"]
    words = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    if len(words.encode()) > LARGEST:
        raise build.Broken(
            f"The settings of {stack} are too long to be kept in the other region ({len(words.encode())} "
            f"bytes of {LARGEST}). Shorten the longest of them, then run the same again."
        )
    return words


def former(
    stack: str, values: dict[str, str], before: dict[str, str], clients: deploy.Clients
) -> dict[str, str]:
    """Return the parameter with the public keys of former seals, if the stack is to seal with another key
    than before. Otherwise return {}."""
    now, then = (bool(one.get(REGION)) for one in (values, before))
    if now == then or values.get("Emulator"):
        return {}
    made = deploy.made(clients("cloudformation"), stack) if before else {}
    known = [one for one in values.get("FormerSeals", "").split(",") if one]
    for name, parameter in SEALS.items():
        key = values.get(parameter) or made.get(name)
        if key and (name == "SealingKey") == now:  # the other one is the key of new seals
            public = b64encode(clients("kms").get_public_key(KeyId=key)["PublicKey"]).decode()
            known += [public] if public not in known else []
    return {"FormerSeals": ",".join(known)}


def adoption(stack: str, clients: deploy.Clients) -> dict[str, str]:
    """Return the parameters with which a new stack in the other region goes on. `clients` are those of that
    region; no other one is asked. The table is not among them. Raises Broken if there is no such stack."""
    found = deploy.deployed(clients("cloudformation"), name_of(stack))
    region = clients("cloudformation").meta.region_name
    if found is None or not found.parameters.get("Settings"):
        raise build.Broken(
            f"There is no finished stack {name_of(stack)} in {region}. "
            f"Name the region that {REGION} named when {stack} was deployed."
        )
    kept = json.loads(found.parameters["Settings"])
    secrets = {name: re.sub(r"(:secretsmanager:)[^:]+", rf"\g<1>{region}", kept[name]) for name in SECRETS}
    stores = {
        "EvidenceBucket": found.outputs["EvidenceBucket"],
        "SealedBucket": found.outputs["SealedBucket"],
        "FilesKeyId": found.outputs["FilesKeyId"],
        "TablesKeyId": found.outputs["TablesKeyId"],
        "SealingKeyId": found.parameters["SealingKeyArn"].rpartition("/")[2],
    }
    adopted: dict[str, str] = kept | secrets | stores
    return adopted


def _there(values: dict[str, str], clients: deploy.Clients) -> deploy.Clients:
    """Return a function that makes clients for the other region."""
    return partial(clients, region=values[REGION])


def _deploy(
    stack: str, values: dict[str, str], more: dict[str, str], say: deploy.Say, clients: deploy.Clients
) -> None:
    """Make or update the stack in the other region. `more` are parameters that get a new value."""
    formation, packaged = _there(values, clients)("cloudformation"), described()
    say(f"The stack {name_of(stack)} in {values[REGION]}, which holds the copies:")
    found = deploy.settled(formation, name_of(stack), say)
    given = {name: values[name] for name in SHARED if values.get(name)} | {"Stage": stack} | more
    body = {"TemplateBody": json.dumps(packaged, ensure_ascii=False, separators=(",", ":"))}
    deploy.apply(formation, name_of(stack), found, packaged, given, body, say, {})
    production = deploy.deployed(formation, name_of(stack))
    if production and production.production:
        formation.update_termination_protection(StackName=name_of(stack), EnableTerminationProtection=True)


def main() -> None:
    """Write what a new stack in a region adopts, for the stack that the arguments name."""
    match sys.argv[1:]:
        case [stack, region] if stack:
            clients = partial(deploy.client, region=region)
            mine = {
                "stack": stack,
                "account": clients("sts").get_caller_identity()["Account"],
                "region": region,
            }
            destroy.keep(Path(destroy.ADOPT), mine, adoption(stack, clients))
            print(f"What {stack} left in {region} is in {destroy.ADOPT}: go on as the runbook says.")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    deploy.in_a_sentence(main)

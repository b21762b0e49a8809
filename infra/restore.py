"""The restore of the table of cases to an earlier moment, in steps. Each step may be repeated.

Each finished step is logged in the bucket with object lock. The next run continues after the last one.

The table is restored as a new one, and the present one stays. Then the stack takes over the restored table.
Its cases are compared with the stores outside the table (`chalicelib/operations/restoration.py`)."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, WaiterError

from chalicelib.aws.rows import HOLDS
from chalicelib.domain.holds import MOVES
from chalicelib.domain.model.case_records import UndoneAct
from chalicelib.operations.restoration import Losses
from infra import build, deploy, releases

PARTS = ("moves", "clock", "hooks", "mail")
"""The parts that are held during a restore, in the order of their release."""
LATEST, LONGEST = timedelta(minutes=5), timedelta(days=35)
"""How long ago the moment of a restore must be at least, and may be at most. The source is DynamoDB's
`PointInTimeRecoveryDescription`."""
FOLDER, GIVEN_UP = "restores", "given-up"
DENIED = (
    "BatchWriteItem",
    "DeleteItem",
    "PutItem",
    "UpdateItem",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLUpdate",
)
"""The actions on the present table that are denied to everybody, because functions that began before the hold
may still write for a quarter of an hour."""
NEEDED = (
    "cloudformation:UpdateStack",
    "dynamodb:PutItem",
    "dynamodb:PutResourcePolicy",
    "dynamodb:RestoreTableToPointInTime",
    "dynamodb:TagResource",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
    "dynamodb:UpdateTimeToLive",
    "kms:Sign",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
)
"""The rights of the operator that a restore needs beyond reading."""
Say = Callable[[str], None]


class NotYet(Exception):
    """A step has begun something that AWS has not finished. The same command goes on later. The text says
    what is awaited."""


class Stack:
    """The stack whose table is restored. `clients` returns a boto3 client by the name of its service."""

    def __init__(self, clients: deploy.Clients, name: str) -> None:
        self._formation, self._clients, self.name = clients("cloudformation"), clients, name

    def deployed(self) -> deploy.Deployed:
        """Return the stack as it is deployed. Raises Broken if there is none, or if it is being changed."""
        found = deploy.deployed(self._formation, self.name)
        if found is None:
            raise build.Broken(f"There is no stack {self.name} in this account and region.")
        if found.status.endswith("_IN_PROGRESS"):
            raise build.Broken(
                f"The stack {self.name} is being changed ({found.status}). Run this again when that is over."
            )
        return found

    def table(self) -> str:
        """Return the name of the table that the stack uses."""
        adopted = self.deployed().parameters.get("TableName")
        return adopted or deploy.made(self._formation, self.name, "AWS::DynamoDB::Table")["Table"]

    def retains(self) -> bool:
        """Return whether the release that is deployed leaves the table when the stack takes over another."""
        return deploy.retained(self._formation, self.name, "Table")

    def change(self, **parameters: str) -> None:
        """Give parameters of the stack a new value, and wait until each function has it. No traffic is
        shifted step by step, and no alarm takes the change back: a hold must be whole. Raises Broken if it
        fails."""
        now = self.deployed().parameters
        if now == now | parameters:
            return
        kept = [name for name in now if name not in parameters]
        try:
            self._formation.update_stack(
                StackName=self.name,
                TemplateURL=self._template(now | parameters),
                RollbackConfiguration={"RollbackTriggers": [], "MonitoringTimeInMinutes": 0},
                Capabilities=deploy.CAPABILITIES,
                Parameters=[
                    *({"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()),
                    *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
                ],
            )
        except ClientError as error:
            if any(words in str(error) for words in deploy.NOTHING_TO_DO):
                return
            raise
        try:
            self._formation.get_waiter("stack_update_complete").wait(
                StackName=self.name, WaiterConfig=deploy.PATIENCE
            )
        except WaiterError:
            raise build.Broken(
                f"The stack {self.name} could not be changed ({deploy.faults(self._formation, self.name)}). "
                f"Mend what is named, then run this again."
            ) from None

    def _template(self, values: dict[str, str]) -> str:
        """Upload the deployed template with a mark that makes each function publish a version, and return its
        address. Without a new version, the version in use keeps its settings. `values` are those of the
        parameters."""
        body = self._formation.get_template(StackName=self.name, TemplateStage="Original")["TemplateBody"]
        packaged = json.loads(body if isinstance(body, str) else json.dumps(body))
        releases.prepare(packaged, values)
        found = packaged["Resources"].values()
        functions = [one["Properties"] for one in found if one["Type"] == releases.FUNCTION]
        for properties in functions:
            if "DeploymentPreference" in properties:
                properties["DeploymentPreference"] = {"Type": "AllAtOnce"}
        bucket = urlsplit(next(one["CodeUri"] for one in functions)).netloc
        content = json.dumps(packaged, ensure_ascii=False).encode()
        key = f"{self.name}/{sha256(content).hexdigest()}.json"
        store = self._clients("s3")
        store.put_object(Bucket=bucket, Key=key, Body=content)
        address = store.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
        return str(address).split("?")[0]


class Tables:
    """The tables of the account. `client` is a boto3 client for DynamoDB."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def state(self, table: str) -> str:
        """Return DynamoDB's name of the state of a table; "" if there is none."""
        try:
            return str(self._described(table)["TableStatus"])
        except self._client.exceptions.ResourceNotFoundException:
            return ""

    def window(self, table: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last moment to which a table can be restored (UTC). Return None if
        recovery to a moment is off."""
        recovery = self._recovery(table)
        if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
            return None
        first, last = (recovery[f"{end}RestorableDateTime"] for end in ("Earliest", "Latest"))
        return first.astimezone(UTC), last.astimezone(UTC)

    def deny(self, table: str) -> None:
        """Deny everybody to write to a table. Reading stays allowed."""
        arn = self._described(table)["TableArn"]
        actions = [f"dynamodb:{action}" for action in DENIED]
        statement = {
            "Sid": "Restored",
            "Effect": "Deny",
            "Principal": "*",
            "Action": actions,
            "Resource": arn,
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        self._client.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))

    def allow(self, table: str) -> None:
        """Take back what `deny` denied."""
        self._client.delete_resource_policy(ResourceArn=self._described(table)["TableArn"])

    def restore(self, table: str, target: str, moment: datetime) -> None:
        """Begin to restore a table as the table `target`, with the key that encrypts the first."""
        described = self._described(table)
        key = described.get("SSEDescription", {}).get("KMSMasterKeyArn")
        sse = {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}
        self._client.restore_table_to_point_in_time(
            SourceTableName=table,
            TargetTableName=target,
            RestoreDateTime=moment,
            **({"SSESpecificationOverride": sse} if "SSEDescription" in described else {}),
        )

    def equip(self, target: str, like: str) -> None:
        """Give a restored table the settings of the table `like` that a restore does not keep: expiry of
        rows, recovery to a moment, tags, protection against deletion."""
        was, now = self._settings(like), self._settings(target)
        if was["expires"] and now["expires"] != was["expires"]:
            spec = {"AttributeName": was["expires"], "Enabled": True}
            self._client.update_time_to_live(TableName=target, TimeToLiveSpecification=spec)
        if was["recovery"] != now["recovery"]:
            recovery = {"PointInTimeRecoveryEnabled": True}
            self._client.update_continuous_backups(
                TableName=target, PointInTimeRecoverySpecification=recovery
            )
        if tags := {name: value for name, value in was["tags"].items() if not name.startswith("aws:")}:
            listed = [{"Key": name, "Value": value} for name, value in tags.items()]
            self._client.tag_resource(ResourceArn=self._described(target)["TableArn"], Tags=listed)
        if was["protected"] and not now["protected"]:
            self._client.update_table(TableName=target, DeletionProtectionEnabled=True)

    def carry(self, partition: str, table: str, target: str) -> None:
        """Copy the rows of a partition of a table into the table `target`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )
        for item in (item for page in pages for item in page["Items"]):
            self._client.put_item(TableName=target, Item=item)

    def differences(self, target: str, like: str) -> list[str]:
        """Return the names of the settings in which a table differs from the table `like`."""
        was, now = self._settings(like), self._settings(target)
        was["tags"] = {name: value for name, value in was["tags"].items() if not name.startswith("aws:")}
        now["tags"] = {name: now["tags"].get(name) for name in was["tags"]}
        return [name for name in was if was[name] != now[name]]

    def _described(self, table: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.describe_table(TableName=table)["Table"]
        return found

    def _recovery(self, table: str) -> dict[str, Any]:
        found = self._client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        recovery: dict[str, Any] = found["PointInTimeRecoveryDescription"]
        return recovery

    def _settings(self, table: str) -> dict[str, Any]:
        described = self._described(table)
        expiry = self._client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        tags = self._client.list_tags_of_resource(ResourceArn=described["TableArn"]).get("Tags", [])
        indexes = described.get("GlobalSecondaryIndexes", [])
        return {
            "keys": described["KeySchema"],
            "indexes": {
                one["IndexName"]: (
                    one["KeySchema"],
                    one["Projection"]["ProjectionType"],
                    sorted(one["Projection"].get("NonKeyAttributes", [])),
                )
                for one in indexes
            },
            "billing": described.get("BillingModeSummary", {}).get("BillingMode"),
            "encryption": described.get("SSEDescription", {}).get("KMSMasterKeyArn"),
            "expires": expiry.get("AttributeName", "")
            if expiry["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
            else "",
            "recovery": self._recovery(table)["PointInTimeRecoveryStatus"],
            "tags": {one["Key"]: one["Value"] for one in tags},
            "protected": described.get("DeletionProtectionEnabled", False),
        }


def lacking(clients: deploy.Clients) -> list[str]:
    """Return the rights that the operator lacks for a restore. Raises Broken if AWS does not tell."""
    me = str(clients("sts").get_caller_identity()["Arn"])
    iam = clients("iam")
    if me.endswith(":root"):
        return []
    if role := re.search(r":assumed-role/([^/]+)/", me):
        me = iam.get_role(RoleName=role[1])["Role"]["Arn"]
    try:
        found = iam.simulate_principal_policy(PolicySourceArn=me, ActionNames=[*NEEDED])
    except ClientError as error:
        raise build.Broken(
            f"Your rights cannot be checked ({error.response['Error']['Code']}). Use an account that may "
            f"call iam:SimulatePrincipalPolicy and iam:GetRole, or add --unchecked if you know them."
        ) from None
    return [one["EvalActionName"] for one in found["EvaluationResults"] if one["EvalDecision"] != "allowed"]


class Archive(Protocol):
    """The store in which the steps are logged. An object is written once."""

    def keep(self, key: str, content: bytes, type: str) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str, after: str = "") -> Iterator[str]: ...


class Reconciled(Protocol):
    """Compares the restored table with the stores outside it, and records the result."""

    def losses(self, moment: datetime, former: str = "") -> Losses: ...
    def seal_again(self, moment: datetime) -> None: ...
    def record(self, losses: Losses, moment: datetime) -> None: ...
    def outage(self, moment: datetime) -> None: ...
    def erased(self, moment: datetime, do: bool) -> tuple[list[str], list[str]]: ...
    def sent(self, moment: datetime, do: bool) -> list[tuple[str, str, str]]: ...


class Table(Protocol):
    """The calls on tables that a restore makes. `Tables` makes them on AWS."""

    def state(self, table: str) -> str: ...
    def window(self, table: str) -> tuple[datetime, datetime] | None: ...
    def deny(self, table: str) -> None: ...
    def allow(self, table: str) -> None: ...
    def restore(self, table: str, target: str, moment: datetime) -> None: ...
    def equip(self, target: str, like: str) -> None: ...
    def carry(self, partition: str, table: str, target: str) -> None: ...
    def differences(self, target: str, like: str) -> list[str]: ...


class StackLike(Protocol):
    """The calls on the stack that a restore makes. `Stack` makes them on AWS."""

    name: str

    def deployed(self) -> deploy.Deployed: ...
    def table(self) -> str: ...
    def retains(self) -> bool: ...
    def change(self, **parameters: str) -> None: ...


class Product(NamedTuple):
    """The parts of the application that a restore needs, on the table that the stack uses. `verify` verifies
    every open case, makes the next signed lists, and returns the number of changed cases. `astray` returns
    whether our clock is wrong. `shown` returns a number as people write it. `held_at_desk` returns the parts
    that the switch of the desk holds."""

    archive: Archive
    reconciled: Reconciled
    verify: Callable[[], int]
    astray: Callable[[], bool]
    shown: Callable[[str], str]
    held_at_desk: Callable[[], Collection[str]]


class Restore:
    """A restore to `moment` (UTC). `now` is the present moment, `lacking` returns the rights that the
    operator lacks."""

    def __init__(
        self,
        stack: StackLike,
        tables: Table,
        product: Product,
        moment: datetime,
        now: Callable[[], datetime],
        lacking: Callable[[], list[str]],
        say: Say,
    ) -> None:
        self.stack, self.tables, self.product = stack, tables, product
        self.moment, self.now, self.lacking, self._say = moment, now, lacking, say
        self.target = f"{stack.name}-{moment:%Y%m%dT%H%M%SZ}"
        self._said: list[str] = []

    def say(self, words: str) -> None:
        """Print a line for the operator, and log it with the step."""
        self._said.append(words)
        self._say(words)

    def run(self, do: bool) -> None:
        """Show how far the restore is, and say what the next step would do. With `do`, take that step. Raises
        Broken with one sentence if the restore is not possible."""
        taken = self._taken(self.moment)
        if GIVEN_UP in taken:
            raise build.Broken("This restore was given up. Name another moment, such as a second earlier.")
        other = next((one for one in self._begun() if one != self.moment), None)
        if other:
            raise build.Broken(
                f"A restore to {_at(other)} is in progress. Finish it with --at {_at(other)} first."
            )
        for n, name in enumerate(STEPS, 1):
            self._say(f"{'done' if name in taken else '    '}  {n:2}  {name}")
        step = next((name for name in STEPS if name not in taken), None)
        if step is None:
            self._say(f"The restore to {_at(self.moment)} is finished.")
            return
        if not taken and self.stack.table() == self.target:
            self._begun_elsewhere(do)
            return
        if not taken:
            self.check()
        self._say(f"Next: {step}.")
        try:
            STEPS[step](self, do)
        except NotYet as awaited:
            self._say(f"{awaited} Run the same command again in some minutes.")
            return
        if not do:
            self._say("Nothing was done. With --do it is.")
            return
        self._log(step)
        self._say("Done. Run the same command for the next step.")

    def _begun_elsewhere(self, do: bool) -> None:
        """Log the steps up to the switch as taken, because the stack was made on the restored table. So it is
        after the loss of a region. Raises Broken unless everything is held."""
        if not {*PARTS} <= {*self.stack.deployed().parameters.get("Hold", "").split(",")}:
            raise build.Broken(
                f"The stack uses {self.target} already, and not everything is held. Run make deploy with "
                f"Hold={','.join(sorted(PARTS))}, then this again."
            )
        self.say(f"The stack was made on {self.target}: the steps up to the switch count as taken.")
        for step in list(STEPS)[: list(STEPS).index("switch") + 1] if do else ():
            self._log(step)
        again = "Done. Run the same command for the next step."
        self._say(again if do else "Nothing was done. With --do it is.")

    def give_up(self, do: bool) -> None:
        """End a restore before the stack uses the restored table. With `do` false, only say what would be
        done. Raises Broken if that is not possible."""
        taken = self._taken(self.moment)
        if not taken or GIVEN_UP in taken:
            raise build.Broken(f"No restore to {_at(self.moment)} is in progress.")
        if "switch" in taken or self.stack.table() == self.target:
            raise build.Broken("The stack uses the restored table. Take the restore to its end.")
        self.say("Writing to the present table is allowed again, and nothing is held any more.")
        if self.tables.state(self.target):
            self.say(f"The table {self.target} is left over: delete it by hand.")
        if do:
            self.tables.allow(self.stack.table())
            self.stack.change(Hold="")
            self._log(GIVEN_UP)

    def _begun(self) -> list[datetime]:
        """Return the moments of the restores that were begun and not finished."""
        keys = self.product.archive.keys(f"{FOLDER}/")
        moments = dict.fromkeys(key.split("/")[1] for key in keys)
        begun = [datetime.fromisoformat(one).astimezone(UTC) for one in moments]
        return [one for one in begun if not (STEPS.keys() <= (done := self._taken(one)) or GIVEN_UP in done)]

    def _taken(self, moment: datetime) -> set[str]:
        keys = self.product.archive.keys(f"{FOLDER}/{_at(moment)}/")
        return {key.rpartition("/")[2].partition("_")[2] for key in keys}

    def _log(self, step: str) -> None:
        at = self.now()
        logged = {"step": step, "at": _at(at), "said": self._said, "table": self.stack.table()}
        key = f"{FOLDER}/{_at(self.moment)}/{_at(at)}_{step}"
        self.product.archive.keep(key, json.dumps(logged).encode(), "application/json")

    def _former(self) -> str:
        """Return the name of the table that the stack used when the restore began, from the log. Return "" if
        it was the restored one, as after the loss of a region: then there is no other table to read."""
        keys = self.product.archive.keys(f"{FOLDER}/{_at(self.moment)}/")
        first = next(key for key in keys if key.endswith("_hold"))
        table = str(json.loads(self.product.archive.read(first))["table"])
        return table if table != self.target else ""

    def check(self) -> None:
        """Check that the restore is possible. Raises Broken with one sentence and the next step."""
        now = self.now()
        if self.moment > now:
            raise build.Broken(f"{_at(self.moment)} is in the future. Name a moment before the damage.")
        if now - self.moment < LATEST:
            raise build.Broken(
                f"A table can be restored to a moment five minutes ago at the latest. "
                f"Wait until {_at(self.moment + LATEST)}, or name an earlier moment."
            )
        if now - self.moment > LONGEST:
            raise build.Broken(
                f"A table can be restored for {LONGEST.days} days. Name a moment after {_at(now - LONGEST)}."
            )
        table = self.stack.table()
        if not self.stack.retains():
            raise build.Broken(
                "The release that is deployed would delete the table when another takes its place. "
                "Run make deploy once, then this again."
            )
        window = self.tables.window(table)
        if window is None:
            raise build.Broken(
                f"The table {table} has no recovery to a moment. Restore it from a backup by hand."
            )
        if not window[0] <= self.moment <= window[1]:
            former = (
                " For an earlier moment, let the stack use the table before it again (RUNBOOK, Restore)."
                if table.startswith(f"{self.stack.name}-20")
                else ""
            )
            raise build.Broken(
                f"The table {table} can be restored to moments from {_at(window[0])} to {_at(window[1])}: "
                f"it did not exist before, or has not been copied yet. Name one of them.{former}"
            )
        if self.product.astray():
            raise build.Broken(
                "The clock of this machine differs from that of the table. Set it, then run this again."
            )
        if missing := self.lacking():
            raise build.Broken(f"You lack rights: {', '.join(missing)}. Use an account that has them.")

    def hold(self, do: bool) -> None:
        """Hold mail, hooks, clock and moves."""
        self.say("Mail, hooks, clock and moves are held: people can read, and nothing changes.")
        if do:
            self.stack.change(Hold=",".join(sorted(PARTS)))

    def deny(self, do: bool) -> None:
        """Deny everybody to write to the present table."""
        table = self.stack.table()
        self.say(f"Nobody can write to the table {table} any more. It stays as it is.")
        if do:
            self.tables.deny(table)

    def restored(self, do: bool) -> None:
        """Restore the table as a new one. Raises NotYet while DynamoDB works."""
        self.say(f"The table is restored to {_at(self.moment)} as {self.target}.")
        state = self.tables.state(self.target)
        if do and not state:
            self.tables.restore(self.stack.table(), self.target, self.moment)
            state = self.tables.state(self.target)
        if do and state != "ACTIVE":
            raise NotYet(f"The table {self.target} is in the state {state}.")

    def equip(self, do: bool) -> None:
        """Give the restored table all settings of the present one. Raises NotYet while they differ."""
        self.say(f"{self.target} gets expiry, recovery, tags and protection of the present table.")
        if not do:
            return
        self.tables.equip(self.target, self.stack.table())
        if rest := self.tables.differences(self.target, self.stack.table()):
            raise NotYet(f"{self.target} still differs in: {', '.join(rest)}.")

    def switch(self, do: bool) -> None:
        """Let the stack take over the restored table. The hold stays. So does what the switch of the desk
        says: its rows are copied, because an older one would hold or release without anybody's decision."""
        self.say(f"The stack takes over {self.target}. Everything stays held.")
        if do:
            self.tables.carry(HOLDS, self.stack.table(), self.target)
            self.stack.change(TableName=self.target)

    def letters(self, do: bool) -> None:
        """Mark the owed letters as sent that have left."""
        self._here()
        found = self.product.reconciled.sent(self.moment, do)
        self.say(f"{len(found)} letters are owed in the table and have left: they count as sent.")

    def cases(self, do: bool) -> None:
        """Record on each case what is missing, and list whom to call."""
        self._here()
        former, shown = self._former(), self.product.shown
        losses = self.product.reconciled.losses(self.moment, former)
        for one in losses.behind:
            letters = ", ".join(letter.partition(" ")[2].partition(".")[0] for letter in one.letters)
            acts = [UndoneAct.read(said) for said in one.undone]
            undone = ", ".join(f"{act.move} ({act.role.code} {act.at:%H:%M})" for act in acts)
            missing = "unknown, so all were told" if one.concerned is None else undone or "-"
            call = "no call" if one.concerned == () else "call"
            self.say(
                f"{call}: {shown(one.ref)}  has {one.entries} entries of {one.had}; had left: "
                f"{letters or '-'}; acts missing: {missing}"
            )
        for lost in losses.lost:
            received = _at(lost.received) if lost.received else "unknown"
            self.say(f"call: {shown(lost.ref)}  is lost as a whole; received: {received}")
        for ref in losses.changed:
            self.say(f"changed: {shown(ref)}  differs in another way; `verify {shown(ref)}` notes it")
        self.say(
            f"{losses.whole} cases are whole, {len(losses.behind)} lack entries, {len(losses.lost)} are "
            f"lost, {len(losses.changed)} were changed, {len(losses.recorded)} are recorded already."
        )
        if do:
            self.product.reconciled.record(losses, self.moment)

    def outage(self, do: bool) -> None:
        """Enter the outage in the register, so that windows end later."""
        self._here()
        self.say(
            f"The outage from {_at(self.moment)} until now enters the register: windows end later by it."
        )
        if do:
            self.product.reconciled.outage(self.moment)

    def erase(self, do: bool) -> None:
        """Destroy the personal data again that were destroyed since the moment."""
        self._here()
        again, by_hand = self.product.reconciled.erased(self.moment, do)
        for ref in by_hand:
            self.say(f"decide: {self.product.shown(ref)}  was destroyed, and is open or held now")
        self.say(f"The personal data of {len(again)} cases are destroyed again, within a day.")

    def verify(self, do: bool) -> None:
        """Verify every open case, and make the next signed lists."""
        self._here()
        self.say("Every open case is verified, and the next lists are made.")
        if do:
            self.say(f"{self.product.verify()} cases are changed.")

    def release(self, part: str, do: bool) -> None:
        """Release one part of the hold."""
        held = self.stack.deployed().parameters.get("Hold", "").split(",")
        left = [one for one in held if one and one != part]
        self.say(f"{part} is released; held: {', '.join(left) or 'nothing'}.")
        if part in (at_desk := self.product.held_at_desk()) or MOVES in at_desk:
            self.say(
                f"The desk's switch still holds {', '.join(at_desk)}: "
                "release it there, or with the command `hold`."
            )
        if do:
            self.stack.change(Hold=",".join(left))
        if do and part == PARTS[0]:  # the outage lasted until now
            self.product.reconciled.outage(self.moment)
            self.product.reconciled.seal_again(self.moment)

    def _here(self) -> None:
        """Raise Broken unless the stack uses the restored table."""
        if self.stack.table() != self.target:
            raise build.Broken(f"The stack does not use {self.target}. Put TableName back to it by a deploy.")


def _release(part: str) -> Callable[[Restore, bool], None]:
    return lambda restore, do: restore.release(part, do)


STEPS: dict[str, Callable[[Restore, bool], None]] = {
    "hold": Restore.hold,
    "deny": Restore.deny,
    "restore": Restore.restored,
    "equip": Restore.equip,
    "switch": Restore.switch,
    "letters": Restore.letters,
    "cases": Restore.cases,
    "outage": Restore.outage,
    "erase": Restore.erase,
    "verify": Restore.verify,
    **{f"release-{part}": _release(part) for part in PARTS},
}
"""The steps of a restore by name, in their order."""


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

"""A fake CloudFormation with the states of a stack, and what AWS refuses in each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError, WaiterError

from infra.resources import PSEUDO, Stack as Values

REACHED = {
    "change_set_create_complete": "CREATE_COMPLETE",
    "stack_create_complete": "CREATE_COMPLETE",
    "stack_update_complete": "UPDATE_COMPLETE",
    "stack_rollback_complete": "UPDATE_ROLLBACK_COMPLETE",
    "stack_delete_complete": "gone",
}
"""The state for which each waiter waits."""
UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}


def refused(message: str) -> ClientError:
    """Return the error with which CloudFormation refuses a request."""
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "Operation")


def present(template: dict[str, Any], parameters: dict[str, str]) -> dict[str, Any]:
    """Return the resources of a template whose conditions hold for these parameters."""
    values = Values(parameters, template.get("Conditions", {}))
    return {key: one for key, one in template["Resources"].items() if values.holds(one.get("Condition"))}


@dataclass
class Stack:
    """A stack of the fake: its state, parameters, template, resources, and whether it is protected."""

    status: str
    parameters: dict[str, str] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=lambda: {"Resources": {}})
    resources: dict[str, str] = field(default_factory=dict)
    protected: bool = False
    policy: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, str]] = field(default_factory=list)


class Formation:
    """A CloudFormation in memory. `stacks` are the stacks by name, and `calls` the changes that were asked
    for. `fails` maps a resource to the reason why it fails; `stuck` names stacks whose rollback fails. `ids`
    are physical ids of resources, by logical id, if they have to be those of another service, and `told`
    outputs that have another value than in the template. `types` maps types of resources to those to which
    SAM expands them. `refuses` is why every update is refused."""

    def __init__(self, store: Any, region: str = "us-east-1", **stacks: Stack) -> None:
        self.store, self.stacks = store, stacks
        self.meta = SimpleNamespace(region_name=region)
        self.calls: list[str] = []
        self.fails: dict[str, str] = {}
        self.stuck = False
        self.changes: dict[str, Any] = {}
        self.ids: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.refuses = ""
        self.types: dict[str, str] = {}

    def described(self, name: str) -> Stack:
        """Return a stack. Raises ClientError as AWS does if there is none."""
        if name not in self.stacks:
            raise refused(f"Stack with id {name} does not exist")
        return self.stacks[name]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        """Describe a stack."""
        stack = self.described(StackName)
        parameters = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()
        ]
        return {
            "Stacks": [
                {
                    "StackStatus": stack.status,
                    "Parameters": parameters,
                    "Outputs": self.outputs(stack),
                    "EnableTerminationProtection": stack.protected,
                }
            ]
        }

    def create_change_set(self, **asked: Any) -> None:
        """Take a change set. Refuses what AWS refuses: the wrong kind for the state, and parameters that the
        template or the stack does not have."""
        name, kind = asked["StackName"], asked["ChangeSetType"]
        if kind == "UPDATE" and self.refuses:
            raise refused(self.refuses)
        status = self.stacks[name].status if name in self.stacks else ""
        if kind == "CREATE" and status not in ("", "REVIEW_IN_PROGRESS"):
            raise refused(f"Stack [{name}] already exists and cannot be created again")
        if kind == "UPDATE" and status not in UPDATABLE:
            raise refused(f"Stack:{name} is in {status} state and can not be updated.")
        template = self.read(asked)
        before = self.stacks[name].parameters if kind == "UPDATE" else {}
        given = {
            one["ParameterKey"]: before.get(one["ParameterKey"])
            if one.get("UsePreviousValue")
            else one["ParameterValue"]
            for one in asked["Parameters"]
        }
        if unknown := sorted(given.keys() - template["Parameters"].keys()):
            raise refused(f"Parameters: {unknown} do not exist in the template")
        if None in given.values():
            raise refused("Invalid value for UsePreviousValue")
        defaults = {
            key: str(one["Default"]) if "Default" in one else None
            for key, one in template["Parameters"].items()
        }
        if lacking := sorted(key for key, value in (defaults | given).items() if value is None):
            raise refused(f"Parameters: {lacking} must have values")
        self.changes = {"name": name, "kind": kind, "template": template, "parameters": defaults | given}
        if kind == "CREATE":
            self.stacks[name] = Stack("REVIEW_IN_PROGRESS")

    def read(self, asked: dict[str, Any]) -> Any:
        """Return the template of a request. Refuses a text that is too long."""
        if body := asked.get("TemplateBody"):
            if len(body.encode()) > 51_200:
                raise refused("Member must have length less than or equal to 51200")
            return json.loads(body)
        bucket, _, key = urlparse(asked["TemplateURL"]).path.lstrip("/").partition("/")
        return json.loads(self.store.get_object(Bucket=bucket, Key=key)["Body"].read())

    def outputs(self, stack: Stack) -> list[dict[str, str]]:
        """Return the outputs of a stack. Each resource has an ARN with its id at the end."""
        region = self.meta.region_name
        pseudo = PSEUDO | {"AWS::Region": region}
        values = Values(stack.parameters | pseudo, stack.template.get("Conditions", {}))
        values.made = {
            key: dict.fromkeys(("Arn", "BackupVaultArn"), f"arn:aws:any:{region}:1:any/{id}") | {"Ref": id}
            for key, id in stack.resources.items()
        }
        return [
            {"OutputKey": key, "OutputValue": self.told.get(key) or values.resolve(one["Value"])}
            for key, one in stack.template.get("Outputs", {}).items()
            if stack.resources and values.holds(one.get("Condition"))
        ]

    def describe_change_set(self, **_: str) -> dict[str, Any]:
        """Describe the change set."""
        old = self.stacks[self.changes["name"]]
        if self.same():
            return {"StatusReason": "The submitted information didn't contain changes."}
        before = present(old.template, old.parameters)
        after = present(self.changes["template"], self.changes["parameters"])
        actions = {key: "Modify" if key in before else "Add" for key in after} | dict.fromkeys(
            before.keys() - after.keys(), "Remove"
        )
        changes = [
            {
                "ResourceChange": {
                    "Action": action,
                    "LogicalResourceId": key,
                    "ResourceType": (after.get(key) or before[key])["Type"],
                    "Replacement": "True" if key in before and after.get(key, {}).get("Anew") else "False",
                }
            }
            for key, action in actions.items()
        ]
        return {"Changes": changes}

    def same(self) -> bool:
        """Return whether the change set changes nothing."""
        old = self.stacks[self.changes["name"]]
        return (old.template, old.parameters) == (self.changes["template"], self.changes["parameters"])

    def delete_change_set(self, **_: str) -> None:
        """Forget the change set."""
        self.changes = {}

    def execute_change_set(self, StackName: str, ChangeSetName: str) -> None:
        """Change the stack. If a resource of it fails, the stack rolls back."""
        stack, kind = self.stacks[StackName], self.changes["kind"]
        self.calls.append(kind.lower())
        stack.events = [{"LogicalResourceId": StackName, "ResourceStatus": f"{kind}_IN_PROGRESS"}]
        failing = [key for key in self.changes["template"]["Resources"] if key in self.fails]
        for key in failing:
            self.note(stack, key, self.fails[key])
        if failing:
            stack.status = "ROLLBACK_COMPLETE" if kind == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
            return
        stack.status = f"{kind}_COMPLETE"
        stack.template, stack.parameters = self.changes["template"], self.changes["parameters"]
        there = present(stack.template, stack.parameters)
        stack.resources = {key: self.ids.get(key, f"{StackName}-{key}".lower()) for key in there}

    def update_stack(self, **asked: Any) -> None:
        """Change template and parameters of a stack. Refuses an update without a change, and in the wrong
        state."""
        stack, template = self.described(asked["StackName"]), self.read(asked)
        if stack.status not in UPDATABLE:
            raise refused(f"Stack:{asked['StackName']} is in {stack.status} state and can not be updated.")
        given = {
            one["ParameterKey"]: stack.parameters[one["ParameterKey"]]
            if one.get("UsePreviousValue")
            else one["ParameterValue"]
            for one in asked["Parameters"]
        }
        if unknown := sorted(given.keys() - stack.parameters.keys()):
            raise refused(f"Parameters: {unknown} do not exist in the template")
        if (given, template) == (stack.parameters, stack.template):
            raise refused("No updates are to be performed.")
        self.calls.append("update")
        stack.events = [{"LogicalResourceId": asked["StackName"], "ResourceStatus": "UPDATE_IN_PROGRESS"}]
        for key in [key for key in stack.template["Resources"] if key in self.fails]:
            stack.status = "UPDATE_ROLLBACK_COMPLETE"
            return self.note(stack, key, self.fails[key])
        stack.parameters, stack.template, stack.status = given, template, "UPDATE_COMPLETE"
        return None

    def note(self, stack: Stack, key: str, reason: str) -> None:
        """Add an event of a resource that failed."""
        stack.events.insert(
            0, {"LogicalResourceId": key, "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": reason}
        )

    def continue_update_rollback(self, StackName: str) -> None:
        """Finish a rollback, unless it is stuck."""
        self.calls.append("continue")
        stack = self.stacks[StackName]
        stack.events = [{"LogicalResourceId": StackName, "ResourceStatus": "UPDATE_IN_PROGRESS"}]
        if self.stuck:
            return self.note(stack, "Site", "a rule is missing")
        stack.status = "UPDATE_ROLLBACK_COMPLETE"
        return None

    def delete_stack(self, StackName: str) -> None:
        """Delete a stack, unless it is protected or a resource of it fails."""
        stack = self.stacks[StackName]
        if stack.protected:
            raise refused(f"Stack [{StackName}] cannot be deleted while TerminationProtection is enabled")
        self.calls.append("delete")
        stack.events = [{"LogicalResourceId": StackName, "ResourceStatus": "DELETE_IN_PROGRESS"}]
        for key in [key for key in stack.template["Resources"] if key in self.fails]:
            stack.status = "DELETE_FAILED"
            return self.note(stack, key, self.fails[key])
        del self.stacks[StackName]
        return None

    def update_termination_protection(self, StackName: str, EnableTerminationProtection: bool) -> None:
        """Protect a stack against deletion, or no longer."""
        self.described(StackName).protected = EnableTerminationProtection

    def set_stack_policy(self, StackName: str, StackPolicyBody: str) -> None:
        """Set what an update of a stack may not do."""
        self.described(StackName).policy = json.loads(StackPolicyBody)

    def get_template(self, StackName: str, TemplateStage: str) -> dict[str, Any]:
        """Return the template of a stack."""
        assert TemplateStage in ("Original", "Processed")
        return {"TemplateBody": json.dumps(self.described(StackName).template)}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:
        """Return the events of a stack, the newest first."""
        return {"StackEvents": self.described(StackName).events}

    def get_paginator(self, operation: str) -> Any:
        """Return a paginator with one page."""

        def pages(**asked: str) -> Iterator[dict[str, Any]]:
            if operation == "describe_change_set":
                yield self.describe_change_set(**asked)
                return
            stack = self.described(asked["StackName"])
            yield {
                "StackResourceSummaries": [
                    {
                        "LogicalResourceId": key,
                        "PhysicalResourceId": value,
                        "ResourceType": self.types.get(
                            kind := stack.template["Resources"][key]["Type"], kind
                        ),
                    }
                    for key, value in stack.resources.items()
                ]
            }

        return SimpleNamespace(paginate=pages)

    def get_waiter(self, name: str) -> Any:
        """Return a waiter that raises if the stack did not reach the state."""

        def wait(StackName: str, **_: Any) -> None:
            status = self.stacks[StackName].status if StackName in self.stacks else "gone"
            if name == "change_set_create_complete":
                status = "FAILED" if self.same() else "CREATE_COMPLETE"
            if status != REACHED[name]:
                raise WaiterError(name, status, {})

        return SimpleNamespace(wait=wait)

"""The parameters that a deploy sets without being told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import deploy


class Formation:
    """A fake CloudFormation with one stack or none, which records the parameters of an update."""

    def __init__(self, *parameters: str, there: bool = True) -> None:
        self.known, self.there, self.asked = parameters, there, dict[str, Any]()

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        """Return the stack with its parameters, or raise ClientError where there is none."""
        if not self.there:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
        return {"Stacks": [{"Parameters": [{"ParameterKey": name} for name in self.known]}]}

    def update_stack(self, **request: Any) -> None:
        """Record the parameters."""
        self.asked = {one["ParameterKey"]: one.get("ParameterValue") for one in request["Parameters"]}

    create_stack = update_stack

    def get_waiter(self, name: str) -> Any:
        """Return a waiter that returns at once."""
        return type("Waiter", (), {"wait": lambda *_, **__: None})()


@pytest.mark.parametrize("name", deploy.MIGRATED)
@pytest.mark.parametrize(
    ("stack", "given", "since"),
    [
        (Formation("PublicUrl"), {}, "in sixty days"),
        (Formation("PublicUrl", "MacsSince", "OtherMacsSince"), {}, None),
        (Formation("PublicUrl"), dict.fromkeys(deploy.MIGRATED, ""), ""),
        (Formation(there=False), {}, None),
    ],
)
def test_first_release_with_macs_gives_older_rows_sixty_days(
    stack: Formation, given: dict[str, str], since: str | None, name: str
) -> None:
    """A parameter is set sixty days ahead on a stack without it. A new stack, and a stack that has or is
    given a value, are left as they are."""
    request = {"Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]}
    deploy._apply(stack, "redress", request)
    later = datetime.now(UTC).date() + deploy.UNTIL_MIGRATED
    assert stack.asked.get(name) == (str(later) if since == "in sixty days" else since)

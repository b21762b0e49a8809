"""What a deploy sets by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import deploy


class Formation:
    """CloudFormation with one stack, or none, that notes what it is asked for."""

    def __init__(self, *parameters: str, there: bool = True) -> None:
        self.known, self.there, self.asked = parameters, there, dict[str, Any]()

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        """The stack and its parameters."""
        if not self.there:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
        return {"Stacks": [{"Parameters": [{"ParameterKey": name} for name in self.known]}]}

    def update_stack(self, **request: Any) -> None:
        """Note it."""
        self.asked = {one["ParameterKey"]: one.get("ParameterValue") for one in request["Parameters"]}

    create_stack = update_stack

    def get_waiter(self, name: str) -> Any:
        """Nothing is waited for."""
        return type("Waiter", (), {"wait": lambda *_, **__: None})()


@pytest.mark.parametrize(
    ("stack", "given", "since"),
    [
        (Formation("PublicUrl"), {}, "in sixty days"),
        (Formation("PublicUrl", "MacsSince"), {}, None),
        (Formation("PublicUrl"), {"MacsSince": ""}, ""),
        (Formation(there=False), {}, None),
    ],
)
def test_first_release_with_macs_gives_older_rows_sixty_days(
    stack: Formation, given: dict[str, str], since: str | None
) -> None:
    """A stack that had none is given time; a new one, or one that was told, is not."""
    request = {"Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]}
    deploy._apply(stack, "redress", request)
    later = datetime.now(UTC).date() + deploy.UNTIL_MIGRATED
    assert stack.asked.get("MacsSince") == (str(later) if since == "in sixty days" else since)

"""The user pool with the accounts of staff, if it is our own (Cognito)."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Unavailable


class Pool:
    """The accounts in the user pool `id`."""

    def __init__(self, client: Callable[[], Any], id: str) -> None:
        self._client, self._id = client, id

    def accounts(self) -> dict[str, bool]:
        """Return for each account, by its subject (`sub`), whether it is enabled. Raises Unavailable."""
        try:
            listed = self._client().get_paginator("list_users")
            pages = listed.paginate(UserPoolId=self._id, AttributesToGet=["sub"])
            users = [user for page in pages for user in page["Users"]]
            return {each["Value"]: user["Enabled"] for user in users for each in user["Attributes"]}
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("accounts") from error

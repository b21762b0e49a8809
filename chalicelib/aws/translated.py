"""The connection to the database. It turns the errors of DynamoDB into ours: Conflict, Unavailable or
Impossible."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection

from chalicelib.cases.casework import Unavailable, WriteConflict

LOST = frozenset(
    {
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ConditionalCheckFailedException",
        "TransactionConflictException",
    }
)
"""The error codes of a write whose condition was false, or that failed because of another transaction at the
same time."""
NEVER = frozenset({"ValidationException", "ValidationError"})
"""The error codes of a request that can never succeed, such as a transaction that is too large."""


class Impossible(Exception):
    """A request to the database that can never succeed. It is our mistake and not an outage, so the caller is
    not asked to try again."""


class Translated(Connection):
    """A connection that raises Conflict, Unavailable or Impossible if the database refuses a call. `date` is
    the database's own time at its last answer, as in the HTTP header; empty before the first answer."""

    date = ""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            answered = super()._make_api_call(operation_name, operation_kwargs)
            self.date = answered.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
            return answered
        except (BotoCoreError, ClientError) as error:
            # A broken connection has no answer: the error's response is None or missing.
            said = getattr(error, "response", None) or {}
            reasons = filter(None, getattr(error, "cancellation_reasons", ()))
            codes = {said.get("Error", {}).get("Code", ""), *(reason.code for reason in reasons)}
            raise _ours(codes) from error


def _ours(codes: set[str]) -> Exception:
    if codes & LOST:
        return WriteConflict()
    return Impossible(*codes & NEVER) if codes & NEVER else Unavailable("case file")

"""The connection to the database. Its errors are ours: Conflict, Unavailable, or Impossible, which no second
try would mend."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection

from chalicelib.cases.casework import Conflict, Unavailable

LOST = frozenset(
    {
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ConditionalCheckFailedException",
        "TransactionConflictException",
    }
)
"""The database's codes for: somebody else has written first."""
NEVER = frozenset({"ValidationException", "ValidationError"})
"""The database's codes for: this can never be done, such as a transaction that is too large."""


class Impossible(Exception):
    """What we asked of the database can never succeed. It is our mistake and not an outage, so nobody is told
    to try again."""


class Translated(Connection):
    """A connection whose every call raises Conflict, Unavailable or Impossible where the database refuses
    it. `date` is the time at which the database last answered, by its own clock, as HTTP writes it; empty
    before the first answer."""

    date = ""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            answered = super()._make_api_call(operation_name, operation_kwargs)
            self.date = answered.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
            return answered
        except (BotoCoreError, ClientError) as error:
            # a connection that breaks answers nothing: the response of its error is None, or is not there
            said = getattr(error, "response", None) or {}
            reasons = filter(None, getattr(error, "cancellation_reasons", ()))
            codes = {said.get("Error", {}).get("Code", ""), *(reason.code for reason in reasons)}
            raise _ours(codes) from error


def _ours(codes: set[str]) -> Exception:
    if codes & LOST:
        return Conflict()
    return Impossible(*codes & NEVER) if codes & NEVER else Unavailable("case file")

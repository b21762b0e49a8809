"""Turns errors of the database into ours: Conflict, Unavailable, or Impossible, which no second try would
mend."""

from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.exceptions import DoesNotExist, PynamoDBException, TransactWriteError

from chalicelib.casework import Conflict, Unavailable

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


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the database into Conflict, Unavailable or Impossible."""
    try:
        yield
    except DoesNotExist:
        raise
    except TransactWriteError as error:
        raise _ours(
            {reason.code for reason in error.cancellation_reasons if reason} | {_code(error)}
        ) from error
    except PynamoDBException as error:
        raise _ours({_code(error)}) from error


def _code(error: PynamoDBException) -> str:
    """The error code that the service answered, if it did: the response of a broken connection is None."""
    return str((getattr(error.cause, "response", None) or {}).get("Error", {}).get("Code", ""))


def _ours(codes: set[str]) -> Exception:
    if codes & LOST:
        return Conflict()
    return Impossible(*codes & NEVER) if codes & NEVER else Unavailable("case file")

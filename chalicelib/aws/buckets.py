"""Buckets of S3, and what all of them share: the client, and the errors of S3 in our own words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Unavailable

GONE = {"NoSuchKey", "NoSuchVersion", "PreconditionFailed", "404", "412"}


class Bucket:
    """A bucket of S3. `client` returns the client."""

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client, self._bucket = client, bucket

    @cached_property
    def _s3(self) -> Any:
        """The client of S3. It is made at first use, because pages that only list files do not need it."""
        return self._client()


@contextmanager
def translated() -> Iterator[None]:
    """A context manager that turns errors of S3 into Unavailable."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("file store") from error

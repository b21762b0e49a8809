"""The archive on S3: what is kept is never written again, and the bucket's own retention keeps it from being
deleted."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from chalicelib.aws.vault import GONE, translated
from chalicelib.cases.casework import KeptOther, Unavailable
from chalicelib.evidence.uploads import LINK_LASTS

PDF = "application/pdf"


class S3Archive:
    """One bucket with object lock, whose default retention says how long and how strictly. Raises
    Unavailable, never an error of AWS."""

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client, self._bucket = client, bucket

    @cached_property
    def _s3(self) -> Any:
        return self._client()

    def keep(
        self, key: str, content: bytes, type: str = PDF, same: Callable[[bytes], bool] = lambda there: False
    ) -> bytes:
        """Keep a document and return it. If something is kept under this key already, return that where it is
        the same: to the byte, or as `same` says of it. Raises KeptOther where it is not."""
        with translated():
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=content,
                    ContentType=type,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise
                there = self.read(key)
                if there != content and not same(there):
                    raise KeptOther(key.partition("/")[0]) from None
                return there
        return content

    def read(self, key: str, since: datetime | None = None) -> bytes:
        """Read the document of this key. Raises Unavailable, also for a missing document or one from before
        `since` (UTC)."""
        with translated():
            found = self._s3.get_object(Bucket=self._bucket, Key=key)
            if since and found["LastModified"] < since:
                raise Unavailable("file store")
            return bytes(found["Body"].read())

    def keys(self, folder: str, after: str = "") -> Iterator[str]:
        """The keys of everything that is kept in a folder, in their order; those behind `after`."""
        with translated():
            listed = self._s3.get_paginator("list_objects_v2")
            begins = {"StartAfter": after} if after else {}
            for page in listed.paginate(Bucket=self._bucket, Prefix=folder, **begins):
                yield from (str(found["Key"]) for found in page.get("Contents", ()))

    def link(self, key: str, name: str) -> str:
        """A link that downloads a document under this name, for five minutes."""
        wanted = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentType": PDF,
            "ResponseCacheControl": "private, max-age=300",
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        return str(self._s3.generate_presigned_url("get_object", wanted, int(LINK_LASTS.total_seconds())))

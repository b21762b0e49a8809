"""The archive of documents on S3. A document is written once; the bucket's retention prevents its
deletion."""

from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import quote

from botocore.exceptions import ClientError

from chalicelib.aws.buckets import GONE, Bucket, translated
from chalicelib.cases.casework import KeptOther, Unavailable
from chalicelib.evidence.uploads import LINK_LASTS

PDF = "application/pdf"


class S3Archive(Bucket):
    """One bucket with object lock. The bucket's default retention sets how long, and in which mode, objects
    are locked. Raises Unavailable, never an error of AWS."""

    def keep(
        self, key: str, content: bytes, type: str = PDF, same: Callable[[bytes], bool] = lambda there: False
    ) -> bytes:
        """Store a document under `key` and return the stored content. `type`: its media type. If the key is
        taken, the earlier document stays and is returned. It must equal `content`, or `same` must return true
        for it; else KeptOther is raised."""
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
        """Return the document under `key`. Raises Unavailable if it is missing, or was stored before `since`
        (UTC)."""
        with translated():
            found = self._s3.get_object(Bucket=self._bucket, Key=key)
            if since and found["LastModified"] < since:
                raise Unavailable("file store")
            return bytes(found["Body"].read())

    def keys(self, folder: str, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with `folder`, in alphabetical order. With `after`, yield only the keys
        that come after this one."""
        with translated():
            listed = self._s3.get_paginator("list_objects_v2")
            begins = {"StartAfter": after} if after else {}
            for page in listed.paginate(Bucket=self._bucket, Prefix=folder, **begins):
                yield from (str(found["Key"]) for found in page.get("Contents", ()))

    def link(self, key: str, name: str) -> str:
        """Return a link that downloads the document under `key` for five minutes. The browser saves it as
        `name`."""
        wanted = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentType": PDF,
            "ResponseCacheControl": "private, max-age=300",
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        return str(self._s3.generate_presigned_url("get_object", wanted, int(LINK_LASTS.total_seconds())))

"""The store of figures on S3. Newly computed figures replace earlier ones; a published file is never
replaced."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from chalicelib.aws.archive import PDF, S3Archive
from chalicelib.aws.buckets import translated

PARQUET = "application/vnd.apache.parquet"


class S3Shelf(S3Archive):
    """One bucket without object lock. Raises Unavailable, never an error of AWS."""

    def keep(
        self, key: str, content: bytes, type: str = PDF, same: Callable[[bytes], bool] = lambda there: True
    ) -> bytes:
        """Store a file to be published and return its content. If the key is taken, return the earlier file
        unchanged, because the first publication counts. `same` is not used by this store; only the archive
        needs it."""
        return super().keep(key, content, type, same)

    def put(self, key: str, content: bytes, type: str = PARQUET) -> None:
        """Write a file under `key`, replacing an earlier one."""
        with translated():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=type)

    def fetch(self, key: str, file: Path) -> None:
        """Copy the content under `key` into a local file, without reading it into memory."""
        with translated(), file.open("wb") as written:
            shutil.copyfileobj(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"], written)

    def send(self, key: str, file: Path) -> None:
        """Write a local file (at most 5 GB) under `key`, without reading it into memory."""
        with translated(), file.open("rb") as content:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)

    def drop(self, key: str) -> None:
        """Delete what is stored under `key`."""
        with translated():
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def etags(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield the keys that begin with `folder`, each with its ETag, which changes when the content
        changes."""
        with translated():
            listed = self._s3.get_paginator("list_objects_v2")
            for page in listed.paginate(Bucket=self._bucket, Prefix=folder):
                yield from (
                    (str(one["Key"]), str(one["ETag"]).strip('"')) for one in page.get("Contents", ())
                )

"""The store of figures on S3. New figures replace earlier ones; a published file is never replaced."""

from collections.abc import Callable, Iterator

from chalicelib.aws.archive import PDF, S3Archive
from chalicelib.aws.vault import translated

PARQUET = "application/vnd.apache.parquet"


class S3Shelf(S3Archive):
    """One bucket without a lock. Raises Unavailable, never an error of AWS."""

    def keep(
        self, key: str, content: bytes, type: str = PDF, same: Callable[[bytes], bool] = lambda there: True
    ) -> bytes:
        """Keep a file and return it. Return the earlier file where there is one, since the first publication
        counts."""
        return super().keep(key, content, type, same)

    def put(self, key: str, content: bytes, type: str = PARQUET) -> None:
        """Write a file and replace the one that is there."""
        with translated():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=type)

    def etags(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield the keys in a folder, each with a mark that changes with the content."""
        with translated():
            listed = self._s3.get_paginator("list_objects_v2")
            for page in listed.paginate(Bucket=self._bucket, Prefix=folder):
                yield from (
                    (str(one["Key"]), str(one["ETag"]).strip('"')) for one in page.get("Contents", ())
                )

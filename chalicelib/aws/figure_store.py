"""The store of figures on S3: what is reckoned anew replaces what was there, what is published does not."""

from collections.abc import Callable, Iterator

from chalicelib.aws.archive import PDF, S3Archive
from chalicelib.aws.vault import translated

PARQUET = "application/vnd.apache.parquet"


class S3Shelf(S3Archive):
    """One bucket without a lock. Raises Unavailable, never an error of AWS."""

    def keep(
        self, key: str, content: bytes, type: str = PDF, same: Callable[[bytes], bool] = lambda there: True
    ) -> bytes:
        """Keep a file and return it, or the one that is there: what was published first stands."""
        return super().keep(key, content, type, same)

    def put(self, key: str, content: bytes, type: str = PARQUET) -> None:
        """Write a file, in place of what is there."""
        with translated():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=type)

    def marked(self, folder: str) -> Iterator[tuple[str, str]]:
        """The keys of everything in a folder, each with a mark that is another one when the content is."""
        with translated():
            listed = self._s3.get_paginator("list_objects_v2")
            for page in listed.paginate(Bucket=self._bucket, Prefix=folder):
                yield from (
                    (str(one["Key"]), str(one["ETag"]).strip('"')) for one in page.get("Contents", ())
                )

"""The store of figures on S3: what is reckoned anew replaces what was there, what is published does not."""

from chalicelib.aws.archive import S3Archive
from chalicelib.aws.vault import translated

PARQUET = "application/vnd.apache.parquet"


class S3Shelf(S3Archive):
    """One bucket without a lock. Raises Unavailable, never an error of AWS."""

    def put(self, key: str, content: bytes, type: str = PARQUET) -> None:
        """Write a file, in place of what is there."""
        with translated():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=type)

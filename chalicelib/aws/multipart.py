"""Uploads in parts: a browser sends a large file in parts, and after an interruption only the missing ones.

S3 itself remembers which parts have arrived, so we store nothing about them. S3 deletes the parts of an
upload that is not finished within a day (`infra/resources.yaml`).
"""

from typing import Any

from chalicelib.aws.buckets import translated
from chalicelib.evidence.uploads import FORM_LASTS, PART, Parts, part_sizes

AT_ONCE = 4
"""How many parts get a link at once. Each link counts for the limits of bytes, also if it is not used."""


def missing_parts(s3: Any, bucket: str, key: str, size: int) -> Parts:
    """Return links for the next missing parts of a file of `size` bytes. The first call begins the upload. If
    no part is missing, put the file together and return no link; then the store reports that the file has
    arrived. A call after that returns no link either."""
    at = {"Bucket": bucket, "Key": key}
    with translated():
        found = s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", ())
        begun = [one for one in found if one["Key"] == key]
        if not begun and s3.list_object_versions(Bucket=bucket, Prefix=key).get("Versions"):
            return Parts(PART, {})
        # Two tabs may begin at the same time. The older upload is the one that counts.
        id = min(begun, key=lambda one: one["Initiated"])["UploadId"] if begun else ""
        id = id or s3.create_multipart_upload(**at, ContentType="*/*")["UploadId"]
        arrived = {one["PartNumber"]: one for one in s3.list_parts(**at, UploadId=id).get("Parts", ())}
        sizes = part_sizes(size)
        missing = [n for n, length in sizes.items() if n not in arrived or arrived[n]["Size"] != length]
        if not missing:
            parts = [{"PartNumber": n, "ETag": arrived[n]["ETag"]} for n in sizes]
            s3.complete_multipart_upload(**at, UploadId=id, MultipartUpload={"Parts": parts})
        return Parts(
            PART,
            {
                n: s3.generate_presigned_url(
                    "upload_part",
                    {**at, "UploadId": id, "PartNumber": n, "ContentLength": sizes[n]},
                    int(FORM_LASTS.total_seconds()),
                )
                for n in missing[:AT_ONCE]
            },
        )

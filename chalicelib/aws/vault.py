"""The store of files on S3, by folder. `incoming/`: quarantine. `evidence/`: kept files. `thumbs/`: small
pictures. `drafts/`: files of complaints not sent yet. `verify/`: documents to be verified. `copies/`: copies
of complaints."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Unavailable
from chalicelib.documents.authenticity import LARGEST as MOST_VERIFIED
from chalicelib.evidence.uploads import (
    ANY,
    CEILING,
    FORM_LASTS,
    LARGEST,
    LINK_LASTS,
    Arrived,
    Form,
    Incoming,
    Upload,
    Verdict,
)

INCOMING, DRAFTS = "incoming", "drafts"
GONE = {"NoSuchKey", "NoSuchVersion", "PreconditionFailed", "404", "412"}
RESULTS = {"NO_THREATS_FOUND": Verdict.CLEAN, "THREATS_FOUND": Verdict.INFECTED}
"""The verdicts by GuardDuty's results. Any other result means that it could not scan the file."""


class S3Vault:
    """One bucket. Raises Unavailable, never an error of AWS."""

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client, self._bucket = client, bucket

    @cached_property
    def _s3(self) -> Any:
        """The client, made at first use, because pages that only list files do without."""
        return self._client()

    def form(self, upload: Upload, back: str) -> Form:
        """Return a form for exactly this object: its key, its declared type, and at most `CEILING` bytes.
        Afterwards the browser goes `back`, if that is given."""
        key = f"{INCOMING}/{upload.ref}/{upload.id}"
        return _form(self._s3, self._bucket, key, upload.type, back, (0, CEILING))

    def first(self, arrived: Arrived) -> bool:
        """Return whether this is the first version under its name. A form can be used several times until it
        expires. Only its first use counts, so that no one can replace the file."""
        with translated():
            found = _first(self._s3, self._bucket, _incoming(arrived))
        return found is None or found["ETag"].strip('"') == arrived.etag

    def read(self, arrived: Arrived) -> Incoming | None:
        """Return this very version of an arrived file; None when it is gone. Only the size is read of a file
        that is too large."""
        version = {"VersionId": arrived.version} if arrived.version else {}
        with translated():
            try:
                found = self._s3.get_object(
                    Bucket=self._bucket, Key=_incoming(arrived), IfMatch=arrived.etag, **version
                )
            except ClientError as error:
                if error.response["Error"]["Code"] in GONE:
                    return None
                raise
            size = int(found["ContentLength"])
            return Incoming(size, found["Body"].read() if size <= LARGEST else b"")

    def keep(self, upload: Upload, content: bytes, small: bytes | None) -> None:
        """Store a file and its small picture under the file's own name, which is never written twice."""
        self._put("evidence", upload, content, upload.found)
        if small:
            self._put("thumbs", upload, small, "image/jpeg")

    def remove(self, arrived: Arrived) -> None:
        """Remove this version of an arrived file."""
        at = {"Bucket": self._bucket, "Key": _incoming(arrived)}
        with translated():
            try:
                # the emulator gives no version
                version = arrived.version or self._s3.head_object(**at, IfMatch=arrived.etag).get("VersionId")
            except ClientError as error:
                if error.response["Error"]["Code"] in GONE:
                    return
                raise
            self._s3.delete_object(**at, **({"VersionId": version} if version else {}))

    def link(self, upload: Upload, name: str, small: bool) -> str:
        """Return a link to a kept file. The browser saves the file under its name, and shows only a small
        picture."""
        folder, type = ("thumbs", "image/jpeg") if small else ("evidence", upload.found)
        shown = "inline" if small else f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        wanted = {
            "Bucket": self._bucket,
            "Key": f"{folder}/{upload.ref}/{upload.id}",
            "ResponseContentDisposition": shown,
            "ResponseContentType": type,
            "ResponseCacheControl": "private, max-age=300",
        }
        return str(self._s3.generate_presigned_url("get_object", wanted, int(LINK_LASTS.total_seconds())))

    def _put(self, folder: str, upload: Upload, content: bytes, type: str) -> None:
        with translated():
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=f"{folder}/{upload.ref}/{upload.id}",
                    Body=content,
                    ContentType=type,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                )
            # The file exists already. It is the same, because only bytes whose hash was saved come here.
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise


class S3Drop:
    """Documents to be verified, under `verify/` in the same bucket. They expire after a day."""

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def form(self, id: str, back: str) -> Form:
        """Return a form for one PDF. Afterwards the browser goes `back`, if that is given."""
        return _form(
            self._client(), self._bucket, f"verify/{id}", "application/pdf", back, (1, MOST_VERIFIED)
        )

    def read(self, id: str) -> bytes | None:
        """Return the document uploaded by the first use of its form. Return None where it is missing or too
        large to be judged."""
        s3, key = self._client(), f"verify/{id}"
        with translated():
            first = _first(s3, self._bucket, key)
            if first is None or first["Size"] > MOST_VERIFIED:
                return None
            found = s3.get_object(Bucket=self._bucket, Key=key, VersionId=first["VersionId"])
            return bytes(found["Body"].read())


class S3Drafts:
    """Files of complaints not sent yet, under `drafts/` in the same bucket, in a folder for each draft. They
    expire a day after the draft does."""

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client, self._bucket = client, bucket

    @cached_property
    def _s3(self) -> Any:
        return self._client()

    def form(self, draft: str, id: str, back: str) -> Form:
        """Return a form for one file. Afterwards the browser goes `back`, if that is given."""
        return _form(self._s3, self._bucket, f"{DRAFTS}/{draft}/{id}", ANY, back, (0, CEILING))

    def sizes(self, draft: str) -> dict[str, int]:
        """Return the size in bytes of each arrived file, by its id."""
        return {id: version["Size"] for id, version in self._versions(f"{draft}/").items()}

    def head(self, draft: str, id: str, most: int) -> bytes:
        """Return the first `most` bytes of a file; b"" for a missing one."""
        version = self._versions(f"{draft}/{id}").get(id)
        if version is None:
            return b""
        with translated():
            found = self._s3.get_object(
                **self._at(draft, id), VersionId=version["VersionId"], Range=f"bytes=0-{most - 1}"
            )
            return bytes(found["Body"].read())

    def hand_over(self, draft: str, id: str, upload: Upload) -> None:
        """Copy the first version of a draft's file to the place where the declared file arrives. A missing
        file copies nothing."""
        version = self._versions(f"{draft}/{id}").get(id)
        if version is None:
            return
        with translated():
            self._s3.copy_object(
                Bucket=self._bucket,
                Key=f"{INCOMING}/{upload.ref}/{upload.id}",
                CopySource={**self._at(draft, id), "VersionId": version["VersionId"]},
            )

    def remove(self, draft: str, id: str) -> None:
        """Delete every version of a file."""
        with translated():
            for version in _versions(self._s3, self._bucket, f"{DRAFTS}/{draft}/{id}"):
                self._s3.delete_object(**self._at(draft, id), VersionId=version["VersionId"])

    def _at(self, draft: str, id: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{DRAFTS}/{draft}/{id}"}

    def _versions(self, prefix: str) -> dict[str, Any]:
        """Return the oldest version of each file, by its id. A form can be used several times, and its first
        use counts."""
        with translated():
            found = _versions(self._s3, self._bucket, f"{DRAFTS}/{prefix}")
            return {version["Key"].rpartition("/")[2]: version for version in found}


class S3Copies:
    """Copies of complaints, under `copies/` in the same bucket. A copy has its contents, and later the
    document or a mark of its failure. They expire after a day."""

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client, self._bucket = client, bucket

    @cached_property
    def _s3(self) -> Any:
        return self._client()

    def ask(self, name: str, contents: bytes) -> None:
        """Store the contents of a copy."""
        self._put(f"{name}.json", contents, "application/json")

    def read(self, name: str) -> bytes:
        """Return the contents of a copy. Raises Unavailable, also for missing contents."""
        with translated():
            found = self._s3.get_object(Bucket=self._bucket, Key=f"copies/{name}.json")
            return bytes(found["Body"].read())

    def keep(self, name: str, content: bytes) -> None:
        """Store the document of a copy. A second one is the same."""
        self._put(f"{name}.pdf", content, "application/pdf")

    def fail(self, name: str) -> None:
        """Mark that the document could not be made."""
        self._put(f"{name}.failed", b"", "text/plain")

    def failed(self, name: str) -> bool:
        """Return whether the document failed since the last request for it."""
        with translated():
            found = {
                one["Key"]: one for one in reversed(_versions(self._s3, self._bucket, f"copies/{name}."))
            }
        asked, mark = (found.get(f"copies/{name}.{end}") for end in ("json", "failed"))
        return bool(asked and mark and mark["LastModified"] >= asked["LastModified"])

    def link(self, name: str, called: str) -> str | None:
        """Return a link that downloads the document under this name for five minutes; None before it
        is made."""
        key = f"copies/{name}.pdf"
        with translated():
            if _first(self._s3, self._bucket, key) is None:
                return None
        wanted = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(called, safe='')}",
            "ResponseContentType": "application/pdf",
            "ResponseCacheControl": "private, max-age=300",
        }
        return str(self._s3.generate_presigned_url("get_object", wanted, int(LINK_LASTS.total_seconds())))

    def _put(self, name: str, content: bytes, type: str) -> None:
        with translated():
            self._s3.put_object(
                Bucket=self._bucket,
                Key=f"copies/{name}",
                Body=content,
                ContentType=type,
                ChecksumAlgorithm="SHA256",
            )


def arrival(event: Mapping[str, Any]) -> Arrived:
    """Return the arrival in an event of EventBridge. S3 reports a new object; GuardDuty reports the result of
    a scan."""
    detail = event["detail"]
    if event["source"] == "aws.guardduty":
        said = detail["s3ObjectDetails"]
        result = (detail.get("scanResultDetails") or {}).get("scanResultStatus", "")
        return _arrived(
            said["objectKey"], said.get("versionId"), said["eTag"], RESULTS.get(result, Verdict.UNSCANNABLE)
        )
    found = detail["object"]
    return _arrived(found["key"], found.get("version-id"), found["etag"], None)


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of S3 into Unavailable."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("file store") from error


def _first(s3: Any, bucket: str, key: str) -> Any:
    """Return the oldest version under a key; None without one. S3 lists the newest first."""
    versions = [version for version in _versions(s3, bucket, key) if version["Key"] == key]
    return versions[-1] if versions else None


def _versions(s3: Any, bucket: str, prefix: str) -> list[Any]:
    """Return every version under a prefix, the newest first for each key."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    return [version for page in pages for version in page.get("Versions", ())]


def _form(s3: Any, bucket: str, key: str, type: str, back: str, sizes: tuple[int, int]) -> Form:
    """Return a form for exactly this object: its key, its declared type, the least and the most bytes.
    Afterwards the browser goes `back`, if that is given."""
    fixed = {"Content-Type": type, **({"success_action_redirect": back} if back else {})}
    conditions: list[Any] = [
        *({name: value} for name, value in fixed.items()),
        ["content-length-range", *sizes],
    ]
    made = s3.generate_presigned_post(bucket, key, fixed, conditions, int(FORM_LASTS.total_seconds()))
    return Form(made["url"], made["fields"])


def _arrived(key: str, version: str | None, etag: str, verdict: Verdict | None) -> Arrived:
    _, ref, id = key.split("/")
    return Arrived(ref, id, version or "", etag.strip('"'), verdict)


def _incoming(arrived: Arrived) -> str:
    return f"{INCOMING}/{arrived.ref}/{arrived.id}"

"""The store of files on S3, one bucket with a folder for each purpose. `incoming/`: uploads that are not
checked yet. `evidence/`: checked files. `thumbs/`: thumbnails. `drafts/`: files of complaints that are not
sent yet. `verify/`: documents to be verified. `copies/`: copies of complaints. `mails/`: mails that
arrived."""

from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from chalicelib.aws.buckets import GONE, Bucket, translated
from chalicelib.aws.multipart import missing_parts
from chalicelib.documents.authenticity import LARGEST as MOST_VERIFIED
from chalicelib.evidence.confined import MEGABYTE
from chalicelib.evidence.uploads import (
    ANY,
    CEILING,
    FORM_LASTS,
    LARGEST,
    LINK_LASTS,
    WHOLE,
    Arrived,
    Incoming,
    Parts,
    PresignedForm,
    ScanVerdict,
    Upload,
)

LARGEST_MAIL = 40 * MEGABYTE
"""The size of the largest mail that is read whole, in bytes. SES takes no larger one."""
INCOMING, DRAFTS = "incoming", "drafts"
FOLDERS = ("evidence", "thumbs", INCOMING)
"""The folders with files of cases."""
RESULTS = {"NO_THREATS_FOUND": ScanVerdict.CLEAN, "THREATS_FOUND": ScanVerdict.INFECTED}
"""The results of GuardDuty's scan, each with our verdict. Any other result means that GuardDuty could not
scan the file."""


class S3Vault(Bucket):
    """The bucket of evidence files. `copies` is the bucket in another region to which S3 copies them, if
    there is one. Raises Unavailable, never an error of AWS."""

    def __init__(self, client: Callable[[], Any], bucket: str, copies: "S3Vault | None" = None) -> None:
        super().__init__(client, bucket)
        self._copies = copies

    def form(self, upload: Upload, back: str, most: int) -> PresignedForm:
        """Return the form with which a browser uploads a declared file. The form allows only this file's key,
        its declared type, and at most `most` bytes. After the upload the browser goes to the URL `back`,
        unless that is empty."""
        key = f"{INCOMING}/{upload.ref}/{upload.id}"
        return _form(self._s3, self._bucket, key, upload.type, back, (0, most))

    def parts(self, upload: Upload, size: int) -> Parts:
        """Return links for the next missing parts of a declared file of `size` bytes; without any, the file
        is complete."""
        return missing_parts(self._s3, self._bucket, f"{INCOMING}/{upload.ref}/{upload.id}", size)

    def put(self, upload: Upload, content: bytes) -> None:
        """Store the content of a declared file where uploads arrive, so that it is checked like any
        upload."""
        with translated():
            self._s3.put_object(Bucket=self._bucket, Key=f"{INCOMING}/{upload.ref}/{upload.id}", Body=content)

    def first(self, arrived: Arrived) -> bool:
        """Return whether an arrived upload is the first one through its form. A form can be used several
        times until it expires. Only its first use counts, so that nobody can replace the file."""
        with translated():
            found = _first(self._s3, self._bucket, _incoming(arrived))
        return found is None or found["ETag"].strip('"') == arrived.etag

    def read(self, arrived: Arrived) -> Incoming | None:
        """Return an arrived upload, in exactly the reported version; None if this version is gone. If the
        file is too large, return its size only."""
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
            if not 0 < size <= LARGEST:
                return Incoming(size, "", b"")
            body = found["Body"]
            hashed, content = sha256(), b""
            for piece in (body.read(),) if size <= WHOLE else body.iter_chunks(MEGABYTE):
                hashed.update(piece)
                content = content or piece
            return Incoming(size, hashed.hexdigest(), content)

    def keep(self, upload: Upload, arrived: Arrived, came: Incoming, small: bytes | None) -> None:
        """Store a checked file, and its thumbnail `small` if there is one. A stored file is never
        overwritten. If its content was too large to be held, S3 copies exactly the version that was
        checked."""
        if came.whole:
            self._put("evidence", upload, came.content, upload.found)
        else:
            self._copy(upload, arrived)
        if small:
            self._put("thumbs", upload, small, "image/jpeg")

    def remove(self, arrived: Arrived) -> None:
        """Remove an arrived upload, in exactly the reported version."""
        at = {"Bucket": self._bucket, "Key": _incoming(arrived)}
        with translated():
            try:
                # the local emulator reports no version
                version = arrived.version or self._s3.head_object(**at, IfMatch=arrived.etag).get("VersionId")
            except ClientError as error:
                if error.response["Error"]["Code"] in GONE:
                    return
                raise
            self._s3.delete_object(**at, **({"VersionId": version} if version else {}))

    def erase(self, ref: str, id: str = "", but: Collection[str] = ()) -> None:
        """Delete all files of a case, or only the file with this id, in all their versions. The files with
        the ids `but` stay. The copies in another region are deleted too, since S3 copies no deletion of a
        version."""
        kept = tuple(f"{folder}/{ref}/{one}" for folder in FOLDERS for one in but)
        with translated():
            for folder in FOLDERS:
                for version in _versions(self._s3, self._bucket, f"{folder}/{ref}/{id}"):
                    if version["Key"].startswith(kept):
                        continue
                    at = {"Key": version["Key"], "VersionId": version["VersionId"]}
                    self._s3.delete_object(Bucket=self._bucket, **at)
        if self._copies:
            self._copies.erase(ref, id, but)

    def link(self, upload: Upload, name: str, small: bool, shown: bool) -> str:
        """Return a link to a checked file, which the browser saves as `name`; with `shown`, it shows or plays
        the file. With `small`, return a link to the thumbnail, which the browser shows."""
        folder, type = ("thumbs", "image/jpeg") if small else ("evidence", upload.found)
        called = f"filename*=UTF-8''{quote(name, safe='')}"
        how = "inline" if small else f"{'inline' if shown else 'attachment'}; {called}"
        wanted = {
            "Bucket": self._bucket,
            "Key": f"{folder}/{upload.ref}/{upload.id}",
            "ResponseContentDisposition": how,
            "ResponseContentType": type,
            "ResponseCacheControl": "private, max-age=300",
        }
        return str(self._s3.generate_presigned_url("get_object", wanted, int(LINK_LASTS.total_seconds())))

    def _put(self, folder: str, upload: Upload, content: bytes, type: str) -> None:
        self._store(self._s3.put_object, folder, upload, Body=content, ContentType=type)

    def _copy(self, upload: Upload, arrived: Arrived) -> None:
        version = {"VersionId": arrived.version} if arrived.version else {}
        self._store(
            self._s3.copy_object,
            "evidence",
            upload,
            CopySource={"Bucket": self._bucket, "Key": _incoming(arrived), **version},
            CopySourceIfMatch=arrived.etag,
            ContentType=upload.found,
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",  # the tags of a scanner stay with the upload
        )

    def _store(self, call: Callable[..., Any], folder: str, upload: Upload, **said: Any) -> None:
        with translated():
            try:
                call(
                    Bucket=self._bucket,
                    Key=f"{folder}/{upload.ref}/{upload.id}",
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    **said,
                )
            # If the file exists already, it is the same: only bytes whose hash was saved are stored here.
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise


class S3Drop(Bucket):
    """Documents that anybody uploads to have them verified, in the folder `verify/`. They expire after a
    day."""

    def form(self, id: str, back: str) -> PresignedForm:
        """Return the upload form for one PDF. After the upload the browser goes to the URL `back`, unless
        that is empty."""
        return _form(self._s3, self._bucket, f"verify/{id}", "application/pdf", back, (1, MOST_VERIFIED))

    def read(self, id: str) -> bytes | None:
        """Return the first document that was uploaded under this id; None if there is none, or if it is too
        large to be verified."""
        s3, key = self._s3, f"verify/{id}"
        with translated():
            first = _first(s3, self._bucket, key)
            if first is None or first["Size"] > MOST_VERIFIED:
                return None
            found = s3.get_object(Bucket=self._bucket, Key=key, VersionId=first["VersionId"])
            return bytes(found["Body"].read())


class S3Mails(Bucket):
    """The mails that arrived, in the folder `mails/`. They expire there after 30 days. A mail about a case
    is stored with its evidence, too. That copy stays until the data of the case are destroyed."""

    def read(self, key: str) -> tuple[bytes, bool] | None:
        """Return a mail, and whether this is the whole of it. Of a mail that is too large, return the
        beginning. Return None if there is no such mail any more."""
        with translated():
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in GONE:
                    return None
                raise
            whole = found["ContentLength"] <= LARGEST_MAIL
            return bytes(found["Body"].read() if whole else found["Body"].read(MEGABYTE)), whole

    def store(self, id: str, raw: bytes) -> None:
        """Store a mail that was fetched. Then it goes the way of any other."""
        with translated():
            self._s3.put_object(Bucket=self._bucket, Key=f"mails/{id}", Body=raw)

    def keep(self, ref: str, party: str, id: str, raw: bytes) -> None:
        """Keep the original of a mail of a party."""
        with translated():
            key = f"evidence/{ref}/mail-{party}-{id}"
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=raw, ContentType="message/rfc822")


class S3Drafts(Bucket):
    """Files of complaints that are not sent yet: a folder per draft in `drafts/`. They expire a day after the
    draft."""

    def form(self, draft: str, id: str, back: str, most: int = CEILING) -> PresignedForm:
        """Return the upload form for one file of a draft, of at most `most` bytes. After the upload the
        browser goes to the URL `back`, unless that is empty."""
        return _form(self._s3, self._bucket, f"{DRAFTS}/{draft}/{id}", ANY, back, (0, most))

    def parts(self, draft: str, id: str, size: int) -> Parts:
        """Return links for the next missing parts of a file of a draft, of `size` bytes; without any, the
        file is complete."""
        return missing_parts(self._s3, self._bucket, f"{DRAFTS}/{draft}/{id}", size)

    def sizes(self, draft: str) -> dict[str, int]:
        """Return the sizes in bytes of the arrived files of a draft, by id."""
        return {id: version["Size"] for id, version in self._versions(f"{draft}/").items()}

    def head(self, draft: str, id: str, most: int) -> bytes:
        """Return the first `most` bytes of a file of a draft; empty if it has not arrived."""
        version = self._versions(f"{draft}/{id}").get(id)
        if version is None:
            return b""
        with translated():
            found = self._s3.get_object(
                **self._at(draft, id), VersionId=version["VersionId"], Range=f"bytes=0-{most - 1}"
            )
            return bytes(found["Body"].read())

    def hand_over(self, draft: str, id: str, upload: Upload) -> None:
        """Copy a file of a draft to the place where the declared file `upload` of a case arrives. Only the
        first version of the file counts. If it has not arrived, nothing is copied."""
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
        """Delete a file of a draft in all its versions."""
        with translated():
            for version in _versions(self._s3, self._bucket, f"{DRAFTS}/{draft}/{id}"):
                self._s3.delete_object(**self._at(draft, id), VersionId=version["VersionId"])

    def _at(self, draft: str, id: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{DRAFTS}/{draft}/{id}"}

    def _versions(self, prefix: str) -> dict[str, Any]:
        """Return the first version of each file whose key begins with `prefix`, by id. A form can be used
        several times; only its first use counts."""
        with translated():
            found = _versions(self._s3, self._bucket, f"{DRAFTS}/{prefix}")
            return {version["Key"].rpartition("/")[2]: version for version in found}


MIMES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json"}
"""The types of the files among copies, by the ending of their names."""


class S3Copies(Bucket):
    """Copies of complaints and of reports, in `copies/`. First the data for a document are stored, then the
    finished document, or a mark that it failed. A file of other contents is stored at once. All expire after
    a day."""

    def ask(self, name: str, contents: bytes) -> None:
        """Store the data from which the copy `name` will be made."""
        self._put(f"{name}.json", contents, "application/json")

    def read(self, name: str) -> bytes:
        """Return the data for the copy `name`. Raises Unavailable, also if there are none."""
        with translated():
            found = self._s3.get_object(Bucket=self._bucket, Key=f"copies/{name}.json")
            return bytes(found["Body"].read())

    def keep(self, name: str, content: bytes, ending: str = "pdf") -> None:
        """Store the finished file of the copy `name`. Making a copy a second time gives the same file.
        `ending`: a key of `MIMES`."""
        self._put(f"{name}.{ending}", content, MIMES[ending])

    def fail(self, name: str) -> None:
        """Store the mark that the document of the copy `name` could not be made."""
        self._put(f"{name}.failed", b"", "text/plain")

    def failed(self, name: str) -> bool:
        """Return whether the document of the copy `name` could not be made since it was last asked for."""
        with translated():
            found = {
                one["Key"]: one for one in reversed(_versions(self._s3, self._bucket, f"copies/{name}."))
            }
        asked, mark = (found.get(f"copies/{name}.{end}") for end in ("json", "failed"))
        return bool(asked and mark and mark["LastModified"] >= asked["LastModified"])

    def link(self, name: str, called: str, ending: str = "pdf") -> str | None:
        """Return a link that downloads the file of the copy `name` for five minutes. Return None if that file
        is not made yet. The browser saves it as `called`. `ending`: a key of `MIMES`."""
        key = f"copies/{name}.{ending}"
        with translated():
            if _first(self._s3, self._bucket, key) is None:
                return None
        wanted = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(called, safe='')}",
            "ResponseContentType": MIMES[ending],
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
    """Return the arrived upload that an EventBridge event reports. S3 reports a new object, without a
    verdict. GuardDuty reports the result of a scan."""
    detail = event["detail"]
    if event["source"] == "aws.guardduty":
        said = detail["s3ObjectDetails"]
        result = (detail.get("scanResultDetails") or {}).get("scanResultStatus", "")
        return _arrived(
            said["objectKey"],
            said.get("versionId"),
            said["eTag"],
            RESULTS.get(result, ScanVerdict.UNSCANNABLE),
        )
    found = detail["object"]
    return _arrived(found["key"], found.get("version-id"), found["etag"], None)


def _first(s3: Any, bucket: str, key: str) -> Any:
    """Return the oldest version of the object with this key; None if there is none."""
    versions = [version for version in _versions(s3, bucket, key) if version["Key"] == key]
    return versions[-1] if versions else None


def _versions(s3: Any, bucket: str, prefix: str) -> list[Any]:
    """Return all versions of the objects whose key begins with `prefix`. For each key the newest is first."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    return [version for page in pages for version in page.get("Versions", ())]


def _form(s3: Any, bucket: str, key: str, type: str, back: str, sizes: tuple[int, int]) -> PresignedForm:
    """Return an upload form that is valid only for this key and content type, and for a size within `sizes`
    (least and most bytes). After the upload the browser goes to the URL `back`, unless that is empty."""
    fixed = {"Content-Type": type, **({"success_action_redirect": back} if back else {})}
    conditions: list[Any] = [
        *({name: value} for name, value in fixed.items()),
        ["content-length-range", *sizes],
    ]
    made = s3.generate_presigned_post(bucket, key, fixed, conditions, int(FORM_LASTS.total_seconds()))
    return PresignedForm(made["url"], made["fields"])


def _arrived(key: str, version: str | None, etag: str, verdict: ScanVerdict | None) -> Arrived:
    _, ref, id = key.split("/")
    return Arrived(ref, id, version or "", etag.strip('"'), verdict)


def _incoming(arrived: Arrived) -> str:
    return f"{INCOMING}/{arrived.ref}/{arrived.id}"

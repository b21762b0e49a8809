"""S3 in memory: buckets with versions of files, locks, paged lists, links and forms."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5, sha256
from hmac import compare_digest, digest
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from tests.cloud.expressions import NotBuilt
from tests.cloud.refused import Refused

SECRET = "test"
"""The secret key of every client here."""
PAGE = 1000
"""The files on a page of a list."""
NULL = "null"
"""The version of a file in a bucket without versions."""
SAID = ("ContentType", "ContentDisposition", "CacheControl", "Metadata")
"""The settings of a put that are returned with the content."""
LOCK = ("ObjectLockMode", "ObjectLockRetainUntilDate")
"""The settings of a put that lock the file for a time of its own."""
SMALLEST_PART = 5 * 2**20
"""The bytes that each part but the last must have."""
RANGE = re.compile(r"bytes=(\d+)-(\d*)")
MIDNIGHT = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
Event = Callable[[str, dict[str, Any]], None]
"""A listener for created files: it takes the bucket and the detail of the event."""


@dataclass(frozen=True)
class Version:
    """One version of a file, or a delete marker, which has no content."""

    id: str
    at: datetime
    etag: str
    body: bytes | None
    said: Mapping[str, Any] = field(default_factory=dict)
    checksum: str = ""
    mode: str = ""
    until: datetime | None = None


@dataclass
class Parted:
    """A file that arrives in parts: the content of each part by its number."""

    key: str
    at: datetime
    said: Mapping[str, Any]
    parts: dict[int, bytes] = field(default_factory=dict)

    def etag(self, n: int) -> str:
        """Return the ETag of a part."""
        return f'"{md5(self.parts[n], usedforsecurity=False).hexdigest()}"'


@dataclass
class Bucket:
    """A bucket with its settings and the versions of each file, the newest last."""

    name: str
    versioned: bool = False
    locks: bool = False
    retention: tuple[str, timedelta] | None = None
    encryption: Mapping[str, Any] = field(default_factory=lambda: {"ServerSideEncryption": "AES256"})
    rules: list[Mapping[str, Any]] = field(default_factory=list)
    files: dict[str, list[Version]] = field(default_factory=dict)
    uploads: dict[str, Parted] = field(default_factory=dict)

    def newest(self, key: str) -> Version | None:
        """Return the present version of a file, or None if it is deleted or never existed."""
        version = (self.files.get(key) or [None])[-1]
        return version if version and version.body is not None else None

    def add(self, key: str, version: Version) -> None:
        """Add a version as the newest, or replace the one with the same id."""
        kept = [one for one in self.files.get(key, ()) if version.id != one.id]
        self.files[key] = [*kept, version]

    def drop(self, key: str, id: str) -> None:
        """Remove a version."""
        kept = [one for one in self.files.get(key, ()) if one.id != id]
        if kept:
            self.files[key] = kept
        else:
            self.files.pop(key, None)


class Files:
    """The buckets of an account. `created` is called for every created file."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.held: dict[str, Bucket] = {}
        self.created: Event = lambda bucket, detail: None
        self._made = 0

    def empty(self) -> None:
        """Empty every bucket and remove the listener."""
        for bucket in self.held.values():
            bucket.files.clear()
            bucket.uploads.clear()
        self.created, self._made = lambda bucket, detail: None, 0

    def snapshot(self) -> Any:
        """Return the content of all buckets, which `again` restores."""
        return {name: bucket.files for name, bucket in self.held.items()}, self._made

    def again(self, kept: Any) -> None:
        """Replace the content of all buckets."""
        files, self._made = kept
        for name, bucket in self.held.items():
            bucket.files = files.get(name, {})

    def bucket(self, request: Mapping[str, Any], *known: str) -> Bucket:
        """Return the bucket of a request; raise `NotBuilt` for parameters other than the known ones."""
        if unknown := request.keys() - {"Bucket", "Key", *known}:
            raise NotBuilt("s3", unknown)
        try:
            return self.held[request["Bucket"]]
        except KeyError:
            raise Refused("NoSuchBucket", "The specified bucket does not exist", 404) from None

    def create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateBucket."""
        locks = request.get("ObjectLockEnabledForBucket", False)
        self.held[request["Bucket"]] = Bucket(request["Bucket"], versioned=locks, locks=locks)
        return {"Location": f"/{request['Bucket']}"}

    def version(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """PutBucketVersioning."""
        bucket = self.bucket(request, "VersioningConfiguration")
        bucket.versioned = request["VersioningConfiguration"]["Status"] == "Enabled"
        return {}

    def lock(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """PutObjectLockConfiguration: set how long each file is kept, and how strictly."""
        bucket = self.bucket(request, "ObjectLockConfiguration")
        rule = request["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        bucket.retention = rule["Mode"], timedelta(days=rule.get("Days", 0) + 365 * rule.get("Years", 0))
        return {}

    def encrypt(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """PutBucketEncryption."""
        bucket = self.bucket(request, "ServerSideEncryptionConfiguration")
        (rule,) = request["ServerSideEncryptionConfiguration"]["Rules"]
        by = rule["ApplyServerSideEncryptionByDefault"]
        told = {"ServerSideEncryption": by["SSEAlgorithm"]}
        if by["SSEAlgorithm"] == "aws:kms":
            told |= {"SSEKMSKeyId": by["KMSMasterKeyID"], "BucketKeyEnabled": rule["BucketKeyEnabled"]}
        bucket.encryption = told
        return {}

    def expire(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """PutBucketLifecycleConfiguration."""
        bucket = self.bucket(request, "LifecycleConfiguration")
        bucket.rules = request["LifecycleConfiguration"]["Rules"]
        return {}

    def sweep(self) -> None:
        """Apply the lifecycle rules, as S3 does once a day.

        Old files are deleted, and versions that were replaced long ago are removed.
        """
        for bucket in self.held.values():
            for rule in bucket.rules:
                for key in [key for key in bucket.files if key.startswith(rule["Filter"]["Prefix"])]:
                    self._swept(bucket, rule, key)

    def _swept(self, bucket: Bucket, rule: Mapping[str, Any], key: str) -> None:
        def over(since: datetime, days: int) -> bool:
            # the midnight after so many days
            return since.replace(**MIDNIGHT) + timedelta(days=days + 1) <= self._now()

        versions = bucket.files[key]
        for one, after in pairwise(versions):
            if over(after.at, rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 10**5)):
                bucket.drop(key, one.id)
        newest = bucket.newest(key)
        if newest is None:
            if len(bucket.files.get(key, ())) == 1:  # only the delete marker is left
                bucket.drop(key, bucket.files[key][0].id)
        elif over(newest.at, rule["Expiration"]["Days"]):
            self.delete({"Bucket": bucket.name, "Key": key})

    def put(self, request: Mapping[str, Any], reason: str = "PutObject") -> dict[str, Any]:
        """PutObject; with IfNoneMatch only where no file exists.

        Raise `Refused` for a wrong checksum, or for a missing one in a bucket that keeps files for good.
        """
        bucket = self.bucket(
            request,
            "Body",
            "IfNoneMatch",
            "ChecksumAlgorithm",
            "ChecksumSHA256",
            "ChecksumCRC32",
            *LOCK,
            *SAID,
        )
        key, body = request["Key"], _content(request.get("Body", b""))
        checksum = b64encode(sha256(body).digest()).decode()
        if request.get("ChecksumSHA256", checksum) != checksum:
            said = "The SHA256 you specified did not match the calculated checksum."
            raise Refused("BadDigest", said)
        if bucket.retention and not request.keys() & {"ChecksumSHA256", "ChecksumCRC32", "ChecksumAlgorithm"}:
            raise Refused(
                "InvalidRequest",
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object "
                "Lock parameters",
            )
        if request.get("IfNoneMatch", "*") != "*":
            raise NotBuilt("IfNoneMatch", request["IfNoneMatch"])
        if "IfNoneMatch" in request and bucket.newest(key):
            raise _unmet("If-None-Match")
        named = "ChecksumSHA256" in request or request.get("ChecksumAlgorithm") == "SHA256"
        said = {name: request[name] for name in SAID if name in request}
        lock = (request[LOCK[0]], request[LOCK[1]]) if LOCK[0] in request else None
        version = self._add(bucket, key, body, said, checksum if named else "", reason, lock)
        return {
            "ETag": version.etag,
            **({"VersionId": version.id} if bucket.versioned else {}),
            **({"ChecksumSHA256": checksum, "ChecksumType": "FULL_OBJECT"} if named else {}),
            **bucket.encryption,
        }

    def _add(
        self,
        bucket: Bucket,
        key: str,
        body: bytes,
        said: Mapping[str, Any],
        checksum: str,
        reason: str,
        lock: tuple[str, datetime] | None = None,
        parts: int = 0,
    ) -> Version:
        id = self._id(bucket)
        # the ETag of content encrypted by a KMS key does not depend on the content alone
        salt = id.encode() if bucket.encryption["ServerSideEncryption"] == "aws:kms" else b""
        # the ETag of a file that came in parts names their number
        ending = f"-{parts}" if parts else ""
        etag = f'"{md5(salt + body, usedforsecurity=False).hexdigest()}{ending}"'
        mode, lasts = bucket.retention or ("", timedelta())
        until = self._now() + lasts if mode else None
        if lock:
            mode, until = lock
        bucket.add(
            key,
            version := Version(
                id,
                self._now(),
                etag,
                body,
                {"ContentType": "binary/octet-stream", **said},
                checksum,
                mode,
                until,
            ),
        )
        found = {
            "key": key,
            "size": len(body),
            "etag": etag.strip('"'),
            **({"version-id": id} if bucket.versioned else {}),
        }
        self.created(bucket.name, {"bucket": {"name": bucket.name}, "object": found, "reason": reason})
        return version

    def _id(self, bucket: Bucket) -> str:
        self._made += 1
        return f"{self._made:032}" if bucket.versioned else NULL

    def copy(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CopyObject: copy a version, or else the newest, with its metadata."""
        known = ("CopySource", "CopySourceIfMatch", "MetadataDirective", "TaggingDirective", "IfNoneMatch")
        bucket = self.bucket(request, *known, "ChecksumAlgorithm", "ContentType")
        source = request["CopySource"]
        if "IfNoneMatch" in request and bucket.newest(request["Key"]):
            raise _unmet("If-None-Match")
        if bucket.retention:
            raise NotBuilt("CopyObject", "into a store that keeps files for good")
        if isinstance(source, str):
            path, _, version = source.partition("?versionId=")
            name, _, key = path.lstrip("/").partition("/")
            source = {"Bucket": name, "Key": key, **({"VersionId": version} if version else {})}
        of = self.bucket(source, "VersionId")
        found = self._found(of, source)
        assert found.body is not None
        if request.get("CopySourceIfMatch", "").strip('"') not in ("", found.etag.strip('"')):
            raise _unmet("x-amz-copy-source-If-Match")
        if source == {"Bucket": request["Bucket"], "Key": request["Key"]}:
            said = (
                "This copy request is illegal because it is trying to copy an object to itself without "
                "changing the object's metadata, storage class, website redirect location or encryption "
                "attributes."
            )
            raise Refused("InvalidRequest", said)
        anew = request.get("MetadataDirective") == "REPLACE"
        said_ = {name: request[name] for name in SAID if name in request} if anew else found.said
        checksum = found.checksum
        if request.get("ChecksumAlgorithm") == "SHA256":
            checksum = b64encode(sha256(found.body).digest()).decode()
        made = self._add(bucket, request["Key"], found.body, said_, checksum, "CopyObject")
        return {
            "CopyObjectResult": {
                "ETag": made.etag,
                "LastModified": made.at,
                **({"ChecksumSHA256": made.checksum} if made.checksum else {}),
            },
            **({"VersionId": made.id} if bucket.versioned else {}),
            **({"CopySourceVersionId": found.id} if of.versioned else {}),
            **bucket.encryption,
        }

    def begin(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateMultipartUpload."""
        bucket = self.bucket(request, *SAID)
        self._made += 1
        id = f"upload-{self._made:032}"
        bucket.uploads[id] = Parted(
            request["Key"], self._now(), {n: request[n] for n in SAID if n in request}
        )
        return {"Bucket": bucket.name, "Key": request["Key"], "UploadId": id}

    def part(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UploadPart: take a part, instead of an earlier one with its number."""
        upload = self._upload(request, "PartNumber", "Body")
        upload.parts[request["PartNumber"]] = _content(request["Body"])
        return {"ETag": upload.etag(request["PartNumber"])}

    def parts(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListParts: list the parts that have arrived, on one page."""
        upload = self._upload(request)
        told = [
            {"PartNumber": n, "Size": len(upload.parts[n]), "ETag": upload.etag(n)}
            for n in sorted(upload.parts)
        ]
        return {**({"Parts": told} if told else {}), "IsTruncated": False}

    def uploads(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListMultipartUploads: list the files with a prefix that arrive in parts, on one page."""
        bucket = self.bucket(request, "Prefix")
        told = [
            {"Key": one.key, "UploadId": id, "Initiated": one.at}
            for id, one in bucket.uploads.items()
            if one.key.startswith(request.get("Prefix", ""))
        ]
        return {**({"Uploads": told} if told else {}), "IsTruncated": False}

    def complete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CompleteMultipartUpload: put the named parts together. Each but the last has at least 5 MB."""
        upload = self._upload(request, "MultipartUpload")
        named = request["MultipartUpload"]["Parts"]
        if any(part["ETag"] != upload.etag(part["PartNumber"]) for part in named):
            raise Refused("InvalidPart", "One or more of the specified parts could not be found.")
        bodies = [upload.parts[part["PartNumber"]] for part in named]
        if any(len(body) < SMALLEST_PART for body in bodies[:-1]):
            raise Refused("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        bucket = self.held[request["Bucket"]]
        made = self._add(
            bucket,
            upload.key,
            b"".join(bodies),
            upload.said,
            "",
            "CompleteMultipartUpload",
            parts=len(bodies),
        )
        del bucket.uploads[request["UploadId"]]
        return {"Bucket": bucket.name, "Key": upload.key, "ETag": made.etag, "VersionId": made.id}

    def _upload(self, request: Mapping[str, Any], *known: str) -> Parted:
        bucket = self.bucket(request, "UploadId", *known)
        found = bucket.uploads.get(request["UploadId"])
        if found is None or found.key != request["Key"]:
            raise Refused("NoSuchUpload", "The specified upload does not exist.", 404)
        return found

    def get(self, request: Mapping[str, Any], head: bool = False) -> dict[str, Any]:
        """GetObject and HeadObject: return a version, or else the newest; of a range only its bytes."""
        shown = {
            "ResponseContentDisposition": "ContentDisposition",
            "ResponseContentType": "ContentType",
            "ResponseCacheControl": "CacheControl",
        }
        bucket = self.bucket(request, "VersionId", "IfMatch", "Range", "ChecksumMode", *shown)
        version = self._found(bucket, request)
        assert version.body is not None
        if request.get("IfMatch", "").strip('"') not in ("", version.etag.strip('"')):
            raise _unmet("If-Match")
        body, about = version.body, dict[str, Any]()
        if "Range" in request:
            body, about = _part(body, request["Range"])
        if version.mode:
            about |= {"ObjectLockMode": version.mode, "ObjectLockRetainUntilDate": version.until}
        if bucket.versioned or version.id != NULL:
            about["VersionId"] = version.id
        if version.checksum and request.get("ChecksumMode") and "Range" not in request:
            about |= {"ChecksumSHA256": version.checksum, "ChecksumType": "FULL_OBJECT"}
        return {
            "AcceptRanges": "bytes",
            "LastModified": version.at,
            "ContentLength": len(body),
            "ETag": version.etag,
            "Metadata": {},
            **version.said,
            **{name: request[asked] for asked, name in shown.items() if asked in request},
            **about,
            **bucket.encryption,
            **({} if head else {"Body": body}),
        }

    def head(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """HeadObject."""
        return self.get(request, head=True)

    def _found(self, bucket: Bucket, request: Mapping[str, Any]) -> Version:
        """Return the requested version; raise `Refused`."""
        key, versions = request["Key"], bucket.files.get(request["Key"], [])
        if id := request.get("VersionId"):
            found = next((one for one in versions if one.id == id), None)
            if found is None:
                raise Refused("NoSuchVersion", "The specified version does not exist.", 404, Key=key)
            if found.body is None:
                raise Refused(
                    "MethodNotAllowed", "The specified method is not allowed against this resource.", 405
                )
            return found
        if found := bucket.newest(key):
            return found
        raise Refused("NoSuchKey", "The specified key does not exist.", 404, Key=key)

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteObject: remove a version unless it is locked; without a version, add a delete marker."""
        bucket, key = self.bucket(request, "VersionId"), request["Key"]
        if id := request.get("VersionId"):
            found = next((one for one in bucket.files.get(key, ()) if one.id == id), None)
            if found and found.until and self._now() < found.until:
                said = "Access Denied because object protected by object lock."
                raise Refused("AccessDenied", said, 403)
            bucket.drop(key, id)
            return {"VersionId": id, **({"DeleteMarker": True} if found and found.body is None else {})}
        if not bucket.versioned:
            bucket.drop(key, NULL)
            return {}
        bucket.add(key, mark := Version(self._id(bucket), self._now(), "", None))
        return {"DeleteMarker": True, "VersionId": mark.id}

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListObjectsV2: list the files with a prefix after a key, paged, in the order of their keys."""
        bucket = self.bucket(request, "Prefix", "MaxKeys", "ContinuationToken", "EncodingType", "StartAfter")
        prefix, most = request.get("Prefix", ""), min(request.get("MaxKeys", PAGE), PAGE)
        begins = request.get("StartAfter", "")
        after = max(b64decode(request.get("ContinuationToken", "")).decode(), begins)
        keys = sorted(
            key for key in bucket.files if key.startswith(prefix) and key > after and bucket.newest(key)
        )
        told = []
        for key in keys[:most]:
            version = bucket.newest(key)
            assert version
            assert version.body is not None
            told.append({**_told(key, version), "Size": len(version.body), "StorageClass": "STANDARD"})
        more = bool(most) and len(keys) > most
        return {
            "Name": bucket.name,
            "Prefix": prefix,
            "MaxKeys": most,
            "KeyCount": len(told),
            "IsTruncated": more,
            **({"StartAfter": begins} if begins else {}),
            **({"Contents": told} if told else {}),
            **({"NextContinuationToken": b64encode(keys[most - 1].encode()).decode()} if more else {}),
        }

    def versions(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListObjectVersions: list every version of the files with a prefix, paged, the newest first."""
        bucket = self.bucket(request, "Prefix", "MaxKeys", "KeyMarker", "VersionIdMarker", "EncodingType")
        prefix, most = request.get("Prefix", ""), min(request.get("MaxKeys", PAGE), PAGE)
        found = [
            (key, version, version is bucket.files[key][-1])
            for key in sorted(key for key in bucket.files if key.startswith(prefix))
            for version in reversed(bucket.files[key])
        ]
        if after := request.get("KeyMarker"):
            id = request.get("VersionIdMarker")
            passed = [n for n, (key, one, _) in enumerate(found) if key == after and id in (None, one.id)]
            found = found[passed[-1] + 1 :] if passed else [one for one in found if one[0] > after]
        page = found[:most]
        told: dict[str, Any] = {"Name": bucket.name, "Prefix": prefix, "MaxKeys": most}
        for key, version, newest in page:
            about = {**_told(key, version), "VersionId": version.id, "IsLatest": newest}
            if version.body is None:
                del about["ETag"]
                told.setdefault("DeleteMarkers", []).append(about)
            else:
                about |= {"Size": len(version.body), "StorageClass": "STANDARD"}
                told.setdefault("Versions", []).append(about)
        told["IsTruncated"] = len(found) > len(page)
        if told["IsTruncated"] and page:
            told |= {"NextKeyMarker": page[-1][0], "NextVersionIdMarker": page[-1][1].id}
        return told

    def post(self, bucket: str, fields: Mapping[str, str], content: bytes, at: datetime) -> dict[str, Any]:
        """Take a form that a browser sends; `at` is the time on the signer's clock.

        Raise `Refused` unless our key has signed the form and its policy allows it.
        """
        if not compare_digest(_signature(fields), fields.get("x-amz-signature", "")):
            raise unsigned()
        policy = json.loads(b64decode(fields["policy"]))
        _keeps(policy, {**fields, "bucket": bucket}, len(content), at)
        said = {"ContentType": fields["Content-Type"]} if "Content-Type" in fields else {}
        made = self.put(
            {"Bucket": bucket, "Key": fields["key"], "Body": content, "ChecksumAlgorithm": "CRC32", **said},
            "PostObject",
        )
        back = fields.get("success_action_redirect")
        told = urlencode({"bucket": bucket, "key": fields["key"], "etag": made["ETag"]})
        return {"ETag": made["ETag"], **({"Location": f"{back}?{told}"} if back else {})}


def _signature(fields: Mapping[str, str]) -> str:
    """Return the signature (SigV4) of the policy of a form."""
    key = f"AWS4{SECRET}".encode()
    for part in fields.get("x-amz-credential", "").split("/")[1:]:
        key = digest(key, part.encode(), "sha256")
    return digest(key, fields.get("policy", "").encode(), "sha256").hex()


def unsigned() -> Refused:
    """Return the error for a link or a form that our key has not signed."""
    return Refused(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and "
        "signing method.",
        403,
    )


def _keeps(policy: Mapping[str, Any], fields: Mapping[str, str], size: int, at: datetime) -> None:
    """Raise `Refused` unless every field of a form is in a condition of its policy and meets it."""

    def refuse(why: str) -> Refused:
        return Refused("AccessDenied", f"Invalid according to Policy: {why}", 403)

    if at >= datetime.fromisoformat(policy["expiration"].replace("Z", "+00:00")):
        raise refuse("Policy expired.")
    known = {"policy", "x-amz-signature", "file"}
    for condition in policy["conditions"]:
        if isinstance(condition, dict):
            ((name, wanted),) = condition.items()
            how, wanted = "eq", str(wanted)
        elif condition[0] == "content-length-range":
            if size > condition[2]:
                raise Refused("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
            if size < condition[1]:
                raise Refused(
                    "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
                )
            continue
        else:
            how, name, wanted = condition[0], condition[1].lstrip("$"), condition[2]
        given = fields.get(name, "")
        if not (given == wanted if how == "eq" else given.startswith(wanted)):
            raise refuse(f"Policy Condition failed: {json.dumps([how, f'${name}', wanted])}")
        known.add(name)
    if extra := fields.keys() - known - {"bucket"}:
        raise refuse(f"Extra input fields: {', '.join(sorted(extra))}")


def _told(key: str, version: Version) -> dict[str, Any]:
    return {"Key": key, "LastModified": version.at, "ETag": version.etag}


def _content(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body)


def _part(body: bytes, range: str) -> tuple[bytes, dict[str, Any]]:
    """Return a range of content with its headers; raise `Refused` for an empty range, as in an empty file."""
    asked = RANGE.fullmatch(range)
    if not asked:
        raise NotBuilt("Range", range)
    first = int(asked[1])
    last = min(int(asked[2] or len(body)), len(body) - 1)
    if first > last:
        raise Refused("InvalidRange", "The requested range is not satisfiable", 416)
    return body[first : last + 1], {"ContentRange": f"bytes {first}-{last}/{len(body)}"}


def _unmet(condition: str) -> Refused:
    said = "At least one of the pre-conditions you specified did not hold"
    return Refused("PreconditionFailed", said, 412, Condition=condition)

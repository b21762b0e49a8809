"""The small AWS's stores of files answer as moto's do, where moto's do as S3.

Where moto is known to differ, the small one follows S3:

- S3 refuses a range of a file without content; moto answers.
- S3 refuses a form whose size, fields or signature its policy does not allow, and a changed or expired link;
  moto takes nearly all of these.
- A store that keeps files for good takes none without a checksum; moto does.
- The ETag of a file encrypted by a KMS key is no digest of its content.
- S3 applies the lifecycle rules of a store once a day; moto never does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import pytest
import requests
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from hypothesis import HealthCheck, given, settings, strategies as st
from moto import mock_aws

from tests.cloud.both import FLAT, LOCKED, VERSIONS, Both, Do, buckets
from tests.cloud.expressions import NotBuilt
from tests.cloud.refused import Refused
from tests.cloud.rest_xml import linked
from tests.cloud.scenario import Maker
from tests.cloud.session import straight
from tests.scenario import DAY, T0

KEYS = st.sampled_from(["a/1", "a/2", "a/10", "b/一", "b/x y+z"])
BODIES = st.sampled_from([b"", b"one", b"two", b"\x00\xff" * 9])
BUCKETS = st.sampled_from([VERSIONS, VERSIONS, FLAT, LOCKED])
KEEPING = st.sampled_from([VERSIONS, LOCKED])
PREFIXES = st.sampled_from(["", "a/", "a/1", "b/", "none"])
TYPES = st.none() | st.sampled_from(["image/png", "text/plain"])
NTH = st.none() | st.integers(0, 4)
"""The index of a version seen so far; None for the newest."""
TOLD = ("ResponseMetadata", "LastModified", "RequestCharged", "Owner", "EncodingType", "Marker")
MEASURED = (
    "ObjectLockRetainUntilDate",
    "ChecksumCRC32",
    "ChecksumCRC64NVME",
    "ChecksumType",
    "ChecksumAlgorithm",
    "StorageClass",
    "ServerSideEncryption",
)
"""Fields that moto and S3 compute by their own clocks, or that S3 returns for every file and moto for few."""


class StoreRequests:
    """Requests to a store, and the version ids of its answers in order of their first appearance."""

    def __init__(self, both: Both) -> None:
        self.s3, self.seen = both.clients["s3"], list[str]()

    def forget_versions(self) -> None:
        """Forget all version ids."""
        self.seen.clear()

    def nth(self, n: int | None) -> dict[str, str]:
        """Return a version id seen before, or nothing for the newest."""
        return {"VersionId": self.seen[n % len(self.seen)]} if n is not None and self.seen else {}

    def deleted(self, bucket: str, key: str, nth: int | None) -> Do:
        """Delete a version for good, or else add a delete marker.

        The file must exist for a marker, since moto adds none without a file.
        """

        def ask() -> Any:
            version = self.nth(nth)
            if not version:
                self.s3.head_object(Bucket=bucket, Key=key)
            told = self.plain(self.s3.delete_object(Bucket=bucket, Key=key, **version))
            return told.get("DeleteMarker") if version else told

        return ask

    def plain(self, said: Any) -> Any:
        """Return an answer as both should give it, with versions numbered by first appearance."""
        if isinstance(said, dict):
            return {
                name: self._number(value)
                if name in ("VersionId", "CopySourceVersionId")
                else self.plain(value)
                for name, value in said.items()
                if name not in (*TOLD, *MEASURED)
            }
        if isinstance(said, list):
            return [self.plain(one) for one in said]
        return said.read() if hasattr(said, "read") else said

    def _number(self, id: str) -> int | str:
        if id == "null":
            return id
        if id not in self.seen:
            self.seen.append(id)
        return self.seen.index(id)

    def do(self, operation: str, **request: Any) -> Do:
        """Return a client's call; `nth` selects the version."""
        nth = request.pop("nth", None)
        given = {name: value for name, value in request.items() if value is not None}

        def ask() -> Any:
            return self.plain(getattr(self.s3, operation)(**given, **self.nth(nth)))

        return ask

    def paged(self, operation: str, bucket: str, prefix: str, page: int, **more: str) -> Do:
        """Return a call that reads a whole list, a page at a time."""

        def ask() -> Any:
            pages = self.s3.get_paginator(operation).paginate(
                Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": page}, **more
            )
            told = [self.plain(one) for one in pages]
            return [
                (one.get("Contents"), one.get("Versions"), one.get("DeleteMarkers"), one["IsTruncated"])
                for one in told
            ]

        return ask

    def copied(self, bucket: str, key: str, to: str, nth: int | None) -> Do:
        """Return a call that copies a version to another name."""

        def ask() -> Any:
            source = {"Bucket": bucket, "Key": key, **self.nth(nth)}
            return self.plain(self.s3.copy_object(Bucket=bucket, Key=to, CopySource=source))

        return ask


def one(asked: StoreRequests) -> st.SearchStrategy[Do]:
    """Return a strategy for any request."""

    def put(bucket: str, key: str, body: bytes, type: str | None, over: str | None, sums: str | None) -> Do:
        more = {"ContentType": type, "IfNoneMatch": over, "ChecksumAlgorithm": sums}
        return asked.do("put_object", Bucket=bucket, Key=key, Body=body, **more)

    once, sums = st.none() | st.just("*"), st.none() | st.just("SHA256")
    return st.one_of(
        st.builds(put, BUCKETS, KEYS, BODIES, TYPES, once, sums),
        st.builds(put, BUCKETS, KEYS, BODIES, TYPES, once, sums),
        st.builds(lambda b, k, n: asked.do("get_object", Bucket=b, Key=k, nth=n), KEEPING, KEYS, NTH),
        st.builds(lambda b, k, n: asked.do("head_object", Bucket=b, Key=k, nth=n), KEEPING, KEYS, NTH),
        st.builds(
            lambda b, k, w: asked.do("get_object", Bucket=b, Key=k, IfMatch=f'"{md5(w).hexdigest()}"'),
            BUCKETS,
            KEYS,
            BODIES,
        ),
        st.builds(asked.deleted, KEEPING, KEYS, NTH),
        st.builds(asked.deleted, BUCKETS, KEYS, st.none()),
        st.builds(asked.copied, st.just(VERSIONS), KEYS, KEYS, NTH),
        st.builds(asked.copied, st.just(FLAT), KEYS, KEYS, st.none()),
        st.builds(
            lambda b, p, n: asked.paged("list_objects_v2", b, p, n), BUCKETS, PREFIXES, st.integers(1, 3)
        ),
        st.builds(
            lambda b, p, n, k: asked.paged("list_objects_v2", b, p, n, StartAfter=k),
            BUCKETS,
            PREFIXES,
            st.integers(1, 3),
            KEYS,
        ),
        st.builds(
            lambda b, p, n: asked.paged("list_object_versions", b, p, n), BUCKETS, PREFIXES, st.integers(1, 3)
        ),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_store_of_files_is_answered_alike(both: Both, data: st.DataObject) -> None:
    """Both answer any sequence of puts, reads, copies, deletions and lists alike.

    Content, markers, versions, pages and errors are the same.
    """
    asked = StoreRequests(both)
    some = data.draw(st.lists(one(asked), min_size=6, max_size=16))
    both.alike(asked.forget_versions, *some)


@pytest.mark.parametrize("after", ["a", "heads/1", "heads/1/b", "z"])
def test_a_folder_from_behind_a_key_is_answered_alike(both: Both, after: str) -> None:
    """The key may exist or not, be a folder, or follow all others."""
    asked = StoreRequests(both)
    keys = ("heads/1/a", "heads/1/b", "heads/1/c", "heads/2/a")
    both.alike(
        asked.forget_versions,
        *(asked.do("put_object", Bucket=FLAT, Key=key, Body=b"x") for key in keys),
        asked.do("list_objects_v2", Bucket=FLAT, Prefix="heads/1/", StartAfter=after),
    )


@pytest.mark.parametrize("range", ["bytes=0-0", "bytes=0-99", "bytes=2-", "bytes=1-2", "bytes=9-10"])
def test_a_part_of_a_file_is_answered_alike(both: Both, range: str) -> None:
    """The range may also reach past the end of the file, or begin there."""
    asked = StoreRequests(both)
    both.alike(
        asked.forget_versions,
        asked.do("put_object", Bucket=VERSIONS, Key="a", Body=b"content"),
        asked.do("get_object", Bucket=VERSIONS, Key="a", Range=range),
    )


def code(ask: Callable[[], Any]) -> str:
    """Return the code of the error."""
    with pytest.raises(ClientError) as error:
        ask()
    return str(error.value.response["Error"]["Code"])


def test_range_of_an_empty_file_is_refused(both: Both) -> None:
    """S3 refuses the range; moto answers without content."""
    with both.ours():
        s3 = both.clients["s3"]
        s3.put_object(Bucket=VERSIONS, Key="a", Body=b"")
        assert code(lambda: s3.get_object(Bucket=VERSIONS, Key="a", Range="bytes=0-9")) == "InvalidRange"


def test_missing_store_has_the_same_code(both: Both) -> None:
    """Both answer with the same code."""
    asked = StoreRequests(both)
    both.alike(asked.forget_versions, asked.do("put_object", Bucket="none", Key="a", Body=b""))


def test_locked_version_cannot_be_deleted(both: Both) -> None:
    """S3 locks the version but still takes a delete marker.

    It refuses a put with a missing or wrong checksum.
    """
    with both.ours():
        s3 = both.clients["s3"]
        version = s3.put_object(Bucket=LOCKED, Key="a", Body=b"one")["VersionId"]
        gone = {"Bucket": LOCKED, "Key": "a", "VersionId": version}
        assert code(lambda: s3.delete_object(**gone)) == "AccessDenied"
        s3.delete_object(Bucket=LOCKED, Key="a")
        assert s3.get_object(**gone)["Body"].read() == b"one"
        both.cloud.now = lambda: T0 + DAY
        try:
            s3.delete_object(**gone)
        finally:
            both.cloud.now = lambda: T0
        assert code(lambda: s3.get_object(**gone)) == "NoSuchVersion"
        wrong = {"Bucket": LOCKED, "Key": "b", "Body": b"one", "ChecksumSHA256": "A" * 43 + "="}
        assert code(lambda: s3.put_object(**wrong)) == "BadDigest"
        with pytest.raises(Refused, match="InvalidRequest"):
            both.cloud.files.put({"Bucket": LOCKED, "Key": "b", "Body": b"one"})


def test_the_mark_of_a_file_that_our_key_encrypts_is_no_digest(both: Both) -> None:
    """The same content has another ETag each time; the answer names the key."""
    with both.ours():
        s3, maker = both.clients["s3"], Maker(both.cloud)
        maker.create_bucket(Bucket="encrypted")
        rule = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key"},
            "BucketKeyEnabled": True,
        }
        maker.put_bucket_encryption(Bucket="encrypted", ServerSideEncryptionConfiguration={"Rules": [rule]})
        maker.put_bucket_versioning(Bucket="encrypted", VersioningConfiguration={"Status": "Enabled"})
        one, two = (s3.put_object(Bucket="encrypted", Key="a", Body=b"one") for _ in range(2))
        assert one["ETag"] != two["ETag"]
        assert (one["ServerSideEncryption"], one["SSEKMSKeyId"]) == ("aws:kms", "key")
        assert s3.get_object(Bucket="encrypted", Key="a", IfMatch=two["ETag"])["Body"].read() == b"one"


def test_files_expire_by_the_rules_of_their_store(both: Both) -> None:
    """Files expire at the first midnight after their time.

    First a delete marker is added, then the file and its marker are removed.
    """
    with both.ours():
        s3, maker = both.clients["s3"], Maker(both.cloud)
        rule = {
            "Filter": {"Prefix": "incoming/"},
            "Status": "Enabled",
            "Expiration": {"Days": 1},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        }
        maker.put_bucket_lifecycle_configuration(Bucket=VERSIONS, LifecycleConfiguration={"Rules": [rule]})
        for key in ("incoming/a", "evidence/a"):
            s3.put_object(Bucket=VERSIONS, Key=key, Body=b"one")
        told = []
        try:
            for days in range(7):
                both.cloud.now = lambda days=days: T0 + days * DAY  # type: ignore[misc]
                both.cloud.files.sweep()
                listed = s3.list_object_versions(Bucket=VERSIONS, Prefix="incoming/")
                told.append((len(listed.get("Versions", ())), len(listed.get("DeleteMarkers", ()))))
        finally:
            both.cloud.now = lambda: T0
        assert told == [(1, 0), (1, 0), (1, 1), (1, 1), (0, 0), (0, 0), (0, 0)]
        assert s3.get_object(Bucket=VERSIONS, Key="evidence/a")["Body"].read() == b"one"


def test_unbuilt_calls_of_the_store_raise_not_built(both: Both) -> None:
    """`NotBuilt` is no Exception, so product code cannot catch it."""
    with both.ours():
        s3 = both.clients["s3"]
        with pytest.raises(NotBuilt):
            s3.list_objects_v2(Bucket=VERSIONS, Delimiter="/")
        with pytest.raises(NotBuilt):
            s3.get_object_tagging(Bucket=VERSIONS, Key="a")


def browsed(method: str, url: str, body: bytes = b"", kind: str = "") -> tuple[int, dict[str, str], bytes]:
    """Send a request as a browser does; return status, headers and content."""
    headers = {"Content-Type": kind} if kind else {}
    answer = URLLib3Session().send(AWSRequest(method, url, headers, body).prepare())
    return answer.status_code, dict(answer.headers), answer.content


def on_both(both: Both, ask: Callable[[Callable[..., Any]], Any]) -> None:
    """Assert that a browser gets the same from moto and from the small AWS."""

    def theirs(method: str, url: str, body: bytes = b"", kind: str = "") -> Any:
        headers = {"Content-Type": kind} if kind else {}
        answer = requests.request(method, url, data=body, headers=headers, allow_redirects=False, timeout=9)
        return answer.status_code, dict(answer.headers), answer.content

    with mock_aws():
        buckets(both.clients["s3"])
        expected = ask(theirs)
    with both.ours(straight):
        assert ask(browsed) == expected


def test_a_link_is_answered_alike(both: Both) -> None:
    """The link gives the content with the signed name, type and caching."""
    s3 = both.clients["s3"]
    wanted = {
        "Bucket": VERSIONS,
        "Key": "a/一",
        "ResponseContentDisposition": "attachment; filename*=UTF-8''%E4%B8%80.pdf",
        "ResponseContentType": "application/pdf",
        "ResponseCacheControl": "private, max-age=300",
    }

    def ask(browse: Callable[..., Any]) -> Any:
        s3.put_object(Bucket=VERSIONS, Key="a/一", Body=b"one")
        status, headers, content = browse("GET", s3.generate_presigned_url("get_object", wanted, 300))
        told = {name.lower(): value for name, value in headers.items()}
        named = "content-disposition", "content-type", "cache-control", "content-length"
        return status, [told[name] for name in named], content

    on_both(both, ask)


def test_a_link_that_was_changed_or_is_too_old_opens_nothing(both: Both) -> None:
    """The signature covers key, type and expiry. Moto checks no signature."""
    with both.ours():
        s3 = both.clients["s3"]
        for key in ("a", "b"):
            s3.put_object(Bucket=VERSIONS, Key=key, Body=b"one")
        link = s3.generate_presigned_url(
            "get_object", {"Bucket": VERSIONS, "Key": "a", "ResponseContentType": "text/plain"}, 300
        )
        assert browsed("GET", link)[0] == 200
        changed = (
            link.replace("/a?", "/b?"),
            link.replace("text%2Fplain", "text%2Fhtml"),
            link.replace("Expires=300", "Expires=3000"),
        )
        for other in changed:
            status, _, content = browsed("GET", other)
            assert (status, b"SignatureDoesNotMatch" in content) == (403, True)
        with pytest.raises(Refused, match="AccessDenied"):
            linked("GET", link, datetime.now(UTC) + timedelta(seconds=301))


def form(both: Both, changes: dict[str, str], size: int, back: str = "") -> tuple[str, bytes, str]:
    """Return a browser's form for a picture of two to nine bytes: its URL, body and type."""
    fixed = {"Content-Type": "image/*", **({"success_action_redirect": back} if back else {})}
    conditions = [*({name: value} for name, value in fixed.items()), ["content-length-range", 2, 9]]
    made = both.clients["s3"].generate_presigned_post(VERSIONS, "incoming/1", fixed, conditions, 900)
    parts = "".join(
        f'--line\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (made["fields"] | changes).items()
    )
    file = b'--line\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = parts.encode() + file + b"x" * size + b"\r\n--line--\r\n"
    return made["url"], body, "multipart/form-data; boundary=line"


@pytest.mark.parametrize("back", ["", "https://complaints.example/case"])
def test_a_form_is_taken_alike(both: Both, back: str) -> None:
    """The file gets the form's key and type; the browser is redirected if the form says so."""
    s3 = both.clients["s3"]

    def ask(browse: Callable[..., Any]) -> Any:
        url, body, kind = form(both, {}, 5, back)
        status, headers, _ = browse("POST", url, body, kind)
        found = s3.get_object(Bucket=VERSIONS, Key="incoming/1")
        to = headers.get("Location", headers.get("location", "")).partition("?")[0] if back else ""
        return status, to, found["Body"].read(), found["ContentType"]

    on_both(both, ask)


@pytest.mark.parametrize(
    ("changes", "size", "why"),
    [
        ({}, 10, "EntityTooLarge"),
        ({}, 1, "EntityTooSmall"),
        ({"Content-Type": "text/html"}, 5, "AccessDenied"),
        ({"key": "evidence/1"}, 5, "AccessDenied"),
        ({"acl": "public-read"}, 5, "AccessDenied"),
        ({"x-amz-signature": "0" * 64}, 5, "SignatureDoesNotMatch"),
        ({"policy": "e30="}, 5, "SignatureDoesNotMatch"),
    ],
)
def test_a_form_is_taken_only_as_it_was_signed(
    both: Both, changes: dict[str, str], size: int, why: str
) -> None:
    """S3 checks size, type, key, extra fields and signature. Moto ignores most of these."""
    with both.ours():
        url, body, kind = form(both, changes, size)
        status, _, content = browsed("POST", url, body, kind)
        assert (status >= 400, f"<Code>{why}</Code>".encode() in content) == (True, True)
        assert both.cloud.files.held[VERSIONS].files == {}


def test_upload_form_ends_after_fifteen_minutes(both: Both) -> None:
    """S3 takes a form for fifteen minutes, by the signer's clock."""
    with both.ours():
        fields = both.clients["s3"].generate_presigned_post(VERSIONS, "a", None, None, 900)["fields"]
        now = datetime.now(UTC)
        assert both.cloud.files.post(VERSIONS, fields, b"one", now)["ETag"]
        with pytest.raises(Refused, match="AccessDenied"):
            both.cloud.files.post(VERSIONS, fields, b"one", now + timedelta(minutes=16))

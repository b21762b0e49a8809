"""Large files: they arrive in parts that can be resumed, are checked within little memory, and have a limit
per case."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.access.authorization import NotFound
from chalicelib.aws.vault import S3Vault
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Refusal
from chalicelib.evidence.confined import MEGABYTE
from chalicelib.evidence.enclosures import Enclosure
from chalicelib.evidence.uploads import (
    LARGEST,
    MOST_OF_CASE,
    PART,
    WHOLE,
    Arrived,
    FileState,
    Upload,
    part_sizes,
)
from tests.scenario import Scenario
from tests.store import PDF, Store

VIDEO = b"\0\0\0\x18ftypmp42" + Random(3).randbytes(WHOLE + PART + 5)
"""A film that is larger than what the worker holds in its memory. It has four parts."""


@pytest.fixture
def store(scenario: Scenario) -> Store:
    """The store of files."""
    return Store(scenario)


def send(store: Store, links: Mapping[int, str], content: bytes = VIDEO) -> None:
    """Send these parts as a browser does."""
    for n, url in links.items():
        asked = parse_qs(urlsplit(url).query)
        store.s3.upload_part(
            Bucket=store.bucket,
            Key=urlsplit(url).path.removeprefix("/").removeprefix(f"{store.bucket}/"),
            UploadId=asked["uploadId"][0],
            PartNumber=int(asked["partNumber"][0]),
            Body=content[(n - 1) * PART : n * PART],
        )


def links(scenario: Scenario, upload: Upload, size: int = len(VIDEO)) -> Mapping[int, str]:
    """Return the links that the page's script gets next."""
    case = scenario.product.file.load(upload.ref)
    return scenario.product.uploads.parts(upload, scenario.party(case), size).links


def test_an_upload_that_broke_off_goes_on_with_its_missing_parts(scenario: Scenario, store: Store) -> None:
    """Parts that have arrived whole are never asked for again; the last answer may be lost."""
    upload = store.declare(scenario.submit(), type="*/*")
    first = links(scenario, upload)
    assert [*first] == [1, 2, 3, 4]
    send(store, {n: first[n] for n in (1, 3)})
    left = links(scenario, upload)
    assert [*left] == [2, 4]
    send(store, left)
    assert [links(scenario, upload), links(scenario, upload)] == [{}, {}]
    assert store.objects("incoming") == [VIDEO]


def test_a_part_that_arrived_in_another_size_is_sent_again(scenario: Scenario, store: Store) -> None:
    """S3 may have a part of another file under this number, or a part that was cut."""
    upload = store.declare(scenario.submit(), type="*/*")
    send(store, {1: links(scenario, upload)[1]}, VIDEO[:-1][: PART - 1])
    assert 1 in links(scenario, upload)


def test_two_tabs_send_one_file(scenario: Scenario, store: Store) -> None:
    """The upload that began first counts; the parts of a second one are never put together."""
    upload = store.declare(scenario.submit(), type="*/*")
    begun = links(scenario, upload)
    store.s3.create_multipart_upload(Bucket=store.bucket, Key=f"incoming/{upload.ref}/{upload.id}")
    send(store, begun)
    assert links(scenario, upload) == {}
    assert store.objects("incoming") == [VIDEO]


def test_a_link_fits_only_its_part(scenario: Scenario, store: Store) -> None:
    """The signature covers the number of bytes, so nobody sends more than was counted."""
    upload = store.declare(scenario.submit(), type="*/*")
    for url in links(scenario, upload).values():
        assert "content-length" in parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0].split(";")


@pytest.mark.parametrize("size", [1, PART - 1, PART, PART + 1, 3 * PART, LARGEST])
def test_parts_make_the_whole(size: int) -> None:
    """No part is empty or larger than a part; together they are the file."""
    sizes = part_sizes(size)
    assert sum(sizes.values()) == size
    assert all(0 < each <= PART for each in sizes.values())
    assert [*sizes] == [*range(1, len(sizes) + 1)]


@pytest.mark.parametrize(
    ("size", "why"), [(0, "file_empty"), (-1, "file_empty"), (LARGEST + 1, "file_too_large")]
)
def test_no_part_is_given_for_a_wrong_size(scenario: Scenario, store: Store, size: int, why: str) -> None:
    """The size comes from the browser, so it is checked again."""
    with pytest.raises(Refusal, match=why):
        links(scenario, store.declare(scenario.submit(), type="*/*"), size)


def test_only_the_sender_sends_parts(scenario: Scenario, store: Store) -> None:
    """Another person of the case gets no link, and nobody does once the file has arrived."""
    case = scenario.submit()
    upload = store.declare(case, type="*/*")
    with pytest.raises(NotFound):
        scenario.product.uploads.parts(upload, replace(scenario.party(case), who="p2"), 5)
    store.tell(store.put(upload, PDF))
    with pytest.raises(NotFound):
        links(scenario, store.now(upload))


def test_a_large_file_is_stored_as_it_was_sent(scenario: Scenario, store: Store) -> None:
    """It becomes evidence with the hash of all its bytes; the event may come twice."""
    case = scenario.submit()
    upload = store.declare(case, type="*/*")
    send(store, links(scenario, upload))
    links(scenario, upload)
    store.tell_all(case)
    now = store.now(upload)
    assert (now.state, now.found, now.size) == (FileState.KEPT, "video/mp4", len(VIDEO))
    assert now.sha256 == sha256(VIDEO).hexdigest()
    assert (store.objects("evidence"), store.objects("incoming")) == ([VIDEO], [])


class Stream:
    """A body of S3 that makes its bytes only when they are read."""

    def read(self) -> bytes:
        """Nobody reads a large file at once."""
        raise AssertionError("read at once")

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        """Yield 200 MB of one byte."""
        for _ in range(LARGEST // size):
            yield b"x" * size


class Endless:
    """A client of S3 with one file of the largest size."""

    def get_object(self, **_: Any) -> dict[str, Any]:
        """Return the file."""
        return {"ContentLength": LARGEST, "Body": Stream()}


def test_the_largest_file_is_read_within_little_memory() -> None:
    """The worker holds a piece at a time, so 200 MB cost no more than a few of these."""
    vault = S3Vault(Endless, "bucket")
    tracemalloc.start()
    came = vault.read(Arrived("2026-1", "1", "", "etag"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert came
    assert came.sha256 == sha256(b"x" * LARGEST).hexdigest()
    assert not came.whole
    assert peak < 8 * MEGABYTE


def kept(scenario: Scenario, store: Store, case: Any, size: int) -> None:
    """Let the case have a kept file whose row says this size."""
    upload = store.declare(case, type="*/*")
    scenario.product.uploads.rows.save(replace(upload, state=FileState.KEPT, size=size, found="video/mp4"))


def test_a_case_has_room_for_a_gigabyte(scenario: Scenario, store: Store) -> None:
    """A file that does not fit is refused before it is sent; a smaller one still fits."""
    case = scenario.submit()
    kept(scenario, store, case, MOST_OF_CASE - 5 * MEGABYTE)
    with pytest.raises(Refusal, match="case_files_full"):
        store.declare(case, type="*/*", size=5 * MEGABYTE + 1)
    assert store.declare(case, type="*/*", size=5 * MEGABYTE)


def test_a_large_file_of_unsaid_size_that_does_not_fit_says_so(scenario: Scenario, store: Store) -> None:
    """A browser without script does not tell the size beforehand, so the worker looks."""
    case = scenario.submit()
    upload = store.declare(case, type="*/*")
    kept(scenario, store, case, MOST_OF_CASE - WHOLE)
    store.tell(store.put(upload, VIDEO))
    assert (store.now(upload).state, store.now(upload).why) == (FileState.REFUSED, "file_case_full")
    assert store.objects("evidence") == []


def test_files_of_a_draft_that_no_case_has_room_for_do_not_go(scenario: Scenario, store: Store) -> None:
    """The first ones go with the complaint; the one too many says so beside it, also after a reload."""
    drawn = scenario.product.enclosures
    big = [Enclosure(f"{n:026}", "x", size=LARGEST, found="video/mp4") for n in range(5)]
    with pytest.raises(Refusal, match="draft_files_full"):
        drawn.add(big, Enclosure("8" * 26, "x"), LARGEST)
    store.enclose("draft", "9" * 26, VIDEO)
    seen = drawn.looked_at("draft", [*big, Enclosure("9" * 26, "x")])
    assert [file.why for file in seen] == [""] * 5 + ["file_draft_full"]

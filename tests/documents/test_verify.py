"""Verification of a sealed file by its bytes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from chalicelib.documents.seal_marks import MARK, CheckResult, FileCheck, judge, judge_digest
from chalicelib.documents.sealing import seal
from tests.documents.agreements import IN_FORCE, Text, agreement
from tests.documents.conftest import Key

Sealed = Callable[[Text], bytes]


@pytest.fixture(scope="module")
def pdf(sealed: Sealed) -> bytes:
    """Return a sealed agreement."""
    return sealed(agreement())


def judged(pdf: bytes, content: bytes, key: Key) -> FileCheck[str]:
    """Return the verdict on a file when only this agreement is stored."""
    return judge(content, {sha256(pdf).hexdigest(): "7151-1980-9316-1"}.get, (key.public,))


def test_the_sealed_file_is_authentic(pdf: bytes, key: Key) -> None:
    """The stored file is authentic."""
    assert judged(pdf, pdf, key) == FileCheck(
        CheckResult.AUTHENTIC, sha256(pdf).hexdigest(), "7151-1980-9316-1"
    )


@pytest.mark.parametrize("where", [10, 0.1, 0.3, 0.5, 0.7, 0.9, -40])
def test_one_byte_changed_is_altered(pdf: bytes, key: Key, where: float) -> None:
    """A changed byte at any place makes the file altered."""
    at = int(where * len(pdf)) if isinstance(where, float) else where
    changed = bytearray(pdf)
    changed[at] ^= 1
    assert judged(pdf, bytes(changed), key).state == CheckResult.ALTERED


def test_a_byte_changed_in_a_mark_is_altered(pdf: bytes, key: Key) -> None:
    """Marks may be broken: one remaining mark is enough to recognise an altered file."""
    broken = pdf.replace(MARK, MARK.replace(b"redress", b"redresS"))
    assert MARK not in broken
    assert judged(pdf, broken, key) == FileCheck(CheckResult.ALTERED, sha256(broken).hexdigest())
    unsealed = bytearray(pdf)
    at = pdf.lower().index(key.public.hex().encode()) + 40
    unsealed[at : at + 2] = b"00" if unsealed[at : at + 2] != b"00" else b"11"
    assert judged(pdf, bytes(unsealed), key).claims == "7151-1980-9316-1"


def test_an_incremental_forgery_is_altered(pdf: bytes, key: Key) -> None:
    """Page content appended after the seal, as PDF programs save changes, makes the file altered."""
    writer, out = IncrementalPdfFileWriter(BytesIO(pdf)), BytesIO()
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)
    writer.write(out)
    assert out.getvalue().startswith(pdf)
    assert judged(pdf, out.getvalue(), key).state == CheckResult.ALTERED


def test_a_stripped_seal_is_altered(pdf: bytes, key: Key, tmp_path: Path) -> None:
    """A document cut before its seal is altered, with the number that it claims."""
    stripped = pdf[: pdf.index(b"%%EOF") + 6]
    assert b"/ByteRange" not in stripped
    assert judged(pdf, stripped, key) == FileCheck(
        CheckResult.ALTERED, sha256(stripped).hexdigest(), claims="7151-1980-9316-1"
    )


def test_a_resealed_copy_is_altered(pdf: bytes, key: Key, other: Key) -> None:
    """A new seal by another key, or by ours with another date, makes the file altered."""
    bare = pdf[: pdf.index(b"%%EOF") + 6]
    for copy in (
        seal(bare, other.sign, (other.certificate,), IN_FORCE),
        seal(bare, key.sign, (key.certificate,), IN_FORCE + timedelta(days=1)),
    ):
        assert judged(pdf, copy, key).state == CheckResult.ALTERED


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\n%%EOF", "某某协议".encode() * 1000], ids=["nothing", "another PDF", "text"]
)
def test_foreign_file_is_unknown(pdf: bytes, key: Key, content: bytes) -> None:
    """A file without our marks is unknown."""
    assert judged(pdf, content, key) == FileCheck(CheckResult.UNKNOWN, sha256(content).hexdigest())


def test_a_picture_of_it_is_unknown(pdf: bytes, key: Key, tmp_path: Path) -> None:
    """A picture of the document lacks the marks, so it is unknown instead of altered."""
    (tmp_path / "it.pdf").write_bytes(pdf)
    draw = ["pdftoppm", "-r", "30", "-png", "-singlefile", "it.pdf"]
    picture = subprocess.run(draw, cwd=tmp_path, capture_output=True, check=True).stdout
    assert judged(pdf, picture, key).state == CheckResult.UNKNOWN


def test_a_digest_alone_is_enough(pdf: bytes) -> None:
    """A digest is authentic or unknown, in either case of letters. Anything but a sha256 raises
    ValueError."""
    known = {sha256(pdf).hexdigest(): "kept"}.get
    assert judge_digest(sha256(pdf).hexdigest().upper(), known).kept == "kept"
    assert judge_digest("0" * 64, known).state == CheckResult.UNKNOWN
    for no in ("", "0" * 63, "g" * 64, "0" * 65):
        with pytest.raises(ValueError, match="sha256"):
            judge_digest(no, known)

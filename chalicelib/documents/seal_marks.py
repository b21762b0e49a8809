"""The check of a file: is it our document, an altered one, or unknown? The bytes are searched and never
interpreted.

A file is *authentic* if its sha256 was recorded when a document was sealed and archived. Such a file is that
document to the last byte.

A file is *altered* if its sha256 is unknown but its bytes contain one of our marks. A mark is the identifier
in the metadata, or the seal's public key in the signature. So the check finds a changed byte, appended
content, a removed seal, and our document under a foreign seal.

Any other file is *unknown*, which does not mean forged. A picture, a print or a scan has no marks. Anyone can
remove the marks, or copy them into another file. Therefore a file with a mark counts as altered, never as
authentic.

The check does not judge the agreement's content, its parties, or whether it is still in force."""

import re
from collections.abc import Callable
from enum import StrEnum, auto
from hashlib import sha256
from typing import Generic, TypeVar

from chalicelib.domain.frozen import frozen

MARK = b"urn:redress:agreement:"
"""The start of an agreement's identifier in the metadata of its document; the agreement's number follows."""
NUMBER = re.compile(re.escape(MARK) + rb"([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{1,4})(?![0-9])")
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
Authentic = TypeVar("Authentic")


class CheckResult(StrEnum):
    """The result of the check of a file; the text at the top of this module explains each result."""

    AUTHENTIC, ALTERED, UNKNOWN = auto(), auto(), auto()


@frozen
class FileCheck(Generic[Authentic]):
    """The result of the check of a file. `digest` is the sha256 of the file. `kept` is the record of an
    authentic file. `claims` is the number of the agreement that an altered file names, or None if no number
    can be read."""

    state: CheckResult
    digest: str
    kept: Authentic | None = None
    claims: str | None = None


def judge(
    content: bytes, known: Callable[[str], Authentic | None], public_keys: tuple[bytes, ...] = ()
) -> FileCheck[Authentic]:
    """Check a file by its bytes (`content`). `known` returns our record of a document with this sha256, or
    None. `public_keys` (DER) are those of our seals."""
    digest = sha256(content).hexdigest()
    if kept := known(digest):
        return FileCheck(CheckResult.AUTHENTIC, digest, kept)
    # A key is searched as hexadecimal text, the form in which a signature holds its certificate and key.
    if MARK not in content and not any(key.hex().encode() in content.lower() for key in public_keys):
        return FileCheck(CheckResult.UNKNOWN, digest)
    claimed = NUMBER.search(content)
    return FileCheck(CheckResult.ALTERED, digest, claims=claimed[1].decode() if claimed else None)


def judge_digest(digest: str, known: Callable[[str], Authentic | None]) -> FileCheck[Authentic]:
    """Check a file by its sha256 (hexadecimal) alone. The result is authentic or unknown. `known` returns our
    record of a document with this sha256, or None. Raises ValueError if `digest` is no sha256."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("not a sha256")
    kept = known(digest.lower())
    return FileCheck(CheckResult.AUTHENTIC if kept else CheckResult.UNKNOWN, digest.lower(), kept)


def fingerprint(public_key: bytes) -> str:
    """Return the sha256 of a public key (DER). People compare it to tell our seal from a forged one."""
    return sha256(public_key).hexdigest()

"""The check of a file: authentic, altered, or unknown. The bytes are searched, never interpreted.

A file is *authentic* if its sha256 was recorded when a document was sealed and archived; it is then that
document to the last byte. It is *altered* if its sha256 is unknown but its bytes contain our marks: the
identifier in the metadata, or the seal's public key in the signature. This detects a changed byte, appended
content, a removed seal, and our document under a foreign seal.

*Unknown* does not mean forged. A picture, a print or a scan has no marks, and anyone can remove them or copy
them into another file. A marked file therefore counts as altered, never as genuine. The check does not judge
the agreement's content, its parties or its present validity."""

import re
from collections.abc import Callable
from enum import StrEnum, auto
from hashlib import sha256
from typing import Generic, TypeVar

from chalicelib.domain.frozen import frozen

MARK = b"urn:redress:agreement:"
"""The prefix of an agreement's number in its document's metadata."""
NUMBER = re.compile(re.escape(MARK) + rb"([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{1,4})(?![0-9])")
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
Kept = TypeVar("Kept")


class State(StrEnum):
    """The result of a check."""

    AUTHENTIC, ALTERED, UNKNOWN = auto(), auto(), auto()


@frozen
class Verdict(Generic[Kept]):
    """The result for a file. `kept` is the record of an authentic file. `claims` is the number that an
    altered file bears, if readable."""

    state: State
    digest: str
    kept: Kept | None = None
    claims: str | None = None


def judge(
    content: bytes, known: Callable[[str], Kept | None], public_keys: tuple[bytes, ...] = ()
) -> Verdict[Kept]:
    """Return the result for a file. `known` returns the record of a sha256, or None; `public_keys` (DER) are
    those of our seals."""
    digest = sha256(content).hexdigest()
    if kept := known(digest):
        return Verdict(State.AUTHENTIC, digest, kept)
    # the signature's certificate is in the file in hexadecimal, and contains the key
    if MARK not in content and not any(key.hex().encode() in content.lower() for key in public_keys):
        return Verdict(State.UNKNOWN, digest)
    claimed = NUMBER.search(content)
    return Verdict(State.ALTERED, digest, claims=claimed[1].decode() if claimed else None)


def judge_digest(digest: str, known: Callable[[str], Kept | None]) -> Verdict[Kept]:
    """Return the result for a sha256 alone, in hexadecimal: authentic or unknown. Raises ValueError for other
    input."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("not a sha256")
    kept = known(digest.lower())
    return Verdict(State.AUTHENTIC if kept else State.UNKNOWN, digest.lower(), kept)


def fingerprint(public_key: bytes) -> str:
    """Return the fingerprint of a public key (DER), which tells our seal from a forged one."""
    return sha256(public_key).hexdigest()

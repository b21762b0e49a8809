"""Whether a file is an agreement that was sealed here: authentic, altered, or unknown. The bytes are
searched, never interpreted.

What it can tell: a file is *authentic* when its sha256 is one that was recorded when a document was sealed
and kept; then it is that document to the last byte. It is *altered* when it is not, but carries our marks in
its bytes: the identifier in the metadata, or the seal's public key in the signature. In this way we recognise
a changed byte, something appended behind the seal, a seal cut off, and our document under somebody else's
seal.

What it cannot tell: *unknown* does not mean forged. A picture, a print or a scan of an agreement carries no
marks, and whoever wants to can remove them or copy them into a file that was never ours: that is why a marked
file counts as altered, never as genuine. What the agreement says, who is meant and whether it still holds are
not judged here.
"""

import re
from collections.abc import Callable
from enum import StrEnum, auto
from hashlib import sha256
from typing import Generic, TypeVar

from chalicelib.domain.frozen import frozen

MARK = b"urn:redress:agreement:"
"""What stands before an agreement's number in the metadata of its document."""
NUMBER = re.compile(re.escape(MARK) + rb"([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{1,4})(?![0-9])")
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
Kept = TypeVar("Kept")


class State(StrEnum):
    """What a file is."""

    AUTHENTIC, ALTERED, UNKNOWN = auto(), auto(), auto()


@frozen
class Verdict(Generic[Kept]):
    """What a file is. `kept` is what is recorded of an authentic one; `claims` is the number that an altered
    one bears, if that can still be read."""

    state: State
    digest: str
    kept: Kept | None = None
    claims: str | None = None


def judge(
    content: bytes, known: Callable[[str], Kept | None], public_keys: tuple[bytes, ...] = ()
) -> Verdict[Kept]:
    """Judge a file. `known` gives what is recorded under a sha256, or None; `public_keys` (DER) are those
    that our seals were made with."""
    digest = sha256(content).hexdigest()
    if kept := known(digest):
        return Verdict(State.AUTHENTIC, digest, kept)
    # the certificate of a signature stands in the file in hexadecimal, and names the key
    if MARK not in content and not any(key.hex().encode() in content.lower() for key in public_keys):
        return Verdict(State.UNKNOWN, digest)
    claimed = NUMBER.search(content)
    return Verdict(State.ALTERED, digest, claims=claimed[1].decode() if claimed else None)


def judge_digest(digest: str, known: Callable[[str], Kept | None]) -> Verdict[Kept]:
    """Judge by a sha256 alone, written in hexadecimal: authentic or unknown. Raises ValueError for anything
    else."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("not a sha256")
    kept = known(digest.lower())
    return Verdict(State.AUTHENTIC if kept else State.UNKNOWN, digest.lower(), kept)


def fingerprint(public_key: bytes) -> str:
    """The fingerprint of a public key (DER), by which anybody can tell our seal from a forged one."""
    return sha256(public_key).hexdigest()

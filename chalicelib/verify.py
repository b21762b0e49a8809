"""Whether bytes are a document that we sealed, one that was made from it, or none of ours. Standard library only, no key is needed.

It can tell with certainty that a file is the sealed one, byte for byte. That a file was altered it tells by our mark in it (the document's
own identifier, which stands readable in its metadata, also when something was appended, the seal stripped or another one set); whoever
removes every mark makes a file that is unknown, never one that is authentic.
"""
from __future__ import annotations

from hashlib import sha256

MARKS = (b"urn:redress:agreement:",)
"""What stands readable in every document of ours."""


def digest_of(content: bytes) -> str:
    """The digest of a document: sha256, hex."""
    return sha256(content).hexdigest()


def marked(content: bytes) -> bool:
    """Whether bytes carry our mark."""
    return any(mark in content for mark in MARKS)

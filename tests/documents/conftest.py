"""Fixtures: the fonts of the press, and sealing keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from chalicelib.documents.agreement import Seal, render
from chalicelib.documents.certificate import certificate, seal_name
from chalicelib.documents.seal_marks import fingerprint
from chalicelib.documents.sealing import seal
from tests.documents.agreements import IN_FORCE, VERIFY, Text, digest, signatures

MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""When the sealing key was made."""


class Key:
    """An RSA key of the kind that the key service holds, with its self-signed certificate."""

    def __init__(self) -> None:
        self.secret = rsa.generate_private_key(65537, 2048)
        self.public = self.secret.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.certificate = certificate(self.public, self.sign, "某某客户权益中心", MADE)

    def sign(self, data: bytes) -> bytes:
        """Sign with RSASSA_PKCS1_V1_5_SHA_256."""
        return self.secret.sign(data, padding.PKCS1v15(), hashes.SHA256())


@pytest.fixture(autouse=True)
def press(fonts: Path) -> None:
    """Give every test here the fonts."""


@pytest.fixture(scope="session")
def key() -> Key:
    """Return the sealing key."""
    return Key()


@pytest.fixture(scope="session")
def other() -> Key:
    """Return a key that is not ours."""
    return Key()


@pytest.fixture
def made() -> Callable[[Text], bytes]:
    """Return a function that typesets an agreement signed by everyone."""
    return lambda text: render(text, signatures(text), digest(text), IN_FORCE, VERIFY)


@pytest.fixture(scope="session")
def sealed(fonts: Path, key: Key) -> Callable[[Text], bytes]:
    """Return a function that typesets and seals an agreement signed by everyone."""

    def both(text: Text) -> bytes:
        pdf = render(
            text,
            signatures(text),
            digest(text),
            IN_FORCE,
            VERIFY,
            seal=Seal(seal_name(key.certificate), fingerprint(key.public)),
        )
        return seal(pdf, key.sign, (key.certificate,), IN_FORCE)

    return both

"""The sealing key in KMS. It never leaves KMS, which makes the signatures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Meters, Unavailable

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
MOST = 4096
"""The number of bytes that KMS hashes and signs at most. Emulators may take more, so we check it."""


TRIES = 3
"""How many signatures are tried until one is right."""


class WrongSignature(Unavailable):
    """The key service answered with a signature that does not fit the data and the public key."""


class KmsKey:
    """One RSA key. Raises Unavailable, never an error of AWS, for a key that is disabled, denied or
    silent."""

    def __init__(self, client: Callable[[], Any], key: str, meters: Meters) -> None:
        self._client, self._key, self._meters = client, key, meters

    @cached_property
    def _kms(self) -> Any:
        return self._client()

    @cached_property
    def public_key(self) -> bytes:
        """The public key (SubjectPublicKeyInfo, DER)."""
        with _translated():
            return bytes(self._kms.get_public_key(KeyId=self._key)["PublicKey"])

    @cached_property
    def made(self) -> datetime:
        """The time at which the key was made (UTC, whole seconds)."""
        with _translated():
            at: datetime = self._kms.describe_key(KeyId=self._key)["KeyMetadata"]["CreationDate"]
            return at.replace(microsecond=0)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of at most `MOST` bytes, which the service hashes. It is verified first,
        because the archive keeps a wrong one for years. A wrong signature is counted and made again. Raises
        WrongSignature after `TRIES` wrong ones."""
        assert len(data) <= MOST, "the service hashes no more itself"
        for _ in range(TRIES):
            with _translated():
                answer = self._kms.sign(
                    KeyId=self._key, Message=data, MessageType="RAW", SigningAlgorithm=ALGORITHM
                )
            signature = bytes(answer["Signature"])
            if _fits(self.public_key, data, signature):
                return signature
            self._meters.count("SignatureWrong")
        raise WrongSignature("seal key")


def _fits(public_key: bytes, data: bytes, signature: bytes) -> bool:
    # A worker that signs nothing starts faster without these imports.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(public_key)
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(signature, data, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("seal key") from error

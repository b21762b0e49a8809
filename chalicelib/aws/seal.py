"""The key of our seals. It never leaves KMS, which signs with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Meters, Unavailable

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
MOST = 4096
"""The maximum number of bytes that KMS hashes and signs. An emulator may accept more, so we check the
length."""


TRIES = 3
"""How many times a signature is made until one verifies. Then WrongSignature is raised."""


class WrongSignature(Unavailable):
    """The key service returned a signature that does not match the data and the public key."""


class KmsKey:
    """One RSA key in KMS. Raises Unavailable, never an error of AWS, if the key is disabled, denied, or does
    not answer."""

    def __init__(self, client: Callable[[], Any], key: str, meters: Meters) -> None:
        self._client, self._key, self._meters = client, key, meters

    @cached_property
    def _kms(self) -> Any:
        return self._client()

    @cached_property
    def public_key(self) -> bytes:
        """The public key that verifies our seals (SubjectPublicKeyInfo, DER)."""
        with _translated():
            return bytes(self._kms.get_public_key(KeyId=self._key)["PublicKey"])

    @cached_property
    def made(self) -> datetime:
        """When the key was made (UTC, whole seconds)."""
        with _translated():
            at: datetime = self._kms.describe_key(KeyId=self._key)["KeyMetadata"]["CreationDate"]
            return at.replace(microsecond=0)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of the data, at most `MOST` bytes, which KMS hashes. The signature is verified
        first, because the archive keeps a document for years. If it is wrong, this is counted in a metric,
        and the data are signed again. Raises WrongSignature after `TRIES` wrong signatures."""
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
    # These imports are here so that workers that sign nothing start faster.
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

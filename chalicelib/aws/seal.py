"""The sealing key in KMS: it signs there and never leaves it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.casework import Unavailable

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
MOST = 4096
"""How many bytes KMS takes at most to hash and sign itself. Emulators may take more, so we check it."""


class KmsKey:
    """One RSA key. Raises Unavailable, never an error of AWS, when it is disabled, denied or does not
    answer."""

    def __init__(self, client: Callable[[], Any], key: str) -> None:
        self._client, self._key = client, key

    @cached_property
    def _kms(self) -> Any:
        return self._client()

    @cached_property
    def public_key(self) -> bytes:
        """The public half (SubjectPublicKeyInfo, DER)."""
        with _translated():
            return bytes(self._kms.get_public_key(KeyId=self._key)["PublicKey"])

    @cached_property
    def made(self) -> datetime:
        """When the key was made (UTC), in whole seconds."""
        with _translated():
            at: datetime = self._kms.describe_key(KeyId=self._key)["KeyMetadata"]["CreationDate"]
            return at.replace(microsecond=0)

    def sign(self, data: bytes) -> bytes:
        """The signature of at most `MOST` bytes, hashed by the service."""
        assert len(data) <= MOST, "the service hashes no more itself"
        with _translated():
            return bytes(
                self._kms.sign(KeyId=self._key, Message=data, MessageType="RAW", SigningAlgorithm=ALGORITHM)[
                    "Signature"
                ]
            )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("seal key") from error

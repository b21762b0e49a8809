"""KMS in memory: RSA keys that make real signatures."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.cloud.expressions import NotBuilt
from tests.cloud.refused import Refused

LARGEST = 4096
"""The most bytes that are hashed and signed at once."""
ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
ALGORITHMS = [f"RSASSA_{padding}_SHA_{bits}" for padding in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)]
SPECS = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}


@dataclass
class Key:
    """A key, generated at its first use since that is slow."""

    id: str
    arn: str
    spec: str
    usage: str
    made: datetime
    enabled: bool = True

    @cached_property
    def secret(self) -> RSAPrivateKey:
        """The private half."""
        return generate_private_key(65537, SPECS[self.spec])

    @cached_property
    def signed(self) -> dict[bytes, bytes]:
        """The signatures so far by what they sign. The algorithm gives the same signature each time, and
        tests that begin alike sign the same."""
        return {}

    @property
    def description(self) -> dict[str, Any]:
        """The answer to DescribeKey."""
        return {
            "KeyId": self.id,
            "Arn": self.arn,
            "CreationDate": self.made.timestamp(),
            "Enabled": self.enabled,
            "KeyState": "Enabled" if self.enabled else "Disabled",
            "KeySpec": self.spec,
            "KeyUsage": self.usage,
        }


class Keys:
    """The keys of an account."""

    def __init__(self, region: str, account: str, now: Callable[[], datetime]) -> None:
        self._arn, self._now = f"arn:aws:kms:{region}:{account}:key/", now
        self.held: dict[str, Key] = {}

    def empty(self) -> None:
        """Enable every key, as it was created."""
        for key in self.held.values():
            key.enabled = True

    def create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateKey."""
        if not request.keys() <= {"KeySpec", "KeyUsage"}:
            raise NotBuilt("CreateKey", request)
        id = f"{len(self.held):08}-0000-4000-8000-000000000000"
        spec, usage = request.get("KeySpec", "SYMMETRIC_DEFAULT"), request.get("KeyUsage", "ENCRYPT_DECRYPT")
        self.held[id] = Key(id, self._arn + id, spec, usage, self._now())
        return {"KeyMetadata": self.held[id].description}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeKey."""
        return {"KeyMetadata": self._key(request).description}

    def enable(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """EnableKey."""
        self._key(request).enabled = True
        return {}

    def disable(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DisableKey."""
        self._key(request).enabled = False
        return {}

    def public_key(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """GetPublicKey, also refused for a disabled key."""
        key = self._signing(request)
        public = key.secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {
            "KeyId": key.arn,
            "PublicKey": b64encode(public).decode(),
            "CustomerMasterKeySpec": key.spec,
            "KeySpec": key.spec,
            "KeyUsage": key.usage,
            "SigningAlgorithms": ALGORITHMS,
        }

    def sign(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Sign a message that the service hashes itself."""
        if (request.get("MessageType", "RAW"), request["SigningAlgorithm"]) != ("RAW", ALGORITHM):
            raise NotBuilt("Sign", request.get("MessageType"), request["SigningAlgorithm"])
        data = b64decode(request["Message"])
        if not 0 < len(data) <= LARGEST:
            bound = f"less than or equal to {LARGEST}" if data else "greater than or equal to 1"
            raise Refused(
                "ValidationException",
                "1 validation error detected: Value at 'message' failed to satisfy constraint: "
                f"Member must have length {bound}",
            )
        key = self._signing(request)
        if data not in key.signed:
            key.signed[data] = key.secret.sign(data, PKCS1v15(), SHA256())
        signature = b64encode(key.signed[data]).decode()
        return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": ALGORITHM}

    def _key(self, request: Mapping[str, Any]) -> Key:
        wanted = request["KeyId"]
        if found := next((key for key in self.held.values() if wanted in (key.id, key.arn)), None):
            return found
        name = wanted if wanted.startswith("arn:") else self._arn + wanted
        raise Refused("NotFoundException", f"Key '{name}' does not exist")

    def _signing(self, request: Mapping[str, Any]) -> Key:
        key = self._key(request)
        if not key.enabled:
            raise Refused("DisabledException", f"{key.arn} is disabled.")
        if key.spec not in SPECS or key.usage != "SIGN_VERIFY":
            raise Refused("InvalidKeyUsageException", f"{key.arn} key usage is {key.usage}")
        return key

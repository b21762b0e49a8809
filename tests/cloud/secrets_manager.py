"""Secrets Manager in memory: secrets with versions, of which the current and the previous have a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.cloud.expressions import NotBuilt
from tests.cloud.refused import Refused

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
NO_SECRET = "Secrets Manager can't find the specified secret."
FIRST = "0" * 32
"""The version that a secret is created with."""


@dataclass
class Secret:
    """A secret: the content of every version, and the version of each stage."""

    arn: str
    name: str
    words: dict[str, str]
    staged: dict[str, str] = field(default_factory=lambda: {CURRENT: FIRST})


class Secrets:
    """The secrets of an account."""

    def __init__(self) -> None:
        self.held: dict[str, Secret] = {}

    def create(self, arn: str, name: str, words: str) -> None:
        """Create a secret."""
        self.held[arn] = Secret(arn, name, {FIRST: words})

    def empty(self) -> None:
        """Restore every secret to its first version."""
        for secret in self.held.values():
            secret.words = {FIRST: secret.words[FIRST]}
            secret.staged = {CURRENT: FIRST}

    def get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """GetSecretValue: return a version by its stage, or else the current one."""
        if not request.keys() <= {"SecretId", "VersionStage"}:
            raise NotBuilt("GetSecretValue", request)
        secret, stage = self._secret(request), request.get("VersionStage", CURRENT)
        if stage not in secret.staged:
            said = f"Secrets Manager can't find the specified secret value for staging label: {stage}"
            raise Refused("ResourceNotFoundException", said)
        id = secret.staged[stage]
        return {**_told(secret, id), "SecretString": secret.words[id]}

    def put(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """PutSecretValue: add a version, which becomes the current one.

        The token of an existing version is answered again if the content is the same, and changes nothing.
        """
        if not request.keys() <= {"SecretId", "SecretString", "ClientRequestToken"}:
            raise NotBuilt("PutSecretValue", request)
        secret = self._secret(request)
        id = request.get("ClientRequestToken") or str(uuid4())
        words = request["SecretString"]
        if id not in secret.words:
            secret.words[id] = words
            secret.staged = {CURRENT: id, PREVIOUS: secret.staged[CURRENT]}
        elif secret.words[id] != words:
            said = "You can't modify an existing version, you can only create a new version."
            raise Refused("ResourceExistsException", said)
        return _told(secret, id)

    def _secret(self, request: Mapping[str, Any]) -> Secret:
        wanted = request["SecretId"]
        found = (secret for secret in self.held.values() if wanted in (secret.arn, secret.name))
        if secret := next(found, None):
            return secret
        raise Refused("ResourceNotFoundException", NO_SECRET)


def _told(secret: Secret, id: str) -> dict[str, Any]:
    stages = [stage for stage, of in secret.staged.items() if of == id]
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": id, "VersionStages": stages}

"""A case whose agreement is to be sealed, on moto, and a key service that signs wrongly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from chalicelib.aws.seal import KmsKey
from chalicelib.documents.paperwork import Paper, Paperwork, agreement_key
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.referral import Referral
from chalicelib.wiring import Product
from tests.documents.agreements import IN_FORCE, Text, agreement, digest, signatures

REF = "71511980931"


@dataclass
class Desk:
    """A case with an agreement to be sealed.

    `sealed` holds the recorded seals. `trouble` holds the errors that recording raises next.
    """

    product: Product
    text: Text = field(default_factory=agreement)
    sealed: list[Mapping[str, Any]] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    confirmable: bool = False
    passed_on: dict[str, Referral] = field(default_factory=dict)

    def paper(self, ref: str) -> Paper | None:
        """Return the paper to be made, or None once it is sealed."""
        until = datetime(2027, 1, 1, 16, tzinfo=UTC)
        made = Paper(
            ref,
            1,
            self.text,
            digest(self.text),
            tuple(signatures(self.text)),
            IN_FORCE,
            self.confirmable,
            until,
        )
        return None if self.sealed else made

    def record(self, ref: str, kept: Mapping[str, Any]) -> None:
        """Record the seal as the clock's move does; raise `already_sealed` the second time."""
        if self.trouble:
            raise self.trouble.pop(0)
        if self.sealed:
            raise Refusal("already_sealed")
        self.sealed.append(kept)

    @property
    def key(self) -> str:
        """The key under which the archive stores the agreement."""
        return agreement_key(REF, 1, digest(self.text))

    @property
    def paperwork(self) -> Paperwork:
        """The wired use case on this case."""
        return replace(
            self.product.documents, paper=self.paper, referrals=lambda ref: self.passed_on, record=self.record
        )

    def archive(self) -> dict[str, bytes]:
        """Return everything in the archive by key; fail if a key has several versions."""
        s3, bucket = boto3.client("s3", "us-east-1"), self.product.setting("SEALED")
        versions = s3.list_object_versions(Bucket=bucket).get("Versions", [])
        found = {one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in versions}
        assert len(found) == len(versions), "nothing is written twice"
        return found


def counted(capsys: pytest.CaptureFixture[str], name: str) -> int:
    """Return how often a metric was counted since the last call."""
    lines = capsys.readouterr().out.splitlines()
    return sum(name in json.loads(line) for line in lines if line.startswith("{"))


def failures(capsys: pytest.CaptureFixture[str]) -> int:
    """Return how often `SealFailed` was counted since the last call."""
    return counted(capsys, "SealFailed")


class Erring:
    """A key service that signs other data than it is given, `wrong` times."""

    def __init__(self, wrong: int) -> None:
        self._kms, self.wrong = boto3.client("kms", "us-east-1"), wrong

    def sign(self, Message: bytes, **more: Any) -> Any:
        """Return a signature by this key; a wrong one is well formed but of other data."""
        self.wrong -= 1
        return self._kms.sign(Message=b"other data" if self.wrong >= 0 else Message, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kms, name)


def erring(desk: Desk, wrong: int) -> KmsKey:
    """Return the sealing key behind such a service."""
    return KmsKey(lambda: Erring(wrong), desk.product.setting("SEAL_KEY"), desk.product.meters)

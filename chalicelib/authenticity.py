"""Anybody may ask whether a document is one of ours: by its digest, or by uploading it. The answer names no person."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Protocol

from chalicelib.casework import CaseFile
from chalicelib.domain.case import Refusal
from chalicelib.domain.reference import shown
from chalicelib.evidence import MEGABYTE, Form
from chalicelib.verify import digest_of, marked

LARGEST = 10 * MEGABYTE
"""The largest document that is looked at: ours have some hundred kilobytes."""
FORM_LASTS = timedelta(hours=1)
"""How long one form can be used; what was uploaded is forgotten after a day."""
DIGEST = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class Verdict(StrEnum):
    """What a document is: as we sealed it; ours but changed since; nothing that we know."""

    AUTHENTIC, ALTERED, UNKNOWN = auto(), auto(), auto()


@dataclass(frozen=True)
class Found:
    """What is said of a document: of an authentic one which agreement it is, since when it is in force, when it was sealed, and by how
    many it was signed. Moments in UTC."""

    verdict: Verdict
    sha256: str
    number: str | None = None
    in_force: datetime | None = None
    sealed: datetime | None = None
    signed: int | None = None


class Drop(Protocol):
    """Where documents are left to be looked at. `read` gives None for one that is not there, or larger than is looked at."""

    def form(self, id: str, back: str) -> Form: ...
    def read(self, id: str) -> bytes | None: ...


@dataclass(frozen=True)
class Authenticity:
    """The use case, over the case file and the drop."""

    file: CaseFile
    drop: Drop
    fresh: Callable[[], str]

    def of_digest(self, said: str) -> Found:
        """What the document with this sha256 (64 hex digits, in any case and spacing) is; raises Refusal `no_digest`."""
        digest = "".join(said.split()).lower()
        if not DIGEST.fullmatch(digest):
            raise Refusal("no_digest", field="sha256")
        for ref in self.file.found("document", digest):
            agreement = self.file.load(ref).agreement
            if agreement and agreement.sealed and agreement.sealed.sha256 == digest:
                return Found(Verdict.AUTHENTIC, digest, f"{shown(ref)}-{agreement.version}", agreement.in_force, agreement.sealed.at,
                             len(agreement.signatures))
        return Found(Verdict.UNKNOWN, digest)

    def form(self, back: str = "") -> tuple[str, Form]:
        """The id of a document that will be uploaded, and the form for it; afterwards the browser goes to `back` with the id behind it."""
        id = self.fresh()
        return id, self.drop.form(id, f"{back}/{id}" if back else "")

    def of_upload(self, id: str) -> Found:
        """What an uploaded document is; raises Refusal `nothing_uploaded` when it is not there."""
        content = self.drop.read(id) if ID.fullmatch(id) else None
        if content is None:
            raise Refusal("nothing_uploaded")
        found = self.of_digest(digest_of(content))
        return Found(Verdict.ALTERED, found.sha256) if found.verdict == Verdict.UNKNOWN and marked(content) else found

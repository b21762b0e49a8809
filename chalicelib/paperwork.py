"""The papers of an agreement in force: set, sealed, kept for good, and recorded on the case. A run that died is simply run again."""
from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.casework import Dossier, Meters
from chalicelib.documents import DocumentFailed
from chalicelib.domain.calendar import stamp
from chalicelib.domain.case import Refusal
from chalicelib.domain.codes import Role
from chalicelib.domain.deadlines import DEADLINES
from chalicelib.domain.mediated import MEDIATOR, Signature
from chalicelib.domain.running import running_of

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Paper:
    """An agreement in force that is not sealed yet: the text that was signed, its digest, who signed, and the moment it came into force.

    `confirmable` says whether judicial confirmation is open to it; `until` is then the end of the thirty days.
    """

    ref: str
    version: int
    text: Json
    digest: str
    signatures: tuple[Json, ...]
    in_force: datetime
    confirmable: bool = False
    until: datetime | None = None


class Office(Protocol):
    """Who makes documents. Raises DocumentFailed for what cannot be set, Unavailable when the key does not answer."""

    def agreement(self, text: Json, signatures: Sequence[Json], digest: str, in_force: datetime) -> bytes: ...
    def application(self, text: Json, in_force: datetime, until: datetime | None) -> bytes: ...


class Archive(Protocol):
    """Where documents are kept, each key once: `keep` gives back what is kept under it. Raises Unavailable."""

    def keep(self, key: str, content: bytes) -> bytes: ...


class SealFailed(Exception):
    """The papers of an agreement could not be made; the queue tries again. Names the kind of error, and of ours what it says."""


@dataclass(frozen=True)
class Paperwork:
    """The use case. `paper` finds what is to be made on a case; `record` takes the clock's move with what was kept."""

    paper: Callable[[str], Paper | None]
    record: Callable[[str, Mapping[str, Any]], object]
    office: Office
    archive: Archive
    meters: Meters

    def make(self, ref: str) -> bool:
        """Make what is to be made on a case; whether there was anything. Raises SealFailed with nothing recorded."""
        paper = self.paper(ref)
        if paper is None:
            return False
        try:
            self._record(ref, self._kept(paper))
        except Exception as error:                              # whatever it was, operations must see it and the queue must try again
            self.meters.count("SealFailed")
            said = f"{type(error).__name__}: {error}" if isinstance(error, DocumentFailed) else type(error).__name__
            raise SealFailed(said) from None
        return True

    def _kept(self, paper: Paper) -> dict[str, Any]:
        """Make and keep; what was kept is read back, so that a run after a crash records the same document."""
        pdf = self.archive.keep(agreement_key(paper.ref, paper.version),
                                self.office.agreement(paper.text, paper.signatures, paper.digest, paper.in_force))
        kept: dict[str, Any] = {"sha256": sha256(pdf).hexdigest(), "size": len(pdf)}
        if paper.confirmable:
            form = self.archive.keep(application_key(paper.ref, paper.version),
                                     self.office.application(paper.text, paper.in_force, paper.until))
            kept["application"] = sha256(form).hexdigest()
        return kept

    def _record(self, ref: str, kept: Mapping[str, Any]) -> None:
        try:
            self.record(ref, kept)
        except Refusal:
            if self.paper(ref) is not None:                     # else another run was faster, with the same document
                raise


def agreement_key(ref: str, version: int) -> str:
    """Where the sealed agreement is kept."""
    return f"agreements/{ref}/{version}.pdf"


def application_key(ref: str, version: int) -> str:
    """Where the application for judicial confirmation is kept."""
    return f"agreements/{ref}/{version}-confirmation.pdf"


def paper_of(dossier: Dossier) -> Paper | None:
    """What is to be made on a case: its agreement, once that is in force and until it is sealed; None otherwise."""
    case, agreement = dossier.case, dossier.case.bound
    if agreement is None or agreement.in_force is None or agreement.sealed:
        return None
    text: Json = json.loads(dossier.entries[agreement.entry - 1].words["text"][1])
    until = next((run.due for run in running_of(case, DEADLINES["judicial_confirmation"])), None)
    return Paper(case.ref, agreement.version, text, agreement.digest, tuple(_signature(dossier, text, s) for s in agreement.signatures),
                 agreement.in_force, agreement.lawful, until)


def _signature(dossier: Dossier, text: Json, signature: Signature) -> Json:
    """A signature as the document shows it: who signed, for whom, when, by which way; on paper the party signed, staff wrote it down."""
    named = {party["id"]: party for party in text["parties"]} | {MEDIATOR: text.get("mediator") or {}}
    whose = named[signature.of].get("name")
    speaks = dossier.people.get(signature.by, {}).get("name") or named[signature.of].get("represented_by")
    agent = signature.role != Role.CONSUMER.code and signature.of != MEDIATOR
    return {"id": signature.of, "name": speaks if agent else whose, "role": signature.role, "for": whose if agent else None,
            "at": stamp(signature.at), "way": signature.way}

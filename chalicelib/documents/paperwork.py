"""The production of documents. An agreement in force is typeset, sealed, archived and recorded on the case.
For each obligation that was referred to the courts, the creditor gets a paper. The author of a complaint gets
a copy on request. An interrupted run can be repeated."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.cases.casework import Dossier, KeptOther, Meters, Unavailable
from chalicelib.documents import DocumentFailed, Json
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.obligation_deadlines import cure_end
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import MEDIATOR, Signature
from chalicelib.domain.model.codes import Role
from chalicelib.domain.model.obligation import Obligation, terms_in
from chalicelib.domain.model.referral import Referral, agreed, referred
from chalicelib.domain.moves.signing import record_confirmation
from chalicelib.domain.timeline import canonical
from chalicelib.logs import log


@frozen
class Paper:
    """An agreement in force that has no seal yet: its text, the digest of the text, its signatures, and when
    it took effect.

    `confirmable`: whether a court can confirm the agreement. `until`: the end of the thirty days to apply for
    judicial confirmation, or None if these days do not run."""

    ref: str
    version: int
    text: Json
    digest: str
    signatures: tuple[Json, ...]
    in_force: datetime
    confirmable: bool = False
    until: datetime | None = None


class DocumentMaker(Protocol):
    """The maker of documents (see `documents.office`). `sealed` returns the data attached to a validly sealed
    agreement. `alike` returns whether two unsealed papers have the same content. Methods raise DocumentFailed
    if a document cannot be typeset or has no valid seal, and Unavailable if the key service does not
    answer."""

    def agreement(self, text: Json, signatures: Sequence[Json], digest: str, in_force: datetime) -> bytes: ...
    def application(self, text: Json, in_force: datetime, until: datetime | None) -> bytes: ...
    def referral(self, referral: Referral) -> bytes: ...
    def sealed(self, pdf: bytes) -> Json: ...
    def alike(self, one: bytes, other: bytes) -> bool: ...
    def copy(self, contents: Json) -> bytes: ...


class Archive(Protocol):
    """The archive of documents, in which each key is written once. `keep` stores the content under the key,
    and returns it. If the key already has content, `keep` returns that content. `same` decides then whether
    the stored content is equal. `keep` raises KeptOther if it is not, and Unavailable if the archive does not
    answer."""

    def keep(self, key: str, content: bytes, *, same: Callable[[bytes], bool]) -> bytes: ...


class Copies(Protocol):
    """The store of copies of complaints, which keeps each copy for one day. `read` returns the input that the
    site has stored under the name of a copy. `keep` stores the finished document under this name. `fail`
    stores that the copy could not be made. Each raises Unavailable if the store does not answer."""

    def read(self, name: str) -> bytes: ...
    def keep(self, name: str, content: bytes) -> None: ...
    def fail(self, name: str) -> None: ...


class CopyFailed(Exception):
    """A copy could not be made because a service did not answer, so the queue retries. The message names the
    kind of error."""


class SealFailed(Exception):
    """The documents of a case could not be made, so the queue retries. The message names the kind of error,
    and quotes only our own errors."""


@frozen
class Paperwork:
    """Makes, archives and records documents.

    `paper` returns the agreement of a case that is to be sealed, or None. `referrals` returns the contents of
    the papers for creditors, by the name of the paper. `record` takes the move that records a sealed document
    on the case."""

    paper: Callable[[str], Paper | None]
    referrals: Callable[[str], Mapping[str, Referral]]
    record: Callable[[str, Mapping[str, Any]], object]
    office: DocumentMaker
    archive: Archive
    copies: Copies
    meters: Meters

    def make(self, ref: str, copy: str = "") -> bool:
        """Make the documents that case `ref` lacks. Return False if it lacks none. If `copy` is the name of a
        requested copy, make only that copy.

        Raises SealFailed if a document of the case fails. Raises CopyFailed if a service did not answer while
        the copy was made."""
        if copy:
            self._copy(copy)
            return True
        paper, referrals = self.paper(ref), self.referrals(ref)
        try:
            if paper:
                self._record(ref, self._kept(paper))
            # The paper may be in the archive already. Typesetting it again does no harm, and is rare.
            for name, referral in referrals.items():
                self._keep_unsealed(paper_key(ref, name, referral.mark), self.office.referral(referral))
        except Exception as error:  # so that operations see every failure, and the queue retries
            self.meters.count("SealFailed")
            if isinstance(error, KeptOther):
                self.meters.count("KeptOther")
            raise SealFailed(_said(error)) from None
        return bool(paper or referrals)

    def _copy(self, name: str) -> None:
        """Make the requested copy of this name. After a failure the page of the copy says at once that it
        failed. Raises CopyFailed only if a service did not answer, because any other failure would come
        again."""
        try:
            self.copies.keep(name, self.office.copy(json.loads(self.copies.read(name))))
        except Exception as error:  # so that operations see every failure
            self.meters.count("CopyFailed")
            log.error("a copy could not be made", extra={"error": _said(error)})
            with suppress(Unavailable):
                self.copies.fail(name)
            if isinstance(error, Unavailable):
                raise CopyFailed(_said(error)) from None

    def fault(self, case: Case, pdf: bytes) -> str:
        """Return in words what is wrong with `pdf` as the sealed agreement of a case; "" if nothing is wrong.
        The faults are: not the recorded document, no valid seal, or a seal over another text."""
        assert case.bound
        assert case.bound.sealed
        if sha256(pdf).hexdigest() != case.bound.sealed.sha256:
            return "not the document that was recorded"
        try:
            data = self.office.sealed(pdf)
        except DocumentFailed as error:
            return _said(error)
        return "" if data["digest"] == case.bound.digest else "over another text"

    def _kept(self, paper: Paper) -> dict[str, Any]:
        """Make and archive the sealed agreement. Return its record: `sha256`, `size`, `key`. If a court can
        confirm the agreement, also make the application for judicial confirmation, and return its sha256 as
        `application`.

        The record describes the archived content, so that a repeated run records the same document."""
        key, pdf = self._keep_sealed(paper)
        kept: dict[str, Any] = {"sha256": sha256(pdf).hexdigest(), "size": len(pdf), "key": key}
        if paper.confirmable:
            form = self._keep_unsealed(
                application_key(key), self.office.application(paper.text, paper.in_force, paper.until)
            )
            kept["application"] = sha256(form).hexdigest()
        return kept

    def _keep_sealed(self, paper: Paper) -> tuple[str, bytes]:
        """Seal and archive an agreement. Return its archive key and the archived content.

        If the archive has a document with the same text and signatures, that document is returned, even if
        another release has typeset other bytes. If the archived document has the same text but other
        signatures, the new document gets a key of its own. That happens when a text is signed again after a
        backup was restored."""
        pdf = self.office.agreement(paper.text, paper.signatures, paper.digest, paper.in_force)
        key, found = agreement_key(paper.ref, paper.version, paper.digest), None

        def same(there: bytes) -> bool:
            nonlocal found
            found = self._sealed_data(there)
            return found is not None and found == self._sealed_data(pdf)

        try:
            return key, self.archive.keep(key, pdf, same=same)
        except KeptOther:
            if found is None or found["digest"] != paper.digest:
                raise
        signed = sha256(canonical(self._sealed_data(pdf)).encode()).hexdigest()
        key = agreement_key(paper.ref, paper.version, paper.digest, signed)
        return key, self.archive.keep(key, pdf, same=same)

    def _sealed_data(self, pdf: bytes) -> Json | None:
        try:
            return self.office.sealed(pdf)
        except DocumentFailed:
            return None

    def _keep_unsealed(self, key: str, pdf: bytes) -> bytes:
        return self.archive.keep(key, pdf, same=lambda there: self.office.alike(pdf, there))

    def _record(self, ref: str, kept: Mapping[str, Any]) -> None:
        try:
            self.record(ref, kept)
        except Refusal:
            # No error if the agreement no longer lacks a seal: another run recorded the same document.
            if self.paper(ref) is not None:
                raise


def _said(error: Exception) -> str:
    """Return the kind of an error. For our own document errors the message follows, because it quotes no
    person."""
    return f"{type(error).__name__}: {error}" if isinstance(error, DocumentFailed) else type(error).__name__


def agreement_key(ref: str, version: int, digest: str, signed: str = "") -> str:
    """Return the archive key of a sealed agreement. `version` and `digest` are those of its text. `signed` is
    the digest of the sealed data; it is given only if the same text was archived before with other
    signatures.

    The key contains the digest, because version numbers can repeat after a backup was restored."""
    return f"agreements/{ref}/" + "-".join(filter(None, (str(version), digest[:16], signed[:16]))) + ".pdf"


def agreement_key_of(case: Case) -> str:
    """Return the archive key of a case's sealed agreement. Agreements sealed by an earlier release have no
    recorded key, so their key is computed."""
    assert case.bound
    assert case.bound.sealed
    return case.bound.sealed.key or f"agreements/{case.ref}/{case.bound.version}.pdf"


def application_key(agreement: str) -> str:
    """Return the archive key of the application for judicial confirmation, from the archive key of its
    agreement."""
    return f"{agreement.removesuffix('.pdf')}-confirmation.pdf"


def paper_key(ref: str, name: str, mark: str = "") -> str:
    """Return the archive key of a creditor's paper. `name` is the name of the paper, and `mark` a mark of its
    contents. `mark` is "" for papers of earlier releases."""
    return f"agreements/{ref}/" + "-".join(filter(None, (name, mark))) + ".pdf"


def paper_of(dossier: Dossier) -> Paper | None:
    """Return the agreement of a case that is in force and not sealed. Return None if there is none, or if the
    record of the case is in doubt."""
    case, agreement = dossier.case, dossier.case.bound
    if agreement is None or agreement.in_force is None or agreement.sealed or case.doubted:
        return None
    text: Json = _words(dossier, agreement.entry)["text"]
    until = next((run.due for run in running_of(case, "judicial_confirmation")), None)
    return Paper(
        case.ref,
        agreement.version,
        text,
        agreement.digest,
        tuple(_signature(dossier, text, s) for s in agreement.signatures),
        agreement.in_force,
        agreement.lawful,
        until,
    )


def referrals_of(dossier: Dossier) -> dict[str, Referral]:
    """Return the contents of the papers for creditors whose claims were referred to the courts, by the name
    of the paper. Return {} once the words of the agreement were erased."""
    bound = dossier.case.bound
    text = _words(dossier, bound.entry).get("text") if bound else None
    return (
        {name: _referral(dossier, owed, text) for name, owed in referred(dossier.case).items()}
        if text
        else {}
    )


def _referral(dossier: Dossier, obligation: Obligation, text: Json) -> Referral:
    case, sides = dossier.case, {obligation.debtor, obligation.to}
    assert case.bound
    assert case.bound.in_force
    others = tuple(o for o in agreed(case) if o.id != obligation.id and {o.debtor, o.to} == sides)
    what = terms_in(obligation, _words(dossier, obligation.way or obligation.entry)) or ""
    ruling = None
    if case.bound.confirmed:
        said = _words(dossier, dossier.last(record_confirmation))
        ruling = (said.get("court", ""), said.get("number", ""))
    apart = tuple(o for o in case.obligations if o.of == obligation.id)
    return Referral(
        obligation,
        text,
        case.bound.digest,
        case.bound.in_force,
        what,
        cure_end(case, obligation),
        others,
        ruling,
        apart,
    )


def _words(dossier: Dossier, n: int) -> dict[str, Any]:
    return dossier.entry(n)[1]


def _signature(dossier: Dossier, text: Json, signature: Signature) -> Json:
    """Return a signature as the document prints it: the signer, the party for which an agent signed, when,
    and how (through their link, at the desk, on paper). If a party signed on paper, the party is the
    signer, even though an officer recorded the signature."""
    named = {party["id"]: party for party in text["parties"]} | {MEDIATOR: text.get("mediator") or {}}
    whose = named[signature.of].get("name")
    speaks = dossier.people.get(signature.by, {}).get("name") or named[signature.of].get("represented_by")
    agent = signature.role != Role.CONSUMER.code and signature.of != MEDIATOR
    return {
        "id": signature.of,
        "name": speaks if agent else whose,
        "role": signature.role,
        "for": whose if agent else None,
        "at": stamp(signature.at),
        "way": signature.way,
    }

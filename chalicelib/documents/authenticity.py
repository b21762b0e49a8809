"""The public check whether a document or a letter is ours. A document is checked by its digest or by an
upload. A letter is checked by the number of its complaint and by its digest. The result names no person."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from chalicelib.cases.casework import CaseFile, Unavailable
from chalicelib.documents.seal_marks import CheckResult, FileCheck, fingerprint, judge, judge_digest
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Refusal, required
from chalicelib.domain.reference import read, shown
from chalicelib.evidence.confined import MEGABYTE
from chalicelib.evidence.uploads import PresignedForm

LARGEST = 10 * MEGABYTE
"""The maximum size of a document to check, in bytes. Our documents have a few hundred kilobytes."""
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


@frozen
class Verification:
    """The result of a check. An authentic agreement has its number, when it took effect, when it was sealed,
    and how many people signed. An authentic letter has the number of its complaint, its name, and when it was
    sent. Moments are in UTC."""

    verdict: CheckResult
    sha256: str
    number: str | None = None
    in_force: datetime | None = None
    sealed: datetime | None = None
    signed: int | None = None
    letter: str | None = None
    sent: datetime | None = None


class Drop(Protocol):
    """The store of documents that people upload to be checked.

    `form` returns the form with which a browser uploads a document under this id, and then goes to the
    address `back`. `read` returns the document with this id. It returns None if there is none, or if the
    document is larger than `LARGEST`."""

    def form(self, id: str, back: str) -> PresignedForm: ...
    def read(self, id: str) -> bytes | None: ...


class SentLetters(Protocol):
    """The store of sent letters. `by_digest` returns the case, the id and the moment of sending of the letter
    with this digest, or None if there is no such letter. `letter` returns the stored letter with this id."""

    def by_digest(self, digest: str) -> tuple[str, str, datetime] | None: ...
    def letter(self, ref: str, id: str) -> dict[str, Any]: ...


@frozen
class Authenticity:
    """Checks whether documents and letters are ours. `fresh` makes an id for an upload. `keys` returns the
    public keys of our seals (DER), and may raise Unavailable."""

    file: CaseFile
    drop: Drop
    letters: SentLetters
    fresh: Callable[[], str]
    keys: Callable[[], tuple[bytes, ...]]

    def of_digest(self, digest: str) -> Verification:
        """Check a document by its sha256: 64 hexadecimal digits in any case, with any spacing. Raises Refusal
        `no_digest` for other input."""
        try:
            return _found(judge_digest("".join(digest.split()), self._known))
        except ValueError:
            raise Refusal("no_digest", field="sha256") from None

    def of_letter(self, number: str, digest: str) -> Verification:
        """Check whether we sent a letter with this digest on the complaint with this number. Raises Refusal
        `no_number` or `no_digest` if the input is no number of a complaint, or no sha256."""
        ref = required(read(number), "no_number", field="number")
        try:
            return _found(judge_digest("".join(digest.split()), partial(self._sent, ref)))
        except ValueError:
            raise Refusal("no_digest", field="sha256") from None

    def form(self, back: str = "") -> tuple[str, PresignedForm]:
        """Return a fresh id, and the form with which a browser uploads a document to be checked under this
        id. After the upload the browser goes to the address `back`, followed by "/" and the id."""
        id = self.fresh()
        return id, self.drop.form(id, f"{back}/{id}" if back else "")

    def of_upload(self, id: str) -> Verification:
        """Check the document that was uploaded under this id. Raises Refusal `nothing_uploaded` if there is
        none. Raises Unavailable if the key service does not answer. Our public keys are fetched only if the
        digest of the document is not known."""
        content = required(self.drop.read(id) if ID.fullmatch(id) else None, "nothing_uploaded")
        found = judge(content, self._known)
        return _found(
            judge(content, self._known, self.keys()) if found.state == CheckResult.UNKNOWN else found
        )

    def fingerprints(self) -> tuple[str, ...]:
        """Return the fingerprints of our seals' public keys; () while the key service does not answer."""
        try:
            return tuple(map(fingerprint, self.keys()))
        except Unavailable:
            return ()

    def _known(self, digest: str) -> Verification | None:
        for ref in self.file.found("document", digest):
            agreement = self.file.load(ref).talks.agreement
            if agreement and agreement.sealed and agreement.sealed.sha256 == digest:
                return Verification(
                    CheckResult.AUTHENTIC,
                    digest,
                    f"{shown(ref)}-{agreement.version}",
                    agreement.in_force,
                    agreement.sealed.at,
                    len(agreement.signatures),
                )
        return None

    def _sent(self, ref: str, digest: str) -> Verification | None:
        found = self.letters.by_digest(digest)
        if found is None or found[0] != ref:
            return None
        _, id, at = found
        name = self.letters.letter(ref, id)["name"]
        return Verification(CheckResult.AUTHENTIC, digest, shown(ref), letter=name, sent=at)


def _found(verdict: FileCheck[Verification]) -> Verification:
    return verdict.kept or Verification(verdict.state, verdict.digest)

"""Anybody may ask whether a document or a letter is one of ours: a document by its digest or by uploading it,
a letter by its number and digest. The answer names no person."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from chalicelib.cases.casework import CaseFile, Unavailable
from chalicelib.documents.seal_marks import State, Verdict, fingerprint, judge, judge_digest
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Refusal, required
from chalicelib.domain.reference import read, shown
from chalicelib.evidence.uploads import MEGABYTE, Form

LARGEST = 10 * MEGABYTE
"""The largest document that is judged, in bytes: one of ours has a few hundred kilobytes."""
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


@frozen
class Found:
    """What is answered about a document or a letter. Of an authentic agreement: its number, since when it is
    in force, when it was sealed, and how many people signed it. Of a letter of ours: its number, which letter
    it is, and when it was sent. Moments are in UTC."""

    verdict: State
    sha256: str
    number: str | None = None
    in_force: datetime | None = None
    sealed: datetime | None = None
    signed: int | None = None
    letter: str | None = None
    sent: datetime | None = None


class Drop(Protocol):
    """Where uploaded documents wait to be judged. `read` gives None for one that is not there or is larger
    than `LARGEST`."""

    def form(self, id: str, back: str) -> Form: ...
    def read(self, id: str) -> bytes | None: ...


class Sent(Protocol):
    """The letters that were sent."""

    def by_digest(self, digest: str) -> tuple[str, str, datetime] | None: ...
    def letter(self, ref: str, id: str) -> dict[str, Any]: ...


@frozen
class Authenticity:
    """Judges documents and letters, over the case file, the drop and the letters; `keys` gives the public
    keys of our seals (DER), and may raise Unavailable."""

    file: CaseFile
    drop: Drop
    letters: Sent
    fresh: Callable[[], str]
    keys: Callable[[], tuple[bytes, ...]]

    def of_digest(self, said: str) -> Found:
        """What the document with this sha256 is, given as 64 hexadecimal digits with any spacing, capital or
        small; raises Refusal `no_digest`."""
        try:
            return _found(judge_digest("".join(said.split()), self._known))
        except ValueError:
            raise Refusal("no_digest", field="sha256") from None

    def of_letter(self, number: str, said: str) -> Found:
        """Whether we sent a letter of this complaint with this digest, which and when; raises Refusal
        `no_number`, `no_digest`."""
        ref = required(read(number), "no_number", field="number")
        try:
            return _found(judge_digest("".join(said.split()), partial(self._sent, ref)))
        except ValueError:
            raise Refusal("no_digest", field="sha256") from None

    def form(self, back: str = "") -> tuple[str, Form]:
        """The id of a document that will be uploaded, and the form for it; afterwards the browser goes to
        `back` with the id behind it."""
        id = self.fresh()
        return id, self.drop.form(id, f"{back}/{id}" if back else "")

    def of_upload(self, id: str) -> Found:
        """What an uploaded document is; raises Refusal `nothing_uploaded` when it is not there. The public
        keys are asked for only when the digest alone did not tell."""
        content = required(self.drop.read(id) if ID.fullmatch(id) else None, "nothing_uploaded")
        found = judge(content, self._known)
        return _found(judge(content, self._known, self.keys()) if found.state == State.UNKNOWN else found)

    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprints of the keys of our seals; none while the key service does not answer."""
        try:
            return tuple(map(fingerprint, self.keys()))
        except Unavailable:
            return ()

    def _known(self, digest: str) -> Found | None:
        for ref in self.file.found("document", digest):
            agreement = self.file.load(ref).talks.agreement
            if agreement and agreement.sealed and agreement.sealed.sha256 == digest:
                return Found(
                    State.AUTHENTIC,
                    digest,
                    f"{shown(ref)}-{agreement.version}",
                    agreement.in_force,
                    agreement.sealed.at,
                    len(agreement.signatures),
                )
        return None

    def _sent(self, ref: str, digest: str) -> Found | None:
        found = self.letters.by_digest(digest)
        if found is None or found[0] != ref:
            return None
        _, id, at = found
        name = self.letters.letter(ref, id)["name"]
        return Found(State.AUTHENTIC, digest, shown(ref), letter=name, sent=at)


def _found(verdict: Verdict[Found]) -> Found:
    return verdict.kept or Found(verdict.state, verdict.digest)

"""The office that makes the documents: it knows the key, its certificate, and where documents are
verified."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.documents import SealInvalid, confirmation, copy, enforcement, report
from chalicelib.documents.agreement import FILE, Seal, attached, render
from chalicelib.documents.certificate import certificate, licensed, named
from chalicelib.documents.seal_marks import fingerprint
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.referral import Referral
from chalicelib.domain.timeline import canonical

Json = Mapping[str, Any]
MARKED = re.compile(rb"urn:redress:[a-z]+:[0-9A-Za-z:-]+")
"""A document's mark, as it stands in the bytes of its metadata."""


class Key(Protocol):
    """The key that seals: its public half (DER), when it was made, and a signature of at most 4,096 bytes."""

    @property
    def public_key(self) -> bytes: ...
    @property
    def made(self) -> datetime: ...
    def sign(self, data: bytes) -> bytes: ...


@frozen
class Office:
    """Typesets and seals. `name` is the company's name on the self-signed certificate; `given` fetches an
    authority's certificate, if there is one, to be used instead; `published` gives the public keys (DER) of
    all our seals, where there is another one than `key`."""

    key: Key
    name: str
    verify_url: str
    given: Callable[[], bytes] | None = None
    published: Callable[[], tuple[bytes, ...]] | None = None

    @cached_property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificate of the seal and its chain. The self-signed one is made anew in each process, always
        the same."""
        if self.given:
            return licensed(self.given(), self.key.public_key)
        return (certificate(self.key.public_key, self.key.sign, self.name, self.key.made),)

    def agreement(self, text: Json, signatures: Sequence[Json], digest: str, in_force: datetime) -> bytes:
        """Typeset and seal the agreement. The seal is validated and the attached data are compared with the
        given ones, because the archive keeps a wrong document for years. Raises SealInvalid."""
        # pyHanko takes longer to be imported than all the rest, and copies and reports, which are asked for
        # more often, are not sealed
        from chalicelib.documents.sealing import seal

        seals = Seal(named(self.certificates[0]), fingerprint(self.key.public_key))
        pdf = render(text, signatures, digest, in_force, self.verify_url, seal=seals)
        sealed = seal(pdf, self.key.sign, self.certificates, in_force)
        if self.sealed(sealed) != json.loads(attached(text, signatures, digest, in_force)):
            raise SealInvalid("another text")
        return sealed

    def sealed(self, pdf: bytes) -> dict[str, Any]:
        """The data attached to an agreement: `text`, its `digest`, `signatures`, `in_force`. Raises
        SealInvalid unless its seal is valid and by a key of ours, and the digest is that of the text."""
        from chalicelib.documents.sealing import sealed_data

        try:
            keys = self.published() if self.published else (self.key.public_key,)
            data: dict[str, Any] = json.loads(sealed_data(pdf, FILE, keys))
            digest = sha256(canonical(data["text"]).encode()).hexdigest()
        except (ValueError, TypeError, KeyError):
            raise SealInvalid("no agreement is attached") from None
        if data.get("digest") != digest:
            raise SealInvalid("the digest is of another text")
        return data

    def application(self, text: Json, in_force: datetime, until: datetime | None) -> bytes:
        """The application for judicial confirmation, filled in."""
        return confirmation.application(text, in_force, until)

    def referral(self, referral: Referral) -> bytes:
        """What a creditor whose claim was passed on takes to the court."""
        return enforcement.paper(referral)

    def alike(self, one: bytes, other: bytes) -> bool:
        """Return whether two unsealed papers are about the same, whatever release has typeset them: both bear
        the same mark."""
        marks = [{*MARKED.findall(pdf)} for pdf in (one, other)]
        return bool(marks[0]) and marks[0] == marks[1]

    def copy(self, told: Json) -> bytes:
        """The copy of a complaint for whoever filed it, or of a report of the house."""
        return report.report(told) if "parts" in told else copy.copy(told)

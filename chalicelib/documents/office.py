"""The office that makes all documents. It holds the sealing key, the certificate of this key, and the address
of the page that checks documents."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.documents import Json, SealInvalid, confirmation, copy, enforcement, report
from chalicelib.documents.agreement import FILE, Seal, attached, render
from chalicelib.documents.certificate import certificate, licensed, seal_name
from chalicelib.documents.seal_marks import fingerprint
from chalicelib.documents.typesetting import ROOM
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.referral import Referral
from chalicelib.domain.timeline import canonical
from chalicelib.evidence.confined import Room

MARKED = re.compile(rb"urn:redress:[a-z]+:[0-9A-Za-z:-]+")
"""The pattern of a document's identifier, to find it in the bytes of a PDF."""


class SealKey(Protocol):
    """The sealing key. `public_key`: the public key (DER). `made`: when the key was created. `sign`: a
    function that signs at most 4,096 bytes."""

    @property
    def public_key(self) -> bytes: ...
    @property
    def made(self) -> datetime: ...
    def sign(self, data: bytes) -> bytes: ...


@frozen
class Office:
    """Typesets and seals documents.

    `name`: the name of the company for the self-signed certificate. `verify_url`: the page that checks
    documents. `given`: a function that fetches an authority's certificate; if None, the self-signed
    certificate is used. `published`: a function that returns the public keys (DER) of all our seals; if None,
    only the key in `key` counts. `room`: a function from a time limit in seconds to the limits of
    typesetting, which adds the limit of memory."""

    key: SealKey
    name: str
    verify_url: str
    given: Callable[[], bytes] | None = None
    published: Callable[[], tuple[bytes, ...]] | None = None
    room: Callable[[float], Room] = lambda seconds: ROOM

    @cached_property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificate of the seal and its chain (DER). A self-signed certificate is made here, the same
        in every process."""
        if self.given:
            return licensed(self.given(), self.key.public_key)
        return (certificate(self.key.public_key, self.key.sign, self.name, self.key.made),)

    def agreement(self, text: Json, signatures: Sequence[Json], digest: str, in_force: datetime) -> bytes:
        """Return an agreement as sealed PDF. The arguments are those of `render`.

        The seal is then checked, and the attached data compared with the arguments, because the archive would
        keep a wrong document for years. Raises SealInvalid if that check fails, SealRefused if the
        certificate does not fit, and DocumentFailed if the agreement cannot be typeset."""
        # pyHanko is imported here, because its import is slow, and copies and reports need no seal.
        from chalicelib.documents.sealing import seal

        seals = Seal(seal_name(self.certificates[0]), fingerprint(self.key.public_key))
        pdf = render(
            text, signatures, digest, in_force, self.verify_url, seal=seals, room=self.room(ROOM.seconds)
        )
        sealed = seal(pdf, self.key.sign, self.certificates, in_force)
        if self.sealed(sealed) != json.loads(attached(text, signatures, digest, in_force)):
            raise SealInvalid("another text")
        return sealed

    def sealed(self, pdf: bytes) -> dict[str, Any]:
        """Return the data attached to a sealed agreement: `text`, `digest`, `signatures`, `in_force`. Raises
        SealInvalid if the PDF has no valid seal by a key of ours, or if `digest` is not the digest of
        `text`."""
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
        """Return the application for judicial confirmation as unsealed PDF, filled in from an agreement.
        `text` is the stored text of the agreement. `in_force` is when it took effect. `until` is the end of
        the time to apply, or None. Raises ValueError if no court can confirm the agreement, and
        DocumentFailed if typesetting fails."""
        return confirmation.application(text, in_force, until, room=self.room(ROOM.seconds))

    def referral(self, referral: Referral) -> bytes:
        """Return the unsealed PDF that a creditor takes to court after their claim was referred to the
        courts."""
        return enforcement.paper(referral, room=self.room(ROOM.seconds))

    def alike(self, one: bytes, other: bytes) -> bool:
        """Return whether two unsealed PDFs have the same identifier. Then their content is the same, even if
        another release of the software has typeset other bytes."""
        marks = [{*MARKED.findall(pdf)} for pdf in (one, other)]
        return bool(marks[0]) and marks[0] == marks[1]

    def copy(self, contents: Json) -> bytes:
        """Return an unsealed PDF: an internal report if `contents` has the key `parts`, otherwise the copy of
        a complaint."""
        made = report.report if "parts" in contents else copy.copy
        return made(contents, room=self.room(ROOM.seconds))

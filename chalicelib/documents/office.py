"""The office that makes all documents. It holds the sealing key, its certificate, and the address of the page
that checks documents."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.documents import SealInvalid, confirmation, copy, enforcement, report
from chalicelib.documents.agreement import FILE, Seal, attached, render
from chalicelib.documents.certificate import certificate, licensed, seal_name
from chalicelib.documents.seal_marks import fingerprint
from chalicelib.documents.typesetting import ROOM
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.referral import Referral
from chalicelib.domain.timeline import canonical
from chalicelib.evidence.confined import Room

Json = Mapping[str, Any]
MARKED = re.compile(rb"urn:redress:[a-z]+:[0-9A-Za-z:-]+")
"""The pattern of a document's identifier in the bytes of its metadata."""


class Key(Protocol):
    """The sealing key: its public key (DER), when it was created, and a function that signs at most 4,096
    bytes."""

    @property
    def public_key(self) -> bytes: ...
    @property
    def made(self) -> datetime: ...
    def sign(self, data: bytes) -> bytes: ...


@frozen
class Office:
    """Typesets and seals documents.

    `name` is the name of the company on the self-signed certificate. `verify_url` is the page that checks
    documents. `given` fetches an authority's certificate; if it is None, the self-signed one is used.
    `published` returns the public keys (DER) of all our seals; if it is None, only `key` counts. `room`
    returns the typesetter's limits of memory, for a limit in seconds."""

    key: Key
    name: str
    verify_url: str
    given: Callable[[], bytes] | None = None
    published: Callable[[], tuple[bytes, ...]] | None = None
    room: Callable[[float], Room] = lambda seconds: ROOM

    @cached_property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificate of the seal and its chain (DER). Every process makes the same self-signed
        certificate."""
        if self.given:
            return licensed(self.given(), self.key.public_key)
        return (certificate(self.key.public_key, self.key.sign, self.name, self.key.made),)

    def agreement(self, text: Json, signatures: Sequence[Json], digest: str, in_force: datetime) -> bytes:
        """Typeset and seal an agreement; the arguments are those of `render`. Then check the seal and compare
        the attached data with the input, because the archive would keep a wrong document for years. Raises
        SealInvalid if that fails, SealRefused, and the errors of `press`."""
        # pyHanko is imported only here, since its import is slow. Copies and reports, which are made more
        # often, need no seal.
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
        """Return the data attached to a sealed agreement: `text`, its `digest`, `signatures`, `in_force`.
        Raises SealInvalid if there is no valid seal by a key of ours, or if `digest` is not that of the
        text."""
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
        """Return the filled-in application for judicial confirmation. The arguments are those of
        `confirmation.application`, and so are the errors."""
        return confirmation.application(text, in_force, until, room=self.room(ROOM.seconds))

    def referral(self, referral: Referral) -> bytes:
        """Return the paper for court of a creditor whose claim was referred to the courts."""
        return enforcement.paper(referral, room=self.room(ROOM.seconds))

    def alike(self, one: bytes, other: bytes) -> bool:
        """Return whether two unsealed papers bear the same identifier. If so they have the same content,
        although another release of the software may have typeset other bytes."""
        marks = [{*MARKED.findall(pdf)} for pdf in (one, other)]
        return bool(marks[0]) and marks[0] == marks[1]

    def copy(self, contents: Json) -> bytes:
        """Return a document without a seal: the copy of a complaint, or an internal report if `contents` has
        `parts`."""
        made = report.report if "parts" in contents else copy.copy
        return made(contents, room=self.room(ROOM.seconds))

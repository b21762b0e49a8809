"""The office that makes the documents: it knows the key, its certificate, and where documents are
verified."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from chalicelib.documents import confirmation, copy, enforcement, report
from chalicelib.documents.agreement import Seal, render
from chalicelib.documents.certificate import certificate, licensed, named
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.referral import Referral
from chalicelib.verify import fingerprint

Json = Mapping[str, Any]


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
    authority's certificate, if there is one, to be used instead."""

    key: Key
    name: str
    verify_url: str
    given: Callable[[], bytes] | None = None

    @cached_property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificate of the seal and its chain. The self-signed one is made anew in each process, always
        the same."""
        if self.given:
            return licensed(self.given(), self.key.public_key)
        return (certificate(self.key.public_key, self.key.sign, self.name, self.key.made),)

    def agreement(self, text: Json, signatures: Sequence[Json], digest: str, in_force: datetime) -> bytes:
        """The agreement, typeset and sealed."""
        # pyHanko takes longer to be imported than all the rest, and copies and reports, which are asked for
        # more often, are not sealed
        from chalicelib.documents.sealing import seal

        seals = Seal(named(self.certificates[0]), fingerprint(self.key.public_key))
        pdf = render(text, signatures, digest, in_force, self.verify_url, seal=seals)
        return seal(pdf, self.key.sign, self.certificates, in_force)

    def application(self, text: Json, in_force: datetime, until: datetime | None) -> bytes:
        """The application for judicial confirmation, filled in."""
        return confirmation.application(text, in_force, until)

    def referral(self, referral: Referral) -> bytes:
        """What a creditor whose claim was passed on takes to the court."""
        return enforcement.paper(referral)

    def copy(self, told: Json) -> bytes:
        """The copy of a complaint for whoever filed it, or of a report of the house."""
        return report.report(told) if "parts" in told else copy.copy(told)

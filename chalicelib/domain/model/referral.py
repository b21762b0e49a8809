"""A promise of an agreement that was not kept and was referred to the courts: what its creditor's paper for
the court is made from."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from chalicelib.domain.calendar import stamp
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Duty
from chalicelib.domain.model.obligation import Obligation


@frozen
class Referral:
    """An obligation as its creditor tells a court of it: the `text` of the agreement and its `digest`, in
    force since when; `what` it says now, where another way was agreed; `until` when it could still be made
    good; the `others` between the same two sides; `ruling` is the court that confirmed the agreement and the
    number of its ruling, None without one; what is owed `apart` for its breach.
    """

    owed: Obligation
    text: Mapping[str, Any]
    digest: str
    in_force: datetime
    what: str
    until: datetime | None
    others: tuple[Obligation, ...] = ()
    ruling: tuple[str, str] | None = None
    apart: tuple[Obligation, ...] = ()

    @property
    def mark(self) -> str:
        """The digits of this referral, as `mark_of` gives them."""
        return mark_of(self.digest, self.owed)


def mark_of(digest: str, owed: Obligation) -> str:
    """Return 16 hexadecimal digits for one referral: of the text's digest, the obligation, and the moment.
    Versions and ids alone repeat after a restore."""
    return sha256(f"{digest} {owed.id} {stamp(owed.since)}".encode()).hexdigest()[:16]


def referred(case: Case) -> dict[str, Obligation]:
    """The obligations of the agreement in force that were found in breach and referred to the courts, by the
    name of the paper that the creditor gets: the application for enforcement if a court has confirmed the
    agreement, else the statement of performance. An obligation that only waited for one of them was never
    due, and gets no paper."""
    paper = "enforcement" if case.bound and case.bound.confirmed else "statement"
    return {f"{o.id}-{paper}": o for o in agreed(case) if o.found and o.state == Duty.REFERRED}


def agreed(case: Case) -> tuple[Obligation, ...]:
    """The obligations that the agreement in force has made."""
    return tuple(o for o in case.obligations if o.term and case.bound and o.entry == case.bound.entry)

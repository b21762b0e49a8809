"""A broken obligation of an agreement that was referred to the courts: the contents of its creditor's
paper."""

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
    """An obligation for its creditor's paper to the court.

    `text`, `digest`, `in_force`: the agreement, its digest, and since when it is in force. `what`: the
    present content, also after an agreed other way. `until`: the end of the time to make it good. `others`:
    the other obligations between the same two sides. `ruling`: the court that confirmed the agreement and the
    number of its ruling, None without one. `apart`: the debts for its breach.
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
        """Return the digits of this referral, as `mark_of` gives them."""
        return mark_of(self.digest, self.owed)


def mark_of(digest: str, obligation: Obligation) -> str:
    """Return 16 hexadecimal digits for one referral: of the text's digest, the obligation, and the moment.
    Versions and ids alone repeat after a restore."""
    return sha256(f"{digest} {obligation.id} {stamp(obligation.since)}".encode()).hexdigest()[:16]


def referred(case: Case) -> dict[str, Obligation]:
    """Return the obligations of the agreement in force that were found in breach and referred to the courts.
    The key is the name of the creditor's paper: the application for enforcement if a court has confirmed the
    agreement, else the statement of performance. An obligation that only waited for one of them was never
    due, and gets no paper."""
    paper = "enforcement" if case.bound and case.bound.confirmed else "statement"
    return {f"{o.id}-{paper}": o for o in agreed(case) if o.found and o.state == Duty.REFERRED}


def agreed(case: Case) -> tuple[Obligation, ...]:
    """Return the obligations that the agreement in force has made."""
    return tuple(o for o in case.obligations if o.term and case.bound and o.entry == case.bound.entry)

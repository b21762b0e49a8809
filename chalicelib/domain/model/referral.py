"""A broken obligation that was referred to the courts, with all that the paper for its creditor says."""

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
    """An obligation, and what the creditor's paper for the court says about it.

    `text`, `digest`, `in_force`: the text of the agreement, its digest, and since when it is in force.
    `what`: what is owed now, after any agreed change. `until`: the end of the time to make it good. `others`:
    the other obligations between the same two sides. `ruling`: the court that confirmed the agreement, and
    the number of its ruling; None without a ruling. `apart`: penalties and interest for its breach.
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
        """Return 16 hexadecimal digits that identify this referral, see `mark_of`."""
        return mark_of(self.digest, self.owed)


def mark_of(digest: str, obligation: Obligation) -> str:
    """Return 16 hexadecimal digits that identify the referral of an obligation. They are computed from the
    agreement's `digest`, the obligation's id, and since when it is in its state. Version and id alone could
    occur twice after a restore."""
    return sha256(f"{digest} {obligation.id} {stamp(obligation.since)}".encode()).hexdigest()[:16]


def referred(case: Case) -> dict[str, Obligation]:
    """Return the obligations of the agreement in force that were found in breach and referred to the courts.
    The key names the creditor's paper: "<id>-enforcement" if a court has confirmed the agreement, else
    "<id>-statement".

    An obligation that only waited for a breached one was never due, and so gets no paper.
    """
    paper = "enforcement" if case.bound and case.bound.confirmed else "statement"
    return {f"{o.id}-{paper}": o for o in agreed(case) if o.found and o.state == Duty.REFERRED}


def agreed(case: Case) -> tuple[Obligation, ...]:
    """Return the obligations that come from the agreement in force; empty without one."""
    return tuple(o for o in case.obligations if o.term and case.bound and o.entry == case.bound.entry)

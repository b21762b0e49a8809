"""A referral: a broken obligation that was referred to the courts, with everything that the creditor's paper
for the court says."""

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
    """A broken obligation that was referred to the courts, and the content of the creditor's paper about it.
    `owed`: the obligation.

    `text`: the text of the agreement. `digest`: the digest of that text. `in_force`: since when the agreement
    is in force. `what`: the text of what is owed now, after any agreed change. `until`: when the time to make
    the obligation good ended; None without such a time. `others`: the other obligations between the same
    debtor and creditor. `ruling`: the name of the court that confirmed the agreement, and the number of its
    ruling; None if no court did. `apart`: the penalties and interest for the breach.
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
    """Return 16 hexadecimal digits that identify the referral of an obligation. `digest`: the digest of the
    agreement's text.

    The digits are computed from `digest`, the obligation's id, and the start of its present state. The
    version of the agreement and the id alone would not do, because they could occur twice after a restore.
    """
    return sha256(f"{digest} {obligation.id} {stamp(obligation.since)}".encode()).hexdigest()[:16]


def referred(case: Case) -> dict[str, Obligation]:
    """Return the obligations of the agreement in force that were found in breach and referred to the courts.
    The key is the name of the creditor's paper: "<id>-enforcement" if a court has confirmed the agreement,
    otherwise "<id>-statement".

    Obligations that only waited for a breached one are left out, because they were never due.
    """
    paper = "enforcement" if case.bound and case.bound.confirmed else "statement"
    return {f"{o.id}-{paper}": o for o in agreed(case) if o.found and o.state == Duty.REFERRED}


def agreed(case: Case) -> tuple[Obligation, ...]:
    """Return the obligations that the agreement in force created. The result is empty if no agreement is in
    force."""
    return tuple(o for o in case.obligations if o.term and case.bound and o.entry == case.bound.entry)

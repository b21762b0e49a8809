"""One obligation: its debtor, creditor, content, last day and state, and what follows from a breach."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case_records import BUSINESS, Term
from chalicelib.domain.model.codes import Duty, Measure, ObligationKind
from chalicelib.domain.model.field_marks import Money

UNSETTLED = frozenset({Duty.PENDING, Duty.DUE, Duty.CLAIMED, Duty.DISPUTED, Duty.IN_CURE, Duty.BREACHED})
"""The states of an open obligation. In any other state, nothing more is expected of the debtor."""
DONE = frozenset({Duty.CONFIRMED, Duty.ACCEPTED, Duty.CURED})
"""The states of an obligation that was performed."""


@frozen
class Amendment:
    """A change of an obligation that one side has proposed: a new day `by`, a new `amount`, or (`way`)
    another way to perform. `by_side`: the id of the debtor or creditor who proposed it. `entry`: the entry
    with its words. `digest`: what the other side signs, if more than the day changes."""

    at: datetime
    entry: int
    by_side: str
    by: date | None = None
    amount: Money | None = None
    way: bool = False
    digest: str | None = None


@frozen
class Consequence:
    """A measure that was taken because an obligation was not performed. `amount`: in fen, if the measure is
    money. `entry`: the entry with its words."""

    measure: Measure
    at: datetime
    entry: int
    amount: Money | None = None


@frozen
class Obligation:
    """One obligation: `debtor` owes it to `to` by the end of the day `by`. The debtor is the company, unless
    an agreement says otherwise.

    `matter`: the number of the matter that it serves; 0 if an agreement made it, by the clause `term`.
    `entry`: the entry with its words. `way`: the entry with another agreed way to perform; 0 without one.
    `offer`: it is only offered, not yet owed.

    `since`: when its present state began. `dated`: since when its last day is known; None: the same as
    `since`. `claimed_by`: the person who sent the proof of performance. `after`: the id of an obligation that
    must be performed first; until then this one has no day. `proposed`: a change that waits for the other
    side.

    `notice`: when the debtor was asked, after the last day, to perform. `found`: when a person found the
    breach. A new last day clears both. `measures`: what was done about the breach. `broken`: a breach was
    found and has since ended, which the outcome of the case still shows. `of`: for a penalty or interest, the
    id of the obligation that was breached. `amount`: in fen; None also for interest that is computed at
    payment.
    """

    id: str
    matter: int
    kind: ObligationKind
    by: date | None
    to: str
    entry: int
    since: datetime
    amount: int | None = None
    offer: bool = False
    state: Duty = Duty.PENDING
    claimed_by: str | None = None
    debtor: str = BUSINESS
    term: Term | None = None
    after: str | None = None
    dated: datetime | None = None
    way: int = 0
    proposed: Amendment | None = None
    notice: datetime | None = None
    found: datetime | None = None
    measures: tuple[Consequence, ...] = ()
    broken: bool = False
    of: str | None = None

    @property
    def begun(self) -> datetime:
        """Return since when the debtor has had time to perform it."""
        return self.dated or self.since

    @property
    def open(self) -> bool:
        """Return whether something is still expected of the debtor."""
        return self.state in UNSETTLED

    @property
    def breached(self) -> bool:
        """Return whether it is in breach. If the debtor claims to have performed it, it stays in breach until
        the claim is confirmed."""
        return self.open and self.found is not None

    @property
    def ever_breached(self) -> bool:
        """Return whether a breach of this obligation was ever found, except a finding that was revoked."""
        return self.broken or self.found is not None

    @property
    def unclaimed(self) -> Duty:
        """Return the state that it has if the debtor's claim of performance is left out."""
        return Duty.BREACHED if self.found else Duty.IN_CURE if self.notice else Duty.PENDING

    def state_on(self, today: date) -> Duty:
        """Return the state shown to people on the day `today`. A pending obligation is shown as due from its
        last day on."""
        return Duty.DUE if self.state == Duty.PENDING and self.by and self.by <= today else self.state


def following(obligations: Iterable[Obligation]) -> int:
    """Return the number for the next obligation of a case: one more than the highest. Numbers below may be
    missing, since an obligation can lapse or go to another case with its person."""
    return 1 + max((int(o.id[1:]) for o in obligations), default=0)


def total(obligations: Iterable[Obligation]) -> int | None:
    """Return the sum in fen of the amounts of `obligations`; None for fewer than two amounts. It includes
    known penalties and interest. It leaves out offers and the value of goodwill gestures."""
    sums = [o.amount for o in obligations if o.amount and not o.offer and o.kind != ObligationKind.GOODWILL]
    return sum(sums) if len(sums) > 1 else None


def clause_in(obligation: Obligation, words: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the text of an obligation's clause, by language. `words`: the words of the agreement's entry.
    The result is empty if the obligation has no clause or the words were erased."""
    clauses = (words.get("text") or {}).get("clauses", ())
    return next(
        (clause["what"] for clause in clauses if obligation.term and clause["id"] == obligation.term.id), {}
    )


def terms_in(obligation: Obligation, words: Mapping[str, Any]) -> str | None:
    """Return the text of an obligation, from `words`, the words of its entry; None if they were erased. It is
    the agreed other way, the terms of the remedy, or the clause in Chinese."""
    text: Mapping[str, Any] = words.get("text") or {}
    if obligation.term and "new" not in text:
        return clause_in(obligation, words).get("zh")
    said = text["new"]["what"] if "new" in text else words.get("terms") or words.get("agreement")
    return str(said) if said else None

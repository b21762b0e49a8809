"""One obligation: its debtor and creditor, its content, its last day, its state, and the consequences of a
breach."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case_records import BUSINESS, Term
from chalicelib.domain.model.codes import Duty, Measure, ObligationKind
from chalicelib.domain.model.field_marks import Money

UNSETTLED = frozenset({Duty.PENDING, Duty.DUE, Duty.CLAIMED, Duty.DISPUTED, Duty.IN_CURE, Duty.BREACHED})
"""The states of an open obligation. In any other state, nothing more is expected of its debtor."""
DONE = frozenset({Duty.CONFIRMED, Duty.ACCEPTED, Duty.CURED})
"""The states of an obligation that was performed."""


@frozen
class Amendment:
    """A change of an obligation that one side has proposed. `by_side`: the id of the debtor or creditor who
    proposed it. `by`: the new last day. `amount`: the new amount, in fen. `way`: whether it is to be
    performed in another way. The values that do not change are None or False.

    `entry`: the timeline entry with its words. `digest`: the digest of the text that the other side must
    sign; None if only the day changes. `other_by`: the new last day that the other side proposed before, and
    that this proposal replaces; None if it proposed none. `lapsed`: when (UTC) the time to answer it ended
    without an answer; None before. `old`: the obligation as it is. `new`: the obligation as it would be.
    `reason`: the reason; None if it was erased. `own`: whether the reader's side proposed it."""

    at: datetime
    entry: int
    by_side: str
    by: date | None = None
    amount: Money | None = None
    way: bool = False
    digest: str | None = None
    other_by: date | None = None
    lapsed: datetime | None = None


@frozen
class Consequence:
    """A measure that was taken against a debtor who did not perform. `amount`: in fen; None if the measure is
    not money. `entry`: the timeline entry with its words. `measure`: the measure."""

    measure: Measure
    at: datetime
    entry: int
    amount: Money | None = None


@frozen
class Obligation:
    """One obligation. `debtor` owes it to `to` by the end of the day `by`. Unless an agreement says
    otherwise, `debtor` is the company. `amount`: in fen; None if it is not money, or is interest that is
    computed at payment.

    `matter`: the number of the matter that it serves; 0 if an agreement created it. `term`: the clause of the
    agreement; None without an agreement. `entry`: the timeline entry with its words. `way`: the entry that
    agreed on another way to perform it; 0 if none did. `offer`: whether it is only offered and not owed yet.

    `done_on`: the local day on which it was performed, as the proof says and nobody contradicts; None if no
    such day is known. `denied`, `decided`: the timeline entries with the creditor's denial of performance,
    and with the officer's decision on the proof; 0 without one.

    `since`: when its present state began. `dated`: when its last day became known; None if that was at
    `since`. `claimed_by`: the id of the person who sent the proof of performance. `after`: the id of another
    obligation that must be performed first. Until then, this obligation has no day. `proposed`: a change that
    waits for the other side.

    `notice`: when the debtor was asked to perform, after the last day. `found`: when a person found the
    breach. A new last day clears `notice` and `found`. `measures`: the measures against the breach. `broken`:
    whether a breach was found that has ended since. The outcome of the case still shows such a breach. `of`:
    for a penalty or interest, the id of the obligation whose breach caused it.
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
    done_on: date | None = None
    denied: int = 0
    decided: int = 0

    @property
    def answerer(self) -> str:
        """Return the side that answers a proposed change, as `business` or a person's id. It is the side that
        did not propose the change."""
        return self.debtor if self.proposed and self.proposed.by_side == self.to else self.to

    @property
    def begun(self) -> datetime:
        """Return since when the debtor has had time to perform the obligation."""
        return self.dated or self.since

    @property
    def open(self) -> bool:
        """Return whether something is still expected of the debtor of this obligation."""
        return self.state in UNSETTLED

    @property
    def performed_on(self) -> date | None:
        """Return the local day on which the obligation was performed. Return None if it was not, or if the
        day is not known."""
        return self.done_on if self.state in DONE else None

    @property
    def breached(self) -> bool:
        """Return whether the obligation is in breach. If the debtor claims to have performed it, it remains
        in breach until the claim is confirmed."""
        return self.open and self.found is not None

    @property
    def ever_breached(self) -> bool:
        """Return whether a breach of this obligation was ever found. A finding that was revoked does not
        count."""
        return self.broken or self.found is not None

    @property
    def unclaimed(self) -> Duty:
        """Return the state of the obligation without the debtor's claim of performance."""
        return Duty.BREACHED if self.found else Duty.IN_CURE if self.notice else Duty.PENDING

    def state_on(self, today: date) -> Duty:
        """Return the state that pages show on the local day `today`. A pending obligation is shown as due
        from its last day on."""
        return Duty.DUE if self.state == Duty.PENDING and self.by and self.by <= today else self.state


def following(obligations: Iterable[Obligation]) -> int:
    """Return the number for the id of a new obligation: one more than the highest in `obligations`. Counting
    them would not do, because obligations can lapse, or go to another case with their person."""
    return 1 + max((int(o.id[1:]) for o in obligations), default=0)


def total(obligations: Iterable[Obligation]) -> int | None:
    """Return the sum of the amounts of `obligations`, in fen. Return None if fewer than two of them have an
    amount. Offers are left out. Penalties and interest are included if their amounts are known."""
    sums = [o.amount for o in obligations if o.amount and not o.offer]
    return sum(sums) if len(sums) > 1 else None


def clause_in(obligation: Obligation, words: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the text of the clause that created an obligation, by language. `words`: the words of the
    timeline entry with the agreement. The result is empty if no clause created the obligation, or the words
    were erased."""
    clauses = (words.get("text") or {}).get("clauses", ())
    return next(
        (clause["what"] for clause in clauses if obligation.term and clause["id"] == obligation.term.id), {}
    )


def terms_in(obligation: Obligation, words: Mapping[str, Any]) -> str | None:
    """Return the text of an obligation. It is the other way to perform it, if one was agreed; else the
    Chinese text of its clause, or the terms of the remedy. `words`: the words of the timeline entry with the
    text. Return None if these words were erased."""
    text: Mapping[str, Any] = words.get("text") or {}
    if obligation.term and "new" not in text:
        return clause_in(obligation, words).get("zh")
    said = text["new"]["what"] if "new" in text else words.get("terms") or words.get("agreement")
    return str(said) if said else None

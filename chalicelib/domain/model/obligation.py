"""One obligation: debtor, creditor, content and day, its state, and the consequences of a breach."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case_records import BUSINESS, Term
from chalicelib.domain.model.codes import Duty, Measure, ObligationKind
from chalicelib.domain.model.field_marks import Money

UNSETTLED = frozenset({Duty.PENDING, Duty.DUE, Duty.CLAIMED, Duty.DISPUTED, Duty.IN_CURE, Duty.BREACHED})
"""States in which an obligation is still open; in every other state nothing more is expected."""
DONE = frozenset({Duty.CONFIRMED, Duty.ACCEPTED, Duty.CURED})
"""States of a performed obligation."""


@frozen
class Amendment:
    """A change of date, amount or way that one side (`by_side`: the debtor or the creditor) has proposed, its
    words in `entry`. If it changes more than the date, the other side signs its `digest`."""

    at: datetime
    entry: int
    by_side: str
    by: date | None = None
    amount: Money | None = None
    way: bool = False
    digest: str | None = None


@frozen
class Consequence:
    """A measure taken for an obligation that was not performed. `amount` is in fen, where it is money. Its
    words are in `entry`."""

    measure: Measure
    at: datetime
    entry: int
    amount: Money | None = None


@frozen
class Obligation:
    """One obligation: `debtor` (the company, unless an agreement says otherwise) owes it to `to` by the end
    of `by`. `matter`: the matter that it serves, or 0 for an agreement, whose clause is `term`. Its words are
    in `entry`; an agreed other way is in entry `way`.

    `since`: when its present state began. `dated`: since when it has its day (None: equal to `since`).
    `claimed_by`: the person who brought the proof. `after`: the obligation it waits for; while that one is
    open, this one has no day. `notice`: when the debtor got a demand for performance after the day. `found`:
    when a person found the breach; a new day ends both. `broken`: a breach was found and has ended; the
    outcome of the case still tells of it. `of`: the obligation for whose breach this one is owed, as a
    penalty or interest with a day and a proof of its own. Interest that is computed at payment has no
    `amount`.
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
        """Return since when its time to perform runs."""
        return self.dated or self.since

    @property
    def open(self) -> bool:
        """Return whether it is still owed."""
        return self.state in UNSETTLED

    @property
    def breached(self) -> bool:
        """Return whether it is in breach. A claim of performance does not end the breach."""
        return self.open and self.found is not None

    @property
    def ever_breached(self) -> bool:
        """Return whether a breach of it was found and not revoked."""
        return self.broken or self.found is not None

    @property
    def unclaimed(self) -> Duty:
        """Return its state without a claim of performance."""
        return Duty.BREACHED if self.found else Duty.IN_CURE if self.notice else Duty.PENDING

    def state_on(self, today: date) -> Duty:
        """Return its state as shown to people: from its last day on, a pending obligation is due."""
        return Duty.DUE if self.state == Duty.PENDING and self.by and self.by <= today else self.state


def following(obligations: Iterable[Obligation]) -> int:
    """Return the number of the next obligation of a case. Numbers may be missing, where one has lapsed or
    went with its person to another case."""
    return 1 + max((int(o.id[1:]) for o in obligations), default=0)


def total(obligations: Iterable[Obligation]) -> int | None:
    """Return the sum of several obligations in fen: the payments, with known penalties and interest, without
    offers and the value of gestures. Return None for fewer than two amounts."""
    sums = [o.amount for o in obligations if o.amount and not o.offer and o.kind != ObligationKind.GOODWILL]
    return sum(sums) if len(sums) > 1 else None


def clause_in(obligation: Obligation, words: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the words of an obligation's clause, by language; empty if it has no clause, or the words were
    erased."""
    clauses = (words.get("text") or {}).get("clauses", ())
    return next(
        (clause["what"] for clause in clauses if obligation.term and clause["id"] == obligation.term.id), {}
    )


def terms_in(obligation: Obligation, words: Mapping[str, Any]) -> str | None:
    """Return the words of an obligation from those of its entry: an agreed other way, a remedy's terms, or
    the Chinese of its clause."""
    text: Mapping[str, Any] = words.get("text") or {}
    if obligation.term and "new" not in text:
        return clause_in(obligation, words).get("zh")
    said = text["new"]["what"] if "new" in text else words.get("terms") or words.get("agreement")
    return str(said) if said else None

"""One promise with a life of its own: who owes whom what until when, how far it has come, and what followed
when it was not kept."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case_records import BUSINESS, Term
from chalicelib.domain.model.codes import Duty, Measure, ObligationKind
from chalicelib.domain.model.field_marks import Money

UNSETTLED = frozenset({Duty.PENDING, Duty.DUE, Duty.CLAIMED, Duty.DISPUTED, Duty.IN_CURE, Duty.BREACHED})
"""States in which an obligation is still owed; in every other state nothing is waited for any more."""
DONE = frozenset({Duty.CONFIRMED, Duty.ACCEPTED, Duty.CURED})
"""States in which an obligation has been performed."""


@frozen
class Amendment:
    """Another date, amount or way that one side (`by_side`: the debtor or the creditor) has proposed, its
    words in `entry`; where it changes more than the date, the other side signs its `digest`."""

    at: datetime
    entry: int
    by_side: str
    by: date | None = None
    amount: Money | None = None
    way: bool = False
    digest: str | None = None


@frozen
class Consequence:
    """A measure taken for what was not performed; `amount` in fen where it is money. Its words lie in
    `entry`."""

    measure: Measure
    at: datetime
    entry: int
    amount: Money | None = None


@frozen
class Obligation:
    """A promise with a life of its own: what `debtor` (the company, unless an agreement says otherwise) owes
    `to` whom by the end of `by`, for a matter, or (0) by an agreement, as its `term` says. Its words lie in
    `entry`, an agreed other way in entry `way`.

    `since` is when its present state began, `dated` since when it has its day (None: as long); `claimed_by`
    who brought the proof. It has no day yet while it is due so many `days` `after` another one that is still
    open. `notice` is when the debtor was called on to perform after its day had passed, `found` when somebody
    found that it is in breach; both end with a new day. `broken`: a breach that was found has ended so; it
    stays in what the case closes with. `of` is the obligation for whose breach it is owed, as a penalty or
    interest with a day and a proof of its own; of interest that is reckoned when it is paid no `amount` is
    known."""

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
        """Since when its time to perform runs."""
        return self.dated or self.since

    @property
    def open(self) -> bool:
        """Whether it is still owed."""
        return self.state in UNSETTLED

    @property
    def breached(self) -> bool:
        """Whether it was found in breach and nothing has ended that; a claim that it has been done meanwhile
        does not end it."""
        return self.open and self.found is not None

    @property
    def ever_breached(self) -> bool:
        """Whether a breach of it was found that nobody has taken back."""
        return self.broken or self.found is not None

    @property
    def unclaimed(self) -> Duty:
        """Its state if nobody claims that it has been done."""
        return Duty.BREACHED if self.found else Duty.IN_CURE if self.notice else Duty.PENDING

    def stands(self, today: date) -> Duty:
        """Its state as people are told it: on its last day, and after it, a pending obligation is due."""
        return Duty.DUE if self.state == Duty.PENDING and self.by and self.by <= today else self.state


def following(obligations: Iterable[Obligation]) -> int:
    """The number of the next obligation of a case: numbers may be missing, where one has lapsed or went with
    its person to another case."""
    return 1 + max((int(o.id[1:]) for o in obligations), default=0)


def total(owed: Iterable[Obligation]) -> int | None:
    """The sum of several obligations in fen: what is to be paid, with penalties and interest as far as known,
    without offers and the value of gestures. None where fewer than two of them are money."""
    sums = [o.amount for o in owed if o.amount and not o.offer and o.kind != ObligationKind.GOODWILL]
    return sum(sums) if len(sums) > 1 else None


def clause_in(owed: Obligation, words: Mapping[str, Any]) -> Mapping[str, str]:
    """The words of the clause that an obligation comes from, by language; empty where it comes from none, or
    they were erased."""
    clauses = (words.get("text") or {}).get("clauses", ())
    return next((clause["what"] for clause in clauses if owed.term and clause["id"] == owed.term.id), {})


def terms_in(owed: Obligation, words: Mapping[str, Any]) -> str | None:
    """What an obligation says in words, taken from those of its entry: another way that was agreed, a
    remedy's terms, or the Chinese of its clause."""
    text: Mapping[str, Any] = words.get("text") or {}
    if owed.term and "new" not in text:
        return clause_in(owed, words).get("zh")
    said = text["new"]["what"] if "new" in text else words.get("terms") or words.get("agreement")
    return str(said) if said else None

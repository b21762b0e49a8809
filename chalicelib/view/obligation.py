"""The view of an obligation: its state, its last day, the proof of performance, the consequences of a breach,
and a proposed change."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import Take
from chalicelib.domain.engine.obligation_deadlines import (
    change_end,
    cure_end,
    due_moment,
    officer_confirms,
    overdue,
)
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.codes import Duty
from chalicelib.domain.model.obligation import Obligation, clause_in, terms_in, total
from chalicelib.domain.moves.answer import file_report, settle_at_once
from chalicelib.domain.moves.breach import measure_runs
from chalicelib.domain.moves.changing import propose_change
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.joint import leave_case
from chalicelib.domain.moves.performance import claim_done, decide_proof, dispute_done
from chalicelib.domain.moves.reconsideration import decide_reconsideration
from chalicelib.view.reader import Reader

IN_WORDS = (file_report, settle_at_once, leave_case, decide_reconsideration, *TEXTS, propose_change)
"""The moves whose entries hold the text of an obligation."""
LATE = frozenset({"late", "in_cure", "in_cure_over", "in_cure_untold", "breached"})
"""The values of `ObligationView.standing` that mean that an obligation is overdue."""


@frozen(kw_only=True)
class ObligationView(Obligation):
    """An obligation as one reader sees it. All moments are UTC. `state`: its state today. `standing`: its
    state in finer steps. `late`: whether it is overdue. `owes`: whether the reader must perform it; False for
    staff. `claimed_by`: only staff get it.

    `waits_for`: another obligation that must be performed first; None without one. `due`: the end of its last
    day; None while it waits for that other obligation. `ends`: the end of its last day, even while it waits.
    `days`: if it has no last day yet, how many days after the other obligation it will be due. `clause`: the
    id of the clause that created it. For a debt from a breach, it is the clause of the obligation that was
    breached.

    `cure`: when the time to make it good ends. `next`: when the next measure is due. `measured`: when the
    time of the last measure ends; None if it is over. `enforceable`: whether a court has confirmed the
    agreement. `with_it`: the ids of the obligations that were referred to the courts at the same time.
    `agree_by`: until when the other side can agree to a proposed change. `performed`: the end of the day on
    which it was performed; None if it was not. `kind`: what is owed, as a code. `due_at`: when it is due;
    None once it is closed. `cure_until`: the end of the extra time after the demand; None without one.
    `denied`: the creditor's denial that it was performed; None without one."""

    owes: bool
    due: datetime | None
    ends: datetime | None
    days: int | None
    waits_for: Obligation | None
    standing: str
    late: bool
    clause: str | None
    cure: datetime | None
    next: datetime | None
    measured: datetime | None
    enforceable: bool
    with_it: tuple[str, ...]
    agree_by: datetime | None
    performed: datetime | None

    @property
    def mark(self) -> tuple[str, str]:
        """Return the label that marks the obligation, as its code and the section of the label. A breach that
        was found is marked until it has ended, also while the debtor claims to have performed."""
        if self.breached:
            return str(Duty.BREACHED), "duty"
        return (self.standing, "standing") if self.standing in MARKS else (self.state, "duty")


WORST = ("breached", "in_cure_over", "in_cure", "in_cure_untold", "late", "disputed", "due", "claimed")
"""Values of `ObligationView.mark` or `ObligationView.standing`, the worst for the creditor first."""
MARKS = frozenset({"in_cure_over", "in_cure_untold"})
"""The values of `ObligationView.standing` that have a mark of their own on pages and in letters. Any other
obligation is marked with its state."""


def worst_first(owed: ObligationView) -> tuple[bool, bool, int]:
    """Return the sort key that puts the worst open obligation first, and offers and closed ones last."""
    code = owed.mark[0] if owed.breached else owed.standing
    return not owed.open, owed.offer, WORST.index(code) if code in WORST else len(WORST)


class Quoted(NamedTuple):
    """The text of an obligation. `said`: the text; None if it was erased. `clause`: the text in each
    language, by language, if a clause of an agreement created the obligation; otherwise empty."""

    said: str | None
    clause: Mapping[str, str]

    def read(self, language: str) -> str | None:
        """Return the text in this language, if it is a clause that has a version in this language. Otherwise
        return the text as it was written; None if it was erased."""
        return self.clause.get(language) or self.said if self.said == self.clause.get("zh") else self.said


class Terms(NamedTuple):
    """The terms of an obligation, before or after a change. `by`: the last day. `amount`: in fen. `what`: the
    text."""

    by: date | None
    amount: int | None
    what: Quoted


class ObligationChange(NamedTuple):
    """A proposed change of an obligation. `old`, `new`: the terms before and after it. `reason`: the reason
    for it; None if it was erased. `text`: the text that the other side must sign; empty if it was erased.
    `digest`: the digest of that text; None if nothing must be signed."""

    old: Terms
    new: Terms
    reason: str | None
    digest: str | None
    text: Mapping[str, Any]


class Denial(NamedTuple):
    """A creditor's denial of a claimed performance. `reason`: the creditor's reason; None if it was erased.
    `done_on`: the day of performance that the creditor names instead; None without one. `accepted`: whether
    the officer accepted the proof nevertheless; None before the decision. `why`: the reason of the decision;
    None without one, or if it was erased."""

    reason: str | None
    done_on: date | None
    accepted: bool | None
    why: str | None


class Totals(NamedTuple):
    """Two sums in fen. `owe`: what the reader still has to pay. `owed`: what the reader still gets. A sum is
    None if fewer than two amounts add up to it."""

    owe: int | None
    owed: int | None


def ledger(reader: Reader, only: Collection[Obligation] | None = None) -> list[ObligationView]:
    """Return all obligations that the reader may know, one view for each. `only`: if given, these are all."""
    return [obligation_view(reader, o) for o in (reader.visible_obligations() if only is None else only)]


def obligation_view(reader: Reader, obligation: Obligation) -> ObligationView:
    """Return an obligation as this reader sees it now."""
    case, now, first = reader.case, reader.now, reader.case.first_owed(obligation)
    source = obligation.term or next((o.term for o in case.obligations if o.id == obligation.of), None)
    due, cure, house = due_moment(case, obligation), cure_end(case, obligation), reader.principal is None
    state = obligation.state_on(published().day_of(now))
    standing = str(state)
    if obligation.state == Duty.PENDING and first:
        standing = "waits"
    elif state == Duty.DUE:
        standing = "late" if overdue(case, obligation, now) else "due"
    elif state == Duty.CLAIMED and officer_confirms(obligation):
        standing = "claimed_officer"
    elif state == Duty.IN_CURE:
        standing = "in_cure_untold" if cure is None else "in_cure_over" if cure <= now else "in_cure"
    return ObligationView(
        **{**values(obligation), "state": state, "claimed_by": obligation.claimed_by if house else None},
        owes=reader.principal == obligation.debtor,
        due=due,
        ends=due or (day_end(obligation.by) if obligation.by else None),
        days=obligation.term.days if obligation.term and not obligation.by else None,
        waits_for=first if obligation.open else None,
        standing=standing,
        late=standing in LATE,
        clause=source.id if source else None,
        cure=cure,
        next=next(
            (r.due for r in deadlines(case).values() if (r.name, r.id) == ("measure", obligation.id)), None
        ),
        measured=measure_runs(case, obligation, now),
        enforceable=bool(source and case.bound and case.bound.confirmed),
        with_it=tuple(
            o.id
            for o in case.obligations
            if o.id != obligation.id and (o.state, o.since) == (Duty.REFERRED, obligation.since)
        ),
        agree_by=change_end(case, obligation) if obligation.proposed else None,
        performed=day_end(obligation.performed_on) if obligation.performed_on else None,
    )


def terms_of(reader: Reader, obligation: Obligation) -> Quoted:
    """Return the text of an obligation. Words that the reader may not know are left out."""
    words = reader.words(obligation.way or obligation.entry, *IN_WORDS)
    return Quoted(terms_in(obligation, words), clause_in(obligation, words))


def change_of(reader: Reader, obligation: Obligation, n: int) -> ObligationChange:
    """Return the change of an obligation that entry `n` proposes. If the words of that entry were erased, the
    new terms come from the proposal that is stored on the case."""
    words, clause = (
        reader.words(n, propose_change),
        clause_in(obligation, reader.words(obligation.entry, *IN_WORDS)),
    )
    text, asked = words.get("text") or {}, obligation.proposed

    def terms(version: str, day: date | None, amount: int | None) -> Terms:
        said = text.get(version) or {"by": day and day.isoformat(), "amount": amount}
        by = date.fromisoformat(said["by"]) if said.get("by") else None
        return Terms(by, said.get("amount"), Quoted(said.get("what"), clause))

    by, amount = (
        (asked.by or obligation.by, asked.amount or obligation.amount)
        if asked
        else (obligation.by, obligation.amount)
    )
    digest = reader.dossier.line(n)["facts"].get("digest")
    new = terms("new", by, amount)
    return ObligationChange(
        terms("old", obligation.by, obligation.amount), new, words.get("reason"), digest, text
    )


def change_until(reader: Reader, obligation: Obligation, until: int) -> ObligationChange | None:
    """Return the change of an obligation that was last proposed, as of entry `until`. Return None if none was
    proposed."""
    n = reader.dossier.last(
        propose_change, until=until, fits=lambda line: line["facts"]["obligation"] == obligation.id
    )
    return change_of(reader, obligation, n) if n else None


def claim_of(reader: Reader, obligation: Obligation) -> tuple[str | None, str, date | None] | None:
    """Return the debtor's claim to have performed an obligation, as a tuple of three. They are the kind of
    proof, the text, and the day that the proof states. Return None if no claim waits or is disputed."""
    n = _last(reader, claim_done, obligation) if obligation.state in (Duty.CLAIMED, Duty.DISPUTED) else 0
    if not n:
        return None
    facts = reader.dossier.line(n)["facts"]
    day = date.fromisoformat(facts["done_on"]) if facts.get("done_on") else None
    return facts.get("proof"), reader.words(n).get("what", ""), day


def denial_of(reader: Reader, obligation: Obligation) -> Denial | None:
    """Return the creditor's last denial that an obligation was performed, with the officer's decision. It
    stays after the decision. Return None if the creditor never denied it."""
    # an obligation of an older release does not name the entry of its denial
    n = obligation.denied or (
        _last(reader, dispute_done, obligation) if obligation.state == Duty.DISPUTED else 0
    )
    if not n or not reader.has_entry(n, dispute_done):
        return None
    decided = obligation.decided if reader.has_entry(obligation.decided, decide_proof) else 0
    day = reader.dossier.line(n)["facts"].get("done_on")
    return Denial(
        reader.words(n).get("reason"),
        date.fromisoformat(day) if day else None,
        reader.dossier.line(decided)["facts"]["accepted"] if decided else None,
        reader.words(decided).get("reason") if decided else None,
    )


def _last(reader: Reader, move: Take, obligation: Obligation) -> int:
    return reader.dossier.last(move, fits=lambda line: line["facts"]["obligation"] == obligation.id)


def totals(reader: Reader, obligations: Iterable[Obligation]) -> Totals:
    """Return the sum that the reader owes, and the sum that the reader gets, from these obligations."""
    every, own = [*obligations], reader.principal
    return Totals(total(o for o in every if o.debtor == own), total(o for o in every if o.to == own))

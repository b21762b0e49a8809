"""An obligation as it is told: how it stands and until when, what shows that it was done, what followed when
it was not, and the change that is proposed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import Take
from chalicelib.domain.engine.obligation_deadlines import cure_end, due_moment, officer_confirms, overdue
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.codes import Duty
from chalicelib.domain.model.obligation import Obligation, clause_in, terms_in, total
from chalicelib.domain.moves.answer import file_report, settle_at_once
from chalicelib.domain.moves.breach import measure_runs
from chalicelib.domain.moves.changing import propose_change
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.joint import leave_case
from chalicelib.domain.moves.performance import claim_done, dispute_done
from chalicelib.domain.moves.reconsideration import decide_reconsideration
from chalicelib.view.reader import Reader

IN_WORDS = (file_report, settle_at_once, leave_case, decide_reconsideration, *TEXTS, propose_change)
"""The entries in which an obligation stands in words."""
LATE = frozenset({"late", "in_cure", "in_cure_over", "in_cure_untold", "breached"})
"""How an obligation stands that should have been performed by now."""


@frozen(kw_only=True)
class ObligationView(Obligation):
    """An obligation, and what follows from it on its case for one reader; its `state` is the one it is told
    in today, `standing` the same in finer steps, `late` whether it should have been performed by now; only
    staff know `claimed_by`. Moments are UTC.

    `owes`: the reader must perform it; False for staff. `due` ends its last day; None while it waits for
    another one (`waits_for`), or falls due so many `days` after it; `ends` is the end of that day all the
    same. `clause` is where it comes from, also what is owed for the breach of another. `cure` ends the time
    to make good; `next` is by when a measure is taken, or has worked, while that is watched, `measured` until
    when the last one still has its time. `enforceable`: a court has confirmed the agreement; `with_it`: what
    was passed on together with it; `agree_by`: until when the other side may agree to the change that is
    proposed.
    """

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


class Quoted(NamedTuple):
    """Words as they were `said`, and the clause that they are, if they are one, by language."""

    said: str | None
    clause: Mapping[str, str]

    def read(self, language: str) -> str | None:
        """The words as their reader is shown them: a clause in their language where it has that."""
        return self.clause.get(language) or self.said if self.said == self.clause.get("zh") else self.said


class Terms(NamedTuple):
    """What is owed before or after a change: until the end of which day, how much in fen, in which words."""

    by: date | None
    amount: int | None
    what: Quoted


class Change(NamedTuple):
    """A change of an obligation as one entry proposes it: what is to become of what, and why; where it is
    signed the `digest` of its `text`. Of erased words the text is empty."""

    old: Terms
    new: Terms
    reason: str | None
    digest: str | None
    text: Mapping[str, Any]


class Totals(NamedTuple):
    """What the reader still has to pay altogether, and is still to be paid, in fen; None where that is no
    more than one sum."""

    owe: int | None
    owed: int | None


def ledger(reader: Reader) -> list[ObligationView]:
    """Every obligation that the reader may know of."""
    return [obligation_view(reader, owed) for owed in reader.owed()]


def obligation_view(reader: Reader, owed: Obligation) -> ObligationView:
    """How an obligation stands for this reader."""
    case, now, first = reader.case, reader.now, reader.case.first_owed(owed)
    source = owed.term or next((o.term for o in case.obligations if o.id == owed.of), None)
    due, cure, house = due_moment(case, owed), cure_end(case, owed), reader.principal is None
    asked = running_of(case, "party_reply", f"change_proposed#{owed.id}") if owed.proposed else ()
    state = owed.stands(published().day_of(now))
    standing = str(state)
    if owed.state == Duty.PENDING and first:
        standing = "waits"
    elif state == Duty.DUE:
        standing = "late" if overdue(case, owed, now) else "due"
    elif state == Duty.CLAIMED and officer_confirms(owed):
        standing = "claimed_officer"
    elif state == Duty.IN_CURE:
        standing = "in_cure_untold" if cure is None else "in_cure_over" if cure <= now else "in_cure"
    return ObligationView(
        **{**values(owed), "state": state, "claimed_by": owed.claimed_by if house else None},
        owes=reader.principal == owed.debtor,
        due=due,
        ends=due or (day_end(owed.by) if owed.by else None),
        days=owed.term.days if owed.term and not owed.by else None,
        waits_for=first if owed.open else None,
        standing=standing,
        late=standing in LATE,
        clause=source.id if source else None,
        cure=cure,
        next=next((r.due for r in deadlines(case).values() if (r.name, r.id) == ("measure", owed.id)), None),
        measured=measure_runs(case, owed, now),
        enforceable=bool(source and case.bound and case.bound.confirmed),
        with_it=tuple(
            o.id
            for o in case.obligations
            if o.id != owed.id and (o.state, o.since) == (Duty.REFERRED, owed.since)
        ),
        agree_by=next((run.due for run in asked), None),
    )


def terms_of(reader: Reader, owed: Obligation) -> Quoted:
    """What an obligation says in words, as far as they are the reader's."""
    words = reader.words(owed.way or owed.entry, *IN_WORDS)
    return Quoted(terms_in(owed, words), clause_in(owed, words))


def change_of(reader: Reader, owed: Obligation, n: int) -> Change:
    """The change of an obligation that entry `n` proposes; once its words were erased, what the case keeps of
    the one that waits."""
    words, clause = reader.words(n, propose_change), clause_in(owed, reader.words(owed.entry, *IN_WORDS))
    text, asked = words.get("text") or {}, owed.proposed

    def terms(version: str, day: date | None, amount: int | None) -> Terms:
        said = text.get(version) or {"by": day and day.isoformat(), "amount": amount}
        by = date.fromisoformat(said["by"]) if said.get("by") else None
        return Terms(by, said.get("amount"), Quoted(said.get("what"), clause))

    by, amount = (asked.by or owed.by, asked.amount or owed.amount) if asked else (owed.by, owed.amount)
    digest = reader.dossier.line(n)["facts"].get("digest")
    new = terms("new", by, amount)
    return Change(terms("old", owed.by, owed.amount), new, words.get("reason"), digest, text)


def change_until(reader: Reader, owed: Obligation, until: int) -> Change | None:
    """The change of an obligation that had last been proposed when entry `until` was written."""
    n = reader.dossier.last(
        propose_change, until=until, fits=lambda line: line["facts"]["obligation"] == owed.id
    )
    return change_of(reader, owed, n) if n else None


def claim_of(reader: Reader, owed: Obligation) -> tuple[str | None, str, str | None] | None:
    """What was last brought to show that an obligation was performed, while that is claimed: of which kind it
    is, what was said with it, and what the creditor says to that where they dispute it."""

    def last(move: Take) -> int:
        return reader.dossier.last(move, fits=lambda line: line["facts"]["obligation"] == owed.id)

    n = last(claim_done) if owed.state in (Duty.CLAIMED, Duty.DISPUTED) else 0
    if not n:
        return None
    against = reader.words(last(dispute_done)).get("reason", "") if owed.state == Duty.DISPUTED else None
    return reader.dossier.line(n)["facts"].get("proof"), reader.words(n).get("what", ""), against


def totals(reader: Reader, obligations: Iterable[Obligation]) -> Totals:
    """What these obligations come to for the reader."""
    every, own = [*obligations], reader.principal
    return Totals(total(o for o in every if o.debtor == own), total(o for o in every if o.to == own))

"""What letters may name of what was promised: who owes it, how far it has come, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from chalicelib.agreed import day_ends
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.owing import cure_end, due_moment
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.codes import Duty, Side
from chalicelib.domain.model.mediated import BUSINESS
from chalicelib.domain.model.obligation import Obligation, clause_in, quoted, terms_in, total
from chalicelib.dossier import Dossier


@dataclass(frozen=True)
class Promised:
    """The slots of one letter about what was promised: for `party` only what they owe and are owed, for the
    house (None) all of it; about the obligation that its `row` or its entry's `line` names. A clause is
    quoted in the reader's `language`."""

    case: Case
    row: Mapping[str, Any]
    line: Mapping[str, Any]
    dossier: Dossier
    party: Party | None
    language: str

    def all(self) -> dict[str, Any]:
        """Each of these slots: `ledger` is all that the reader may know of, `owed` what of it is owed to
        them; `excused` why whoever owes is not at fault, in the letter that says so."""
        excused = self.line["move"] == "excuse" and self.line["facts"]["ground"]
        return {
            "ledger": list(self.ledger.values()),
            "owed": [o for o in self.ledger.values() if not o.owes],
            "about": self.about,
            "total": self.total(),
            "change": self.change(),
            "excused": excused or None,
        }

    def total(self) -> SimpleNamespace:
        """What the reader still has to pay altogether, and is still to be paid, or of what is passed on
        together; None where it is one sum or none."""
        about = self.about if self.row["name"] == "breach_referred" else None
        gone = [about.id, *about.with_it] if about else []
        every = [o for o in self.case.obligations if (o.id in gone if gone else o.open)]
        return SimpleNamespace(
            owes=total(o for o in every if o.debtor == self.me),
            owed=total(o for o in every if o.to == self.me),
        )

    @cached_property
    def me(self) -> str | None:
        """As whom the reader owes and is owed."""
        return self.case.stands_for(self.party.id) if self.party else None

    @cached_property
    def runs(self) -> dict[tuple[str, str], datetime | None]:
        """When each run of a deadline ends, by its name and what it is about."""
        return {(run.name, run.id): run.due for run in deadlines(self.case).values()}

    @cached_property
    def ledger(self) -> dict[str, SimpleNamespace]:
        """What the reader may know of, as letters print it."""
        known = [o for o in self.case.obligations if self.me in (None, o.debtor, o.to)]
        self.dossier.ahead(o.way or o.entry for o in known)
        return {o.id: self.printed(o) for o in known}

    @cached_property
    def about(self) -> SimpleNamespace | None:
        """The obligation that the letter is about, if the reader may know of it."""
        facts = self.line["facts"]
        named = (self.row["facts"].get("about"), facts.get("obligation"), *str(facts.get("run")).split("#"))
        return next((self.ledger[id] for id in named if id in self.ledger), None)

    def ends(self, deadline: str) -> datetime | None:
        """When a deadline of the obligation that the letter is about ends."""
        return self.runs.get((deadline, self.about.id)) if self.about else None

    def printed(self, owed: Obligation) -> SimpleNamespace:
        """An obligation: `by` is the end of its day; without one it is due so many `days` `after` another
        one, or held back until the other side has performed. `cure` ends the time to make good; `next` is by
        when a measure is taken, or has worked; `with_it`: what was passed on together with it. What is owed
        for the breach `of` another comes from the same clause."""
        term, bound = owed.term, self.case.bound
        source = term or next((o.term for o in self.case.obligations if o.id == owed.of), None)
        _, words = self.dossier.said(owed.way or owed.entry)
        return SimpleNamespace(
            id=owed.id,
            n=owed.matter,
            kind=owed.kind,
            amount=owed.amount,
            by=due_moment(self.case, owed),
            state=owed.state,
            since=owed.since,
            offer=owed.offer,
            open=owed.open,
            terms=terms_in(owed, words, self.language),
            clause=source and source.id,
            of=owed.of,
            after=term and term.after,
            days=term.days if term and not owed.by else None,
            owes=self.me == owed.debtor,
            debtor=str(Side.BUSINESS if owed.debtor == BUSINESS else Side.CONSUMER),
            proof=term and term.proof,
            measure=term and term.measure,
            penalty=term and term.penalty,
            notice=owed.notice,
            cure=cure_end(self.case, owed),
            found=owed.found,
            broken=owed.broken,
            next=self.runs.get(("measure", owed.id)),
            measures=[
                SimpleNamespace(measure=taken.measure, at=taken.at, amount=taken.amount)
                for taken in owed.measures
            ],
            enforceable=bool(source and bound and bound.confirmed),
            with_it=[
                o.id
                for o in self.case.obligations
                if o.id != owed.id and (o.state, o.since) == (Duty.REFERRED, owed.since)
            ],
        )

    def change(self) -> SimpleNamespace | None:
        """The change of it last proposed when the letter was written."""
        about = self.about.id if self.about and self.row["name"].startswith("change_") else ""
        n = self.dossier.last(
            "propose_change", until=self.row["entry"], fits=lambda line: line["facts"]["obligation"] == about
        )
        if not (about and n):
            return None
        line, words = self.dossier.said(n)
        text = words.get("text") or {}
        owed = next(o for o in self.case.obligations if o.id == about)
        clause = clause_in(owed, self.dossier.said(owed.entry)[1])
        old, new = (_terms(text.get(side, {}), clause, self.language) for side in ("old", "new"))
        return SimpleNamespace(
            old=old, new=new, reason=words.get("reason"), digest=line["facts"].get("digest")
        )


def _terms(said: Mapping[str, Any], clause: Mapping[str, str], language: str) -> SimpleNamespace:
    """What is owed by a text: its last moment, its amount, its words."""
    return SimpleNamespace(
        by=day_ends(said["by"]) if said.get("by") else None,
        amount=said.get("amount"),
        what=quoted(said.get("what"), clause, language),
    )

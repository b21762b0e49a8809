"""Who reads a case: what of it they may know, and as whom they owe and are owed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.cases.dossier import Dossier
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import Take, named
from chalicelib.domain.engine.running import Running
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import Side
from chalicelib.domain.model.obligation import Obligation


@frozen
class Reader:
    """A case as it stands `now` for somebody who may know all of it: a member of staff to whom a letter
    goes."""

    dossier: Dossier
    now: datetime

    @property
    def case(self) -> Case:
        """The case."""
        return self.dossier.case

    @property
    def head(self) -> Case:
        """The case's head as they may know it."""
        return self.case

    @property
    def principal(self) -> str | None:
        """Whose debts, claims and signature are those of the reader: a person's id, or `business`; None for
        staff, who look after everybody's."""
        return None

    @property
    def side(self) -> Side | None:
        """Their side of the talks; None for staff."""
        whose = self.principal
        return None if whose is None else Side.BUSINESS if whose == BUSINESS else Side.CONSUMER

    @property
    def authorised(self) -> bool:
        """Whether the case may be shown to them."""
        return True

    def past(self, at: datetime | None) -> bool:
        """Whether a moment has come."""
        return at is not None and at <= self.now

    def owed(self) -> list[Obligation]:
        """The obligations that they may know of: their own and those towards them; staff all of them."""
        return [
            o for o in self.case.obligations if self.authorised and self.principal in (None, o.debtor, o.to)
        ]

    @property
    def first(self) -> bool:
        """Whether the words of the complaint are for them."""
        return True

    def concerns(self, run: Running) -> bool:
        """Whether they are told of a deadline that runs."""
        return True

    def own(self, run: Running) -> bool:
        """Whether a deadline of which each side or person has one is theirs: to object to the mediator, to
        sign, to say how we did or what they think of the process; the mediator's signature is for staff."""
        if run.name == "challenge":
            return self.principal is not None and run.id == (BUSINESS if self.principal == BUSINESS else "")
        return run.name in ("signing", "survey", "opinion") and run.id == (self.principal or MEDIATOR)

    def runs(self) -> list[Running]:
        """The deadlines that they are told of."""
        return [run for run in deadlines(self.head).values() if self.concerns(run)]

    def words(self, n: int, *moves: Take) -> Mapping[str, Any]:
        """The words of an entry that another part of the case points at, as far as they are theirs; none
        where it does not stand on this timeline."""
        return self.dossier.entry(n)[1] if self.stands(n, *moves) else {}

    def stands(self, n: int, *moves: Take) -> bool:
        """Whether an entry of this number and move stands on this timeline; of a case that was split off, it
        stands on the other. Without `moves` an entry of any."""
        return self.dossier.stands(n) and (not moves or self.dossier.line(n)["move"] in named(*moves))


@frozen
class Addressee(Reader):
    """The party that a letter goes to."""

    party: Party

    @property
    def head(self) -> Case:
        """The case's head as they may know it."""
        return self.case

    @property
    def principal(self) -> str:
        """Theirs, or that of whom they represent."""
        return self.case.stands_for(self.party.id)

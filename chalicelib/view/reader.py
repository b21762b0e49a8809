"""The reader of a case: what they may know, and whose obligations and claims they see as their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.access.offers import Offers
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import Take, move_names
from chalicelib.domain.engine.obligation_deadlines import WATCHED
from chalicelib.domain.engine.running import Running, running_of
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import Side
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.policy import policy


@frozen
class Reader:
    """A case `now` for a reader who may know all of it: an officer who gets a letter."""

    dossier: Dossier
    now: datetime

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.dossier.case

    @property
    def head(self) -> Case:
        """Return the case's head as the reader may know it."""
        return self.case

    @property
    def principal(self) -> str | None:
        """Return the principal: the person's id, or `business`, whose debts, claims and signature are the
        reader's. Return None for staff, who serve all sides."""
        return None

    @property
    def side(self) -> Side | None:
        """Return the reader's side in the talks; None for staff."""
        whose = self.principal
        return None if whose is None else Side.BUSINESS if whose == BUSINESS else Side.CONSUMER

    @property
    def authorised(self) -> bool:
        """Return whether the reader may see the case."""
        return True

    @property
    def watched(self) -> bool:
        """Return whether an officer follows up the obligations of the case."""
        return self.case.stage in WATCHED

    def past(self, at: datetime | None) -> bool:
        """Return whether a moment has come."""
        return at is not None and at <= self.now

    def visible_obligations(self) -> list[Obligation]:
        """Return the obligations that the reader may know: those as debtor or creditor, all of them for
        staff."""
        return [
            o for o in self.case.obligations if self.authorised and self.principal in (None, o.debtor, o.to)
        ]

    @property
    def first(self) -> bool:
        """Return whether the reader may read the words of the complaint."""
        return True

    def concerns(self, run: Running) -> bool:
        """Return whether the reader sees a running deadline."""
        return True

    def own(self, run: Running) -> bool:
        """Return whether a personal deadline is the reader's: to object to the mediator, to sign, to answer a
        survey or an opinion request. The mediator's signature deadline belongs to staff."""
        if run.name == "challenge":
            return self.principal is not None and run.id == (BUSINESS if self.principal == BUSINESS else "")
        return run.name in ("signing", "survey", "opinion") and run.id == (self.principal or MEDIATOR)

    def runs(self) -> list[Running]:
        """Return the deadlines that the reader sees."""
        return [run for run in deadlines(self.head).values() if self.concerns(run)]

    def must_answer(self, run: Running) -> bool:
        """Return whether an act of the reader is expected before a deadline that they see."""
        return ours(run)

    def own_acts(self, offers: Offers) -> Offers:
        """Return the available moves that may be expected of the reader."""
        return offers

    def runs_of(self, name: str) -> list[Running]:
        """Return the runs of one deadline, also in a stage without it."""
        return [*running_of(self.case, name)]

    @property
    def authorities(self) -> Sequence[str]:
        """Return the authorities that are competent for the purchase."""
        return policy(self.case.policy).competent(self.case.intake.subject.service_class)

    def words(self, n: int, *moves: Take) -> Mapping[str, Any]:
        """Return the words of an entry that another part of the case refers to, as far as the reader may know
        them. Return an empty mapping if the entry is not on this timeline."""
        return self.dossier.entry(n)[1] if self.has_entry(n, *moves) else {}

    def has_entry(self, n: int, *moves: Take) -> bool:
        """Return whether an entry with this number and one of these moves is on this timeline; without
        `moves`, any move. After a split it may be on the other case's timeline."""
        return self.dossier.has_entry(n) and (not moves or self.dossier.line(n)["move"] in move_names(*moves))


@frozen
class AddresseeReader(Reader):
    """The party that receives a letter."""

    party: Party

    @property
    def head(self) -> Case:
        """Return the case's head as the reader may know it."""
        return self.case

    @property
    def principal(self) -> str:
        """Return the reader's own id, or the principal's."""
        return self.case.stands_for(self.party.id)


def ours(run: Running) -> bool:
    """Return whether staff or a mediator must act by a deadline: a duty of ours, or the mediator's time to
    sign."""
    return run.duty or run.id == MEDIATOR


def department(case: Case, run: Running) -> str:
    """Return the department whose answer a deadline waits for; "" for any other deadline."""
    return next((asked.department for asked in case.inquiry.questions if asked.id == run.id), "")

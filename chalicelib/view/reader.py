"""The reader of a case: what they may know, and for whose obligations, claims and signature they act."""

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
    """A case at the moment `now`, as one reader sees it. This base class may know all of the case. It is used
    for an officer who gets a letter."""

    dossier: Dossier
    now: datetime

    @property
    def case(self) -> Case:
        """Return the whole case."""
        return self.dossier.case

    @property
    def head(self) -> Case:
        """Return the case without the parts that the reader may not know. This base class leaves nothing
        out."""
        return self.case

    @property
    def principal(self) -> str | None:
        """Return the principal's id: that of the reader, of the person they represent, or `business`. The
        principal's debts, claims and signature are the reader's. Return None for staff, who act for no
        side."""
        return None

    @property
    def side(self) -> Side | None:
        """Return the side of the talks to which the reader belongs; None for staff."""
        whose = self.principal
        return None if whose is None else Side.BUSINESS if whose == BUSINESS else Side.CONSUMER

    @property
    def authorised(self) -> bool:
        """Return whether the reader may see the case. This base class always may."""
        return True

    @property
    def watched(self) -> bool:
        """Return whether the case is at a stage in which an officer watches its obligations."""
        return self.case.stage in WATCHED

    def past(self, at: datetime | None) -> bool:
        """Return whether the moment `at` has come; False for None."""
        return at is not None and at <= self.now

    def visible_obligations(self) -> list[Obligation]:
        """Return the obligations that the reader may know. Staff know all; a party knows those of which the
        principal is debtor or creditor."""
        return [
            o for o in self.case.obligations if self.authorised and self.principal in (None, o.debtor, o.to)
        ]

    @property
    def first(self) -> bool:
        """Return whether the reader may read the words of the complaint."""
        return True

    def concerns(self, run: Running) -> bool:
        """Return whether the reader sees this running deadline."""
        return True

    def own(self, run: Running) -> bool:
        """Return whether a deadline that each person has for themselves is the reader's. Such deadlines are
        those to object to the mediator, to sign, and to answer the survey or the question about the process.
        The mediator's deadline to sign belongs to staff."""
        if run.name == "challenge":
            return self.principal is not None and run.id == (BUSINESS if self.principal == BUSINESS else "")
        return run.name in ("signing", "survey", "opinion") and run.id == (self.principal or MEDIATOR)

    def runs(self) -> list[Running]:
        """Return the running deadlines that the reader sees."""
        return [run for run in deadlines(self.head).values() if self.concerns(run)]

    def must_answer(self, run: Running) -> bool:
        """Return whether an act of the reader is expected before the end of a deadline that they see."""
        return is_our_duty(run)

    def own_acts(self, offers: Offers) -> Offers:
        """Return those of the available moves (`offers`) that may be expected of the reader."""
        return offers

    def runs_of(self, name: str) -> list[Running]:
        """Return the runs of the deadline `name`, even if it does not run at the present stage."""
        return [*running_of(self.case, name)]

    @property
    def authorities(self) -> Sequence[str]:
        """Return the codes of the authorities that are competent for the service that was bought."""
        return policy(self.case.policy).competent(self.case.intake.subject.service_class)

    def words(self, n: int, *moves: Take) -> Mapping[str, Any]:
        """Return the words of entry `n`, as far as the reader may know them. With `moves`, the entry must be
        of one of these moves. The result is empty if the entry is not in this timeline."""
        return self.dossier.entry(n)[1] if self.has_entry(n, *moves) else {}

    def has_entry(self, n: int, *moves: Take) -> bool:
        """Return whether entry `n` is in this timeline, and is of one of `moves` (any move without `moves`).
        After a split, an entry to which the case refers may be in the timeline of the other case."""
        return self.dossier.has_entry(n) and (not moves or self.dossier.line(n)["move"] in move_names(*moves))


@frozen
class AddresseeReader(Reader):
    """A case as the party who gets a letter sees it."""

    party: Party

    @property
    def head(self) -> Case:
        """Return the case, without the parts that the reader may not know."""
        return self.case

    @property
    def principal(self) -> str:
        """Return the id of the party who gets the letter, or of the person whom they represent."""
        return self.case.stands_for(self.party.id)


def is_our_duty(run: Running) -> bool:
    """Return whether staff or a mediator must act before the end of this deadline. They must for a duty of
    ours, and for the mediator's time to sign."""
    return run.duty or run.id == MEDIATOR


def department(case: Case, run: Running) -> str:
    """Return the department that must answer before the end of this deadline; "" if the deadline is not about
    a question to a department."""
    return next((asked.department for asked in case.inquiry.questions if asked.id == run.id), "")

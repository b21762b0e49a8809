"""The readers of a case: what each kind of reader may know of it, and whose obligations, claims and signature
are theirs to deal with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.access.authorization import APPOINTED
from chalicelib.access.offers import Offers
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES, Move, Take, move_names
from chalicelib.domain.engine.obligation_deadlines import WATCHED
from chalicelib.domain.engine.running import Running, deadline_of, in_stage, running_of
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import Role, Side
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.moves.assignment import take
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.policy import policy


@frozen
class Reader:
    """A case at the moment `now`, as one reader sees it. `dossier`: the case with its entries and people.
    This base class leaves nothing out. It is used for a staff member who gets a letter."""

    dossier: Dossier
    now: datetime

    @property
    def case(self) -> Case:
        """Return the case with all its parts."""
        return self.dossier.case

    @property
    def head(self) -> Case:
        """Return the case without the parts that the reader may not know. In this base class, it is the whole
        case."""
        return self.case

    @property
    def principal(self) -> str | None:
        """Return the id of the person whom the reader acts for. The debts, claims and signature of this
        person are the reader's to deal with. For the company's representative, the id is "business". Return
        None for staff, who act for neither side."""
        return None

    @property
    def side(self) -> Side | None:
        """Return the side of the case to which the reader belongs. Return None for staff."""
        whose = self.principal
        return None if whose is None else Side.BUSINESS if whose == BUSINESS else Side.CONSUMER

    @property
    def authorised(self) -> bool:
        """Return whether the reader may see the case at all. In this base class, the reader always may."""
        return True

    @property
    def watched(self) -> bool:
        """Return whether the case is in a stage in which the follow-up officer checks its obligations."""
        return self.case.stage in WATCHED

    def past(self, at: datetime | None) -> bool:
        """Return whether the moment `at` is over. Return False if `at` is None."""
        return at is not None and at <= self.now

    def visible_obligations(self) -> list[Obligation]:
        """Return the obligations of the case that the reader may know. Staff may know all of them. A party
        may know those that the principal owes or gets."""
        return [
            o for o in self.case.obligations if self.authorised and self.principal in (None, o.debtor, o.to)
        ]

    @property
    def first(self) -> bool:
        """Return whether the reader may read the words of the complaint."""
        return True

    def concerns(self, run: Running) -> bool:
        """Return whether the reader sees this deadline run."""
        return True

    def own(self, run: Running) -> bool:
        """Return whether a deadline run is the reader's own. That is possible only for deadlines of which
        each person has a run. These are the deadlines to object to the mediator, to sign, to answer the
        survey, and to give an opinion. The mediator's run to sign counts as that of staff."""
        if run.name == "challenge":
            return self.principal is not None and run.id == (BUSINESS if self.principal == BUSINESS else "")
        return run.name in ("signing", "survey", "opinion") and run.id == (self.principal or MEDIATOR)

    def runs(self) -> list[Running]:
        """Return those deadline runs on the case that the reader sees."""
        return [run for run in deadlines(self.head).values() if self.concerns(run)]

    def must_answer(self, run: Running) -> bool:
        """Return whether the reader is expected to act before the end of a deadline run that they see."""
        return is_our_duty(run)

    def own_acts(self, offers: Offers) -> Offers:
        """Return those of the available moves (`offers`) that may be expected of the reader."""
        return offers

    def leaves_to_owner(self, move: Move) -> bool:
        """Return whether the reader first waits for the owner of the case to take a move."""
        return False

    def runs_of(self, name: str) -> list[Running]:
        """Return the runs of the deadline named `name`, even at a stage in which the deadline does not
        run."""
        return [*running_of(self.case, name)]

    def around(self, name: str) -> list[Running]:
        """Return the deadline runs within which a run of the deadline named `name` lies: it ends when they
        do."""
        return [run for each in deadline_of(name).within for run in in_stage(self.case, each)]

    @property
    def authorities(self) -> Sequence[str]:
        """Return the codes of the authorities that are in charge of the complaint."""
        return policy(self.case.policy).competent(self.case.sectors)

    def words(self, n: int, *moves: Take) -> Mapping[str, Any]:
        """Return the words of entry `n` that the reader may know, by field. If `moves` are given, the entry
        must be of one of these moves. The result is empty if it is not, or if the entry is not in the
        timeline of this case."""
        return self.dossier.entry(n)[1] if self.has_entry(n, *moves) else {}

    @property
    def complaint(self) -> Mapping[str, Any]:
        """Return the words of the complaint as it was filed, by field. It is empty for a case that was split
        off."""
        return self.words(1, submit)

    def has_entry(self, n: int, *moves: Take) -> bool:
        """Return whether entry `n` is in the timeline of this case. If `moves` are given, it must be of one
        of these moves. A case that was split off can refer to an entry that only the other case has."""
        return self.dossier.has_entry(n) and (not moves or self.dossier.line(n)["move"] in move_names(*moves))


@frozen
class AddresseeReader(Reader):
    """A case as the recipient of a letter sees it. The recipient is the party `party`."""

    party: Party

    @property
    def principal(self) -> str:
        """Return the id of the party who gets the letter. If the party represents somebody, return the id of
        that person. For the company's representative it is "business"."""
        return self.case.stands_for(self.party.id)


def is_our_duty(run: Running) -> bool:
    """Return whether staff or a mediator must act before the end of this deadline run. They must for our own
    duties, and when the mediator has to sign."""
    return run.duty or run.id == MEDIATOR


HANDLERS = MOVES[take.__name__].by
"""The roles of those who can own a case."""


def leaves_to_owner(move: Move, owner: str | None, who: str, roles: Role) -> bool:
    """Return whether a member of staff first waits for the owner of the case to take a move. They do if it is
    a move of owners, and they are not the owner. A person whom the case appointed to the move does not wait.
    `who`: the id of the member. `roles`: their roles."""
    return bool(owner and owner != who and move.by & HANDLERS and not move.by & roles & APPOINTED)


def department(case: Case, run: Running) -> str:
    """Return the id of the department that must answer a question before the end of this deadline run. Return
    "" if the run is not about a question."""
    return next((asked.department for asked in case.inquiry.questions if asked.id == run.id), "")

"""A case as a party sees it on their pages, with the moves that they can take."""

from datetime import datetime, timedelta
from functools import cached_property

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import Offers
from chalicelib.cases.casework import CaseFile
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.moves.assignment import ask_handler_change
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import masked
from chalicelib.view.contact import ContactView, contact_view
from chalicelib.view.expected import Expected, expected
from chalicelib.view.party import PartyReader
from chalicelib.wiring import Product

NEAR = timedelta(days=3)
"""A page marks a moment as urgent if it is at most this time ahead."""


@frozen
class View(PartyReader):
    """A case as one party sees it on pages, in one language."""

    language: str
    product: Product

    @cached_property
    def roster(self) -> Roster:
        """Return the roster of staff and mediators."""
        return self.product.file.roster()

    @cached_property
    def offers(self) -> Offers:
        """Return the moves that this party can take now. The key is the name of the move, the value what it
        can be taken on."""
        return self.product.casework.offered(self.dossier, self.caller)

    @cached_property
    def next(self) -> Expected | None:
        """Return the act that is expected of this party next; None if no act is."""
        return expected(self, self.offers)

    @cached_property
    def contact(self) -> ContactView:
        """Return by which channel we reach this party. A new address that is not confirmed yet is masked."""
        told = self.dossier.people.get(self.party.id, {}) if self.party.pending else {}
        found = contact_view(self.party, told)
        return found._replace(new_address=found.new_address and masked(found.new_address))

    def expects(self, move: str, about: str = "") -> bool:
        """Return whether this move is the act that is expected of the party. `about` is the id of the thing
        that the move is taken on. Only the expected act has a green button."""
        return self.next is not None and (self.next.move, self.next.about) == (move, about)

    def near(self, at: datetime | None) -> bool:
        """Return whether the moment `at` (UTC) is at most NEAR ahead, or past. The page marks it as
        urgent."""
        return at is not None and at - self.now <= NEAR

    def moves(self, part: str) -> list[str]:
        """Return the names of the moves that are offered in a part of the page, by their `rank`: the most
        important first."""
        return sorted(
            (move for move in self.offers if self.part(move) == part), key=lambda move: MOVES[move].rank
        )

    def part(self, move: str) -> str:
        """Return the part of the page in which a move is offered. An objection to a member of the panel
        belongs to the part about the request for reconsideration."""
        return "request" if self.objects(move) else MOVES[move].part

    def objects(self, move: str) -> bool:
        """Return whether the move objects to a member of the panel. It is the request for another handler,
        while a reconsideration is pending."""
        return move == ask_handler_change.__name__ and self.case.place == Stage.UNDER_RECONSIDERATION


def takes(move: str, caller: Caller) -> bool:
    """Return whether a party with the caller's role and access may take the move at some stage of a case. The
    present stage does not matter."""
    declared = MOVES.get(move)
    return (
        declared is not None
        and (not caller.by_phrase or "by_phrase" in declared.even)
        and bool(declared.at)
        and bool(declared.takers & caller.roles)
    )


def member(file: CaseFile, case: Case) -> tuple[Case, Party] | None:
    """Return the joint case to which a case belongs, and its person's entry among the parties there. Return
    None if it belongs to no joint case, or the person has left it."""
    if not case.together.joined:
        return None
    leading, whose = file.load(case.together.joined.ref), case.parties[0]
    return next(
        (
            (leading, party)
            for party in leading.parties
            if party.own == case.ref and not party.left and party.same(whose)
        ),
        None,
    )

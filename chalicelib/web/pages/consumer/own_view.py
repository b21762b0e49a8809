"""A case as a party sees it on its pages, with the offered moves."""

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
"""The time span before a moment in which a page marks it as urgent."""


@frozen
class View(PartyReader):
    """A case for one party, in one language."""

    language: str
    product: Product

    @cached_property
    def roster(self) -> Roster:
        """Return the staff and the mediators."""
        return self.product.file.roster()

    @cached_property
    def offers(self) -> Offers:
        """Return the moves that this party can take now."""
        return self.product.casework.offered(self.dossier, self.caller)

    @cached_property
    def next(self) -> Expected | None:
        """Return the act expected of this party; None if there is none."""
        return expected(self, self.offers)

    @cached_property
    def contact(self) -> ContactView:
        """Return how we reach this party, and their unconfirmed new address in masked form."""
        told = self.dossier.people.get(self.party.id, {}) if self.party.pending else {}
        found = contact_view(self.party, told)
        return found._replace(new_address=found.new_address and masked(found.new_address))

    def expects(self, move: str, about: str = "") -> bool:
        """Return whether this is the expected act, which has the only green button of the page."""
        return self.next is not None and (self.next.move, self.next.about) == (move, about)

    def near(self, at: datetime | None) -> bool:
        """Return whether a moment (UTC) is near or past, so that the page marks it as urgent."""
        return at is not None and at - self.now <= NEAR

    def moves(self, part: str) -> list[str]:
        """Return the moves offered in a part of the page, the most wanted first."""
        return sorted(
            (move for move in self.offers if self.part(move) == part), key=lambda move: MOVES[move].rank
        )

    def part(self, move: str) -> str:
        """Return the part of the page that offers a move. An objection to a member of the deciding panel
        belongs to the request."""
        return "request" if self.objects(move) else MOVES[move].part

    def objects(self, move: str) -> bool:
        """Return whether a request for another handler is an objection to a member of the panel."""
        return move == ask_handler_change.__name__ and self.case.place == Stage.UNDER_RECONSIDERATION


def takes(move: str, caller: Caller) -> bool:
    """Return whether a party like this caller may take a move at some stage of a case."""
    declared = MOVES.get(move)
    return (
        declared is not None
        and (not caller.by_phrase or "by_phrase" in declared.even)
        and bool(declared.at)
        and bool(declared.takers & caller.roles)
    )


def member(file: CaseFile, case: Case) -> tuple[Case, Party] | None:
    """Return the joint case of a case, and the place of its person there; None if it belongs to none."""
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

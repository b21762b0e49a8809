"""A case as a party sees it on its pages, and what they can do there."""

from datetime import datetime, timedelta
from functools import cached_property

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import Offers
from chalicelib.cases.casework import CaseFile
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.moves.work import ask_handler_change
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import masked
from chalicelib.view.contact import ContactView, contact_view
from chalicelib.view.next import Expected, next_of_party
from chalicelib.view.party import PartyReader
from chalicelib.wiring import Product

NEAR = timedelta(days=3)
"""How far off a moment may be that a page marks as urgent; what is further off is told calmly."""


@frozen
class View(PartyReader):
    """A case for one party, in one language."""

    language: str
    product: Product

    @cached_property
    def roster(self) -> Roster:
        """Who works here and who mediates."""
        return self.product.file.roster()

    @cached_property
    def offers(self) -> Offers:
        """What this party can do now."""
        return self.product.casework.offered(self.dossier, self.caller)

    @cached_property
    def next(self) -> Expected | None:
        """The act that is expected of them."""
        return next_of_party(self, self.offers)

    @cached_property
    def contact(self) -> ContactView:
        """How they are reached, and which new address of theirs waits to be confirmed."""
        told = self.dossier.people.get(self.party.id, {}) if self.party.pending else {}
        found = contact_view(self.party, told)
        return found._replace(new_address=found.new_address and masked(found.new_address))

    def expects(self, move: str, about: str = "") -> bool:
        """Whether this is the act that is expected of them: the one green button of the page."""
        return self.next is not None and (self.next.move, self.next.about) == (move, about)

    def near(self, at: datetime | None) -> bool:
        """Whether a moment (UTC) is near or has passed: only then a page marks it as urgent."""
        return at is not None and at - self.now <= NEAR

    def moves(self, part: str) -> list[str]:
        """What this party can do now in a part of the page, what is wanted most first."""
        return sorted(
            (move for move in self.offers if self.part(move) == part), key=lambda move: MOVES[move].rank
        )

    def part(self, move: str) -> str:
        """The part of the page in which a move is offered: while a panel decides on a request, an objection
        to one of its members with that."""
        return "request" if self.objects(move) else MOVES[move].part

    def objects(self, move: str) -> bool:
        """Whether somebody who asks for another handler objects to a member of the panel."""
        return move == ask_handler_change.__name__ and self.case.place == Stage.UNDER_RECONSIDERATION


def takes(move: str, caller: Caller) -> bool:
    """Whether a party like this caller may take a move on a case, at some stage of it."""
    declared = MOVES.get(move)
    return (
        declared is not None
        and (not caller.by_phrase or "by_phrase" in declared.even)
        and bool(declared.at)
        and bool(declared.takers & caller.roles)
    )


def member(file: CaseFile, case: Case) -> tuple[Case, Party] | None:
    """The joint case that a case belongs to, and who its person is there; None when it belongs to none."""
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

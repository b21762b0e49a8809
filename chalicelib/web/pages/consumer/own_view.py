"""A case as a party sees it on their pages, with the moves that they can take."""

from datetime import datetime, timedelta
from functools import cached_property

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import Offers
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import frozen
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import masked
from chalicelib.view.contact import ContactView, contact_view
from chalicelib.view.expected import Expected, choices, expected
from chalicelib.view.party import PartyReader
from chalicelib.wiring import Product

NEAR = timedelta(days=3)
"""A page marks a moment as urgent if the moment is at most this length of time ahead."""


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
        """Return the moves that this party can take now. The key is the name of the move. The value holds the
        ids of the things on which the move can be taken, such as obligations. The value is empty for a move
        that is not taken on a thing."""
        return self.product.casework.offered(self.dossier, self.caller)

    @cached_property
    def next(self) -> Expected | None:
        """Return the act that we expect from this party next; None if we expect no act."""
        return expected(self, self.offers)

    @property
    def choices(self) -> list[str]:
        """Return the names of the moves among which this party decides next. The list is empty if we expect
        no act."""
        return choices(self, self.next, self.offers) if self.next else []

    @cached_property
    def contact(self) -> ContactView:
        """Return the channel by which we reach this party. A new address that is not confirmed yet is
        masked."""
        told = self.dossier.people.get(self.party.id, {}) if self.party.pending else {}
        found = contact_view(self.party, told)
        return found._replace(new_address=found.new_address and masked(found.new_address))

    def expects(self, move: str, about: str = "") -> bool:
        """Return whether we expect this move from the party next. `about`: the id of the thing that the move
        is taken on."""
        return self.next is not None and (self.next.move, self.next.about) == (move, about)

    def urges(self, move: str, about: str = "") -> bool:
        """Return whether the page shows a green button for this move: we need it, and no other move answers
        the same deadline. A move of a higher rank than 0 is a choice, such as to join a joint complaint.
        Among choices no button is stressed. `about`: see `expects`."""
        return self.expects(move, about) and len(self.choices) == 1 and not MOVES[move].rank

    def near(self, at: datetime | None) -> bool:
        """Return whether a page marks the moment `at` (UTC) as urgent. That is so if the moment is at most
        NEAR ahead, or has passed."""
        return at is not None and at - self.now <= NEAR

    def moves(self, part: str) -> list[str]:
        """Return the names of the moves that the party can take and that belong to the part `part` of the
        page. The most important move (by `rank`) comes first."""
        return sorted(
            (move for move in self.offers if self.part(move) == part), key=lambda move: MOVES[move].rank
        )

    def part(self, move: str) -> str:
        """Return the name of the part of the page in which a move is offered. An objection to a member of the
        panel is offered with the request for reconsideration."""
        return "request" if self.objects(move) else MOVES[move].part

    def naming(self, move: str, kind: str) -> str:
        """Return the name of the parameter of a move that holds the id of a thing of this kind, such as
        `meeting`. Return "" if no parameter does."""
        return MOVES[move].naming(kind)


def takes(move: str, caller: Caller) -> bool:
    """Return whether a party like the caller may take the move at any stage of a case. The roles and the
    access of the caller count. The present stage does not."""
    declared = MOVES.get(move)
    return (
        declared is not None
        and (not caller.by_phrase or "by_phrase" in declared.even)
        and bool(declared.at)
        and bool(declared.takers & caller.roles)
    )

"""Every sum and promise of a case for one party, before and after a move. The move is played on a copy of the
case, so the result follows from the declaration of the move."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.rehearsal import rehearse
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.case_records import BUSINESS, Agreement, Signature
from chalicelib.domain.model.codes import AT_TABLE, Duty, ObligationKind, Reply, Side, Signed
from chalicelib.domain.model.obligation import DONE, Obligation
from chalicelib.domain.moves.answer import accept_answer
from chalicelib.view.party import PartyReader

ENDED = "ended"
"""The value of `Row.end` for a sum or promise that is neither performed, given up nor replaced."""


class Item(NamedTuple):
    """One sum or promise. `id`: the id of its obligation, clause or offer. `kind`: what is to be done; None
    for an offer in talks. `amount`: in fen. `by`: its last day, or the last day to accept an offer in talks.
    `owes`: whether the reader has to perform it. `own`: whether the reader's side made the offer in talks.

    `standing`: how far it binds. `owed`: it is owed. `offered`: an offer in our answer that can be accepted.
    `on_hold`: such an offer while it cannot be accepted. `lost`: such an offer once the sides talk, because
    talks end either with an agreement or without the offer. `put`: an offer in talks that waits. `agreed`: an
    accepted offer in talks that is not written down yet. `drafted`: a clause of a text that is not in
    force."""

    id: str
    kind: ObligationKind | None
    amount: int | None
    by: date | None
    owes: bool
    own: bool
    standing: str


class Row(NamedTuple):
    """One sum or promise before and after a move. `item`: the sum or promise as it was last. `before`: None
    if the move makes it. `after`: None if it ends by the move. `end`: how it ends, as a state of an
    obligation or ENDED; "" if it does not end."""

    item: Item
    before: Item | None
    after: Item | None
    end: str


class Sums(NamedTuple):
    """The sums that are owed, in fen. `gets`: to the reader. `pays`: by the reader."""

    gets: int
    pays: int


class Effects(NamedTuple):
    """What a move changes for one party. `rows`: every sum and promise. `before`, `after`: the sums that are
    owed. `all_sign`: the result holds once everybody has signed. `decides`: the move changes the stage of the
    case or gives something up."""

    rows: tuple[Row, ...]
    before: Sums
    after: Sums
    all_sign: bool
    decides: bool

    @property
    def changed(self) -> bool:
        """Return whether the move changes any sum or promise."""
        return any(row.before != row.after for row in self.rows)


def effects(reader: PartyReader, move: str, about: Mapping[str, Any]) -> Effects | None:
    """Return what a move changes for the reader. Return None if the move would be refused, or if the reader
    leaves the case by it. `about`: the facts of the move that are known already.

    The signature of one party changes nothing until everybody has signed. For a signature, the result is
    therefore that of the last one. An offer that the reader makes by the move is left out, because the reader
    has not written it yet."""
    case, principal, party = reader.case, reader.principal, reader.whose
    act = Act(party.id, party.role, reader.now, "", "")
    declared = MOVES[move]
    signs = declared.by_digest
    after = rehearse(move, _signed_by_others(case, principal) if signs else case, act, **about)
    if after is None or after.party(party.id).left:
        return None
    had = items(case, principal)
    has = {key: item for key, item in items(after, principal).items() if key in had or not item.own}
    rows = tuple(
        Row(item, had.get(key), has.get(key), "" if key in has else _end(after, key))
        for key, item in {**had, **has, **had}.items()
    )
    decides = bool(declared.gives_up or declared.to)
    return Effects(rows, _sums(had.values()), _sums(has.values()), signs, decides)


def offer_standing(case: Case) -> str:
    """Return whether the offers in our answer can be accepted: `offered`, `on_hold` or `lost`, as
    `Item.standing` explains them."""
    if case.stage in MOVES[accept_answer.__name__].at:
        return "offered"
    return "lost" if case.stage in AT_TABLE else "on_hold"


def items(case: Case, principal: str) -> dict[str, Item]:
    """Return every sum and promise of a case for a party. `principal`: the id under which obligations count
    for the party. A clause of a text keeps its key when it becomes an obligation."""
    return dict(_items(case, principal, case.talks.agreement))


def _items(case: Case, principal: str, text: Agreement | None) -> Iterator[tuple[str, Item]]:
    entry, drafted = (text.entry, text.terms) if text and not text.in_force else (0, ())
    offered = offer_standing(case)
    for owed in case.obligations:
        if owed.open and principal in (owed.debtor, owed.to):
            owes, standing = owed.debtor == principal, offered if owed.offer else "owed"
            yield _key(owed), Item(owed.id, owed.kind, owed.amount, owed.by, owes, False, standing)
    for term in drafted:
        if principal in (term.debtor, term.creditor):
            owes = term.debtor == principal
            item = Item(term.id, term.kind, term.amount, term.by, owes, False, "drafted")
            yield f"{entry} {term.id}", item
    side = Side.BUSINESS if principal == BUSINESS else Side.CONSUMER
    for offer in case.talks.dispute.offers if case.talks.dispute else ():
        standing = {Reply.OPEN: "put", Reply.ACCEPTED: "" if text else "agreed"}.get(offer.state, "")
        if standing:
            own = offer.side == side
            yield offer.id, Item(offer.id, None, offer.amount, offer.until, False, own, standing)


def _key(owed: Obligation) -> str:
    """Return the key of an obligation: that of its clause, if a clause created it, or else its id."""
    return f"{owed.entry} {owed.term.id}" if owed.term else owed.id


def _end(after: Case, key: str) -> str:
    """Return how the sum or promise with this key has ended. `after`: the case after its end."""
    owed = next((one for one in after.obligations if _key(one) == key), None)
    if owed is None:
        return ENDED
    return str(Duty.CONFIRMED if owed.state in DONE else owed.state)


def _sums(found: Iterable[Item]) -> Sums:
    owed = [item for item in found if item.standing == "owed"]
    gets, pays = (sum(one.amount or 0 for one in owed if one.owes == owes) for owes in (False, True))
    return Sums(gets, pays)


def _signed_by_others(case: Case, principal: str) -> Case:
    """Return the case as if everybody but the party had signed its text."""
    text = case.talks.agreement
    if text is None:
        return case
    others = (signer for signer in text.signers if signer != principal)
    signed = replace(
        text, signatures=tuple(Signature(one, one, "", text.drafted, Signed.LINK) for one in others)
    )
    return replace(case, talks=replace(case.talks, agreement=signed))

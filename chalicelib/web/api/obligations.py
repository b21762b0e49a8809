"""Obligations as the API gives them: to staff with both sides, to each side of one as what it owes or is
owed."""

from typing import Any

from chalicelib.domain.model.mediated import Term
from chalicelib.domain.model.obligation import Amendment
from chalicelib.view.obligation import ObligationView, Terms, change_of, ledger
from chalicelib.view.reader import Reader
from chalicelib.web.api.values import money, plain, stamped

AS_IT_IS = ("id", "matter", "kind", "by", "after", "of", "offer")
INSIDE = ("debtor", "to", "since", "claimed_by", "entry", "way")
"""What only staff read of an obligation."""
SIDES = ("debtor", "creditor")


def obligations(reader: Reader) -> list[dict[str, Any]]:
    """All that is owed, as far as the reader may know of it."""
    return [_told(reader, owed) for owed in ledger(reader)]


def _told(reader: Reader, owed: ObligationView) -> dict[str, Any]:
    """How an obligation stands: until when, or what it waits for; what followed when its day had passed; the
    change that is proposed. Staff read both of its sides; to one of them nobody is named, only whether it
    owes this."""
    house = reader.principal is None
    return {
        **_named(owed, AS_IT_IS),
        "state": owed.state,
        "amount": money(owed.amount),
        "due_at": stamped(owed.due if owed.open else None),
        "waits_for": owed.waits_for and owed.waits_for.id,
        "notice": stamped(owed.notice),
        "cure_until": stamped(owed.cure if owed.open else None),
        "found": stamped(owed.found),
        "term": owed.term and {n: v for n, v in term(owed.term).items() if house or n not in SIDES},
        "measures": [
            {"measure": taken.measure, "at": stamped(taken.at), "amount": money(taken.amount)}
            for taken in owed.measures
        ],
        "proposed": owed.proposed and _proposed(reader, owed, owed.proposed),
        **(_named(owed, INSIDE) if house else {"owes": owed.owes}),
    }


def _named(owed: ObligationView, names: tuple[str, ...]) -> dict[str, Any]:
    said = plain({name: getattr(owed, name) for name in names})
    return {name: said.get(name) for name in names}


def term(agreed: Term) -> dict[str, Any]:
    """A duty of an agreement."""
    return {**plain(agreed), "amount": money(agreed.amount), "penalty": money(agreed.penalty)}


def _proposed(reader: Reader, owed: ObligationView, asked: Amendment) -> dict[str, Any]:
    """The change that is proposed; to a side of it whether it is its own."""
    change, house = change_of(reader, owed, asked.entry), reader.principal is None
    return {
        **({"by_side": asked.by_side} if house else {}),
        "at": stamped(asked.at),
        "until": stamped(owed.agree_by),
        "digest": asked.digest,
        "old": _version(change.old),
        "new": _version(change.new),
        "reason": change.reason,
        **({} if house else {"own": asked.by_side == reader.principal}),
    }


def _version(terms: Terms) -> dict[str, Any]:
    by = terms.day and terms.day.isoformat()
    return {"by": by, "amount": money(terms.amount), "what": terms.what.said}

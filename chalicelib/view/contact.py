"""The view of a person's contact: the delivery channel, its confirmation, and a new address that awaits
confirmation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.codes import AUTOMATIC, Way
from chalicelib.domain.moves.parties import ADDRESSES

MEANWHILE: Mapping[Way, Literal["sent", "called", "posted", "page"]] = {
    Way.EMAIL: "sent",
    Way.SMS: "sent",
    Way.PHONE: "called",
    Way.POST: "posted",
    Way.NONE: "page",
}
"""The delivery of letters by a person's chosen channel."""


class ContactView(NamedTuple):
    """The contact of a person by their current channel (`way`). `confirmed` tells whether its owner has
    confirmed the address; None for a channel without automatic letters. `letters` is the delivery: sent
    there, read out by telephone, posted, or shown on the page.

    `new_way` and `new_address` are those of an address that awaits confirmation. The message that asks for it
    leaves, or has left, at `asked_at` (UTC). All are None without a new address."""

    way: Way
    confirmed: bool | None
    letters: Literal["sent", "called", "posted", "page"]
    new_way: Way | None = None
    new_address: str | None = None
    asked_at: datetime | None = None


def contact_view(party: Party, addresses: Mapping[str, Any]) -> ContactView:
    """Return a person's contact; `addresses` are those in their row, for a reader who may know them."""
    confirmed = party.proven if party.way in AUTOMATIC else None
    letters = "called" if party.held_back else MEANWHILE[party.way]
    if party.pending is None:
        return ContactView(party.way, confirmed, letters)
    waits = (addresses.get("pending") or {}).get(ADDRESSES[party.pending.way])
    return ContactView(party.way, confirmed, letters, party.pending.way, waits, party.pending.leaves)


def message_at(case: Case, party: Party, now: datetime) -> datetime | None:
    """Return when the message to a new address leaves that this person, or their agent, has named. Return
    None if no such message waits."""
    turns = [
        one.pending.leaves if one.pending else one.waits
        for one in case.parties
        if party.id in (one.id, one.represents) and not one.left
    ]
    return max((at for at in turns if at and at > now), default=None)

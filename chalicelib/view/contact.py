"""The view of how a person is reached: the way that they chose, whether its address is confirmed, and a new
address that waits for confirmation."""

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
"""How a person gets their letters, by the way that they chose."""


class ContactView(NamedTuple):
    """How a person is reached now. `way`: the way that they chose. `confirmed`: whether they confirmed the
    address; None for a way on which no letters leave by themselves. `letters`: how they get letters: sent,
    read on the telephone, posted, or shown on the page.

    `new_way`, `new_address`: a new address that waits for confirmation. `asked_at` (UTC): when the message
    that asks for confirmation leaves, or left. All three are None without a new address.
    """

    way: Way
    confirmed: bool | None
    letters: Literal["sent", "called", "posted", "page"]
    new_way: Way | None = None
    new_address: str | None = None
    asked_at: datetime | None = None


def contact_view(party: Party, addresses: Mapping[str, Any]) -> ContactView:
    """Return how the person `party` is reached. `addresses`: the addresses in the person's row, as far as the
    reader may know them."""
    confirmed = party.proven if party.way in AUTOMATIC else None
    letters = "called" if party.held_back else MEANWHILE[party.way]
    if party.pending is None:
        return ContactView(party.way, confirmed, letters)
    waits = (addresses.get("pending") or {}).get(ADDRESSES[party.pending.way])
    return ContactView(party.way, confirmed, letters, party.pending.way, waits, party.pending.leaves)


def message_at(case: Case, party: Party, now: datetime) -> datetime | None:
    """Return when the first message to a new address leaves, if this person or their agent named the address.
    Return None if no such message waits."""
    turns = [
        one.pending.leaves if one.pending else one.waits
        for one in case.parties
        if party.id in (one.id, one.represents) and not one.left
    ]
    return max((at for at in turns if at and at > now), default=None)

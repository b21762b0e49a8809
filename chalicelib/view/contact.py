"""How a person on a complaint is reached: by which way now, whether that address is confirmed, and which new
address waits to be confirmed."""

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
"""How letters reach somebody, by the way that they chose."""


class ContactView(NamedTuple):
    """How somebody is reached by the `way` of now. `confirmed`: whether the owner of that address has
    confirmed it; None where no letter leaves by itself. `letters` says how letters reach them: sent there,
    told by telephone, posted, or read on the page.

    `new_way` is that of a new address which waits to be confirmed, `new_address` the address. The
    message that asks for it leaves, or has left, at `asked_at` (UTC). They are None where nothing waits.
    """

    way: Way
    confirmed: bool | None
    letters: Literal["sent", "called", "posted", "page"]
    new_way: Way | None = None
    new_address: str | None = None
    asked_at: datetime | None = None


def contact_view(party: Party, told: Mapping[str, Any]) -> ContactView:
    """How a person is reached; `told` are the addresses in their row, for a reader who may know them."""
    confirmed = party.proven if party.way in AUTOMATIC else None
    letters = "called" if party.held_back else MEANWHILE[party.way]
    if party.pending is None:
        return ContactView(party.way, confirmed, letters)
    waits = (told.get("pending") or {}).get(ADDRESSES[party.pending.way])
    return ContactView(party.way, confirmed, letters, party.pending.way, waits, party.pending.leaves)


def message_at(case: Case, party: Party, now: datetime) -> datetime | None:
    """When the message to a new address that this person has named leaves, their own or that of somebody who
    speaks for them; None where none waits for its turn."""
    turns = [
        one.pending.leaves if one.pending else one.waits
        for one in case.parties
        if party.id in (one.id, one.represents) and not one.left
    ]
    return max((at for at in turns if at and at > now), default=None)

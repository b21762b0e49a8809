"""The view of how letters reach a person. It has the way that the person chose, whether the address is
confirmed, and any new address that waits for confirmation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.codes import AUTOMATIC, Way
from chalicelib.domain.moves.parties import ADDRESSES

LETTERS_BY_WAY: Mapping[Way, Literal["sent", "called", "posted", "page"]] = {
    Way.EMAIL: "sent",
    Way.SMS: "sent",
    Way.PHONE: "called",
    Way.POST: "posted",
    Way.NONE: "page",
}
"""What happens with a person's letters, in the words of `ContactView.letters`. The key is the way that the
person chose."""


class ContactView(NamedTuple):
    """How letters reach a person now. `way`: the way that the person chose. `confirmed`: whether the person
    confirmed the address; None if letters do not leave by e-mail or short message. `letters`: what happens
    with letters: they are sent, read out on a call, posted, or only shown on the case page.

    The last three fields are None if no new address waits for confirmation. `new_way`: whether the new
    address is for e-mail or short messages. `new_address`: the address. `asked_at` (UTC): when the message
    leaves, or left, that asks to confirm it.
    """

    way: Way
    confirmed: bool | None
    letters: Literal["sent", "called", "posted", "page"]
    new_way: Way | None = None
    new_address: str | None = None
    asked_at: datetime | None = None


def contact_view(party: Party, addresses: Mapping[str, Any]) -> ContactView:
    """Return how letters reach the person `party`. `addresses`: those addresses from the person's row that
    the reader may know."""
    confirmed = party.proven if party.way in AUTOMATIC else None
    letters = "called" if party.held_back else LETTERS_BY_WAY[party.way]
    if party.pending is None:
        return ContactView(party.way, confirmed, letters)
    waits = (addresses.get("pending") or {}).get(ADDRESSES[party.pending.way])
    return ContactView(party.way, confirmed, letters, party.pending.way, waits, party.pending.leaves)


def message_at(case: Case, party: Party, now: datetime) -> datetime | None:
    """Return when (UTC) the first message leaves that is still to be sent to this person or to their
    representatives. If several wait, the latest counts. Return None if none waits."""
    turns = [
        one.pending.leaves if one.pending else one.waits
        for one in case.parties
        if party.id in (one.id, one.represents) and not one.left
    ]
    return max((at for at in turns if at and at > now), default=None)

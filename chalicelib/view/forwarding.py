"""The view of what is passed on to other businesses and bodies: the receiver, the text, the consent, and the
answer of the receiver."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.model.case_records import BUSINESS, Forward
from chalicelib.domain.model.codes import Forwarded, Route
from chalicelib.domain.moves.forwarding import forward_words
from chalicelib.view.party import Partner
from chalicelib.view.reader import Reader


class ForwardView(NamedTuple):
    """A complaint that is passed on, as its person and staff see it. `id`: its number on the case. `party`:
    the id of the person whose complaint it is. `state`: see `Forwarded`. `since`: when it got this state.

    `body`: the receiving body; None for another business. `company`: the name of that business; "" for a
    body. `contact`: how to reach it. `text`: the whole text for the receiver. `kept`: what we go on doing
    ourselves. `sent`: when it was sent; None before that. `due`: by when we send it, or the receiver confirms
    it; None if neither is awaited.

    `number`, `receiver`, `reason`: the number that the receiver gave, whom to reach there, and why the
    receiver refuses; "" if unknown.
    """

    id: str
    party: str
    state: Forwarded
    since: datetime
    body: Route | None
    company: str
    contact: str
    text: str
    kept: str
    sent: datetime | None
    due: datetime | None
    number: str
    receiver: str
    reason: str

    @property
    def replaced(self) -> bool:
        """Return whether another proposal took the place of this one."""
        return self.state == Forwarded.REPLACED


def forwards(reader: Reader) -> list[ForwardView]:
    """Return what is or was passed on for this reader, the newest last. Staff get all. A person gets their
    own. The company and partner systems get none."""
    if not reader.authorised or reader.principal == BUSINESS or isinstance(reader, Partner):
        return []
    return [
        forward_view(reader, one) for one in reader.case.forwards if reader.principal in (None, one.party)
    ]


def forward_about(reader: Reader, id: str | None) -> ForwardView | None:
    """Return the forward with this id. Return None if there is none, or if the reader may not know it."""
    return next((one for one in forwards(reader) if one.id == id), None)


def forward_view(reader: Reader, one: Forward) -> ForwardView:
    """Return the view of one forward, with the words of its proposal and of the receiver's answer."""
    said = forward_words(one, {n: reader.words(n) for n in (one.entry, one.answer) if n})
    answer = said["answer"]
    runs = (run for name in ("forward_sending", "forward_confirmation") for run in reader.runs_of(name))
    return ForwardView(
        one.id,
        one.party,
        one.state,
        one.since,
        one.body,
        said.get("company") or "",
        said.get("contact") or "",
        said.get("sent") or "",
        said.get("kept") or "",
        one.sent,
        next((run.due for run in runs if run.id == one.id), None),
        answer.get("number") or "",
        answer.get("contact") or "",
        answer.get("reason") or "",
    )

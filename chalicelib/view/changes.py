"""The feeds of changes: which reader outside is told of a new entry of a case, and what they are told."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from chalicelib.access.authorization import Caller
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Role
from chalicelib.view.party import Partner
from chalicelib.view.timeline import party_entry

KEPT = timedelta(days=90)
"""How long a change stays in its feed. A reader that stays away for longer misses changes."""


@frozen
class Changed:
    """A change of a case, as a feed tells it. It has no words of people. `number`: the number of the case.
    `external_id`: the partner's own number for the case, if the partner gave one. `move`: the name of the
    move. `entry`: the number of its timeline entry. `at`: when the move was taken (UTC). `stage`: the stage
    of the case after the move. Codes are plain text, because a newer release may have more of them."""

    number: str
    external_id: str | None
    move: str
    entry: int
    at: datetime
    stage: str


Feed = Callable[[Dossier, int, datetime], tuple[str, Changed] | None]
"""A function that returns the name of the feed that is told of an entry, and what it is told. It gets a case,
the number of the entry, and the present moment. It returns None if the feed is not told of the entry."""


def to_partner(dossier: Dossier, n: int, now: datetime) -> tuple[str, Changed] | None:
    """Return what the partner that filed the complaint is told of entry `n`: each entry that its reading of
    the timeline shows. The name of the feed is the id of the partner."""
    case = dossier.case
    if not (partner := case.intake.partner):
        return None
    shown = party_entry(Partner(dossier, now, Caller(partner, Role.PARTNER)).person, n)
    return shown and (
        partner,
        Changed(case.ref, case.intake.external_id, shown.move, n, instant(shown.line["at"]), str(case.stage)),
    )


FEEDS: Sequence[Feed] = (to_partner,)

"""The feeds of changes. A feed gives a reader outside, such as a partner system, the new entries of cases."""

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
    """A change of a case, for a feed. It has no words of people. `number`: the number of the case.
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
"""A function that returns the name of the feed that gets an entry, and the change for it. It takes a case,
the number of the entry, and the present moment. It returns None if no feed gets the entry."""


def to_partner(dossier: Dossier, n: int, now: datetime) -> tuple[str, Changed] | None:
    """Return the change by entry `n` for the feed of the partner that filed the complaint. The feed has the
    entries that the partner may read in the timeline. Its name is the id of the partner."""
    case = dossier.case
    if not (partner := case.intake.partner):
        return None
    shown = party_entry(Partner(dossier, now, Caller(partner, Role.PARTNER)).person, n)
    if shown is None or shown.escalates:  # the timeline in the interface leaves escalations out, too
        return None
    at = instant(shown.line["at"])
    return partner, Changed(case.ref, case.intake.external_id, shown.move, n, at, str(case.stage))


FEEDS: Sequence[Feed] = (to_partner,)

"""Call tasks: letters that did not arrive, or arrived late, and that staff read out or post instead."""

from datetime import datetime, timedelta
from typing import Annotated

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import move
from chalicelib.domain.engine.letters_owed import delivered, left
from chalicelib.domain.engine.permission import NEUTRAL
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.model.codes import ANY, Role as R, Side, Undelivered, Way
from chalicelib.domain.model.field_marks import Names, PartyId, Text, YesNo
from chalicelib.domain.moves.dispute import of_the_talks

TRIED = 3
"""The number of days without an answer by phone after which a letter is posted."""
BY_POST = timedelta(days=7)
"""The time after which a posted letter counts as arrived, unless its receipt was signed before."""


@move(
    at=ANY,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.SAFETY | R.NEGOTIATOR | R.FOLLOWUP,
    fits=lambda case: case.tellings,
    handles=False,
    reads_talks=lambda case: (
        "told_in_confidence" if all(of_the_talks(case, t.letter, t.since) for t in case.tellings) else ""
    ),
    even=("recused",),
    answers=("telling",),
)
def record_telling(
    case: Case,
    act: Act,
    *,
    telling: Annotated[str, Names("telling")],
    how: Way,
    told: YesNo,
    said: Text,
    signed: YesNo = False,
) -> Case:
    """Record a read-out: who called the person, how, and what was read, with failed tries. After a read-out
    the person has the letter, and its window starts now.

    A posted letter has arrived when its receipt is `signed`, else after seven days. A letter of the talks is
    read out by a neutral officer who may hear the talks.

    A person who does not answer is tried on three days, then gets a letter by post. Without a postal address
    the letter waits and is checked every 30 days. It stops only its own window."""
    found = required(
        next((t for t in case.tellings if t.id == telling), None), "telling_unknown", field="telling"
    )
    confided = of_the_talks(case, found.letter, found.since)
    refuse_if(confided and ("deaf" in act.limits or act.role not in NEUTRAL), "told_in_confidence")
    if not told:
        tried = _tried(found, act, how)
        return replace(case, tellings=tuple(tried if t is found else t for t in case.tellings))
    newer = case.tellings[case.tellings.index(found) + 1 :]
    case = replace(case, tellings=tuple(t for t in case.tellings if t.id != telling))
    # a later letter began the window and still waits to be read out
    if any((t.letter, t.party) == (found.letter, found.party) for t in newer):
        return case
    return delivered(case, found.letter, act.now + BY_POST if how == Way.POST and not signed else act.now)


def _tried(telling: CallTask, act: Act, how: Way) -> CallTask:
    """Return the call task after a failed try. A letter without a postal address goes on waiting. Raises
    Refusal for posting before the three days."""
    refuse_if(how == Way.POST and len(telling.tries) < TRIED, "try_first", field="how", days=TRIED)
    if how == Way.POST:
        return replace(telling, nowhere=act.now)
    other_days = (at for at in telling.tries if published().day_of(at) != published().day_of(act.now))
    return replace(telling, tries=(*tuple(other_days)[-TRIED + 1 :], act.now), nowhere=None)


def to_post(telling: CallTask) -> bool:
    """Return whether a letter must be posted now, since nobody answered on the required number of days."""
    return len(telling.tries) >= TRIED and telling.nowhere is None


@move(at=ANY, by=R.CLOCK, tells="undelivered → owner")
def letter_failed(
    case: Case,
    act: Act,
    *,
    letter: Annotated[str, Names("letter")],
    id: str,
    party: PartyId,
    why: Undelivered,
) -> Case:
    """Record that a letter did not arrive. The window that began with it stops, and staff tell the person
    instead."""
    refuse_if(any(t.id == id for t in case.tellings), "telling_unknown")
    hears = _instead(case, party)
    if hears is None:
        return case
    return replace(
        delivered(case, letter, None), tellings=(*case.tellings, CallTask(id, letter, hears, act.now))
    )


@move(at=ANY, by=R.CLOCK)
def letter_late(
    case: Case, act: Act, *, letter: Annotated[str, Names("letter")], id: str, since: datetime, at: datetime
) -> Case:
    """Record that a letter left more than an hour after its move. Its window runs from then, as the letter
    says, and nobody needs to read it out."""
    after = left(case, letter, id, since, at)
    refuse_if(after == case, "telling_unknown")
    return after


def _instead(case: Case, id: str) -> str | None:
    """Return the person who gets the letters of somebody who has left: their successor or principal. Return
    None after a complainant has left."""
    gone = next((p for p in case.parties if p.id == id and p.left), None)
    if gone is None:
        return id
    if gone.side == Side.BUSINESS:
        return case.business.id if case.business else None
    return _instead(case, gone.represents) if gone.represents else None

"""The time at which the access links of a closed case stop working."""

from datetime import datetime, timedelta

from chalicelib.domain.calendar import published
from chalicelib.domain.data_kinds import backed_up
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.model.codes import Outcome, Stage

LINK_LASTS = timedelta(days=90)
"""How long an access link still works after the last moment at which a person could need it. After that, a
link that somebody finds opens nothing."""


def link_ends(case: Case) -> datetime | None:
    """Return when (UTC) the access links of a case stop working: `LINK_LASTS` after the last letter or after
    the end of the last window, whichever is later. There are windows after the closing, such as those to
    reopen the case and to answer the survey.

    Return None if the links go on working. They do while the case is open, is continued in another case, has
    an open obligation, or has an undelivered letter. A person who asks for a new link gets a letter, so the
    time starts again.
    """
    running = deadlines(case).values()
    goes_on = case.stage != Stage.CLOSED or case.outcome == Outcome.JOINED or case.open_obligations
    if goes_on or None in case.told.values() or any(run.duty or run.due is None for run in running):
        return None
    last = (case.stages[-1].since, *case.told.values(), *(run.due for run in running))
    return max(filter(None, last)) + LINK_LASTS


def link_ended(case: Case, now: datetime) -> bool:
    """Return whether the access links of a case have stopped working by the moment `now`."""
    ends = link_ends(case)
    return ends is not None and ends <= now


def refuse_ended(case: Case, now: datetime) -> None:
    """Raise Refusal if a right access link of the case opens nothing at the moment `now`:
    `your_data_destroyed` if the personal data of the case are destroyed, `link_ended` if its links have
    ended."""
    if destroyed := case.retention.destroyed:
        day = published().day_of(destroyed)
        raise Refusal("your_data_destroyed", day=day, until=day + backed_up())
    refuse_if(link_ended(case, now), "link_ended")

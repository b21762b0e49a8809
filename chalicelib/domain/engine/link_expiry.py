"""When the access links of a closed case stop working."""

from datetime import datetime, timedelta

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Outcome, Stage

LINK_LASTS = timedelta(days=90)
"""How long an access link still opens its case after the last moment at which the person could need it. A
link that is found or passed on later opens nothing."""


def link_ends(case: Case) -> datetime | None:
    """Return when the access links of a case end (UTC): LINK_LASTS after the last letter or the end of the
    last window. Such windows are those to reopen, to answer the survey, or to apply for judicial
    confirmation.

    Return None while the links do not end. That is so if the case is open, goes on as part of another case,
    has an open obligation, or has an undelivered letter. A person who asks for a new link gets a letter, so
    the time starts again.
    """
    running = deadlines(case).values()
    goes_on = case.stage != Stage.CLOSED or case.outcome == Outcome.JOINED or case.open_obligations
    if goes_on or None in case.told.values() or any(run.duty or run.due is None for run in running):
        return None
    last = (case.spells[-1].since, *case.told.values(), *(run.due for run in running))
    return max(filter(None, last)) + LINK_LASTS


def link_ended(case: Case, now: datetime) -> bool:
    """Return whether the access links of a case no longer open it."""
    ends = link_ends(case)
    return ends is not None and ends <= now

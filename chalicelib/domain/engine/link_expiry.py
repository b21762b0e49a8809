"""The expiry of access links."""

from datetime import datetime, timedelta

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Outcome, Stage

LINK_LASTS = timedelta(days=90)
"""The time for which a link still opens its case after the last use that it could have. A link that is found
or passed on later opens nothing."""


def link_ends(case: Case) -> datetime | None:
    """Return when the links of a case end (UTC): LINK_LASTS after the last letter and the last window. Such
    windows are those of reopening, survey or judicial confirmation.

    Return None while the case is open, goes on as part of another one, holds an open obligation, or has an
    undelivered letter. A new request for the link sends a letter, so the time starts again.
    """
    running = deadlines(case).values()
    goes_on = case.stage != Stage.CLOSED or case.outcome == Outcome.JOINED or case.open_obligations
    if goes_on or None in case.told.values() or any(run.duty or run.due is None for run in running):
        return None
    last = (case.spells[-1].since, *case.told.values(), *(run.due for run in running))
    return max(filter(None, last)) + LINK_LASTS


def link_ended(case: Case, now: datetime) -> bool:
    """Return whether the links of a case have ended and no longer open it."""
    ends = link_ends(case)
    return ends is not None and ends <= now

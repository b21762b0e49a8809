"""How long an access link opens its case."""

from datetime import datetime, timedelta

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Outcome, Stage

LINK_LASTS = timedelta(days=90)
"""How long after the last thing that can be done with it a link still opens its case (issue 14)."""


def link_ends(case: Case) -> datetime | None:
    """When the links of a case end (UTC): LINK_LASTS after the last letter and after the last window that
    anybody on it has, such as those of reopening, survey or judicial confirmation. None while the case is
    open or goes on as part of another one, while anything is owed to or by anybody on it, and while a letter
    has not arrived. Whoever asks for their link again gets a letter, from which the time runs anew."""
    running = deadlines(case).values()
    goes_on = case.stage != Stage.CLOSED or case.outcome == Outcome.JOINED or case.owed
    if goes_on or None in case.told.values() or any(run.duty or run.due is None for run in running):
        return None
    last = (case.spells[-1].since, *case.told.values(), *(run.due for run in running))
    return max(filter(None, last)) + LINK_LASTS


def link_ended(case: Case, now: datetime) -> bool:
    """Whether the links of a case have ended, so that they no longer open it."""
    ends = link_ends(case)
    return ends is not None and ends <= now

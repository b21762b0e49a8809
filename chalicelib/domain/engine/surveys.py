"""The survey after a case is closed: who is asked how we did, since when, and which closings are not asked
about."""

from collections.abc import Iterator

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.running import Run
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Outcome, Way

UNASKED = frozenset({Outcome.JOINED, Outcome.INFORMATION_ONLY})
"""Closings about which nobody is asked: a joined case goes on elsewhere, anonymous information has nobody to
ask."""


def surveyed(case: Case) -> Iterator[Run]:
    """The runs of the survey, one for each person who is asked: those who complain, have not answered yet,
    and have an e-mail address or a representative with one; It runs since the closing."""
    closed = case.spells[-1].since
    today = published().day_of(closed)
    for person in case.consumers if case.outcome not in UNASKED else ():
        if person.id not in case.feedback.surveyed and any(
            hears.way == Way.EMAIL for hears in case.speakers(person, today)
        ):
            yield Run(person.id, closed)

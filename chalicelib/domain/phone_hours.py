"""The telephone hours of a team, in local time (Shanghai). They are shown next to its number. No deadline
depends on them, because deadlines follow the calendar of the policy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.frozen import frozen

MIDNIGHT = time()
"""The midnight that ends a day, as the end of telephone hours."""
MONDAY, SUNDAY = 1, 7


@frozen
class PhoneHours:
    """Telephone hours on one day of the week, from `since` up to but not including `until`. `day` is the day
    of the week, from 1 for Monday to 7 for Sunday."""

    day: int
    since: time
    until: time

    def __contains__(self, at: time) -> bool:
        return self.since <= at and (at < self.until or self.until == MIDNIGHT)


def is_open(hours: Iterable[PhoneHours], moment: datetime) -> bool:
    """Return whether a team with these telephone hours can be phoned at this moment."""
    local = moment.astimezone(SHANGHAI)
    day = day_of_week(local.date())
    return any(one.day == day and local.time() in one for one in hours)


def edges(hours: Iterable[PhoneHours], since: datetime, until: datetime) -> set[datetime]:
    """Return the moments between `since` and `until` at which telephone hours can begin or end."""
    first, last = (moment.astimezone(SHANGHAI).date() for moment in (since, until))
    days = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    times = {MIDNIGHT, *(time for one in hours for time in (one.since, one.until))}
    found = (datetime.combine(day, time, SHANGHAI).astimezone(UTC) for day in days for time in times)
    return {moment for moment in found if since < moment < until}


def day_of_week(day: date) -> int:
    """Return the day of the week whose telephone hours apply on a day. On a public holiday they are those of
    Sunday. On a weekend day that is worked instead they are those of Monday."""
    usual, working = day.isoweekday(), published().is_working(day)
    if working == (usual <= 5):
        return usual
    return MONDAY if working else SUNDAY


def fault(hours: Iterable[PhoneHours]) -> str:
    """Return the code of the refusal for invalid telephone hours: an unknown day, hours that end before they
    begin, or hours that overlap. Return "" for valid ones."""
    inorder = sorted(hours, key=lambda one: (one.day, one.since))
    if any(not MONDAY <= one.day <= SUNDAY for one in inorder):
        return "phone_hours_day"
    if any(one.until <= one.since and one.until != MIDNIGHT for one in inorder):
        return "hours_reversed"
    if any(one.day == after.day and after.since in one for one, after in pairwise(inorder)):
        return "phone_hours_overlap"
    return ""

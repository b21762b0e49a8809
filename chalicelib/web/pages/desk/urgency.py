"""How urgent a due moment is."""

from datetime import datetime, timedelta

SOON = timedelta(hours=4)
"""If the time left until a due moment is at most this long, pages mark it as `soon`."""


def tone(at: datetime | None, now: datetime) -> str:
    """Return how urgent a due moment is: `late`, `soon` (see `SOON`), or "" for a later moment and for
    None."""
    return "" if at is None else "late" if at <= now else "soon" if at - now <= SOON else ""

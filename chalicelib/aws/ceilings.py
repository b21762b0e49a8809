"""The counts of attempts: a row for each key (as a keyed hash) and window. It expires with its window."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.access.rate_limits import CEILINGS, GUESSED, Ceiling, TooMany
from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.cases.casework import Meters, Unavailable

WINDOWS = 30
"""How many windows are searched at most for a turn."""


class CeilingRows:
    """The counts of attempts. `hashed` makes the keyed hash of a key."""

    def __init__(self, hashed: Callable[[str], str], meters: Meters, now: Callable[[], datetime]) -> None:
        self._hashed, self._meters, self._now = hashed, meters, now

    def take(self, kind: str, **parts: str) -> None:
        """Count an attempt under each key made of its parts, the narrowest first, with one write each.

        A key with a missing or empty part is not counted. Raises TooMany beyond a ceiling. An attempt whose
        count cannot be written is let through. Where a secret could be guessed, Unavailable is raised
        instead.
        """
        ceilings = CEILINGS[kind]
        assert parts.keys() <= {part for by in ceilings for part in by}, (kind, *parts)
        for by, ceiling in ceilings.items():
            said = [parts.get(part, "") for part in by]
            if not all(said):
                continue
            try:
                self._count(f"{kind}#{'+'.join(by)}", "\n".join(said), ceiling)
            except Unavailable:
                self._meters.count("CeilingNotCounted")
                if kind in GUESSED:
                    raise

    def next(self, network: str, text: bool, first: datetime) -> datetime:
        """Take a turn of a network to write to a new recipient, and one for a short message where it is a
        `text`. Return the time of the turn (UTC): `first` while its window has room, else the beginning of
        the next window with room. Raises Unavailable."""
        at = first
        for kind in ("recipient", "texted") if text else ("recipient",):
            at = self._free(kind, network, at)
        return at

    def _free(self, kind: str, network: str, first: datetime) -> datetime:
        """Return the first moment from `first` on whose window has room, and count there. Without room in
        `WINDOWS` windows, return the moment after them."""
        ceiling, at = CEILINGS[kind][("network",)], first
        for _ in range(WINDOWS):
            if self._taken(f"{kind}#network", network, ceiling, at):
                break
            at = ceiling.ends(at)
        return at

    def _count(self, what: str, key: str, ceiling: Ceiling) -> None:
        now = self._now()
        if not self._taken(what, key, ceiling, now):
            raise TooMany(now, ceiling.ends(now))

    def _taken(self, what: str, key: str, ceiling: Ceiling, at: datetime) -> bool:
        """Count once more in the window of `at`. Return False where it is full."""
        ends = ceiling.ends(at)
        row = Secret(rows.ceiling(what, self._hashed(key), ends), rows.CEILING)
        free = Secret.tries.does_not_exist() | (Secret.tries < ceiling.most)
        once_more = [Secret.tries.set((Secret.tries | 0) + 1), Secret.ttl.set(int(ends.timestamp()))]
        if row.updated(once_more, free):
            return True
        self._meters.count("CeilingReached")
        return False

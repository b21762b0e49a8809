"""Counts of attempts: a row for each key (as a keyed hash) and window, which expires with its window."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.access.rate_limits import CEILINGS, GUESSED, Ceiling, TooMany
from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.cases.casework import Meters, Unavailable

WINDOWS = 30
"""In how many windows from now on at most a turn is looked for."""


class CeilingRows:
    """Counts attempts; `hashed` makes the keyed hash of what they are counted under."""

    def __init__(self, hashed: Callable[[str], str], meters: Meters, now: Callable[[], datetime]) -> None:
        self._hashed, self._meters, self._now = hashed, meters, now

    def take(self, kind: str, **parts: str) -> None:
        """Count an attempt under each key that its parts make, the narrowest first, with one write each.

        A key of which a part is missing or empty is not counted. Raises TooMany beyond a ceiling. When the
        count cannot be written the attempt is let through, but where a secret could be guessed Unavailable is
        raised.
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
        """Take a turn of a network to write to somebody new, and one for a short message where it is a
        `text`; the moment (UTC) from which it is. That is `first` while its window has room, else the
        beginning of the next window that has. Raises Unavailable."""
        at = first
        for kind in ("recipient", "texted") if text else ("recipient",):
            at = self._free(kind, network, at)
        return at

    def _free(self, kind: str, network: str, first: datetime) -> datetime:
        """The first moment from `first` on whose window has room, counted there. Whoever finds none in
        `WINDOWS` windows waits until after them."""
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
        """Count once more in the window of `at`; False where it is full."""
        ends = ceiling.ends(at)
        row = Secret(rows.ceiling(what, self._hashed(key), ends), rows.CEILING)
        free = Secret.tries.does_not_exist() | (Secret.tries < ceiling.most)
        once_more = [Secret.tries.set((Secret.tries | 0) + 1), Secret.ttl.set(int(ends.timestamp()))]
        if row.updated(once_more, free):
            return True
        self._meters.count("CeilingReached")
        return False

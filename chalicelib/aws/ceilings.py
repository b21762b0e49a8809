"""The counts of attempts for the rate limits: one row for each counting key (hashed) and window. The row
expires when its window ends."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.access.rate_limits import CEILINGS, GUESSED, Ceiling, TooMany
from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.cases.casework import Meters, Unavailable
from chalicelib.domain.addresses import mailbox

WINDOWS = 30
"""The maximum number of windows of a rate limit that are searched for a window that is not full."""


class CeilingRows:
    """The counts of attempts. `hashed` returns the keyed hash of a counting key."""

    def __init__(self, hashed: Callable[[str], str], meters: Meters, now: Callable[[], datetime]) -> None:
        self._hashed, self._meters, self._now = hashed, meters, now

    def take(self, kind: str, weight: int = 1, /, **parts: str) -> None:
        """Count an attempt of this kind under each of its counting keys, the narrowest first, with one write
        each. It counts `weight` times. `parts` holds the values of the key's parts, such as `network`. An
        `address` counts by its mailbox, so no spelling of it escapes the ceiling. A key is skipped if one of
        its parts is missing or empty.

        Raises TooMany if a ceiling is reached. If a count cannot be written, an attempt of a kind in
        `GUESSED` raises Unavailable. An attempt of any other kind is then allowed.
        """
        ceilings = CEILINGS[kind]
        assert parts.keys() <= {part for by in ceilings for part in by}, (kind, *parts)
        for by, ceiling in ceilings.items():
            said = [mailbox(parts.get(part, "")) if part == "address" else parts.get(part, "") for part in by]
            if not all(said):
                continue
            try:
                self._count(f"{kind}#{'+'.join(by)}", "\n".join(said), ceiling, weight)
            except Unavailable:
                self._meters.count("CeilingNotCounted")
                if kind in GUESSED:
                    raise

    def next(self, network: str, text: bool, first: datetime) -> datetime:
        """Count for a network one message to a new recipient, and also one short message if `text`. Return
        when the message may leave (UTC). This is `first` if the window of that moment is not full, else the
        beginning of the next window that is not full. Raises Unavailable."""
        at = first
        for kind in ("recipient", "texted") if text else ("recipient",):
            at = self._free(kind, network, at)
        return at

    def _free(self, kind: str, network: str, first: datetime) -> datetime:
        """Find the first window that is not full, beginning with the window of the moment `first`, and count
        one attempt in it. Return `first`, or the beginning of a later window. If `WINDOWS` windows are full,
        return the end of the last one."""
        ceiling, at = CEILINGS[kind][("network",)], first
        for _ in range(WINDOWS):
            if self._taken(f"{kind}#network", network, ceiling, at):
                break
            at = ceiling.ends(at)
        return at

    def _count(self, what: str, key: str, ceiling: Ceiling, weight: int) -> None:
        now = self._now()
        if not self._taken(what, key, ceiling, now, weight):
            raise TooMany(now, ceiling.ends(now))

    def _taken(self, what: str, key: str, ceiling: Ceiling, at: datetime, weight: int = 1) -> bool:
        """Count an attempt `weight` times in the window in which the moment `at` lies, and return True. If
        that is more than the window has left, count nothing and return False. `what` names what is counted,
        `key` is the counting key."""
        ends = ceiling.ends(at)
        row = Secret(rows.ceiling(what, self._hashed(key), ends), rows.CEILING)
        free = Secret.tries.does_not_exist() | (Secret.tries <= ceiling.most - weight)
        once_more = [Secret.tries.set((Secret.tries | 0) + weight), Secret.ttl.set(int(ends.timestamp()))]
        if row.updated(once_more, free):
            return True
        self._meters.count("CeilingReached")
        return False

"""The counts of attempts for the rate limits: one row for each counting key (hashed) and window. The row
expires when its window ends."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.access.rate_limits import CEILINGS, GUESSED, OWN, By, Ceiling, Counted, TooMany, counted
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
        assert parts.keys() <= {part for by in CEILINGS[kind] for part in by}, (kind, *parts)
        for by in CEILINGS[kind]:
            said = [mailbox(parts.get(part, "")) if part == "address" else parts.get(part, "") for part in by]
            if not all(said):
                continue
            try:
                self._count(kind, by, "\n".join(said), weight)
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
            if self._taken(f"{kind}#network", network, ceiling, at) is not None:
                break
            at = ceiling.ends(at)
        return at

    def _count(self, kind: str, by: By, key: str, weight: int) -> None:
        now, ceiling = self._now(), CEILINGS[kind][by]
        ends = ceiling.ends(now)
        left = self._taken(f"{kind}#{'+'.join(by)}", key, ceiling, now, weight)
        if (told := counted.get()) is not None:
            wait = int((ends - now).total_seconds())
            told.append(Counted(kind, by, ceiling, (left or 0) if OWN.issuperset(by) else None, wait))
        if left is None:
            raise TooMany(now, ends)

    def _taken(self, what: str, key: str, ceiling: Ceiling, at: datetime, weight: int = 1) -> int | None:
        """Count an attempt `weight` times in the window in which the moment `at` lies, and return how many
        more the window takes. If `weight` is more than the window has left, count nothing and return None.
        `what` names what is counted, `key` is the counting key."""
        ends = ceiling.ends(at)
        row = Secret(rows.ceiling(what, self._hashed(key), ends), rows.CEILING)
        free = Secret.tries.does_not_exist() | (Secret.tries <= ceiling.most - weight)
        once_more = [Secret.tries.set((Secret.tries | 0) + weight), Secret.ttl.set(int(ends.timestamp()))]
        if row.updated(once_more, free):
            return ceiling.most - int(row.tries or 0)
        self._meters.count("CeilingReached")
        return None

"""Counts of attempts: a row for each key (as a keyed hash) and window, which expires with its window."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.casework import Meters, Unavailable
from chalicelib.ceilings import CEILINGS, GUESSED, Ceiling, TooMany


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

    def _count(self, what: str, key: str, ceiling: Ceiling) -> None:
        now = self._now()
        ends = ceiling.ends(now)
        row = Secret(rows.ceiling(what, self._hashed(key), ends), rows.CEILING)
        free = Secret.tries.does_not_exist() | (Secret.tries < ceiling.most)
        once_more = [Secret.tries.set((Secret.tries | 0) + 1), Secret.ttl.set(int(ends.timestamp()))]
        if not row.updated(once_more, free):
            self._meters.count("CeilingReached")
            raise TooMany(now, ends)

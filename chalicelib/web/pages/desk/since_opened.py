"""The changes of a case since its reader last opened it: who did what, and when."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from chalicelib.cases.waiting import LastOpening
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.desk.timeline import AT_ONCE


class EntriesSince(NamedTuple):
    """The acts of others on a case since its reader last opened it. `at`: when that was (UTC). `numbers`: the
    numbers of the new entries. `counts`: how often each move was taken, with the number of its first new
    entry, the newest move first. `older`: the number of new entries before these."""

    at: datetime
    numbers: frozenset[int]
    counts: list[tuple[str, int, int]]
    older: int


def since_opened(reading: Reading, last: LastOpening | None) -> EntriesSince | None:
    """Return the acts of others since the reader's opening `last`. It reads only as many of the newest
    entries as a page of the timeline has. Missing and unreadable entries are left out. Return None if nobody
    else has done anything, or if the reader opens the case for the first time."""
    if last is None or last.entries >= reading.case.entries:
        return None
    first = max(last.entries, reading.case.entries - AT_ONCE) + 1
    reading.dossier.prefetch(range(first, reading.case.entries + 1))
    numbers = range(reading.case.entries, first - 1, -1)
    lines = [reading.dossier.line(n) for n in numbers if reading.dossier.has_entry(n)]
    new = [line for line in lines if line["who"] != reading.caller.who]
    if not new:
        return None
    counts = Counter(line["move"] for line in new)
    firsts = {line["move"]: line["n"] for line in new}
    return EntriesSince(
        last.at,
        frozenset(line["n"] for line in new),
        [(move, n, firsts[move]) for move, n in counts.items()],
        first - 1 - last.entries,
    )

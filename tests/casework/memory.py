"""A case file, an index, queues and meters in memory, behind the same Protocols: for more cases than a local
AWS would bear."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from zlib import crc32

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Conflict, Dossier, Once
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Change, Entry
from chalicelib.domain.roster import Roster
from chalicelib.operations.clockwork import Due
from tests.house import roster


class Memory:
    """Cases by number, their alarms in order by shard. Each case that is looked at is noted; `broken` ones
    cannot be read."""

    def __init__(self, shards: int = 16) -> None:
        self.count = shards
        self.cases: dict[str, Case] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.alarms: list[list[tuple[datetime, str]]] = [[] for _ in range(shards)]
        self.looked: list[tuple[int, datetime, str]] = []
        self.broken: set[str] = set()

    def load(self, ref: str) -> Case:
        """A case."""
        if ref in self.broken:
            raise RuntimeError("broken")
        if ref not in self.cases:
            raise NotFound(ref)
        return self.cases[ref]

    def whole(self, ref: str) -> Dossier:
        """A case with its timeline."""
        return self.opened(self.load(ref))

    def opened(self, case: Case) -> Dossier:
        """The same of a case that is at hand."""
        return Dossier(case, {}, tuple(self.entries[case.ref]))

    def save(self, change: Change, once: Once | None = None) -> Case:
        """Keep a change; the next entry must not exist yet."""
        case = change.case
        if len(self.entries.setdefault(case.ref, [])) != change.entry.n - 1:
            raise Conflict
        self._alarm(change.before, case)
        self.cases[case.ref] = case
        self.entries[case.ref].append(change.entry)
        return case

    def settle(self, case: Case) -> None:
        """Nothing is ever behind here."""

    def caught_up(self, case: Case) -> Case | None:
        """No head is ever older than its timeline here."""
        return None

    def all_split_off(self, ref: str, id: str) -> None:
        """Nobody is split off here."""

    def roster(self) -> Roster:
        """Everybody is on duty."""
        return roster()

    def shards(self) -> range:
        """Every shard."""
        return range(self.count)

    def posted(self, ref: str, post: str) -> tuple[dict[str, object], ...]:
        """Letters are not kept here."""
        return ()

    def oldest(self, shard: int, now: datetime) -> datetime | None:
        """Since when the first of what is due on a shard has been due."""
        return next((at for at, _ in self.alarms[shard][:1] if at <= now), None)

    def walk(self, shard: int, now: datetime) -> Iterator[Due]:
        """What is due on a shard, oldest first."""
        for at, ref in list(self.alarms[shard]):
            if at > now:
                return
            self.looked.append((shard, at, ref))
            yield Due(ref, "CASE", "", at)

    def lock(self, shard: int, owner: str, now: datetime) -> bool:
        """Nobody else walks."""
        return True

    def unlock(self, shard: int, owner: str) -> None:
        """Nobody else walks."""

    def failed(self, due: Due, now: datetime) -> bool:
        """Out of the way at once."""
        return self.park(due, now)

    def park(self, due: Due, now: datetime) -> bool:
        """Out of the way at once."""
        shard = crc32(due.ref.encode()) % self.count
        self.alarms[shard] = [alarm for alarm in self.alarms[shard] if alarm[1] != due.ref]
        return True

    def add(self, case: Case, entries: list[Entry]) -> None:
        """Put a case in its place without a move."""
        self.cases[case.ref], self.entries[case.ref] = case, entries
        self._alarm(None, case)

    def _alarm(self, before: Case | None, case: Case) -> None:
        alarms = self.alarms[crc32(case.ref.encode()) % self.count]
        if before and (was := look_at(before)):
            alarms.remove((was, case.ref))
        if at := look_at(case):
            insort(alarms, (at, case.ref))


class Errands:
    """The queues: walks that were asked for wait here; letters are not sent."""

    def __init__(self) -> None:
        self.walks: list[int] = []

    def nudge(self, ref: str, letters: Iterable[str], posts: Iterable[str] = ()) -> None:
        """Letters are not sent here."""

    def find(self, ref: str, known_by: Iterable[str]) -> None:
        """Nobody asks for a link here."""

    def document(self, ref: str) -> None:
        """Documents are not made here."""

    def walk(self, shard: int) -> None:
        """A walk is asked for."""
        self.walks.append(shard)

    def walk_letters(self, shard: int) -> None:
        """Letters are not sent here."""


class Room:
    """Limits of networks that nobody reaches."""

    def next(self, network: str, text: bool, first: datetime) -> datetime:
        """The turn is at once."""
        return first


class Tally:
    """The meters."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Count one report of a metric."""
        self.counted[name] += 1


class Steady:
    """A clock that always ran, and is never compared with a table's."""

    def beat(self, now: datetime) -> None:
        """Nothing is written down."""

    def beats(self, now: datetime) -> bool:
        """It has just run."""
        return True

    def table_time(self) -> datetime | None:
        """There is no table."""
        return None

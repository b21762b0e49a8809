"""A case file, an index, queues and meters in memory, behind the same Protocols.

They hold more cases than a local AWS could.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from zlib import crc32

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Dossier, NewComplaint, Once, WriteConflict
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Change, Entry, TeamTurns
from chalicelib.domain.roster import Roster
from chalicelib.operations.clockwork import DueRow
from tests.scenario import roster


class Memory:
    """Cases by number, with their alarms in order by shard.

    `looked` records each case that was looked at; the cases in `broken` cannot be read.
    """

    def __init__(self, shards: int = 16) -> None:
        self.count = shards
        self.cases: dict[str, Case] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.alarms: list[list[tuple[datetime, str]]] = [[] for _ in range(shards)]
        self.looked: list[tuple[int, datetime, str]] = []
        self.broken: set[str] = set()

    def load(self, ref: str) -> Case:
        """Return a case; raise `NotFound` for an unknown number."""
        if ref in self.broken:
            raise RuntimeError("broken")
        if ref not in self.cases:
            raise NotFound(ref)
        return self.cases[ref]

    def whole(self, ref: str) -> Dossier:
        """Return a case with its timeline."""
        return self.dossier_of(self.load(ref))

    def dossier_of(self, case: Case) -> Dossier:
        """Return a loaded case with its timeline."""
        return Dossier(case, {}, tuple(self.entries[case.ref]))

    def save(self, change: Change, once: Once | None = None) -> Case:
        """Save a change; raise `Conflict` if its entry exists already."""
        case = change.case
        if len(self.entries.setdefault(case.ref, [])) != change.entry.n - 1:
            raise WriteConflict
        self._alarm(change.before, case)
        self.cases[case.ref] = case
        self.entries[case.ref].append(change.entry)
        return case

    def settle(self, case: Case, by: datetime | None = None) -> None:
        """Do nothing: this index is always up to date."""

    def caught_up(self, case: Case) -> Case | None:
        """Return None: no head here is older than its timeline."""
        return None

    def all_split_off(self, ref: str, id: str) -> None:
        """Do nothing: nobody is split off here."""

    def roster(self) -> Roster:
        """Return the roster in which everybody is on duty."""
        return roster()

    def turns(self, team: str) -> TeamTurns:
        """Return no turns: nothing is assigned by the clock here."""
        return TeamTurns()

    def open_cases(self, who: str) -> int:
        """Return the number of a person's cases, without improvement actions."""
        return sum(case.owner == who and not case.improvement for case in self.cases.values())

    def shards(self) -> range:
        """Return every shard."""
        return range(self.count)

    def posted(self, ref: str, post: str) -> tuple[dict[str, object], ...]:
        """Return no letters: they are not stored here."""
        return ()

    def oldest(self, shard: int, now: datetime) -> datetime | None:
        """Return since when the first due case of a shard has been due, or None."""
        return next((at for at, _ in self.alarms[shard][:1] if at <= now), None)

    def walk(self, shard: int, now: datetime) -> Iterator[DueRow]:
        """Yield the due cases of a shard, oldest first."""
        for at, ref in list(self.alarms[shard]):
            if at > now:
                return
            self.looked.append((shard, at, ref))
            yield DueRow(ref, "CASE", "", at)

    def lock(self, shard: int, owner: str, now: datetime) -> bool:
        """Return True: no other worker walks."""
        return True

    def unlock(self, shard: int, owner: str) -> None:
        """Do nothing: there are no locks."""

    def failed(self, due: DueRow, now: datetime) -> bool:
        """Park the case at the first failure."""
        return self.park(due, now)

    def park(self, due: DueRow, now: datetime) -> bool:
        """Take the case off its shard."""
        shard = crc32(due.ref.encode()) % self.count
        self.alarms[shard] = [alarm for alarm in self.alarms[shard] if alarm[1] != due.ref]
        return True

    def add(self, case: Case, entries: list[Entry]) -> None:
        """Add a case with its entries, without a move."""
        self.cases[case.ref], self.entries[case.ref] = case, entries
        self._alarm(None, case)

    def _alarm(self, before: Case | None, case: Case) -> None:
        alarms = self.alarms[crc32(case.ref.encode()) % self.count]
        if before and (was := look_at(before)):
            alarms.remove((was, case.ref))
        if at := look_at(case):
            insort(alarms, (at, case.ref))


class Errands:
    """The queues: requested walks are stored in `walks`; letters are not sent."""

    def __init__(self) -> None:
        self.walks: list[int] = []

    def nudge(
        self, ref: str, letters: Iterable[str], posts: Iterable[str] = (), filed: NewComplaint | None = None
    ) -> None:
        """Do nothing: letters are not sent here."""

    def find(self, ref: str, known_by: Iterable[str]) -> None:
        """Do nothing: nobody asks for a link here."""

    def document(self, ref: str) -> None:
        """Do nothing: documents are not made here."""

    def walk(self, shard: int) -> None:
        """Record that a walk was requested."""
        self.walks.append(shard)

    def walk_letters(self, shard: int) -> None:
        """Do nothing: letters are not sent here."""


class Room:
    """Limits of networks that are never reached."""

    def next(self, network: str, text: bool, first: datetime) -> datetime:
        """Return the first possible moment: messages never wait."""
        return first


class Tally:
    """Meters that count reports by the metric's name."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Count one report of a metric."""
        self.counted[name] += 1


class Steady:
    """A clock that has always just run.

    There is no table whose time it could be compared with.
    """

    def beat(self, now: datetime) -> None:
        """Do nothing: the heartbeat is not stored."""

    def beats(self, now: datetime) -> bool:
        """Return True: the clock has just run."""
        return True

    def table_time(self) -> datetime | None:
        """Return None: there is no table."""
        return None

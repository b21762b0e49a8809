"""The check of the record: whether each case matches its timeline and the signed lists. It finds changes that
somebody made in the table.

Each hour a worker handles every shard, in runs of at most five minutes. The worker compares the head of each
listed case with its last list, and makes the next list. Then it checks whole cases in three groups. First
come the cases that differ from their list. Then each open case is checked, once a day. All other cases are
checked every 28 days, against the newest list that has them. A row stores how far the check of a shard has
come, so that the next run continues from there.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from datetime import date, datetime
from itertools import chain
from typing import Any, Protocol

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Casework, KeptOther, Newer, Unreadable, work_lists
from chalicelib.cases.dossier import KEPT, Head, OtherRow, Partition
from chalicelib.domain.calendar import DAY, stamp
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.holds import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Entry
from chalicelib.domain.model.codes import Fault, Stage
from chalicelib.domain.moves.integrity import already_noted
from chalicelib.domain.outages import Snapshot, undone
from chalicelib.domain.timeline import chain_faults, digest, letter_digests, line_content
from chalicelib.logs import log
from chalicelib.operations.signed_lists import (
    ROUND,
    TO_THE_HOUR,
    Listed,
    NewestList,
    SignedLists,
    hours_without_list,
)

HAND_ON_MS = 20_000
"""If less time than this is left (milliseconds), a run stops and asks for another run that handles the rest
of the shard."""
MOST_NOTED = 10
"""The maximum number of changed places of a case that one check notes, because two people are notified of
each. A timeline that was changed everywhere has thousands."""
MOST_NEW = 1_000
"""The maximum number of open cases on no list that are remembered until the next list is made."""
NO_LETTERS = digest("", "")
"""The digest of the letters of an entry that causes no letter."""
Found = list[tuple[int, Fault]]
More = Callable[[], bool]


@frozen
class Cursor:
    """How far the check of a shard has come.

    Open cases are checked in rounds. `checked`: when the last complete round began. `began`: when the present
    round began (None: there is none). `after`: the last case that this round has checked. `waiting`: since
    when a case could not be read, by case number.

    All other cases are checked in turns, one for each day (UTC). `turn`: the last day whose turn is complete.
    `listed` and `place`: the daily list that the next turn has come to, and the position in this list
    (`listed` None: the turn has not begun). `new`: open cases found then that are on no list yet.
    """

    checked: datetime
    turn: date
    began: datetime | None = None
    after: str = ""
    listed: date | None = None
    place: int = 0
    waiting: Mapping[str, datetime] = field(default_factory=dict)
    new: tuple[str, ...] = ()


class RecordFile(Protocol):
    """The store of cases, as the check needs it. `partition` reads all rows of a case in one query. `lost`
    returns whether a restore of the table undid a case as a whole."""

    def load(self, ref: str) -> Case: ...
    def partition(self, case: Case) -> Partition: ...
    def renew(self, case: Case) -> None: ...
    def sign(self, unsigned: Iterable[Any]) -> None: ...
    def pool(self, unpooled: Iterable[Any]) -> None: ...
    def heads(self, listed: Mapping[str, tuple[int, str, str]]) -> Mapping[str, Head]: ...
    def has_entry(self, ref: str, entry: int, head: str) -> bool: ...
    def moved_on(self, day: date, shard: int) -> Iterator[str]: ...
    def due_on(self, shard: int) -> Iterator[str]: ...
    def lost(self, ref: str) -> object: ...


class Cursors(Protocol):
    """The store of how far the check of each shard has come. `read` returns None if a shard was never
    checked, or if somebody changed the row."""

    def read(self, shard: int) -> Cursor | None: ...
    def keep(self, shard: int, cursor: Cursor) -> None: ...


class OutageRegister(Protocol):
    """The register of outages. `snapshot` returns its content, or None while the register is in doubt.
    `renew` writes the MACs that an earlier release left out. `doubt` puts the register in doubt."""

    def renew(self, now: datetime) -> None: ...
    def snapshot(self, now: datetime) -> Snapshot | None: ...
    def doubt(self) -> None: ...


@frozen
class Record:
    """The check of all cases against their timelines and the signed lists. `shards` returns the number of
    shards. `held` returns the parts of the system that are stopped. While no case may change, for example
    during a restore, nothing is compared or listed, because the table may not be complete yet."""

    casework: Casework
    file: RecordFile
    register: OutageRegister
    cursors: Cursors
    lists: SignedLists
    shards: Callable[[], int]
    held: Callable[[], Collection[str]] = frozenset

    def hour(self) -> None:
        """Ask for the check of every shard; this is called each hour. Raises Unavailable."""
        for shard in range(self.shards()):
            self.casework.tasks.check(shard)

    def watch(
        self, shard: int, left_ms: Callable[[], int], rest: bool = False, again: bool = False
    ) -> list[str]:
        """Compare the heads of a shard with the last list, and make the next list. Then check its cases while
        time is left. Return the numbers of the cases that somebody changed.

        `left_ms` returns the worker's remaining milliseconds. If time runs out, another run is asked for.
        `rest`: this is that other run, so nothing is compared or listed again. `again`: make the list and
        check all open cases, even if both were done already.
        """
        now, found = self.casework.now(), list[str]()
        if MOVES in self.held():
            return found

        def more() -> bool:
            return left_ms() > HAND_ON_MS

        cursor = self.cursors.read(shard) or Cursor(now - DAY, now.date() - DAY)
        if again and cursor.began is None:
            cursor = replace(cursor, began=now)
        roster = self.lists.roster(shard, now)
        if not rest:
            if shard == 0:
                self._list_register(now)
            suspects, cursor = self._listed(shard, roster, cursor, now, again)
            found += self._checked(suspects, more)
            self._list_days(shard, now, more)
        cursor = self._open(roster, cursor, now, more, found)
        if cursor.began is None:
            cursor = self._others(shard, roster, cursor, now, more, found)
        self.cursors.keep(shard, cursor)
        self.casework.meters.count("RecordHeartbeat")
        late = now - min(cursor.checked, *cursor.waiting.values(), now)
        self.casework.meters.count("RecordOpenLag", late.total_seconds(), "Seconds")
        self.casework.meters.count("RecordOthersLag", (now.date() - cursor.turn).total_seconds(), "Seconds")
        if not more():
            self.casework.tasks.check(shard, rest=True)
        return found

    def _list_register(self, now: datetime) -> None:
        """Compare the register of outages with its last signed list. If they match, store this hour's list.
        If not, put the register in doubt and store no list, so that the last good list stays the newest."""
        self.register.renew(now)
        there, listed = self.register.snapshot(now), self.lists.register(now)
        if listed and (there is None or undone(listed, there)):
            self.register.doubt()
            log.error("the register of outages is not the one that was listed")
            self.casework.meters.count("RecordChanged")
        elif there:
            with suppress(KeptOther):  # another worker has just made it
                self.lists.keep_register(there, now)

    def _listed(
        self, shard: int, roster: NewestList, cursor: Cursor, now: datetime, again: bool
    ) -> tuple[list[tuple[str, Listed | None]], Cursor]:
        """Compare the head of every case of a shard with the last list (`roster`), and store this hour's
        list. Return two values: the cases that differ, each as it was listed (None: it is on no list), and
        the new cursor. All other cases are brought up to date in `roster`. `again`: store a list even if this
        hour has one."""
        cases, changed, suspects = roster.cases, list[Listed](), list[tuple[str, Listed | None]]()
        heads = self.file.heads({one.ref: (one.entries, one.head, one.kept) for one in cases.values()})
        moved, behind = [], list[str]()
        for ref, listed in [*cases.items()]:
            head = heads.get(ref)
            if head is None and self.file.lost(ref):
                del cases[ref]
            elif head is None:
                suspects.append((ref, listed))
            elif head.entries > listed.entries:
                moved.append(ref)
            elif head.entries < listed.entries or head.same is False:
                behind.append(ref)
        for ref in dict.fromkeys((*moved, *behind, *self._unlisted(shard, roster, cursor, now))):
            before = cases.get(ref)
            try:
                case = self.file.load(ref)
            except Newer:
                cursor = replace(cursor, waiting={ref: now, **cursor.waiting})
                continue
            except (NotFound, Unreadable):
                suspects.append((ref, before or Listed(ref, 1, "", "")))
                continue
            restored = before is not None and case.undone(before.head)
            if case.altered or not (restored or (ref not in behind and self._follows(case, before))):
                suspects.append((ref, before))
            else:
                cases[ref] = Listed(ref, case.entries, case.head, case.kept, goes_on(case))
                changed.append(cases[ref])
        hour = roster.at and stamp(roster.at)[:TO_THE_HOUR]
        if again or hour != stamp(now)[:TO_THE_HOUR]:
            missing = hours_without_list(roster.at, now)
            if missing:
                self.casework.meters.count("RecordListMissing", len(missing))
                log.error("hours have no list of heads", extra={"shard": shard, "hours": missing})
            named = changed if roster.today else [one for one in cases.values() if one.open]
            with suppress(KeptOther):  # another worker has just made it
                self.lists.keep_hour(shard, named, not roster.today, missing, now)
        return suspects, replace(cursor, new=())

    def _unlisted(self, shard: int, roster: NewestList, cursor: Cursor, now: datetime) -> Iterator[str]:
        """Yield the numbers of the cases of a shard that are on no list. They come from three sources. First,
        the cases on which a move was taken since the last list. Second, the cases with a time at which the
        clock looks at them. Third, the open cases in `cursor.new`. To hide a new case, an attacker would have
        to remove it from all three sources before its first list."""
        day = roster.at.date() if roster.at else now.date() - DAY
        days = (day + n * DAY for n in range((now.date() - day).days + 1))
        every = chain(*(self.file.moved_on(one, shard) for one in days), self.file.due_on(shard), cursor.new)
        return (ref for ref in every if ref not in roster.cases)

    def _follows(self, case: Case, before: Listed | None) -> bool:
        """Return whether the timeline of a case still has the entry that the list (`before`) names as the
        last one. Return True also if the case already has a note that this entry is missing, or if it is on
        no list (`before` is None)."""
        return (
            before is None
            or self.file.has_entry(case.ref, before.entries, before.head)
            or already_noted(case, before.entries, Fault.LISTED)
        )

    def _checked(self, suspects: Iterable[tuple[str, Listed | None]], more: More) -> Iterator[str]:
        """Check the cases `suspects` while `more` returns true, and yield the numbers of those that somebody
        changed. A case that is not reached is found again by the next comparison."""
        for ref, listed in suspects:
            if not more():
                return
            with suppress(Newer, NotFound):
                if self.check(ref, listed):
                    yield ref

    def _list_days(self, shard: int, now: datetime, more: More) -> None:
        """Make the daily lists that are missing in the last 28 days, while `more` returns true. A day without
        a move gets an empty list too, once the shard has a first list."""
        there = {*self.lists.days(shard, now.date() - ROUND * DAY)}
        for back in range(ROUND, 0, -1):
            day = now.date() - back * DAY
            wanted = there or back == 1 or next(self.file.moved_on(day, shard), None)
            if wanted and day not in there and more():
                with suppress(Newer):  # the next hour tries again
                    self.list_of(day, shard, now)

    def list_of(self, day: date, shard: int, now: datetime) -> list[Listed]:
        """Make, store and return the daily list of a shard. Raises Newer if only a newer release can read one
        of the cases. If the day is more than two days ago, such a case is reported as lost instead."""
        found = []
        for ref in self.file.moved_on(day, shard):
            try:
                case = self.file.load(ref)
            except (NotFound, Unreadable, Newer) as error:
                if isinstance(error, Newer) and now.date() - day <= 2 * DAY:
                    raise
                self._lost(ref, 1, Fault.LISTED)
            else:
                found.append(Listed(ref, case.entries, case.head, case.kept, goes_on(case)))
        with suppress(KeptOther):  # another worker has just made it
            self.lists.keep_day(day, shard, found, now)
        return found

    def _open(
        self, roster: NewestList, cursor: Cursor, now: datetime, more: More, found: list[str]
    ) -> Cursor:
        """Continue the round of open cases while `more` returns true, and return the new cursor. One round
        begins each day (UTC). The numbers of cases that somebody changed are added to `found`."""
        if cursor.began is None and cursor.checked.date() >= now.date():
            return cursor
        began, after = cursor.began or now, cursor.after
        waiting = dict(cursor.waiting)
        for ref in sorted({ref for ref, listed in roster.cases.items() if listed.open} | {*waiting}):
            if ref <= after:
                continue
            if not more():
                return replace(cursor, began=began, after=after, waiting=waiting)
            try:
                if self.check(ref, roster.cases.get(ref)):
                    found.append(ref)
                waiting.pop(ref, None)
            except Newer:
                waiting.setdefault(ref, now)
            except NotFound:
                waiting.pop(ref, None)
            after = ref
        return replace(cursor, checked=began, began=None, after="", waiting=waiting)

    def _others(
        self, shard: int, roster: NewestList, cursor: Cursor, now: datetime, more: More, found: list[str]
    ) -> Cursor:
        """Continue the check of all cases that are not open, while `more` returns true, and return the new
        cursor. Each day (UTC) has a turn: it checks the daily lists that are 28 days old on that day, 56 days
        old, and so on. The numbers of cases that somebody changed are added to `found`."""
        new = [*cursor.new]
        turn = max(cursor.turn, now.date() - ROUND * DAY)
        at, place = cursor.listed, cursor.place
        days = self.lists.days(shard)[::-1] if turn < now.date() else []
        while turn < now.date():
            of_turn = (day for day in days if day <= turn and (turn + DAY - day).days % ROUND == 0)
            for day in of_turn:
                if at and day > at:
                    continue
                start = place if day == at else 0
                for n, listed in enumerate(self.lists.of_day(day, shard)[start:], start):
                    if not more():
                        return replace(cursor, turn=turn, listed=day, place=n, new=(*new[:MOST_NEW],))
                    if listed.ref not in roster.cases and self._newest(listed, new):
                        found.append(listed.ref)
            turn, at, place = turn + DAY, None, 0
        return replace(cursor, turn=turn, listed=None, place=0, new=(*new[:MOST_NEW],))

    def _newest(self, listed: Listed, new: list[str]) -> Found:
        """Check a case of a daily list, and return its changed places; [] if there are none. A case with
        newer entries is not checked, unless its head was changed, because a later list has it too. The number
        of an open case is added to `new`."""
        with suppress(NotFound, Unreadable, Newer):
            case = self.file.load(listed.ref)
            if goes_on(case):
                new.append(listed.ref)
            if case.entries > listed.entries and not case.altered:
                return []
        with suppress(Newer):
            return self.check(listed.ref, listed)
        return []

    def verify(self, day: date, shard: int) -> int:
        """Check all cases of this shard against the daily list of `day`. Return how many of them somebody
        changed from outside."""
        return sum(bool(self.check(listed.ref, listed)) for listed in self.lists.of_day(day, shard))

    def check(self, ref: str, listed: Listed | None = None) -> Found:
        """Check a whole case, and compare it with a list if `listed` is given. Note the changed places on the
        case, and return them; [] if there are none. A case with changed places is read and checked twice,
        because a move may have been saved while it was read. Raises NotFound if no case ever had this
        number."""
        try:
            found = self._faults(ref, listed) and self._faults(ref, listed)
        except NotFound:
            if listed is None:
                raise
            if self.file.lost(ref):
                return []
            return self._lost(ref, listed.entries, Fault.LISTED)
        except Unreadable:
            return self._lost(ref, 1, Fault.HEAD)
        if found:
            case = self.file.load(ref)
            for place in [place for place in found if not already_noted(case, *place)][:MOST_NOTED]:
                case = self.casework.doubt(case, *place)
        return found

    def _lost(self, ref: str, entry: int, fault: Fault) -> Found:
        """Report, by a log line and a metric, that the head of a case is gone or unreadable. Return the
        changed place, which consists of `entry` and `fault`. Nothing is noted on the case, because it cannot
        be loaded."""
        log.error("the head of a case is gone or broken", extra={"ref": ref})
        self.casework.meters.count("RecordChanged")
        return [(entry, fault)]

    def _faults(self, ref: str, listed: Listed | None) -> Found:
        case = self.file.load(ref)
        try:
            partition = self.file.partition(case)
            found = self._compared(case, listed, partition)
            if not found:
                self.file.renew(case)
            if Fault.ROW not in {fault for _, fault in found}:
                self.file.sign(partition.unsigned)
                self.file.pool(partition.unpooled)
            return found
        except (AttributeError, KeyError, TypeError, ValueError):  # a row that no release of ours writes
            return [(1, Fault.ROW)]

    def _compared(self, case: Case, listed: Listed | None, partition: Partition) -> Found:
        entries, letters, others, unproven, *_ = partition
        found = [(case.entries, Fault.HEAD)] if case.altered else []
        found += unproven
        found += [*chain_faults((entry for entry in entries if entry.n <= case.entries), case)]
        listed = None if listed and case.undone(listed.head) else listed
        if listed and not any((entry.n, entry.hash) == (listed.entries, listed.head) for entry in entries):
            found.append((listed.entries, Fault.LISTED))
        elif listed and case.entries == listed.entries and case.kept != listed.kept:
            found.append((case.entries, Fault.HEAD))
        bound = letter_digests(entries, case)
        found += [(n, Fault.ROW) for n in bound if letters.get(n, NO_LETTERS) != bound[n]]
        added = max(letters, default=0) > case.entries or any(entry.n > case.entries for entry in entries)
        filed, seats = _filed(entries), {row.id: row.digest for row in others if row.kind == "SEAT"}
        n, marks = case.listed or (0, {})
        moved = seats != marks if n == case.entries else not seats.keys() <= work_lists(case).keys()
        if added or moved or any(self._strange(case, row, bound, filed) for row in others):
            found.append((1, Fault.ROW))
        return [*dict.fromkeys(found)]

    def _strange(self, case: Case, row: OtherRow, bound: Collection[int], filed: Mapping[str, str]) -> bool:
        """Return whether a row of a case (`row`) contradicts the entries of the case. `filed` holds the
        SHA-256 of each file that an entry names, by id. `bound` holds the entries that contain a digest of
        their letters. Letters of other entries are accepted, because an earlier release stored no such
        digest."""
        kind, id, body, digest = row
        if kind == "PARTY" and not case.erased(id):
            known = {party.id: party for party in case.parties}
            addresses = [body[field] for field in ("phone", "email") if body.get(field)]
            if id not in known or (known[id].kept and known[id].kept != digest):
                return True
            return not all(set(self.casework.lookups(one)) & set(known[id].known_by) for one in addresses)
        if kind in ("LETTER", "POST"):
            return body["entry"] in bound or body["entry"] > case.entries
        if kind in ("WORDS", "SPLIT"):
            return int(id) > case.entries
        if kind == "FILE":
            same = (body["hash"], body["was"]) == (body.get("sha256"), body["state"])
            evidence = id in {piece.file for piece in case.evidence}
            kept = evidence and filed.get(id, body.get("sha256")) == body.get("sha256")
            return not same or (body["state"] == KEPT and not kept)
        return kind not in ("CASE", "SEAT", "PARTY")


def goes_on(case: Case) -> bool:
    """Return whether a person or the clock still has something to do on a case."""
    return case.stage != Stage.CLOSED or look_at(case) is not None


def _filed(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the SHA-256 of each file that became evidence, by id."""
    files = (line_content(entry.line).get("facts", {}).get("file") for entry in entries)
    return {file["id"]: file["sha256"] for file in files if isinstance(file, dict)}

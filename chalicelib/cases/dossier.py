"""A case for reading. The head is read at once, everything else at first use. Only the requested entries and
letters are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, overload

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.declare import MOVES, Take, move_names
from chalicelib.domain.engine.entry_index import contents
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Contents
from chalicelib.domain.model.change import Entry
from chalicelib.domain.model.codes import Fault
from chalicelib.domain.timeline import said_in

Line = tuple[dict[str, Any], dict[str, Any]]
"""A timeline entry as read: its line, which is hashed, and its personal words, which are stored apart."""
Shown = TypeVar("Shown")
AT_ONCE = 100
"""The number of entries in one query, and the maximum for one page."""
FIRST_LOOK = 5
"""The number of a move's entries to read first in a search for the last match, which is usually among
them."""


class OtherRow(NamedTuple):
    """A row of a case that is not a timeline entry: kind, id, content, and salted digest. For a work list row
    the digest is the mark in the head."""

    kind: str
    id: str
    body: Mapping[str, Any]
    digest: str


class Partition(NamedTuple):
    """All stored rows of a case: the timeline with all words; the digest of each entry's letters by entry
    number; the other rows; the places where a row lacks its MAC; the letters that may still lack it."""

    entries: Sequence[Entry]
    letters: Mapping[int, str]
    others: Sequence[OtherRow]
    unproven: Sequence[tuple[int, Fault]] = ()
    unsigned: Sequence[Any] = ()


class Head(NamedTuple):
    """A brief check of a head: its number of entries, and whether its MAC equals that of the listed head.
    None means that it has no MAC."""

    entries: int
    same: bool | None


class LazyMapping(Mapping[str, Any]):
    """A mapping that reads its content at first use."""

    def __init__(self, read: Callable[[], Mapping[str, Any]]) -> None:
        self._read = read

    @cached_property
    def _all(self) -> Mapping[str, Any]:
        return self._read()

    def __getitem__(self, key: str) -> Any:
        return self._all[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


KEPT = "kept"
"""The state of a checked file that is evidence."""
IN_HAND = frozenset({KEPT, "expected", "scanning"})
"""The states of files that are evidence or may become evidence."""
UNREAD: Mapping[str, Any] = {
    "move": "",
    "who": "",
    "role": "",
    "at": "1970-01-01T00:00:00Z",
    "facts": {},
    "words": {},
}
"""The replacement for a line that was deleted or made unreadable in the table: an empty move, no actor. The
rest of the case stays readable, and the check of the record reports the place."""


class Entries(Sequence[Entry]):
    """The timeline. Each entry is read once, at first use. `read` returns the existing entries by number, in
    any order."""

    def __init__(self, count: int, read: Callable[[Sequence[int]], Iterable[Entry]]) -> None:
        self._count, self._read, self._known = count, read, dict[int, Entry]()

    def prefetch(self, numbers: Iterable[int]) -> None:
        """Read the unread entries of these numbers in one query."""
        unread = sorted({n for n in numbers if 1 <= n <= self._count} - self._known.keys())
        there = {entry.n: entry for entry in self._read(unread)} if unread else {}
        self._known |= {n: there.get(n) or Entry(n, "", "", {}) for n in unread}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, at: int | slice) -> Entry | tuple[Entry, ...]:
        numbers = range(1, self._count + 1)[at]
        self.prefetch(numbers if isinstance(numbers, range) else [numbers])
        return (
            tuple(map(self._known.__getitem__, numbers))
            if isinstance(numbers, range)
            else self._known[numbers]
        )

    def __iter__(self) -> Iterator[Entry]:
        for start in range(0, self._count, AT_ONCE):
            yield from self[start : start + AT_ONCE]


class Letters(Sequence[Mapping[str, Any]]):
    """The letters, in the order of creation. `newest` reads the last letters before an id, the newest first;
    `by_id` reads letters by id."""

    def __init__(
        self,
        newest: Callable[[str, int | None], Iterable[Mapping[str, Any]]],
        by_id: Callable[[Collection[str]], Iterable[Mapping[str, Any]]],
    ) -> None:
        self._newest, self._by_id, self._known = newest, by_id, dict[str, Mapping[str, Any]]()

    @cached_property
    def _all(self) -> Sequence[Mapping[str, Any]]:
        return [*self._newest("", None)][::-1]

    def newest(self, limit: int, before: str = "") -> list[Mapping[str, Any]]:
        """Return the newest letters, or the newest before a letter id."""
        found = [*self._newest(before, limit)]
        self._known |= {row["id"]: row for row in found}
        return found

    def prefetch(self, ids: Iterable[str]) -> None:
        """Read the unread letters of these ids in one query."""
        unread = {*ids} - self._known.keys()
        self._known |= {row["id"]: row for row in self._by_id(unread)} if unread else {}

    def get(self, id: str) -> Mapping[str, Any] | None:
        """Return one letter; None for an unknown id."""
        self.prefetch([id])
        return self._known.get(id)

    def __getitem__(self, n: Any) -> Any:
        return self._all[n]

    def __len__(self) -> int:
        return len(self._all)


def no_letters() -> Letters:
    """Return an empty list of letters, for readers that need none."""
    return Letters(lambda before, limit: (), lambda ids: ())


@frozen
class Dossier:
    """The readable parts of a case: head, personal rows by party, timeline, letters, files by id. `same`
    returns whether a person's row matches the digest in the head."""

    case: Case
    people: Mapping[str, Mapping[str, Any]]
    entries: Sequence[Entry]
    letters: Letters = field(default_factory=no_letters)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    same: Callable[[str], bool] = field(default=lambda id: True, compare=False)
    _known: dict[int, Line] = field(default_factory=dict, repr=False, compare=False)
    _lines: dict[int, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def sent(self, by: Collection[str], since: datetime) -> Iterator[Mapping[str, Any]]:
        """Yield the files that these people declared since a moment, the oldest first, without rejected ones.
        `state` tells checked files from pending ones."""
        for file in sorted(self.files.values(), key=itemgetter("at")):
            if file["by"].get("party") in by and instant(file["at"]) >= since and file["state"] in IN_HAND:
                yield file

    def after(self, case: Case, entry: Entry) -> Dossier:
        """Return the dossier with one more, unwritten entry."""

        def read(numbers: Sequence[int]) -> Iterator[Entry]:
            return (entry if n == entry.n else self.entries[n - 1] for n in numbers)

        return replace(self, case=case, entries=Entries(entry.n, read), _known={}, _lines={})

    def prefetch(self, numbers: Iterable[int]) -> None:
        """Read these entries in one query."""
        if isinstance(self.entries, Entries):
            self.entries.prefetch(numbers)

    def entry(self, n: int) -> Line:
        """Return the line and the words of entry `n`."""
        if n not in self._known:
            self._known[n] = self.line(n), words_in(self.entries[n - 1].words)
        return self._known[n]

    def line(self, n: int) -> dict[str, Any]:
        """Return the line of entry `n`, without its long words."""
        if n not in self._lines:
            self._lines[n] = {"n": n, **UNREAD, **said_in(self.entries[n - 1].line)}
        return self._lines[n]

    def brief(self, n: int) -> tuple[dict[str, Any], dict[str, Any], bool]:
        """Return the line of entry `n`, its words, shortened if long, and whether they are shortened."""
        entry = self.entries[n - 1]
        return (
            self.line(n),
            words_in(entry.words if entry.brief is None else entry.brief),
            entry.brief is not None,
        )

    @cached_property
    def contents(self) -> Contents:
        """Return the index of entries by move from the head. For an old head without the index, read the
        whole timeline."""
        return self.case.contents or contents(
            self.line(entry.n) for entry in self.entries if self.has_entry(entry.n)
        )

    def numbers(self, *moves: Take, until: int | None = None, granted: bool = False) -> list[int]:
        """Return the ascending entry numbers of these moves, as far back as the head keeps them. With
        `granted`, include the approvals by which one of them was taken. Only moves with indexed entries
        (`kept`) are allowed; AssertionError otherwise."""
        names = move_names(*moves)
        assert all(MOVES[name].kept for name in names), names
        kept = (self.contents.entries, *([self.contents.granted] if granted else []))
        found = {n for of in kept for name in names for n in of.get(name, ())}
        return sorted(n for n in found if until is None or n <= until)

    def of(self, *moves: Take, until: int | None = None, granted: bool = False) -> list[tuple[int, Line]]:
        """Return the entries of these moves with their numbers. The arguments are those of `numbers`."""
        return self._entries_of(self.numbers(*moves, until=until, granted=granted))

    def granting(self, move: str) -> list[tuple[int, Line]]:
        """Return the approval entries by which this move was taken, with their numbers."""
        return self._entries_of(self.contents.granted.get(move, ()))

    def _entries_of(self, numbers: Sequence[int]) -> list[tuple[int, Line]]:
        self.prefetch(numbers)
        return [(n, self.entry(n)) for n in numbers if self.has_entry(n)]

    def has_entry(self, n: int) -> bool:
        """Return whether entry `n` exists and is readable."""
        return 1 <= n <= len(self.entries) and self.line(n)["move"] != UNREAD["move"]

    def last(
        self,
        *moves: Take,
        until: int | None = None,
        fits: Callable[[dict[str, Any]], object] = lambda line: True,
    ) -> int:
        """Return the number of the last entry of these moves whose line fits; 0 without one."""
        numbers = self.numbers(*moves, until=until)[::-1]
        for some in (numbers[:FIRST_LOOK], numbers[FIRST_LOOK:]):
            self.prefetch(some)
            if found := next((n for n in some if self.has_entry(n) and fits(self.line(n))), 0):
                return found
        return 0

    def latest(self, *moves: Take) -> dict[str, Any] | None:
        """Return the line of the last entry of these moves; None without one."""
        n = self.last(*moves)
        return self.line(n) if n else None

    def page(
        self, show: Callable[[int], Shown | None], limit: int, before: int | None = None
    ) -> tuple[list[Shown], int | None]:
        """Return a timeline page, the newest entry first, and the entry before which the next page begins
        (None for the last page). `show` renders an entry, or returns None to omit it. At most `AT_ONCE`
        entries are read, so a page may hold fewer than `limit`."""
        n = top = min(before or len(self.entries) + 1, len(self.entries) + 1)
        found: list[Shown] = []
        while n > 1 and len(found) < limit and top - n < AT_ONCE:
            some = range(max(n - limit, 1), n)
            self.prefetch(some)
            facts = [self.line(each)["facts"] for each in some]
            self.prefetch(one["asked_in"] for one in facts if "asked_in" in one)
            self.letters.prefetch(one["telling"] for one in facts if "telling" in one)
            for n in reversed(some):
                if self.has_entry(n) and (shown := show(n)) is not None:
                    found.append(shown)
                if len(found) == limit:
                    break
        return found, n if n > 1 else None


class Said(Mapping[int, Mapping[str, Any]]):
    """The personal words of a case's entries by number, each read at first use."""

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier

    def __getitem__(self, n: int) -> Mapping[str, Any]:
        if not 1 <= n <= len(self):
            raise KeyError(n)
        return self._dossier.entry(n)[1]

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(self) + 1))

    def __len__(self) -> int:
        return len(self._dossier.entries)


def words_in(stored: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return an entry's words from their stored form, without erased ones."""
    return {name: json.loads(words) for name, (_, words) in stored.items()}

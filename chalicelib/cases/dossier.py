"""The dossier: all that is stored of a case, for reading. Its head is read at once. All other parts are read
at first use, and only those entries and letters that are asked for."""

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
from chalicelib.domain.model.change import Change, Entry
from chalicelib.domain.model.codes import Fault
from chalicelib.domain.timeline import line_content

Line = tuple[dict[str, Any], dict[str, Any]]
"""A timeline entry as read, in two parts: its line, which the hash covers, and its free text. The free text
is stored apart, so that it can be erased."""
Shown = TypeVar("Shown")
AT_ONCE = 100
"""The maximum number of entries in one query, and on one page."""
FIRST_LOOK = 5
"""How many of the newest entries of a move are read first when the last one that meets a condition is
searched, because it is usually among them."""


class OtherRow(NamedTuple):
    """A row of a case that is not a timeline entry. `kind` and `id`: what the row holds, such as `PARTY` and
    the party id. `body`: its content. `digest`: its salted digest; for a row of a work list, the shortened
    digest that the head also stores."""

    kind: str
    id: str
    body: Mapping[str, Any]
    digest: str


class Partition(NamedTuple):
    """All stored rows of a case. `entries`: the timeline with all free text. `letters`: the digest of the
    letters of each entry, by entry number. `others`: all other rows. `unproven`: number and fault of each
    entry with a missing or wrong MAC. `unsigned`: rows of letters that may lack their MAC. `unpooled`: rows
    of work lists that lack their place in the index of waiting lines."""

    entries: Sequence[Entry]
    letters: Mapping[int, str]
    others: Sequence[OtherRow]
    unproven: Sequence[tuple[int, Fault]] = ()
    unsigned: Sequence[Any] = ()
    unpooled: Sequence[Any] = ()


class Head(NamedTuple):
    """The result of comparing a head with a signed list. `entries`: the number of entries in the head.
    `same`: whether the head matches the list. None if the head has no MAC, but the listed entry is
    unchanged."""

    entries: int
    same: bool | None


class LazyMapping(Mapping[str, Any]):
    """A mapping whose content the function `read` returns. It is read at first use."""

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
"""The states of files that are evidence or may still become evidence."""
UNREAD: Mapping[str, Any] = {
    "move": "",
    "who": "",
    "role": "",
    "at": "1970-01-01T00:00:00Z",
    "facts": {},
    "words": {},
}
"""The content that is shown for an entry that somebody deleted or made unreadable in the table. It names no
move and no actor. It is needed so that the rest of the case stays readable. The check of the record reports
such an entry."""


class Entries(Sequence[Entry]):
    """The timeline of a case: a sequence of `count` entries. Each entry is read once, at first use. `read`
    takes entry numbers and returns those of the entries that exist, in any order."""

    def __init__(self, count: int, read: Callable[[Sequence[int]], Iterable[Entry]]) -> None:
        self._count, self._read, self._known = count, read, dict[int, Entry]()

    def prefetch(self, numbers: Iterable[int]) -> None:
        """Read the entries with these numbers in one query, except those read already."""
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
        if isinstance(numbers, range):
            self.prefetch(numbers)
            return tuple(map(self._known.__getitem__, numbers))
        if numbers not in self._known:
            self.prefetch([numbers])
        return self._known[numbers]

    def __iter__(self) -> Iterator[Entry]:
        for start in range(0, self._count, AT_ONCE):
            yield from self[start : start + AT_ONCE]


class Letters(Sequence[Mapping[str, Any]]):
    """The letters of a case: a sequence, the oldest first. `newest` takes a letter id and a limit. It returns
    at most so many letters older than that id, the newest first; for an empty id, the newest letters. `by_id`
    takes letter ids and returns the letters."""

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
        """Return at most `limit` letters, the newest first. With `before`, return only letters older than the
        letter with this id."""
        found = [*self._newest(before, limit)]
        self._known |= {row["id"]: row for row in found}
        return found

    def prefetch(self, ids: Iterable[str]) -> None:
        """Read the letters with these ids in one query, except those read already."""
        unread = {*ids} - self._known.keys()
        self._known |= {row["id"]: row for row in self._by_id(unread)} if unread else {}

    def get(self, id: str) -> Mapping[str, Any] | None:
        """Return the letter with this id; None if unknown."""
        self.prefetch([id])
        return self._known.get(id)

    def __getitem__(self, n: Any) -> Any:
        return self._all[n]

    def __len__(self) -> int:
        return len(self._all)


def no_letters() -> Letters:
    """Return an empty sequence of letters, for code that reads a case without its letters."""
    return Letters(lambda before, limit: (), lambda ids: ())


@frozen
class Dossier:
    """All that is stored of a case, for reading. `case`: its head. `people`: the personal data by party id.
    `entries`: the timeline. `files`: the files by id. `same`: a function that returns whether the personal
    data of a party still match their digest in the head. `past`: a function that returns the case as it was
    after the entry with this number. It returns None if that state is not stored, or if somebody changed it
    in the table. Only the states after moves that owe letters to parties are stored."""

    case: Case
    people: Mapping[str, Mapping[str, Any]]
    entries: Sequence[Entry]
    letters: Letters = field(default_factory=no_letters)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    same: Callable[[str], bool] = field(default=lambda id: True, compare=False)
    past: Callable[[int], Case | None] = field(default=lambda n: None, compare=False)
    _known: dict[int, Line] = field(default_factory=dict, repr=False, compare=False)
    _lines: dict[int, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def sent(self, by: Collection[str], since: datetime) -> Iterator[Mapping[str, Any]]:
        """Yield the files that the parties with the ids `by` declared since a moment, the oldest first.
        Rejected files are left out. The `state` of a file tells whether the file is checked."""
        for file in sorted(self.files.values(), key=itemgetter("at")):
            if file["by"].get("party") in by and instant(file["at"]) >= since and file["state"] in IN_HAND:
                yield file

    def after(self, change: Change) -> Dossier:
        """Return the dossier as it will be once this change is saved."""
        entry = change.entry

        def read(numbers: Sequence[int]) -> Iterator[Entry]:
            return (entry if n == entry.n else self.entries[n - 1] for n in numbers)

        people = LazyMapping(lambda: {**self.people, **change.people}) if change.people else self.people
        entries = Entries(entry.n, read)
        return replace(self, case=change.case, people=people, entries=entries, _known={}, _lines={})

    def prefetch(self, numbers: Iterable[int]) -> None:
        """Read the entries with these numbers in one query, so that later uses of these entries need none."""
        if isinstance(self.entries, Entries):
            self.entries.prefetch(numbers)

    def entry(self, n: int) -> Line:
        """Return entry `n` as two texts: its line, which is all except its free text, and its free text."""
        if n not in self._known:
            self._known[n] = self.line(n), words_in(self.entries[n - 1].words)
        return self._known[n]

    def line(self, n: int) -> dict[str, Any]:
        """Return the line of entry `n`: all of the entry except its free text."""
        if n not in self._lines:
            self._lines[n] = {"n": n, **UNREAD, **line_content(self.entries[n - 1].line)}
        return self._lines[n]

    def brief(self, n: int) -> tuple[dict[str, Any], dict[str, Any], bool]:
        """Return three values for entry `n`: its line, its free text, and whether the text is shortened
        because it is long."""
        entry = self.entries[n - 1]
        return (
            self.line(n),
            words_in(entry.words if entry.brief is None else entry.brief),
            entry.brief is not None,
        )

    @cached_property
    def contents(self) -> Contents:
        """The entry numbers of each move, by the name of the move, as the head holds them. If an earlier
        release wrote a head without them, the whole timeline is read."""
        return self.case.contents or contents(
            self.line(entry.n) for entry in self.entries if self.has_entry(entry.n)
        )

    def numbers(self, *moves: Take, until: int | None = None, granted: bool = False) -> list[int]:
        """Return the numbers of the entries of these moves, ascending, up to entry `until`. With `granted`,
        include the entries of approvals that let one of the moves happen. Raises AssertionError for a move
        whose entries the head does not list."""
        names = move_names(*moves)
        assert all(MOVES[name].kept for name in names), names
        kept = (self.contents.entries, *([self.contents.granted] if granted else []))
        found = {n for of in kept for name in names for n in of.get(name, ())}
        return sorted(n for n in found if until is None or n <= until)

    def of(self, *moves: Take, until: int | None = None, granted: bool = False) -> list[tuple[int, Line]]:
        """Return the entries of these moves, each with its number. The arguments are those of `numbers`."""
        return self._entries_of(self.numbers(*moves, until=until, granted=granted))

    def granting(self, move: str) -> list[tuple[int, Line]]:
        """Return the entries of the approvals that let this move happen, each with its number."""
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
        """Return the number of the last entry of these moves, up to entry `until`; 0 if there is none. `fits`
        takes an entry without its free text; only entries for which it returns true count."""
        numbers = self.numbers(*moves, until=until)[::-1]
        for some in (numbers[:FIRST_LOOK], numbers[FIRST_LOOK:]):
            self.prefetch(some)
            if found := next((n for n in some if self.has_entry(n) and fits(self.line(n))), 0):
                return found
        return 0

    def latest(self, *moves: Take) -> dict[str, Any] | None:
        """Return the last entry of these moves, without its free text; None if there is none."""
        n = self.last(*moves)
        return self.line(n) if n else None

    def page(
        self, show: Callable[[int], Shown | None], limit: int, before: int | None = None
    ) -> tuple[list[Shown], int | None]:
        """Return a page of the timeline, the newest entry first, and the number for the next page (None: this
        is the last). The page begins with the entry before number `before`; None: with the newest entry.

        `show` takes an entry number and returns what to show of the entry. It returns None to leave the entry
        out. At most `AT_ONCE` entries are read, so a page may have fewer than `limit`.
        """
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


class PersonalWords(Mapping[int, Mapping[str, Any]]):
    """The free text of a case's entries, by entry number. Each text is read at first use."""

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
    """Return the free text of an entry by field, without erased fields. `stored` holds for each field a
    random salt and the text as JSON."""
    return {name: json.loads(words) for name, (_, words) in stored.items()}

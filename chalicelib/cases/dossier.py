"""A case as it is read. Its head is read at once, everything else when it is first used; of the timeline and
the letters only those that are asked for are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, overload

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.declare import MOVES, Take, named
from chalicelib.domain.engine.entry_index import contents
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Contents
from chalicelib.domain.model.change import Entry
from chalicelib.domain.model.codes import Fault
from chalicelib.domain.timeline import said_in

Line = tuple[dict[str, Any], dict[str, Any]]
"""A timeline entry as it is read: its line (what is hashed), and the personal words that lie beside it."""
Shown = TypeVar("Shown")
AT_ONCE = 100
"""How many entries are read in one query when all of them are needed, and at most for one page."""
FIRST_LOOK = 5
"""How many entries of a move are read first when the last one that fits is looked for: it is nearly always
among them."""


class OtherRow(NamedTuple):
    """A row in the partition of a case that is not a timeline entry: its kind, its id, its content, and the
    salted digest of that; of a row of a work list the mark that the head keeps of it."""

    kind: str
    id: str
    body: Mapping[str, Any]
    digest: str


class Partition(NamedTuple):
    """Everything that is kept of a case: its timeline with all words; by the number of an entry the digest of
    the letters that were written with it; the other rows; and the places at which a row lacks the MAC that a
    release of ours gave it."""

    entries: Sequence[Entry]
    letters: Mapping[int, str]
    others: Sequence[OtherRow]
    unproven: Sequence[tuple[int, Fault]] = ()


class Head(NamedTuple):
    """A quick look at a head: how many entries it has, and whether its MAC is that of the head that was
    listed, whose last entry stands (None: it has no MAC)."""

    entries: int
    same: bool | None


class LazyMapping(Mapping[str, Any]):
    """A mapping that is read from the table when it is first used."""

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
"""The state of a file that was checked and is evidence."""
IN_HAND = frozenset({KEPT, "expected", "scanning"})
"""The states of files that are evidence or may become it."""
UNREAD: Mapping[str, Any] = {
    "move": "",
    "who": "",
    "role": "",
    "at": "1970-01-01T00:00:00Z",
    "facts": {},
    "words": {},
}
"""The line that is shown in place of one that somebody deleted in the table or made unreadable: no move, by
nobody. The rest of the case can still be read, and the check of the record names the place (issue 14)."""


class Entries(Sequence[Entry]):
    """The timeline; an entry is read when it is first used, and only once. `read` gives entries by their
    numbers, in any order, without those that are not there."""

    def __init__(self, count: int, read: Callable[[Sequence[int]], Iterable[Entry]]) -> None:
        self._count, self._read, self._known = count, read, dict[int, Entry]()

    def ahead(self, numbers: Iterable[int]) -> None:
        """Read those of these entries that have not been read yet, together."""
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
        self.ahead(numbers if isinstance(numbers, range) else [numbers])
        return (
            tuple(map(self._known.__getitem__, numbers))
            if isinstance(numbers, range)
            else self._known[numbers]
        )

    def __iter__(self) -> Iterator[Entry]:
        for start in range(0, self._count, AT_ONCE):
            yield from self[start : start + AT_ONCE]


class Letters(Sequence[Mapping[str, Any]]):
    """The letters, in the order in which they were owed. `newest` reads the last ones before an id, the
    newest first; `named` reads them by their ids."""

    def __init__(
        self,
        newest: Callable[[str, int | None], Iterable[Mapping[str, Any]]],
        named: Callable[[Collection[str]], Iterable[Mapping[str, Any]]],
    ) -> None:
        self._newest, self._named, self._known = newest, named, dict[str, Mapping[str, Any]]()

    @cached_property
    def _all(self) -> Sequence[Mapping[str, Any]]:
        return [*self._newest("", None)][::-1]

    def newest(self, limit: int, before: str = "") -> list[Mapping[str, Any]]:
        """The newest letters, or those before the letter with a certain id."""
        found = [*self._newest(before, limit)]
        self._known |= {row["id"]: row for row in found}
        return found

    def ahead(self, ids: Iterable[str]) -> None:
        """Read those of these letters that have not been read yet, together."""
        unread = {*ids} - self._known.keys()
        self._known |= {row["id"]: row for row in self._named(unread)} if unread else {}

    def get(self, id: str) -> Mapping[str, Any] | None:
        """One letter; None where there is none of this id."""
        self.ahead([id])
        return self._known.get(id)

    def __getitem__(self, n: Any) -> Any:
        return self._all[n]

    def __len__(self) -> int:
        return len(self._all)


def no_letters() -> Letters:
    """The letters of a case for which none are needed."""
    return Letters(lambda before, limit: (), lambda ids: ())


@frozen
class Dossier:
    """Everything on a case that people may read: head, personal rows by party, timeline, letters, files by
    their ids. `same` says whether the row of a person is the one of which the head holds a digest."""

    case: Case
    people: Mapping[str, Mapping[str, Any]]
    entries: Sequence[Entry]
    letters: Letters = field(default_factory=no_letters)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    same: Callable[[str], bool] = field(default=lambda id: True, compare=False)
    _known: dict[int, Line] = field(default_factory=dict, repr=False, compare=False)
    _lines: dict[int, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def sent(self, by: Collection[str], since: datetime) -> Iterator[Mapping[str, Any]]:
        """The files that these people have declared since a moment, the first one first, but for those that
        were not taken in; `state` says whether one is kept or still on its way."""
        for file in sorted(self.files.values(), key=itemgetter("at")):
            if file["by"].get("party") in by and instant(file["at"]) >= since and file["state"] in IN_HAND:
                yield file

    def after(self, case: Case, entry: Entry) -> Dossier:
        """The dossier with one more entry that has not been written."""

        def read(numbers: Sequence[int]) -> Iterator[Entry]:
            return (entry if n == entry.n else self.entries[n - 1] for n in numbers)

        return replace(self, case=case, entries=Entries(entry.n, read), _known={}, _lines={})

    def ahead(self, numbers: Iterable[int]) -> None:
        """Read these entries together, so that several cost one query."""
        if isinstance(self.entries, Entries):
            self.entries.ahead(numbers)

    def entry(self, n: int) -> Line:
        """The line and the words of entry `n`."""
        if n not in self._known:
            self._known[n] = self.line(n), words_in(self.entries[n - 1].words)
        return self._known[n]

    def line(self, n: int) -> dict[str, Any]:
        """The line of entry `n`; long words of it are not read."""
        if n not in self._lines:
            self._lines[n] = {"n": n, **UNREAD, **said_in(self.entries[n - 1].line)}
        return self._lines[n]

    def brief(self, n: int) -> tuple[dict[str, Any], dict[str, Any], bool]:
        """The line of entry `n`, its words cut short where they are long, and whether they are."""
        entry = self.entries[n - 1]
        return (
            self.line(n),
            words_in(entry.words if entry.brief is None else entry.brief),
            entry.brief is not None,
        )

    @cached_property
    def contents(self) -> Contents:
        """Which moves stand in which entries, as the head keeps it; read from the whole timeline where an old
        head does not."""
        return self.case.contents or contents(
            self.line(entry.n) for entry in self.entries if self.stands(entry.n)
        )

    def numbers(self, *moves: Take, until: int | None = None, granted: bool = False) -> list[int]:
        """The numbers of the entries of these moves, in ascending order, as far back as the head keeps them.
        With `granted`, also of the approvals by which one of them was taken. Raises KeyError for a move whose
        entries the head does not keep."""
        names = named(*moves)
        assert all(MOVES[name].kept for name in names), names
        kept = (self.contents.entries, *([self.contents.granted] if granted else []))
        found = {n for of in kept for name in names for n in of.get(name, ())}
        return sorted(n for n in found if until is None or n <= until)

    def of(self, *moves: Take, until: int | None = None, granted: bool = False) -> list[tuple[int, Line]]:
        """The entries of these moves, each with its number; the arguments are those of `numbers`."""
        return self._entries_of(self.numbers(*moves, until=until, granted=granted))

    def granting(self, move: str) -> list[tuple[int, Line]]:
        """The entries of the approvals by which this move was taken, each with its number."""
        return self._entries_of(self.contents.granted.get(move, ()))

    def _entries_of(self, numbers: Sequence[int]) -> list[tuple[int, Line]]:
        self.ahead(numbers)
        return [(n, self.entry(n)) for n in numbers if self.stands(n)]

    def stands(self, n: int) -> bool:
        """Whether there is an entry `n`, and it can be read."""
        return 1 <= n <= len(self.entries) and self.line(n)["move"] != UNREAD["move"]

    def last(
        self,
        *moves: Take,
        until: int | None = None,
        fits: Callable[[dict[str, Any]], object] = lambda line: True,
    ) -> int:
        """The number of the last entry of these moves whose line fits; 0 when there is none."""
        numbers = self.numbers(*moves, until=until)[::-1]
        for some in (numbers[:FIRST_LOOK], numbers[FIRST_LOOK:]):
            self.ahead(some)
            if found := next((n for n in some if self.stands(n) and fits(self.line(n))), 0):
                return found
        return 0

    def latest(self, *moves: Take) -> dict[str, Any] | None:
        """The line of the last entry of these moves; None without one."""
        n = self.last(*moves)
        return self.line(n) if n else None

    def page(
        self, show: Callable[[int], Shown | None], limit: int, before: int | None = None
    ) -> tuple[list[Shown], int | None]:
        """A page of the timeline, the newest entry first, as `show` gives each (None: it is left out), and
        the entry before which the next page begins (None: this page was the last). At most `AT_ONCE` entries
        are read: a page may hold fewer than `limit` where most are not shown."""
        n = top = min(before or len(self.entries) + 1, len(self.entries) + 1)
        found: list[Shown] = []
        while n > 1 and len(found) < limit and top - n < AT_ONCE:
            some = range(max(n - limit, 1), n)
            self.ahead(some)
            facts = [self.line(each)["facts"] for each in some]
            self.ahead(one["asked_in"] for one in facts if "asked_in" in one)
            self.letters.ahead(one["telling"] for one in facts if "telling" in one)
            for n in reversed(some):
                if self.stands(n) and (shown := show(n)) is not None:
                    found.append(shown)
                if len(found) == limit:
                    break
        return found, n if n > 1 else None


class Said(Mapping[int, Mapping[str, Any]]):
    """The words of a case's entries by their numbers, each read when it is first used."""

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


def words_in(kept: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """The words of an entry from the form in which they are kept beside its line; erased ones are left
    out."""
    return {name: json.loads(words) for name, (_, words) in kept.items()}

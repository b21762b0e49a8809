"""A case as it is read: its head at once, everything else when it is named, and of the timeline and the
letters only what is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, overload

from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Entry
from chalicelib.domain.model.contents import KEPT, Contents, contents
from chalicelib.domain.timeline import said_in

Line = tuple[dict[str, Any], dict[str, Any]]
"""A timeline entry as it is read: its line and its words."""
Shown = TypeVar("Shown")
AT_ONCE = 100
"""So many entries are read in one go where somebody reads them all, and so many at most for one page."""
FIRST_LOOK = 5
"""So many entries of a move are read first where the last that fits is sought: it is nearly always among
them."""


class Beside(NamedTuple):
    """A row in the partition of a case that is no entry: what it is, its id, what it holds, and the salted
    digest of that."""

    kind: str
    id: str
    body: Mapping[str, Any]
    digest: str


class Partition(NamedTuple):
    """Everything that is kept of a case: its timeline with all words; by the number of an entry the digest of
    the letters that were written with it; the other rows."""

    entries: Sequence[Entry]
    letters: Mapping[int, str]
    others: Sequence[Beside]


class Read(Mapping[str, Any]):
    """A mapping that is read when it is first looked at."""

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


class Files(Sequence[Mapping[str, Any]]):
    """The rows of the files, read when they are first looked at."""

    def __init__(self, read: Callable[[], Sequence[Mapping[str, Any]]]) -> None:
        self._read = read

    @cached_property
    def _all(self) -> Sequence[Mapping[str, Any]]:
        return self._read()

    def __getitem__(self, n: Any) -> Any:
        return self._all[n]

    def __len__(self) -> int:
        return len(self._all)


UNREAD: Mapping[str, Any] = {
    "move": "",
    "who": "",
    "role": "",
    "at": "1970-01-01T00:00:00Z",
    "facts": {},
    "words": {},
}
"""What stands for a line that somebody deleted or made unreadable in the table: nothing that was done, by
nobody. The rest of the case is read all the same, and the check of the record names the place (issue 14)."""


class Entries(Sequence[Entry]):
    """The timeline, of which only what is named is read, and once. `read` reads entries by their numbers, in
    whatever order; one that is not there says nothing."""

    def __init__(self, count: int, read: Callable[[Sequence[int]], Iterable[Entry]]) -> None:
        self._count, self._read, self._known = count, read, dict[int, Entry]()

    def ahead(self, numbers: Iterable[int]) -> None:
        """Read these entries in one go, as far as they are not known."""
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
        """The newest letters, or the next older ones before one of them."""
        found = [*self._newest(before, limit)]
        self._known |= {row["id"]: row for row in found}
        return found

    def ahead(self, ids: Iterable[str]) -> None:
        """Read these letters in one go, as far as they are not known."""
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
    """Of a case whose letters nobody reads."""
    return Letters(lambda before, limit: (), lambda ids: ())


@dataclass(frozen=True)
class Dossier:
    """Everything on a case that people may read: head, personal rows by party, timeline, letters, files."""

    case: Case
    people: Mapping[str, Mapping[str, Any]]
    entries: Sequence[Entry]
    letters: Letters = field(default_factory=no_letters)
    files: Sequence[Mapping[str, Any]] = ()
    _said: dict[int, Line] = field(default_factory=dict, repr=False, compare=False)

    def after(self, case: Case, entry: Entry) -> Dossier:
        """The dossier as it would be with one more entry, which is not written."""

        def read(numbers: Sequence[int]) -> Iterator[Entry]:
            return (entry if n == entry.n else self.entries[n - 1] for n in numbers)

        return replace(self, case=case, entries=Entries(entry.n, read), _said={})

    def ahead(self, numbers: Iterable[int]) -> None:
        """Read these entries in one go: whoever names several pays for one reading."""
        if isinstance(self.entries, Entries):
            self.entries.ahead(numbers)

    def said(self, n: int) -> Line:
        """The line and the words of entry `n`."""
        if n not in self._said:
            self._said[n] = self.line(n), words_in(self.entries[n - 1].words)
        return self._said[n]

    def line(self, n: int) -> dict[str, Any]:
        """The line of entry `n`; long words of it are not read."""
        return {"n": n, **UNREAD, **said_in(self.entries[n - 1].line)}

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
        """Where entries stand, as the head keeps it; of a head that does not, read from the timeline."""
        return self.case.contents or contents(self.line(entry.n) for entry in self.entries)

    def numbers(self, *moves: str, until: int | None = None, granted: bool = False) -> list[int]:
        """The numbers of the entries of these moves, in order, the newest that are kept; with `granted` also
        of those in which a second person's yes took one of them. Raises KeyError for a move of which none are
        kept."""
        assert KEPT.keys() >= {*moves}, moves
        kept = (self.contents.entries, *([self.contents.granted] if granted else []))
        found = {n for of in kept for move in moves for n in of.get(move, ())}
        return sorted(n for n in found if until is None or n <= until)

    def of(self, *moves: str, until: int | None = None, granted: bool = False) -> list[tuple[int, Line]]:
        """These entries, each by its number."""
        return self._said_in(self.numbers(*moves, until=until, granted=granted))

    def granting(self, move: str) -> list[tuple[int, Line]]:
        """The entries in which a second person's yes took this move, the newest that are kept."""
        return self._said_in(self.contents.granted.get(move, ()))

    def _said_in(self, numbers: Sequence[int]) -> list[tuple[int, Line]]:
        self.ahead(numbers)
        return [(n, self.said(n)) for n in numbers if self.stands(n)]

    def stands(self, n: int) -> bool:
        """Whether there is an entry `n`, and it can be read."""
        return 1 <= n <= len(self.entries) and self.line(n)["move"] != UNREAD["move"]

    def last(
        self,
        *moves: str,
        until: int | None = None,
        fits: Callable[[dict[str, Any]], object] = lambda line: True,
    ) -> int:
        """The number of the last entry of these moves whose line fits; 0 without one."""
        numbers = self.numbers(*moves, until=until)[::-1]
        for some in (numbers[:FIRST_LOOK], numbers[FIRST_LOOK:]):
            self.ahead(some)
            if found := next((n for n in some if self.stands(n) and fits(self.line(n))), 0):
                return found
        return 0

    def page(
        self, show: Callable[[int], Shown | None], limit: int, before: int | None = None
    ) -> tuple[list[Shown], int | None]:
        """A page of the timeline, the newest entry first, as `show` shows each (None: not at all), and before
        which entry the next page goes on (None: this was the last). At most `AT_ONCE` entries are read: a
        page may hold fewer than `limit` where most are not shown.
        """
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
    """The words of the entries of a case by their numbers: read where they are named."""

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier

    def __getitem__(self, n: int) -> Mapping[str, Any]:
        if not 1 <= n <= len(self):
            raise KeyError(n)
        return self._dossier.said(n)[1]

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(self) + 1))

    def __len__(self) -> int:
        return len(self._dossier.entries)


def words_in(kept: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Words as they were said, from how they lie beside a line; erased ones are gone."""
    return {name: json.loads(words) for name, (_, words) in kept.items()}

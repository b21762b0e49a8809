"""The writer of the search files. It reads the new entries of the cases that moved, and adds their words. One
run at a time may write. No move waits for it. Each run also adds what an earlier run has missed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Meters, Newer, Unavailable, Unreadable
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.bigrams import tokens
from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case

ENDS_MS = 120_000
"""A run reads no more cases if it has less time left than this, in milliseconds. The next run goes on."""
RENEWED = timedelta(minutes=5)
"""After which time a rebuild renews its lock. The lock lasts longer, so that it is not lost meanwhile."""
OVERLAP = timedelta(hours=1)
"""How late an entry may be saved after its time. An entry of the last hour of a month may therefore be in the
file of the next month."""
PEOPLE = "person"
"""The field with the name and addresses of a person. The search files leave it out, because keys find a case
by them."""


class SearchEntry(NamedTuple):
    """The words of an entry for the search files: the case, the number of the entry, and its tokens,
    separated by spaces."""

    ref: str
    n: int
    tokens: str


class Files(Protocol):
    """The search files. `seen` returns the last entry of each case that was read for a month. `add` stores
    entries, and then the last entry of each case that was read. `forget` removes cases from the files of a
    month. `drop` deletes these files. All raise Unavailable."""

    def seen(self, month: str) -> Mapping[str, int]: ...
    def add(self, month: str, entries: Iterable[SearchEntry], seen: Mapping[str, int]) -> None: ...
    def forget(self, month: str, refs: Iterable[str]) -> None: ...
    def drop(self, month: str) -> None: ...


class Rows(Protocol):
    """The rows that tell the writer what is new. `moved` yields the cases of a day, each with its last entry.
    `destroyed` returns month and number of the cases whose destroyed words are still in a file. `done`
    removes one from this list."""

    def moved(self, day: date, shards: int) -> Iterator[tuple[str, int | None]]: ...
    def destroyed(self) -> list[tuple[str, str]]: ...
    def done(self, month: str, ref: str) -> None: ...
    def lock(self, owner: str, now: datetime) -> bool: ...
    def unlock(self, owner: str) -> None: ...


class CaseFile(Protocol):
    """The store of cases."""

    def load(self, ref: str) -> Case: ...
    def dossier_of(self, case: Case) -> Dossier: ...


@frozen
class WordWriter:
    """The writer of the search files. `shards` returns the number of shards of cases, `fresh` a new id."""

    file: CaseFile
    rows: Rows
    files: Files
    meters: Meters
    shards: Callable[[], int]
    now: Callable[[], datetime]
    fresh: Callable[[], str]

    def run(self, left_ms: Callable[[], int]) -> None:
        """Remove destroyed words from the files, then add the new entries of yesterday and today (UTC).
        `left_ms` returns the remaining milliseconds. Do nothing while another run writes."""
        owner = self.fresh()
        if self.rows.lock(owner, self.now()):
            try:
                self._forget()
                today = self.now().date()
                for day in (today - timedelta(days=1), today):
                    self._add(f"{day:%Y-%m}", [day], lambda: left_ms() >= ENDS_MS)
            finally:
                self.rows.unlock(owner)
        self.meters.count("WordsHeartbeat")

    def rebuild(self, month: date) -> bool:
        """Rebuild the file of a month from the table, and return True. Return False while another run writes.
        `month`: its first day. Raises Unavailable if another run took the lock because this one stood still
        for too long; nothing is stored then."""
        owner, days = self.fresh(), _days(month, self.now().date())
        if not self.rows.lock(owner, self.now()):
            return False
        try:
            self.files.drop(f"{month:%Y-%m}")
            self._add(f"{month:%Y-%m}", days, self._renewing(owner))
        finally:
            self.rows.unlock(owner)
        return True

    def _renewing(self, owner: str) -> Callable[[], bool]:
        """Return a function that returns True, and renews the lock of the run `owner` when it is time."""
        renewed = self.now()

        def more() -> bool:
            nonlocal renewed
            if self.now() - renewed >= RENEWED:
                renewed = self.now()
                if not self.rows.lock(owner, renewed):
                    raise Unavailable("another run writes the search files")
            return True

        return more

    def _forget(self) -> None:
        """Remove the cases whose words were destroyed from the files, and add again what is left of them."""
        listed = self.rows.destroyed()
        for month in sorted({month for month, _ in listed}):
            refs = [ref for of, ref in listed if of == month]
            self.files.forget(month, refs)
            reached: dict[str, int] = {}
            self.files.add(month, self._entries(month, dict.fromkeys(refs, 0), reached), reached)
            for ref in refs:
                self.rows.done(month, ref)

    def _add(self, month: str, days: Iterable[date], more: Callable[[], bool]) -> None:
        """Add the new entries of the cases that moved on these days to the files of a month. `more` returns
        whether to read one more case."""
        seen, new = self.files.seen(month), dict[str, int]()
        for day in days:
            for ref, last in self.rows.moved(day, self.shards()):
                if last is None or last > seen.get(ref, 0):
                    new[ref] = seen.get(ref, 0)
        if new:
            reached: dict[str, int] = {}
            self.files.add(month, self._entries(month, new, reached, more), reached)

    def _entries(
        self,
        month: str,
        new: Mapping[str, int],
        reached: dict[str, int],
        more: Callable[[], bool] = lambda: True,
    ) -> Iterator[SearchEntry]:
        """Yield the words of the entries of these cases that are new for the file of a month. `new`: the last
        entry of each case that was read before. `reached` receives the last entry of each case that is read
        now. `more` returns whether to read one more case."""
        for ref, after in new.items():
            if not more():
                return
            with suppress(NotFound, Unreadable, Newer):
                case = self.file.load(ref)
                dossier = self.file.dossier_of(case)
                numbers = range(after + 1, case.entries + 1) if not case.retention.destroyed else range(0)
                _ = dossier.entries[after : case.entries] if numbers else ()  # in one query
                for n in numbers:
                    if dossier.has_entry(n) and month in _months(dossier.line(n)):
                        found = " ".join(dict.fromkeys(tokens(entry_text(dossier.entry(n)[1]))))
                        if found:
                            yield SearchEntry(ref, n, found)
                reached[ref] = case.entries


def entry_text(words: Mapping[str, Any]) -> str:
    """Return the words of an entry as one text, without names and addresses of people."""
    return "\n".join(_texts([value for field, value in words.items() if field != PEOPLE]))


def word_months(dossier: Dossier) -> set[str]:
    """Return the months (YYYY-MM) whose search files may have words of a case."""
    numbers = range(1, dossier.case.entries + 1)
    return {month for n in numbers if dossier.has_entry(n) for month in _months(dossier.line(n))}


def _months(line: Mapping[str, Any]) -> set[str]:
    """Return the months in whose files an entry may be. `line`: its line."""
    at = instant(line["at"])
    return {f"{at:%Y-%m}", f"{at + OVERLAP:%Y-%m}"}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _days(month: date, last: date) -> list[date]:
    """Return the days of a month up to the day `last`, and the day after it, on which an entry of the month
    may have been saved."""
    days = (month + timedelta(days=n) for n in range(32))
    return [day for day in days if day <= last and (day.month == month.month or day.day == 1)]

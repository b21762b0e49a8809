"""The search for the words of accounts, messages and reasons. Each entry that is found is read from its case
before it is shown. So nobody finds words that they may not read, and nobody finds destroyed words."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import Newer, Unavailable, Unreadable
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.bigrams import bare, joined, pieces, tokens
from chalicelib.domain.calendar import instant
from chalicelib.domain.conceal import concealed
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.logs import log
from chalicelib.operations.word_writer import entry_text
from chalicelib.view.staff import Staff

SHOWN, LOOKED_AT = 10, 60
"""The most results on a page, and the most entries that are read for it."""
LASTS_S = 10.0
"""How long a search may last, in seconds. The next page searches the remaining months."""
MONTH_S = 4.0
"""The search begins no further month if it has less time left than this, in seconds."""
FEWEST, MOST_TYPED = 2, 200
"""The fewest and the most characters of the words."""
AROUND = 30
"""How many characters an excerpt has on both sides of the found words."""


class Place(Protocol):
    """An entry that the index names: its place in the month, the number of its case, and its own number."""

    @property
    def at(self) -> int: ...
    @property
    def ref(self) -> str: ...
    @property
    def n(self) -> int: ...


class Index(Protocol):
    """The search files. `months` returns the months (YYYY-MM) that have some, the newest first. `search`
    returns at most `most` entries of a month that have all tokens, the latest first, before the place
    `before`; 0 for all. Both raise Unavailable."""

    def months(self) -> Sequence[str]: ...
    def search(self, month: str, tokens: Iterable[str], before: int, most: int) -> Sequence[Place]: ...


class CaseFile(Protocol):
    """The store of cases."""

    def load(self, ref: str) -> Case: ...
    def dossier_of(self, case: Case) -> Dossier: ...


class WordHit(NamedTuple):
    """An entry that has the words. `at`: its time (UTC). `excerpt`: its text around the words,
    with masks as on the page of the case."""

    case: Case
    n: int
    at: datetime
    excerpt: str


class WordResults(NamedTuple):
    """A page of results. `months`: the months (YYYY-MM) that were searched. `after`: the cursor of the next
    page; "" if everything was searched. `away`: whether the files could not be read."""

    hits: list[WordHit]
    months: list[str]
    after: str
    away: bool = False


@frozen
class WordSearch:
    """The search for words. `seconds` returns the seconds of a clock that only goes forward."""

    file: CaseFile
    index: Index
    now: Callable[[], datetime]
    seconds: Callable[[], float]

    def page(self, caller: Caller, words: str, after: str, language: str = "zh") -> WordResults:
        """Return the latest entries with these words that the caller may read, the newest months first.
        `after`: the end of the page before. `language`: that of the masks in excerpts. Raises Refusal
        `search_too_long` and `search_too_short`."""
        refuse_if(len(words) > MOST_TYPED, "search_too_long", field="words", most=MOST_TYPED)
        wanted, sought = pieces(words), [*dict.fromkeys(tokens(words))]
        refuse_if(sum(map(len, wanted)) < FEWEST, "search_too_short", field="words", fewest=FEWEST)
        ends = self.seconds() + LASTS_S
        month, _, before = after.partition(":")
        hits, searched, read = list[WordHit](), list[str](), 0
        try:
            months = [one for one in self.index.months() if not month or one <= month]
            for one in months:
                if self.seconds() > ends - MONTH_S:
                    return WordResults(hits, searched, f"{one}:0")
                at = int(before or 0) if one == month else 0
                searched.append(one)
                while found := self.index.search(one, sought, at, LOOKED_AT):
                    for place in found:
                        at, read = place.at, read + 1
                        hit = self._hit(caller, place, wanted, language)
                        if hit and hit not in hits:  # an entry of the last hour of a month may be in two
                            hits.append(hit)
                        if len(hits) == SHOWN or read == LOOKED_AT:
                            return WordResults(hits, searched, f"{one}:{at}")
                    if len(found) < LOOKED_AT or self.seconds() > ends - MONTH_S:
                        break
                if found and len(found) == LOOKED_AT:
                    return WordResults(hits, searched, f"{one}:{at}")
        except Unavailable:
            log.exception("words cannot be searched")  # the page only says so, the log says why
            return WordResults(hits, searched[:-1], f"{searched[-1]}:0" if searched else "", away=True)
        return WordResults(hits, searched, "")

    def _hit(self, caller: Caller, place: Place, wanted: Sequence[str], language: str) -> WordHit | None:
        """Return an entry that has the words, if the caller may read it. Return None otherwise."""
        with suppress(NotFound, Unreadable, Newer):
            reader = Staff(self.file.dossier_of(self.file.load(place.ref)), self.now(), caller)
            text = joined(entry_text(reader.words(place.n)))
            if all(piece in bare(text) for piece in wanted):
                line = reader.dossier.line(place.n)
                shown = _excerpt(concealed(text, language), wanted[0])
                return WordHit(reader.case, place.n, instant(line["at"]), shown)
        return None


def _excerpt(text: str, piece: str) -> str:
    """Return the part of a text around a piece of it."""
    at = max(bare(text).find(piece), 0)
    start, end = max(at - AROUND, 0), at + len(piece) + AROUND
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"

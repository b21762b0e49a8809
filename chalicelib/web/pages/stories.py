"""The search in the public stories, newest first: by words, type and month. Each request reads a limited
number of rows, and returns a cursor for the next one."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.domain.calendar import SHANGHAI, stamp
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import TYPES

PAGE, READ = 20, 200
"""The number of stories on a page, and the number read for it during a search. A page may have more or fewer,
since stories released in one second stay together."""
MOST_WORDS = 100
"""The highest number of characters of the search words."""
MONTH, CURSOR = re.compile(r"20\d\d-(0[1-9]|1[0-2])"), re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LAST = "9999"
"""A text that sorts after every moment."""


class Story(Protocol):
    """A public story."""

    @property
    def released(self) -> datetime: ...
    @property
    def text(self) -> str: ...
    @property
    def type(self) -> str | None: ...


Read = Callable[[int, str, str], Sequence[Story]]
"""A function that returns a number of stories, newest first, released since one moment and before another."""


class StorySearch(NamedTuple):
    """The search terms and the cursor of a request; each is empty if it is not given."""

    words: str
    type: str
    month: str
    cursor: str

    def fits(self, story: Story) -> bool:
        """Return whether a story contains every word, regardless of case, and has the type."""
        text = story.text.casefold()
        return self.type in ("", story.type) and all(word in text for word in self.words.casefold().split())


class StoryPage(NamedTuple):
    """A page of stories, and the cursor of the next page."""

    items: list[Story]
    next: str | None


def story_search(query: Mapping[str, str]) -> StorySearch:
    """Return the search of an address. Raise Refusal for an unknown type, an invalid month or cursor, and for
    words that are too long."""
    said = StorySearch(*(query.get(name, "").strip() for name in StorySearch._fields))
    refuse_if(len(said.words) > MOST_WORDS, "words_too_long", field="words", most=MOST_WORDS)
    refuse_if(said.type and said.type not in TYPES, "unknown_type", field="type")
    refuse_if(said.month and not MONTH.fullmatch(said.month), "bad_month", field="month")
    refuse_if(said.cursor and not CURSOR.fullmatch(said.cursor), "bad_cursor", field="cursor")
    return said


def story_page(read: Read, search: StorySearch) -> StoryPage:
    """Return a page of stories. Stories released in one second stay on one page."""
    since, before = _month(search.month) if search.month else ("", LAST)
    most = READ if search.words or search.type else PAGE
    near = read(most + 1, since, min(search.cursor or LAST, before))
    more = len(near) > most
    if more:
        near = [one for one in near if one.released != near[-1].released]
    items = list[Story]()
    for n, story in enumerate(near):
        if len(items) >= PAGE and story.released != near[n - 1].released:
            return StoryPage(items, stamp(near[n - 1].released))
        if search.fits(story):
            items.append(story)
    return StoryPage(items, stamp(near[-1].released) if near and more else None)


def _month(said: str) -> tuple[str, str]:
    """Return the start and the end of a month in China, as UTC time stamps."""
    begun = datetime.strptime(said, "%Y-%m").replace(tzinfo=SHANGHAI)
    return stamp(begun), stamp((begun + timedelta(days=31)).replace(day=1))

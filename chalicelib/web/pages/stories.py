"""The search in the published stories by words, type and month, newest first. A request reads a limited
number of stories. If more follow, it returns a cursor with which the next request continues."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.domain.calendar import SHANGHAI, stamp
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import TYPES

PAGE, READ = 20, 200
"""PAGE: the number of stories on a page. READ: the number that one request of a search reads. A page can
exceed PAGE, since stories published in the same second are never split between pages."""
MOST_WORDS = 100
"""The highest number of characters of the words to search for."""
MONTH, CURSOR = re.compile(r"20\d\d-(0[1-9]|1[0-2])"), re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LAST = "9999"
"""A text that sorts after every time stamp."""


class Story(Protocol):
    """A published story. `released`: when it was published."""

    @property
    def released(self) -> datetime: ...
    @property
    def text(self) -> str: ...
    @property
    def type(self) -> str | None: ...


Read = Callable[[int, str, str], Sequence[Story]]
"""A function that reads stories, newest first. Its arguments: how many; the time from which they were
published; the time before which they were published."""


class StorySearch(NamedTuple):
    """A search in the stories: words, type, month, and the cursor of the page. Each is an empty string if the
    request does not give it."""

    words: str
    type: str
    month: str
    cursor: str

    def fits(self, story: Story) -> bool:
        """Return whether a story has the type, and contains every word. Upper and lower case are not
        distinguished."""
        text = story.text.casefold()
        return self.type in ("", story.type) and all(word in text for word in self.words.casefold().split())


class StoryPage(NamedTuple):
    """A page of stories. `next`: the cursor of the next page; None on the last page."""

    items: list[Story]
    next: str | None


def story_search(query: Mapping[str, str]) -> StorySearch:
    """Return the search that the query of an address asks for. Raise Refusal for an unknown type, an invalid
    month or cursor, or too many characters of words."""
    said = StorySearch(*(query.get(name, "").strip() for name in StorySearch._fields))
    refuse_if(len(said.words) > MOST_WORDS, "words_too_long", field="words", most=MOST_WORDS)
    refuse_if(said.type and said.type not in TYPES, "unknown_type", field="type")
    refuse_if(said.month and not MONTH.fullmatch(said.month), "bad_month", field="month")
    refuse_if(said.cursor and not CURSOR.fullmatch(said.cursor), "bad_cursor", field="cursor")
    return said


def story_page(read: Read, search: StorySearch) -> StoryPage:
    """Return the page of stories that a search asks for. Stories published in the same second stay on one
    page."""
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
    """Return the start of a month in Chinese time, and of the month after it, as UTC time stamps. `said` is
    the month as `2026-03`."""
    begun = datetime.strptime(said, "%Y-%m").replace(tzinfo=SHANGHAI)
    return stamp(begun), stamp((begun + timedelta(days=31)).replace(day=1))

"""The search in the published stories by words, type and month, newest first. A request reads a limited
number of stories. If there are more stories, the answer has a cursor, with which the next request
continues."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.domain.calendar import SHANGHAI, stamp
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import TYPES
from chalicelib.web.pages.paging import whole_cursor

PAGE, READ = 20, 200
"""PAGE: the number of stories on a page. READ: the number of stories that one request of a search reads. A
page can have more than PAGE stories, because stories published in the same second always share a page."""
MOST_WORDS = 100
"""The highest number of characters in the words that a user searches for."""
MONTH, CURSOR = re.compile(r"20\d\d-(0[1-9]|1[0-2])"), re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LAST = "9999"
"""A text that sorts after every time stamp. It is the end of a search without an end in time."""


class ShownStory(Protocol):
    """A published story. `released`: when the story was published. `text`: its words. `type`: the type of the
    complaint."""

    @property
    def released(self) -> datetime: ...
    @property
    def text(self) -> str: ...
    @property
    def type(self) -> str | None: ...


Read = Callable[[int, str, str], Sequence[ShownStory]]
"""A function that returns stories, newest first. Its arguments are the highest number of stories, a first
time stamp and a second time stamp. The stories were published at or after the first, and before the
second."""


class StorySearch(NamedTuple):
    """A search in the stories. `words`: the words to find. `cursor`: where the page starts. A value that the
    request does not give is an empty string."""

    words: str
    type: str
    month: str
    cursor: str

    def fits(self, story: ShownStory) -> bool:
        """Return whether a story has the type of this search and contains every word of it. Capital and small
        letters count as the same."""
        text = story.text.casefold()
        return self.type in ("", story.type) and all(word in text for word in self.words.casefold().split())


class StoryPage(NamedTuple):
    """A page of stories. `next`: the cursor of the next page; None on the last page."""

    items: list[ShownStory]
    next: str | None


def story_search(query: Mapping[str, str]) -> StorySearch:
    """Return the search for which the query of an address asks. Raise Refusal for an unknown type, an invalid
    month, an invalid cursor, or too many characters of words."""
    said = StorySearch(*(query.get(name, "").strip() for name in StorySearch._fields))
    refuse_if(len(said.words) > MOST_WORDS, "words_too_long", field="words", most=MOST_WORDS)
    refuse_if(said.type and said.type not in TYPES, "unknown_type", field="type")
    refuse_if(said.month and not MONTH.fullmatch(said.month), "bad_month", field="month")
    whole_cursor(said.cursor, CURSOR)
    return said


def story_page(read: Read, search: StorySearch) -> StoryPage:
    """Return the page of stories for a search. `read`: the function that reads the stories. Stories published
    in the same second share a page."""
    since, before = _month(search.month) if search.month else ("", LAST)
    most = READ if search.words or search.type else PAGE
    near = read(most + 1, since, min(search.cursor or LAST, before))
    more = len(near) > most
    if more:
        near = [one for one in near if one.released != near[-1].released]
    items = list[ShownStory]()
    for n, story in enumerate(near):
        if len(items) >= PAGE and story.released != near[n - 1].released:
            return StoryPage(items, stamp(near[n - 1].released))
        if search.fits(story):
            items.append(story)
    return StoryPage(items, stamp(near[-1].released) if near and more else None)


def month_of(story: ShownStory) -> str:
    """Return the month in Chinese time in which a story was published, such as `2026-03`."""
    return f"{story.released.astimezone(SHANGHAI):%Y-%m}"


def _month(said: str) -> tuple[str, str]:
    """Return the start of a month in Chinese time and the start of the next month, as two UTC time stamps.
    `said`: the month, such as `2026-03`."""
    begun = datetime.strptime(said, "%Y-%m").replace(tzinfo=SHANGHAI)
    return stamp(begun), stamp((begun + timedelta(days=31)).replace(day=1))

"""Looking through the stories that are public: by words in them, by type and by month, the newest first. Each
request reads so many rows at most, however many there are, and says where the next one goes on."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.domain.calendar import SHANGHAI, stamp
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import TYPES

PAGE, READ = 20, 200
"""How many stories a page has, a few more or less where some were released in one second, since those stay
together; and how many are read for it where something is looked for."""
MOST_WORDS = 100
"""The longest words to look for, in characters."""
MONTH, CURSOR = re.compile(r"20\d\d-(0[1-9]|1[0-2])"), re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LAST = "9999"
"""Later than any moment."""


class Story(Protocol):
    """A public story."""

    @property
    def released(self) -> datetime: ...
    @property
    def text(self) -> str: ...
    @property
    def type(self) -> str | None: ...


Read = Callable[[int, str, str], Sequence[Story]]
"""Reads so many stories, the newest first, released since one moment and before another."""


class Wanted(NamedTuple):
    """What somebody looks for, and where a page goes on; each is empty where nothing is said."""

    words: str
    type: str
    month: str
    cursor: str

    def fits(self, story: Story) -> bool:
        """Whether every word stands in it, in whatever case, and it is of the type."""
        text = story.text.casefold()
        return self.type in ("", story.type) and all(word in text for word in self.words.casefold().split())


class Found(NamedTuple):
    """A page of stories, and the cursor of the page after it."""

    items: list[Story]
    next: str | None


def wanted(query: Mapping[str, str]) -> Wanted:
    """What an address asks for. Raises Refusal for a type or a month that is none, and for words that are too
    long."""
    said = Wanted(*(query.get(name, "").strip() for name in Wanted._fields))
    refuse_if(len(said.words) > MOST_WORDS, "words_too_long", field="words", most=MOST_WORDS)
    refuse_if(said.type and said.type not in TYPES, "unknown_type", field="type")
    refuse_if(said.month and not MONTH.fullmatch(said.month), "bad_month", field="month")
    refuse_if(said.cursor and not CURSOR.fullmatch(said.cursor), "bad_cursor", field="cursor")
    return said


def found(read: Read, said: Wanted) -> Found:
    """The stories of a page; none of those released in one second is on another page than the rest."""
    since, before = _month(said.month) if said.month else ("", LAST)
    most = READ if said.words or said.type else PAGE
    near = read(most + 1, since, min(said.cursor or LAST, before))
    more = len(near) > most
    if more:
        near = [one for one in near if one.released != near[-1].released]
    items = list[Story]()
    for n, story in enumerate(near):
        if len(items) >= PAGE and story.released != near[n - 1].released:
            return Found(items, stamp(near[n - 1].released))
        if said.fits(story):
            items.append(story)
    return Found(items, stamp(near[-1].released) if near and more else None)


def _month(said: str) -> tuple[str, str]:
    """When a month begins in China, and when it is over."""
    begun = datetime.strptime(said, "%Y-%m").replace(tzinfo=SHANGHAI)
    return stamp(begun), stamp((begun + timedelta(days=31)).replace(day=1))

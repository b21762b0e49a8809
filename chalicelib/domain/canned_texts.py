"""Canned texts: texts with slots that staff insert into the free text of a form. A slot is a name in braces,
such as `{number}`. The names come from a closed list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum, auto
from functools import cache

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import CONSUMER, DEADLINES
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import Role
from chalicelib.domain.model.field_marks import MESSAGE

LONGEST = MESSAGE
"""How many characters a canned text can have at most: as many as a message."""
TITLE = 100
"""How many characters the title of a canned text can have at most."""
MOST_TEXTS = 100
"""How many canned texts a team can have at most, so that one query reads them."""
DUE = "due."
"""The beginning of the name of a slot with the date of a deadline."""
NOT_STAFF = Role.PARTY | Role.PARTNER | Role.CLOCK
BRACED = re.compile(r"[{｛]([^{}｛｝]*)[}｝]")
BRACES = re.compile(r"[{}｛｝]")
SEEN = 30
"""How many characters around a wrong brace a refusal quotes."""


class Slot(StrEnum):
    """A slot other than the date of a deadline."""

    NAME = auto()
    """The name of the person who reads the letter: the party that is written to, or the complainant."""
    NUMBER = auto()
    """The number of the complaint."""
    PRODUCT = auto()
    """What was bought, in the words of the complainant."""
    COMPANY = auto()
    """The company that the complaint is about, in the words of the complainant."""
    OFFICER = auto()
    """The name of the member of staff who inserts the text."""
    TEAM = auto()
    """The name of the team that has the case."""
    PHONE = auto()
    """The telephone number of the team that has the case."""
    TODAY = auto()
    """The present day in China."""


@cache
def slots() -> tuple[str, ...]:
    """Return the names of all slots: those of `Slot`, then the deadlines that complainants see."""
    clocks = (f"{DUE}{name}" for name, deadline in DEADLINES.items() if deadline.seen_by & CONSUMER)
    return (*Slot, *clocks)


@cache
def suited() -> tuple[str, ...]:
    """Return the names of the moves that can have canned texts: those with official words of our staff, and
    those with words for colleagues."""
    return tuple(
        name
        for name, move in MOVES.items()
        if move.at
        and move.takers & ~NOT_STAFF
        and (move.official or (move.confided == "colleagues" and move.gists))
    )


@frozen
class CannedText:
    """A canned text. `team`: the id of the team that uses it; "" for all teams. `language`: its language.
    `moves`: the names of the moves that it suits; empty for all. `version`: how often it was stored."""

    id: str
    title: str
    language: str
    text: str
    team: str = ""
    moves: tuple[str, ...] = ()
    version: int = field(default=0)

    def suits(self, move: str) -> bool:
        """Return whether the text is meant for this move."""
        return not self.moves or move in self.moves


@frozen
class TextChange:
    """A change of a canned text. `who`: the id of the person who made it. `before`: the former text; None for
    a new text. `after`: the changed text; None for a removal."""

    at: datetime
    who: str
    before: CannedText | None
    after: CannedText | None

    @property
    def id(self) -> str:
        """The id of the text."""
        return (self.after or self.before or NO_TEXT).id

    @property
    def version(self) -> int:
        """The version of the text after the change. For a removal, it is one more than the last version."""
        return (self.before or NO_TEXT).version + 1


NO_TEXT = CannedText("", "", "", "")


def coded(text: str, names: Mapping[str, str]) -> str:
    """Return a text in which each slot has its code in place of the typed name. `names`: typed name → code.
    Raises Refusal `slot_unknown` for an unknown name, and for a single brace."""

    def code(found: re.Match[str]) -> str:
        name = plain(found[1])
        refuse_if(name not in names, "slot_unknown", field="text", slot=found[0][:SEEN])
        return f"\0{names[name]}\1"

    coded_ = BRACED.sub(code, text)
    if wrong := BRACES.search(coded_):
        around = coded_[max(0, wrong.start() - SEEN) : wrong.end() + SEEN]
        refuse_if(True, "slot_unknown", field="text", slot=around.replace("\0", "{").replace("\1", "}"))
    return coded_.replace("\0", "{").replace("\1", "}")


def filled(text: str, value: Callable[[str], str]) -> str:
    """Return a text with each slot replaced by `value(code)`."""
    return BRACED.sub(lambda found: value(found[1]), text)


def unfilled(text: str, names: Mapping[str, str]) -> str:
    """Return the first slot in a text, with its braces; "" without one. `names`: the names of slots → codes.
    Braces around other words are not a slot."""
    return next((found[0] for found in BRACED.finditer(text) if plain(found[1]) in names), "")


def plain(name: str) -> str:
    """Return the name of a slot in the spelling in which names are compared: lower case, with single
    spaces."""
    return " ".join(name.split()).casefold()

"""What stands on a page of the desk: things of one kind under a heading."""

from typing import NamedTuple

from chalicelib.web.pages.desk.reading import Line


class Item(NamedTuple):
    """One thing on a case: what it is, a note beneath, its state as a tag, somebody's words, more lines, and
    links: where, and what for. The words may be in `pieces`, each with why it is marked, "" where it is not,
    under a sentence that says what the marks are (`look`)."""

    title: str
    note: str = ""
    tag: str = ""
    tone: str = "grey"
    text: str = ""
    lines: tuple[Line, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    pieces: tuple[tuple[str, str], ...] = ()
    look: str = ""


class Part(NamedTuple):
    """Things of one kind under a heading; `name` is where links lead."""

    name: str
    items: list[Item]

"""The building blocks of a desk page: items of one kind under a heading."""

from typing import NamedTuple

from chalicelib.web.pages.desk.reading import Line


class Item(NamedTuple):
    """An item of a case: title, note, state as a tag, text, further lines, and links as (address, label).

    `pieces` can replace the text: each piece has the reason of its mark, empty if it is unmarked. `look`
    explains the marks."""

    title: str
    note: str = ""
    tag: str = ""
    tone: str = "grey"
    text: str = ""
    lines: tuple[Line, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    pieces: tuple[tuple[str, str], ...] = ()
    look: str = ""


class ItemGroup(NamedTuple):
    """Items of one kind under a heading; `name` is the anchor for links."""

    name: str
    items: list[Item]

"""The building blocks of a desk page: groups of similar items, each group under a heading."""

from typing import NamedTuple

from chalicelib.web.pages.desk.reading import Line


class Item(NamedTuple):
    """One thing on a case page, such as an offer or a meeting. `tag`: its state. `tone`: the color of the
    tag. `links`: pairs of address and label.

    `pieces` can replace `text`, to mark parts of it. Each piece is a part of the text, with the reason of its
    mark; the reason is empty without a mark. `look`: a sentence that explains the marks."""

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
    """Similar items under a heading. `name` is the key of the heading's text, and the anchor for links to the
    group."""

    name: str
    items: list[Item]

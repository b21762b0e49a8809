"""The items on a page of the desk. Items of the same kind form a group with a heading."""

from typing import NamedTuple

from chalicelib.web.pages.desk.evidence_files import ShownFile
from chalicelib.web.pages.desk.reading import Line


class DeskItem(NamedTuple):
    """A thing on a case page, such as an offer or a meeting. `note`: a line below the title. `tag`: the state
    of the thing. `tone`: the color of the tag. `lines`: labelled lines. `links`: pairs of address and label.
    `files`: the files that show the thing.

    `pieces` replaces `text` if parts of the text are marked. It has pairs of a part of the text and the
    reason for the mark; the reason is empty for a part without a mark. `look`: a sentence that explains the
    marks, or says who set the value. `of`: the choice in a form to which the item belongs, as field=option;
    "" if it belongs to all."""

    title: str
    note: str = ""
    tag: str = ""
    tone: str = "grey"
    text: str = ""
    lines: tuple[Line, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    pieces: tuple[tuple[str, str], ...] = ()
    look: str = ""
    files: tuple[ShownFile, ...] = ()
    of: str = ""


class ItemGroup(NamedTuple):
    """Items of the same kind under a heading. `name`: the key of the heading's text. Links to the group use
    `name` as anchor."""

    name: str
    items: list[DeskItem]

"""The internal report of a month or a year as a document, with the same parts as its page."""

from collections.abc import Mapping
from typing import Any

from chalicelib.documents import REPORT
from chalicelib.documents.copy import PAGE
from chalicelib.documents.typesetting import ROOM, press
from chalicelib.domain.calendar import instant
from chalicelib.evidence.confined import Room


def report(contents: Mapping[str, Any], *, room: Room = ROOM) -> bytes:
    """Return the internal report as unsealed PDF/A-3a. The same `contents` give the same bytes. Raises
    DocumentFailed if the report cannot be typeset. `room` holds the limits of memory and time for
    typesetting.

    `contents` has these keys: `language`, `period`, `title`, `at` (when the report was made, UTC), `edition`
    (its kind, at the foot of each page; "" for none), `says` (paragraphs), `foreword`, `parts` and `annex`
    (the definitions of the measures). The foreword has a `title`, `parts` (heading and text) and `says` (who
    wrote it, or that nobody did). Contents that an earlier release asked for have no annex.

    Each part is a table with these keys: `title`, `says` (paragraphs), `head` (column heads), `lines`,
    `nothing` (the text if there are no lines), `ends` (of the axis of the bars), `drawn` (plots) and `keys`.
    A line has a label, cells, and the length of a bar from 0 to 100 or None. A plot has a label, a remark, a
    text alternative, and an SVG picture. A key has an SVG picture and a text. The pictures are no words, so
    the typesetter gets them apart from the texts."""
    view = {
        "number": contents["period"],
        "mark": REPORT + contents["period"],
        "page": [*filter(None, [contents["edition"]]), PAGE[contents["language"]]],
        "parts": [
            {
                "language": contents["language"],
                "title": contents["title"],
                "says": contents["says"],
                "foreword": contents["foreword"],
                "annex": contents.get("annex"),
                "sections": [
                    {
                        **part,
                        "drawn": [said[:-1] for said in part["drawn"]],
                        "keys": [said for _, said in part["keys"]],
                    }
                    for part in contents["parts"]
                ],
            }
        ],
        "pictures": [
            {"drawn": [one[-1] for one in part["drawn"]], "keys": [one[0] for one in part["keys"]]}
            for part in contents["parts"]
        ],
    }
    return press("report", view, instant(contents["at"]), room)

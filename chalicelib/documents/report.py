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

    `contents` has these keys: `language`, `period`, `title`, `at` (when the report was made, UTC), `says`
    (paragraphs) and `parts`.

    Each part is a table with these keys: `title`, `says` (paragraphs), `head` (column heads), `lines`,
    `nothing` (the text if there are no lines), and `drawn` (plots). A line has a label, cells, and the length
    of a bar from 0 to 100 or None. A plot has a label, a remark, and bars from 0 to 100."""
    view = {
        "number": contents["period"],
        "mark": REPORT + contents["period"],
        "page": [PAGE[contents["language"]]],
        "parts": [
            {
                "language": contents["language"],
                "title": contents["title"],
                "says": contents["says"],
                "sections": contents["parts"],
            }
        ],
    }
    return press("report", view, instant(contents["at"]), room)

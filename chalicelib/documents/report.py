"""The internal report of a month or a year as a document, with the same parts as its page."""

from collections.abc import Mapping
from typing import Any

from chalicelib.documents import REPORT
from chalicelib.documents.copy import PAGE
from chalicelib.documents.typesetting import ROOM, press
from chalicelib.domain.calendar import instant
from chalicelib.evidence.confined import Room


def report(contents: Mapping[str, Any], *, room: Room = ROOM) -> bytes:
    """Return the report as unsealed PDF/A-3a; the same report gives the same bytes. `contents` has these
    keys: `language`, `period`, `title`, `at` (when the report was made, UTC), `says` (paragraphs) and
    `parts`.

    Each part has a table: `title`, `says`, `head`, `lines`, and `nothing` (the text shown if there are no
    lines). A line has a label, cells, and the length of a bar from 0 to 100 or None. `drawn` holds its plots:
    each has a label, a remark, and bars from 0 to 100. Raises the errors of `press`."""
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

"""The report of a month or a year as a document, with the same parts as its page."""

from collections.abc import Mapping
from typing import Any

from chalicelib.documents import REPORT
from chalicelib.documents.copy import PAGE
from chalicelib.documents.typesetting import ROOM, press
from chalicelib.domain.calendar import instant
from chalicelib.evidence.confined import Room


def report(contents: Mapping[str, Any], *, room: Room = ROOM) -> bytes:
    """Return the report as unsealed PDF/A-3a; the same report gives the same bytes. `contents` has
    `language`, `period`, `title`, `at` (when the report was made, UTC), `says` in paragraphs, and `parts`.
    Each part has `title`, `says`, `head`, `lines`, `nothing` in place of lines, and `drawn`. A line has a
    label, cells, and a bar length from 0 to 100 or None. `drawn` are plots of a label, a remark, and bars
    from 0 to 100. Raises the errors of `press`."""
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

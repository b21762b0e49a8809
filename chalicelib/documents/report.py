"""The report of a month or a year as a document, with the same parts as its page."""

from collections.abc import Mapping
from typing import Any

from chalicelib.documents import REPORT
from chalicelib.documents.copy import PAGE
from chalicelib.documents.typesetting import LIMIT, press
from chalicelib.domain.calendar import instant


def report(told: Mapping[str, Any], *, limit: float = LIMIT) -> bytes:
    """The report as PDF/A-3a, unsealed, the same bytes for the same report. `told`: `language`, `period`,
    `title`, `at` (when the report was made, UTC), `says` in paragraphs, and `parts`, each with `title`,
    `says`, `nothing` in place of lines, `head`, and `lines` of a label, cells, and the length of a bar from 0
    to 100 or None; `drawn`: plots of a label, what is said beside it, and bars from 0 to 100. Raises what
    `press` raises."""
    view = {
        "number": told["period"],
        "mark": REPORT + told["period"],
        "page": [PAGE[told["language"]]],
        "parts": [
            {
                "language": told["language"],
                "title": told["title"],
                "says": told["says"],
                "sections": told["parts"],
            }
        ],
    }
    return press("report", view, instant(told["at"]), limit)

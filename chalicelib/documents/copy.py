"""The copy of a complaint for whoever filed it: its number, what they said, what happens by when. It has no
link and no passphrase, so that it can be shown to others."""

from collections.abc import Mapping
from typing import Any

from chalicelib.documents import COPY
from chalicelib.documents.typesetting import LIMIT, press
from chalicelib.domain.calendar import instant

PAGE = {"zh": "第{n}页，共{of}页", "en": "Page {n} of {of}"}


def copy(told: Mapping[str, Any], *, limit: float = LIMIT) -> bytes:
    """The copy as PDF/A-3a, unsealed. `told`: `language`, `number`, `title`, `at` (when it was asked for,
    UTC), `sections` with a `title` and `rows` of a name and what is said of it, and a last `note`. Raises
    what `press` raises."""
    sections = [
        {"title": section["title"], "shown": [{"kind": "facts", "rows": section["rows"]}]}
        for section in told["sections"]
    ]
    note = {"title": "", "shown": [{"kind": "plain", "text": told["note"]}]}
    view = {
        "number": told["number"],
        "mark": COPY + told["number"],
        "page": [PAGE[told["language"]]],
        "parts": [{"language": told["language"], "title": told["title"], "sections": [*sections, note]}],
    }
    return press("application", view, instant(told["at"]), limit)

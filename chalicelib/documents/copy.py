"""The copy of a complaint for its author: the number, what was said, and the next steps with their dates. The
copy contains no link and no passphrase, so that its owner can show it to others."""

from collections.abc import Mapping
from typing import Any

from chalicelib.documents import COPY
from chalicelib.documents.typesetting import ROOM, press
from chalicelib.domain.calendar import instant
from chalicelib.evidence.confined import Room

PAGE = {"zh": "第{n}页，共{of}页", "en": "Page {n} of {of}"}


def copy(contents: Mapping[str, Any], *, room: Room = ROOM) -> bytes:
    """Return the copy of a complaint as unsealed PDF/A-3a. Raises DocumentFailed if the copy cannot be
    typeset.

    `contents` has these keys: `language`, `number`, `title`, `at` (when the copy was requested, UTC),
    `sections`, and `note` (words for the end). Each section has a `title`, and `rows` of a label and a value.
    `room` holds the limits of memory and time for typesetting."""
    sections = [
        {"title": section["title"], "shown": [{"kind": "facts", "rows": section["rows"]}]}
        for section in contents["sections"]
    ]
    note = {"title": "", "shown": [{"kind": "plain", "text": contents["note"]}]}
    view = {
        "number": contents["number"],
        "mark": COPY + contents["number"],
        "page": [PAGE[contents["language"]]],
        "parts": [
            {"language": contents["language"], "title": contents["title"], "sections": [*sections, note]}
        ],
    }
    return press("application", view, instant(contents["at"]), room)

"""The note in which a member of staff is mentioned, on the page of its case."""

from typing import Any

from chalicelib.cases.casework import Unavailable, WriteConflict
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.moves.mentions import mentioned, read_mention
from chalicelib.web.pages.desk.reading import Reading


def mention(reading: Reading) -> dict[str, Any] | None:
    """Return the note in which the caller is mentioned, as the page of the case shows it. Return None if
    there is none that they have not opened, or if they may not read the case."""
    found = next((one for one in mentioned(reading.case) if one.who == reading.caller.who), None)
    if found is None or reading.closed:
        return None
    by = reading.roster.member(found.by)
    return {
        "by": by.name if by else found.by,
        "at": found.at,
        "text": reading.reader.words(found.entry).get("text") or reading.unsaid(),
    }


def record_reading(reading: Reading) -> bool:
    """Record that the caller has opened the case, which removes it from their list. Return whether that was
    recorded. If not, the mention stays until they open the case again."""
    try:
        reading.product.casework.move(read_mention.__name__, reading.case.ref, reading.caller, {})
    except (Refusal, WriteConflict, Unavailable):
        return False
    return True

"""The timeline and the letters of a case for staff. They are read page by page, the newest first."""

from typing import Any

from chalicelib.delivery.correspondence import ENDED, said_in
from chalicelib.domain.engine.sending_limits import matters
from chalicelib.web.pages.desk.reading import Reading

AT_ONCE, LETTERS = 25, 15
"""AT_ONCE: the number of entries on a page. LETTERS: the number of letters on a page."""


def timeline(
    reading: Reading, before: int | None = None, untruncated: int = 0
) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of the timeline, newest entry first. Also return the number before which the next page
    starts; None after the last page.

    `before`: the page has entries with lower numbers than this; None for the newest. `untruncated`: the
    number of the entry whose long words are not shortened."""
    return reading.dossier.page(lambda n: reading.entry(n, n != untruncated), AT_ONCE, before)


def news(reading: Reading, after: int) -> list[dict[str, Any]]:
    """Return the entries with a higher number than `after`, newest first. Return no more entries than a page
    of the timeline has."""
    return [entry for entry in timeline(reading)[0] if entry["n"] > after]


def letters(reading: Reading, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """Return a page of letters, newest first. Also return the id before which the next page starts; empty
    after the last page. `before`: the page has letters older than the letter with this id; empty for the
    newest.

    Only permitted readers get the text of a letter. `wrong`: the letter waits for a person to look at it, or
    it matters and was not delivered."""
    read = reading.dossier.letters.newest(LETTERS, before)
    rows = sorted(read, key=lambda row: (row["at"], row["id"]), reverse=True)
    said = (said_in(reading.dossier, row) if reading.reader.reads_letter(row) else None for row in rows)
    return (
        [
            {
                **row,
                "state": "arrived" if row["state"] == "sent" and "arrived" in row["sent"] else row["state"],
                "text": (said.text or reading.unsaid()) if said else "",
                "cut": said is not None and said.cut,
                "wrong": row["parked"] or (row["state"] in ENDED and matters(row["name"], row["to"])),
            }
            for row, said in zip(rows, said, strict=True)
        ],
        read[-1]["id"] if len(read) == LETTERS else "",
    )

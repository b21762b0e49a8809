"""What has happened on a case and what was written about it, as the desk shows it: the newest first, older
ones by turning back."""

from typing import Any

from chalicelib.delivery.correspondence import ENDED
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.sending_limits import matters
from chalicelib.letters import without_links
from chalicelib.web.pages.desk.reading import Reading

AT_ONCE, LETTERS = 25, 15
"""How many entries, and how many letters, a page shows at once."""
NEWEST = 5
"""How many entries the first page of a case shows."""


def timeline(
    reading: Reading, before: int | None = None, whole: int = 0
) -> tuple[list[dict[str, Any]], int | None]:
    """The newest entries, or the next older ones before an entry, the latest first, and before which entry it
    goes on; long words are cut short but for those of entry `whole`."""
    return reading.dossier.page(lambda n: reading.entry(n, n != whole), AT_ONCE, before)


def newest(reading: Reading) -> list[dict[str, Any]]:
    """The last entries, for the first page of the case. As many as a page of the timeline holds are read with
    them, in one query, since the other parts of that page cite most of them."""
    last = reading.case.entries
    reading.dossier.ahead(range(max(last - AT_ONCE, 0) + 1, last + 1))
    return reading.dossier.page(lambda n: reading.entry(n, brief=True), NEWEST)[0]


def news(reading: Reading, after: int) -> list[dict[str, Any]]:
    """What came after an entry, the latest first; where there is very much, only the newest."""
    return [entry for entry in timeline(reading)[0] if entry["n"] > after]


def letters(reading: Reading, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """The newest letters, or the next older ones before a letter, and what became of each, the latest first;
    its text only for those who may read it. `wrong`: it waits for a person, or matters and did not arrive.
    And before which letter it goes on ("": these were the last)."""
    read = reading.dossier.letters.newest(LETTERS, before)
    rows = sorted(read, key=lambda row: (row["at"], row["id"]), reverse=True)
    texts = (
        without_links((row["sent"] or {}).get("text") or "") if reading.reader.reads_letter(row) else ""
        for row in rows
    )
    return (
        [
            {
                **row,
                "at": instant(row["at"]),
                "text": text,
                "wrong": row["parked"] or (row["state"] in ENDED and matters(row["name"], row["to"])),
            }
            for row, text in zip(rows, texts, strict=True)
        ],
        read[-1]["id"] if len(read) == LETTERS else "",
    )

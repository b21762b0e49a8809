"""The letters of a complaint as their reader finds them: as sent, or as they would read now."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.calendar import instant
from chalicelib.domain.model.letters import letter_of
from chalicelib.letters import without_links
from chalicelib.locale.formats import label
from chalicelib.web.pages.consumer.own_view import View

AT_ONCE, ENOUGH = 25, 10
"""The number of letters read at once, and the number of own letters that ends the search."""
LETTERS_READ = 100
"""The highest number of letters that a page reads: most may be for other parties or for staff."""


def letters(view: View, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """Return the newest letters to this party and their representatives, each with its text as sent or as
    rendered now. Also return the id before which the next page starts, empty after the last page. `before`
    selects the page that ends before that letter.

    A letter to several of these people appears once."""
    kept: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for _ in range(LETTERS_READ // AT_ONCE):
        read = view.dossier.letters.newest(AT_ONCE, before)
        for row in read:
            kind, _, to = row["to"].partition(":")
            own = row["to"] == f"party:{view.party.id}"
            if own or (
                view.authorised and kind == "party" and to in view.circle and not letter_of(row["name"]).own
            ):
                key = row["name"], row["entry"], str(row["facts"].get("about"))
                kept[key] = row if own else kept.get(key, row)
        before = read[-1]["id"] if len(read) == AT_ONCE else ""
        if not before or len(kept) >= ENOUGH:
            break
    rows = sorted(kept.values(), key=lambda row: (row["at"], row["id"]), reverse=True)
    return [
        {
            "name": label(view.language, row["name"], "letter"),
            "at": instant(row["at"]),
            "how": _how(row),
            **_text(view, row),
        }
        for row in rows
    ], before


def _text(view: View, row: Mapping[str, Any]) -> dict[str, str]:
    sent = row.get("sent") or {}
    if "text" in sent:
        subject, text = sent["subject"], sent["text"]
    else:
        subject, text, *_ = view.product.correspondence.rendered(view.dossier, row, view.roster, view.now)
    return {"subject": subject, "text": without_links(text)}


def _how(row: Mapping[str, Any]) -> str:
    if row["way"] in ("telling", "fetch"):
        return {"telling": "letter_told", "fetch": "letter_fetch"}[row["way"]]
    states = {
        "sent": "letter_sent",
        "owed": "letter_waits",
        "sending": "letter_waits",
        "skipped": "letter_page",
    }
    return states.get(row["state"], "letter_undelivered")

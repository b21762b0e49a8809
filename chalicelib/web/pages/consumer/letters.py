"""The letters of a complaint as their reader finds them again: as they were sent, or as they will be told."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.calendar import instant
from chalicelib.domain.model.letters import letter_of
from chalicelib.letters import without_links
from chalicelib.locale.formats import label
from chalicelib.web.pages.consumer.own_view import View

AT_ONCE, ENOUGH = 25, 10
"""How many letters are read at once; and with how many of one's own found no more are read."""
LETTERS_READ = 100
"""How many letters a page reads at most: most of them may be other people's, or letters to staff."""


def letters(view: View, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """The newest letters to this person and to who speaks for them, or the next older ones before a letter,
    each with its text: as sent, or as it will be told; and before which letter it goes on ("": these were the
    last).

    One that went to several of them is shown once.
    """
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

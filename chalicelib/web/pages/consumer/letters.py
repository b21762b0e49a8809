"""The letters of a complaint on the page of the party who receives them. A letter has the text that was sent
or read out, with the words that its mail left out. A letter that is never sent gets its text when it is first
read here. A letter that may still leave has none yet."""

from collections.abc import Mapping
from typing import Any

from chalicelib.delivery.correspondence import LEAVING
from chalicelib.domain.model.codes import Undelivered
from chalicelib.locale.formats import label, texts
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View

AT_ONCE, ENOUGH = 25, 10
"""AT_ONCE: the number of letters that one query reads. ENOUGH: the number of letters to the party after which
no further query is made."""
LETTERS_READ = 100
"""The highest number of letters that are read for one page. Many of them may be left out, because they are to
other parties or to staff."""


def letters(view: View, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """Return a page of the letters to the party and to their representatives, newest first, each with its
    text. Also return the id before which the next page starts; empty after the last page.

    `before`: the page has letters older than the letter with this id; empty for the newest. A letter to the
    party that a representative got too is listed once."""
    kept: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for _ in range(LETTERS_READ // AT_ONCE):
        read = view.dossier.letters.newest(AT_ONCE, before)
        for row in read:
            if view.reads_letter(row):
                own = row["to"] == f"party:{view.party.id}"
                key = row["name"], row["entry"], str(row["facts"].get("about"))
                kept[key] = row if own else kept.get(key, row)
        before = read[-1]["id"] if len(read) == AT_ONCE else ""
        if not before or len(kept) >= ENOUGH:
            break
    rows = sorted(kept.values(), key=lambda row: (row["at"], row["id"]), reverse=True)
    shown = [
        {"name": label(view.language, row["name"], "letter"), "at": row["at"], "how": _how(row), **said}
        for row in rows
        if (said := _text(view, row))
    ]
    return shown, before


def _text(view: View, row: Mapping[str, Any]) -> dict[str, str]:
    """Return subject and text of a letter; {} for a letter that was overtaken before it said anything."""
    said = view.product.correspondence.shown(view.dossier, row, view.roster, view.now)
    if said is None and row["state"] not in LEAVING:
        return {}
    if said is None:
        return {"subject": "", "text": say(view.language, "consumer.case.letter_later")}
    erased = texts(view.language)["words"]["erased"]
    return {"subject": said.subject or "", "text": erased if said.text is None else said.text}


def _how(row: Mapping[str, Any]) -> str:
    if row["way"] in ("telling", "fetch"):
        return {"telling": "letter_told", "fetch": "letter_fetch"}[row["way"]]
    if (row["sent"] or {}).get("why") == Undelivered.OVERTAKEN:
        return "letter_over"
    states = {
        "sent": "letter_sent",
        "owed": "letter_waits",
        "sending": "letter_waits",
        "skipped": "letter_page",
    }
    return states.get(row["state"], "letter_undelivered")

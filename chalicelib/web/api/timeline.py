"""The timeline of a case in the interface. Staff see all entries, a party only those that they may see."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.cases.dossier import Dossier
from chalicelib.view.party import PartyReader, shows
from chalicelib.view.staff import Staff
from chalicelib.view.timeline import party_entry, staff_entry
from chalicelib.web.api.values import in_yuan


def entries(reader: PartyReader | Staff, untruncated: bool = False) -> Callable[[int], Any]:
    """Return a function that returns entry `n` as JSON for this reader, or None if they may not see it.
    `untruncated`: include long texts in full."""

    def show(n: int) -> dict[str, Any] | None:
        if isinstance(reader, PartyReader):
            return _told(reader, n, untruncated)
        one = staff_entry(reader, n, untruncated)
        return {
            **one.line,
            "facts": in_yuan(one.line["facts"]),
            **_entry(reader.dossier, n, one.words, one.cut),
        }

    return show


def _told(view: PartyReader, n: int, whole: bool) -> dict[str, Any] | None:
    """Return entry `n` as a party or a partner sees it: without internal texts, and without texts of other
    people that they may not read. Return None if they may not see the entry. `whole`: include long texts in
    full."""
    one = party_entry(view, n, whole)
    if one is None or one.escalates:
        return None
    shown = () if shows(one.move).written else shows(one.move).words
    said = {
        name: text
        for name, text in one.words.items()
        if name in shown or view.mine(one.move, one.line, one.facts)
    }
    entry = {**one.line, "who": view.who(one.line), "move": one.move, "facts": in_yuan(one.facts)}
    return entry | _entry(view.dossier, n, said, one.cut and bool(said))


def _entry(dossier: Dossier, n: int, words: Mapping[str, Any], cut: bool) -> dict[str, Any]:
    whole = {"whole": f"/v1/cases/{dossier.case.ref}/timeline/{n}"} if cut else {}
    return {"hash": dossier.entries[n - 1].hash, "words": words, **whole}

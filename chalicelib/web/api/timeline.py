"""The timeline of a case as the API gives it: the whole of it to staff, to a party what is theirs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.access import Caller, Thing, line_of, may_read, reads
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.work import take_step
from chalicelib.dossier import Dossier
from chalicelib.view.party import FIRST, PartyReader, shows
from chalicelib.view.timeline import told
from chalicelib.wiring import product


def entries(found: Case, caller: Caller, whole: bool = False) -> tuple[Dossier, Callable[[int], Any]]:
    """The case with its timeline, and how an entry of it is shown to this caller; None for one that is not
    theirs to see."""
    dossier = product.file.opened(found)
    seer = caller
    if caller.roles & Role.PARTNER:  # a partner reads as the person for whom it filed
        seer = replace(caller, ref=found.ref, party=FIRST)
    view = PartyReader(dossier, product.now(), seer) if seer.party else None
    handles = may_read(found, Thing.PEOPLE, caller, product.now())

    def show(n: int) -> dict[str, Any] | None:
        if view:
            return _told(view, n, whole)
        line, words, cut = dossier.brief(n)
        known = handles and reads(dossier, caller, line)
        if known and whole:
            words, cut = dossier.said(n)[1], False
        return {
            **line_of(dossier, caller, line),
            **_entry(dossier, n, words if known else {}, bool(known and cut)),
        }

    return dossier, show


def _told(view: PartyReader, n: int, whole: bool) -> dict[str, Any] | None:
    """An entry as a party or partner is told of it, without what is for staff only and what is another
    person's."""
    one = told(view, n, whole)
    if one is None or one.move == take_step.__name__:
        return None
    shown = () if shows(one.move).written else shows(one.move).words
    said = {
        name: text
        for name, text in one.words.items()
        if name in shown or view.mine(one.move, one.line, one.facts)
    }
    entry = {**one.line, "who": view.who(one.line), "move": one.move, "facts": one.facts}
    return entry | _entry(view.dossier, n, said, one.cut and bool(said))


def _entry(dossier: Dossier, n: int, words: Mapping[str, Any], cut: bool) -> dict[str, Any]:
    whole = {"whole": f"/v1/cases/{dossier.case.ref}/timeline/{n}"} if cut else {}
    return {"hash": dossier.entries[n - 1].hash, "words": words, **whole}

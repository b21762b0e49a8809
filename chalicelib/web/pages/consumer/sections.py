"""The pages of a case for a party, besides its first page. Each page shows things of one kind, and reads only
the data of these things."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.access.authorization import NotFound
from chalicelib.view.deadlines import of_promise
from chalicelib.view.outside import outside
from chalicelib.view.people import partner_view, people
from chalicelib.web.pages.consumer import (
    case_sections as case_parts,
    deadlines as case_deadlines,
    history as case_history,
    letters as case_letters,
    obligations as case_owed,
    reconsideration as case_anew,
    sent as case_sent,
    talks as case_talks,
)
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.paging import CasePage, Position


def reader_pages(view: View) -> Iterator[CasePage]:
    """Yield the pages that this party may open, in the order in which they are listed."""
    if not view.authorised:
        yield from (CasePage("letters"), CasePage("files"))
        return
    yield from (CasePage("history"), CasePage("letters"), CasePage("files"))
    if owed := view.visible_obligations():
        yield CasePage("promises", len(owed))
    yield CasePage("deadlines", len(case_deadlines.elsewhere(view.runs())))
    yield CasePage("complaint")
    if not view.company:
        yield CasePage("rights")


def section_data(view: View, name: str, turn: Position) -> dict[str, Any]:
    """Return the data of the page `name`. `turn`: where the page starts. Raise NotFound if the party may not
    open the page. The page "files" has a route of its own (`routes/files.py`)."""
    if name not in SHOWN or name not in {section.name for section in reader_pages(view)}:
        raise NotFound(name)
    return {
        "case": view.case,
        "view": view,
        "team": view.roster.teams.get(view.case.team),
        "turn": turn,
        **SHOWN[name](view, turn),
    }


def _history(view: View, turn: Position) -> Mapping[str, Any]:
    lines, older = case_history.timeline(view, turn.before, turn.whole)
    return {"lines": lines, "older": older}


def _letters(view: View, turn: Position) -> Mapping[str, Any]:
    found, older = case_letters.letters(view, turn.letters)
    return {"letters": found, "older": older}


def _promises(view: View, turn: Position) -> Mapping[str, Any]:
    return {"ledger": case_owed.ledger(view, case_owed.about(case_deadlines.runs(view)))}


def _deadlines(view: View, turn: Position) -> Mapping[str, Any]:
    running = case_deadlines.runs(view)
    return {
        "runs": case_deadlines.elsewhere(running),
        "owed": any(of_promise(run.name) for run in running),
        "promises": [] if view.company else list(case_deadlines.promised_dates(view)),
    }


def _complaint(view: View, turn: Position) -> Mapping[str, Any]:
    own = list(case_sent.own(view))
    if view.company:
        return {"wishes": list(case_sent.wishes(view)), "own": own}
    found = {"joint": case_parts.joint(view), "people": people(view), "partner": partner_view(view)}
    return {"own": own, **found, "outside": outside(view)}


def _rights(view: View, turn: Position) -> Mapping[str, Any]:
    return {
        "may_anew": case_anew.reconsideration_offer(view),
        "may_dispute": case_talks.dispute_offer(view),
        "authorities": view.authorities,
    }


SHOWN: Mapping[str, Callable[[View, Position], Mapping[str, Any]]] = {
    "history": _history,
    "letters": _letters,
    "promises": _promises,
    "deadlines": _deadlines,
    "complaint": _complaint,
    "rights": _rights,
}
"""The functions that return the data of a page. The key is the name of the page."""

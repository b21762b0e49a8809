"""The first page of a case for a party. It shows the stage, the expected act or the next event, the progress,
and what matters at this stage. Everything else is on pages of its own (`sections.py`)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.engine.deadlines import reconsideration
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import AT_TABLE, Stage
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.locale.formats import listed, texts
from chalicelib.view.deadlines import INQUIRY, of_promise
from chalicelib.view.evidence import information_request
from chalicelib.view.progress import road
from chalicelib.view.safety import advice
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer import (
    case_sections as case_parts,
    deadlines as case_deadlines,
    history as case_history,
    obligations as case_owed,
    sections as case_sections,
    talks as case_talks,
)
from chalicelib.web.pages.consumer.deadlines import Runs
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.consumer.standing import standings

TOLD_ABOVE = frozenset({"talks", "obligation", "change", "feedback", "request", "dispute"})
"""The parts of the case page whose forms show the time limit at the top. Such a form does not list the
deadline again."""
TOLD_AGAIN = "overdue_notice"
"""The deadline for repeating our notice that we are late. The page does not show this deadline as the next
event."""
LED_TO = {
    stage: move.do
    for stage in (Stage.AWAITING_INFORMATION, Stage.DECLINED)
    for move in MOVES.values()
    if move.to == {stage} and move.kept
}
"""The move that leads to a stage. The key is the stage, and the value is the name of the move. While a case
is at the stage, the page shows what we wrote in the move: which information is missing, or why we do not
accept the complaint."""


def case_data(view: View) -> dict[str, Any]:
    """Return the data of the case page for the template. A representative whose authority is not confirmed
    gets only the basic data and the offered moves."""
    case, roster = view.case, view.roster
    adds = view.product.uploads.takes(case, view.caller)
    owner = roster.contact(case.owner, view.now)
    shown: dict[str, Any] = {
        "case": case,
        "view": view,
        "team": roster.teams.get(case.team),
        "owner": owner,
        "sections": list(case_sections.reader_pages(view)),
    }
    if not view.authorised:
        return {**shown, "offered": view.offers}
    running = case_deadlines.runs(view)
    stands = standings(view, running)
    head = next(iter(stands), None)
    above = {choice.move for choice in head.choices} if head else set()
    later = [one for one in stands[1:] if one.choices or one.attended]
    ahead = [] if head and head.expected else _ahead(view, running)
    moves = case_parts.ordered(view, adds)
    shown |= {
        "head": head,
        "above": above,  # the status box at the top has these buttons
        "later": later,
        "boxed": above.union(choice.move for one in later[:2] for choice in one.choices),
        "late": [run for run in running if run.overdue],
        "still": list(dict.fromkeys(run.name for run in running if run.waits)),
        "ahead": ahead,
        "told": head or next(iter(ahead), None),
        "moved": [run for run in running if run.moved],
        "adds": adds,
        "moves": moves._replace(now=[move for move in moves.now if move not in above]),
        "offered": view.offers,
        **case_parts.parts(view, case_owed.about(running)),
    }
    if shown["continued"]:  # the person calls the team that works on the joined complaint now
        shown["team"] = roster.teams.get(shown["continued"].team)
    if view.company:
        return {**shown, "owner": owner if case.stage in case_talks.HOLDS else None}
    led, asked = LED_TO.get(case.stage), information_request(view)
    return {
        **shown,
        "road": list(road(case)),
        "advice": advice(case),
        "wanted": listed(view.language, asked.items, "missing_item") if asked else "",
        "decision": case_history.last(view, led) if led else None,
        "triage": next((run for run in running if run.name == "safety_triage"), None),
    }


def _ahead(view: View, running: list[Runs]) -> list[Runs]:
    """Return what we do next: the next event, and the decision on a pending request for reconsideration. What
    was promised comes after everything else, because the page has a part about it. `running`: the deadlines
    that the party sees."""
    beside = {TOLD_AGAIN, *(INQUIRY if view.case.stage in AT_TABLE else ())}
    theirs = [run for run in running if run.ours and run.due and not (run.mine or run.late)]
    found = sorted((run for run in theirs if run.name not in beside), key=lambda run: of_promise(run.name))
    return [*found[:1], *(run for run in found[1:] if run.name == reconsideration.__name__)]


def done_message(language: str, move: str) -> str:
    """Return the message to a party after their move. It says that we received what they sent, or that the
    move is done. Return an empty string if `move` is empty."""
    received: Mapping[str, str] = texts(language)["page"]["consumer"]["case"]["received"]
    if move in received:
        return received[move]
    named = move and say(language, f"consumer.move.{move}.name")
    return named and say(language, "consumer.case.done_says", move=named)


def by_phrase(view: View) -> dict[str, Any]:
    """Return the data of the case page for a person who proved themselves by case number and passphrase. They
    are the stage, the deadlines, and the moves by which the person can add something."""
    return {
        "case": view.case,
        "road": list(road(view.case)),
        "team": view.roster.teams.get(view.case.team),
        # the move for files is left out, because the page shows files in a section of its own
        "offered": [move for move in view.offers if move != add_evidence.__name__],
        "runs": case_deadlines.runs(view),
    }

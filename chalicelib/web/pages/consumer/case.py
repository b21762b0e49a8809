"""The first page of a case for a party. It shows the stage, the expected act or the next event, the progress,
and what matters at this stage. Everything else is on pages of its own (`sections.py`)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import AT_TABLE, Stage
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.domain.moves.intake import undo_withdrawal
from chalicelib.locale.formats import listed, texts
from chalicelib.view.deadlines import INQUIRY
from chalicelib.view.evidence import information_request
from chalicelib.view.expected import Expected
from chalicelib.view.progress import road
from chalicelib.view.safety import advice
from chalicelib.web.pages import file_list, say
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

TOLD_ABOVE = frozenset({"talks", "obligation", "change", "feedback"})
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
    adds = file_list.adds(view.product.uploads, case, view.caller)
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
    awaited = next((run for run in running if view.next and _answers(view.next, run)), None)
    contest = next((run for run in running if run.name == "answer_window" and _open(view, run)), None)
    theirs = [run for run in running if run.ours and run.due and not run.mine]
    undo = next((run for run in running if run.name == undo_withdrawal.__name__ and not run.late), None)
    moves = case_parts.ordered(view, adds)
    if undo:  # the status box at the top has the button
        moves = moves._replace(now=[move for move in moves.now if move != undo_withdrawal.__name__])
    beside = {TOLD_AGAIN, *(INQUIRY if case.stage in AT_TABLE else ())}
    ahead = next((run for run in theirs if not run.late and run.name not in beside), None)
    shown |= {
        "awaited": awaited,
        "contest": contest,
        "late": [run for run in running if run.overdue],
        "still": list(dict.fromkeys(run.name for run in running if run.waits)),
        "ahead": ahead,
        "free": [
            run
            for run in case_deadlines.elsewhere(running)
            if not run.ours and run.due and not run.late and run not in (awaited, contest, undo)
        ],
        "told": awaited if view.next else contest or ahead,
        "moved": [run for run in running if run.moved],
        "adds": adds,
        "moves": moves,
        "undo": undo if undo_withdrawal.__name__ in view.offers else None,
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


def _answers(expected: Expected, run: Runs) -> bool:
    """Return whether the act that is expected of the party meets the deadline `run`."""
    return (run.name, run.due) == (expected.deadline, expected.due)


def _open(view: View, run: Runs) -> bool:
    """Return whether the party can still object to our answer, or to our refusal to accept the complaint.
    `run`: the deadline for the objection."""
    return view.case.stage in (Stage.ANSWERED, Stage.DECLINED) and run.due is not None and not run.late


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

"""The talks (negotiation or mediation) on a party's case page: statements and offers of each side, and
possible moves."""

from typing import Any

from chalicelib.domain.engine.declare import MOVES, Done
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Act
from chalicelib.domain.model.codes import TALKS, Stage
from chalicelib.domain.moves.answer import answer, settle_at_once
from chalicelib.domain.moves.dispute import raise_dispute
from chalicelib.domain.moves.invitation import refuse_mediation
from chalicelib.domain.moves.leaving import leave_talks
from chalicelib.domain.moves.reconsideration import contestable, decide_reconsideration
from chalicelib.view.talks import talks_view
from chalicelib.web.forms import Field
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer import reconsideration as case_anew
from chalicelib.web.pages.consumer.own_view import View

ANSWERS_IT = (answer, decide_reconsideration, settle_at_once)
"""The moves that decide on the matters. If one of them was taken after the talks began, the page shows its
result above the talks."""
HOLDS = TALKS | {Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED}
"""The stages in which the page names the person who handles the case to the trader's representative."""


def talks(view: View) -> dict[str, Any] | None:
    """Return the data of the talks as the party's side sees them. Return None if there were no talks.
    `first`: the page shows the talks first, because no move in ANSWERS_IT was taken after the talks began."""
    found, case = talks_view(view, view.roster), view.case
    if found is None:
        return None
    open_ = next((one for one in found.offers if one.state == "open"), None)
    return {
        **vars(found),
        "on": case.stage in TALKS,
        "first": found.since >= max(case.taken.get(move.__name__, found.since) for move in ANSWERS_IT),
        "mine": [one for one in found.statements if one.own],
        "theirs": [one for one in found.statements if not one.own],
        "open": open_,
        "accepted": next((one for one in found.offers if one.state == "accepted"), None),
        "replies": [move for move in view.moves("talks") if MOVES[move].naming("offer")],
    }


def dispute_offer(view: View) -> dict[str, Any] | None:
    """Return what a party should know before they raise a dispute: until when they can, whether we offered
    mediation, and whether an offer ends by it. Return None if the party cannot raise a dispute."""
    if raise_dispute.__name__ not in view.offers:
        return None
    window = next(iter(view.runs_of("answer_window")), None)
    return {
        "until": window and window.due,
        "mediation": view.case.talks.mediation_offered,
        "answered": view.case.stage != Stage.INVESTIGATING,
        "anew": bool(case_anew.reconsideration_offer(view)),
        "offer": any(owed.offer for owed in view.visible_obligations()),
    }


def leads(view: View, move: str) -> list[str]:
    """Return what follows if the party leaves the talks now, as keys of `page.consumer.parts.talks.leads` in
    `locale/`. The list is empty for any other move."""
    if move != leave_talks.__name__ or move not in view.offers:
        return []
    done = leave_talks(view.case, Act(view.party.id, view.party.role, view.now, "", ""))
    assert isinstance(done, Done)
    if done.case.stage in TALKS:
        return ["alone" if done.case.together.leaving else "mediating"]
    window = not view.company and bool(contestable(done.case)) and running_of(done.case, "answer_window")
    runs_on = any(run.due and run.due > view.now for run in window or ())
    return [str(done.case.stage), *(["window"] if runs_on else [])]


def form_subject(view: View, move: str, chosen: str = "") -> dict[str, str]:
    """Return the thing that the form of the move is about, as {parameter: id}. The form states this thing
    instead of asking for it.

    For a reply to an offer, it is the other side's open offer. For a move on a statement, it is the statement
    `chosen`, else the first statement of the party's side that the other side cannot see."""
    found, offer, statement = talks(view), *map(MOVES[move].naming, ("offer", "statement"))
    if found is None:
        return {}
    if found["open"] and not found["open"].own and offer:
        return {offer: found["open"].id}
    kept = [one.id for one in found["mine"] if not one.shared and statement]
    return {statement: chosen if chosen in kept else kept[0]} if kept else {}


def form_fields(view: View, move: str, fields: list[Field]) -> list[Field]:
    """Return the fields of the form of the move, adapted to the side that fills the form in. `fields`: the
    usual fields."""
    # the trader must give a reason; a hint tells a complainant that no reason is needed
    if move == refuse_mediation.__name__:
        own = "" if view.company else say(view.language, "consumer.parts.talks.no_reason")
        return [
            field.changed(required=view.company, hint=own or field.hint) if field.name == "reason" else field
            for field in fields
        ]
    # radio buttons show all natures of a dispute at once, because this question comes first in the form
    return [field.changed(widget="radios") if field.name == "nature" else field for field in fields]

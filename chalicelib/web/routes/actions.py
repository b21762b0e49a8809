"""Improvement actions on the desk: their lists, the page of each, and the form for a new action."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import HANDLES, SEES_ALL, Caller, NotFound, Thing
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import IMPROVEMENT, Stage
from chalicelib.domain.moves.improvement import open_action
from chalicelib.locale.lengths import lasts
from chalicelib.view.expected import expected
from chalicelib.view.improvement import look_lengths, next_look_day
from chalicelib.web import forms, pages, read_log
from chalicelib.web.pages.desk import effect, mentions, timeline as desk_timeline
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.desk.run_plot import run_plot
from chalicelib.web.pages.desk.urgency import tone
from chalicelib.web.pages.paging import turn
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk, desk_lists
from chalicelib.wiring import product

routes = Blueprint(__name__)
LISTS = tuple(stage for stage in Stage if stage in IMPROVEMENT)
"""The stages of an improvement action: open, waiting for verification, finished. The desk has a list for each
stage."""
READS = HANDLES | SEES_ALL
"""Roles that read all actions of a team. Other people find the actions that they own on their work list."""
OPENS = MOVES[open_action.__name__].takers
FORM = "action_open.html"


@routes.route("/desk/actions", methods=pages.GET)
@desk.staffed
def actions(request: Any, caller: Caller) -> Response:
    """Show a list of a team's improvement actions: open, waiting for verification, or finished."""
    forbid_unless(caller.roles & READS)
    query, roster = request.query_params or {}, product.file.roster()
    teams = sorted(set(roster.teams) | caller.teams if caller.roles & SEES_ALL else caller.teams)
    wanted = (query.get("team"), *sorted(caller.teams), *teams)
    team = next((team for team in wanted if team in teams), "")  # somebody can have a role and no team
    listed = next((stage for stage in LISTS if stage == query.get("list")), Stage.IMPROVING)
    items, after = product.file.work(f"TEAM#{team}#{listed}", query.get("after"), desk.PAGE)
    return desk.page(
        request,
        caller,
        "actions.html",
        roster=roster,
        teams=teams,
        team=team,
        lists=LISTS,
        listed=listed,
        items=[desk_lists.shown_line(item, caller, listed) for item in items],
        after=after or "",
    )


@routes.route("/desk/actions/{ref}", methods=pages.GET)
@desk.staffed
def action(request: Any, caller: Caller, ref: str) -> Response:
    """Show an improvement action: its purpose, its task, its owner, and what the figures have shown."""
    case = read_log.load_and_log(ref, Thing.CASE, caller)
    if case.improvement is None:
        raise NotFound(ref)
    language = pages.language(request)
    reading = Reading(product.file.dossier_of(case), caller, language, product)
    back, done = turn(request), (request.query_params or {}).get("done", "")
    if seen := mentions.mention(reading):
        mentions.record_reading(reading)
    offers = reading.offers
    return desk.page(
        request,
        caller,
        "action.html",
        reading=reading,
        case=case,
        mention=seen,
        action=case.improvement,
        said=reading.words(1),
        next_look=next_look_day(case),
        lengths=pages.say(language, "actions.and").join(
            lasts(language, after) for after in look_lengths(case)
        ),
        effect=effect,
        chart=run_plot(language, case, _weeks(case)),
        moves=offers,
        next=expected(reading.reader, offers),
        tone=tone,
        turn=back,
        timeline=desk_timeline.timeline(reading, back.before, back.whole),
        done=done if done in MOVES else "",
    )


def _weeks(case: Case) -> Iterable[tuple[date, int, int]]:
    """Return the weeks of the run chart of an action; none if there are no figures, or the store does not
    answer. The page shows the action without a chart then."""
    counts = product.casework.recurrences
    try:
        return counts.weeks(case) if counts else ()
    except Unavailable:
        return ()


@routes.route("/desk/open-action", methods=pages.GET)
@desk.staffed
def ask(request: Any, caller: Caller) -> Response:
    """Show the form for a new improvement action. Values in the link, such as the cause, are filled in."""
    forbid_unless(caller.roles & OPENS)
    query = request.query_params or {}
    known = {name: query[name] for name in MOVES[open_action.__name__].parameters if name in query}
    form = pages.Form(known.items()) if known else None
    return desk.begun_form(request, caller, open_action.__name__, FORM, form)


@routes.route("/desk/open-action", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda form, _: forms.kinds(open_action.__name__, form.names))
def begin(request: Any, caller: Caller) -> Response:
    """Open an improvement action. After an error, show the form again with everything typed."""
    forbid_unless(caller.roles & OPENS)
    opens = product.casework.open_action
    return desk.begin(request, caller, open_action.__name__, FORM, opens, "/desk/actions")

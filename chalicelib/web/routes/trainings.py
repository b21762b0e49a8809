"""Trainings of staff on the desk: those held, those overdue, the page of each, and the form for recording
one."""

from functools import partial
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import HANDLES, SEES_ALL, Caller, NotFound, Thing
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.moves.training import record_training
from chalicelib.locale.formats import date_called
from chalicelib.web import forms, pages, read_log
from chalicelib.web.pages.desk import mentions, timeline as desk_timeline
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.paging import turn
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.web.routes.roster import names
from chalicelib.wiring import product

routes = Blueprint(__name__)
RECORDS = MOVES[record_training.__name__].takers
FORM = "training_form.html"
SHOWN = 50
"""The most trainings that the page lists. Older trainings are left out."""


@routes.route("/desk/trainings", methods=pages.GET)
@desk.staffed
def trainings(request: Any, caller: Caller) -> Response:
    """Show the overdue trainings by role, and the trainings that were held, the newest first."""
    forbid_unless(caller.roles & (HANDLES | SEES_ALL))
    (roster, _), held = product.file.fresh_roster(), [*product.cover.trainings()]
    return desk.page(
        request,
        caller,
        "trainings.html",
        roster=roster,
        called=partial(date_called, pages.language(request)),
        names=names(roster),
        untrained=product.cover.untrained(roster, [training for _, training in held]),
        held=held[: -SHOWN - 1 : -1],
        records_trainings=bool(caller.roles & RECORDS),
    )


@routes.route("/desk/trainings/{ref}", methods=pages.GET)
@desk.staffed
def training(request: Any, caller: Caller, ref: str) -> Response:
    """Show a training as it was recorded, and later notes on it."""
    case = read_log.load_and_log(ref, Thing.CASE, caller)
    if case.training is None:
        raise NotFound(ref)
    reading = Reading(product.file.dossier_of(case), caller, pages.language(request), product)
    back = turn(request)
    if seen := mentions.mention(reading):
        mentions.record_reading(reading)
    return desk.page(
        request,
        caller,
        "training.html",
        reading=reading,
        case=case,
        mention=seen,
        moves=reading.offers,
        turn=back,
        timeline=desk_timeline.timeline(reading, back.before, back.whole),
        done=bool((request.query_params or {}).get("done")),
    )


@routes.route("/desk/record-training", methods=pages.GET)
@desk.staffed
def ask(request: Any, caller: Caller) -> Response:
    """Show the empty form for recording a training that was held."""
    forbid_unless(caller.roles & RECORDS)
    return desk.begun_form(request, caller, record_training.__name__, FORM)


@routes.route("/desk/record-training", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda form, _: forms.kinds(record_training.__name__, form.names))
def begin(request: Any, caller: Caller) -> Response:
    """Record a training. After an error, show the form again with everything typed."""
    forbid_unless(caller.roles & RECORDS)
    records = product.casework.record_training
    return desk.begin(request, caller, record_training.__name__, FORM, records, "/desk/trainings")

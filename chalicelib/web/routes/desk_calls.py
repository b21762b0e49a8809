"""The page on which staff read letters out by telephone, one call after another."""

from collections.abc import Collection
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound, Thing
from chalicelib.cases.casework import once
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.moves.call_tasks import record_telling
from chalicelib.web import desk_drafts, forms, inputs, pages, read_log, request_models
from chalicelib.web.move_form import key_of
from chalicelib.web.pages.desk import calls
from chalicelib.web.problems import forbid_unless, problem
from chalicelib.web.routes.desk import page, staffed, staffed_form
from chalicelib.wiring import product

routes = Blueprint(__name__)
MOVE = record_telling.__name__
READS_OUT = MOVES[MOVE].takers


@routes.route("/desk/calls", methods=pages.GET)
@staffed
def to_call(request: Any, caller: Caller) -> Response:
    """Show up to ten letters to read out by telephone, one of them with its text, and what was recorded last.
    `call`: the id of the call task with the letter to show."""
    return _page(request, caller)


@routes.route("/desk/calls", methods=["POST"], content_types=pages.FORM)
@staffed_form(lambda _, __: calls.OUTCOME)
def called(request: Any, caller: Caller) -> Response:
    """Record the outcome of one call, and go back to the rest. After an error, the line of this call shows it
    with everything typed. `reveal`: show the masked details of this call instead, and record that."""
    form = pages.form(request)
    forbid_unless(caller.roles & READS_OUT)
    if form["reveal"]:
        case = read_log.load_and_log(form["ref"], Thing.PEOPLE, caller)
        forbid_unless(form["reveal"] in {task.id for task in case.tellings})
        read_log.log_reveal(case, form["reveal"], caller)
        return _page(request, caller, form, revealed=[form["reveal"]])
    forbid_unless(form["outcome"] in (*calls.OUTCOMES, calls.OVER))
    ref, body = (
        inputs.number(form["ref"]),
        forms.body(MOVE, calls.outcome_form(pages.language(request), form)),
    )
    key = once(caller, f"{ref}/{MOVE}", form["key"], body)
    try:
        refuse_if(
            form["outcome"] == calls.CALL_BACK and not form["call_at"].strip(),
            "call_at_needed",
            field="call_at",
        )
        said = request_models.arguments(MOVE, body, product.now())
        product.casework.move(MOVE, ref, caller, said, key)
    except pages.KEPT as error:
        return _page(request, caller, form, error)
    except NotFound:
        read_log.refuse_lost(ref, caller)
        raise
    return pages.redirect(f"/desk/calls?done={form['outcome']}")


def _page(
    request: Any,
    caller: Caller,
    form: pages.Form | None = None,
    error: Exception | None = None,
    revealed: Collection[str] = (),
) -> Response:
    forbid_unless(caller.roles & READS_OUT)
    language, query = pages.language(request), request.query_params or {}
    done, chosen = query.get("done", ""), form["telling"] if form else query.get("call", "")
    wrong = problem(language, error) if error else None
    found = calls.calls(language, caller, chosen, revealed)
    place = f"/desk/calls?call={found.open.task.id}" if found.open else ""
    shown = found.open and found.open.task.id
    unasked = forms.typed(form, calls.OUTCOME) if form and form["telling"] != shown else []
    draft = None
    if found.open:
        case = found.open.reading.case
        form, draft = desk_drafts.open_form(request, caller.who, place, form, case)
        # after a post the page may show another call than that of the form
        draft = draft._replace(name=place)
    return page(
        request,
        caller,
        "desk_calls.html",
        status=wrong.status if wrong else 200,
        calls=found,
        draft=draft,
        unasked=unasked,
        hours=[*calls.hours(language, caller)],
        form=form,
        problem=wrong,
        key=key_of,
        done=done if done in (*calls.OUTCOMES, calls.OVER) else "",
    )

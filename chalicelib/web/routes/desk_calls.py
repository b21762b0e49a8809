"""The page on which staff read letters out by telephone, one call after another."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

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
    `call`: the id of the call task with the letter to show. A script that also names its case as `ref` gets
    the line of this letter only."""
    query = request.query_params or {}
    if _by_script(request) and query.get("ref"):
        return _line(request, caller, query["ref"], query.get("call", ""))
    return _page(request, caller)


@routes.route("/desk/calls", methods=["POST"], content_types=pages.FORM)
@staffed_form(lambda _, __: calls.OUTCOME)
def called(request: Any, caller: Caller) -> Response:
    """Record the outcome of one call, and go back to the rest. After an error, the line of this call shows it
    with everything typed. `reveal`: show the masked details of this call instead, and record that. A script
    gets the line of this call only, or what was recorded."""
    form, language = pages.form(request), pages.language(request)
    forbid_unless(caller.roles & READS_OUT)
    if form["reveal"]:
        case = read_log.load_and_log(form["ref"], Thing.PEOPLE, caller)
        forbid_unless(form["reveal"] in {task.id for task in case.tellings})
        read_log.log_reveal(case, form["reveal"], caller)
        return _shown(request, caller, form, revealed=[form["reveal"]])
    forbid_unless(form["outcome"] in ("", *calls.OUTCOMES, calls.OVER))
    ref = inputs.number(form["ref"])
    try:
        refuse_if(not form["outcome"], "outcome_needed", field="outcome")
        refuse_if(
            form["outcome"] == calls.CALL_BACK and not form["call_at"].strip(),
            "call_at_needed",
            field="call_at",
        )
        if form["outcome"] == calls.OVER:  # the letter can be true again, and then no call was in vain
            one = calls.call(language, caller, ref, form["telling"])
            refuse_if(one and one.text, "other_text", field="telling")
        body = forms.body(MOVE, calls.outcome_form(language, form))
        said = request_models.arguments(MOVE, body, product.now())
        key = once(caller, f"{ref}/{MOVE}", form["key"], body)
        case = product.casework.move(MOVE, ref, caller, said, key)
    except pages.KEPT as error:
        return _shown(request, caller, form, error)
    except NotFound:
        read_log.refuse_lost(ref, caller)
        raise
    if not _by_script(request):
        last = urlencode({"done": form["outcome"], "call": form["telling"]})
        return pages.redirect(f"/desk/calls?{last}")
    desk_drafts.sent(request, caller.who)
    next = calls.next_call(case, form["telling"])
    return pages.page(request, "desk_call.html", done=form["outcome"], next=next)


def _by_script(request: Any) -> bool:
    """Return whether a script asks, and not the browser for a page. A browser that does not tell it gets the
    whole page, in which the script finds the line."""
    return str(request.headers.get("sec-fetch-dest")) == "empty"


def _shown(
    request: Any,
    caller: Caller,
    form: pages.Form,
    error: Exception | None = None,
    revealed: Collection[str] = (),
) -> Response:
    """Show a posted form again: in its line for a script, else on the page."""
    if _by_script(request):
        return _line(request, caller, form["ref"], form["telling"], form, error, revealed)
    return _page(request, caller, form, error, revealed)


def _line(
    request: Any,
    caller: Caller,
    ref: str,
    id: str,
    form: pages.Form | None = None,
    error: Exception | None = None,
    revealed: Collection[str] = (),
) -> Response:
    forbid_unless(caller.roles & READS_OUT)
    language = pages.language(request)
    wrong, one = problem(language, error) if error else None, calls.call(language, caller, ref, id, revealed)
    unasked, draft = forms.typed(form, calls.OUTCOME) if form and not one else [], None
    if one:
        form, draft = _drafted(request, caller, one, form)
    return pages.page(
        request,
        "desk_call.html",
        status=wrong.status if wrong else 200,
        one=one,
        open=one if one and (one.due or wrong or revealed) else None,
        id=id,
        draft=draft,
        unasked=unasked,
        form=form,
        problem=wrong,
        key=key_of,
    )


def _drafted(
    request: Any, caller: Caller, one: calls.Call, form: pages.Form | None
) -> tuple[pages.Form | None, desk_drafts.FormDraft]:
    """Return the form of an open call with the values of its draft, or as it was posted, and the draft."""
    place = f"/desk/calls?call={one.task.id}"
    form, draft = desk_drafts.open_form(request, caller.who, place, form, one.reading.case)
    # after a post the page may show another call than that of the form
    return form, draft._replace(name=place)


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
    shown = found.open and found.open.task.id
    unasked = forms.typed(form, calls.OUTCOME) if form and form["telling"] != shown else []
    draft = None
    if found.open:
        form, draft = _drafted(request, caller, found.open, form)
    return page(
        request,
        caller,
        "desk_calls.html",
        status=wrong.status if wrong else 200,
        calls=found,
        open=found.open,
        draft=draft,
        unasked=unasked,
        hours=[*calls.hours(language, caller)],
        form=form,
        problem=wrong,
        key=key_of,
        done=done if done in (*calls.OUTCOMES, calls.OVER) else "",
        next=next((one.next for one in found.later if one.task.id == chosen), None),
    )

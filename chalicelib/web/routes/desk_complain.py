"""The form in which staff record a complaint for a consumer."""

from functools import partial
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import once
from chalicelib.cases.drafts import Draft
from chalicelib.domain.moves.intake import DANGER, submit
from chalicelib.domain.moves.joint import invite_to_join
from chalicelib.logs import carry
from chalicelib.view.safety import advice
from chalicelib.web import callers, desk_drafts, filing, forms, pages
from chalicelib.web.forms import as_written
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages.consumer.complaint import TYPE
from chalicelib.web.pages.desk import call
from chalicelib.web.pages.desk.passphrase import first_phrase
from chalicelib.web.problems import PRIVATE, Problem, forbid_unless
from chalicelib.web.routes.desk import RECORDS, page, staffed, staffed_form
from chalicelib.wiring import product

routes = Blueprint(__name__)


@routes.route("/desk/complain", methods=pages.GET)
@staffed
def complain(request: Any, caller: Caller) -> Response:
    """Show the form for a complaint that staff record for a consumer, filled with the caller's draft."""
    forbid_unless(caller.roles & RECORDS)
    draft = desk_drafts.found_new(request, caller.who, desk_drafts.COMPLAIN)
    return _complaint_form(request, caller, pages.Form(draft.pairs) if draft else None, draft=draft)


@routes.route("/desk/complain", methods=["POST"], content_types=pages.FORM)
@staffed_form(lambda form, _: forms.kinds(submit.__name__, form.names))
def record(request: Any, caller: Caller) -> Response:
    """Record a complaint for a consumer, and go to its receipt. If it belongs to a team of which the officer
    is no member, show its number and its team instead.

    If an open complaint has the same telephone number or mailbox and nearly the same story, the page first
    shows it with the form. A report of danger is recorded at once. `auto` and `keep` store the form as the
    officer's draft only. `drop` deletes the draft."""
    form = pages.form(request)
    forbid_unless(caller.roles & RECORDS)
    if form["drop"]:
        desk_drafts.drop(caller.who, desk_drafts.NEW, submit.__name__)
        return pages.redirect("/desk/complain")
    said = call.sendable(form)
    if form["auto"] or form["keep"]:
        desk_drafts.keep_new(caller.who, desk_drafts.COMPLAIN, said)
        return Response("", {**PRIVATE}, 204) if form["auto"] else pages.redirect("/desk")
    if form["more"] or form["look"]:
        return _complaint_form(request, caller, said)
    body = forms.body(submit.__name__, pages.Form(as_written.pairs(said.pairs(), product.today())))
    try:
        key = once(caller, submit.__name__, form["key"], body)
        asks = form["hurt"] not in DANGER and not form["apart"]
        earlier = _earlier(caller, form) if asks and not (key and product.file.remembered(key)) else []
        if again := call.repeated(earlier, form["account.story"]):
            return _complaint_form(request, caller, said, again=again)
        made, _ = filing.file(caller, body, key, callers.network(request))
    except pages.KEPT as error:
        return _complaint_form(request, caller, said, error)
    carry(ref=made.ref)
    desk_drafts.drop(caller.who, desk_drafts.NEW, submit.__name__)
    if product.casework.sees(made, caller):
        return pages.redirect(f"/desk/cases/{made.ref}/receipt?done={submit.__name__}")
    # the rules gave the complaint to another team, so the officer gets number and passphrase here
    return page(
        request,
        caller,
        "desk_recorded.html",
        case=made,
        team=product.file.roster().teams.get(made.team),
        phrase=first_phrase(made),
    )


def _earlier(caller: Caller, form: pages.Form) -> list[call.EarlierComplaint]:
    return call.earlier_complaints(caller, form["person.phone"], form["person.email"])


def _complaint_form(
    request: Any,
    caller: Caller,
    form: pages.Form | None = None,
    error: Exception | None = None,
    again: list[call.EarlierComplaint] | None = None,
    draft: Draft | None = None,
) -> Response:
    """Return the form with the typed values. `again`: earlier complaints that seem to be the same one.
    `draft`: the source of the typed values, if it is a draft."""
    language = pages.language(request)
    given = form and (form["person.phone"].strip() or form["person.email"].strip())

    def around(fields: list[forms.Field], wrong: Problem | None) -> dict[str, Any]:
        by_name = {field.name: field for field in fields}
        guess = call.proposed(language, by_name[TYPE], form["account.story"] if form else "")
        if guess.values:  # the proposal is chosen, so the list of all types stays blank
            by_name[TYPE] = by_name[TYPE].changed(values=())
        found = {
            "f": by_name,
            "asked": call.ASKED,
            "type": TYPE,
            "guess": guess,
            "folds": call.folds(fields),
            "earlier": _earlier(caller, form) if form and given and again is None else None,
            "again": again,
            "draft": draft,
            "advice": advice(),
            "joint": invite_to_join.__name__,
        }
        # sent before with other values, so the page says that this form has recorded a complaint
        if wrong and wrong.code == "wrong_key_reuse":
            found["problem"] = wrong._replace(title=pages.say(language, "desk.complain.again"))
        return found

    show = partial(page, request, caller, "desk_complain.html", policy=f"{pages.SCRIPT}connect-src 'self'; ")
    asking = Asking(submit.__name__, None, language)
    frame = Frame(
        asking,
        show,
        leave=("happened_until",),
        grows=True,
        adapted=lambda fields, _: call.arranged(language, fields, form),
        around=around,
    )
    return move_form(frame, form, error)
